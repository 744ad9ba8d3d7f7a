import { useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import { AlertList, AlertSettings } from '../account/Alerts';
import { isWatched, unwatchAccount, useWatch, watchAccount, WATCHED_MAX } from '../account/watch';
import { useAccount, useToken } from '../api/hooks';
import type { Account, AsOf, Loan, TokenSummary } from '../api/types';
import { useParameter } from '../app/modules';
import { isAddress, sameAddress, shareText, utcText } from '../format';
import { useTitle } from '../pages/useTitle';
import { Address, Button, ButtonLink, EmptyState, ErrorState, Field, SkeletonRows, Table, toast } from '../ui';
import { ConnectDialog } from '../wallet/ConnectDialog';
import { useWallet } from '../wallet/useWallet';
import { WalletProvider } from '../wallet/WalletProvider';
import { AccountVaults, SyntheticBalances } from './vaults/AccountVaults';
import { faultOf, parseAddress, valueOf } from './input';
import { timeLeft } from './LoanPicker';
import { AssetAmounts, Part, TokenAmount } from './parts';
import './flows.css';
import '../launch/launch.css';
import '../account/account.css';

type Balance = Account['balances'][number];

function Balances({ balances }: { balances: readonly Balance[] }): ReactNode {
  if (balances.length === 0) {
    return (
      <EmptyState title="No backed tokens are here" actions={<ButtonLink to="/">All tokens</ButtonLink>}>
        This account holds none of the tokens that this server follows.
      </EmptyState>
    );
  }
  return (
    <Table
      caption="Balances"
      rows={balances}
      rowKey={({ token }) => token.token}
      columns={[
        {
          key: 'token',
          title: 'Token',
          heading: true,
          cell: ({ token }) => <Link to={`/token/${token.token}`}>{token.symbol}</Link>,
        },
        {
          key: 'amount',
          title: 'Amount',
          number: true,
          cell: ({ token, amount }) => <TokenAmount value={BigInt(amount)} symbol={token.symbol} />,
        },
        {
          key: 'backing',
          title: 'Backed by',
          number: true,
          cell: ({ token, backing }) => <AssetAmounts values={backing.map(BigInt)} assets={token.assets} />,
        },
        {
          key: 'actions',
          title: <span className="visually-hidden">Actions</span>,
          number: true,
          cell: ({ token }) => (
            <span className="row-actions">
              <ButtonLink small to={`/token/${token.token}/borrow`} aria-label={`Borrow against ${token.symbol}`}>
                Borrow
              </ButtonLink>
              {token.redeemable ? (
                <ButtonLink small to={`/token/${token.token}/redeem`} aria-label={`Redeem ${token.symbol}`}>
                  Redeem
                </ButtonLink>
              ) : null}
            </span>
          ),
        },
      ]}
    />
  );
}

/** The token of a loan, of which the account may hold nothing any more. */
function WithToken({
  loan,
  known,
  children,
}: {
  loan: Loan;
  known: readonly TokenSummary[];
  children: (token: TokenSummary) => ReactNode;
}): ReactNode {
  const held = known.find((token) => sameAddress(token.token, loan.token));
  return held === undefined ? <Fetched address={loan.token}>{children}</Fetched> : children(held);
}

function Fetched({ address, children }: { address: string; children: (token: TokenSummary) => ReactNode }): ReactNode {
  const answer = useToken(address);
  return answer.data === undefined ? '…' : children(answer.data.token);
}

/** How long a loan has, with a word where it is late. */
function TimeLeft({ loan, now }: { loan: Loan; now: number }): ReactNode {
  if (now >= loan.grace_end) return <span className="tag tag--breach">past its grace</span>;
  const late = now >= loan.deadline;
  return (
    <span title={utcText(loan.deadline)} className={late ? 'tag tag--watch' : undefined}>
      {timeLeft(loan.deadline, loan.grace_end, now)}
    </span>
  );
}

function Loans({
  loans,
  known,
  asOf,
}: {
  loans: readonly Loan[];
  known: readonly TokenSummary[];
  asOf: AsOf;
}): ReactNode {
  const open = loans.filter((loan) => loan.phase !== 'closed');
  if (open.length === 0) {
    return (
      <EmptyState title="No open loans">A loan shows here as soon as the block that opened it is indexed.</EmptyState>
    );
  }
  return (
    <Table
      caption="Open loans by deadline"
      rows={[...open].sort((one, other) => one.deadline - other.deadline)}
      rowKey={(loan) => `${loan.reserve}:${loan.loan}`}
      columns={[
        {
          key: 'loan',
          title: 'Loan',
          heading: true,
          cell: (loan) => (
            <WithToken loan={loan} known={known}>
              {(token) => (
                <Link to={`/token/${loan.token}#loans`}>
                  {token.symbol} loan {(BigInt(loan.loan) & 0xffff_ffffn).toString()}
                </Link>
              )}
            </WithToken>
          ),
        },
        {
          key: 'left',
          title: 'Deadline',
          cell: (loan) => <TimeLeft loan={loan} now={asOf.time} />,
        },
        {
          key: 'owed',
          title: 'Owed',
          number: true,
          cell: (loan) => (
            <WithToken loan={loan} known={known}>
              {(token) => <AssetAmounts values={loan.principal.map(BigInt)} assets={token.assets} />}
            </WithToken>
          ),
        },
        {
          key: 'locked',
          title: 'Locked',
          number: true,
          cell: (loan) => (
            <WithToken loan={loan} known={known}>
              {(token) => <TokenAmount value={BigInt(loan.collateral)} symbol={token.symbol} />}
            </WithToken>
          ),
        },
        {
          key: 'ltv',
          title: 'Owed over backing',
          number: true,
          cell: (loan) => (loan.ltv_bps === null ? 'nothing backs it' : shareText(loan.ltv_bps)),
        },
        {
          key: 'actions',
          title: <span className="visually-hidden">Actions</span>,
          number: true,
          cell: (loan) => (
            <span className="row-actions">
              {loan.phase === 'expired' ? (
                <ButtonLink small to={`/token/${loan.token}/foreclose`}>
                  Foreclosure
                </ButtonLink>
              ) : (
                <>
                  <ButtonLink small to={`/token/${loan.token}/extend?loan=${loan.loan}`}>
                    Extend
                  </ButtonLink>
                  <ButtonLink small to={`/token/${loan.token}/repay?loan=${loan.loan}`}>
                    Repay
                  </ButtonLink>
                </>
              )}
            </span>
          ),
        },
      ]}
    />
  );
}

function WatchButton({ address }: { address: string }): ReactNode {
  const watch = useWatch();
  const watched = isWatched(watch, address);
  return (
    <Button
      aria-pressed={watched}
      onClick={() => {
        if (watched) unwatchAccount(address);
        else if (!watchAccount(address))
          toast(`This browser watches at most ${WATCHED_MAX} accounts. Stop watching one first.`, 'watch');
      }}
    >
      {watched ? 'Stop watching' : 'Watch for deadlines'}
    </Button>
  );
}

function OneAccount({ address }: { address: string }): ReactNode {
  useTitle('Account');
  const query = useAccount(address);
  return (
    <>
      <header className="account__head">
        <div>
          <h1>Account</h1>
          <p className="account__address">
            <Address value={address} full />
          </p>
        </div>
        <WatchButton address={address} />
      </header>
      <AlertList />
      {query.data === undefined ? (
        query.isError ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} what="the account" />
        ) : (
          <SkeletonRows what="balances and loans" />
        )
      ) : (
        <>
          <Part title="Loans">
            <Loans
              loans={query.data.loans}
              known={query.data.balances.map(({ token }) => token)}
              asOf={query.data.as_of}
            />
          </Part>
          <Part title="Vaults">
            <AccountVaults account={address} />
          </Part>
          <Part title="Balances">
            <Balances balances={query.data.balances} />
            <SyntheticBalances rows={query.data.synthetics ?? []} />
          </Part>
        </>
      )}
      <AlertSettings />
    </>
  );
}

