import type { ReactNode } from 'react';
import { useVault } from '../../api/synthetics';
import type { VaultChangeView } from '../../api/vaultTypes';
import { None, Transaction } from '../../pages/facts';
import { RowsOrigin } from '../../pages/synthetics/parts';
import { eventSource } from '../../pages/synthetics/sources';
import { Loaded } from '../../pages/token/Loaded';
import { Section } from '../../pages/token/Section';
import { Address, Amount, EmptyState, Table, Time } from '../../ui';
import type { VaultFlow } from './useVaultFlow';

const WORDS: Record<string, string> = {
  adjusted: 'Changed by its owner',
  taken: 'Taken from',
  redeemed: 'Redeemed from',
  booked: 'Loss booked',
  flagged: 'Clock started',
  unflagged: 'Clock stopped',
};

function Changes({ rows, flow }: { rows: readonly VaultChangeView[]; flow: VaultFlow }): ReactNode {
  const { collateral, synthetic } = flow;
  return (
    <Table
      caption="What happened to the vault, the newest first"
      rows={rows}
      rowKey={(row) => `${row.block}-${row.log_index}`}
      columns={[
        { key: 'time', title: 'Time', label: '', heading: true, cell: (row) => <Time at={row.time} /> },
        { key: 'kind', title: 'What', cell: (row) => WORDS[row.kind] ?? row.kind },
        {
          key: 'collateral',
          title: `Collateral, ${collateral.symbol}`,
          number: true,
          cell: (row) =>
            row.collateral === '0' ? (
              <None why="none moved" />
            ) : (
              <Amount value={row.collateral} decimals={collateral.decimals} significant={9} />
            ),
        },
        {
          key: 'debt',
          title: `Debt, ${synthetic.symbol}`,
          number: true,
          cell: (row) =>
            row.debt === '0' ? <None why="none moved" /> : <Amount value={row.debt} decimals={18} significant={9} />,
        },
        {
          key: 'deficit',
          title: 'Loss',
          number: true,
          cell: (row) => (row.deficit === '0' ? 'none' : <Amount value={row.deficit} decimals={18} significant={9} />),
        },
        {
          key: 'by',
          title: 'By',
          cell: (row) => (row.by === null ? <None why="its owner or nobody" /> : <Address value={row.by} />),
        },
        { key: 'transaction', title: 'Transaction', cell: (row) => <Transaction hash={row.transaction} /> },
      ]}
    />
  );
}

/** What happened to a vault. */
export function History({ flow, owner }: { flow: VaultFlow; owner: string }): ReactNode {
  const query = useVault(flow.synthetic.address, flow.market.id, owner);
  return (
    <Section id="history" title="What happened to it">
      {() => (
        <Loaded query={query} what="its history">
          {(answer) =>
            answer.changes.length === 0 ? (
              <EmptyState title="Nothing yet">The first entry is its opening.</EmptyState>
            ) : (
              <>
                <Changes rows={answer.changes} flow={flow} />
                <RowsOrigin
                  asOf={answer.as_of}
                  source={eventSource(flow.synthetic.address, 'Adjusted, Taken, Redeemed, Booked')}
                />
              </>
            )
          }
        </Loaded>
      )}
    </Section>
  );
}
