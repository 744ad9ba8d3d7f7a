import { WAD, least, mulDivDown } from './arithmetic';
import { collect, type Claims, type Deficit, type SurplusRule } from './losses';

/** Shares that nobody has, for each base unit at the beginning: the contract's guard against gifts. */
const VIRTUAL_SHARES = 1_000_000n;
/** Shares for one base unit from which on they are too cheap to sell. */
const SHARES_PER_UNIT_MAX = 10n ** 15n;
/** Least that `sync` lets in: one whole synthetic. */
export const SYNC_MIN = WAD;

/** A backstop at one second. Amounts in base units of the synthetic, shares in those of the share. */
export interface BackstopState {
  readonly shares: bigint;
  /** Cash and collateral at its low prices: what shares are worth when they leave. */
  readonly low: bigint;
  /** The same at the high prices: what shares cost when somebody enters. */
  readonly high: bigint;
  readonly cash: bigint;
  readonly dripping: bigint;
  readonly entering: bigint;
  readonly owed: bigint;
  /** What it really has of the synthetic. */
  readonly held: bigint;
  readonly epoch: bigint;
  readonly cooldownSecs: number;
  /** When the first epoch began, unix seconds. */
  readonly genesis: number;
  readonly now: number;
}

/** When an epoch begins, unix seconds. */
export function epochStart({ genesis, cooldownSecs }: BackstopState, epoch: bigint): number {
  return genesis + Number(epoch) * cooldownSecs;
}

/** From when on what is asked for in `epoch` is settled by the next call, unix seconds. */
export function ripeAt(state: BackstopState, epoch: bigint): number {
  return epochStart(state, epoch + 2n);
}

/** Whether shares are so cheap that an entry is given back when it is settled: a bound of the contract. */
export function givesBack({ shares, high }: Pick<BackstopState, 'shares' | 'high'>): boolean {
  return (shares + VIRTUAL_SHARES) / SHARES_PER_UNIT_MAX >= high + 1n;
}

/** What an entry of `assets` would get if it were settled now; rounded down. */
export function sharesFor({ shares, high }: Pick<BackstopState, 'shares' | 'high'>, assets: bigint): bigint {
  return mulDivDown(assets, shares + VIRTUAL_SHARES, high + 1n);
}

/** What `amount` shares would be paid if they were settled now; rounded down. */
export function worthOf({ shares, low }: Pick<BackstopState, 'shares' | 'low'>, amount: bigint): bigint {
  return mulDivDown(amount, low + 1n, shares + VIRTUAL_SHARES);
}

/** What `sync` would let in over the next day; zero where it lets in nothing. */
export function arrivedOf({ held, cash, dripping, entering, owed, shares }: BackstopState): bigint {
  const arrived = held - cash - dripping - entering - owed;
  return shares === 0n || arrived < SYNC_MIN ? 0n : arrived;
}

/** What the backstop would pay of each deficit once interest and surplus have paid; only what is more than zero. */
export function coversOf(claims: Claims, rule: SurplusRule, cash: bigint): Deficit[] {
  return collect(claims, rule)
    .after.deficits.map((one) => ({ ...one, amount: least(one.amount, cash) }))
    .filter(({ amount }) => amount > 0n);
}

/** What becomes of `amount` shares where the backstop pays `loss` from its cash: their worth before and after. */
export function lossOf(
  state: BackstopState,
  amount: bigint,
  loss: bigint,
): { readonly before: bigint; readonly after: bigint } {
  const paid = least(loss, state.cash);
  return { before: worthOf(state, amount), after: worthOf({ ...state, low: state.low - paid }, amount) };
}
