import { parseEther, type Address } from 'viem';
import { abis, balance, lastEvent, wrap, type Launched } from './support/chain';
import { compared, exact, expect, expectAsShown, launch, line, test } from './support/test';

/** The parts of a loan's events that are compared. */
interface LoanArgs {
  readonly loanId: bigint;
  readonly collateral: bigint;
  readonly principal: readonly bigint[];
  readonly fees: readonly bigint[];
  readonly deadline: bigint;
  readonly burned: bigint;
  readonly released: bigint;
  readonly amounts: readonly bigint[];
}

test.describe.serial('a loan, from the page to the chain', () => {
  let made: Launched;
  let weth: Address;
  let loan: bigint;

  test.beforeAll(async ({ world, chain }) => {
    made = await launch(world, chain, 'worked-example.toml');
    weth = world.deployment.contracts['wrapped_native']?.address as Address;
    const [account] = await chain.getAddresses();
    await wrap(chain, world, account as Address, parseEther('20'));
  });

  const args = async (chain: Parameters<typeof lastEvent>[0], name: string) =>
    (await lastEvent(chain, made.reserve, abis.reserve, name)).args as unknown as LoanArgs;
  const view = async (chain: Parameters<typeof lastEvent>[0]) =>
    chain.readContract({ address: made.reserve, abi: abis.reserve, functionName: 'loan', args: [loan] });

  test('borrowing gives and locks to the last unit what the page showed', async ({ page, visit, wallet, chain }) => {
    const before = {
      weth: await balance(chain, weth, wallet.account),
      tokens: await balance(chain, made.token, wallet.account),
    };
    await visit(`/token/${made.token}/borrow`);
    await page.getByLabel('Collateral', { exact: true }).fill('12345.678901234567890123');
    await page.getByLabel('Amount to borrow', { exact: true }).fill('1.1');
    const shown = {
      received: await exact(line(page, 'You receive'), 18),
      owed: await exact(line(page, 'You owe'), 18),
      locked: await exact(line(page, /^Locked/), 18),
      fee: await exact(line(page, /^Fee for the first/), 18),
    };
    await page.getByRole('button', { name: /^Borrow/ }).click();
    await expectAsShown(page, ['Deadline']);
    const did = await args(chain, 'Borrowed');
    loan = did.loanId;
    expect([shown.owed]).toEqual(did.principal);
    expect([shown.fee]).toEqual(did.fees);
    expect(shown.locked).toBe(did.collateral);
    expect((await balance(chain, weth, wallet.account)) - before.weth).toBe(shown.received);
    expect(before.tokens - (await balance(chain, made.token, wallet.account))).toBe(shown.locked);
    expect((await compared(page, 'Owed', 18)).happened).toBe(shown.owed);
  });

  test('extending by paying takes the fee and gives the deadline that the page showed', async ({
    page,
    visit,
    wallet,
    chain,
  }) => {
    const old = await view(chain);
    const before = await balance(chain, weth, wallet.account);
    await visit(`/token/${made.token}/extend?loan=${loan}`);
    const fee = await exact(line(page, /^Term fee/), 18);
    await page.getByRole('button', { name: /^Approve/ }).click();
    await page.getByRole('button', { name: /^Extend loan/ }).click();
    await expectAsShown(page);
    expect(before - (await balance(chain, weth, wallet.account))).toBe(fee);
    const now = await view(chain);
    expect(now.deadline - old.deadline).toBe(30n * 86_400n);
    const shown = page.getByRole('row').filter({ hasText: 'New deadline' }).locator('time');
    const dates = await shown.evaluateAll((times) =>
      times.map((time) => Date.parse(time.getAttribute('datetime') ?? '')),
    );
    expect(dates).toEqual([Number(now.deadline) * 1000, Number(now.deadline) * 1000]);
  });

  test('extending by burning burns what the page showed', async ({ page, visit, wallet, chain }) => {
    expect(wallet.account).toBeTruthy();
    const old = await view(chain);
    await visit(`/token/${made.token}/extend?loan=${loan}`);
    await page.getByRole('button', { name: 'Burn collateral', exact: true }).click();
    const burned = await exact(line(page, /^Collateral worth the fee/), 18);
    const locked = await exact(line(page, /^Locked/).last(), 18);
    await page.getByRole('button', { name: /^Burn collateral and extend/ }).click();
    await expectAsShown(page);
    expect((await args(chain, 'ExtendedByBurn')).burned).toBe(burned);
    const now = await view(chain);
    expect(old.collateral - now.collateral).toBe(burned);
    expect(now.collateral).toBe(locked);
  });

  test('repaying a part releases what the page showed', async ({ page, visit, wallet, chain }) => {
    expect(wallet.account).toBeTruthy();
    await visit(`/token/${made.token}/repay?loan=${loan}`);
    await page.getByRole('button', { name: 'A part' }).click();
    await page.getByLabel('Amount to repay', { exact: true }).fill('0.333333333333333333');
    const released = await exact(line(page, 'Released to the borrower'), 18);
    const left = await exact(line(page, 'Still owed'), 18);
    await page.getByRole('button', { name: /^Approve/ }).click();
    await page.getByRole('button', { name: /^Repay/ }).click();
    await expectAsShown(page);
    expect((await args(chain, 'Repaid')).released).toBe(released);
    expect((await view(chain)).principal).toEqual([left]);
  });

  test('repaying everything closes the loan and releases all of its collateral', async ({
    page,
    visit,
    wallet,
    chain,
  }) => {
    const old = await view(chain);
    const before = await balance(chain, made.token, wallet.account);
    await visit(`/token/${made.token}/repay?loan=${loan}`);
    await expect(line(page, 'Still owed')).toContainText('nothing, the loan is closed');
    const paid = await exact(line(page, 'You pay'), 18);
    const released = await exact(line(page, 'Released to the borrower'), 18);
    await page.getByRole('button', { name: /^Approve/ }).click();
    await page.getByRole('button', { name: /^Repay/ }).click();
    await expectAsShown(page);
    expect([paid]).toEqual(old.principal);
    expect(released).toBe(old.collateral);
    expect((await balance(chain, made.token, wallet.account)) - before).toBe(released);
    await page.goto(page.url());
    await expect(page.getByText(/is not open$/)).toBeVisible();
  });
});
