import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { lazy, useEffect, type ReactNode } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { follow } from '../api/follow';
import { live, restWhileHidden } from '../api/live';
import { Frame } from './Frame';
import { AccountPage, ActionPage, LaunchPage, VaultActions } from './modules';
import { NotFoundPage } from '../pages/NotFoundPage';
import { TokensPage } from '../pages/TokensPage';

const TokenPage = lazy(() => import('../pages/TokenPage'));
const StatusPage = lazy(() => import('../pages/StatusPage'));
const KeepersPage = lazy(() => import('../pages/KeepersPage'));
const SyntheticsPage = lazy(() => import('../pages/synthetics/SyntheticsPage'));
const SyntheticPage = lazy(() => import('../pages/synthetics/SyntheticPage'));
const MarketPage = lazy(() => import('../pages/synthetics/MarketPage'));
const AuctionsPage = lazy(() => import('../pages/synthetics/AuctionsPage'));
const PegPage = lazy(() => import('../pages/synthetics/PegPage'));
const PricesPage = lazy(() => import('../pages/synthetics/PricesPage'));

/** Every page of the explorer under its address. */
export function Pages(): ReactNode {
  return (
    <Routes>
      <Route element={<Frame />}>
        <Route index element={<TokensPage />} />
        <Route path="token/:token" element={<TokenPage />} />
        <Route path="token/:token/:action" element={<ActionPage />} />
        <Route path="synthetics" element={<SyntheticsPage />} />
        <Route path="synthetic/:synthetic" element={<SyntheticPage />} />
        <Route path="synthetic/:synthetic/auctions" element={<AuctionsPage />} />
        <Route path="synthetic/:synthetic/peg" element={<PegPage />} />
        <Route path="synthetic/:synthetic/exchange" element={<VaultActions action="exchange" />} />
        <Route path="synthetic/:synthetic/backstop" element={<VaultActions action="backstop" />} />
        <Route path="synthetic/:synthetic/prices" element={<PricesPage />} />
        <Route path="synthetic/:synthetic/market/:market" element={<MarketPage />} />
        <Route path="synthetic/:synthetic/redeem" element={<VaultActions action="redeem" />} />
        <Route path="synthetic/:synthetic/market/:market/vault" element={<VaultActions action="vault" />} />
        <Route path="synthetic/:synthetic/market/:market/vault/:owner" element={<VaultActions action="vault" />} />
        <Route path="synthetic/:synthetic/market/:market/take/:owner" element={<VaultActions action="take" />} />
        <Route path="keepers" element={<KeepersPage />} />
        <Route path="launch" element={<LaunchPage />} />
        <Route path="account" element={<AccountPage />} />
        <Route path="account/:address" element={<AccountPage />} />
        <Route path="status" element={<StatusPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  );
}

/** The explorer: its data, its live stream and its pages. */
export function App({ client }: { client: QueryClient }): ReactNode {
  useEffect(() => {
    live.start();
    const stop = follow(client, live);
    const wake = restWhileHidden(live);
    return () => {
      wake();
      stop();
      live.stop();
    };
  }, [client]);
  return (
    <QueryClientProvider client={client}>
      <BrowserRouter>
        <Pages />
      </BrowserRouter>
    </QueryClientProvider>
  );
}
