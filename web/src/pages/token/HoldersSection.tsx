import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useHolders } from '../../api/hooks';
import type { TokenDetail } from '../../api/types';
import { wadPercentText } from '../../format';
import { Address, Amount, EmptyState, Table } from '../../ui';
import { ExportLinks } from './ExportLinks';
import { LoadedPages } from './Loaded';
import { Origin } from './Origin';
import { Section } from './Section';

const ROLES: Record<string, string> = {
  holder: 'holder',
  pool: 'pool',
  reserve: 'reserve: collateral of loans',
  converter: 'converter: for sale',
  lock: 'liquidity lock',
  burned: 'burned, no claim',
};

/** Who holds the token, most first. */
export function HoldersSection({ token }: { token: TokenDetail }): ReactNode {
  return (
    <Section id="holders" title="Holders" tools={<ExportLinks table="holders" token={token.token} />}>
      {(near) => <Holders token={token} near={near} />}
    </Section>
  );
}

function Holders({ token, near }: { token: TokenDetail; near: boolean }): ReactNode {
  const pages = useHolders(token.token, near);
  return (
    <LoadedPages pages={pages} what="holders" empty={<EmptyState title="Nobody holds this token" />}>
      {(rows, at) => (
        <>
          <Table
            caption={`Holders of ${token.symbol}`}
            rows={rows}
            rowKey={(row) => row.account}
            columns={[
              {
                key: 'account',
                title: 'Account',
                label: '',
                heading: true,
                cell: (row) => <Address value={row.account} />,
              },
              { key: 'role', title: 'Role', cell: (row) => ROLES[row.role] ?? row.role },
              {
                key: 'amount',
                title: 'Amount',
                number: true,
                cell: (row) => <Amount value={row.amount} decimals={18} column={5} significant={9} places={4} />,
              },
              {
                key: 'share',
                title: 'Share of supply',
                number: true,
                cell: (row) => wadPercentText(BigInt(row.share_wad)),
              },
              {
                key: 'bar',
                title: <span className="visually-hidden">Share as a bar</span>,
                cell: (row) => (
                  <span className="bar" aria-hidden="true">
                    <span style={{ width: `${Math.min(100, Number(BigInt(row.share_wad) / 10n ** 14n) / 100)}%` }} />
                  </span>
                ),
              },
              {
                key: 'open',
                title: <span className="visually-hidden">Positions</span>,
                cell: (row) => (row.role === 'holder' ? <Link to={`/account/${row.account}`}>Positions</Link> : null),
              },
            ]}
          />
          <Origin token={token} part="holders" asOf={at} />
        </>
      )}
    </LoadedPages>
  );
}
