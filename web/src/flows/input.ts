import { exactDecimal } from '../format';
import type { FieldFault } from '../ui';

/** What was typed: nothing yet, a value, or why it is none. */
export type Typed<T> =
  | { readonly state: 'empty' }
  | { readonly state: 'value'; readonly value: T }
  | { readonly state: 'fault'; readonly fault: FieldFault };

export const EMPTY = { state: 'empty' } as const;

export function fault(message: string, limit?: string): { state: 'fault'; fault: FieldFault } {
  return { state: 'fault', fault: limit === undefined ? { message } : { message, limit } };
}

export function value<T>(of: T): { state: 'value'; value: T } {
  return { state: 'value', value: of };
}

/** The value where there is one. */
export function valueOf<T>(typed: Typed<T>): T | undefined {
  return typed.state === 'value' ? typed.value : undefined;
}

export function faultOf(typed: Typed<unknown>): FieldFault | null {
  return typed.state === 'fault' ? typed.fault : null;
}

/** Bounds of an amount in base units, each said in whole units of `unit`. */
export interface Bounds {
  readonly decimals: number;
  readonly unit?: string;
  readonly min?: bigint;
  readonly max?: bigint;
  /** Why `max` is the most: "your balance". */
  readonly maxIs?: string;
}

function inUnits(amount: bigint, bounds: Bounds): string {
  return `${exactDecimal(amount, bounds.decimals)}${bounds.unit === undefined ? '' : ` ${bounds.unit}`}`;
}

/** An amount as people write it, read exactly into base units; never through a float. */
export function parseAmount(text: string, bounds: Bounds): Typed<bigint> {
  const plain = text.replace(/[\s_\u202f\u00a0]/g, '');
  if (plain === '') return EMPTY;
  if (plain.includes(',')) return fault('write the point of decimals as "." and leave out separators, as in 1234.5.');
  if (plain.startsWith('-')) return fault('must be more than 0.', `at least ${inUnits(bounds.min ?? 1n, bounds)}`);
  const match = /^(\d*)\.?(\d*)$/.exec(plain);
  if (match === null || plain === '.') return fault('is not a number. Write digits, as in 1234.5.');
  const [, whole = '', fraction = ''] = match;
  const kept = fraction.replace(/0+$/, '');
  if (kept.length > bounds.decimals) {
    const places = bounds.decimals === 1 ? '1 digit' : `${bounds.decimals} digits`;
    return fault(`has ${kept.length} digits after the point.`, `${places} after the point`);
  }
  if (whole.length > 78) return fault('is larger than any amount on the chain.');
  const amount = BigInt(`${whole === '' ? '0' : whole}${kept.padEnd(bounds.decimals, '0')}`);
  const min = bounds.min ?? 1n;
  if (amount < min) {
    return min === 1n ? fault('must be more than 0.') : fault('is too little.', `at least ${inUnits(min, bounds)}`);
  }
  if (bounds.max !== undefined && amount > bounds.max) {
    const why = bounds.maxIs === undefined ? '' : `, ${bounds.maxIs}`;
    return fault('is too much.', `at most ${inUnits(bounds.max, bounds)}${why}`);
  }
  return value(amount);
}

/** A share such as "1", "1 %" or "0.05", in basis points. */
export function parseShare(text: string, bounds: { min?: number; max: number; maxIs?: string }): Typed<number> {
  const typed = parseAmount(text.replace('%', ''), { decimals: 2, min: 0n });
  if (typed.state !== 'value') {
    const finer = typed.state === 'fault' && typed.fault.message.includes('after the point');
    return finer ? fault('is finer than a hundredth of a percent.', '2 digits after the point') : typed;
  }
  const bps = Number(typed.value);
  const min = bounds.min ?? 0;
  if (bps < min) return fault('is too little.', `at least ${min / 100} %`);
  if (bps > bounds.max) {
    return fault(
      'is too much.',
      `at most ${bounds.max / 100} %${bounds.maxIs === undefined ? '' : `, ${bounds.maxIs}`}`,
    );
  }
  return value(bps);
}

/** An address; `optional` reads nothing as nothing. */
export function parseAddress(text: string): Typed<`0x${string}`> {
  const plain = text.trim();
  if (plain === '') return EMPTY;
  if (!/^0x[0-9a-fA-F]{40}$/.test(plain)) return fault('is not an address: 0x and 40 digits from 0 to 9 and a to f.');
  if (/^0x0{40}$/.test(plain)) return fault('is the zero address, which nobody owns.');
  return value(plain as `0x${string}`);
}
