import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { agoText, countText, utcText } from '../format';
import { useTitle } from '../pages/useTitle';
import { Notice, Time } from '../ui';
import type { Flow } from './useFlow';
import './flows.css';

function Freshness({ flow }: { flow: Flow }): ReactNode {
  const own = flow.state !== undefined;
  return (
    <p className="quiet small">
      Figures of block {countText(flow.block)}, <Time at={flow.now} />,{' '}
      {own ? 'read through your wallet' : `from this server, indexed ${agoText(0, flow.asOf.indexed_age_secs ?? 0)}`}.
    </p>
  );
}

/** What stands where a balance cannot be read. */
export function noBalance(flow: Flow): string {
  if (flow.wallet.status === 'wrong-network') return 'not on this network';
  return flow.wallet.status === 'ready' ? 'being read' : 'no wallet connected';
}

/** The frame of every flow: what it is, what is known, and two columns that become one on a phone. */
export function FlowFrame({
  flow,
  title,
  lead,
  entries,
  outcome,
}: {
  flow: Flow;
  title: string;
  lead: ReactNode;
  entries: ReactNode;
  outcome: ReactNode;
}): ReactNode {
  useTitle(title);
  return (
    <>
      <header className="flow__head">
        <p className="small">
          <Link to={`/token/${flow.token.token}`}>
            {flow.token.name} ({flow.token.symbol})
          </Link>
        </p>
        <h1>{title}</h1>
        <p>{lead}</p>
        <Freshness flow={flow} />
        {flow.wallet.status === 'ready' && flow.stateError !== null && flow.state === undefined ? (
          <Notice kind="watch" title="The wallet's node does not answer">
            Your balances are not shown. Check the network in the wallet; this page tries again by itself.
          </Notice>
        ) : null}
      </header>
      <div className="flow">
        <div className="flow__side">{entries}</div>
        <div className="flow__side">{outcome}</div>
      </div>
    </>
  );
}

/** Said where new loans and bids are closed for a while. */
export function PausedNotice({ flow, what }: { flow: Flow; what: string }): ReactNode {
  if (flow.pausedUntil <= flow.now) return null;
  return (
    <Notice kind="watch" title={`${what} is paused until ${utcText(flow.pausedUntil)}`}>
      The guardian of this token paused new entries. Redemption, repayment and extension stay open, and every deadline
      moves by the time of the pause.
    </Notice>
  );
}
