import { useState, type ReactNode } from 'react';
import { useEvents } from '../../api/hooks';
import type { ArgumentValue, ChainEvent, TokenDetail } from '../../api/types';
import { countText, isAddress } from '../../format';
import { Address, Button, EmptyState, Table, Time } from '../../ui';
import { ExportLinks } from './ExportLinks';
import { LoadedPages } from './Loaded';
import { Section } from './Section';

const KINDS = [
  'Allocated',
  'Borrowed',
  'Claimed',
  'ConverterBurned',
  'Extended',
  'ExtendedByBurn',
  'FeesCut',
  'FeesProposed',
  'Filled',
  'Foreclosed',
  'GuardianNamed',
  'Inflow',
  'LiquidityAdded',
  'LockExtended',
  'LotBurned',
  'Paused',
  'PoolRegistered',
  'RecipientChanged',
  'RecipientProposed',
  'Redeemed',
  'Repaid',
  'Seeded',
  'Swap',
  'Sync',
  'Taxed',
  'TokenLaunched',
  'Transfer',
  'Unpaused',
  'Withdrawn',
];

function Value({ value }: { value: ArgumentValue }): ReactNode {
  if (Array.isArray(value)) {
    return (
      <>
        [
        {value.map((each, index) => (
          <span key={index}>
            {index > 0 ? ', ' : ''}
            <Value value={each} />
          </span>
        ))}
        ]
      </>
    );
  }
  return isAddress(value) ? <Address value={value} /> : value;
}

function Arguments({ event }: { event: ChainEvent }): ReactNode {
  return (
    <span className="arguments">
      {Object.entries(event.args).map(([name, value]) => (
        <span key={name}>
          <span className="quiet">{name}</span> <Value value={value} />
        </span>
      ))}
    </span>
  );
}

/** Every event of the token's contracts, as the chain has it. */
export function EventsSection({ token }: { token: TokenDetail }): ReactNode {
  const [kind, setKind] = useState('');
  return (
    <Section
      id="events"
      title="Events"
      lead="Every event of the token's contracts, amounts in base units."
      tools={
        <>
          <label className="select">
            <span className="select__label">Kind</span>
            <span className="field__box">
              <select value={kind} onChange={(event) => setKind(event.target.value)}>
                <option value="">every kind</option>
                {KINDS.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </span>
          </label>
          <ExportLinks table="events" token={token.token} />
        </>
      }
    >
      {(near) => <Events token={token} kind={kind} near={near} onAll={() => setKind('')} />}
    </Section>
  );
}

function Events({
  token,
  kind,
  near,
  onAll,
}: {
  token: TokenDetail;
  kind: string;
  near: boolean;
  onAll: () => void;
}): ReactNode {
  const pages = useEvents(token.token, { kind, limit: 10, order: 'desc' }, near);
  return (
    <LoadedPages
      pages={pages}
      what="events"
      empty={
        <EmptyState
          title={kind === '' ? 'No event yet' : `No ${kind} event`}
          actions={kind === '' ? null : <Button onClick={onAll}>Show every kind</Button>}
        >
          Events appear here when their block is indexed.
        </EmptyState>
      }
    >
      {(rows) => (
        <Table
          caption={`Events of ${token.symbol}`}
          rows={rows}
          rowKey={(row) => `${row.block}-${row.log_index}`}
          columns={[
            { key: 'event', title: 'Event', label: '', heading: true, cell: (row) => <strong>{row.event}</strong> },
            { key: 'time', title: 'Time', cell: (row) => <Time at={row.time} /> },
            { key: 'block', title: 'Block', number: true, cell: (row) => countText(row.block) },
            {
              key: 'role',
              title: 'Contract',
              cell: (row) => (
                <span>
                  {row.role} <Address value={row.contract} />
                </span>
              ),
            },
            { key: 'args', title: 'Arguments', cell: (row) => <Arguments event={row} /> },
            {
              key: 'transaction',
              title: 'Transaction',
              cell: (row) => <Address value={row.transaction} noun="transaction" />,
            },
          ]}
        />
      )}
    </LoadedPages>
  );
}
