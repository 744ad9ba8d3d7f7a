import { useState, type ReactNode } from 'react';
import { usePriceSeries, usePrices } from '../../api/synthetics';
import type { AsOf } from '../../api/types';
import type { AssetPriceView, PriceFaultView, PriceSourceView } from '../../api/vaultTypes';
import { PriceChart } from '../../charts/PriceChart';
import { columnWidth, durationText, pluralText } from '../../format';
import { Address, EmptyState, Figure, Notice, Price, Segments, Table, Time } from '../../ui';
import { None } from '../facts';
import { Loaded } from '../token/Loaded';
import { Section } from '../token/Section';
import { useTitle } from '../useTitle';
import { Key, RowsOrigin, StateTag, VaultExports } from './parts';
import { SyntheticHead, WithSynthetic, type Shared } from './Shell';
import { eventSource, partSource, priceSource } from './sources';
import { FAULTS, SOURCE_KINDS, STATE_MEANING, faultText, shareText } from './words';

const DAY = 86_400;
const RANGES = [
  ['day', '1 d'],
  ['week', '1 w'],
  ['all', 'All'],
] as const;
type Range = (typeof RANGES)[number][0];
const SPANS: Record<Range, number | null> = { day: DAY, week: 7 * DAY, all: null };
const INTERVALS = { day: 'event', week: 'hour', all: 'hour' } as const;

function Keys({ row, unit, asOf }: { row: AssetPriceView; unit: string; asOf: AsOf }): ReactNode {
  const { price, asset } = row;
  const counting = row.sources.filter((source) => source.fault === 'none').length;
  const figure = (label: string, wad: string, formula: string) => (
    <Figure label={label} asOf={asOf} source={priceSource(row.prices, asset.symbol)} formula={formula}>
      <Price wad={wad} significant={7} />
    </Figure>
  );
  return (
    <dl className="keys">
      <Key name="State" more={price.state === 'safe' ? STATE_MEANING['safe'] : undefined}>
        <StateTag state={price.state} />
      </Key>
      <Key name={`Low, ${unit}`} more="for who borrows or takes out">
        {figure(`Low price of ${asset.symbol}`, price.low, 'the lowest source that counts, less the deviation')}
      </Key>
      <Key name={`Mid, ${unit}`} more="for liquidation">
        {figure(
          `Mid price of ${asset.symbol}`,
          price.mid,
          'the median of the sources that count, moved by at most a step',
        )}
      </Key>
      <Key name={`High, ${unit}`} more="for who redeems">
        {figure(`High price of ${asset.symbol}`, price.high, 'the highest source that counts, more the deviation')}
      </Key>
      <Key name="Age" more={`at most ${durationText(price.age_secs_max)}`}>
        {price.age_secs === null ? 'never priced' : durationText(price.age_secs)}
      </Key>
      <Key name="Sources" more={`${row.terms.min_sources} must agree`}>
        {counting} of {row.sources.length} count
      </Key>
    </dl>
  );
}

function Trouble({ row }: { row: AssetPriceView }): ReactNode {
  const { price, asset } = row;
  if (price.state === 'safe') return null;
  const ends =
    price.grace_ends_at === null ? null : (
      <>
        {' '}
        The grace ends <Time at={price.grace_ends_at} />.
      </>
    );
  return (
    <Notice
      kind={price.state === 'stepped' ? 'watch' : 'breach'}
      title={`The price of ${asset.symbol} is ${price.state === 'stepped' ? 'stepped' : 'not safe'}`}
    >
      {STATE_MEANING[price.state]}
      {ends}
    </Notice>
  );
}

function Fault({ source, now }: { source: PriceSourceView; now: number }): ReactNode {
  const text = faultText(source, now);
  if (source.fault === 'none' && source.heard_at > 0) {
    return <>counts{source.stepped === true ? <span className="tag tag--watch">held back by a step</span> : null}</>;
  }
  return (
    <span className="fault">
      <span className="tag tag--watch">does not count</span> {text}
    </span>
  );
}

