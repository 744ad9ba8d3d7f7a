import { zoned } from './zone';

const UNITS: readonly [string, number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** A span in seconds in its two largest units, cut off: "3 d 4 h", "12 min", "45 s". */
export function durationText(secs: number): string {
  const span = Math.abs(Math.trunc(secs));
  const first = UNITS.findIndex(([, size]) => span >= size);
  if (first === -1) return '0 s';
  const parts: string[] = [];
  let rest = span;
  for (const [name, size] of UNITS.slice(first, first + 2)) {
    const count = Math.trunc(rest / size);
    if (count > 0) parts.push(`${count} ${name}`);
    rest -= count * size;
  }
  return `${secs < 0 ? '−' : ''}${parts.join(' ')}`;
}

/** Unix seconds in the shown zone, to the minute. */
export const dateTimeText = zoned({
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});

/** Unix seconds as a day in the shown zone. */
export const dateText = zoned({ day: 'numeric', month: 'short', year: 'numeric' });

/** Unix seconds as a time of day in the shown zone, to the second. */
export const clockText = zoned({ hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

/** Unix seconds in UTC to the second: "2026-11-20 09:28:49 UTC". */
export function utcText(unix: number): string {
  return `${new Date(unix * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** How long before `now` something was, both unix seconds: "3 min ago", "in 2 d" when it lies ahead. */
export function agoText(unix: number, now: number): string {
  const past = now - unix;
  if (past === 0) return 'now';
  return past > 0 ? `${durationText(past)} ago` : `in ${durationText(-past)}`;
}
