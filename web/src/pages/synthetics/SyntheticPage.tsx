import type { ReactNode } from 'react';
import { useRedemptions, useTakes } from '../../api/synthetics';
import type { RedemptionView, TakeView } from '../../api/vaultTypes';
import { wadPercentText } from '../../format';
import { Address, Amount, ButtonLink, EmptyState, Table, Time } from '../../ui';
import { None, Transaction } from '../facts';
import { LoadedPages } from '../token/Loaded';
import { Section } from '../token/Section';
import { useTitle } from '../useTitle';
import { Backing } from './Backing';
import { SyntheticKeys } from './Keys';
import { MarketTable } from './MarketTable';
import { RowsOrigin, VaultExports, marketName } from './parts';
import { SyntheticHead, WithSynthetic, type Shared } from './Shell';
import { eventSource } from './sources';
import { vaultLimitsOf } from './limits';

const DIGITS = { significant: 8, places: 2 };

function collateralOf({ synthetic }: Shared, id: number) {
  return synthetic.markets.find((market) => market.id === id)?.collateral;
}

function Collateral({ shared, market, value }: { shared: Shared; market: number; value: string }): ReactNode {
  const asset = collateralOf(shared, market);
  if (asset === undefined) return value;
  return <Amount value={value} decimals={asset.decimals} unit={asset.symbol} />;
}

function marketColumn<Row extends { market: number }>(shared: Shared) {
  return {
    key: 'market',
    title: 'Market',
    cell: (row: Row) => {
      const found = shared.synthetic.markets.find((market) => market.id === row.market);
      return found === undefined ? row.market : marketName(shared.synthetic.symbol, found);
    },
  };
}

/** Parts of vaults that were sold. */
export function TakeTable({ rows, shared }: { rows: readonly TakeView[]; shared: Shared }): ReactNode {
  const { symbol } = shared.synthetic;
  return (
    <Table
      caption="Takes"
      rows={rows}
      rowKey={(row) => `${row.block}-${row.log_index}`}
      columns={[
        { key: 'time', title: 'Time', label: '', heading: true, cell: (row) => <Time at={row.time} /> },
        marketColumn<TakeView>(shared),
        {
          key: 'paid',
          title: `Paid, ${symbol}`,
          number: true,
          cell: (row) => <Amount value={row.paid} decimals={18} {...DIGITS} />,
        },
        {
          key: 'got',
          title: 'Received',
          number: true,
          cell: (row) => <Collateral shared={shared} market={row.market} value={row.collateral} />,
        },
        {
          key: 'discount',
          title: 'Discount',
          number: true,
          cell: (row) =>
            row.discount_wad === null ? (
              <None why="the price of that block is not known" />
            ) : (
              wadPercentText(BigInt(row.discount_wad))
            ),
        },
        {
          key: 'deficit',
          title: `Loss, ${symbol}`,
          number: true,
          cell: (row) => (row.deficit === '0' ? 'none' : <Amount value={row.deficit} decimals={18} {...DIGITS} />),
        },
        { key: 'owner', title: 'Vault of', cell: (row) => <Address value={row.owner} /> },
        { key: 'taker', title: 'Taken by', cell: (row) => <Address value={row.taker} /> },
        { key: 'transaction', title: 'Transaction', cell: (row) => <Transaction hash={row.transaction} /> },
      ]}
    />
  );
}

function Takes({ shared, near }: { shared: Shared; near: boolean }): ReactNode {
  const pages = useTakes(shared.synthetic.address, {}, near);
  return (
    <LoadedPages
      pages={pages}
      what="takes"
      empty={<EmptyState title="Nothing was taken yet">No vault has been sold from since the deployment.</EmptyState>}
    >
      {(rows, at) => (
        <>
          <TakeTable rows={rows} shared={shared} />
          <RowsOrigin asOf={at} source={eventSource(shared.synthetic.address, 'Taken')} />
        </>
      )}
    </LoadedPages>
  );
}

