/** The peg module and the backstop in a real browser over a real chain: in, out, a loss, who pays it, and the wait. */
import { parseEther, type Address } from 'viem';
import { abis, balance, type Chain } from './support/chain';
import { look } from './support/look';
import { CUSTODY_SUPPLY, custodyOf, test } from './support/pegged';
import { compared, expect, expectAsShown, later, line } from './support/test';

const DAY = 86_400;

const deficitOf = async (chain: Chain, book: Address) =>
  (await chain.readContract({ address: book, abi: abis.book, functionName: 'totals' }))[1];

test.describe.serial('the peg module and the backstop', () => {
  let book: Address;
  let me: Address;
  let custody: Address;

  test.beforeAll(async ({ world, chain }) => {
    [me] = (await chain.getAddresses()) as [Address];
    book = world.book;
    custody = custodyOf(world);
  });

  test('cash enters by the keyboard alone: approved exactly, tried, signed and compared', async ({
    page,
    visit,
    wallet,
    chain,
  }) => {
    expect(wallet.account).toBe(me);
    await visit(`/synthetic/${book}/peg`);
    await page.getByRole('link', { name: 'Exchange' }).press('Enter');
    await page.getByLabel('Amount to pay in', { exact: true }).fill('40000');
    await expect(line(page, 'You receive')).toContainText('39,760');
    await expect(page.getByText('ballast peg enter 40000 --min-received 39561.2 --synth BUSD')).toBeVisible();
    await page.getByRole('button', { name: 'Approve 40,000 CASH' }).press('Enter');
    await page.getByRole('button', { name: 'Pay in 40,000 CASH' }).press('Enter');
    await expectAsShown(page);
    expect(await balance(chain, book, me)).toBe(parseEther('39760'));
    expect(await balance(chain, custody, me)).toBe(CUSTODY_SUPPLY - 40_000_000_000n);
  });

  test('what a limit refuses is said before the wallet opens, and what the wallet declines costs nothing', async ({
    page,
    visit,
    wallet,
    chain,
  }) => {
    await visit(`/synthetic/${book}/exchange`);
    await page.getByLabel('Amount to pay in', { exact: true }).fill('100000');
    await expect(page.getByRole('alert')).toContainText('over its cap of 100000 BUSD. Pay less in.');
    await page.getByRole('button', { name: 'BUSD to CASH' }).click();
    await page.getByLabel('Amount to burn', { exact: true }).fill('1000');
    const before = await balance(chain, book, me);
    await expect(page.getByText(/the contract accepts it/)).toBeVisible();
    await wallet.decline('eth_sendTransaction');
    await page.getByRole('button', { name: 'Burn 1,000 BUSD' }).click();
    await expect(page.getByText('You declined in the wallet.')).toBeVisible();
    await page.getByRole('button', { name: 'Burn 1,000 BUSD' }).click();
    await expectAsShown(page);
    expect(before - (await balance(chain, book, me))).toBe(parseEther('1000'));
    expect(await balance(chain, custody, me)).toBe(CUSTODY_SUPPLY - 40_000_000_000n + 999_000_000n);
  });

  test('a deposit waits, is taken back while it does, and becomes shares once it is settled', async ({
    page,
    visit,
    wallet,
    chain,
  }) => {
    expect(wallet.account).toBe(me);
    await visit(`/synthetic/${book}/backstop`);
    await page.getByLabel('Amount to deposit', { exact: true }).fill('250');
    await page.getByRole('button', { name: 'Approve 250 BUSD' }).click();
    await page.getByRole('button', { name: 'Deposit 250 BUSD' }).click();
    await expectAsShown(page);
    await page.getByRole('button', { name: /^Take back: the deposit of epoch/ }).click();
    await page.getByRole('button', { name: 'Take 250 BUSD back' }).click();
    await expectAsShown(page);
    await page.getByRole('button', { name: 'New request' }).click();
    await page.getByLabel('Amount to deposit', { exact: true }).fill('1500');
    await page.getByRole('button', { name: 'Approve 1,500 BUSD' }).click();
    await page.getByRole('button', { name: 'Deposit 1,500 BUSD' }).click();
    await expectAsShown(page);
    const requests = page.getByRole('table', { name: /^Your requests/ });
    await expect(requests).toContainText(/settled from .*in 3 d/);
    await look(page, 'backstop-requests');
    await later(chain, 4 * DAY);
    await requests.getByRole('button', { name: /^Claim: the deposit of epoch/ }).click();
    await page.getByRole('button', { name: 'Claim 1,500 bsBUSD' }).click();
    await expectAsShown(page);
    await expect(line(page, /^Your shares/)).toContainText('1,500');
  });

  test('a withdrawal waits as well, cannot be taken back, and pays what the shares are worth then', async ({
    page,
    visit,
    wallet,
    chain,
  }) => {
    expect(wallet.account).toBe(me);
    await visit(`/synthetic/${book}/backstop`);
    await page.getByRole('button', { name: 'Withdraw', exact: true }).click();
    await page.getByLabel('Shares to hand in', { exact: true }).fill('500');
    await expect(line(page, 'Worth, if it were settled now')).toContainText('500BUSD');
    await page.getByRole('button', { name: 'Hand in 500 bsBUSD' }).click();
    await expectAsShown(page);
    const requests = page.getByRole('table', { name: /^Your requests/ });
    await expect(requests.getByRole('button')).toHaveCount(0);
    await later(chain, 4 * DAY);
    const before = await balance(chain, book, me);
    await requests.getByRole('button', { name: /^Withdraw: the withdrawal of epoch/ }).click();
    await page.getByRole('button', { name: 'Withdraw 500 BUSD' }).click();
    await expectAsShown(page);
    expect((await balance(chain, book, me)) - before).toBe(parseEther('500'));
  });

  test('a loss of the custody is marked by anybody, shared by who leaves, and paid by the backstop', async ({
    page,
    visit,
    wallet,
    world,
    chain,
  }) => {
    expect(wallet.account).toBe(me);
    await world.run('oracle', 'set', custody, '0.9', '--settle', '--synth', book);
    await visit(`/synthetic/${book}/exchange`);
    await expect(page.getByText('CASH is worth less than it has to be, so entry is closed')).toBeVisible();
    await page.getByRole('button', { name: 'Write the loss to the deficit' }).click();
    await expect(
      page.getByText(/^Watch: A loss is not paid yet: leaving pays 9\d\.\d\d % of face value/),
    ).toBeVisible();
    const loss = await deficitOf(chain, book);
    expect(loss).toBeGreaterThan(parseEther('2000'));
    await page.getByRole('button', { name: 'BUSD to CASH' }).click();
    await page.getByLabel('Amount to burn', { exact: true }).fill('100');
    await page.getByRole('button', { name: 'Burn 100 BUSD' }).click();
    await expectAsShown(page);
    expect((await compared(page, 'Received', 6)).happened).toBeLessThan(95_000_000n);

    await visit(`/synthetic/${book}/backstop`);
    await page.getByLabel('Loss to try', { exact: true }).fill('1000');
    await expect(line(page, 'Worth of your shares')).toContainText('afterwards 0');
    await page.getByRole('button', { name: 'Let it pay' }).click();
    await expect(page.getByText('The backstop has no cash to pay with.')).toBeVisible();
    await expect.poll(() => deficitOf(chain, book)).toBeLessThan(loss - parseEther('900'));
    await expect(line(page, 'Worth now')).toContainText('0BUSD');
  });

  test('what came back is taken back by anybody, and a deposit for worthless shares is given back', async ({
    page,
    visit,
    wallet,
    world,
    chain,
  }) => {
    expect(wallet.account).toBe(me);
    await world.run('oracle', 'set', custody, '1', '--settle', '--synth', book);
    await visit(`/synthetic/${book}/exchange`);
    await page.getByRole('button', { name: 'Take the loss back' }).click();
    await expect(page.getByText(/^Nothing to mark/)).toBeVisible();
    await visit(`/synthetic/${book}/backstop`);
    await page.getByLabel('Amount to deposit', { exact: true }).fill('2000');
    await expect(page.getByText(/a deposit would be given back/)).toBeVisible();
    await page.getByRole('button', { name: 'Approve 2,000 BUSD' }).click();
    await page.getByRole('button', { name: 'Deposit 2,000 BUSD' }).click();
    await expectAsShown(page);
    await later(chain, 4 * DAY);
    await page.getByRole('button', { name: /^Claim: the deposit of epoch/ }).click();
    await page.getByRole('button', { name: 'Get 2,000 BUSD back' }).click();
    await expectAsShown(page);
    await visit(`/synthetic/${book}/peg`);
    await page.locator('#backstop').scrollIntoViewIfNeeded();
    await expect(page.getByRole('rowheader').first()).toBeVisible();
    await expect(page.getByRole('cell', { name: 'Claimed shares' }).first()).toBeVisible();
  });
});
