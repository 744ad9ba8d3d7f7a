// @vitest-environment node
import type { Address } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newAsset, startChain, type TestChain } from '../../test/chain';
import { launchpadAbi } from '../contracts/abi/launchpad';
import { erc20Abi } from '../contracts/abi/erc20';
import { decodeRevert } from '../contracts/revert';
import type { ContractError } from '../contracts/sentences';
import type { LaunchParams } from '../flows/chain/calls';
import { launch } from '../flows/chain/calls';
import { checkDraft, firstPrices, maxTermFeeBps, parseDuration, paymentOf, type Around } from './check';
import { newDraft, type LaunchDraft } from './draft';

const MOST = 2n ** 112n - 1n;
const HOUR = 3_600;

let chain: TestChain;
let me: Address;
let asset: Address;
let around: Around;

beforeAll(async () => {
  chain = await startChain();
  me = chain.accounts[1] as Address;
  asset = await newAsset(chain, 6, me, MOST * 4n);
  const args = [chain.launchpad, MOST * 4n] as const;
  await chain.client.writeContract({ account: me, address: asset, abi: erc20Abi, functionName: 'approve', args });
  const { timestamp } = await chain.client.getBlock();
  around = { sender: me, now: Number(timestamp), info: () => ({ symbol: 'A6', decimals: 6 }) };
});

afterAll(() => chain.stop());

/** A launch that is in bounds, with everything switched on. */
function draft(change: Partial<LaunchDraft> = {}): LaunchDraft {
  return {
    ...newDraft(),
    name: 'Harbour',
    symbol: 'HRB',
    supply: '1000000',
    assets: [{ address: asset, seed: '100' }],
    taxed: true,
    pooled: true,
    poolTokens: '400000',
    poolAssets: '200',
    redeemable: true,
    ...change,
  };
}

function paramsOf(change: Partial<LaunchDraft> = {}): LaunchParams {
  const { params, faults, missing } = checkDraft(draft(change), around);
  expect({ faults, missing }).toEqual({ faults: {}, missing: [] });
  if (params === undefined) throw new Error('the draft is not in bounds');
  return params;
}

/** What the launchpad itself says: nothing where it accepts, else the error with its values. */
async function refusal(params: LaunchParams): Promise<ContractError | undefined> {
  const { to, data, value } = launch(chain.launchpad, params, 0n);
  try {
    await chain.client.call({ account: me, to, data, value });
    return undefined;
  } catch (error) {
    const inner = error as { walk?: (test: (one: unknown) => boolean) => { data?: unknown } | null };
    const found = inner.walk?.((one) => typeof (one as { data?: unknown }).data === 'string');
    const decoded = decodeRevert(String(found?.data) as `0x${string}`);
    if (decoded === undefined) throw error;
    return decoded;
  }
}

type Terms = LaunchParams['terms'];
type Fees = LaunchParams['fees'];
const terms = (change: Partial<Terms>) => (params: LaunchParams) => ({
  ...params,
  terms: { ...params.terms, ...change },
});
const fees = (change: Partial<Fees>) => (params: LaunchParams) => ({ ...params, fees: { ...params.fees, ...change } });
const NO_TERM_FEE = { termFee: '0' };

