import { useMemo } from 'react';
import {
  createPublicClient,
  createWalletClient,
  type Account,
  type Address,
  type Chain,
  type PublicClient,
  type Transport,
  type WalletClient,
} from 'viem';
import { useConfig, useConnection } from 'wagmi';
import { throughWallet } from './config';
import { chainOf, type Network } from './network';
import { useNetwork } from './WalletProvider';

/** A connected account on the right network. */
export interface Access {
  readonly account: Address;
  readonly chain: Chain;
  /** Reads through the wallet's own node. */
  readonly read: PublicClient;
  readonly sign: WalletClient<Transport, Chain, Account>;
}

export type Wallet =
  | { readonly status: 'disconnected'; readonly network: Network }
  | { readonly status: 'connecting'; readonly network: Network }
  | {
      readonly status: 'wrong-network';
      readonly network: Network;
      readonly account: Address;
      readonly chainId: number | undefined;
      readonly name: string;
    }
  | {
      readonly status: 'ready';
      readonly network: Network;
      readonly account: Address;
      readonly access: Access;
      readonly name: string;
    };

/** The wallet as it stands now. */
export function useWallet(): Wallet {
  const network = useNetwork();
  const config = useConfig();
  const { address, chainId, connector, status } = useConnection();
  const access = useMemo<Access | undefined>(() => {
    if (address === undefined) return undefined;
    const chain = chainOf(network);
    const transport = throughWallet(() => config);
    return {
      account: address,
      chain,
      read: createPublicClient({ chain, transport, pollingInterval: 1_000, cacheTime: 0 }),
      sign: createWalletClient({ account: address, chain, transport }),
    };
  }, [address, config, network]);
  if (status === 'connecting' || (status === 'reconnecting' && address === undefined)) {
    return { status: 'connecting', network };
  }
  if (address === undefined || access === undefined) return { status: 'disconnected', network };
  const name = connector?.name ?? 'the wallet';
  if (chainId !== network.id) return { status: 'wrong-network', network, account: address, chainId, name };
  return { status: 'ready', network, account: address, access, name };
}
