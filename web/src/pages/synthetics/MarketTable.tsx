import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { VaultMarketView } from '../../api/vaultTypes';
import { pluralText } from '../../format';
import { Figure, Table } from '../../ui';
import { None } from '../facts';
import { AmountFigure, AuctionCount, PriceFigure, ShareFigure, StateTag, Used, marketName, marketPath } from './parts';
import type { Shared } from './Shell';
import { bookSource } from './sources';
import { rateText, ratioOfLtv, shareText } from './words';

function Name({ synthetic, market }: { synthetic: Shared['synthetic']; market: VaultMarketView }): ReactNode {
  return (
    <span className="token-name">
      <Link to={marketPath(synthetic.address, market.id)} className="token-name__link" data-row-link>
        <span className="token-name__symbol">{marketName(synthetic.symbol, market)}</span>{' '}
        <span className="token-name__full">{market.collateral.name}</span>
      </Link>
      <span className="token-name__meta">
        {pluralText(market.vaults, 'vault')}, liquidated under {shareText(ratioOfLtv(market.terms.liq_ltv_wad))}
      </span>
    </span>
  );
}

/** The markets of a synthetic, one line each. */
export function MarketTable({ synthetic, asOf }: Shared): ReactNode {
  const { symbol } = synthetic;
  const source = (figure: string, formula?: string) =>
    bookSource({ address: synthetic.address, symbol }, figure, 'marketOf(market)', formula);
  return (
    <div className="tokens">
      <Table
        caption={`Markets of ${symbol}`}
        rows={synthetic.markets}
        rowKey={(market) => market.id}
        columns={[
          {
            key: 'name',
            title: 'Market',
            label: '',
            heading: true,
            cell: (market) => <Name synthetic={synthetic} market={market} />,
          },
          {
            key: 'debt',
            title: `Debt, ${symbol}`,
            number: true,
            cell: (market) => (
              <AmountFigure
                label={`Debt of ${marketName(symbol, market)}`}
                value={market.debt}
                places={0}
                significant={12}
                asOf={asOf}
                source={source('market.debt', 'norm times index, rounded down')}
              />
            ),
          },
          {
            key: 'ceiling',
            title: 'Ceiling used',
            number: true,
            cell: (market) => <Used part={BigInt(market.debt)} whole={BigInt(market.ceiling)} name="ceiling" />,
          },
          {
            key: 'ratio',
            title: 'Ratio',
            number: true,
            cell: (market) =>
              market.ratio_wad === null ? (
                <None why="there is no debt, or no price" />
              ) : (
                <ShareFigure
                  label={`Ratio of ${marketName(symbol, market)}`}
                  wad={market.ratio_wad}
                  asOf={asOf}
                  source={source('market.ratio', 'collateral of all vaults at the mid price, over their debt')}
                />
              ),
          },
          {
            key: 'rate',
            title: 'Stability rate',
            number: true,
            cell: (market) => (
              <Figure
                label={`Stability rate of ${marketName(symbol, market)}`}
                asOf={asOf}
                source={source('market.rate', 'growth of the index a second, times the seconds of a year')}
              >
                {rateText(market.rate_wad)}
              </Figure>
            ),
          },
          {
            key: 'deficit',
            title: `Deficit, ${symbol}`,
            number: true,
            cell: (market) =>
              market.deficit === '0' ? (
                'none'
              ) : (
                <AmountFigure
                  label={`Deficit of ${marketName(symbol, market)}`}
                  value={market.deficit}
                  asOf={asOf}
                  source={source('market.deficit')}
                />
              ),
          },
          {
            key: 'price',
            title: 'Price',
            number: true,
            cell: (market) => (
              <span className="price-cell">
                <PriceFigure
                  price={market.price}
                  contract={market.terms.prices}
                  collateral={market.collateral}
                  unit=""
                  asOf={asOf}
                />
                {market.price === null ? null : <StateTag state={market.price.state} />}
              </span>
            ),
          },
          {
            key: 'auctions',
            title: 'Auctions',
            number: true,
            cell: (market) => <AuctionCount count={market.auctions} />,
          },
        ]}
      />
    </div>
  );
}
