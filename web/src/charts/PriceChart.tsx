import { useMemo, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import type { PriceFaultView, PricePoint } from '../api/vaultTypes';
import { axisText, dateTimeText, wadNumber, wadText, zoneOffsetSecs } from '../format';
import { bandPath, linePath, nearestIndex, rangeScale, tickLabels, timeTickTexts, timeTicks, unitText } from './scale';
import type { Pixel, Scale } from './scale';
import { useWidth } from './useWidth';

const HEIGHT = 320;
const TOP = 32;
const FOOT = HEIGHT - 44;
const RIGHT = 8;

interface Place {
  readonly time: number;
  readonly low: number;
  readonly mid: number;
  readonly high: number;
  readonly median: number;
  readonly stepped: boolean;
}

function placesOf(points: readonly PricePoint[]): Place[] {
  return points.map((point) => ({
    time: point.time,
    low: wadNumber(point.low),
    mid: wadNumber(point.mid),
    high: wadNumber(point.high),
    median: wadNumber(point.median),
    stepped: point.stepped,
  }));
}

/** Stretches of time in which the price was held back by a step. */
export function steppedSpans(places: readonly Pick<Place, 'time' | 'stepped'>[]): [number, number][] {
  const spans: [number, number][] = [];
  let from: number | null = null;
  places.forEach((place, index) => {
    if (place.stepped && from === null) from = place.time;
    const last = index === places.length - 1;
    if (from !== null && (!place.stepped || last)) {
      spans.push([from, place.time]);
      from = null;
    }
  });
  return spans;
}

function pointText(point: PricePoint, unit: string): string {
  const text = (wad: string) => wadText(BigInt(wad), { significant: 6 });
  const held = point.stepped ? ', held back by a step' : '';
  return `${dateTimeText(point.time)}: ${text(point.mid)} ${unit}, bounds ${text(point.low)} to ${text(point.high)}${held}`;
}

function Axes({
  y,
  x,
  from,
  to,
  left,
  width,
  unit,
}: {
  y: Scale;
  x: (time: number) => number;
  from: number;
  to: number;
  left: number;
  width: number;
  unit: string;
}): ReactNode {
  const { texts, exponent } = tickLabels(y.ticks);
  const times = timeTicks(from, to, Math.max(2, Math.floor((width - left) / 90)), zoneOffsetSecs(to));
  const timeTexts = timeTickTexts(times);
  return (
    <g className="axis">
      {y.ticks.map((tick, index) => (
        <g key={tick}>
          <line className="axis__grid" x1={left} x2={width - RIGHT} y1={y.place(tick)} y2={y.place(tick)} />
          <text x={left - 8} y={y.place(tick) + 4} textAnchor="end">
            {texts[index]}
          </text>
        </g>
      ))}
      <line className="axis__foot" x1={left} x2={width - RIGHT} y1={FOOT} y2={FOOT} />
      <text x={0} y={12}>
        {unitText(unit, exponent)}, axis does not begin at zero
      </text>
      {times.map((tick, index) => (
        <text key={tick} x={Math.min(Math.max(x(tick), left + 20), width - 24)} y={FOOT + 18} textAnchor="middle">
          {timeTexts[index]}
        </text>
      ))}
    </g>
  );
}

/** What went wrong, as signs under the axis: a cross where the price became unsafe, a ring where a source was left out. */
function Faults({
  faults,
  x,
  from,
  to,
}: {
  faults: readonly PriceFaultView[];
  x: (time: number) => number;
  from: number;
  to: number;
}) {
  return (
    <g className="price-faults">
      {faults
        .filter((fault) => fault.time >= from && fault.time <= to)
        .map((fault) => {
          const at = x(fault.time);
          const low = HEIGHT - 12;
          return fault.kind === 'unsafe' ? (
            <path key={`${fault.block}-${fault.log_index}`} d={`M${at - 4} ${low - 4}l8 8m0 -8l-8 8`} />
          ) : (
            <circle key={`${fault.block}-${fault.log_index}`} cx={at} cy={low} r={4} />
          );
        })}
    </g>
  );
}

/** A stored price over time: mid as the solid line in its bounds, what the sources said as the thin one. */
export function PriceChart({
  points,
  faults,
  symbol,
  unit,
}: {
  points: readonly PricePoint[];
  faults: readonly PriceFaultView[];
  symbol: string;
  unit: string;
}): ReactNode {
  const [width, measure] = useWidth(960);
  const [cursor, setCursor] = useState<number | null>(null);
  const places = useMemo(() => placesOf(points), [points]);
  const times = useMemo(() => places.map((place) => place.time), [places]);
  const [first, last] = [places[0], places.at(-1)];
  const newest = points.at(-1);
  if (first === undefined || last === undefined || newest === undefined) return null;
  const lows = Math.min(...places.map((place) => Math.min(place.low, place.median)));
  const highs = Math.max(...places.map((place) => Math.max(place.high, place.median)));
  const room = (highs - lows) * 0.05;
  const y = rangeScale(Math.max(0, lows - room), highs + room, [FOOT, TOP], 5);
  const left = 12 + Math.ceil(Math.max(...tickLabels(y.ticks).texts.map((text) => text.length), 2) * 6.6);
  const x = (time: number) =>
    left + ((time - first.time) / Math.max(1, last.time - first.time)) * (width - left - RIGHT);
  // What is stored stays until the next poke, so each line runs level and then steps.
  const line = (key: 'low' | 'mid' | 'high' | 'median'): Pixel[] =>
    places.flatMap((place, index): Pixel[] => {
      const before = places[index - 1];
      const here: Pixel = [x(place.time), y.place(place[key])];
      return before === undefined ? [here] : [[here[0], y.place(before[key])], here];
    });
  const shown = cursor === null ? undefined : places[cursor];
  const said = pointText((cursor === null ? undefined : points[cursor]) ?? newest, unit);
  const move = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left - left) / (width - left - RIGHT)));
    setCursor(nearestIndex(times, first.time + share * (last.time - first.time)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const now = cursor ?? points.length - 1;
    const step = event.shiftKey ? 10 : 1;
    const next = {
      ArrowLeft: Math.max(0, now - step),
      ArrowRight: Math.min(points.length - 1, now + step),
      Home: 0,
      End: points.length - 1,
    }[event.key];
    if (event.key === 'Escape') setCursor(null);
    if (next === undefined) return;
    event.preventDefault();
    setCursor(next);
  };
  return (
    <div className="chart">
      <p className="price-said" aria-live="polite">
        <strong>{cursor === null ? 'Now' : 'Then'}</strong> {said}
      </p>
      <div className="chart__box" ref={measure}>
        {/* The rule does not know that an application handles its own keys and pointer. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <div
          className="chart__plot"
          role="application"
          tabIndex={0}
          aria-label={`Price of ${symbol} over time. Left and right arrows read out values, Escape ends.`}
          onKeyDown={onKeyDown}
          onBlur={() => setCursor(null)}
          onPointerMove={move}
          onPointerDown={move}
          onPointerLeave={() => setCursor(null)}
        >
          <svg width={width} height={HEIGHT} aria-hidden="true">
            <Axes
              y={y}
              x={x}
              from={first.time}
              to={last.time}
              left={left}
              width={width}
              unit={`${unit} per ${symbol}`}
            />
            {steppedSpans(places).map(([from, to]) => (
              <g key={from}>
                <rect
                  className="price-stepped"
                  x={x(from)}
                  width={Math.max(2, x(to) - x(from))}
                  y={TOP}
                  height={FOOT - TOP}
                />
                <text className="end" x={Math.min(x(from) + 4, width - 60)} y={TOP + 12}>
                  stepped
                </text>
              </g>
            ))}
            <path className="chart__reserve" d={bandPath(line('low'), line('high'))} />
            <path className="chart__market" d={linePath(line('median'))} />
            <path className="chart__floor" d={linePath(line('mid'))} />
            <Faults faults={faults} x={x} from={first.time} to={last.time} />
            {shown === undefined ? (
              <text className="end end--inner" x={width - RIGHT} y={y.place(last.high) - 8} textAnchor="end">
                {axisText(last.mid, 6)}
              </text>
            ) : (
              <g>
                <line className="chart__cross" x1={x(shown.time)} x2={x(shown.time)} y1={TOP} y2={FOOT} />
                <circle className="chart__dot chart__dot--floor" cx={x(shown.time)} cy={y.place(shown.mid)} r={4} />
              </g>
            )}
          </svg>
        </div>
      </div>
    </div>
  );
}
