import type { ReactNode } from 'react';
import type { AsOf, TokenSummary } from '../api/types';
import { bpsText, changeText, exactDecimal, overBps, premiumText, wadPercentText } from '../format';
import { Address, Figure, Price } from '../ui';
import { sourceOf } from './sources';

interface Shown {
  token: TokenSummary;
  asOf: AsOf | undefined;
  column?: number;
  unitColumn?: number;
  significant?: number;
}

/** What stands where there is no figure, and why. */
export function None({ why }: { why: string }): ReactNode {
  return (
    <span className="quiet" title={why}>
      <span aria-hidden="true">–</span>
      <span className="visually-hidden">none: {why}</span>
    </span>
  );
}

/** Backing per token in one of the assets. */
export function FloorFigure({ token, asOf, index = 0, ...layout }: Shown & { index?: number }): ReactNode {
  const asset = token.assets[index];
  const wad = token.floor_wad[index];
  if (asset === undefined || wad === undefined) return <None why="the token has no such backing asset" />;
  return (
    <Figure
      label={`Backing per ${token.symbol}`}
      asOf={asOf}
      source={sourceOf(token, 'floor_wad')}
      exact={`${exactDecimal(BigInt(wad), 18)} ${asset.symbol}`}
    >
      <Price wad={wad} unit={asset.symbol} {...layout} />
    </Figure>
  );
}

/** Market price in the first asset. */
export function MarketFigure({ token, asOf, ...layout }: Shown): ReactNode {
  const asset = token.assets[0];
  if (token.market_wad === null || asset === undefined) return <None why="the token has no pool" />;
  return (
    <Figure
      label={`Market price of ${token.symbol}`}
      asOf={asOf}
      source={sourceOf(token, 'market_wad')}
      exact={`${exactDecimal(BigInt(token.market_wad), 18)} ${asset.symbol}`}
    >
      <Price wad={token.market_wad} unit={asset.symbol} {...layout} />
    </Figure>
  );
}

/** Market over backing, less one; a discount has a minus unless a word beside it says so (`named`). */
export function PremiumFigure({ token, asOf, named = false }: Shown & { named?: boolean }): ReactNode {
  if (token.premium_bps === null) {
    const why = token.market_wad === null ? 'the token has no pool' : 'the backing is in several assets';
    return <None why={why} />;
  }
  return (
    <Figure
      label={token.premium_bps < 0 ? 'Discount to backing' : 'Premium over backing'}
      asOf={asOf}
      source={sourceOf(token, 'premium_bps')}
      formula="market price over backing per token, less one"
    >
      {named ? premiumText(token.premium_bps) : changeText(token.premium_bps)}
    </Figure>
  );
}

/** Cash against what all unlocked tokens could claim. */
export function CoverageFigure({ token, asOf }: Shown): ReactNode {
  if (token.coverage_wad === null) return <None why="no unlocked tokens to cover" />;
  return (
    <Figure
      label="Coverage of free holders"
      asOf={asOf}
      source={sourceOf(token, 'coverage_wad')}
      formula="cash, over the backing of all tokens that are not collateral; least of all assets"
      exact={`${exactDecimal(BigInt(token.coverage_wad) * 100n, 18)} %`}
    >
      {wadPercentText(BigInt(token.coverage_wad))}
    </Figure>
  );
}

/** Change of the backing per token in a week, in a day, or since launch for what is younger. */
export function FloorChange({ token }: { token: TokenSummary }): ReactNode {
  const change = token.floor_change_bps;
  const first = token.spark.floor_wad[0];
  const last = token.spark.floor_wad.at(-1);
  const since = first === undefined || last === undefined ? null : overBps(BigInt(last), BigInt(first));
  const [bps, span] =
    typeof change?.week === 'number'
      ? [change.week, '7 d']
      : typeof change?.day === 'number'
        ? [change.day, '1 d']
        : [since, 'since launch'];
  if (bps === null) return <None why="there was no backing at launch" />;
  return (
    <>
      {changeText(bps)} <span className="unit">{span}</span>
    </>
  );
}

/** One sentence for a screen reader in place of the small chart. */
export function sparkLabel(token: TokenSummary): string {
  const floor = token.floor_change_bps?.week ?? token.floor_change_bps?.day;
  const change = floor === null || floor === undefined ? '' : `, backing per token ${bpsText(floor)} over it`;
  const premium =
    token.premium_bps === null
      ? ''
      : `, market ${bpsText(Math.abs(token.premium_bps))} ${token.premium_bps < 0 ? 'below' : 'above'} backing now`;
  return `${token.symbol}, last seven days${change}${premium}`;
}

/** A transaction's hash, or that it is not known. */
export function Transaction({ hash }: { hash: string | null }): ReactNode {
  return hash === null ? <None why="the transaction is not stored" /> : <Address value={hash} noun="transaction" />;
}
