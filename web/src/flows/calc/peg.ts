import { MAX_ASSET_AMOUNT, WAD, least, mulDivDown, mulDivUp } from './arithmetic';
import { refuse, type Outcome } from './ledger';
import { cancel, collect, deficitOf, haircutOf, type Claims, type SurplusRule } from './losses';
import type { Haircut } from './redemption';
import { PRICE_SCALE, PRICE_STATES, type StoredPrice } from './vaults';

/** A peg module and the book that it mints from, at one second. Fees in wad, amounts in base units. */
export interface PegState {
  readonly feeIn: bigint;
  readonly feeOut: bigint;
  /** Base units of the synthetic for one base unit of the custody token. */
  readonly scale: bigint;
  /** Most that entries may bring the ledger to. */
  readonly cap: bigint;
  /** Base units of the custody token that stand behind the ledger. */
  readonly custody: bigint;
  /** What the module really has of the custody token. */
  readonly held: bigint;
  /** Of the custody token. */
  readonly price: StoredPrice;
  readonly claims: Claims;
  readonly rule: SurplusRule;
  readonly stoppedUntil: number;
  readonly now: number;
}

export interface Entry {
  /** Base units of the synthetic. */
  readonly minted: bigint;
  /** Of face value, rounded up; it stays in the custody. */
  readonly fee: bigint;
}

export interface Exit {
  /** What leaves the ledger: the amount, less what all holders share of a loss. */
  readonly worth: bigint;
  /** Base units of the custody token. */
  readonly units: bigint;
  /** Of the worth, rounded up, in base units of the synthetic. */
  readonly fee: bigint;
  /** Of the loss, paid by what was burned and not paid out. */
  readonly cancelled: bigint;
  readonly haircut: Haircut;
}

/** The price at which one whole custody token is worth one whole synthetic. */
export function parOf({ scale }: Pick<PegState, 'scale'>): bigint {
  return scale * PRICE_SCALE;
}

/** Least low price at which entries are open. */
export function entryPriceLeast(state: Pick<PegState, 'scale' | 'feeIn'>): bigint {
  return mulDivUp(parOf(state), WAD - state.feeIn, WAD);
}

function stateNumber(price: StoredPrice): bigint {
  return BigInt(PRICE_STATES.indexOf(price.state));
}

/** What `enter(units, ...)` mints, or why it would be refused. */
export function enter(state: PegState, units: bigint): Outcome<Entry> {
  const { scale, price, cap, claims } = state;
  if (units === 0n) return refuse('ZeroAmount', { field: 'units' });
  const most = MAX_ASSET_AMOUNT / scale;
  if (units > most) return refuse('AmountTooLarge', { field: 'units', amount: units, max: most });
  if (price.state !== 'safe') return refuse('PriceUnsafe', { state: stateNumber(price) });
  const lowLeast = entryPriceLeast(state);
  if (price.low < lowLeast) return refuse('CustodyTooCheap', { low: price.low, least: lowLeast });
  const face = units * scale;
  const fee = mulDivUp(face, state.feeIn, WAD);
  const minted = face - fee;
  if (claims.ledger + minted > cap) return refuse('CapReached', { ledger: claims.ledger + minted, cap });
  if (state.stoppedUntil > state.now) return refuse('NewDebtIsStopped', { until: BigInt(state.stoppedUntil) });
  return { minted, fee };
}

/** Most units that may enter under the cap. */
export function mostEntry({ cap, claims, scale, feeIn }: PegState): bigint {
  const room = cap > claims.ledger ? cap - claims.ledger : 0n;
  // What is minted is the face less the fee, rounded up: the most face for it is the room over one less the fee.
  return mulDivDown(room, WAD, WAD - feeIn) / scale;
}

/** The book as an exit finds it: where a loss stands, interest and surplus have paid what they can. */
function settled(state: PegState): Claims {
  return deficitOf(state.claims) === 0n ? state.claims : collect(state.claims, state.rule).after;
}

/** What `exit(amount, ...)` pays, or why it would be refused. */
export function exit(state: PegState, amount: bigint): Outcome<Exit> {
  const claims = settled(state);
  const haircut = haircutOf(claims);
  const { backing, supply } = haircut;
  const cut = backing !== supply;
  if (cut && amount > MAX_ASSET_AMOUNT) {
    return refuse('AmountTooLarge', { field: 'amount', amount, max: MAX_ASSET_AMOUNT });
  }
  const worth = cut ? mulDivDown(amount, backing, supply) : amount;
  if (worth > claims.ledger) return refuse('AmountTooLarge', { field: 'pegLedger', amount: worth, max: claims.ledger });
  const fee = mulDivUp(worth, state.feeOut, WAD);
  const units = (worth - fee) / state.scale;
  if (units === 0n) return refuse('ZeroAmount', { field: 'units' });
  return { worth, units, fee, cancelled: least(amount - worth, deficitOf(claims)), haircut };
}

/** Most of the synthetic that may leave: what the ledger answers for, at the share that all get. */
export function mostExit(state: PegState): bigint {
  const claims = settled(state);
  const { backing, supply } = haircutOf(claims);
  return backing === 0n ? 0n : mulDivDown(claims.ledger, supply, backing);
}

/** The custody at `price`, a token at most at one; rounded down. */
export function custodyValue(state: Pick<PegState, 'custody' | 'held' | 'scale'>, price: bigint): bigint {
  return mulDivDown(least(state.custody, state.held), least(price, parOf(state)), PRICE_SCALE);
}

/** What `mark()` moves from the ledger to the deficit, below zero where it comes back; zero without a safe price. */
export function markOf(state: PegState): bigint {
  if (state.price.state !== 'safe') return 0n;
  const { claims, price } = state;
  const high = custodyValue(state, price.high);
  if (high < claims.ledger) return claims.ledger - high;
  const low = custodyValue(state, price.low);
  const own = claims.deficits.at(-1)?.amount ?? 0n;
  return low > claims.ledger ? -least(low - claims.ledger, own) : 0n;
}

/** What `collectFees()` mints to the surplus; zero where it would be refused. */
export function feesOf(state: PegState): bigint {
  if (state.price.state !== 'safe' || state.stoppedUntil > state.now) return 0n;
  if (deficitOf(collect(state.claims, state.rule).after) !== 0n) return 0n;
  const low = custodyValue(state, state.price.low);
  return low > state.claims.ledger ? low - state.claims.ledger : 0n;
}

/** Losses after an exit; what it did not pay out cancels them. */
export function deficitAfter(state: PegState, done: Exit): bigint {
  return deficitOf({ ...state.claims, deficits: cancel(settled(state).deficits, done.cancelled) });
}
