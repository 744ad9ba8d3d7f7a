import type { ReactNode } from 'react';
import { useLocation } from 'react-router';
import { useTitle } from './useTitle';
import { ButtonLink, EmptyState } from '../ui';

/** For an address that leads nowhere. */
export function NotFoundPage(): ReactNode {
  useTitle('Not found');
  const { pathname } = useLocation();
  return (
    <>
      <h1>Not found</h1>
      <EmptyState
        title={`There is no page at ${pathname}`}
        actions={
          <ButtonLink to="/" look="primary">
            All tokens
          </ButtonLink>
        }
      >
        A token stands at /token/ and its address, an account at /account/ and its address.
      </EmptyState>
    </>
  );
}
