import { useState, type ReactNode } from 'react';
import { encodeFunctionData, type Address } from 'viem';
import { useLadder } from '../../api/synthetics';
import { useStatus } from '../../api/hooks';
import { wrappedNativeAbi } from '../../contracts/abi/wrapped';
import { sentence } from '../../contracts/sentences';
import { fallenAt, rungsOf } from '../../charts/ladderModel';
import { decimalText, durationText, exactDecimal, sameAddress, wadNumber, wadPercentText } from '../../format';
import { marketName, marketPath } from '../../pages/synthetics/parts';
import { LadderSection } from '../../pages/synthetics/LadderSection';
import { rateText, ratioOfLtv, shareText } from '../../pages/synthetics/words';
import { Button, ButtonLink, Field, Notice, Segments } from '../../ui';
import { ALL, leastRatio, mintRoom, type Adjustment } from '../calc/adjust';
import { SYNTHETIC_DECIMALS, debtUp, wholePrice } from '../calc/vaults';
import { WAD } from '../calc/arithmetic';
import { adjustCall, adjustReturns, adjustedEvent, pokeCall, readVaultState } from '../chain/book';
import { Frame, noBalance } from '../FlowFrame';
import { AmountEntry, AssetAmount, Check, Lines, Part, Risks, TokenAmount, type Line } from '../parts';
import { fullText, tokenFact, type Fact, type Plan } from '../plan';
import { Sign } from '../Sign';
import { BLANK, byRatio, parseRatio, readDraft, type Draft, type Means, type Read } from './draft';
import { PriceNotice, secsToUnhealthy, sightAt, vaultFacts, vaultLines } from './figures';
import { History } from './History';
import { OneCall } from './OneCall';
import { Operators } from './Operators';
import { useVaultFlow, type MarketShared, type VaultFlow } from './useVaultFlow';

/** The slider ends at this many times the least ratio. */
const SLIDER_SPAN = 4;
const SIDES = [
  ['add', 'Add'],
  ['take', 'Take out'],
] as const;
const WAYS = [
  ['mint', 'Mint'],
  ['repay', 'Repay'],
] as const;

function namesOf(flow: VaultFlow) {
  return { collateral: flow.collateral, synthetic: flow.synthetic.symbol };
}

function meansOf(flow: VaultFlow): Means {
  const account = flow.wallet.status === 'ready' ? flow.wallet.account : '';
  return {
    collateral: flow.state?.purse.collateral,
    synthetic: flow.state?.purse.synthetic,
    mayAll: flow.state?.purse.operator ?? true,
    account,
    owner: flow.owner ?? account,
  };
}

function movedFacts(flow: VaultFlow, collateral: bigint, debt: bigint): Fact[] {
  const { decimals, symbol } = flow.collateral;
  const asset = (label: string, amount: bigint): Fact => ({ label, amount, decimals, unit: symbol });
  return [
    ...(collateral > 0n ? [asset('Paid into the vault', collateral)] : []),
    ...(collateral < 0n ? [asset('Received from the vault', -collateral)] : []),
    ...(debt > 0n ? [tokenFact('Minted', debt, flow.synthetic.symbol)] : []),
    ...(debt < 0n ? [tokenFact('Burned', -debt, flow.synthetic.symbol)] : []),
  ];
}

