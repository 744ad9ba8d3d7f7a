import type { SyntheticDetail, VaultMarketView } from '../../api/vaultTypes';
import { dateText, decimalText, durationText, pluralText, wadPercentText } from '../../format';
import type { Limit } from '../token/limits';
import { STATE_WORDS, ratioOfLtv, shareText } from './words';

function money(synthetic: SyntheticDetail, amount: bigint): string {
  return `${decimalText(amount, 18, { significant: 12, places: 0 })} ${synthetic.symbol}`;
}

function names(markets: readonly VaultMarketView[]): string {
  return [...new Set(markets.map((market) => market.collateral.symbol))].join(', ');
}

function peg(synthetic: SyntheticDetail): Limit {
  const module =
    synthetic.peg === null
      ? 'There is no exchange at face value; a market price above it falls only when somebody mints.'
      : `The peg module sells at face value only up to its cap, and while ${synthetic.peg.custody_token.symbol} is worth it.`;
  return {
    key: 'peg',
    title: 'It does not hold the market price at face value.',
    text: `Redemption pulls a price that is too low up, at the cost of a fee. ${module}`,
  };
}

function losses(synthetic: SyntheticDetail): Limit {
  const deficit = BigInt(synthetic.deficit);
  const standing =
    deficit > 0n
      ? ` At the moment ${money(synthetic, deficit)} of losses is unpaid${synthetic.haircut_wad === null ? '' : `, and a redemption pays ${wadPercentText(BigInt(synthetic.haircut_wad))} of face value`}.`
      : '';
  return {
    key: 'losses',
    title: 'It does not keep holders out of losses.',
    text: `Losses of any market are paid by uncollected interest, the surplus and the backstop, then by all holders alike.${standing}`,
  };
}

function repayment(synthetic: SyntheticDetail): Limit | null {
  if (synthetic.deficit === '0') return null;
  return {
    key: 'repayment',
    title: 'It does not make everybody share at the same moment.',
    text: 'While a deficit stands, owners still repay at face value. Each such repayment lowers the share that is left for the others a little.',
  };
}

function ceilings(synthetic: SyntheticDetail): Limit | null {
  if (synthetic.markets.length === 0) return null;
  const parts = synthetic.markets.map(
    (market) => `${market.collateral.symbol} ${money(synthetic, BigInt(market.ceiling))}`,
  );
  return {
    key: 'ceilings',
    title: 'It does not shut one market off from another’s losses.',
    text: `Vaults and their terms are apart, but holders share what a market loses, at most its ceiling: ${parts.join(', ')}.`,
  };
}

function owners(synthetic: SyntheticDetail): Limit | null {
  const first = synthetic.markets[0];
  if (first === undefined) return null;
  const list = synthetic.markets.map(
    (market) =>
      `under ${shareText(ratioOfLtv(market.terms.liq_ltv_wad))} in ${market.collateral.symbol}, within about ${durationText(market.terms.ramp_secs)}`,
  );
  return {
    key: 'owners',
    title: 'It does not protect an owner from a fall.',
    text: `A vault that is too thin is sold, at a discount, without asking: ${list.join('; ')}. An owner can also be redeemed from at any time, at face value and with the fee kept in the vault.`,
  };
}

function prices(synthetic: SyntheticDetail): Limit | null {
  if (synthetic.markets.length === 0) return null;
  const unsafe = synthetic.markets.filter((market) => market.price !== null && market.price.state !== 'safe');
  const now =
    unsafe.length === 0
      ? ''
      : ` Now: ${unsafe.map((market) => `${market.collateral.symbol} is ${STATE_WORDS[market.price?.state ?? ''] ?? ''}`).join(', ')}.`;
  return {
    key: 'prices',
    title: 'It does not know prices by itself.',
    text: `It acts on what the sources agree on. Where they are wrong together, so is the backing; where they do not agree, new debt and redemption wait.${now}`,
  };
}

function assets(synthetic: SyntheticDetail): Limit | null {
  if (synthetic.markets.length === 0) return null;
  const custody = synthetic.peg === null ? '' : `, and ${synthetic.peg.custody_token.symbol} in the peg module`;
  return {
    key: 'assets',
    title: 'It does not make its collateral safe.',
    text: `It is ${names(synthetic.markets)}${custody}. What can freeze or change those tokens can hurt the backing.`,
  };
}

function backstop(synthetic: SyntheticDetail): Limit {
  const held = synthetic.backstop;
  if (held === null) {
    return {
      key: 'backstop',
      title: 'It does not have a backstop.',
      text: 'After interest and surplus, holders are the next to pay.',
    };
  }
  const worth = held.assets === null ? 'not valued at the moment' : money(synthetic, BigInt(held.assets));
  return {
    key: 'backstop',
    title: 'It does not have a backstop without end.',
    text: `The backstop holds ${worth}, in shares that can leave after ${durationText(held.cooldown_secs)}.`,
  };
}

function rules(synthetic: SyntheticDetail): Limit {
  const waiting = synthetic.governor.scheduled.length;
  return {
    key: 'rules',
    title: 'It does not mean that nobody has a say.',
    text: `The governor’s owner can announce markets, ceilings and limits, which take effect after a delay; the guardian can stop new debt for a week. Nobody can touch collateral, or stop repayment, takes or redemptions.${waiting === 0 ? '' : ` ${pluralText(waiting, 'change')} ${waiting === 1 ? 'is' : 'are'} announced now.`}`,
  };
}

function stopped(synthetic: SyntheticDetail, now: number): Limit | null {
  if (synthetic.stopped_until <= now) return null;
  return {
    key: 'stopped',
    title: 'It does not mint at the moment.',
    text: `The guardian stopped new debt until ${dateText(synthetic.stopped_until)}.`,
  };
}

/** What this backing does not do, from the facts of the synthetic; `now` is the chain's time in unix seconds. */
export function vaultLimitsOf(synthetic: SyntheticDetail, now: number): Limit[] {
  return [
    stopped(synthetic, now),
    peg(synthetic),
    losses(synthetic),
    repayment(synthetic),
    ceilings(synthetic),
    owners(synthetic),
    prices(synthetic),
    assets(synthetic),
    backstop(synthetic),
    rules(synthetic),
  ].filter((limit) => limit !== null);
}
