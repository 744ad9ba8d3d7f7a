import { QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newQueryClient } from '../api/hooks';
import { newDraft, storedDraft } from './draft';
import LaunchPage from './LaunchPage';

const WRAPPED = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const as_of = {
  block: 1,
  hash: '0x',
  time: 1_800_000_000,
  chain_id: 31_337,
  indexed_age_secs: 0,
  lag_blocks: 0,
  stale: false,
  stopped: [],
};

beforeEach(() => {
  localStorage.clear();
  const deployment = {
    name: 'test',
    chain_id: 31_337,
    launchpad: WRAPPED,
    genesis_block: 0,
    wrapped_native: WRAPPED,
    router: null,
    factory: null,
  };
  vi.stubGlobal('fetch', (input: string) =>
    Promise.resolve(
      Response.json(
        input.startsWith('/v1/status')
          ? { as_of, deployment }
          : {
              as_of,
              data: [{ address: WRAPPED, name: 'Wrapped Ether', symbol: 'WETH', decimals: 18, native: true }],
              next: null,
            },
      ),
    ),
  );
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open(): ReturnType<typeof userEvent.setup> {
  render(
    <QueryClientProvider client={newQueryClient()}>
      <MemoryRouter>
        <LaunchPage />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

describe('the launch wizard', () => {
  it('says what is needed only once somebody goes on, and what is wrong at once', async () => {
    const user = open();
    await screen.findByLabelText('Name');
    expect(screen.queryByRole('alert')).toBeNull();
    await user.type(screen.getByLabelText('Supply'), '5000000000000000001');
    expect(screen.getByRole('alert').textContent).toBe(
      'Supply: is too much. Limit: at most 5000000000000000000 tokens.',
    );
    await user.click(screen.getByRole('button', { name: 'Next: Reserve' }));
    await user.click(screen.getByRole('button', { name: /^Token/ }));
    expect(screen.getAllByRole('alert').map((one) => one.textContent)).toContain('Name: is needed.');
  });

  it('keeps the draft for the next visit and shows no review before everything is in bounds', async () => {
    const user = open();
    await user.type(await screen.findByLabelText('Name'), 'Harbour');
    await user.click(screen.getByRole('button', { name: 'Next: Reserve' }));
    await user.click(await screen.findByRole('button', { name: 'Use the native currency, wrapped' }));
    await user.type(screen.getByLabelText('Seed of asset 1'), '10');
    await user.click(screen.getByRole('button', { name: 'Review and launch' }));
    await screen.findByText('Something is still open');
    expect(storedDraft()).toMatchObject({ name: 'Harbour', assets: [{ address: WRAPPED, seed: '10' }] });
  });

  it('shows what never changes, who may change what, floor and first price, before a wallet is connected', async () => {
    localStorage.setItem(
      'ballast.launch-draft',
      JSON.stringify({
        ...newDraft(),
        name: 'Harbour',
        symbol: 'HRB',
        supply: '1000000',
        owner: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
        assets: [{ address: WRAPPED, seed: '100' }],
        pooled: true,
        poolTokens: '400000',
        poolAssets: '20',
      }),
    );
    const user = open();
    await user.click(await screen.findByRole('button', { name: 'Review and launch' }));
    await screen.findByText('What can never be changed');
    expect(screen.getByText('Mint, upgrade, take from the reserve').nextSibling?.textContent).toBe('nobody');
    expect(screen.getByText('Floor for one token').nextSibling?.textContent).toContain('0.0001');
    // 20 for 400,000 tokens is half the floor: whoever buys first could borrow more than was paid.
    expect(screen.getByText('The pool starts under the floor')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Connect a wallet to go on' })).toBeTruthy();
  });

  it('begins anew where what was stored is no draft', () => {
    localStorage.setItem('ballast.launch-draft', '{"assets":[1],"name":"x"}');
    expect(storedDraft()).toMatchObject({ name: '', assets: [{ address: '', seed: '' }] });
    localStorage.setItem('ballast.launch-draft', 'nonsense');
    expect(storedDraft().name).toBe('');
  });
});
