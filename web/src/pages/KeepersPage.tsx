import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useDecisions, useSends, useServices } from '../api/synthetics';
import type { DecisionView, SendView, ServiceView } from '../api/vaultTypes';
import { countText, decimalText, durationText, isAddress, shortHex } from '../format';
import { Address, EmptyState, ErrorState, Notice, Segments, SkeletonRows, Table, Time } from '../ui';
import { None, Transaction } from './facts';
import { LoadedPages } from './token/Loaded';
import { Section } from './token/Section';
import { useTitle } from './useTitle';

/** Seconds without a sign of life after which a service counts as silent. */
export const SILENT_SECS = 60;
const STATES = [
  ['', 'All'],
  ['pending', 'Pending'],
  ['mined', 'Mined'],
  ['reverted', 'Reverted'],
  ['dropped', 'Dropped'],
] as const;
const STATE_WORDS: Record<string, string> = {
  wanted: 'wanted, not sent yet',
  pending: 'sent, not mined yet',
  mined: 'mined',
  reverted: 'reverted',
  cancelled: 'cancelled',
  expired: 'too late',
  dropped: 'given up',
};

/** Whether a service is alive, in a word. */
export function lifeOf(service: Pick<ServiceView, 'beat_age_secs' | 'stopped'>): 'alive' | 'stopped' | 'silent' {
  if (service.stopped !== null) return 'stopped';
  return service.beat_age_secs !== null && service.beat_age_secs <= SILENT_SECS ? 'alive' : 'silent';
}

/** Name of a service, its account shortened. */
function nameOf(service: string): string {
  const [kind = '', name = ''] = service.split(':');
  return isAddress(name) ? `${kind} ${shortHex(name)}` : service.replace(':', ' ');
}

/** What a decision is about, in words, with where to look at it. */
export function subjectOf(subject: string): { text: string; path: string | null } {
  const [first = '', second = '', third = ''] = subject.split(':');
  if (isAddress(first) && /^\d+$/.test(second) && isAddress(third)) {
    return {
      text: `vault of ${shortHex(third)}, market ${second}`,
      path: `/synthetic/${first}/market/${second}/vault/${third}`,
    };
  }
  if (first === 'loan' && isAddress(second)) return { text: `loan ${third}`, path: null };
  if (first === 'price' && isAddress(third)) return { text: `price of ${shortHex(third)}`, path: null };
  return { text: subject, path: null };
}

function Life({ service }: { service: ServiceView }): ReactNode {
  const life = lifeOf(service);
  const heard = service.beat_age_secs === null ? 'never heard of' : `heard ${durationText(service.beat_age_secs)} ago`;
  if (life === 'alive') return <>{heard}</>;
  return (
    <span className="fault">
      <span className={`tag tag--${life === 'silent' ? 'breach' : 'watch'}`}>
        {life === 'silent' ? 'silent' : 'cannot go on'}
      </span>{' '}
      {service.stopped ?? heard}
    </span>
  );
}

function Services({ rows }: { rows: readonly ServiceView[] }): ReactNode {
  return (
    <Table
      caption="Keepers and oracle nodes"
      rows={rows}
      rowKey={(row) => row.service}
      columns={[
        { key: 'service', title: 'Service', label: '', heading: true, cell: (row) => nameOf(row.service) },
        { key: 'life', title: 'Sign of life', cell: (row) => <Life service={row} /> },
        {
          key: 'block',
          title: 'Handled up to',
          number: true,
          cell: (row) =>
            row.block === null ? (
              <None why="it has not said yet" />
            ) : (
              <>
                {countText(row.block)}
                {row.tip === null || row.tip <= row.block ? null : (
                  <span className="unit"> {countText(row.tip - row.block)} behind</span>
                )}
              </>
            ),
        },
        {
          key: 'sends',
          title: 'Sent',
          cell: (row) => {
            const parts = Object.entries(row.sends).filter(([, count]) => count > 0);
            return parts.length === 0
              ? 'nothing yet'
              : parts.map(([state, count]) => `${countText(count)} ${state}`).join(', ');
          },
        },
        {
          key: 'addresses',
          title: 'Sends from',
          cell: (row) =>
            row.addresses.length === 0 ? (
              <None why="it has sent nothing yet" />
            ) : (
              row.addresses.map((address) => <Address key={address} value={address} />)
            ),
        },
      ]}
    />
  );
}

function DecisionTable({ rows }: { rows: readonly DecisionView[] }): ReactNode {
  return (
    <Table
      caption="What keepers decided last"
      rows={rows}
      rowKey={(row) => `${row.keeper} ${row.subject}`}
      columns={[
        {
          key: 'subject',
          title: 'About',
          label: '',
          heading: true,
          cell: (row) => {
            const { text, path } = subjectOf(row.subject);
            return path === null ? text : <Link to={path}>{text}</Link>;
          },
        },
        {
          key: 'action',
          title: 'Decided',
          cell: (row) => (
            <>
              <strong>{row.action}</strong> <span className="unit">by {row.strategy}</span>
            </>
          ),
        },
        { key: 'reason', title: 'Because', cell: (row) => row.reason },
        {
          key: 'profit',
          title: 'Expected gain',
          number: true,
          cell: (row) => row.profit?.replace('-', '−') ?? <None why="a gain says nothing here" />,
        },
        { key: 'time', title: 'Block', number: true, cell: (row) => countText(row.block) },
        { key: 'keeper', title: 'Keeper', cell: (row) => nameOf(row.keeper) },
      ]}
    />
  );
}

