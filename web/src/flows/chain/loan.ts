import type { Address, PublicClient } from 'viem';
import { ApiError, read } from '../../api/client';
import type { AsOf, Loan as ApiLoan } from '../../api/types';
import { revertSentence } from '../../contracts/revert';
import type { Loan } from '../calc/loans';
import type { Flow } from '../useFlow';
import { readLoan } from './state';

export interface OpenLoan extends Loan {
  readonly id: bigint;
  readonly borrower: Address;
}

/** The number of a loan as people see it: the low 32 bits of its id. */
export function loanNumber(id: bigint): string {
  return (id & 0xffff_ffffn).toString();
}

export function openLoanOf(loan: ApiLoan): OpenLoan {
  return {
    id: BigInt(loan.loan),
    borrower: loan.borrower as Address,
    collateral: BigInt(loan.collateral),
    principal: loan.principal.map(BigInt),
    deadline: loan.deadline,
    graceEnd: loan.grace_end,
  };
}

/** The open loan with this id, or null where there is none. */
export async function readAnyLoan(
  flow: Pick<Flow, 'token' | 'units'>,
  id: bigint,
  client: PublicClient | undefined,
  signal: AbortSignal,
): Promise<OpenLoan | null> {
  if (client !== undefined) {
    try {
      return { id, ...(await readLoan(client, flow.token.reserve, id)) };
    } catch (error) {
      if (revertSentence(error, flow.units) !== undefined) return null;
      throw error;
    }
  }
  try {
    const path = `/v1/tokens/${flow.token.token}/loans/${id}`;
    const answer = await read<{ as_of: AsOf; loan: ApiLoan }>(path, {}, signal);
    return answer.loan.phase === 'closed' ? null : openLoanOf(answer.loan);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
