import { feeUp, mulDivDown } from './arithmetic';
import { type Ledger, type Outcome, type Terms, refuse, toStream, totalOf, withAssets } from './ledger';

export interface Redemption {
  /** Base units of each asset sent to the receiver. */
  readonly paid: readonly bigint[];
  /** Base units of each asset that stay for the other holders, through the stream. */
  readonly fees: readonly bigint[];
  readonly after: Ledger;
}

/** What `redeem(tokens, forgo, ...)` does. Bit j of `forgo` leaves asset j behind. */
export function redeem(ledger: Ledger, terms: Terms, tokens: bigint, forgo = 0n): Outcome<Redemption> {
  if (!terms.redeemable) return refuse('RedemptionOff');
  if (tokens === 0n) return refuse('ZeroAmount', { field: 'tokens' });
  const everything = (1n << BigInt(ledger.assets.length)) - 1n;
  if ((forgo & everything) === everything) return refuse('EverythingForgone');
  if (tokens > ledger.claims) return refuse('AmountTooLarge', { field: 'tokens', amount: tokens, max: ledger.claims });
  const gross = ledger.assets.map((asset, index) =>
    isForgone(forgo, index) ? 0n : mulDivDown(tokens, totalOf(asset), ledger.claims),
  );
  const fees = gross.map((amount) => feeUp(amount, terms.redeemFeeBps));
  const paid = gross.map((amount, index) => amount - (fees[index] ?? 0n));
  const after = withAssets(
    ledger,
    (asset, index) => toStream({ ...asset, cash: asset.cash - (paid[index] ?? 0n) }, fees[index] ?? 0n),
    { claims: ledger.claims - tokens },
  );
  return { paid, fees, after };
}

export function isForgone(forgo: bigint, index: number): boolean {
  return ((forgo >> BigInt(index)) & 1n) === 1n;
}
