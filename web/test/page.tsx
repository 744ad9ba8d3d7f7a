/** A page of the explorer as a test of its flows opens and reads it. */
import { QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { expect } from 'vitest';
import { newQueryClient } from '../src/api/hooks';
import { Pages } from '../src/app/App';

/** What hangs is ended; a slow machine must not fail what works. */
export const WAIT = { timeout: 20_000 };

type User = ReturnType<typeof userEvent.setup>;

/** Opens the page at `path`. */
export function openPage(path: string): User {
  render(
    <QueryClientProvider client={newQueryClient()}>
      <MemoryRouter initialEntries={[path]}>
        <Pages />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

/** Connects the test wallet where it is not, and waits for what is read through it. */
export async function connected(user: User): Promise<void> {
  await screen.findByText(/^Figures of block/, {}, WAIT);
  const button = await waitFor(
    () => screen.queryByRole('button', { name: /Connect a wallet/ }) ?? screen.getByText(/read through your wallet/),
    WAIT,
  );
  if (button.tagName === 'BUTTON') {
    await user.click(button);
    await user.click(await screen.findByRole('button', { name: /Test wallet/, hidden: true }, WAIT));
  }
  await screen.findByText(/read through your wallet/, {}, WAIT);
}

/** What a statement says beside `label`. */
export const line = (label: string | RegExp) =>
  screen.getByText(label, { selector: 'dt' }).nextElementSibling?.textContent ?? '';

export function done(): Promise<HTMLElement> {
  return screen.findByRole('region', { name: 'Result' }, WAIT);
}

/** Holds a row of the result to the last unit. */
export function expectExact(result: HTMLElement, label: string): void {
  const row = within(result).getByRole('row', { name: new RegExp(`^${label}`) });
  expect(within(row).getAllByRole('cell').at(-1)?.textContent, label).toBe('none');
}
