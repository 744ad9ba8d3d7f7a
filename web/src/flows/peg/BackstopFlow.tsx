import { useState, type ReactNode } from 'react';
import { useChainNow } from '../../api/chainNow';
import { durationText, exactDecimal, wadPercentText } from '../../format';
import { Section } from '../../pages/token/Section';
import { AmountFigure, RowsOrigin, marketName } from '../../pages/synthetics/parts';
import { partSource } from '../../pages/synthetics/sources';
import type { Shared } from '../../pages/synthetics/Shell';
import { Amount, Button, ButtonLink, EmptyState, Notice, Segments, Time } from '../../ui';
import { mulDivDown } from '../calc/arithmetic';
import { arrivedOf, coversOf, givesBack, ripeAt, sharesFor, worthOf } from '../calc/backstop';
import { PEG_MARKET, collect, deficitOf } from '../calc/losses';
import { SYNTHETIC_DECIMALS } from '../calc/vaults';
import {
  coverByBackstopCall,
  requestEntryCall,
  requestEvent,
  requestExitCall,
  requestReturns,
  syncCall,
} from '../chain/backstop';
import { collectCall } from '../chain/book';
import { Frame, noBalance } from '../FlowFrame';
import { parseAmount, valueOf } from '../input';
import { AmountEntry, Lines, Part, Risks, TokenAmount, type Line } from '../parts';
import { fullText, timeFact, tokenFact, type Fact, type Plan } from '../plan';
import { Sign } from '../Sign';
import { LossSection } from './LossSection';
import { ANYBODY, Chores, Command, type Chore } from './parts';
import { Requests, requestCommand, requestPlan, rowsOfRequests, type Row } from './Requests';
import { useBackstopFlow, type BackstopFlow } from './usePegFlow';

type Way = 'deposit' | 'leave';

const WAYS = [
  ['deposit', 'Deposit'],
  ['leave', 'Withdraw'],
] as const;

function shareFact(flow: BackstopFlow, label: string, amount: bigint): Fact {
  return { label, amount, decimals: flow.view.decimals, unit: flow.view.symbol };
}

function Shares({ flow, value }: { flow: BackstopFlow; value: bigint }): ReactNode {
  return <Amount value={value} decimals={flow.view.decimals} unit={flow.view.symbol} significant={10} />;
}

function askedFacts(flow: BackstopFlow, given: Fact, epoch: bigint): Fact[] {
  return [given, timeFact('Settled from', ripeAt(flow.backstop, epoch))];
}

function isShort(flow: BackstopFlow, way: Way, amount: bigint): boolean {
  const purse = flow.state?.purse;
  return purse !== undefined && amount > (way === 'deposit' ? purse.synthetic : purse.shares);
}

function planOf(flow: BackstopFlow, way: Way, amount: bigint): Plan | null {
  if (flow.wallet.status !== 'ready' || flow.state === undefined || isShort(flow, way, amount)) return null;
  const { address, book, synthetic, view } = flow;
  const { symbol } = synthetic;
  const { epoch } = flow.backstop;
  if (way === 'deposit') {
    const paid = (assets: bigint) => tokenFact('Paid in', assets, symbol);
    const asset = { address: book, symbol, name: synthetic.name, decimals: SYNTHETIC_DECIMALS };
    return {
      label: `Deposit ${fullText(amount, SYNTHETIC_DECIMALS, symbol)}`,
      needs: [{ asset, amount, spender: address, spenderName: 'the backstop' }],
      call: requestEntryCall(address, amount, flow.wallet.account),
      expected: askedFacts(flow, paid(amount), epoch),
      returned: (data) => askedFacts(flow, paid(amount), requestReturns('requestEntry', data)),
      actual: ({ logs }) => {
        const said = requestEvent(logs, address, 'EntryRequested');
        return said === undefined ? [] : askedFacts(flow, paid(said.assets), said.epoch);
      },
    };
  }
  const handed = (shares: bigint) => shareFact(flow, 'Shares handed in', shares);
  return {
    label: `Hand in ${fullText(amount, view.decimals, view.symbol)}`,
    needs: [],
    call: requestExitCall(address, amount),
    expected: askedFacts(flow, handed(amount), epoch),
    returned: (data) => askedFacts(flow, handed(amount), requestReturns('requestExit', data)),
    actual: ({ logs }) => {
      const said = requestEvent(logs, address, 'ExitRequested');
      return said === undefined ? [] : askedFacts(flow, handed(said.shares), said.epoch);
    },
  };
}

