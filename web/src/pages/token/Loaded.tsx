import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Pages } from '../../api/hooks';
import { rowsOf } from '../../api/hooks';
import type { AsOf } from '../../api/types';
import { Button, ErrorState, SkeletonRows } from '../../ui';

/** Shows what a query answered; what is already known stays while it is read again or fails. */
export function Loaded<T>({
  query,
  what,
  rows = 4,
  height = 40,
  children,
}: {
  query: UseQueryResult<T>;
  what: string;
  rows?: number;
  height?: number;
  children: (answer: T) => ReactNode;
}): ReactNode {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ErrorState error={query.error} what={what} onRetry={() => void query.refetch()} />;
  return <SkeletonRows what={what} rows={rows} height={height} />;
}

/** The rows of a list with a button for more of them; `empty` stands where there are none. */
export function LoadedPages<T>({
  pages,
  what,
  empty,
  children,
}: {
  pages: Pages<T>;
  what: string;
  empty: ReactNode;
  children: (rows: T[], asOf: AsOf | undefined) => ReactNode;
}): ReactNode {
  if (pages.data === undefined) {
    if (pages.isError) return <ErrorState error={pages.error} what={what} onRetry={() => void pages.refetch()} />;
    return <SkeletonRows what={what} />;
  }
  const rows = rowsOf(pages);
  if (rows.length === 0) return empty;
  return (
    <>
      {children(rows, pages.data.pages[0]?.as_of)}
      {pages.hasNextPage ? (
        <div className="pager">
          <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {pages.isFetchingNextPage ? 'Reading more' : 'Show more'}
          </Button>
          {pages.isFetchNextPageError ? <span className="quiet">That failed. Try again.</span> : null}
        </div>
      ) : null}
    </>
  );
}
