import { decodeFunctionResult, encodeFunctionData, parseEventLogs, type Address, type Hex, type Log } from 'viem';
import type { PublicClient } from 'viem';
import { backstopAbi } from '../../contracts/abi/backstop';
import { revertName } from '../../contracts/revert';
import { sameAddress } from '../../format';
import type { BackstopState } from '../calc/backstop';
import type { Claims, SurplusRule } from '../calc/losses';
import type { Call } from './calls';
import { readClaims } from './peg';
import { balanceOf } from './state';

/** How many epochs back an account's requests are looked for that the server may not have told of yet. */
const EPOCHS_BACK = 3n;

type At = { readonly blockNumber: bigint };

/** What an account asked for in one epoch, and what a call would do with it now. */
export interface RequestSeen {
  readonly epoch: bigint;
  /** Base units that wait to enter, or waited and are not claimed. */
  readonly entering: bigint;
  readonly entrySettled: boolean;
  /** What `claimEntry` gives now; undefined where it is refused. */
  readonly entryClaim: { readonly shares: bigint; readonly refunded: bigint } | undefined;
  /** Shares handed in. */
  readonly exiting: bigint;
  /** What `claimExit` pays now; zero where it is refused. */
  readonly exitClaim: bigint;
}

/** A backstop at one block with what an account has of it and asked of it. */
export interface BackstopSeen {
  readonly block: bigint;
  readonly backstop: BackstopState;
  readonly claims: Claims;
  readonly rule: SurplusRule;
  /** Base units of the account's synthetic, and its shares. */
  readonly purse: { readonly synthetic: bigint; readonly shares: bigint };
  readonly requests: readonly RequestSeen[];
}

/** What a call would return at a block; undefined where the contract refuses it under one of `names`. */
async function triedAt<T>(call: Promise<{ result: T }>, names: readonly string[]): Promise<T | undefined> {
  try {
    return (await call).result;
  } catch (error) {
    if (names.includes(revertName(error) ?? '')) return undefined;
    throw error;
  }
}

async function readRequest(
  client: PublicClient,
  backstop: Address,
  account: Address,
  epoch: bigint,
  at: At,
): Promise<RequestSeen> {
  const one = { address: backstop, abi: backstopAbi, ...at } as const;
  const [[entering, entrySettled], [exiting]] = await Promise.all([
    client.readContract({ ...one, functionName: 'entryOf', args: [epoch, account] }),
    client.readContract({ ...one, functionName: 'exitOf', args: [epoch, account] }),
  ]);
  // Each call settles first what is ripe, which no view does: so the call itself is asked.
  const tried = { ...one, account, args: [epoch, account] } as const;
  const [entry, left] = await Promise.all([
    entering === 0n
      ? undefined
      : triedAt(client.simulateContract({ ...tried, functionName: 'claimEntry' }), ['NotSettled', 'NothingRequested']),
    exiting === 0n
      ? undefined
      : triedAt(client.simulateContract({ ...tried, functionName: 'claimExit' }), ['NothingToClaim']),
  ]);
  return {
    epoch,
    entering,
    entrySettled,
    entryClaim: entry === undefined ? undefined : { shares: entry[0], refunded: entry[1] },
    exiting,
    exitClaim: left ?? 0n,
  };
}

async function readState(client: PublicClient, book: Address, address: Address, now: bigint, at: At) {
  const one = { address, abi: backstopAbi, ...at } as const;
  const [shares, low, accounts, epoch, cooldown, genesis, held] = await Promise.all([
    client.readContract({ ...one, functionName: 'totalSupply' }),
    client.readContract({ ...one, functionName: 'totalAssets' }),
    client.readContract({ ...one, functionName: 'accounts' }),
    client.readContract({ ...one, functionName: 'epoch' }),
    client.readContract({ ...one, functionName: 'cooldownSecs' }),
    client.readContract({ ...one, functionName: 'genesis' }),
    balanceOf(client, book, address, at),
  ]);
  // The price of every share, the contract's own guard among them, is all that there is at high prices, and one.
  const all = await client.readContract({ ...one, functionName: 'previewMint', args: [shares + 1_000_000n] });
  const [cash, dripping, entering, owed] = accounts;
  return {
    ...{ shares, low, high: all - 1n, cash, dripping, entering, owed, held, epoch },
    ...{ cooldownSecs: Number(cooldown), genesis: Number(genesis), now: Number(now) },
  };
}

