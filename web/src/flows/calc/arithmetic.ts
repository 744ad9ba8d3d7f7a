/** Basis points in one. */
export const BPS = 10_000n;
/** One in wad, the unit of ratios and prices. */
export const WAD = 10n ** 18n;
/** Decimals of every accrual token. */
export const TOKEN_DECIMALS = 18;
/** The most of one asset that a reserve's ledger holds, base units. */
export const MAX_ASSET_AMOUNT = (1n << 112n) - 1n;
/** The largest word of the chain; it stands for "without end". */
export const MAX_WORD = (1n << 256n) - 1n;

/** floor(a * b / d), as the contracts' `mulDivDown`. */
export function mulDivDown(a: bigint, b: bigint, d: bigint): bigint {
  return (a * b) / d;
}

/** ceil(a * b / d), as the contracts' `mulDivUp`. */
export function mulDivUp(a: bigint, b: bigint, d: bigint): bigint {
  return (a * b + (d - 1n)) / d;
}

/** A fee of `bps` on `amount`; every fee rounds up. */
export function feeUp(amount: bigint, bps: number): bigint {
  return mulDivUp(amount, BigInt(bps), BPS);
}

export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
