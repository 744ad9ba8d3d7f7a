import { MAX_WORD, WAD, least, mulDivDown } from './arithmetic';
import type { Haircut } from './redemption';

/** What the book of a synthetic calls the peg module where it counts by market. */
export const PEG_MARKET = MAX_WORD;

/** Losses of one market, or of the peg module, that nobody has paid yet. */
export interface Deficit {
  readonly market: bigint;
  readonly amount: bigint;
}

/** What stands behind a synthetic and what exists of it; base units of the synthetic. */
export interface Claims {
  readonly supply: bigint;
  /** Of all vaults, each market's rounded down. */
  readonly debt: bigint;
  /** Minted by the peg module and not burned again. */
  readonly ledger: bigint;
  /** What the module's custody counts of the ledger. */
  readonly custody: bigint;
  /** By market in the book's order, the peg module's last. */
  readonly deficits: readonly Deficit[];
  /** What the book holds of itself. */
  readonly surplus: bigint;
}

/** Where surplus goes that is over the buffer. */
export interface SurplusRule {
  readonly buffer: bigint;
  /** Whether there is a backstop that gets it. */
  readonly backstop: boolean;
}

/** What `collect` does, and what is there afterwards. */
export interface Collected {
  /** Losses that interest pays which nobody has minted yet. */
  readonly cancelled: bigint;
  /** Losses that the surplus pays. */
  readonly paid: bigint;
  readonly minted: bigint;
  /** To the backstop. */
  readonly sent: bigint;
  readonly after: Claims;
}

export function deficitOf(claims: Claims): bigint {
  return claims.deficits.reduce((sum, { amount }) => sum + amount, 0n);
}

/** Interest and fees that nobody has minted yet. */
export function earnedOf(claims: Claims): bigint {
  const { debt, ledger, supply } = claims;
  const earned = debt + deficitOf(claims) + ledger - supply;
  return earned > 0n ? earned : 0n;
}

/** As much of the deficits as `amount`, in their order. */
export function cancel(deficits: readonly Deficit[], amount: bigint): Deficit[] {
  let left = amount;
  return deficits.map((one) => {
    const part = least(one.amount, left);
    left -= part;
    return { ...one, amount: one.amount - part };
  });
}

/** What `collect()` does now: interest pays first, then the surplus; what is left becomes surplus. */
export function collect(claims: Claims, rule: SurplusRule): Collected {
  const deficit = deficitOf(claims);
  let earned = earnedOf(claims);
  const cancelled = least(earned, deficit);
  earned -= cancelled;
  const paid = least(claims.surplus, deficit - cancelled);
  const deficits = cancel(claims.deficits, cancelled + paid);
  const supply = claims.supply - paid;
  const surplus = claims.surplus - paid;
  const after = { ...claims, deficits, supply, surplus };
  const nothing = { cancelled, paid, minted: 0n, sent: 0n, after };
  if (cancelled + paid < deficit) return nothing;
  const room = claims.debt + claims.custody - supply;
  if (room < 0n) return nothing;
  const minted = least(earned, room);
  const held = surplus + minted;
  const sent = rule.backstop && held > rule.buffer ? held - rule.buffer : 0n;
  return { cancelled, paid, minted, sent, after: { ...after, supply: supply + minted, surplus: held - sent } };
}

/** What all holders share; equal parts while no deficit stands. */
export function haircutOf(claims: Claims): Haircut {
  const { supply } = claims;
  if (deficitOf(claims) === 0n) return { backing: supply, supply };
  return { backing: least(claims.debt + claims.custody, supply), supply };
}

/** Who pays a loss, as far as each goes; base units. */
export interface Payers {
  readonly earnings: bigint;
  readonly backstop: bigint;
  readonly holders: bigint;
}

/** Who would pay `loss` with what stands unpaid already, where the backstop has `cash`. */
export function whoPays(claims: Claims, cash: bigint, loss: bigint): Payers {
  const whole = deficitOf(claims) + loss;
  const earnings = least(whole, earnedOf(claims) + claims.surplus);
  const backstop = least(whole - earnings, cash);
  return { earnings, backstop, holders: whole - earnings - backstop };
}

/** The share of face value that all get once `loss` is booked and everybody before them has paid, wad, cut off. */
export function shareAfter(claims: Claims, cash: bigint, loss: bigint): bigint {
  const payers = whoPays(claims, cash, loss);
  if (payers.holders === 0n) return WAD;
  const interest = least(deficitOf(claims) + loss, earnedOf(claims));
  const supply = claims.supply - (payers.earnings - interest) - payers.backstop;
  const backing = claims.debt + claims.custody - loss;
  return backing <= 0n || supply <= 0n ? 0n : mulDivDown(least(backing, supply), WAD, supply);
}
