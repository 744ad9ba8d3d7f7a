import type { MarketTermsView, PriceSourceView, PriceView } from '../../api/vaultTypes';
import { WAD } from '../../flows/calc/arithmetic';
import { durationText, wadPercentText } from '../../format';

const YEAR_SECS = 31_536_000n;

/** A growth a second as a rate a year. A second's growth is cut, so the least year that is cut to it is told. */
export function rateText(rateWad: string | bigint): string {
  const rate = BigInt(rateWad);
  return rate === 0n ? '0 % a year' : `${wadPercentText((rate + 1n) * YEAR_SECS - 1n)} a year`;
}

/** A wad as percent without digits that say nothing: "80 %", "83.33 %". */
export function shareText(wad: string | bigint): string {
  return wadPercentText(BigInt(wad)).replace(/\.?0+ %$/, ' %');
}

/** The ratio that a loan to value stands for: 80 % is 125 %; rounded up, as it is a least. */
export function ratioOfLtv(ltv: string | bigint): bigint {
  const of = BigInt(ltv);
  return of === 0n ? 0n : (WAD * WAD + of - 1n) / of;
}

/** One word for the state of a price. */
export const STATE_WORDS: Record<string, string> = {
  safe: 'safe',
  stepped: 'stepped',
  grace: 'unsafe, takes wait',
  late: 'too old',
};

/** What may be done at a price of this state, and what not. */
export const STATE_MEANING: Record<string, string> = {
  safe: 'Everything is allowed.',
  stepped:
    'The price moved faster than one step allows. No new debt and no withdrawal against debt; takes, redemptions and repayment go on.',
  grace:
    'Too few sources agree, or the stored price is too old. Takes wait until the grace ends; only what makes a vault safer is allowed.',
  late: 'The price has been unsafe for longer than the grace. Takes go on at the last stored price, by time alone; no new debt and no redemption.',
};

/** Why a source does not count. */
export const FAULTS: Record<string, string> = {
  none: 'counts',
  no_answer: 'does not answer',
  locked: 'cannot be read in this call',
  malformed: 'answers nonsense: zero, out of order or too large',
  out_of_bounds: 'at or beyond its bounds',
  stale: 'too old',
  outlier: 'too far from the median',
};

/** Kinds of sources in words. */
export const SOURCE_KINDS: Record<string, string> = {
  chainlink: 'Chainlink-shaped feed',
  reports: 'quorum of signed reports',
  pair_average: 'time-weighted average of a pool',
  vault_rate: 'ERC-4626 rate times its asset’s price',
  composed: 'product or quotient of two prices',
  stored: 'another stored price',
  attested: 'attested net asset value',
  look_through: 'sum over a token’s reserves',
  floor: 'accrual floor',
  other: 'other contract',
};

/** Whether a source counts, and if not, why, with the number that decides. */
export function faultText(source: PriceSourceView, now: number): string {
  if (source.heard_at === 0) return 'not heard yet';
  const said = FAULTS[source.fault] ?? source.fault;
  if (source.fault === 'stale' && source.updated_at !== null) {
    return `${said}: ${durationText(now - source.updated_at)} of at most ${durationText(source.max_age_secs)}`;
  }
  return said;
}

/** How old a price is against how old it may be. */
export function ageText(price: PriceView): string {
  if (price.age_secs === null) return 'never priced';
  return `${durationText(price.age_secs)} old, at most ${durationText(price.age_secs_max)}`;
}

/** A market's terms as sentences: what can happen to whom, and when. */
export function termsInWords(
  terms: MarketTermsView,
  unit: string,
  collateral: string,
): { key: string; text: string }[] {
  const borrow = shareText(ratioOfLtv(terms.borrow_ltv_wad));
  const liquidation = shareText(ratioOfLtv(terms.liq_ltv_wad));
  const fee = `${shareText(terms.fee_min_wad)} to ${shareText(BigInt(terms.fee_min_wad) + BigInt(terms.fee_slope_wad))}`;
  const least = BigInt(terms.min_debt) / WAD;
  return [
    {
      key: 'borrow',
      text: `Whoever mints or takes out collateral must leave a ratio of at least ${borrow}, counted at the low price.`,
    },
    {
      key: 'liquidation',
      text: `Under ${liquidation}, counted at the thought price, a vault is unhealthy and anybody may buy its ${collateral}.`,
    },
    {
      key: 'auction',
      text: `The discount follows the fall at once, up to ${shareText(terms.max_discount_wad)}, and grows with time by as much every ${durationText(terms.ramp_secs)}. For the first ${durationText(terms.patience_secs)} of the clock nothing is sold at a loss that the collateral still covers.`,
    },
    { key: 'least', text: `A vault owes nothing or at least ${least.toString()} ${unit}.` },
    {
      key: 'redemption',
      text: `Anybody may redeem ${unit} from any solvent vault, the riskiest being the cheapest: at face value, less a fee of ${fee} that stays in the vault.`,
    },
    {
      key: 'limit',
      text: `The mint limit fills again within ${durationText(terms.mint_window_secs)}, and at once with what is repaid.`,
    },
    {
      key: 'rate',
      text:
        terms.rate_controller === null
          ? 'Nobody can change the stability rate.'
          : 'A controller sets the stability rate by a fixed rule.',
    },
    { key: 'fixed', text: 'None of this can ever be changed in this market: other terms mean another market.' },
  ];
}
