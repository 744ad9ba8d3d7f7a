import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { TransactionReceipt } from 'viem';
import type { Units } from '../contracts/sentences';
import { countText, decimalText, durationText } from '../format';
import { Address, Amount, Button, Notice, Table, Time } from '../ui';
import { ConnectDialog } from '../wallet/ConnectDialog';
import { SwitchNetwork } from '../wallet/WalletSlot';
import { useWallet, type Access, type Wallet } from '../wallet/useWallet';
import { approve } from './chain/calls';
import { failureOf, type Failure } from './chain/failure';
import { allowanceOf } from './chain/state';
import { compare, differs, fullText, MOMENT, type Difference, type Fact, type Need, type Plan } from './plan';
import { simulate, useSigning, type Check, type Progress } from './useSigning';

const CHECK_EVERY_MS = 4_000;

function ConnectHere({ wallet }: { wallet: Wallet }): ReactNode {
  const [open, setOpen] = useState(false);
  if (wallet.status === 'wrong-network') {
    return (
      <Notice kind="watch" title="The wallet is on another network">
        <SwitchNetwork wallet={wallet} />
      </Notice>
    );
  }
  const connecting = wallet.status === 'connecting';
  return (
    <div className="flow__action">
      <Button look="primary" disabled={connecting} onClick={() => setOpen(true)}>
        {connecting ? 'Connecting' : 'Connect a wallet to go on'}
      </Button>
      <p className="quiet small">
        The figures above hold without one. Nothing is signed before you have seen the result.
      </p>
      <ConnectDialog open={open} onClose={() => setOpen(false)} />
    </div>
  );
}

function amountText(fact: { amount: bigint; decimals: number; unit: string }): string {
  return fullText(fact.amount, fact.decimals, fact.unit);
}

/** What the approvals are now: for each need, what the spender may take. */
function useAllowances(access: Access | undefined, needs: readonly Need[]) {
  const key = needs.map((need) => `${need.asset.address}>${need.spender}`).join();
  return useQuery({
    queryKey: ['allowances', access?.account, access?.chain.id, key],
    enabled: access !== undefined && needs.length > 0,
    refetchInterval: CHECK_EVERY_MS,
    queryFn: () =>
      Promise.all(
        needs.map((need) =>
          access === undefined ? 0n : allowanceOf(access.read, need.asset.address, access.account, need.spender),
        ),
      ),
  });
}

type Checked = { readonly check: Check } | { readonly failure: Failure };

function useCheck(access: Access | undefined, plan: Plan | null, units: Units, enabled: boolean) {
  return useQuery<Checked>({
    queryKey: ['check', access?.account, access?.chain.id, plan?.call.to, plan?.call.data, String(plan?.call.value)],
    enabled: enabled && access !== undefined && plan !== null,
    refetchInterval: CHECK_EVERY_MS,
    gcTime: 0,
    retry: false,
    queryFn: async () => {
      if (access === undefined || plan === null) throw new Error('There is nothing to check.');
      try {
        return { check: await simulate(access, plan.call) };
      } catch (error) {
        return { failure: failureOf(error, units) };
      }
    },
  });
}

function CheckLine({ plan, check, currency }: { plan: Plan; check: Check; currency: string }): ReactNode {
  const found = plan.returned === undefined ? [] : compare(plan.expected, plan.returned(check.data));
  const apart = found.filter(({ shown, happened, fact }) => shown !== happened && isReturned(plan, check, fact));
  return (
    <div className="small quiet" role="status">
      <p>
        Tried at block {countText(Number(check.block))} without sending: the contract accepts it. Network fee about{' '}
        {decimalText(check.feeWei, 18, { significant: 3 })} {currency}.
      </p>
      {apart.map(({ fact, happened }) => (
        <p key={fact.label}>
          {fact.label}: the contract would now give {amountText({ ...fact, amount: happened })}.
        </p>
      ))}
    </div>
  );
}

function isReturned(plan: Plan, check: Check, fact: Fact): boolean {
  return plan.returned?.(check.data).some((one) => one.label === fact.label) ?? false;
}

