import { QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { start } from '../../../test/fixture/server.mjs';
import { noteConnected } from '../../account/connected';
import { newQueryClient } from '../../api/hooks';
import type { PriceSourceView, SyntheticDetail, VaultAuctionView } from '../../api/vaultTypes';
import { Pages } from '../../app/App';
import { lifeOf, subjectOf } from '../KeepersPage';
import { auctionAt } from './AuctionsPage';
import { vaultLimitsOf } from './limits';
import { faultText, rateText, ratioOfLtv, shareText } from './words';

const PATIENCE = { timeout: 20_000 };
const ME = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';

let server: Awaited<ReturnType<typeof start>>;
let synthetic: string;
let detail: SyntheticDetail;

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(path)).json()) as T;
}

beforeAll(async () => {
  server = await start(0);
  const real = globalThis.fetch;
  vi.stubGlobal('fetch', (input: string, init?: RequestInit) =>
    real(new URL(input, `http://127.0.0.1:${server.port}`), init),
  );
  synthetic = (await get<{ data: { address: string }[] }>('/v1/synthetics')).data[0]?.address ?? '';
  detail = (await get<{ synthetic: SyntheticDetail }>(`/v1/synthetics/${synthetic}`)).synthetic;
});

afterAll(() => {
  vi.unstubAllGlobals();
  server.stop();
});

beforeEach(() => server.choose('normal'));
afterEach(() => {
  cleanup();
  noteConnected(null);
});

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

describe('the list of synthetics', () => {
  it('shows what stands behind each, and of every market its debt, ceiling, rate, ratio and price', async () => {
    open('/synthetics');
    const row = (await screen.findByRole('row', { name: /BUSD\/WETH/ }, PATIENCE)) as HTMLElement;
    for (const part of ['91.50 %', '2.00 % a year', '171.48 %', '1,204.5', 'safe', '3 for sale']) {
      expect(row.textContent).toContain(part);
    }
    expect(screen.getByRole('row', { name: /cbBTC/ }).textContent).toContain('stepped');
    expect(screen.getByRole('row', { name: /stETH/ }).textContent).toContain('too old');
    expect(screen.getAllByText('−632.5').length).toBeGreaterThan(0);
  });

  it('says how one comes to be where there is none', async () => {
    server.choose('empty');
    open('/synthetics');
    expect(await screen.findByText('No synthetic is deployed yet', undefined, PATIENCE)).toBeTruthy();
  });

  it('says what failed and tries again', async () => {
    server.choose('unready');
    open('/synthetics');
    expect(await screen.findByText('The server is not ready', undefined, PATIENCE)).toBeTruthy();
    server.choose('normal');
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('row', { name: /BUSD\/WETH/ }, PATIENCE)).toBeTruthy();
  });
});

describe('a figure of a synthetic', () => {
  it('opens to its source, its age and the command that computes it again', async () => {
    open(`/synthetic/${synthetic}`);
    const figures = await screen.findAllByRole('button', { name: /632\.5/ }, PATIENCE);
    await userEvent.click(figures[0] as HTMLElement);
    const box = screen.getByRole('dialog', { name: /Equity of BUSD/ });
    for (const part of ['equity()', 'less the supply', 'ballast vault markets', '90,1', 'of at most']) {
      expect(box.textContent).toContain(part);
    }
  });

  it('of another deployment is not found, kindly', async () => {
    open('/synthetic/0x1111111111111111111111111111111111111111');
    expect(await screen.findByText('No such synthetic', undefined, PATIENCE)).toBeTruthy();
    cleanup();
    open(`/synthetic/${synthetic}/market/9`);
    expect(await screen.findByText('BUSD has no market 9', undefined, PATIENCE)).toBeTruthy();
  });
});

