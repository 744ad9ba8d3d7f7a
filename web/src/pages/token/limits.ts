import type { TokenDetail } from '../../api/types';
import {
  bpsText,
  changeText,
  dateText,
  decimalText,
  durationText,
  shareBps,
  wadText,
  ZERO_ADDRESS,
} from '../../format';

/** One thing that the backing does not do: a short sentence, and what follows from it for this token. */
export interface Limit {
  key: string;
  title: string;
  text: string;
}

/** Unlock times from here on mean that liquidity stays for ever. */
const FOR_EVER = 2n ** 64n;

function symbols(token: TokenDetail): string {
  return token.assets.map((asset) => asset.symbol).join(' and ');
}

function market(token: TokenDetail): Limit {
  const { redeemable, redeem_fee_bps, ltv_bps } = token.terms;
  const floor = redeemable
    ? `Redemption pays the floor less a fee of ${bpsText(redeem_fee_bps)}, but nobody is bound to buy at that price.`
    : `Redemption is closed: the floor is what can be borrowed against, up to ${bpsText(ltv_bps)} of it, not what the token can be sold for.`;
  const pool = token.pool === null ? ' There is no pool, so there may be no buyer at any price.' : '';
  return { key: 'market', title: 'It does not hold the market price at the floor.', text: floor + pool };
}

function premium(token: TokenDetail): Limit | null {
  const { premium_bps: bps, market_wad } = token;
  const asset = token.assets[0];
  if (market_wad === null || asset === undefined) return null;
  if (bps === null) {
    return {
      key: 'premium',
      title: 'It does not back the whole market price.',
      text: `The backing is in ${symbols(token)}, the market pays in ${asset.symbol}. Add up the parts yourself before you compare.`,
    };
  }
  const prices = `${wadText(BigInt(market_wad), { significant: 4 })} ${asset.symbol} against ${wadText(BigInt(token.floor_wad[0] ?? '0'), { significant: 4 })} ${asset.symbol}`;
  return bps > 0
    ? {
        key: 'premium',
        title: 'It does not back the whole market price.',
        text: `The market asks ${changeText(bps).replace('+', '')} more than the backing (${prices}). That part can vanish without the reserve losing anything.`,
      }
    : {
        key: 'premium',
        title: 'It does not make the market pay the backing.',
        text: `The market pays ${changeText(Math.abs(bps)).replace('+', '')} less than the backing (${prices}), and may go on doing so.`,
      };
}

function assets(token: TokenDetail): Limit {
  const units =
    token.assets.length === 1 ? `units of ${symbols(token)}` : `units of ${symbols(token)}, each for itself`;
  return {
    key: 'assets',
    title: `It does not make ${symbols(token)} safe.`,
    text: `The floor counts ${units}. If an asset loses its value, is frozen, or shuts out the reserve, that part of the backing is worth or pays nothing.`,
  };
}

function lent(token: TokenDetail): Limit | null {
  const parts = token.reserves.filter((reserve) => reserve.lent !== '0');
  if (parts.length === 0) return null;
  const shares = parts.map(
    (reserve) => `${bpsText(shareBps(BigInt(reserve.lent), BigInt(reserve.total)))} of the ${reserve.asset.symbol}`,
  );
  return {
    key: 'lent',
    title: 'It does not all lie in cash.',
    text: `${shares.join(' and ')} is out on loan against locked tokens. What is in cash covers every token that is not collateral; the rest comes back by repayment, or its collateral is burned.`,
  };
}

function streaming(token: TokenDetail): Limit | null {
  const parts = token.reserves.filter((reserve) => reserve.streaming !== '0');
  if (parts.length === 0) return null;
  const amounts = parts.map(
    (reserve) => `${decimalText(BigInt(reserve.streaming), reserve.asset.decimals)} ${reserve.asset.symbol}`,
  );
  return {
    key: 'streaming',
    title: 'It does not count at once what comes in.',
    text: `${amounts.join(' and ')} is still vesting and is part of no floor yet. What arrives within ${durationText(token.terms.drip_secs)} vests over the next ${durationText(token.terms.drip_secs)}.`,
  };
}

function borrowers(token: TokenDetail): Limit {
  const { term_secs, grace_secs, ltv_bps } = token.terms;
  return {
    key: 'borrowers',
    title: 'It does not protect a borrower from the calendar.',
    text: `A loan runs ${durationText(term_secs)} with ${durationText(grace_secs)} of grace. Who misses both loses the collateral, which backs more than the loan, at most ${bpsText(ltv_bps)} of it, and may fetch more in the market.`,
  };
}

function issuer(token: TokenDetail): Limit {
  const fees =
    token.fees === null
      ? ''
      : ` The owner may raise the fees, after three public days, to ${bpsText(token.fees.max_buy_bps)} on buying and ${bpsText(token.fees.max_sell_bps)} on selling.`;
  const guardian =
    token.guardian === ZERO_ADDRESS
      ? ' There is no guardian; the owner may name one.'
      : ' The guardian may pause borrowing, flash loans and conversion for seven days at a time.';
  return {
    key: 'issuer',
    title: 'It does not mean that nobody has a say.',
    text: `Nothing prevents the issuer from holding most of the supply, or from selling it.${token.owner === ZERO_ADDRESS ? '' : fees}${token.owner === ZERO_ADDRESS && token.guardian === ZERO_ADDRESS ? ' Nobody owns the token and it has no guardian.' : guardian}`,
  };
}

function trading(token: TokenDetail): Limit | null {
  if (token.fees === null) return null;
  return {
    key: 'trading',
    title: 'It does not make trading free.',
    text: `Buying from a registered pool costs ${bpsText(token.fees.buy_bps)}, selling ${bpsText(token.fees.sell_bps)}. Adding liquidity counts as selling; sending from wallet to wallet costs nothing.`,
  };
}

function liquidity(token: TokenDetail, now: number): Limit | null {
  const pool = token.pool_state;
  if (pool === null) return null;
  const until = BigInt(pool.locked_until);
  if (until >= FOR_EVER) return null;
  const title = 'It does not keep liquidity in the pool.';
  if (pool.withdrawn) return { key: 'liquidity', title, text: 'The liquidity of the launch has been withdrawn.' };
  return until <= BigInt(now)
    ? { key: 'liquidity', title, text: 'The lock has ended: the liquidity of the launch can be withdrawn at any time.' }
    : {
        key: 'liquidity',
        title,
        text: `The launch's liquidity can be withdrawn from ${dateText(Number(until))} on. Selling a large amount may then be impossible.`,
      };
}

function paused(token: TokenDetail, now: number): Limit | null {
  if (token.paused_until <= now) return null;
  return {
    key: 'paused',
    title: 'It does not lend at the moment.',
    text: `Borrowing, flash loans and conversion are paused until ${dateText(token.paused_until)}. Redemption, repayment, extension and claims go on; each deadline moves by the time of the pause.`,
  };
}

/** What this token's backing does not do, from its facts; `now` is the chain's time in unix seconds. */
export function limitsOf(token: TokenDetail, now: number): Limit[] {
  return [
    paused(token, now),
    market(token),
    premium(token),
    assets(token),
    lent(token),
    streaming(token),
    borrowers(token),
    trading(token),
    liquidity(token, now),
    issuer(token),
  ].filter((limit) => limit !== null);
}
