import { useState, type ReactNode } from 'react';
import type { Address } from 'viem';
import { sentence } from '../contracts/sentences';
import { bpsText, durationText, sameAddress, shareText } from '../format';
import { ButtonLink, Notice, Segments, Time } from '../ui';
import { mulDivUp } from './calc/arithmetic';
import { extend, extendByBurn, ltvBps, type Extension, type ExtensionByBurn } from './calc/loans';
import { extend as extendCall, extendByBurn as burnCall } from './chain/calls';
import { loanNumber, type OpenLoan } from './chain/loan';
import { burnReturns, extendedByBurnEvent, extendedEvent } from './chain/outcome';
import { FlowFrame } from './FlowFrame';
import { LoanGate, LoanPart } from './LoanGate';
import { AssetAmounts, Lines, Part, Risks, TokenAmount } from './parts';
import { assetFacts, timeFact, tokenFact, type Plan } from './plan';
import { needsOf, shortage } from './RepayFlow';
import { Sign } from './Sign';
import type { Flow } from './useFlow';

/** Collateral that may be burned beyond what is needed now, in percent: the figure moves with every second. */
const BURN_MARGIN_PERCENT = 1n;

type Way = 'pay' | 'burn';

function payPlan(flow: Flow, loan: OpenLoan, done: Extension): Plan | null {
  if (flow.wallet.status !== 'ready' || shortage(flow, done.fees) !== undefined) return null;
  const reserve = flow.token.reserve as Address;
  return {
    label: `Extend loan ${loanNumber(loan.id)} by ${durationText(flow.terms.termSecs)}`,
    needs: needsOf(flow, done.fees, reserve, 'the reserve'),
    call: extendCall(reserve, loan.id),
    expected: [...assetFacts('Fee paid', done.fees, flow.assets), timeFact('New deadline', done.deadline)],
    actual: ({ logs }) => {
      const said = extendedEvent(logs, reserve);
      return said === undefined
        ? []
        : [...assetFacts('Fee paid', said.fees, flow.assets), timeFact('New deadline', said.deadline)];
    },
  };
}

function burnPlan(flow: Flow, loan: OpenLoan, done: ExtensionByBurn): Plan | null {
  if (flow.wallet.status !== 'ready') return null;
  const reserve = flow.token.reserve as Address;
  const burned = (amount: bigint) => tokenFact('Collateral burned', amount, flow.token.symbol);
  return {
    label: `Burn collateral and extend by ${durationText(flow.terms.termSecs)}`,
    needs: [],
    call: burnCall(reserve, loan.id, mulDivUp(done.burned, 100n + BURN_MARGIN_PERCENT, 100n)),
    expected: [burned(done.burned), timeFact('New deadline', done.deadline)],
    returned: (data) => [burned(burnReturns(data))],
    actual: ({ logs }) => {
      const said = extendedByBurnEvent(logs, reserve);
      return said === undefined ? [] : [burned(said.burned), timeFact('New deadline', said.deadline)];
    },
  };
}

function Outcome({
  flow,
  loan,
  pay,
  burn,
}: {
  flow: Flow;
  loan: OpenLoan;
  pay?: Extension | undefined;
  burn?: ExtensionByBurn | undefined;
}): ReactNode {
  const done = pay ?? burn;
  if (done === undefined) return <p className="quiet">This way is not open at the moment.</p>;
  const collateral = burn?.collateral ?? loan.collateral;
  return (
    <Lines
      lines={[
        { label: 'Deadline', before: <Time at={loan.deadline} />, after: <Time at={done.deadline} /> },
        { label: 'Foreclosed by anyone from', before: <Time at={loan.graceEnd} />, after: <Time at={done.graceEnd} /> },
        ...(burn === undefined
          ? []
          : [
              {
                label: 'Locked',
                before: <TokenAmount value={loan.collateral} symbol={flow.token.symbol} />,
                after: <TokenAmount value={collateral} symbol={flow.token.symbol} />,
              },
            ]),
        {
          label: 'Owed over backing',
          before: shareText(ltvBps(flow.ledger, loan.collateral, loan.principal)),
          after: shareText(ltvBps(done.after, collateral, loan.principal)),
        },
      ]}
    />
  );
}

