import type { AssetRef } from '../api/types';
import { MAX_ASSET_AMOUNT, MAX_WORD, TOKEN_DECIMALS, WAD } from '../flows/calc/arithmetic';
import type { LaunchParams } from '../flows/chain/calls';
import { EMPTY, fault, parseAddress, parseAmount, parseShare, value, valueOf, type Typed } from '../flows/input';
import { fullText } from '../flows/plan';
import { durationText, sameAddress } from '../format';
import type { FieldFault } from '../ui';
import type { LaunchDraft } from './draft';

/** The bounds of `LaunchChecks` in the contracts. */
export const MAX_SUPPLY = 5n * 10n ** 36n;
export const MAX_ASSETS = 8;
export const MAX_DECIMALS = 24;
export const MAX_FEE_BPS = 1_000;
export const MAX_LTV_BPS = 9_900;
export const MAX_RECIPIENTS = 5;
export const MAX_NAME_BYTES = 31;
const MAX_MULTIPLE = (1n << 20n) * WAD;
const MIN_POOL_PRODUCT = 1_001n ** 2n;
const BPS = 10_000;
const [HOUR, DAY] = [3_600, 86_400];
const ZERO = '0x0000000000000000000000000000000000000000';

/** What is known of an asset that somebody named; null while it is being read, a text where it is no asset. */
export type AssetInfo = Pick<AssetRef, 'symbol' | 'decimals'> | string | null;

/** What the checks need to know beside the draft. */
export interface Around {
  /** The connected account, which becomes the owner where none is named. */
  readonly sender: `0x${string}` | undefined;
  /** Unix seconds of the newest block. */
  readonly now: number;
  /** By address in lower case. */
  readonly info: (address: string) => AssetInfo;
}

/** Every entry's fault by its field, and the call's parameters where there is none. */
export interface Checked {
  readonly faults: Readonly<Record<string, FieldFault>>;
  /** Fields that are needed and still empty. */
  readonly missing: readonly string[];
  readonly params: LaunchParams | undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  secs: 1,
  second: 1,
  seconds: 1,
  min: 60,
  mins: 60,
  minute: 60,
  minutes: 60,
  h: HOUR,
  hour: HOUR,
  hours: HOUR,
  d: DAY,
  day: DAY,
  days: DAY,
  w: 7 * DAY,
  week: 7 * DAY,
  weeks: 7 * DAY,
};

/** A time such as "30 days", "24 h" or "90 min", in seconds. */
export function parseDuration(text: string, min: number, max: number): Typed<number> {
  if (text.trim() === '') return EMPTY;
  const match = /^\s*(\d{1,12})\s*([a-z]+)\s*$/i.exec(text);
  const unit = UNITS[(match?.[2] ?? '').toLowerCase()];
  if (match === null || unit === undefined) return fault('is not a time. Write it like "30 days" or "24 h".');
  const secs = Number(match[1]) * unit;
  if (secs < min) return fault('is too short.', `at least ${durationText(min)}`);
  if (secs > max) return fault('is too long.', `at most ${durationText(max)}`);
  return value(secs);
}

/** Collects what each field says while the parameters are put together. */
class Collector {
  readonly faults: Record<string, FieldFault> = {};
  readonly missing: string[] = [];

  /** The value, noting why there is none. */
  take<T>(field: string, typed: Typed<T>, orElse: T): T {
    if (typed.state === 'fault') this.faults[field] = typed.fault;
    if (typed.state === 'empty') this.missing.push(field);
    return valueOf(typed) ?? orElse;
  }

  /** As `take`, where nothing typed has a meaning of its own. */
  maybe<T>(field: string, typed: Typed<T>, orElse: T): T {
    return typed.state === 'empty' ? orElse : this.take(field, typed, orElse);
  }

  fault(field: string, message: string, limit?: string): void {
    this.faults[field] = limit === undefined ? { message } : { message, limit };
  }
}

function checkNames(draft: LaunchDraft, to: Collector): void {
  const bytes = new TextEncoder().encode(draft.name).length;
  if (draft.name.trim() === '') to.missing.push('name');
  else if (bytes > MAX_NAME_BYTES) to.fault('name', `has ${bytes} bytes.`, `at most ${MAX_NAME_BYTES} bytes`);
  if (draft.symbol.trim() === '') to.missing.push('symbol');
}

function checkAssets(draft: LaunchDraft, around: Around, to: Collector): { assets: `0x${string}`[]; seeds: bigint[] } {
  if (draft.assets.length < 1 || draft.assets.length > MAX_ASSETS) {
    to.fault('assets', `there are ${draft.assets.length}.`, `1 to ${MAX_ASSETS} assets`);
  }
  const assets = draft.assets.map((_, index) => checkAsset(draft, index, around, to));
  const seeds = draft.assets.map((one, index) => {
    const info = around.info(one.address.toLowerCase());
    if (info === null || typeof info === 'string') return 0n;
    const min = 10n ** BigInt(Math.min(info.decimals, 4));
    const bounds = { decimals: info.decimals, unit: info.symbol, min, max: MAX_ASSET_AMOUNT };
    return to.take(`assets.${index}.seed`, parseAmount(one.seed, bounds), 0n);
  });
  return { assets, seeds };
}

