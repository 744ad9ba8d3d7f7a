import type { ReactNode } from 'react';
import type { Units } from '../../contracts/sentences';
import { Button, Field, copyText } from '../../ui';
import type { Call } from '../chain/calls';
import { faultOf, type Typed } from '../input';
import { Lines, type Line } from '../parts';
import { OneCall } from '../vaults/OneCall';

/** The command of the program that does the same. */
export function Command({ text }: { text: string }): ReactNode {
  return (
    <div>
      <p className="quiet small">The same from the command line:</p>
      <div className="command">
        <code>{text}</code>
        <Button small onClick={() => void copyText(text, 'The command')}>
          Copy
        </Button>
      </div>
    </div>
  );
}

/** How much less than shown is still accepted. */
export function MarginEntry({
  text,
  onText,
  typed,
  hint,
}: {
  text: string;
  onText: (text: string) => void;
  typed: Typed<number>;
  hint: ReactNode;
}): ReactNode {
  return (
    <Field label="Accept at most this much less than shown" unit="%" fault={faultOf(typed)} hint={hint}>
      {(control) => (
        <input
          {...control}
          inputMode="decimal"
          autoComplete="off"
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Field>
  );
}

/** Said above what anybody may set off. */
export const ANYBODY =
  'No permission is needed. Whoever sends it pays the network fee and gets nothing for it; the figures are what it would do now.';

/** Something that anybody may set off: what it would do now, or why there is nothing to do. */
export interface Chore {
  readonly key: string;
  readonly title: string;
  readonly text: ReactNode;
  /** What it would do; none where there is nothing to do. */
  readonly lines: readonly Line[];
  /** Said where there is nothing to do. */
  readonly idle: string;
  readonly label: string;
  readonly call: Call;
  readonly command?: string;
}

/** What anybody may set off, each with what it would do at the newest block. */
export function Chores({
  chores,
  units,
  ready,
}: {
  chores: readonly Chore[];
  units: Units;
  ready: boolean;
}): ReactNode {
  return (
    <ul className="chores">
      {chores.map(({ key, title, text, lines, idle, label, call, command }) => (
        <li key={key} className="chore stack">
          <h3>{title}</h3>
          <p className="quiet small">{text}</p>
          {lines.length === 0 ? (
            <p>{idle}</p>
          ) : (
            <>
              <Lines lines={lines} />
              {ready ? null : <p className="quiet small">Connect a wallet to do it.</p>}
              <OneCall label={label} call={call} units={units} />
              {command === undefined ? null : <Command text={command} />}
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
