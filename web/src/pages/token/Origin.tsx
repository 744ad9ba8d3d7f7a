import type { ReactNode } from 'react';
import type { AsOf, TokenSummary } from '../../api/types';
import { countText } from '../../format';
import { Figure } from '../../ui';
import { rowsSource } from '../sources';

/** Under a table or chart: the block of its figures, to be opened for source, age and command. */
export function Origin({
  token,
  part,
  asOf,
}: {
  token: TokenSummary;
  part: Parameters<typeof rowsSource>[1];
  asOf: AsOf | undefined;
}): ReactNode {
  if (asOf === undefined) return null;
  return (
    <p className="origin">
      <Figure label="Where these figures come from" asOf={asOf} source={rowsSource(token, part)} exact="Every row here">
        As of block {countText(asOf.block)}
      </Figure>
    </p>
  );
}
