import { readFileSync } from 'node:fs';
import { parseEther } from 'viem';
import { burn, expect, launch, test } from './support/test';

test('an open page follows what others do, without being loaded again', async ({ page, visit, world, chain }) => {
  const made = await launch(world, chain, 'worked-example.toml');
  const [owner] = await chain.getAddresses();
  if (owner === undefined) throw new Error('the local chain has no accounts');
  await visit(`/token/${made.token}#events`);
  await page.evaluate(() => Object.assign(window, { neverReloaded: true }));
  const events = page.getByRole('region', { name: 'Events of WORK' });
  await events.scrollIntoViewIfNeeded();
  const { transactionHash } = await burn(chain, owner, made.token, parseEther('250000'));
  const short = transactionHash.slice(0, 6);
  await expect(events.getByRole('button', { name: new RegExp(`^${short}`) }).first()).toBeVisible();
  // 100 over 750,000.
  await expect(page.getByRole('button', { name: /0\.000133/ }).first()).toBeVisible();
  expect(await page.evaluate(() => 'neverReloaded' in window)).toBe(true);
});

test('a theme that is chosen is kept; without a choice the device decides', async ({ page, visit }) => {
  const theme = () => page.evaluate(() => document.documentElement.dataset['theme']);
  await page.emulateMedia({ colorScheme: 'dark' });
  await visit('/');
  await expect.poll(theme).toBe('dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(theme).toBe('light');
  await page.getByRole('button', { name: 'Switch to dark theme' }).click();
  await expect.poll(theme).toBe('dark');
  await page.reload();
  await expect.poll(theme).toBe('dark');
  await expect(page.getByRole('button', { name: 'Switch to light theme' })).toBeVisible();
});

/** The rows of a CSV text without quotes inside of quotes, which no exported table has. */
function rowsOf(csv: string): string[][] {
  return csv
    .trim()
    .split(/\r?\n/)
    .map((row) => [...row.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map((cell) => cell[2] ?? cell[1] ?? '').slice(0, -1));
}

test('the CSV of the holders has the rows of the API', async ({ page, visit, world }) => {
  const list = (await (await fetch(`${world.explorer}/v1/tokens?sort=holders`)).json()) as {
    data: { token: string; name: string }[];
  };
  const token = list.data[0]?.token ?? '';
  await visit(`/token/${token}#holders`);
  const link = page.locator('#holders').getByRole('link', { name: 'CSV' });
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const [head = [], ...rows] = rowsOf(readFileSync(await download.path(), 'utf8'));
  const column = (name: string) => head.indexOf(name);
  const answer = (await (await fetch(`${world.explorer}/v1/tokens/${token}/holders?limit=500`)).json()) as {
    data: { account: string; amount: string }[];
  };
  expect(column('amount')).toBeGreaterThanOrEqual(0);
  const account = head.findIndex((name) => name === 'account' || name === 'holder');
  const exported = rows
    .filter((row) => row[column('amount')] !== '0')
    .map((row) => `${row[account]?.toLowerCase()} ${row[column('amount')]}`);
  expect(exported.sort()).toEqual(answer.data.map((one) => `${one.account.toLowerCase()} ${one.amount}`).sort());
});
