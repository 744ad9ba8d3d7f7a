import { cleanup, screen, within } from '@testing-library/react';
import type { Address } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, compiled, startChain, type TestChain } from '../../../test/chain';
import { WAIT, connected, done, expectExact, line, openPage } from '../../../test/page';
import {
  COOLDOWN_SECS,
  adjustVault,
  answerVaults,
  send,
  setCustodyPrice,
  startSynthetic,
  type TestSynthetic,
} from '../../../test/vaults';
import { installTestWallet } from '../../../test/wallet';
import { bookAbi } from '../../contracts/abi/book';
import { erc20Abi } from '../../contracts/abi/erc20';

const ONE = 10n ** 18n;
const UNIT = 10n ** 6n;

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
  await send(chain, chain.accounts[0] as Address, synthetic.custody, abi, 'mint', [me, 50_000n * UNIT]);
  await adjustVault(chain, synthetic, synthetic.markets[0], other, 100n * ONE, 50_000n * ONE);
  installTestWallet({ rpc: chain.rpc, accounts: [me], chainId: 31_337, knownChains: [31_337] });
});

afterAll(() => chain.stop());

beforeEach(() => {
  const network = globalThis.fetch;
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const url = String(input instanceof Request ? input.url : input);
    if (!url.startsWith('/v1')) return network(input, init);
    return Response.json((await answerVaults(chain, synthetic, url, [other])) ?? (await answer(chain, url)));
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const open = (path: string) => openPage(`/synthetic/${synthetic.book}/${path}`);
const balanceOf = (asset: Address, account: Address) =>
  chain.client.readContract({ address: asset, abi: erc20Abi, functionName: 'balanceOf', args: [account] });
const totals = () => chain.client.readContract({ address: synthetic.book, abi: bookAbi, functionName: 'totals' });

async function pass(seconds: number): Promise<void> {
  await chain.client.increaseTime({ seconds });
  await chain.client.mine({ blocks: 1 });
}

describe('the peg module', () => {
  it('is entered after an exact approval, and mints what was shown', async () => {
    const user = open('exchange');
    await connected(user);
    await user.type(screen.getByLabelText('Amount to pay in'), '10000');
    expect(line('You receive')).toContain('9,950');
    expect(line('At least, or nothing happens')).toContain('9,900.25');
    expect(line('Fee in it, which stays in the custody')).toContain('50BUSD');
    expect(screen.getByText('ballast peg enter 10000 --min-received 9900.25 --synth BUSD')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Approve 10,000 A6' }, WAIT));
    await user.click(await screen.findByRole('button', { name: 'Pay in 10,000 A6' }, WAIT));
    const result = await done();
    for (const label of ['Paid in', 'Received']) expectExact(result, label);
    expect(await balanceOf(synthetic.book, me)).toBe(9_950n * ONE);
  });

  it('says every limit before the wallet opens', async () => {
    const user = open('exchange');
    await connected(user);
    const amount = screen.getByLabelText('Amount to pay in');
    await user.type(amount, '1000000');
    expect(await screen.findByText(/cap: the ledger would be 1004950 BUSD, over its cap of 1000000 BUSD/)).toBeTruthy();
    await user.clear(amount);
    await user.type(amount, '40001');
    expect(await screen.findByText('This account has too little A6.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Nothing to sign yet' }).getAttribute('aria-disabled')).toBe('true');
    const margin = screen.getByLabelText('Accept at most this much less than shown');
    await user.clear(margin);
    await user.type(margin, '11');
    expect(await screen.findByText(/at most 10 %/)).toBeTruthy();
    await user.clear(margin);
    await user.type(margin, '0.5');
    await setCustodyPrice(chain, synthetic, (99n * ONE) / 100n);
    await user.clear(amount);
    await user.type(amount, '100');
    expect(
      await screen.findByText(/the low price of the custody token is 0.98901 BUSD, under the 0.995/, {}, WAIT),
    ).toBeTruthy();
    expect(screen.getByText(/A6 is worth less than it has to be, so entry is closed/)).toBeTruthy();
    await setCustodyPrice(chain, synthetic, ONE, 'grace');
    expect(await screen.findByText(/price of A6 is not safe, so entry is closed/, {}, WAIT)).toBeTruthy();
    await setCustodyPrice(chain, synthetic, ONE);
  });

  it('is left at any price, and pays what was shown', async () => {
    await setCustodyPrice(chain, synthetic, ONE, 'late');
    const user = open('exchange');
    await connected(user);
    await user.click(screen.getByRole('button', { name: 'BUSD to A6' }));
    await user.type(screen.getByLabelText('Amount to burn'), '1000');
    expect(line('You receive')).toContain('998');
    await user.click(await screen.findByRole('button', { name: 'Burn 1,000 BUSD' }, WAIT));
    const result = await done();
    for (const label of ['Burned', 'Received']) expectExact(result, label);
    expect(await balanceOf(synthetic.custody, me)).toBe(40_998n * UNIT);
    await setCustodyPrice(chain, synthetic, ONE);
  });

  it('gives its fees to the surplus, and writes a loss off, where anybody asks for it', async () => {
    const user = open('exchange');
    await connected(user);
    expect(await screen.findByText(/^Nothing to mark/)).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Collect the fees' }, WAIT));
    expect(await screen.findByText(/^Nothing to collect/, {}, WAIT)).toBeTruthy();
    await setCustodyPrice(chain, synthetic, (9n * ONE) / 10n);
    await user.click(await screen.findByRole('button', { name: 'Write the loss to the deficit' }, WAIT));
    expect(
      await screen.findByText(/^A loss is not paid yet: leaving pays 9\d\.\d\d % of face value/, {}, WAIT),
    ).toBeTruthy();
    expect((await totals())[1]).toBeGreaterThan(800n * ONE);
  });

  it('pays everybody the same share while a loss stands', async () => {
    const user = open('exchange');
    await connected(user);
    await user.click(screen.getByRole('button', { name: 'BUSD to A6' }));
    await user.type(screen.getByLabelText('Amount to burn'), '1000');
    expect(line('Share that everybody gets')).toMatch(/^9\d\.\d\d %$/);
    await user.click(await screen.findByRole('button', { name: 'Burn 1,000 BUSD' }, WAIT));
    const result = await done();
    expectExact(result, 'Burned');
    expect(within(result).getByRole('row', { name: /^Received/ }).textContent).toMatch(/98\d/);
  });
});

describe('the backstop', () => {
  it('takes a deposit as a request that can be taken back until it is settled', async () => {
    const user = open('backstop');
    await connected(user);
    await user.type(screen.getByLabelText('Amount to deposit'), '500');
    expect(line('Shares, if it were settled now')).toContain('500bkBUSD');
    expect(screen.getByText('ballast backstop deposit 500 --synth BUSD')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Approve 500 BUSD' }, WAIT));
    await user.click(await screen.findByRole('button', { name: 'Deposit 500 BUSD' }, WAIT));
    const result = await done();
    for (const label of ['Paid in', 'Settled from']) expectExact(result, label);
    await user.click(await screen.findByRole('button', { name: 'Take back: the deposit of epoch 0' }, WAIT));
    await user.click(await screen.findByRole('button', { name: 'Take 500 BUSD back' }, WAIT));
    expectExact(await done(), 'Given back');
    expect(await screen.findByText('You have asked for nothing', {}, WAIT)).toBeTruthy();
  });

  it('gives shares once the deposit is settled, and says when that is', async () => {
    const user = open('backstop');
    await connected(user);
    await user.type(screen.getByLabelText('Amount to deposit'), '2000');
    await user.click(await screen.findByRole('button', { name: 'Approve 2,000 BUSD' }, WAIT));
    await user.click(await screen.findByRole('button', { name: 'Deposit 2,000 BUSD' }, WAIT));
    await done();
    const table = await screen.findByRole('table', { name: /^Your requests/ }, WAIT);
    expect(table.textContent).toMatch(/settled from .*in 1 d/);
    await pass(2 * COOLDOWN_SECS);
    await user.click(await screen.findByRole('button', { name: 'Claim: the deposit of epoch 0' }, WAIT));
    await user.click(await screen.findByRole('button', { name: 'Claim 2,000 bkBUSD' }, WAIT));
    expectExact(await done(), 'Shares received');
    expect(await balanceOf(synthetic.backstop, me)).toBe(2_000n * 10n ** 24n);
  });

  it('says who would pay a loss and what it would cost these shares', async () => {
    const user = open('backstop');
    await connected(user);
    await user.type(await screen.findByLabelText('Loss to try', {}, WAIT), '5000');
    expect(line('The backstop pays')).toContain('2,000BUSD');
    expect(line('All holders share')).not.toContain('afterwards 0BUSD');
    expect(line('Worth of your shares')).toMatch(/afterwards 0/);
  });

  it('pays what interest and surplus leave of a loss, where anybody asks for it', async () => {
    const before = (await totals())[1];
    expect(before).toBeGreaterThan(100n * ONE);
    const user = open('backstop');
    await connected(user);
    await user.click(await screen.findByRole('button', { name: 'Collect' }, WAIT));
    await screen.findByText('Let the backstop pay a loss of the peg module', {}, WAIT);
    await user.click(await screen.findByRole('button', { name: 'Let it pay' }, WAIT));
    expect(await screen.findByRole('heading', { name: 'Let in what arrived' })).toBeTruthy();
    await vi.waitFor(async () => expect((await totals())[1]).toBe(0n), WAIT);
  });

  it('pays an exit after its wait, and has no way back before', async () => {
    const user = open('backstop');
    await connected(user);
    await user.click(screen.getByRole('button', { name: 'Withdraw' }));
    await user.click(await screen.findByRole('button', { name: /^Max: .* as Shares to hand in/ }, WAIT));
    await user.click(await screen.findByRole('button', { name: 'Hand in 2,000 bkBUSD' }, WAIT));
    const result = await done();
    for (const label of ['Shares handed in', 'Settled from']) expectExact(result, label);
    expect(await screen.findByRole('table', { name: /^Your requests/ }, WAIT)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Take back/ })).toBeNull();
    const held = await balanceOf(synthetic.book, me);
    await pass(2 * COOLDOWN_SECS);
    await user.click(await screen.findByRole('button', { name: /^Withdraw: the withdrawal of epoch/ }, WAIT));
    await user.click(await screen.findByRole('button', { name: /^Withdraw [\d.,]+ BUSD/ }, WAIT));
    await done();
    expect((await balanceOf(synthetic.book, me)) - held).toBeGreaterThan(500n * ONE);
  });
});
