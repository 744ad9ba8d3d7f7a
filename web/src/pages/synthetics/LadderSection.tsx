import { useState, type ReactNode } from 'react';
import { useConnectedAccount } from '../../account/connected';
import { useLadder, useVault } from '../../api/synthetics';
import type { LadderAnswer, VaultMarketView, VaultView } from '../../api/vaultTypes';
import { Ladder } from '../../charts/Ladder';
import { fallenAt, moveBps, rungsOf } from '../../charts/ladderModel';
import { mulDivDown } from '../../flows/calc/arithmetic';
import {
  axisText,
  changeText,
  decimalText,
  pluralText,
  sameAddress,
  shareBps,
  shareText,
  wadNumber,
  wadPercentText,
} from '../../format';
import { Amount, Button, EmptyState, Notice, Price, Table } from '../../ui';
import { Loaded } from '../token/Loaded';
import { Section } from '../token/Section';
import { RowsOrigin, VaultExports } from './parts';
import type { Shared } from './Shell';
import { bookSource } from './sources';

const LEVELS = 160;

interface Props extends Shared {
  readonly market: VaultMarketView;
  /** Whose vault is marked; the connected account's unless somebody is named. */
  readonly owner?: string | undefined;
  /** Liquidation price after what is being prepared, whole synthetics for one whole collateral. */
  readonly after?: number | undefined;
}

/** What a vault would be at another price: its ratio and whether it is unhealthy. */
export function vaultAt(vault: VaultView, price: number, now: number): { ratio: bigint | null; unhealthy: boolean } {
  const liquidation = vault.liquidation_price === null ? 0 : wadNumber(vault.liquidation_price);
  if (vault.ratio_wad === null || now === 0) return { ratio: null, unhealthy: false };
  // Only shown: how far the price moved, in millionths.
  const moved = BigInt(Math.trunc((price / now) * 1e6));
  return { ratio: mulDivDown(BigInt(vault.ratio_wad), moved, 1_000_000n), unhealthy: price < liquidation };
}

function Readout({
  answer,
  market,
  symbol,
  tried,
  own,
  yours,
}: {
  answer: LadderAnswer;
  market: VaultMarketView;
  symbol: string;
  tried: number;
  own: VaultView | undefined;
  yours: boolean;
}): ReactNode {
  const now = wadNumber(answer.price?.mid ?? '0');
  const rungs = rungsOf(answer.data);
  const bare = BigInt(answer.bare_debt);
  const { debtMost, vaultsMost, debt } = fallenAt(rungs, tried);
  const total = BigInt(market.debt);
  const moved = tried !== now;
  const after = own === undefined ? undefined : vaultAt(own, tried, now);
  const money = (value: bigint) => `${decimalText(value, 18, { significant: 12, places: 0 })} ${symbol}`;
  return (
    <dl className="readout ladder__readout">
      <div>
        <dt>{moved ? 'If the price were' : 'At the price now'}</dt>
        <dd>
          {axisText(tried, 6)} {symbol}
          {moved ? `, ${changeText(moveBps(tried, now))}` : ''}
        </dd>
      </div>
      <div>
        <dt>Unhealthy debt</dt>
        <dd>
          {debt === debtMost ? '' : 'up to '}
          {money(debtMost + bare)}, {shareText(shareBps(debtMost + bare, total))} of all
        </dd>
      </div>
      <div>
        <dt>Unhealthy vaults</dt>
        <dd>
          {debt === debtMost ? '' : 'up to '}
          {pluralText(vaultsMost, 'vault')}
        </dd>
      </div>
      {after === undefined ? null : (
        <div>
          <dt>{yours ? 'Your vault' : 'This vault'}</dt>
          <dd>
            {after.ratio === null ? 'owes nothing' : `ratio ${wadPercentText(after.ratio)}`}
            {after.unhealthy ? <span className="tag tag--breach">unhealthy</span> : null}
          </dd>
        </div>
      )}
    </dl>
  );
}

