import { useState, type ReactNode } from 'react';
import type { Address } from 'viem';
import { sentence } from '../contracts/sentences';
import { exactDecimal, sameAddress, shareText } from '../format';
import { ButtonLink, Notice, Segments } from '../ui';
import { least } from './calc/arithmetic';
import { ltvBps, repay as compute, type Repayment } from './calc/loans';
import { repay as repayCall } from './chain/calls';
import { loanNumber, type OpenLoan } from './chain/loan';
import { repaidEvent, repayReturns } from './chain/outcome';
import { coverageLine } from './figures';
import { FlowFrame } from './FlowFrame';
import { parseAmount, valueOf, type Typed } from './input';
import { LoanGate, LoanPart } from './LoanGate';
import { AmountEntry, AssetAmount, AssetAmounts, Lines, Part, Risks, TokenAmount } from './parts';
import { assetFacts, tokenFact, type Need, type Plan, fullText } from './plan';
import { Sign } from './Sign';
import type { Flow } from './useFlow';

/** What a contract may take, one need for each asset with an amount. */
export function needsOf(flow: Flow, amounts: readonly bigint[], spender: string, spenderName: string): Need[] {
  return flow.assets.flatMap((asset, index) => {
    const amount = amounts[index] ?? 0n;
    return amount === 0n ? [] : [{ asset, amount, spender: spender as Address, spenderName }];
  });
}

/** The first asset of which the account has less than `amounts` wants, in words. */
export function shortage(flow: Flow, amounts: readonly bigint[]): string | undefined {
  if (flow.state === undefined) return undefined;
  for (const [index, asset] of flow.assets.entries()) {
    const [wanted, held] = [amounts[index] ?? 0n, flow.state.assets[index] ?? 0n];
    if (wanted > held) {
      return `balance: you have ${fullText(held, asset.decimals, asset.symbol)}, ${exactDecimal(wanted, asset.decimals)} is needed.`;
    }
  }
  return undefined;
}

function planOf(flow: Flow, loan: OpenLoan, done: Repayment): Plan | null {
  if (flow.wallet.status !== 'ready' || shortage(flow, done.taken) !== undefined) return null;
  const reserve = flow.token.reserve as Address;
  const paid = flow.assets
    .map((asset, index) => ({ asset, amount: done.taken[index] ?? 0n }))
    .filter(({ amount }) => amount > 0n)
    .map(({ asset, amount }) => `${fullText(amount, asset.decimals, asset.symbol)}`);
  const released = (amount: bigint) => tokenFact('Released to the borrower', amount, flow.token.symbol);
  return {
    label: `Repay ${paid.join(' and ')}`,
    needs: needsOf(flow, done.taken, reserve, 'the reserve'),
    call: repayCall(reserve, loan.id, done.taken),
    expected: [...assetFacts('Paid', done.taken, flow.assets), released(done.released)],
    returned: (data) => [released(repayReturns(data))],
    actual: ({ logs }) => {
      const said = repaidEvent(logs, reserve);
      return said === undefined ? [] : [...assetFacts('Paid', said.amounts, flow.assets), released(said.released)];
    },
  };
}

function Outcome({ flow, loan, done }: { flow: Flow; loan: OpenLoan; done: Repayment }): ReactNode {
  const rest = loan.collateral - done.released;
  return (
    <Lines
      lines={[
        { label: 'You pay', after: <AssetAmounts values={done.taken} assets={flow.assets} /> },
        { label: 'Released to the borrower', after: <TokenAmount value={done.released} symbol={flow.token.symbol} /> },
        {
          label: 'Still owed',
          after: done.closed ? 'nothing, the loan is closed' : <AssetAmounts values={done.left} assets={flow.assets} />,
        },
        ...(done.closed
          ? []
          : [
              { label: 'Still locked', after: <TokenAmount value={rest} symbol={flow.token.symbol} /> },
              {
                label: 'Owed over backing',
                before: shareText(ltvBps(flow.ledger, loan.collateral, loan.principal)),
                after: shareText(ltvBps(done.after, rest, done.left)),
              },
            ]),
        coverageLine(flow, done.after),
      ]}
    />
  );
}

/** How much is repaid, as it is chosen and typed. */
interface Draft {
  readonly kind: 'all' | 'part';
  readonly texts: readonly string[];
}

