import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import type { Address } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, compiled, startChain, type TestChain } from '../../../test/chain';
import { WAIT, connected, done, expectExact, line, openPage } from '../../../test/page';
import { adjustVault, answerVaults, send, setPrice, startSynthetic, type TestSynthetic } from '../../../test/vaults';
import { installTestWallet } from '../../../test/wallet';
import { bookAbi } from '../../contracts/abi/book';
import { erc20Abi } from '../../contracts/abi/erc20';

const ONE = 10n ** 18n;

let chain: TestChain;
let synthetic: TestSynthetic;
let me: Address;
let other: Address;

beforeAll(async () => {
  chain = await startChain();
  synthetic = await startSynthetic(chain);
  me = chain.accounts[1] as Address;
  other = chain.accounts[2] as Address;
  const [fast] = synthetic.markets;
  const { abi } = compiled('artifacts/TestAsset.json');
  await send(chain, chain.accounts[0] as Address, fast.collateral, abi, 'mint', [me, 100n * ONE]);
  installTestWallet({ rpc: chain.rpc, accounts: [me], chainId: 31_337, knownChains: [31_337] });
});

afterAll(() => chain.stop());

beforeEach(() => {
  const network = globalThis.fetch;
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const url = String(input instanceof Request ? input.url : input);
    if (!url.startsWith('/v1')) return network(input, init);
    return Response.json((await answerVaults(chain, synthetic, url, [me, other])) ?? (await answer(chain, url)));
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open(path: string): ReturnType<typeof openPage> {
  const market = path.startsWith('redeem') ? '' : 'market/0/';
  return openPage(`/synthetic/${synthetic.book}/${market}${path}`);
}

const vaultOf = (owner: Address) =>
  chain.client.readContract({ address: synthetic.book, abi: bookAbi, functionName: 'vaultOf', args: [0n, owner] });

const balanceOf = (asset: Address, account: Address) =>
  chain.client.readContract({ address: asset, abi: erc20Abi, functionName: 'balanceOf', args: [account] });

describe('a vault', () => {
  it('is opened by a ratio: what is shown before signing is what happens', async () => {
    const user = open('vault');
    await connected(user);
    await user.type(screen.getByLabelText('Collateral to add'), '10');
    const ratio = screen.getByLabelText('Ratio afterwards');
    await user.clear(ratio);
    await user.type(ratio, '200');
    await user.tab();
    expect((screen.getByLabelText('Debt to mint') as HTMLInputElement).value).toBe('10000');
    expect(line('Ratio')).toContain('200.00 %');
    expect(line('Unhealthy under')).toContain('1,200.048');
    await user.click(await screen.findByRole('button', { name: /^Approve 10 A18/ }, WAIT));
    await user.click(await screen.findByRole('button', { name: /^Add 10 A18 and mint 10,000 BUSD/ }, WAIT));
    const result = await done();
    for (const label of ['Paid into the vault', 'Minted', 'Collateral in the vault']) expectExact(result, label);
    expect(within(result).getByRole('row', { name: /^Ratio/ }).textContent).toMatch(/199\.99|200/);
    expect(within(result).getByRole('row', { name: /^Unhealthy under/ }).textContent).toContain('1,200.04');
    const [collateral, , debt] = await vaultOf(me);
    expect(collateral).toBe(10n * ONE);
    expect(debt).toBeGreaterThanOrEqual(10_000n * ONE);
    expect(await balanceOf(synthetic.book, me)).toBe(10_000n * ONE);
  });

  it('is adjusted by the slider, which the arrow keys move', async () => {
    const user = open('vault');
    await connected(user);
    await screen.findByText('Your vault: BUSD/A18', {}, WAIT);
    const slider = screen.getByRole('slider', { name: 'Ratio afterwards, as a slider' });
    fireEvent.change(slider, { target: { value: '2500' } });
    expect(screen.getByRole('button', { name: 'Repay' }).getAttribute('aria-pressed')).toBe('true');
    expect((screen.getByLabelText('Debt to repay') as HTMLInputElement).value).toMatch(/^2000(\.\d\d?)?$/);
    expect(line('Ratio')).toContain('250.0');
    await user.click(await screen.findByRole('button', { name: /^Repay 2,/ }, WAIT));
    const result = await done();
    expectExact(result, 'Collateral in the vault');
    expect(within(result).getByRole('row', { name: /^Ratio/ }).textContent).toMatch(/249\.99|250/);
  });

  it('says every limit before the wallet opens', async () => {
    const user = open('vault');
    await connected(user);
    await screen.findByText('Your vault: BUSD/A18', {}, WAIT);
    const debt = screen.getByLabelText('Debt to mint');
    await user.type(debt, '9000');
    expect(
      await screen.findByText(/would be owed, over the .* that this collateral carries at the low price/),
    ).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Nothing to sign yet' }).getAttribute('aria-disabled')).toBe('true');
    await user.clear(debt);
    await user.type(debt, '20000001');
    expect(await screen.findByText(/that this market lets out now/)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Repay' }));
    await user.type(screen.getByLabelText('Debt to repay'), '7950');
    expect(await screen.findByText(/A vault owes nothing or at least 100 BUSD/)).toBeTruthy();
    await setPrice(chain, synthetic, synthetic.markets[0], 2_000n * ONE, 'stepped');
    await user.click(screen.getByRole('button', { name: 'Mint' }));
    await user.type(screen.getByLabelText('Debt to mint'), '1');
    expect(await screen.findByText(/price: it is stepped/, {}, WAIT)).toBeTruthy();
    expect(await screen.findByText(/No new debt at this price of A18/, {}, WAIT)).toBeTruthy();
    await setPrice(chain, synthetic, synthetic.markets[0], 2_000n * ONE);
  });

  it('of another can be made safer by anybody, and only that', async () => {
    await adjustVault(chain, synthetic, synthetic.markets[0], other, 10n * ONE, 15_000n * ONE);
    const user = open(`vault/${other}`);
    await connected(user);
    await screen.findByText('A vault of BUSD/A18', {}, WAIT);
    await user.type(screen.getByLabelText('Debt to mint'), '1');
    expect(await screen.findByText(/is not an operator of/, {}, WAIT)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Repay' }));
    await user.type(screen.getByLabelText('Debt to repay'), '100');
    await user.click(await screen.findByRole('button', { name: 'Repay 100 BUSD' }, WAIT));
    expectExact(await done(), 'Collateral in the vault');
  });
});

describe('an auction', () => {
  it('sells to whoever takes, what is paid and received as shown', async () => {
    await setPrice(chain, synthetic, synthetic.markets[0], 1_650n * ONE);
    const before = await vaultOf(other);
    const user = open(`take/${other}`);
    await connected(user);
    expect(await screen.findByText('Discount now', { selector: 'dt' }, WAIT)).toBeTruthy();
    await user.type(screen.getByLabelText('Pay at most'), '3000');
    expect(line('You pay')).toContain('3,000');
    await user.click(await screen.findByRole('button', { name: /^Take 1\.9/ }, WAIT));
    const result = await done();
    expect(within(result).getByText(/^Done: Take/)).toBeTruthy();
    const [collateral, , debt] = await vaultOf(other);
    expect(before[2] - debt).toBeGreaterThan(2_999n * ONE);
    expect(before[0] - collateral).toBeGreaterThan((19n * ONE) / 10n);
  });

  it('of a healthy vault offers nothing', async () => {
    await setPrice(chain, synthetic, synthetic.markets[0], 2_000n * ONE);
    const user = open(`take/${other}`);
    await connected(user);
    expect(await screen.findByText('This vault is healthy', {}, WAIT)).toBeTruthy();
    expect(screen.getByText('The vault is healthy.')).toBeTruthy();
  });
});

describe('a redemption', () => {
  it('goes to the cheapest vault first and pays what was shown', async () => {
    const user = open('redeem');
    await connected(user);
    const before = await balanceOf(synthetic.markets[0].collateral, me);
    await user.type(screen.getByLabelText('Amount to redeem'), '500');
    const table = await screen.findByRole('table', { name: /cheapest first/ }, WAIT);
    expect(within(table).getAllByRole('row')[1]?.textContent).toContain(other.slice(0, 6));
    await user.click(await screen.findByRole('button', { name: /^Redeem (499|500)/ }, WAIT));
    const result = await done();
    expect(within(result).getByRole('row', { name: /^Received/ })).toBeTruthy();
    expect((await balanceOf(synthetic.markets[0].collateral, me)) - before).toBeGreaterThan((24n * ONE) / 100n);
  });
});

describe('operators', () => {
  it('are allowed and taken back by the owner alone', async () => {
    const user = open('vault');
    await connected(user);
    await screen.findByText('Your vault: BUSD/A18', {}, WAIT);
    await user.type(screen.getByLabelText('Account'), other);
    await user.click(await screen.findByRole('button', { name: 'Make it an operator' }, WAIT));
    expect(await screen.findByText('It is an operator now.', {}, WAIT)).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Take the permission back' }, WAIT));
    expect(await screen.findByText('It is not an operator now.', {}, WAIT)).toBeTruthy();
  });
});

describe('closing', () => {
  it('repays all and takes everything out in one call', async () => {
    await adjustVault(chain, synthetic, synthetic.markets[0], other, 20n * ONE, 1_000n * ONE);
    await send(chain, other, synthetic.book, erc20Abi, 'transfer', [me, 5_000n * ONE]);
    const user = open('vault');
    await connected(user);
    await user.click(await screen.findByRole('button', { name: 'Close the vault' }, WAIT));
    await user.click(await screen.findByRole('button', { name: /^Repay .* take out 10 A18/ }, WAIT));
    const result = await done();
    expectExact(result, 'Received from the vault');
    expect((await vaultOf(me)).slice(0, 3)).toEqual([0n, 0n, 0n]);
  });
});
