import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Address } from 'viem';
import { useVault } from '../../api/synthetics';
import type { AsOf, AssetRef } from '../../api/types';
import type { SyntheticDetail, VaultMarketView, VaultView } from '../../api/vaultTypes';
import type { Units } from '../../contracts/sentences';
import { useWallet, type Wallet } from '../../wallet/useWallet';
import type { VaultState } from '../calc/adjust';
import { EMPTY_VAULT } from '../calc/vaults';
import { readPurse, readVaultState, type BookState, type Purse } from '../chain/book';
import { marketFrom, priceFrom, termsFrom } from './fromApi';

/** How often the state is read again while a flow is open. */
const READ_EVERY_MS = 4_000;

/** A synthetic, a market of it, and the block of both. */
export interface MarketShared {
  readonly synthetic: SyntheticDetail;
  readonly market: VaultMarketView;
  readonly asOf: AsOf;
}

/** What a flow of one vault stands on. */
export interface VaultFlow extends MarketShared {
  readonly book: Address;
  readonly collateral: AssetRef;
  readonly wallet: Wallet;
  /** Whose vault it is; undefined while nobody is named or connected. */
  readonly owner: Address | undefined;
  /** Through the wallet; undefined without one, or until it has answered. */
  readonly state: (BookState & { readonly purse: Purse }) | undefined;
  readonly stateError: unknown;
  /** The vault as it is known: through the wallet where there is one, from the server otherwise. */
  readonly vault: VaultState;
  /** The server's view of the vault, with what only it knows. */
  readonly told: VaultView | undefined;
  readonly now: number;
  readonly block: number;
  readonly units: Units;
}

/** The newest figures: through the wallet's own node where one is connected, from the server otherwise. */
export function useVaultFlow({ synthetic, market, asOf }: MarketShared, named: Address | undefined): VaultFlow {
  const wallet = useWallet();
  const access = wallet.status === 'ready' ? wallet.access : undefined;
  const owner = named ?? access?.account;
  const book = synthetic.address as Address;
  const told = useVault(synthetic.address, market.id, owner).data?.vault;
  const query = useQuery({
    queryKey: ['chain-state', wallet.network.id, book, market.id, owner, access?.account],
    enabled: access !== undefined && owner !== undefined,
    refetchInterval: READ_EVERY_MS,
    retry: 1,
    queryFn: async () => {
      if (access === undefined || owner === undefined) throw new Error('No wallet is connected.');
      const state = await readVaultState(access.read, book, BigInt(market.id), owner);
      const purse = await readPurse(access.read, book, state.collateral, owner, access.account, state.block);
      return { ...state, purse };
    },
  });
  const { symbol, decimals } = market.collateral;
  const units = useMemo<Units>(
    () => ({ symbol: synthetic.symbol, collateral: { symbol, decimals } }),
    [synthetic.symbol, symbol, decimals],
  );
  const state = access === undefined ? undefined : query.data;
  const vault: VaultState = state?.vault ?? {
    id: BigInt(market.id),
    terms: termsFrom(market.terms),
    market: marketFrom(market),
    vault:
      told === undefined
        ? EMPTY_VAULT
        : { collateral: BigInt(told.collateral), norm: BigInt(told.norm), flaggedAt: told.flagged_at },
    price: priceFrom(market.price),
    stoppedUntil: synthetic.stopped_until,
    now: asOf.time,
  };
  return {
    synthetic,
    market,
    asOf,
    book,
    collateral: market.collateral,
    wallet,
    owner,
    state,
    stateError: query.error,
    vault,
    told,
    now: vault.now,
    block: state === undefined ? asOf.block : Number(state.block),
    units,
  };
}
