// @vitest-environment node
import { TransactionNotFoundError, TransactionReceiptNotFoundError, type PublicClient } from 'viem';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeErrorResult } from 'viem';
import { errorsAbi } from '../../contracts/abi/errors';
import { failureOf } from './failure';
import { watch, type Sent, type Sight } from './watch';

const HASH = `0x${'1'.repeat(64)}` as const;
const OTHER = `0x${'2'.repeat(64)}` as const;
const ME = `0x${'a'.repeat(40)}` as const;
const RESERVE = `0x${'b'.repeat(40)}` as const;
const SENT: Sent = {
  hash: HASH,
  from: ME,
  nonce: 7,
  call: { to: RESERVE, data: '0x1234', value: 0n },
  sinceBlock: 100n,
};

interface Network {
  receipt?: Record<string, unknown> | undefined;
  transaction?: Record<string, unknown> | undefined;
  nonce?: number;
  replacement?: Record<string, unknown>;
  call?: () => never;
}

/** A network that shows what it is told to show. */
function network(shows: Network): PublicClient {
  const found = (value: unknown, missing: Error) =>
    value === undefined ? Promise.reject(missing) : Promise.resolve(value);
  return {
    getTransactionReceipt: ({ hash }: { hash: string }) =>
      found(
        hash === OTHER ? { status: 'success', transactionHash: OTHER } : shows.receipt,
        new TransactionReceiptNotFoundError({ hash: HASH }),
      ),
    getTransaction: () => found(shows.transaction, new TransactionNotFoundError({ hash: HASH })),
    getTransactionCount: () => Promise.resolve(shows.nonce ?? 7),
    getBlockNumber: () => Promise.resolve(101n),
    getBlock: () => Promise.resolve({ transactions: shows.replacement === undefined ? [] : [shows.replacement] }),
    call: async () => shows.call?.(),
  } as unknown as PublicClient;
}

function follow(client: PublicClient, sights: Sight[] = []) {
  return watch(client, SENT, {}, (sight) => sights.push(sight), new AbortController().signal);
}

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 });
  return () => vi.useRealTimers();
});

describe('a transaction that was sent', () => {
  const replacement = { from: ME, nonce: 7, to: RESERVE, input: '0x1234', hash: OTHER };

  it('is done when its receipt says so', async () => {
    const receipt = { status: 'success', transactionHash: HASH };
    expect(await follow(network({ receipt }))).toMatchObject({ done: receipt, repriced: false });
  });

  it('that was sped up in the wallet counts under its new hash', async () => {
    expect(await follow(network({ nonce: 8, replacement }))).toMatchObject({
      done: { transactionHash: OTHER },
      repriced: true,
    });
  });

  it('that was cancelled or replaced in the wallet is told apart', async () => {
    const cancelled = await follow(network({ nonce: 8, replacement: { ...replacement, to: ME, input: '0x' } }));
    expect(cancelled).toMatchObject({ failure: { kind: 'cancelled' } });
    const replaced = await follow(network({ nonce: 8, replacement: { ...replacement, input: '0x99' } }));
    expect(replaced).toMatchObject({ failure: { kind: 'replaced' } });
  });

  it('that reverted says why in words, and what to do', async () => {
    const data = encodeErrorResult({ abi: errorsAbi, errorName: 'LoanExpired', args: [5n, 86_400n] });
    const ending = await follow(
      network({
        receipt: { status: 'reverted', transactionHash: HASH, gasUsed: 50n, blockNumber: 101n },
        transaction: { gas: 100n },
        call: () => {
          throw Object.assign(new Error('execution reverted'), { data });
        },
      }),
    );
    expect(ending).toMatchObject({ failure: { kind: 'reverted', sent: true } });
    expect(ending !== undefined && 'failure' in ending && ending.failure.title).toContain('its grace ended 1970-01-02');
  });

  it('that ran out of gas is told from one that was refused', async () => {
    const receipt = { status: 'reverted', transactionHash: HASH, gasUsed: 100n, blockNumber: 101n };
    expect(await follow(network({ receipt, transaction: { gas: 100n } }))).toMatchObject({
      failure: { kind: 'out-of-gas' },
    });
  });

  it('that the network forgot is dropped after a while', async () => {
    vi.setTimerTickMode?.('nextTimerAsync');
    const sights: Sight[] = [];
    expect(await follow(network({}), sights)).toMatchObject({ failure: { kind: 'dropped' } });
    expect(sights).toContain('unseen');
  });

  it('is followed on when the network is lost for a while', async () => {
    const shows: Network = {};
    const client = network(shows);
    let lost = 2;
    const receipts = client.getTransactionReceipt;
    client.getTransactionReceipt = ((ask: never) => {
      if (lost > 0) {
        lost -= 1;
        return Promise.reject(new Error('fetch failed'));
      }
      shows.receipt = { status: 'success', transactionHash: HASH };
      return receipts(ask);
    }) as typeof receipts;
    const sights: Sight[] = [];
    expect(await follow(client, sights)).toMatchObject({ repriced: false });
    expect(sights).toEqual(['network-lost', 'network-lost']);
  });
});

describe('what goes wrong before anything is sent', () => {
  it('is told apart, each with a next step', () => {
    const kinds = (error: unknown) => failureOf(error, {}).kind;
    expect(kinds({ code: 4001, message: 'no' })).toBe('declined');
    expect(kinds({ cause: { code: 4001 } })).toBe('declined');
    expect(kinds({ code: -32_002 })).toBe('pending-in-wallet');
    expect(kinds({ code: 4900, message: 'disconnected' })).toBe('network');
    expect(kinds(new TypeError('Failed to fetch'))).toBe('network');
    expect(kinds({ message: 'insufficient funds for gas * price + value' })).toBe('no-gas');
    expect(kinds({ data: encodeErrorResult({ abi: errorsAbi, errorName: 'RedemptionOff' }) })).toBe('refused');
    expect(kinds(new Error('something else'))).toBe('wallet');
  });
});
