// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { faultOf, parseAddress, parseAmount, parseShare, valueOf } from './input';

const read = (text: string, decimals = 18) => valueOf(parseAmount(text, { decimals }));
const refused = (text: string, decimals = 18) => faultOf(parseAmount(text, { decimals }));

describe('amounts', () => {
  it('are read exactly, to the last unit', () => {
    expect(read('0.000000000000000001')).toBe(1n);
    expect(read('123456789012345678901234567890.123456789012345678')).toBe(
      123456789012345678901234567890123456789012345678n,
    );
    expect(read('.5', 6)).toBe(500_000n);
    expect(read('7.', 0)).toBe(7n);
    expect(read('1 000.10', 2)).toBe(100_010n);
  });

  it('are refused with the reason and the limit', () => {
    expect(refused('1,5')?.message).toContain('"."');
    expect(refused('abc')?.message).toContain('not a number');
    expect(refused('1e18')?.message).toContain('not a number');
    expect(refused('0')?.message).toBe('must be more than 0.');
    expect(refused('-1')?.message).toBe('must be more than 0.');
    expect(refused('0.1234567', 6)).toEqual({
      message: 'has 7 digits after the point.',
      limit: '6 digits after the point',
    });
    const over = faultOf(parseAmount('2', { decimals: 6, unit: 'USDX', max: 1_500_000n, maxIs: 'your balance' }));
    expect(over).toEqual({ message: 'is too much.', limit: 'at most 1.5 USDX, your balance' });
  });

  it('that are not typed yet are no error', () => {
    expect(parseAmount('  ', { decimals: 18 }).state).toBe('empty');
  });
});

describe('shares and addresses', () => {
  it('are read in basis points within bounds', () => {
    expect(valueOf(parseShare('0.08 %', { max: 1_000 }))).toBe(8);
    expect(valueOf(parseShare('95', { max: 9_900 }))).toBe(9_500);
    expect(faultOf(parseShare('99.01', { max: 9_900 }))?.limit).toBe('at most 99 %');
    expect(faultOf(parseShare('0.001', { max: 9_900 }))?.limit).toBe('2 digits after the point');
  });

  it('name what is wrong with an address', () => {
    expect(faultOf(parseAddress('0x12'))?.message).toContain('not an address');
    expect(faultOf(parseAddress(`0x${'0'.repeat(40)}`))?.message).toContain('zero address');
    expect(valueOf(parseAddress(` 0x${'ab'.repeat(20)} `))).toBe(`0x${'ab'.repeat(20)}`);
  });
});
