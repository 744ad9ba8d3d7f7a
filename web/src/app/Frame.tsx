import { Suspense, useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { AlertBadge } from '../account/AlertBadge';
import { useLive } from '../api/live';
import { chooseZone, countText, shownZone, watchZone, type Zone } from '../format';
import { SkeletonRows, Time, Toasts } from '../ui';
import { ErrorBoundary } from './ErrorBoundary';
import { StaleBanner } from './StaleBanner';
import { ThemeSwitch } from './ThemeSwitch';
import { WalletArea } from './WalletArea';

/** A hull and its waterline. */
function Mark(): ReactNode {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 13h18l-3.2 6.5a2 2 0 0 1-1.8 1.1H8a2 2 0 0 1-1.8-1.1z" fill="currentColor" />
      <path
        d="M3 9.5c1.5-1.3 3-1.3 4.5 0s3 1.3 4.5 0 3-1.3 4.5 0 3 1.3 4.5 0"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
    </svg>
  );
}

function Header(): ReactNode {
  return (
    <header className="header">
      <div className="header__row">
        <Link to="/" className="brand">
          <Mark />
          Ballast
        </Link>
        <nav className="nav" aria-label="Main">
          <NavLink to="/" end>
            Tokens
          </NavLink>
          <NavLink to="/synthetics">Synthetics</NavLink>
          <NavLink to="/launch">Launch</NavLink>
          <NavLink to="/account">
            Account <AlertBadge />
          </NavLink>
          <NavLink to="/keepers">Keepers</NavLink>
          <NavLink to="/status">Status</NavLink>
        </nav>
        <div className="header__end">
          <ThemeSwitch />
          <WalletArea />
        </div>
      </div>
    </header>
  );
}

function useZone(): Zone {
  return useSyncExternalStore(watchZone, shownZone);
}

/** Switches every time on the page between the reader's zone and UTC. */
function ZoneSwitch(): ReactNode {
  const zone = useZone();
  return (
    <button type="button" className="footer__switch" onClick={() => chooseZone(zone === 'utc' ? 'own' : 'utc')}>
      {zone === 'utc' ? 'Times are in UTC. Show my zone' : 'Times are in your zone. Show UTC'}
    </button>
  );
}

const CONNECTION = { live: 'Live', connecting: 'Connecting', lost: 'Not connected' } as const;

function Footer(): ReactNode {
  const { status, head } = useLive();
  return (
    <footer className="footer">
      <div className="footer__row">
        <span>
          <span className={status === 'live' ? 'pulse' : 'pulse pulse--lost'} aria-hidden="true" />
          {CONNECTION[status]}
        </span>
        {head === null ? null : (
          <span>
            As of block {countText(head.block)}, <Time at={head.time} />, chain {head.chain_id}
          </span>
        )}
        <ZoneSwitch />
        <span>
          <a href="/openapi.json">API</a> · <Link to="/status">Status</Link>
        </span>
      </div>
    </footer>
  );
}

/** Moves focus and the window to the top of a new page, or to the part that the address names. */
function useArrival(): void {
  const { pathname, hash } = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    if (hash === '') {
      window.scrollTo(0, 0);
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }, [pathname, hash]);
}

/** What stands around every page. */
export function Frame(): ReactNode {
  useArrival();
  const { pathname } = useLocation();
  const zone = useZone();
  return (
    <div className="frame">
      <a className="frame__skip" href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" className="main" tabIndex={-1}>
        <StaleBanner />
        <ErrorBoundary key={`${pathname} ${zone}`}>
          <Suspense fallback={<SkeletonRows what="the page" />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <Footer />
      <Toasts />
    </div>
  );
}
