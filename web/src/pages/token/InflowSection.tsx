import { useState, type ReactNode } from 'react';
import { useInflows } from '../../api/hooks';
import type { AsOf, AssetRef, Inflows, TokenDetail } from '../../api/types';
import { StackedBars, fillClass, type StackedBar } from '../../charts/StackedBars';
import { columnWidth, decimalText, shareBps, shareText } from '../../format';
import { Amount, EmptyState, Segments, Table } from '../../ui';
import { ExportLinks } from './ExportLinks';
import { Loaded } from './Loaded';
import { Origin } from './Origin';
import { Section } from './Section';

const DAY = 86_400;
const HOUR = 3_600;
const RANGES = [
  ['day', '1 d'],
  ['month', '1 m'],
  ['all', 'All'],
] as const;
type Range = (typeof RANGES)[number][0];

/** What the server calls each source, in words. */
const SOURCES: Record<string, string> = {
  conversion: 'Trading, by conversion of fee tokens',
  loan_fee: 'Fees of loans',
  redemption_fee: 'Fees of redemptions',
  flash_fee: 'Fees of flash loans',
  default: 'Surplus of defaults',
  burn: 'Burns by the converter',
  donation: 'Donations',
};
/** The launch's own deposit: it counted at once and would dwarf what came after, so it is told apart. */
const SEED = 'seed';

function sourceName(source: string): string {
  return SOURCES[source] ?? source;
}

/** What the launch put into the reserve within the periods. */
export function seedOf(inflows: Inflows, asset: number): bigint {
  return inflows.periods
    .flatMap((period) => period.amounts)
    .filter((amount) => amount.source === SEED && amount.asset_index === asset)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

/** Sum of each source over the periods, most first; sources that brought nothing and the seed are left out. */
export function totalsOf(inflows: Inflows, asset: number): { source: string; amount: bigint }[] {
  const sums = new Map<string, bigint>();
  for (const period of inflows.periods) {
    for (const { source, asset_index, amount } of period.amounts) {
      if (asset_index === asset && source !== SEED) sums.set(source, (sums.get(source) ?? 0n) + BigInt(amount));
    }
  }
  return [...sums]
    .map(([source, amount]) => ({ source, amount }))
    .filter(({ amount }) => amount > 0n)
    .sort((one, other) => (other.amount > one.amount ? 1 : other.amount < one.amount ? -1 : 0));
}

/** The periods as bars; heights are floats, what is read out is exact. */
export function barsOf(inflows: Inflows, index: number, asset: AssetRef): StackedBar[] {
  return inflows.periods.map((period) => ({
    starts: period.starts,
    pieces: period.amounts
      .filter((amount) => amount.asset_index === index && amount.source !== SEED && amount.amount !== '0')
      .map((amount) => ({
        key: sourceName(amount.source),
        value: Number(BigInt(amount.amount)) / 10 ** asset.decimals,
        text: `${decimalText(BigInt(amount.amount), asset.decimals)} ${asset.symbol}`,
      })),
  }));
}

function InflowBody({
  inflows,
  token,
  index,
  asset,
  period,
  from,
}: {
  inflows: Inflows;
  token: TokenDetail;
  index: number;
  asset: AssetRef;
  period: number;
  from: number;
}): ReactNode {
  const [over, setOver] = useState<string | null>(null);
  const totals = totalsOf(inflows, index);
  const seed = seedOf(inflows, index);
  const column = columnWidth(
    totals.map(({ amount }) => amount),
    asset.decimals,
  );
  const sum = totals.reduce((total, { amount }) => total + amount, 0n);
  if (sum === 0n) {
    return (
      <EmptyState title="Nothing came in over this time">
        The reserve grows from trading, fees of loans and redemptions, defaults, burns and donations.
      </EmptyState>
    );
  }
  return (
    <div className="stack">
      <StackedBars
        bars={barsOf(inflows, index, asset)}
        keys={totals.map(({ source }) => sourceName(source))}
        period={period}
        from={from}
        to={inflows.as_of.time}
        unit={`${asset.symbol} per ${period === DAY ? 'day' : 'hour'}`}
        label={`Inflow to the reserve of ${token.symbol}; the table below has the sums by source`}
        highlighted={over}
      />
      <div className="narrow">
        {seed === 0n ? null : (
          <p className="quiet">
            Besides, the launch itself put in <Amount value={seed} decimals={asset.decimals} unit={asset.symbol} />,
            which counted at once.
          </p>
        )}
        <Table
          caption={`Inflow by source, ${asset.symbol}`}
          rows={totals}
          rowKey={(row) => row.source}
          narrow="scroll"
          rowProps={(row) => ({
            onPointerEnter: () => setOver(sourceName(row.source)),
            onPointerLeave: () => setOver(null),
          })}
          columns={[
            {
              key: 'source',
              title: 'Source',
              heading: true,
              cell: (row) => (
                <>
                  <span className={`swatch ${fillClass(totals.indexOf(row))}`} aria-hidden="true" />
                  {sourceName(row.source)}
                </>
              ),
            },
            {
              key: 'amount',
              title: 'Amount',
              number: true,
              cell: (row) => (
                <Amount value={row.amount} decimals={asset.decimals} unit={asset.symbol} column={column} />
              ),
            },
            { key: 'share', title: 'Share', number: true, cell: (row) => shareText(shareBps(row.amount, sum)) },
          ]}
        />
        <Origin token={token} part="inflow" asOf={inflows.as_of} />
      </div>
    </div>
  );
}

/** Where the reserve came from over time. */
export function InflowSection({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  const life = asOf.time - token.launched.time;
  const [range, setRange] = useState<Range>(life > 40 * DAY ? 'month' : 'all');
  const [index, setIndex] = useState(0);
  const asset = token.assets[index];
  if (asset === undefined) return null;
  const many = token.assets.map((each, at) => [String(at), each.symbol] as const);
  const shared = { token, asset, index, range, life, now: asOf.time };
  return (
    <Section
      id="inflow"
      title="Inflow by source"
      lead="What entered the reserve after launch. It vests over the following period before it counts."
      tools={
        <>
          {many.length > 1 ? (
            <Segments label="Asset" options={many} selected={String(index)} onSelect={(at) => setIndex(Number(at))} />
          ) : null}
          <Segments label="Range" options={RANGES} selected={range} onSelect={setRange} />
          <ExportLinks table={range === 'day' ? 'inflow_hours' : 'inflow_days'} token={token.token} />
        </>
      }
    >
      {(near) => <InflowOver near={near} {...shared} />}
    </Section>
  );
}

function InflowOver({
  token,
  asset,
  index,
  range,
  life,
  now,
  near,
}: {
  token: TokenDetail;
  asset: AssetRef;
  index: number;
  range: Range;
  life: number;
  now: number;
  near: boolean;
}): ReactNode {
  const hourly = range === 'day' || life <= 4 * DAY;
  const period = hourly ? HOUR : DAY;
  const begin = range === 'all' ? token.launched.time : now - (range === 'day' ? DAY : 30 * DAY);
  const from = Math.floor(Math.max(begin, token.launched.time) / period) * period;
  const inflows = useInflows(token.token, hourly ? 'hour' : 'day', from, near);
  return (
    <Loaded query={inflows} what="the inflow" rows={1} height={240}>
      {(answer) => (
        <InflowBody inflows={answer} token={token} index={index} asset={asset} period={period} from={from} />
      )}
    </Loaded>
  );
}
