import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { AsOf, AssetRef, TokenDetail } from '../api/types';
import type { Units } from '../contracts/sentences';
import { useWallet, type Wallet } from '../wallet/useWallet';
import type { Ledger, Terms } from './calc/ledger';
import { readState, type ChainState } from './chain/state';
import { ledgerOf, termsOf } from './fromApi';

/** How often the state is read again while a flow is open. */
const READ_EVERY_MS = 4_000;

/** What every flow of a token stands on. */
export interface Flow {
  readonly token: TokenDetail;
  readonly assets: readonly AssetRef[];
  readonly asOf: AsOf;
  readonly wallet: Wallet;
  /** The reserve and the account through the wallet; undefined without one, or until it has answered. */
  readonly state: ChainState | undefined;
  /** Why the wallet's node did not answer. */
  readonly stateError: unknown;
  readonly ledger: Ledger;
  readonly terms: Terms;
  /** Unix seconds of the block that the figures are of. */
  readonly now: number;
  readonly block: number;
  readonly pausedUntil: number;
  readonly units: Units;
}

/** The newest figures: through the wallet's own node where one is connected, from the server otherwise. */
export function useFlow(token: TokenDetail, asOf: AsOf): Flow {
  const wallet = useWallet();
  const access = wallet.status === 'ready' ? wallet.access : undefined;
  const query = useQuery({
    queryKey: ['chain-state', wallet.network.id, token.token, access?.account],
    enabled: access !== undefined,
    refetchInterval: READ_EVERY_MS,
    retry: 1,
    queryFn: () => {
      if (access === undefined) throw new Error('No wallet is connected.');
      return readState(access.read, token, access.account);
    },
  });
  const units = useMemo<Units>(() => ({ symbol: token.symbol, assets: token.assets }), [token.symbol, token.assets]);
  const state = access === undefined ? undefined : query.data;
  return {
    token,
    assets: token.assets,
    asOf,
    wallet,
    state,
    stateError: query.error,
    ledger: state?.ledger ?? ledgerOf(token),
    terms: state?.terms ?? termsOf(token),
    now: state?.time ?? asOf.time,
    block: state === undefined ? asOf.block : Number(state.block),
    pausedUntil: state?.pausedUntil ?? token.paused_until,
    units,
  };
}
