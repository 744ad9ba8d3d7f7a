import { useState, type ReactNode } from 'react';
import type { Address } from 'viem';
import { useStatus } from '../api/hooks';
import { sentence } from '../contracts/sentences';
import { bpsText, exactDecimal, sameAddress } from '../format';
import { ButtonLink, Notice } from '../ui';
import { TOKEN_DECIMALS, WAD, mulDivDown } from './calc/arithmetic';
import { backingOf } from './calc/ledger';
import { isForgone, redeem as compute, type Redemption } from './calc/redeem';
import { redeem as redeemCall } from './chain/calls';
import { redeemReturns, redeemedEvent } from './chain/outcome';
import { FlowFrame, noBalance } from './FlowFrame';
import { floorLines } from './figures';
import { parseAmount, valueOf } from './input';
import { AmountEntry, AssetAmounts, Check, Lines, Part, Risks, TokenAmount } from './parts';
import { assetFacts, tokenFact, type Plan, fullText } from './plan';
import { Sign } from './Sign';
import type { Flow } from './useFlow';

/** The index of the wrapped native asset in the reserve, or -1. */
export function useWrappedIndex(flow: Flow): number {
  const wrapped = useStatus().data?.deployment.wrapped_native ?? null;
  return wrapped === null ? -1 : flow.assets.findIndex((asset) => sameAddress(asset.address, wrapped));
}

function Closed({ flow }: { flow: Flow }): ReactNode {
  return (
    <FlowFrame
      flow={flow}
      title={`Redeem ${flow.token.symbol}`}
      lead="Redemption is off for this token. Its launch fixed that for ever."
      entries={
        <Part title="What you can do instead">
          <p>
            You can borrow against the backing of your tokens without giving them up, or sell them where somebody buys
            them. The floor is then what you can borrow against, not what you can sell for.
          </p>
          <div>
            <ButtonLink to={`/token/${flow.token.token}/borrow`} look="primary">
              Borrow against {flow.token.symbol}
            </ButtonLink>
          </div>
        </Part>
      }
      outcome={null}
    />
  );
}

/** Whether the pool pays more for the tokens than redeeming does, in one-asset reserves. */
function marketNotice(flow: Flow, tokens: bigint, done: Redemption): ReactNode {
  const { market_wad: market, fees, assets } = flow.token;
  const asset = assets[0];
  if (market === null || asset === undefined || assets.length !== 1) return null;
  const sold = mulDivDown(tokens, BigInt(market) * 10n ** BigInt(asset.decimals), WAD * WAD);
  const kept = sold - mulDivDown(sold, BigInt(fees?.sell_bps ?? 0), 10_000n);
  if (kept <= (done.paid[0] ?? 0n)) return null;
  return (
    <Notice kind="watch" title="The pool's price is higher">
      At the pool's price of block {flow.asOf.block} these tokens are worth about {exactDecimal(kept, asset.decimals)}{' '}
      {asset.symbol} after its fee, before the price moves by selling them. Redeeming pays less and burns them.
    </Notice>
  );
}

function planOf(flow: Flow, tokens: bigint, forgo: bigint, unwrap: boolean, done: Redemption): Plan | null {
  if (flow.wallet.status !== 'ready') return null;
  const reserve = flow.token.reserve as Address;
  const taken = (index: number) => !isForgone(forgo, index);
  return {
    label: `Redeem ${fullText(tokens, TOKEN_DECIMALS, flow.token.symbol)}`,
    needs: [],
    call: redeemCall(reserve, tokens, forgo, flow.wallet.account, unwrap),
    expected: [
      tokenFact('Burned', tokens, flow.token.symbol),
      ...assetFacts('Received', done.paid, flow.assets, taken),
      ...assetFacts('Fee left for the others', done.fees, flow.assets, taken),
    ],
    returned: (data) => assetFacts('Received', redeemReturns(data), flow.assets, taken),
    actual: ({ logs }) => {
      const said = redeemedEvent(logs, reserve);
      if (said === undefined) return [];
      return [
        tokenFact('Burned', said.tokens, flow.token.symbol),
        ...assetFacts('Received', said.paid, flow.assets, taken),
        ...assetFacts('Fee left for the others', said.fees, flow.assets, taken),
      ];
    },
  };
}

