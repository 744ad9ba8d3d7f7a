import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Address } from 'viem';
import { read } from '../api/client';
import type { Loan, Page } from '../api/types';
import { sum, TOKEN_DECIMALS } from './calc/arithmetic';
import { foreclose as compute } from './calc/loans';
import { foreclose as forecloseCall } from './chain/calls';
import { loanNumber, openLoanOf, type OpenLoan } from './chain/loan';
import { foreclosures } from './chain/outcome';
import { floorLines } from './figures';
import { FlowFrame } from './FlowFrame';
import { AssetAmounts, Check, Lines, Part, Risks, TokenAmount } from './parts';
import { assetFacts, fullText, tokenFact, type Fact, type Plan } from './plan';
import { Sign } from './Sign';
import type { Flow } from './useFlow';
import { ButtonLink, EmptyState, ErrorState, SkeletonRows } from '../ui';
import { pluralText, shortHex } from '../format';

/** Loans closed by one transaction at most, so that it fits into a block. */
const BATCH_MAX = 25;

/** What a loan owes, one asset after the other. */
function owedText(flow: Flow, loan: OpenLoan): string {
  const parts = flow.assets.map((asset, index) => ({ asset, amount: loan.principal[index] ?? 0n }));
  const owed = parts.filter(({ amount }) => amount > 0n);
  return owed.map(({ asset, amount }) => fullText(amount, asset.decimals, asset.symbol)).join(' and ');
}

function summed(flow: Flow, lists: readonly (readonly bigint[])[]): bigint[] {
  return flow.assets.map((_, index) => sum(lists.map((list) => list[index] ?? 0n)));
}

function planOf(flow: Flow, chosen: readonly OpenLoan[]): Plan | null {
  const outcome = compute(flow.ledger, chosen);
  if (outcome.refused !== undefined) return null;
  const reserve = flow.token.reserve as Address;
  const facts = (count: number, burned: bigint, surplus: readonly bigint[]): Fact[] => [
    { label: 'Loans closed', amount: BigInt(count), decimals: 0, unit: '' },
    tokenFact('Collateral burned', burned, flow.token.symbol),
    ...assetFacts('Streams to the holders', surplus, flow.assets),
  ];
  return {
    label: `Foreclose ${pluralText(chosen.length, 'loan')}`,
    needs: [],
    call: forecloseCall(
      reserve,
      chosen.map((loan) => loan.id),
    ),
    expected: facts(chosen.length, outcome.burned, summed(flow, outcome.surplus)),
    actual: ({ logs }) => {
      const said = foreclosures(logs, reserve);
      return facts(
        said.length,
        sum(said.map((one) => one.collateral)),
        summed(
          flow,
          said.map((one) => one.surplus),
        ),
      );
    },
  };
}

function Outcome({ flow, chosen }: { flow: Flow; chosen: readonly OpenLoan[] }): ReactNode {
  const outcome = compute(flow.ledger, chosen);
  if (outcome.refused !== undefined) return <p className="quiet">Choose at least one loan.</p>;
  return (
    <Lines
      lines={[
        { label: 'Collateral burned', after: <TokenAmount value={outcome.burned} symbol={flow.token.symbol} /> },
        {
          label: 'The borrowers keep',
          after: (
            <AssetAmounts
              values={summed(
                flow,
                chosen.map((loan) => loan.principal),
              )}
              assets={flow.assets}
            />
          ),
        },
        {
          label: 'Streams to the other holders',
          after: <AssetAmounts values={summed(flow, outcome.surplus)} assets={flow.assets} />,
        },
        ...floorLines(flow, outcome.after),
      ]}
    />
  );
}

/** Close loans whose grace has ended. */
export function ForecloseFlow({ flow }: { flow: Flow }): ReactNode {
  const [left, setLeft] = useState<ReadonlySet<bigint>>(new Set());
  const [busy, setBusy] = useState(false);
  // Once something was signed its result stays, also when no loan is left to close.
  const [begun, setBegun] = useState(false);
  const query = useQuery({
    queryKey: ['token', flow.token.token.toLowerCase(), 'loans', { foreclose: true }],
    refetchInterval: 15_000,
    queryFn: ({ signal }) =>
      read<Page<Loan>>(
        `/v1/tokens/${flow.token.token}/loans`,
        { status: 'open', sort: 'deadline', limit: 100 },
        signal,
      ),
  });
  const past = (query.data?.data ?? [])
    .map(openLoanOf)
    .filter((loan) => loan.graceEnd <= flow.now)
    .slice(0, BATCH_MAX);
  const chosen = past.filter((loan) => !left.has(loan.id));
  const entries = () => {
    if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} what="the loans" />;
    if (query.data === undefined) return <SkeletonRows what="the loans" />;
    if (past.length === 0) {
      return (
        <EmptyState
          title="No loan is past its grace"
          actions={<ButtonLink to={`/token/${flow.token.token}#loans`}>All loans</ButtonLink>}
        >
          A loan shows here from the second on in which its grace ends.
        </EmptyState>
      );
    }
    return (
      <fieldset className="choices" disabled={busy}>
        <legend>Loans past their grace</legend>
        {past.map((loan) => (
          <Check
            key={String(loan.id)}
            label={`Loan ${loanNumber(loan.id)} of ${shortHex(loan.borrower)}`}
            hint={`${fullText(loan.collateral, TOKEN_DECIMALS, flow.token.symbol)} locked, ${owedText(flow, loan)} owed`}
            checked={!left.has(loan.id)}
            onChange={(checked) => {
              const next = new Set(left);
              if (checked) next.delete(loan.id);
              else next.add(loan.id);
              setLeft(next);
            }}
          />
        ))}
      </fieldset>
    );
  };
  return (
    <FlowFrame
      flow={flow}
      title={`Foreclose loans of ${flow.token.symbol}`}
      lead="Close loans whose deadline and grace have passed. Anybody may; it serves every holder."
      entries={<Part title="What is open">{entries()}</Part>}
      outcome={
        past.length === 0 && !begun ? null : (
          <Sign
            plan={planOf(flow, chosen)}
            missing="Choose at least one loan."
            units={flow.units}
            onBusy={(now) => {
              setBusy(now);
              setBegun(true);
            }}
            onDone={() => void query.refetch()}
          >
            <Part title="What will happen">
              <Outcome flow={flow} chosen={chosen} />
            </Part>
            <Part title="What it costs">
              <p>Only the network fee. You receive nothing for it.</p>
            </Part>
            <Part title="What could go wrong">
              <Risks
                risks={[
                  'Somebody else may close them first. Loans that are already closed are passed over; where none is left, the call is refused.',
                ]}
              />
            </Part>
          </Sign>
        )
      }
    />
  );
}
