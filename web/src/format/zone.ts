/** Zone in which times are shown: the reader's own, or UTC. */
export type Zone = 'own' | 'utc';

const KEY = 'ballast.zone';
const readers = new Set<() => void>();

function stored(): Zone {
  try {
    return localStorage.getItem(KEY) === 'utc' ? 'utc' : 'own';
  } catch {
    return 'own';
  }
}

let zone: Zone = stored();

/** The zone in which times are shown now. */
export function shownZone(): Zone {
  return zone;
}

/** Shows times in this zone from now on, and keeps the choice where the browser allows that. */
export function chooseZone(next: Zone): void {
  zone = next;
  try {
    if (next === 'utc') localStorage.setItem(KEY, next);
    else localStorage.removeItem(KEY);
  } catch {
    // The choice then holds until the page is left.
  }
  for (const reader of readers) reader();
}

/** Calls `reader` after each change of zone; returns how to stop. */
export function watchZone(reader: () => void): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** Seconds that the shown zone lies east of UTC at a moment in unix seconds. */
export function zoneOffsetSecs(unix: number): number {
  return zone === 'utc' ? 0 : -new Date(unix * 1000).getTimezoneOffset() * 60;
}

/** Formats a moment in unix seconds in the shown zone; the two formatters are made once for each set of options. */
export function zoned(options: Intl.DateTimeFormatOptions): (unix: number) => string {
  const own = new Intl.DateTimeFormat('en-GB', options);
  const utc = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
  return (unix) => (zone === 'utc' ? utc : own).format(new Date(unix * 1000));
}
