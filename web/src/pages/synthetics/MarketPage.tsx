import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useConnectedAccount } from '../../account/connected';
import { useVaults } from '../../api/synthetics';
import type { VaultMarketView, VaultView } from '../../api/vaultTypes';
import { changeText, columnWidth, durationText, sameAddress, wadPercentText } from '../../format';
import { Address, Amount, ButtonLink, EmptyState, Figure, Price, Segments, Table } from '../../ui';
import { None } from '../facts';
import { LoadedPages } from '../token/Loaded';
import { Section } from '../token/Section';
import { useTitle } from '../useTitle';
import { LadderSection } from './LadderSection';
import {
  AmountFigure,
  AuctionCount,
  Key,
  PriceFigure,
  RowsOrigin,
  ShareFigure,
  StateTag,
  Used,
  VaultExports,
  marketName,
  marketPath,
} from './parts';
import { SyntheticHead, WithMarket, type Shared } from './Shell';
import { bookSource } from './sources';
import { STATE_MEANING, ageText, rateText, ratioOfLtv, shareText, termsInWords } from './words';

interface Props extends Shared {
  readonly market: VaultMarketView;
}

function Keys({ synthetic, market, asOf }: Props): ReactNode {
  const { symbol } = synthetic;
  const name = marketName(symbol, market);
  const source = (call = 'marketOf(market)', formula?: string) =>
    bookSource({ address: synthetic.address, symbol }, 'market', call, formula);
  return (
    <dl className="keys">
      <Key name="Debt" more={<Used part={BigInt(market.debt)} whole={BigInt(market.ceiling)} name="ceiling" />}>
        <AmountFigure
          label={`Debt of ${name}`}
          value={market.debt}
          unit={symbol}
          places={0}
          significant={12}
          asOf={asOf}
          source={source('marketOf(market)', 'norm times index, rounded down')}
        />
      </Key>
      <Key
        name="Collateral"
        more={
          market.ratio_wad === null ? 'no debt' : <>ratio {wadPercentText(BigInt(market.ratio_wad))} over all vaults</>
        }
      >
        <AmountFigure
          label={`Collateral of ${name}`}
          value={market.collateral_total}
          decimals={market.collateral.decimals}
          unit={market.collateral.symbol}
          asOf={asOf}
          source={source()}
        />
      </Key>
      <Key
        name={`Price of ${market.collateral.symbol}`}
        more={
          market.price === null ? undefined : (
            <>
              <StateTag state={market.price.state} /> {ageText(market.price)}
            </>
          )
        }
      >
        <PriceFigure
          price={market.price}
          contract={market.terms.prices}
          collateral={market.collateral}
          unit={symbol}
          asOf={asOf}
        />
      </Key>
      <Key name="Stability rate" more="added to what is owed">
        <Figure
          label={`Stability rate of ${name}`}
          asOf={asOf}
          source={source('marketOf(market)', 'growth of the index a second, times the seconds of a year')}
        >
          {rateText(market.rate_wad)}
        </Figure>
      </Key>
      <Key
        name="Can be minted now"
        more={`under the limit, which fills in ${durationText(market.terms.mint_window_secs)}`}
      >
        <AmountFigure
          label={`Left of the mint limit of ${name}`}
          value={market.mintable}
          unit={symbol}
          places={0}
          significant={12}
          asOf={asOf}
          source={source('marketOf(market)', 'the limit, less what was minted and not repaid within its window')}
        />
      </Key>
      <Key name="Deficit" more={market.deficit === '0' ? 'every loss is paid' : 'losses that nobody has paid yet'}>
        {market.deficit === '0' ? (
          'none'
        ) : (
          <AmountFigure
            label={`Deficit of ${name}`}
            value={market.deficit}
            unit={symbol}
            asOf={asOf}
            source={source()}
          />
        )}
      </Key>
    </dl>
  );
}

