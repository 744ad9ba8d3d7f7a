import { useState, type ReactNode } from 'react';
import type { Address } from 'viem';
import { useAuction } from '../api/hooks';
import { sentence } from '../contracts/sentences';
import { bpsText, decimalText, durationText } from '../format';
import { Button, ButtonLink, EmptyState, Field, Notice, SkeletonRows } from '../ui';
import { TOKEN_DECIMALS, WAD, least, mulDivDown } from './calc/arithmetic';
import { BID_MARGIN_BPS, HALVING_SECS, bidPrice, withMargin } from './calc/auction';
import { backingOf } from './calc/ledger';
import { bid as bidCall, burnLot as burnLotCall } from './chain/calls';
import { bidReturns, burnLotReturns, filledEvent, lotBurnedEvent } from './chain/outcome';
import type { AuctionState } from './chain/state';
import { FlowFrame, PausedNotice } from './FlowFrame';
import { faultOf, parseAmount, parseShare, valueOf } from './input';
import { AmountEntry, AssetAmounts, Lines, Part, Risks, TokenAmount } from './parts';
import { assetFacts, tokenFact, type Plan, fullText } from './plan';
import { needsOf, shortage } from './RepayFlow';
import { Sign } from './Sign';
import type { Flow } from './useFlow';

/** The most that a bid may be allowed to cost beyond the price shown. */
const MARGIN_BPS_MAX = 1_000;

function multipleText(multiple: bigint): string {
  return `${decimalText(multiple, 18, { significant: 6 })} times the backing`;
}

/** The auction through the wallet, or from the server where none is connected. */
function useAuctionState(flow: Flow): AuctionState | null | undefined {
  const answer = useAuction(flow.token.token, flow.state === undefined);
  if (flow.state !== undefined) return flow.state.auction;
  const auction = answer.data?.auction;
  if (auction === undefined || auction === null) return auction;
  return { multiple: BigInt(auction.multiple_wad), lot: BigInt(auction.lot), forSale: BigInt(auction.for_sale) };
}

function planOf(flow: Flow, tokens: bigint, price: readonly bigint[], most: readonly bigint[]): Plan | null {
  const { converter } = flow.token;
  if (flow.wallet.status !== 'ready' || converter === null || shortage(flow, most) !== undefined) return null;
  const address = converter as Address;
  return {
    label: `Buy ${fullText(tokens, TOKEN_DECIMALS, flow.token.symbol)}`,
    needs: needsOf(flow, most, address, 'the converter'),
    call: bidCall(address, tokens, most, flow.wallet.account),
    expected: [tokenFact('Bought', tokens, flow.token.symbol), ...assetFacts('Paid', price, flow.assets, () => true)],
    returned: (data) => assetFacts('Paid', bidReturns(data), flow.assets, () => true),
    actual: ({ logs }) => {
      const said = filledEvent(logs, address);
      if (said === undefined) return [];
      return [
        tokenFact('Bought', said.tokens, flow.token.symbol),
        ...assetFacts('Paid', said.paid, flow.assets, () => true),
      ];
    },
  };
}

function Have({ flow, auction }: { flow: Flow; auction: AuctionState }): ReactNode {
  return (
    <Lines
      lines={[
        { label: 'For sale', after: <TokenAmount value={auction.forSale} symbol={flow.token.symbol} /> },
        {
          label: 'One lot, the most for one bid',
          after: <TokenAmount value={auction.lot} symbol={flow.token.symbol} />,
        },
        { label: 'Price now', after: auction.multiple === WAD ? 'at the floor' : multipleText(auction.multiple) },
        ...(flow.state === undefined
          ? []
          : [{ label: 'You have', after: <AssetAmounts values={flow.state.assets} assets={flow.assets} /> }]),
      ]}
    />
  );
}

/** How far the price lies under the pool's, in reserves of one asset. */
function underMarket(flow: Flow, tokens: bigint, price: readonly bigint[]): string | undefined {
  const { market_wad: market, assets } = flow.token;
  const asset = assets[0];
  if (market === null || assets.length !== 1 || asset === undefined) return undefined;
  const worth = mulDivDown(tokens, BigInt(market) * 10n ** BigInt(asset.decimals), WAD * WAD);
  const paid = price[0] ?? 0n;
  if (worth === 0n) return undefined;
  const bps = Number(((paid - worth) * 10_000n) / worth);
  return bps <= 0 ? `${bpsText(-bps)} under the pool's price` : `${bpsText(bps)} over the pool's price`;
}

/** What is typed on this page. */
interface Draft {
  readonly tokens: string;
  /** Percent above the price shown that may be paid. */
  readonly margin: string;
}

