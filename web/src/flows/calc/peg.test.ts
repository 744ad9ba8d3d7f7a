// @vitest-environment node
import { BaseError, ContractFunctionRevertedError, type Address } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled, startChain, type TestChain } from '../../../test/chain';
import {
  COOLDOWN_SECS,
  adjustVault,
  send,
  setCustodyPrice,
  setPrice,
  startSynthetic,
  type TestSynthetic,
} from '../../../test/vaults';
import { backstopAbi } from '../../contracts/abi/backstop';
import { bookAbi } from '../../contracts/abi/book';
import { erc20Abi } from '../../contracts/abi/erc20';
import { pegAbi } from '../../contracts/abi/peg';
import { revertName } from '../../contracts/revert';
import { readBackstop } from '../chain/backstop';
import { readPeg } from '../chain/peg';
import { WAD } from './arithmetic';
import { arrivedOf, coversOf, givesBack, lossOf, ripeAt, sharesFor, worthOf } from './backstop';
import type { Outcome } from './ledger';
import { collect, deficitOf, earnedOf, haircutOf, shareAfter, whoPays, type Claims } from './losses';
import { deficitAfter, enter, exit, feesOf, markOf, mostEntry, mostExit } from './peg';

const UNIT = 1_000_000n;

let chain: TestChain;
let synthetic: TestSynthetic;
let me: Address;
let other: Address;

beforeAll(async () => {
  chain = await startChain();
  synthetic = await startSynthetic(chain);
  me = chain.accounts[1] as Address;
  other = chain.accounts[2] as Address;
  const { abi } = compiled('artifacts/TestAsset.json');
  await send(chain, chain.accounts[0] as Address, synthetic.custody, abi, 'mint', [me, 3_000_000n * UNIT]);
  await send(chain, me, synthetic.custody, erc20Abi, 'approve', [synthetic.peg, 3_000_000n * UNIT]);
  await adjustVault(chain, synthetic, synthetic.markets[0], other, 100n * WAD, 100_000n * WAD);
  await send(chain, other, synthetic.book, erc20Abi, 'transfer', [me, 60_000n * WAD]);
});

afterAll(() => chain.stop());

const seen = () => readPeg(chain.client, synthetic.book, synthetic.peg, me);
const seenBackstop = (epochs: readonly bigint[] = []) =>
  readBackstop(chain.client, synthetic.book, synthetic.backstop, me, epochs);

async function mineAt(time: number): Promise<void> {
  await chain.client.setNextBlockTimestamp({ timestamp: BigInt(time) });
  await chain.client.mine({ blocks: 1 });
}

/** The contract's own refusal under its name, or what the call returns. */
async function tried<T>(call: Promise<{ result: T }>): Promise<T | string> {
  try {
    return (await call).result;
  } catch (error) {
    const found = error instanceof BaseError ? error.walk((one) => one instanceof ContractFunctionRevertedError) : null;
    if (found === null) throw error;
    return revertName(error) ?? 'unknown';
  }
}

function saidOf<T extends object>(outcome: Outcome<T>, result: (done: T) => bigint): bigint | string {
  return outcome.refused === undefined ? result(outcome as T) : outcome.refused.error;
}

const simulated = (functionName: 'enter' | 'exit', amount: bigint, blockNumber: bigint) =>
  tried(
    chain.client.simulateContract({
      address: synthetic.peg,
      abi: pegAbi,
      functionName,
      args: [amount, 0n, me],
      account: me,
      blockNumber,
    }),
  );

async function expectSameEntries(amounts: readonly bigint[]): Promise<Set<string>> {
  const told = new Set<string>();
  const { peg, block } = await seen();
  for (const amount of amounts) {
    const said = saidOf(enter(peg, amount), ({ minted }) => minted);
    expect(said, `enter ${amount}`).toBe(await simulated('enter', amount, block));
    told.add(typeof said === 'string' ? said : 'entered');
  }
  return told;
}

async function expectSameExits(amounts: readonly bigint[]): Promise<Set<string>> {
  const told = new Set<string>();
  const { peg, block } = await seen();
  for (const amount of amounts) {
    const said = saidOf(exit(peg, amount), ({ units }) => units);
    expect(said, `exit ${amount}`).toBe(await simulated('exit', amount, block));
    told.add(typeof said === 'string' ? said : 'left');
  }
  return told;
}

