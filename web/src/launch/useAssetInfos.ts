import { useQueries } from '@tanstack/react-query';
import type { Address, PublicClient } from 'viem';
import { useAssets, useStatus } from '../api/hooks';
import type { AssetRef } from '../api/types';
import { erc20Abi } from '../contracts/abi/erc20';
import { isAddress, sameAddress } from '../format';
import type { Wallet } from '../wallet/useWallet';
import type { AssetInfo } from './check';

async function readAsset(client: PublicClient, address: Address): Promise<AssetInfo> {
  const one = { address, abi: erc20Abi } as const;
  const decimals = await client.readContract({ ...one, functionName: 'decimals' }).catch(() => undefined);
  if (decimals === undefined) return 'has no decimals on this chain: not an ERC-20. Check the address and the network.';
  // A few old assets have a symbol of another kind; they are shown by their address then.
  const symbol = await client.readContract({ ...one, functionName: 'symbol' }).catch(() => address.slice(0, 8));
  return { symbol, decimals };
}

/** Assets that can be offered by name: those that back something already, and the wrapped native one. */
export function useKnownAssets(): readonly AssetRef[] {
  const listed = useAssets().data?.data ?? [];
  const wrapped = useStatus().data?.deployment.wrapped_native ?? null;
  if (wrapped === null || listed.some((asset) => sameAddress(asset.address, wrapped))) return listed;
  return [...listed, { address: wrapped, name: 'Wrapped native currency', symbol: 'WETH', decimals: 18 }];
}

/** What each named asset is: from the server's list, otherwise read through the wallet. */
export function useAssetInfos(addresses: readonly string[], wallet: Wallet): (address: string) => AssetInfo {
  const known = useKnownAssets();
  const access = wallet.status === 'ready' ? wallet.access : undefined;
  const asked = [...new Set(addresses.map((address) => address.trim().toLowerCase()))].filter(
    (address) => isAddress(address) && !known.some((asset) => sameAddress(asset.address, address)),
  );
  const answers = useQueries({
    queries: asked.map((address) => ({
      queryKey: ['asset-info', wallet.network.id, address],
      enabled: access !== undefined,
      staleTime: Infinity,
      retry: 1,
      queryFn: () => (access === undefined ? null : readAsset(access.read, address as Address)),
    })),
  });
  return (address) => {
    const listed = known.find((asset) => sameAddress(asset.address, address));
    if (listed !== undefined) return listed;
    const index = asked.indexOf(address.trim().toLowerCase());
    if (index === -1) return null;
    if (access === undefined)
      return 'is not known to this server. Connect a wallet, so that it can be read from the chain.';
    const answer = answers[index];
    if (answer?.isError === true) return "could not be read: the wallet's node does not answer. Try again.";
    return answer?.data ?? null;
  };
}
