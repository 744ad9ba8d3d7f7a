import { QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, Route, Routes } from 'react-router';
import type { Address } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, launchToken, newAsset, startChain, type TestChain } from '../../test/chain';
import { installTestWallet, type TestWallet } from '../../test/wallet';
import { newQueryClient } from '../api/hooks';
import { erc20Abi } from '../contracts/abi/erc20';
import { reserveAbi } from '../contracts/abi/reserve';
import ActionPage from './ActionPage';

const ONE = 10n ** 18n;
const WAIT = { timeout: 15_000 };

let chain: TestChain;
let me: Address;
let asset: Address;
let token: Address;
let reserve: Address;

const theWallet = () => (window as unknown as { testWallet: TestWallet }).testWallet;

beforeAll(async () => {
  chain = await startChain();
  me = chain.accounts[1] as Address;
  asset = await newAsset(chain, 6, me, 10_000_000_000n);
  const made = await launchToken(chain, me, {
    name: 'Harbour',
    symbol: 'HRB',
    supply: 1_000_000n * ONE,
    owner: me,
    guardian: '0x0000000000000000000000000000000000000000',
    assets: [asset],
    seeds: [100_000_000n],
    terms: {
      redeemable: true,
      redeemFeeBps: 100,
      ltvBps: 9_500,
      termFeeBps: 10,
      flashFeeBps: 8,
      termSecs: 86_400,
      graceSecs: 3_600,
      dripSecs: 3_600,
    },
    path: 0,
    pool: { tokens: 0n, assets: 0n, lockUntil: 0n },
    fees: {
      maxBuyBps: 0,
      maxSellBps: 0,
      buyBps: 0,
      sellBps: 0,
      startMultiple: 0n,
      split: { reserveBps: 0, burnBps: 0, liquidityBps: 0, recipients: [] },
    },
    salt: `0x${'00'.repeat(32)}`,
  });
  token = made.token;
  reserve = made.reserve;
  installTestWallet({ rpc: chain.rpc, accounts: [me], chainId: 31_337, knownChains: [31_337] });
});

afterAll(() => chain.stop());

