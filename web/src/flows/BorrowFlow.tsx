import { useState, type ReactNode } from 'react';
import type { Address } from 'viem';
import { sentence } from '../contracts/sentences';
import { bpsText, durationText, exactDecimal, shareText } from '../format';
import { Button, ButtonLink, Notice, Time } from '../ui';
import { TOKEN_DECIMALS, feeUp, least, sum } from './calc/arithmetic';
import { backingOf } from './calc/ledger';
import { MAX_COLLATERAL, borrow as compute, ltvBps, maxBorrow, type Borrowing } from './calc/loans';
import { borrow as borrowCall } from './chain/calls';
import { borrowedEvent } from './chain/outcome';
import { coverageLine, floorLines } from './figures';
import { FlowFrame, noBalance, PausedNotice } from './FlowFrame';
import { parseAmount, valueOf, type Typed } from './input';
import { AmountEntry, AssetAmounts, Check, Lines, Part, Risks, TokenAmount } from './parts';
import { assetFacts, timeFact, tokenFact, type Plan, fullText } from './plan';
import { useWrappedIndex } from './RedeemFlow';
import { Sign } from './Sign';
import type { Flow } from './useFlow';

/** What is typed on this page. */
interface Draft {
  readonly collateral: string;
  readonly principal: readonly string[];
  readonly unwrap: boolean;
}

/** What the typed texts mean; nothing typed for an asset is nothing borrowed of it. */
function readDraft(flow: Flow, draft: Draft) {
  const held = flow.state?.tokens;
  const most = least(held ?? flow.ledger.claims, MAX_COLLATERAL);
  const collateral = parseAmount(draft.collateral, {
    decimals: TOKEN_DECIMALS,
    unit: flow.token.symbol,
    max: most,
    maxIs: held === undefined ? 'all there are' : 'your balance',
  });
  const locked = valueOf(collateral);
  const allowed = maxBorrow(flow.ledger, flow.terms, locked ?? 0n);
  const principal = flow.assets.map((asset, index) =>
    parseAmount(draft.principal[index] ?? '', {
      decimals: asset.decimals,
      unit: asset.symbol,
      min: 0n,
      ...(locked === undefined ? {} : { max: allowed[index] ?? 0n, maxIs: 'what this collateral allows' }),
    }),
  );
  const bad = principal.some((one) => one.state === 'fault');
  const amounts = principal.map((one) => valueOf(one) ?? 0n);
  const ready = locked !== undefined && !bad && sum(amounts) > 0n;
  const outcome = ready ? compute(flow.ledger, flow.terms, locked, amounts, flow.now) : undefined;
  return { collateral, principal, allowed, locked, amounts, outcome };
}

type Read = ReturnType<typeof readDraft>;

