import { useState, type ReactNode } from 'react';
import { sentence } from '../../contracts/sentences';
import { exactDecimal, wadPercentText } from '../../format';
import { Section } from '../../pages/token/Section';
import { AmountFigure, RowsOrigin, StateTag } from '../../pages/synthetics/parts';
import { bookSource, partSource, priceSource } from '../../pages/synthetics/sources';
import type { Shared } from '../../pages/synthetics/Shell';
import { ButtonLink, EmptyState, Notice, Price, Segments } from '../../ui';
import { mulDivDown } from '../calc/arithmetic';
import type { Outcome } from '../calc/ledger';
import { collect, deficitOf, haircutOf } from '../calc/losses';
import {
  custodyValue,
  enter,
  entryPriceLeast,
  exit,
  feesOf,
  markOf,
  mostEntry,
  mostExit,
  type Entry,
  type Exit,
} from '../calc/peg';
import { SYNTHETIC_DECIMALS, wholePrice } from '../calc/vaults';
import { pokeCall } from '../chain/book';
import {
  collectFeesCall,
  enterCall,
  enterReturns,
  enteredEvent,
  exitCall,
  exitReturns,
  exitedEvent,
  markCall,
} from '../chain/peg';
import { Frame, noBalance } from '../FlowFrame';
import { parseAmount, parseShare, valueOf } from '../input';
import { AmountEntry, AssetAmount, Lines, Part, Risks, TokenAmount, type Line } from '../parts';
import { fullText, tokenFact, type Fact, type Plan } from '../plan';
import { Sign } from '../Sign';
import { OneCall } from '../vaults/OneCall';
import { ANYBODY, Chores, Command, MarginEntry, type Chore } from './parts';
import { usePegFlow, type PegFlow } from './usePegFlow';

type Way = 'enter' | 'exit';

/** Of what was shown, this much less is still accepted where nothing else is chosen, in basis points. */
const MARGIN_BPS = 50;
const MARGIN_BPS_MAX = 1_000;

/** What is typed, read, and what the module would do with it. */
interface Draft {
  readonly way: Way;
  readonly amount: bigint;
  readonly entry: Outcome<Entry> | undefined;
  readonly exit: Outcome<Exit> | undefined;
  /** What is received; undefined where the module would refuse. */
  readonly received: bigint | undefined;
  readonly least: bigint;
}

function draftOf(flow: PegFlow, way: Way, amount: bigint, marginBps: number): Draft {
  const entry = way === 'enter' ? enter(flow.peg, amount) : undefined;
  const left = way === 'exit' ? exit(flow.peg, amount) : undefined;
  const minted = entry?.refused === undefined ? entry?.minted : undefined;
  const units = left?.refused === undefined ? left?.units : undefined;
  const received = minted ?? units;
  const least = received === undefined ? 0n : mulDivDown(received, BigInt(10_000 - marginBps), 10_000n);
  return { way, amount, entry, exit: left, received, least };
}

function refusalOf({ entry, exit: left }: Draft) {
  return entry?.refused ?? left?.refused;
}

function isShort(flow: PegFlow, draft: Draft): boolean {
  const { purse } = flow.state ?? {};
  if (purse === undefined) return false;
  return draft.amount > (draft.way === 'enter' ? purse.units : purse.synthetic);
}

function factsOf(flow: PegFlow, way: Way, given: bigint, received: bigint): Fact[] {
  const { decimals, symbol } = flow.view.custody_token;
  const units = (label: string, amount: bigint): Fact => ({ label, amount, decimals, unit: symbol });
  return way === 'enter'
    ? [units('Paid in', given), tokenFact('Received', received, flow.synthetic.symbol)]
    : [tokenFact('Burned', given, flow.synthetic.symbol), units('Received', received)];
}

