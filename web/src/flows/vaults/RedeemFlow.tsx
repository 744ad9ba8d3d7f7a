import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { Address } from 'viem';
import { useRedemptionQuote } from '../../api/synthetics';
import type { RedemptionQuote, RedemptionStep } from '../../api/vaultTypes';
import { sentence, type Units } from '../../contracts/sentences';
import { exactDecimal, sameAddress, wadPercentText } from '../../format';
import { bookSource } from '../../pages/synthetics/sources';
import { RowsOrigin, marketName } from '../../pages/synthetics/parts';
import type { Shared } from '../../pages/synthetics/Shell';
import {
  Address as Shown,
  Amount,
  Button,
  ButtonLink,
  EmptyState,
  ErrorState,
  Notice,
  SkeletonRows,
  Table,
} from '../../ui';
import { useWallet } from '../../wallet/useWallet';
import { mulDivDown, WAD } from '../calc/arithmetic';
import { redeemFrom, type Haircut, type RedemptionDone } from '../calc/redemption';
import type { Outcome } from '../calc/ledger';
import { SYNTHETIC_DECIMALS, debtUp, valueDown } from '../calc/vaults';
import { balanceOf } from '../chain/state';
import {
  collectCall,
  readVaultState,
  redeemCall,
  redeemFromReturns,
  redeemedFromEvent,
  type BookState,
} from '../chain/book';
import { Frame, noBalance } from '../FlowFrame';
import { parseAmount, valueOf } from '../input';
import { AmountEntry, AssetAmount, Lines, Part, Risks, TokenAmount } from '../parts';
import { fullText, tokenFact, type Fact, type Plan } from '../plan';
import { Sign } from '../Sign';
import { OneCall } from './OneCall';

/** Of what was shown, this much less is still accepted, in basis points. */
const MARGIN_BPS = 100n;
const READ_EVERY_MS = 4_000;

function keyOf(step: Pick<RedemptionStep, 'market' | 'owner'>): string {
  return `${step.market}-${step.owner.toLowerCase()}`;
}

/** What the account has, and the vault that is redeemed from, through the wallet. */
function useChain(shared: Shared, step: RedemptionStep | undefined) {
  const wallet = useWallet();
  const access = wallet.status === 'ready' ? wallet.access : undefined;
  const book = shared.synthetic.address as Address;
  const query = useQuery({
    queryKey: [
      'chain-state',
      'redeem',
      wallet.network.id,
      book,
      access?.account,
      step === undefined ? '' : keyOf(step),
    ],
    enabled: access !== undefined,
    refetchInterval: READ_EVERY_MS,
    retry: 1,
    queryFn: async () => {
      if (access === undefined) throw new Error('No wallet is connected.');
      const state =
        step === undefined
          ? undefined
          : await readVaultState(access.read, book, BigInt(step.market), step.owner as Address);
      const block = state?.block ?? (await access.read.getBlockNumber({ cacheTime: 0 }));
      return { state, held: await balanceOf(access.read, book, access.account, { blockNumber: block }), block };
    },
  });
  const known = access === undefined ? undefined : query.data;
  return { wallet, known, error: query.error };
}

function outcomeOf(state: BookState, step: RedemptionStep, amount: bigint): Outcome<RedemptionDone> {
  const { terms, price, market, vault } = state.vault;
  const from = { market: BigInt(step.market), owner: step.owner, terms, price, index: market.index, vault };
  return redeemFrom(from, amount, state.haircut);
}

function factsOf(step: RedemptionStep, symbol: string, burned: bigint, collateral: bigint): Fact[] {
  const { decimals, symbol: unit } = step.collateral_asset;
  return [tokenFact('Burned', burned, symbol), { label: 'Received', amount: collateral, decimals, unit }];
}

