import type { ReactNode } from 'react';
import { useChainNow } from '../../api/chainNow';
import { durationText } from '../../format';
import { RowsOrigin } from '../../pages/synthetics/parts';
import { partSource } from '../../pages/synthetics/sources';
import { Amount, Button, EmptyState, Table, Time } from '../../ui';
import { ripeAt } from '../calc/backstop';
import { SYNTHETIC_DECIMALS } from '../calc/vaults';
import {
  cancelEntryCall,
  cancelReturns,
  claimEntryCall,
  claimEntryReturns,
  claimExitCall,
  claimExitReturns,
  requestEvent,
  type RequestSeen,
} from '../chain/backstop';
import { Part } from '../parts';
import { fullText, tokenFact, type Fact, type Plan } from '../plan';
import type { BackstopFlow } from './usePegFlow';

/** One side of what an account asked for in an epoch. */
export interface Row {
  readonly key: string;
  readonly kind: 'entry' | 'exit';
  readonly seen: RequestSeen;
  /** Base units of the synthetic that were withdrawn for an exit so far. */
  readonly withdrawn: bigint;
  /** From when on the next call settles it, unix seconds. */
  readonly ripeAt: number;
  /** What can be done with it now. */
  readonly action: 'claim' | 'cancel' | 'withdraw' | undefined;
}

/** The account's requests, the newest first; entries and exits of one epoch apart. */
export function rowsOfRequests(flow: BackstopFlow): Row[] {
  return (flow.state?.requests ?? []).flatMap((seen) => {
    const told = flow.told.find(({ epoch }) => BigInt(epoch) === seen.epoch);
    const shared = { seen, withdrawn: BigInt(told?.exit_claimed ?? 0), ripeAt: ripeAt(flow.backstop, seen.epoch) };
    const entry: Row = {
      ...shared,
      key: `entry-${seen.epoch}`,
      kind: 'entry',
      action: seen.entryClaim !== undefined ? 'claim' : seen.entrySettled ? undefined : 'cancel',
    };
    const exit: Row = {
      ...shared,
      key: `exit-${seen.epoch}`,
      kind: 'exit',
      action: seen.exitClaim > 0n ? 'withdraw' : undefined,
    };
    return [...(seen.entering > 0n ? [entry] : []), ...(seen.exiting > 0n ? [exit] : [])];
  });
}

const ACTIONS = { claim: 'Claim', cancel: 'Take back', withdraw: 'Withdraw' } as const;

function shareFact(flow: BackstopFlow, label: string, amount: bigint): Fact {
  return { label, amount, decimals: flow.view.decimals, unit: flow.view.symbol };
}

function entryFacts(flow: BackstopFlow, shares: bigint, refunded: bigint): Fact[] {
  return [
    ...(shares > 0n ? [shareFact(flow, 'Shares received', shares)] : []),
    ...(refunded > 0n ? [tokenFact('Given back', refunded, flow.synthetic.symbol)] : []),
  ];
}

/** What is signed for a request; null where nothing can be done with it now. */
export function requestPlan(flow: BackstopFlow, row: Row): Plan | null {
  if (flow.wallet.status !== 'ready') return null;
  const { address, synthetic, view } = flow;
  const { account } = flow.wallet;
  const { seen } = row;
  const { epoch } = seen;
  const token = (label: string, amount: bigint) => [tokenFact(label, amount, synthetic.symbol)];
  if (row.action === 'claim' && seen.entryClaim !== undefined) {
    const { shares, refunded } = seen.entryClaim;
    return {
      label:
        shares > 0n
          ? `Claim ${fullText(shares, view.decimals, view.symbol)}`
          : `Get ${fullText(refunded, SYNTHETIC_DECIMALS, synthetic.symbol)} back`,
      needs: [],
      call: claimEntryCall(address, epoch, account),
      expected: entryFacts(flow, shares, refunded),
      returned: (data) => entryFacts(flow, ...claimEntryReturns(data)),
      actual: ({ logs }) => {
        const said = requestEvent(logs, address, 'EntryClaimed');
        return said === undefined ? [] : entryFacts(flow, said.shares, said.refunded);
      },
    };
  }
  if (row.action === 'cancel') {
    return {
      label: `Take ${fullText(seen.entering, SYNTHETIC_DECIMALS, synthetic.symbol)} back`,
      needs: [],
      call: cancelEntryCall(address, epoch),
      expected: token('Given back', seen.entering),
      returned: (data) => token('Given back', cancelReturns(data)),
      actual: ({ logs }) => token('Given back', requestEvent(logs, address, 'EntryCancelled')?.assets ?? 0n),
    };
  }
  if (row.action !== 'withdraw') return null;
  return {
    label: `Withdraw ${fullText(seen.exitClaim, SYNTHETIC_DECIMALS, synthetic.symbol)}`,
    needs: [],
    call: claimExitCall(address, epoch, account),
    expected: token('Withdrawn', seen.exitClaim),
    returned: (data) => token('Withdrawn', claimExitReturns(data)),
    actual: ({ logs }) => token('Withdrawn', requestEvent(logs, address, 'ExitClaimed')?.assets ?? 0n),
  };
}

