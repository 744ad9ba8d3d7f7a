import type { ReactNode } from 'react';
import type { AssetRef, SeriesPoint } from '../api/types';
import { premiumText } from '../format';
import { Price, Time } from '../ui';
import { premiumBps } from './floorChartModel';

/** The values under the crosshair, or the newest ones while there is none. */
export function FloorReadout({
  point,
  now,
  index,
  asset,
  comparable,
}: {
  point: SeriesPoint;
  now: boolean;
  index: number;
  asset: AssetRef;
  comparable: boolean;
}): ReactNode {
  const premium = comparable ? premiumBps(point, index) : null;
  return (
    <dl className="readout">
      <div>
        <dt>{now ? 'Now' : 'At'}</dt>
        <dd>
          <Time at={point.time} />
        </dd>
      </div>
      <div className="readout--floor">
        <dt>Floor</dt>
        <dd>
          <Price wad={point.floor_wad[index] ?? '0'} unit={asset.symbol} />
        </dd>
      </div>
      <div>
        <dt>Market</dt>
        <dd>{point.market === null ? 'none' : <Price wad={point.market.close} unit={asset.symbol} />}</dd>
      </div>
      {premium === null ? null : (
        <div>
          <dt>{premium < 0 ? 'Discount' : 'Premium'}</dt>
          <dd>{premiumText(premium)}</dd>
        </div>
      )}
    </dl>
  );
}
