/** A number made ready to be shown; whoever draws it decides about small type. Joined in order it reads as text. */
export interface NumberParts {
  /** U+2212 for a value below zero, else empty. */
  sign: '' | '−';
  /** Digits before the point, in groups of three. */
  whole: string;
  /** How many zeros after the point are folded into a small count; 0 when none are. */
  zeros: number;
  /** Digits after the point and after folded zeros; empty when there are none. */
  fraction: string;
  /** Power of ten to multiply with, or null. */
  exponent: number | null;
  /** Whether digits were left out. */
  cut: boolean;
}

/** How many digits to show. */
export interface DecimalOptions {
  /** Digits that count; more are cut off, never rounded up, so that no figure claims more than there is. */
  significant?: number;
  /** Most digits after the point for values of one and above; small values keep their significant digits. */
  places?: number;
}

/** Zeros after the point from which on they are counted instead of written. */
const FOLD_ZEROS = 4;
/** Digits before the point from which on a power of ten is written. */
const WHOLE_DIGITS_MAX = 15;

const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The exact decimal text of `value / 10^decimals`, without groups and without zeros at the end. */
export function exactDecimal(value: bigint, decimals: number): string {
  const sign = value < 0n ? '-' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : digits.slice(-decimals).replace(/0+$/, '');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Splits `value / 10^decimals` into what is shown: cut towards zero, and never to a zero unless it is one. */
export function decimalParts(value: bigint, decimals: number, options: DecimalOptions = {}): NumberParts {
  const significant = options.significant ?? 6;
  const sign = value < 0n ? '−' : '';
  const [whole = '0', fraction = ''] = exactDecimal(value < 0n ? -value : value, decimals).split('.');
  if (whole.length > WHOLE_DIGITS_MAX) {
    const digits = whole + fraction;
    const kept = digits.slice(1, significant).replace(/0+$/, '');
    return {
      sign,
      whole: whole.charAt(0),
      zeros: 0,
      fraction: kept,
      exponent: whole.length - 1,
      cut: /[1-9]/.test(digits.slice(1 + kept.length)),
    };
  }
  if (whole !== '0') {
    const room = Math.max(0, Math.min(significant - whole.length, options.places ?? significant));
    const kept = fraction.slice(0, room).replace(/0+$/, '');
    return { sign, whole: group(whole), zeros: 0, fraction: kept, exponent: null, cut: fraction.length > kept.length };
  }
  const zeros = fraction.length - fraction.replace(/^0+/, '').length;
  const digits = fraction.slice(zeros);
  const kept = digits.slice(0, significant).replace(/0+$/, '');
  const folded = kept !== '' && zeros >= FOLD_ZEROS;
  return {
    sign,
    whole: '0',
    zeros: folded ? zeros : 0,
    fraction: folded || kept === '' ? kept : '0'.repeat(zeros) + kept,
    exponent: null,
    cut: digits.length > kept.length,
  };
}

function small(number: number, alphabet: string): string {
  return [...String(number)].map((digit) => alphabet[Number(digit)] ?? '').join('');
}

/** The parts as one line of text: folded zeros as a subscript count, a power of ten as a superscript. */
export function partsText(parts: NumberParts): string {
  const zeros = parts.zeros === 0 ? '' : `0${small(parts.zeros, SUBSCRIPTS)}`;
  const fraction = parts.fraction === '' ? '' : `.${zeros}${parts.fraction}`;
  const power = parts.exponent === null ? '' : ` × 10${small(parts.exponent, SUPERSCRIPTS)}`;
  return `${parts.sign}${parts.whole}${fraction}${power}`;
}

/** `value / 10^decimals` as one line of text, with at most six digits that count unless told otherwise. */
export function decimalText(value: bigint, decimals: number, options?: DecimalOptions): string {
  return partsText(decimalParts(value, decimals, options));
}

/**
 * Width after the point, in digits, that a column needs so that all of its values align on the point; `decimals` of
 * all values are the same.
 */
export function columnWidth(values: readonly (bigint | string)[], decimals: number, options?: DecimalOptions): number {
  const widths = values.map((value) => {
    const parts = decimalParts(BigInt(value), decimals, options);
    if (parts.fraction === '') return 0;
    // The point takes half a digit; folded zeros are one zero and a small count.
    return parts.fraction.length + (parts.zeros > 0 ? 2 : 0.5);
  });
  return Math.max(0, ...widths);
}

/** A price or ratio in wad (1e18) as text. */
export function wadText(wad: bigint, options?: DecimalOptions): string {
  return decimalText(wad, 18, options);
}

/** A wad as a float, for the place of a point in a chart only. */
export function wadNumber(wad: string | bigint): number {
  return Number(BigInt(wad)) / 1e18;
}

/** A float for an axis: plain digits, folded zeros or a power of ten, by its size. */
export function axisText(value: number, significant = 4): string {
  if (value === 0 || !Number.isFinite(value)) return '0';
  const [mantissa = '0', exponent = '0'] = Math.abs(value)
    .toExponential(significant - 1)
    .split('e');
  const digits = BigInt(mantissa.replace('.', ''));
  const decimals = significant - 1 - Number(exponent);
  const signed = value < 0 ? -digits : digits;
  return decimals >= 0
    ? decimalText(signed, decimals, { significant })
    : decimalText(signed * 10n ** BigInt(-decimals), 0, { significant: 16 });
}
