import { describe, expect, it } from 'vitest';
import type { Mark, SeriesPoint } from '../api/types';
import { groupMarks, layoutFor, marketPieces, placesOf, premiumBps, timePlace, valueScale } from './floorChartModel';

const WAD = 10n ** 18n;

function point(time: number, floor: bigint, market: bigint | null): SeriesPoint {
  const close = market?.toString();
  return {
    time,
    block: time,
    floor_wad: [floor.toString()],
    market: close === undefined ? null : { open: close, high: close, low: close, close },
    volume_tokens: '0',
    volume_assets: '0',
    trades: 0,
  };
}

const mark = (time: number, kind: Mark['kind']): Mark => ({
  time,
  kind,
  block: time,
  count: 1,
  amount: '0',
  unit: 'token',
  transaction: null,
});

describe('the chart of floor and market', () => {
  const layout = layoutFor(1000);

  it('keeps both lines inside the plot on either scale', () => {
    const places = placesOf([point(0, WAD, 5n * WAD), point(10, 2n * WAD, WAD)], 0);
    for (const spread of ['linear', 'log'] as const) {
      const scale = valueScale(places, layout, spread, true);
      for (const place of places) {
        for (const value of [place.floor, place.market ?? 0]) {
          expect(scale.place(value)).toBeGreaterThanOrEqual(layout.top - 1e-6);
          expect(scale.place(value)).toBeLessThanOrEqual(layout.foot + 1e-6);
        }
      }
    }
  });

  it('breaks the market where there was none instead of bridging it', () => {
    const places = placesOf([point(0, WAD, WAD), point(1, WAD, null), point(2, WAD, WAD)], 0);
    const scale = valueScale(places, layout, 'linear', true);
    expect(marketPieces(places, timePlace(layout, 0, 2), scale)).toHaveLength(2);
  });

  it('draws a token whose floor is zero', () => {
    const places = placesOf([point(0, 0n, null), point(1, 0n, null)], 0);
    expect(valueScale(places, layout, 'log', true).place(0)).toBe(layout.foot);
  });

  it('reads the premium from exact amounts, and a discount as below zero', () => {
    expect(premiumBps(point(0, WAD, (3n * WAD) / 2n), 0)).toBe(5_000);
    expect(premiumBps(point(0, 2n * WAD, WAD), 0)).toBe(-5_000);
    expect(premiumBps(point(0, 0n, WAD), 0)).toBeNull();
    expect(premiumBps(point(0, WAD, null), 0)).toBeNull();
  });

  it('shares one mark among events too close to tell apart, and shows the gravest of them', () => {
    const groups = groupMarks([mark(5, 'auction'), mark(6, 'default'), mark(500, 'burn')], (time) => time, 14);
    expect(groups.map((group) => [group.marks.length, group.kind])).toEqual([
      [2, 'default'],
      [1, 'burn'],
    ]);
  });
});
