import type { ReactNode } from 'react';
import { useParameter } from '../app/modules';
import { useTitle } from './useTitle';

/** Everything about one token. */
export default function TokenPage(): ReactNode {
  const token = useParameter('token');
  useTitle(token);
  return <h1>{token}</h1>;
}
