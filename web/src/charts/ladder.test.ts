import { describe, expect, it } from 'vitest';
import { fallenAt, moveBps, priceAtStep, rangeOf, SLIDER_STEPS, stepOfPrice, type Rung } from './ladderModel';
import { steppedSpans } from './PriceChart';

const rung = (low: number, high: number, debt: bigint, vaults = 1): Rung => ({ low, high, debt, vaults });
const RUNGS = [rung(1_900, 1_930, 500n, 2), rung(1_500, 1_520, 300n), rung(900, 914, 100n), rung(40, 41, 7n)];

describe('the ladder', () => {
  it('counts what is unhealthy at a price, and what may be', () => {
    expect(fallenAt(RUNGS, 2_000)).toEqual({ debt: 0n, vaults: 0, debtMost: 0n, vaultsMost: 0 });
    expect(fallenAt(RUNGS, 1_910)).toEqual({ debt: 0n, vaults: 0, debtMost: 500n, vaultsMost: 2 });
    expect(fallenAt(RUNGS, 1_900)).toMatchObject({ debt: 500n, debtMost: 500n });
    expect(fallenAt(RUNGS, 1)).toMatchObject({ debt: 907n, vaults: 5 });
  });

  it('never counts less at a lower price', () => {
    let before = -1n;
    for (let price = 2_100; price > 0; price -= 7) {
      const { debt, debtMost } = fallenAt(RUNGS, price);
      expect(debt).toBeGreaterThanOrEqual(before < 0n ? 0n : before);
      expect(debtMost).toBeGreaterThanOrEqual(debt);
      before = debt;
    }
  });

  it('shows every rung near the price and tells of those far below', () => {
    const range = rangeOf(RUNGS, 2_000, [2_050]);
    expect(range.from).toBeLessThan(900);
    expect(range.to).toBeGreaterThan(2_050);
    expect(range.below).toEqual([RUNGS[3]]);
    expect(rangeOf([], 2_000)).toMatchObject({ below: [] });
  });

  it('has a slider whose steps go from end to end', () => {
    const range = rangeOf(RUNGS, 2_000);
    expect(priceAtStep(range, 0)).toBe(range.from);
    expect(priceAtStep(range, SLIDER_STEPS)).toBeCloseTo(range.to);
    for (const step of [0, 17, 200, SLIDER_STEPS]) expect(stepOfPrice(range, priceAtStep(range, step))).toBe(step);
  });

  it('says how far a price is', () => {
    expect(moveBps(1_700, 2_000)).toBe(-1_500);
    expect(moveBps(2_000, 2_000)).toBe(0);
    expect(moveBps(5, 0)).toBe(0);
  });
});

describe('a price over time', () => {
  it('marks the times in which it was held back', () => {
    const at = (time: number, stepped: boolean) => ({ time, stepped });
    expect(steppedSpans([at(1, false), at(2, true), at(3, true), at(4, false), at(5, true)])).toEqual([
      [2, 4],
      [5, 5],
    ]);
    expect(steppedSpans([])).toEqual([]);
  });
});
