import { useQuery } from '@tanstack/react-query';
import { readAnyLoan } from './chain/loan';
import type { Flow } from './useFlow';

/** A loan through the wallet, or from the server where none is connected. */
export function useLoan(flow: Flow, loan: bigint | undefined) {
  const access = flow.wallet.status === 'ready' ? flow.wallet.access : undefined;
  return useQuery({
    queryKey: ['chain-state', 'loan', flow.token.token, String(loan), access?.account],
    enabled: loan !== undefined,
    refetchInterval: 4_000,
    retry: 1,
    queryFn: ({ signal }) => readAnyLoan(flow, loan ?? 0n, access?.read, signal),
  });
}
