import type { ReactNode } from 'react';
import { multipleAt, type Anchor } from '../flows/calc/auction';
import { clockText, dateTimeText, wadNumber } from '../format';
import { linePath, linearScale, type Pixel } from './scale';
import { useWidth } from './useWidth';

const HEIGHT = 200;
const TOP = 32;
const FOOT = HEIGHT - 24;
const STEPS = 120;

/** The multiple as it fell and will fall if nobody buys, with the multiple at which a lot costs what the market asks. */
export function AuctionCurve({
  anchor,
  from,
  to,
  now,
  marketMultiple,
}: {
  anchor: Anchor;
  from: number;
  to: number;
  now: number;
  marketMultiple: number | null;
}): ReactNode {
  const [width, measure] = useWidth(640);
  const at = (time: number) => wadNumber(multipleAt(anchor, Math.floor(time)));
  const high = Math.max(at(from), marketMultiple ?? 0);
  const scale = linearScale(high * 1.05, [FOOT, TOP], 4);
  const left = 40;
  const right = 8;
  const x = (time: number) => left + ((time - from) / Math.max(1, to - from)) * (width - left - right);
  const line = (begin: number, end: number): Pixel[] =>
    Array.from({ length: STEPS + 1 }, (_, step) => {
      const time = begin + ((end - begin) * step) / STEPS;
      return [x(time), scale.place(at(time))];
    });
  const shown = Math.min(Math.max(now, from), to);
  const dot: Pixel = [x(shown), scale.place(at(shown))];
  return (
    <div className="chart__box" ref={measure}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        className="bars"
        aria-label={`The multiple falls from ${at(from).toFixed(3)} at ${dateTimeText(from)} to ${at(to).toFixed(3)} at ${dateTimeText(to)}; now it is ${at(shown).toFixed(3)}`}
      >
        <g className="axis">
          {scale.ticks.map((tick) => (
            <g key={tick}>
              <line
                className={tick === 0 ? 'axis__foot' : 'axis__grid'}
                x1={left}
                x2={width - right}
                y1={scale.place(tick)}
                y2={scale.place(tick)}
              />
              <text x={left - 8} y={scale.place(tick) + 4} textAnchor="end">
                {tick} ×
              </text>
            </g>
          ))}
          <text x={0} y={12}>
            Multiple of the backing
          </text>
          <text x={left} y={HEIGHT - 4}>
            {clockText(from)}
          </text>
          <text x={width - right} y={HEIGHT - 4} textAnchor="end">
            {clockText(to)}
          </text>
        </g>
        <line className="chart__stop" x1={left} x2={width - right} y1={scale.place(1)} y2={scale.place(1)} />
        {marketMultiple === null ? null : (
          <>
            <line
              className="chart__market"
              x1={left}
              x2={width - right}
              y1={scale.place(marketMultiple)}
              y2={scale.place(marketMultiple)}
            />
            <text className="end" x={width - right} y={scale.place(marketMultiple) - 6} textAnchor="end">
              Market price
            </text>
          </>
        )}
        <path className="chart__ahead" d={linePath(line(shown, to))} />
        <path className="chart__floor" d={linePath(line(from, shown))} />
        <circle className="chart__dot chart__dot--floor" cx={dot[0]} cy={dot[1]} r={5} />
      </svg>
    </div>
  );
}