function planOf(shared: Shared, step: RedemptionStep, amount: bigint, done: RedemptionDone): Plan {
  const book = shared.synthetic.address as Address;
  const { symbol } = shared.synthetic;
  const least = mulDivDown(done.collateral, 10_000n - MARGIN_BPS, 10_000n);
  return {
    label: `Redeem ${fullText(done.burned, SYNTHETIC_DECIMALS, symbol)}`,
    needs: [],
    call: redeemCall(book, BigInt(step.market), step.owner as Address, amount, least),
    expected: factsOf(step, symbol, done.burned, done.collateral),
    returned: (data) => factsOf(step, symbol, ...redeemFromReturns(data)),
    actual: ({ logs }) => {
      const said = redeemedFromEvent(logs, book);
      return said === undefined ? [] : factsOf(step, symbol, said.burned, said.collateral);
    },
  };
}

/** Face value of what is received, less the fee: at the high price, as the contract counts. */
function Steps({
  shared,
  quote,
  chosen,
  onChoose,
}: {
  shared: Shared;
  quote: RedemptionQuote;
  chosen: string | undefined;
  onChoose: (key: string) => void;
}): ReactNode {
  const { synthetic } = shared;
  return (
    <>
      <Table
        caption="Vaults to redeem from, the cheapest first"
        rows={quote.steps}
        rowKey={keyOf}
        rowProps={(step) => ({ 'aria-current': keyOf(step) === chosen ? 'step' : undefined })}
        columns={[
          {
            key: 'owner',
            title: 'Vault of',
            label: '',
            heading: true,
            cell: (step) => {
              const market = synthetic.markets.find((each) => each.id === step.market);
              return (
                <span className="owner">
                  <Shown value={step.owner} />
                  <span className="quiet">
                    {market === undefined ? step.market : marketName(synthetic.symbol, market)}
                  </span>
                </span>
              );
            },
          },
          { key: 'fee', title: 'Fee', number: true, cell: (step) => wadPercentText(BigInt(step.fee_wad)) },
          {
            key: 'burned',
            title: `Burns, ${synthetic.symbol}`,
            number: true,
            cell: (step) => <Amount value={step.burned} decimals={18} significant={9} places={2} />,
          },
          {
            key: 'gives',
            title: 'Gives',
            number: true,
            cell: (step) => (
              <Amount
                value={step.collateral}
                decimals={step.collateral_asset.decimals}
                unit={step.collateral_asset.symbol}
                significant={7}
              />
            ),
          },
          {
            key: 'choose',
            title: <span className="visually-hidden">Actions</span>,
            number: true,
            cell: (step) =>
              keyOf(step) === chosen ? (
                <span className="tag">next</span>
              ) : (
                <Button small onClick={() => onChoose(keyOf(step))} aria-label={`This one: the vault of ${step.owner}`}>
                  This one
                </Button>
              ),
          },
        ]}
      />
      <RowsOrigin asOf={quote.as_of} source={bookSource(synthetic, 'redemption', 'redeem(market, owner, ...)')} />
    </>
  );
}

function HaircutNotice({
  shared,
  haircut,
  units,
}: {
  shared: Shared;
  haircut: Haircut | undefined;
  units: Units;
}): ReactNode {
  const { synthetic } = shared;
  if (synthetic.deficit === '0') return null;
  const share =
    haircut !== undefined && haircut.supply > 0n
      ? mulDivDown(haircut.backing, WAD, haircut.supply)
      : synthetic.haircut_wad === null
        ? null
        : BigInt(synthetic.haircut_wad);
  return (
    <Notice
      kind="watch"
      title={`A loss is not paid yet: redemption pays ${share === null ? 'less than' : wadPercentText(share)} ${share === null ? 'face value' : 'of face value'}`}
      action={<ButtonLink to={`/synthetic/${synthetic.address}/peg#losses`}>The losses</ButtonLink>}
    >
      <p>
        Everybody who redeems now gets the same share, so nobody gains by being first. Owners who repay at face value
        still lower it a little. Interest and surplus are collected first.
      </p>
      <OneCall
        label="Collect interest and surplus now"
        call={collectCall(synthetic.address as Address)}
        units={units}
      />
    </Notice>
  );
}

