import { useId, type PointerEvent, type ReactNode } from 'react';
import { axisText, changeText } from '../format';
import { priceAtStep, rangeOf, SLIDER_STEPS, stepOfPrice, type LadderRange, type Rung } from './ladderModel';
import { linearScale, rangeScale, spreadLabels, tickLabels, unitText, type Scale } from './scale';
import { useWidth } from './useWidth';

const HEIGHT = 328;
const TOP = 56;
const FOOT = HEIGHT - 50;
const RIGHT = 8;

/** A vault that is marked on the ladder. */
export interface LadderMark {
  /** Price under which it is unhealthy, whole synthetics for one whole collateral. */
  readonly price: number;
  readonly name: string;
}

interface LadderProps {
  readonly rungs: readonly Rung[];
  /** Price now; whole synthetics for one whole collateral. */
  readonly price: number;
  /** The price that is tried; the one now unless it was moved. */
  readonly tried: number;
  readonly onTry: (price: number) => void;
  readonly marks: readonly LadderMark[];
  /** Symbols. */
  readonly collateral: string;
  readonly synthetic: string;
  /** What the chart says, for who does not see it. */
  readonly label: string;
  /** What the slider says of the price that is tried. */
  readonly said: string;
}

function Bars({
  rungs,
  tried,
  x,
  y,
  hatch,
}: {
  rungs: readonly Rung[];
  tried: number;
  x: Scale;
  y: Scale;
  hatch: string;
}) {
  return rungs.map((rung) => {
    const [left, right] = [x.place(rung.low), x.place(rung.high)];
    const top = Math.min(y.place(Number(rung.debt) / 1e18), FOOT - 1);
    const box = { x: left + 0.5, y: top, width: Math.max(1, right - left - 1), height: FOOT - top };
    const fallen = rung.high > tried;
    return (
      <g key={rung.low}>
        <rect className={fallen ? 'ladder__bar ladder__bar--fallen' : 'ladder__bar'} {...box} />
        {fallen ? <rect fill={`url(#${hatch})`} {...box} /> : null}
      </g>
    );
  });
}

function Axes({
  range,
  x,
  y,
  left,
  width,
  synthetic,
  collateral,
}: {
  range: LadderRange;
  x: Scale;
  y: Scale;
  left: number;
  width: number;
  synthetic: string;
  collateral: string;
}): ReactNode {
  const { texts, exponent } = tickLabels(y.ticks);
  const prices = x.ticks.filter((tick) => tick >= range.from && tick <= range.to);
  return (
    <g className="axis">
      {y.ticks.map((tick, index) => (
        <g key={tick}>
          <line
            className={tick === 0 ? 'axis__foot' : 'axis__grid'}
            x1={left}
            x2={width - RIGHT}
            y1={y.place(tick)}
            y2={y.place(tick)}
          />
          <text x={left - 8} y={y.place(tick) + 4} textAnchor="end">
            {texts[index]}
          </text>
        </g>
      ))}
      <text x={0} y={12}>
        Debt, {unitText(synthetic, exponent)}
      </text>
      {prices.map((tick) => (
        <text key={tick} x={Math.min(Math.max(x.place(tick), left + 16), width - 24)} y={FOOT + 22} textAnchor="middle">
          {axisText(tick, 5)}
        </text>
      ))}
      <text x={width - RIGHT} y={HEIGHT - 4} textAnchor="end">
        price at which vaults become unhealthy, {synthetic} per {collateral}
      </text>
    </g>
  );
}

/** Which side of the tried price is which, in words inside the chart. */
function Sides({ at, left, width }: { at: number; left: number; width: number }): ReactNode {
  return (
    <g className="ladder__sides" aria-hidden="true">
      {at - left < 110 ? null : (
        <text x={at - 10} y={TOP + 10} textAnchor="end">
          ← healthy
        </text>
      )}
      {width - at < 96 ? null : (
        <text x={at + 10} y={TOP + 10}>
          unhealthy →
        </text>
      )}
    </g>
  );
}