/** What is awaited while a transaction is under way. */
export function Waiting({ progress, wallet }: { progress: Progress; wallet: string }): ReactNode {
  if (progress.at === 'checking') return <p role="status">Trying it at the newest block before you sign.</p>;
  if (progress.at === 'signing') {
    return (
      <Notice title={`Waiting for your answer in ${wallet}`} role="status">
        Open the wallet if it did not open by itself. Compare the contract and the amount there with what stands here.
      </Notice>
    );
  }
  if (progress.at !== 'sent') return null;
  const titles = {
    pending: 'Sent. Waiting for a block to take it in',
    unseen: 'Sent. The network does not show it yet',
    'network-lost': 'The wallet does not reach the network; still watching',
  } as const;
  return (
    <Notice kind={progress.sight === 'pending' ? 'plain' : 'watch'} title={titles[progress.sight]} role="status">
      <p>
        Transaction <Address value={progress.hash} noun="transaction" />. You see it in the wallet and in any block
        explorer under this hash. Leaving this page does not stop it.
      </p>
    </Notice>
  );
}

export function Failed({ failure, hash }: { failure: Failure; hash?: string | undefined }): ReactNode {
  const mild = failure.kind === 'declined' || failure.kind === 'pending-in-wallet' || failure.kind === 'cancelled';
  return (
    <Notice kind={mild ? 'watch' : 'breach'} title={failure.title} role="alert">
      <p>{failure.next}</p>
      {hash === undefined ? null : (
        <p>
          Transaction <Address value={hash} noun="transaction" />
        </p>
      )}
    </Notice>
  );
}

function FactAmount({ fact, amount }: { fact: Fact; amount: bigint }): ReactNode {
  if (fact.unit === MOMENT) return <Time at={Number(amount)} />;
  return <Amount value={amount} decimals={fact.decimals} unit={fact.unit} significant={12} />;
}

function DifferenceText({ difference: { fact, shown, happened } }: { difference: Difference }): ReactNode {
  if (shown === happened) return 'none';
  if (fact.unit === MOMENT) return durationText(Number(happened - shown));
  return <Amount value={happened - shown} decimals={fact.decimals} unit={fact.unit} significant={6} />;
}

function Comparison({ differences }: { differences: readonly Difference[] }): ReactNode {
  return (
    <Table
      caption="What was shown and what happened"
      rows={differences}
      rowKey={({ fact }) => fact.label}
      columns={[
        { key: 'what', title: 'Result', heading: true, cell: ({ fact }) => fact.label },
        {
          key: 'shown',
          title: 'Shown before',
          number: true,
          cell: ({ fact, shown }) => <FactAmount fact={fact} amount={shown} />,
        },
        {
          key: 'happened',
          title: 'In the chain',
          number: true,
          cell: ({ fact, happened }) => <FactAmount fact={fact} amount={happened} />,
        },
        {
          key: 'difference',
          title: 'Difference',
          number: true,
          cell: (difference) => <DifferenceText difference={difference} />,
        },
      ]}
    />
  );
}

/** Whether what happened is what was shown, and why not where it is not. */
function agreementText(differences: readonly Difference[]): string {
  if (!differs(differences)) return 'It is exactly what was shown.';
  if (!differs(differences.filter(({ fact }) => fact.unit !== MOMENT))) {
    return 'Every amount is exactly what was shown; time counts from the block.';
  }
  return 'It differs a little from what was shown, because the chain moved on between the last check and the block.';
}

/** What happened, held against what was shown. */
export function Result({
  plan,
  receipt,
  repriced,
  readAfter = [],
}: {
  plan: Plan;
  receipt: TransactionReceipt;
  repriced: boolean;
  /** What was read at the block beside its logs; null where that failed. */
  readAfter?: readonly Fact[] | null;
}): ReactNode {
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.focus(), []);
  const actual = [...plan.actual(receipt), ...(readAfter ?? [])];
  const told = readAfter === null ? new Set(actual.map((fact) => fact.label)) : null;
  const expected = told === null ? plan.expected : plan.expected.filter((fact) => told.has(fact.label));
  const differences = compare(expected, actual);
  return (
    <section className="flow__result stack" aria-label="Result" ref={section} tabIndex={-1}>
      <Notice title={`Done: ${plan.label}`} role="status">
        <p>
          Block {countText(Number(receipt.blockNumber))}, transaction{' '}
          <Address value={receipt.transactionHash} noun="transaction" />.{' '}
          {repriced ? 'You raised its fee in the wallet; this is the one that counted. ' : ''}
          {agreementText(differences)}
        </p>
      </Notice>
      <Comparison differences={differences} />
      {readAfter === null ? (
        <p className="quiet small">
          What the logs do not tell could not be read at that block. The page of the vault shows it.
        </p>
      ) : null}
    </section>
  );
}

