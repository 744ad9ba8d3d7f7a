import type { ReactNode } from 'react';
import type { Spark } from '../api/types';
import { wadNumber } from '../format';
import { bandPath, linePath, type Pixel } from './scale';

const WIDTH = 128;
const HEIGHT = 32;

/** Floor filled down to zero and market as a thin line above, without axes; `label` says in words what it shows. */
export function Sparkline({ spark, label }: { spark: Spark; label: string }): ReactNode {
  const floors = spark.floor_wad.map(wadNumber);
  const markets = spark.market_wad.map((wad) => (wad === null ? null : wadNumber(wad)));
  const high = Math.max(...floors, ...markets.map((market) => market ?? 0));
  if (spark.times.length < 2 || high <= 0) {
    return <span className="quiet small">too young</span>;
  }
  const first = spark.times[0] ?? 0;
  const span = Math.max(1, (spark.times.at(-1) ?? 0) - first);
  const at = (index: number, value: number): Pixel => [
    (((spark.times[index] ?? first) - first) / span) * WIDTH,
    HEIGHT - 1 - (value / high) * (HEIGHT - 3),
  ];
  const floor = floors.map((value, index) => at(index, value));
  const foot = floors.map((_, index): Pixel => [at(index, 0)[0], HEIGHT]);
  const market = markets.flatMap((value, index) => (value === null ? [] : [at(index, value)]));
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <path className="spark__reserve" d={bandPath(floor, foot)} />
      <path className="spark__floor" d={linePath(floor)} />
      <path className="spark__market" d={linePath(market)} />
    </svg>
  );
}
