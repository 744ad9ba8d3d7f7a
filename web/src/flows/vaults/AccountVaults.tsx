import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useAccountVaults } from '../../api/synthetics';
import type { Account } from '../../api/types';
import type { AccountVaultView } from '../../api/vaultTypes';
import { changeText, wadPercentText } from '../../format';
import { None } from '../../pages/facts';
import { marketPath } from '../../pages/synthetics/parts';
import { LoadedPages } from '../../pages/token/Loaded';
import { Amount, ButtonLink, EmptyState, Price, Table } from '../../ui';

function Distance({ row }: { row: AccountVaultView }): ReactNode {
  const mid = BigInt(row.price?.mid ?? '0');
  if (row.liquidation_price === null || mid === 0n) return <None why="it owes nothing, or there is no price" />;
  if (row.healthy === false) return <span className="tag tag--breach">unhealthy</span>;
  return changeText(Number(((BigInt(row.liquidation_price) - mid) * 10_000n) / mid));
}

/** The vaults of one account in every market. */
export function AccountVaults({ account }: { account: string }): ReactNode {
  const pages = useAccountVaults(account);
  return (
    <LoadedPages
      pages={pages}
      what="vaults"
      empty={
        <EmptyState title="No vaults" actions={<ButtonLink to="/synthetics">All markets</ButtonLink>}>
          A vault shows here as soon as the block that opened it is indexed.
        </EmptyState>
      }
    >
      {(rows) => (
        <Table
          caption="Vaults"
          rows={rows}
          rowKey={(row) => `${row.synthetic}-${row.market}`}
          columns={[
            {
              key: 'vault',
              title: 'Vault',
              label: '',
              heading: true,
              cell: (row) => (
                <Link to={`${marketPath(row.synthetic, row.market)}/vault/${row.owner}`}>
                  {row.symbol}/{row.collateral_asset.symbol}
                </Link>
              ),
            },
            {
              key: 'collateral',
              title: 'Collateral',
              number: true,
              cell: (row) => (
                <Amount
                  value={row.collateral}
                  decimals={row.collateral_asset.decimals}
                  unit={row.collateral_asset.symbol}
                  significant={7}
                />
              ),
            },
            {
              key: 'debt',
              title: 'Owes',
              number: true,
              cell: (row) => <Amount value={row.debt} decimals={18} unit={row.symbol} significant={9} />,
            },
            {
              key: 'ratio',
              title: 'Ratio',
              number: true,
              cell: (row) =>
                row.ratio_wad === null ? <None why="it owes nothing" /> : wadPercentText(BigInt(row.ratio_wad)),
            },
            {
              key: 'liquidation',
              title: 'Unhealthy under',
              number: true,
              cell: (row) =>
                row.liquidation_price === null ? (
                  <None why="it owes nothing" />
                ) : (
                  <Price wad={row.liquidation_price} unit={row.symbol} significant={6} />
                ),
            },
            { key: 'distance', title: 'From the price', number: true, cell: (row) => <Distance row={row} /> },
          ]}
        />
      )}
    </LoadedPages>
  );
}

/** Synthetics that an account holds; nothing where it holds none. */
export function SyntheticBalances({ rows }: { rows: Account['synthetics'] }): ReactNode {
  if (rows.length === 0) return null;
  return (
    <Table
      caption="Synthetics"
      rows={rows}
      rowKey={(row) => row.address}
      columns={[
        {
          key: 'synthetic',
          title: 'Synthetic',
          heading: true,
          cell: (row) => <Link to={`/synthetic/${row.address}`}>{row.symbol}</Link>,
        },
        {
          key: 'amount',
          title: 'Amount',
          number: true,
          cell: (row) => <Amount value={row.amount} decimals={18} unit={row.symbol} significant={9} />,
        },
        {
          key: 'actions',
          title: <span className="visually-hidden">Actions</span>,
          number: true,
          cell: (row) => (
            <ButtonLink small to={`/synthetic/${row.address}/redeem`} aria-label={`Redeem ${row.symbol}`}>
              Redeem
            </ButtonLink>
          ),
        },
      ]}
    />
  );
}
