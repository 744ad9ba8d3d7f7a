/** Every page of synthetics over invented answers, in both themes, on a phone and a desk, and in its states. */
import { test, expect, type Page } from '@playwright/test';
import { look, readAll } from './support/look';
import { start, type Fixture } from '../test/fixture/server.mjs';

interface Screen {
  readonly name: string;
  readonly state?: string;
  readonly path: (synthetic: string) => string;
  /** What is there when the page has drawn. */
  readonly ready: (page: Page) => Promise<void>;
  readonly then?: (page: Page, server: Fixture) => Promise<void>;
}

const OWNER = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';

const text = (part: string | RegExp) => async (page: Page) => {
  await expect(page.getByText(part).first()).toBeVisible();
};
const whole = async (page: Page) => {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await readAll(page);
};
const market = (id: number) => (synthetic: string) => `/synthetic/${synthetic}/market/${id}`;

const SCREENS: readonly Screen[] = [
  { name: 'synthetics', path: () => '/synthetics', ready: whole },
  { name: 'synthetics-empty', state: 'empty', path: () => '/synthetics', ready: text('No synthetic is deployed yet') },
  { name: 'synthetic', path: (synthetic) => `/synthetic/${synthetic}`, ready: whole },
  {
    name: 'market-ladder',
    path: market(0),
    ready: whole,
    then: async (page) => {
      const slider = page.getByRole('slider', { name: 'Price of WETH to try' });
      for (let step = 0; step < 6; step += 1) await slider.press('PageDown');
      await expect(page.getByText('If the price were')).toBeVisible();
    },
  },
  { name: 'market-stale', state: 'stale', path: market(0), ready: whole },
  { name: 'vault-auctions', path: (synthetic) => `/synthetic/${synthetic}/auctions`, ready: whole },
  { name: 'peg', path: (synthetic) => `/synthetic/${synthetic}/peg`, ready: whole },
  {
    name: 'peg-exchange',
    path: (synthetic) => `/synthetic/${synthetic}/exchange`,
    ready: whole,
    then: async (page) => {
      await page.getByLabel('Amount to pay in', { exact: true }).fill('2500');
      await expect(page.getByText('You receive')).toBeVisible();
    },
  },
  {
    name: 'peg-leave',
    path: (synthetic) => `/synthetic/${synthetic}/exchange`,
    ready: whole,
    then: async (page) => {
      await page.getByRole('button', { name: 'BUSD to USDC' }).click();
      await page.getByLabel('Amount to burn', { exact: true }).fill('9000000');
      await expect(page.getByRole('alert')).toContainText('is over the maximum of');
    },
  },
  {
    name: 'backstop',
    path: (synthetic) => `/synthetic/${synthetic}/backstop`,
    ready: whole,
    then: async (page) => {
      await page.getByLabel('Amount to deposit', { exact: true }).fill('12000');
      await page.getByLabel('Loss to try', { exact: true }).fill('50000');
      await expect(page.getByText('What will happen')).toBeVisible();
    },
  },
  { name: 'prices', path: (synthetic) => `/synthetic/${synthetic}/prices`, ready: whole },
  { name: 'keepers', path: () => '/keepers', ready: whole },
  {
    name: 'vault',
    path: (synthetic) => `/synthetic/${synthetic}/market/0/vault/${OWNER}`,
    ready: whole,
    then: async (page) => {
      await page.getByLabel('Debt to mint', { exact: true }).fill('1000');
      await expect(page.getByText('What will happen')).toBeVisible();
    },
  },
  {
    name: 'redeem-synthetic',
    path: (synthetic) => `/synthetic/${synthetic}/redeem`,
    ready: whole,
    then: async (page) => {
      await page.getByLabel('Amount to redeem', { exact: true }).fill('60000');
      await expect(page.getByRole('table', { name: /cheapest first/ })).toBeVisible();
    },
  },
];

test.describe('no page of synthetics breaks accessibility or sticks out, in any state', () => {
  test.describe.configure({ mode: 'parallel' });

  for (const screen of SCREENS) {
    test(screen.name, async ({ page }) => {
      const server = await start();
      try {
        const origin = `http://127.0.0.1:${server.port}`;
        const list = (await (await fetch(`${origin}/v1/synthetics`)).json()) as { data: { address: string }[] };
        if (screen.state !== undefined) server.choose(screen.state);
        await page.goto(`${origin}${screen.path(list.data[0]?.address ?? '')}`);
        await screen.ready(page);
        await screen.then?.(page, server);
        await look(page, screen.name);
      } finally {
        server.stop();
      }
    });
  }
});
