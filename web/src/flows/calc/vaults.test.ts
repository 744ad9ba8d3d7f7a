// @vitest-environment node
import { BaseError, ContractFunctionRevertedError, type Abi, type Address } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled, startChain, type TestChain } from '../../../test/chain';
import { adjustVault, send, setPrice, startSynthetic, type TestMarket, type TestSynthetic } from '../../../test/vaults';
import { bookAbi } from '../../contracts/abi/book';
import { decodeRevert } from '../../contracts/revert';
import { readVaultState } from '../chain/book';
import { WAD } from './arithmetic';
import { ALL, adjust, debtAtRatio, leastRatio, mintRoom, withdrawRoom, type VaultState } from './adjust';
import { cheapestFirst, redeemFrom, type Haircut } from './redemption';
import { PRICE_STATES, debtUp, discountOf, expirySecs, secsUntilDiscount, settle, sightOf } from './vaults';
import type { MarketTerms } from './vaults';

const MAX = (1n << 256n) - 1n;

let chain: TestChain;
let synthetic: TestSynthetic;
let owners: readonly Address[];
let lens: Abi;

/** Numbers that are the same in every run. */
function dice(seed: number): () => bigint {
  let state = BigInt(seed);
  return () => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & ((1n << 64n) - 1n);
    return state >> 24n;
  };
}

/** The contract's own refusal under its name, or what the call returns. */
async function tried<T>(call: Promise<{ result: T }>): Promise<{ result: T } | { error: string }> {
  try {
    return { result: (await call).result };
  } catch (error) {
    const found = error instanceof BaseError ? error.walk((one) => one instanceof ContractFunctionRevertedError) : null;
    if (!(found instanceof ContractFunctionRevertedError)) throw error;
    return { error: decodeRevert(found.raw ?? '0x')?.name ?? found.reason ?? 'unknown' };
  }
}

const stateOf = (market: TestMarket, owner: Address): Promise<VaultState & { readonly block: bigint }> =>
  readVaultState(chain.client, synthetic.book, market.id, owner).then(({ vault }) => vault);

function lensRead(functionName: string, args: readonly unknown[], blockNumber: bigint): Promise<unknown> {
  return chain.client.readContract({ address: synthetic.lens, abi: lens, functionName, args, blockNumber });
}

beforeAll(async () => {
  chain = await startChain();
  synthetic = await startSynthetic(chain);
  owners = chain.accounts.slice(1, 7);
  lens = compiled('artifacts/VaultLens.json').abi;
  const [fast, slow] = synthetic.markets;
  const roll = dice(7);
  for (const [index, owner] of owners.entries()) {
    const share = BigInt(index) * 2_500n;
    await adjustVault(
      chain,
      synthetic,
      fast,
      owner,
      10n * WAD + (roll() % WAD),
      900n * WAD + (share * WAD) / 2n + (roll() % WAD),
    );
    await adjustVault(
      chain,
      synthetic,
      slow,
      owner,
      10n ** 8n + (roll() % 10n ** 8n),
      9_000n * WAD + share * WAD + (roll() % WAD),
    );
  }
});

afterAll(() => chain.stop());

/** Prices that leave vaults healthy, unhealthy, and under water. */
const PRICES: readonly [bigint, bigint][] = [
  [2_000n, 60_000n],
  [850n, 30_000n],
  [500n, 18_000n],
  [300n, 9_000n],
];

async function everyState(check: (market: TestMarket, owner: Address) => Promise<void>): Promise<void> {
  for (const [index, prices] of PRICES.entries()) {
    for (const [at, market] of synthetic.markets.entries()) {
      const name = index === 3 ? 'late' : index === 2 ? 'stepped' : 'safe';
      await setPrice(chain, synthetic, market, (prices[at] ?? 0n) * WAD + 123_456_789n, name);
      for (const owner of owners) await check(market, owner);
    }
  }
}

