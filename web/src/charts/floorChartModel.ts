import type { Mark, MarkKind, SeriesPoint } from '../api/types';
import { overBps, wadNumber } from '../format';
import { linearScale, logScale, type Pixel, type Scale, type Spread } from './scale';

/** A point in time as floats, for placing only; what is read out comes from the exact strings. */
export interface Place {
  time: number;
  floor: number;
  market: number | null;
}

/** Where everything of the chart lies, in CSS pixels. */
export interface Layout {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  /** Foot of the plot; the lane of events and the labels of time lie below it. */
  foot: number;
}

/** The chart's measures for a width; labels of the lines stand to the right where there is room for them. */
export function layoutFor(width: number): Layout {
  const narrow = width < 640;
  const height = narrow ? 320 : 416;
  return { width, height, left: 0, right: narrow ? 4 : 136, top: 24, foot: height - 56 };
}

/** The layout with room on the left for the longest of the labels. */
export function withLabels(layout: Layout, labels: readonly string[]): Layout {
  return { ...layout, left: 12 + Math.ceil(Math.max(0, ...labels.map((label) => label.length)) * 6.6) };
}

/** The series as floats for the asset at `index`. */
export function placesOf(points: readonly SeriesPoint[], index: number): Place[] {
  return points.map((point) => ({
    time: point.time,
    floor: wadNumber(point.floor_wad[index] ?? '0'),
    market: point.market === null ? null : wadNumber(point.market.close),
  }));
}

/** Scale of the values: from zero, or by logarithm between the least and the greatest. */
export function valueScale(places: readonly Place[], layout: Layout, spread: Spread, withMarket: boolean): Scale {
  const values = places.flatMap((place) =>
    withMarket && place.market !== null ? [place.floor, place.market] : [place.floor],
  );
  const above = values.filter((value) => value > 0);
  const pixels = [layout.foot, layout.top] as const;
  const high = above.length === 0 ? 0 : Math.max(...above);
  if (spread === 'log' && above.length > 0) return logScale(Math.min(...above), high, pixels, 5);
  return linearScale(high * 1.04, pixels, 5);
}

/** Pixel along the time axis. */
export function timePlace(layout: Layout, from: number, to: number): (time: number) => number {
  const span = Math.max(1, to - from);
  return (time) => layout.left + ((time - from) / span) * (layout.width - layout.right - layout.left);
}

/** Pieces of the market's line, broken where there was no market. */
export function marketPieces(
  places: readonly Place[],
  x: (time: number) => number,
  y: Scale,
): { market: Pixel[]; floor: Pixel[] }[] {
  const pieces: { market: Pixel[]; floor: Pixel[] }[] = [];
  let open = false;
  for (const place of places) {
    if (place.market === null) {
      open = false;
      continue;
    }
    if (!open) pieces.push({ market: [], floor: [] });
    open = true;
    pieces.at(-1)?.market.push([x(place.time), y.place(place.market)]);
    pieces.at(-1)?.floor.push([x(place.time), y.place(place.floor)]);
  }
  return pieces;
}

/** Events that lie so close on the axis that they share a mark. */
export interface MarkGroup {
  x: number;
  marks: Mark[];
  /** The kind that decides about the sign: the rarest and gravest. */
  kind: MarkKind;
}

const GRAVITY: readonly MarkKind[] = [
  'default',
  'pause',
  'fee_change',
  'launch',
  'burn',
  'redemption',
  'donation',
  'auction',
  'loan',
];

/** Groups marks that would lie closer than `gap` pixels. */
export function groupMarks(marks: readonly Mark[], x: (time: number) => number, gap: number): MarkGroup[] {
  const groups: MarkGroup[] = [];
  for (const mark of [...marks].sort((one, other) => one.time - other.time)) {
    const at = x(mark.time);
    const last = groups.at(-1);
    if (last !== undefined && at - last.x < gap) {
      last.marks.push(mark);
      if (GRAVITY.indexOf(mark.kind) < GRAVITY.indexOf(last.kind)) last.kind = mark.kind;
    } else {
      groups.push({ x: at, marks: [mark], kind: mark.kind });
    }
  }
  return groups;
}

/** What happened, in words. */
export const MARK_NAMES: Record<MarkKind, readonly [string, string]> = {
  launch: ['Launch', 'launches'],
  burn: ['Burn', 'burns'],
  auction: ['Auction sale', 'auction sales'],
  default: ['Default', 'defaults'],
  fee_change: ['Fee change', 'fee changes'],
  pause: ['Pause', 'pauses'],
  loan: ['Loan', 'loans'],
  redemption: ['Redemption', 'redemptions'],
  donation: ['Donation', 'donations'],
};

/** Market over floor less one in basis points, or null without a market or a floor. */
export function premiumBps(point: SeriesPoint, index: number): number | null {
  if (point.market === null) return null;
  return overBps(BigInt(point.market.close), BigInt(point.floor_wad[index] ?? '0'));
}
