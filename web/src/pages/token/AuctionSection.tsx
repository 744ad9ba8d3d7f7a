import type { ReactNode } from 'react';
import { useChainNow } from '../../api/chainNow';
import { useAuction, useFills } from '../../api/hooks';
import type { AsOf, Auction, AuctionAnswer, Fill, TokenDetail } from '../../api/types';
import { AuctionCurve } from '../../charts/AuctionCurve';
import { multipleAt, secsToFloor, type Anchor } from '../../flows/calc/auction';
import { mulDivUp, WAD } from '../../flows/calc/arithmetic';
import { changeText, columnWidth, durationText, exactDecimal, wadNumber } from '../../format';
import { Address, Amount, ButtonLink, EmptyState, Figure, Notice, Price, Table, Time } from '../../ui';
import { Transaction } from '../facts';
import { ExportLinks } from './ExportLinks';
import { Loaded, LoadedPages } from './Loaded';
import { Origin } from './Origin';
import { Section } from './Section';

/** Longest part of the curve that is drawn, in seconds. */
const WINDOW_SECS = 3_600;

/** What `tokens` cost at the multiple, base units of each asset, rounded up as the contract does. */
export function lotPrice(token: TokenDetail, tokens: bigint, multiple: bigint): bigint[] {
  const claims = BigInt(token.claims);
  if (claims === 0n) return [];
  return token.reserves.map((reserve) => mulDivUp(mulDivUp(tokens, BigInt(reserve.total), claims), multiple, WAD));
}

/** Multiple of the backing at which a token costs what the market asks; null where they cannot be compared. */
export function marketMultiple(auction: Auction): number | null {
  const floor = BigInt(auction.floor_wad[0] ?? '0');
  if (auction.market_wad === null || auction.floor_wad.length > 1 || floor === 0n) return null;
  return wadNumber((BigInt(auction.market_wad) * WAD) / floor);
}

function State({ auction, left }: { auction: Auction; left: number }): ReactNode {
  if (auction.paused) {
    return (
      <Notice kind="watch" title="Conversion is paused">
        Nothing is sold until the pause ends. The multiple goes on falling.
      </Notice>
    );
  }
  if (BigInt(auction.for_sale) === 0n) {
    return (
      <Notice title="Nothing is for sale now">
        Fee tokens arrive with the next trade; the multiple goes on falling until then.
      </Notice>
    );
  }
  if (left === 0) {
    return (
      <Notice title="The multiple is at one">
        At one times the backing nothing is sold. Anybody may have a lot burned instead, which raises the multiple
        again.
      </Notice>
    );
  }
  return null;
}

function Numbers({
  answer,
  auction,
  token,
  now,
  anchor,
  left,
}: {
  answer: AuctionAnswer;
  auction: Auction;
  token: TokenDetail;
  now: number;
  anchor: Anchor;
  left: number;
}): ReactNode {
  const multiple = multipleAt(anchor, now);
  const lot = BigInt(auction.lot);
  const sale = BigInt(auction.for_sale);
  const tokens = sale < lot && sale > 0n ? sale : lot;
  const shared = { asOf: { ...answer.as_of, time: now } };
  const market = marketMultiple(auction);
  return (
    <dl className="keys">
      <div className="key">
        <dt>Multiple of the backing, now</dt>
        <dd className="key__value">
          <Figure
            label="Multiple"
            source={answer.sources['multiple_wad']}
            formula="the multiple last set, halved every 600 s and straight between, at least one"
            exact={exactDecimal(multiple, 18)}
            {...shared}
          >
            {wadNumber(multiple).toFixed(4)} ×
          </Figure>
        </dd>
        <dd className="key__more">{left === 0 ? 'at its least' : `${durationText(left)} until it is one`}</dd>
      </div>
      {(left === 0 ? [] : lotPrice(token, tokens, multiple)).map((price, index) => {
        const asset = token.assets[index];
        return asset === undefined ? null : (
          <div className="key" key={asset.address}>
            <dt>{tokens === lot ? 'Price of a full lot' : 'Price of all for sale'}</dt>
            <dd className="key__value">
              <Figure
                label={`Price, ${asset.symbol}`}
                source={answer.sources['quote']}
                formula="tokens times backing over claims, times the multiple, each rounded up"
                exact={`${exactDecimal(price, asset.decimals)} ${asset.symbol}`}
                {...shared}
              >
                <Amount value={price} decimals={asset.decimals} unit={asset.symbol} />
              </Figure>
            </dd>
            <dd className="key__more">
              for <Amount value={tokens} decimals={18} unit={token.symbol} />
            </dd>
          </div>
        );
      })}
      <div className="key">
        <dt>Lot against the market</dt>
        <dd className="key__value">
          {market === null || left === 0 ? '–' : changeText(Math.trunc((wadNumber(multiple) / market - 1) * 10_000))}
        </dd>
        <dd className="key__more">
          {left === 0
            ? 'nothing is sold now'
            : market === null
              ? 'no price to compare with'
              : 'price per token, before fees of the pool'}
        </dd>
      </div>
      <div className="key">
        <dt>For sale</dt>
        <dd className="key__value">
          <Figure
            label="For sale"
            source={answer.sources['for_sale']}
            exact={`${exactDecimal(sale, 18)} ${token.symbol}`}
            {...shared}
          >
            <Amount value={sale} decimals={18} places={2} significant={8} />
          </Figure>
        </dd>
        <dd className="key__more">
          a lot is <Amount value={lot} decimals={18} />
        </dd>
      </div>
      <div className="key">
        <dt>Sold, burned so far</dt>
        <dd className="key__value">
          <Amount value={auction.sold} decimals={18} places={0} significant={9} />
        </dd>
        <dd className="key__more">
          burned <Amount value={auction.burned} decimals={18} places={0} significant={9} />
        </dd>
      </div>
    </dl>
  );
}

