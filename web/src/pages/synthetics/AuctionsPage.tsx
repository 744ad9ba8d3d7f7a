import type { ReactNode } from 'react';
import { useChainNow } from '../../api/chainNow';
import { useTakes, useVaultAuctions } from '../../api/synthetics';
import type { AsOf } from '../../api/types';
import type { VaultAuctionView, VaultMarketView } from '../../api/vaultTypes';
import { discountOf, secsUntilDiscount } from '../../flows/calc/vaults';
import { WAD } from '../../flows/calc/arithmetic';
import { termsFrom } from '../../flows/vaults/fromApi';
import { durationText, wadPercentText } from '../../format';
import { Address, Amount, ButtonLink, EmptyState, Figure, Notice, Table } from '../../ui';
import { LoadedPages } from '../token/Loaded';
import { Section } from '../token/Section';
import { useTitle } from '../useTitle';
import { RowsOrigin, VaultExports, marketName, marketPath } from './parts';
import { SyntheticHead, WithSynthetic, type Shared } from './Shell';
import { TakeTable } from './SyntheticPage';
import { eventSource, vaultSource } from './sources';

/** How far ahead the next mark of a discount lies: a hundredth of the price. */
const STEP = WAD / 100n;

interface Live {
  readonly discount: bigint;
  /** Seconds of the clock; null where none runs. */
  readonly elapsed: number | null;
  readonly left: number | null;
  /** The next whole percent and the seconds until it; null where there is none. */
  readonly next: { readonly at: bigint; readonly secs: number } | null;
}

/** The auction of a vault at the chain's second `now`, by the same rule as the contract. */
export function auctionAt(auction: VaultAuctionView, market: VaultMarketView, now: number): Live {
  const terms = termsFrom(market.terms);
  const [debt, value] = [BigInt(auction.debt), BigInt(auction.value)];
  const runs = auction.flagged_at !== 0 && now - auction.flagged_at <= market.terms.clock_secs_max;
  const elapsed = runs ? Math.max(0, now - auction.flagged_at) : null;
  const discount = auction.waits ? 0n : discountOf(terms, debt, value, elapsed ?? 0, auction.time_only);
  const at = (discount / STEP + 1n) * STEP;
  const secs =
    elapsed === null || auction.waits ? null : secsUntilDiscount(terms, debt, value, elapsed, at, auction.time_only);
  return {
    discount,
    elapsed,
    left: elapsed === null ? null : market.terms.clock_secs_max - elapsed,
    next: secs === null ? null : { at, secs },
  };
}

function Clock({ live, auction }: { live: Live; auction: VaultAuctionView }): ReactNode {
  if (auction.waits) return 'waits for the price';
  if (live.elapsed === null) return 'not started';
  return (
    <>
      {durationText(live.elapsed)} <span className="unit">of {durationText(live.elapsed + (live.left ?? 0))}</span>
    </>
  );
}

