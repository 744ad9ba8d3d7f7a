import { test, expect, type Page } from '@playwright/test';
import { look, readAll } from './support/look';
import { start, type Fixture } from '../test/fixture/server.mjs';

/** Addresses of the invented tokens by symbol. */
type Tokens = Readonly<Record<string, string>>;

interface Screen {
  readonly name: string;
  /** State of the server before the page opens; its usual one without it. */
  readonly state?: string;
  readonly path: (tokens: Tokens) => string;
  /** What is there when the page has drawn. */
  readonly ready: (page: Page) => Promise<void>;
  /** What is done on the page, or to the server under it, before it is looked at. */
  readonly then?: (page: Page, server: Fixture) => Promise<void>;
}

const heading = (name: RegExp | string) => async (page: Page) => {
  await expect(page.getByRole('heading', { name }).first()).toBeVisible();
};
const rows = async (page: Page) => {
  await expect(page.locator('[data-row-link]').first()).toBeVisible();
};
const whole = async (page: Page) => {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await readAll(page);
};
const text = (part: string | RegExp) => async (page: Page) => {
  await expect(page.getByText(part).first()).toBeVisible();
};
const token = (symbol: string) => (tokens: Tokens) => `/token/${tokens[symbol]}`;

const SCREENS: readonly Screen[] = [
  { name: 'tokens', path: () => '/', ready: rows },
  {
    name: 'tokens-loading',
    state: 'slow',
    path: () => '/',
    ready: async (page) => expect(page.locator('.skeleton').first()).toBeVisible(),
  },
  { name: 'tokens-empty', state: 'empty', path: () => '/', ready: text('No token is launched yet') },
  { name: 'tokens-no-match', path: () => '/?search=nothing', ready: text('No token fits') },
  { name: 'tokens-stale', state: 'stale', path: () => '/', ready: text('These figures are old') },
  { name: 'tokens-stopped', state: 'stopped', path: () => '/', ready: text(/Stopped:/) },
  { name: 'tokens-error', state: 'error', path: () => '/', ready: text('Try again') },
  { name: 'tokens-not-ready', state: 'unready', path: () => '/', ready: text('The server is not ready') },
  {
    name: 'tokens-disconnected',
    path: () => '/',
    ready: rows,
    then: async (page, server) => {
      server.choose('down');
      await text('No connection to the server')(page);
    },
  },
  { name: 'token', path: token('SAMPLE'), ready: whole },
  { name: 'token-without-market', path: token('KEEL'), ready: whole },
  { name: 'token-several-assets', path: token('TWIN'), ready: whole },
  { name: 'token-below-backing', path: token('TIDE'), ready: whole },
  { name: 'token-paused', path: token('ANCHR'), ready: whole },
  { name: 'token-long-name', path: token('ESTUARY'), ready: whole },
  { name: 'token-tiny-price', path: token('PLNK'), ready: whole },
  {
    name: 'token-loading',
    state: 'slow',
    path: token('SAMPLE'),
    ready: async (page) => expect(page.locator('.skeleton').first()).toBeVisible(),
  },
  { name: 'token-stale', state: 'stale', path: token('SAMPLE'), ready: whole },
  { name: 'token-error', state: 'error', path: token('SAMPLE'), ready: text('Try again') },
  { name: 'token-unknown', path: () => `/token/0x${'ab'.repeat(20)}`, ready: heading('No such token') },
  { name: 'token-no-address', path: () => '/token/harbour', ready: heading('No such token') },
  {
    name: 'token-disconnected',
    path: token('SAMPLE'),
    ready: whole,
    then: async (page, server) => {
      server.choose('down');
      await text('No connection to the server')(page);
    },
  },
  {
    name: 'token-provenance',
    path: token('SAMPLE'),
    ready: whole,
    then: async (page) => {
      await page.locator('button.figure').first().click();
      await expect(page.getByRole('dialog', { name: /where it comes from/ })).toBeVisible();
    },
  },
  { name: 'not-found', path: () => '/nowhere', ready: heading(/not found|No such page/i) },
  { name: 'status', path: () => '/status', ready: heading('Status') },
  { name: 'status-stopped', state: 'stopped', path: () => '/status', ready: text(/the chain says 101/) },
  { name: 'account', path: () => '/account', ready: heading('Account') },
];

test.describe('no page breaks accessibility or sticks out, in any state', () => {
  test.describe.configure({ mode: 'parallel' });

  for (const screen of SCREENS) {
    test(screen.name, async ({ page }) => {
      const server = await start();
      try {
        const origin = `http://127.0.0.1:${server.port}`;
        const list = (await (await fetch(`${origin}/v1/tokens?limit=500`)).json()) as {
          data: { symbol: string; token: string }[];
        };
        const tokens = Object.fromEntries(list.data.map((one) => [one.symbol, one.token]));
        if (screen.state !== undefined) server.choose(screen.state);
        await page.goto(`${origin}${screen.path(tokens)}`);
        await screen.ready(page);
        await screen.then?.(page, server);
        await look(page, screen.name, screen.name !== 'token-provenance');
      } finally {
        server.stop();
      }
    });
  }

  test('token-partial', async ({ page }) => {
    const server = await start();
    try {
      const origin = `http://127.0.0.1:${server.port}`;
      const list = (await (await fetch(`${origin}/v1/tokens`)).json()) as { data: { symbol: string; token: string }[] };
      const body = { type: 'about:blank', title: 'Internal error', status: 500, detail: 'The store does not answer.' };
      await page.route(/inflows|holders/, (route) =>
        route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(body) }),
      );
      await page.goto(`${origin}/token/${list.data[0]?.token}`);
      await whole(page);
      await expect(page.getByText('Try again').first()).toBeVisible();
      await look(page, 'token-partial');
    } finally {
      server.stop();
    }
  });
});