/** The command of the program that does the same. */
export function requestCommand(flow: BackstopFlow, { action, seen }: Row): string {
  const verb = action === 'cancel' ? 'cancel' : 'withdraw';
  return `ballast backstop ${verb} ${seen.epoch} --synth ${flow.synthetic.symbol}`;
}

function Countdown({ flow, at }: { flow: BackstopFlow; at: number }): ReactNode {
  const chain = useChainNow(flow.asOf, true);
  const left = at - Math.max(chain, flow.now);
  return left > 0 ? <>in {durationText(left)}</> : <>with the next call</>;
}

function State({ flow, row }: { flow: BackstopFlow; row: Row }): ReactNode {
  const { seen, kind } = row;
  const symbol = flow.synthetic.symbol;
  const amount = (value: bigint) => (
    <Amount value={value} decimals={SYNTHETIC_DECIMALS} unit={symbol} significant={9} />
  );
  if (kind === 'entry' && seen.entryClaim !== undefined) {
    if (seen.entryClaim.refunded > 0n)
      return <>shares are too cheap to sell: {amount(seen.entryClaim.refunded)} back</>;
    return (
      <>
        settled:{' '}
        <Amount value={seen.entryClaim.shares} decimals={flow.view.decimals} unit={flow.view.symbol} significant={9} />
      </>
    );
  }
  if (kind === 'exit' && seen.exitClaim > 0n) return <>settled: {amount(seen.exitClaim)} can be withdrawn</>;
  if (flow.now < row.ripeAt) {
    return (
      <>
        settled from <Time at={row.ripeAt} />, <Countdown flow={flow} at={row.ripeAt} />
      </>
    );
  }
  if (row.withdrawn > 0n) return <>{amount(row.withdrawn)} withdrawn; no more to withdraw now</>;
  return kind === 'entry'
    ? 'due; it waits for a safe price of what the backstop holds'
    : 'due; it waits for cash, or for a safe price of what the backstop holds';
}

/** The account's requests, each with what can be done with it and when. */
export function Requests({
  flow,
  rows,
  chosen,
  onChoose,
}: {
  flow: BackstopFlow;
  rows: readonly Row[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
}): ReactNode {
  if (flow.wallet.status !== 'ready') return null;
  return (
    <Part title="Your requests">
      {rows.length === 0 ? (
        <EmptyState title={flow.state === undefined ? 'They are being read' : 'You have asked for nothing'}>
          What you ask for stands here until it is settled and claimed.
        </EmptyState>
      ) : (
        <>
          <Table
            caption="Your requests, the newest first"
            rows={rows}
            rowKey={(row) => row.key}
            rowProps={(row) => ({ 'aria-current': row.key === chosen ? 'step' : undefined })}
            columns={[
              {
                key: 'kind',
                title: 'Request',
                label: '',
                heading: true,
                cell: ({ kind, seen }) => (
                  <>
                    {kind === 'entry' ? 'Deposit' : 'Withdrawal'}{' '}
                    <span className="quiet">of epoch {String(seen.epoch)}</span>
                  </>
                ),
              },
              {
                key: 'amount',
                title: 'Amount',
                number: true,
                cell: ({ kind, seen }) =>
                  kind === 'entry' ? (
                    <Amount
                      value={seen.entering}
                      decimals={SYNTHETIC_DECIMALS}
                      unit={flow.synthetic.symbol}
                      significant={9}
                    />
                  ) : (
                    <Amount
                      value={seen.exiting}
                      decimals={flow.view.decimals}
                      unit={flow.view.symbol}
                      significant={9}
                    />
                  ),
              },
              { key: 'state', title: 'State', cell: (row) => <State flow={flow} row={row} /> },
              {
                key: 'choose',
                title: <span className="visually-hidden">Actions</span>,
                number: true,
                cell: (row) => {
                  if (row.action === undefined) return null;
                  if (row.key === chosen) return <span className="tag">next</span>;
                  const what = row.kind === 'entry' ? 'deposit' : 'withdrawal';
                  return (
                    <Button
                      small
                      onClick={() => onChoose(row.key)}
                      aria-label={`${ACTIONS[row.action]}: the ${what} of epoch ${row.seen.epoch}`}
                    >
                      {ACTIONS[row.action]}
                    </Button>
                  );
                },
              },
            ]}
          />
          <RowsOrigin
            asOf={flow.asOf}
            source={partSource(flow.address, 'entryOf(epoch, owner), exitOf(epoch, owner)')}
          />
        </>
      )}
    </Part>
  );
}