function planOf(flow: PegFlow, draft: Draft): Plan | null {
  const { way, amount, received, least } = draft;
  if (flow.wallet.status !== 'ready' || flow.state === undefined || received === undefined) return null;
  if (isShort(flow, draft)) return null;
  const { module, view, synthetic } = flow;
  const { account } = flow.wallet;
  const token = view.custody_token;
  const expected = factsOf(flow, way, amount, received);
  if (way === 'enter') {
    return {
      label: `Pay in ${fullText(amount, token.decimals, token.symbol)}`,
      needs: [{ asset: token, amount, spender: module, spenderName: 'the peg module' }],
      call: enterCall(module, amount, least, account),
      expected,
      returned: (data) => factsOf(flow, way, amount, enterReturns(data)),
      actual: ({ logs }) => {
        const said = enteredEvent(logs, module);
        return said === undefined ? [] : factsOf(flow, way, said.units, said.minted);
      },
    };
  }
  return {
    label: `Burn ${fullText(amount, SYNTHETIC_DECIMALS, synthetic.symbol)}`,
    needs: [],
    call: exitCall(module, amount, least, account),
    expected,
    returned: (data) => factsOf(flow, way, amount, exitReturns(data)),
    actual: ({ logs }) => {
      const said = exitedEvent(logs, module);
      return said === undefined ? [] : factsOf(flow, way, said.burned, said.units);
    },
  };
}

function commandOf(flow: PegFlow, { way, amount, least }: Draft): string {
  const { decimals } = flow.view.custody_token;
  const [given, received] = way === 'enter' ? [decimals, SYNTHETIC_DECIMALS] : [SYNTHETIC_DECIMALS, decimals];
  const words = `ballast peg ${way} ${exactDecimal(amount, given)} --min-received ${exactDecimal(least, received)}`;
  return `${words} --synth ${flow.synthetic.symbol}`;
}

/** The share of face value that everybody gets while a loss is unpaid, after interest and surplus have paid. */
function HaircutNotice({ flow }: { flow: PegFlow }): ReactNode {
  const { synthetic, peg } = flow;
  const { backing, supply } = haircutOf(collect(peg.claims, peg.rule).after);
  if (backing === supply) return null;
  const share = supply === 0n ? 0n : mulDivDown(backing, 10n ** 18n, supply);
  return (
    <Notice
      kind="watch"
      title={`A loss is not paid yet: leaving pays ${wadPercentText(share)} of face value`}
      action={<ButtonLink to={`/synthetic/${synthetic.address}/peg#losses`}>The losses</ButtonLink>}
    >
      Everybody who redeems or leaves now gets the same share, so nobody gains by being first. What it does not pay
      cancels a part of the loss. Interest and surplus pay first, in the same transaction.
    </Notice>
  );
}

function PriceNotice({ flow }: { flow: PegFlow }): ReactNode {
  const { price } = flow.peg;
  const { symbol } = flow.view.custody_token;
  const poke =
    flow.state === undefined ? null : (
      <OneCall
        label="Ask the sources again"
        call={pokeCall(flow.state.prices, flow.view.custody_token.address as `0x${string}`)}
        units={flow.units}
      />
    );
  if (price.state !== 'safe') {
    return (
      <Notice kind="watch" title={`The price of ${symbol} is not safe, so entry is closed`}>
        <p>Leaving asks for no price and goes on.</p>
        {poke}
      </Notice>
    );
  }
  if (price.low >= entryPriceLeast(flow.peg)) return null;
  return (
    <Notice kind="watch" title={`${symbol} is worth less than it has to be, so entry is closed`}>
      A token that lost its peg is not turned into {flow.synthetic.symbol}. Leaving goes on.
    </Notice>
  );
}

function Limits({ flow }: { flow: PegFlow }): ReactNode {
  const { peg, synthetic, view, asOf } = flow;
  const { symbol, decimals, address } = view.custody_token;
  const room = mostEntry(peg);
  const lines: Line[] = [
    {
      label: `Low price of ${symbol}`,
      after: (
        <>
          <Price wad={wholePrice(peg.price.low, decimals)} unit={synthetic.symbol} significant={6} />{' '}
          <StateTag state={peg.price.state} />
        </>
      ),
    },
    {
      label: 'Entry is open from',
      after: <Price wad={wholePrice(entryPriceLeast(peg), decimals)} unit={synthetic.symbol} significant={6} />,
    },
    { label: 'Fee to enter, and to leave', after: `${wadPercentText(peg.feeIn)}, ${wadPercentText(peg.feeOut)}` },
    { label: 'Can enter under the cap', after: <AssetAmount value={room} asset={view.custody_token} /> },
    { label: 'Can leave', after: <TokenAmount value={mostExit(peg)} symbol={synthetic.symbol} /> },
    {
      label: 'Custody',
      after: (
        <AmountFigure
          label="Custody of the peg module"
          value={peg.custody}
          decimals={decimals}
          unit={symbol}
          asOf={asOf}
          source={partSource(view.module, 'custody()')}
        />
      ),
    },
    {
      label: 'Ledger that it answers for',
      after: (
        <AmountFigure
          label="Minted by the peg module and not burned again"
          value={peg.claims.ledger}
          unit={synthetic.symbol}
          asOf={asOf}
          source={bookSource(synthetic, 'peg_ledger', 'totals()')}
        />
      ),
    },
  ];
  return (
    <Part title="Limits now">
      <Lines lines={lines} />
      <RowsOrigin asOf={asOf} source={priceSource(synthetic.prices ?? view.module, address, 'price, fees and cap')} />
    </Part>
  );
}