function Live({ answer, auction, token }: { answer: AuctionAnswer; auction: Auction; token: TokenDetail }): ReactNode {
  const anchor: Anchor = { multiple: BigInt(auction.anchor_wad), setAt: auction.set_at };
  const now = useChainNow(answer.as_of, secsToFloor(anchor, answer.as_of.time) > 0);
  const left = secsToFloor(anchor, now);
  const to = Math.max(Math.min(now + left, auction.set_at + WINDOW_SECS), now + 300);
  const from = Math.max(auction.set_at, now - WINDOW_SECS);
  return (
    <div className="stack">
      <State auction={auction} left={left} />
      <Numbers answer={answer} auction={auction} token={token} now={now} anchor={anchor} left={left} />
      {left === 0 ? null : (
        <AuctionCurve anchor={anchor} from={from} to={to} now={now} marketMultiple={marketMultiple(auction)} />
      )}
      {left === 0 || auction.paused ? null : (
        <div>
          <ButtonLink to={`/token/${token.token}/bid`}>Bid</ButtonLink>
        </div>
      )}
    </div>
  );
}

const TOKENS = { significant: 8, places: 4 };
const MULTIPLE = { significant: 5 };

function FillTable({ rows, token }: { rows: Fill[]; token: TokenDetail }): ReactNode {
  const tokens = columnWidth(
    rows.map((row) => row.tokens),
    18,
    TOKENS,
  );
  const multiples = columnWidth(
    rows.map((row) => row.multiple_wad),
    18,
    MULTIPLE,
  );
  const paid = token.assets.map((asset, index) =>
    columnWidth(
      rows.map((row) => row.paid[index] ?? '0'),
      asset.decimals,
    ),
  );
  return (
    <Table
      caption={`Auction sales of ${token.symbol}`}
      rows={rows}
      rowKey={(row) => `${row.block}-${row.log_index}`}
      columns={[
        { key: 'time', title: 'Time', label: '', heading: true, cell: (row) => <Time at={row.time} /> },
        {
          key: 'tokens',
          title: 'Tokens',
          number: true,
          cell: (row) => <Amount value={row.tokens} decimals={18} column={tokens} {...TOKENS} />,
        },
        {
          key: 'multiple',
          title: 'Multiple',
          number: true,
          cell: (row) => <Price wad={row.multiple_wad} unit="×" column={multiples} {...MULTIPLE} />,
        },
        {
          key: 'paid',
          title: 'Paid',
          number: true,
          cell: (row) =>
            token.assets.map((asset, index) => (
              <div key={asset.address}>
                <Amount
                  value={row.paid[index] ?? '0'}
                  decimals={asset.decimals}
                  unit={asset.symbol}
                  column={paid[index]}
                />
              </div>
            )),
        },
        { key: 'bidder', title: 'Bidder', cell: (row) => <Address value={row.bidder} /> },
        {
          key: 'transaction',
          title: 'Transaction',
          cell: (row) => <Transaction hash={row.transaction} />,
        },
      ]}
    />
  );
}

function Fills({ token, near }: { token: TokenDetail; near: boolean }): ReactNode {
  const pages = useFills(token.token, near);
  return (
    <>
      <h3 className="section__part">Sales so far</h3>
      <LoadedPages
        pages={pages}
        what="sales"
        empty={<EmptyState title="Nothing sold yet">Each purchase appears here with what was paid.</EmptyState>}
      >
        {(rows, at) => (
          <>
            <FillTable rows={rows} token={token} />
            <Origin token={token} part="fills" asOf={at} />
          </>
        )}
      </LoadedPages>
    </>
  );
}

function AuctionBody({ token, near }: { token: TokenDetail; near: boolean }): ReactNode {
  const query = useAuction(token.token, near);
  return (
    <Loaded query={query} what="the auction" rows={1} height={240}>
      {(answer) =>
        answer.auction === null ? (
          <EmptyState title="The converter has not begun" />
        ) : (
          <div className="stack">
            <Live answer={answer} auction={answer.auction} token={token} />
            <Fills token={token} near={near} />
          </div>
        )
      }
    </Loaded>
  );
}

/** The converter's auction with its falling price. */
export function AuctionSection({ token }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  return (
    <Section
      id="auction"
      title="Auction of fee tokens"
      lead="The converter sells the tokens that trading paid as fees, for the reserve's own assets. The price is a multiple of the backing that halves every ten minutes; each purchase raises it."
      tools={token.converter === null ? null : <ExportLinks table="fills" token={token.token} />}
    >
      {(near) =>
        token.converter === null ? (
          <EmptyState title="This token has no auction">
            Its trades pay no fee in tokens, so there is nothing to convert.
          </EmptyState>
        ) : (
          <AuctionBody token={token} near={near} />
        )
      }
    </Section>
  );
}
