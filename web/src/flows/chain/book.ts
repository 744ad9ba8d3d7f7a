import { decodeFunctionResult, encodeFunctionData, parseEventLogs, type Address, type Hex, type Log } from 'viem';
import type { PublicClient } from 'viem';
import { bookAbi } from '../../contracts/abi/book';
import { pricesAbi } from '../../contracts/abi/prices';
import { sameAddress } from '../../format';
import type { VaultState } from '../calc/adjust';
import type { Haircut } from '../calc/redemption';
import { PRICE_STATES, type MarketTerms, type StoredPrice } from '../calc/vaults';
import type { Call } from './calls';
import { balanceOf } from './state';

/** What reads; a client of the wallet's node, or of a test's. */
export type Reader = Pick<PublicClient, 'getBlock' | 'readContract'>;

/** A vault with its market, price and what all share, at one block, read through the person's own wallet. */
export interface BookState {
  readonly block: bigint;
  readonly vault: VaultState & { readonly block: bigint };
  readonly haircut: Haircut;
  readonly deficit: bigint;
  /** The contract that stores the price. */
  readonly prices: Address;
  readonly collateral: Address;
}

type At = { readonly blockNumber: bigint };

/** A stored price at a block. */
export async function readPrice(client: Reader, prices: Address, asset: Address, at: At): Promise<StoredPrice> {
  const [low, mid, high, updatedAt, state] = await client.readContract({
    address: prices,
    abi: pricesAbi,
    functionName: 'price',
    args: [asset],
    ...at,
  });
  return { low, mid, high, updatedAt: Number(updatedAt), state: PRICE_STATES[state] ?? 'grace' };
}

/** The price that a market's terms name, at a block. */
export async function readMarketPrice(client: Reader, book: Address, market: bigint, at: At): Promise<StoredPrice> {
  const terms = await client.readContract({
    address: book,
    abi: bookAbi,
    functionName: 'termsOf',
    args: [market],
    ...at,
  });
  return readPrice(client, terms.prices, terms.collateral, at);
}

/** A vault and everything that decides about it, at one block; the newest unless one is named. */
export async function readVaultState(
  client: Reader,
  book: Address,
  market: bigint,
  owner: Address,
  blockNumber?: bigint,
): Promise<BookState> {
  const block = await client.getBlock(blockNumber === undefined ? { blockTag: 'latest' } : { blockNumber });
  if (block.number === null) throw new Error('The newest block has no number.');
  const at = { blockNumber: block.number };
  const one = { address: book, abi: bookAbi, ...at } as const;
  const [terms, state, vault, stopped, haircut, totals] = await Promise.all([
    client.readContract({ ...one, functionName: 'termsOf', args: [market] }),
    client.readContract({ ...one, functionName: 'marketOf', args: [market] }),
    client.readContract({ ...one, functionName: 'vaultOf', args: [market, owner] }),
    client.readContract({ ...one, functionName: 'stoppedUntil' }),
    client.readContract({ ...one, functionName: 'haircut' }),
    client.readContract({ ...one, functionName: 'totals' }),
  ]);
  const price = await readPrice(client, terms.prices, terms.collateral, at);
  const own: MarketTerms = {
    ...terms,
    rampSecs: Number(terms.rampSecs),
    mintWindowSecs: Number(terms.mintWindowSecs),
  };
  return {
    block: block.number,
    prices: terms.prices,
    collateral: terms.collateral,
    deficit: totals[1],
    haircut: { backing: haircut[0], supply: haircut[1] },
    vault: {
      id: market,
      block: block.number,
      terms: own,
      market: state,
      vault: { collateral: vault[0], norm: vault[1], flaggedAt: Number(vault[3]) },
      price,
      stoppedUntil: Number(stopped),
      now: Number(block.timestamp),
    },
  };
}

/** What an account has beside its vault. */
export interface Purse {
  /** Base units of collateral. */
  readonly collateral: bigint;
  /** Base units of the synthetic. */
  readonly synthetic: bigint;
  /** Wei. */
  readonly native: bigint;
  /** Whether the account may do everything with the owner's vaults. */
  readonly operator: boolean;
}