function Happens({ flow, draft }: { flow: PegFlow; draft: Draft }): ReactNode {
  const { view, synthetic, peg } = flow;
  const { symbol } = synthetic;
  const { received, least, way } = draft;
  if (received === undefined) return <p className="quiet">Nothing would happen: see above.</p>;
  const amount = (value: bigint) =>
    way === 'enter' ? (
      <TokenAmount value={value} symbol={symbol} />
    ) : (
      <AssetAmount value={value} asset={view.custody_token} />
    );
  const done = draft.exit?.refused === undefined ? draft.exit : undefined;
  const cut = done !== undefined && done.haircut.backing !== done.haircut.supply;
  const ledger = way === 'enter' ? peg.claims.ledger + received : peg.claims.ledger - (done?.worth ?? 0n);
  return (
    <Lines
      lines={[
        { label: 'You receive', after: amount(received) },
        { label: 'At least, or nothing happens', after: amount(least) },
        ...(cut && done !== undefined
          ? [
              {
                label: 'Share that everybody gets',
                after: wadPercentText(mulDivDown(done.haircut.backing, 10n ** 18n, done.haircut.supply)),
              },
              {
                label: 'Of the loss, cancelled by it',
                after: <TokenAmount value={done.cancelled} symbol={symbol} />,
              },
            ]
          : []),
        {
          label: 'Ledger of the module',
          before: <TokenAmount value={peg.claims.ledger} symbol={symbol} />,
          after: <TokenAmount value={ledger} symbol={symbol} />,
        },
      ]}
    />
  );
}

function Costs({ flow, draft }: { flow: PegFlow; draft: Draft }): ReactNode {
  const { view, synthetic } = flow;
  const { symbol } = synthetic;
  const done = draft.way === 'enter' ? draft.entry : draft.exit;
  const fee = done?.refused === undefined ? done?.fee : undefined;
  if (fee === undefined) return <p className="quiet">A fee that stays in the custody, and the network fee.</p>;
  return (
    <Lines
      lines={[
        draft.way === 'enter'
          ? { label: 'You pay', after: <AssetAmount value={draft.amount} asset={view.custody_token} /> }
          : { label: 'You burn', after: <TokenAmount value={draft.amount} symbol={symbol} /> },
        {
          label: 'Fee in it, which stays in the custody',
          after: <TokenAmount value={fee} symbol={symbol} />,
        },
      ]}
    />
  );
}

function risksOf(flow: PegFlow, way: Way): string[] {
  const { symbol } = flow.synthetic;
  const unit = flow.view.custody_token.symbol;
  if (way === 'enter') {
    return [
      `From then on you hold ${symbol}: what stands behind it is the debt of all its vaults and this custody, not your ${unit}.`,
      `If the issuer of ${unit} fails, freezes or destroys it, the loss goes through the order of losses, and all holders of ${symbol} share what is left of it.`,
      `The price of ${unit} may fall under the least in the same block. Then the call is refused and only the network fee is lost.`,
    ];
  }
  return [
    `You are paid in ${unit}, one for one less the fee, whatever ${unit} is worth by then.`,
    'Others may leave first. Once the ledger is used up, this way is closed and redemption from vaults is left.',
    'If a loss is booked in the same block, everybody gets a smaller share; below what you accept the call is refused.',
  ];
}

