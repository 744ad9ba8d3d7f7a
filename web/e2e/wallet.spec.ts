import { parseEther, type Address } from 'viem';
import { balance, wrap, type Launched } from './support/chain';
import { expect, expectAsShown, launch, test } from './support/test';
import { OTHER_CHAIN_ID, giveWallet } from './support/wallet';
import { burn } from './support/test';

test.describe('a wallet', () => {
  let made: Launched;

  test.beforeAll(async ({ world, chain }) => {
    made = await launch(world, chain, 'worked-example.toml');
    const [account] = await chain.getAddresses();
    await wrap(chain, world, account as Address, parseEther('5'));
  });

  const fillBorrow = async (page: Parameters<typeof giveWallet>[0]) => {
    await page.getByLabel('Collateral', { exact: true }).fill('1000');
    await page.getByLabel('Amount to borrow', { exact: true }).fill('0.05');
  };

  test('that announces itself is offered, connected, and forgotten again', async ({ page, world, chain, visit }) => {
    const [account] = await chain.getAddresses();
    const wallet = await giveWallet(page, world.url, account as Address, { connected: false });
    await visit('/');
    await page.getByRole('button', { name: 'Connect wallet' }).click();
    await page.getByRole('button', { name: 'Test wallet' }).click();
    await page.getByRole('button', { name: /^Wallet 0x/ }).click();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await expect(page.getByRole('button', { name: 'Connect wallet' })).toBeVisible();
    expect(await wallet.asked()).toContain('eth_requestAccounts');
  });

  test('on another network is told so, and brought to the right one', async ({ page, world, chain, visit }) => {
    const [account] = await chain.getAddresses();
    const wallet = await giveWallet(page, world.url, account as Address, { chainId: OTHER_CHAIN_ID });
    await visit(`/token/${made.token}/borrow`);
    await expect(page.getByText('The wallet is on another network')).toBeVisible();
    await expect(page.getByRole('button', { name: /wrong network/i })).toBeVisible();
    await page.getByRole('button', { name: 'Switch to Ballast local' }).click();
    await fillBorrow(page);
    await expect(page.getByRole('button', { name: /^Borrow/ })).toBeEnabled();
    expect(await wallet.asked()).toContain('wallet_switchEthereumChain');
  });

  test('whose owner declines changes nothing, and the same can be tried again', async ({
    page,
    visit,
    wallet,
    chain,
  }) => {
    const before = await balance(chain, made.token, wallet.account);
    await visit(`/token/${made.token}/borrow`);
    await fillBorrow(page);
    const button = page.getByRole('button', { name: /^Borrow/ });
    await expect(page.getByText('the contract accepts it')).toBeVisible();
    await wallet.decline('eth_sendTransaction');
    await button.click();
    await expect(page.getByRole('alert').filter({ hasText: /declined/i })).toBeVisible();
    expect(await balance(chain, made.token, wallet.account)).toBe(before);
    await expect(page.getByLabel('Amount to borrow', { exact: true })).toHaveValue('0.05');
    await button.click();
    await expectAsShown(page, ['Deadline']);
  });

  test('that is slow is waited for, and what is awaited is said', async ({ page, visit, wallet }) => {
    await visit(`/token/${made.token}/borrow`);
    await fillBorrow(page);
    await expect(page.getByText('the contract accepts it')).toBeVisible();
    const answer = wallet.hold('eth_sendTransaction');
    await page.getByRole('button', { name: /^Borrow/ }).click();
    await expect(page.getByText('Waiting for your answer in Test wallet')).toBeVisible();
    await expect(page.getByLabel('Amount to borrow', { exact: true })).toBeDisabled();
    const block = wallet.hold('eth_getTransactionReceipt');
    answer();
    await expect(page.getByText(/^Sent\. Waiting for a block/)).toBeVisible();
    block();
    await expectAsShown(page, ['Deadline']);
  });

  test('whose transaction is reverted says so with the reason, and nothing is claimed as done', async ({
    page,
    visit,
    wallet,
    chain,
  }) => {
    await visit(`/token/${made.token}/redeem`);
    const held = await balance(chain, made.token, wallet.account);
    await page.getByLabel('Tokens to redeem', { exact: true }).fill((held / parseEther('1')).toString());
    await expect(page.getByText('the contract accepts it')).toBeVisible();
    // The balance goes between the last check and the signature, as when a second device acts.
    const answer = wallet.hold('eth_sendTransaction');
    await page
      .getByRole('button', { name: /^Redeem/ })
      .last()
      .click();
    await expect(page.getByText('Waiting for your answer in Test wallet')).toBeVisible();
    await burn(chain, wallet.account, made.token, held - parseEther('1000'));
    answer();
    await expect(page.getByRole('alert').filter({ hasText: 'The contract refused at its block' })).toContainText(
      'balance',
    );
    await expect(page.getByText(/^Done:/)).toHaveCount(0);
    expect(await balance(chain, made.token, wallet.account)).toBe(parseEther('1000'));
  });
});