function readDraft(flow: Flow, loan: OpenLoan, draft: Draft) {
  const owed = flow.assets.map((_, index) => loan.principal[index] ?? 0n);
  const typed: Typed<bigint>[] = flow.assets.map((asset, index) =>
    parseAmount(draft.texts[index] ?? '', {
      decimals: asset.decimals,
      unit: asset.symbol,
      min: 0n,
      max: owed[index] ?? 0n,
      maxIs: 'what is owed',
    }),
  );
  const amounts = draft.kind === 'all' ? owed : typed.map((one) => valueOf(one) ?? 0n);
  const faulty = draft.kind === 'part' && typed.some((one) => one.state === 'fault');
  const empty = amounts.every((amount) => amount === 0n);
  const outcome = faulty || empty ? undefined : compute(flow.ledger, loan, amounts, flow.now);
  const done = outcome === undefined || outcome.refused !== undefined ? undefined : outcome;
  return { owed, typed, refused: outcome?.refused, done, short: done && shortage(flow, done.taken) };
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
  read: ReturnType<typeof readDraft>;
  onDraft: (draft: Draft) => void;
  busy: boolean;
}): ReactNode {
  const set = (index: number, text: string) =>
    onDraft({ ...draft, texts: flow.assets.map((_, at) => (at === index ? text : (draft.texts[at] ?? ''))) });
  const owedAssets = flow.assets.map((asset, index) => ({ asset, index, owed: read.owed[index] ?? 0n }));
  return (
    <fieldset className="flow__entries" disabled={busy}>
      <Segments
        label="How much to repay"
        options={[
          ['all', 'Everything'],
          ['part', 'A part'],
        ]}
        selected={draft.kind}
        onSelect={(kind) => onDraft({ ...draft, kind })}
      />
      {(draft.kind === 'all' ? [] : owedAssets.filter(({ owed }) => owed > 0n)).map(({ asset, index, owed }) => (
        <AmountEntry
          key={asset.address}
          label={flow.assets.length === 1 ? 'Amount to repay' : `${asset.symbol} to repay`}
          text={draft.texts[index] ?? ''}
          onText={(text) => set(index, text)}
          typed={read.typed[index] as Typed<bigint>}
          unit={asset.symbol}
          decimals={asset.decimals}
          most={least(owed, flow.state?.assets[index] ?? owed)}
          hint={
            flow.state === undefined ? undefined : (
              <>
                You have <AssetAmount value={flow.state.assets[index] ?? 0n} asset={asset} />
              </>
            )
          }
          disabled={busy}
        />
      ))}
    </fieldset>
  );
}

function Consequences({
  flow,
  loan,
  read,
}: {
  flow: Flow;
  loan: OpenLoan;
  read: ReturnType<typeof readDraft>;
}): ReactNode {
  const { refused, done, short } = read;
  const values = { ...refused?.fields, loanId: loan.id };
  return (
    <>
      {refused === undefined ? null : (
        <Notice kind="watch" title={sentence({ name: refused.error, values }, flow.units)} role="alert" />
      )}
      <Part title="What will happen">
        {done === undefined ? (
          <p className="quiet">Type how much you want to repay.</p>
        ) : (
          <Outcome flow={flow} loan={loan} done={done} />
        )}
      </Part>
      <Part title="What it costs">
        <p>Repaying has no fee of its own. Unused time of the term is not paid back.</p>
      </Part>
      <Part title="What could go wrong">
        <Risks
          risks={[
            'With several assets owed, the least repaid share decides what is released: repay each asset in proportion.',
            'A part does not move the deadline. What is still owed is due at the same time.',
          ]}
        />
        {short === undefined ? null : <Notice kind="watch" title={short} role="alert" />}
      </Part>
    </>
  );
}

function RepayLoan({ flow, loan }: { flow: Flow; loan: OpenLoan }): ReactNode {
  const [draft, setDraft] = useState<Draft>({ kind: 'all', texts: [] });
  const [busy, setBusy] = useState(false);
  const read = readDraft(flow, loan, draft);
  const strange = flow.wallet.status === 'ready' && !sameAddress(flow.wallet.account, loan.borrower);
  return (
    <FlowFrame
      flow={flow}
      title={`Repay loan ${loanNumber(loan.id)} of ${flow.token.symbol}`}
      lead="Pay back all or a part. The collateral that comes free goes to the borrower at once."
      entries={
        <LoanPart flow={flow} loan={loan}>
          {strange ? (
            <Notice kind="watch" title="This is not your loan">
              You may repay it, but everything that is released goes to {loan.borrower}.
            </Notice>
          ) : null}
          <Entries flow={flow} draft={draft} read={read} onDraft={setDraft} busy={busy} />
        </LoanPart>
      }
      outcome={
        <Sign
          plan={read.done === undefined ? null : planOf(flow, loan, read.done)}
          missing={
            read.short === undefined
              ? 'Type how much you want to repay.'
              : 'Bring more of the asset to this account, or repay a part.'
          }
          units={flow.units}
          onBusy={setBusy}
          onDone={() => setDraft({ ...draft, texts: [] })}
          after={() => <ButtonLink to={`/account/${loan.borrower}`}>Balances and loans</ButtonLink>}
        >
          <Consequences flow={flow} loan={loan} read={read} />
        </Sign>
      }
    />
  );
}

/** Pay back a loan. */
export function RepayFlow({ flow }: { flow: Flow }): ReactNode {
  return (
    <LoanGate
      flow={flow}
      action="repay"
      title={(number) => `Repay a loan of ${flow.token.symbol}${number}`}
      lead="Pay back all or a part. The collateral that comes free goes to the borrower at once."
    >
      {(loan) => <RepayLoan key={String(loan.id)} flow={flow} loan={loan} />}
    </LoanGate>
  );
}