function Consequences({ flow, way, draft }: { flow: PegFlow; way: Way; draft: Draft | undefined }): ReactNode {
  const refused = draft === undefined ? undefined : refusalOf(draft);
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
        {draft === undefined ? <p className="quiet">Type an amount.</p> : <Happens flow={flow} draft={draft} />}
      </Part>
      <Part title="What it costs">
        {draft === undefined ? (
          <p className="quiet">
            {wadPercentText(way === 'enter' ? flow.peg.feeIn : flow.peg.feeOut)}, which stays in the custody, and the
            network fee.
          </p>
        ) : (
          <Costs flow={flow} draft={draft} />
        )}
      </Part>
      <Part title="What could go wrong">
        <Risks risks={risksOf(flow, way)} />
      </Part>
      {draft?.received === undefined ? null : <Command text={commandOf(flow, draft)} />}
    </>
  );
}

function choresOf(flow: PegFlow): Chore[] {
  const { peg, synthetic, view, module } = flow;
  const { symbol } = synthetic;
  const loss = markOf(peg);
  const fees = feesOf(peg);
  const unsafe = peg.price.state !== 'safe';
  const worth = (price: bigint) => <TokenAmount value={custodyValue(peg, price)} symbol={symbol} />;
  return [
    {
      key: 'mark',
      title: 'Mark the custody',
      text: `Writes a loss of the custody to the deficit as soon as even the high price of ${view.custody_token.symbol} values it under the ledger, and takes it back when the low price values it above. Until then redemptions from vaults do not share it.`,
      lines:
        loss === 0n
          ? []
          : [
              { label: 'Ledger', after: <TokenAmount value={peg.claims.ledger} symbol={symbol} /> },
              loss > 0n
                ? { label: 'Custody at the high price', after: worth(peg.price.high) }
                : { label: 'Custody at the low price', after: worth(peg.price.low) },
              {
                label: loss > 0n ? 'Becomes a loss' : 'Comes back from the loss',
                after: <TokenAmount value={loss > 0n ? loss : -loss} symbol={symbol} />,
              },
            ],
      idle: unsafe
        ? 'It waits: the price is not safe.'
        : 'Nothing to mark: the custody is worth the ledger between its bounds.',
      label: loss > 0n ? 'Write the loss to the deficit' : 'Take the loss back',
      call: markCall(module),
      command: `ballast peg mark --synth ${symbol}`,
    },
    {
      key: 'fees',
      title: 'Collect the fees',
      text: 'What the custody is worth above the ledger becomes surplus of the book, which pays losses before the backstop and before the holders.',
      lines: fees === 0n ? [] : [{ label: 'To the surplus', after: <TokenAmount value={fees} symbol={symbol} /> }],
      idle: unsafe
        ? 'It waits: the price is not safe.'
        : deficitOf(collect(peg.claims, peg.rule).after) > 0n
          ? 'It waits: a loss is not paid yet.'
          : 'Nothing to collect: at its low price the custody is worth no more than the ledger.',
      label: 'Collect the fees',
      call: collectFeesCall(module),
    },
  ];
}

function missingText(flow: PegFlow, draft: Draft | undefined): string {
  if (draft === undefined) return 'Type an amount.';
  if (refusalOf(draft) !== undefined) return 'Change what you typed, or wait until it is accepted.';
  if (isShort(flow, draft)) {
    const unit = draft.way === 'enter' ? flow.view.custody_token.symbol : flow.synthetic.symbol;
    return `This account has too little ${unit}.`;
  }
  return 'Reading the peg module through the wallet.';
}

function lesser(a: bigint | undefined, b: bigint): bigint {
  return a === undefined || a > b ? b : a;
}

