import { useEffect, useId, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from 'react';
import type { AsOf, Source } from '../api/types';
import { countText, durationText, utcText } from '../format';
import { Address } from './Address';
import { Button } from './Button';
import { copyText } from './toasts';

/** Age in seconds that an indexed figure may have before it counts as old. */
export const AGE_SECS_MAX = 30;

/** Older browsers lack popovers; there the box is an ordinary fixed one. */
const POPOVERS = typeof HTMLElement !== 'undefined' && typeof HTMLElement.prototype.showPopover === 'function';

const TIERS: Record<string, string> = {
  'on-chain': 'On-chain: read from the contract, checked against it',
  oracle: 'Oracle',
  attested: 'Attested by independent parties',
  'self-attested': 'Attested by the issuer only',
};

function Provenance({
  label,
  exact,
  source,
  asOf,
  formula,
}: {
  label: string;
  exact: ReactNode;
  source: Source | undefined;
  asOf: AsOf;
  formula: string | undefined;
}): ReactNode {
  const how = formula ?? source?.formula ?? undefined;
  return (
    <>
      <h3>{label}</h3>
      <div className="provenance__value">{exact}</div>
      <dl className="facts">
        <dt>Block</dt>
        <dd>
          {countText(asOf.block)} <span className="quiet">of chain {asOf.chain_id}</span>
        </dd>
        <dt>Time</dt>
        <dd>{utcText(asOf.time)}</dd>
        {source ? (
          <>
            <dt>Source</dt>
            <dd>{TIERS[source.tier] ?? source.tier}</dd>
            <dt>Contract</dt>
            <dd>
              <Address value={source.contract} />
            </dd>
            <dt>Call</dt>
            <dd>
              <code>{source.call}</code>
            </dd>
          </>
        ) : null}
        {how === undefined ? null : (
          <>
            <dt>Formula</dt>
            <dd>{how}</dd>
          </>
        )}
        <dt>Age</dt>
        <dd>
          {asOf.indexed_age_secs === null ? 'unknown' : durationText(asOf.indexed_age_secs)}{' '}
          <span className="quiet">of at most {durationText(AGE_SECS_MAX)}</span>
          {asOf.lag_blocks === null ? '' : `, ${countText(asOf.lag_blocks)} blocks behind the chain`}
        </dd>
      </dl>
      {source ? (
        <div className="command">
          <code>{source.command}</code>
          <Button small onClick={() => void copyText(source.command, 'The command')}>
            Copy
          </Button>
        </div>
      ) : null}
    </>
  );
}

function place(box: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const gap = 8;
  const left = Math.max(gap, Math.min(at.left, window.innerWidth - size.width - gap));
  const below = at.bottom + gap;
  const top = below + size.height + gap <= window.innerHeight ? below : Math.max(gap, at.top - gap - size.height);
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}

/** A box over the page beside its anchor; closes on Escape, on a click elsewhere and on scrolling. */
function Popover({
  anchor,
  label,
  id,
  onClose,
  children,
}: {
  anchor: RefObject<HTMLElement | null>;
  label: string;
  id: string;
  onClose: () => void;
  children: ReactNode;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || anchor.current === null) return;
    if (POPOVERS) element.showPopover();
    place(element, anchor.current);
    element.focus();
  }, [anchor]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    };
    const onPointer = (event: PointerEvent) => {
      const target = event.target as Node;
      if (box.current?.contains(target) !== true && anchor.current?.contains(target) !== true) onClose();
    };
    const onScroll = (event: Event) => {
      if (event.target !== box.current) onClose();
    };
    const onResize = () => {
      if (box.current !== null && anchor.current !== null) place(box.current, anchor.current);
    };
    document.addEventListener('keydown', onKey);
    document.addEventListener('pointerdown', onPointer);
    window.addEventListener('scroll', onScroll, { passive: true });
    window.addEventListener('resize', onResize);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('pointerdown', onPointer);
      window.removeEventListener('scroll', onScroll);
      window.removeEventListener('resize', onResize);
    };
  }, [anchor, onClose]);
  return (
    <div
      ref={box}
      id={id}
      className="provenance"
      popover={POPOVERS ? 'manual' : undefined}
      role="dialog"
      aria-label={label}
      tabIndex={-1}
    >
      {children}
    </div>
  );
}

/**
 * A figure that can be opened: value, block and time, where it came from, how old against how old it may be, its
 * formula, and the command that recomputes it. `exact` is the value in full; without it the shown one stands.
 */
export function Figure({
  label,
  children,
  exact,
  source,
  asOf,
  formula,
}: {
  label: string;
  children: ReactNode;
  exact?: ReactNode;
  source?: Source | undefined;
  asOf: AsOf | null | undefined;
  formula?: string | undefined;
}): ReactNode {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = () => setOpen(false);
  if (asOf === null || asOf === undefined) return <span>{children}</span>;
  const self = source?.tier === 'self-attested';
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={asOf.stale || self ? 'figure figure--stale' : 'figure'}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-haspopup="dialog"
        title={`${label}: where it comes from (block ${countText(asOf.block)})`}
        onClick={(event) => {
          event.stopPropagation();
          setOpen(!open);
        }}
      >
        {children}
        {asOf.stale ? <span className="figure__flag">stale</span> : null}
        {self ? <span className="figure__flag">self-attested</span> : null}
      </button>
      {open ? (
        <Popover
          anchor={anchor}
          label={`${label}: where it comes from`}
          id={id}
          onClose={() => {
            close();
            anchor.current?.focus({ preventScroll: true });
          }}
        >
          <Provenance label={label} exact={exact ?? children} source={source} asOf={asOf} formula={formula} />
        </Popover>
      ) : null}
    </>
  );
}
