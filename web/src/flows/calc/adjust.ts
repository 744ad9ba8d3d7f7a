import { WAD, least, mulDivDown, mulDivUp } from './arithmetic';
import { refuse, type Outcome } from './ledger';
import { debtDown, debtUp, isUnhealthy, valueDown, PRICE_STATES } from './vaults';
import type { MarketState, MarketTerms, StoredPrice, Vault } from './vaults';

/** The most collateral of a vault or a market, base units. */
export const COLLATERAL_MAX = (1n << 112n) - 1n;
/** The most norm of a vault or a market. */
export const NORM_MAX = (1n << 96n) - 1n;
/** The least signed word; as a change it means all. */
export const ALL = -(1n << 255n);

/** A market, one vault in it and its price, all at one block. */
export interface VaultState {
  readonly id: bigint;
  readonly terms: MarketTerms;
  readonly market: MarketState;
  readonly vault: Vault;
  readonly price: StoredPrice;
  /** Unix seconds until which new debt is stopped. */
  readonly stoppedUntil: number;
  /** Unix seconds of the block. */
  readonly now: number;
}

export interface Adjustment {
  /** Really added to the vault, negative where it was taken out; base units. */
  readonly collateral: bigint;
  /** Minted, or burned where negative. */
  readonly debt: bigint;
  readonly vault: Vault;
  /** The vault's debt afterwards, rounded up. */
  readonly debtAfter: bigint;
}

interface Debt {
  readonly norm: bigint;
  readonly moved: bigint;
}

function repay({ vault, market, terms }: VaultState, asked: bigint): Outcome<Debt> {
  if (vault.norm === 0n) return { norm: 0n, moved: 0n };
  const owed = debtUp(vault.norm, market.index);
  if (asked === ALL || -asked >= owed) {
    // The market's last debt is paid as the sum over markets counts it.
    const last = vault.norm === market.norm;
    return { norm: 0n, moved: last ? -debtDown(vault.norm, market.index) : -owed };
  }
  const cut = mulDivDown(-asked, WAD, market.index);
  const norm = vault.norm - cut;
  const left = debtUp(norm, market.index);
  if (left !== 0n && left < terms.minDebt) return refuse('DebtTooSmall', { debt: left, least: terms.minDebt });
  return { norm, moved: -debtUp(cut, market.index) };
}

function mint({ vault, market, terms, stoppedUntil, now }: VaultState, amount: bigint): Outcome<Debt> {
  if (stoppedUntil > now) return refuse('NewDebtIsStopped', { until: BigInt(stoppedUntil) });
  if (amount > NORM_MAX) return refuse('AmountTooLarge', { field: 'debt', amount, max: NORM_MAX });
  const added = mulDivUp(amount, WAD, market.index);
  const norm = vault.norm + added;
  const debt = debtUp(norm, market.index);
  if (debt < terms.minDebt) return refuse('DebtTooSmall', { debt, least: terms.minDebt });
  const all = debtUp(market.norm + added, market.index);
  if (all > market.ceiling) return refuse('CeilingReached', { debt: all, ceiling: market.ceiling });
  if (amount > market.mintable) return refuse('MintLimitReached', { amount, mintable: market.mintable });
  return { norm, moved: amount };
}

function moveCollateral({ vault }: VaultState, asked: bigint): Outcome<{ readonly moved: bigint }> {
  if (asked === ALL) return { moved: -vault.collateral };
  if (asked > COLLATERAL_MAX) {
    return refuse('AmountTooLarge', { field: 'collateral', amount: asked, max: COLLATERAL_MAX });
  }
  if (-asked > vault.collateral) {
    return refuse('AmountTooLarge', { field: 'collateral', amount: -asked, max: vault.collateral });
  }
  return { moved: asked };
}

