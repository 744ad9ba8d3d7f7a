import { keepPreviousData, queryOptions, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { Parameters } from './client';
import { readAndNote, usePages, type Pages } from './hooks';
import type { AsOf, Page } from './types';
import type {
  AccountVaultView,
  AssetPriceView,
  BackstopMoveView,
  BackstopRequestView,
  DecisionView,
  LadderAnswer,
  LossView,
  PegMoveView,
  PriceSeriesAnswer,
  RedemptionQuote,
  RedemptionView,
  SendView,
  ServiceView,
  SyntheticAnswer,
  SyntheticSummary,
  TakeView,
  VaultAnswer,
  VaultAuctionView,
  VaultView,
} from './vaultTypes';

function synthQuery<T extends { as_of: AsOf }>(synthetic: string, part: string, parameters: Parameters = {}) {
  const path = `/v1/synthetics/${synthetic}${part === '' ? '' : `/${part}`}`;
  return queryOptions({
    queryKey: ['synthetic', synthetic.toLowerCase(), part, parameters] as const,
    queryFn: ({ signal }) => readAndNote<T>(path, parameters, signal),
    placeholderData: keepPreviousData,
  });
}

function useSynthPages<T>(synthetic: string, part: string, parameters: Parameters, enabled = true): Pages<T> {
  const key = ['synthetic', synthetic.toLowerCase(), part];
  return usePages<T>(key, `/v1/synthetics/${synthetic}/${part}`, parameters, enabled);
}

/** Every synthetic of the deployment. */
export function useSynthetics(): UseQueryResult<Page<SyntheticSummary>> {
  return useQuery({
    queryKey: ['synthetics'],
    queryFn: ({ signal }) => readAndNote<Page<SyntheticSummary>>('/v1/synthetics', {}, signal),
    placeholderData: keepPreviousData,
  });
}

/** One synthetic with its markets. */
export function useSynthetic(synthetic: string): UseQueryResult<SyntheticAnswer> {
  return useQuery(synthQuery<SyntheticAnswer>(synthetic, ''));
}

/** Debt of a market by liquidation price. */
export function useLadder(synthetic: string, market: number, levels: number): UseQueryResult<LadderAnswer> {
  return useQuery(synthQuery<LadderAnswer>(synthetic, `markets/${market}/ladder`, { levels }));
}

/** Vaults of a market, page by page. */
export function useVaults(synthetic: string, market: number, order: string, limit = 10): Pages<VaultView> {
  return useSynthPages<VaultView>(synthetic, `markets/${market}/vaults`, { order, limit });
}

/** One vault with what happened to it. */
export function useVault(synthetic: string, market: number, owner: string | undefined): UseQueryResult<VaultAnswer> {
  return useQuery({
    ...synthQuery<VaultAnswer>(synthetic, `markets/${market}/vaults/${owner ?? ''}`),
    enabled: owner !== undefined,
  });
}

/** Unhealthy vaults, for sale now. */
export function useVaultAuctions(synthetic: string): Pages<VaultAuctionView> {
  return useSynthPages<VaultAuctionView>(synthetic, 'auctions', { limit: 100 });
}

/** Parts of vaults that were sold, newest first. */
export function useTakes(synthetic: string, parameters: Parameters = {}, enabled = true): Pages<TakeView> {
  return useSynthPages<TakeView>(synthetic, 'takes', { limit: 10, ...parameters }, enabled);
}

/** Redemptions, newest first. */
export function useRedemptions(synthetic: string, enabled = true): Pages<RedemptionView> {
  return useSynthPages<RedemptionView>(synthetic, 'redemptions', { limit: 10 }, enabled);
}

/** Losses that came up and who paid them, newest first. */
export function useLosses(synthetic: string, enabled = true): Pages<LossView> {
  return useSynthPages<LossView>(synthetic, 'losses', { limit: 20 }, enabled);
}

/** What happened at the peg module, newest first. */
export function usePegMoves(synthetic: string, enabled: boolean): Pages<PegMoveView> {
  return useSynthPages<PegMoveView>(synthetic, 'peg/moves', { limit: 10 }, enabled);
}

/** What happened at the backstop, newest first. */
export function useBackstopMoves(synthetic: string, enabled: boolean): Pages<BackstopMoveView> {
  return useSynthPages<BackstopMoveView>(synthetic, 'backstop/moves', { limit: 10 }, enabled);
}

/** What an account asked of the backstop, newest first; nothing is asked without an account. */
export function useBackstopRequests(synthetic: string, owner: string | undefined): Pages<BackstopRequestView> {
  const parameters = { owner: owner ?? '', limit: 50 };
  return useSynthPages<BackstopRequestView>(synthetic, 'backstop/requests', parameters, owner !== undefined);
}

/** What redeeming `amount` base units would burn and give; nothing is asked without an amount. */
export function useRedemptionQuote(synthetic: string, amount: bigint | undefined): UseQueryResult<RedemptionQuote> {
  return useQuery({
    ...synthQuery<RedemptionQuote>(synthetic, 'redemption', { amount: (amount ?? 0n).toString() }),
    enabled: amount !== undefined && amount > 0n,
  });
}

/** Every price with what its sources say. */
export function usePrices(synthetic: string): UseQueryResult<Page<AssetPriceView>> {
  return useQuery(synthQuery<Page<AssetPriceView>>(synthetic, 'prices'));
}

/** One price over time. */
export function usePriceSeries(
  synthetic: string,
  asset: string,
  interval: 'event' | 'hour' | 'day',
  from: number | undefined,
): UseQueryResult<PriceSeriesAnswer> {
  return useQuery(synthQuery<PriceSeriesAnswer>(synthetic, `prices/${asset}/series`, { interval, from, limit: 2_000 }));
}

/** Vaults of one account in every market. */
export function useAccountVaults(account: string): Pages<AccountVaultView> {
  return usePages<AccountVaultView>(
    ['account', account.toLowerCase(), 'vaults'],
    `/v1/accounts/${account}/vaults`,
    { limit: 50 },
    true,
  );
}

/** How often what services tell of themselves is read again; it does not come with a block. */
const SERVICES_EVERY_MS = 5_000;

/** Keepers and oracle nodes. */
export function useServices(): UseQueryResult<Page<ServiceView>> {
  return useQuery({
    queryKey: ['keepers'],
    queryFn: ({ signal }) => readAndNote<Page<ServiceView>>('/v1/keepers', {}, signal),
    placeholderData: keepPreviousData,
    refetchInterval: SERVICES_EVERY_MS,
    staleTime: 0,
  });
}

/** What services send, newest first. */
export function useSends(parameters: Parameters): Pages<SendView> {
  return usePages<SendView>(['sends'], '/v1/sends', { limit: 20, ...parameters }, true);
}

/** What keepers decided last, newest first. */
export function useDecisions(parameters: Parameters): Pages<DecisionView> {
  return usePages<DecisionView>(['decisions'], '/v1/decisions', { limit: 20, ...parameters }, true);
}