describe('the ladder', () => {
  it('says how much debt is unhealthy at the price now and at one that is tried', async () => {
    open(`/synthetic/${synthetic}/market/0`);
    const slider = await screen.findByRole('slider', { name: 'Price of WETH to try' }, PATIENCE);
    const readout = () => screen.getByText('Unhealthy debt').nextElementSibling?.textContent ?? '';
    expect(screen.getByText('At the price now')).toBeTruthy();
    expect(readout()).toContain('109,904 BUSD');
    fireEvent.change(slider, { target: { value: '100' } });
    expect(screen.getByText('If the price were')).toBeTruthy();
    const low = readout();
    fireEvent.change(slider, { target: { value: '0' } });
    expect(readout()).not.toBe(low);
    expect(readout()).toMatch(/100\.00 %|99\.\d\d %/);
    expect(slider.getAttribute('aria-valuetext')).toMatch(/unhealthy$/);
    await userEvent.click(screen.getByRole('button', { name: 'Back to the price now' }));
    expect(readout()).toContain('109,904 BUSD');
  });

  it('marks the vault of the connected account and says what would become of it', async () => {
    noteConnected(ME);
    open(`/synthetic/${synthetic}/market/0`);
    expect(await screen.findByText(/^your vault 1,301/, undefined, PATIENCE)).toBeTruthy();
    const slider = screen.getByRole('slider', { name: 'Price of WETH to try' });
    const own = () => screen.getByText('Your vault').nextElementSibling?.textContent ?? '';
    expect(own()).toContain('ratio 183.19 %');
    fireEvent.change(slider, { target: { value: '50' } });
    expect(own()).toContain('unhealthy');
  });

  it('has the same as a table, and words for an empty market', async () => {
    open(`/synthetic/${synthetic}/market/0`);
    await screen.findByRole('slider', {}, PATIENCE);
    const details = screen.getByText('The same as a table');
    fireEvent(details.parentElement as HTMLElement, new Event('toggle'));
    cleanup();
    open(`/synthetic/${synthetic}/market/2`);
    expect(await screen.findByText('No vault owes anything in this market', undefined, PATIENCE)).toBeTruthy();
  });
});

describe('auctions', () => {
  it('show each unhealthy vault with its discount, its clock and a way to take', async () => {
    open(`/synthetic/${synthetic}/auctions`);
    const table = await screen.findByRole('table', { name: 'Unhealthy vaults, for sale' }, PATIENCE);
    expect(within(table).getAllByRole('link', { name: /^Take from the vault/ })).toHaveLength(6);
    expect(within(table).getAllByText('not started').length).toBeGreaterThan(0);
    expect(within(table).getAllByText(/of 6 min 45 s/).length).toBeGreaterThan(0);
  });

  it('count by the rule of the contract, and stop where the price waits', async () => {
    const { data } = await get<{ data: VaultAuctionView[] }>(`/v1/synthetics/${synthetic}/auctions`);
    const auction = data.find((each) => each.market === 0 && each.flagged_at > 0 && each.solvency_wad !== '0');
    const market = detail.markets[0];
    if (auction === undefined || market === undefined) throw new Error('the fixture has an auction');
    const at = (secs: number) => auctionAt(auction, market, auction.flagged_at + secs);
    expect(at(300).discount).toBeGreaterThanOrEqual(at(20).discount);
    expect(at(20)).toMatchObject({ elapsed: 20, left: 385 });
    expect(at(10_000)).toMatchObject({ elapsed: null, left: null, next: null });
    const next = at(10).next;
    if (next !== null) expect(at(10 + next.secs).discount).toBeGreaterThanOrEqual(next.at);
    expect(auctionAt({ ...auction, waits: true }, market, auction.flagged_at + 20).discount).toBe(0n);
  });
});

describe('prices', () => {
  it('show what each source says, whether it counts, and why not', async () => {
    open(`/synthetic/${synthetic}/prices`);
    const table = await screen.findByRole('table', { name: 'Sources of the price of WETH' }, PATIENCE);
    expect(within(table).getByText(/too far from the median/)).toBeTruthy();
    expect(within(table).getByText(/too old: 2 h 33 min of at most 1 h/)).toBeTruthy();
    expect(within(table).getByText(/3 of 4 signers, round 90122/)).toBeTruthy();
    expect(screen.getByText('The price of stETH is not safe')).toBeTruthy();
    expect(await screen.findByRole('application', { name: /Price of WETH over time/ }, PATIENCE)).toBeTruthy();
  });

  it('are read out by the arrow keys', async () => {
    open(`/synthetic/${synthetic}/prices`);
    const chart = await screen.findByRole('application', { name: /Price of WETH over time/ }, PATIENCE);
    fireEvent.keyDown(chart, { key: 'Home' });
    expect(screen.getByText('Then')).toBeTruthy();
    fireEvent.keyDown(chart, { key: 'Escape' });
    await waitFor(() => expect(screen.queryByText('Then')).toBeNull());
  });
});

