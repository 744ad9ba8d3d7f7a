import { decodeFunctionResult, encodeFunctionData, parseEventLogs, type Address, type Hex, type Log } from 'viem';
import type { PublicClient } from 'viem';
import { bookAbi } from '../../contracts/abi/book';
import { pegAbi } from '../../contracts/abi/peg';
import { sameAddress } from '../../format';
import { PEG_MARKET, type Claims, type SurplusRule } from '../calc/losses';
import type { PegState } from '../calc/peg';
import { readPrice } from './book';
import type { Call } from './calls';
import { balanceOf } from './state';

type At = { readonly blockNumber: bigint };

/** What stands behind a synthetic, and where its surplus goes, at one block. */
export async function readClaims(
  client: PublicClient,
  book: Address,
  at: At,
): Promise<{ readonly claims: Claims; readonly rule: SurplusRule }> {
  const one = { address: book, abi: bookAbi, ...at } as const;
  const [supply, totals, equity, pegDeficit, surplus, buffer, backstop, count] = await Promise.all([
    client.readContract({ ...one, functionName: 'totalSupply' }),
    client.readContract({ ...one, functionName: 'totals' }),
    client.readContract({ ...one, functionName: 'equity' }),
    client.readContract({ ...one, functionName: 'pegDeficit' }),
    balanceOf(client, book, book, at),
    client.readContract({ ...one, functionName: 'surplusBuffer' }),
    client.readContract({ ...one, functionName: 'backstop' }),
    client.readContract({ ...one, functionName: 'marketCount' }),
  ]);
  const [debt, , ledger] = totals;
  const markets = await Promise.all(
    Array.from({ length: Number(count) }, (_, market) =>
      client.readContract({ ...one, functionName: 'marketOf', args: [BigInt(market)] }),
    ),
  );
  const deficits = markets.map(({ deficit }, market) => ({ market: BigInt(market), amount: deficit }));
  deficits.push({ market: PEG_MARKET, amount: pegDeficit });
  return {
    claims: { supply, debt, ledger, custody: equity + supply - debt, deficits, surplus },
    rule: { buffer, backstop: !/^0x0{40}$/.test(backstop) },
  };
}

/** A peg module at one block, and what an account has of both sides. */
export interface PegSeen {
  readonly block: bigint;
  readonly peg: PegState;
  /** The contract that stores the price of the custody token. */
  readonly prices: Address;
  /** Base units of the account's custody token and synthetic. */
  readonly purse: { readonly units: bigint; readonly synthetic: bigint };
}

/** The peg module of a book and everything that decides about it, at one block; the newest unless one is named. */
export async function readPeg(
  client: PublicClient,
  book: Address,
  module: Address,
  account: Address,
  blockNumber?: bigint,
): Promise<PegSeen> {
  const block = await client.getBlock(blockNumber === undefined ? { blockTag: 'latest' } : { blockNumber });
  const at = { blockNumber: block.number };
  const one = { address: module, abi: pegAbi, ...at } as const;
  const [token, prices, scale, feeIn, feeOut, cap, custody, stopped, known] = await Promise.all([
    client.readContract({ ...one, functionName: 'custodyToken' }),
    client.readContract({ ...one, functionName: 'prices' }),
    client.readContract({ ...one, functionName: 'scale' }),
    client.readContract({ ...one, functionName: 'feeIn' }),
    client.readContract({ ...one, functionName: 'feeOut' }),
    client.readContract({ ...one, functionName: 'cap' }),
    client.readContract({ ...one, functionName: 'custody' }),
    client.readContract({ address: book, abi: bookAbi, functionName: 'stoppedUntil', ...at }),
    readClaims(client, book, at),
  ]);
  const [price, held, units, synthetic] = await Promise.all([
    readPrice(client, prices, token, at),
    balanceOf(client, token, module, at),
    balanceOf(client, token, account, at),
    balanceOf(client, book, account, at),
  ]);
  const shared = { stoppedUntil: Number(stopped), now: Number(block.timestamp) };
  return {
    block: block.number,
    peg: { feeIn, feeOut, scale, cap, custody, held, price, ...known, ...shared },
    prices,
    purse: { units, synthetic },
  };
}

/* ------------------------------------------------------------------ calls */

export function enterCall(module: Address, units: bigint, least: bigint, to: Address): Call {
  const data = encodeFunctionData({ abi: pegAbi, functionName: 'enter', args: [units, least, to] });
  return { to: module, data, value: 0n };
}

export function exitCall(module: Address, amount: bigint, least: bigint, to: Address): Call {
  const data = encodeFunctionData({ abi: pegAbi, functionName: 'exit', args: [amount, least, to] });
  return { to: module, data, value: 0n };
}

export function markCall(module: Address): Call {
  return { to: module, data: encodeFunctionData({ abi: pegAbi, functionName: 'mark' }), value: 0n };
}

export function collectFeesCall(module: Address): Call {
  return { to: module, data: encodeFunctionData({ abi: pegAbi, functionName: 'collectFees' }), value: 0n };
}

/* ----------------------------------------------------------------- answers */

export function enterReturns(data: Hex): bigint {
  return decodeFunctionResult({ abi: pegAbi, functionName: 'enter', data });
}

export function exitReturns(data: Hex): bigint {
  return decodeFunctionResult({ abi: pegAbi, functionName: 'exit', data });
}

export function enteredEvent(logs: readonly Log[], module: string) {
  const found = parseEventLogs({ abi: pegAbi, logs: [...logs], eventName: 'Entered' });
  return found.find((log) => sameAddress(log.address, module))?.args;
}

export function exitedEvent(logs: readonly Log[], module: string) {
  const found = parseEventLogs({ abi: pegAbi, logs: [...logs], eventName: 'Exited' });
  return found.find((log) => sameAddress(log.address, module))?.args;
}
