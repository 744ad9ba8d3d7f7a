import { connect } from '@wagmi/core';
import { useState, type ReactNode } from 'react';
import { useConfig, useConnectors, type Connector } from 'wagmi';
import { Button, Dialog, Notice } from '../ui';
import { useNetwork } from './WalletProvider';
import './wallet.css';

/** The wallets to offer: those that announced themselves, or else whatever sits at `window.ethereum`. */
export function offered(connectors: readonly Connector[], hasInjected: boolean): Connector[] {
  const announced = connectors.filter((connector) => connector.id !== 'injected');
  if (announced.length > 0) return announced;
  return hasInjected ? connectors.filter((connector) => connector.id === 'injected') : [];
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

/** What to tell somebody whose wallet did not connect. */
export function connectFailure(error: unknown, wallet: string): string {
  if (codeOf(error) === 4001) return `You declined in ${wallet}. Nothing was connected.`;
  if (codeOf(error) === -32_002) return `${wallet} already asks you something. Open it and answer, then try again.`;
  return `${wallet} did not connect. Unlock it, then try again.`;
}

function WalletChoice({
  connector,
  busy,
  onPick,
}: {
  connector: Connector;
  busy: boolean;
  onPick: () => void;
}): ReactNode {
  return (
    <li>
      <button type="button" className="wallet-choice" onClick={onPick} aria-disabled={busy}>
        {connector.icon === undefined ? (
          <span className="wallet-choice__icon" aria-hidden="true" />
        ) : (
          <img className="wallet-choice__icon" src={connector.icon.trim()} alt="" width="32" height="32" />
        )}
        <span>{connector.id === 'injected' ? 'Browser wallet' : connector.name}</span>
        {busy ? <span className="quiet small">Waiting for your answer in the wallet</span> : null}
      </button>
    </li>
  );
}

function NoWallet(): ReactNode {
  return (
    <Notice title="No wallet was found in this browser">
      <p>
        A wallet is an extension or a browser that holds your keys. Install one that you trust, open this page in that
        browser, and come back here. Every figure can be read without one.
      </p>
      <p>
        <Button onClick={() => window.location.reload()}>Look again</Button>
      </p>
    </Notice>
  );
}

/** Lists the wallets of this browser and connects one. */
export function ConnectDialog({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const config = useConfig();
  const network = useNetwork();
  const connectors = useConnectors();
  const [waiting, setWaiting] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const choices = offered(connectors, 'ethereum' in window);
  const pick = async (connector: Connector) => {
    if (waiting !== null) return;
    setWaiting(connector.uid);
    setProblem(null);
    try {
      await connect(config, { connector });
      window.dispatchEvent(new Event('ballast:wallet'));
      onClose();
    } catch (error) {
      setProblem(connectFailure(error, connector.name));
    } finally {
      setWaiting(null);
    }
  };
  return (
    <Dialog title="Connect a wallet" open={open} onClose={onClose}>
      <div className="stack">
        <p>
          The explorer sees your address and asks before anything is signed. These tokens are on {network.name} (chain{' '}
          {network.id}).
        </p>
        {choices.length === 0 ? (
          <NoWallet />
        ) : (
          <ul className="wallet-choices">
            {choices.map((connector) => (
              <WalletChoice
                key={connector.uid}
                connector={connector}
                busy={waiting === connector.uid}
                onPick={() => void pick(connector)}
              />
            ))}
          </ul>
        )}
        {problem === null ? null : <Notice kind="watch" title={problem} role="alert" />}
      </div>
    </Dialog>
  );
}