describe('peg and equity', () => {
  it('shows the equation, who pays a loss in order, and what was booked and paid', async () => {
    open(`/synthetic/${synthetic}/peg`);
    expect(await screen.findByText('Less stands behind BUSD than exists', undefined, PATIENCE)).toBeTruthy();
    const order = screen.getAllByRole('listitem').map((item) => item.textContent ?? '');
    const at = (name: string) => order.findIndex((text) => text.startsWith(name));
    expect(at('Uncollected interest')).toBeLessThan(at('Surplus'));
    expect(at('Surplus')).toBeLessThan(at('Backstop'));
    expect(at('Backstop')).toBeLessThan(at('All holders alike'));
    const table = await screen.findByRole('table', { name: /Losses and who paid them/ }, PATIENCE);
    expect(within(table).getByText(/Paid by the backstop/)).toBeTruthy();
    expect(within(table).getByText(/Booked without a sale/)).toBeTruthy();
    expect(screen.getByText(/Owners still repay at face value while a deficit stands/)).toBeTruthy();
  });
});

describe('keepers', () => {
  it('show signs of life, decisions with reasons, and what was sent', async () => {
    open('/keepers');
    expect(await screen.findByText(/oracle gamma does not work at the moment/, undefined, PATIENCE)).toBeTruthy();
    expect(await screen.findByText(/does not pay yet; it will in about 4 s/, undefined, PATIENCE)).toBeTruthy();
    expect(await screen.findByText(/signed 2 times, each at a higher fee/, undefined, PATIENCE)).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Reverted' }));
    await waitFor(() => expect(screen.queryByText(/signed 2 times/)).toBeNull(), PATIENCE);
    expect(screen.getByText(/NothingToTake/)).toBeTruthy();
  });

  it('tell the silent from the stopped', () => {
    expect(lifeOf({ beat_age_secs: 3, stopped: null })).toBe('alive');
    expect(lifeOf({ beat_age_secs: 61, stopped: null })).toBe('silent');
    expect(lifeOf({ beat_age_secs: null, stopped: null })).toBe('silent');
    expect(lifeOf({ beat_age_secs: 3, stopped: 'no venue answers' })).toBe('stopped');
  });

  it('name what a decision is about', () => {
    expect(subjectOf(`${ME}:1:${ME}`)).toEqual({
      text: 'vault of 0x7099…79c8, market 1',
      path: `/synthetic/${ME}/market/1/vault/${ME}`,
    });
    expect(subjectOf('anything else').text).toBe('anything else');
  });
});

describe('what the backing does not do', () => {
  it('follows from the facts of the synthetic', () => {
    const keys = (of: SyntheticDetail, now = 0) => vaultLimitsOf(of, now).map((limit) => limit.key);
    expect(keys(detail)).toEqual(
      expect.arrayContaining(['peg', 'losses', 'repayment', 'ceilings', 'owners', 'backstop']),
    );
    expect(keys({ ...detail, deficit: '0' })).not.toContain('repayment');
    expect(keys({ ...detail, stopped_until: 100 }, 50)).toContain('stopped');
    const text = vaultLimitsOf({ ...detail, backstop: null }, 0).map((limit) => limit.text);
    expect(text.join(' ')).not.toMatch(/undefined|NaN|!/);
    expect(text.join(' ')).toContain('After interest and surplus, holders are the next to pay.');
  });
});

describe('words for terms', () => {
  it('tell rates, ratios and shares as people do', () => {
    expect(rateText(634_195_839n)).toBe('2.00 % a year');
    expect(rateText('0')).toBe('0 % a year');
    expect(shareText(ratioOfLtv(8n * 10n ** 17n))).toBe('125 %');
    expect(shareText(8_333n * 10n ** 14n)).toBe('83.33 %');
  });

  it('say of a source that was never heard that it was not', () => {
    const source = { heard_at: 0, fault: 'none' } as PriceSourceView;
    expect(faultText(source, 10)).toBe('not heard yet');
  });
});
