import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useCalendar, useLoans } from '../../api/hooks';
import type { AsOf, CalendarDay, Loan, LoanPhase, TokenDetail } from '../../api/types';
import { StackedBars } from '../../charts/StackedBars';
import { bpsText, columnWidth, decimalText, durationText, loanNumberText, pluralText, shareText } from '../../format';
import { Address, Amount, ButtonLink, EmptyState, Segments, Table, Time, copyText } from '../../ui';
import { ExportLinks } from './ExportLinks';
import { Loaded, LoadedPages } from './Loaded';
import { Origin } from './Origin';
import { Section } from './Section';

const DAY = 86_400;

const PHASES: Record<LoanPhase, readonly [string, string]> = {
  term: ['term', 'tag'],
  grace: ['grace', 'tag tag--watch'],
  expired: ['expired', 'tag tag--breach'],
  closed: ['closed', 'tag'],
};

/** Time to the deadline, or in grace to its end; words say which. */
export function dueText(loan: Loan, now: number): string {
  if (loan.phase === 'closed') return loan.status;
  if (loan.phase === 'term') return `${durationText(loan.deadline - now)} left`;
  if (loan.phase === 'grace') return `${durationText(loan.grace_end - now)} of grace left`;
  return `over for ${durationText(now - loan.grace_end)}, anybody may foreclose`;
}

function Calendar({ days, token, asOf }: { days: CalendarDay[]; token: TokenDetail; asOf: AsOf }): ReactNode {
  const asset = token.assets[0];
  const first = days[0];
  if (asset === undefined || first === undefined) return null;
  const from = Math.min(Math.floor(asOf.time / DAY) * DAY, first.starts);
  const to = Math.max(...days.map((day) => day.starts)) + 2 * DAY;
  return (
    <StackedBars
      bars={days.map((day) => ({
        starts: day.starts,
        pieces: [
          {
            key: pluralText(day.loans, 'loan'),
            value: Number(BigInt(day.principal[0] ?? '0')) / 10 ** asset.decimals,
            text: `${decimalText(BigInt(day.principal[0] ?? '0'), asset.decimals)} ${asset.symbol}`,
          },
        ],
      }))}
      keys={[...new Set(days.map((day) => pluralText(day.loans, 'loan')))]}
      plain
      period={DAY}
      from={from}
      to={Math.max(to, from + 14 * DAY)}
      marker={{ at: asOf.time, name: 'today' }}
      unit={`${asset.symbol} due per day`}
      label={`Principal of open loans of ${token.symbol} by the day of their deadline; the list below has each loan`}
    />
  );
}

function LoanId({ id }: { id: string }): ReactNode {
  return (
    <button
      type="button"
      className="address"
      title={`${id}, click to copy`}
      aria-label={`${loanNumberText(id)}, copy this loan's id`}
      onClick={() => void copyText(id, "The loan's id")}
    >
      {loanNumberText(id)}
    </button>
  );
}

function LoanLinks({ loan }: { loan: Loan }): ReactNode {
  const link = (action: string, name: string) => (
    <Link
      to={`/token/${loan.token}/${action}?loan=${loan.loan}`}
      aria-label={`${name} loan ${loanNumberText(loan.loan)}`}
    >
      {name}
    </Link>
  );
  if (loan.phase === 'expired') return link('foreclose', 'Foreclose');
  return (
    <span className="links">
      {link('repay', 'Repay')} {link('extend', 'Extend')}
    </span>
  );
}

