import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { AsOf, TokenDetail } from '../../api/types';
import { bpsText, exactDecimal, pluralText } from '../../format';
import { Address, Amount, ButtonLink, Figure, Notice, Time } from '../../ui';
import { CoverageFigure, FloorChange, FloorFigure, MarketFigure, PremiumFigure } from '../facts';

function Key({ name, children, more }: { name: string; children: ReactNode; more?: ReactNode }): ReactNode {
  return (
    <div className="key">
      <dt>{name}</dt>
      <dd className="key__value">{children}</dd>
      {more ? <dd className="key__more">{more}</dd> : null}
    </div>
  );
}

function Floors({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  return token.assets.map((asset, index) => (
    <div key={asset.address}>
      <FloorFigure token={token} asOf={asOf} index={index} />
    </div>
  ));
}

function Keys({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  const premium = token.premium_bps;
  return (
    <dl className="keys">
      <Key name="Backing per token" more={<FloorChange token={token} />}>
        <Floors token={token} asOf={asOf} />
      </Key>
      <Key
        name="Market price"
        more={token.pool === null ? 'no pool' : `in ${token.assets[0]?.symbol ?? ''}, after the last trade`}
      >
        <MarketFigure token={token} asOf={asOf} />
      </Key>
      <Key name={premium !== null && premium < 0 ? 'Discount' : 'Premium'} more={premiumWords(token)}>
        <PremiumFigure token={token} asOf={asOf} named />
      </Key>
      <Key name="Coverage" more="cash for every free token">
        <CoverageFigure token={token} asOf={asOf} />
      </Key>
      <Key name="Claims" more={pluralText(token.holders, 'holder')}>
        <Figure
          label={`Claims on the reserve of ${token.symbol}`}
          asOf={asOf}
          source={token.sources['claims']}
          exact={`${exactDecimal(BigInt(token.claims), 18)} ${token.symbol}`}
        >
          <Amount
            value={token.claims}
            decimals={18}
            places={0}
            significant={9}
            unit={token.symbol.length > 8 ? undefined : token.symbol}
          />
        </Figure>
      </Key>
    </dl>
  );
}

function Actions({ token }: { token: TokenDetail }): ReactNode {
  const base = `/token/${token.token}`;
  return (
    <div className="actions">
      <ButtonLink to={`${base}/borrow`} look="primary">
        Borrow
      </ButtonLink>
      {token.terms.redeemable ? <ButtonLink to={`${base}/redeem`}>Redeem</ButtonLink> : null}
      {token.converter === null ? null : <ButtonLink to={`${base}/bid`}>Bid</ButtonLink>}
    </div>
  );
}

function premiumWords({ market_wad: market, premium_bps: premium }: TokenDetail): string {
  if (market === null) return 'no market';
  if (premium === null) return 'not one price for several assets';
  return premium < 0 ? 'market under backing' : 'market over backing';
}

/** Name, key figures and what can be done. */
export function TokenHead({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  return (
    <header className="token-head">
      <nav aria-label="Path" className="small">
        <Link to="/">Tokens</Link> / {token.symbol}
      </nav>
      <div className="token-head__row">
        <div className="token-head__name">
          <h1>
            {token.symbol} <span className="token-head__full">{token.name}</span>
          </h1>
          <p className="token-head__meta">
            <Address value={token.token} noun="token address" />
            <span>
              {token.model} model,{' '}
              {token.terms.redeemable ? `redeemable, fee ${bpsText(token.terms.redeem_fee_bps)}` : 'redemption closed'}
            </span>
            <span>
              launched <Time at={token.launched.time} day />
            </span>
            <Link to="#limits" replace>
              What this backing does not do
            </Link>
          </p>
        </div>
        <Actions token={token} />
      </div>
      {token.paused_until > asOf.time ? (
        <Notice kind="watch" title="Borrowing, flash loans and conversion are paused">
          Until <Time at={token.paused_until} />. Redemption, repayment, extension and claims go on. Deadlines of loans
          move by the time of the pause.
        </Notice>
      ) : null}
      <Keys token={token} asOf={asOf} />
    </header>
  );
}
