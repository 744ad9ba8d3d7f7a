import { useState, type ReactNode } from 'react';
import { dateText, dateTimeText, zoneOffsetSecs } from '../format';
import { linearScale, tickLabels, timeTickTexts, timeTicks, unitText } from './scale';
import { useWidth } from './useWidth';

/** One bar: when its period starts, and its pieces from below to above. */
export interface StackedBar {
  starts: number;
  pieces: { key: string; value: number; text: string }[];
}

const HEIGHT = 240;
const TOP = 32;
const FOOT = HEIGHT - 24;
/** Piece fills run from the accent to the palest ink; further keys share the last. */
const FILLS = 7;

/** Class of the fill of the key at `index`. */
export function fillClass(index: number): string {
  return `fill-${Math.min(index, FILLS - 1)}`;
}

/** Bars over time from zero, each piece filled by the order of `keys`; the same is told by a table beside it. */
export function StackedBars({
  bars,
  keys,
  period,
  from,
  to,
  unit,
  label,
  highlighted,
  plain = false,
  marker,
}: {
  bars: readonly StackedBar[];
  keys: readonly string[];
  period: number;
  from: number;
  to: number;
  unit: string;
  label: string;
  highlighted?: string | null;
  /** One fill for all pieces, where they are not kinds of their own. */
  plain?: boolean;
  /** A moment to mark on the axis. */
  marker?: { at: number; name: string };
}): ReactNode {
  const [width, measure] = useWidth(960);
  const [over, setOver] = useState<number | null>(null);
  const sum = (bar: StackedBar) => bar.pieces.reduce((total, piece) => total + piece.value, 0);
  const high = Math.max(0, ...bars.map(sum));
  const scale = linearScale(high, [FOOT, TOP], 4);
  const left = 12 + Math.ceil(Math.max(...tickLabels(scale.ticks).texts.map((text) => text.length)) * 6.6);
  const end = from + Math.max(1, Math.ceil((to - from) / period)) * period;
  const x = (time: number) => left + ((time - from) / (end - from)) * (width - left);
  const bar = Math.max(1, Math.min(48, (period / (end - from)) * (width - left) - 2));
  const { texts, exponent } = tickLabels(scale.ticks);
  const times = timeTicks(from, end, Math.max(2, Math.floor((width - left) / 72)), zoneOffsetSecs(to));
  const timeTexts = timeTickTexts(times);
  const shown = over === null ? undefined : bars[over];
  return (
    <div className="chart__box" ref={measure}>
      <svg width={width} height={HEIGHT} role="img" aria-label={label} className="bars">
        <g className="axis">
          {scale.ticks.map((tick, index) => (
            <g key={tick}>
              <line
                className={tick === 0 ? 'axis__foot' : 'axis__grid'}
                x1={left}
                x2={width}
                y1={scale.place(tick)}
                y2={scale.place(tick)}
              />
              <text x={left - 8} y={scale.place(tick) + 4} textAnchor="end">
                {texts[index]}
              </text>
            </g>
          ))}
          <text x={0} y={10}>
            {unitText(unit, exponent)}
          </text>
          {times.map((tick, index) => (
            <text key={tick} x={Math.min(Math.max(x(tick), left + 20), width - 20)} y={HEIGHT - 4} textAnchor="middle">
              {timeTexts[index]}
            </text>
          ))}
        </g>
        {bars.map((each, index) => {
          let foot = FOOT;
          return (
            <g key={each.starts} onPointerEnter={() => setOver(index)} onPointerLeave={() => setOver(null)}>
              <rect x={x(each.starts)} y={TOP} width={bar + 2} height={FOOT - TOP} fill="transparent" />
              {keys.map((key, order) => {
                const value = each.pieces.find((piece) => piece.key === key)?.value ?? 0;
                if (value <= 0) return null;
                const tall = FOOT - scale.place(value);
                foot -= tall;
                const dimmed = highlighted !== null && highlighted !== undefined && highlighted !== key;
                return (
                  <rect
                    key={key}
                    className={`${fillClass(plain ? 0 : order)}${dimmed ? ' bars__dimmed' : ''}`}
                    x={x(each.starts) + 1}
                    y={foot}
                    width={bar}
                    height={Math.max(tall, 0.5)}
                  />
                );
              })}
            </g>
          );
        })}
        {marker === undefined ? null : (
          <g>
            <line className="chart__cross" x1={x(marker.at)} x2={x(marker.at)} y1={TOP} y2={FOOT} />
            <text className="end" x={x(marker.at) + 4} y={TOP + 10}>
              {marker.name}
            </text>
          </g>
        )}
      </svg>
      {shown === undefined ? null : (
        <div
          className="note"
          style={{ left: Math.min(Math.max(0, x(shown.starts) - 120), Math.max(0, width - 260)), top: TOP, width: 260 }}
        >
          <strong>{period < 86_400 ? dateTimeText(shown.starts) : dateText(shown.starts)}</strong>
          {shown.pieces.map((piece) => (
            <div key={piece.key} className="note__row">
              <span>{piece.key}</span>
              <span>{piece.text}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
