import type { ReactNode } from 'react';
import { wadPercentText } from '../format';
import { Price } from '../ui';
import { MAX_WORD } from './calc/arithmetic';
import { coverageWad, floorWad, type Ledger } from './calc/ledger';
import type { Line } from './parts';
import type { AssetRef } from '../api/types';

/** A reserve as it stands now, and what it is counted in. */
interface Now {
  readonly assets: readonly AssetRef[];
  readonly ledger: Ledger;
}

function price(wad: bigint, unit: string): ReactNode {
  return <Price wad={wad} unit={unit} significant={8} />;
}

/** The floor of each asset now and afterwards. */
export function floorLines(flow: Now, after: Ledger): Line[] {
  return flow.assets.map((asset, index) => ({
    label: flow.assets.length === 1 ? 'Floor for one token' : `Floor in ${asset.symbol}`,
    before: price(floorWad(flow.ledger, index, asset.decimals), asset.symbol),
    after: after.claims === 0n ? 'no tokens are left' : price(floorWad(after, index, asset.decimals), asset.symbol),
  }));
}

function coverageText(ledger: Ledger): string {
  const all = ledger.assets.map((_, index) => coverageWad(ledger, index));
  const lowest = all.reduce((least, one) => (one < least ? one : least), MAX_WORD);
  return lowest === MAX_WORD ? 'nothing to cover' : wadPercentText(lowest);
}

/** How far the cash covers every token that is not locked, now and afterwards; never under 100 %. */
export function coverageLine(flow: Now, after: Ledger): Line {
  return { label: 'Coverage, cash over free tokens', before: coverageText(flow.ledger), after: coverageText(after) };
}
