import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Address, TransactionReceipt } from 'viem';
import { ApiError, read } from '../api/client';
import { useStatus } from '../api/hooks';
import type { TokenAnswer } from '../api/types';
import { launch as launchCall, type LaunchParams } from '../flows/chain/calls';
import { launchedEvent } from '../flows/chain/outcome';
import { balanceOf } from '../flows/chain/state';
import { assetFacts, fullText, type Need, type Plan } from '../flows/plan';
import { Lines, Part, Risks } from '../flows/parts';
import { Sign } from '../flows/Sign';
import { MAX_WORD, TOKEN_DECIMALS } from '../flows/calc/arithmetic';
import { bpsText, durationText, exactDecimal, utcText } from '../format';
import { Address as Account, Amount, ButtonLink, Notice, Price, SkeletonRows } from '../ui';
import { useWallet } from '../wallet/useWallet';
import { useNetwork } from '../wallet/WalletProvider';
import { amountText, firstPrices, nativeIndex, paymentOf } from './check';
import type { LaunchDraft } from './draft';
import type { StepProps } from './entries';

interface Info {
  readonly symbol: string;
  readonly decimals: number;
}

interface ReviewProps {
  readonly draft: LaunchDraft;
  readonly params: LaunchParams;
  readonly infos: readonly Info[];
  readonly onDone: () => void;
}

/** What never changes, in the words of the summary. */
function Fixed({ params, infos }: { params: LaunchParams; infos: readonly Info[] }): ReactNode {
  const { terms, fees } = params;
  const seeds = params.seeds.map((seed, index) => amountText(seed, infos[index] ?? { symbol: '', decimals: 18 }));
  const until = params.pool.lockUntil;
  return (
    <Lines
      lines={[
        { label: 'Name and symbol', after: `${params.name} (${params.symbol})` },
        {
          label: 'Supply, never more',
          after: <Amount value={params.supply} decimals={TOKEN_DECIMALS} unit={params.symbol} significant={30} />,
        },
        { label: 'Reserve at launch', after: seeds.join(', ') },
        {
          label: 'Redemption',
          after: terms.redeemable ? `open, ${bpsText(terms.redeemFeeBps)} fee` : 'closed for ever',
        },
        { label: 'Lent against backing', after: `up to ${bpsText(terms.ltvBps)}` },
        {
          label: 'Term, fee, grace',
          after: `${durationText(terms.termSecs)}, ${bpsText(terms.termFeeBps)}, ${durationText(terms.graceSecs)}`,
        },
        { label: 'Drip period, flash fee', after: `${durationText(terms.dripSecs)}, ${bpsText(terms.flashFeeBps)}` },
        {
          label: 'Fees on pool trades',
          after:
            params.path === 0
              ? 'none, for ever'
              : `at most ${bpsText(fees.maxBuyBps)} buy, ${bpsText(fees.maxSellBps)} sell`,
        },
        ...(params.path === 0
          ? []
          : [
              {
                label: 'Split of the fees',
                after: `${bpsText(fees.split.reserveBps)} reserve, ${bpsText(fees.split.burnBps)} burn, ${bpsText(fees.split.liquidityBps)} liquidity, ${fees.split.recipients.map((one) => bpsText(one.bps)).join(', ') || 'nothing'} to recipients`,
              },
            ]),
        {
          label: 'Liquidity',
          after:
            params.pool.tokens === 0n
              ? 'no pool at launch'
              : until === MAX_WORD
                ? 'locked for ever'
                : `locked until ${utcText(Number(until))} or longer`,
        },
      ]}
    />
  );
}

function Changeable({ params }: { params: LaunchParams }): ReactNode {
  const { fees } = params;
  const taxed = params.path !== 0;
  return (
    <Lines
      lines={[
        ...(taxed
          ? [
              {
                label: `Cut the fees (buy ${bpsText(fees.buyBps)}, sell ${bpsText(fees.sellBps)} at first)`,
                after: 'owner, at once',
              },
              { label: 'Raise them within the maximum', after: 'owner, after 3 days in public' },
              { label: 'Replace a fee recipient', after: 'owner, after 3 days in public' },
            ]
          : []),
        { label: 'Name the guardian', after: 'owner, at once' },
        { label: 'Pause borrowing, flash loans, conversion', after: 'guardian, at most 7 days, then not for 7 days' },
        ...(params.pool.tokens === 0n || params.pool.lockUntil === MAX_WORD
          ? []
          : [{ label: 'Lengthen the lock, withdraw after it', after: 'owner' }]),
        { label: 'Mint, upgrade, take from the reserve', after: 'nobody' },
      ]}
    />
  );
}

