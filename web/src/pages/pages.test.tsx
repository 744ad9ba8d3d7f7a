import { QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { start } from '../../test/fixture/server.mjs';
import { newQueryClient } from '../api/hooks';
import { Pages } from '../app/App';

/** Patience for a page that reads its parts over loopback; it bounds a failure and is no claim about speed. */
const PATIENCE = { timeout: 20_000 };

let server: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  server = await start(0);
  const real = globalThis.fetch;
  vi.stubGlobal('fetch', (input: string, init?: RequestInit) =>
    real(new URL(input, `http://127.0.0.1:${server.port}`), init),
  );
});

afterAll(() => {
  vi.unstubAllGlobals();
  server.stop();
});

beforeEach(() => server.choose('normal'));
afterEach(cleanup);

function open(path: string): void {
  const client = newQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  render(
    <QueryClientProvider client={client}>
      <MemoryRouter initialEntries={[path]}>
        <Pages />
      </MemoryRouter>
    </QueryClientProvider>,
  );
}

async function addressOf(symbol: string): Promise<string> {
  const answer = (await (await fetch(`/v1/tokens?search=${symbol}`)).json()) as { data: { token: string }[] };
  return answer.data[0]?.token ?? '';
}

describe('the list of tokens', () => {
  it('shows backing, market, premium and coverage of each token', async () => {
    open('/?search=SAMPLE');
    const row = (await screen.findByRole('row', { name: /SAMPLE/ }, PATIENCE)) as HTMLElement;
    expect(row.textContent).toContain('0.000162');
    expect(row.textContent).toContain('+38');
    expect(row.textContent).toContain('159.00 %');
    expect(within(row).getByRole('img', { name: /market 38 % above backing/i })).toBeTruthy();
  });

  it('keeps search, filter and order in the address and finds nothing kindly', async () => {
    open('/?search=nosuchtoken');
    expect(await screen.findByText('No token fits', undefined, PATIENCE)).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Show all tokens' }));
    expect(await screen.findByRole('link', { name: /KEEL/ }, PATIENCE)).toBeTruthy();
  });

  it('searches while somebody types, and walks over the rows by arrows', async () => {
    open('/');
    await screen.findByRole('link', { name: /KEEL/ }, PATIENCE);
    await userEvent.keyboard('/tide');
    await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(2), PATIENCE);
    await userEvent.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toContain('TIDE');
    await userEvent.keyboard('{ArrowUp}');
    expect((document.activeElement as HTMLInputElement).value).toBe('tide');
  });

  it('sorts by the column that is asked for and says so', async () => {
    open('/');
    await screen.findByRole('link', { name: /KEEL/ }, PATIENCE);
    await userEvent.click(screen.getByRole('button', { name: /^Premium/ }));
    const head = await screen.findByRole('columnheader', { name: /Premium/ });
    await waitFor(() => expect(head.getAttribute('aria-sort')).toBe('descending'), PATIENCE);
    await waitFor(() => expect(screen.getAllByRole('row')[1]?.textContent).toContain('PLNK'), PATIENCE);
  });

  it('turns pages', async () => {
    open('/');
    await screen.findByRole('link', { name: /KEEL/ }, PATIENCE);
    await userEvent.click(screen.getByRole('button', { name: 'Next 25' }));
    await waitFor(() => expect(screen.queryByRole('link', { name: /KEEL/ })).toBeNull(), PATIENCE);
    expect(screen.getByRole('button', { name: 'To the first page' })).toBeTruthy();
  });

  it('offers a launch where nothing is launched', async () => {
    server.choose('empty');
    open('/');
    expect(await screen.findByText('No token is launched yet', undefined, PATIENCE)).toBeTruthy();
  });

  it('says what failed and tries again', async () => {
    server.choose('unready');
    open('/');
    expect(await screen.findByText('The server is not ready', undefined, PATIENCE)).toBeTruthy();
    server.choose('normal');
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: /KEEL/ }, PATIENCE)).toBeTruthy();
  });
});

describe('a figure', () => {
  it('opens to its block, source, age, formula and command, and closes on Escape', async () => {
    open('/?search=SAMPLE');
    const row = await screen.findByRole('row', { name: /SAMPLE/ }, PATIENCE);
    const figure = within(row).getAllByRole('button')[0];
    if (figure === undefined) throw new Error('the row has a figure');
    await userEvent.click(figure);
    const box = screen.getByRole('dialog', { name: /Backing per SAMPLE/ });
    for (const part of [
      '90,1',
      'UTC',
      'backing()',
      'cash + lent, over claims',
      'of at most 30 s',
      'ballast backing 0x',
    ]) {
      expect(box.textContent).toContain(part);
    }
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(document.activeElement).toBe(figure);
  });

  it('says in words that it is stale', async () => {
    server.choose('stale');
    open('/?search=SAMPLE');
    const row = await screen.findByRole('row', { name: /SAMPLE/ }, PATIENCE);
    expect(row.textContent).toContain('stale');
    expect(screen.getByText('These figures are old', { exact: false })).toBeTruthy();
  });
});

describe('the page of a token', () => {
  it('shows every part, with the chart readable by keyboard', async () => {
    open(`/token/${await addressOf('SAMPLE')}`);
    for (const part of [
      'Floor and market',
      'Reserve',
      'Inflow by source',
      'Loans by expiry',
      'Auction of fee tokens',
      'Holders',
      'Trades',
      'Controls',
      'Events',
      'What this backing does not do',
    ]) {
      expect(await screen.findByRole('heading', { name: part }, PATIENCE)).toBeTruthy();
    }
    const chart = await screen.findByRole('application', undefined, PATIENCE);
    chart.focus();
    await userEvent.keyboard('{Home}');
    expect(screen.getByText(/floor 0\.\d+ WETH, market 0\.\d+ WETH, premium/).getAttribute('aria-live')).toBe('polite');
  });

  it('draws no premium where the backing is in several assets', async () => {
    open(`/token/${await addressOf('TWIN')}`);
    expect(
      await screen.findByText('This floor is the WETH part of the backing only', undefined, PATIENCE),
    ).toBeTruthy();
  });

  it('has no auction, pool and trades for a launch without them, and says why', async () => {
    open(`/token/${await addressOf('KEEL')}`);
    expect(await screen.findByText('This token has no auction', undefined, PATIENCE)).toBeTruthy();
    expect(screen.getByText('There is no pool')).toBeTruthy();
  });

  it('tells an address that is none from one that was not launched here', async () => {
    open('/token/0x12');
    expect(await screen.findByText(/is not an address/, undefined, PATIENCE)).toBeTruthy();
    cleanup();
    open(`/token/0x${'9'.repeat(40)}`);
    expect(await screen.findByText(/was not launched here/, undefined, PATIENCE)).toBeTruthy();
  });
});

describe('the other pages', () => {
  it('state which projection stopped and why', async () => {
    server.choose('stopped');
    open('/status');
    expect(await screen.findByText(/the chain says 101/, undefined, PATIENCE)).toBeTruthy();
  });

  it('lead back from an address that is no page', async () => {
    open('/nowhere');
    expect(await screen.findByRole('link', { name: 'All tokens' }, PATIENCE)).toBeTruthy();
  });
});
