import type { ReactNode } from 'react';
import { useTitle } from './useTitle';

/** State of the server and of what feeds it. */
export default function StatusPage(): ReactNode {
  useTitle('Status');
  return <h1>Status</h1>;
}
