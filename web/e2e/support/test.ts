/** What every test of the explorer starts from: a chain with a market, the real server, and a wallet. */
import { join } from 'node:path';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { parseUnits, type Address } from 'viem';
import { abis, clientOf, indexed, write, type Chain, type Launched } from './chain';
import { ROOT, startWorld, type World } from './program';
import { giveWallet, type WalletHandle } from './wallet';

export { expect };

/** Hours of market in a worker's chain: enough for loans, trades and an auction. */
const MARKET_HOURS = 12;

interface WorkerFixtures {
  readonly world: World;
  readonly chain: Chain;
}

interface Fixtures {
  /** A connected wallet of development account 0. */
  readonly wallet: WalletHandle;
  /** Reads the address of a token page or of another path of the explorer. */
  readonly visit: (path: string) => Promise<void>;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  world: [
    // The first parameter of a fixture must be written as a pattern.
    async ({}, use) => {
      const world = await startWorld(MARKET_HOURS);
      await use(world);
      await world.end();
    },
    { scope: 'worker', timeout: 600_000 },
  ],
  chain: [async ({ world }, use) => use(clientOf(world.url)), { scope: 'worker' }],
  wallet: async ({ page, world, chain }, use) => {
    const [account] = await chain.getAddresses();
    if (account === undefined) throw new Error('the local chain has no accounts');
    await use(await giveWallet(page, world.url, account));
  },
  visit: async ({ page, world, chain }, use) => {
    await use(async (path) => {
      await indexed(chain, world.explorer);
      await page.goto(`${world.explorer}${path}`);
    });
  },
});

/** Launches a token from a file of `examples` for account 0 and waits until the server knows it. */
export async function launch(world: World, chain: Chain, example: string): Promise<Launched> {
  const launched = await world.run<Launched>('launch', join(ROOT, 'examples', example));
  await indexed(chain, world.explorer);
  return launched;
}

/** What a statement of the page says beside `label`. */
export function line(within: Page | Locator, label: string | RegExp): Locator {
  return within.locator('.lines__row').filter({ hasText: label }).locator('dd');
}

/** The whole amount that an element shows, in base units: its title where digits were cut, else its text. */
export async function exact(amount: Locator, decimals: number): Promise<bigint> {
  const shown = amount.locator('.amount').last();
  const title = await shown.getAttribute('title');
  const spoken = shown.locator('.visually-hidden');
  const text = title ?? (await ((await spoken.count()) > 0 ? spoken : shown).innerText());
  const digits = /-?[\d,  ]*\d(\.\d+)?/.exec(text)?.[0].replace(/[^\d.-]/g, '');
  if (digits === undefined) throw new Error(`“${text}” has no amount`);
  return parseUnits(digits, decimals);
}

/** One row of the result: what was shown before, and what happened, in base units. */
export async function compared(page: Page, label: string, decimals: number) {
  const row = page.getByRole('region', { name: 'Result', exact: true }).getByRole('row').filter({ hasText: label });
  const cells = row.getByRole('cell');
  return {
    shown: await exact(cells.nth(0), decimals),
    happened: await exact(cells.nth(1), decimals),
    difference: await cells.nth(2).innerText(),
  };
}

/**
 * Waits for the result and holds each of its rows to the last unit; only what moves with the clock of the block, named
 * in `moving`, may be told as different.
 */
export async function expectAsShown(page: Page, moving: readonly string[] = []): Promise<void> {
  const result = page.getByRole('region', { name: 'Result', exact: true });
  await expect(result.getByText(/^Done:/)).toBeVisible();
  const rows = result.getByRole('row').filter({ has: page.getByRole('rowheader') });
  expect(await rows.count()).toBeGreaterThan(0);
  for (const row of await rows.all()) {
    const label = await row.getByRole('rowheader').innerText();
    if (moving.includes(label)) continue;
    await expect(row.getByRole('cell').nth(2), label).toHaveText('none');
  }
}

/** Burns tokens of `account` by itself, without the page. */
export function burn(chain: Chain, account: Address, token: Address, amount: bigint) {
  return write(chain, { account, address: token, abi: abis.token, functionName: 'burn', args: [amount] });
}

/** Moves the clock of the chain on and mines one block. */
export async function later(chain: Chain, seconds: number): Promise<void> {
  await chain.increaseTime({ seconds });
  await chain.mine({ blocks: 1 });
}
