import { useEffect, type ReactNode } from 'react';
import { durationText, pluralText } from '../format';
import { useAlerts, type Alert } from './alerts';
import { noteNotified, useWatch } from './watch';

/** What an alert says in one sentence. */
export function alertText(alert: Alert): string {
  const number = (BigInt(alert.loan.loan) & 0xffff_ffffn).toString();
  if (alert.secsLeft > 0) return `Loan ${number} is due in ${durationText(alert.secsLeft)}.`;
  if (alert.graceLeft > 0) return `Loan ${number} is overdue. Its grace ends in ${durationText(alert.graceLeft)}.`;
  return `Loan ${number} is past its grace. Anybody may foreclose it.`;
}

/** Tells the browser about alerts that it has not told of yet. */
function useNotifications(alerts: readonly Alert[]): void {
  const { notify, notified } = useWatch();
  useEffect(() => {
    if (!notify || !('Notification' in window) || Notification.permission !== 'granted') return;
    const fresh = alerts.filter((alert) => !notified.includes(alert.key));
    if (fresh.length === 0) return;
    for (const alert of fresh) {
      new Notification('Ballast', { body: `${alertText(alert)} Repay or extend it in time.`, tag: alert.key });
    }
    noteNotified(fresh.map((alert) => alert.key));
  }, [alerts, notify, notified]);
}

function Watching(): ReactNode {
  const { alerts } = useAlerts();
  useNotifications(alerts);
  if (alerts.length === 0) return null;
  const overdue = alerts.some((alert) => alert.secsLeft <= 0);
  return (
    <span
      className={overdue ? 'tag tag--breach' : 'tag tag--watch'}
      title={alerts.map(alertText).join(' ')}
      style={{ marginLeft: 'var(--s1)' }}
    >
      <span aria-hidden="true">{alerts.length}</span>
      <span className="visually-hidden">: {pluralText(alerts.length, 'loan')} close to the deadline</span>
    </span>
  );
}

/** How many watched loans are close to their deadline; nothing where none is, or nothing is watched. */
export function AlertBadge(): ReactNode {
  const { accounts } = useWatch();
  return accounts.length === 0 ? null : <Watching />;
}
