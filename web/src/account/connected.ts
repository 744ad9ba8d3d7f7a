import { useSyncExternalStore } from 'react';

let account: string | null = null;
const readers = new Set<() => void>();

/** Tells pages that do not load the wallet's code which account is connected; null for none. */
export function noteConnected(next: string | null): void {
  if (next === account) return;
  account = next;
  for (const reader of readers) reader();
}

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** The connected account, or null. */
export function useConnectedAccount(): string | null {
  return useSyncExternalStore(subscribe, () => account);
}
