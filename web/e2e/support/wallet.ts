/** The injected test wallet inside a page, and how a test holds its strings. */
import type { Page } from '@playwright/test';
import type { Address } from 'viem';
import { foundry } from 'viem/chains';
import { installTestWallet, type TestWallet } from '../../test/wallet';

/** A chain that is not the local one. */
export const OTHER_CHAIN_ID = 1;

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** What a test does with the wallet of a page. */
export interface WalletHandle {
  readonly account: Address;
  /** Declines the next request of this method, as a person does. */
  readonly decline: (method: string) => Promise<void>;
  /** Answers the next request of this method with an error of the node. */
  readonly fail: (method: string, error: { code: number; message: string; data?: unknown }) => Promise<void>;
  /** Makes every request of this method wait; returns how to let them go on. */
  readonly hold: (method: string) => () => void;
  readonly switchChain: (chainId: number) => Promise<void>;
  /** Methods that the page asked for, in order. */
  readonly asked: () => Promise<string[]>;
}

declare global {
  interface Window {
    testWallet?: TestWallet;
  }
}

/** Puts a wallet into `page` before it opens. Its requests go to `rpc` from outside of the page, as an extension's do. */
export async function giveWallet(
  page: Page,
  rpc: string,
  account: Address,
  options: { connected?: boolean; chainId?: number } = {},
): Promise<WalletHandle> {
  const held = new Map<string, Promise<void>>();
  await page.exposeFunction('__testRpc', async (method: string, params: unknown): Promise<Answer> => {
    await held.get(method);
    const response = await fetch(rpc, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params ?? [] }),
    });
    return (await response.json()) as Answer;
  });
  await page.addInitScript(installTestWallet, {
    rpc,
    accounts: [account],
    chainId: options.chainId ?? foundry.id,
    knownChains: [foundry.id, OTHER_CHAIN_ID],
  });
  if (options.connected ?? true) {
    await page.addInitScript(() => {
      window.localStorage.setItem('test-wallet.connected', '1');
      window.localStorage.setItem('wagmi.recentConnectorId', '"example.test-wallet"');
    });
  }
  return {
    account,
    decline: (method) => page.evaluate((name) => window.testWallet?.declineNext(name), method),
    fail: (method, error) =>
      page.evaluate(([name, failure]) => window.testWallet?.failNext(name, failure), [method, error] as const),
    hold: (method) => {
      let release: () => void = () => undefined;
      held.set(method, new Promise<void>((resolve) => (release = resolve)));
      return () => {
        held.delete(method);
        release();
      };
    },
    switchChain: (chainId) => page.evaluate((id) => window.testWallet?.switchChain(id), chainId),
    asked: () => page.evaluate(() => [...(window.testWallet?.asked ?? [])]),
  };
}
