import type { ReactNode } from 'react';
import type { AsOf, Source } from '../../api/types';
import type { PriceView, VaultMarketView } from '../../api/vaultTypes';
import { countText, exactDecimal, shareBps, shareText as bpsShare, wadPercentText } from '../../format';
import { apiUrl } from '../../api/client';
import { Amount, Figure, Price } from '../../ui';
import { None } from '../facts';
import { priceSource } from './sources';
import { STATE_MEANING, STATE_WORDS, ageText } from './words';

/** A key figure: its name, its value, and what it means beneath. */
export function Key({ name, children, more }: { name: string; children: ReactNode; more?: ReactNode }): ReactNode {
  return (
    <div className="key">
      <dt>{name}</dt>
      <dd className="key__value">{children}</dd>
      {more === undefined || more === null ? null : <dd className="key__more">{more}</dd>}
    </div>
  );
}

interface Shown {
  readonly label: string;
  readonly asOf: AsOf | undefined;
  readonly source?: Source | undefined;
  readonly formula?: string | undefined;
}

/** An amount of a token that opens to where it comes from. */
export function AmountFigure({
  value,
  decimals = 18,
  unit,
  significant = 7,
  places,
  column,
  ...shown
}: Shown & {
  value: string | bigint;
  decimals?: number;
  unit?: string | undefined;
  significant?: number;
  places?: number;
  column?: number;
}): ReactNode {
  return (
    <Figure {...shown} exact={`${exactDecimal(BigInt(value), decimals)} ${unit ?? ''}`.trim()}>
      <Amount
        value={value}
        decimals={decimals}
        unit={unit}
        significant={significant}
        column={column}
        {...(places === undefined ? {} : { places })}
      />
    </Figure>
  );
}

/** A share in wad that opens to where it comes from. */
export function ShareFigure({ wad, ...shown }: Shown & { wad: string | bigint }): ReactNode {
  return (
    <Figure {...shown} exact={`${exactDecimal(BigInt(wad) * 100n, 18)} %`}>
      {wadPercentText(BigInt(wad))}
    </Figure>
  );
}

/** The state of a price in a word; amber and red have a word of their own. */
export function StateTag({ state }: { state: string }): ReactNode {
  const kind = state === 'safe' ? '' : state === 'stepped' ? ' tag--watch' : ' tag--breach';
  return (
    <span className={`tag${kind}`} title={STATE_MEANING[state]}>
      {STATE_WORDS[state] ?? state}
    </span>
  );
}

/** A stored price at its mid, to be opened for its bounds, age and source. */
export function PriceFigure({
  price,
  contract,
  collateral,
  unit,
  asOf,
  significant = 7,
}: {
  price: PriceView | null;
  contract: string;
  collateral: { readonly symbol: string };
  unit: string;
  asOf: AsOf | undefined;
  significant?: number;
}): ReactNode {
  if (price === null) return <None why="its price is kept by a contract that this server does not follow" />;
  const exact = (wad: string) => exactDecimal(BigInt(wad), 18);
  return (
    <Figure
      label={`Price of ${collateral.symbol}`}
      asOf={asOf}
      source={priceSource(contract, collateral.symbol)}
      formula={`low ${exact(price.low)}, mid ${exact(price.mid)}, high ${exact(price.high)}; ${ageText(price)}`}
      exact={`${exact(price.mid)} ${unit} per ${collateral.symbol}`}
    >
      <Price wad={price.mid} unit={unit} significant={significant} />
    </Figure>
  );
}

/** How much of a ceiling is used, as a bar with its share beside it. */
export function Used({ part, whole, name }: { part: bigint; whole: bigint; name: string }): ReactNode {
  if (whole === 0n) return <None why={`the ${name} is zero, so the market is closed for new debt`} />;
  const bps = Math.min(10_000, shareBps(part, whole));
  return (
    <span className="used">
      <span className="bar bar--short" aria-hidden="true">
        <span style={{ width: `${bps / 100}%` }} />
      </span>
      <span>{bpsShare(shareBps(part, whole))}</span>
    </span>
  );
}

/** How many vaults are for sale, said with a word where there are any. */
export function AuctionCount({ count }: { count: number | null }): ReactNode {
  if (count === null) return <None why="the price is not known here" />;
  return count === 0 ? <>none</> : <span className="tag tag--breach">{countText(count)} for sale</span>;
}

/** Links to all rows of a table of a synthetic, as CSV and JSON. */
export function VaultExports({ table, synthetic }: { table: string; synthetic: string }): ReactNode {
  const link = (format: string) => (
    <a href={apiUrl(`/v1/export/${table}.${format}`, { token: synthetic })} download>
      {format.toUpperCase()}
    </a>
  );
  return (
    <span className="exports">
      <span className="visually-hidden">Export {table.replaceAll('_', ' ')}: </span>
      {link('csv')} {link('json')}
    </span>
  );
}

/** Under a table or chart: the block of its figures, to be opened for source, age and command. */
export function RowsOrigin({ asOf, source }: { asOf: AsOf | undefined; source: Source }): ReactNode {
  if (asOf === undefined) return null;
  return (
    <p className="origin">
      <Figure label="Where these figures come from" asOf={asOf} source={source} exact="Every row here">
        As of block {countText(asOf.block)}
      </Figure>
    </p>
  );
}

/** The name of a market: what is owed over what is held. */
export function marketName(symbol: string, market: Pick<VaultMarketView, 'collateral'>): string {
  return `${symbol}/${market.collateral.symbol}`;
}

/** Address of a market's page. */
export function marketPath(synthetic: string, market: number): string {
  return `/synthetic/${synthetic}/market/${market}`;
}
