import { useState, type ReactNode } from 'react';
import { shareText } from '../format';
import { Address, ButtonLink, EmptyState, ErrorState, Notice, SkeletonRows, Time } from '../ui';
import { ltvBps } from './calc/loans';
import { loanNumber, type OpenLoan } from './chain/loan';
import { FlowFrame } from './FlowFrame';
import { LoanPicker, timeLeft, useNamedLoan } from './LoanPicker';
import { AssetAmounts, Lines, Part, TokenAmount } from './parts';
import { useLoan } from './useLoan';
import type { Flow } from './useFlow';

/** A loan as its flows show it first. */
export function LoanFacts({ flow, loan }: { flow: Flow; loan: OpenLoan }): ReactNode {
  return (
    <Lines
      lines={[
        { label: 'Borrower', after: <Address value={loan.borrower} /> },
        { label: 'Owed', after: <AssetAmounts values={loan.principal} assets={flow.assets} /> },
        { label: 'Locked', after: <TokenAmount value={loan.collateral} symbol={flow.token.symbol} /> },
        { label: 'Owed over backing', after: shareText(ltvBps(flow.ledger, loan.collateral, loan.principal)) },
        {
          label: 'Deadline',
          after: (
            <>
              <Time at={loan.deadline} />, {timeLeft(loan.deadline, loan.graceEnd, flow.now)}
            </>
          ),
        },
        { label: 'Foreclosed by anyone from', after: <Time at={loan.graceEnd} /> },
      ]}
    />
  );
}

/** Finds the loan that the address names and hands it on; or says what to do where there is none. */
export function LoanGate({
  flow,
  action,
  title,
  lead,
  children,
}: {
  flow: Flow;
  action: string;
  title: (number: string) => string;
  lead: string;
  children: (loan: OpenLoan) => ReactNode;
}): ReactNode {
  const named = useNamedLoan();
  const query = useLoan(flow, named ?? undefined);
  // A loan that was open on this page stays, so that the result of closing it does not vanish with it.
  const [seen, setSeen] = useState<OpenLoan | null>(null);
  if (query.data && query.data !== seen) setSeen(query.data);
  const frame = (entries: ReactNode) => (
    <FlowFrame flow={flow} title={title('')} lead={lead} entries={entries} outcome={null} />
  );
  if (named === null) {
    return frame(
      <Notice kind="watch" title="loan: this address does not name a loan" role="alert">
        The number after ?loan= must be the id of a loan, at most 78 digits. Choose one below.
      </Notice>,
    );
  }
  if (named === undefined) return frame(<LoanPicker flow={flow} action={action} />);
  if (query.data === undefined) {
    if (query.isError)
      return frame(<ErrorState error={query.error} onRetry={() => void query.refetch()} what="the loan" />);
    return frame(<SkeletonRows what="the loan" />);
  }
  if (query.data === null && seen?.id === named) return children(seen);
  if (query.data === null) {
    return frame(
      <EmptyState
        title={`Loan ${loanNumber(named)} is not open`}
        actions={<ButtonLink to={`/token/${flow.token.token}#loans`}>All loans of {flow.token.symbol}</ButtonLink>}
      >
        It was repaid or foreclosed, or never existed. Nothing is owed under it.
      </EmptyState>,
    );
  }
  return children(query.data);
}

/** Said where a loan's grace has ended. */
export function ExpiredNotice({ flow, loan }: { flow: Flow; loan: OpenLoan }): ReactNode {
  if (flow.now < loan.graceEnd) return null;
  return (
    <Notice
      kind="breach"
      title="The grace of this loan has ended"
      action={<ButtonLink to={`/token/${flow.token.token}/foreclose`}>Foreclosure</ButtonLink>}
    >
      It can be neither repaid nor extended. Anybody may foreclose it: the collateral is burned, the borrower keeps what
      was borrowed and owes nothing.
    </Notice>
  );
}

/** A part of a flow that only names the loan. */
export function LoanPart({ flow, loan, children }: { flow: Flow; loan: OpenLoan; children?: ReactNode }): ReactNode {
  return (
    <Part title="What you have">
      <ExpiredNotice flow={flow} loan={loan} />
      <LoanFacts flow={flow} loan={loan} />
      {children}
    </Part>
  );
}