function readDraft(flow: Flow, auction: AuctionState, draft: Draft) {
  const most = least(auction.lot, auction.forSale);
  const typed = parseAmount(draft.tokens, {
    decimals: TOKEN_DECIMALS,
    unit: flow.token.symbol,
    max: most,
    maxIs: auction.forSale < auction.lot ? 'all that is for sale' : 'one lot',
  });
  const limit = parseShare(draft.margin, { max: MARGIN_BPS_MAX });
  const [tokens, bps] = [valueOf(typed), valueOf(limit)];
  const outcome = tokens === undefined ? undefined : bidPrice(flow.ledger, tokens, auction.multiple);
  const price = outcome?.refused === undefined ? outcome?.paid : undefined;
  const limits = price === undefined || bps === undefined ? undefined : price.map((part) => withMargin(part, bps));
  const short = limits === undefined ? undefined : shortage(flow, limits);
  const paused = flow.pausedUntil > flow.now;
  const ready = tokens !== undefined && price !== undefined && limits !== undefined && !paused;
  const plan = ready ? planOf(flow, tokens, price, limits) : null;
  return { most, typed, limit, tokens, price, limits, short, paused, plan, refused: outcome?.refused };
}

type Read = ReturnType<typeof readDraft>;

function Entries({
  flow,
  draft,
  read,
  onDraft,
  busy,
}: {
  flow: Flow;
  draft: Draft;
  read: Read;
  onDraft: (draft: Draft) => void;
  busy: boolean;
}): ReactNode {
  return (
    <fieldset className="flow__entries" disabled={busy}>
      <AmountEntry
        label="Tokens to buy"
        text={draft.tokens}
        onText={(tokens) => onDraft({ ...draft, tokens })}
        typed={read.typed}
        unit={flow.token.symbol}
        decimals={TOKEN_DECIMALS}
        most={read.most}
        disabled={busy}
      />
      <Field
        label="Pay at most, above the price shown"
        unit="%"
        fault={faultOf(read.limit)}
        hint="The price falls with time and jumps when somebody else buys. Above this limit nothing happens."
      >
        {(control) => (
          <input
            {...control}
            inputMode="decimal"
            autoComplete="off"
            value={draft.margin}
            onChange={(event) => onDraft({ ...draft, margin: event.target.value })}
          />
        )}
      </Field>
    </fieldset>
  );
}

function Costs({ flow, read: { price, limits, short } }: { flow: Flow; read: Read }): ReactNode {
  const line = (label: string, amounts: readonly bigint[]) => ({
    label,
    after: <AssetAmounts values={amounts} assets={flow.assets} />,
  });
  return (
    <Part title="What it costs">
      {price === undefined ? (
        <p className="quiet">The price of every asset, in kind.</p>
      ) : (
        <Lines lines={[line('Price now', price), ...(limits === undefined ? [] : [line('At most', limits)])]} />
      )}
      {short === undefined ? null : <Notice kind="watch" title={short} role="alert" />}
    </Part>
  );
}

function Consequences({ flow, read }: { flow: Flow; read: Read }): ReactNode {
  const { tokens, price, refused } = read;
  const ready = tokens !== undefined && price !== undefined;
  const against = ready ? underMarket(flow, tokens, price) : undefined;
  return (
    <>
      {refused === undefined ? null : (
        <Notice
          kind="watch"
          title={sentence({ name: refused.error, values: refused.fields }, flow.units)}
          role="alert"
        />
      )}
      <Part title="What will happen">
        {!ready ? (
          <p className="quiet">Type how many tokens you want to buy.</p>
        ) : (
          <Lines
            lines={[
              { label: 'You receive', after: <TokenAmount value={tokens} symbol={flow.token.symbol} /> },
              {
                label: 'Backed by',
                after: <AssetAmounts values={backingOf(flow.ledger, tokens)} assets={flow.assets} />,
              },
              ...(against === undefined ? [] : [{ label: 'Price', after: against }]),
            ]}
          />
        )}
      </Part>
      <Costs flow={flow} read={read} />
      <Part title="What could go wrong">
        <Risks
          risks={[
            `Waiting makes it cheaper: the price halves every ${durationText(HALVING_SECS)}. Somebody else may buy first.`,
            'You pay more than the backing of what you receive. Below the price in the pool it can still be worth it; nobody guarantees that.',
            'Selling the tokens into a pool pays the sell fee.',
          ]}
        />
      </Part>
    </>
  );
}

function missingText(read: Read): string {
  if (read.paused) return 'Bidding is paused.';
  if (read.most === 0n) return 'Nothing is for sale at the moment.';
  return read.short === undefined
    ? 'Type how many tokens you want to buy.'
    : 'Bring more of the assets to this account, or buy fewer.';
}

