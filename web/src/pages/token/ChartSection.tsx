import { useState, type ReactNode } from 'react';
import { useMarks, useSeries } from '../../api/hooks';
import type { AsOf, Interval, SeriesPoint, TokenDetail } from '../../api/types';
import { FloorChart } from '../../charts/FloorChart';
import { premiumBps } from '../../charts/floorChartModel';
import type { Spread } from '../../charts/scale';
import { changeText } from '../../format';
import { EmptyState, Notice, Price, Segments, Table, Time } from '../../ui';
import { ExportLinks } from './ExportLinks';
import { Loaded } from './Loaded';
import { Origin } from './Origin';
import { Section } from './Section';

const DAY = 86_400;
const RANGES = [
  ['day', '1 d'],
  ['week', '1 w'],
  ['month', '1 m'],
  ['all', 'All'],
] as const;
type Range = (typeof RANGES)[number][0];
const SPANS: Record<Range, number | null> = { day: DAY, week: 7 * DAY, month: 30 * DAY, all: null };
const ROWS_MAX = 200;

/** First second of the range, kept on whole hours so that each new block does not ask for another series. */
export function rangeFrom(range: Range, now: number): number | undefined {
  const span = SPANS[range];
  return span === null ? undefined : Math.floor((now - span) / 3_600) * 3_600;
}

/** The finest interval whose points fit one screen. */
export function intervalFor(range: Range, life: number): Interval {
  const span = Math.min(life, SPANS[range] ?? life);
  if (span <= 2 * DAY) return 'event';
  return span <= 60 * DAY ? 'hour' : 'day';
}

function PointTable({
  points,
  index,
  unit,
  comparable,
}: {
  points: readonly SeriesPoint[];
  index: number;
  unit: string;
  comparable: boolean;
}): ReactNode {
  const rows = points.slice(-ROWS_MAX).reverse();
  return (
    <Table
      caption="Floor and market price over time"
      narrow="scroll"
      rows={rows}
      rowKey={(point, at) => `${point.time}-${at}`}
      columns={[
        { key: 'time', title: 'Time', heading: true, cell: (point) => <Time at={point.time} /> },
        {
          key: 'floor',
          title: 'Floor',
          number: true,
          cell: (point) => <Price wad={point.floor_wad[index] ?? '0'} unit={unit} column={9} />,
        },
        {
          key: 'market',
          title: 'Market',
          number: true,
          cell: (point) => (point.market === null ? 'none' : <Price wad={point.market.close} unit={unit} column={9} />),
        },
        {
          key: 'premium',
          title: 'Premium',
          number: true,
          cell: (point) => {
            const bps = comparable ? premiumBps(point, index) : null;
            return bps === null ? 'none' : changeText(bps);
          },
        },
        { key: 'trades', title: 'Trades', number: true, cell: (point) => point.trades },
      ]}
    />
  );
}

/** Floor and market over time, with what happened. */
export function ChartSection({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  const life = asOf.time - token.launched.time;
  const [range, setRange] = useState<Range>(life > 45 * DAY ? 'month' : 'all');
  const [spread, setSpread] = useState<Spread>('linear');
  const [index, setIndex] = useState(0);
  const [asTable, setAsTable] = useState(false);
  const from = rangeFrom(range, asOf.time);
  const interval = intervalFor(range, life);
  const series = useSeries(token.token, interval, from);
  const marks = useMarks(token.token, from);
  const asset = token.assets[index];
  if (asset === undefined) return null;
  const comparable = token.assets.length === 1;
  return (
    <Section
      id="chart"
      title="Floor and market"
      tools={
        <>
          {comparable ? null : (
            <Segments
              label="Asset"
              options={token.assets.map((each, at) => [String(at), each.symbol] as const)}
              selected={String(index)}
              onSelect={(at) => setIndex(Number(at))}
            />
          )}
          <Segments label="Range" options={RANGES} selected={range} onSelect={setRange} />
          <Segments
            label="Scale"
            options={
              [
                ['linear', 'Linear'],
                ['log', 'Log'],
              ] as const
            }
            selected={spread}
            onSelect={setSpread}
          />
        </>
      }
    >
      {() => (
        <Loaded query={series} what="the chart" rows={1} height={416}>
          {({ points, as_of: at }) =>
            points.length < 2 ? (
              <EmptyState title="Too young for a line">The chart begins with the second point in time.</EmptyState>
            ) : (
              <div className="stack">
                {comparable ? null : (
                  <Notice title={`This floor is the ${asset.symbol} part of the backing only`}>
                    The market prices the whole token in {token.assets[0]?.symbol}, so no premium is drawn between them.
                  </Notice>
                )}
                <FloorChart
                  symbol={token.symbol}
                  asset={asset}
                  assetIndex={index}
                  assets={token.assets}
                  points={index === 0 ? points : points.map((point) => ({ ...point, market: null }))}
                  marks={marks.data?.data ?? []}
                  spread={spread}
                  comparable={comparable}
                />
                <div className="under">
                  <details className="details" onToggle={(event) => setAsTable(event.currentTarget.open)}>
                    <summary>The same as a table</summary>
                    {asTable ? (
                      <PointTable points={points} index={index} unit={asset.symbol} comparable={comparable} />
                    ) : null}
                  </details>
                  <Origin token={token} part="chart" asOf={at} />
                  <ExportLinks table={interval === 'day' ? 'floor_days' : 'floor_hours'} token={token.token} />
                </div>
              </div>
            )
          }
        </Loaded>
      )}
    </Section>
  );
}
