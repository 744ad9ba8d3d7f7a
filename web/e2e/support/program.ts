/** The program under test: processes of `ballast` on free ports, each ended with whoever started it. */
import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../../..');

const START_TIMEOUT_MS = 300_000;
const POLL_MS = 100;

/** Where the program is: the debug build, or what the environment names. */
export function programPath(): string {
  const path = process.env['BALLAST_PROGRAM'] ?? join(ROOT, 'target/debug/ballast');
  if (!existsSync(path)) throw new Error(`${path} is not there; build it with: cargo build --package ballast`);
  return path;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until there is an answer; throws what `what` names after five minutes. */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < end) {
    const found = await ask();
    if (found !== undefined) return found;
    await sleep(POLL_MS);
  }
  throw new Error(`${what} did not happen`);
}

/** A free port of the loopback. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One process with what it said. */
export interface Running {
  readonly said: () => string;
  readonly wrong: () => string;
  /** Ends it as an interrupt does, and waits for its end. */
  readonly end: () => Promise<void>;
  /** Ends it at once, as a crash does. */
  readonly kill: () => Promise<void>;
}

/** Starts the program with `args`, in the root of the repository. */
export function start(args: readonly string[]): Running {
  const child = spawn(programPath(), [...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let said = '';
  let wrong = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  child.stderr.on('data', (data: Buffer) => (wrong += data.toString()));
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child);
      resolve();
    });
  });
  const signal = async (name: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name);
    await ended;
  };
  return {
    said: () => {
      if (child.exitCode !== null) throw new Error(`ballast ${args.join(' ')} ended:\n${wrong}`);
      return said;
    },
    wrong: () => wrong,
    end: () => signal('SIGTERM'),
    kill: () => signal('SIGKILL'),
  };
}

/** Runs one command of the program to its end and gives the JSON that it printed. */
export async function command<T>(args: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(programPath(), ['--json', '--yes', ...args], {
    cwd: ROOT,
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout) as T;
}

/** The first whole JSON object of a text, and what follows it. */
export function firstObject(text: string): { value: unknown; rest: string } | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === '\\') at += 1;
      else if (sign === '"') quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === '{') depth += 1;
    else if (sign === '}') {
      depth -= 1;
      if (depth === 0) return { value: JSON.parse(text.slice(0, at + 1)), rest: text.slice(at + 1) };
    }
  }
  return undefined;
}

/** What `up` prints first. */
export interface UpReport {
  readonly explorer: string;
  readonly url: string;
  readonly manifest: string;
  readonly deployment: { readonly contracts: Readonly<Record<string, { readonly address: string }>> };
  readonly token: { readonly token: string; readonly reserve: string; readonly converter: string | null };
}

/** A local chain with a market on it, its store and its explorer. */
export interface World extends UpReport {
  readonly store: string;
  readonly folder: string;
  /** Runs a command of the program against this chain, signed by development account 0. */
  readonly run: <T>(...args: string[]) => Promise<T>;
  /** The same, signed by another development account. */
  readonly runAs: <T>(account: number, ...args: string[]) => Promise<T>;
  readonly end: () => Promise<void>;
}

/** Starts everything in a folder of its own and waits until its market of `hours` stands. */
export async function startWorld(hours: number): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-e2e-'));
  const manifest = join(folder, 'manifest.toml');
  const store = `sqlite:${join(folder, 'store.sqlite')}`;
  const ports = ['--port', '0', '--explorer-port', '0'];
  const up = start([
    '--json',
    '--manifest',
    manifest,
    'up',
    ...ports,
    '--bars',
    String(hours),
    '--inline',
    '--store',
    store,
  ]);
  const end = async () => {
    await up.end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const report = await until('the report of ballast up', () => {
      const first = firstObject(up.said());
      if (first === undefined) return undefined;
      // The market prints its own report when it has been played.
      return hours === 0 || firstObject(first.rest) !== undefined ? (first.value as UpReport) : undefined;
    });
    const runAs = <T>(account: number, ...args: string[]) =>
      command<T>(['--rpc', report.url, '--manifest', manifest, '--dev-account', String(account), ...args]);
    const run = <T>(...args: string[]) => runAs<T>(0, ...args);
    return { ...report, store, folder, run, runAs, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A server of its own over a store. */
export async function startServer(
  world: Pick<World, 'url' | 'manifest' | 'store'>,
  port: number,
): Promise<{ url: string; running: Running }> {
  const listen = `127.0.0.1:${port}`;
  const chain = ['--rpc', world.url, '--manifest', world.manifest];
  const running = start([...chain, 'serve', '--store', world.store, '--listen', listen]);
  await until('the server', async () => {
    running.said();
    return (await fetch(`http://${listen}/health/live`).catch(() => undefined))?.ok ? true : undefined;
  });
  return { url: `http://${listen}`, running };
}

/** Follows the chain into the store of `world`, beside whatever else does into others. */
export function startIndexer(world: Pick<World, 'url' | 'manifest' | 'store'>): Running {
  return start(['--rpc', world.url, '--manifest', world.manifest, 'index', '--store', world.store]);
}
