import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { read } from '../api/client';
import type { Loan, Page } from '../api/types';
import { durationText, utcText } from '../format';
import { EmptyState, ErrorState, SkeletonRows, Table } from '../ui';
import { loanNumber } from './chain/loan';
import { AssetAmounts, TokenAmount } from './parts';
import type { Flow } from './useFlow';

/** The loan that the address names, as `?loan=`; undefined where none is, null where the text is no loan. */
export function useNamedLoan(): bigint | null | undefined {
  const [search] = useSearchParams();
  const text = search.get('loan');
  if (text === null || text === '') return undefined;
  return /^\d{1,78}$/.test(text) ? BigInt(text) : null;
}

/** How long a loan still has, in words. */
export function timeLeft(deadline: number, graceEnd: number, now: number): string {
  if (now < deadline) return `${durationText(deadline - now)} left`;
  if (now < graceEnd) return `in grace, ${durationText(graceEnd - now)} left`;
  return 'past its grace';
}

/** The open loans of the connected account, to choose one. */
export function LoanPicker({ flow, action }: { flow: Flow; action: string }): ReactNode {
  const account = flow.wallet.status === 'ready' ? flow.wallet.account : undefined;
  const loans = useQuery({
    queryKey: ['token', flow.token.token.toLowerCase(), 'loans', { borrower: account }],
    enabled: account !== undefined,
    queryFn: ({ signal }) =>
      read<Page<Loan>>(
        `/v1/tokens/${flow.token.token}/loans`,
        { status: 'open', borrower: account, sort: 'deadline', limit: 100 },
        signal,
      ),
  });
  if (account === undefined) {
    return (
      <EmptyState title="Which loan?">
        Connect a wallet to see your loans, or open one from the token's list.
      </EmptyState>
    );
  }
  if (loans.isError) return <ErrorState error={loans.error} onRetry={() => void loans.refetch()} what="your loans" />;
  if (loans.data === undefined) return <SkeletonRows what="your loans" />;
  if (loans.data.data.length === 0) {
    return (
      <EmptyState title="You have no open loan of this token">
        A loan shows here as soon as its block is indexed.
      </EmptyState>
    );
  }
  return (
    <Table
      caption="Your open loans"
      rows={loans.data.data}
      rowKey={(loan) => loan.loan}
      columns={[
        {
          key: 'loan',
          title: 'Loan',
          heading: true,
          cell: (loan) => (
            <Link to={`/token/${flow.token.token}/${action}?loan=${loan.loan}`}>
              Loan {loanNumber(BigInt(loan.loan))}
            </Link>
          ),
        },
        {
          key: 'owed',
          title: 'Owed',
          number: true,
          cell: (loan) => <AssetAmounts values={loan.principal.map(BigInt)} assets={flow.assets} />,
        },
        {
          key: 'locked',
          title: 'Locked',
          number: true,
          cell: (loan) => <TokenAmount value={BigInt(loan.collateral)} symbol={flow.token.symbol} />,
        },
        {
          key: 'deadline',
          title: 'Deadline',
          number: true,
          cell: (loan) => (
            <span title={utcText(loan.deadline)}>{timeLeft(loan.deadline, loan.grace_end, flow.now)}</span>
          ),
        },
      ]}
    />
  );
}
