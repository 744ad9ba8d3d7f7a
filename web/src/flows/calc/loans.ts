import { BPS, MAX_ASSET_AMOUNT, feeUp, least, mulDivDown, mulDivUp, sum } from './arithmetic';
import { type Ledger, type Outcome, type Terms, backingOf, refuse, toStream, totalOf, withAssets } from './ledger';

/** Terms that a deadline may lie ahead of now. */
export const TERMS_AHEAD = 12;
/** The most collateral of one loan, token base units. */
export const MAX_COLLATERAL = MAX_ASSET_AMOUNT;

/** An open loan. Times in unix seconds; they move while entries are paused. */
export interface Loan {
  /** Token base units locked. */
  readonly collateral: bigint;
  /** Base units owed of each asset. */
  readonly principal: readonly bigint[];
  readonly deadline: number;
  readonly graceEnd: number;
}

/** The largest principal of each asset that `collateral` allows, as `maxBorrow`. */
export function maxBorrow(ledger: Ledger, terms: Terms, collateral: bigint): bigint[] {
  return backingOf(ledger, collateral).map((amount) => mulDivDown(amount, BigInt(terms.ltvBps), BPS));
}

/** The least collateral that allows every one of `principal`. */
export function collateralFor(ledger: Ledger, terms: Terms, principal: readonly bigint[]): bigint | null {
  let needed = 0n;
  for (const [index, asset] of ledger.assets.entries()) {
    const asked = principal[index] ?? 0n;
    if (asked === 0n) continue;
    if (terms.ltvBps === 0 || totalOf(asset) === 0n) return null;
    // Both steps of the contract round down, so each inverse rounds up.
    const backed = mulDivUp(asked, BPS, BigInt(terms.ltvBps));
    const tokens = mulDivUp(backed, ledger.claims, totalOf(asset));
    if (tokens > needed) needed = tokens;
  }
  return needed;
}

export interface Borrowing {
  /** Base units withheld of each asset for the first term. */
  readonly fees: readonly bigint[];
  /** Base units of each asset that reach the receiver. */
  readonly received: readonly bigint[];
  readonly deadline: number;
  readonly graceEnd: number;
  readonly after: Ledger;
}

/** What `borrow(collateral, principal, ...)` does at the unix second `now`. */
export function borrow(
  ledger: Ledger,
  terms: Terms,
  collateral: bigint,
  principal: readonly bigint[],
  now: number,
): Outcome<Borrowing> {
  if (collateral === 0n) return refuse('ZeroAmount', { field: 'collateral' });
  if (collateral > MAX_COLLATERAL) {
    return refuse('AmountTooLarge', { field: 'collateral', amount: collateral, max: MAX_COLLATERAL });
  }
  const most = maxBorrow(ledger, terms, collateral);
  for (const [index, asked] of principal.entries()) {
    const max = most[index] ?? 0n;
    if (asked > max) return refuse('PrincipalTooLarge', { asset: BigInt(index), principal: asked, max });
  }
  const fees = principal.map((asked) => feeUp(asked, terms.termFeeBps));
  for (const [index, asset] of ledger.assets.entries()) {
    const room = MAX_ASSET_AMOUNT - totalOf(asset) - asset.streaming;
    const fee = fees[index] ?? 0n;
    if (fee > room) return refuse('AmountTooLarge', { field: 'amount', amount: fee, max: room });
  }
  if (sum(principal) === 0n) return refuse('ZeroAmount', { field: 'principal' });
  const after = withAssets(
    ledger,
    (asset, index) => ({
      cash: asset.cash - (principal[index] ?? 0n),
      lent: asset.lent + (principal[index] ?? 0n),
      streaming: asset.streaming + (fees[index] ?? 0n),
    }),
    { locked: ledger.locked + collateral },
  );
  const received = principal.map((asked, index) => asked - (fees[index] ?? 0n));
  const deadline = now + terms.termSecs;
  return { fees, received, deadline, graceEnd: deadline + terms.graceSecs, after };
}

export interface Repayment {
  /** Base units taken of each asset: what was offered, and no more than is owed. */
  readonly taken: readonly bigint[];
  /** Base units still owed of each asset. */
  readonly left: readonly bigint[];
  /** Token base units of collateral sent to the borrower. */
  readonly released: bigint;
  readonly closed: boolean;
  readonly after: Ledger;
}

/** What `repay(loan, amounts)` does at the unix second `now`. */
export function repay(ledger: Ledger, loan: Loan, amounts: readonly bigint[], now: number): Outcome<Repayment> {
  const expired = expiry(loan, now);
  if (expired !== undefined) return expired;
  const taken = loan.principal.map((owed, index) => least(owed, amounts[index] ?? 0n));
  if (sum(taken) === 0n) return refuse('ZeroAmount', { field: 'amounts' });
  const left = loan.principal.map((owed, index) => owed - (taken[index] ?? 0n));
  const shares = loan.principal.flatMap((owed, index) =>
    owed === 0n ? [] : [mulDivDown(loan.collateral, taken[index] ?? 0n, owed)],
  );
  const released = shares.reduce(least, loan.collateral);
  const after = withAssets(
    ledger,
    (asset, index) => ({
      ...asset,
      cash: asset.cash + (taken[index] ?? 0n),
      lent: asset.lent - (taken[index] ?? 0n),
    }),
    { locked: ledger.locked - released },
  );
  return { taken, left, released, closed: released === loan.collateral, after };
}

