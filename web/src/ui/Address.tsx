import type { ReactNode } from 'react';
import { shortHex } from '../format';
import { copyText } from './toasts';

/** An address or hash, shortened in the middle; a click copies all of it. `noun` says what it is of. */
export function Address({
  value,
  noun = 'address',
  full = false,
}: {
  value: string;
  noun?: string;
  full?: boolean;
}): ReactNode {
  return (
    <button
      type="button"
      className="address"
      title={`${value}, click to copy`}
      aria-label={`${full ? value : shortHex(value)}, copy this ${noun}`}
      onClick={(event) => {
        event.stopPropagation();
        void copyText(value, `The ${noun}`);
      }}
    >
      {full ? value : shortHex(value)}
    </button>
  );
}
