import { useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { ApiError } from '../api/client';
import { useToken } from '../api/hooks';
import { useParameter } from '../app/modules';
import { isAddress } from '../format';
import { ButtonLink, EmptyState, ErrorState, Skeleton, SkeletonRows } from '../ui';
import { AuctionSection } from './token/AuctionSection';
import { ChartSection } from './token/ChartSection';
import { ControlsSection } from './token/ControlsSection';
import { EventsSection } from './token/EventsSection';
import { HoldersSection } from './token/HoldersSection';
import { InflowSection } from './token/InflowSection';
import { LimitsSection } from './token/LimitsSection';
import { LoansSection } from './token/LoansSection';
import { ReserveSection } from './token/ReserveSection';
import { TokenHead } from './token/TokenHead';
import { TradesSection } from './token/TradesSection';
import { WhatIfSection } from './token/WhatIfSection';
import { useTitle } from './useTitle';

const PARTS = [
  ['chart', 'Chart'],
  ['reserve', 'Reserve'],
  ['what-if', 'What if'],
  ['inflow', 'Inflow'],
  ['loans', 'Loans'],
  ['auction', 'Auction'],
  ['holders', 'Holders'],
  ['trades', 'Trades'],
  ['controls', 'Controls'],
  ['events', 'Events'],
  ['limits', 'Limits'],
] as const;

function Waiting(): ReactNode {
  return (
    <div className="page">
      <Skeleton width={280} height={40} />
      <SkeletonRows what="the token" rows={1} height={88} />
      <Skeleton height={416} />
    </div>
  );
}

function Missing({ token, error, onRetry }: { token: string; error: unknown; onRetry: () => void }): ReactNode {
  const unknown = !isAddress(token) || (error instanceof ApiError && error.status === 404);
  if (!unknown) return <ErrorState error={error} onRetry={onRetry} />;
  return (
    <>
      <h1>No such token</h1>
      <EmptyState
        title={isAddress(token) ? `${token} was not launched here` : `“${token}” is not an address`}
        actions={
          <ButtonLink to="/" look="primary">
            All tokens
          </ButtonLink>
        }
      >
        {isAddress(token)
          ? 'It is not a token of this deployment, or the block of its launch is not indexed yet.'
          : 'An address begins with 0x and has 40 digits from 0 to f.'}
      </EmptyState>
    </>
  );
}

/** How long a part that was gone to is kept in place while what stands above it still grows, in milliseconds. */
const SETTLE_MS = 4_000;

/** Goes to the part that the address names once the page has it, and stays there until the reader moves. */
function useAnchor(ready: boolean): void {
  const { hash } = useLocation();
  useEffect(() => {
    const part = ready && hash !== '' ? document.getElementById(hash.slice(1)) : null;
    if (part === null) return;
    const go = () => part.scrollIntoView({ behavior: 'instant' });
    go();
    if (typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(go);
    observer.observe(document.body);
    const release = () => observer.disconnect();
    const timer = setTimeout(release, SETTLE_MS);
    const moves = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const;
    for (const move of moves) window.addEventListener(move, release, { passive: true });
    return () => {
      clearTimeout(timer);
      release();
      for (const move of moves) window.removeEventListener(move, release);
    };
  }, [ready, hash]);
}

/** The part of the page that is being read: the last one whose head has passed the upper third of the window. */
function usePart(): string {
  const [part, setPart] = useState('');
  useEffect(() => {
    const onScroll = () => {
      const passed = PARTS.filter(([id]) => {
        const top = document.getElementById(id)?.getBoundingClientRect().top;
        return top !== undefined && top < window.innerHeight / 3;
      });
      setPart(passed.at(-1)?.[0] ?? '');
    };
    onScroll();
    window.addEventListener('scroll', onScroll, { passive: true });
    return () => window.removeEventListener('scroll', onScroll);
  }, []);
  return part;
}

function PartsNav(): ReactNode {
  const part = usePart();
  return (
    <nav className="parts-nav" aria-label="Parts of this page">
      {PARTS.map(([id, name]) => (
        <Link key={id} to={`#${id}`} replace aria-current={id === part ? 'location' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

/** Everything about one token. */
export default function TokenPage(): ReactNode {
  const address = useParameter('token');
  const query = useToken(address);
  const answer = query.data;
  useTitle(answer?.token.symbol ?? 'Token');
  useAnchor(answer !== undefined);
  if (!isAddress(address)) return <Missing token={address} error={null} onRetry={() => undefined} />;
  if (answer === undefined) {
    return query.isError ? (
      <Missing token={address} error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Waiting />
    );
  }
  const shared = { token: answer.token, asOf: answer.as_of };
  return (
    <div className="page page--token" key={answer.token.token}>
      <TokenHead {...shared} />
      <PartsNav />
      <ChartSection {...shared} />
      <ReserveSection {...shared} />
      <WhatIfSection {...shared} />
      <InflowSection {...shared} />
      <LoansSection {...shared} />
      <AuctionSection {...shared} />
      <HoldersSection {...shared} />
      <TradesSection {...shared} />
      <ControlsSection {...shared} />
      <EventsSection {...shared} />
      <LimitsSection {...shared} />
    </div>
  );
}
