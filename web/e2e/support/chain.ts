/** The local chain as a test reads and moves it, beside the page. */
import {
  createTestClient,
  encodeFunctionData,
  http,
  parseEventLogs,
  publicActions,
  walletActions,
  type Abi,
  type Address,
  type Hex,
} from 'viem';
import { foundry } from 'viem/chains';
import { bookAbi } from '../../src/contracts/abi/book';
import { converterAbi } from '../../src/contracts/abi/converter';
import { erc20Abi } from '../../src/contracts/abi/erc20';
import { reserveAbi } from '../../src/contracts/abi/reserve';
import { tokenAbi } from '../../src/contracts/abi/token';
import { wrappedNativeAbi } from '../../src/contracts/abi/wrapped';
import { until, type World } from './program';

export const abis = { book: bookAbi, converter: converterAbi, erc20: erc20Abi, reserve: reserveAbi, token: tokenAbi };

export function clientOf(rpc: string) {
  return createTestClient({ chain: foundry, mode: 'anvil', transport: http(rpc), pollingInterval: 50, cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);
}

/** A client of the local chain that reads, signs for every account and sets the clock. */
export type Chain = ReturnType<typeof clientOf>;

/** A call signed by one of the chain's accounts, in a block when it returns. */
export interface Write {
  readonly account: Address;
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args?: readonly unknown[];
  readonly value?: bigint;
}

/** Sends and waits for the block; throws where the chain reverts it. */
export async function write(chain: Chain, { account, address, value, ...call }: Write) {
  const hash = await chain.sendTransaction({
    chain: foundry,
    account,
    to: address,
    data: encodeFunctionData(call),
    ...(value === undefined ? {} : { value }),
  });
  const receipt = await chain.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') throw new Error(`${call.functionName} was reverted`);
  return receipt;
}

/** Gives `account` some of the wrapped native currency. */
export async function wrap(chain: Chain, world: World, account: Address, amount: bigint): Promise<void> {
  const address = world.deployment.contracts['wrapped_native']?.address as Address;
  await write(chain, { account, address, abi: wrappedNativeAbi, functionName: 'deposit', value: amount });
}

interface StatusAnswer {
  readonly as_of: { readonly block: number };
  readonly projections: readonly { readonly name: string; readonly stopped: string | null }[];
}

/** Waits until the explorer's server knows the chain's newest block; throws where a projection stopped. */
export async function indexed(chain: Chain, explorer: string): Promise<void> {
  const tip = Number(await chain.getBlockNumber({ cacheTime: 0 }));
  await until(`block ${tip} in the store`, async () => {
    const answer = await fetch(`${explorer}/v1/status`).catch(() => undefined);
    if (answer?.ok !== true) return undefined;
    const { as_of, projections } = (await answer.json()) as StatusAnswer;
    for (const { name, stopped } of projections) if (stopped !== null) throw new Error(`${name} stopped: ${stopped}`);
    return as_of.block >= tip ? true : undefined;
  });
}

/** A launched token's addresses. */
export interface Launched {
  readonly token: Address;
  readonly reserve: Address;
  readonly converter: Address | null;
  readonly pool: Address | null;
}

/** The newest event of this name that `address` logged. */
export async function lastEvent(chain: Chain, address: Address, abi: Abi, eventName: string) {
  const logs = await chain.getLogs({ address, fromBlock: 0n, toBlock: 'latest' });
  const found = parseEventLogs({ abi, logs, eventName }).at(-1);
  if (found === undefined) throw new Error(`${address} logged no ${eventName}`);
  return found as unknown as { args: Record<string, never>; blockNumber: bigint; transactionHash: Hex };
}

export function balance(chain: Chain, asset: string, account: string): Promise<bigint> {
  return chain.readContract({
    address: asset as Address,
    abi: erc20Abi,
    functionName: 'balanceOf',
    args: [account as Address],
  });
}
