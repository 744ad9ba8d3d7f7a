import type { ReactNode } from 'react';
import { useTrades } from '../../api/hooks';
import type { Trade, TokenDetail } from '../../api/types';
import { changeText, columnWidth, overBps, type DecimalOptions } from '../../format';
import { Address, Amount, EmptyState, Price, Table, Time } from '../../ui';
import { ExportLinks } from './ExportLinks';
import { Transaction } from '../facts';
import { LoadedPages } from './Loaded';
import { Origin } from './Origin';
import { Section } from './Section';

function overFloor(trade: Trade): string {
  const bps = trade.floor_wad === null ? null : overBps(BigInt(trade.price_wad), BigInt(trade.floor_wad));
  return bps === null ? 'none' : changeText(bps);
}

/** Trades in the pool, newest first. */
export function TradesSection({ token }: { token: TokenDetail }): ReactNode {
  return (
    <Section id="trades" title="Trades" tools={<ExportLinks table="trades" token={token.token} />}>
      {(near) =>
        token.pool === null ? (
          <EmptyState title="There is no pool">
            This launch put no liquidity into a pool, so there are no trades to follow.
          </EmptyState>
        ) : (
          <Trades token={token} near={near} />
        )
      }
    </Section>
  );
}

function Trades({ token, near }: { token: TokenDetail; near: boolean }): ReactNode {
  const pages = useTrades(token.token, near);
  return (
    <LoadedPages
      pages={pages}
      what="trades"
      empty={<EmptyState title="No trade yet">The first one appears here with its block.</EmptyState>}
    >
      {(rows, at) => (
        <>
          <TradeTable rows={rows} token={token} />
          <Origin token={token} part="trades" asOf={at} />
        </>
      )}
    </LoadedPages>
  );
}

const TOKENS = { significant: 9, places: 4 };
const PRICE = { significant: 5 };

function TradeTable({ rows, token }: { rows: Trade[]; token: TokenDetail }): ReactNode {
  const asset = token.assets[0];
  const decimals = asset?.decimals ?? 18;
  const single = token.assets.length === 1;
  const width = (of: (row: Trade) => string, scale: number, options?: DecimalOptions) =>
    columnWidth(rows.map(of), scale, options);
  const tokens = width((row) => row.tokens, 18, TOKENS);
  const assets = width((row) => row.assets, decimals);
  const price = width((row) => row.price_wad, 18, PRICE);
  return (
    <Table
      caption={`Trades of ${token.symbol}`}
      rows={rows}
      rowKey={(row) => `${row.block}-${row.log_index}`}
      columns={[
        { key: 'time', title: 'Time', heading: true, label: '', cell: (row) => <Time at={row.time} /> },
        { key: 'side', title: 'Side', cell: (row) => (row.side === 'buy' ? 'Buy' : 'Sell') },
        {
          key: 'tokens',
          title: token.symbol.length > 8 ? 'Tokens' : token.symbol,
          number: true,
          cell: (row) => <Amount value={row.tokens} decimals={18} column={tokens} {...TOKENS} />,
        },
        {
          key: 'assets',
          title: asset?.symbol ?? 'Asset',
          number: true,
          cell: (row) => <Amount value={row.assets} decimals={decimals} column={assets} />,
        },
        {
          key: 'price',
          title: 'Price',
          number: true,
          cell: (row) => <Price wad={row.price_wad} column={price} {...PRICE} />,
        },
        ...(single ? [{ key: 'premium', title: 'Over floor', number: true, cell: overFloor }] : []),
        { key: 'trader', title: 'Trader', cell: (row) => <Address value={row.trader} /> },
        {
          key: 'transaction',
          title: 'Transaction',
          cell: (row) => <Transaction hash={row.transaction} />,
        },
      ]}
    />
  );
}
