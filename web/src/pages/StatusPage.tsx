import type { ReactNode } from 'react';
import { useStatus } from '../api/hooks';
import { useLive } from '../api/live';
import type { Status } from '../api/types';
import { countText, durationText } from '../format';
import { Address, EmptyState, ErrorState, Notice, SkeletonRows, Table, Time } from '../ui';
import { useTitle } from './useTitle';

const STREAM = { live: 'open', connecting: 'opening', lost: 'broken, trying again' } as const;

function Verdict({ status }: { status: Status }): ReactNode {
  const { as_of: asOf } = status;
  if (asOf.stopped.length > 0) {
    return (
      <Notice kind="breach" title={`${asOf.stopped.join(', ')} stopped`}>
        The stored sums differ from the chain. The reason stands below; <code>ballast index --reindex</code> builds a
        projection anew.
      </Notice>
    );
  }
  if (asOf.stale) {
    return (
      <Notice kind="watch" title="Figures are old">
        The indexer is silent or behind the chain. Look at its log, and that its endpoint answers.
      </Notice>
    );
  }
  return <Notice title="All figures are current and equal to the chain" />;
}

function Facts({ status }: { status: Status }): ReactNode {
  const { as_of: asOf, deployment } = status;
  const stream = useLive().status;
  const address = (value: string | null, noun: string) =>
    value === null ? 'none' : <Address value={value} noun={noun} />;
  return (
    <dl className="facts facts--wide">
      <dt>Newest block</dt>
      <dd>
        {countText(asOf.block)}, <Time at={asOf.time} />, <Address value={asOf.hash} noun="block hash" />
      </dd>
      <dt>Behind the chain</dt>
      <dd>{asOf.lag_blocks === null ? 'unknown' : `${countText(asOf.lag_blocks)} blocks`}</dd>
      <dt>Indexer last heard</dt>
      <dd>{asOf.indexed_age_secs === null ? 'never' : `${durationText(asOf.indexed_age_secs)} ago`}</dd>
      <dt>Live events</dt>
      <dd>{STREAM[stream]}</dd>
      <dt>Tokens</dt>
      <dd>{countText(status.tokens)}</dd>
      <dt>Events stored</dt>
      <dd>{countText(status.events)}</dd>
      <dt>Chain</dt>
      <dd>
        {deployment.chain_id}, from block {countText(deployment.genesis_block)}
      </dd>
      <dt>Launchpad</dt>
      <dd>{address(deployment.launchpad, 'launchpad address')}</dd>
      <dt>Wrapped native asset</dt>
      <dd>{address(deployment.wrapped_native, 'wrapped asset address')}</dd>
      <dt>Router, factory of pools</dt>
      <dd>
        {address(deployment.router, 'router address')}, {address(deployment.factory, 'factory address')}
      </dd>
      <dt>Program</dt>
      <dd>
        ballast {status.version}, <a href="/openapi.json">API document</a>, <a href="/metrics">metrics</a>,{' '}
        <a href="/health">health</a>
      </dd>
    </dl>
  );
}

function Indexers({ status }: { status: Status }): ReactNode {
  if (status.indexers.length === 0) {
    return (
      <EmptyState title="No indexer has reported">
        Start one with <code>ballast index</code> on the same store; the figures here stand still until then.
      </EmptyState>
    );
  }
  return (
    <Table
      caption="Indexers"
      rows={status.indexers}
      rowKey={(row) => row.service}
      columns={[
        { key: 'service', title: 'Service', label: '', heading: true, cell: (row) => row.service },
        { key: 'beat', title: 'Last heard', number: true, cell: (row) => `${durationText(row.beat_age_secs)} ago` },
        { key: 'block', title: 'Stored up to', number: true, cell: (row) => countText(row.block) },
        { key: 'tip', title: 'Chain at', number: true, cell: (row) => countText(row.tip) },
        { key: 'lag', title: 'Behind', number: true, cell: (row) => countText(Math.max(0, row.tip - row.block)) },
      ]}
    />
  );
}

/** State of the server and of what feeds it. */
export default function StatusPage(): ReactNode {
  useTitle('Status');
  const query = useStatus();
  const status = query.data;
  return (
    <div className="page">
      <div className="page__head">
        <h1>Status</h1>
        <p className="quiet">How fresh the figures are, and whether they still equal the chain.</p>
      </div>
      {status === undefined ? (
        query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <SkeletonRows what="the status" rows={6} />
        )
      ) : (
        <>
          <Verdict status={status} />
          <Facts status={status} />
          <section className="stack">
            <h2>Projections</h2>
            <p className="quiet">
              What the server keeps of the chain. After each batch its sums are compared with the contracts at that
              block.
            </p>
            <Table
              caption="Projections"
              rows={status.projections}
              rowKey={(row) => row.name}
              columns={[
                { key: 'name', title: 'Projection', label: '', heading: true, cell: (row) => row.name },
                { key: 'version', title: 'Version', number: true, cell: (row) => row.version },
                { key: 'block', title: 'Up to block', number: true, cell: (row) => countText(row.block) },
                {
                  key: 'state',
                  title: 'State',
                  cell: (row) =>
                    row.stopped === null ? (
                      'equals the chain'
                    ) : (
                      <span>
                        <span className="tag tag--breach">stopped</span> {row.stopped}
                      </span>
                    ),
                },
              ]}
            />
          </section>
          <section className="stack">
            <h2>Indexers</h2>
            <Indexers status={status} />
          </section>
        </>
      )}
    </div>
  );
}
