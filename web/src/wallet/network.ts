import { defineChain, type Chain } from 'viem';
import type { Status } from '../api/types';

/** What the explorer knows of the chain that its tokens are on. */
export interface Network {
  readonly id: number;
  readonly name: string;
  /** An address that the operator gave for everybody's use; a wallet that does not know the chain needs one. */
  readonly rpc: string | null;
  readonly currency: { readonly name: string; readonly symbol: string };
}

const KNOWN: Readonly<Record<number, readonly [name: string, currency: string]>> = {
  1: ['Ethereum', 'ETH'],
  10: ['OP Mainnet', 'ETH'],
  56: ['BNB Chain', 'BNB'],
  97: ['BNB Chain test network', 'BNB'],
  137: ['Polygon', 'POL'],
  8_453: ['Base', 'ETH'],
  42_161: ['Arbitrum One', 'ETH'],
  31_337: ['Ballast local', 'ETH'],
  11_155_111: ['Sepolia', 'ETH'],
};

/** The name of a chain, or its number. */
export function chainName(id: number | undefined): string {
  if (id === undefined) return 'an unknown network';
  return KNOWN[id]?.[0] ?? `chain ${id}`;
}

/** The network of a deployment. */
export function networkOf(deployment: Status['deployment']): Network {
  const symbol = KNOWN[deployment.chain_id]?.[1] ?? 'ETH';
  return {
    id: deployment.chain_id,
    name: KNOWN[deployment.chain_id]?.[0] ?? deployment.name,
    rpc: deployment.public_rpc ?? null,
    currency: { name: symbol, symbol },
  };
}

export function chainOf(network: Network): Chain {
  return defineChain({
    id: network.id,
    name: network.name,
    nativeCurrency: { ...network.currency, decimals: 18 },
    rpcUrls: { default: { http: network.rpc === null ? [] : [network.rpc] } },
  });
}
