import { WAD, least, mulDivDown, mulDivUp } from './arithmetic';

/** Prices are base units of the synthetic for one base unit of collateral, times this. */
export const PRICE_SCALE = 10n ** 36n;
/** Decimals of every synthetic. */
export const SYNTHETIC_DECIMALS = 18;
/** A partial take repays down to this share of the liquidation ratio, in hundredths. */
const TARGET_PERCENT = 99n;
/** Time alone does not sell at a loss what still covers its debt, before this many seconds. */
const CAPPED_SECS = 600;

/** How far a stored price can be trusted, from best to worst; in the order of the contracts' numbers. */
export const PRICE_STATES = ['safe', 'stepped', 'grace', 'late'] as const;
export type PriceState = (typeof PRICE_STATES)[number];

/** A stored price, times `PRICE_SCALE`. */
export interface StoredPrice {
  readonly low: bigint;
  readonly mid: bigint;
  readonly high: bigint;
  /** Unix seconds. */
  readonly updatedAt: number;
  readonly state: PriceState;
}

/** What never changes of a market and the calculators need. Ratios, discounts and fees in wad. */
export interface MarketTerms {
  readonly borrowLtv: bigint;
  readonly liqLtv: bigint;
  readonly maxDiscount: bigint;
  readonly rampSecs: number;
  readonly minDebt: bigint;
  readonly feeMin: bigint;
  readonly feeSlope: bigint;
  readonly mintWindowSecs: number;
}

/** A market as it stands; amounts in base units. */
export interface MarketState {
  readonly collateral: bigint;
  readonly norm: bigint;
  /** Wad. */
  readonly index: bigint;
  /** Growth of the index in a second, wad. */
  readonly rate: bigint;
  readonly ceiling: bigint;
  readonly mintLimit: bigint;
  readonly mintable: bigint;
  readonly deficit: bigint;
}

/** One owner's vault in one market. */
export interface Vault {
  readonly collateral: bigint;
  readonly norm: bigint;
  /** Unix second from which its clock counts, zero where it does not run. */
  readonly flaggedAt: number;
}

export const EMPTY_VAULT: Vault = { collateral: 0n, norm: 0n, flaggedAt: 0 };

export function valueDown(collateral: bigint, price: bigint): bigint {
  return mulDivDown(collateral, price, PRICE_SCALE);
}

export function debtUp(norm: bigint, index: bigint): bigint {
  return mulDivUp(norm, index, WAD);
}

export function debtDown(norm: bigint, index: bigint): bigint {
  return mulDivDown(norm, index, WAD);
}

/** Whether `debt` is more than `liqLtv` of `value`. */
export function isUnhealthy(debt: bigint, value: bigint, liqLtv: bigint): boolean {
  return debt * WAD > value * liqLtv;
}

/** Seconds that a clock runs: until one ramp after its discount reaches one. */
export function expirySecs(terms: MarketTerms): number {
  return Number(mulDivUp(BigInt(terms.rampSecs), WAD, terms.maxDiscount)) + terms.rampSecs;
}

/** Seconds that the clock has run at `now`; null where none runs. */
export function elapsedOf(flaggedAt: number, terms: MarketTerms, now: number): number | null {
  if (flaggedAt === 0) return null;
  const elapsed = Math.max(0, now - flaggedAt);
  return elapsed > expirySecs(terms) ? null : elapsed;
}

/**
 * The discount of an unhealthy vault, wad: the larger of what the fall gives at once and what time gives. `debt` is
 * rounded up, `value` is at mid and rounded down; `byTimeOnly` where the price is too old for the part of the fall.
 */
export function discountOf(
  terms: MarketTerms,
  debt: bigint,
  value: bigint,
  elapsed: number,
  byTimeOnly = false,
): bigint {
  const solvent = debt >= value ? 0n : WAD - mulDivUp(debt, WAD, value);
  const byFall =
    byTimeOnly || !isUnhealthy(debt, value, terms.liqLtv)
      ? 0n
      : least(least(WAD - mulDivUp(value, terms.liqLtv, debt), terms.maxDiscount), solvent);
  let byTime = least(WAD, (terms.maxDiscount * BigInt(elapsed)) / BigInt(terms.rampSecs));
  if (solvent !== 0n && elapsed < Math.max(4 * terms.rampSecs, CAPPED_SECS)) byTime = least(byTime, solvent);
  return byFall > byTime ? byFall : byTime;
}

/** What a taker gets of one vault, all zero if nothing. */
export interface Fill {
  readonly norm: bigint;
  readonly paid: bigint;
  readonly collateral: bigint;
  readonly deficit: bigint;
}

const NOTHING: Fill = { norm: 0n, paid: 0n, collateral: 0n, deficit: 0n };

interface Lot {
  readonly terms: MarketTerms;
  readonly vault: Vault;
  readonly index: bigint;
  readonly mid: bigint;
  readonly discount: bigint;
  readonly budget: bigint;
}

/** What selling from an unhealthy vault settles, for at most `budget`. */
export function settle(lot: Lot): Fill {
  const { vault, mid, discount, index } = lot;
  const debt = debtUp(vault.norm, index);
  const cost = mulDivUp(mulDivUp(vault.collateral, mid, PRICE_SCALE), WAD - discount, WAD);
  return cost < debt ? closePart(lot, cost, debt) : repayPart(lot, cost, debt);
}

