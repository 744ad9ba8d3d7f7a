import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { follow } from './follow';
import { LiveStream, type LiveListener } from './live';
import type { ChainEvent } from './types';

const ONE = '0x1111111111111111111111111111111111111111';
const TWO = '0x2222222222222222222222222222222222222222';
const POOL = '0x3333333333333333333333333333333333333333';

class Stream extends LiveStream {
  heard: LiveListener = {};
  override listen(listener: LiveListener): () => void {
    this.heard = listener;
    return () => {
      this.heard = {};
    };
  }
}

function event(contract: string, role: string): ChainEvent {
  return { block: 1, log_index: 0, time: 1, transaction: '0x', contract, role, event: 'Any', args: {} };
}

describe('following the chain', () => {
  let client: QueryClient;
  let stream: Stream;
  let stop: () => void;
  const stale = () =>
    client
      .getQueryCache()
      .getAll()
      .filter((query) => query.state.isInvalidated)
      .map((query) => query.queryKey.join(' ').trim());

  beforeEach(() => {
    vi.useFakeTimers();
    client = new QueryClient();
    stream = new Stream();
    client.setQueryData(['tokens', 'list'], {
      data: [{ token: ONE, reserve: TWO, pool: POOL, converter: null, lock: null }],
    });
    for (const part of ['', 'trades', 'loans', 'powers']) client.setQueryData(['token', ONE, part], {});
    client.setQueryData(['token', TWO, 'trades'], {});
    stop = follow(client, stream);
  });

  afterEach(() => {
    stop();
    client.clear();
    vi.useRealTimers();
  });

  it('reads again only the parts of the token that an event changes', () => {
    stream.heard.onLog?.(event(POOL, 'pool'));
    vi.advanceTimersByTime(1_000);
    expect(stale().sort()).toEqual(['tokens list', `token ${ONE}`, `token ${ONE} trades`].sort());
  });

  it('reads everything of the token again after an event of its reserve', () => {
    stream.heard.onLog?.(event(TWO, 'reserve'));
    vi.advanceTimersByTime(1_000);
    expect(stale().filter((key) => key.startsWith(`token ${ONE}`))).toHaveLength(4);
    expect(stale()).not.toContain(`token ${TWO} trades`);
  });

  it('reads the list again for a contract that it does not know', () => {
    stream.heard.onLog?.(event('0x4444444444444444444444444444444444444444', 'launchpad'));
    vi.advanceTimersByTime(1_000);
    expect(stale()).toEqual(['tokens list']);
  });

  it('reads synthetics again after an event of their contracts, and no token', () => {
    client.setQueryData(['synthetics'], {});
    client.setQueryData(['synthetic', TWO, 'auctions'], {});
    stream.heard.onLog?.(event('0x5555555555555555555555555555555555555555', 'prices'));
    vi.advanceTimersByTime(1_000);
    expect(stale().sort()).toEqual([`synthetic ${TWO} auctions`, 'synthetics']);
  });

  it('gathers the events of a second into one round', () => {
    const spy = vi.spyOn(client, 'invalidateQueries');
    for (let index = 0; index < 50; index += 1) stream.heard.onLog?.(event(POOL, 'pool'));
    vi.advanceTimersByTime(1_000);
    expect(spy.mock.calls.length).toBeLessThanOrEqual(3);
  });

  it('reads all again after a reorganisation', () => {
    stream.heard.onReset?.();
    expect(stale()).toHaveLength(6);
  });
});
