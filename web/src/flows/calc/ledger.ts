import { MAX_WORD, WAD, mulDivDown, mulDivUp } from './arithmetic';

/** One asset of a reserve, base units, vested to one second. */
export interface AssetLedger {
  /** R: what belongs to holders and is in the reserve. */
  readonly cash: bigint;
  /** D: principal out on loan. */
  readonly lent: bigint;
  /** Received, not yet vested into the cash. */
  readonly streaming: bigint;
}

/** A reserve at one second. */
export interface Ledger {
  /** S: token base units that share the backing. */
  readonly claims: bigint;
  /** C: token base units locked in loans. */
  readonly locked: bigint;
  readonly assets: readonly AssetLedger[];
}

/** The terms that the calculators need, fixed at launch. Ratios in basis points, times in seconds. */
export interface Terms {
  readonly redeemable: boolean;
  readonly redeemFeeBps: number;
  readonly ltvBps: number;
  readonly termFeeBps: number;
  readonly termSecs: number;
  readonly graceSecs: number;
}

/** Why the contract would refuse, under the contract's own name for it; `src/contracts/sentences` has the words. */
export interface Refusal {
  readonly error: string;
  readonly fields: Readonly<Record<string, bigint | string>>;
}

/** A result, or why there is none. */
export type Outcome<T> = ({ readonly refused?: undefined } & T) | { readonly refused: Refusal };

export function refuse(error: string, fields: Refusal['fields'] = {}): { refused: Refusal } {
  return { refused: { error, fields } };
}

/** F: what the claims share of one asset. */
export function totalOf(asset: AssetLedger): bigint {
  return asset.cash + asset.lent;
}

/** What `tokens` are backed by, base units of each asset, rounded down. */
export function backingOf(ledger: Ledger, tokens: bigint): bigint[] {
  return ledger.assets.map((asset) => (ledger.claims === 0n ? 0n : mulDivDown(tokens, totalOf(asset), ledger.claims)));
}

/** Backing per whole token in whole units of the asset, wad, rounded down; zero without claims. For display only. */
export function floorWad(ledger: Ledger, index: number, decimals: number): bigint {
  const asset = ledger.assets[index];
  if (asset === undefined || ledger.claims === 0n) return 0n;
  return mulDivDown(totalOf(asset), 10n ** BigInt(36 - decimals), ledger.claims);
}

/** R * S / (F * (S - C)) in wad, as `freeHolderCoverage`; the largest word where nothing needs to be covered. */
export function coverageWad(ledger: Ledger, index: number): bigint {
  const asset = ledger.assets[index];
  if (asset === undefined) return MAX_WORD;
  const toCover = mulDivUp(totalOf(asset), ledger.claims - ledger.locked, ledger.claims === 0n ? 1n : ledger.claims);
  return toCover === 0n ? MAX_WORD : mulDivDown(asset.cash, WAD, toCover);
}

/** Each asset changed by what `change` says of it. */
export function withAssets(
  ledger: Ledger,
  change: (asset: AssetLedger, index: number) => AssetLedger,
  rest: Partial<Pick<Ledger, 'claims' | 'locked'>> = {},
): Ledger {
  return { ...ledger, ...rest, assets: ledger.assets.map(change) };
}

/** `amount` moved from the cash into the stream, where the floor rises by it over time. */
export function toStream(asset: AssetLedger, amount: bigint): AssetLedger {
  return { ...asset, cash: asset.cash - amount, streaming: asset.streaming + amount };
}