/** An approval that was larger than what was taken in the end, and how to take it back. */
function Leftover({ needs, access, units }: { needs: readonly Need[]; access: Access; units: Units }): ReactNode {
  const allowances = useAllowances(access, needs);
  const signing = useSigning(units);
  const client = useQueryClient();
  const left = needs.flatMap((need, index) => {
    const amount = allowances.data?.[index] ?? 0n;
    return amount > 0n ? [{ need, amount }] : [];
  });
  if (left.length === 0) return null;
  return (
    <div className="stack">
      {left.map(({ need, amount }) => (
        <Notice
          key={need.asset.address}
          title={`${need.spenderName.replace(/^t/, 'T')} may still take ${fullText(amount, need.asset.decimals, need.asset.symbol)}`}
          action={
            <Button
              disabled={signing.busy}
              onClick={() =>
                void signing
                  .run(access, approve(need.asset.address as `0x${string}`, need.spender, 0n))
                  .then(() => client.invalidateQueries({ queryKey: ['allowances'] }))
              }
            >
              Take it back
            </Button>
          }
        >
          It took less than you approved. You can leave it for the next time or take it back, which costs a network fee.
        </Notice>
      ))}
      <Waiting progress={signing.progress} wallet="the wallet" />
      {signing.progress.at === 'failed' ? <Failed failure={signing.progress.failure} /> : null}
    </div>
  );
}

/** The steps before the signature, and which one is next. */
function Steps({
  needs,
  allowed,
  label,
}: {
  needs: readonly Need[];
  allowed: readonly bigint[];
  label: string;
}): ReactNode {
  if (needs.length === 0) return null;
  const next = needs.findIndex((need, index) => (allowed[index] ?? 0n) < need.amount);
  return (
    <ol className="flow__steps">
      {needs.map((need, index) => (
        <li key={need.asset.address} aria-current={index === next ? 'step' : undefined}>
          Allow {need.spenderName} to take exactly {fullText(need.amount, need.asset.decimals, need.asset.symbol)}
          {(allowed[index] ?? 0n) >= need.amount ? <span className="tag">done</span> : null}
        </li>
      ))}
      <li aria-current={next === -1 ? 'step' : undefined}>{label}</li>
    </ol>
  );
}

interface SignProps {
  /** What would be signed; null while something is missing. */
  plan: Plan | null;
  /** What is missing, in words. */
  missing?: string | undefined;
  units: Units;
  onBusy?: (busy: boolean) => void;
  onDone?: (receipt: TransactionReceipt) => void;
  /** What is shown before the signature and gives way to the result after it. */
  children?: ReactNode;
  /** Whether the same can be done again from here; so unless it says no. */
  again?: boolean;
  /** What to offer after it is done. */
  after?: (receipt: TransactionReceipt) => ReactNode;
}

interface Finished {
  readonly plan: Plan;
  readonly receipt: TransactionReceipt;
  readonly readAfter: readonly Fact[] | null;
}

/** The end of every flow: connect, approve exactly, try without sending, sign, wait, compare. One button at a time. */
export function Sign(props: SignProps): ReactNode {
  const wallet = useWallet();
  if (wallet.status !== 'ready') {
    return (
      <>
        {props.children}
        <ConnectHere wallet={wallet} />
      </>
    );
  }
  return <Ready key={wallet.account} {...props} wallet={wallet} />;
}

