import { useSyncExternalStore } from 'react';

/** The reader's choice; `system` follows the device. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'ballast.theme';
const readers = new Set<() => void>();
const dark = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null;

function stored(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}

let chosen: Theme = stored();

function shown(): 'light' | 'dark' {
  if (chosen !== 'system') return chosen;
  return dark?.matches === true ? 'dark' : 'light';
}

function apply(): void {
  document.documentElement.dataset['theme'] = shown();
  for (const reader of readers) reader();
}

/** Puts the theme in force, and follows the device while the reader has not chosen. */
export function startTheme(): void {
  dark?.addEventListener('change', apply);
  apply();
}

/** Chooses a theme and keeps the choice in this browser, where it allows that. */
export function chooseTheme(theme: Theme): void {
  chosen = theme;
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // A browser that keeps nothing still shows the theme until the page is left.
  }
  apply();
}

function watch(reader: () => void): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** The theme that is shown now. */
export function useShownTheme(): 'light' | 'dark' {
  return useSyncExternalStore(watch, shown);
}
