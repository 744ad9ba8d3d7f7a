import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Address } from 'viem';
import { rowsOf } from '../../api/hooks';
import { useBackstopRequests } from '../../api/synthetics';
import type { BackstopRequestView, BackstopView, PegView } from '../../api/vaultTypes';
import type { Units } from '../../contracts/sentences';
import type { Shared } from '../../pages/synthetics/Shell';
import { useWallet, type Wallet } from '../../wallet/useWallet';
import type { BackstopState } from '../calc/backstop';
import type { Claims, SurplusRule } from '../calc/losses';
import type { PegState } from '../calc/peg';
import { readBackstop, type BackstopSeen } from '../chain/backstop';
import { readPeg, type PegSeen } from '../chain/peg';
import { backstopFrom, claimsFrom, pegFrom } from './fromApi';

/** How often the state is read again while a flow is open. */
const READ_EVERY_MS = 4_000;

/** What every flow of a synthetic's parts stands on. */
interface PartFlow extends Shared {
  readonly book: Address;
  readonly wallet: Wallet;
  readonly stateError: unknown;
  /** Unix seconds of the block that the figures are of. */
  readonly now: number;
  readonly block: number;
  readonly units: Units;
}

/** What the exchange with the custody token stands on. */
export interface PegFlow extends PartFlow {
  readonly view: PegView;
  readonly module: Address;
  /** Through the wallet; undefined without one, or until it has answered. */
  readonly state: PegSeen | undefined;
  /** The module as it is known: through the wallet where there is one, from the server otherwise. */
  readonly peg: PegState;
}

/** What deposits to the backstop stand on. */
export interface BackstopFlow extends PartFlow {
  readonly view: BackstopView;
  readonly address: Address;
  readonly state: BackstopSeen | undefined;
  readonly backstop: BackstopState;
  readonly claims: Claims;
  readonly rule: SurplusRule;
  /** What the server knows of the account's requests. */
  readonly told: readonly BackstopRequestView[];
}

/** The newest figures of a peg module: through the wallet's own node where one is connected. */
export function usePegFlow(shared: Shared, view: PegView): PegFlow {
  const { synthetic, asOf } = shared;
  const wallet = useWallet();
  const access = wallet.status === 'ready' ? wallet.access : undefined;
  const book = synthetic.address as Address;
  const module = view.module as Address;
  const query = useQuery({
    queryKey: ['chain-state', 'peg', wallet.network.id, book, access?.account],
    enabled: access !== undefined,
    refetchInterval: READ_EVERY_MS,
    retry: 1,
    queryFn: () => {
      if (access === undefined) throw new Error('No wallet is connected.');
      return readPeg(access.read, book, module, access.account);
    },
  });
  const { symbol, decimals } = view.custody_token;
  const units = useMemo<Units>(
    () => ({ symbol: synthetic.symbol, collateral: { symbol, decimals } }),
    [synthetic.symbol, symbol, decimals],
  );
  const state = access === undefined ? undefined : query.data;
  const peg = state?.peg ?? pegFrom(synthetic, view, asOf);
  return {
    ...{ synthetic, asOf, book, wallet, view, module, state, peg, units },
    stateError: query.error,
    now: peg.now,
    block: state === undefined ? asOf.block : Number(state.block),
  };
}

/** The newest figures of a backstop and of the account's requests. */
export function useBackstopFlow(shared: Shared, view: BackstopView): BackstopFlow {
  const { synthetic, asOf } = shared;
  const wallet = useWallet();
  const access = wallet.status === 'ready' ? wallet.access : undefined;
  const book = synthetic.address as Address;
  const address = view.address as Address;
  const requests = useBackstopRequests(book, access?.account);
  const told = access === undefined || requests.data === undefined ? [] : rowsOf(requests);
  const epochs = told.map(({ epoch }) => epoch);
  const query = useQuery({
    queryKey: ['chain-state', 'backstop', wallet.network.id, book, access?.account, epochs.join()],
    enabled: access !== undefined,
    refetchInterval: READ_EVERY_MS,
    retry: 1,
    placeholderData: (before: BackstopSeen | undefined) => before,
    queryFn: () => {
      if (access === undefined) throw new Error('No wallet is connected.');
      return readBackstop(access.read, book, address, access.account, epochs.map(BigInt));
    },
  });
  const { symbol } = synthetic;
  // Nothing here is counted in a collateral; errors name the synthetic alone.
  const units = useMemo<Units>(() => ({ symbol, collateral: { symbol, decimals: 18 } }), [symbol]);
  const state = access === undefined ? undefined : query.data;
  const known = state ?? claimsFrom(synthetic);
  const backstop = state?.backstop ?? backstopFrom(synthetic, view, asOf);
  return {
    ...{ synthetic, asOf, book, wallet, view, address, state, backstop, told, units },
    claims: known.claims,
    rule: known.rule,
    stateError: query.error,
    now: backstop.now,
    block: state === undefined ? asOf.block : Number(state.block),
  };
}