/** Vertical lines with a name above: the price now, the one tried, and marked vaults. */
function Marks({ props, x, left, width }: { props: LadderProps; x: Scale; left: number; width: number }): ReactNode {
  const { price, tried, marks } = props;
  const moved = Math.abs(tried - price) > price * 1e-9;
  const lines = [
    { at: price, name: `now ${axisText(price, 6)}`, kind: 'now' },
    ...(moved ? [{ at: tried, name: `if ${axisText(tried, 5)}`, kind: 'tried' }] : []),
    ...marks.map((mark) => ({ at: mark.price, name: `${mark.name} ${axisText(mark.price, 5)}`, kind: 'own' })),
  ];
  const tops = spreadLabels(
    lines.map((_, index) => 26 + index * 0.01),
    13,
    26,
    TOP - 4,
  );
  return (
    <g>
      {lines.map((line, index) => {
        const at = x.place(line.at);
        const late = at > width - 130;
        const top = tops[index] ?? 26;
        return (
          <g key={line.kind + line.name}>
            <line className={`ladder__line ladder__line--${line.kind}`} x1={at} x2={at} y1={top - 8} y2={FOOT} />
            {line.kind === 'own' ? (
              <path className="ladder__own" d={`M${at} ${FOOT + 1}l-5 8h10z`} />
            ) : line.kind === 'tried' ? (
              <circle className="ladder__grip" cx={at} cy={FOOT} r={6} />
            ) : null}
            <text
              className={`end end--inner ladder__name--${line.kind}`}
              x={late ? at - 5 : Math.max(at + 5, left + 2)}
              y={top}
              textAnchor={late ? 'end' : 'start'}
            >
              {line.name}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/**
 * Debt by the price at which its vaults become unhealthy, with the price now and a price to try: what stands right of
 * it is unhealthy there, hatched. The price is moved on the chart or by the slider beneath, which keys move too.
 */
export function Ladder(props: LadderProps): ReactNode {
  const { rungs, price, tried, onTry, marks, collateral, synthetic } = props;
  const id = useId().replace(/[^a-zA-Z0-9]/g, '');
  const [width, measure] = useWidth(960);
  const range = rangeOf(
    rungs,
    price,
    marks.map((mark) => mark.price),
  );
  const drawn = rungs.filter((rung) => rung.low >= range.from);
  const high = Math.max(0, ...drawn.map((rung) => Number(rung.debt) / 1e18));
  const y = linearScale(high, [FOOT, TOP], 4);
  const left = 12 + Math.ceil(Math.max(...tickLabels(y.ticks).texts.map((text) => text.length)) * 6.6);
  const x = rangeScale(range.from, range.to, [left, width - RIGHT], Math.max(3, Math.floor((width - left) / 90)));
  const move = (event: PointerEvent<HTMLElement>) => {
    if (event.type === 'pointermove' && event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const wanted = x.value(event.clientX - box.left);
    onTry(Math.min(range.to, Math.max(range.from, wanted)));
  };
  return (
    <div className="ladder">
      {/* The slider beneath does the same by keys. */}
      <div className="chart__box ladder__plot" ref={measure} onPointerDown={move} onPointerMove={move}>
        <svg width={width} height={HEIGHT} role="img" aria-label={props.label} className="bars">
          <defs>
            <pattern
              id={`${id}-hatch`}
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <line className="ladder__hatch" x1="0" y1="0" x2="0" y2="6" />
            </pattern>
          </defs>
          <Axes {...{ range, x, y, left, width, synthetic, collateral }} />
          <Bars rungs={drawn} tried={tried} x={x} y={y} hatch={`${id}-hatch`} />
          <Sides at={x.place(tried)} left={left} width={width} />
          <Marks props={props} x={x} left={left} width={width} />
        </svg>
      </div>
      <label className="ladder__slider" style={{ paddingLeft: left, paddingRight: RIGHT }}>
        <span className="visually-hidden">Price of {collateral} to try</span>
        <input
          type="range"
          min={0}
          max={SLIDER_STEPS}
          value={stepOfPrice(range, tried)}
          aria-valuetext={props.said}
          onChange={(event) => onTry(priceAtStep(range, Number(event.target.value)))}
        />
      </label>
      {range.below.length === 0 ? null : (
        <p className="quiet small">
          {range.below.reduce((count, rung) => count + rung.vaults, 0)} vaults lie left of what is drawn: they become
          unhealthy only after a fall of more than {changeText(-7_500).replace('−', '')}.
        </p>
      )}
    </div>
  );
}
