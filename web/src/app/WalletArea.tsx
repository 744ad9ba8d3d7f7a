import { Suspense, useEffect, useState, type ReactNode } from 'react';
import { Button } from '../ui';
import { ErrorBoundary } from './ErrorBoundary';
import { WalletSlot } from './modules';

/** Key under which the wallet library remembers which wallet was connected last. */
const REMEMBERED = 'wagmi.recentConnectorId';

function remembered(): boolean {
  try {
    return localStorage.getItem(REMEMBERED) !== null;
  } catch {
    return false;
  }
}

/** Place of the wallet in the header. Its code is read on the first click, or at once for who connected before. */
export function WalletArea(): ReactNode {
  const [wanted, setWanted] = useState<'no' | 'quietly' | 'now'>(() => (remembered() ? 'quietly' : 'no'));
  useEffect(() => {
    const load = () => setWanted((now) => (now === 'no' ? 'quietly' : now));
    window.addEventListener('ballast:wallet', load);
    return () => window.removeEventListener('ballast:wallet', load);
  }, []);
  const waiting = <Button disabled>Connect wallet</Button>;
  if (wanted === 'no') return <Button onClick={() => setWanted('now')}>Connect wallet</Button>;
  return (
    <ErrorBoundary fallback={() => <Button onClick={() => location.reload()}>Wallet failed, reload</Button>}>
      <Suspense fallback={waiting}>
        <WalletSlot openAtOnce={wanted === 'now'} />
      </Suspense>
    </ErrorBoundary>
  );
}