function Entries({
  flow,
  way,
  onWay,
  busy,
  children,
}: {
  flow: PegFlow;
  way: Way;
  onWay: (way: Way) => void;
  busy: boolean;
  children: ReactNode;
}): ReactNode {
  const token = flow.view.custody_token;
  const { symbol } = flow.synthetic;
  const purse = flow.state?.purse;
  const ways = [
    ['enter', `${token.symbol} to ${symbol}`],
    ['exit', `${symbol} to ${token.symbol}`],
  ] as const;
  return (
    <Part title="What you have">
      <HaircutNotice flow={flow} />
      <PriceNotice flow={flow} />
      <Lines
        lines={[
          {
            label: `Your ${token.symbol}`,
            after: purse === undefined ? noBalance(flow) : <AssetAmount value={purse.units} asset={token} />,
          },
          {
            label: `Your ${symbol}`,
            after: purse === undefined ? noBalance(flow) : <TokenAmount value={purse.synthetic} symbol={symbol} />,
          },
        ]}
      />
      <fieldset className="flow__entries" disabled={busy}>
        <Segments label="Direction" options={ways} selected={way} onSelect={onWay} />
        {children}
      </fieldset>
      <Limits flow={flow} />
    </Part>
  );
}

function Exchange({ flow }: { flow: PegFlow }): ReactNode {
  const [way, setWay] = useState<Way>('enter');
  const [text, setText] = useState('');
  const [margin, setMargin] = useState(String(MARGIN_BPS / 100));
  const [busy, setBusy] = useState(false);
  const { synthetic, view, peg } = flow;
  const token = view.custody_token;
  const entering = way === 'enter';
  const unit = entering
    ? { unit: token.symbol, decimals: token.decimals }
    : { unit: synthetic.symbol, decimals: SYNTHETIC_DECIMALS };
  const typed = parseAmount(text, unit);
  const limit = parseShare(margin, { max: MARGIN_BPS_MAX });
  const [amount, bps] = [valueOf(typed), valueOf(limit)];
  const draft = amount === undefined || bps === undefined ? undefined : draftOf(flow, way, amount, bps);
  const purse = flow.state?.purse;
  return (
    <>
      <Frame
        flow={flow}
        home={{ to: `/synthetic/${synthetic.address}/peg`, name: `Peg and equity of ${synthetic.symbol}` }}
        title={`Exchange ${synthetic.symbol} and ${token.symbol}`}
        lead={`At face value less a fee: in while ${token.symbol} is worth it, out always.`}
        entries={
          <Entries
            flow={flow}
            way={way}
            onWay={(next) => {
              setWay(next);
              setText('');
            }}
            busy={busy}
          >
            <AmountEntry
              label={entering ? 'Amount to pay in' : 'Amount to burn'}
              text={text}
              onText={setText}
              typed={typed}
              {...unit}
              most={entering ? lesser(purse?.units, mostEntry(peg)) : lesser(purse?.synthetic, mostExit(peg))}
              disabled={busy}
            />
            <MarginEntry
              text={margin}
              onText={setMargin}
              typed={limit}
              hint="Below it nothing happens. The rate of an entry never moves; that of an exit falls where a loss is booked."
            />
          </Entries>
        }
        outcome={
          <Sign
            key={way}
            plan={draft === undefined ? null : planOf(flow, draft)}
            missing={missingText(flow, draft)}
            units={flow.units}
            onBusy={setBusy}
            onDone={() => setText('')}
            after={() => <ButtonLink to={`/synthetic/${synthetic.address}/peg#module`}>The peg module</ButtonLink>}
          >
            <Consequences flow={flow} way={way} draft={draft} />
          </Sign>
        }
      />
      <div className="page page--token flow__below">
        <Section id="anybody" title="What anybody may set off" lead={ANYBODY}>
          {() => <Chores chores={choresOf(flow)} units={flow.units} ready={flow.state !== undefined} />}
        </Section>
      </div>
    </>
  );
}

function Known({ shared, view }: { shared: Shared; view: NonNullable<Shared['synthetic']['peg']> }): ReactNode {
  return <Exchange flow={usePegFlow(shared, view)} />;
}

/** Exchange the synthetic with the custody token of its peg module, either way. */
export function PegExchange({ shared }: { shared: Shared }): ReactNode {
  const { peg, address, symbol } = shared.synthetic;
  if (peg !== null) return <Known shared={shared} view={peg} />;
  return (
    <>
      <h1>No peg module</h1>
      <EmptyState
        title={`${symbol} has no peg module`}
        actions={
          <ButtonLink to={`/synthetic/${address}/redeem`} look="primary">
            Redeem
          </ButtonLink>
        }
      >
        It is exchanged with no custody token. Redemption from vaults pays face value in collateral.
      </EmptyState>
    </>
  );
}
