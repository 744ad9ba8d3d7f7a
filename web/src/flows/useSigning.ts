import { useCallback, useEffect, useRef, useState } from 'react';
import type { Hash, TransactionReceipt } from 'viem';
import type { Units } from '../contracts/sentences';
import type { Access } from '../wallet/useWallet';
import type { Call } from './chain/calls';
import { failureOf, type Failure } from './chain/failure';
import { watch, type Sent, type Sight } from './chain/watch';

/** Where one transaction stands. */
export type Progress =
  | { readonly at: 'idle' }
  | { readonly at: 'checking' }
  | { readonly at: 'signing' }
  | { readonly at: 'sent'; readonly hash: Hash; readonly sight: Sight }
  | { readonly at: 'done'; readonly receipt: TransactionReceipt; readonly repriced: boolean }
  | { readonly at: 'failed'; readonly failure: Failure; readonly hash?: Hash };

/** Gas given beyond the estimate, so that a second that vests a little more does not run out of it. */
const GAS_PERCENT = 125n;

/** What a simulation at the newest block says. */
export interface Check {
  readonly block: bigint;
  readonly data: `0x${string}`;
  readonly gas: bigint;
  /** Wei that the network will take, about. */
  readonly feeWei: bigint;
}

/** Runs `call` without sending it. Throws what the wallet or the contract answers. */
export async function simulate(access: Access, call: Call): Promise<Check> {
  const { read, account } = access;
  const block = await read.getBlockNumber();
  const { data } = await read.call({ account, to: call.to, data: call.data, value: call.value });
  const [gas, price] = await Promise.all([
    read.estimateGas({ account, to: call.to, data: call.data, value: call.value }),
    read.getGasPrice(),
  ]);
  return { block, data: data ?? '0x', gas, feeWei: gas * price };
}

async function send(access: Access, call: Call, check: Check): Promise<Omit<Sent, 'from' | 'call'>> {
  const { read, sign, account } = access;
  const nonce = await read.getTransactionCount({ address: account, blockTag: 'pending' });
  const gas = (check.gas * GAS_PERCENT) / 100n;
  const hash = await sign.sendTransaction({ to: call.to, data: call.data, value: call.value, gas });
  return { hash, nonce, sinceBlock: check.block };
}

/** Signs one call after another and follows each to its end. */
export function useSigning(units: Units): {
  progress: Progress;
  busy: boolean;
  run: (access: Access, call: Call) => Promise<TransactionReceipt | undefined>;
  reset: () => void;
} {
  const [progress, setProgress] = useState<Progress>({ at: 'idle' });
  const following = useRef<AbortController | null>(null);
  useEffect(() => () => following.current?.abort(), []);
  const run = useCallback(
    async (access: Access, call: Call) => {
      following.current?.abort();
      const stop = new AbortController();
      following.current = stop;
      let sent: Awaited<ReturnType<typeof send>>;
      setProgress({ at: 'checking' });
      try {
        const check = await simulate(access, call);
        setProgress({ at: 'signing' });
        sent = await send(access, call, check);
      } catch (error) {
        if (!stop.signal.aborted) setProgress({ at: 'failed', failure: failureOf(error, units) });
        return undefined;
      }
      const { hash } = sent;
      setProgress({ at: 'sent', hash, sight: 'pending' });
      const onSight = (sight: Sight) => setProgress({ at: 'sent', hash, sight });
      const ending = await watch(access.read, { ...sent, from: access.account, call }, units, onSight, stop.signal);
      if (ending === undefined) return undefined;
      if ('failure' in ending) {
        setProgress({ at: 'failed', failure: ending.failure, hash });
        return undefined;
      }
      setProgress({ at: 'done', receipt: ending.done, repriced: ending.repriced });
      return ending.done;
    },
    [units],
  );
  const reset = useCallback(() => {
    following.current?.abort();
    setProgress({ at: 'idle' });
  }, []);
  const busy = progress.at === 'checking' || progress.at === 'signing' || progress.at === 'sent';
  return { progress, busy, run, reset };
}