/** Width after the point that aligns what sources say. */
function columnOf(row: AssetPriceView): number {
  return columnWidth(
    row.sources.flatMap((source) => source.mid ?? []),
    18,
    { significant: 7 },
  );
}

function Sources({ row, unit, asOf }: { row: AssetPriceView; unit: string; asOf: AsOf }): ReactNode {
  const column = columnOf(row);
  return (
    <>
      <Table<PriceSourceView>
        caption={`Sources of the price of ${row.asset.symbol}`}
        rows={row.sources}
        rowKey={(source) => source.address}
        columns={[
          {
            key: 'kind',
            title: 'Source',
            label: '',
            heading: true,
            cell: (source) => (
              <span className="owner">
                <span>{SOURCE_KINDS[source.kind] ?? source.kind}</span> <Address value={source.address} noun="source" />
              </span>
            ),
          },
          {
            key: 'mid',
            title: `Says, ${unit}`,
            number: true,
            cell: (source) =>
              source.mid === null ? (
                <None why="it says nothing, or it is not known" />
              ) : (
                <Price wad={source.mid} significant={7} column={column} />
              ),
          },
          {
            key: 'range',
            title: 'From low to high',
            number: true,
            cell: (source) =>
              source.low === null || source.high === null ? (
                <None why="it says nothing, or it is not known" />
              ) : (
                <>
                  <Price wad={source.low} significant={6} /> to <Price wad={source.high} significant={6} />
                </>
              ),
          },
          {
            key: 'age',
            title: 'Age',
            number: true,
            cell: (source) =>
              source.updated_at === null ? (
                <None why="it says nothing, or it is not known" />
              ) : (
                <>
                  {durationText(Math.max(0, asOf.time - source.updated_at))}{' '}
                  <span className="unit">of {durationText(source.max_age_secs)}</span>
                </>
              ),
          },
          { key: 'counts', title: 'Counts', cell: (source) => <Fault source={source} now={asOf.time} /> },
          {
            key: 'behind',
            title: 'Asks',
            cell: (source) =>
              source.report !== null ? (
                <>
                  {source.report.reports} of {source.report.signers.length} signers, round {source.report.round}
                </>
              ) : source.behind === null ? (
                <None why="it does not say" />
              ) : (
                <Address value={source.behind} noun="contract behind it" />
              ),
          },
        ]}
      />
      <p className="quiet small">
        {row.surveyed
          ? 'Each source was asked at this block; what it says is not stored until somebody pokes.'
          : 'What was last heard of each source, with its age: this server has no node to ask.'}
      </p>
      <RowsOrigin asOf={asOf} source={partSource(row.prices, 'survey(asset)')} />
    </>
  );
}

function FaultTable({ faults, unit }: { faults: readonly PriceFaultView[]; unit: string }): ReactNode {
  if (faults.length === 0) return null;
  return (
    <details className="details">
      <summary>{pluralText(faults.length, 'time')} something was wrong with it</summary>
      <Table
        caption="What was wrong with the price"
        narrow="scroll"
        rows={faults}
        rowKey={(fault) => `${fault.block}-${fault.log_index}`}
        columns={[
          { key: 'time', title: 'Time', heading: true, cell: (fault) => <Time at={fault.time} /> },
          {
            key: 'what',
            title: 'What',
            cell: (fault) =>
              fault.kind === 'unsafe'
                ? 'The price became unsafe: too few sources agreed'
                : `A source did not count: ${FAULTS[fault.fault ?? ''] ?? fault.fault ?? ''}`,
          },
          {
            key: 'mid',
            title: `It said, ${unit}`,
            number: true,
            cell: (fault) => (fault.mid === null ? <None why="nothing that makes sense" /> : <Price wad={fault.mid} />),
          },
          {
            key: 'source',
            title: 'Source',
            cell: (fault) =>
              fault.source === null ? <None why="of all of them" /> : <Address value={fault.source} noun="source" />,
          },
        ]}
      />
    </details>
  );
}