function checkAsset(draft: LaunchDraft, index: number, around: Around, to: Collector): `0x${string}` {
  const field = `assets.${index}.address`;
  const text = draft.assets[index]?.address ?? '';
  const address = to.take<`0x${string}`>(field, parseAddress(text), ZERO);
  if (address === ZERO) return address;
  if (draft.assets.slice(0, index).some((one) => sameAddress(one.address.trim(), address))) {
    to.fault(field, 'is named twice. Remove one.');
  }
  const info = around.info(address.toLowerCase());
  if (info === null) to.missing.push(field);
  else if (typeof info === 'string') to.fault(field, info);
  else if (info.decimals > MAX_DECIMALS)
    to.fault(field, `has ${info.decimals} decimals.`, `at most ${MAX_DECIMALS} decimals`);
  return address;
}

/** The most that a term's fee may be: a loan at the limit must be able to pay it out of its collateral. */
export function maxTermFeeBps(ltvBps: number): number {
  return ltvBps === 0 ? MAX_FEE_BPS : Math.min(MAX_FEE_BPS, Math.floor((BPS * BPS) / ltvBps) - BPS);
}

function checkTerms(draft: LaunchDraft, to: Collector): LaunchParams['terms'] {
  const redeemFeeBps = to.take('redeemFee', parseShare(draft.redeemFee, { max: MAX_FEE_BPS }), 0);
  const mostLtv = Math.min(BPS - redeemFeeBps, MAX_LTV_BPS);
  const why = mostLtv === MAX_LTV_BPS ? undefined : '100 % less the redemption fee';
  const ltv = parseShare(draft.ltv, { max: mostLtv, ...(why === undefined ? {} : { maxIs: why }) });
  const ltvBps = to.take('ltv', ltv, 0);
  const mostFee = maxTermFeeBps(ltvBps);
  const fitting = mostFee === MAX_FEE_BPS ? {} : { maxIs: 'what a loan at the limit can pay from its collateral' };
  return {
    redeemable: draft.redeemable,
    redeemFeeBps,
    ltvBps,
    termFeeBps: to.take('termFee', parseShare(draft.termFee, { max: mostFee, ...fitting }), 0),
    flashFeeBps: to.take('flashFee', parseShare(draft.flashFee, { max: MAX_FEE_BPS }), 0),
    termSecs: to.take('term', parseDuration(draft.term, HOUR, 365 * DAY), 0),
    graceSecs: to.take('grace', parseDuration(draft.grace, HOUR, 90 * DAY), 0),
    dripSecs: to.take('drip', parseDuration(draft.drip, HOUR, 30 * DAY), 0),
  };
}

function checkPool(draft: LaunchDraft, supply: bigint, around: Around, to: Collector): LaunchParams['pool'] {
  if (!draft.pooled) return { tokens: 0n, assets: 0n, lockUntil: 0n };
  const max = supply < MAX_ASSET_AMOUNT ? supply : MAX_ASSET_AMOUNT;
  const unit = draft.symbol.trim() === '' ? 'tokens' : draft.symbol;
  const maxIs = max === supply ? 'the supply' : 'the most a pool can hold';
  const tokens = to.take(
    'poolTokens',
    parseAmount(draft.poolTokens, { decimals: TOKEN_DECIMALS, unit, max, maxIs }),
    0n,
  );
  const info = around.info((draft.assets[0]?.address ?? '').toLowerCase());
  let assets = 0n;
  if (info !== null && typeof info !== 'string') {
    const min = tokens === 0n ? 1n : (MIN_POOL_PRODUCT - 1n) / tokens + 1n;
    assets = to.take(
      'poolAssets',
      parseAmount(draft.poolAssets, { decimals: info.decimals, unit: info.symbol, min, max: MAX_ASSET_AMOUNT }),
      0n,
    );
  } else {
    to.missing.push('poolAssets');
  }
  if (draft.lock === 'for-ever') return { tokens, assets, lockUntil: MAX_WORD };
  const secs = to.take('lockTime', parseDuration(draft.lockTime, HOUR, 100 * 365 * DAY), 0);
  return { tokens, assets, lockUntil: BigInt(around.now + secs) };
}

const NO_FEES: LaunchParams['fees'] = {
  maxBuyBps: 0,
  maxSellBps: 0,
  buyBps: 0,
  sellBps: 0,
  startMultiple: 0n,
  split: { reserveBps: 0, burnBps: 0, liquidityBps: 0, recipients: [] },
};

