import { useState, type ReactNode } from 'react';
import type { Address } from 'viem';
import { useChainNow } from '../../api/chainNow';
import { DiscountCurve } from '../../charts/DiscountCurve';
import { decimalText, durationText, wadPercentText } from '../../format';
import { marketName, marketPath } from '../../pages/synthetics/parts';
import { Address as Shown, ButtonLink, EmptyState, Field, Notice, Price } from '../../ui';
import { mulDivDown } from '../calc/arithmetic';
import { SYNTHETIC_DECIMALS, expirySecs, settle, type Fill, type Sight, type Vault } from '../calc/vaults';
import { flagCall, pokeCall, readVaultState, takeCall, takeReturns, takenEvent } from '../chain/book';
import { Frame, noBalance } from '../FlowFrame';
import { faultOf, parseAmount, parseShare, valueOf } from '../input';
import { AmountEntry, AssetAmount, Lines, Part, Risks, TokenAmount } from '../parts';
import { fullText, tokenFact, type Fact, type Plan } from '../plan';
import { Sign } from '../Sign';
import { LiquidationPrice, distanceText, ratioText, sightAt, vaultFacts } from './figures';
import { OneCall } from './OneCall';
import { useVaultFlow, type MarketShared, type VaultFlow } from './useVaultFlow';

/** Least of what was shown that is accepted, where nothing else is chosen: this much less, in basis points. */
const MARGIN_BPS = 100;
const MARGIN_BPS_MAX = 1_000;

interface Offer {
  readonly sight: Sight;
  /** All that is for sale now. */
  readonly all: Fill;
  readonly waits: boolean;
}

function fillOf(flow: VaultFlow, sight: Sight, budget: bigint): Fill {
  const { terms, vault, market, price } = flow.vault;
  return settle({ terms, vault, index: market.index, mid: price.mid, discount: sight.discount, budget });
}

function offerOf(flow: VaultFlow): Offer {
  const sight = sightAt(flow.vault);
  const waits = flow.vault.price.state === 'grace';
  const none: Fill = { norm: 0n, paid: 0n, collateral: 0n, deficit: 0n };
  return { sight, waits, all: sight.unhealthy && !waits ? fillOf(flow, sight, sight.debt) : none };
}

function leastOf(collateral: bigint, marginBps: number): bigint {
  return mulDivDown(collateral, BigInt(10_000 - marginBps), 10_000n);
}

function factsOf(flow: VaultFlow, paid: bigint, collateral: bigint): Fact[] {
  const { decimals, symbol } = flow.collateral;
  return [
    tokenFact('Paid', paid, flow.synthetic.symbol),
    { label: 'Received', amount: collateral, decimals, unit: symbol },
  ];
}

function afterOf(flow: VaultFlow, fill: Fill): Vault {
  const { vault } = flow.vault;
  return { ...vault, collateral: vault.collateral - fill.collateral, norm: vault.norm - fill.norm };
}

function planOf(flow: VaultFlow, owner: Address, fill: Fill, least: bigint, most: bigint): Plan | null {
  if (flow.wallet.status !== 'ready' || flow.state === undefined || fill.paid === 0n) return null;
  if (flow.state.purse.synthetic < fill.paid) return null;
  const { book } = flow;
  const market = flow.vault.id;
  return {
    label: `Take ${fullText(fill.collateral, flow.collateral.decimals, flow.collateral.symbol)}`,
    needs: [],
    call: takeCall(book, market, owner, most, least),
    expected: [...factsOf(flow, fill.paid, fill.collateral), ...vaultFacts(flow, flow.vault, afterOf(flow, fill))],
    returned: (data) => factsOf(flow, ...takeReturns(data)),
    actual: ({ logs }) => {
      const said = takenEvent(logs, book);
      return said === undefined ? [] : factsOf(flow, said.paid, said.collateral);
    },
    readAfter: async ({ blockNumber }, client) => {
      const after = await readVaultState(client, book, market, owner, blockNumber);
      return vaultFacts(flow, after.vault, after.vault.vault);
    },
  };
}

/** What one whole collateral costs at a discount. */
function EffectivePrice({ flow, fill }: { flow: VaultFlow; fill: Fill }): ReactNode {
  if (fill.collateral === 0n) return 'nothing is for sale';
  const wad = (fill.paid * 10n ** BigInt(flow.collateral.decimals)) / fill.collateral;
  return <Price wad={wad} unit={flow.synthetic.symbol} significant={8} />;
}

