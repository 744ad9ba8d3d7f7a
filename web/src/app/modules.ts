import { lazy } from 'react';
import { useParams } from 'react-router';

/** The part of the header that connects a wallet; read only when it is asked for. */
export const WalletSlot = lazy(() => import('../wallet/WalletSlot'));
/** Redeem, borrow, bid and the other things that sign. */
export const ActionPage = lazy(() => import('../flows/ActionPage'));
/** Positions and loans of one account, and alerts. */
export const AccountPage = lazy(() => import('../flows/AccountPage'));
/** The launch wizard. */
export const LaunchPage = lazy(() => import('../launch/LaunchPage'));

/** Open and change vaults, take, redeem, exchange and back. */
export const VaultActions = lazy(() => import('../flows/vaults/VaultActions'));

/** A parameter of the address that the route guarantees. */
export function useParameter(name: string): string {
  return useParams()[name] ?? '';
}