describe('what is computed in the page', () => {
  it('is what the lens says of a vault, of a take and of a redemption', async () => {
    let unhealthy = 0;
    let deficits = 0;
    await everyState(async (market, owner) => {
      if (unhealthy % 3 === 1) await send(chain, owner, synthetic.book, bookAbi, 'flag', [market.id, owner]);
      await chain.client.increaseTime({ seconds: unhealthy * 7 + 1 });
      await chain.client.mine({ blocks: 1 });
      const block = await chain.client.getBlockNumber({ cacheTime: 0 });
      const state = await stateOf(market, owner);
      const { terms, price, market: book, vault } = state;
      const sight = sightOf(terms, price, { ...vault, debt: debtUp(vault.norm, book.index) }, state.now);
      const said = (await lensRead('vault', [synthetic.book, market.id, owner], block)) as Record<string, bigint>;
      expect(sight).toMatchObject({
        collateral: said['collateral'],
        debt: said['debt'],
        value: said['value'],
        liquidationPrice: said['liquidationPrice'],
        borrowable: said['borrowable'],
        unhealthy: said['unhealthy'],
        discount: said['discount'],
      });
      expect(BigInt(sight.elapsed ?? 0)).toBe(said['elapsed']);
      if (sight.unhealthy) unhealthy += 1;
      for (const budget of [MAX, sight.debt / 3n, sight.debt - 50n * WAD, 1n]) {
        const args = [synthetic.book, market.id, owner, budget];
        const [paid, collateral, deficit] = (await lensRead('take', args, block)) as [bigint, bigint, bigint];
        const lot = { terms, vault, index: book.index, mid: price.mid, discount: sight.discount, budget };
        const fill = sight.unhealthy ? settle(lot) : { paid: 0n, collateral: 0n, deficit: 0n };
        expect(fill).toMatchObject({ paid, collateral, deficit });
        if (deficit > 0n) deficits += 1;
      }
      const terms_ = [synthetic.book, market.id, owner];
      const [fee, , most] = (await lensRead('redemption', terms_, block)) as [bigint, bigint, bigint];
      if (most > 0n) {
        const done = redeemFrom({ market: market.id, owner, terms, price, index: book.index, vault }, most, {
          backing: MAX >> 128n,
          supply: MAX >> 128n,
        });
        expect(done).toMatchObject({ fee });
      }
    });
    expect(unhealthy).toBeGreaterThan(15);
    expect(deficits).toBeGreaterThan(5);
  });

  it('is what the book does with an adjustment, refusals included', async () => {
    const seen = new Set<string>();
    const roll = dice(11);
    for (const [at, market] of synthetic.markets.entries()) {
      for (const [price, name] of [
        [PRICES[0]?.[at] ?? 0n, 'safe'],
        [PRICES[0]?.[at] ?? 0n, 'stepped'],
      ] as const) {
        await setPrice(chain, synthetic, market, price * WAD, name);
        const one = 10n ** BigInt(market.decimals);
        for (const owner of owners) {
          const state = await stateOf(market, owner);
          const owed = debtUp(state.vault.norm, state.market.index);
          const deltas = [
            [0n, roll() % owed],
            [0n, owed * 20n],
            [0n, 60_000_000n * WAD],
            [0n, -(roll() % owed)],
            [0n, -owed + 99n * WAD],
            [0n, -owed],
            [0n, ALL],
            [ALL, ALL],
            [-(roll() % one), 0n],
            [-state.vault.collateral - 1n, 0n],
            [-(roll() % one), -(roll() % owed)],
            [-withdrawRoom(state, owed), 0n],
            [-withdrawRoom(state, owed) - 1n - one / 10_000n, 0n],
            [0n, mintRoom(state, state.vault.collateral).most],
            [0n, mintRoom(state, state.vault.collateral).most + 2n],
          ] as const;
          for (const [dCollateral, dDebt] of deltas) {
            const call = chain.client.simulateContract({
              account: owner,
              address: synthetic.book,
              abi: bookAbi,
              functionName: 'adjust',
              args: [market.id, dCollateral, dDebt],
              blockNumber: state.block,
            });
            const said = await tried(call);
            const outcome = adjust(state, dCollateral, dDebt);
            if ('error' in said) {
              // What the owner has in his account is not the calculator's to know.
              if (said.error === 'ERC20InsufficientBalance') continue;
              expect(outcome.refused?.error).toBe(said.error);
              seen.add(said.error);
            } else {
              expect(outcome.refused).toBeUndefined();
              if (outcome.refused === undefined) expect([outcome.collateral, outcome.debt]).toEqual(said.result);
              seen.add(name);
            }
          }
        }
      }
    }
    const all = ['safe', 'stepped', 'PriceUnsafe', 'Undercollateralised', 'DebtTooSmall', 'CeilingReached'];
    expect([...seen]).toEqual(expect.arrayContaining([...all, 'AmountTooLarge']));
  });

  it('is what the book does with a take and with a redemption, to the last unit', async () => {
    const [fast] = synthetic.markets;
    await setPrice(chain, synthetic, fast, 700n * WAD);
    const haircut = await chain.client.readContract({ address: synthetic.book, abi: bookAbi, functionName: 'haircut' });
    const shares: Haircut = { backing: haircut[0], supply: haircut[1] };
    const results = new Set<string>();
    for (const owner of owners) {
      const state = await stateOf(fast, owner);
      const { vault, terms, price, market, now } = state;
      const debt = debtUp(vault.norm, market.index);
      const sight = sightOf(terms, price, { ...vault, debt }, now);
      const base = { account: owner, address: synthetic.book, abi: bookAbi, blockNumber: state.block } as const;
      const budget = debt / 4n;
      const take = await tried(
        chain.client.simulateContract({ ...base, functionName: 'take', args: [fast.id, [owner], budget, 0n, '0x'] }),
      );
      const fill = settle({ terms, vault, index: market.index, mid: price.mid, discount: sight.discount, budget });
      if ('result' in take) expect([fill.paid, fill.collateral]).toEqual(take.result);
      else expect(sight.unhealthy && fill.paid > 0n).toBe(false);
      results.add('result' in take ? 'taken' : take.error);
      const redeemed = await tried(
        chain.client.simulateContract({ ...base, functionName: 'redeem', args: [fast.id, owner, budget, 0n] }),
      );
      const from = { market: fast.id, owner, terms, price, index: market.index, vault };
      const done = redeemFrom(from, budget, shares);
      if ('error' in redeemed) expect(done.refused?.error).toBe(redeemed.error);
      else expect(done).toMatchObject({ burned: redeemed.result[0], collateral: redeemed.result[1] });
      results.add('error' in redeemed ? redeemed.error : 'redeemed');
    }
    expect([...results]).toEqual(expect.arrayContaining(['taken', 'NothingToTake', 'redeemed', 'Insolvent']));
  });

  it('is what a redemption pays while a deficit stands', async () => {
    const [fast] = synthetic.markets;
    await setPrice(chain, synthetic, fast, 500n * WAD);
    const worst = owners[owners.length - 1] as Address;
    await send(chain, worst, synthetic.book, bookAbi, 'book', [fast.id, worst]);
    await setPrice(chain, synthetic, fast, 1_500n * WAD);
    const owner = owners[1] as Address;
    const state = await stateOf(fast, owner);
    // Interest of the seconds since the loss pays first, so the shares are asked for after it was collected.
    const [backing, supply] = await chain.client.readContract({
      address: synthetic.book,
      abi: bookAbi,
      functionName: 'haircut',
      blockNumber: state.block,
    });
    expect(backing).toBeLessThan(supply);
    const { terms, price, market, vault } = state;
    const amount = 500n * WAD;
    const { result } = await chain.client.simulateContract({
      account: owner,
      address: synthetic.book,
      abi: bookAbi,
      functionName: 'redeem',
      args: [fast.id, owner, amount, 0n],
      blockNumber: state.block,
    });
    const done = redeemFrom({ market: fast.id, owner, terms, price, index: market.index, vault }, amount, {
      backing,
      supply,
    });
    if (done.refused !== undefined) throw new Error(done.refused.error);
    expect(done.burned).toBe(result[0]);
    expect(done.collateral).toBe(result[1]);
    expect(done.cut).toBeLessThan(done.burned);
  });
});

