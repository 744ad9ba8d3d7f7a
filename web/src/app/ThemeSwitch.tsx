import type { ReactNode } from 'react';
import { Button } from '../ui';
import { chooseTheme, useShownTheme } from './theme';

/** Switches between light and dark. */
export function ThemeSwitch(): ReactNode {
  const shown = useShownTheme();
  const next = shown === 'dark' ? 'light' : 'dark';
  return (
    <Button
      look="quiet"
      className="button--icon"
      aria-label={`Switch to ${next} theme`}
      title={`Switch to ${next} theme`}
      onClick={() => chooseTheme(next)}
    >
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <circle cx="9" cy="9" r="7.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M9 1.75a7.25 7.25 0 0 1 0 14.5z" fill="currentColor" />
      </svg>
    </Button>
  );
}
