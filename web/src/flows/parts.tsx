import type { ReactNode } from 'react';
import type { AssetRef } from '../api/types';
import { exactDecimal } from '../format';
import { Amount, Button, Field } from '../ui';
import { TOKEN_DECIMALS } from './calc/arithmetic';
import { faultOf, type Typed } from './input';
import './flows.css';

/** One line of a statement: what, before, after. */
export interface Line {
  readonly label: string;
  readonly before?: ReactNode;
  readonly after: ReactNode;
}

/** A named part of a flow. */
export function Part({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section className="flow__part">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Figures by name; where a line has a before, it stands left of the after. */
export function Lines({ lines }: { lines: readonly Line[] }): ReactNode {
  return (
    <dl className="lines">
      {lines.map(({ label, before, after }) => (
        <div key={label} className="lines__row">
          <dt>{label}</dt>
          <dd>
            {before === undefined ? null : (
              <>
                <span className="lines__before">
                  <span className="visually-hidden">now </span>
                  {before}
                </span>
                <span className="lines__arrow" aria-hidden="true">
                  →
                </span>
                <span className="visually-hidden"> afterwards </span>
              </>
            )}
            {after}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Risks({ risks }: { risks: readonly ReactNode[] }): ReactNode {
  return (
    <ul className="risks">
      {risks.map((risk, index) => (
        <li key={index}>{risk}</li>
      ))}
    </ul>
  );
}

export function TokenAmount({ value, symbol }: { value: bigint; symbol: string }): ReactNode {
  return <Amount value={value} decimals={TOKEN_DECIMALS} unit={symbol} significant={10} />;
}

export function AssetAmount({ value, asset }: { value: bigint; asset: AssetRef }): ReactNode {
  return <Amount value={value} decimals={asset.decimals} unit={asset.symbol} significant={10} />;
}

/** One amount of each asset, those that are zero left out. */
export function AssetAmounts({
  values,
  assets,
  nothing = 'nothing',
}: {
  values: readonly bigint[];
  assets: readonly AssetRef[];
  nothing?: string;
}): ReactNode {
  const shown = assets.map((asset, index) => ({ asset, value: values[index] ?? 0n })).filter(({ value }) => value > 0n);
  if (shown.length === 0) return nothing;
  return (
    <span className="amounts">
      {shown.map(({ asset, value }) => (
        <AssetAmount key={asset.address} value={value} asset={asset} />
      ))}
    </span>
  );
}

/** An entry for an amount, with a button for the most where there is one. */
export function AmountEntry({
  label,
  text,
  onText,
  typed,
  unit,
  decimals,
  most,
  mostIs = 'Max',
  hint,
  disabled = false,
}: {
  label: string;
  text: string;
  onText: (text: string) => void;
  typed: Typed<unknown>;
  unit: string;
  decimals: number;
  most?: bigint | undefined;
  mostIs?: string;
  hint?: ReactNode;
  disabled?: boolean;
}): ReactNode {
  return (
    <Field label={label} unit={unit} hint={hint} fault={faultOf(typed)}>
      {(control) => (
        <>
          <input
            {...control}
            type="text"
            inputMode="decimal"
            autoComplete="off"
            spellCheck={false}
            placeholder="0"
            value={text}
            disabled={disabled}
            onChange={(event) => onText(event.target.value)}
          />
          {most === undefined || most <= 0n ? null : (
            <Button
              small
              look="quiet"
              disabled={disabled}
              aria-label={`${mostIs}: ${exactDecimal(most, decimals)} ${unit} as ${label}`}
              onClick={() => onText(exactDecimal(most, decimals))}
            >
              {mostIs}
            </Button>
          )}
        </>
      )}
    </Field>
  );
}

/** A yes-or-no with its explanation. */
export function Check({
  label,
  hint,
  checked,
  onChange,
  disabled = false,
}: {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}): ReactNode {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>
        {label}
        {hint === undefined ? null : <span className="field__hint">{hint}</span>}
      </span>
    </label>
  );
}
