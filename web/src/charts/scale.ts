import { axisText, zoned, zoneOffsetSecs } from '../format';

/** Places values along one direction of a chart, in CSS pixels. */
export interface Scale {
  /** Pixel of a value. */
  place: (value: number) => number;
  /** Value at a pixel. */
  value: (pixel: number) => number;
  /** Values that carry a label. */
  ticks: number[];
}

/** How values are spread: evenly, or by their logarithm. */
export type Spread = 'linear' | 'log';

/** The least of 1, 2, 2.5 or 5 times a power of ten that is at least `rough`. */
export function niceStep(rough: number): number {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  const factor = lead <= 1.0000001 ? 1 : lead <= 2.0000001 ? 2 : lead <= 2.5000001 ? 2.5 : lead <= 5.0000001 ? 5 : 10;
  return factor * power;
}

function evenTicks(low: number, high: number, count: number): number[] {
  const step = niceStep((high - low) / count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}

/** An even scale from 0 to `high`: what is filled down to the axis is then as tall as it is large. */
export function linearScale(high: number, pixels: readonly [number, number], count: number): Scale {
  const step = niceStep((high > 0 ? high : 1) / count);
  const top = Math.ceil((high > 0 ? high : 1) / step - 1e-9) * step;
  const [start, end] = pixels;
  return {
    place: (value) => start + (value / top) * (end - start),
    value: (pixel) => ((pixel - start) / (end - start)) * top,
    ticks: evenTicks(0, top, count),
  };
}

/** An even scale between two values, for a direction in which nothing is filled from zero. */
export function rangeScale(low: number, high: number, pixels: readonly [number, number], count: number): Scale {
  const [start, end] = pixels;
  const span = high > low ? high - low : Math.max(Math.abs(low), 1) * 0.01;
  return {
    place: (value) => start + ((value - low) / span) * (end - start),
    value: (pixel) => low + ((pixel - start) / (end - start)) * span,
    ticks: evenTicks(low, low + span, count),
  };
}

function logTicks(low: number, high: number, count: number): number[] {
  const decades = Math.log10(high / low);
  if (decades < 1) return evenTicks(low, high, count).filter((tick) => tick > 0);
  const factors = decades > count ? [1] : decades > count / 2 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  const every = Math.max(1, Math.ceil(decades / count / 2));
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += every) {
    for (const factor of factors) {
      const tick = Number(`${factor}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** A scale by logarithm with a little room at both ends. Values of zero and below lie at its foot. */
export function logScale(low: number, high: number, pixels: readonly [number, number], count: number): Scale {
  const foot = (low > 0 ? low : 1e-30) / 1.15;
  const top = Math.max(high, foot * 1.01) * 1.1;
  const [start, end] = pixels;
  const size = Math.log(top / foot);
  return {
    place: (value) => start + (Math.log(Math.max(value, foot) / foot) / size) * (end - start),
    value: (pixel) => foot * Math.exp(((pixel - start) / (end - start)) * size),
    ticks: logTicks(foot, top, count),
  };
}

const TIME_STEPS = [
  60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000,
  31_536_000,
];

/** Unix seconds for labels between two times, on whole hours and days of the reader's zone. `offset` is seconds east. */
export function timeTicks(from: number, to: number, count: number, offset: number): number[] {
  const rough = Math.max(1, (to - from) / Math.max(1, count));
  const step = TIME_STEPS.find((each) => each >= rough) ?? Math.ceil(rough / 31_536_000) * 31_536_000;
  const ticks: number[] = [];
  for (let tick = Math.ceil((from + offset) / step) * step - offset; tick <= to; tick += step) ticks.push(tick);
  return ticks;
}

const hourText = zoned({ hour: '2-digit', minute: '2-digit', hour12: false });
const dayText = zoned({ day: 'numeric', month: 'short' });
const monthText = zoned({ month: 'short', year: 'numeric' });

/** Labels of ticks in time, as coarse as the steps between them allow; midnight shows its day. */
export function timeTickTexts(ticks: readonly number[]): string[] {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  return ticks.map((tick) => {
    if (step >= 60 * 86_400) return monthText(tick);
    const midnight = (tick + zoneOffsetSecs(tick)) % 86_400 === 0;
    return step >= 86_400 || midnight ? dayText(tick) : hourText(tick);
  });
}

/** Labels of one axis: all with the same digits after the point, and a shared power of ten where zeros would run on. */
export interface TickLabels {
  texts: string[];
  /** Power of ten that every label is to be multiplied with; 0 for none. */
  exponent: number;
}

const PLAIN_DECIMALS_MAX = 6;

/** Digits after the point that the values need, so that none is rounded; below zero for round thousands and more. */
function decimalsOf(values: readonly number[]): number {
  const least = Math.min(...values);
  for (let decimals = -Math.floor(Math.log10(least)); decimals < 40; decimals += 1) {
    const exact = values.every((value) => {
      const shifted = value * 10 ** decimals;
      return Math.abs(shifted - Math.round(shifted)) < 1e-6 * Math.max(1, shifted);
    });
    if (exact) return decimals;
  }
  return 40;
}

/** Labels for the values of an axis. */
export function tickLabels(ticks: readonly number[]): TickLabels {
  const sizes = ticks.filter((tick) => tick > 0);
  if (sizes.length === 0) return { texts: ticks.map(() => '0'), exponent: 0 };
  const finest = -decimalsOf(sizes);
  const largest = Math.floor(Math.log10(Math.max(...sizes)) + 1e-9);
  const wide = finest < -PLAIN_DECIMALS_MAX || largest > 9;
  if (wide && largest - finest > PLAIN_DECIMALS_MAX)
    return { texts: ticks.map((tick) => axisText(tick, 2)), exponent: 0 };
  const exponent = wide ? Math.floor(largest / 3) * 3 : 0;
  const decimals = Math.max(0, exponent - finest);
  const texts = ticks.map((tick) =>
    tick === 0
      ? '0'
      : (tick / 10 ** exponent).toFixed(decimals).replace(/\B(?=(\d{3})+(\.|$))/g, decimals > 0 ? '' : ','),
  );
  return { texts, exponent };
}

/** The unit of an axis with the shared power of ten of its labels. */
export function unitText(unit: string, exponent: number): string {
  if (exponent === 0) return unit;
  const power = [...String(exponent)].map((sign) => (sign === '-' ? '⁻' : ('⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)] ?? ''))).join('');
  return `10${power} ${unit}`;
}

/** A point of a line in pixels. */
export type Pixel = readonly [number, number];

/** SVG path through the points; empty for none. */
export function linePath(points: readonly Pixel[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** SVG path of the area between a line and another one that runs below or above it over the same places. */
export function bandPath(one: readonly Pixel[], other: readonly Pixel[]): string {
  if (one.length === 0) return '';
  return `${linePath(one)}${linePath([...other].reverse()).replace(/^M/, 'L')}Z`;
}

/** Moves labels apart until each has `gap` pixels, keeping their order and staying between `top` and `bottom`. */
export function spreadLabels(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((one, other) => one.at - other.at);
  let least = top;
  for (const label of order) {
    label.at = Math.max(label.at, least);
    least = label.at + gap;
  }
  let most = bottom;
  for (const label of [...order].reverse()) {
    label.at = Math.min(label.at, most);
    most = label.at - gap;
  }
  const placed = new Array<number>(wanted.length).fill(top);
  for (const label of order) placed[label.index] = label.at;
  return placed;
}

/** Index of the time that lies nearest; times ascend. */
export function nearestIndex(times: readonly number[], wanted: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const before = times[low - 1];
  const at = times[low];
  return before !== undefined && at !== undefined && wanted - before < at - wanted ? low - 1 : low;
}
