import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  createTestClient,
  encodeDeployData,
  http,
  parseEventLogs,
  publicActions,
  walletActions,
  zeroAddress,
  type Abi,
  type Address,
  type Hex,
} from 'viem';
import { foundry } from 'viem/chains';
import type { AsOf, Status, TokenDetail } from '../src/api/types';
import { erc20Abi } from '../src/contracts/abi/erc20';
import { launchpadAbi } from '../src/contracts/abi/launchpad';
import { reserveAbi } from '../src/contracts/abi/reserve';
import { tokenAbi } from '../src/contracts/abi/token';
import type { LaunchParams } from '../src/flows/chain/calls';

const contracts = join(import.meta.dirname, '../../contracts');
/** How long the local chain may take to listen. */
const START_TIMEOUT_MS = 20_000;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function clientOf(rpc: string) {
  return createTestClient({ chain: foundry, mode: 'anvil', transport: http(rpc), pollingInterval: 50, cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);
}

type Client = ReturnType<typeof clientOf>;

/** A local chain with the whole system on it. */
export interface TestChain {
  readonly rpc: string;
  readonly client: Client;
  /** Unlocked accounts; the first one deployed everything. */
  readonly accounts: readonly Address[];
  readonly launchpad: Address;
  readonly wrapped: Address;
  readonly stop: () => void;
}

interface Compiled {
  readonly abi: Abi;
  readonly bytecode: string;
}

/** An artifact, named below contracts. */
export function compiled(path: string): Compiled {
  const file = join(contracts, path);
  if (!existsSync(file)) throw new Error(`${path} is missing below contracts: run make setup`);
  return JSON.parse(readFileSync(file, 'utf8')) as Compiled;
}

/** Deploys an artifact, named below contracts, and returns where it is. */
export async function create(
  client: Client,
  account: Address,
  path: string,
  args: readonly unknown[] = [],
): Promise<Address> {
  const { abi, bytecode } = compiled(path);
  const code: Hex = bytecode.startsWith('0x') ? (bytecode as Hex) : `0x${bytecode}`;
  const data = encodeDeployData({ abi, bytecode: code, args: [...args] });
  const hash = await client.sendTransaction({ account, data });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash });
  if (!contractAddress) throw new Error(`${path} was not deployed`);
  return contractAddress;
}

