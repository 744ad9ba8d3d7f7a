import type { ReactNode } from 'react';
import { fillClass } from '../../charts/StackedBars';
import { shareBps, shareText } from '../../format';
import { Amount, Figure } from '../../ui';
import { marketName } from './parts';
import type { Shared } from './Shell';
import { bookSource } from './sources';

interface Piece {
  readonly key: string;
  readonly name: string;
  readonly value: bigint;
}

/** What stands behind a synthetic, piece by piece: the debt of each market and the worth of the peg's custody. */
export function piecesOf(synthetic: Shared['synthetic']): Piece[] {
  const markets = synthetic.markets.map((market) => ({
    key: String(market.id),
    name: `Debt of ${marketName(synthetic.symbol, market)}`,
    value: BigInt(market.debt),
  }));
  const peg = synthetic.peg;
  const custody =
    peg === null
      ? []
      : [
          {
            key: 'peg',
            name: `${peg.custody_token.symbol} in the peg module, at most at face value`,
            value: BigInt(synthetic.peg_backing ?? '0'),
          },
        ];
  return [...markets, ...custody].filter((piece) => piece.value > 0n);
}

/** What stands behind the supply as one bar, with every piece in words beneath. */
export function Backing({ synthetic, asOf }: Shared): ReactNode {
  const pieces = piecesOf(synthetic);
  const total = pieces.reduce((sum, piece) => sum + piece.value, 0n);
  if (total === 0n) {
    return <p className="quiet">Nothing stands behind it yet, and nothing of it exists.</p>;
  }
  const source = bookSource(synthetic, 'debt', 'totals()', 'debt of each market, and what the custody is worth');
  return (
    <div className="composition">
      <div className="composition__bar" aria-hidden="true">
        {pieces.map((piece, index) => (
          <span
            key={piece.key}
            className={fillClass(index)}
            style={{ flex: `${Math.max(1, shareBps(piece.value, total))} 1 0` }}
          />
        ))}
      </div>
      <dl className="parts">
        {pieces.map((piece, index) => (
          <div key={piece.key} className="part">
            <dt>
              <span className={`swatch ${fillClass(index)}`} aria-hidden="true" />
              {piece.name}
            </dt>
            <dd>
              <Figure label={piece.name} asOf={asOf} source={source}>
                <Amount value={piece.value} decimals={18} places={0} significant={12} unit={synthetic.symbol} />
              </Figure>
              <span className="part__share">{shareText(shareBps(piece.value, total))}</span>
            </dd>
          </div>
        ))}
        <div className="part part--sum">
          <dt>Stands behind</dt>
          <dd>
            <Amount value={total} decimals={18} places={0} significant={12} unit={synthetic.symbol} />
            <span className="part__share" />
          </dd>
        </div>
      </dl>
    </div>
  );
}