/** Field, at its limit, beyond it as typed and as sent, and the contract's name for it. */
const BOUNDS: [string, Partial<LaunchDraft>, Partial<LaunchDraft>, (params: LaunchParams) => LaunchParams, string][] = [
  [
    'name',
    { name: 'n'.repeat(31) },
    { name: 'ä'.repeat(16) },
    (params) => ({ ...params, name: 'ä'.repeat(16) }),
    'name',
  ],
  [
    'supply',
    { supply: '5000000000000000000' },
    { supply: '5000000000000000000.000000000000000001' },
    (params) => ({ ...params, supply: 5n * 10n ** 36n + 1n }),
    'supply',
  ],
  [
    'redeemFee',
    { redeemFee: '10', ltv: '90' },
    { redeemFee: '10.01', ltv: '80' },
    terms({ redeemFeeBps: 1_001 }),
    'terms.redeemFeeBps',
  ],
  [
    'ltv',
    { redeemFee: '1', ltv: '99', ...NO_TERM_FEE },
    { redeemFee: '1', ltv: '99.01', ...NO_TERM_FEE },
    terms({ redeemFeeBps: 0, ltvBps: 9_901, termFeeBps: 0 }),
    'terms.ltvBps',
  ],
  [
    'ltv',
    { redeemFee: '10', ltv: '90' },
    { redeemFee: '10', ltv: '90.01' },
    terms({ redeemFeeBps: 1_000, ltvBps: 9_001 }),
    'terms.ltvBps',
  ],
  ['termFee', { termFee: '5.26' }, { termFee: '5.27' }, terms({ termFeeBps: 527 }), 'terms.termFeeBps'],
  [
    'termFee',
    { ltv: '50', termFee: '10' },
    { ltv: '50', termFee: '10.01' },
    terms({ ltvBps: 5_000, termFeeBps: 1_001 }),
    'terms.termFeeBps',
  ],
  ['flashFee', { flashFee: '10' }, { flashFee: '10.01' }, terms({ flashFeeBps: 1_001 }), 'terms.flashFeeBps'],
  ['term', { term: '365 days' }, { term: '366 days' }, terms({ termSecs: 366 * 86_400 }), 'terms.termSecs'],
  ['term', { term: '1 hour' }, { term: '59 min' }, terms({ termSecs: HOUR - 1 }), 'terms.termSecs'],
  ['grace', { grace: '90 days' }, { grace: '91 d' }, terms({ graceSecs: 91 * 86_400 }), 'terms.graceSecs'],
  ['grace', { grace: '60 min' }, { grace: '3599 s' }, terms({ graceSecs: HOUR - 1 }), 'terms.graceSecs'],
  ['drip', { drip: '30 days' }, { drip: '5 weeks' }, terms({ dripSecs: 35 * 86_400 }), 'terms.dripSecs'],
  ['drip', { drip: '1 h' }, { drip: '1 s' }, terms({ dripSecs: 1 }), 'terms.dripSecs'],
  ['maxBuy', { maxBuy: '10' }, { maxBuy: '10.01' }, fees({ maxBuyBps: 1_001 }), 'fees.maxBuyBps'],
  ['maxSell', { maxSell: '10' }, { maxSell: '10.01' }, fees({ maxSellBps: 1_001 }), 'fees.maxSellBps'],
  [
    'buy',
    { maxBuy: '2', buy: '2' },
    { maxBuy: '2', buy: '2.01' },
    fees({ maxBuyBps: 200, buyBps: 201 }),
    'fees.buyBps',
  ],
  [
    'sell',
    { maxSell: '2', sell: '2' },
    { maxSell: '2', sell: '2.01' },
    fees({ maxSellBps: 200, sellBps: 201 }),
    'fees.sellBps',
  ],
  [
    'startMultiple',
    { startMultiple: '1048576' },
    { startMultiple: '1048576.1' },
    fees({ startMultiple: (1n << 20n) * 10n ** 18n + 1n }),
    'fees.startMultiple',
  ],
  [
    'startMultiple',
    { startMultiple: '1' },
    { startMultiple: '0.99' },
    fees({ startMultiple: 10n ** 18n - 1n }),
    'fees.startMultiple',
  ],
  [
    'poolTokens',
    { poolTokens: '1000000' },
    { poolTokens: '1000000.1' },
    (params) => ({ ...params, pool: { ...params.pool, tokens: params.supply + 1n } }),
    'pool.tokens',
  ],
  [
    'poolAssets',
    { poolTokens: '0.000000000001002001', poolAssets: '0.000001' },
    { poolTokens: '0.000000000001002', poolAssets: '0.000001' },
    (params) => ({ ...params, pool: { ...params.pool, tokens: 1_002_000n, assets: 1n } }),
    'pool.assets',
  ],
];