async function listening(client: Client, child: ChildProcess): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < end && child.exitCode === null) {
    try {
      await client.getChainId();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error('anvil did not start');
}

/** Starts a chain on a free port and deploys everything to it. */
export async function startChain(): Promise<TestChain> {
  const anvil = process.env['BALLAST_ANVIL'] ?? join(contracts, 'node_modules/.bin/anvil');
  if (!existsSync(anvil)) throw new Error('anvil is missing: run make setup');
  const port = await freePort();
  const child = spawn(anvil, ['--host', '127.0.0.1', '--port', String(port), '--silent'], { stdio: 'ignore' });
  const rpc = `http://127.0.0.1:${port}`;
  const client = clientOf(rpc);
  const stop = () => void child.kill('SIGTERM');
  try {
    await listening(client, child);
    const accounts = await client.getAddresses();
    const deployer = accounts[0] ?? zeroAddress;
    const make = (path: string, args?: readonly unknown[]) => create(client, deployer, path, args);
    const factory = await make('node_modules/@uniswap/v2-core/build/UniswapV2Factory.json', [zeroAddress]);
    const wrapped = await make('node_modules/@uniswap/v2-periphery/build/WETH9.json');
    const parts: Address[] = [];
    for (const name of ['Reserve', 'Converter', 'LiquidityLock', 'TokenDeployer']) {
      parts.push(await make(`artifacts/${name}.json`));
    }
    const launchpad = await make('artifacts/Launchpad.json', [...parts, wrapped, factory]);
    return { rpc, client, accounts, launchpad, wrapped, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** A new asset, of which `holder` has `amount` base units. */
export async function newAsset(chain: TestChain, decimals: number, holder: Address, amount: bigint): Promise<Address> {
  const account = chain.accounts[0] ?? zeroAddress;
  const asset = await create(chain.client, account, 'artifacts/TestAsset.json', [`A${decimals}`, decimals]);
  const { abi } = compiled('artifacts/TestAsset.json');
  const hash = await chain.client.writeContract({
    account,
    address: asset,
    abi,
    functionName: 'mint',
    args: [holder, amount],
  });
  await chain.client.waitForTransactionReceipt({ hash });
  return asset;
}

/** Launches `params` as `account`, approvals included, and returns the token's addresses. */
export async function launchToken(chain: TestChain, account: Address, params: LaunchParams) {
  for (const [index, asset] of params.assets.entries()) {
    const amount = (params.seeds[index] ?? 0n) + (index === 0 ? params.pool.assets : 0n);
    const args = [chain.launchpad, amount] as const;
    const hash = await chain.client.writeContract({
      account,
      address: asset,
      abi: erc20Abi,
      functionName: 'approve',
      args,
    });
    await chain.client.waitForTransactionReceipt({ hash });
  }
  const call = {
    account,
    address: chain.launchpad,
    abi: launchpadAbi,
    functionName: 'launch',
    args: [params],
  } as const;
  const { logs } = await chain.client.waitForTransactionReceipt({ hash: await chain.client.writeContract(call) });
  const made = parseEventLogs({ abi: launchpadAbi, logs, eventName: 'TokenLaunched' })[0]?.args;
  if (made === undefined) throw new Error('nothing was launched');
  return made;
}

/** The newest block as answers name it. */
export async function asOf(chain: TestChain): Promise<AsOf> {
  const block = await chain.client.getBlock();
  const { number, hash, timestamp } = block;
  return {
    block: Number(number),
    hash: hash ?? '0x',
    time: Number(timestamp),
    chain_id: foundry.id,
    indexed_age_secs: 0,
    lag_blocks: 0,
    stale: false,
    stopped: [],
  };
}

async function detail(chain: TestChain, token: Address): Promise<TokenDetail> {
  const { client } = chain;
  const read = { address: chain.launchpad, abi: launchpadAbi } as const;
  const made = await client.readContract({ ...read, functionName: 'launched', args: [token] });
  const reserve = { address: made.reserve, abi: reserveAbi } as const;
  const own = { address: token, abi: tokenAbi } as const;
  const [name, symbol, supply, claims, terms, locked, [addresses]] = await Promise.all([
    client.readContract({ ...own, functionName: 'name' }),
    client.readContract({ ...own, functionName: 'symbol' }),
    client.readContract({ ...own, functionName: 'totalSupply' }),
    client.readContract({ ...own, functionName: 'claims' }),
    client.readContract({ ...reserve, functionName: 'terms' }),
    client.readContract({ ...reserve, functionName: 'locked' }),
    client.readContract({ ...reserve, functionName: 'reserves' }),
  ]);
  const assets = await Promise.all(
    addresses.map(async (address) => {
      const one = { address, abi: erc20Abi } as const;
      const unit = await client.readContract({ ...one, functionName: 'symbol' });
      return {
        address,
        name: unit,
        symbol: unit,
        decimals: await client.readContract({ ...one, functionName: 'decimals' }),
      };
    }),
  );
  const reserves = await Promise.all(
    assets.map(async (asset, index) => {
      const row = await client.readContract({ ...reserve, functionName: 'assetAt', args: [BigInt(index)] });
      const text = { cash: String(row.cash), lent: String(row.lent), streaming: String(row.streaming) };
      return { asset, ...text, total: String(row.cash + row.lent), floor_wad: '0', coverage_wad: null };
    }),
  );
  const orNull = (address: Address) => (address === zeroAddress ? null : address);
  return {
    token,
    reserve: made.reserve,
    converter: orNull(made.converter),
    pool: orNull(made.pool),
    lock: orNull(made.lock),
    name,
    symbol,
    decimals: 18,
    model: 'accrual',
    launched: { block: 0, time: 0 },
    assets,
    supply: String(supply),
    claims: String(claims),
    floor_wad: assets.map(() => '0'),
    market_wad: null,
    premium_bps: null,
    coverage_wad: null,
    floor_change_bps: { day: null, week: null },
    market_change_bps: { day: null, week: null },
    holders: 1,
    loans_open: 0,
    paused_until: 0,
    redeemable: terms.redeemable,
    spark: { times: [], floor_wad: [], market_wad: [] },
    owner: chain.accounts[0] ?? zeroAddress,
    guardian: zeroAddress,
    terms: {
      redeemable: terms.redeemable,
      redeem_fee_bps: terms.redeemFeeBps,
      ltv_bps: terms.ltvBps,
      term_fee_bps: terms.termFeeBps,
      flash_fee_bps: terms.flashFeeBps,
      term_secs: terms.termSecs,
      grace_secs: terms.graceSecs,
      drip_secs: terms.dripSecs,
    },
    reserves,
    locked: String(locked),
    unspendable: '0',
    loan_count: 0,
    fees: null,
    split: null,
    pool_state: null,
    sources: {},
  };
}

/** Answers the paths of the API that the acting side reads, from the chain itself. */
export async function answer(chain: TestChain, path: string): Promise<unknown> {
  const at = await asOf(chain);
  const token = /^\/v1\/tokens\/(0x[0-9a-fA-F]{40})$/.exec(path)?.[1];
  if (token !== undefined) return { as_of: at, token: await detail(chain, token as Address) };
  if (path.startsWith('/v1/status')) {
    const status: Partial<Status> = {
      as_of: at,
      deployment: {
        name: 'local',
        chain_id: foundry.id,
        launchpad: chain.launchpad,
        genesis_block: 0,
        wrapped_native: chain.wrapped,
        router: null,
        factory: null,
        public_rpc: null,
      },
    };
    return status;
  }
  return { as_of: at, data: [], next: null };
}