/** Burns what everybody holds of a market's deficit, so that the next test begins without one. */
async function expectCollects(): Promise<void> {
  const { peg, block } = await seen();
  const before = await chain.client.readContract({ address: synthetic.book, abi: bookAbi, functionName: 'totals' });
  const minted = await tried(
    chain.client.simulateContract({
      address: synthetic.book,
      abi: bookAbi,
      functionName: 'collect',
      account: me,
      blockNumber: block,
    }),
  );
  const done = collect(peg.claims, peg.rule);
  expect(done.minted).toBe(minted);
  expect(deficitOf(peg.claims)).toBe(before[1]);
}

describe('the peg module in the page', () => {
  it('mints for an entry what the contract mints, refusals included', async () => {
    const { peg } = await seen();
    const most = mostEntry(peg);
    expect(enter(peg, most).refused).toBeUndefined();
    expect(enter(peg, most + 2n).refused?.error).toBe('CapReached');
    const told = await expectSameEntries([0n, 1n, 999n, 1_234_567_891n, most, most + 2n, 1n << 100n, 1n << 111n]);
    expect(told).toEqual(new Set(['ZeroAmount', 'entered', 'CapReached', 'AmountTooLarge']));
    for (const [price, state, error] of [
      [(WAD * 994n) / 1_000n, 'safe', 'CustodyTooCheap'],
      [(WAD * 9_961n) / 10_000n, 'safe', 'entered'],
      [WAD, 'stepped', 'PriceUnsafe'],
      [WAD, 'late', 'PriceUnsafe'],
    ] as const) {
      await setCustodyPrice(chain, synthetic, price, state);
      expect(await expectSameEntries([500n * UNIT])).toEqual(new Set([error]));
    }
    await setCustodyPrice(chain, synthetic, WAD);
  });

  it('mints nothing while new debt is stopped, and leaving goes on', async () => {
    await send(chain, me, synthetic.peg, pegAbi, 'enter', [100_000n * UNIT, 0n, me]);
    const governor = chain.accounts[0] as Address;
    await send(chain, governor, synthetic.book, bookAbi, 'stopNewDebt', [60n]);
    expect(await expectSameEntries([500n * UNIT])).toEqual(new Set(['NewDebtIsStopped']));
    expect(await expectSameExits([500n * WAD])).toEqual(new Set(['left']));
    await chain.client.increaseTime({ seconds: 120 });
    await chain.client.mine({ blocks: 1 });
    expect(await expectSameEntries([500n * UNIT])).toEqual(new Set(['entered']));
  });

  it('pays for an exit what the contract pays, refusals included', async () => {
    const { peg } = await seen();
    expect(mostExit(peg)).toBe(99_500n * WAD);
    const told = await expectSameExits([
      1n,
      10n ** 12n,
      1_234n * WAD + 567n,
      99_500n * WAD,
      99_500n * WAD + 1n,
      150_000n * WAD,
    ]);
    expect(told).toEqual(new Set(['ZeroAmount', 'left', 'AmountTooLarge']));
  });

  it('knows the fees that anybody may collect', async () => {
    const { peg, block } = await seen();
    const call = { address: synthetic.peg, abi: pegAbi, account: me, blockNumber: block } as const;
    const fees = feesOf(peg);
    expect(fees).toBe(await tried(chain.client.simulateContract({ ...call, functionName: 'collectFees' })));
    expect(fees).toBe(400n * WAD);
  });
});

