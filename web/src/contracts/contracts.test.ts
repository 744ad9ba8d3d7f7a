// @vitest-environment node
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { encodeErrorResult } from 'viem';
import { describe, expect, it } from 'vitest';
import { errorsAbi } from './abi/errors';
import { decodeRevert, revertSentence } from './revert';
import { hasSentence, sentence } from './sentences';

const web = join(import.meta.dirname, '../..');

describe('the interfaces', () => {
  it('are those of the compiled contracts', () => {
    expect(() => execFileSync('node', [join(web, 'tools/abis.mjs'), '--check'], { stdio: 'pipe' })).not.toThrow();
  });
});

describe('the sentences of refusals', () => {
  it('exist for every error that a call may meet', () => {
    const names = errorsAbi.map((entry) => entry.name);
    expect(names.length).toBeGreaterThan(70);
    expect(names.filter((name) => !hasSentence(name))).toEqual([]);
  });

  it('read as sentences, whatever the values', () => {
    for (const { name, inputs } of errorsAbi) {
      const values = Object.fromEntries(
        inputs.map((input) => [
          input.name,
          input.type === 'uint256' ? 7n : input.type === 'string' ? 'seeds' : `0x${'11'.repeat(20)}`,
        ]),
      );
      const text = sentence({ name, values });
      expect(text, name).toMatch(/^\S.*[.]$/);
      expect(text, name).not.toMatch(/undefined|!|NaN|\[object/);
    }
  });

  it('name the field, the limit and what to do', () => {
    const units = {
      symbol: 'HRB',
      assets: [
        { symbol: 'WETH', decimals: 18 },
        { symbol: 'USDX', decimals: 6 },
      ],
    };
    const values = { asset: 1n, principal: 2_500_000n, max: 2_499_999n };
    expect(sentence({ name: 'PrincipalTooLarge', values }, units)).toBe(
      'principal: 2.5 USDX is over the maximum of 2.499999 USDX for this collateral. Lower it or lock more.',
    );
    const bounds = { param: 'terms.ltvBps', value: 9_950n, min: 0n, max: 9_900n };
    expect(sentence({ name: 'ParamOutOfBounds', values: bounds })).toBe('terms.ltvBps: 99.5 % is outside 0 % to 99 %.');
  });

  it('are found in revert data wherever a wallet puts it', () => {
    const data = encodeErrorResult({ abi: errorsAbi, errorName: 'SplitSum', args: [9_999n] });
    expect(decodeRevert(data)).toEqual({ name: 'SplitSum', values: { sum: 9_999n } });
    const text = 'fees.split: the shares add up to 99.99 %, not to 100 %.';
    expect(revertSentence({ code: 3, message: 'execution reverted', data })).toBe(text);
    expect(revertSentence({ cause: { error: { data: { originalError: { data } } } } })).toBe(text);
    expect(revertSentence(new Error('the network is gone'))).toBeUndefined();
    expect(decodeRevert('0x12345678')).toBeUndefined();
  });
});
