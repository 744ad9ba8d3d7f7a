import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useSynthetic, useSynthetics } from '../../api/synthetics';
import type { AsOf } from '../../api/types';
import type { SyntheticSummary } from '../../api/vaultTypes';
import { EmptyState, ErrorState, Notice, SkeletonRows } from '../../ui';
import { useTitle } from '../useTitle';
import { SyntheticKeys } from './Keys';
import { MarketTable } from './MarketTable';

function Markets({ address }: { address: string }): ReactNode {
  const query = useSynthetic(address);
  const answer = query.data;
  if (answer === undefined) {
    if (query.isError)
      return <ErrorState error={query.error} onRetry={() => void query.refetch()} what="its markets" />;
    return <SkeletonRows what="its markets" rows={3} height={56} />;
  }
  if (answer.synthetic.markets.length === 0) {
    return (
      <EmptyState title="It has no market yet">
        Its governor announces a market before it opens; until then nothing can be minted.
      </EmptyState>
    );
  }
  return <MarketTable synthetic={answer.synthetic} asOf={answer.as_of} />;
}

function One({ summary, asOf }: { summary: SyntheticSummary; asOf: AsOf }): ReactNode {
  return (
    <section className="section synthetic-card" aria-labelledby={`s-${summary.address}`}>
      <div className="section__head">
        <h2 id={`s-${summary.address}`}>
          <Link to={`/synthetic/${summary.address}`} className="synthetic-card__name">
            {summary.symbol} <span className="token-head__full">{summary.name}</span>
          </Link>
        </h2>
      </div>
      {summary.stopped_until > asOf.time ? (
        <Notice kind="watch" title="New debt is stopped">
          Repayment, takes and redemptions go on.
        </Notice>
      ) : null}
      <SyntheticKeys summary={summary} asOf={asOf} />
      <Markets address={summary.address} />
    </section>
  );
}

/** Every synthetic with its markets. */
export default function SyntheticsPage(): ReactNode {
  useTitle('Synthetics');
  const query = useSynthetics();
  const page = query.data;
  return (
    <div className="page page--token">
      <div className="page__head">
        <h1>Synthetics</h1>
        <p className="quiet">
          Minted against vaults that hold more than they owe. What stands behind each, which market it came from, and
          whether its prices are sound.
        </p>
      </div>
      {page === undefined ? (
        query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <SkeletonRows what="synthetics" rows={6} height={56} />
        )
      ) : page.data.length === 0 ? (
        <EmptyState title="No synthetic is deployed yet">
          One is deployed from a file with <code>ballast vault deploy</code>, and appears here as soon as its block is
          indexed.
        </EmptyState>
      ) : (
        page.data.map((summary) => <One key={summary.address} summary={summary} asOf={page.as_of} />)
      )}
    </div>
  );
}