function planOf(flow: Flow, read: Read, done: Borrowing, unwrap: boolean): Plan | null {
  if (flow.wallet.status !== 'ready' || read.locked === undefined || flow.state === undefined) return null;
  const reserve = flow.token.reserve as Address;
  const borrowed = flow.assets
    .map((asset, index) => ({ asset, amount: read.amounts[index] ?? 0n }))
    .filter(({ amount }) => amount > 0n)
    .map(({ asset, amount }) => `${fullText(amount, asset.decimals, asset.symbol)}`);
  const facts = (
    collateral: bigint,
    principal: readonly bigint[],
    fees: readonly bigint[],
    deadline: number | bigint,
  ) => [
    timeFact('Deadline', deadline),
    tokenFact('Locked', collateral, flow.token.symbol),
    ...assetFacts('Owed', principal, flow.assets),
    ...assetFacts('Fee withheld', fees, flow.assets),
  ];
  return {
    label: `Borrow ${borrowed.join(' and ')}`,
    needs: [],
    call: borrowCall(reserve, read.locked, read.amounts, flow.wallet.account, unwrap),
    expected: facts(read.locked, read.amounts, done.fees, done.deadline),
    actual: ({ logs }) => {
      const said = borrowedEvent(logs, reserve);
      return said === undefined ? [] : facts(said.collateral, said.principal, said.fees, said.deadline);
    },
  };
}

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
  const wrapped = useWrappedIndex(flow);
  const setPrincipal = (index: number, text: string) =>
    onDraft({ ...draft, principal: flow.assets.map((_, at) => (at === index ? text : (draft.principal[at] ?? ''))) });
  const all = () =>
    onDraft({
      ...draft,
      principal: flow.assets.map((asset, index) => exactDecimal(read.allowed[index] ?? 0n, asset.decimals)),
    });
  return (
    <fieldset className="flow__entries" disabled={busy}>
      <AmountEntry
        label="Collateral"
        text={draft.collateral}
        onText={(collateral) => onDraft({ ...draft, collateral })}
        typed={read.collateral}
        unit={flow.token.symbol}
        decimals={TOKEN_DECIMALS}
        most={flow.state === undefined ? undefined : least(flow.state.tokens, MAX_COLLATERAL)}
        hint="Locked in the reserve until you repay. It stays yours and cannot be used meanwhile."
        disabled={busy}
      />
      {flow.assets.map((asset, index) => (
        <AmountEntry
          key={asset.address}
          label={flow.assets.length === 1 ? 'Amount to borrow' : `${asset.symbol} to borrow`}
          text={draft.principal[index] ?? ''}
          onText={(text) => setPrincipal(index, text)}
          typed={read.principal[index] as Typed<bigint>}
          unit={asset.symbol}
          decimals={asset.decimals}
          most={read.locked === undefined ? undefined : read.allowed[index]}
          disabled={busy}
        />
      ))}
      {flow.assets.length > 1 && read.locked !== undefined ? (
        <div>
          <Button small onClick={all} disabled={busy}>
            The most of every asset
          </Button>
        </div>
      ) : null}
      {wrapped === -1 ? null : (
        <Check
          label={`Unwrap ${flow.assets[wrapped]?.symbol ?? ''}`}
          hint="You receive the native currency. You repay in the wrapped token."
          checked={draft.unwrap}
          onChange={(unwrap) => onDraft({ ...draft, unwrap })}
        />
      )}
    </fieldset>
  );
}

function Outcome({ flow, read, done }: { flow: Flow; read: Read; done: Borrowing | undefined }): ReactNode {
  if (done === undefined || read.locked === undefined) {
    return <p className="quiet">Type the collateral and an amount to see the loan.</p>;
  }
  const held = flow.state?.tokens;
  const { symbol } = flow.token;
  return (
    <Lines
      lines={[
        { label: 'You receive', after: <AssetAmounts values={done.received} assets={flow.assets} /> },
        { label: 'You owe', after: <AssetAmounts values={read.amounts} assets={flow.assets} /> },
        { label: 'Locked', after: <TokenAmount value={read.locked} symbol={symbol} /> },
        ...(held === undefined
          ? []
          : [
              {
                label: 'Your free balance',
                before: <TokenAmount value={held} symbol={symbol} />,
                after: <TokenAmount value={held - read.locked} symbol={symbol} />,
              },
            ]),
        {
          label: `Owed over backing, at most ${bpsText(flow.terms.ltvBps)}`,
          after: shareText(ltvBps(done.after, read.locked, read.amounts)),
        },
        { label: 'Deadline', after: <Time at={done.deadline} /> },
        { label: 'Foreclosed by anyone from', after: <Time at={done.graceEnd} /> },
        coverageLine(flow, done.after),
        ...floorLines(flow, done.after).map(({ label, after }) => ({ label: `${label}, unchanged`, after })),
      ]}
    />
  );
}

