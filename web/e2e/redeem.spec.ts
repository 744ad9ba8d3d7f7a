import { parseEther } from 'viem';
import type { Address } from 'viem';
import { abis, balance, lastEvent } from './support/chain';
import { exact, expect, expectAsShown, launch, line, test } from './support/test';

test('redeeming burns and pays to the last unit what the page showed', async ({
  page,
  visit,
  wallet,
  world,
  chain,
}) => {
  const made = await launch(world, chain, 'worked-example.toml');
  const weth = world.deployment.contracts['wrapped_native']?.address as Address;
  const before = {
    weth: await balance(chain, weth, wallet.account),
    tokens: await balance(chain, made.token, wallet.account),
  };
  await visit(`/token/${made.token}/redeem`);
  await page.getByLabel('Tokens to redeem', { exact: true }).fill('1234.567890123456789');
  const shown = {
    burned: await exact(line(page, 'You burn'), 18),
    paid: await exact(line(page, 'You receive'), 18),
    fee: await exact(line(page, /^Redemption fee/), 18),
  };
  await page.getByRole('button', { name: /^Redeem 1,234/ }).click();
  await expectAsShown(page);
  const { args } = await lastEvent(chain, made.reserve, abis.reserve, 'Redeemed');
  expect(args).toMatchObject({ tokens: shown.burned, paid: [shown.paid], fees: [shown.fee] });
  expect((await balance(chain, weth, wallet.account)) - before.weth).toBe(shown.paid);
  expect(before.tokens - (await balance(chain, made.token, wallet.account))).toBe(shown.burned);
});

test('the calculators of a token page say what the contract previews', async ({ page, visit, world, chain }) => {
  const made = await launch(world, chain, 'worked-example.toml');
  await visit(`/token/${made.token}#what-if`);
  const tokens = parseEther('777.000000000000000777');
  const read = { address: made.reserve, abi: abis.reserve } as const;
  const [paid] = await chain.readContract({ ...read, functionName: 'previewRedeem', args: [tokens] });
  const [most] = await chain.readContract({ ...read, functionName: 'maxBorrow', args: [tokens] });
  const part = page.locator('#what-if');
  await part.scrollIntoViewIfNeeded();
  const redemption = part.locator('.calculator').filter({ has: page.getByLabel('Tokens', { exact: true }) });
  await redemption.getByLabel('Tokens', { exact: true }).fill('777.000000000000000777');
  await expect.poll(() => exact(line(redemption, /^Paid/), 18)).toBe(paid);
  const borrowing = part.locator('.calculator').filter({ has: page.getByLabel('Collateral', { exact: true }) });
  await borrowing.getByLabel('Collateral', { exact: true }).fill('777.000000000000000777');
  await expect.poll(() => exact(line(borrowing, /^The most/), 18)).toBe(most);
});
