import type { ReactNode } from 'react';
import { useTitle } from './useTitle';

/** Every token, searchable and sortable. */
export function TokensPage(): ReactNode {
  useTitle('');
  return <h1>Tokens</h1>;
}
