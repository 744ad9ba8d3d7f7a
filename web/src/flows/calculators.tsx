import { useState, type ReactNode } from 'react';
import type { AsOf, TokenDetail } from '../api/types';
import { sentence } from '../contracts/sentences';
import { bpsText, durationText, shareText } from '../format';
import { ButtonLink, Notice, Time } from '../ui';
import { TOKEN_DECIMALS, least, sum } from './calc/arithmetic';
import { MAX_COLLATERAL, borrow, ltvBps, maxBorrow } from './calc/loans';
import { redeem } from './calc/redeem';
import type { Refusal } from './calc/ledger';
import { coverageLine, floorLines } from './figures';
import { ledgerOf, termsOf } from './fromApi';
import { parseAmount, valueOf } from './input';
import { AmountEntry, AssetAmounts, Lines, TokenAmount } from './parts';

function Refused({ token, refused }: { token: TokenDetail; refused: Refusal }): ReactNode {
  const units = { symbol: token.symbol, assets: token.assets };
  return <Notice kind="watch" title={sentence({ name: refused.error, values: refused.fields }, units)} role="alert" />;
}

/** What redeeming would pay at the block of the page, to the last unit. Needs no wallet. */
export function RedeemCalculator({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  const [text, setText] = useState('');
  const ledger = ledgerOf(token);
  const terms = termsOf(token);
  if (!terms.redeemable) {
    return (
      <p className="quiet">
        Redemption is off for this token, fixed at its launch. Its backing can be borrowed against.
      </p>
    );
  }
  const bounds = { decimals: TOKEN_DECIMALS, unit: token.symbol, max: ledger.claims, maxIs: 'all tokens there are' };
  const typed = parseAmount(text, bounds);
  const tokens = valueOf(typed);
  const outcome = tokens === undefined ? undefined : redeem(ledger, terms, tokens);
  return (
    <div className="calculator stack">
      <AmountEntry
        label="Tokens"
        text={text}
        onText={setText}
        typed={typed}
        unit={token.symbol}
        decimals={TOKEN_DECIMALS}
      />
      {outcome === undefined ? (
        <p className="quiet">Type how many tokens somebody redeems to see what is paid at block {asOf.block}.</p>
      ) : outcome.refused !== undefined ? (
        <Refused token={token} refused={outcome.refused} />
      ) : (
        <Lines
          lines={[
            { label: 'Paid', after: <AssetAmounts values={outcome.paid} assets={token.assets} /> },
            {
              label: `Fee, ${bpsText(terms.redeemFeeBps)}, stays for the others`,
              after: <AssetAmounts values={outcome.fees} assets={token.assets} />,
            },
            ...floorLines({ assets: token.assets, ledger }, outcome.after),
          ]}
        />
      )}
      <div>
        <ButtonLink to={`/token/${token.token}/redeem`}>Redeem {token.symbol}</ButtonLink>
      </div>
    </div>
  );
}

/** What collateral allows to borrow at the block of the page, to the last unit. Needs no wallet. */
export function BorrowCalculator({ token, asOf }: { token: TokenDetail; asOf: AsOf }): ReactNode {
  const [text, setText] = useState('');
  const [part, setPart] = useState('100');
  const ledger = ledgerOf(token);
  const terms = termsOf(token);
  const max = least(ledger.claims, MAX_COLLATERAL);
  const typed = parseAmount(text, { decimals: TOKEN_DECIMALS, unit: token.symbol, max, maxIs: 'all tokens there are' });
  const share = parseAmount(part, { decimals: 2, unit: '%', max: 10_000n, maxIs: 'what the collateral allows' });
  const [collateral, percent] = [valueOf(typed), valueOf(share)];
  const most = collateral === undefined ? [] : maxBorrow(ledger, terms, collateral);
  const principal = percent === undefined ? [] : most.map((amount) => (amount * percent) / 10_000n);
  const ready = collateral !== undefined && sum(principal) > 0n;
  const outcome = ready ? borrow(ledger, terms, collateral, principal, asOf.time) : undefined;
  return (
    <div className="calculator stack">
      <AmountEntry
        label="Collateral"
        text={text}
        onText={setText}
        typed={typed}
        unit={token.symbol}
        decimals={TOKEN_DECIMALS}
      />
      <AmountEntry label="Part of what it allows" text={part} onText={setPart} typed={share} unit="%" decimals={2} />
      {collateral === undefined ? (
        <p className="quiet">
          Type how many tokens somebody locks to see what the reserve lends at block {asOf.block}.
        </p>
      ) : outcome === undefined ? (
        <p className="quiet">This collateral backs less than one unit of every asset.</p>
      ) : outcome.refused !== undefined ? (
        <Refused token={token} refused={outcome.refused} />
      ) : (
        <Lines
          lines={[
            {
              label: `The most, ${bpsText(terms.ltvBps)} of the backing`,
              after: <AssetAmounts values={most} assets={token.assets} />,
            },
            { label: 'Owed', after: <AssetAmounts values={principal} assets={token.assets} /> },
            {
              label: `Fee for ${durationText(terms.termSecs)}, ${bpsText(terms.termFeeBps)}, withheld`,
              after: <AssetAmounts values={outcome.fees} assets={token.assets} />,
            },
            { label: 'Received', after: <AssetAmounts values={outcome.received} assets={token.assets} /> },
            { label: 'Owed over backing', after: shareText(ltvBps(outcome.after, collateral, principal)) },
            { label: 'Locked', after: <TokenAmount value={collateral} symbol={token.symbol} /> },
            { label: 'Deadline, if borrowed now', after: <Time at={outcome.deadline} /> },
            coverageLine({ assets: token.assets, ledger }, outcome.after),
          ]}
        />
      )}
      <div>
        <ButtonLink to={`/token/${token.token}/borrow`}>Borrow against {token.symbol}</ButtonLink>
      </div>
    </div>
  );
}