function labelOf(flow: VaultFlow, done: Adjustment): string {
  const { decimals, symbol } = flow.collateral;
  const parts = [
    ...(done.collateral > 0n ? [`add ${fullText(done.collateral, decimals, symbol)}`] : []),
    ...(done.debt > 0n ? [`mint ${fullText(done.debt, SYNTHETIC_DECIMALS, flow.synthetic.symbol)}`] : []),
    ...(done.debt < 0n ? [`repay ${fullText(-done.debt, SYNTHETIC_DECIMALS, flow.synthetic.symbol)}`] : []),
    ...(done.collateral < 0n ? [`take out ${fullText(-done.collateral, decimals, symbol)}`] : []),
  ];
  const text = parts.join(' and ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function planOf(flow: VaultFlow, read: Read): Plan | null {
  const { change, outcome } = read;
  if (flow.wallet.status !== 'ready' || flow.owner === undefined || change === undefined) return null;
  if (flow.state === undefined || outcome === undefined || outcome.refused !== undefined) return null;
  if (read.short !== undefined) return null;
  const { book, owner } = flow;
  const market = flow.vault.id;
  const moved = movedFacts(flow, outcome.collateral, outcome.debt);
  return {
    label: labelOf(flow, outcome),
    needs:
      outcome.collateral > 0n
        ? [{ asset: flow.collateral, amount: outcome.collateral, spender: book, spenderName: 'the book of vaults' }]
        : [],
    call: adjustCall(book, market, owner, flow.wallet.account, change.collateral, change.debt),
    expected: [...moved, ...vaultFacts(flow, flow.vault, outcome.vault)],
    returned: (data) => {
      const [collateral, debt] = adjustReturns(data);
      return movedFacts(flow, collateral, debt);
    },
    actual: ({ logs }) => {
      const said = adjustedEvent(logs, book);
      return said === undefined ? [] : movedFacts(flow, said.collateral, said.debt);
    },
    readAfter: async ({ blockNumber }, client) => {
      const after = await readVaultState(client, book, market, owner, blockNumber);
      return vaultFacts(flow, after.vault, after.vault.vault);
    },
  };
}

/** The ratio after the action, to be moved or typed; either sets what is minted or repaid. */
function RatioEntry({
  flow,
  read,
  draft,
  onDraft,
}: {
  flow: VaultFlow;
  read: Read;
  draft: Draft;
  onDraft: (draft: Draft) => void;
}): ReactNode {
  const [text, setText] = useState<string | null>(null);
  const state = flow.vault;
  const lowest = leastRatio(state);
  const done = read.outcome?.refused === undefined ? read.outcome : undefined;
  const sight = done === undefined ? undefined : sightAt(state, done.vault);
  const typedDebt = sight?.ratio ?? sightAt(state).ratio;
  if (lowest === null || state.price.mid === 0n) return null;
  // In tenths of a percent: the least allowed, rounded up, to a few times as much.
  const least = Number((lowest * 1_000n + WAD - 1n) / WAD);
  const most = least * SLIDER_SPAN;
  const at = typedDebt === null ? most : Math.min(most, Math.max(least, Number((typedDebt * 1_000n) / WAD)));
  const choose = (tenths: number) => onDraft(byRatio(state, draft, (BigInt(tenths) * WAD) / 1_000n, namesOf(flow)));
  const type = (next: string) => {
    setText(next);
    const ratio = parseRatio(next);
    if (ratio.state === 'value') onDraft(byRatio(state, draft, ratio.value, namesOf(flow)));
  };
  const shown = typedDebt === null ? '' : wadPercentText(typedDebt).replace(' %', '').replaceAll(',', '');
  const parsed = text === null ? null : parseRatio(text);
  return (
    <div className="slider">
      <Field
        label="Ratio afterwards"
        unit="%"
        fault={parsed?.state === 'fault' ? parsed.fault : null}
        hint={`At the price now. New debt needs at least ${exactDecimal(BigInt(least), 1)} %; under ${shareText(ratioOfLtv(flow.vault.terms.liqLtv))} anybody may buy the collateral.`}
      >
        {(control) => (
          <input
            {...control}
            inputMode="decimal"
            autoComplete="off"
            placeholder="no debt"
            value={text ?? shown}
            onChange={(event) => type(event.target.value)}
            onBlur={() => setText(null)}
          />
        )}
      </Field>
      <input
        type="range"
        min={least}
        max={most}
        step={5}
        value={at}
        aria-label="Ratio afterwards, as a slider"
        aria-valuetext={typedDebt === null ? 'no debt' : wadPercentText(typedDebt)}
        onChange={(event) => choose(Number(event.target.value))}
      />
      <div className="slider__ends" aria-hidden="true">
        <span>riskier</span>
        <span>safer</span>
      </div>
    </div>
  );
}

function Entries({
  flow,
  draft,
  read,
  onDraft,
  busy,
}: {
  flow: VaultFlow;
  draft: Draft;
  read: Read;
  onDraft: (draft: Draft) => void;
  busy: boolean;
}): ReactNode {
  const taking = draft.side === 'take';
  const repaying = draft.way === 'repay';
  const { symbol, decimals } = flow.collateral;
  const has = flow.vault.vault.collateral > 0n || flow.vault.vault.norm > 0n;
  return (
    <fieldset className="flow__entries" disabled={busy}>
      {has ? (
        <Segments
          label="Collateral"
          options={SIDES}
          selected={draft.side}
          onSelect={(side) => onDraft({ ...draft, side, collateral: '', allCollateral: false })}
        />
      ) : null}
      {taking && draft.allCollateral ? null : (
        <AmountEntry
          label={taking ? 'Collateral to take out' : 'Collateral to add'}
          text={draft.collateral}
          onText={(collateral) => onDraft({ ...draft, collateral })}
          typed={read.collateral}
          unit={symbol}
          decimals={decimals}
          most={read.mostCollateral}
          disabled={busy}
        />
      )}
      {taking ? (
        <Check
          label="All of it"
          checked={draft.allCollateral}
          onChange={(allCollateral) => onDraft({ ...draft, allCollateral })}
        />
      ) : null}
      {has ? (
        <Segments
          label="Debt"
          options={WAYS}
          selected={draft.way}
          onSelect={(way) => onDraft({ ...draft, way, debt: '', allDebt: false })}
        />
      ) : null}
      {repaying && draft.allDebt ? null : (
        <AmountEntry
          label={repaying ? 'Debt to repay' : 'Debt to mint'}
          text={draft.debt}
          onText={(debt) => onDraft({ ...draft, debt })}
          typed={read.debt}
          unit={flow.synthetic.symbol}
          decimals={SYNTHETIC_DECIMALS}
          most={read.mostDebt}
          disabled={busy}
        />
      )}
      {repaying ? (
        <Check
          label="All of it"
          hint="To the last unit at its block, whatever interest adds until then."
          checked={draft.allDebt}
          onChange={(allDebt) => onDraft({ ...draft, allDebt })}
        />
      ) : null}
      <RatioEntry flow={flow} read={read} draft={draft} onDraft={onDraft} />
    </fieldset>
  );
}

const ROOM_WORDS = {
  collateral: 'held by the collateral at the low price',
  ceiling: 'held by the ceiling',
  limit: 'held by the mint limit',
  stopped: 'new debt is stopped',
  price: 'the price is not safe',
} as const;

/** Every limit that new debt meets, before the wallet opens. */
function Limits({ flow, read }: { flow: VaultFlow; read: Read }): ReactNode {
  const { vault: state } = flow;
  const { symbol } = flow.synthetic;
  const done = read.outcome?.refused === undefined ? read.outcome : undefined;
  const typed = read.collateral.state === 'value' && read.collateral.value !== ALL ? read.collateral.value : 0n;
  const held = done?.vault.collateral ?? state.vault.collateral + typed;
  const sight = sightAt(state, { ...state.vault, collateral: held });
  const room = mintRoom(state, held);
  const used = debtUp(state.market.norm, state.market.index);
  const left = state.market.ceiling > used ? state.market.ceiling - used : 0n;
  const lines: Line[] = [
    {
      label: `Most that this collateral carries, at the low price`,
      after: <TokenAmount value={sight.borrowable} symbol={symbol} />,
    },
    { label: 'Left under the ceiling', after: <TokenAmount value={left} symbol={symbol} /> },
    { label: 'Left of the mint limit', after: <TokenAmount value={state.market.mintable} symbol={symbol} /> },
    { label: 'Least debt', after: <TokenAmount value={state.terms.minDebt} symbol={symbol} /> },
    {
      label: 'Can be minted now',
      after: (
        <>
          <TokenAmount value={room.most} symbol={symbol} /> <span className="unit">{ROOM_WORDS[room.by]}</span>
        </>
      ),
    },
  ];
  return (
    <Part title="Limits now">
      <Lines lines={lines} />
    </Part>
  );
}

/** Debt that is cheaper to redeem: of vaults that are nearer to liquidation. */
function Ahead({ flow, liquidation }: { flow: VaultFlow; liquidation: number | undefined }): ReactNode {
  const ladder = useLadder(flow.synthetic.address, flow.market.id, 160).data;
  if (ladder === undefined || liquidation === undefined) return null;
  const { debt } = fallenAt(rungsOf(ladder.data), liquidation);
  return (
    <>
      {decimalText(debt + BigInt(ladder.bare_debt), SYNTHETIC_DECIMALS, { significant: 10, places: 0 })}{' '}
      <span className="unit">{flow.synthetic.symbol}</span>
    </>
  );
}

const YEAR_SECS = 31_536_000;

/** A long time in years, where days would say nothing. */
function longText(secs: number): string {
  return secs < 2 * YEAR_SECS ? durationText(secs) : `${Math.trunc(secs / YEAR_SECS)} years`;
}

function Consequences({ flow, read }: { flow: VaultFlow; read: Read }): ReactNode {
  const { outcome } = read;
  const refused = outcome?.refused;
  const done = outcome === undefined || outcome.refused !== undefined ? undefined : outcome;
  const state = flow.vault;
  const after = done?.vault;
  const sight = sightAt(state, after);
  const secs = secsToUnhealthy(sight, state);
  const liquidation =
    sight.liquidationPrice === null
      ? undefined
      : wadNumber(wholePrice(sight.liquidationPrice, flow.collateral.decimals));
  const lines: Line[] = [
    ...vaultLines(flow, after),
    ...(sight.debt === 0n
      ? []
      : [
          { label: 'Redeemed before it', after: <Ahead flow={flow} liquidation={liquidation} /> },
          {
            label: 'Interest alone',
            after: sight.unhealthy
              ? 'it is unhealthy already'
              : secs === null
                ? 'never makes it unhealthy at this price'
                : `makes it unhealthy in about ${longText(secs)} at this price`,
          },
        ]),
  ];
  return (
    <>
      {refused === undefined ? null : (
        <Notice
          kind="watch"
          title={sentence({ name: refused.error, values: refused.fields }, flow.units)}
          role="alert"
        />
      )}
      <Part title={done === undefined ? 'The vault now' : 'What will happen'}>
        <Lines lines={lines} />
      </Part>
      <Part title="What it costs">
        <p>
          {rateText(state.market.rate)} on what is owed, for as long as it is owed, and the network fee. Nothing is
          charged for adding or taking out collateral.
        </p>
      </Part>
      <Part title="What could go wrong">
        <Risks
          risks={[
            `When ${flow.collateral.symbol} falls so far that the ratio is under ${shareText(ratioOfLtv(state.terms.liqLtv))}, anybody may buy its collateral at a discount, without asking you.`,
            `Anybody may redeem ${flow.synthetic.symbol} from this vault at face value: you lose collateral and as much debt, and keep the fee. The riskiest vault is the first.`,
            'Interest lowers the ratio with time. The rate can change; the ratios cannot.',
          ]}
        />
      </Part>
    </>
  );
}

function missingText(flow: VaultFlow, read: Read): string {
  if (read.short === 'collateral') return `This account has too little ${flow.collateral.symbol}.`;
  if (read.short === 'synthetic') return `This account has too little ${flow.synthetic.symbol}.`;
  if (read.outcome?.refused !== undefined) return 'Change what you typed so that the book accepts it.';
  return 'Type what to add, take out, mint or repay, or move the ratio.';
}

function Balances({ flow }: { flow: VaultFlow }): ReactNode {
  const purse = flow.state?.purse;
  return (
    <Lines
      lines={[
        {
          label: `Your ${flow.collateral.symbol}`,
          after:
            purse === undefined ? noBalance(flow) : <AssetAmount value={purse.collateral} asset={flow.collateral} />,
        },
        {
          label: `Your ${flow.synthetic.symbol}`,
          after:
            purse === undefined ? (
              noBalance(flow)
            ) : (
              <TokenAmount value={purse.synthetic} symbol={flow.synthetic.symbol} />
            ),
        },
      ]}
    />
  );
}

/** Where the collateral is the wrapped native currency and too little of it is there: wrap what is missing. */
function Wrap({ flow, read }: { flow: VaultFlow; read: Read }): ReactNode {
  const wrapped = useStatus().data?.deployment.wrapped_native ?? null;
  const purse = flow.state?.purse;
  if (read.short !== 'collateral' || purse === undefined || read.collateral.state !== 'value') return null;
  const missing = read.collateral.value - purse.collateral;
  if (wrapped === null || !sameAddress(wrapped, flow.collateral.address) || missing <= 0n) return null;
  if (purse.native <= missing) return null;
  const { symbol } = flow.wallet.network.currency;
  const data = encodeFunctionData({ abi: wrappedNativeAbi, functionName: 'deposit' });
  return (
    <Notice title={`${flow.collateral.symbol} is wrapped ${symbol}`}>
      <p>You have enough {symbol} to wrap what is missing. Wrapping costs a network fee and can be undone.</p>
      <OneCall
        label={`Wrap ${fullText(missing, flow.collateral.decimals, symbol)}`}
        call={{ to: wrapped as Address, data, value: missing }}
        units={flow.units}
      />
    </Notice>
  );
}

function Unhealthy({ flow }: { flow: VaultFlow }): ReactNode {
  const sight = sightAt(flow.vault);
  if (!sight.unhealthy || flow.owner === undefined) return null;
  return (
    <Notice
      kind="breach"
      title="This vault is unhealthy"
      action={
        <ButtonLink to={`${marketPath(flow.synthetic.address, flow.market.id)}/take/${flow.owner}`}>
          Its auction
        </ButtonLink>
      }
    >
      Anybody may buy its collateral now. Adding collateral or repaying makes it healthy again.
    </Notice>
  );
}

function titleOf(flow: VaultFlow, mine: boolean): string {
  const { vault } = flow.vault;
  const name = marketName(flow.synthetic.symbol, flow.market);
  if (!mine) return `A vault of ${name}`;
  return vault.collateral === 0n && vault.norm === 0n ? `Open a vault: ${name}` : `Your vault: ${name}`;
}

function Manage({ flow }: { flow: VaultFlow }): ReactNode {
  const [draft, setDraft] = useState<Draft>(BLANK);
  const [busy, setBusy] = useState(false);
  const account = flow.wallet.status === 'ready' ? flow.wallet.account : undefined;
  const mine = flow.owner === undefined || (account !== undefined && sameAddress(flow.owner, account));
  const read = readDraft(flow.vault, draft, meansOf(flow), namesOf(flow));
  const done = read.outcome?.refused === undefined ? read.outcome : undefined;
  const after = done === undefined ? null : sightAt(flow.vault, done.vault).liquidationPrice;
  const { vault } = flow.vault;
  return (
    <>
      <Frame
        flow={flow}
        home={{
          to: marketPath(flow.synthetic.address, flow.market.id),
          name: marketName(flow.synthetic.symbol, flow.market),
        }}
        title={titleOf(flow, mine)}
        lead={
          mine
            ? `Lock ${flow.collateral.symbol}, mint ${flow.synthetic.symbol} against it, and change both at any time.`
            : `Anybody may add collateral to it or repay for it; everything else is up to its owner and the owner’s operators.`
        }
        entries={
          <Part title={mine ? 'What you have' : 'What you can do'}>
            <Unhealthy flow={flow} />
            <PriceNotice
              flow={flow}
              action={
                flow.state === undefined ? undefined : (
                  <OneCall
                    label="Ask the sources again"
                    call={pokeCall(flow.state.prices, flow.state.collateral)}
                    units={flow.units}
                  />
                )
              }
            />
            <Balances flow={flow} />
            <Entries flow={flow} draft={draft} read={read} onDraft={setDraft} busy={busy} />
            <Wrap flow={flow} read={read} />
            {mine && vault.norm > 0n ? (
              <div>
                <Button
                  disabled={busy}
                  onClick={() =>
                    setDraft({
                      side: 'take',
                      collateral: '',
                      allCollateral: true,
                      way: 'repay',
                      debt: '',
                      allDebt: true,
                    })
                  }
                >
                  Close the vault
                </Button>
              </div>
            ) : null}
            <Limits flow={flow} read={read} />
          </Part>
        }
        outcome={
          <Sign
            plan={planOf(flow, read)}
            missing={missingText(flow, read)}
            units={flow.units}
            onBusy={setBusy}
            onDone={() => setDraft(BLANK)}
            after={() => <ButtonLink to={marketPath(flow.synthetic.address, flow.market.id)}>The market</ButtonLink>}
          >
            <Consequences flow={flow} read={read} />
          </Sign>
        }
      />
      <div className="page page--token flow__below">
        <LadderSection
          synthetic={flow.synthetic}
          market={flow.market}
          asOf={flow.asOf}
          owner={flow.owner}
          after={after === null ? undefined : wadNumber(wholePrice(after, flow.collateral.decimals))}
        />
        {flow.owner === undefined ? null : <History flow={flow} owner={flow.owner} />}
        {mine && flow.wallet.status === 'ready' ? <Operators flow={flow} /> : null}
      </div>
    </>
  );
}

/** Opens, changes or closes a vault: the account's own, or the one that the address names. */
export function VaultFlowPage({ shared, owner }: { shared: MarketShared; owner: Address | undefined }): ReactNode {
  const flow = useVaultFlow(shared, owner);
  return <Manage flow={flow} />;
}