describe('losses in the page', () => {
  it('are written off by a mark, shared by exits, and paid by interest first, as the contracts do', async () => {
    let marks = 0;
    for (const price of [(WAD * 9_955n) / 10_000n, (WAD * 9n) / 10n, (WAD * 95n) / 100n]) {
      await setCustodyPrice(chain, synthetic, price);
      const { peg, block } = await seen();
      const call = { address: synthetic.peg, abi: pegAbi, account: me, blockNumber: block } as const;
      const loss = markOf(peg);
      expect(loss).toBe(await tried(chain.client.simulateContract({ ...call, functionName: 'mark' })));
      if (loss !== 0n) marks += 1;
      await send(chain, me, synthetic.peg, pegAbi, 'mark');
      await expectCollects();
      await expectSameExits([1_000n * WAD, 70_000n * WAD, 99_000n * WAD, (await seen()).purse.synthetic]);
    }
    expect(marks).toBe(2);
    const { peg } = await seen();
    expect(deficitOf(peg.claims)).toBeGreaterThan(4_000n * WAD);
    const share = haircutOf(peg.claims);
    expect(share.backing).toBeLessThan(share.supply);
    const done = exit(peg, 1_000n * WAD);
    if (done.refused !== undefined) throw new Error(done.refused.error);
    expect(done.cancelled).toBeGreaterThan(0n);
    await send(chain, me, synthetic.peg, pegAbi, 'exit', [1_000n * WAD, 0n, me]);
    const [, deficit] = await chain.client.readContract({
      address: synthetic.book,
      abi: bookAbi,
      functionName: 'totals',
    });
    // Interest of a second or two pays a little more than was computed a block before.
    expect(deficitAfter(peg, done) - deficit).toBeLessThan(WAD / 100n);
    expect(deficitAfter(peg, done) - deficit).toBeGreaterThanOrEqual(0n);
  });

  it('of a market count for exits too, and everybody in the order of losses is named', async () => {
    await adjustVault(chain, synthetic, synthetic.markets[1], other, 10n ** 8n, 20_000n * WAD);
    await setPrice(chain, synthetic, synthetic.markets[1], 15_000n * WAD);
    await send(chain, other, synthetic.book, bookAbi, 'book', [1n, other]);
    await expectCollects();
    await expectSameExits([1_000n * WAD, 50_000n * WAD]);
    const { claims } = (await seen()).peg;
    expect(claims.deficits).toHaveLength(3);
    expect(claims.deficits[1]?.amount).toBeGreaterThan(4_900n * WAD);
    const payers = whoPays(claims, 100n * WAD, 10_000n * WAD);
    expect(payers.earnings).toBe(earnedOf(claims) + claims.surplus);
    expect(payers.backstop).toBe(100n * WAD);
    expect(payers.earnings + payers.backstop + payers.holders).toBe(deficitOf(claims) + 10_000n * WAD);
  });

  it('pay a loss in order whatever the amounts', () => {
    const claims: Claims = { supply: 1_000n, debt: 1_005n, ledger: 0n, custody: 0n, deficits: [], surplus: 20n };
    expect(whoPays(claims, 30n, 0n)).toEqual({ earnings: 0n, backstop: 0n, holders: 0n });
    expect(whoPays(claims, 30n, 25n)).toEqual({ earnings: 25n, backstop: 0n, holders: 0n });
    expect(whoPays(claims, 30n, 55n)).toEqual({ earnings: 25n, backstop: 30n, holders: 0n });
    expect(whoPays(claims, 30n, 60n)).toEqual({ earnings: 25n, backstop: 30n, holders: 5n });
    expect(shareAfter(claims, 30n, 55n)).toBe(WAD);
    // 20 of surplus and 30 of the backstop are burned; 945 stand behind the 950 that are left.
    expect(shareAfter(claims, 30n, 60n)).toBe((945n * WAD) / 950n);
    expect(shareAfter(claims, 30n, 2_000n)).toBe(0n);
  });
});

