/** What tests of vaults start from: a chain with a synthetic on it, its store, its server, and a wallet. */
import { join } from 'node:path';
import { test as base } from '@playwright/test';
import type { Address } from 'viem';
import { clientOf, indexed, type Chain } from './chain';
import { ROOT, freePort, startIndexer, startServer, startWorld, until, type World } from './program';
import { giveWallet, type WalletHandle } from './wallet';

/** A world whose explorer knows a synthetic. */
export interface VaultWorld extends World {
  readonly book: Address;
}

interface WorkerFixtures {
  readonly world: VaultWorld;
  readonly chain: Chain;
}

interface Fixtures {
  /** A connected wallet of development account 0. */
  readonly wallet: WalletHandle;
  /** Reads a path of the explorer once the server knows the newest block. */
  readonly visit: (path: string) => Promise<void>;
}

/** Writes the file of the synthetic that a world has, and says where it is. */
export type Describe = (world: World) => Promise<string>;

async function serve(world: World, describe: Describe): Promise<VaultWorld> {
  const { book } = await world.run<{ book: Address }>('vault', 'deploy', await describe(world));
  // Parts that come to the manifest are found when an indexer starts, so this one has a store of its own.
  const own = { ...world, store: `sqlite:${join(world.folder, 'vaults.sqlite')}` };
  const indexer = startIndexer(own);
  const server = await startServer(own, await freePort());
  const end = async () => {
    await server.running.end();
    await indexer.end();
    await world.end();
  };
  try {
    await until('the synthetic in the answers', async () => {
      indexer.said();
      const answer = await fetch(`${server.url}/v1/synthetics/${book}`).catch(() => undefined);
      return answer?.ok === true ? true : undefined;
    });
  } catch (error) {
    await end();
    throw error;
  }
  return { ...own, book, explorer: server.url, end };
}

/** Tests over a world with the synthetic that `describe` writes. */
export const vaultTest = (describe: Describe) =>
  base.extend<Fixtures, WorkerFixtures>({
    world: [
      // The first parameter of a fixture must be written as a pattern.
      async ({}, use) => {
        const world = await startWorld(0);
        const serving = await serve(world, describe).catch(async (error: unknown) => {
          await world.end();
          throw error;
        });
        await use(serving);
        await serving.end();
      },
      { scope: 'worker', timeout: 600_000 },
    ],
    chain: [async ({ world }, use) => use(clientOf(world.url)), { scope: 'worker' }],
    wallet: async ({ page, world, chain }, use) => {
      const [account] = await chain.getAddresses();
      if (account === undefined) throw new Error('the local chain has no accounts');
      await use(await giveWallet(page, world.url, account));
    },
    visit: async ({ page, world, chain }, use) => {
      await use(async (path) => {
        await indexed(chain, world.explorer);
        await page.goto(`${world.explorer}${path}`);
      });
    },
  });

/** Tests over the synthetic of `examples/synthetic.toml`. */
export const test = vaultTest(() => Promise.resolve(join(ROOT, 'examples', 'synthetic.toml')));
