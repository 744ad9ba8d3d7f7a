import type { ReactNode } from 'react';
import { discountOf, expirySecs, type MarketTerms } from '../flows/calc/vaults';
import { durationText, wadNumber } from '../format';
import { linePath, linearScale, type Pixel } from './scale';
import { useWidth } from './useWidth';

const HEIGHT = 190;
const TOP = 30;
const FOOT = HEIGHT - 24;
const STEPS = 160;
const LEFT = 52;
const RIGHT = 8;

/** The discount of an unhealthy vault over the seconds of its clock: what it was, what it is, what it will be. */
export function DiscountCurve({
  terms,
  debt,
  value,
  elapsed,
  byTimeOnly,
}: {
  terms: MarketTerms;
  debt: bigint;
  value: bigint;
  elapsed: number;
  byTimeOnly: boolean;
}): ReactNode {
  const [width, measure] = useWidth(560);
  const end = Math.min(expirySecs(terms), Math.max(terms.rampSecs * 4, elapsed * 1.5));
  const at = (secs: number) => wadNumber(discountOf(terms, debt, value, Math.floor(secs), byTimeOnly)) * 100;
  const scale = linearScale(Math.max(at(end), at(elapsed), 1) * 1.05, [FOOT, TOP], 4);
  const x = (secs: number) => LEFT + (secs / Math.max(1, end)) * (width - LEFT - RIGHT);
  const line = (from: number, to: number): Pixel[] =>
    Array.from({ length: STEPS + 1 }, (_, step) => {
      const secs = from + ((to - from) * step) / STEPS;
      return [x(secs), scale.place(at(secs))];
    });
  const now = Math.min(elapsed, end);
  return (
    <div className="chart__box" ref={measure}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        className="bars"
        aria-label={`The discount is ${at(now).toFixed(2)} % after ${durationText(now)} of the clock and will be ${at(end).toFixed(2)} % after ${durationText(end)} if nobody takes`}
      >
        <g className="axis">
          {scale.ticks.map((tick) => (
            <g key={tick}>
              <line
                className={tick === 0 ? 'axis__foot' : 'axis__grid'}
                x1={LEFT}
                x2={width - RIGHT}
                y1={scale.place(tick)}
                y2={scale.place(tick)}
              />
              <text x={LEFT - 8} y={scale.place(tick) + 4} textAnchor="end">
                {tick} %
              </text>
            </g>
          ))}
          <text x={0} y={12}>
            Discount to the price
          </text>
          <text x={LEFT} y={HEIGHT - 4}>
            clock starts
          </text>
          <text x={width - RIGHT} y={HEIGHT - 4} textAnchor="end">
            after {durationText(end)}
          </text>
        </g>
        <path className="chart__ahead" d={linePath(line(now, end))} />
        <path className="chart__floor" d={linePath(line(0, now))} />
        <circle className="chart__dot chart__dot--floor" cx={x(now)} cy={scale.place(at(now))} r={5} />
      </svg>
    </div>
  );
}
