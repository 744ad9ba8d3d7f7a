import type { ReactNode } from 'react';
import { decimalParts, exactDecimal, partsText, type DecimalOptions, type NumberParts } from '../format';

function Digits({ parts, column }: { parts: NumberParts; column: number | undefined }): ReactNode {
  const fraction =
    parts.fraction === '' ? null : parts.zeros > 0 ? (
      <>
        .0<sub>{parts.zeros}</sub>
        {parts.fraction}
      </>
    ) : (
      `.${parts.fraction}`
    );
  return (
    <>
      {parts.sign}
      {parts.whole}
      {column === undefined ? (
        fraction
      ) : (
        <span className="amount__fraction" style={{ minWidth: `${column}ch` }}>
          {fraction}
        </span>
      )}
      {parts.exponent === null ? null : (
        <>
          {' × 10'}
          <sup>{parts.exponent}</sup>
        </>
      )}
    </>
  );
}

/**
 * An exact amount of base units, shown with the digits that count; the whole amount is its title and what a screen
 * reader says. `column` is the width kept after the point, in digits, so that amounts in a column align on it.
 */
export function Amount({
  value,
  decimals,
  unit,
  column,
  unitColumn,
  ...options
}: {
  value: bigint | string;
  decimals: number;
  unit?: string | undefined;
  column?: number | undefined;
  unitColumn?: number | undefined;
} & DecimalOptions): ReactNode {
  const exact = BigInt(value);
  const parts = decimalParts(exact, decimals, options);
  const text = exactDecimal(exact, decimals);
  const short = parts.cut || parts.zeros > 0 || parts.exponent !== null;
  // Small type and columns part the digits into pieces; a screen reader is given them in one.
  const spoken = parts.zeros > 0 || parts.exponent !== null ? text : column === undefined ? null : partsText(parts);
  return (
    <span className="amount" title={short ? `${text}${unit ? ` ${unit}` : ''}` : undefined}>
      {spoken !== null ? (
        <>
          <span aria-hidden="true">
            <Digits parts={parts} column={column} />
          </span>
          <span className="visually-hidden">{spoken}</span>
        </>
      ) : (
        <Digits parts={parts} column={column} />
      )}
      {unit ? (
        <span className="amount__unit" style={unitColumn === undefined ? undefined : { minWidth: `${unitColumn}ch` }}>
          {unit}
        </span>
      ) : null}
    </span>
  );
}

/** A price in wad: whole units of an asset for one whole token. */
export function Price({
  wad,
  unit,
  column,
  unitColumn,
  ...options
}: {
  wad: bigint | string;
  unit?: string | undefined;
  column?: number | undefined;
  unitColumn?: number | undefined;
} & DecimalOptions): ReactNode {
  return <Amount value={wad} decimals={18} unit={unit} column={column} unitColumn={unitColumn} {...options} />;
}
