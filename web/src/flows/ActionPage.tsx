import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useToken } from '../api/hooks';
import type { TokenAnswer } from '../api/types';
import { useParameter } from '../app/modules';
import { isAddress } from '../format';
import { useTitle } from '../pages/useTitle';
import { ButtonLink, EmptyState, ErrorState, SkeletonRows } from '../ui';
import { WalletProvider } from '../wallet/WalletProvider';
import { BidFlow } from './BidFlow';
import { BorrowFlow } from './BorrowFlow';
import { ExtendFlow } from './ExtendFlow';
import { ForecloseFlow } from './ForecloseFlow';
import { RedeemFlow } from './RedeemFlow';
import { RepayFlow } from './RepayFlow';
import { useFlow, type Flow } from './useFlow';
import './flows.css';

const ACTIONS: Record<string, (props: { flow: Flow }) => ReactNode> = {
  redeem: RedeemFlow,
  borrow: BorrowFlow,
  repay: RepayFlow,
  extend: ExtendFlow,
  foreclose: ForecloseFlow,
  bid: BidFlow,
};

function Action({ answer, action }: { answer: TokenAnswer; action: string }): ReactNode {
  const flow = useFlow(answer.token, answer.as_of);
  const Page = ACTIONS[action];
  return Page === undefined ? null : <Page flow={flow} />;
}

function Unknown({ token, action }: { token: string; action: string }): ReactNode {
  useTitle('Not found');
  return (
    <>
      <h1>Not found</h1>
      <EmptyState
        title={`There is no action named ${action}`}
        actions={<ButtonLink to={`/token/${token}`}>The token</ButtonLink>}
      >
        There are <Link to={`/token/${token}/redeem`}>redeem</Link>, <Link to={`/token/${token}/borrow`}>borrow</Link>,{' '}
        <Link to={`/token/${token}/repay`}>repay</Link>, <Link to={`/token/${token}/extend`}>extend</Link>,{' '}
        <Link to={`/token/${token}/bid`}>bid</Link> and <Link to={`/token/${token}/foreclose`}>foreclose</Link>.
      </EmptyState>
    </>
  );
}

function Known({ token, action }: { token: string; action: string }): ReactNode {
  const query = useToken(token);
  if (query.data === undefined) {
    if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} what="the token" />;
    return <SkeletonRows what="the token" />;
  }
  return (
    <WalletProvider>
      <Action answer={query.data} action={action} />
    </WalletProvider>
  );
}

/** Redeem, borrow, repay, extend, bid and foreclose, each under its own address. */
export default function ActionPage(): ReactNode {
  const token = useParameter('token');
  const action = useParameter('action');
  if (!isAddress(token) || !Object.hasOwn(ACTIONS, action)) return <Unknown token={token} action={action} />;
  return <Known key={token} token={token} action={action} />;
}