function Clock({ flow, sight }: { flow: VaultFlow; sight: Sight }): ReactNode {
  const now = useChainNow(flow.asOf, sight.elapsed !== null);
  if (sight.elapsed === null) return 'not started: time adds nothing yet';
  const passed = sight.elapsed + Math.max(0, now - flow.now);
  const left = Math.max(0, expirySecs(flow.vault.terms) - passed);
  return `${durationText(passed)}, runs out in ${durationText(left)}`;
}

function State({ flow, offer }: { flow: VaultFlow; offer: Offer }): ReactNode {
  const { sight } = offer;
  const { symbol } = flow.synthetic;
  return (
    <>
      <Lines
        lines={[
          { label: 'Owes', after: <TokenAmount value={sight.debt} symbol={symbol} /> },
          { label: 'Collateral', after: <AssetAmount value={sight.collateral} asset={flow.collateral} /> },
          { label: 'Worth at the price', after: <TokenAmount value={sight.value} symbol={symbol} /> },
          { label: 'Ratio', after: ratioText(sight) },
          { label: 'Unhealthy under', after: <LiquidationPrice sight={sight} flow={flow} /> },
          { label: 'Discount now', after: wadPercentText(sight.discount) },
          { label: 'Clock', after: <Clock flow={flow} sight={sight} /> },
          {
            label: `Your ${symbol}`,
            after:
              flow.state === undefined ? (
                noBalance(flow)
              ) : (
                <TokenAmount value={flow.state.purse.synthetic} symbol={symbol} />
              ),
          },
        ]}
      />
      {sight.elapsed !== null || !sight.unhealthy || flow.owner === undefined ? null : (
        <Notice title="Its clock does not run">
          <p>
            What the fall gives at once is offered. Once anybody starts the clock, or takes a part, the discount grows
            with time as well.
          </p>
          <OneCall label="Start the clock" call={flagCall(flow.book, flow.vault.id, flow.owner)} units={flow.units} />
        </Notice>
      )}
    </>
  );
}

function Consequences({ flow, fill, least }: { flow: VaultFlow; fill: Fill | undefined; least: bigint }): ReactNode {
  const { symbol } = flow.synthetic;
  const done = fill !== undefined && fill.paid > 0n ? fill : undefined;
  const after = done === undefined ? undefined : sightAt(flow.vault, afterOf(flow, done));
  const now = sightAt(flow.vault);
  return (
    <>
      <Part title="What will happen">
        {done === undefined || after === undefined ? (
          <p className="quiet">Type how much you want to pay.</p>
        ) : (
          <Lines
            lines={[
              { label: 'You receive', after: <AssetAmount value={done.collateral} asset={flow.collateral} /> },
              { label: 'At a price of', after: <EffectivePrice flow={flow} fill={done} /> },
              {
                label: 'At least, or nothing happens',
                after: <AssetAmount value={least} asset={flow.collateral} />,
              },
              {
                label: 'The vault then owes',
                before: <TokenAmount value={now.debt} symbol={symbol} />,
                after: <TokenAmount value={after.debt} symbol={symbol} />,
              },
              { label: 'Its ratio', before: ratioText(now), after: ratioText(after) },
              { label: 'Unhealthy again after', after: distanceText(after, flow.vault) },
              ...(done.deficit === 0n
                ? []
                : [{ label: 'Loss that is booked', after: <TokenAmount value={done.deficit} symbol={symbol} /> }]),
            ]}
          />
        )}
      </Part>
      <Part title="What it costs">
        {done === undefined ? (
          <p className="quiet">What you pay is burned against the vault’s debt.</p>
        ) : (
          <Lines lines={[{ label: 'You pay', after: <TokenAmount value={done.paid} symbol={symbol} /> }]} />
        )}
      </Part>
      <Part title="What could go wrong">
        <Risks
          risks={[
            'Waiting makes it cheaper, and somebody else may take first. Then you get what is left, or the call is refused and only the network fee is lost.',
            `The price of ${flow.collateral.symbol} may be lower where you sell it than the price that counts here.`,
            'The owner may repay or add collateral in the same block, which ends the sale.',
          ]}
        />
      </Part>
    </>
  );
}

function missingText(flow: VaultFlow, offer: Offer, fill: Fill | undefined): string {
  if (offer.waits) return 'Takes wait until the price is safe, or its grace has ended.';
  if (!offer.sight.unhealthy) return 'The vault is healthy.';
  if (fill === undefined) return 'Type how much you want to pay.';
  if (fill.paid === 0n) return 'At this amount nothing can be sold. Type more.';
  return `This account has too little ${flow.synthetic.symbol}. Mint some, or pay less.`;
}

