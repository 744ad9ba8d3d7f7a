import type { ReactNode } from 'react';
import { ApiError } from '../api/client';
import { Button } from './Button';

/** A grey box of the size of what is awaited; says "Loading" to a screen reader once per group. */
export function Skeleton({
  width = '100%',
  height = 16,
}: {
  width?: number | string;
  height?: number | string;
}): ReactNode {
  return <span className="skeleton" style={{ width, height }} aria-hidden="true" />;
}

/** Rows of skeletons in the place of a table or a list; one tall row stands for a chart. */
export function SkeletonRows({
  rows = 5,
  height = 40,
  what,
}: {
  rows?: number;
  height?: number;
  what: string;
}): ReactNode {
  return (
    <div role="status" className="skeleton-rows">
      <span className="visually-hidden">Loading {what}</span>
      {rows === 1 ? (
        <Skeleton height={height} />
      ) : (
        Array.from({ length: rows }, (_, index) => (
          <span key={index} className="skeleton-rows__row" style={{ height }}>
            <Skeleton width={`${70 - ((index * 17) % 40)}%`} height={12} />
            <Skeleton height={12} />
            <Skeleton height={12} />
          </span>
        ))
      )}
    </div>
  );
}

/** Nothing to show, why, and what can be done next. */
export function EmptyState({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}): ReactNode {
  return (
    <div className="state">
      <p className="state__title">{title}</p>
      {children ? <p className="quiet">{children}</p> : null}
      {actions ? <div className="state__actions">{actions}</div> : null}
    </div>
  );
}

function explain(error: unknown): { title: string; detail: string } {
  if (!(error instanceof ApiError)) {
    return {
      title: 'This part failed to draw',
      detail: error instanceof Error ? error.message : 'The reason is unknown.',
    };
  }
  if (error.unreachable) {
    return {
      title: 'The server does not answer',
      detail: 'Check the connection, or that the program which serves this page still runs.',
    };
  }
  const limit = error.limit === null ? '' : ` Limit: ${error.limit}.`;
  const titles: Record<number, string> = {
    404: 'Not found',
    429: 'Too many requests at once',
    503: 'The server is not ready',
  };
  const title = error.status >= 500 ? 'The server failed' : 'The server refused';
  return { title: titles[error.status] ?? title, detail: `${error.message}${limit}` };
}

/** What went wrong and what to do, with a button that tries again. */
export function ErrorState({
  error,
  onRetry,
  what,
}: {
  error: unknown;
  onRetry?: (() => void) | undefined;
  what?: string;
}): ReactNode {
  const { title, detail } = explain(error);
  return (
    <div className="state" role="alert">
      <p className="state__title">
        {title}
        {what === undefined ? '' : `: ${what}`}
      </p>
      <p className="quiet">{detail}</p>
      {onRetry ? (
        <div className="state__actions">
          <Button onClick={onRetry}>Try again</Button>
        </div>
      ) : null}
    </div>
  );
}
