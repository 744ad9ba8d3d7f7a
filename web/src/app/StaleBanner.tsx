import { useEffect, useState, type ReactNode } from 'react';
import { live, useLive, type LiveState } from '../api/live';
import { countText, durationText, pluralText, utcText } from '../format';
import { Button, Notice } from '../ui';

/** How long a broken connection is mended in silence before the page says so, in milliseconds. */
const QUIET_MS = 2_000;

function useClock(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

function dated(state: LiveState): string {
  return state.head === null
    ? 'Nothing has been read yet.'
    : `What you see is of block ${countText(state.head.block)}, ${utcText(state.head.time)}.`;
}

/** Marks every figure of the page as old, beside what the banner says, while `lost`. */
function useOldFigures(lost: boolean): void {
  useEffect(() => {
    if (!lost) return;
    document.documentElement.dataset['figures'] = 'old';
    return () => {
      delete document.documentElement.dataset['figures'];
    };
  }, [lost]);
}

/** Says when what is shown is not what is: connection lost, indexer behind, or figures that failed their check. */
export function StaleBanner(): ReactNode {
  const state = useLive();
  const now = useClock(state.status === 'lost');
  const { head, lostAt } = state;
  const lost = lostAt !== null && now - lostAt >= QUIET_MS;
  useOldFigures(lost);
  if (lost) {
    return (
      <div className="banner">
        <Notice
          kind="watch"
          role="status"
          title="No connection to the server"
          action={<Button onClick={() => live.retry()}>Try now</Button>}
        >
          Since {durationText((now - lostAt) / 1000)}. {dated(state)} The page keeps trying.
        </Notice>
      </div>
    );
  }
  if (head !== null && head.stopped.length > 0) {
    return (
      <div className="banner">
        <Notice
          kind="breach"
          role="alert"
          title={`Stopped: ${head.stopped.join(', ')}`}
          action={<a href="/status">Status</a>}
        >
          The stored figures of these parts differ from the chain, so they are not brought up to date. Read the chain
          with the command beside each figure before you rely on it.
        </Notice>
      </div>
    );
  }
  if (head?.stale === true) {
    const behind = head.lag_blocks === null ? '' : `, ${pluralText(head.lag_blocks, 'block')} behind the chain`;
    return (
      <div className="banner">
        <Notice kind="watch" role="status" title="These figures are old" action={<a href="/status">Status</a>}>
          {dated(state)} The indexer is silent or late{behind}. A transaction sees the chain as it is now.
        </Notice>
      </div>
    );
  }
  return null;
}
