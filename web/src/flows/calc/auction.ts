import { BPS, WAD, mulDivDown, mulDivUp } from './arithmetic';
import { type Ledger, type Outcome, refuse, totalOf } from './ledger';

/** The multiple halves in this many seconds. */
export const HALVING_SECS = 600;
const MAX_MULTIPLE = (1n << 20n) * WAD;
/** What a bid may cost beyond the price shown, in basis points, where nothing else is chosen. */
export const BID_MARGIN_BPS = 50;

/** The multiple as it was last set: k in wad, and the unix second from which it falls. */
export interface Anchor {
  readonly multiple: bigint;
  readonly setAt: number;
}

/** The multiple `elapsed` seconds after it was set, in wad; never below one. */
export function decay(multiple: bigint, elapsed: number): bigint {
  const halvings = Math.floor(elapsed / HALVING_SECS);
  if (halvings >= 128) return WAD;
  const halved = multiple >> BigInt(halvings);
  const now = halved - (halved * BigInt(elapsed % HALVING_SECS)) / BigInt(2 * HALVING_SECS);
  return now < WAD ? WAD : now;
}

export function multipleAt(anchor: Anchor, now: number): bigint {
  return decay(anchor.multiple, Math.max(0, now - anchor.setAt));
}

/** The anchor after `tokens` were sold, or burned at the floor, at the unix second `now`. */
export function raise(anchor: Anchor, tokens: bigint, lot: bigint, now: number): Anchor {
  const from = multipleAt(anchor, now) === WAD ? { multiple: WAD, setAt: now } : anchor;
  const passed = Math.floor((now - from.setAt) / HALVING_SECS);
  const halved = from.multiple >> BigInt(passed);
  const raised = halved + mulDivDown(halved, tokens, lot);
  return { multiple: raised > MAX_MULTIPLE ? MAX_MULTIPLE : raised, setAt: from.setAt + passed * HALVING_SECS };
}

/** Seconds from `now` until the multiple has come down to one, where bidding ends; zero when it has. */
export function secsToFloor(anchor: Anchor, now: number): number {
  let from = Math.max(now, anchor.setAt);
  if (multipleAt(anchor, from) === WAD) return 0;
  let to = from + 128 * HALVING_SECS;
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (multipleAt(anchor, middle) === WAD) to = middle;
    else from = middle;
  }
  return to - now;
}

/** The price of `tokens` at the multiple `k`, base units of each asset. */
export function bidPrice(ledger: Ledger, tokens: bigint, k: bigint): Outcome<{ readonly paid: readonly bigint[] }> {
  if (tokens === 0n) return refuse('ZeroAmount', { field: 'tokens' });
  if (k === WAD) return refuse('AtFloor');
  if (ledger.claims === 0n) return refuse('NoClaims');
  const totals = ledger.assets.map(totalOf);
  const empty = totals.indexOf(0n);
  if (empty !== -1) return refuse('FloorZero', { asset: BigInt(empty) });
  return { paid: totals.map((total) => mulDivUp(mulDivUp(tokens, total, ledger.claims), k, WAD)) };
}

/** The most to pay: the price now and `marginBps` more, rounded up. */
export function withMargin(amount: bigint, marginBps: number): bigint {
  return mulDivUp(amount, BPS + BigInt(marginBps), BPS);
}
