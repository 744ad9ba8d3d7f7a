import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveStream, restWhileHidden } from './live';
import type { AsOf } from './types';

class Source extends EventTarget {
  static opened: Source[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    super();
    Source.opened.push(this);
  }

  close(): void {
    this.closed = true;
  }

  say(type: string, data: unknown, lastEventId = ''): void {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data), lastEventId }));
  }
}

function head(block: number, part: Partial<AsOf> = {}): AsOf {
  return {
    block,
    hash: `0x${block}`,
    time: block * 10,
    chain_id: 1,
    indexed_age_secs: 0,
    lag_blocks: 0,
    stale: false,
    stopped: [],
    ...part,
  };
}

function newest(): Source {
  const source = Source.opened.at(-1);
  if (source === undefined) throw new Error('no stream was opened');
  return source;
}

describe('the live stream', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    Source.opened = [];
    vi.stubGlobal('EventSource', Source);
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('resumes from the last event that it saw, a head as well as a log', () => {
    const stream = new LiveStream();
    stream.start();
    expect(newest().url).toBe('/v1/live');
    newest().say('log', { event: 'Transfer' }, '5:1:abcdef01');
    newest().onerror?.();
    vi.runOnlyPendingTimers();
    expect(newest().url).toBe('/v1/live?last_event_id=5%3A1%3Aabcdef01');
    newest().say('head', head(6), '6:end:abcdef02');
    newest().onerror?.();
    vi.runOnlyPendingTimers();
    expect(newest().url).toContain('6%3Aend');
    stream.stop();
  });

  it('keeps the last head while the connection is lost, and says since when', () => {
    const stream = new LiveStream();
    stream.start();
    newest().onopen?.();
    newest().say('head', head(7));
    newest().onerror?.();
    expect(stream.state).toMatchObject({ status: 'lost', head: { block: 7 } });
    const since = stream.state.lostAt;
    vi.advanceTimersByTime(60_000);
    newest().onerror?.();
    expect(stream.state.lostAt).toBe(since);
    newest().onopen?.();
    expect(stream.state).toMatchObject({ status: 'live', lostAt: null });
    stream.stop();
  });

  it('closes the broken stream before it opens another', () => {
    const stream = new LiveStream();
    stream.start();
    newest().onerror?.();
    vi.runOnlyPendingTimers();
    expect(Source.opened.map((source) => source.closed)).toEqual([true, false]);
    stream.stop();
    expect(Source.opened.every((source) => source.closed)).toBe(true);
  });

  it('asks for everything again after a reorganisation, a reset, and a mended connection', () => {
    const stream = new LiveStream();
    const onReset = vi.fn();
    stream.listen({ onReset });
    stream.start();
    newest().onopen?.();
    expect(onReset).not.toHaveBeenCalled();
    newest().say('rollback', { block: 3 });
    newest().say('reset', {});
    newest().onerror?.();
    vi.runOnlyPendingTimers();
    newest().onopen?.();
    expect(onReset).toHaveBeenCalledTimes(3);
    stream.stop();
  });

  it('rests while nobody looks and goes on from where it was', () => {
    const stream = new LiveStream();
    const stop = restWhileHidden(stream);
    const show = (state: DocumentVisibilityState) => {
      vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
      document.dispatchEvent(new Event('visibilitychange'));
    };
    stream.start();
    newest().say('head', head(6), '6:end:abcdef02');
    show('hidden');
    show('visible');
    vi.runOnlyPendingTimers();
    expect(newest().closed).toBe(false);
    show('hidden');
    vi.runOnlyPendingTimers();
    expect(newest().closed).toBe(true);
    show('visible');
    expect(newest().url).toContain('6%3Aend');
    expect(newest().closed).toBe(false);
    stop();
    stream.stop();
  });

  it('is not set back by an answer that is older than what it knows', () => {
    const stream = new LiveStream();
    stream.note(head(9));
    stream.note(head(8));
    expect(stream.state.head?.block).toBe(9);
    stream.note(head(9, { stale: true }));
    expect(stream.state.head?.stale).toBe(true);
  });
});