beforeEach(() => {
  const network = globalThis.fetch;
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const url = String(input instanceof Request ? input.url : input);
    if (!url.startsWith('/v1')) return network(input, init);
    return Response.json(await answer(chain, url));
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open(action: string): ReturnType<typeof userEvent.setup> {
  render(
    <QueryClientProvider client={newQueryClient()}>
      <MemoryRouter initialEntries={[`/token/${token}/${action}`]}>
        <Routes>
          <Route path="token/:token/:action" element={<ActionPage />} />
          <Route path="*" element={<p>elsewhere</p>} />
        </Routes>
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

async function connected(user: ReturnType<typeof userEvent.setup>): Promise<void> {
  await screen.findByText(/of block/i, {}, WAIT);
  const button = await waitFor(
    () => screen.queryByRole('button', { name: /Connect a wallet/ }) ?? screen.getByText(/read through your wallet/),
    WAIT,
  );
  if (button.tagName === 'BUTTON') {
    await user.click(button);
    await user.click(await screen.findByRole('button', { name: /Test wallet/, hidden: true }, WAIT));
  }
  await screen.findByText(/read through your wallet/, {}, WAIT);
}

async function balance(of: Address): Promise<bigint> {
  return chain.client.readContract({ address: of, abi: erc20Abi, functionName: 'balanceOf', args: [me] });
}

/** A loan of the tests' account by its number. */
async function readReserve(number = 1n) {
  const one = { address: reserve, abi: reserveAbi } as const;
  const id = (BigInt(me) << 96n) | number;
  return { id, loan: await chain.client.readContract({ ...one, functionName: 'loan', args: [id] }) };
}

describe('what acts on the chain', () => {
  it('shows the outcome of redeeming before it is signed, and the same after', async () => {
    const user = open('redeem');
    await connected(user);
    await user.type(screen.getByLabelText('Tokens to redeem'), '1000');
    const button = await screen.findByRole('button', { name: 'Redeem 1,000 HRB' }, WAIT);
    await screen.findByText(/Tried at block/, {}, WAIT);
    const before = await balance(asset);
    await user.click(button);
    await screen.findByText('Done: Redeem 1,000 HRB', {}, WAIT);
    expect(screen.getByText(/exactly what was shown/)).toBeTruthy();
    // 1,000 of 1,000,000 tokens over 100 of the asset, less 1 %.
    expect((await balance(asset)) - before).toBe(99_000n);
  });

  it('sends nothing when the person declines, and says so', async () => {
    const user = open('borrow');
    await connected(user);
    await user.type(screen.getByLabelText('Collateral'), '5000');
    await user.click(await screen.findByRole('button', { name: /Max: .* as Amount to borrow/ }, WAIT));
    const button = await screen.findByRole('button', { name: /^Borrow 0\.475/ }, WAIT);
    await screen.findByText(/Tried at block/, {}, WAIT);
    theWallet().declineNext('eth_sendTransaction');
    await user.click(button);
    await screen.findByText('You declined in the wallet.', {}, WAIT);
    expect(await chain.client.readContract({ address: reserve, abi: reserveAbi, functionName: 'loanCount' })).toBe(0n);
    await user.click(await screen.findByRole('button', { name: /^Borrow 0\.475/ }, WAIT));
    await screen.findByText(/^Done: Borrow/, {}, WAIT);
    expect((await readReserve()).loan.collateral).toBe(5_000n * ONE);
  });

  it('approves exactly what is repaid, before the repayment and never more', async () => {
    const { id, loan } = await readReserve();
    const user = open(`repay?loan=${id}`);
    await connected(user);
    await user.click(await screen.findByRole('button', { name: 'A part' }, WAIT));
    await user.type(screen.getByLabelText('Amount to repay'), '0.2');
    await user.click(await screen.findByRole('button', { name: 'Approve 0.2 A6' }, WAIT));
    const button = await screen.findByRole('button', { name: 'Repay 0.2 A6' }, WAIT);
    const allowed = { address: asset, abi: erc20Abi, functionName: 'allowance', args: [me, reserve] } as const;
    expect(await chain.client.readContract(allowed)).toBe(200_000n);
    await screen.findByText(/Tried at block/, {}, WAIT);
    await user.click(button);
    await screen.findByText('Done: Repay 0.2 A6', {}, WAIT);
    expect(await chain.client.readContract(allowed)).toBe(0n);
    expect((await readReserve()).loan.principal[0]).toBe((loan.principal[0] ?? 0n) - 200_000n);
  });

  it('repays everything and keeps the result in place when the loan is gone', async () => {
    const args = [1_000n * ONE, [50_000n], me, false] as const;
    const call = { account: me, address: reserve, abi: reserveAbi, functionName: 'borrow', args } as const;
    await chain.client.waitForTransactionReceipt({ hash: await chain.client.writeContract(call) });
    const { id } = await readReserve(2n);
    const user = open(`repay?loan=${id}`);
    await connected(user);
    await user.click(await screen.findByRole('button', { name: 'Approve 0.05 A6' }, WAIT));
    const button = await screen.findByRole('button', { name: 'Repay 0.05 A6' }, WAIT);
    await screen.findByText(/Tried at block/, {}, WAIT);
    await user.click(button);
    await screen.findByText('Done: Repay 0.05 A6', {}, WAIT);
    await expect(readReserve(2n)).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(screen.getByText('Done: Repay 0.05 A6')).toBeTruthy();
  });

  it('extends by burning collateral without any of the asset', async () => {
    const { id, loan } = await readReserve();
    const user = open(`extend?loan=${id}`);
    await connected(user);
    await user.click(await screen.findByRole('button', { name: 'Burn collateral' }, WAIT));
    const button = await screen.findByRole('button', { name: /^Burn collateral and extend/ }, WAIT);
    await screen.findByText(/Tried at block/, {}, WAIT);
    await user.click(button);
    await screen.findByText(/^Done: Burn collateral/, {}, WAIT);
    const after = (await readReserve()).loan;
    expect(after.deadline).toBe(loan.deadline + 86_400n);
    expect(after.collateral).toBeLessThan(loan.collateral);
  });

  it('names the field and the limit as it is typed', async () => {
    const user = open('borrow');
    await connected(user);
    await user.type(screen.getByLabelText('Collateral'), '1000');
    await user.type(screen.getByLabelText('Amount to borrow'), '99');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toMatch(
      /Amount to borrow: is too much\. Limit: at most 0\.09\d+ A6, what this collateral allows\./,
    );
  });

  it('says which network is wrong and changes it', async () => {
    const user = open('redeem');
    await connected(user);
    theWallet().switchChain(1);
    await screen.findByText('Test wallet is on Ethereum. These tokens are on Ballast local (chain 31337).', {}, WAIT);
    theWallet().declineNext('wallet_switchEthereumChain');
    await user.click(screen.getByRole('button', { name: 'Switch to Ballast local' }));
    await screen.findByText('You declined in the wallet. The network is unchanged.', {}, WAIT);
    await user.click(screen.getByRole('button', { name: 'Switch to Ballast local' }));
    await screen.findByText(/read through your wallet/, {}, WAIT);
  });

  it('says in words why the contract would refuse, before anything is signed', async () => {
    const { id, loan } = await readReserve();
    const user = open(`repay?loan=${id}`);
    await connected(user);
    await chain.client.setNextBlockTimestamp({ timestamp: loan.graceEnd });
    await chain.client.mine({ blocks: 1 });
    await screen.findByText(/It can be neither repaid nor extended, only foreclosed/, {}, WAIT);
  });
});