function Series({
  row,
  synthetic,
  asOf,
}: {
  row: AssetPriceView;
  synthetic: Shared['synthetic'];
  asOf: AsOf;
}): ReactNode {
  const [range, setRange] = useState<Range>('day');
  const span = SPANS[range];
  const from = span === null ? undefined : Math.floor((asOf.time - span) / 3_600) * 3_600;
  const query = usePriceSeries(synthetic.address, row.asset.address, INTERVALS[range], from);
  return (
    <div className="stack">
      <div className="section__tools">
        <Segments label="Range" options={RANGES} selected={range} onSelect={setRange} />
        <VaultExports table="price_points" synthetic={synthetic.address} />
      </div>
      <Loaded query={query} what="the chart" rows={1} height={320}>
        {({ points, faults, as_of: at }) =>
          points.length < 2 ? (
            <EmptyState title="Too few prices for a line">Each poke that finds enough sources adds one.</EmptyState>
          ) : (
            <>
              <PriceChart points={points} faults={faults} symbol={row.asset.symbol} unit={synthetic.symbol} />
              <p className="quiet small">
                Solid: the mid that counts for liquidation, in its bounds. Thin: the median of the sources. Beneath: a
                cross where the price became unsafe, a ring where a source was left out.
              </p>
              <div className="under">
                <FaultTable faults={faults} unit={synthetic.symbol} />
                <RowsOrigin asOf={at} source={eventSource(row.prices, 'Priced')} />
              </div>
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function Terms({ row }: { row: AssetPriceView }): ReactNode {
  const { terms } = row;
  return (
    <p className="quiet small">
      A source further than {shareText(terms.max_deviation_wad)} from the median is dropped; low and high are wider by{' '}
      {shareText(terms.deviation_wad)}; the mid moves by at most {shareText(terms.max_step_wad)} in{' '}
      {durationText(terms.step_window_secs)}, faster is stepped; liquidations wait at most{' '}
      {durationText(terms.grace_secs)} once a price is not safe, once a day.
    </p>
  );
}

function Content(shared: Shared): ReactNode {
  const { synthetic } = shared;
  useTitle(`Prices of ${synthetic.symbol}`);
  const query = usePrices(synthetic.address);
  return (
    <div className="page page--token">
      <SyntheticHead
        {...shared}
        title="Prices"
        path="Prices"
        lead="Stored on the chain by whoever pokes, from sources that must agree. Who borrows is counted at the low price, who is liquidated at the mid, who redeems at the high."
      />
      <Loaded query={query} what="prices" rows={6} height={56}>
        {(page) =>
          page.data.length === 0 ? (
            <EmptyState title="No price is kept yet">Prices come with the first market.</EmptyState>
          ) : (
            page.data.map((row) => (
              <Section
                key={`${row.prices}-${row.asset.address}`}
                id={row.asset.symbol}
                title={row.asset.symbol}
                lead={row.asset.name}
              >
                {(near) => (
                  <div className="stack">
                    <Trouble row={row} />
                    <Keys row={row} unit={synthetic.symbol} asOf={page.as_of} />
                    <Sources row={row} unit={synthetic.symbol} asOf={page.as_of} />
                    <Terms row={row} />
                    {near ? <Series row={row} synthetic={synthetic} asOf={page.as_of} /> : null}
                  </div>
                )}
              </Section>
            ))
          )
        }
      </Loaded>
    </div>
  );
}

/** Every price with its bounds, its age, what each source says and why some do not count. */
export default function PricesPage(): ReactNode {
  return <WithSynthetic>{(shared) => <Content key={shared.synthetic.address} {...shared} />}</WithSynthetic>;
}
