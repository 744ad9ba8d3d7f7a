import { useState, type ReactNode } from 'react';
import { wadPercentText } from '../../format';
import { lossOf } from '../calc/backstop';
import { deficitOf, shareAfter, whoPays } from '../calc/losses';
import { SYNTHETIC_DECIMALS } from '../calc/vaults';
import { parseAmount, valueOf } from '../input';
import { AmountEntry, Lines, TokenAmount, type Line } from '../parts';
import type { BackstopFlow } from './usePegFlow';

/** A loss to try: who would pay it, in the order in which they do, and what it would cost these shares. */
export function LossSection({
  flow,
  shares,
  whose,
}: {
  flow: BackstopFlow;
  /** Shares whose loss is shown. */
  shares: bigint;
  /** What they are: "Your shares". */
  whose: string;
}): ReactNode {
  const [text, setText] = useState('');
  const { symbol } = flow.synthetic;
  const { claims, backstop } = flow;
  const typed = parseAmount(text, {
    decimals: SYNTHETIC_DECIMALS,
    unit: symbol,
    max: claims.supply,
    maxIs: 'all there is',
  });
  const loss = valueOf(typed) ?? 0n;
  const payers = whoPays(claims, backstop.cash, loss);
  const before = whoPays(claims, backstop.cash, 0n);
  const part = lossOf(backstop, shares, payers.backstop);
  const amount = (value: bigint) => <TokenAmount value={value} symbol={symbol} />;
  const lines: Line[] = [
    ...(deficitOf(claims) === 0n ? [] : [{ label: 'Unpaid already', after: amount(deficitOf(claims)) }]),
    { label: 'Interest and surplus pay', before: amount(before.earnings), after: amount(payers.earnings) },
    { label: 'The backstop pays', before: amount(before.backstop), after: amount(payers.backstop) },
    { label: 'All holders share', before: amount(before.holders), after: amount(payers.holders) },
    {
      label: `Each ${symbol} then redeems for`,
      after: `${wadPercentText(shareAfter(claims, backstop.cash, loss))} of face value`,
    },
    ...(shares === 0n ? [] : [{ label: `Worth of ${whose}`, before: amount(part.before), after: amount(part.after) }]),
  ];
  return (
    <div className="stack narrow">
      <AmountEntry
        label="Loss to try"
        text={text}
        onText={setText}
        typed={typed}
        unit={symbol}
        decimals={SYNTHETIC_DECIMALS}
        most={backstop.cash}
        mostIs="All its cash"
        hint="Nothing is sent. The backstop pays from its cash; collateral that it holds pays once it is sold."
      />
      <Lines lines={lines} />
    </div>
  );
}
