import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useToken } from '../api/hooks';
import { parseAddress, faultOf, valueOf } from '../flows/input';
import { Part } from '../flows/parts';
import { durationText, shortHex } from '../format';
import { parseDuration } from '../launch/check';
import { Button, ButtonLink, Field, Notice, toast } from '../ui';
import { useAlerts } from './alerts';
import { alertText } from './AlertBadge';
import { addThreshold, removeThreshold, setNotify, unwatchAccount, useWatch, watchAccount, WATCHED_MAX } from './watch';

const YEAR_SECS = 365 * 86_400;

/** The symbol of the token that a loan is of; its address until that is read. */
function TokenOf({ address }: { address: string }): ReactNode {
  const answer = useToken(address);
  return <Link to={`/token/${address}`}>{answer.data?.token.symbol ?? shortHex(address)}</Link>;
}

/** The alerts of all watched accounts, each with what to do. */
export function AlertList(): ReactNode {
  const { alerts, failed } = useAlerts();
  return (
    <>
      {failed ? (
        <Notice kind="watch" title="Not every watched account could be read">
          This page tries again by itself.
        </Notice>
      ) : null}
      {alerts.map((alert) => {
        const path = `/token/${alert.loan.token}`;
        const expired = alert.graceLeft <= 0;
        return (
          <Notice
            key={alert.key}
            kind={alert.secsLeft <= 0 ? 'breach' : 'watch'}
            title={alertText(alert)}
            action={
              expired ? (
                <ButtonLink to={`${path}/foreclose`}>Foreclosure</ButtonLink>
              ) : (
                <span className="launch__row">
                  <ButtonLink to={`${path}/extend?loan=${alert.loan.loan}`}>Extend</ButtonLink>
                  <ButtonLink to={`${path}/repay?loan=${alert.loan.loan}`}>Repay</ButtonLink>
                </span>
              )
            }
          >
            <TokenOf address={alert.loan.token} />, account{' '}
            <Link to={`/account/${alert.account}`}>{shortHex(alert.account)}</Link>. Alert{' '}
            {durationText(alert.beforeSecs)} before the deadline.
          </Notice>
        );
      })}
    </>
  );
}

function Thresholds(): ReactNode {
  const { beforeSecs } = useWatch();
  const [text, setText] = useState('');
  const typed = parseDuration(text, 60, YEAR_SECS);
  const secs = valueOf(typed);
  return (
    <div className="stack">
      <ul className="chips" aria-label="Alert before a deadline">
        {beforeSecs.map((one) => (
          <li key={one} className="tag">
            {durationText(one)} before
            {beforeSecs.length > 1 ? (
              <button
                type="button"
                className="linklike"
                aria-label={`remove the alert ${durationText(one)} before`}
                onClick={() => removeThreshold(one)}
              >
                remove
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (secs === undefined) return;
          addThreshold(secs);
          setText('');
        }}
      >
        <Field label="Another alert" hint='Such as "12 h" or "7 days" before the deadline.' fault={faultOf(typed)}>
          {(control) => (
            <input {...control} value={text} autoComplete="off" onChange={(event) => setText(event.target.value)} />
          )}
        </Field>
        <Button type="submit" aria-disabled={secs === undefined}>
          Add alert
        </Button>
      </form>
    </div>
  );
}

function permission(): NotificationPermission | 'missing' {
  return 'Notification' in window ? Notification.permission : 'missing';
}

function Notifications(): ReactNode {
  const { notify } = useWatch();
  const [allowed, setAllowed] = useState(permission);
  const ask = async () => {
    const answer = allowed === 'default' ? await Notification.requestPermission() : allowed;
    setAllowed(answer);
    setNotify(answer === 'granted');
    if (answer === 'denied')
      toast('The browser does not allow notifications here. Change it in its settings for this site.', 'watch');
  };
  if (allowed === 'missing')
    return <p className="quiet">This browser has no notifications. Alerts show in the page.</p>;
  if (notify && allowed === 'granted') {
    return (
      <p>
        The browser tells you while a page of this explorer is open.{' '}
        <button type="button" className="linklike" onClick={() => setNotify(false)}>
          Stop that
        </button>
      </p>
    );
  }
  return (
    <div className="stack">
      <p className="quiet">
        {allowed === 'denied'
          ? 'The browser does not allow notifications here. Change it in its settings for this site, then come back.'
          : 'Without notifications, alerts show in the page and beside Account in the header.'}
      </p>
      {allowed === 'denied' ? null : (
        <div>
          <Button onClick={() => void ask()}>Let the browser notify me</Button>
        </div>
      )}
    </div>
  );
}

function Watched(): ReactNode {
  const { accounts } = useWatch();
  const [text, setText] = useState('');
  const typed = parseAddress(text);
  const address = valueOf(typed);
  return (
    <div className="stack">
      {accounts.length === 0 ? <p className="quiet">No account is watched yet.</p> : null}
      <ul className="watched">
        {accounts.map((account) => (
          <li key={account}>
            <Link to={`/account/${account}`} className="mono">
              {shortHex(account, 10, 8)}
            </Link>
            <Button small look="quiet" aria-label={`Stop watching ${account}`} onClick={() => unwatchAccount(account)}>
              Stop watching
            </Button>
          </li>
        ))}
      </ul>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (address === undefined) return;
          if (watchAccount(address)) setText('');
          else toast(`This browser watches at most ${WATCHED_MAX} accounts. Stop watching one first.`, 'watch');
        }}
      >
        <Field label="Watch an account" fault={faultOf(typed)}>
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
          Watch
        </Button>
      </form>
    </div>
  );
}

/** What to be told, for whom, and how. */
export function AlertSettings(): ReactNode {
  return (
    <div className="launch__columns" id="alerts">
      <Part title="Watched accounts">
        <Watched />
      </Part>
      <Part title="When to be told">
        <Thresholds />
        <Notifications />
        <p className="quiet small">
          Time is the chain's, of the newest block. The list stays in this browser; close it and nothing tells you.
          Whoever runs a server can have every loan's deadline posted to an address of theirs, also while no page is
          open:
        </p>
        <code className="small">ballast serve --webhook https://example.org/loans --alert-before 3d,1d,1h</code>
      </Part>
    </div>
  );
}