describe('the bounds of a launch are those of the contracts', () => {
  it.each(BOUNDS)(
    '%s: at the limit both accept, beyond it both refuse (%#)',
    async (field, atLimit, typed, sent, param) => {
      expect(await refusal(paramsOf(atLimit))).toBeUndefined();
      const { faults, params } = checkDraft(draft(typed), around);
      expect(params).toBeUndefined();
      expect(faults[field]?.limit, JSON.stringify(faults)).toBeTruthy();
      const said = await refusal(sent(paramsOf()));
      expect(said).toMatchObject({ name: 'ParamOutOfBounds', values: { param } });
    },
  );

  it('seeds: as much as shows a fee of one basis point, and no more than the ledger holds', async () => {
    const seeded = (seed: string) => ({ assets: [{ address: asset, seed }] });
    expect(await refusal(paramsOf(seeded('0.01')))).toBeUndefined();
    expect(checkDraft(draft(seeded('0.009999')), around).faults['assets.0.seed']).toEqual({
      message: 'is too little.',
      limit: 'at least 0.01 A6',
    });
    expect(
      checkDraft(draft(seeded('5192296858534827628530496329.220096')), around).faults['assets.0.seed']?.limit,
    ).toContain('at most');
    const beyond = { ...paramsOf(), seeds: [9_999n] };
    expect(await refusal(beyond)).toMatchObject({ name: 'ParamOutOfBounds', values: { param: 'seeds', min: 10_000n } });
  });

  it('shares add up to 100 %, with liquidity only beside one asset', async () => {
    expect(checkDraft(draft({ toBurn: '11' }), around).faults['split']).toEqual({
      message: 'the shares add up to 101 %.',
      limit: '100 % in all',
    });
    const params = paramsOf();
    const off = { ...params, fees: { ...params.fees, split: { ...params.fees.split, burnBps: 1_100 } } };
    expect(await refusal(off)).toMatchObject({ name: 'SplitSum', values: { sum: 10_100n } });
    const two = {
      assets: [
        { address: asset, seed: '1' },
        { address: chain.wrapped, seed: '1' },
      ],
      toReserve: '79',
      toLiquidity: '1',
    };
    expect(checkDraft(draft(two), around).faults['toLiquidity']?.limit).toContain('with several backing assets');
    const twice = {
      assets: [
        { address: asset, seed: '1' },
        { address: asset, seed: '1' },
      ],
    };
    expect(checkDraft(draft(twice), around).faults['assets.1.address']?.message).toContain('twice');
  });

  it('a launch that is in bounds makes what the wizard shows', async () => {
    const params = paramsOf({ guardian: chain.accounts[2] ?? '' });
    expect(firstPrices(params, [6])).toEqual({ floors: [10n ** 14n], market: 5n * 10n ** 14n });
    expect(paymentOf(params)).toEqual([300_000_000n]);
    const call = {
      account: me,
      address: chain.launchpad,
      abi: launchpadAbi,
      functionName: 'launch',
      args: [params],
    } as const;
    const { status } = await chain.client.waitForTransactionReceipt({ hash: await chain.client.writeContract(call) });
    expect(status).toBe('success');
  });
});

describe('what is typed', () => {
  it('that is missing is named, and nothing is launched', () => {
    const { missing, params } = checkDraft(newDraft(), around);
    expect(missing).toEqual(expect.arrayContaining(['name', 'symbol', 'supply', 'assets.0.address']));
    expect(params).toBeUndefined();
  });

  it('as a time has a unit and stays within its bounds', () => {
    expect(parseDuration('24 h', 0, 100_000)).toEqual({ state: 'value', value: 86_400 });
    expect(parseDuration('24', 0, 100_000).state).toBe('fault');
    expect(parseDuration('1.5 days', 0, 1_000_000).state).toBe('fault');
  });

  it('as a term fee leaves a loan at the limit able to pay it', () => {
    expect([maxTermFeeBps(9_500), maxTermFeeBps(9_900), maxTermFeeBps(0), maxTermFeeBps(5_000)]).toEqual([
      526, 101, 1_000, 1_000,
    ]);
  });
});