/** Why the vault may not be left so: the price is not safe, or the collateral carries less. */
function checkHealth(state: VaultState, collateral: bigint, debt: bigint) {
  const { price, terms, id } = state;
  if (price.state !== 'safe') {
    return refuse('PriceUnsafe', { market: id, state: BigInt(PRICE_STATES.indexOf(price.state)) });
  }
  const value = valueDown(collateral, price.low);
  if (!isUnhealthy(debt, value, terms.borrowLtv)) return undefined;
  return refuse('Undercollateralised', { debt, most: mulDivDown(value, terms.borrowLtv, WAD) });
}

/** What `adjust(market, dCollateral, dDebt)` does; `ALL` takes out or repays all. */
export function adjust(state: VaultState, dCollateral: bigint, dDebt: bigint): Outcome<Adjustment> {
  const { vault, market } = state;
  const changed: Outcome<Debt> =
    dDebt < 0n ? repay(state, dDebt) : dDebt > 0n ? mint(state, dDebt) : { norm: vault.norm, moved: 0n };
  if (changed.refused !== undefined) return changed;
  const moved = moveCollateral(state, dCollateral);
  if (moved.refused !== undefined) return moved;
  const collateral = vault.collateral + moved.moved;
  const debtAfter = debtUp(changed.norm, market.index);
  let flaggedAt = changed.norm === 0n ? 0 : vault.flaggedAt;
  if (dDebt > 0n || (moved.moved < 0n && changed.norm !== 0n)) {
    const refused = checkHealth(state, collateral, debtAfter);
    if (refused !== undefined) return refused;
    flaggedAt = 0;
  }
  return {
    collateral: moved.moved,
    debt: changed.moved,
    vault: { collateral, norm: changed.norm, flaggedAt },
    debtAfter,
  };
}

/** How much more debt the owner could have now with `collateral` in the vault, and what holds it there. */
export interface Room {
  readonly most: bigint;
  readonly by: 'collateral' | 'ceiling' | 'limit' | 'stopped' | 'price';
}

/** The most that can be minted beside what is owed already, with `collateral` in the vault. */
export function mintRoom(state: VaultState, collateral: bigint): Room {
  const { market, terms, price, stoppedUntil, now } = state;
  if (stoppedUntil > now) return { most: 0n, by: 'stopped' };
  if (price.state !== 'safe') return { most: 0n, by: 'price' };
  const owed = debtUp(state.vault.norm, market.index);
  const over = (most: bigint, have: bigint) => (most > have ? most - have : 0n);
  // Norm is rounded up when it is minted, so that the debt may be a unit of the index above what was asked.
  const slack = market.index === WAD ? 0n : market.index / WAD + 1n;
  const carried = over(mulDivDown(valueDown(collateral, price.low), terms.borrowLtv, WAD), owed + slack);
  const ceiling = over(market.ceiling, debtUp(market.norm, market.index) + slack);
  const most = least(least(carried, ceiling), market.mintable);
  return { most, by: most === carried ? 'collateral' : most === ceiling ? 'ceiling' : 'limit' };
}

/** The most collateral that can be taken out while `debt` stays owed. */
export function withdrawRoom(state: VaultState, debt: bigint): bigint {
  const { vault, terms, price } = state;
  if (debt === 0n) return vault.collateral;
  if (price.state !== 'safe' || price.low === 0n) return 0n;
  const value = mulDivUp(debt, WAD, terms.borrowLtv);
  const needed = mulDivUp(value, 10n ** 36n, price.low);
  return vault.collateral > needed ? vault.collateral - needed : 0n;
}

/** The debt at which `collateral` has the ratio `ratio` (wad) at the thought price, rounded down. */
export function debtAtRatio(state: Pick<VaultState, 'price'>, collateral: bigint, ratio: bigint): bigint {
  return ratio === 0n ? 0n : mulDivDown(valueDown(collateral, state.price.mid), WAD, ratio);
}

/** The least ratio (wad, at the thought price) at which new debt is allowed: the low price and `borrowLtv` say it. */
export function leastRatio({ price, terms }: Pick<VaultState, 'price' | 'terms'>): bigint | null {
  if (price.low === 0n) return null;
  return mulDivUp(mulDivUp(price.mid, WAD, price.low), WAD, terms.borrowLtv);
}