function Terms({ synthetic, market, asOf }: Props): ReactNode {
  const { terms, price } = market;
  const source = bookSource({ address: synthetic.address, symbol: synthetic.symbol }, 'terms', 'termsOf(market)');
  const share = (label: string, wad: string | bigint) => (
    <ShareFigure label={label} wad={wad} asOf={asOf} source={source} />
  );
  return (
    <div className="terms">
      <dl className="facts facts--wide">
        <dt>Least ratio for new debt</dt>
        <dd>{share('Least ratio for new debt, at the low price', ratioOfLtv(terms.borrow_ltv_wad))}</dd>
        <dt>Liquidated under</dt>
        <dd>{share('Ratio under which a vault is unhealthy', ratioOfLtv(terms.liq_ltv_wad))}</dd>
        <dt>Largest discount at once</dt>
        <dd>{share('Largest discount of a fall alone', terms.max_discount_wad)}</dd>
        <dt>Ramp of the clock</dt>
        <dd>{durationText(terms.ramp_secs)}</dd>
        <dt>Least debt</dt>
        <dd>
          <AmountFigure label="Least debt" value={terms.min_debt} unit={synthetic.symbol} asOf={asOf} source={source} />
        </dd>
        <dt>Ceiling</dt>
        <dd>
          <AmountFigure
            label="Most debt of the market"
            value={market.ceiling}
            unit={synthetic.symbol}
            places={0}
            significant={12}
            asOf={asOf}
            source={bookSource({ address: synthetic.address, symbol: synthetic.symbol }, 'ceiling', 'marketOf(market)')}
          />
        </dd>
        <dt>Redemption fee</dt>
        <dd>
          {shareText(terms.fee_min_wad)} to {shareText(BigInt(terms.fee_min_wad) + BigInt(terms.fee_slope_wad))}
        </dd>
        <dt>Price now</dt>
        <dd>{price === null ? 'not known here' : (STATE_MEANING[price.state] ?? price.state)}</dd>
      </dl>
      <ul className="terms__words">
        {termsInWords(terms, synthetic.symbol, market.collateral.symbol).map(({ key, text }) => (
          <li key={key}>{text}</li>
        ))}
      </ul>
    </div>
  );
}

const ORDERS = [
  ['riskiest', 'Riskiest'],
  ['largest', 'Largest'],
  ['owner', 'By owner'],
] as const;

/** How far its liquidation price lies under the price now. */
function Distance({ vault, market }: { vault: VaultView; market: VaultMarketView }): ReactNode {
  const mid = BigInt(market.price?.mid ?? '0');
  if (vault.liquidation_price === null || mid === 0n) return <None why="it owes nothing, or there is no price" />;
  if (vault.healthy === false) return <span className="tag tag--breach">unhealthy</span>;
  return changeText(Number(((BigInt(vault.liquidation_price) - mid) * 10_000n) / mid));
}

const HELD = { significant: 9, places: 4 };
const OWED = { significant: 12, places: 2 };

