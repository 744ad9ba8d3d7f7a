import type { ReactNode } from 'react';
import { dateText, dateTimeText, utcText } from '../format';

/** A moment in the reader's time zone; UTC to the second on hover, on focus, and for a screen reader. */
export function Time({ at, day = false }: { at: number; day?: boolean }): ReactNode {
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={utcText(at)} className="time" tabIndex={-1}>
      {day ? dateText(at) : dateTimeText(at)}
    </time>
  );
}
