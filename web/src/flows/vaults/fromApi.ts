import type { MarketTermsView, PriceView, VaultMarketView } from '../../api/vaultTypes';
import { PRICE_STATES, type MarketState, type MarketTerms, type PriceState, type StoredPrice } from '../calc/vaults';

/** A market's terms as the calculators take them. */
export function termsFrom(terms: MarketTermsView): MarketTerms {
  return {
    borrowLtv: BigInt(terms.borrow_ltv_wad),
    liqLtv: BigInt(terms.liq_ltv_wad),
    maxDiscount: BigInt(terms.max_discount_wad),
    rampSecs: terms.ramp_secs,
    minDebt: BigInt(terms.min_debt),
    feeMin: BigInt(terms.fee_min_wad),
    feeSlope: BigInt(terms.fee_slope_wad),
    mintWindowSecs: terms.mint_window_secs,
  };
}

function stateFrom(state: string): PriceState {
  return PRICE_STATES.find((known) => known === state) ?? 'grace';
}

/** A stored price in the contracts' own scale; without one nothing is allowed that needs it. */
export function priceFrom(price: PriceView | null): StoredPrice {
  if (price === null) return { low: 0n, mid: 0n, high: 0n, updatedAt: 0, state: 'grace' };
  const { low, mid, high } = price.scaled;
  return {
    low: BigInt(low),
    mid: BigInt(mid),
    high: BigInt(high),
    updatedAt: price.updated_at,
    state: stateFrom(price.state),
  };
}

/** A market as the server's newest block shows it. */
export function marketFrom(market: VaultMarketView): MarketState {
  return {
    collateral: BigInt(market.collateral_total),
    norm: BigInt(market.norm),
    index: BigInt(market.index_wad),
    rate: BigInt(market.rate_wad),
    ceiling: BigInt(market.ceiling),
    mintLimit: BigInt(market.mint_limit),
    mintable: BigInt(market.mintable),
    deficit: BigInt(market.deficit),
  };
}
