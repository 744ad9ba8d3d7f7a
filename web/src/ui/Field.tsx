import { useId, type ReactNode } from 'react';

/** Why an entry is refused: what is wrong and which limit it passes. */
export interface FieldFault {
  /** One sentence that says what to do. */
  message: string;
  /** The limit, with its unit, when there is one. */
  limit?: string;
}

/** What the control inside a field must carry. */
export interface FieldControl {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
}

/** A labelled entry with its unit, a hint, and an error that names the field and the limit. */
export function Field({
  label,
  unit,
  hint,
  fault,
  children,
}: {
  label: string;
  unit?: ReactNode;
  hint?: ReactNode;
  fault?: FieldFault | null;
  children: (control: FieldControl) => ReactNode;
}): ReactNode {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ');
  return (
    <div className={fault ? 'field field--wrong' : 'field'}>
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      <div className="field__box">
        {children({
          id,
          ...(described === '' ? {} : { 'aria-describedby': described }),
          ...(fault ? { 'aria-invalid': true as const } : {}),
        })}
        {unit ? <span className="field__unit">{unit}</span> : null}
      </div>
      {hint ? (
        <div className="field__hint" id={`${id}-hint`}>
          {hint}
        </div>
      ) : null}
      {fault ? (
        <div className="field__error" id={`${id}-fault`} role="alert">
          {label}: {fault.message}
          {fault.limit === undefined ? '' : ` Limit: ${fault.limit}.`}
        </div>
      ) : null}
    </div>
  );
}
