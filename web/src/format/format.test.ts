import { describe, expect, it } from 'vitest';
import {
  agoText,
  axisText,
  bpsText,
  changeText,
  decimalParts,
  decimalText,
  durationText,
  exactDecimal,
  isAddress,
  pluralText,
  sameAddress,
  shareBps,
  shortHex,
  utcText,
  wadPercentText,
  wadText,
} from './index';

describe('amounts', () => {
  it('show the exact decimal of base units', () => {
    expect(exactDecimal(1_234_567n, 6)).toBe('1.234567');
    expect(exactDecimal(1n, 18)).toBe('0.000000000000000001');
    expect(exactDecimal(-1_500n, 3)).toBe('-1.5');
    expect(exactDecimal(42n, 0)).toBe('42');
    expect(exactDecimal(0n, 18)).toBe('0');
    expect(exactDecimal(10n ** 24n, 24)).toBe('1');
  });

  it('cut digits off and never round up', () => {
    expect(decimalText(1_999_999_999n, 9)).toBe('1.99999');
    expect(decimalText(999_999_999n, 3)).toBe('999,999');
    expect(decimalParts(1_999_999_999n, 9).cut).toBe(true);
    expect(decimalParts(1_500n, 3).cut).toBe(false);
  });

  it('never show zero for what is not zero', () => {
    for (let decimals = 0; decimals <= 24; decimals += 1) {
      expect(decimalText(1n, decimals)).not.toBe('0');
    }
    expect(decimalText(0n, 18)).toBe('0');
  });

  it('fold leading zeros into a count', () => {
    expect(wadText(123_400_000_000n)).toBe('0.0₆1234');
    expect(wadText(100_000_000_000_000n)).toBe('0.0001');
    expect(wadText(10_000_000_000_000n)).toBe('0.0₄1');
    expect(wadText(1n)).toBe('0.0₁₇1');
  });

  it('write a power of ten where digits would run on', () => {
    expect(decimalText(5n * 10n ** 36n, 18)).toBe('5 × 10¹⁸');
    expect(decimalText(123_456_789n * 10n ** 28n, 18)).toBe('1.23456 × 10¹⁸');
  });

  it('group the digits before the point', () => {
    expect(decimalText(1_000_000n * 10n ** 18n, 18)).toBe('1,000,000');
    expect(decimalText(-1_234_567n, 2, { significant: 8 })).toBe('−12,345.67');
    expect(decimalText(1_234_567n, 2, { significant: 9, places: 0 })).toBe('12,345');
  });
});

describe('axis labels', () => {
  it('read as plain numbers at every size', () => {
    expect(axisText(0)).toBe('0');
    expect(axisText(0.00012)).toBe('0.00012');
    expect(axisText(1.5e-8)).toBe('0.0₇15');
    expect(axisText(2500)).toBe('2,500');
    expect(axisText(2e6)).toBe('2,000,000');
    expect(axisText(-0.5)).toBe('−0.5');
  });
});

describe('ratios', () => {
  it('turn basis points into percent without loss', () => {
    expect(bpsText(150)).toBe('1.5 %');
    expect(bpsText(10_000)).toBe('100 %');
    expect(bpsText(8)).toBe('0.08 %');
    expect(bpsText(-25)).toBe('−0.25 %');
    expect(bpsText(0)).toBe('0 %');
  });

  it('give a change its sign', () => {
    expect(changeText(150)).toBe('+1.50 %');
    expect(changeText(-5)).toBe('−0.05 %');
    expect(changeText(0)).toBe('0.00 %');
    expect(changeText(1_234_567)).toBe('+12,345.67 %');
  });

  it('show a wad as percent, and a very large one as a multiple', () => {
    expect(wadPercentText(10n ** 18n)).toBe('100.00 %');
    expect(wadPercentText(1_234n * 10n ** 15n)).toBe('123.40 %');
    expect(wadPercentText(5_000n * 10n ** 18n)).toBe('5,000 ×');
    expect(wadPercentText(1n)).toBe('< 0.01 %');
    expect(wadPercentText(0n)).toBe('0.00 %');
  });

  it('round a share down', () => {
    expect(shareBps(2n, 3n)).toBe(6_666);
    expect(shareBps(1n, 0n)).toBe(0);
  });
});

describe('times', () => {
  it('show a span in its two largest units', () => {
    expect(durationText(0)).toBe('0 s');
    expect(durationText(45)).toBe('45 s');
    expect(durationText(3_600)).toBe('1 h');
    expect(durationText(273_600 + 59)).toBe('3 d 4 h');
    expect(durationText(-90)).toBe('−1 min 30 s');
  });

  it('tell past from future', () => {
    expect(agoText(100, 160)).toBe('1 min ago');
    expect(agoText(160, 100)).toBe('in 1 min');
    expect(agoText(100, 100)).toBe('now');
  });

  it('name the zone when they say UTC', () => {
    expect(utcText(0)).toBe('1970-01-01 00:00:00 UTC');
  });
});

describe('addresses', () => {
  const address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
  it('shorten in the middle', () => {
    expect(shortHex(address)).toBe('0x7099…79C8');
    expect(shortHex('0x12')).toBe('0x12');
  });
  it('are equal whatever their case', () => {
    expect(sameAddress(address, address.toLowerCase())).toBe(true);
    expect(isAddress(address)).toBe(true);
    expect(isAddress(`${address}0`)).toBe(false);
  });
});

describe('counts', () => {
  it('carry their noun', () => {
    expect(pluralText(1, 'loan')).toBe('1 loan');
    expect(pluralText(12_000, 'loan')).toBe('12,000 loans');
    expect(pluralText(2, 'entry', 'entries')).toBe('2 entries');
  });
});
