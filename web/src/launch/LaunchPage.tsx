import { useState, type ReactNode } from 'react';
import { useStatus } from '../api/hooks';
import { useTitle } from '../pages/useTitle';
import { Button, EmptyState, type FieldFault } from '../ui';
import { useWallet } from '../wallet/useWallet';
import { WalletProvider } from '../wallet/WalletProvider';
import { checkDraft, type Checked } from './check';
import { forgetDraft, newDraft, newSalt, storedDraft, storeDraft, type LaunchDraft } from './draft';
import type { StepProps } from './entries';
import { infosOf, Review } from './Review';
import { GuardianStep, NameStep, PoolStep, ReserveStep, TermsStep, TradingStep } from './steps';
import { useAssetInfos, useKnownAssets } from './useAssetInfos';
import '../flows/flows.css';
import './launch.css';

interface Step {
  readonly title: string;
  /** How the fields of this step begin. */
  readonly fields: readonly string[];
  readonly page: (props: { step: StepProps }) => ReactNode;
}

const STEPS: readonly Step[] = [
  { title: 'Token', fields: ['name', 'symbol', 'supply', 'owner'], page: NameStep },
  { title: 'Reserve', fields: ['assets'], page: ReserveStep },
  {
    title: 'Trading',
    fields: [
      'maxBuy',
      'maxSell',
      'buy',
      'sell',
      'startMultiple',
      'toReserve',
      'toBurn',
      'toLiquidity',
      'recipients',
      'split',
    ],
    page: TradingStep,
  },
  { title: 'Terms', fields: ['redeemFee', 'ltv', 'term', 'termFee', 'grace', 'flashFee', 'drip'], page: TermsStep },
  { title: 'Pool', fields: ['pooled', 'poolTokens', 'poolAssets', 'lockTime'], page: PoolStep },
  { title: 'Guardian', fields: ['guardian'], page: GuardianStep },
];
const REVIEW = STEPS.length;

function belongs(step: Step, field: string): boolean {
  return step.fields.includes(field.split('.')[0] ?? '');
}

/** What stands beside a step's name: how much is wrong, or still open. */
function stateOf(step: Step, checked: Checked): string {
  const wrong = Object.keys(checked.faults).filter((field) => belongs(step, field)).length;
  if (wrong > 0) return `${wrong} to fix`;
  return checked.missing.some((field) => belongs(step, field)) ? 'open' : 'done';
}

function Steps({ at, onGo, checked }: { at: number; onGo: (at: number) => void; checked: Checked }): ReactNode {
  return (
    <nav aria-label="Steps of the launch">
      <ol className="launch__nav">
        {STEPS.map((step, index) => {
          const state = stateOf(step, checked);
          return (
            <li key={step.title}>
              <button type="button" aria-current={index === at ? 'step' : undefined} onClick={() => onGo(index)}>
                {step.title}
                <span className={state.endsWith('fix') ? 'tag tag--breach' : 'quiet small'}>{state}</span>
              </button>
            </li>
          );
        })}
        <li>
          <button type="button" aria-current={at === REVIEW ? 'step' : undefined} onClick={() => onGo(REVIEW)}>
            Review and launch
          </button>
        </li>
      </ol>
    </nav>
  );
}

/** Faults to show: what is wrong at once, what is missing once somebody wanted to go on. */
function shownFaults(checked: Checked, asked: ReadonlySet<number>): Record<string, FieldFault> {
  const faults: Record<string, FieldFault> = {};
  for (const field of checked.missing) {
    const step = STEPS.findIndex((one) => belongs(one, field));
    if (asked.has(step)) faults[field] = { message: 'is needed.' };
  }
  return { ...faults, ...checked.faults };
}

function Unfinished({ checked, onGo }: { checked: Checked; onGo: (at: number) => void }): ReactNode {
  const open = STEPS.map((step, index) => ({ step, index, state: stateOf(step, checked) })).filter(
    ({ state }) => state !== 'done',
  );
  return (
    <EmptyState title="Something is still open">
      <span className="launch__row">
        {open.map(({ step, index, state }) => (
          <Button key={step.title} onClick={() => onGo(index)}>
            {step.title}: {state}
          </Button>
        ))}
      </span>
    </EmptyState>
  );
}

function Wizard(): ReactNode {
  const [draft, setDraft] = useState<LaunchDraft>(storedDraft);
  const [at, setAt] = useState(0);
  const [asked, setAsked] = useState<ReadonlySet<number>>(new Set());
  const [done, setDone] = useState(false);
  const wallet = useWallet();
  const status = useStatus();
  const known = useKnownAssets();
  const info = useAssetInfos(
    draft.assets.map((one) => one.address),
    wallet,
  );
  const sender = wallet.status === 'ready' ? wallet.account : undefined;
  const checked = checkDraft(draft, { sender, now: status.data?.as_of.time ?? 0, info });
  const set = (change: Partial<LaunchDraft>) => {
    const next = { ...draft, ...change };
    setDraft(next);
    storeDraft(next);
  };
  const go = (next: number) => {
    setAsked(next === REVIEW ? new Set(STEPS.keys()) : new Set([...asked, at]));
    setAt(next);
  };
  const wrapped = status.data?.deployment.wrapped_native ?? null;
  const step: StepProps = { draft, set, faults: shownFaults(checked, asked), info, known, wrapped, sender };
  const infos = infosOf(step);
  const Page = STEPS[at]?.page;
  return (
    <div className="launch">
      <Steps at={at} onGo={go} checked={checked} />
      <div className={Page === undefined ? 'launch__body launch__body--wide' : 'launch__body'}>
        <h2>{STEPS[at]?.title ?? 'Review and launch'}</h2>
        {Page !== undefined ? (
          <>
            <Page step={step} />
            <div className="launch__row">
              {at > 0 ? <Button onClick={() => go(at - 1)}>Back</Button> : null}
              <Button look="primary" onClick={() => go(at + 1)}>
                {at + 1 === REVIEW ? 'Review' : `Next: ${STEPS[at + 1]?.title ?? ''}`}
              </Button>
            </div>
          </>
        ) : checked.params === undefined || infos === undefined ? (
          <Unfinished checked={checked} onGo={go} />
        ) : (
          <Review
            key={draft.salt}
            draft={draft}
            params={checked.params}
            infos={infos}
            onDone={() => {
              forgetDraft();
              setDone(true);
            }}
          />
        )}
        {done ? (
          <div>
            <Button
              onClick={() => {
                setDraft(newDraft());
                setAsked(new Set());
                setAt(0);
                setDone(false);
              }}
            >
              Begin another launch
            </Button>
          </div>
        ) : null}
        {done ? null : (
          <p className="quiet small">
            The draft stays in this browser until you launch.{' '}
            <button
              type="button"
              className="linklike"
              onClick={() => {
                forgetDraft();
                setDraft({ ...newDraft(), salt: newSalt() });
                setAsked(new Set());
                setAt(0);
              }}
            >
              Clear it
            </button>
          </p>
        )}
      </div>
    </div>
  );
}

/** Launch a token, step by step. */
export default function LaunchPage(): ReactNode {
  useTitle('Launch');
  return (
    <>
      <header className="flow__head">
        <h1>Launch a token</h1>
        <p>
          A token of fixed supply with a reserve behind it, in one transaction. Most of what you choose here can never
          be changed; every limit is checked as you type, and the last page says it all once more.
        </p>
      </header>
      <WalletProvider>
        <Wizard />
      </WalletProvider>
    </>
  );
}
