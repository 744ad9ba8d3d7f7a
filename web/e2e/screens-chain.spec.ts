/** The states that need a wallet and a chain: every flow before, while and after signing, and an account with alerts. */
import { parseEther, type Address } from 'viem';
import type { Page } from '@playwright/test';
import { abis, indexed, lastEvent, wrap, write, type Chain, type Launched } from './support/chain';
import { look, readAll } from './support/look';
import { expect, expectAsShown, later, launch, test } from './support/test';
import { OTHER_CHAIN_ID, giveWallet } from './support/wallet';

const DAY = 86_400;

const done = (page: Page) => expectAsShown(page, ['Deadline', 'Paid, WETH']);
const accepted = async (page: Page) => {
  await expect(page.getByText('the contract accepts it')).toBeVisible();
};

async function borrow(chain: Chain, made: Launched, account: Address): Promise<bigint> {
  await write(chain, {
    account,
    address: made.reserve,
    abi: abis.reserve,
    functionName: 'borrow',
    args: [parseEther('20000'), [parseEther('1.5')], account, false],
  });
  const { args } = await lastEvent(chain, made.reserve, abis.reserve, 'Borrowed');
  return (args as unknown as { loanId: bigint }).loanId;
}

test.describe.serial('no flow breaks accessibility or sticks out, in any state', () => {
  let made: Launched;
  let account: Address;
  let loan: bigint;

  test.beforeAll(async ({ world, chain }) => {
    made = await launch(world, chain, 'worked-example.toml');
    [account] = (await chain.getAddresses()) as [Address];
    await wrap(chain, world, account, parseEther('60'));
    loan = await borrow(chain, made, account);
  });

  test('borrow', async ({ page, visit, wallet }) => {
    await visit(`/token/${made.token}/borrow`);
    await page.getByLabel('Collateral', { exact: true }).fill('100000');
    await page.getByLabel('Amount to borrow', { exact: true }).fill('999');
    await look(page, 'borrow-too-much');
    await page.getByLabel('Amount to borrow', { exact: true }).fill('8.5');
    await accepted(page);
    await look(page, 'borrow-before');
    const button = page.getByRole('button', { name: /^Borrow/ });
    await wallet.decline('eth_sendTransaction');
    await button.click();
    await expect(page.getByRole('alert').filter({ hasText: /declined/i })).toBeVisible();
    await look(page, 'borrow-declined');
    const answer = wallet.hold('eth_sendTransaction');
    await button.click();
    await expect(page.getByText('Waiting for your answer in Test wallet')).toBeVisible();
    await look(page, 'borrow-waiting-wallet');
    const block = wallet.hold('eth_getTransactionReceipt');
    answer();
    await expect(page.getByText(/^Sent\. Waiting for a block/)).toBeVisible();
    await look(page, 'borrow-waiting-block');
    block();
    await done(page);
    await look(page, 'borrow-done');
  });

  test('without a wallet and on a wrong network', async ({ page, world, visit }) => {
    await visit(`/token/${made.token}/borrow`);
    await page.getByRole('button', { name: 'Connect a wallet to go on' }).click();
    await expect(page.getByRole('dialog', { name: 'Connect a wallet' })).toBeVisible();
    await look(page, 'connect-no-wallet', false);
    await giveWallet(page, world.url, account, { chainId: OTHER_CHAIN_ID });
    await page.reload();
    await expect(page.getByText('The wallet is on another network')).toBeVisible();
    await look(page, 'borrow-wrong-network');
  });

  test('redeem', async ({ page, visit, wallet }) => {
    expect(wallet.account).toBe(account);
    await visit(`/token/${made.token}/redeem`);
    await page.getByLabel('Tokens to redeem', { exact: true }).fill('2500.5');
    await accepted(page);
    await look(page, 'redeem-before');
    await page.getByRole('button', { name: /^Redeem 2,500/ }).click();
    await done(page);
    await look(page, 'redeem-done');
  });

  test('extend and repay', async ({ page, visit, wallet }) => {
    expect(wallet.account).toBe(account);
    await visit(`/token/${made.token}/extend`);
    await expect(page.getByRole('table', { name: 'Your open loans' })).toBeVisible();
    await look(page, 'extend-choose');
    await visit(`/token/${made.token}/extend?loan=${loan}`);
    await expect(page.getByRole('button', { name: /^Approve/ })).toBeEnabled();
    await look(page, 'extend-approve');
    await page.getByRole('button', { name: /^Approve/ }).click();
    await page.getByRole('button', { name: /^Extend loan/ }).click();
    await done(page);
    await look(page, 'extend-done');
    await visit(`/token/${made.token}/repay?loan=${loan}`);
    await page.getByRole('button', { name: 'A part' }).click();
    await page.getByLabel('Amount to repay', { exact: true }).fill('0.25');
    await expect(page.getByRole('button', { name: /^Approve/ })).toBeEnabled();
    await look(page, 'repay-before');
  });

  test('bid', async ({ page, visit, wallet, world }) => {
    expect(wallet.account).toBe(account);
    const list = (await (await fetch(`${world.explorer}/v1/tokens?filter=auction`)).json()) as {
      data: { token: string; symbol: string }[];
    };
    await visit(`/token/${list.data[0]?.token}/bid`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('.skeleton')).toHaveCount(0);
    await look(page, 'bid');
  });

  test("the market's own tokens", async ({ page, world, visit }) => {
    const list = (await (await fetch(`${world.explorer}/v1/tokens?sort=name&order=asc`)).json()) as {
      data: { token: string; symbol: string }[];
    };
    await visit('/');
    await expect(page.locator('[data-row-link]').first()).toBeVisible();
    await look(page, 'market-tokens');
    for (const { token, symbol } of list.data.filter((one) => one.symbol !== 'WORK')) {
      await visit(`/token/${token}`);
      await expect(page.getByRole('heading', { level: 1 })).toContainText(symbol);
      await readAll(page);
      await look(page, `market-${symbol.toLowerCase()}`);
    }
  });

  test('launch', async ({ page, visit, wallet }) => {
    expect(wallet.account).toBe(account);
    await visit('/launch');
    await page.getByLabel('Name').fill('Harbour');
    await page.getByLabel('Symbol').fill('harbour-with-a-name-that-is-too-long');
    await page.getByLabel('Supply').fill('1000000');
    await page.getByLabel('Owner').focus();
    await look(page, 'launch-1-token-wrong');
    await page.getByLabel('Symbol').fill('HRB');
    await page.getByRole('button', { name: 'Next: Reserve' }).click();
    await page.getByRole('button', { name: 'Use the native currency, wrapped' }).click();
    await page.getByLabel('Seed of asset 1').fill('25');
    await look(page, 'launch-2-reserve');
    await page.getByRole('button', { name: 'Next: Trading' }).click();
    await page.getByRole('button', { name: 'Fees on pool trades' }).click();
    await look(page, 'launch-3-trading');
    await page.getByRole('button', { name: 'Next: Terms' }).click();
    await page.getByLabel('Holders may redeem tokens for their backing').check();
    await look(page, 'launch-4-terms');
    await page.getByRole('button', { name: 'Next: Pool' }).click();
    await page.getByLabel('Tokens in the pool').fill('400000');
    await page.getByLabel('Assets in the pool').fill('15');
    await look(page, 'launch-5-pool');
    await page.getByRole('button', { name: 'Next: Guardian' }).click();
    await look(page, 'launch-6-guardian');
    await page.getByRole('button', { name: 'Review', exact: true }).click();
    await expect(page.getByText('What can never be changed')).toBeVisible();
    await look(page, 'launch-7-review');
    const approve = page.getByRole('button', { name: /^Approve/ });
    if (await approve.isVisible()) await approve.click();
    await page.getByRole('button', { name: /^Launch HRB/ }).click();
    await done(page);
    await expect(page.getByRole('link', { name: 'Open HRB' })).toBeVisible();
    await look(page, 'launch-8-done');
  });

  test('an account with alerts, and foreclosure', async ({ page, visit, wallet, chain, world }) => {
    const second = await borrow(chain, made, wallet.account);
    const view = await chain.readContract({
      address: made.reserve,
      abi: abis.reserve,
      functionName: 'loan',
      args: [second],
    });
    const { timestamp } = await chain.getBlock();
    await later(chain, Number(view.deadline - timestamp) - DAY / 2);
    await visit(`/account/${wallet.account}`);
    await page.getByRole('button', { name: 'Watch for deadlines' }).click();
    await expect(page.getByRole('link', { name: 'Extend' }).first()).toBeVisible();
    await look(page, 'account-alerts');
    await later(chain, 5 * DAY);
    await indexed(chain, world.explorer);
    await visit(`/token/${made.token}/foreclose`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('.skeleton')).toHaveCount(0);
    await look(page, 'foreclose');
  });
});
