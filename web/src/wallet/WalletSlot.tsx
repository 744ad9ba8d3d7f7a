import { disconnect } from '@wagmi/core';
import { useEffect, useState, type ReactNode } from 'react';
import { useConfig } from 'wagmi';
import { noteConnected } from '../account/connected';
import { shortHex } from '../format';
import { Address, Button, ButtonLink, Dialog, Notice } from '../ui';
import { providerOf } from './config';
import { ConnectDialog } from './ConnectDialog';
import { chainName } from './network';
import { switchNetwork } from './switch';
import { useWallet, type Wallet } from './useWallet';
import { WalletProvider } from './WalletProvider';
import './wallet.css';

type Connected = Extract<Wallet, { account: string }>;

/** Asks the wallet for the right network and says what came of it. */
export function SwitchNetwork({ wallet }: { wallet: Extract<Wallet, { status: 'wrong-network' }> }): ReactNode {
  const config = useConfig();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = async () => {
    setBusy(true);
    setProblem((await switchNetwork(await providerOf(config), wallet.network)) ?? null);
    setBusy(false);
  };
  return (
    <div className="stack">
      <p>
        {wallet.name} is on {chainName(wallet.chainId)}. These tokens are on {wallet.network.name} (chain{' '}
        {wallet.network.id}).
      </p>
      <div>
        <Button look="primary" disabled={busy} onClick={() => void ask()}>
          {busy ? 'Waiting for your answer in the wallet' : `Switch to ${wallet.network.name}`}
        </Button>
      </div>
      {problem === null ? null : <Notice kind="watch" title={problem} role="alert" />}
    </div>
  );
}

function AccountDialog({
  wallet,
  open,
  onClose,
}: {
  wallet: Connected;
  open: boolean;
  onClose: () => void;
}): ReactNode {
  const config = useConfig();
  return (
    <Dialog title={wallet.name} open={open} onClose={onClose}>
      <div className="stack">
        <dl className="facts">
          <dt>Account</dt>
          <dd>
            <Address value={wallet.account} full />
          </dd>
          <dt>Network</dt>
          <dd>{wallet.status === 'ready' ? wallet.network.name : chainName(wallet.chainId)}</dd>
        </dl>
        {wallet.status === 'wrong-network' ? <SwitchNetwork wallet={wallet} /> : null}
        <p className="quiet small">To use another account, choose it in the wallet; the explorer follows.</p>
        <div className="wallet">
          <ButtonLink to={`/account/${wallet.account}`} onClick={onClose}>
            Balances and loans
          </ButtonLink>
          <Button
            onClick={() => {
              onClose();
              void disconnect(config);
            }}
          >
            Disconnect
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Slot({ openAtOnce }: { openAtOnce: boolean }): ReactNode {
  const wallet = useWallet();
  const [open, setOpen] = useState(openAtOnce);
  const account = 'account' in wallet ? wallet.account : null;
  useEffect(() => noteConnected(account), [account]);
  const close = () => setOpen(false);
  if (wallet.status === 'connecting') return <Button disabled>Connecting</Button>;
  if (wallet.status === 'disconnected') {
    return (
      <>
        <Button onClick={() => setOpen(true)}>Connect wallet</Button>
        <ConnectDialog open={open} onClose={close} />
      </>
    );
  }
  const wrong = wallet.status === 'wrong-network';
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <span className="visually-hidden">Wallet </span>
        <span className={wrong ? 'mono wallet__account--wide' : 'mono'}>{shortHex(wallet.account)}</span>
        {wrong ? <span className="tag tag--watch">Wrong network</span> : null}
      </Button>
      <AccountDialog wallet={wallet} open={open} onClose={close} />
    </>
  );
}

/** The wallet in the header. */
export default function WalletSlot({ openAtOnce }: { openAtOnce: boolean }): ReactNode {
  return (
    <WalletProvider waiting={<Button disabled>Connect wallet</Button>}>
      <Slot openAtOnce={openAtOnce} />
    </WalletProvider>
  );
}
