import { useId, useMemo, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import type { AssetRef, Mark, SeriesPoint } from '../api/types';
import { dateTimeText, premiumText, wadText, zoneOffsetSecs } from '../format';
import { FloorReadout } from './FloorReadout';
import { MarkLane } from './MarkLane';
import {
  layoutFor,
  marketPieces,
  placesOf,
  premiumBps,
  timePlace,
  valueScale,
  withLabels,
  type Layout,
  type Place,
} from './floorChartModel';
import {
  bandPath,
  linePath,
  nearestIndex,
  spreadLabels,
  tickLabels,
  timeTickTexts,
  timeTicks,
  unitText,
  type Pixel,
  type Scale,
  type Spread,
} from './scale';
import { useWidth } from './useWidth';

/** What the chart shows. */
export interface FloorChartProps {
  symbol: string;
  asset: AssetRef;
  assetIndex: number;
  points: readonly SeriesPoint[];
  marks: readonly Mark[];
  assets: readonly AssetRef[];
  spread: Spread;
  /** False where the market prices the whole token and the floor is only one asset's part: no premium is drawn. */
  comparable: boolean;
}

function Axes({
  layout,
  scale,
  x,
  from,
  to,
  unit,
}: {
  layout: Layout;
  scale: Scale;
  x: (time: number) => number;
  from: number;
  to: number;
  unit: string;
}): ReactNode {
  const end = layout.width - layout.right;
  const ticks = timeTicks(from, to, Math.max(2, Math.floor((end - layout.left) / 72)), zoneOffsetSecs(to));
  const times = timeTickTexts(ticks);
  const { texts, exponent } = tickLabels(scale.ticks);
  return (
    <g className="axis" aria-hidden="true">
      {scale.ticks.map((tick, index) => {
        const y = scale.place(tick);
        return (
          <g key={tick}>
            <line className={tick === 0 ? 'axis__foot' : 'axis__grid'} x1={layout.left} x2={end} y1={y} y2={y} />
            <text x={layout.left - 8} y={y + 4} textAnchor="end">
              {texts[index]}
            </text>
          </g>
        );
      })}
      <text className="axis__unit" x={0} y={12}>
        {unitText(unit, exponent)}
      </text>
      <line className="axis__foot" x1={layout.left} x2={end} y1={layout.foot} y2={layout.foot} />
      {ticks.map((tick, index) => (
        <g key={tick}>
          <line className="axis__tick" x1={x(tick)} x2={x(tick)} y1={layout.foot} y2={layout.foot + 4} />
          <text x={Math.min(Math.max(x(tick), layout.left + 16), end - 16)} y={layout.height - 4} textAnchor="middle">
            {times[index]}
          </text>
        </g>
      ))}
    </g>
  );
}

interface EndLabel {
  key: string;
  at: number;
  name: string;
  value: string;
  className: string;
}

/** Names each line at its end, so that no legend is needed. */
function EndLabels({
  layout,
  last,
  point,
  index,
  scale,
  comparable,
}: {
  layout: Layout;
  last: Place;
  point: SeriesPoint;
  index: number;
  scale: Scale;
  comparable: boolean;
}): ReactNode {
  const floorAt = scale.place(last.floor);
  const labels: EndLabel[] = [
    {
      key: 'floor',
      at: floorAt,
      name: 'Floor',
      value: wadText(BigInt(point.floor_wad[index] ?? '0'), { significant: 4 }),
      className: 'end end--floor',
    },
  ];
  if (last.market !== null && point.market !== null) {
    const marketAt = scale.place(last.market);
    labels.push({
      key: 'market',
      at: marketAt,
      name: 'Market',
      value: wadText(BigInt(point.market.close), { significant: 4 }),
      className: 'end end--market',
    });
    const premium = comparable ? premiumBps(point, index) : null;
    if (premium !== null && Math.abs(marketAt - floorAt) > 72) {
      labels.push({
        key: 'premium',
        at: (floorAt + marketAt) / 2,
        name: premium < 0 ? 'Discount' : 'Premium',
        value: premiumText(premium),
        className: 'end',
      });
    }
  }
  const placed = spreadLabels(
    labels.map((label) => label.at),
    36,
    layout.top + 8,
    layout.foot - 8,
  );
  const left = layout.width - layout.right + 8;
  return (
    <g aria-hidden="true">
      {labels.map((label, order) => (
        <text key={label.key} className={label.className} x={left} y={(placed[order] ?? 0) - 2}>
          <tspan className="end__name" x={left}>
            {label.name}
          </tspan>
          <tspan x={left} dy={16}>
            {label.value}
          </tspan>
        </text>
      ))}
    </g>
  );
}

/** On a narrow chart the names stand on the lines instead of beside them. */
function InnerLabels({ layout, last, scale }: { layout: Layout; last: Place; scale: Scale }): ReactNode {
  const end = layout.width - layout.right - 4;
  const floorAt = scale.place(last.floor);
  const marketAt = last.market === null ? null : scale.place(last.market);
  const below = marketAt === null || marketAt <= floorAt;
  return (
    <g aria-hidden="true">
      {marketAt === null ? null : (
        <text
          className="end end--inner"
          x={end}
          y={Math.max(layout.top + 10, below ? marketAt - 10 : marketAt + 20)}
          textAnchor="end"
        >
          Market
        </text>
      )}
      <text
        className="end end--floor end--inner"
        x={end}
        y={Math.min(layout.foot - 8, below ? floorAt + 20 : floorAt - 10)}
        textAnchor="end"
      >
        Floor
      </text>
    </g>
  );
}

function Lines({
  layout,
  places,
  scale,
  x,
  comparable,
  id,
  symbol,
}: {
  layout: Layout;
  places: readonly Place[];
  scale: Scale;
  x: (time: number) => number;
  comparable: boolean;
  id: string;
  symbol: string;
}): ReactNode {
  const floor = places.map((place): Pixel => [x(place.time), scale.place(place.floor)]);
  const foot = places.map((place): Pixel => [x(place.time), layout.foot]);
  const pieces = marketPieces(places, x, scale);
  const room = layout.foot - Math.max(0, ...floor.map(([, y]) => y));
  return (
    <g aria-hidden="true">
      <path className="chart__reserve" d={bandPath(floor, foot)} />
      {comparable
        ? pieces.map((piece, index) => (
            <path key={index} d={bandPath(piece.market, piece.floor)} fill={`url(#${id}-hatch)`} />
          ))
        : null}
      {pieces.map((piece, index) => (
        <path key={index} className="chart__market" d={linePath(piece.market)} />
      ))}
      <path className="chart__floor" d={linePath(floor)} />
      {room > 40 ? (
        <text className="chart__inside" x={layout.left + 12} y={layout.foot - 12}>
          Reserve behind each {symbol.length > 12 ? 'token' : symbol}
        </text>
      ) : null}
    </g>
  );
}

function Crosshair({
  layout,
  place,
  scale,
  x,
}: {
  layout: Layout;
  place: Place;
  scale: Scale;
  x: (time: number) => number;
}): ReactNode {
  const at = x(place.time);
  return (
    <g aria-hidden="true">
      <line className="chart__cross" x1={at} x2={at} y1={layout.top} y2={layout.foot} />
      <circle className="chart__dot chart__dot--floor" cx={at} cy={scale.place(place.floor)} r={4} />
      {place.market === null ? null : <circle className="chart__dot" cx={at} cy={scale.place(place.market)} r={3.5} />}
    </g>
  );
}

function spoken(point: SeriesPoint, index: number, unit: string, comparable: boolean): string {
  const premium = comparable ? premiumBps(point, index) : null;
  const market = point.market === null ? 'no market' : `market ${wadText(BigInt(point.market.close))} ${unit}`;
  const above = premium === null ? '' : `, ${premium < 0 ? 'discount' : 'premium'} ${premiumText(premium)}`;
  return `${dateTimeText(point.time)}: floor ${wadText(BigInt(point.floor_wad[index] ?? '0'))} ${unit}, ${market}${above}`;
}

function nextCursor(key: string, shift: boolean, now: number, count: number): number | null | undefined {
  const step = shift ? 10 : 1;
  const moves: Record<string, number | null> = {
    ArrowLeft: Math.max(0, now - step),
    ArrowRight: Math.min(count - 1, now + step),
    Home: 0,
    End: count - 1,
    Escape: null,
  };
  return moves[key];
}

/**
 * Floor as a solid line with the reserve filled beneath it, market as a thin line, the premium between them hatched,
 * and events as marks on the time axis.
 */
export function FloorChart(props: FloorChartProps): ReactNode {
  const { points, assetIndex, asset, symbol, spread, comparable } = props;
  const id = useId().replace(/[^a-zA-Z0-9]/g, '');
  const [width, measure] = useWidth(960);
  const [cursor, setCursor] = useState<number | null>(null);
  const [said, setSaid] = useState('');
  const places = useMemo(() => placesOf(points, assetIndex), [points, assetIndex]);
  const times = useMemo(() => places.map((place) => place.time), [places]);
  const first = places[0];
  const last = places.at(-1);
  const lastPoint = points.at(-1);
  if (first === undefined || last === undefined || lastPoint === undefined) return null;
  const base = layoutFor(width);
  const scale = valueScale(places, base, spread, true);
  const layout = withLabels(base, tickLabels(scale.ticks).texts);
  const x = timePlace(layout, first.time, last.time);
  const at = cursor === null ? null : Math.min(cursor, points.length - 1);
  const place = at === null ? undefined : places[at];
  const move = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left - layout.left) / (layout.width - layout.right - layout.left);
    setCursor(nearestIndex(times, first.time + Math.min(1, Math.max(0, share)) * (last.time - first.time)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextCursor(event.key, event.shiftKey, at ?? points.length - 1, points.length);
    if (next === undefined) return;
    event.preventDefault();
    setCursor(next);
    const point = next === null ? undefined : points[next];
    setSaid(point === undefined ? '' : spoken(point, assetIndex, asset.symbol, comparable));
  };
  return (
    <div className="chart">
      <FloorReadout
        point={points[at ?? points.length - 1] ?? lastPoint}
        now={at === null}
        index={assetIndex}
        asset={asset}
        comparable={comparable}
      />
      <div className="chart__box" ref={measure}>
        {/* The rule does not know that an application handles its own keys and pointer. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <div
          className="chart__plot"
          role="application"
          tabIndex={0}
          aria-label={`Floor and market price of ${symbol} over time. ${spoken(lastPoint, assetIndex, asset.symbol, comparable)}. Left and right arrows read out values, Escape ends.`}
          onKeyDown={onKeyDown}
          onBlur={() => setCursor(null)}
          onPointerMove={move}
          onPointerDown={move}
          onPointerLeave={() => setCursor(null)}
        >
          <svg
            width={layout.width}
            height={layout.height}
            viewBox={`0 0 ${layout.width} ${layout.height}`}
            aria-hidden="true"
          >
            <defs>
              <pattern
                id={`${id}-hatch`}
                width="6"
                height="6"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
              >
                <line className="chart__hatch" x1="0" y1="0" x2="0" y2="6" />
              </pattern>
            </defs>
            <Axes
              layout={layout}
              scale={scale}
              x={x}
              from={first.time}
              to={last.time}
              unit={`${asset.symbol} per token${spread === 'log' ? ', log scale that does not begin at zero' : ''}`}
            />
            <Lines
              layout={layout}
              places={places}
              scale={scale}
              x={x}
              comparable={comparable}
              id={id}
              symbol={symbol}
            />
            {layout.right > 64 ? (
              <EndLabels
                layout={layout}
                last={last}
                point={lastPoint}
                index={assetIndex}
                scale={scale}
                comparable={comparable}
              />
            ) : (
              <InnerLabels layout={layout} last={last} scale={scale} />
            )}
            {place === undefined ? null : <Crosshair layout={layout} place={place} scale={scale} x={x} />}
          </svg>
        </div>
        <MarkLane
          marks={props.marks}
          layout={layout}
          x={x}
          from={first.time}
          to={last.time}
          symbol={symbol}
          assets={props.assets}
        />
      </div>
      <div className="visually-hidden" aria-live="polite">
        {said}
      </div>
    </div>
  );
}