function ExtendLoan({ flow, loan }: { flow: Flow; loan: OpenLoan }): ReactNode {
  const [way, setWay] = useState<Way>('pay');
  const [busy, setBusy] = useState(false);
  const mine = flow.wallet.status === 'ready' && sameAddress(flow.wallet.account, loan.borrower);
  const outcome =
    way === 'pay'
      ? extend(flow.ledger, flow.terms, loan, flow.now)
      : extendByBurn(flow.ledger, flow.terms, loan, flow.now);
  const refused = outcome.refused;
  const pay = way === 'pay' && refused === undefined ? (outcome as Extension) : undefined;
  const burn = way === 'burn' && refused === undefined ? (outcome as ExtensionByBurn) : undefined;
  const short = pay === undefined ? undefined : shortage(flow, pay.fees);
  const notMine = way === 'burn' && flow.wallet.status === 'ready' && !mine;
  const plan =
    pay !== undefined ? payPlan(flow, loan, pay) : burn !== undefined && !notMine ? burnPlan(flow, loan, burn) : null;
  return (
    <FlowFrame
      flow={flow}
      title={`Extend loan ${loanNumber(loan.id)} of ${flow.token.symbol}`}
      lead={`Add one term of ${durationText(flow.terms.termSecs)} to the old deadline, at most twelve terms ahead of now.`}
      entries={
        <LoanPart flow={flow} loan={loan}>
          <fieldset className="flow__entries" disabled={busy}>
            <Segments
              label="How to pay for the term"
              options={[
                ['pay', 'Pay the fee'],
                ['burn', 'Burn collateral'],
              ]}
              selected={way}
              onSelect={setWay}
            />
            <p className="field__hint">
              {way === 'pay'
                ? 'Anybody may pay the fee, in the assets that are owed.'
                : 'Only the borrower. Needs none of the assets, so a frozen asset cannot force a default.'}
            </p>
          </fieldset>
        </LoanPart>
      }
      outcome={
        <Sign
          plan={plan}
          missing={
            short === undefined
              ? 'Choose another way, or wait.'
              : 'Bring more of the asset to this account, or burn collateral.'
          }
          units={flow.units}
          onBusy={setBusy}
          after={() => <ButtonLink to={`/account/${loan.borrower}`}>Balances and loans</ButtonLink>}
        >
          {refused === undefined ? null : (
            <Notice
              kind="watch"
              title={sentence({ name: refused.error, values: { ...refused.fields, loanId: loan.id } }, flow.units)}
              role="alert"
            />
          )}
          {notMine ? (
            <Notice kind="watch" title="Only the borrower may burn the collateral" role="alert">
              Connect {loan.borrower}, or pay the fee instead.
            </Notice>
          ) : null}
          <Part title="What will happen">
            <Outcome flow={flow} loan={loan} pay={pay} burn={burn} />
          </Part>
          <Part title="What it costs">
            <Lines
              lines={[
                pay !== undefined
                  ? {
                      label: `Term fee, ${bpsText(flow.terms.termFeeBps)} of what is owed`,
                      after: <AssetAmounts values={pay.fees} assets={flow.assets} />,
                    }
                  : {
                      label: `Collateral worth the fee, at most ${BURN_MARGIN_PERCENT} % more`,
                      after:
                        burn === undefined ? (
                          'not possible now'
                        ) : (
                          <TokenAmount value={burn.burned} symbol={flow.token.symbol} />
                        ),
                    },
              ]}
            />
            {short === undefined ? null : <Notice kind="watch" title={short} role="alert" />}
          </Part>
          <Part title="What could go wrong">
            <Risks
              risks={[
                'The fee is gone whether or not you use the time. Repaying early gives none of it back.',
                'After the new deadline and its grace anybody may foreclose.',
                ...(way === 'burn' ? ['Burned collateral does not come back when you repay.'] : []),
              ]}
            />
          </Part>
        </Sign>
      }
    />
  );
}

/** One more term for a loan. */
export function ExtendFlow({ flow }: { flow: Flow }): ReactNode {
  return (
    <LoanGate
      flow={flow}
      action="extend"
      title={() => `Extend a loan of ${flow.token.symbol}`}
      lead={`Add one term of ${durationText(flow.terms.termSecs)} to the old deadline, at most twelve terms ahead of now.`}
    >
      {(loan) => <ExtendLoan key={String(loan.id)} flow={flow} loan={loan} />}
    </LoanGate>
  );
}