function Bid({ flow, auction, onBurn }: { flow: Flow; auction: AuctionState; onBurn: () => void }): ReactNode {
  const [draft, setDraft] = useState<Draft>({ tokens: '', margin: String(BID_MARGIN_BPS / 100) });
  const [busy, setBusy] = useState(false);
  const read = readDraft(flow, auction, draft);
  return (
    <FlowFrame
      flow={flow}
      title={`Bid for ${flow.token.symbol}`}
      lead="The converter sells fee tokens for the reserve's own assets, at a multiple of the backing that halves every ten minutes. What you pay goes to the reserve and to the other shares of the fee split."
      entries={
        <Part title="What you have">
          <PausedNotice flow={flow} what="Bidding" />
          {auction.multiple === WAD ? (
            <Notice
              title="The price has come down to the floor"
              action={<Button onClick={onBurn}>Burn a lot instead</Button>}
            >
              Nothing is sold there. When a lot is burned, bidding opens again.
            </Notice>
          ) : null}
          {auction.forSale === 0n ? (
            <Notice title="Nothing is for sale at the moment">
              Fee tokens arrive with the next trades in a registered pool. This page shows them as they come.
            </Notice>
          ) : null}
          <Have flow={flow} auction={auction} />
          <Entries flow={flow} draft={draft} read={read} onDraft={setDraft} busy={busy} />
        </Part>
      }
      outcome={
        <Sign
          plan={read.plan}
          missing={missingText(read)}
          units={flow.units}
          onBusy={setBusy}
          onDone={() => setDraft({ ...draft, tokens: '' })}
          after={() => <ButtonLink to={`/token/${flow.token.token}#auction`}>The auction</ButtonLink>}
        >
          <Consequences flow={flow} read={read} />
        </Sign>
      }
    />
  );
}

function BurnLot({ flow, auction, onBid }: { flow: Flow; auction: AuctionState; onBid: () => void }): ReactNode {
  const { symbol, converter } = flow.token;
  const burned = least(auction.forSale, auction.lot);
  const fact = (amount: bigint) => tokenFact('Burned', amount, symbol);
  const address = (converter ?? '') as Address;
  const plan: Plan | null =
    burned === 0n || converter === null
      ? null
      : {
          label: `Burn a lot of ${symbol}`,
          needs: [],
          call: burnLotCall(address),
          expected: [fact(burned)],
          returned: (data) => [fact(burnLotReturns(data))],
          actual: ({ logs }) => {
            const said = lotBurnedEvent(logs, address);
            return said === undefined ? [] : [fact(said.tokens)];
          },
        };
  return (
    <FlowFrame
      flow={flow}
      title={`Burn a lot of ${symbol}`}
      lead="The price has come down to the floor, where nothing is sold. Anybody may have one lot burned instead, for the good of all holders."
      entries={
        <Part title="What the converter has">
          <Have flow={flow} auction={auction} />
          {auction.multiple === WAD ? null : (
            <Notice title="The price is above the floor" action={<Button onClick={onBid}>Bid instead</Button>}>
              A lot can be burned only at the floor.
            </Notice>
          )}
        </Part>
      }
      outcome={
        <Sign
          plan={plan}
          missing="Nothing is for sale, so there is nothing to burn."
          units={flow.units}
          after={() => <Button onClick={onBid}>Bid now</Button>}
        >
          <Part title="What will happen">
            <Lines
              lines={[
                { label: 'Burned from the converter', after: <TokenAmount value={burned} symbol={symbol} /> },
                {
                  label: 'Their backing streams to all',
                  after: <AssetAmounts values={backingOf(flow.ledger, burned)} assets={flow.assets} />,
                },
                { label: 'Price afterwards', after: 'above the floor again: bidding opens' },
              ]}
            />
          </Part>
          <Part title="What it costs">
            <p>Only the network fee. You receive nothing for it.</p>
          </Part>
          <Part title="What could go wrong">
            <Risks
              risks={['Somebody else may burn the same lot first; then the call is refused and nothing happens.']}
            />
          </Part>
        </Sign>
      }
    />
  );
}

type Mode = 'bid' | 'burn';

/** What was offered first stays until somebody chooses the other, so that a result does not vanish with the price. */
function Auction({ flow, auction }: { flow: Flow; auction: AuctionState }): ReactNode {
  const [mode, setMode] = useState<Mode>(auction.multiple === WAD ? 'burn' : 'bid');
  return mode === 'burn' ? (
    <BurnLot flow={flow} auction={auction} onBid={() => setMode('bid')} />
  ) : (
    <Bid flow={flow} auction={auction} onBurn={() => setMode('burn')} />
  );
}

/** Buy from the converter, or at the floor have a lot burned. */
export function BidFlow({ flow }: { flow: Flow }): ReactNode {
  const auction = useAuctionState(flow);
  const frame = (entries: ReactNode) => (
    <FlowFrame
      flow={flow}
      title={`Bid for ${flow.token.symbol}`}
      lead="The converter sells fee tokens for the reserve's own assets."
      entries={entries}
      outcome={null}
    />
  );
  if (flow.token.converter === null || auction === null) {
    return frame(
      <EmptyState
        title="This token has no auction"
        actions={<ButtonLink to={`/token/${flow.token.token}`}>Back to {flow.token.symbol}</ButtonLink>}
      >
        It was launched without fees on trading, so there are no fee tokens to sell.
      </EmptyState>,
    );
  }
  if (auction === undefined) return frame(<SkeletonRows what="the auction" />);
  return <Auction key={flow.token.token} flow={flow} auction={auction} />;
}