describe('the discount', () => {
  const terms: MarketTerms = {
    borrowLtv: 8n * 10n ** 17n,
    liqLtv: 8_333n * 10n ** 14n,
    maxDiscount: 8n * 10n ** 16n,
    rampSecs: 30,
    minDebt: 100n * WAD,
    feeMin: WAD / 200n,
    feeSlope: WAD / 50n,
    mintWindowSecs: 86_400,
  };

  it('never falls with time, and reaches one before its clock expires where the collateral covers no debt', () => {
    for (const debt of [8_400n, 9_000n, 9_990n, 10_000n, 12_000n]) {
      let before = 0n;
      for (let elapsed = 0; elapsed <= expirySecs(terms); elapsed += 1) {
        const now = discountOf(terms, debt * WAD, 10_000n * WAD, elapsed);
        expect(now).toBeGreaterThanOrEqual(before);
        before = now;
      }
      expect(before).toBe(debt < 10_000n ? ((10_000n - debt) * WAD) / 10_000n : WAD);
    }
  });

  it('sells nothing at a loss that the collateral still covers, until its patience has run out', () => {
    const [debt, value] = [9_500n * WAD, 10_000n * WAD];
    expect(discountOf(terms, debt, value, 599)).toBe(WAD / 20n);
    expect(discountOf(terms, debt, value, 600)).toBe(WAD);
    expect(discountOf(terms, debt, value, 0, true)).toBe(0n);
  });

  it('tells when it will pass a mark', () => {
    const [debt, value] = [8_400n * WAD, 10_000n * WAD];
    const secs = secsUntilDiscount(terms, debt, value, 0, WAD / 20n);
    if (secs === null) throw new Error('it passes five percent');
    expect(discountOf(terms, debt, value, secs)).toBeGreaterThanOrEqual(WAD / 20n);
    expect(discountOf(terms, debt, value, secs - 1)).toBeLessThan(WAD / 20n);
    expect(secsUntilDiscount(terms, debt, value, 0, 2n * WAD)).toBeNull();
  });
});

