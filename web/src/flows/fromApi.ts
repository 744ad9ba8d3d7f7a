import type { TokenDetail } from '../api/types';
import type { Ledger, Terms } from './calc/ledger';

/** The reserve as the server's newest block shows it, for who has no wallet connected. */
export function ledgerOf(token: TokenDetail): Ledger {
  return {
    claims: BigInt(token.claims),
    locked: BigInt(token.locked),
    assets: token.reserves.map((row) => ({
      cash: BigInt(row.cash),
      lent: BigInt(row.lent),
      streaming: BigInt(row.streaming),
    })),
  };
}

export function termsOf(token: TokenDetail): Terms {
  return {
    redeemable: token.terms.redeemable,
    redeemFeeBps: token.terms.redeem_fee_bps,
    ltvBps: token.terms.ltv_bps,
    termFeeBps: token.terms.term_fee_bps,
    termSecs: token.terms.term_secs,
    graceSecs: token.terms.grace_secs,
  };
}
