import { parseEther, parseUnits, type Address } from 'viem';
import { abis, indexed } from './support/chain';
import { burn, expect, expectAsShown, test } from './support/test';
import { until } from './support/program';

test('a token launched through the wizard is in the list, backed by 0.0001, and by 0.0002 once half is burned', async ({
  page,
  visit,
  wallet,
  chain,
  world,
}) => {
  await visit('/launch');
  await page.getByLabel('Name').fill('Worked Example');
  await page.getByLabel('Symbol').fill('WORK');
  await page.getByLabel('Supply').fill('1000000');
  await page.getByRole('button', { name: 'Next: Reserve' }).click();
  await page.getByRole('button', { name: 'Use the native currency, wrapped' }).click();
  await page.getByLabel('Seed of asset 1').fill('100');
  await page.getByLabel('Pay for the wrapped native asset with native currency').check();
  await page.getByRole('button', { name: 'Next: Trading' }).click();
  await page.getByRole('button', { name: 'No fees on trading' }).click();
  await page.getByRole('button', { name: 'Next: Terms' }).click();
  await page.getByLabel('Holders may redeem tokens for their backing').check();
  await page.getByRole('button', { name: 'Next: Pool' }).click();
  const pool = page.getByLabel('Open a pool at launch');
  if (await pool.isChecked()) await pool.uncheck();
  await page.getByRole('button', { name: 'Next: Guardian' }).click();
  await page.getByRole('button', { name: 'Review', exact: true }).click();
  await expect(page.getByText('What can never be changed')).toBeVisible();
  await page.getByRole('button', { name: /^Launch/ }).click();
  await expectAsShown(page);
  await page.getByRole('link', { name: 'Open WORK' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Worked Example');
  const token = /0x[0-9a-fA-F]{40}/.exec(page.url())?.[0] as Address;

  const read = { address: token, abi: abis.token } as const;
  expect(await chain.readContract({ ...read, functionName: 'totalSupply' })).toBe(parseEther('1000000'));
  const reserve = await chain.readContract({ ...read, functionName: 'reserve' });
  const [totals] = await chain.readContract({ address: reserve, abi: abis.reserve, functionName: 'backing' });
  expect(totals).toEqual([parseEther('100')]);

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Tokens' }).click();
  await page.getByLabel('Search by name, symbol or address').fill('Worked');
  const row = page
    .getByRole('row')
    .filter({ hasText: 'Worked Example' })
    .filter({ has: page.locator(`a[href="/token/${token}"]`) });
  await expect(row.getByRole('button', { name: /^0\.0001 ?WETH/ })).toBeVisible();

  await burn(chain, wallet.account, token, parseUnits('500000', 18));
  await indexed(chain, world.explorer);
  // Nothing is reloaded: the list follows the chain by itself.
  await expect(row.getByRole('button', { name: /^0\.0002 ?WETH/ })).toBeVisible();
  const answer = await until('the floor in the API', async () => {
    const body = (await (await fetch(`${world.explorer}/v1/tokens/${token}`)).json()) as {
      token: { floor_wad: string[] };
    };
    return body.token.floor_wad;
  });
  expect(answer).toEqual([parseEther('0.0002').toString()]);
});
