import type { RungView } from '../api/vaultTypes';
import { wadNumber } from '../format';

/** Debt whose vaults become unhealthy between two prices. */
export interface Rung {
  /** Lower and upper end, whole synthetics for one whole collateral. */
  readonly low: number;
  readonly high: number;
  readonly debt: bigint;
  readonly vaults: number;
}

/** What would be unhealthy at a price. */
export interface Fallen {
  /** Debt of the rungs that lie wholly above the price, base units. */
  readonly debt: bigint;
  readonly vaults: number;
  /** With the rung that the price lies in: some of its vaults are unhealthy, some are not. */
  readonly debtMost: bigint;
  readonly vaultsMost: number;
}

export function rungsOf(rows: readonly RungView[]): Rung[] {
  return rows.map((row) => ({
    low: wadNumber(row.price_low),
    high: wadNumber(row.price),
    debt: BigInt(row.debt),
    vaults: row.vaults,
  }));
}

/** Sums the debt that is unhealthy where the price is `price`. */
export function fallenAt(rungs: readonly Rung[], price: number): Fallen {
  const sum = (chosen: readonly Rung[]) => chosen.reduce((total, rung) => total + rung.debt, 0n);
  const count = (chosen: readonly Rung[]) => chosen.reduce((total, rung) => total + rung.vaults, 0);
  const whole = rungs.filter((rung) => rung.low >= price);
  const most = rungs.filter((rung) => rung.high > price);
  return { debt: sum(whole), vaults: count(whole), debtMost: sum(most), vaultsMost: count(most) };
}

/** The prices that the ladder shows, and what lies further down. */
export interface LadderRange {
  readonly from: number;
  readonly to: number;
  /** Rungs that begin under `from`. */
  readonly below: readonly Rung[];
}

/** Share of the price under which rungs are told in words and not drawn. */
const DRAWN_SHARE = 0.25;
/** Room beside the highest and lowest. */
const ROOM = 0.04;

/** From the lowest rung worth drawing to a little above the price and the highest rung; `marks` are kept in view. */
export function rangeOf(rungs: readonly Rung[], price: number, marks: readonly number[] = []): LadderRange {
  const drawn = rungs.filter((rung) => rung.low >= price * DRAWN_SHARE);
  const all = [price, ...marks, ...drawn.flatMap((rung) => [rung.low, rung.high])];
  const low = Math.min(price * 0.7, ...all);
  const high = Math.max(price * 1.02, ...all);
  const from = Math.max(0, low - (high - low) * ROOM);
  return { from, to: high + (high - low) * ROOM, below: rungs.filter((rung) => rung.low < from) };
}

/** How far `price` is from the one now, in basis points; below zero where it is lower. */
export function moveBps(price: number, now: number): number {
  return now === 0 ? 0 : Math.trunc((price / now - 1) * 10_000);
}

/** Steps of the slider between the ends of the chart. */
export const SLIDER_STEPS = 400;

/** The price at a step of the slider. */
export function priceAtStep(range: Pick<LadderRange, 'from' | 'to'>, step: number): number {
  return range.from + ((range.to - range.from) * step) / SLIDER_STEPS;
}

/** The step of the slider that lies nearest to a price. */
export function stepOfPrice(range: Pick<LadderRange, 'from' | 'to'>, price: number): number {
  const share = (price - range.from) / (range.to - range.from);
  return Math.min(SLIDER_STEPS, Math.max(0, Math.round(share * SLIDER_STEPS)));
}