function Consequences({
  shared,
  step,
  outcome,
  state,
  units,
  left,
}: {
  shared: Shared;
  step: RedemptionStep | undefined;
  outcome: Outcome<RedemptionDone> | undefined;
  state: BookState | undefined;
  units: Units;
  left: bigint;
}): ReactNode {
  const { symbol } = shared.synthetic;
  const done = outcome === undefined || outcome.refused !== undefined ? undefined : outcome;
  const asset = step?.collateral_asset;
  const mid = state?.vault.price.mid;
  return (
    <>
      {outcome?.refused === undefined ? null : (
        <Notice
          kind="watch"
          title={sentence({ name: outcome.refused.error, values: outcome.refused.fields }, units)}
          role="alert"
        />
      )}
      <Part title="What will happen">
        {step === undefined || asset === undefined ? (
          <p className="quiet">Type how much you want to redeem.</p>
        ) : (
          <Lines
            lines={[
              { label: 'From the vault of', after: <Shown value={step.owner} /> },
              {
                label: 'You receive',
                after: <AssetAmount value={done?.collateral ?? BigInt(step.collateral)} asset={asset} />,
              },
              ...(done === undefined || mid === undefined
                ? []
                : [
                    {
                      label: 'Worth at the price',
                      after: <TokenAmount value={valueDown(done.collateral, mid)} symbol={symbol} />,
                    },
                  ]),
              {
                label: 'Its fee, which stays in the vault',
                after: wadPercentText(done?.fee ?? BigInt(step.fee_wad)),
              },
              {
                label: 'The vault then owes',
                after: (
                  <TokenAmount
                    value={
                      done === undefined || state === undefined
                        ? BigInt(step.debt_left)
                        : debtUp(done.vault.norm, state.vault.market.index)
                    }
                    symbol={symbol}
                  />
                ),
              },
              ...(left === 0n
                ? []
                : [{ label: 'Left for the next vaults', after: <TokenAmount value={left} symbol={symbol} /> }]),
            ]}
          />
        )}
      </Part>
      <Part title="What it costs">
        {step === undefined ? (
          <p className="quiet">What you redeem is burned.</p>
        ) : (
          <Lines
            lines={[
              { label: 'You burn', after: <TokenAmount value={done?.burned ?? BigInt(step.burned)} symbol={symbol} /> },
            ]}
          />
        )}
      </Part>
      <Part title="What could go wrong">
        <Risks
          risks={[
            'You are paid at the high price of the collateral, less the fee: selling it at the price that counts brings less than face value. It pays where the market is cheaper than that.',
            'Somebody else may redeem from the same vault first. Then less is burned and paid, or the call is refused; it is refused below 99 % of what is shown.',
            'Each vault is a transaction of its own. Prices move between them.',
          ]}
        />
      </Part>
    </>
  );
}

interface QuoteProps {
  readonly shared: Shared;
  readonly amount: bigint | undefined;
  readonly query: ReturnType<typeof useRedemptionQuote>;
  readonly chosen: string | undefined;
  readonly onChoose: (key: string) => void;
}

function Quote({ shared, amount, query, chosen, onChoose }: QuoteProps): ReactNode {
  if (amount === undefined)
    return <p className="quiet">The cheapest vaults stand here for the amount that you type.</p>;
  const quote = query.data;
  if (quote === undefined) {
    if (query.isError) return <ErrorState error={query.error} what="the vaults" onRetry={() => void query.refetch()} />;
    return <SkeletonRows what="the vaults" rows={3} />;
  }
  if (quote.steps.length === 0) {
    return (
      <EmptyState title="Nothing can be redeemed now">
        No vault is solvent at a safe price, or the amount is too small for each of them.
      </EmptyState>
    );
  }
  return (
    <>
      <Steps shared={shared} quote={quote} chosen={chosen} onChoose={onChoose} />
      {quote.left === '0' ? null : (
        <Notice kind="watch" title="Not all of it can be redeemed in one go">
          For {exactDecimal(BigInt(quote.left), SYNTHETIC_DECIMALS)} {shared.synthetic.symbol} there is no vault now, or
          not within 50 of them.
        </Notice>
      )}
    </>
  );
}

