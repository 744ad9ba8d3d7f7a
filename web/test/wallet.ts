/**
 * A wallet for tests: an EIP-1193 provider over JSON-RPC to a local chain whose accounts are unlocked, announced by
 * EIP-6963 as a browser extension would be. It stands alone, so that it can be handed to a page as an init script.
 */

/** How the wallet is set up. */
export interface TestWalletOptions {
  /** JSON-RPC address of the local chain; not used where the page has `window.__testRpc`. */
  readonly rpc: string;
  /** Unlocked accounts, the first one selected. */
  readonly accounts: readonly string[];
  /** Chain that the wallet starts on; anything but the local chain's own makes it a wrong network. */
  readonly chainId: number;
  /** Chains that the wallet knows and can switch to. */
  readonly knownChains: readonly number[];
  readonly name?: string;
  readonly rdns?: string;
}

/** What a test does with the wallet: `window.testWallet`. */
export interface TestWallet {
  /** Every method that the page asked for, in order. */
  readonly asked: string[];
  /** Declines the next request of this method, as a person would. */
  declineNext: (method: string, code?: number) => void;
  /** Answers the next request of this method with this error. */
  failNext: (method: string, error: { code: number; message: string; data?: unknown }) => void;
  /** While it is lost every read fails. */
  setNetwork: (reachable: boolean) => void;
  selectAccount: (account: string) => void;
  switchChain: (chainId: number) => void;
  /** Whether the page is connected. */
  readonly connected: () => boolean;
}

/** Puts the wallet into `window` and announces it. Self-contained: nothing outside of it may be named. */
export function installTestWallet(options: TestWalletOptions): void {
  type Listener = (value: unknown) => void;
  const page = window as unknown as {
    testWallet?: TestWallet;
    __testRpc?: (method: string, params: unknown) => Promise<unknown>;
  };
  const key = 'test-wallet.connected';
  const listeners = new Map<string, Set<Listener>>();
  const failures = new Map<string, { code: number; message: string; data?: unknown }[]>();
  const known = new Set(options.knownChains);
  const asked: string[] = [];
  let account = options.accounts[0] ?? '';
  let chainId = options.chainId;
  let reachable = true;
  const hex = (number: number) => `0x${number.toString(16)}`;
  const emit = (event: string, value: unknown) => listeners.get(event)?.forEach((listener) => listener(value));
  const refusal = (error: { code: number; message: string; data?: unknown }) =>
    Object.assign(new Error(error.message), error);

  const forward = async (method: string, params: unknown): Promise<unknown> => {
    if (!reachable) throw refusal({ code: 4900, message: 'The provider is disconnected from all chains.' });
    if (page.__testRpc !== undefined) {
      const answer = (await page.__testRpc(method, params)) as { result?: unknown; error?: never };
      if (answer.error !== undefined) throw refusal(answer.error);
      return answer.result;
    }
    const response = await fetch(options.rpc, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: asked.length, method, params: params ?? [] }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { code: number; message: string } };
    if (answer.error !== undefined) throw refusal(answer.error);
    return answer.result;
  };
  const accounts = () => (window.localStorage.getItem(key) === null ? [] : [account]);
  const answers: Record<string, (params: unknown) => unknown> = {
    eth_chainId: () => hex(chainId),
    eth_accounts: () => accounts(),
    eth_requestAccounts: () => {
      window.localStorage.setItem(key, '1');
      emit('accountsChanged', accounts());
      return accounts();
    },
    wallet_requestPermissions: () => [{ parentCapability: 'eth_accounts' }],
    wallet_revokePermissions: () => {
      window.localStorage.removeItem(key);
      return null;
    },
    wallet_switchEthereumChain: (params) => {
      const wanted = Number((params as { chainId: string }[])[0]?.chainId);
      if (!known.has(wanted)) throw refusal({ code: 4902, message: 'Unrecognized chain.' });
      page.testWallet?.switchChain(wanted);
      return null;
    },
    wallet_addEthereumChain: (params) => {
      known.add(Number((params as { chainId: string }[])[0]?.chainId));
      return null;
    },
  };
  const provider = {
    request: async ({ method, params }: { method: string; params?: unknown }) => {
      asked.push(method);
      const failure = failures.get(method)?.shift();
      if (failure !== undefined) throw refusal(failure);
      const answer = answers[method];
      return answer === undefined ? forward(method, params) : answer(params);
    },
    on: (event: string, listener: Listener) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    removeListener: (event: string, listener: Listener) => {
      listeners.get(event)?.delete(listener);
    },
  };
  page.testWallet = {
    asked,
    declineNext: (method, code = 4001) =>
      page.testWallet?.failNext(method, { code, message: 'User rejected the request.' }),
    failNext: (method, error) => failures.set(method, [...(failures.get(method) ?? []), error]),
    setNetwork: (value) => (reachable = value),
    selectAccount: (value) => {
      account = value;
      emit('accountsChanged', accounts());
    },
    switchChain: (value) => {
      chainId = value;
      emit('chainChanged', hex(value));
    },
    connected: () => accounts().length > 0,
  };
  const icon =
    'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"%3E%3Cpath fill="%230a5f6b" d="M0 0h8v8H0z"/%3E%3C/svg%3E';
  const info = {
    uuid: '6f6b1d1a-9c3e-4a6e-8b61-3a3f5f1c2d10',
    name: options.name ?? 'Test wallet',
    icon,
    rdns: options.rdns ?? 'example.test-wallet',
  };
  const announce = () =>
    window.dispatchEvent(
      new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info: Object.freeze(info), provider }) }),
    );
  window.addEventListener('eip6963:requestProvider', announce);
  announce();
}