function VaultTable({ rows, synthetic, market }: Props & { rows: readonly VaultView[] }): ReactNode {
  const { decimals } = market.collateral;
  const held = columnWidth(
    rows.map((row) => row.collateral),
    decimals,
    HELD,
  );
  const owed = columnWidth(
    rows.map((row) => row.debt),
    18,
    OWED,
  );
  const account = useConnectedAccount();
  const path = marketPath(synthetic.address, market.id);
  return (
    <Table
      caption={`Vaults of ${marketName(synthetic.symbol, market)}`}
      rows={rows}
      rowKey={(row) => row.owner}
      columns={[
        {
          key: 'owner',
          title: 'Vault of',
          label: '',
          heading: true,
          cell: (row) => (
            <span className="owner">
              <Address value={row.owner} />{' '}
              {account !== null && sameAddress(account, row.owner) ? <span className="tag">yours</span> : null}{' '}
              <Link to={`${path}/vault/${row.owner}`} aria-label={`Look at the vault of ${row.owner}`}>
                look
              </Link>
            </span>
          ),
        },
        {
          key: 'collateral',
          title: `Collateral, ${market.collateral.symbol}`,
          number: true,
          cell: (row) => (
            <Amount value={row.collateral} decimals={market.collateral.decimals} column={held} {...HELD} />
          ),
        },
        {
          key: 'debt',
          title: `Owes, ${synthetic.symbol}`,
          number: true,
          cell: (row) => <Amount value={row.debt} decimals={18} column={owed} {...OWED} />,
        },
        {
          key: 'ratio',
          title: 'Ratio',
          number: true,
          cell: (row) =>
            row.ratio_wad === null ? <None why="it owes nothing" /> : wadPercentText(BigInt(row.ratio_wad)),
        },
        {
          key: 'liquidation',
          title: 'Unhealthy under',
          number: true,
          cell: (row) =>
            row.liquidation_price === null ? (
              <None why="it owes nothing" />
            ) : (
              <Price wad={row.liquidation_price} significant={6} />
            ),
        },
        {
          key: 'distance',
          title: 'From the price',
          number: true,
          cell: (row) => <Distance vault={row} market={market} />,
        },
        {
          key: 'fee',
          title: 'Redemption fee',
          number: true,
          cell: (row) =>
            row.redemption_fee_wad === null ? (
              <None why="nothing can be redeemed of it now" />
            ) : (
              wadPercentText(BigInt(row.redemption_fee_wad))
            ),
        },
      ]}
    />
  );
}

function Vaults(props: Props): ReactNode {
  const { synthetic, market } = props;
  const [order, setOrder] = useState<(typeof ORDERS)[number][0]>('riskiest');
  const pages = useVaults(synthetic.address, market.id, order);
  return (
    <Section
      id="vaults"
      title="Vaults"
      lead="Who holds what and owes what. The riskiest stands first: it is the first to be liquidated and the cheapest to redeem from."
      tools={
        <>
          <Segments label="Order" options={ORDERS} selected={order} onSelect={setOrder} />
          <VaultExports table="vaults" synthetic={synthetic.address} />
        </>
      }
    >
      {() => (
        <LoadedPages
          pages={pages}
          what="vaults"
          empty={
            <EmptyState title="Nobody has a vault here yet">
              The first one is opened with collateral alone, or with debt at once.
            </EmptyState>
          }
        >
          {(rows, at) => (
            <>
              <VaultTable {...props} rows={rows} />
              <RowsOrigin
                asOf={at}
                source={bookSource(
                  { address: synthetic.address, symbol: synthetic.symbol },
                  'vaults',
                  'vaultOf(market, owner)',
                )}
              />
            </>
          )}
        </LoadedPages>
      )}
    </Section>
  );
}

function Content(props: Props): ReactNode {
  const { synthetic, market } = props;
  const name = marketName(synthetic.symbol, market);
  const path = marketPath(synthetic.address, market.id);
  useTitle(name);
  return (
    <div className="page page--token">
      <SyntheticHead
        synthetic={synthetic}
        asOf={props.asOf}
        title={
          <>
            {name} <span className="token-head__full">{market.collateral.name}</span>
          </>
        }
        path={market.collateral.symbol}
        lead={
          <>
            Market {market.id}: {synthetic.symbol} against {market.collateral.symbol},{' '}
            <AuctionCount count={market.auctions} /> {market.auctions === 0 ? 'for sale' : ''}
          </>
        }
        actions={
          <>
            <ButtonLink to={`${path}/vault`} look="primary">
              Open or change a vault
            </ButtonLink>
            <ButtonLink to={`/synthetic/${synthetic.address}/redeem`}>Redeem</ButtonLink>
          </>
        }
      />
      <Keys {...props} />
      <LadderSection {...props} />
      <Section id="terms" title="Terms" lead="Written into the market when it was created; nobody can change them.">
        {() => <Terms {...props} />}
      </Section>
      <Vaults {...props} />
    </div>
  );
}

/** One market: its figures, its ladder, its terms and its vaults. */
export default function MarketPage(): ReactNode {
  return (
    <WithMarket>
      {(shared) => <Content key={`${shared.synthetic.address} ${shared.market.id}`} {...shared} />}
    </WithMarket>
  );
}
