import type { ReactNode } from 'react';
import type { AsOf, ReserveState, TokenDetail } from '../../api/types';
import { columnWidth, exactDecimal, wadPercentText } from '../../format';
import { Address, Amount, Figure } from '../../ui';
import { ExportLinks } from './ExportLinks';
import { Section } from './Section';

const DIGITS = { significant: 7 };

/** A part of the whole as a percentage with two decimals, so that a column of them aligns. */
function shareText(part: bigint, whole: bigint): string {
  return wadPercentText(whole === 0n ? 0n : (part * 10n ** 18n) / whole);
}

function Part({
  name,
  value,
  reserve,
  token,
  asOf,
  source,
  share,
  sign,
  column,
}: {
  name: string;
  value: string;
  reserve: ReserveState;
  token: TokenDetail;
  asOf: AsOf;
  source: string;
  share: bigint;
  sign: string;
  column: number;
}): ReactNode {
  return (
    <div className="part">
      <dt>
        <span className={`swatch ${sign}`} aria-hidden="true" />
        {name}
      </dt>
      <dd>
        <Figure
          label={`${name}, ${reserve.asset.symbol}`}
          asOf={asOf}
          source={token.sources[source]}
          exact={`${exactDecimal(BigInt(value), reserve.asset.decimals)} ${reserve.asset.symbol}`}
        >
          <Amount
            value={value}
            decimals={reserve.asset.decimals}
            unit={reserve.asset.symbol}
            column={column}
            {...DIGITS}
          />
        </Figure>
        <span className="part__share">{shareText(BigInt(value), share)}</span>
      </dd>
    </div>
  );
}

function Composition({ reserve, token, asOf }: { reserve: ReserveState; token: TokenDetail; asOf: AsOf }): ReactNode {
  const total = BigInt(reserve.total);
  const whole = total + BigInt(reserve.streaming);
  const width = (value: string) => `${Number((BigInt(value) * 100_000n) / (whole === 0n ? 1n : whole)) / 1000}%`;
  const column = columnWidth([reserve.cash, reserve.lent, reserve.streaming, total], reserve.asset.decimals, DIGITS);
  const shared = { reserve, token, asOf, share: total, column };
  return (
    <div className="composition">
      <h3>
        {reserve.asset.symbol} <span className="token-head__full">{reserve.asset.name}</span>{' '}
        <Address value={reserve.asset.address} noun="asset address" />
      </h3>
      <div className="composition__bar" aria-hidden="true">
        <span className="fill-cash" style={{ width: width(reserve.cash) }} />
        <span className="fill-lent" style={{ width: width(reserve.lent) }} />
        <span className="fill-streaming" style={{ width: width(reserve.streaming) }} />
      </div>
      <dl className="parts">
        <Part name="Cash" value={reserve.cash} source="cash" sign="fill-cash" {...shared} />
        <Part name="Lent, against locked tokens" value={reserve.lent} source="lent" sign="fill-lent" {...shared} />
        <Part
          name="Still vesting, not counted yet"
          value={reserve.streaming}
          source="streaming"
          sign="fill-streaming"
          {...shared}
        />
        <div className="part part--sum">
          <dt>Backing: cash and lent</dt>
          <dd>
            <Figure
              label={`Backing, ${reserve.asset.symbol}`}
              asOf={asOf}
              source={token.sources['total']}
              formula="cash + lent"
              exact={`${exactDecimal(total, reserve.asset.decimals)} ${reserve.asset.symbol}`}
            >
              <Amount
                value={total}
                decimals={reserve.asset.decimals}
                unit={reserve.asset.symbol}
                column={column}
                {...DIGITS}
              />
            </Figure>
            <span className="part__share">{shareText(total, total)}</span>
          </dd>
        </div>
        <div className="part part--sum">
          <dt>Coverage of free holders</dt>
          <dd>
            {reserve.coverage_wad === null ? (
              'nothing to cover'
            ) : (
              <Figure
                label={`Coverage, ${reserve.asset.symbol}`}
                asOf={asOf}
                source={token.sources['coverage_wad']}
                exact={`${exactDecimal(BigInt(reserve.coverage_wad) * 100n, 18)} %`}
              >
                {wadPercentText(BigInt(reserve.coverage_wad))}
              </Figure>
            )}
          </dd>
        </div>
      </dl>
    </div>
  );
}

/** What the reserve consists of, asset by asset. */
export function ReserveSection({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  return (
    <Section
      id="reserve"
      title="Reserve"
      lead="Cash pays redemptions and new loans. What is lent stays part of the backing: each loan holds tokens worth at least as much at the floor."
      tools={<ExportLinks table="ledgers" token={token.token} />}
    >
      {() => (
        <div className="compositions">
          {token.reserves.map((reserve) => (
            <Composition key={reserve.asset.address} reserve={reserve} token={token} asOf={asOf} />
          ))}
        </div>
      )}
    </Section>
  );
}
