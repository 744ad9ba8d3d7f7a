import type { ReactNode } from 'react';
import { dateText, dateTimeText, utcText } from '../format';

/** A moment in the shown zone; UTC to the second on hover. The footer switches every time to UTC. */
export function Time({ at, day = false }: { at: number; day?: boolean }): ReactNode {
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={utcText(at)} className="time">
      {day ? dateText(at) : dateTimeText(at)}
    </time>
  );
}