function Prices({ params, infos }: { params: LaunchParams; infos: readonly Info[] }): ReactNode {
  const { floors, market } = firstPrices(
    params,
    infos.map((info) => info.decimals),
  );
  const kept = params.supply - params.pool.tokens;
  const symbol = infos[0]?.symbol ?? '';
  const under = market !== null && infos.length === 1 && market < (floors[0] ?? 0n);
  return (
    <>
      <Lines
        lines={[
          ...infos.map((info, index) => ({
            label: infos.length === 1 ? 'Floor for one token' : `Floor in ${info.symbol}`,
            after: <Price wad={floors[index] ?? 0n} unit={info.symbol} significant={8} />,
          })),
          {
            label: 'First price in the pool',
            after: market === null ? 'no pool' : <Price wad={market} unit={symbol} significant={8} />,
          },
          {
            label: 'The owner receives',
            after: `${fullText(kept, TOKEN_DECIMALS, params.symbol)}, ${bpsText(Number((kept * 10_000n) / params.supply))} of the supply`,
          },
        ]}
      />
      {under ? (
        <Notice kind="watch" title="The pool starts under the floor">
          {params.terms.redeemable
            ? 'Whoever buys first can redeem at once for more. Put more of the asset into the pool, or fewer tokens.'
            : 'Whoever buys first can borrow more than the price. Put more of the asset into the pool, or fewer tokens.'}
        </Notice>
      ) : null}
    </>
  );
}

/** What the account has of each asset, and the first that it has too little of. */
function useShortage(params: LaunchParams, infos: readonly Info[], native: number): string | undefined {
  const wallet = useWallet();
  const access = wallet.status === 'ready' ? wallet.access : undefined;
  const balances = useQuery({
    queryKey: ['launch-balances', access?.account, wallet.network.id, params.assets.join()],
    enabled: access !== undefined,
    refetchInterval: 8_000,
    queryFn: async () => {
      if (access === undefined) return [];
      const at = { blockNumber: await access.read.getBlockNumber() };
      return Promise.all(
        params.assets.map((asset, index) =>
          index === native
            ? access.read.getBalance({ address: access.account, ...at })
            : balanceOf(access.read, asset, access.account, at),
        ),
      );
    },
  });
  const pays = paymentOf(params);
  for (const [index, info] of infos.entries()) {
    const [wanted, held] = [pays[index] ?? 0n, balances.data?.[index]];
    if (held !== undefined && held < wanted) {
      const what = index === native ? 'of the native currency' : info.symbol;
      return `balance: you have ${exactDecimal(held, info.decimals)} ${what}, ${exactDecimal(wanted, info.decimals)} is needed.`;
    }
  }
  return undefined;
}

function planOf(props: ReviewProps, launchpad: Address, native: number): Plan {
  const { params, infos } = props;
  const assets = params.assets.map((address, index) => ({
    address,
    name: '',
    symbol: infos[index]?.symbol ?? '',
    decimals: infos[index]?.decimals ?? 18,
  }));
  const pays = paymentOf(params);
  const needs: Need[] = assets.flatMap((asset, index) =>
    index === native || (pays[index] ?? 0n) === 0n
      ? []
      : [{ asset, amount: pays[index] ?? 0n, spender: launchpad, spenderName: 'the launchpad' }],
  );
  return {
    label: `Launch ${params.symbol}`,
    needs,
    call: launchCall(launchpad, params, native === -1 ? 0n : (pays[native] ?? 0n)),
    expected: assetFacts('Seed in the reserve', params.seeds, assets),
    actual: ({ logs }) => assetFacts('Seed in the reserve', launchedEvent(logs, launchpad)?.seeds ?? [], assets),
  };
}

