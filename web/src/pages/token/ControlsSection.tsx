import type { ReactNode } from 'react';
import { usePowers } from '../../api/hooks';
import type { AsOf, Power, Powers, TokenDetail } from '../../api/types';
import { bpsText, durationText } from '../../format';
import { Address, Notice, Table, Time } from '../../ui';
import { Loaded } from './Loaded';
import { Section } from './Section';

/** Roles that one account holds; where none does, the power is nobody's. */
const NAMED = new Set(['owner', 'guardian', 'beneficiary']);

function holderOf(power: Power): ReactNode {
  if (power.holder !== null) {
    return (
      <>
        {power.holder_role} <Address value={power.holder} />
      </>
    );
  }
  return NAMED.has(power.holder_role) ? `no ${power.holder_role} is named` : power.holder_role;
}

function Pending({ token }: { token: TokenDetail }): ReactNode {
  const fees = token.fees?.pending ?? null;
  const recipients = token.split?.recipients.filter((recipient) => recipient.pending !== null) ?? [];
  return (
    <>
      {fees === null ? null : (
        <Notice kind="watch" title="A change of the fees is announced">
          Buying {bpsText(token.fees?.buy_bps ?? 0)} becomes {bpsText(fees.buy_bps)}, selling{' '}
          {bpsText(token.fees?.sell_bps ?? 0)} becomes {bpsText(fees.sell_bps)}, from <Time at={fees.effective_at} />.
        </Notice>
      )}
      {recipients.map((recipient) => (
        <Notice key={recipient.account} kind="watch" title="A change of a fee recipient is announced">
          <Address value={recipient.account} /> becomes <Address value={recipient.pending?.account ?? ''} />, from{' '}
          <Time at={recipient.pending?.effective_at ?? 0} />.
        </Notice>
      ))}
    </>
  );
}

function Evidence({ power }: { power: Power }): ReactNode {
  return (
    <span className="small quiet">
      {power.evidence} <Address value={power.contract} noun="contract address" />
    </span>
  );
}

function PowerTables({ powers, token }: { powers: Powers; token: TokenDetail }): ReactNode {
  const can = powers.powers.filter((power) => !power.cannot);
  const cannot = powers.powers.filter((power) => power.cannot);
  return (
    <div className="stack">
      <Pending token={token} />
      <Table
        caption={`Who may do what with ${token.symbol}`}
        rows={can}
        rowKey={(power, index) => `${power.function}-${index}`}
        columns={[
          { key: 'power', title: 'Power', label: '', heading: true, cell: (power) => <strong>{power.power}</strong> },
          { key: 'holder', title: 'Who', cell: holderOf },
          {
            key: 'delay',
            title: 'Delay',
            cell: (power) => (power.delay_secs === 0 ? 'none' : durationText(power.delay_secs)),
          },
          { key: 'limit', title: 'Limit', cell: (power) => power.limit || 'none' },
          { key: 'evidence', title: 'Evidence', cell: (power) => <Evidence power={power} /> },
        ]}
      />
      <h3>What nobody can do</h3>
      <ul className="limits">
        {cannot.map((power) => (
          <li key={power.power}>
            <strong>{power.power}.</strong> <Evidence power={power} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Who may change what, how late it holds, and what nobody can do. */
export function ControlsSection({ token }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  return (
    <Section id="controls" title="Controls" lead="Who may do what, how long it waits in public, and how far it can go.">
      {(near) => <ControlsBody token={token} near={near} />}
    </Section>
  );
}

function ControlsBody({ token, near }: { token: TokenDetail; near: boolean }): ReactNode {
  const powers = usePowers(token.token, near);
  return (
    <Loaded query={powers} what="controls">
      {(answer) => <PowerTables powers={answer} token={token} />}
    </Loaded>
  );
}