describe('choosing a ratio', () => {
  it('gives a debt that has at least this ratio, and the least ratio is one that the book accepts', async () => {
    const [fast] = synthetic.markets;
    await setPrice(chain, synthetic, fast, 2_000n * WAD);
    const state = await stateOf(fast, chain.accounts[8] as Address);
    const least = leastRatio(state);
    if (least === null) throw new Error('there is a price');
    const empty = { ...state, vault: { collateral: 0n, norm: 0n, flaggedAt: 0 } };
    const debt = debtAtRatio(state, 10n * WAD, least);
    expect(adjust(empty, 10n * WAD, debt).refused).toBeUndefined();
    expect(adjust(empty, 10n * WAD, debt + WAD).refused?.error).toBe('Undercollateralised');
    expect(mintRoom(empty, 10n * WAD).most).toBeGreaterThanOrEqual(debt);
  });

  it('offers the riskiest vault first to a redeemer', async () => {
    const [fast] = synthetic.markets;
    const all = await Promise.all(
      owners.map(async (owner) => {
        const { terms, price, market, vault } = await stateOf(fast, owner);
        return { market: fast.id, owner, terms, price, index: market.index, vault };
      }),
    );
    const ratios = cheapestFirst(all).map(
      ({ vault, index, price, terms }) =>
        sightOf(terms, price, { ...vault, debt: debtUp(vault.norm, index) }, 0).ratio ?? 0n,
    );
    expect(ratios.length).toBeGreaterThan(3);
    expect([...ratios].sort((a, b) => (a < b ? -1 : 1))).toEqual(ratios);
  });

  it('knows the states of a price in the order of the contracts', () => {
    expect(PRICE_STATES).toEqual(['safe', 'stepped', 'grace', 'late']);
  });
});