/** From when on what is asked for now is settled. */
function Settled({ flow }: { flow: BackstopFlow }): ReactNode {
  const now = Math.max(useChainNow(flow.asOf, true), flow.now);
  const at = ripeAt(flow.backstop, flow.backstop.epoch);
  return (
    <>
      <Time at={at} /> <span className="unit">in {durationText(Math.max(0, at - now))}</span>
    </>
  );
}

function partText(part: bigint, whole: bigint): string {
  return whole === 0n ? 'none' : wadPercentText(mulDivDown(part, 10n ** 18n, whole));
}

function depositLines(flow: BackstopFlow, amount: bigint): Line[] {
  const { backstop } = flow;
  const shares = sharesFor(backstop, amount);
  const held = flow.state?.purse.shares ?? 0n;
  const whole = backstop.shares + shares;
  return [
    ...(givesBack(backstop)
      ? [{ label: 'If it were settled now', after: 'given back' }]
      : [
          { label: 'Shares, if it were settled now', after: <Shares flow={flow} value={shares} /> },
          {
            label: 'Your part of the backstop',
            before: partText(held, backstop.shares),
            after: partText(held + shares, whole),
          },
        ]),
    { label: 'Settled from', after: <Settled flow={flow} /> },
    { label: 'Until then', after: 'it neither gains nor loses, and can be taken back' },
  ];
}

function leaveLines(flow: BackstopFlow, amount: bigint): Line[] {
  const { backstop, synthetic } = flow;
  const held = flow.state?.purse.shares ?? 0n;
  return [
    {
      label: 'Worth, if it were settled now',
      after: <TokenAmount value={worthOf(backstop, amount)} symbol={synthetic.symbol} />,
    },
    {
      label: 'Your part of the backstop',
      before: partText(held, backstop.shares),
      after: partText(held > amount ? held - amount : 0n, backstop.shares),
    },
    { label: 'Settled from', after: <Settled flow={flow} /> },
    { label: 'Until then', after: 'it gains and loses like every share, and cannot be taken back' },
  ];
}

function risksOf(flow: BackstopFlow, way: Way): string[] {
  const { symbol } = flow.synthetic;
  const span = durationText(flow.backstop.cooldownSecs);
  const wait = `A request waits at least ${span} and at most twice as long, and is settled with the next call after it. While collateral that the backstop holds has no safe price nothing is settled, thirty days at the longest.`;
  if (way === 'deposit') {
    return [
      `The backstop pays losses before all holders of ${symbol}, after interest and surplus. What it pays is gone for its shares; all of it can be lost.`,
      'You get shares at the price of the settlement, not of now.',
      wait,
      'It also buys collateral of unhealthy vaults under its price and sells it again. A price that goes on falling for the hour of the sale makes it lose.',
    ];
  }
  return [
    'What you get is what the shares are worth at the settlement. A loss until then is yours as well.',
    'An exit is paid as far as the cash goes; the rest as collateral that the backstop holds is sold.',
    wait,
  ];
}

function Asked({ flow, way, amount }: { flow: BackstopFlow; way: Way; amount: bigint | undefined }): ReactNode {
  const { symbol } = flow.synthetic;
  const { decimals } = flow.view;
  const words =
    way === 'deposit'
      ? `deposit ${exactDecimal(amount ?? 0n, SYNTHETIC_DECIMALS)}`
      : `request ${exactDecimal(amount ?? 0n, decimals)}`;
  return (
    <>
      {way === 'deposit' && givesBack(flow.backstop) ? (
        <Notice kind="watch" title="Shares lost nearly all they were worth: a deposit would be given back">
          Shares that are this cheap are not sold any more. What is paid in now is returned once it is settled, unless
          what the shares own has grown by then.
        </Notice>
      ) : null}
      <Part title="What will happen">
        {amount === undefined ? (
          <p className="quiet">Type an amount.</p>
        ) : (
          <Lines lines={way === 'deposit' ? depositLines(flow, amount) : leaveLines(flow, amount)} />
        )}
      </Part>
      <Part title="What it costs">
        {amount === undefined ? (
          <p className="quiet">The network fee now, and that of a claim once it is settled. There is no other fee.</p>
        ) : (
          <Lines
            lines={[
              {
                label: way === 'deposit' ? 'You pay in' : 'You hand in',
                after:
                  way === 'deposit' ? (
                    <TokenAmount value={amount} symbol={symbol} />
                  ) : (
                    <Shares flow={flow} value={amount} />
                  ),
              },
              { label: 'Fee', after: 'none; a claim once it is settled is a transaction of its own' },
            ]}
          />
        )}
      </Part>
      <Part title="What could go wrong">
        <Risks risks={risksOf(flow, way)} />
      </Part>
      {amount === undefined ? null : <Command text={`ballast backstop ${words} --synth ${symbol}`} />}
    </>
  );
}

