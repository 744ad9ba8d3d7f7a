import { createConfig, createStorage, getConnection, reconnect, type Config } from '@wagmi/core';
import { custom, type EIP1193Provider, type Transport } from 'viem';
import { injected } from 'wagmi/connectors';
import { chainOf, type Network } from './network';

/** How long a wallet that is slow to answer a read is waited for. */
const READ_TIMEOUT_MS = 20_000;

class NoWalletError extends Error {
  constructor() {
    super('No wallet is connected.');
    this.name = 'NoWalletError';
  }
}

/** The provider of the connected wallet. */
export async function providerOf(config: Config): Promise<EIP1193Provider> {
  const { connector } = getConnection(config);
  if (connector === undefined) throw new NoWalletError();
  return (await connector.getProvider()) as EIP1193Provider;
}

function withinTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The wallet does not answer.')), READ_TIMEOUT_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** What a person answers in the wallet may take as long as it takes. */
const ASKS_A_PERSON = /^(eth_send|eth_sign|personal_|wallet_|eth_requestAccounts)/;

/** Reads and signing both go through the wallet: the person's own node, not one of ours. */
export function throughWallet(config: () => Config): Transport {
  return custom(
    {
      async request(call: { method: string; params?: unknown }) {
        const provider = await providerOf(config());
        const answer = provider.request(call as never) as Promise<unknown>;
        return ASKS_A_PERSON.test(call.method) ? answer : withinTime(answer);
      },
    },
    { retryCount: 1 },
  );
}

const configs = new Map<string, Config>();

/** The one configuration for a network; wallets are found by what they announce (EIP-6963). */
export function walletConfig(network: Network): Config {
  const key = JSON.stringify(network);
  const known = configs.get(key);
  if (known !== undefined) return known;
  const chain = chainOf(network);
  const config: Config = createConfig({
    chains: [chain],
    // A wallet that announces nothing is still found at `window.ethereum`; it is offered when no other is there.
    connectors: [injected()],
    multiInjectedProviderDiscovery: true,
    storage: createStorage({ storage: window.localStorage }),
    transports: { [chain.id]: throughWallet(() => config) },
  });
  configs.set(key, config);
  // Once for each configuration, however many parts of the page use it.
  reconnect(config).catch(() => undefined);
  return config;
}