function checkSplit(draft: LaunchDraft, owner: `0x${string}`, to: Collector): LaunchParams['fees']['split'] {
  const full = { max: BPS };
  const reserveBps = to.take('toReserve', parseShare(draft.toReserve, full), 0);
  const burnBps = to.take('toBurn', parseShare(draft.toBurn, full), 0);
  const several = draft.assets.length !== 1;
  const liquidityBps = to.take(
    'toLiquidity',
    parseShare(draft.toLiquidity, several ? { max: 0, maxIs: 'with several backing assets' } : full),
    0,
  );
  if (draft.recipients.length > MAX_RECIPIENTS) {
    to.fault('recipients', `there are ${draft.recipients.length}.`, `at most ${MAX_RECIPIENTS}`);
  }
  const recipients = draft.recipients.map((one, index) => ({
    account: to.maybe(`recipients.${index}.account`, parseAddress(one.account), owner),
    bps: to.take(`recipients.${index}.share`, parseShare(one.share, full), 0),
  }));
  const sum = [reserveBps, burnBps, liquidityBps, ...recipients.map((one) => one.bps)].reduce((a, b) => a + b, 0);
  if (sum !== BPS) to.fault('split', `the shares add up to ${sum / 100} %.`, '100 % in all');
  return { reserveBps, burnBps, liquidityBps, recipients };
}

function checkFees(draft: LaunchDraft, owner: `0x${string}`, to: Collector): LaunchParams['fees'] {
  if (!draft.taxed) return NO_FEES;
  if (!draft.pooled) to.fault('pooled', 'a token whose trading pays fees needs a pool. Add one, or choose no fees.');
  const maxBuyBps = to.take('maxBuy', parseShare(draft.maxBuy, { max: MAX_FEE_BPS }), 0);
  const maxSellBps = to.take('maxSell', parseShare(draft.maxSell, { max: MAX_FEE_BPS }), 0);
  const within = (max: number) => ({ max, maxIs: 'the maximum beside it' });
  return {
    maxBuyBps,
    maxSellBps,
    buyBps: to.take('buy', parseShare(draft.buy, within(maxBuyBps)), 0),
    sellBps: to.take('sell', parseShare(draft.sell, within(maxSellBps)), 0),
    startMultiple: to.take(
      'startMultiple',
      parseAmount(draft.startMultiple, { decimals: TOKEN_DECIMALS, min: WAD, max: MAX_MULTIPLE }),
      0n,
    ),
    split: checkSplit(draft, owner, to),
  };
}

/** Holds every entry against the bounds of the contracts. */
export function checkDraft(draft: LaunchDraft, around: Around): Checked {
  const to = new Collector();
  checkNames(draft, to);
  const unit = draft.symbol.trim() === '' ? 'tokens' : draft.symbol;
  const supply = to.take('supply', parseAmount(draft.supply, { decimals: TOKEN_DECIMALS, unit, max: MAX_SUPPLY }), 0n);
  const owner = to.maybe('owner', parseAddress(draft.owner), around.sender ?? ZERO);
  const { assets, seeds } = checkAssets(draft, around, to);
  const terms = checkTerms(draft, to);
  const pool = checkPool(draft, supply, around, to);
  const fees = checkFees(draft, owner, to);
  const guardian = to.maybe('guardian', parseAddress(draft.guardian), ZERO);
  const ready = Object.keys(to.faults).length === 0 && to.missing.length === 0;
  const params: LaunchParams = {
    name: draft.name,
    symbol: draft.symbol,
    supply,
    owner,
    guardian,
    assets,
    seeds,
    terms,
    path: draft.taxed ? 1 : 0,
    pool,
    fees,
    salt: draft.salt,
  };
  return { faults: to.faults, missing: to.missing, params: ready ? params : undefined };
}

/** Whole units of asset 0 for one token: the floor, and the pool's first price; wad, rounded down. */
export function firstPrices(
  params: LaunchParams,
  decimals: readonly number[],
): { floors: bigint[]; market: bigint | null } {
  const floors = params.seeds.map(
    (seed, index) => (seed * 10n ** BigInt(36 - (decimals[index] ?? 18))) / params.supply,
  );
  const { tokens, assets } = params.pool;
  return { floors, market: tokens === 0n ? null : (assets * 10n ** BigInt(36 - (decimals[0] ?? 18))) / tokens };
}

/** What the launcher pays of each asset: seed, and for the first one what the pool starts with. */
export function paymentOf(params: LaunchParams): bigint[] {
  return params.seeds.map((seed, index) => seed + (index === 0 ? params.pool.assets : 0n));
}

/** Where native currency is meant: the index of the wrapped asset, or -1. */
export function nativeIndex(params: LaunchParams, draft: LaunchDraft, wrapped: string | null): number {
  if (!draft.native || wrapped === null) return -1;
  return params.assets.findIndex((asset) => sameAddress(asset, wrapped));
}

/** An amount of the launch in words. */
export function amountText(amount: bigint, info: { symbol: string; decimals: number }): string {
  return fullText(amount, info.decimals, info.symbol);
}
