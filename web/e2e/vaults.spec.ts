/** Vaults in a real browser over a real chain: open by ratio, look at the ladder, be taken from, take, redeem. */
import { parseEther, type Address } from 'viem';
import type { Locator, Page } from '@playwright/test';
import { abis, balance, indexed, type Chain } from './support/chain';
import { exact, expect, expectAsShown, line } from './support/test';
import { test } from './support/vaults';

/** What interest moves by the second between what is shown and its block. */
const WITH_TIME = ['Owed by the vault', 'Ratio', 'Unhealthy under'];

const vaultOf = (chain: Chain, book: Address, owner: Address) =>
  chain.readContract({ address: book, abi: abis.book, functionName: 'vaultOf', args: [0n, owner] });

/** The moving discount makes a take a little cheaper between what is shown and its block. */
async function shownAndHappened(page: Page, label: string, decimals: number): Promise<[bigint, bigint]> {
  const row: Locator = page
    .getByRole('region', { name: 'Result', exact: true })
    .getByRole('row')
    .filter({ hasText: label });
  return [await exact(row.getByRole('cell').nth(0), decimals), await exact(row.getByRole('cell').nth(1), decimals)];
}

test.describe.serial('vaults', () => {
  let book: Address;
  let me: Address;
  let other: Address;

  test.beforeAll(async ({ world, chain }) => {
    [me, other] = (await chain.getAddresses()) as [Address, Address];
    book = world.book;
    await world.runAs(1, 'vault', 'open', 'BUSD/WETH', '10', '15900', '--synth', book);
  });

  const market = () => `/synthetic/${book}/market/0`;

  test('a vault is opened by its ratio: wrapped, approved exactly, tried, signed and compared', async ({
    page,
    visit,
    wallet,
    chain,
    world,
  }) => {
    expect(wallet.account).toBe(me);
    const weth = world.deployment.contracts['wrapped_native']?.address as Address;
    const before = await balance(chain, weth, me);
    await visit(`${market()}/vault`);
    const wanted = before + parseEther('25');
    await page.getByLabel('Collateral to add', { exact: true }).fill(String(wanted / parseEther('1')));
    await page.getByLabel('Ratio afterwards', { exact: true }).fill('150');
    await expect(line(page, /^Ratio/)).toContainText('150.0');
    await page.getByRole('button', { name: /^Wrap / }).click();
    await page.getByRole('button', { name: /^Approve / }).click();
    await page.getByRole('button', { name: /^Add .* and mint / }).click();
    await expectAsShown(page, WITH_TIME);
    const [ratio, really] = await shownAndHappened(page, 'Ratio', 16);
    expect(ratio - really).toBeLessThan(parseEther('0.0001'));
    const [collateral, , debt] = await vaultOf(chain, book, me);
    expect(collateral).toBe((wanted / parseEther('1')) * parseEther('1'));
    expect((collateral * 2_000n * 100n) / debt).toBeGreaterThanOrEqual(149n);
    expect(await balance(chain, book, me)).toBeGreaterThan(parseEther('30000'));
  });

  test('the ladder marks it and says what a lower price would make unhealthy', async ({ page, visit, wallet }) => {
    expect(wallet.account).toBe(me);
    await visit(market());
    await expect(page.getByText(/^your vault 1,600/)).toBeVisible();
    const debt = page.locator('.ladder__readout div').filter({ hasText: 'Unhealthy debt' });
    await expect(debt).toContainText('0 BUSD');
    await page.getByRole('slider', { name: 'Price of WETH to try' }).press('Home');
    await expect(debt).toContainText(/(100|99)\.\d\d % of all/);
    await expect(page.locator('.ladder__readout')).toContainText('unhealthy');
  });

  test('after a fall the auction counts, and a take pays and gives what was shown', async ({
    page,
    visit,
    wallet,
    world,
    chain,
  }) => {
    expect(wallet.account).toBe(me);
    await world.run('oracle', 'set', 'WETH', '1790', '--synth', book);
    await visit(`/synthetic/${book}/auctions`);
    const row = page.getByRole('row').filter({ hasText: 'BUSD/WETH' }).filter({ hasText: 'no loss' });
    await expect(row).toHaveCount(1);
    await row.getByRole('link', { name: /^Take/ }).click();
    await page.getByLabel('Pay at most', { exact: true }).fill('2000');
    const before = await vaultOf(chain, book, other);
    await page.getByRole('button', { name: /^Take \d/ }).click();
    await expectAsShown(page, ['Paid', 'Received', 'Collateral in the vault', ...WITH_TIME]);
    const [, received] = await shownAndHappened(page, 'Received', 18);
    const after = await vaultOf(chain, book, other);
    expect(before[0] - after[0]).toBe(received);
    expect(before[2] - after[2]).toBeGreaterThan(parseEther('1999'));
  });

  test('an own vault that falls too far says so, and what was taken stands in its history', async ({
    page,
    visit,
    wallet,
    world,
    chain,
  }) => {
    expect(wallet.account).toBe(me);
    await world.run('oracle', 'set', 'WETH', '1560', '--settle', '--synth', book);
    await visit(`${market()}/vault`);
    await expect(page.getByText('This vault is unhealthy')).toBeVisible();
    await world.runAs(1, 'take', 'BUSD/WETH', me, '--max-paid', '5000', '--synth', book);
    await indexed(chain, world.explorer);
    await expect(page.getByRole('cell', { name: 'Taken from' }).first()).toBeVisible();
  });

  test('a redemption goes to the riskiest vault and pays to the last unit what was shown', async ({
    page,
    visit,
    wallet,
    world,
    chain,
  }) => {
    expect(wallet.account).toBe(me);
    await world.run('oracle', 'set', 'WETH', '2000', '--settle', '--synth', book);
    const weth = world.deployment.contracts['wrapped_native']?.address as Address;
    const before = await balance(chain, weth, me);
    await visit(`/synthetic/${book}/redeem`);
    await page.getByLabel('Amount to redeem', { exact: true }).fill('700');
    await page.getByRole('button', { name: /^Redeem \d/ }).click();
    await expectAsShown(page, ['Burned', 'Received']);
    const [shown, received] = await shownAndHappened(page, 'Received', 18);
    expect((await balance(chain, weth, me)) - before).toBe(received);
    expect(shown - received < parseEther('0.000001') && received - shown < parseEther('0.000001')).toBe(true);
  });

  test('prices say what each source says', async ({ page, visit }) => {
    await visit(`/synthetic/${book}/prices`);
    const table = page.getByRole('table', { name: 'Sources of the price of WETH' });
    await expect(table.getByRole('row')).toHaveCount(4);
    await expect(table.getByText('counts', { exact: true })).toHaveCount(3);
    await visit(`/synthetic/${book}/peg`);
    await expect(page.getByText('Uncollected interest')).toBeVisible();
  });
});
