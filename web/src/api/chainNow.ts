import { useEffect, useState } from 'react';
import { live } from './live';
import type { AsOf } from './types';

interface Beat {
  /** Wall clock in milliseconds when the head arrived. */
  wall: number;
  /** The head's time in unix seconds. */
  time: number;
}

const BEATS_KEPT = 6;

/**
 * Guesses the chain's time between two blocks from the pace of the last ones, because a chain may run faster or slower
 * than the wall clock. It never runs further ahead than the chain went between two blocks, so a chain that stands
 * still does not move here either.
 */
export class ChainClock {
  #beats: Beat[] = [];

  /** Notes a head that arrived at `wall` milliseconds. */
  beat(time: number, wall: number): void {
    const last = this.#beats.at(-1);
    if (last !== undefined && time < last.time) this.#beats = [];
    if (last?.time === time) return;
    this.#beats = [...this.#beats, { wall, time }].slice(-BEATS_KEPT);
  }

  /** The chain's time at `wall` milliseconds, in whole unix seconds; null before the first head. */
  now(wall: number): number | null {
    const last = this.#beats.at(-1);
    const first = this.#beats[0];
    if (last === undefined || first === undefined) return null;
    const gaps = this.#beats.length - 1;
    const passed = last.wall - first.wall;
    if (gaps === 0 || passed <= 0) return last.time;
    const pace = (last.time - first.time) / passed;
    const gap = (last.time - first.time) / gaps;
    return Math.floor(last.time + Math.min(gap, Math.max(0, wall - last.wall) * pace));
  }
}

const clock = new ChainClock();
live.listen({ onHead: (head) => clock.beat(head.time, performance.now()) });

/** The chain's time, drawn again when its second changes; the time of `asOf` until heads arrive. */
export function useChainNow(asOf: AsOf, active: boolean): number {
  const [now, setNow] = useState<number | null>(null);
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setNow(clock.now(performance.now())), 250);
    return () => clearInterval(timer);
  }, [active]);
  return Math.max(now ?? 0, asOf.time);
}
