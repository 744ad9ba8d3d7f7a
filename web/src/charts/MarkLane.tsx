import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { AssetRef, Mark, MarkKind } from '../api/types';
import { countText, dateTimeText, decimalText } from '../format';
import { groupMarks, MARK_NAMES, type Layout, type MarkGroup } from './floorChartModel';

/** Least distance of two marks; also the size of what a finger can hit. */
const GAP = 24;
const LISTED_MAX = 5;

const SIGNS: Record<MarkKind, ReactNode> = {
  launch: <path d="M6 1v10M6 1l5 3-5 3" />,
  burn: <path className="sign--solid" d="M6 1l5 9H1z" />,
  auction: <path className="sign--solid" d="M6 1l5 5-5 5-5-5z" />,
  default: <path d="M2 2l8 8M10 2l-8 8" strokeWidth="2" />,
  fee_change: <path className="sign--solid" d="M2 2h8v8H2z" />,
  pause: <path d="M4 1.5v9M8 1.5v9" strokeWidth="2" />,
  loan: <circle cx="6" cy="6" r="3" />,
  redemption: <path d="M6 10.5 1 2h10z" />,
  donation: <path d="M6 1.5v9M1.5 6h9" strokeWidth="2" />,
};

function wordsOf(mark: Mark, symbol: string, assets: readonly AssetRef[]): string {
  const [one, many] = MARK_NAMES[mark.kind];
  const name = mark.count === 1 ? one : `${countText(mark.count)} ${many}`;
  const asset = mark.unit === 'token' ? undefined : assets[Number(mark.unit)];
  if (mark.amount === '0') return name;
  if (mark.unit !== 'token' && asset === undefined) return name;
  return `${name}, ${decimalText(BigInt(mark.amount), asset?.decimals ?? 18)} ${asset?.symbol ?? symbol}`;
}

function Note({
  group,
  layout,
  symbol,
  assets,
}: {
  group: MarkGroup;
  layout: Layout;
  symbol: string;
  assets: readonly AssetRef[];
}): ReactNode {
  const width = Math.min(280, layout.width);
  const left = Math.min(Math.max(0, group.x - width / 2), layout.width - width);
  const rest = group.marks.length - LISTED_MAX;
  return (
    <div className="note" style={{ left, width, bottom: layout.height - layout.foot + 4 }}>
      {group.marks.length > 1 ? <strong>{countText(group.marks.length)} events here</strong> : null}
      {group.marks.slice(0, LISTED_MAX).map((mark, index) => (
        <div key={index}>
          {wordsOf(mark, symbol, assets)}
          <div className="quiet small">{dateTimeText(mark.time)}</div>
        </div>
      ))}
      {rest > 0 ? <div className="quiet small">and {countText(rest)} more</div> : null}
    </div>
  );
}

/** The lane below the plot with a small sign for each event, and a note for the one under focus or pointer. */
export function MarkLane({
  marks,
  layout,
  x,
  from,
  to,
  symbol,
  assets,
}: {
  marks: readonly Mark[];
  layout: Layout;
  x: (time: number) => number;
  from: number;
  to: number;
  symbol: string;
  assets: readonly AssetRef[];
}): ReactNode {
  const lane = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<number | null>(null);
  const [stop, setStop] = useState(0);
  const groups = groupMarks(
    marks.filter((mark) => mark.time <= to),
    (time) => x(Math.max(time, from)),
    GAP,
  );
  if (groups.length === 0) return null;
  const reachable = Math.min(stop, groups.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowLeft: reachable - 1,
      ArrowRight: reachable + 1,
      Home: 0,
      End: groups.length - 1,
    };
    const next = moves[event.key];
    if (event.key === 'Escape') setOpen(null);
    if (next === undefined || next < 0 || next >= groups.length) return;
    event.preventDefault();
    setStop(next);
    lane.current?.querySelectorAll('button')[next]?.focus();
  };
  const shown = open === null ? undefined : groups[open];
  return (
    <>
      <div
        ref={lane}
        className="marks"
        role="toolbar"
        aria-label="Events on the time axis"
        tabIndex={-1}
        style={{ top: layout.foot + 4 }}
        onKeyDown={onKeyDown}
      >
        {groups.map((group, index) => (
          <button
            key={group.marks[0]?.time ?? index}
            type="button"
            className={`mark mark--${group.kind}${group.marks.length > 1 ? ' mark--several' : ''}`}
            style={{ left: Math.min(Math.max(0, group.x - GAP / 2), layout.width - GAP) }}
            tabIndex={index === reachable ? 0 : -1}
            aria-label={`${group.marks.length > 1 ? `${group.marks.length} events: ` : ''}${group.marks
              .slice(0, LISTED_MAX)
              .map((mark) => `${wordsOf(mark, symbol, assets)}, ${dateTimeText(mark.time)}`)
              .join('; ')}`}
            onFocus={() => {
              setOpen(index);
              setStop(index);
            }}
            onBlur={() => setOpen(null)}
            onPointerEnter={() => setOpen(index)}
            onPointerLeave={() => setOpen(null)}
            onClick={() => setOpen(index)}
          >
            <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
              {SIGNS[group.kind]}
            </svg>
          </button>
        ))}
      </div>
      {shown === undefined ? null : <Note group={shown} layout={layout} symbol={symbol} assets={assets} />}
    </>
  );
}