function closePart({ terms, vault, index, budget }: Lot, cost: bigint, debt: bigint): Fill {
  const { norm, collateral } = vault;
  if (budget >= cost) return { norm, paid: cost, collateral, deficit: debt - cost };
  if (budget === 0n) return NOTHING;
  let cut = mulDivUp(norm, budget, cost);
  let paid = budget;
  let out = mulDivDown(collateral, budget, cost);
  if (debtUp(norm - cut, index) < terms.minDebt) {
    const keep = mulDivUp(terms.minDebt, WAD, index);
    cut = norm > keep ? norm - keep : 0n;
    paid = mulDivUp(cost, cut, norm);
    out = mulDivDown(collateral, cut, norm);
  }
  return { norm: cut, paid, collateral: out, deficit: debtUp(cut, index) - paid };
}

function wantedOf({ terms, vault, mid, discount }: Lot, debt: bigint): bigint {
  const target = (terms.liqLtv * TARGET_PERCENT) / 100n;
  if (discount + target >= WAD) return debt;
  const above = debt * WAD - target * valueDown(vault.collateral, mid);
  const kept = WAD - discount;
  const wanted = least(debt, mulDivUp(above, kept, (kept - target) * WAD));
  return debt - wanted < terms.minDebt ? debt : wanted;
}

function repayPart(lot: Lot, cost: bigint, debt: bigint): Fill {
  const { terms, vault, index, budget } = lot;
  let pay = least(wantedOf(lot, debt), budget);
  if (pay < debt && debt - pay < terms.minDebt) pay = debt > terms.minDebt ? debt - terms.minDebt : 0n;
  const whole = pay === debt;
  const norm = whole ? vault.norm : mulDivDown(pay, WAD, index);
  if (norm === 0n) return NOTHING;
  const priced = whole ? debt : debtDown(norm, index);
  return {
    norm,
    paid: whole ? debt : debtUp(norm, index),
    collateral: mulDivDown(vault.collateral, priced, cost),
    deficit: 0n,
  };
}

/** A vault as people look at it. Ratios in wad; values and debts in base units of the synthetic. */
export interface Sight {
  readonly collateral: bigint;
  readonly debt: bigint;
  /** Of the collateral at mid. */
  readonly value: bigint;
  /** Value over debt, rounded down; null without debt. */
  readonly ratio: bigint | null;
  /** Price under which it is unhealthy, times `PRICE_SCALE`, rounded up; null without debt, or with nothing for it. */
  readonly liquidationPrice: bigint | null;
  /** Most debt that an owner's action may leave, at the low price. */
  readonly borrowable: bigint;
  readonly unhealthy: boolean;
  /** Seconds of its clock; null where it does not run. */
  readonly elapsed: number | null;
  /** Of a take now, wad; zero while it is healthy. */
  readonly discount: bigint;
}

/** What can be worked out about a vault at the unix second `now`. */
export function sightOf(
  terms: MarketTerms,
  price: StoredPrice,
  vault: { readonly collateral: bigint; readonly debt: bigint; readonly flaggedAt: number },
  now: number,
): Sight {
  const { collateral, debt } = vault;
  const value = valueDown(collateral, price.mid);
  const borrowable = mulDivDown(valueDown(collateral, price.low), terms.borrowLtv, WAD);
  const unhealthy = debt > 0n && isUnhealthy(debt, value, terms.liqLtv);
  const elapsed = debt === 0n ? null : elapsedOf(vault.flaggedAt, terms, now);
  return {
    collateral,
    debt,
    value,
    ratio: debt === 0n ? null : mulDivDown(value, WAD, debt),
    liquidationPrice: liquidationPriceOf(terms, collateral, debt),
    borrowable,
    unhealthy,
    elapsed,
    discount: unhealthy ? discountOf(terms, debt, value, elapsed ?? 0, price.state === 'late') : 0n,
  };
}

/** Price under which a vault is unhealthy, times `PRICE_SCALE`, rounded up. */
export function liquidationPriceOf(terms: MarketTerms, collateral: bigint, debt: bigint): bigint | null {
  if (debt === 0n || collateral === 0n) return null;
  return mulDivUp(debt * WAD, PRICE_SCALE, collateral * terms.liqLtv);
}

/** A price as whole units of the synthetic for one whole collateral, wad, cut off. */
export function wholePrice(price: bigint, decimals: number): bigint {
  return price / 10n ** BigInt(36 - decimals);
}

/** The price from whole units of the synthetic, wad, for one whole collateral. */
export function scaledPrice(wad: bigint, decimals: number): bigint {
  return wad * 10n ** BigInt(36 - decimals);
}

/** How far `price` lies under `mid`, wad, rounded down; below zero where it lies above. */
export function distanceOf(price: bigint, mid: bigint): bigint | null {
  if (mid === 0n) return null;
  const gap = (mid - price) * WAD;
  return gap < 0n ? -(-gap / mid) : gap / mid;
}

/** When the discount of an unhealthy vault next passes `wanted`, in seconds from `elapsed`; null where it never does. */
export function secsUntilDiscount(
  terms: MarketTerms,
  debt: bigint,
  value: bigint,
  elapsed: number,
  wanted: bigint,
  byTimeOnly = false,
): number | null {
  const end = expirySecs(terms);
  const at = (secs: number) => discountOf(terms, debt, value, secs, byTimeOnly);
  if (at(end) < wanted) return null;
  let low = elapsed;
  let high = end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (at(middle) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low - elapsed;
}