/** The backstop of a book and the requests of `account`, those of `epochs` and the newest, at one block. */
export async function readBackstop(
  client: PublicClient,
  book: Address,
  address: Address,
  account: Address,
  epochs: readonly bigint[],
  blockNumber?: bigint,
): Promise<BackstopSeen> {
  const block = await client.getBlock(blockNumber === undefined ? { blockTag: 'latest' } : { blockNumber });
  const at = { blockNumber: block.number };
  const [backstop, known, synthetic, shares] = await Promise.all([
    readState(client, book, address, block.timestamp, at),
    readClaims(client, book, at),
    balanceOf(client, book, account, at),
    balanceOf(client, address, account, at),
  ]);
  const wanted = new Set(epochs);
  for (let back = 0n; back < EPOCHS_BACK && back <= backstop.epoch; back += 1n) wanted.add(backstop.epoch - back);
  const newest = [...wanted].sort((a, b) => (a < b ? 1 : -1));
  const requests = await Promise.all(newest.map((epoch) => readRequest(client, address, account, epoch, at)));
  return {
    block: block.number,
    backstop,
    ...known,
    purse: { synthetic, shares },
    requests: requests.filter(({ entering, exiting }) => entering > 0n || exiting > 0n),
  };
}

/* ------------------------------------------------------------------ calls */

function callOf(to: Address, data: Hex): Call {
  return { to, data, value: 0n };
}

export function requestEntryCall(backstop: Address, assets: bigint, owner: Address): Call {
  return callOf(
    backstop,
    encodeFunctionData({ abi: backstopAbi, functionName: 'requestEntry', args: [assets, owner] }),
  );
}

export function cancelEntryCall(backstop: Address, epoch: bigint): Call {
  return callOf(backstop, encodeFunctionData({ abi: backstopAbi, functionName: 'cancelEntry', args: [epoch] }));
}

export function claimEntryCall(backstop: Address, epoch: bigint, owner: Address): Call {
  return callOf(backstop, encodeFunctionData({ abi: backstopAbi, functionName: 'claimEntry', args: [epoch, owner] }));
}

export function requestExitCall(backstop: Address, shares: bigint): Call {
  return callOf(backstop, encodeFunctionData({ abi: backstopAbi, functionName: 'requestExit', args: [shares] }));
}

export function claimExitCall(backstop: Address, epoch: bigint, owner: Address): Call {
  return callOf(backstop, encodeFunctionData({ abi: backstopAbi, functionName: 'claimExit', args: [epoch, owner] }));
}

export function coverByBackstopCall(backstop: Address, market: bigint, amount: bigint): Call {
  return callOf(backstop, encodeFunctionData({ abi: backstopAbi, functionName: 'cover', args: [market, amount] }));
}

export function syncCall(backstop: Address): Call {
  return callOf(backstop, encodeFunctionData({ abi: backstopAbi, functionName: 'sync' }));
}

/* ----------------------------------------------------------------- answers */

type Requested = 'requestEntry' | 'requestExit';

/** The epoch of a request. */
export function requestReturns(functionName: Requested, data: Hex): bigint {
  return decodeFunctionResult({ abi: backstopAbi, functionName, data });
}

export function cancelReturns(data: Hex): bigint {
  return decodeFunctionResult({ abi: backstopAbi, functionName: 'cancelEntry', data });
}

export function claimEntryReturns(data: Hex): readonly [bigint, bigint] {
  return decodeFunctionResult({ abi: backstopAbi, functionName: 'claimEntry', data });
}

export function claimExitReturns(data: Hex): bigint {
  return decodeFunctionResult({ abi: backstopAbi, functionName: 'claimExit', data });
}

type RequestEvent = 'EntryRequested' | 'EntryCancelled' | 'EntryClaimed' | 'ExitRequested' | 'ExitClaimed';

/** What an event of a request tells; amounts that it does not have are zero. */
export interface RequestTold {
  readonly epoch: bigint;
  readonly assets: bigint;
  readonly shares: bigint;
  readonly refunded: bigint;
}

/** What the backstop itself logged of a request. */
export function requestEvent(logs: readonly Log[], backstop: string, eventName: RequestEvent): RequestTold | undefined {
  const found = parseEventLogs({ abi: backstopAbi, logs: [...logs], eventName });
  const args = found.find((log) => sameAddress(log.address, backstop))?.args;
  return args === undefined ? undefined : { assets: 0n, shares: 0n, refunded: 0n, ...args };
}