function Redeem({ shared }: { shared: Shared }): ReactNode {
  const { synthetic, asOf } = shared;
  const { symbol } = synthetic;
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [named, setNamed] = useState<string | undefined>(undefined);
  const typed = parseAmount(text, {
    decimals: SYNTHETIC_DECIMALS,
    unit: symbol,
    max: BigInt(synthetic.supply),
    maxIs: 'all there is',
  });
  const amount = valueOf(typed);
  const query = useRedemptionQuote(synthetic.address, amount);
  const steps = amount === undefined ? [] : (query.data?.steps ?? []);
  const step = steps.find((each) => keyOf(each) === named) ?? steps[0];
  const { wallet, known, error } = useChain(shared, step);
  const market = synthetic.markets.find((each) => each.id === step?.market);
  const units: Units = { symbol, ...(market === undefined ? {} : { collateral: market.collateral }) };
  const state = known?.state;
  const fits =
    state !== undefined && step !== undefined && sameAddress(state.collateral, step.collateral_asset.address);
  const outcome = amount === undefined || step === undefined || !fits ? undefined : outcomeOf(state, step, amount);
  const done = outcome === undefined || outcome.refused !== undefined ? undefined : outcome;
  const short = done !== undefined && known !== undefined && known.held < done.burned;
  const plan =
    done === undefined || step === undefined || amount === undefined || short
      ? null
      : planOf(shared, step, amount, done);
  const left = done === undefined || amount === undefined ? 0n : amount - done.burned;
  const missing =
    amount === undefined
      ? 'Type how much you want to redeem.'
      : short
        ? `This account has too little ${symbol}.`
        : step === undefined
          ? 'Nothing can be redeemed now.'
          : 'Reading the vault through the wallet.';
  return (
    <Frame
      flow={{
        asOf,
        wallet,
        stateError: error,
        state: known,
        now: state?.vault.now ?? asOf.time,
        block: known === undefined ? asOf.block : Number(known.block),
      }}
      home={{ to: `/synthetic/${synthetic.address}`, name: `${synthetic.name} (${symbol})` }}
      title={`Redeem ${symbol}`}
      lead="Burn it for collateral of a vault, at face value less a fee that stays in the vault. The riskiest vault is the cheapest, so it is redeemed first."
      entries={
        <Part title="What you have">
          <HaircutNotice shared={shared} haircut={state?.haircut} units={units} />
          <Lines
            lines={[
              {
                label: `Your ${symbol}`,
                after: known === undefined ? noBalance({ wallet }) : <TokenAmount value={known.held} symbol={symbol} />,
              },
            ]}
          />
          <fieldset className="flow__entries" disabled={busy}>
            <AmountEntry
              label="Amount to redeem"
              text={text}
              onText={(next) => {
                setText(next);
                setNamed(undefined);
              }}
              typed={typed}
              unit={symbol}
              decimals={SYNTHETIC_DECIMALS}
              most={known?.held}
              disabled={busy}
            />
          </fieldset>
          <Quote
            shared={shared}
            amount={amount}
            query={query}
            chosen={step === undefined ? undefined : keyOf(step)}
            onChoose={setNamed}
          />
        </Part>
      }
      outcome={
        <Sign
          plan={plan}
          missing={missing}
          units={units}
          onBusy={setBusy}
          onDone={() => setText(left === 0n ? '' : exactDecimal(left, SYNTHETIC_DECIMALS))}
          after={() => <ButtonLink to={`/synthetic/${synthetic.address}#redemptions`}>Redemptions</ButtonLink>}
        >
          <Consequences
            shared={shared}
            step={step}
            outcome={outcome}
            state={fits ? state : undefined}
            units={units}
            left={left}
          />
        </Sign>
      }
    />
  );
}

/** Burn the synthetic for collateral of the cheapest vaults, one after the other. */
export function RedeemSyntheticFlow({ shared }: { shared: Shared }): ReactNode {
  return <Redeem shared={shared} />;
}
