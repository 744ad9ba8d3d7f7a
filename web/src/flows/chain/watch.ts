import {
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
  type Address,
  type Hash,
  type PublicClient,
  type TransactionReceipt,
} from 'viem';
import type { Units } from '../../contracts/sentences';
import type { Call } from './calls';
import { failureOf, type Failure } from './failure';

/** A transaction that was handed to the network. */
export interface Sent {
  readonly hash: Hash;
  readonly from: Address;
  readonly nonce: number;
  readonly call: Call;
  /** Block before which it cannot be. */
  readonly sinceBlock: bigint;
}

/** What can be said while it is awaited. */
export type Sight = 'pending' | 'unseen' | 'network-lost';

export type Ending =
  | { readonly done: TransactionReceipt; readonly repriced: boolean }
  | { readonly failure: Failure; readonly receipt?: TransactionReceipt };

const POLL_MS = 1_000;
/** Polls without a trace of the transaction before it counts as dropped. */
const UNSEEN_MAX = 45;
/** Blocks looked through for what replaced it. */
const REPLACEMENT_BLOCKS_MAX = 64;

const CANCELLED: Failure = {
  kind: 'cancelled',
  title: 'You cancelled it in the wallet.',
  next: 'Nothing has changed but the network fee. You can start again.',
  sent: true,
};
const REPLACED: Failure = {
  kind: 'replaced',
  title: 'The wallet sent another transaction in its place.',
  next: 'This one will not take effect. Look at your balances, then start again.',
  sent: true,
};
const DROPPED: Failure = {
  kind: 'dropped',
  title: 'The network has no trace of the transaction.',
  next: 'It was probably dropped because its fee was too low. Look in the wallet; if it is not there, send it again.',
  sent: true,
};

function missing(error: unknown): boolean {
  return error instanceof TransactionNotFoundError || error instanceof TransactionReceiptNotFoundError;
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (missing(error)) return undefined;
    throw error;
  }
}

/** Why a transaction that is in the chain failed: the same call at its block says it. */
async function whyReverted(
  client: PublicClient,
  sent: Sent,
  receipt: TransactionReceipt,
  units: Units,
): Promise<Failure> {
  const transaction = await orMissing(client.getTransaction({ hash: receipt.transactionHash }));
  if (transaction !== undefined && receipt.gasUsed >= (transaction.gas * 99n) / 100n) {
    return {
      kind: 'out-of-gas',
      title: 'The transaction ran out of gas.',
      next: 'Nothing has changed but the network fee. Send it again with a higher gas limit.',
      sent: true,
    };
  }
  const title = 'The contract refused at its block.';
  const next = 'Nothing has changed but the network fee. The figures above are new; look at them, then try again.';
  try {
    const { to, data, value } = sent.call;
    await client.call({ account: sent.from, to, data, value, blockNumber: receipt.blockNumber });
  } catch (error) {
    const found = failureOf(error, units, true);
    if (found.kind === 'refused') return { kind: 'reverted', title: `${title} ${found.title}`, next, sent: true };
  }
  return { kind: 'reverted', title, next, sent: true };
}

/** What took the nonce instead: the same call at another fee, a cancellation, or something else. */
async function replacement(client: PublicClient, sent: Sent): Promise<Ending | undefined> {
  const tip = await client.getBlockNumber();
  const first = tip - sent.sinceBlock > REPLACEMENT_BLOCKS_MAX ? tip - BigInt(REPLACEMENT_BLOCKS_MAX) : sent.sinceBlock;
  for (let number = tip; number >= first && number >= 0n; number -= 1n) {
    const block = await client.getBlock({ blockNumber: number, includeTransactions: true });
    const other = block.transactions.find(
      (one) => one.from.toLowerCase() === sent.from.toLowerCase() && one.nonce === sent.nonce,
    );
    if (other === undefined) continue;
    const same = other.to?.toLowerCase() === sent.call.to.toLowerCase() && other.input === sent.call.data;
    if (!same) return { failure: other.to?.toLowerCase() === sent.from.toLowerCase() ? CANCELLED : REPLACED };
    return { done: await client.getTransactionReceipt({ hash: other.hash }), repriced: other.hash !== sent.hash };
  }
  return undefined;
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, POLL_MS);
    signal.addEventListener('abort', over);
  });
}

/** Follows one transaction until the chain says what became of it. A lost network only makes it wait longer. */
export async function watch(
  client: PublicClient,
  sent: Sent,
  units: Units,
  onSight: (sight: Sight) => void,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  let unseen = 0;
  while (!signal.aborted) {
    try {
      const ending = await look(client, sent, units, () => (unseen += 1));
      if (ending === 'pending') {
        unseen = 0;
        onSight('pending');
      } else if (ending === 'unseen') {
        onSight('unseen');
        if (unseen > UNSEEN_MAX) return { failure: DROPPED };
      } else {
        return ending;
      }
    } catch {
      onSight('network-lost');
    }
    await pause(signal);
  }
  return undefined;
}

async function look(
  client: PublicClient,
  sent: Sent,
  units: Units,
  miss: () => void,
): Promise<Ending | 'pending' | 'unseen'> {
  const receipt = await orMissing(client.getTransactionReceipt({ hash: sent.hash }));
  if (receipt !== undefined) return concluded(client, sent, units, { done: receipt, repriced: false });
  const transaction = await orMissing(client.getTransaction({ hash: sent.hash }));
  if (transaction !== undefined) return 'pending';
  if ((await client.getTransactionCount({ address: sent.from })) > sent.nonce) {
    const found = await replacement(client, sent);
    if (found !== undefined) return concluded(client, sent, units, found);
  }
  miss();
  return 'unseen';
}

async function concluded(client: PublicClient, sent: Sent, units: Units, ending: Ending): Promise<Ending> {
  if (!('done' in ending) || ending.done.status === 'success') return ending;
  return { failure: await whyReverted(client, sent, ending.done, units), receipt: ending.done };
}
