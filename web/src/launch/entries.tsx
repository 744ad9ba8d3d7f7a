import type { ReactNode } from 'react';
import { Field, type FieldFault } from '../ui';
import type { LaunchDraft } from './draft';
import type { AssetInfo } from './check';
import type { AssetRef } from '../api/types';

/** What every step of the wizard works on. */
export interface StepProps {
  readonly draft: LaunchDraft;
  readonly set: (change: Partial<LaunchDraft>) => void;
  /** The faults to show, by field. */
  readonly faults: Readonly<Record<string, FieldFault>>;
  readonly info: (address: string) => AssetInfo;
  readonly known: readonly AssetRef[];
  readonly wrapped: string | null;
  readonly sender: string | undefined;
}

/** Keys of the draft that hold one line of text. */
export type TextKey = {
  [Key in keyof LaunchDraft]: LaunchDraft[Key] extends string ? Key : never;
}[keyof LaunchDraft];

/** One line of text of the draft. */
export function Entry({
  step,
  field,
  label,
  unit,
  hint,
  placeholder,
  numeric = false,
}: {
  step: StepProps;
  field: Exclude<TextKey, 'lock' | 'salt'>;
  label: string;
  unit?: string;
  hint?: ReactNode;
  placeholder?: string;
  numeric?: boolean;
}): ReactNode {
  return (
    <FreeEntry
      label={label}
      unit={unit}
      hint={hint}
      placeholder={placeholder}
      numeric={numeric}
      text={step.draft[field]}
      onText={(text) => step.set({ [field]: text })}
      fault={step.faults[field]}
    />
  );
}

/** One line of text. */
export function FreeEntry({
  label,
  text,
  onText,
  fault,
  unit,
  hint,
  placeholder,
  numeric = false,
  list,
}: {
  label: string;
  text: string;
  onText: (text: string) => void;
  fault?: FieldFault | undefined;
  unit?: string | undefined;
  hint?: ReactNode;
  placeholder?: string | undefined;
  numeric?: boolean;
  list?: string;
}): ReactNode {
  return (
    <Field label={label} unit={unit} hint={hint} fault={fault ?? null}>
      {(control) => (
        <input
          {...control}
          type="text"
          inputMode={numeric ? 'decimal' : 'text'}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          list={list}
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Field>
  );
}
