/** A synthetic with a peg module and a backstop: the one of `examples/synthetic.toml`, with a custody token. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from 'viem';
import { create } from '../../test/chain';
import { clientOf } from './chain';
import { ROOT, type World } from './program';
import { vaultTest } from './vaults';

/** What account 0 has of the custody token at first, base units of 6 decimals. */
export const CUSTODY_SUPPLY = 5_000_000_000_000n;

const FEED = '[[peg.price.source]]\ndev = "1"\nheartbeat = "12 days"\nleast = "0.5"\nmost = "2"\n';

/** The custody token's address, kept beside the file that names it. */
export function custodyOf(world: World): Address {
  return readFileSync(join(world.folder, 'custody'), 'utf8') as Address;
}

async function describe(world: World): Promise<string> {
  const client = clientOf(world.url);
  const [account] = await client.getAddresses();
  if (account === undefined) throw new Error('the local chain has no accounts');
  const custody = await create(client, account, 'artifacts/DevAsset.json', ['Cash', 'CASH', 6, CUSTODY_SUPPLY]);
  writeFileSync(join(world.folder, 'custody'), custody);
  const peg = `[peg]\ncustody = "${custody}"\nfee_in = "0.6 %"\nfee_out = "0.1 %"\ncap = "100000"\n`;
  const text = readFileSync(join(ROOT, 'examples', 'synthetic.toml'), 'utf8');
  const file = join(world.folder, 'pegged.toml');
  writeFileSync(file, `${text}\n${peg}\n${[FEED, FEED, FEED].join('\n')}`);
  return file;
}

export const test = vaultTest(describe);