function Look(): ReactNode {
  const [text, setText] = useState('');
  const go = useNavigate();
  const typed = parseAddress(text);
  const address = valueOf(typed);
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (address !== undefined) void go(`/account/${address}`);
      }}
    >
      <Field
        label="Any account"
        hint="Everything on a chain is public; no wallet is needed to look."
        fault={faultOf(typed)}
      >
        {(control) => (
          <input
            {...control}
            value={text}
            placeholder="0x…"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" aria-disabled={address === undefined}>
        Look up
      </Button>
    </form>
  );
}

function NoAddress(): ReactNode {
  useTitle('Account');
  const wallet = useWallet();
  const [open, setOpen] = useState(false);
  const connected = 'account' in wallet ? wallet.account : undefined;
  return (
    <>
      <h1>Account</h1>
      <AlertList />
      <div className="launch__columns">
        <Part title="Your account">
          {connected === undefined ? (
            <div className="stack">
              <p>
                Connect a wallet to see what your tokens are backed by, and your loans with the time they have left.
              </p>
              <div>
                <Button look="primary" onClick={() => setOpen(true)}>
                  Connect a wallet
                </Button>
              </div>
              <ConnectDialog open={open} onClose={() => setOpen(false)} />
            </div>
          ) : (
            <div>
              <ButtonLink look="primary" to={`/account/${connected}`}>
                Open the connected account
              </ButtonLink>
            </div>
          )}
        </Part>
        <Part title="Another account">
          <Look />
        </Part>
      </div>
      <AlertSettings />
    </>
  );
}

/** What an account holds and owes, and alerts before its deadlines. */
export default function AccountPage(): ReactNode {
  const address = useParameter('address');
  if (address === '') {
    return (
      <div className="account">
        <WalletProvider>
          <NoAddress />
        </WalletProvider>
      </div>
    );
  }
  if (!isAddress(address)) {
    return (
      <>
        <h1>Account</h1>
        <EmptyState
          title="This address names no account"
          actions={<ButtonLink to="/account">Look up an account</ButtonLink>}
        >
          address: must be 0x and 40 digits from 0 to 9 and a to f.
        </EmptyState>
      </>
    );
  }
  return (
    <div className="account">
      <OneAccount address={address} />
    </div>
  );
}
