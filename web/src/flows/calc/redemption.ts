import { WAD, least, mulDivDown, mulDivUp } from './arithmetic';
import { refuse, type Outcome } from './ledger';
import { PRICE_STATES, debtDown, debtUp, valueDown } from './vaults';
import type { MarketTerms, StoredPrice, Vault } from './vaults';

/** What all holders share while a deficit stands: `backing` of `supply`; equal without one. */
export interface Haircut {
  readonly backing: bigint;
  readonly supply: bigint;
}

/** One vault that may be redeemed from. */
export interface Redeemable {
  readonly market: bigint;
  readonly owner: string;
  readonly terms: MarketTerms;
  readonly price: StoredPrice;
  readonly index: bigint;
  readonly vault: Vault;
}

export interface RedemptionDone {
  /** Of the redeemer's synthetic. */
  readonly burned: bigint;
  /** Base units of collateral that he gets. */
  readonly collateral: bigint;
  /** Wad; what it takes stays in the vault. */
  readonly fee: bigint;
  /** Debt that the vault loses, rounded up. */
  readonly cut: bigint;
  readonly vault: Vault;
}

/** The fee of a vault, wad; the riskiest vault is the cheapest. */
export function redemptionFee(terms: MarketTerms, debt: bigint, value: bigint): bigint {
  if (value === 0n) return terms.feeMin;
  const ratio = (debt * WAD * WAD) / (value * terms.liqLtv);
  return ratio >= WAD ? terms.feeMin : terms.feeMin + mulDivUp(terms.feeSlope, WAD - ratio, WAD);
}

/** What `redeem(market, owner, amount, ...)` does. Under a deficit it is what is left after interest and surplus paid. */
export function redeemFrom(from: Redeemable, amount: bigint, { backing, supply }: Haircut): Outcome<RedemptionDone> {
  const { vault, index, price, terms, owner } = from;
  if (price.state !== 'safe' && price.state !== 'stepped') {
    return refuse('PriceUnsafe', { market: from.market, state: BigInt(PRICE_STATES.indexOf(price.state)) });
  }
  const debt = debtUp(vault.norm, index);
  const value = valueDown(vault.collateral, price.mid);
  if (debt === 0n) return refuse('NothingToRedeem', { owner });
  if (debt >= value) return refuse('Insolvent', { owner, debt, value });
  if (amount > supply) return refuse('AmountTooLarge', { field: 'amount', amount, max: supply });
  let paid = supply === 0n ? 0n : mulDivDown(amount, backing, supply);
  let cut = vault.norm;
  if (paid < debt) {
    if (debt - paid < terms.minDebt) paid = debt > terms.minDebt ? debt - terms.minDebt : 0n;
    cut = mulDivDown(paid, WAD, index);
  }
  if (cut === 0n) return refuse('NothingToRedeem', { owner });
  const atFace = debtUp(cut, index);
  let burned = atFace;
  if (backing !== supply) {
    burned = mulDivUp(atFace, supply, backing);
    if (burned > amount) burned = amount > atFace ? amount : atFace;
  }
  const fee = redemptionFee(terms, debt, value);
  const collateral = (debtDown(cut, index) * (WAD - fee) * WAD) / price.high;
  return {
    burned,
    collateral,
    fee,
    cut: atFace,
    vault: { ...vault, collateral: vault.collateral - collateral, norm: vault.norm - cut },
  };
}

/** One step of a redemption over several vaults. */
export interface RedemptionStep {
  readonly from: Redeemable;
  readonly done: RedemptionDone;
}

/** Cheapest first: what one unit of face value brings at the thought price, and the owner where that is equal. */
function costOf({ terms, price, vault, index }: Redeemable): bigint {
  const fee = redemptionFee(terms, debtUp(vault.norm, index), valueDown(vault.collateral, price.mid));
  return price.high === 0n ? WAD : WAD - mulDivDown(WAD - fee, price.mid, price.high);
}

/** Vaults that can be redeemed from, the cheapest first. */
export function cheapestFirst(vaults: readonly Redeemable[]): Redeemable[] {
  return vaults
    .filter(({ price, vault, index }) => {
      const debt = debtUp(vault.norm, index);
      const usable = price.state === 'safe' || price.state === 'stepped';
      return usable && debt > 0n && debt < valueDown(vault.collateral, price.mid);
    })
    .map((one) => ({ one, cost: costOf(one) }))
    .sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : a.one.owner < b.one.owner ? -1 : 1))
    .map(({ one }) => one);
}

/** Redeems `amount` from the cheapest vaults, one after the other; stops where nothing is left of either. */
export function redeemCheapest(
  vaults: readonly Redeemable[],
  amount: bigint,
  haircut: Haircut,
): { readonly steps: RedemptionStep[]; readonly left: bigint } {
  const steps: RedemptionStep[] = [];
  let left = amount;
  for (const from of cheapestFirst(vaults)) {
    if (left === 0n) break;
    const done = redeemFrom(from, least(left, haircut.supply), haircut);
    if (done.refused !== undefined || done.burned > left) continue;
    steps.push({ from, done });
    left -= done.burned;
  }
  return { steps, left };
}
