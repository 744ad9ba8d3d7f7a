import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { WagmiContext } from 'wagmi';
import { useStatus } from '../api/hooks';
import { ErrorState, SkeletonRows } from '../ui';
import { walletConfig } from './config';
import { networkOf, type Network } from './network';

const NetworkContext = createContext<Network | null>(null);

/** The network that the explorer's tokens are on. */
export function useNetwork(): Network {
  const network = useContext(NetworkContext);
  if (network === null) throw new Error('useNetwork stands inside WalletProvider only.');
  return network;
}

/** Gives wallet hooks to what it holds, once the server has said which chain is meant. */
export function WalletProvider({ children, waiting }: { children: ReactNode; waiting?: ReactNode }): ReactNode {
  const status = useStatus();
  const deployment = status.data?.deployment;
  const key = deployment === undefined ? null : JSON.stringify(networkOf(deployment));
  const network = useMemo(() => (key === null ? null : (JSON.parse(key) as Network)), [key]);
  if (network === null) {
    if (waiting !== undefined) return waiting;
    if (status.isError) {
      return <ErrorState error={status.error} onRetry={() => void status.refetch()} what="which network is meant" />;
    }
    return <SkeletonRows what="the network" />;
  }
  return (
    <NetworkContext value={network}>
      <WagmiContext value={walletConfig(network)}>{children}</WagmiContext>
    </NetworkContext>
  );
}