function Entries({
  flow,
  text,
  onText,
  forgo,
  onForgo,
  unwrap,
  onUnwrap,
  busy,
}: {
  flow: Flow;
  text: string;
  onText: (text: string) => void;
  forgo: bigint;
  onForgo: (forgo: bigint) => void;
  unwrap: boolean;
  onUnwrap: (unwrap: boolean) => void;
  busy: boolean;
}): ReactNode {
  const { symbol } = flow.token;
  const wrapped = useWrappedIndex(flow);
  const held = flow.state?.tokens;
  const typed = parseAmount(text, {
    decimals: TOKEN_DECIMALS,
    unit: symbol,
    max: held ?? flow.ledger.claims,
    maxIs: held === undefined ? 'all there are' : 'your balance',
  });
  return (
    <fieldset className="flow__entries" disabled={busy}>
      <AmountEntry
        label="Tokens to redeem"
        text={text}
        onText={onText}
        typed={typed}
        unit={symbol}
        decimals={TOKEN_DECIMALS}
        most={held}
        disabled={busy}
      />
      {flow.assets.length > 1 ? (
        <fieldset className="choices">
          <legend>Leave an asset behind</legend>
          {flow.assets.map((asset, index) => (
            <Check
              key={asset.address}
              label={asset.symbol}
              checked={isForgone(forgo, index)}
              onChange={(checked) => onForgo(checked ? forgo | (1n << BigInt(index)) : forgo & ~(1n << BigInt(index)))}
            />
          ))}
          <p className="field__hint">
            For an asset that cannot be moved at the moment. Your share of it stays with the other holders for ever.
          </p>
        </fieldset>
      ) : null}
      {wrapped === -1 ? null : (
        <Check
          label={`Unwrap ${flow.assets[wrapped]?.symbol ?? ''}`}
          hint="You receive the native currency instead of the wrapped token."
          checked={unwrap}
          onChange={onUnwrap}
        />
      )}
    </fieldset>
  );
}

/** Burn tokens for their backing. */
export function RedeemFlow({ flow }: { flow: Flow }): ReactNode {
  const [text, setText] = useState('');
  const [forgo, setForgo] = useState(0n);
  const [unwrap, setUnwrap] = useState(false);
  const [busy, setBusy] = useState(false);
  if (!flow.terms.redeemable) return <Closed flow={flow} />;
  const { symbol } = flow.token;
  const held = flow.state?.tokens;
  const tokens = valueOf(parseAmount(text, { decimals: TOKEN_DECIMALS, max: held ?? flow.ledger.claims }));
  const outcome = tokens === undefined ? undefined : compute(flow.ledger, flow.terms, tokens, forgo);
  const done = outcome === undefined || outcome.refused !== undefined ? undefined : outcome;
  return (
    <FlowFrame
      flow={flow}
      title={`Redeem ${symbol}`}
      lead="Burn tokens and receive their share of every asset in the reserve, less the redemption fee."
      entries={
        <>
          <Part title="What you have">
            <Lines
              lines={[
                {
                  label: 'Your balance',
                  after: held === undefined ? noBalance(flow) : <TokenAmount value={held} symbol={symbol} />,
                },
                ...(held === undefined
                  ? []
                  : [
                      {
                        label: 'Backed by',
                        after: <AssetAmounts values={backingOf(flow.ledger, held)} assets={flow.assets} />,
                      },
                    ]),
              ]}
            />
            <Entries
              {...{ flow, text, forgo, unwrap, busy }}
              onText={setText}
              onForgo={setForgo}
              onUnwrap={setUnwrap}
            />
          </Part>
        </>
      }
      outcome={
        <Sign
          plan={tokens === undefined || done === undefined ? null : planOf(flow, tokens, forgo, unwrap, done)}
          missing="Type how many tokens you want to redeem."
          units={flow.units}
          onBusy={setBusy}
          onDone={() => setText('')}
          after={() => <ButtonLink to={`/token/${flow.token.token}`}>Back to {symbol}</ButtonLink>}
        >
          {outcome?.refused === undefined ? null : (
            <Notice
              kind="watch"
              title={sentence({ name: outcome.refused.error, values: outcome.refused.fields }, flow.units)}
              role="alert"
            />
          )}
          <Outcome flow={flow} tokens={tokens} done={done} held={held} />
        </Sign>
      }
    />
  );
}

function Outcome({
  flow,
  tokens,
  done,
  held,
}: {
  flow: Flow;
  tokens: bigint | undefined;
  done: Redemption | undefined;
  held: bigint | undefined;
}): ReactNode {
  const { symbol } = flow.token;
  return (
    <>
      <Part title="What will happen">
        {done === undefined || tokens === undefined ? (
          <p className="quiet">Type an amount to see what you receive.</p>
        ) : (
          <Lines
            lines={[
              { label: 'You burn', after: <TokenAmount value={tokens} symbol={symbol} /> },
              { label: 'You receive', after: <AssetAmounts values={done.paid} assets={flow.assets} /> },
              ...(held === undefined
                ? []
                : [
                    {
                      label: 'Your balance',
                      before: <TokenAmount value={held} symbol={symbol} />,
                      after: <TokenAmount value={held - tokens} symbol={symbol} />,
                    },
                  ]),
              ...floorLines(flow, done.after),
            ]}
          />
        )}
      </Part>
      <Part title="What it costs">
        <Lines
          lines={[
            {
              label: `Redemption fee, ${bpsText(flow.terms.redeemFeeBps)}`,
              after:
                done === undefined ? (
                  'stays with the other holders'
                ) : (
                  <AssetAmounts values={done.fees} assets={flow.assets} />
                ),
            },
          ]}
        />
      </Part>
      <Part title="What could go wrong">
        {done === undefined || tokens === undefined ? null : marketNotice(flow, tokens, done)}
        <Risks
          risks={[
            'Burned tokens do not come back. Redeeming cannot be undone.',
            'You receive units of the assets, not a value. If an asset has lost its worth, so has its part of the backing.',
            'The amounts can only grow until the block that takes it in, because the floor never falls.',
          ]}
        />
      </Part>
    </>
  );
}
