import type { ReactNode } from 'react';
import type { Address } from 'viem';
import { useParameter } from '../../app/modules';
import { isAddress } from '../../format';
import { WithMarket, WithSynthetic } from '../../pages/synthetics/Shell';
import { marketPath } from '../../pages/synthetics/parts';
import { ButtonLink, EmptyState } from '../../ui';
import { WalletProvider } from '../../wallet/WalletProvider';
import { BackstopDeposits } from '../peg/BackstopFlow';
import { PegExchange } from '../peg/PegFlow';
import { RedeemSyntheticFlow } from './RedeemFlow';
import { TakeFlow } from './TakeFlow';
import { VaultFlowPage } from './VaultFlowPage';
import '../flows.css';

function NoAddress({ owner, path }: { owner: string; path: string }): ReactNode {
  return (
    <>
      <h1>No such vault</h1>
      <EmptyState
        title={`“${owner}” is not an address`}
        actions={
          <ButtonLink to={path} look="primary">
            The market
          </ButtonLink>
        }
      >
        A vault is named by its owner: 0x and 40 digits from 0 to f.
      </EmptyState>
    </>
  );
}

/** What concerns a whole synthetic and none of its vaults. */
const WHOLE = { redeem: RedeemSyntheticFlow, exchange: PegExchange, backstop: BackstopDeposits } as const;

/**
 * Everything about synthetics that signs: `vault` opens and changes, `take` buys, `redeem` redeems, `exchange` goes
 * through the peg module, `backstop` deposits and withdraws.
 */
export default function VaultActions({ action }: { action: 'vault' | 'take' | keyof typeof WHOLE }): ReactNode {
  const owner = useParameter('owner');
  if (action !== 'vault' && action !== 'take') {
    const Flow = WHOLE[action];
    return (
      <WithSynthetic>
        {(shared) => (
          <WalletProvider>
            <Flow key={shared.synthetic.address} shared={shared} />
          </WalletProvider>
        )}
      </WithSynthetic>
    );
  }
  return (
    <WithMarket>
      {(shared) => {
        const path = marketPath(shared.synthetic.address, shared.market.id);
        if (owner !== '' && !isAddress(owner)) return <NoAddress owner={owner} path={path} />;
        const named = owner === '' ? undefined : (owner as Address);
        if (action === 'vault') {
          return (
            <WalletProvider>
              <VaultFlowPage key={path} shared={shared} owner={named} />
            </WalletProvider>
          );
        }
        return named === undefined ? (
          <NoAddress owner={owner} path={path} />
        ) : (
          <WalletProvider>
            <TakeFlow key={`${path} ${named}`} shared={shared} owner={named} />
          </WalletProvider>
        );
      }}
    </WithMarket>
  );
}
