import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import { useParams } from 'react-router';

type Loaded<Props> = { default: ComponentType<Props> };

const parts = import.meta.glob<Loaded<never>>([
  '../wallet/WalletSlot.tsx',
  '../flows/ActionPage.tsx',
  '../flows/AccountPage.tsx',
  '../launch/LaunchPage.tsx',
]);

function part<Props>(path: string): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    const load = parts[path];
    if (load === undefined) throw new Error(`This build has no ${path.replace('../', '')}.`);
    return (await load()) as unknown as Loaded<Props>;
  });
}

/** The part of the header that connects a wallet; read only when it is asked for. */
export const WalletSlot = part<{ openAtOnce: boolean }>('../wallet/WalletSlot.tsx');
/** Redeem, borrow, bid and the other things that sign. */
export const ActionPage = part<object>('../flows/ActionPage.tsx');
/** Positions and loans of one account, and alerts. */
export const AccountPage = part<object>('../flows/AccountPage.tsx');
/** The launch wizard. */
export const LaunchPage = part<object>('../launch/LaunchPage.tsx');

/** A parameter of the address that the route guarantees. */
export function useParameter(name: string): string {
  return useParams()[name] ?? '';
}