export async function readPurse(
  client: PublicClient,
  book: Address,
  collateral: Address,
  owner: Address,
  account: Address,
  blockNumber: bigint,
): Promise<Purse> {
  const at = { blockNumber };
  const [held, synthetic, native, operator] = await Promise.all([
    balanceOf(client, collateral, account, at),
    balanceOf(client, book, account, at),
    client.getBalance({ address: account, ...at }),
    client.readContract({
      address: book,
      abi: bookAbi,
      functionName: 'isOperator',
      args: [owner, account],
      ...at,
    }),
  ]);
  return { collateral: held, synthetic, native, operator: operator || sameAddress(owner, account) };
}

/* ------------------------------------------------------------------ calls */

/** The owner's own call, or the same for another's vault, of which `to` receives what comes out. */
export function adjustCall(
  book: Address,
  market: bigint,
  owner: Address,
  account: Address,
  collateral: bigint,
  debt: bigint,
): Call {
  const data = sameAddress(owner, account)
    ? encodeFunctionData({ abi: bookAbi, functionName: 'adjust', args: [market, collateral, debt] })
    : encodeFunctionData({
        abi: bookAbi,
        functionName: 'adjustFor',
        args: [market, owner, collateral, debt, account],
      });
  return { to: book, data, value: 0n };
}

export function takeCall(book: Address, market: bigint, owner: Address, most: bigint, least: bigint): Call {
  const args = [market, [owner], most, least, '0x'] as const;
  return { to: book, data: encodeFunctionData({ abi: bookAbi, functionName: 'take', args }), value: 0n };
}

export function redeemCall(book: Address, market: bigint, owner: Address, amount: bigint, least: bigint): Call {
  const args = [market, owner, amount, least] as const;
  return { to: book, data: encodeFunctionData({ abi: bookAbi, functionName: 'redeem', args }), value: 0n };
}

export function flagCall(book: Address, market: bigint, owner: Address): Call {
  const data = encodeFunctionData({ abi: bookAbi, functionName: 'flag', args: [market, owner] });
  return { to: book, data, value: 0n };
}

export function bookCall(book: Address, market: bigint, owner: Address): Call {
  const data = encodeFunctionData({ abi: bookAbi, functionName: 'book', args: [market, owner] });
  return { to: book, data, value: 0n };
}

export function collectCall(book: Address): Call {
  return { to: book, data: encodeFunctionData({ abi: bookAbi, functionName: 'collect' }), value: 0n };
}

export function operatorCall(book: Address, operator: Address, allowed: boolean): Call {
  const data = encodeFunctionData({ abi: bookAbi, functionName: 'setOperator', args: [operator, allowed] });
  return { to: book, data, value: 0n };
}

export function pokeCall(prices: Address, asset: Address): Call {
  const data = encodeFunctionData({ abi: pricesAbi, functionName: 'poke', args: [asset] });
  return { to: prices, data, value: 0n };
}

/* ----------------------------------------------------------------- answers */

type Logs = readonly Log[];

export function adjustedEvent(logs: Logs, book: string) {
  const found = parseEventLogs({ abi: bookAbi, logs: [...logs], eventName: 'Adjusted' });
  return found.find((log) => sameAddress(log.address, book))?.args;
}

export function takenEvent(logs: Logs, book: string) {
  const found = parseEventLogs({ abi: bookAbi, logs: [...logs], eventName: 'Taken' });
  return found.find((log) => sameAddress(log.address, book))?.args;
}

export function redeemedFromEvent(logs: Logs, book: string) {
  const found = parseEventLogs({ abi: bookAbi, logs: [...logs], eventName: 'Redeemed' });
  return found.find((log) => sameAddress(log.address, book))?.args;
}

/** What left and entered the account: collateral and debt, as `adjust` returns them. */
export function adjustReturns(data: Hex): readonly [bigint, bigint] {
  return decodeFunctionResult({ abi: bookAbi, functionName: 'adjust', data });
}

export function takeReturns(data: Hex): readonly [bigint, bigint] {
  return decodeFunctionResult({ abi: bookAbi, functionName: 'take', data });
}

export function redeemFromReturns(data: Hex): readonly [bigint, bigint] {
  return decodeFunctionResult({ abi: bookAbi, functionName: 'redeem', data });
}
