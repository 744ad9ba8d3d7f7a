import { parseEther, type Address } from 'viem';
import { clientOf, indexed } from './support/chain';
import { freePort, startServer, startWorld } from './support/program';
import { burn, expect, test } from './support/test';

interface Logged {
  readonly block: number;
  readonly log_index: number;
}

test('a lost server leaves what is known, dated; when it is back the stream goes on without a lost event', async ({
  page,
}) => {
  const world = await startWorld(0);
  const chain = clientOf(world.url);
  const [owner] = (await chain.getAddresses()) as [Address];
  const token = world.token.token as Address;
  const port = await freePort();
  let server = await startServer(world, port);
  try {
    await page.addInitScript(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      const Real = window.EventSource;
      window.EventSource = class extends Real {
        constructor(url: string | URL, init?: EventSourceInit) {
          super(url, init);
          this.addEventListener('log', (event) => {
            const { block, log_index } = JSON.parse((event as MessageEvent<string>).data) as Logged;
            heard.push(`${block}:${log_index}`);
          });
        }
      };
    });
    const heard = () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    await indexed(chain, server.url);
    await page.goto(`${server.url}/token/${token}`);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Ballast Sample');
    const first = await burn(chain, owner, token, parseEther('1000'));
    await expect.poll(heard).toContain(`${first.blockNumber}:0`);

    await server.running.kill();
    await expect(page.getByText('No connection to the server')).toBeVisible();
    await expect(page.getByText(/What you see is of block/)).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Ballast Sample');
    const old = page.locator(':root[data-figures=old]');
    await expect(old).toHaveCount(1);
    for (let count = 0; count < 5; count += 1) await burn(chain, owner, token, parseEther('2000'));

    server = await startServer(world, port);
    await expect(page.getByText('No connection to the server')).toHaveCount(0);
    await expect(old).toHaveCount(0);
    const last = await burn(chain, owner, token, parseEther('3000'));
    await expect.poll(heard).toContain(`${last.blockNumber}:0`);
    const logs = await chain.getLogs({ address: token, fromBlock: first.blockNumber, toBlock: last.blockNumber });
    const wanted = logs.map((log) => `${log.blockNumber}:${log.logIndex}`);
    const got = await heard();
    expect(wanted.length).toBeGreaterThanOrEqual(7);
    expect(got.filter((id) => wanted.includes(id)).sort()).toEqual(wanted.sort());
    // 100 of the asset over 1,000,000 less 14,000 tokens.
    await expect(page.getByRole('button', { name: /0\.0001014/ }).first()).toBeVisible();
  } finally {
    await server.running.kill();
    await world.end();
  }
});