function Auctions({
  rows,
  shared,
  asOf,
}: {
  rows: readonly VaultAuctionView[];
  shared: Shared;
  asOf: AsOf;
}): ReactNode {
  const { synthetic } = shared;
  const now = useChainNow(asOf, true);
  const listed = rows.flatMap((auction) => {
    const market = synthetic.markets.find((each) => each.id === auction.market);
    return market === undefined ? [] : [{ auction, market, live: auctionAt(auction, market, now) }];
  });
  return (
    <Table
      caption="Unhealthy vaults, for sale"
      rows={listed}
      rowKey={({ auction }) => `${auction.market}-${auction.owner}`}
      columns={[
        {
          key: 'owner',
          title: 'Vault of',
          label: '',
          heading: true,
          cell: ({ auction, market }) => (
            <span className="owner">
              <Address value={auction.owner} /> <span className="quiet">{marketName(synthetic.symbol, market)}</span>
            </span>
          ),
        },
        {
          key: 'debt',
          title: `Owes, ${synthetic.symbol}`,
          number: true,
          cell: ({ auction }) => <Amount value={auction.debt} decimals={18} places={2} significant={12} />,
        },
        {
          key: 'collateral',
          title: 'Collateral',
          number: true,
          cell: ({ auction, market }) => (
            <Amount
              value={auction.collateral}
              decimals={market.collateral.decimals}
              unit={market.collateral.symbol}
              significant={6}
            />
          ),
        },
        {
          key: 'value',
          title: `Worth, ${synthetic.symbol}`,
          number: true,
          cell: ({ auction }) => <Amount value={auction.value} decimals={18} places={2} significant={12} />,
        },
        {
          key: 'discount',
          title: 'Discount now',
          number: true,
          cell: ({ auction, live }) => (
            <strong>
              <Figure
                label={`Discount of the vault of ${auction.owner}`}
                asOf={asOf}
                source={vaultSource(
                  { address: synthetic.address, symbol: synthetic.symbol },
                  auction.owner,
                  'take(market, owners, ...)',
                  'the larger of what the fall gives at once and what the clock gives',
                )}
              >
                {wadPercentText(live.discount)}
              </Figure>
            </strong>
          ),
        },
        {
          key: 'next',
          title: 'Next',
          number: true,
          cell: ({ live }) =>
            live.next === null ? (
              <span className="quiet">stays</span>
            ) : (
              <>
                {wadPercentText(live.next.at).replace('.00', '')}{' '}
                <span className="unit">in {durationText(live.next.secs)}</span>
              </>
            ),
        },
        {
          key: 'clock',
          title: 'Clock',
          number: true,
          cell: ({ auction, live }) => <Clock live={live} auction={auction} />,
        },
        {
          key: 'loss',
          title: 'A full take books',
          number: true,
          cell: ({ auction }) =>
            auction.full_deficit === '0' ? (
              'no loss'
            ) : (
              <>
                <Amount value={auction.full_deficit} decimals={18} places={2} significant={9} />{' '}
                <span className="unit">loss</span>
              </>
            ),
        },
        {
          key: 'take',
          title: <span className="visually-hidden">Actions</span>,
          number: true,
          cell: ({ auction }) => (
            <ButtonLink
              small
              to={`${marketPath(synthetic.address, auction.market)}/take/${auction.owner}`}
              aria-label={`Take from the vault of ${auction.owner}`}
            >
              Take
            </ButtonLink>
          ),
        },
      ]}
    />
  );
}

function Takes({ shared, near }: { shared: Shared; near: boolean }): ReactNode {
  const pages = useTakes(shared.synthetic.address, {}, near);
  return (
    <LoadedPages
      pages={pages}
      what="takes"
      empty={<EmptyState title="Nothing was taken yet">No vault has been sold from since the deployment.</EmptyState>}
    >
      {(rows, at) => (
        <>
          <TakeTable rows={rows} shared={shared} />
          <RowsOrigin asOf={at} source={eventSource(shared.synthetic.address, 'Taken')} />
        </>
      )}
    </LoadedPages>
  );
}

function Content(shared: Shared): ReactNode {
  const { synthetic } = shared;
  useTitle(`Auctions of ${synthetic.symbol}`);
  const pages = useVaultAuctions(synthetic.address);
  const waiting = synthetic.markets.filter((market) => market.price?.state === 'grace');
  return (
    <div className="page page--token">
      <SyntheticHead
        {...shared}
        title="Auctions"
        path="Auctions"
        lead={`Vaults that owe more than their market allows. Anybody pays ${synthetic.symbol} and gets their collateral under its price; the longer a vault waits, the cheaper it is.`}
      />
      {waiting.length === 0 ? null : (
        <Notice kind="watch" title={`Takes wait: ${waiting.map((market) => market.collateral.symbol).join(', ')}`}>
          Too few sources agree on the price. Takes go on when they agree again, or when the grace ends.
        </Notice>
      )}
      <Section id="auctions" title="For sale now">
        {() => (
          <LoadedPages
            pages={pages}
            what="auctions"
            empty={
              <EmptyState
                title="Every vault is healthy"
                actions={<ButtonLink to={`/synthetic/${synthetic.address}`}>The markets</ButtonLink>}
              >
                A vault appears here in the block in which its price falls too low. The ladder of a market shows which
                would be next.
              </EmptyState>
            }
          >
            {(rows, at) => <Auctions rows={rows} shared={shared} asOf={at ?? shared.asOf} />}
          </LoadedPages>
        )}
      </Section>
      <Section id="takes" title="Taken so far" tools={<VaultExports table="takes" synthetic={synthetic.address} />}>
        {(near) => <Takes shared={shared} near={near} />}
      </Section>
    </div>
  );
}

/** Unhealthy vaults with their discounts, counting by the second. */
export default function AuctionsPage(): ReactNode {
  return <WithSynthetic>{(shared) => <Content key={shared.synthetic.address} {...shared} />}</WithSynthetic>;
}
