import type { ReactNode } from 'react';
import type { AsOf, TokenDetail } from '../../api/types';
import { limitsOf } from './limits';
import { Section } from './Section';

/** What the backing does not do, from the token's own facts. */
export function LimitsSection({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  return (
    <Section
      id="limits"
      title="What this backing does not do"
      lead={`From the facts of ${token.symbol} at this block.`}
    >
      {() => (
        <ul className="limits">
          {limitsOf(token, asOf.time).map((limit) => (
            <li key={limit.key}>
              <strong>{limit.title}</strong> {limit.text}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
