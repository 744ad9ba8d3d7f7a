import { useSyncExternalStore } from 'react';
import { isAddress, sameAddress } from '../format';

/** Seconds before a deadline at which an alert is shown, where nothing else is chosen: 3 days, 1 day, 1 hour. */
export const DEFAULT_BEFORE_SECS: readonly number[] = [259_200, 86_400, 3_600];
/** Accounts that one browser watches at most, so that a page never asks for hundreds. */
export const WATCHED_MAX = 20;
const KEY = 'ballast.watch';
const NOTIFIED_MAX = 200;

/** What this browser watches; it never leaves it. */
export interface WatchState {
  readonly accounts: readonly string[];
  /** Seconds before a deadline, largest first. */
  readonly beforeSecs: readonly number[];
  /** Whether to use the browser's own notifications, where it allows them. */
  readonly notify: boolean;
  /** Alerts that were notified already, by loan, deadline and threshold. */
  readonly notified: readonly string[];
}

const EMPTY: WatchState = { accounts: [], beforeSecs: DEFAULT_BEFORE_SECS, notify: false, notified: [] };

function sorted(secs: readonly number[]): number[] {
  return [...new Set(secs)].sort((one, other) => other - one);
}

/** Reads what was stored, leaving out whatever has another shape. */
export function parseWatch(text: string | null): WatchState {
  try {
    const stored = JSON.parse(text ?? 'null') as Partial<WatchState> | null;
    if (stored === null || typeof stored !== 'object') return EMPTY;
    const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
    const accounts = list(stored.accounts).filter((one): one is string => typeof one === 'string' && isAddress(one));
    const before = list(stored.beforeSecs).filter((one): one is number => Number.isInteger(one) && Number(one) > 0);
    const notified = list(stored.notified).filter((one): one is string => typeof one === 'string');
    return {
      accounts: accounts.slice(0, WATCHED_MAX),
      beforeSecs: before.length === 0 ? DEFAULT_BEFORE_SECS : sorted(before),
      notify: stored.notify === true,
      notified: notified.slice(-NOTIFIED_MAX),
    };
  } catch {
    return EMPTY;
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

let state = parseWatch(stored());
const readers = new Set<() => void>();

function change(next: WatchState): void {
  state = next;
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // A browser that stores nothing watches until the page is closed.
  }
  for (const reader of readers) reader();
}

function subscribe(reader: () => void): () => void {
  const other = (event: StorageEvent) => {
    if (event.key !== KEY) return;
    state = parseWatch(event.newValue);
    reader();
  };
  readers.add(reader);
  window.addEventListener('storage', other);
  return () => {
    readers.delete(reader);
    window.removeEventListener('storage', other);
  };
}

/** What this browser watches now. */
export function useWatch(): WatchState {
  return useSyncExternalStore(subscribe, () => state);
}

export function isWatched(watch: WatchState, account: string): boolean {
  return watch.accounts.some((one) => sameAddress(one, account));
}

/** Adds an account; false where the list is full. */
export function watchAccount(account: string): boolean {
  if (isWatched(state, account)) return true;
  if (state.accounts.length >= WATCHED_MAX) return false;
  change({ ...state, accounts: [...state.accounts, account] });
  return true;
}

export function unwatchAccount(account: string): void {
  change({ ...state, accounts: state.accounts.filter((one) => !sameAddress(one, account)) });
}

export function addThreshold(secs: number): void {
  change({ ...state, beforeSecs: sorted([...state.beforeSecs, secs]) });
}

/** Takes a threshold away; the last one stays, because without any nothing would be watched. */
export function removeThreshold(secs: number): void {
  if (state.beforeSecs.length > 1) change({ ...state, beforeSecs: state.beforeSecs.filter((one) => one !== secs) });
}

export function setNotify(notify: boolean): void {
  change({ ...state, notify });
}

export function noteNotified(keys: readonly string[]): void {
  change({ ...state, notified: [...state.notified, ...keys].slice(-NOTIFIED_MAX) });
}
