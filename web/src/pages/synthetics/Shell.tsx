import type { ReactNode } from 'react';
import { Link, NavLink } from 'react-router';
import { ApiError } from '../../api/client';
import { useSynthetic } from '../../api/synthetics';
import type { AsOf } from '../../api/types';
import type { SyntheticDetail, VaultMarketView } from '../../api/vaultTypes';
import { useParameter } from '../../app/modules';
import { isAddress, pluralText } from '../../format';
import { Address, ButtonLink, EmptyState, ErrorState, Notice, Skeleton, SkeletonRows, Time } from '../../ui';

/** What every page of a synthetic stands on. */
export interface Shared {
  readonly synthetic: SyntheticDetail;
  readonly asOf: AsOf;
}

function Waiting(): ReactNode {
  return (
    <div className="page">
      <Skeleton width={280} height={40} />
      <SkeletonRows what="the synthetic" rows={1} height={88} />
      <SkeletonRows what="its markets" rows={4} height={56} />
    </div>
  );
}

function Missing({ address, error, onRetry }: { address: string; error: unknown; onRetry: () => void }): ReactNode {
  const unknown = !isAddress(address) || (error instanceof ApiError && error.status === 404);
  if (!unknown) return <ErrorState error={error} onRetry={onRetry} />;
  return (
    <>
      <h1>No such synthetic</h1>
      <EmptyState
        title={isAddress(address) ? `${address} is no synthetic of this deployment` : `“${address}” is not an address`}
        actions={
          <ButtonLink to="/synthetics" look="primary">
            All synthetics
          </ButtonLink>
        }
      >
        {isAddress(address)
          ? 'Or the block of its deployment is not indexed yet.'
          : 'An address begins with 0x and has 40 digits from 0 to f.'}
      </EmptyState>
    </>
  );
}

/** Reads the synthetic that the address names and shows `children` with it. */
export function WithSynthetic({ children }: { children: (shared: Shared) => ReactNode }): ReactNode {
  const address = useParameter('synthetic');
  const query = useSynthetic(address);
  const answer = query.data;
  if (!isAddress(address)) return <Missing address={address} error={null} onRetry={() => undefined} />;
  if (answer === undefined) {
    if (!query.isError) return <Waiting />;
    return <Missing address={address} error={query.error} onRetry={() => void query.refetch()} />;
  }
  return children({ synthetic: answer.synthetic, asOf: answer.as_of });
}

/** Reads the market that the address names as well. */
export function WithMarket({
  children,
}: {
  children: (shared: Shared & { readonly market: VaultMarketView }) => ReactNode;
}): ReactNode {
  const id = useParameter('market');
  return (
    <WithSynthetic>
      {(shared) => {
        const market = shared.synthetic.markets.find((each) => String(each.id) === id);
        if (market !== undefined) return children({ ...shared, market });
        return (
          <>
            <h1>No such market</h1>
            <EmptyState
              title={`${shared.synthetic.symbol} has no market ${id}`}
              actions={
                <ButtonLink to={`/synthetic/${shared.synthetic.address}`} look="primary">
                  Its markets
                </ButtonLink>
              }
            >
              It has {pluralText(shared.synthetic.markets.length, 'market')}, counted from 0.
            </EmptyState>
          </>
        );
      }}
    </WithSynthetic>
  );
}

/** The pages of one synthetic, beside each other. */
function Pages({ synthetic }: { synthetic: SyntheticDetail }): ReactNode {
  const base = `/synthetic/${synthetic.address}`;
  return (
    <nav className="parts-nav parts-nav--pages" aria-label={`Pages of ${synthetic.symbol}`}>
      <NavLink to={base} end>
        Markets
      </NavLink>
      <NavLink to={`${base}/auctions`}>
        Auctions{' '}
        {synthetic.auctions === 0 ? null : <span className="tag tag--breach">{synthetic.auctions} for sale</span>}
      </NavLink>
      <NavLink to={`${base}/redeem`}>Redeem</NavLink>
      <NavLink to={`${base}/peg`}>Peg and equity</NavLink>
      <NavLink to={`${base}/prices`}>Prices</NavLink>
    </nav>
  );
}

/** Said on every page while nobody can have new debt. */
function Stopped({ synthetic, asOf }: Shared): ReactNode {
  if (synthetic.stopped_until <= asOf.time) return null;
  return (
    <Notice kind="watch" title="New debt is stopped">
      The guardian stopped it until <Time at={synthetic.stopped_until} />. Repayment, withdrawal of free collateral,
      takes and redemptions go on.
    </Notice>
  );
}

/** Name, pages, and what holds for the whole synthetic; `title` names the page, `path` what lies above it. */
export function SyntheticHead({
  synthetic,
  asOf,
  title,
  lead,
  path,
  actions,
}: Shared & { title: ReactNode; lead?: ReactNode; path?: ReactNode; actions?: ReactNode }): ReactNode {
  return (
    <header className="token-head">
      <nav aria-label="Path" className="small">
        <Link to="/synthetics">Synthetics</Link> /{' '}
        {path === undefined ? (
          synthetic.symbol
        ) : (
          <>
            <Link to={`/synthetic/${synthetic.address}`}>{synthetic.symbol}</Link> / {path}
          </>
        )}
      </nav>
      <div className="token-head__row">
        <div className="token-head__name">
          <h1>{title}</h1>
          {lead === undefined ? (
            <p className="token-head__meta">
              <Address value={synthetic.address} noun="synthetic's address" />
              <span>vault model, each {synthetic.symbol} backed by more than it in collateral</span>
            </p>
          ) : (
            <p className="section__lead">{lead}</p>
          )}
        </div>
        {actions ? <div className="actions">{actions}</div> : null}
      </div>
      <Stopped synthetic={synthetic} asOf={asOf} />
      <Pages synthetic={synthetic} />
    </header>
  );
}