function RungTable({
  answer,
  symbol,
  collateral,
  decimals,
}: {
  answer: LadderAnswer;
  symbol: string;
  collateral: string;
  decimals: number;
}): ReactNode {
  const now = BigInt(answer.price?.mid ?? '0');
  return (
    <Table
      caption="Debt by liquidation price"
      narrow="scroll"
      rows={answer.data}
      rowKey={(row) => row.price}
      columns={[
        {
          key: 'price',
          title: `Between, ${symbol}`,
          heading: true,
          cell: (row) => (
            <>
              <Price wad={row.price_low} significant={6} /> and <Price wad={row.price} significant={6} />
            </>
          ),
        },
        {
          key: 'distance',
          title: 'From the price',
          number: true,
          cell: (row) => (now === 0n ? '–' : changeText(Number(((BigInt(row.price) - now) * 10_000n) / now))),
        },
        {
          key: 'debt',
          title: `Debt, ${symbol}`,
          number: true,
          cell: (row) => <Amount value={row.debt} decimals={18} places={2} significant={12} />,
        },
        {
          key: 'collateral',
          title: `Collateral, ${collateral}`,
          number: true,
          cell: (row) => <Amount value={row.collateral} decimals={decimals} places={4} significant={12} />,
        },
        { key: 'vaults', title: 'Vaults', number: true, cell: (row) => row.vaults },
      ]}
    />
  );
}

function Drawn({ synthetic, market, answer, owner, after }: Props & { answer: LadderAnswer }): ReactNode {
  const connected = useConnectedAccount();
  const account = owner ?? connected;
  const yours = connected !== null && account !== null && sameAddress(connected, account);
  const vault = useVault(synthetic.address, market.id, account ?? undefined);
  const now = wadNumber(answer.price?.mid ?? '0');
  const [moved, setMoved] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const own = account !== null && vault.data?.vault.debt !== '0' ? vault.data?.vault : undefined;
  const rungs = rungsOf(answer.data);
  if (answer.price === null || now === 0) {
    return (
      <Notice kind="watch" title="Its price is not known here">
        Without a price nothing can be said about the distance to it.
      </Notice>
    );
  }
  if (rungs.length === 0) {
    return (
      <EmptyState title="No vault owes anything in this market">The ladder begins with the first debt.</EmptyState>
    );
  }
  const tried = moved ?? now;
  const { debtMost, vaultsMost } = fallenAt(rungs, tried);
  const said = `${axisText(tried, 6)} ${synthetic.symbol}, ${changeText(moveBps(tried, now))}: up to ${pluralText(vaultsMost, 'vault')} with ${decimalText(debtMost, 18, { significant: 6, places: 0 })} ${synthetic.symbol} unhealthy`;
  const marks = [
    ...(own?.liquidation_price === undefined || own.liquidation_price === null
      ? []
      : [{ price: wadNumber(own.liquidation_price), name: yours ? 'your vault' : 'this vault' }]),
    ...(after === undefined ? [] : [{ price: after, name: 'afterwards' }]),
  ];
  return (
    <div className="stack">
      <Readout answer={answer} market={market} symbol={synthetic.symbol} tried={tried} own={own} yours={yours} />
      <Ladder
        rungs={rungs}
        price={now}
        tried={tried}
        onTry={setMoved}
        marks={marks}
        collateral={market.collateral.symbol}
        synthetic={synthetic.symbol}
        label={`Debt of ${synthetic.symbol} by the price of ${market.collateral.symbol} at which it becomes unhealthy. ${said}.`}
        said={said}
      />
      {moved === null ? null : (
        <div>
          <Button small onClick={() => setMoved(null)}>
            Back to the price now
          </Button>
        </div>
      )}
      <div className="under">
        <details className="details" onToggle={(event) => setAsTable(event.currentTarget.open)}>
          <summary>The same as a table</summary>
          {asTable ? (
            <RungTable
              answer={answer}
              symbol={synthetic.symbol}
              collateral={market.collateral.symbol}
              decimals={market.collateral.decimals}
            />
          ) : null}
        </details>
        <RowsOrigin
          asOf={answer.as_of}
          source={bookSource(
            { address: synthetic.address, symbol: synthetic.symbol },
            'ladder',
            'vaultOf(market, owner)',
            'debt over collateral and the liquidation ratio, of every vault',
          )}
        />
      </div>
    </div>
  );
}

/** Debt by liquidation price, with a price to try. */
export function LadderSection(props: Props): ReactNode {
  const query = useLadder(props.synthetic.address, props.market.id, LEVELS);
  const { collateral } = props.market;
  return (
    <Section
      id="ladder"
      title="The ladder"
      lead={`How much debt becomes unhealthy as ${collateral.symbol} falls. Drag the line, or move the slider with the arrow keys, to try a price.`}
      tools={<VaultExports table="vaults" synthetic={props.synthetic.address} />}
    >
      {() => (
        <Loaded query={query} what="the ladder" rows={1} height={360}>
          {(answer) => <Drawn {...props} answer={answer} />}
        </Loaded>
      )}
    </Section>
  );
}
