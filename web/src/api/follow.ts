import type { QueryClient } from '@tanstack/react-query';
import type { LiveStream } from './live';
import type { TokenAnswer, TokenSummary } from './types';

/** Shortest time between two rounds of reading again, so that a fast chain does not flood the server. */
const ROUND_MS = 1_000;
/** Figures that move with time alone (what still vests) are read again at least this often. */
const DRIFT_MS = 15_000;

/** Contracts of synthetics: an event of one can change every figure of its synthetic, and of others that share prices. */
const VAULT_ROLES = new Set(['book', 'prices', 'reports', 'peg', 'rates', 'backstop', 'governor']);

/** What interest, clocks and events of a synthetic change. */
const VAULT_KEYS = [['synthetics'], ['synthetic'], ['decisions'], ['sends']] as const;

/** Parts of a token that each kind of contract changes; a contract that is not listed changes all of them. */
const PARTS_BY_ROLE: Record<string, readonly string[]> = {
  pool: ['', 'series', 'trades', 'marks', 'events', 'auction'],
  token: ['', 'series', 'holders', 'marks', 'events', 'powers'],
  lock: ['', 'powers', 'events'],
};

function contractsOf(summary: TokenSummary): string[] {
  return [summary.token, summary.reserve, summary.converter, summary.pool, summary.lock]
    .filter((address) => address !== null)
    .map((address) => address.toLowerCase());
}

/** Which known token each contract belongs to, both in lower case, from what the page has read so far. */
export function ownersOf(client: QueryClient): Map<string, string> {
  const owners = new Map<string, string>();
  const add = (summary: TokenSummary) => {
    for (const contract of contractsOf(summary)) owners.set(contract, summary.token.toLowerCase());
  };
  for (const [, page] of client.getQueriesData<{ data?: TokenSummary[] }>({ queryKey: ['tokens'] })) {
    page?.data?.forEach(add);
  }
  for (const [key, answer] of client.getQueriesData<Partial<TokenAnswer>>({ queryKey: ['token'] })) {
    if (key[2] === '' && answer?.token !== undefined) add(answer.token);
  }
  return owners;
}

/** Reads again what events on the chain changed, and nothing else. Returns how to stop. */
export function follow(client: QueryClient, stream: LiveStream): () => void {
  const dirty = new Map<string, Set<string> | 'all'>();
  let unknown = false;
  let vaults = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let drifted = Date.now();

  const round = () => {
    timer = undefined;
    for (const [token, parts] of dirty) {
      void client.invalidateQueries({
        queryKey: ['token', token],
        predicate: ({ queryKey }) => parts === 'all' || parts.has(String(queryKey[2])),
      });
    }
    if (dirty.size > 0 || unknown) {
      void client.invalidateQueries({ queryKey: ['tokens'] });
      void client.invalidateQueries({ queryKey: ['account'] });
    }
    if (vaults) {
      for (const queryKey of VAULT_KEYS) void client.invalidateQueries({ queryKey });
      void client.invalidateQueries({ queryKey: ['account'] });
    }
    dirty.clear();
    unknown = false;
    vaults = false;
  };
  const schedule = () => {
    timer ??= setTimeout(round, ROUND_MS);
  };
  const onHead = () => {
    if (Date.now() - drifted < DRIFT_MS) return;
    drifted = Date.now();
    void client.invalidateQueries({ queryKey: ['tokens'] });
    for (const queryKey of VAULT_KEYS) void client.invalidateQueries({ queryKey });
    void client.invalidateQueries({
      queryKey: ['token'],
      predicate: ({ queryKey }) => ['', 'series', 'auction', 'loans'].includes(String(queryKey[2])),
    });
  };

  const stop = stream.listen({
    onLog: (event) => {
      if (VAULT_ROLES.has(event.role)) {
        vaults = true;
        schedule();
        return;
      }
      const token = event.token?.toLowerCase() ?? ownersOf(client).get(event.contract.toLowerCase());
      if (token === undefined) {
        unknown = true;
      } else {
        const parts = PARTS_BY_ROLE[event.role];
        const known = dirty.get(token);
        if (parts === undefined || known === 'all') dirty.set(token, 'all');
        else dirty.set(token, new Set([...(known ?? []), ...parts]));
      }
      schedule();
    },
    onHead,
    onReset: () => void client.invalidateQueries(),
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
