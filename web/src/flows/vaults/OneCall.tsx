import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Units } from '../../contracts/sentences';
import { Button } from '../../ui';
import { useWallet } from '../../wallet/useWallet';
import type { Call } from '../chain/calls';
import { Failed, Waiting } from '../Sign';
import { useSigning } from '../useSigning';

/** A small step of its own beside a flow, such as asking for a price again; nothing where no wallet is connected. */
export function OneCall({
  label,
  call,
  units,
  disabled = false,
}: {
  label: string;
  call: Call;
  units: Units;
  disabled?: boolean;
}): ReactNode {
  const wallet = useWallet();
  const signing = useSigning(units);
  const client = useQueryClient();
  if (wallet.status !== 'ready') return null;
  const run = async () => {
    if ((await signing.run(wallet.access, call)) === undefined) return;
    signing.reset();
    await client.invalidateQueries({ queryKey: ['chain-state'] });
  };
  return (
    <div className="stack one-call">
      <div>
        <Button disabled={disabled || signing.busy} onClick={() => void run()}>
          {signing.busy ? 'Waiting' : label}
        </Button>
      </div>
      <Waiting progress={signing.progress} wallet={wallet.name} />
      {signing.progress.at === 'failed' ? <Failed failure={signing.progress.failure} /> : null}
    </div>
  );
}
