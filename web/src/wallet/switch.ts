import { numberToHex, type EIP1193Provider } from 'viem';
import type { Network } from './network';

/** What to tell somebody whose wallet did not change the network; undefined when it did. */
export type SwitchAnswer = string | undefined;

function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, data } = error as { code?: unknown; data?: { originalError?: { code?: unknown } } };
  const inner = data?.originalError?.code;
  return typeof inner === 'number' ? inner : typeof code === 'number' ? code : undefined;
}

const UNKNOWN_CHAIN = 4902;
const REFUSED = 4001;
const PENDING = -32_002;

function explain(error: unknown, network: Network): string {
  const code = codeOf(error);
  if (code === REFUSED) return 'You declined in the wallet. The network is unchanged.';
  if (code === PENDING) return 'The wallet already asks you something. Open it and answer.';
  return `The wallet could not change to ${network.name}. Choose it in the wallet, then come back.`;
}

/** Asks the wallet to change to `network`, and to add it first where it does not know it. */
export async function switchNetwork(provider: EIP1193Provider, network: Network): Promise<SwitchAnswer> {
  const chainId = numberToHex(network.id);
  try {
    await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] });
    return undefined;
  } catch (error) {
    if (codeOf(error) !== UNKNOWN_CHAIN) return explain(error, network);
  }
  if (network.rpc === null) {
    return `Your wallet does not know ${network.name} (chain ${network.id}), and the operator of this explorer gave no public address for it. Add the network in the wallet by hand, then try again.`;
  }
  const added = {
    chainId,
    chainName: network.name,
    nativeCurrency: { ...network.currency, decimals: 18 },
    rpcUrls: [network.rpc],
  };
  try {
    await provider.request({ method: 'wallet_addEthereumChain', params: [added] });
    await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] });
    return undefined;
  } catch (error) {
    return explain(error, network);
  }
}