function Ready({
  plan,
  missing,
  units,
  onBusy,
  onDone,
  after,
  again = true,
  children,
  wallet,
}: SignProps & { wallet: Extract<Wallet, { status: 'ready' }> }): ReactNode {
  const { access } = wallet;
  const client = useQueryClient();
  const signing = useSigning(units);
  const [finished, setFinished] = useState<Finished | null>(null);
  const [frozen, setFrozen] = useState<Plan | null>(null);
  const current = frozen ?? plan;
  const needs = current?.needs ?? [];
  const allowances = useAllowances(access, needs);
  const allowed = allowances.data ?? [];
  const open = needs.findIndex((need, index) => (allowed[index] ?? 0n) < need.amount);
  const approved = needs.length === 0 || (allowances.isSuccess && open === -1);
  const checked = useCheck(access, plan, units, approved && !signing.busy && finished === null);

  const sign = async () => {
    if (plan === null) return;
    setFrozen(plan);
    onBusy?.(true);
    const need = plan.needs[open];
    if (need !== undefined) {
      if (await allow(need, allowed[open] ?? 0n)) signing.reset();
    } else {
      const receipt = await signing.run(access, plan.call);
      if (receipt !== undefined) {
        const readAfter = await (plan.readAfter?.(receipt, access.read) ?? Promise.resolve([])).catch(() => null);
        setFinished({ plan, receipt, readAfter });
        onDone?.(receipt);
        void client.invalidateQueries({ queryKey: ['chain-state'] });
        void client.invalidateQueries({ queryKey: ['allowances'] });
      }
    }
    setFrozen(null);
    onBusy?.(false);
  };
  /** Some assets refuse to change an approval that is not zero; there the old one is cleared first. */
  const allow = async (need: Need, old: bigint): Promise<boolean> => {
    const asset = need.asset.address as `0x${string}`;
    const exact = approve(asset, need.spender, need.amount);
    const refused =
      old > 0n &&
      (await simulate(access, exact).then(
        () => false,
        () => true,
      ));
    if (refused && (await signing.run(access, approve(asset, need.spender, 0n))) === undefined) return false;
    if ((await signing.run(access, exact)) === undefined) return false;
    await allowances.refetch();
    return true;
  };
  return (
    <Shown
      plan={current}
      missing={missing}
      wallet={wallet}
      units={units}
      signing={signing}
      finished={finished}
      allowed={allowed}
      open={open}
      approved={approved}
      checked={checked.data}
      onSign={() => void sign()}
      after={after}
      again={again}
      before={children}
      onAgain={() => {
        setFinished(null);
        signing.reset();
      }}
    />
  );
}

function buttonText(plan: Plan | null, open: number, progress: Progress): string {
  if (progress.at === 'signing') return 'Answer in the wallet';
  if (progress.at === 'checking') return 'Checking';
  if (progress.at === 'sent') return 'Waiting for the block';
  const need = plan?.needs[open];
  if (need !== undefined) return `Approve ${fullText(need.amount, need.asset.decimals, need.asset.symbol)}`;
  return plan?.label ?? 'Nothing to sign yet';
}

interface ShownProps {
  plan: Plan | null;
  missing: string | undefined;
  wallet: Extract<Wallet, { status: 'ready' }>;
  units: Units;
  signing: ReturnType<typeof useSigning>;
  finished: Finished | null;
  allowed: readonly bigint[];
  open: number;
  approved: boolean;
  checked: Checked | undefined;
  onSign: () => void;
  onAgain: () => void;
  after: SignProps['after'];
  again: boolean;
  before: ReactNode;
}

function Shown(props: ShownProps): ReactNode {
  const { plan, missing, wallet, units, signing, finished, allowed, open, approved, checked } = props;
  const { progress, busy } = signing;
  if (finished !== null) {
    const repriced = progress.at === 'done' && progress.repriced;
    return (
      <div className="stack">
        <Result plan={finished.plan} receipt={finished.receipt} repriced={repriced} readAfter={finished.readAfter} />
        <Leftover needs={finished.plan.needs} access={wallet.access} units={units} />
        <div className="state__actions">
          {props.after?.(finished.receipt)}
          {props.again ? <Button onClick={props.onAgain}>Do another</Button> : null}
        </div>
      </div>
    );
  }
  const refused = approved && checked !== undefined && 'failure' in checked ? checked.failure : undefined;
  const waitsForCheck = plan !== null && approved && checked === undefined;
  const blocked = plan === null || busy || refused !== undefined || waitsForCheck;
  return (
    <>
      {props.before}
      <div className="flow__action stack">
        {plan === null ? null : <Steps needs={plan.needs} allowed={allowed} label={plan.label} />}
        {refused !== undefined && !busy ? <Failed failure={refused} /> : null}
        {progress.at === 'failed' ? <Failed failure={progress.failure} hash={progress.hash} /> : null}
        <div>
          <Button look="primary" aria-disabled={blocked} onClick={blocked ? undefined : props.onSign}>
            {waitsForCheck && !busy ? 'Checking' : buttonText(plan, open, progress)}
          </Button>
        </div>
        {plan === null && missing !== undefined ? <p className="quiet small">{missing}</p> : null}
        {plan !== null && !approved && !busy ? (
          <p className="quiet small">After the approval the whole call is tried once more before you sign it.</p>
        ) : null}
        {plan !== null && approved && checked !== undefined && 'check' in checked && !busy ? (
          <CheckLine plan={plan} check={checked.check} currency={wallet.network.currency.symbol} />
        ) : null}
        <Waiting progress={progress} wallet={wallet.name} />
      </div>
    </>
  );
}
