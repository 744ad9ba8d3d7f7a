import { useQueries } from '@tanstack/react-query';
import { read } from '../api/client';
import type { Account, Loan } from '../api/types';
import { useWatch } from './watch';

/** How often watched accounts are read again. */
const READ_EVERY_MS = 30_000;

/** A loan that is closer to its deadline than a threshold. */
export interface Alert {
  readonly loan: Loan;
  readonly account: string;
  /** The threshold that was passed, the closest one; seconds. */
  readonly beforeSecs: number;
  /** Seconds to the deadline at the chain's time; below zero in grace and after. */
  readonly secsLeft: number;
  /** Seconds to the end of grace. */
  readonly graceLeft: number;
  /** Names loan, deadline and threshold, so that nothing is told twice. */
  readonly key: string;
}

/** The alerts among `loans` at the chain's time `now`, the most urgent first. */
export function alertsOf(account: string, loans: readonly Loan[], now: number, beforeSecs: readonly number[]): Alert[] {
  const found = loans.flatMap((loan) => {
    if (loan.phase === 'closed') return [];
    const secsLeft = loan.deadline - now;
    const passed = beforeSecs.filter((secs) => secsLeft <= secs);
    if (passed.length === 0) return [];
    const closest = Math.min(...passed);
    const key = `${loan.reserve.toLowerCase()}:${loan.loan}:${loan.deadline}:${closest}`;
    return [{ loan, account, beforeSecs: closest, secsLeft, graceLeft: loan.grace_end - now, key }];
  });
  return found.sort((one, other) => one.secsLeft - other.secsLeft);
}

/** The alerts of every watched account, at the chain's own time. */
export function useAlerts(): { alerts: readonly Alert[]; failed: boolean } {
  const { accounts, beforeSecs } = useWatch();
  const answers = useQueries({
    queries: accounts.map((account) => ({
      queryKey: ['account', account.toLowerCase()],
      refetchInterval: READ_EVERY_MS,
      queryFn: ({ signal }: { signal: AbortSignal }) => read<Account>(`/v1/accounts/${account}`, {}, signal),
    })),
  });
  const alerts = answers.flatMap((answer, index) =>
    answer.data === undefined
      ? []
      : alertsOf(accounts[index] ?? '', answer.data.loans, answer.data.as_of.time, beforeSecs),
  );
  return {
    alerts: [...alerts].sort((one, other) => one.secsLeft - other.secsLeft),
    failed: answers.some((answer) => answer.isError && answer.data === undefined),
  };
}