function expiry(loan: Loan, now: number): ReturnType<typeof refuse> | undefined {
  return now >= loan.graceEnd ? refuse('LoanExpired', { graceEnd: BigInt(loan.graceEnd) }) : undefined;
}

/** The deadline after one more term, or why there is none. */
function oneMoreTerm(loan: Loan, terms: Terms, now: number): Outcome<{ deadline: number }> {
  const expired = expiry(loan, now);
  if (expired !== undefined) return expired;
  const deadline = loan.deadline + terms.termSecs;
  const latest = now + TERMS_AHEAD * terms.termSecs;
  if (deadline > latest) {
    return refuse('ExtensionTooFar', { deadline: BigInt(deadline), latest: BigInt(latest) });
  }
  return { deadline };
}

export interface Extension {
  /** Base units to pay of each asset. */
  readonly fees: readonly bigint[];
  readonly deadline: number;
  readonly graceEnd: number;
  readonly after: Ledger;
}

/** What `extend(loan)` does at the unix second `now`. */
export function extend(ledger: Ledger, terms: Terms, loan: Loan, now: number): Outcome<Extension> {
  const term = oneMoreTerm(loan, terms, now);
  if (term.refused !== undefined) return term;
  const fees = loan.principal.map((owed) => feeUp(owed, terms.termFeeBps));
  const after = withAssets(ledger, (asset, index) => ({ ...asset, streaming: asset.streaming + (fees[index] ?? 0n) }));
  return { fees, deadline: term.deadline, graceEnd: term.deadline + terms.graceSecs, after };
}

export interface ExtensionByBurn {
  /** Token base units of collateral that are burned. */
  readonly burned: bigint;
  /** Collateral that stays locked. */
  readonly collateral: bigint;
  readonly deadline: number;
  readonly graceEnd: number;
  readonly after: Ledger;
}

/** What `extendByBurn(loan, ...)` does at the unix second `now`. */
export function extendByBurn(ledger: Ledger, terms: Terms, loan: Loan, now: number): Outcome<ExtensionByBurn> {
  const expired = expiry(loan, now);
  if (expired !== undefined) return expired;
  const burned = burnForFee(ledger, terms, loan);
  if (burned > loan.collateral) return refuse('BurnTooLarge', { burn: burned, max: loan.collateral });
  const collateral = loan.collateral - burned;
  for (const [index, max] of backingOf(ledger, collateral).entries()) {
    const principal = loan.principal[index] ?? 0n;
    if (principal > max) return refuse('UnderBacked', { asset: BigInt(index), principal, max });
  }
  const term = oneMoreTerm(loan, terms, now);
  if (term.refused !== undefined) return term;
  const streamed = backingOf(ledger, burned);
  const after = withAssets(ledger, (asset, index) => toStream(asset, streamed[index] ?? 0n), {
    claims: ledger.claims - burned,
    locked: ledger.locked - burned,
  });
  return { burned, collateral, deadline: term.deadline, graceEnd: term.deadline + terms.graceSecs, after };
}

/** Collateral whose backing is worth the fee in every owed asset. */
function burnForFee(ledger: Ledger, terms: Terms, loan: Loan): bigint {
  let burned = 0n;
  for (const [index, asset] of ledger.assets.entries()) {
    const fee = feeUp(loan.principal[index] ?? 0n, terms.termFeeBps);
    if (fee === 0n) continue;
    const needed = mulDivUp(fee, ledger.claims, totalOf(asset));
    if (needed > burned) burned = needed;
  }
  return burned;
}

export interface Foreclosure {
  /** Token base units burned. */
  readonly burned: bigint;
  /** Base units of each asset that stream to the other holders, one list for each loan. */
  readonly surplus: readonly (readonly bigint[])[];
  readonly after: Ledger;
}

/** What `foreclose` does to `loans`, each past its grace, in this order. */
export function foreclose(ledger: Ledger, loans: readonly Loan[]): Outcome<Foreclosure> {
  if (loans.length === 0) return refuse('NothingToForeclose');
  let after = ledger;
  const surplus: bigint[][] = [];
  for (const loan of loans) {
    const rest = backingOf(after, loan.collateral).map((backed, index) => backed - (loan.principal[index] ?? 0n));
    surplus.push(rest);
    after = withAssets(
      after,
      (asset, index) => toStream({ ...asset, lent: asset.lent - (loan.principal[index] ?? 0n) }, rest[index] ?? 0n),
      { claims: after.claims - loan.collateral, locked: after.locked - loan.collateral },
    );
  }
  return { burned: ledger.claims - after.claims, surplus, after };
}

/** Principal over what the collateral is backed by, in basis points, the highest of all assets, rounded up. */
export function ltvBps(ledger: Ledger, collateral: bigint, principal: readonly bigint[]): number {
  let highest = 0n;
  for (const [index, backed] of backingOf(ledger, collateral).entries()) {
    const owed = principal[index] ?? 0n;
    if (owed === 0n) continue;
    const ratio = backed === 0n ? BPS : mulDivUp(owed, BPS, backed);
    if (ratio > highest) highest = ratio;
  }
  return Number(highest);
}