function attemptText(row: SendView): string {
  const count = row.attempts.length;
  if (count === 0) return 'not signed yet';
  const last = row.attempts.at(-1);
  return `${count === 1 ? 'signed once' : `signed ${count} times, each at a higher fee`}${last?.route === null || last?.route === undefined ? '' : `, ${last.route}`}`;
}

function SendTable({ rows }: { rows: readonly SendView[] }): ReactNode {
  return (
    <Table
      caption="What services send, the newest first"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        { key: 'time', title: 'Wanted', label: '', heading: true, cell: (row) => <Time at={row.created_at} /> },
        { key: 'label', title: 'What', cell: (row) => row.label },
        {
          key: 'state',
          title: 'State',
          cell: (row) => (
            <span className="fault">
              {row.state === 'reverted' || row.state === 'dropped' ? (
                <span className="tag tag--watch">{STATE_WORDS[row.state]}</span>
              ) : (
                (STATE_WORDS[row.state] ?? row.state)
              )}
              {row.error === null ? '' : ` ${row.error}`}
            </span>
          ),
        },
        { key: 'attempts', title: 'Attempts', cell: attemptText },
        {
          key: 'fee',
          title: 'Fee',
          number: true,
          cell: (row) =>
            row.fee_wei === null ? (
              <None why="it is in no block" />
            ) : (
              decimalText(BigInt(row.fee_wei), 18, { significant: 4 })
            ),
        },
        {
          key: 'hash',
          title: 'Transaction',
          cell: (row) => <Transaction hash={row.attempts.at(-1)?.hash ?? null} />,
        },
        { key: 'service', title: 'By', cell: (row) => nameOf(row.service) },
      ]}
    />
  );
}

function Sends(): ReactNode {
  const [state, setState] = useState<(typeof STATES)[number][0]>('');
  const pages = useSends({ state });
  return (
    <Section
      id="sends"
      title="Sent"
      lead="Whatever a service wants on the chain is stored before it is sent, under a name of its own, so that it happens once."
      tools={<Segments label="State" options={STATES} selected={state} onSelect={setState} />}
    >
      {() => (
        <LoadedPages
          pages={pages}
          what="transactions"
          empty={
            <EmptyState title={state === '' ? 'Nothing was sent yet' : 'None is in this state'}>
              What a keeper or an oracle node wants on the chain stands here from the moment it is wanted.
            </EmptyState>
          }
        >
          {(rows) => <SendTable rows={rows} />}
        </LoadedPages>
      )}
    </Section>
  );
}

function Decisions(): ReactNode {
  const pages = useDecisions({});
  return (
    <Section
      id="decisions"
      title="Decisions"
      lead="What each keeper thought of each subject last, and why it did not act where it did not."
    >
      {() => (
        <LoadedPages
          pages={pages}
          what="decisions"
          empty={
            <EmptyState title="No keeper has decided anything yet">
              <code>ballast explain OWNER</code> asks for one vault.
            </EmptyState>
          }
        >
          {(rows) => <DecisionTable rows={rows} />}
        </LoadedPages>
      )}
    </Section>
  );
}

function Verdict({ rows }: { rows: readonly ServiceView[] }): ReactNode {
  const silent = rows.filter((row) => lifeOf(row) !== 'alive');
  if (silent.length === 0) return null;
  return (
    <Notice
      kind="watch"
      title={`${silent.map((row) => nameOf(row.service)).join(', ')} ${silent.length === 1 ? 'does' : 'do'} not work at the moment`}
    >
      Takes and prices do not depend on one of them: anybody may take, flag and poke.
    </Notice>
  );
}

/** Keepers and oracle nodes: signs of life, what they decide, what they send. */
export default function KeepersPage(): ReactNode {
  useTitle('Keepers');
  const query = useServices();
  const page = query.data;
  return (
    <div className="page page--token">
      <div className="page__head">
        <h1>Keepers and oracle nodes</h1>
        <p className="quiet">
          Programs that anybody can run. Keepers take from unhealthy vaults, redeem and push what is due; oracle nodes
          sign prices.
        </p>
      </div>
      {page === undefined ? (
        query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <SkeletonRows what="services" rows={4} />
        )
      ) : page.data.length === 0 ? (
        <EmptyState title="No service has reported to this server’s store">
          <code>ballast keeper run</code> and <code>ballast oracle run</code> do, where they use the same store.
        </EmptyState>
      ) : (
        <>
          <Verdict rows={page.data} />
          <Services rows={page.data} />
        </>
      )}
      <Decisions />
      <Sends />
    </div>
  );
}
