import {
  QueryClient,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQuery,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { ApiError, read, type Parameters } from './client';
import { live } from './live';
import type {
  Account,
  AsOf,
  AssetRef,
  AuctionAnswer,
  CalendarDay,
  ChainEvent,
  Fill,
  Holder,
  Inflows,
  Interval,
  Loan,
  Mark,
  Page,
  Powers,
  SeriesAnswer,
  Status,
  TokenAnswer,
  TokenSummary,
  Trade,
} from './types';

/** A new client with the explorer's rules: known content stays, errors of the asker are not tried again. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 600_000,
        refetchOnWindowFocus: true,
        // The browser's own notion of being online is wrong for a server on the same machine.
        networkMode: 'always',
        retry: (failures, error) =>
          !(error instanceof ApiError && error.status >= 400 && error.status < 500) && failures < 2,
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
      },
    },
  });
}

/** Reads a path and notes the head that its answer is of. */
export async function readAndNote<T extends { as_of: AsOf }>(
  path: string,
  parameters: Parameters,
  signal: AbortSignal,
): Promise<T> {
  const answer = await read<T>(path, parameters, signal);
  live.note(answer.as_of);
  return answer;
}

function tokenQuery<T extends { as_of: AsOf }>(token: string, part: string, parameters: Parameters = {}) {
  const path = `/v1/tokens/${token}${part === '' ? '' : `/${part}`}`;
  return queryOptions({
    queryKey: ['token', token.toLowerCase(), part, parameters] as const,
    queryFn: ({ signal }) => readAndNote<T>(path, parameters, signal),
    placeholderData: keepPreviousData,
  });
}

/** Result of a list that is read page by page. */
export type Pages<T> = UseInfiniteQueryResult<InfiniteData<Page<T>>>;

/** A list that is read page by page, under `key`. */
export function usePages<T>(key: readonly unknown[], path: string, parameters: Parameters, enabled: boolean): Pages<T> {
  return useInfiniteQuery({
    queryKey: [...key, 'pages', parameters],
    queryFn: ({ signal, pageParam }) => readAndNote<Page<T>>(path, { ...parameters, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    enabled,
  });
}

function useTokenPages<T>(token: string, part: string, parameters: Parameters, enabled: boolean): Pages<T> {
  return usePages<T>(['token', token.toLowerCase(), part], `/v1/tokens/${token}/${part}`, parameters, enabled);
}

/** The rows of all pages read so far. */
export function rowsOf<T>(pages: Pages<T>): T[] {
  return pages.data?.pages.flatMap((page) => page.data) ?? [];
}

/** One page of the token list. */
export function useTokens(parameters: Parameters): UseQueryResult<Page<TokenSummary>> {
  return useQuery({
    queryKey: ['tokens', parameters],
    queryFn: ({ signal }) => readAndNote<Page<TokenSummary>>('/v1/tokens', parameters, signal),
    placeholderData: keepPreviousData,
  });
}

/** Assets that back some token. */
export function useAssets(): UseQueryResult<Page<AssetRef & { native: boolean }>> {
  return useQuery({
    queryKey: ['assets'],
    queryFn: ({ signal }) => readAndNote<Page<AssetRef & { native: boolean }>>('/v1/assets', { limit: 500 }, signal),
    staleTime: 300_000,
  });
}

/** Everything about one token. */
export function useToken(token: string): UseQueryResult<TokenAnswer> {
  return useQuery(tokenQuery<TokenAnswer>(token, ''));
}

/** Floor and market over time. */
export function useSeries(token: string, interval: Interval, from: number | undefined): UseQueryResult<SeriesAnswer> {
  return useQuery(tokenQuery<SeriesAnswer>(token, 'series', { interval, from, limit: 2_000 }));
}

/** Events for the chart's time axis. */
export function useMarks(token: string, from: number | undefined): UseQueryResult<{ as_of: AsOf; data: Mark[] }> {
  return useQuery(tokenQuery<{ as_of: AsOf; data: Mark[] }>(token, 'marks', { from }));
}

/** What entered the reserve, by source. */
export function useInflows(
  token: string,
  interval: 'hour' | 'day' | 'total',
  from: number | undefined,
  enabled: boolean,
): UseQueryResult<Inflows> {
  return useQuery({ ...tokenQuery<Inflows>(token, 'inflows', { interval, from }), enabled });
}

/** Loans of one token. */
export function useLoans(token: string, parameters: Parameters, enabled: boolean): Pages<Loan> {
  return useTokenPages<Loan>(token, 'loans', parameters, enabled);
}

/** Open loans of one token summed by the day of their deadline. */
export function useCalendar(token: string, enabled: boolean): UseQueryResult<Page<CalendarDay>> {
  return useQuery({ ...tokenQuery<Page<CalendarDay>>(token, 'loans/calendar', { interval: 'day' }), enabled });
}

/** The converter's auction. */
export function useAuction(token: string, enabled: boolean): UseQueryResult<AuctionAnswer> {
  return useQuery({ ...tokenQuery<AuctionAnswer>(token, 'auction'), enabled });
}

/** Purchases from the converter, newest first. */
export function useFills(token: string, enabled: boolean): Pages<Fill> {
  return useTokenPages<Fill>(token, 'auction/fills', { limit: 10 }, enabled);
}

/** Holders of one token by amount. */
export function useHolders(token: string, enabled: boolean): Pages<Holder> {
  return useTokenPages<Holder>(token, 'holders', { limit: 10 }, enabled);
}

/** Trades in the token's pool, newest first. */
export function useTrades(token: string, enabled: boolean): Pages<Trade> {
  return useTokenPages<Trade>(token, 'trades', { limit: 10 }, enabled);
}

/** Events of one token. */
export function useEvents(token: string, parameters: Parameters, enabled: boolean): Pages<ChainEvent> {
  return useTokenPages<ChainEvent>(token, 'events', parameters, enabled);
}

/** Who may do what. */
export function usePowers(token: string, enabled: boolean): UseQueryResult<Powers> {
  return useQuery({ ...tokenQuery<Powers>(token, 'powers'), enabled });
}

/** State of the server and of what feeds it. */
export function useStatus(): UseQueryResult<Status> {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => readAndNote<Status>('/v1/status', {}, signal),
    refetchInterval: 5_000,
    staleTime: 0,
  });
}

/** What one account holds and owes. */
export function useAccount(address: string): UseQueryResult<Account> {
  return useQuery({
    queryKey: ['account', address.toLowerCase()],
    queryFn: ({ signal }) => readAndNote<Account>(`/v1/accounts/${address}`, {}, signal),
    placeholderData: keepPreviousData,
  });
}