function LoanTable({ loans, token, asOf }: { loans: Loan[]; token: TokenDetail; asOf: AsOf | undefined }): ReactNode {
  const amounts = (of: (loan: Loan) => string[]) => {
    const columns = token.assets.map((asset, index) =>
      columnWidth(
        loans.map((loan) => of(loan)[index] ?? '0'),
        asset.decimals,
        { significant: 6 },
      ),
    );
    return (loan: Loan) =>
      token.assets.map((asset, index) => (
        <div key={asset.address}>
          <Amount
            value={of(loan)[index] ?? '0'}
            decimals={asset.decimals}
            unit={asset.symbol}
            column={columns[index]}
          />
        </div>
      ));
  };
  const collateral = { significant: 9, places: 2 };
  const collateralColumn = columnWidth(
    loans.map((loan) => loan.collateral),
    18,
    collateral,
  );
  return (
    <Table
      caption={`Loans of ${token.symbol}`}
      rows={loans}
      rowKey={(loan) => loan.loan}
      columns={[
        {
          key: 'loan',
          title: 'Loan',
          label: '',
          heading: true,
          cell: (loan) => (
            <>
              <LoanId id={loan.loan} />{' '}
              {loan.phase === 'term' ? null : <span className={PHASES[loan.phase][1]}>{PHASES[loan.phase][0]}</span>}
            </>
          ),
        },
        { key: 'due', title: 'Due', cell: (loan) => dueText(loan, asOf?.time ?? loan.deadline - loan.seconds_left) },
        { key: 'deadline', title: 'Deadline', cell: (loan) => <Time at={loan.deadline} /> },
        { key: 'principal', title: 'Principal', number: true, cell: amounts((loan) => loan.principal) },
        { key: 'backing', title: 'Backing of the collateral', number: true, cell: amounts((loan) => loan.backing) },
        {
          key: 'ltv',
          title: 'Loan to backing',
          number: true,
          cell: (loan) => (loan.ltv_bps === null ? 'not backed' : shareText(loan.ltv_bps)),
        },
        {
          key: 'collateral',
          title: 'Collateral',
          number: true,
          cell: (loan) => <Amount value={loan.collateral} decimals={18} column={collateralColumn} {...collateral} />,
        },
        { key: 'borrower', title: 'Borrower', cell: (loan) => <Address value={loan.borrower} /> },
        {
          key: 'act',
          title: <span className="visually-hidden">Actions</span>,
          cell: (loan) => (loan.phase === 'closed' ? null : <LoanLinks loan={loan} />),
        },
      ]}
    />
  );
}

/** Open loans by the day they fall due. */
export function LoansSection({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  const [status, setStatus] = useState<'open' | 'all'>('open');
  return (
    <Section
      id="loans"
      title="Loans by expiry"
      lead="There is no price liquidation. A loan ends by repayment, or after its deadline and grace by foreclosure; it can be extended any time before."
      tools={
        <>
          <Segments
            label="Loans"
            options={
              [
                ['open', 'Open'],
                ['all', 'All'],
              ] as const
            }
            selected={status}
            onSelect={setStatus}
          />
          <ExportLinks table="loans" token={token.token} />
        </>
      }
    >
      {(near) => <LoansBody token={token} asOf={asOf} near={near} status={status} />}
    </Section>
  );
}

function LoansBody({
  token,
  asOf,
  near,
  status,
}: {
  token: TokenDetail;
  asOf: AsOf;
  near: boolean;
  status: string;
}): ReactNode {
  const calendar = useCalendar(token.token, near);
  const pages = useLoans(token.token, { status, sort: 'deadline', limit: 10 }, near);
  return (
    <div className="stack">
      {token.loans_open === 0 ? null : (
        <Loaded query={calendar} what="the calendar" rows={1} height={240}>
          {(answer) => <Calendar days={answer.data} token={token} asOf={answer.as_of} />}
        </Loaded>
      )}
      <LoadedPages
        pages={pages}
        what="loans"
        empty={
          <EmptyState
            title="No open loan"
            actions={<ButtonLink to={`/token/${token.token}/borrow`}>Borrow against {token.symbol}</ButtonLink>}
          >
            A holder may borrow up to {bpsText(token.terms.ltv_bps)} of the backing for{' '}
            {durationText(token.terms.term_secs)} at {bpsText(token.terms.term_fee_bps)} of the principal.
          </EmptyState>
        }
      >
        {(rows, at) => (
          <>
            <LoanTable loans={rows} token={token} asOf={at ?? asOf} />
            <Origin token={token} part="loans" asOf={at} />
          </>
        )}
      </LoadedPages>
    </div>
  );
}