const ACTION_TEXTS = {
  claim: 'The deposit is settled: you receive its shares. Anybody may send this; the shares go to you.',
  cancel: 'The deposit is not settled yet: you get all of it back, and it becomes no shares.',
  withdraw: 'The withdrawal is settled: you receive what was paid for the shares that you handed in.',
} as const;

/** What a claim, a withdrawal or a taking back does. */
function Request({ flow, row }: { flow: BackstopFlow; row: Row }): ReactNode {
  const plan = requestPlan(flow, row);
  return (
    <>
      <Part title="What will happen">
        {row.action === undefined ? null : <p>{ACTION_TEXTS[row.action]}</p>}
        <Lines
          lines={(plan?.expected ?? []).map(({ label, amount, decimals, unit }) => ({
            label,
            after: <Amount value={amount} decimals={decimals} unit={unit} significant={10} />,
          }))}
        />
      </Part>
      <Part title="What it costs">
        <p className="quiet">The network fee.</p>
      </Part>
      <Part title="What could go wrong">
        <Risks
          risks={
            row.action === 'cancel'
              ? [
                  'If the epoch is settled in the same block it is too late: the deposit is shares then, and the call is refused.',
                ]
              : [
                  'The amount is that of the newest block. What still drips in, or a loss in the same block, can move it.',
                ]
          }
        />
      </Part>
      <Command text={requestCommand(flow, row)} />
    </>
  );
}

function nameOf(flow: BackstopFlow, market: bigint): string {
  if (market === PEG_MARKET) return 'the peg module';
  const known = flow.synthetic.markets.find(({ id }) => BigInt(id) === market);
  return known === undefined ? `market ${market}` : marketName(flow.synthetic.symbol, known);
}

function collectChore(flow: BackstopFlow): Chore {
  const { claims, rule, synthetic, book } = flow;
  const done = collect(claims, rule);
  const line = (label: string, value: bigint): Line[] =>
    value === 0n ? [] : [{ label, after: <TokenAmount value={value} symbol={synthetic.symbol} /> }];
  return {
    key: 'collect',
    title: 'Collect interest and surplus',
    text: 'Interest that nobody has minted yet pays losses first, then the surplus does. What is left becomes surplus, and above its buffer goes to the backstop.',
    lines: [
      ...line('Of losses, paid by interest', done.cancelled),
      ...line('Of losses, paid by the surplus', done.paid),
      ...line('Minted to the surplus', done.minted),
      ...line('Sent to the backstop', done.sent),
    ],
    idle: 'Nothing to collect now.',
    label: 'Collect',
    call: collectCall(book),
    command: `ballast backstop collect --synth ${synthetic.symbol}`,
  };
}

function coverChores(flow: BackstopFlow): Chore[] {
  const { claims, rule, synthetic, address, backstop } = flow;
  if (deficitOf(claims) === 0n) return [];
  const covers = coversOf(claims, rule, backstop.cash);
  const left = deficitOf(collect(claims, rule).after);
  const text =
    'The backstop burns its own cash against a loss that interest and surplus leave. They are collected first, in the same transaction.';
  if (covers.length === 0) {
    return [
      {
        key: 'cover',
        title: 'Let the backstop pay a loss',
        text,
        lines: [],
        idle:
          left === 0n
            ? 'Interest and surplus pay all of it: collect them, and nothing is left to cover.'
            : 'The backstop has no cash to pay with.',
        label: 'Pay',
        call: coverByBackstopCall(address, PEG_MARKET, 0n),
      },
    ];
  }
  return covers.map(({ market, amount }) => ({
    key: `cover-${market}`,
    title: `Let the backstop pay a loss of ${nameOf(flow, market)}`,
    text,
    lines: [
      { label: 'It pays', after: <TokenAmount value={amount} symbol={synthetic.symbol} /> },
      {
        label: 'Its cash',
        before: <TokenAmount value={backstop.cash} symbol={synthetic.symbol} />,
        after: <TokenAmount value={backstop.cash - amount} symbol={synthetic.symbol} />,
      },
    ],
    idle: '',
    label: 'Let it pay',
    call: coverByBackstopCall(address, market, backstop.cash),
    command: `ballast backstop cover ${market === PEG_MARKET ? 'peg' : market} --synth ${synthetic.symbol}`,
  }));
}