function RedemptionTable({ rows, shared }: { rows: readonly RedemptionView[]; shared: Shared }): ReactNode {
  const { symbol } = shared.synthetic;
  return (
    <Table
      caption="Redemptions"
      rows={rows}
      rowKey={(row) => `${row.block}-${row.log_index}`}
      columns={[
        { key: 'time', title: 'Time', label: '', heading: true, cell: (row) => <Time at={row.time} /> },
        marketColumn<RedemptionView>(shared),
        {
          key: 'burned',
          title: `Burned, ${symbol}`,
          number: true,
          cell: (row) => <Amount value={row.burned} decimals={18} {...DIGITS} />,
        },
        {
          key: 'got',
          title: 'Received',
          number: true,
          cell: (row) => <Collateral shared={shared} market={row.market} value={row.collateral} />,
        },
        { key: 'fee', title: 'Fee', number: true, cell: (row) => wadPercentText(BigInt(row.fee_wad)) },
        { key: 'owner', title: 'Vault of', cell: (row) => <Address value={row.owner} /> },
        { key: 'redeemer', title: 'Redeemed by', cell: (row) => <Address value={row.redeemer} /> },
        { key: 'transaction', title: 'Transaction', cell: (row) => <Transaction hash={row.transaction} /> },
      ]}
    />
  );
}

function Redemptions({ shared, near }: { shared: Shared; near: boolean }): ReactNode {
  const pages = useRedemptions(shared.synthetic.address, near);
  return (
    <LoadedPages
      pages={pages}
      what="redemptions"
      empty={
        <EmptyState title="Nothing was redeemed yet">Redeeming pays where the market is under face value.</EmptyState>
      }
    >
      {(rows, at) => (
        <>
          <RedemptionTable rows={rows} shared={shared} />
          <RowsOrigin asOf={at} source={eventSource(shared.synthetic.address, 'Redeemed')} />
        </>
      )}
    </LoadedPages>
  );
}

function Content(shared: Shared): ReactNode {
  const { synthetic, asOf } = shared;
  useTitle(synthetic.symbol);
  const title = (
    <>
      {synthetic.symbol} <span className="token-head__full">{synthetic.name}</span>
    </>
  );
  return (
    <div className="page page--token">
      <SyntheticHead
        {...shared}
        title={title}
        actions={<ButtonLink to={`/synthetic/${synthetic.address}/redeem`}>Redeem</ButtonLink>}
      />
      <SyntheticKeys summary={synthetic} asOf={asOf} />
      <Section
        id="markets"
        title="Markets"
        lead="Each has its own collateral and terms, which never change. Open one to see who is how near to liquidation, or to open a vault."
      >
        {() =>
          synthetic.markets.length === 0 ? (
            <EmptyState title="It has no market yet">
              Its governor announces a market before it opens; until then nothing can be minted.
            </EmptyState>
          ) : (
            <MarketTable {...shared} />
          )
        }
      </Section>
      <Section
        id="backing"
        title="What stands behind it"
        lead="What vaults owe is owed in it and secured by more; the custody of the peg module counts at most at face value."
      >
        {() => <Backing {...shared} />}
      </Section>
      <Section
        id="takes"
        title="Takes"
        lead="Collateral that was sold out of unhealthy vaults, at which discount."
        tools={<VaultExports table="takes" synthetic={synthetic.address} />}
      >
        {(near) => <Takes shared={shared} near={near} />}
      </Section>
      <Section
        id="redemptions"
        title="Redemptions"
        lead="Who burned it for collateral at face value, and the fee that stayed in the vault."
        tools={<VaultExports table="redemptions" synthetic={synthetic.address} />}
      >
        {(near) => <Redemptions shared={shared} near={near} />}
      </Section>
      <Section
        id="limits"
        title="What this backing does not do"
        lead={`From the facts of ${synthetic.symbol} at this block.`}
      >
        {() => (
          <ul className="limits">
            {vaultLimitsOf(synthetic, asOf.time).map((limit) => (
              <li key={limit.key}>
                <strong>{limit.title}</strong> {limit.text}
              </li>
            ))}
          </ul>
        )}
      </Section>
    </div>
  );
}

/** Everything about one synthetic. */
export default function SyntheticPage(): ReactNode {
  return <WithSynthetic>{(shared) => <Content key={shared.synthetic.address} {...shared} />}</WithSynthetic>;
}
