import { lazy, Suspense, type ReactNode } from 'react';
import type { AsOf, TokenDetail } from '../../api/types';
import { SkeletonRows } from '../../ui';
import { Section } from './Section';

const Borrow = lazy(async () => ({ default: (await import('../../flows/calculators')).BorrowCalculator }));
const Redeem = lazy(async () => ({ default: (await import('../../flows/calculators')).RedeemCalculator }));

/** What redeeming or borrowing would bring, before anything is signed. */
export function WhatIfSection({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  return (
    <Section
      id="what-if"
      title="What if"
      lead="Computed as the contract does, to the last unit, for the state of this block."
    >
      {(near) =>
        near ? (
          <Suspense fallback={<SkeletonRows what="the calculators" rows={2} height={80} />}>
            <div className="what-if">
              <Borrow token={token} asOf={asOf} />
              {token.terms.redeemable ? <Redeem token={token} asOf={asOf} /> : null}
            </div>
          </Suspense>
        ) : (
          <SkeletonRows what="the calculators" rows={2} height={80} />
        )
      }
    </Section>
  );
}
