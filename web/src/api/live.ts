import { useSyncExternalStore } from 'react';
import type { AsOf, ChainEvent } from './types';

/** What the page knows of the server's stream of events. */
export interface LiveState {
  /** `connecting` before the first answer, `live` while the stream is open, `lost` after it broke. */
  status: 'connecting' | 'live' | 'lost';
  /** Newest head that arrived, from the stream or from an answer. */
  head: AsOf | null;
  /** Wall clock in milliseconds since when the stream is broken; null while it is not. */
  lostAt: number | null;
}

/** What a change on the chain means for what is shown. */
export interface LiveListener {
  onLog?: (event: ChainEvent) => void;
  onHead?: (head: AsOf) => void;
  /** After a reorganisation, or when resuming is impossible: everything is to be read again. */
  onReset?: () => void;
}

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 15_000;

/** One stream for the whole page; opens on start, reconnects by itself from the last event that it saw. */
export class LiveStream {
  #state: LiveState = { status: 'connecting', head: null, lostAt: null };
  #readers = new Set<() => void>();
  #listeners = new Set<LiveListener>();
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastId: string | null = null;
  #failures = 0;

  /** The state now; the same object until it changes. */
  get state(): LiveState {
    return this.#state;
  }

  /** Calls `reader` after each change of state; returns how to stop. */
  watch = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  };

  /** Hears events until the returned function is called. */
  listen(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the stream unless it is open. */
  start(): void {
    if (this.#source !== null || typeof EventSource === 'undefined') return;
    clearTimeout(this.#timer);
    const resume = this.#lastId === null ? '' : `?last_event_id=${encodeURIComponent(this.#lastId)}`;
    const source = new EventSource(`/v1/live${resume}`);
    this.#source = source;
    source.onopen = () => {
      const wasLost = this.#state.status === 'lost';
      this.#failures = 0;
      this.#change({ status: 'live', lostAt: null });
      // What cannot be resumed by events (figures that move with time alone) is read again once.
      if (wasLost) this.#each((listener) => listener.onReset?.());
    };
    source.onerror = () => this.#broke();
    source.addEventListener('log', (message) => this.#log(message as MessageEvent<string>));
    source.addEventListener('head', (message) => this.#heard(message as MessageEvent<string>));
    source.addEventListener('rollback', () => this.#reset());
    source.addEventListener('reset', () => this.#reset());
  }

  /** Closes the stream and forgets where it was. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.#lastId = null;
  }

  /** Closes the stream but remembers where it was; `start` goes on from there. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.#change({ status: 'connecting', lostAt: null });
  }

  /** Tries again at once, for a person who does not want to wait. */
  retry(): void {
    this.#source?.close();
    this.#source = null;
    this.start();
  }

  /** Notes a head that came with an answer; an older one changes nothing. */
  note(head: AsOf): void {
    const known = this.#state.head;
    if (known === null || head.block > known.block || (head.block === known.block && head.hash === known.hash)) {
      if (known?.hash !== head.hash || known.stale !== head.stale || known.stopped.length !== head.stopped.length) {
        this.#change({ head });
      }
    }
  }

  #log(message: MessageEvent<string>): void {
    this.#lastId = message.lastEventId;
    const event = JSON.parse(message.data) as ChainEvent;
    this.#each((listener) => listener.onLog?.(event));
  }

  #heard(message: MessageEvent<string>): void {
    if (message.lastEventId !== '') this.#lastId = message.lastEventId;
    const head = JSON.parse(message.data) as AsOf;
    this.#change({ head });
    this.#each((listener) => listener.onHead?.(head));
  }

  #reset(): void {
    this.#lastId = null;
    this.#each((listener) => listener.onReset?.());
  }

  #broke(): void {
    // The browser gives up on some failures for good, so reconnecting is done here for all of them.
    this.#source?.close();
    this.#source = null;
    this.#failures += 1;
    this.#change({ status: 'lost', lostAt: this.#state.lostAt ?? Date.now() });
    const wait = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#failures, 10));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), wait);
  }

  #each(call: (listener: LiveListener) => void): void {
    for (const listener of this.#listeners) call(listener);
  }

  #change(part: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...part };
    for (const reader of this.#readers) reader();
  }
}

/** How long a page may be hidden before it gives its stream back, in milliseconds. */
const HIDDEN_MS_MAX = 300_000;

function mayNotify(): boolean {
  return typeof Notification !== 'undefined' && Notification.permission === 'granted';
}

/**
 * Gives the stream back while nobody looks at the page, because browsers allow a server only a handful of connections
 * over all pages; a page that may notify of deadlines keeps it. Returns how to stop.
 */
export function restWhileHidden(stream: LiveStream): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onChange = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') stream.start();
    else if (!mayNotify()) timer = setTimeout(() => stream.pause(), HIDDEN_MS_MAX);
  };
  document.addEventListener('visibilitychange', onChange);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onChange);
  };
}

/** The stream that the explorer shares. */
export const live = new LiveStream();

/** The state of the shared stream; the component draws again when it changes. */
export function useLive(): LiveState {
  return useSyncExternalStore(live.watch, () => live.state);
}