function syncChore(flow: BackstopFlow): Chore {
  const arrived = arrivedOf(flow.backstop);
  const { symbol } = flow.synthetic;
  return {
    key: 'sync',
    title: 'Let in what arrived',
    text: 'Surplus and gifts become cash of the shares evenly over a day, once somebody lets them in.',
    lines:
      arrived === 0n
        ? []
        : [{ label: 'Drips in over the next day', after: <TokenAmount value={arrived} symbol={symbol} /> }],
    idle: `Nothing has arrived, less than one ${symbol}, or there are no shares yet.`,
    label: 'Let it in',
    call: syncCall(flow.address),
  };
}

function Means({ flow }: { flow: BackstopFlow }): ReactNode {
  const { synthetic, view, backstop, asOf } = flow;
  const purse = flow.state?.purse;
  const shown = (label: string, value: bigint, call: string) => (
    <AmountFigure
      label={label}
      value={value}
      unit={synthetic.symbol}
      asOf={asOf}
      source={partSource(view.address, call)}
    />
  );
  const one = 10n ** BigInt(view.decimals);
  return (
    <>
      <Lines
        lines={[
          {
            label: `Your ${synthetic.symbol}`,
            after:
              purse === undefined ? noBalance(flow) : <TokenAmount value={purse.synthetic} symbol={synthetic.symbol} />,
          },
          {
            label: 'Your shares',
            after: purse === undefined ? noBalance(flow) : <Shares flow={flow} value={purse.shares} />,
          },
          ...(purse === undefined
            ? []
            : [
                {
                  label: 'Worth now',
                  after: <TokenAmount value={worthOf(backstop, purse.shares)} symbol={synthetic.symbol} />,
                },
              ]),
        ]}
      />
      <Lines
        lines={[
          { label: 'All shares are worth', after: shown('Assets of the backstop', backstop.low, 'totalAssets()') },
          {
            label: `One ${view.symbol}`,
            after: shown(`Worth of one ${view.symbol}`, worthOf(backstop, one), 'convertToAssets(shares)'),
          },
          { label: 'Its cash', after: shown('Cash of the backstop', backstop.cash, 'accounts()') },
          { label: 'Waits to enter', after: shown('What waits to enter', backstop.entering, 'accounts()') },
        ]}
      />
      <RowsOrigin asOf={asOf} source={partSource(view.address, 'accounts()')} />
    </>
  );
}

function missingText(flow: BackstopFlow, way: Way, amount: bigint | undefined): string {
  if (amount === undefined) return 'Type an amount.';
  if (isShort(flow, way, amount)) {
    return way === 'deposit'
      ? `This account has too little ${flow.synthetic.symbol}.`
      : `This account has too few ${flow.view.symbol}.`;
  }
  return 'Reading the backstop through the wallet.';
}

/** What was chosen: a new request, or one that is there already. */
interface Choice {
  readonly way: Way;
  readonly row: string | undefined;
}

function Entries({
  flow,
  choice,
  onChoose,
  rows,
  busy,
  children,
}: {
  flow: BackstopFlow;
  choice: Choice;
  onChoose: (choice: Choice) => void;
  rows: readonly Row[];
  busy: boolean;
  children: ReactNode;
}): ReactNode {
  const deficit = deficitOf(flow.claims);
  const covers = coversOf(flow.claims, flow.rule, flow.backstop.cash).length > 0;
  return (
    <>
      <Part title="What you have">
        {deficit === 0n ? null : (
          <Notice
            kind="watch"
            title={
              covers
                ? 'A loss is not paid yet, and anybody may let the backstop pay it'
                : 'A loss is not paid yet, and this backstop will not pay for it'
            }
            action={<ButtonLink to="#anybody">What anybody may set off</ButtonLink>}
          >
            <TokenAmount value={deficit} symbol={flow.synthetic.symbol} /> of losses stand.{' '}
            {covers
              ? 'The worth of the shares does not show it before it is paid.'
              : 'Interest and surplus pay all of it once somebody collects them, or the backstop has no cash.'}
          </Notice>
        )}
        <Means flow={flow} />
        <fieldset className="flow__entries" disabled={busy}>
          <Segments
            label="Request"
            options={WAYS}
            selected={choice.way}
            onSelect={(way) => onChoose({ way, row: undefined })}
          />
          {children}
        </fieldset>
      </Part>
      <Requests flow={flow} rows={rows} chosen={choice.row} onChoose={(row) => onChoose({ ...choice, row })} />
    </>
  );
}