/** Asks the server for the new token until it knows it. */
function Indexed({ token }: { token: string }): ReactNode {
  const answer = useQuery<TokenAnswer>({
    queryKey: ['launched', token],
    refetchInterval: (query) => (query.state.data === undefined ? 1_000 : false),
    retry: false,
    queryFn: ({ signal }) => read<TokenAnswer>(`/v1/tokens/${token}`, {}, signal),
  });
  if (answer.data !== undefined) {
    return (
      <ButtonLink look="primary" to={`/token/${token}`}>
        Open {answer.data.token.symbol}
      </ButtonLink>
    );
  }
  const other = answer.error instanceof ApiError && answer.error.status !== 404;
  return (
    <p className="quiet" role="status">
      {other
        ? 'The token is on the chain. This server does not answer at the moment; its page opens when it does.'
        : 'The token is on the chain. Its page opens as soon as the indexer has read the block.'}
    </p>
  );
}

export function LaunchedResult({
  receipt,
  launchpad,
  symbol,
}: {
  receipt: TransactionReceipt;
  launchpad: string;
  symbol: string;
}): ReactNode {
  const made = launchedEvent(receipt.logs, launchpad);
  if (made === undefined) return null;
  const none = (address: string) => /^0x0+$/.test(address);
  const parts = [
    [symbol, made.token],
    ['Reserve', made.reserve],
    ['Converter', made.converter],
    ['Pool', made.pool],
    ['Lock', made.lock],
  ] as const;
  return (
    <div className="stack launch__made">
      <Lines
        lines={parts
          .filter(([, address]) => !none(address))
          .map(([label, address]) => ({ label, after: <Account value={address} full /> }))}
      />
      <Indexed token={made.token} />
    </div>
  );
}

/** The last step: everything at once, then the signature. */
export function Review(props: ReviewProps): ReactNode {
  const { params, infos, draft } = props;
  const deployment = useStatus().data?.deployment;
  const native = nativeIndex(params, draft, deployment?.wrapped_native ?? null);
  const short = useShortage(params, infos, native);
  const currency = useNetwork().currency.symbol;
  if (deployment === undefined) return <SkeletonRows what="the launchpad" />;
  const launchpad = deployment.launchpad as Address;
  const plan = planOf(props, launchpad, native);
  return (
    <Sign
      plan={short === undefined ? plan : null}
      missing={short === undefined ? undefined : 'Bring what is missing to this account.'}
      units={{ symbol: params.symbol, assets: infos }}
      onDone={props.onDone}
      again={false}
      after={(receipt) => <LaunchedResult receipt={receipt} launchpad={launchpad} symbol={params.symbol} />}
    >
      <div className="launch__columns">
        <Part title="What can never be changed">
          <Fixed params={params} infos={infos} />
        </Part>
        <div className="flow__side">
          <Part title="What can be changed, by whom">
            <Changeable params={params} />
          </Part>
          <Part title="At launch">
            <Prices params={params} infos={infos} />
          </Part>
        </div>
      </div>
      <Part title="What it costs">
        <Lines
          lines={paymentOf(params).map((amount, index) => ({
            label:
              index === native
                ? 'Native currency, sent along'
                : `Taken by the launchpad, ${infos[index]?.symbol ?? ''}`,
            after:
              index === native
                ? amountText(amount, { symbol: currency, decimals: 18 })
                : amountText(amount, infos[index] ?? { symbol: '', decimals: 18 }),
          }))}
        />
        {short === undefined ? null : <Notice kind="watch" title={short} role="alert" />}
      </Part>
      <Part title="What could go wrong">
        <Risks
          risks={[
            'The seed belongs to the holders from this moment on. You cannot take it back, other than as a holder.',
            'Terms, maxima and split are in the code of the contracts. A mistake here stays; launch again under another name instead.',
            'An asset that freezes or loses its worth later does so in the reserve as well.',
          ]}
        />
      </Part>
    </Sign>
  );
}

/** The symbols and decimals of the draft's assets, once all are known. */
export function infosOf(step: StepProps): Info[] | undefined {
  const infos = step.draft.assets.map((one) => step.info(one.address.toLowerCase()));
  return infos.every((info): info is Info => info !== null && typeof info !== 'string') ? infos : undefined;
}
