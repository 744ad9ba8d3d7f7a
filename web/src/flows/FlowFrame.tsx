import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { agoText, countText, utcText } from '../format';
import { useTitle } from '../pages/useTitle';
import { Notice, Time } from '../ui';
import type { Flow } from './useFlow';
import './flows.css';

/** What a flow's figures are of, and whether they came through the wallet. */
export type Framed = Pick<Flow, 'asOf' | 'wallet' | 'stateError' | 'now' | 'block'> & { readonly state: unknown };

function Freshness({ flow }: { flow: Framed }): ReactNode {
  const own = flow.state !== undefined;
  return (
    <p className="quiet small">
      Figures of block {countText(flow.block)}, <Time at={flow.now} />,{' '}
      {own ? 'read through your wallet' : `from this server, indexed ${agoText(0, flow.asOf.indexed_age_secs ?? 0)}`}.
    </p>
  );
}

/** What stands where a balance cannot be read. */
export function noBalance(flow: Pick<Flow, 'wallet'>): string {
  if (flow.wallet.status === 'wrong-network') return 'not on this network';
  return flow.wallet.status === 'ready' ? 'being read' : 'no wallet connected';
}

interface FrameProps {
  readonly flow: Framed;
  /** What the flow is about, and where that is. */
  readonly home: { readonly to: string; readonly name: string };
  readonly title: string;
  readonly lead: ReactNode;
  readonly entries: ReactNode;
  readonly outcome: ReactNode;
}

/** The frame of every flow: what it is, what is known, and two columns that become one on a phone. */
export function Frame({ flow, home, title, lead, entries, outcome }: FrameProps): ReactNode {
  useTitle(title);
  return (
    <>
      <header className="flow__head">
        <p className="small">
          <Link to={home.to}>{home.name}</Link>
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

/** The frame of a token's flows. */
export function FlowFrame({ flow, ...rest }: Omit<FrameProps, 'flow' | 'home'> & { flow: Flow }): ReactNode {
  const { token, name, symbol } = flow.token;
  return <Frame flow={flow} home={{ to: `/token/${token}`, name: `${name} (${symbol})` }} {...rest} />;
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