function Below({ flow, draft }: { flow: BackstopFlow; draft: bigint }): ReactNode {
  const held = flow.state?.purse.shares ?? 0n;
  const adding = draft > 0n;
  const whose = held === 0n ? 'this deposit' : adding ? 'your shares with this deposit' : 'your shares';
  return (
    <div className="page page--token flow__below">
      <Section
        id="loss"
        title="What a loss would cost"
        lead="Interest and surplus pay first, then the backstop, then all holders alike. Try a loss and see who pays it."
      >
        {() => <LossSection flow={flow} shares={held + draft} whose={whose} />}
      </Section>
      <Section id="anybody" title="What anybody may set off" lead={ANYBODY}>
        {() => (
          <Chores
            chores={[collectChore(flow), ...coverChores(flow), syncChore(flow)]}
            units={flow.units}
            ready={flow.state !== undefined}
          />
        )}
      </Section>
    </div>
  );
}

function Deposits({ flow }: { flow: BackstopFlow }): ReactNode {
  const [choice, setChoice] = useState<Choice>({ way: 'deposit', row: undefined });
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const { synthetic, view } = flow;
  const { way } = choice;
  const depositing = way === 'deposit';
  const unit = depositing
    ? { unit: synthetic.symbol, decimals: SYNTHETIC_DECIMALS }
    : { unit: view.symbol, decimals: view.decimals };
  const typed = parseAmount(text, unit);
  const amount = valueOf(typed);
  const rows = rowsOfRequests(flow);
  const row = rows.find(({ key }) => key === choice.row);
  const asked = choice.row === undefined;
  const plan = asked
    ? amount === undefined
      ? null
      : planOf(flow, way, amount)
    : row === undefined
      ? null
      : requestPlan(flow, row);
  const choose = (next: Choice) => {
    if (next.way !== way) setText('');
    setChoice(next);
  };
  return (
    <>
      <Frame
        flow={flow}
        home={{ to: `/synthetic/${synthetic.address}/peg`, name: `Peg and equity of ${synthetic.symbol}` }}
        title={`Backstop of ${synthetic.symbol}`}
        lead={`Its deposits pay losses before the holders of ${synthetic.symbol} do, and get the surplus for it. In and out go by requests that wait, so that nobody chooses the moment.`}
        entries={
          <Entries flow={flow} choice={choice} onChoose={choose} rows={rows} busy={busy}>
            <AmountEntry
              label={depositing ? 'Amount to deposit' : 'Shares to hand in'}
              text={text}
              onText={(next) => {
                setText(next);
                setChoice({ way, row: undefined });
              }}
              typed={typed}
              {...unit}
              most={depositing ? flow.state?.purse.synthetic : flow.state?.purse.shares}
              disabled={busy}
            />
          </Entries>
        }
        outcome={
          <Sign
            key={choice.row ?? way}
            plan={plan}
            missing={asked ? missingText(flow, way, amount) : 'This request was dealt with already.'}
            units={flow.units}
            onBusy={setBusy}
            onDone={() => setText('')}
            again={asked}
            after={() =>
              asked ? (
                <ButtonLink to={`/synthetic/${synthetic.address}/peg#backstop`}>The backstop</ButtonLink>
              ) : (
                <Button onClick={() => setChoice({ way, row: undefined })}>New request</Button>
              )
            }
          >
            {row === undefined ? <Asked flow={flow} way={way} amount={amount} /> : <Request flow={flow} row={row} />}
          </Sign>
        }
      />
      <Below
        flow={flow}
        draft={depositing && amount !== undefined && !givesBack(flow.backstop) ? sharesFor(flow.backstop, amount) : 0n}
      />
    </>
  );
}

function Known({ shared, view }: { shared: Shared; view: NonNullable<Shared['synthetic']['backstop']> }): ReactNode {
  return <Deposits flow={useBackstopFlow(shared, view)} />;
}

/** Deposit to the backstop, withdraw from it, and set it off. */
export function BackstopDeposits({ shared }: { shared: Shared }): ReactNode {
  const { backstop, address, symbol } = shared.synthetic;
  if (backstop !== null) return <Known shared={shared} view={backstop} />;
  return (
    <>
      <h1>No backstop</h1>
      <EmptyState
        title={`${symbol} has no backstop`}
        actions={
          <ButtonLink to={`/synthetic/${address}/peg#order`} look="primary">
            Who pays a loss
          </ButtonLink>
        }
      >
        After interest and surplus, a loss is shared by all holders alike.
      </EmptyState>
    </>
  );
}