function Costs({ flow, read, done }: { flow: Flow; read: Read; done: Borrowing | undefined }): ReactNode {
  const { termFeeBps, termSecs } = flow.terms;
  const again = read.amounts.map((amount) => feeUp(amount, termFeeBps));
  return (
    <Lines
      lines={[
        {
          label: `Fee for the first ${durationText(termSecs)}, ${bpsText(termFeeBps)}, withheld`,
          after: done === undefined ? 'of what you borrow' : <AssetAmounts values={done.fees} assets={flow.assets} />,
        },
        {
          label: `Each further ${durationText(termSecs)}, if you extend`,
          after: done === undefined ? bpsText(termFeeBps) : <AssetAmounts values={again} assets={flow.assets} />,
        },
      ]}
    />
  );
}

/** Borrow from the reserve against the backing of one's tokens. */
export function BorrowFlow({ flow }: { flow: Flow }): ReactNode {
  const [draft, setDraft] = useState<Draft>({ collateral: '', principal: [], unwrap: false });
  const [busy, setBusy] = useState(false);
  const { symbol } = flow.token;
  const read = readDraft(flow, draft);
  const done = read.outcome === undefined || read.outcome.refused !== undefined ? undefined : read.outcome;
  const refused = read.outcome?.refused;
  const held = flow.state?.tokens;
  return (
    <FlowFrame
      flow={flow}
      title={`Borrow against ${symbol}`}
      lead="Lock tokens and borrow up to a fixed share of what backs them. No market price can liquidate the loan; only its deadline counts."
      entries={
        <Part title="What you have">
          <PausedNotice flow={flow} what="Borrowing" />
          <Lines
            lines={[
              {
                label: 'Your balance',
                after: held === undefined ? noBalance(flow) : <TokenAmount value={held} symbol={symbol} />,
              },
              ...(held === undefined
                ? []
                : [
                    {
                      label: 'Backed by',
                      after: <AssetAmounts values={backingOf(flow.ledger, held)} assets={flow.assets} />,
                    },
                    {
                      label: 'The most you can borrow',
                      after: (
                        <AssetAmounts
                          values={maxBorrow(flow.ledger, flow.terms, least(held, MAX_COLLATERAL))}
                          assets={flow.assets}
                        />
                      ),
                    },
                  ]),
            ]}
          />
          <Entries flow={flow} draft={draft} read={read} onDraft={setDraft} busy={busy} />
        </Part>
      }
      outcome={
        <Sign
          plan={done === undefined || flow.pausedUntil > flow.now ? null : planOf(flow, read, done, draft.unwrap)}
          missing={
            flow.pausedUntil > flow.now ? 'Borrowing is paused.' : 'Type the collateral and an amount to borrow.'
          }
          units={flow.units}
          onBusy={setBusy}
          onDone={() => setDraft({ collateral: '', principal: [], unwrap: draft.unwrap })}
          after={({ logs }) => <OpenedLoan flow={flow} loan={borrowedEvent(logs, flow.token.reserve)?.loanId} />}
        >
          {refused === undefined ? null : (
            <Notice
              kind="watch"
              title={sentence({ name: refused.error, values: refused.fields }, flow.units)}
              role="alert"
            />
          )}
          <Part title="What will happen">
            <Outcome flow={flow} read={read} done={done} />
          </Part>
          <Part title="What it costs">
            <Costs flow={flow} read={read} done={done} />
          </Part>
          <Part title="What could go wrong">
            <Risks
              risks={[
                `Miss the deadline and the ${durationText(flow.terms.graceSecs)} of grace after it, and anybody may foreclose: you lose the collateral for good and keep what you borrowed.`,
                'Nothing reminds you on the chain. Set an alert on your account page, or extend in time.',
                'You owe units of the asset, whatever it is worth then.',
                'While the tokens are locked you can neither sell nor redeem them.',
              ]}
            />
          </Part>
        </Sign>
      }
    />
  );
}

function OpenedLoan({ flow, loan }: { flow: Flow; loan: bigint | undefined }): ReactNode {
  if (loan === undefined || flow.wallet.status !== 'ready') return null;
  return (
    <ButtonLink to={`/account/${flow.wallet.account}`} look="primary">
      See loan {(loan & 0xffff_ffffn).toString()} and set an alert
    </ButtonLink>
  );
}