function Take({ flow, owner }: { flow: VaultFlow; owner: Address }): ReactNode {
  const [text, setText] = useState('');
  const [margin, setMargin] = useState(String(MARGIN_BPS / 100));
  const [busy, setBusy] = useState(false);
  const offer = offerOf(flow);
  const { symbol } = flow.synthetic;
  const held = flow.state?.purse.synthetic;
  const typed = parseAmount(text, { decimals: SYNTHETIC_DECIMALS, unit: symbol });
  const limit = parseShare(margin, { max: MARGIN_BPS_MAX });
  const budget = valueOf(typed);
  const open = offer.sight.unhealthy && !offer.waits;
  const fill = budget === undefined || !open ? undefined : fillOf(flow, offer.sight, budget);
  const bps = valueOf(limit);
  const least = fill === undefined || bps === undefined ? 0n : leastOf(fill.collateral, bps);
  const plan =
    fill === undefined || bps === undefined || budget === undefined ? null : planOf(flow, owner, fill, least, budget);
  const most = held !== undefined && held < offer.all.paid ? held : offer.all.paid;
  const path = marketPath(flow.synthetic.address, flow.market.id);
  return (
    <Frame
      flow={flow}
      home={{ to: `/synthetic/${flow.synthetic.address}/auctions`, name: `Auctions of ${symbol}` }}
      title={`Take from a vault of ${marketName(symbol, flow.market)}`}
      lead={
        <>
          The vault of <Shown value={owner} />: while it owes more than its market allows, anybody may pay a part of its
          debt and gets collateral for less than its price.
        </>
      }
      entries={
        <Part title="What is for sale">
          {flow.vault.price.state === 'grace' || flow.vault.price.state === 'late' ? (
            <Notice
              kind="watch"
              title={offer.waits ? 'Takes wait for the price' : 'The price is too old: time alone counts'}
            >
              {flow.state === undefined ? null : (
                <OneCall
                  label="Ask the sources again"
                  call={pokeCall(flow.state.prices, flow.state.collateral)}
                  units={flow.units}
                />
              )}
            </Notice>
          ) : null}
          {offer.sight.unhealthy ? null : (
            <EmptyState
              title="This vault is healthy"
              actions={<ButtonLink to={`/synthetic/${flow.synthetic.address}/auctions`}>All auctions</ButtonLink>}
            >
              Nothing of it is for sale at this price.
            </EmptyState>
          )}
          <State flow={flow} offer={offer} />
          {open ? (
            <DiscountCurve
              terms={flow.vault.terms}
              debt={offer.sight.debt}
              value={offer.sight.value}
              elapsed={offer.sight.elapsed ?? 0}
              byTimeOnly={flow.vault.price.state === 'late'}
            />
          ) : null}
          <fieldset className="flow__entries" disabled={busy}>
            <AmountEntry
              label="Pay at most"
              text={text}
              onText={setText}
              typed={typed}
              unit={symbol}
              decimals={SYNTHETIC_DECIMALS}
              most={most}
              mostIs="All for sale"
              hint={
                offer.all.paid === 0n
                  ? undefined
                  : `All that is for sale now costs ${decimalText(offer.all.paid, SYNTHETIC_DECIMALS, { significant: 9 })} ${symbol}. More is not taken.`
              }
              disabled={busy}
            />
            <Field
              label="Accept at most this much less than shown"
              unit="%"
              fault={faultOf(limit)}
              hint="Below it nothing happens. A price or an earlier take can lower what you get."
            >
              {(control) => (
                <input
                  {...control}
                  inputMode="decimal"
                  autoComplete="off"
                  value={margin}
                  onChange={(event) => setMargin(event.target.value)}
                />
              )}
            </Field>
          </fieldset>
        </Part>
      }
      outcome={
        <Sign
          plan={plan}
          missing={missingText(flow, offer, fill)}
          units={flow.units}
          onBusy={setBusy}
          onDone={() => setText('')}
          after={() => <ButtonLink to={`${path}/vault/${owner}`}>The vault</ButtonLink>}
        >
          <Consequences flow={flow} fill={fill} least={least} />
        </Sign>
      }
    />
  );
}

/** Buy collateral of one unhealthy vault. */
export function TakeFlow({ shared, owner }: { shared: MarketShared; owner: Address }): ReactNode {
  const flow = useVaultFlow(shared, owner);
  return <Take flow={flow} owner={owner} />;
}
