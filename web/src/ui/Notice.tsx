import type { ReactNode } from 'react';

const KINDS = { plain: 'Note', watch: 'Watch', breach: 'Breach' } as const;

/** A message in the page. Amber is for what to watch, red for what is broken; a word says which. */
export function Notice({
  kind = 'plain',
  title,
  children,
  action,
  role,
}: {
  kind?: keyof typeof KINDS;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  role?: 'alert' | 'status';
}): ReactNode {
  return (
    <div className={`notice notice--${kind}`} role={role}>
      <div>
        <div className="notice__title">
          {kind === 'plain' ? null : <span className="notice__kind">{KINDS[kind]}: </span>}
          {title}
        </div>
        {children ? <div>{children}</div> : null}
      </div>
      {action ? <div>{action}</div> : null}
    </div>
  );
}
