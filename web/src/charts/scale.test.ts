import { describe, expect, it } from 'vitest';
import { linearScale, logScale, nearestIndex, niceStep, spreadLabels, tickLabels, timeTicks, unitText } from './scale';

describe('a linear axis', () => {
  it('begins at zero, so that what is filled is as tall as it is large', () => {
    const scale = linearScale(7.3, [200, 0], 5);
    expect(scale.place(0)).toBe(200);
    expect(scale.ticks[0]).toBe(0);
    expect(scale.place(2) - scale.place(4)).toBeCloseTo(scale.place(0) - scale.place(2));
  });

  it('keeps the highest value inside', () => {
    for (const high of [1e-12, 0.9999, 1, 3, 7.3, 1e20]) {
      expect(linearScale(high, [200, 0], 5).place(high)).toBeGreaterThanOrEqual(-1e-9);
    }
  });

  it('draws something even for a token without backing', () => {
    expect(linearScale(0, [200, 0], 5).place(0)).toBe(200);
  });

  it('labels round steps', () => {
    expect(niceStep(0.013)).toBeCloseTo(0.02);
    expect(niceStep(3)).toBe(5);
    expect(niceStep(5)).toBe(5);
  });
});

describe('a logarithmic axis', () => {
  it('gives equal ratios equal height', () => {
    const scale = logScale(1, 1000, [300, 0], 5);
    expect(scale.place(1) - scale.place(10)).toBeCloseTo(scale.place(10) - scale.place(100));
    expect(scale.value(scale.place(42))).toBeCloseTo(42);
  });

  it('puts zero at its foot instead of nowhere', () => {
    expect(Number.isFinite(logScale(1, 10, [300, 0], 5).place(0))).toBe(true);
  });

  it('labels several values within one decade as well as over many', () => {
    expect(logScale(1.1, 1.9, [300, 0], 5).ticks.length).toBeGreaterThan(2);
    const wide = logScale(1e-9, 1e3, [300, 0], 5).ticks.length;
    expect(wide).toBeGreaterThan(3);
    expect(wide).toBeLessThan(16);
  });
});

describe('labels of an axis', () => {
  it('carry the same digits after the point', () => {
    expect(tickLabels([0, 0.00005, 0.0001, 0.00015]).texts).toEqual(['0', '0.00005', '0.00010', '0.00015']);
    expect(tickLabels([0, 1000, 2000]).texts).toEqual(['0', '1,000', '2,000']);
    expect(tickLabels([0, 0.5, 1, 1.5])).toEqual({ texts: ['0', '0.5', '1.0', '1.5'], exponent: 0 });
  });

  it('share a power of ten where zeros would run on, and the unit says it', () => {
    const labels = tickLabels([0, 2e-8, 4e-8]);
    expect(labels).toEqual({ texts: ['0', '20', '40'], exponent: -9 });
    expect(unitText('WETH', labels.exponent)).toBe('10⁻⁹ WETH');
    expect(tickLabels([0, 5e12]).exponent).toBe(12);
  });
});

describe('a time axis', () => {
  it('labels whole days of the zone of the reader', () => {
    const ticks = timeTicks(1_000_000, 1_000_000 + 6 * 86_400, 6, 7_200);
    expect(ticks.every((tick) => (tick + 7_200) % 86_400 === 0)).toBe(true);
    expect(ticks.length).toBeGreaterThan(3);
  });
});

describe('labels', () => {
  it('never lie over each other and keep their order', () => {
    const placed = spreadLabels([50, 52, 48], 20, 0, 100);
    expect(placed[2]).toBeLessThan(placed[0] ?? 0);
    expect(placed[0]).toBeLessThan(placed[1] ?? 0);
    const sorted = [...placed].sort((one, other) => one - other);
    expect((sorted[1] ?? 0) - (sorted[0] ?? 0)).toBeGreaterThanOrEqual(20);
    expect((sorted[2] ?? 0) - (sorted[1] ?? 0)).toBeGreaterThanOrEqual(20);
  });
});

describe('the crosshair', () => {
  it('finds the nearest point', () => {
    expect(nearestIndex([10, 20, 30], 24)).toBe(1);
    expect(nearestIndex([10, 20, 30], 26)).toBe(2);
    expect(nearestIndex([10, 20, 30], 0)).toBe(0);
    expect(nearestIndex([10, 20, 30], 99)).toBe(2);
  });
});