describe('the backstop in the page', () => {
  it('prices shares as the contract does, and knows when a request is settled', async () => {
    await send(chain, me, synthetic.book, erc20Abi, 'approve', [synthetic.backstop, 20_000n * WAD]);
    await send(chain, me, synthetic.backstop, backstopAbi, 'requestEntry', [10_000n * WAD, me]);
    const asked = await seenBackstop();
    const [request] = asked.requests;
    expect(request).toMatchObject({ entering: 10_000n * WAD, entrySettled: false, entryClaim: undefined });
    const ripe = ripeAt(asked.backstop, request?.epoch ?? 0n);
    expect(ripe - asked.backstop.now).toBeGreaterThan(COOLDOWN_SECS);
    expect(ripe - asked.backstop.now).toBeLessThanOrEqual(2 * COOLDOWN_SECS);
    const expected = sharesFor(asked.backstop, 10_000n * WAD);
    await mineAt(ripe - 1);
    expect((await seenBackstop()).requests[0]?.entryClaim).toBeUndefined();
    await mineAt(ripe);
    const ready = await seenBackstop();
    expect(ready.requests[0]).toMatchObject({ entrySettled: false, entryClaim: { shares: expected, refunded: 0n } });
    await send(chain, me, synthetic.backstop, backstopAbi, 'claimEntry', [request?.epoch ?? 0n, me]);
    const after = await seenBackstop();
    expect(after.purse.shares).toBe(expected);
    expect(after.requests).toEqual([]);
    const one = { address: synthetic.backstop, abi: backstopAbi, blockNumber: after.block } as const;
    for (const amount of [1n, 10n ** 24n, 7n * 10n ** 27n]) {
      expect(worthOf(after.backstop, amount)).toBe(
        await chain.client.readContract({ ...one, functionName: 'convertToAssets', args: [amount] }),
      );
      expect(sharesFor(after.backstop, amount)).toBe(
        await chain.client.readContract({ ...one, functionName: 'previewDeposit', args: [amount] }),
      );
    }
  });

  it('covers what interest and surplus leave of each loss, and its shares lose as much', async () => {
    const before = await seenBackstop();
    const covers = coversOf(before.claims, before.rule, before.backstop.cash);
    expect(covers.length).toBeGreaterThan(0);
    const [first] = covers;
    const told = lossOf(before.backstop, before.purse.shares, first?.amount ?? 0n);
    const covered = await tried(
      chain.client.simulateContract({
        address: synthetic.backstop,
        abi: backstopAbi,
        functionName: 'cover',
        args: [first?.market ?? 0n, before.backstop.cash],
        account: me,
        blockNumber: before.block,
      }),
    );
    expect(covered).toBe(first?.amount);
    await send(chain, other, synthetic.backstop, backstopAbi, 'cover', [first?.market ?? 0n, before.backstop.cash]);
    const after = await seenBackstop();
    const now = worthOf(after.backstop, after.purse.shares);
    expect(now).toBeLessThan(told.before);
    expect(now - told.after < WAD / 100n && told.after - now < WAD / 100n).toBe(true);
  });

  it('gives an entry back where shares have become too cheap to sell', () => {
    const supply = 1_500n * 10n ** 24n;
    expect(givesBack({ shares: supply, high: 1_500n * WAD })).toBe(false);
    expect(givesBack({ shares: supply, high: supply / 10n ** 15n })).toBe(false);
    expect(givesBack({ shares: supply, high: supply / 10n ** 15n - 1n })).toBe(true);
    expect(givesBack({ shares: supply, high: 0n })).toBe(true);
  });

  it('pays an exit from the epoch after next, and says what a claim pays before anybody settled', async () => {
    const { purse } = await seenBackstop();
    await send(chain, me, synthetic.backstop, backstopAbi, 'requestExit', [purse.shares]);
    const asked = await seenBackstop();
    const epoch = asked.requests[0]?.epoch ?? 0n;
    expect(asked.requests[0]).toMatchObject({ exiting: purse.shares, exitClaim: 0n });
    await mineAt(ripeAt(asked.backstop, epoch));
    const ready = await seenBackstop([epoch]);
    expect(ready.requests[0]?.exitClaim).toBe(worthOf(ready.backstop, purse.shares));
    await send(chain, me, synthetic.backstop, backstopAbi, 'claimExit', [epoch, me]);
    expect((await seenBackstop([epoch])).requests[0]).toMatchObject({ exiting: purse.shares, exitClaim: 0n });
  });

  it('takes an entry back until it is settled, and lets in what arrived only where somebody has shares', async () => {
    await send(chain, me, synthetic.backstop, backstopAbi, 'requestEntry', [5_000n * WAD, me]);
    await send(chain, me, synthetic.book, erc20Abi, 'transfer', [synthetic.backstop, 3n * WAD]);
    const asked = await seenBackstop();
    expect(arrivedOf(asked.backstop)).toBe(0n);
    expect(arrivedOf({ ...asked.backstop, shares: 1n })).toBeGreaterThanOrEqual(3n * WAD);
    await send(chain, me, synthetic.backstop, backstopAbi, 'cancelEntry', [asked.requests[0]?.epoch ?? 0n]);
    expect((await seenBackstop()).requests.filter(({ entering }) => entering > 0n)).toEqual([]);
  });
});
