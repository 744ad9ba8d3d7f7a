import type { AsOf } from '../../api/types';
import type { BackstopView, PegView, SyntheticDetail } from '../../api/vaultTypes';
import type { BackstopState } from '../calc/backstop';
import { PEG_MARKET, type Claims, type SurplusRule } from '../calc/losses';
import type { PegState } from '../calc/peg';
import { PRICE_SCALE, SYNTHETIC_DECIMALS } from '../calc/vaults';
import { priceFrom } from '../vaults/fromApi';

/** After so many seconds what a backstop could not sell counts as nothing. */
const WRITE_OFF_SECS = 30 * 86_400;

/** What stands behind a synthetic as the server's newest block shows it. */
export function claimsFrom(synthetic: SyntheticDetail): { readonly claims: Claims; readonly rule: SurplusRule } {
  const deficits = synthetic.markets.map(({ id, deficit }) => ({ market: BigInt(id), amount: BigInt(deficit) }));
  deficits.push({ market: PEG_MARKET, amount: BigInt(synthetic.peg?.deficit ?? 0) });
  return {
    claims: {
      supply: BigInt(synthetic.supply),
      debt: BigInt(synthetic.debt),
      ledger: BigInt(synthetic.peg_ledger),
      custody: BigInt(synthetic.peg_backing ?? 0),
      deficits,
      surplus: BigInt(synthetic.surplus),
    },
    rule: { buffer: BigInt(synthetic.surplus_buffer), backstop: synthetic.backstop !== null },
  };
}

/** A peg module as the server's newest block shows it. */
export function pegFrom(synthetic: SyntheticDetail, peg: PegView, asOf: AsOf): PegState {
  const custody = BigInt(peg.custody);
  return {
    feeIn: BigInt(peg.fee_in_wad),
    feeOut: BigInt(peg.fee_out_wad),
    scale: 10n ** BigInt(SYNTHETIC_DECIMALS - peg.custody_token.decimals),
    cap: BigInt(peg.cap),
    custody,
    held: custody,
    price: priceFrom(peg.price),
    ...claimsFrom(synthetic),
    stoppedUntil: synthetic.stopped_until,
    now: asOf.time,
  };
}

/** A backstop as the server's newest block shows it. */
export function backstopFrom(synthetic: SyntheticDetail, backstop: BackstopView, asOf: AsOf): BackstopState {
  const all = BigInt(backstop.cash_and_dripping);
  const dripping = BigInt(backstop.dripping);
  const entering = BigInt(backstop.entering);
  const owed = BigInt(backstop.owed);
  const lots = backstop.lots.reduce((sum, lot) => {
    const price = synthetic.markets.find(({ id }) => id === lot.market)?.price ?? null;
    const counts = price !== null && asOf.time - lot.started_at <= WRITE_OFF_SECS;
    return counts ? sum + (BigInt(lot.held) * BigInt(price.scaled.high)) / PRICE_SCALE : sum;
  }, 0n);
  const cash = all - dripping;
  const epoch = BigInt(backstop.epoch);
  return {
    shares: BigInt(backstop.shares),
    low: BigInt(backstop.assets ?? cash),
    high: cash + lots,
    ...{ cash, dripping, entering, owed, held: all + entering + owed, epoch },
    cooldownSecs: backstop.cooldown_secs,
    genesis: backstop.epoch_ends_at - Number(epoch + 1n) * backstop.cooldown_secs,
    now: asOf.time,
  };
}
