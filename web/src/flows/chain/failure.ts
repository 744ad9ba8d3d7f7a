import { BaseError } from 'viem';
import { revertSentence } from '../../contracts/revert';
import type { Units } from '../../contracts/sentences';

/** What went wrong with a transaction, and what to do next. */
export interface Failure {
  readonly kind:
    | 'declined'
    | 'pending-in-wallet'
    | 'no-gas'
    | 'refused'
    | 'reverted'
    | 'out-of-gas'
    | 'cancelled'
    | 'replaced'
    | 'dropped'
    | 'network'
    | 'wallet';
  readonly title: string;
  readonly next: string;
  /** Whether anything was sent. */
  readonly sent: boolean;
}

/** Every error inside an error, outermost first. */
function* chain(error: unknown): Generator<Record<string, unknown>> {
  let current: unknown = error;
  for (let depth = 0; depth < 12 && typeof current === 'object' && current !== null; depth += 1) {
    const fields = current as Record<string, unknown>;
    yield fields;
    current = fields['cause'] ?? (fields['data'] as { originalError?: unknown } | undefined)?.originalError;
  }
}

function has(error: unknown, test: (fields: Record<string, unknown>) => boolean): boolean {
  for (const fields of chain(error)) if (test(fields)) return true;
  return false;
}

function says(error: unknown, pattern: RegExp): boolean {
  return has(error, (fields) =>
    ['message', 'details', 'shortMessage'].some((name) => pattern.test(String(fields[name]))),
  );
}

const NETWORK =
  /fetch failed|failed to fetch|network ?error|does not answer|timed? ?out|ECONNREFUSED|disconnected|socket/i;

/** What to tell somebody about an error from simulating, signing or sending. */
export function failureOf(error: unknown, units: Units, sent = false): Failure {
  const code = (wanted: number) => has(error, (fields) => fields['code'] === wanted);
  if (code(4001) || code(5000) || says(error, /user (rejected|denied)/i)) {
    return {
      kind: 'declined',
      title: 'You declined in the wallet.',
      next: 'Nothing was sent. You can try again.',
      sent,
    };
  }
  if (code(-32_002)) {
    return {
      kind: 'pending-in-wallet',
      title: 'The wallet already asks you something.',
      next: 'Open the wallet and answer, then try again.',
      sent,
    };
  }
  const refusal = revertSentence(error, units);
  if (refusal !== undefined) {
    return { kind: 'refused', title: refusal, next: 'Nothing was sent, and no fee was paid.', sent };
  }
  if (says(error, /insufficient funds|exceeds the balance|exceeds transaction sender account balance/i)) {
    return {
      kind: 'no-gas',
      title: 'The account has too little of the native currency for the network fee.',
      next: 'Send some to it, then try again.',
      sent,
    };
  }
  if (code(4900) || code(4901) || says(error, NETWORK)) {
    return {
      kind: 'network',
      title: 'The wallet does not reach the network.',
      next: sent
        ? 'What you sent may still take effect. This page goes on watching for it.'
        : 'Nothing was sent. Check the connection of the wallet, then try again.',
      sent,
    };
  }
  const reason =
    error instanceof BaseError ? error.shortMessage : error instanceof Error ? error.message : String(error);
  return { kind: 'wallet', title: `The wallet answered: ${reason}`, next: 'Check the wallet, then try again.', sent };
}
