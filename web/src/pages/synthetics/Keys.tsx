import type { ReactNode } from 'react';
import type { AsOf } from '../../api/types';
import type { SyntheticDetail, SyntheticSummary } from '../../api/vaultTypes';
import { pluralText } from '../../format';
import { None } from '../facts';
import { AmountFigure, AuctionCount, Key, ShareFigure } from './parts';
import { bookSource } from './sources';

/** The figures that say whether a synthetic is backed. */
export function SyntheticKeys({
  summary,
  asOf,
}: {
  summary: SyntheticSummary | SyntheticDetail;
  asOf: AsOf;
}): ReactNode {
  const { symbol } = summary;
  const shared = { asOf, places: 0, significant: 12, unit: symbol } as const;
  const equity = summary.equity === null ? null : BigInt(summary.equity);
  return (
    <dl className="keys">
      <Key name="Supply" more={pluralText(summary.holders, 'holder')}>
        <AmountFigure
          {...shared}
          label={`Supply of ${symbol}`}
          value={summary.supply}
          source={bookSource(summary, 'supply', 'totalSupply()')}
        />
      </Key>
      <Key name="Owed by vaults" more={pluralText(summary.vaults, 'vault')}>
        <AmountFigure
          {...shared}
          label={`Debt of all vaults of ${symbol}`}
          value={summary.debt}
          source={bookSource(summary, 'debt', 'totals()')}
        />
      </Key>
      <Key
        name="Equity"
        more={
          equity === null
            ? 'the custody has no price'
            : equity < 0n
              ? 'less stands behind it than exists'
              : 'what stands behind it, less the supply'
        }
      >
        {equity === null ? (
          <None why="the custody of the peg module has no price" />
        ) : (
          <AmountFigure
            label={`Equity of ${symbol}`}
            value={equity}
            unit={symbol}
            asOf={asOf}
            source={bookSource(summary, 'equity', 'equity()', 'debt and worth of the custody, less the supply')}
          />
        )}
      </Key>
      <Key name="Deficit" more={summary.deficit === '0' ? 'every loss is paid' : 'losses that nobody has paid yet'}>
        {summary.deficit === '0' ? (
          'none'
        ) : (
          <AmountFigure
            label={`Deficit of ${symbol}`}
            value={summary.deficit}
            unit={symbol}
            asOf={asOf}
            source={bookSource(summary, 'deficit', 'totals()')}
          />
        )}
      </Key>
      <Key name="Redemption pays" more="of face value, before the vault’s fee">
        {summary.haircut_wad === null ? (
          <None why="the custody of the peg module has no price" />
        ) : (
          <ShareFigure
            label={`Share of face value that a redemption of ${symbol} pays`}
            wad={summary.haircut_wad}
            asOf={asOf}
            source={bookSource(
              summary,
              'haircut_wad',
              'haircut()',
              'backing over supply while a deficit stands, else one',
            )}
          />
        )}
      </Key>
      <Key name="Auctions" more="unhealthy vaults">
        <AuctionCount count={summary.auctions} />
      </Key>
    </dl>
  );
}
