import { exactDecimal } from '../../format';
import { ALL, adjust, debtAtRatio, mintRoom, withdrawRoom, type Adjustment, type VaultState } from '../calc/adjust';
import { refuse, type Outcome } from '../calc/ledger';
import { debtUp, SYNTHETIC_DECIMALS } from '../calc/vaults';
import { EMPTY, parseAmount, value, valueOf, type Typed } from '../input';

/** What is typed on the page of a vault. */
export interface Draft {
  readonly side: 'add' | 'take';
  readonly collateral: string;
  readonly allCollateral: boolean;
  readonly way: 'mint' | 'repay';
  readonly debt: string;
  readonly allDebt: boolean;
}

export const BLANK: Draft = {
  side: 'add',
  collateral: '',
  allCollateral: false,
  way: 'mint',
  debt: '',
  allDebt: false,
};

/** What the account has, as far as it is known. */
export interface Means {
  readonly collateral: bigint | undefined;
  readonly synthetic: bigint | undefined;
  /** Whether the account may do everything with this vault. */
  readonly mayAll: boolean;
  readonly account: string;
  readonly owner: string;
}

export interface Read {
  readonly collateral: Typed<bigint>;
  readonly debt: Typed<bigint>;
  /** What `adjust` is called with; undefined while nothing is typed or an entry is wrong. */
  readonly change: { readonly collateral: bigint; readonly debt: bigint } | undefined;
  readonly outcome: Outcome<Adjustment> | undefined;
  /** The most that each entry may say now. */
  readonly mostCollateral: bigint | undefined;
  readonly mostDebt: bigint | undefined;
  /** What the account lacks, if anything. */
  readonly short: 'collateral' | 'synthetic' | undefined;
}

interface Names {
  readonly collateral: { readonly symbol: string; readonly decimals: number };
  readonly synthetic: string;
}

function signed(typed: Typed<bigint>, negative: boolean): bigint | undefined {
  if (typed.state === 'fault') return undefined;
  const amount = valueOf(typed) ?? 0n;
  return negative ? -amount : amount;
}

/** Reads what is typed and computes what the book would do with it. */
export function readDraft(state: VaultState, draft: Draft, means: Means, names: Names): Read {
  const owed = debtUp(state.vault.norm, state.market.index);
  const taking = draft.side === 'take';
  const repaying = draft.way === 'repay';
  const collateral: Typed<bigint> =
    taking && draft.allCollateral
      ? value(ALL)
      : parseAmount(draft.collateral, {
          decimals: names.collateral.decimals,
          unit: names.collateral.symbol,
          ...(taking ? { max: state.vault.collateral, maxIs: 'all that is in the vault' } : {}),
        });
  const debt: Typed<bigint> =
    repaying && draft.allDebt
      ? value(ALL)
      : parseAmount(draft.debt, { decimals: SYNTHETIC_DECIMALS, unit: names.synthetic });
  const dC = valueOf(collateral) === ALL ? ALL : signed(collateral, taking);
  const dD = valueOf(debt) === ALL ? ALL : signed(debt, repaying);
  const nothing = dC === undefined || dD === undefined || (dC === 0n && dD === 0n);
  const change = nothing ? undefined : { collateral: dC, debt: dD };
  const outcome = change === undefined ? undefined : allowed(state, change, means);
  const done = outcome?.refused === undefined ? outcome : undefined;
  const held = state.vault.collateral + (taking ? 0n : (valueOf(collateral) ?? 0n));
  return {
    collateral,
    debt,
    change,
    outcome,
    mostCollateral: taking
      ? withdrawRoom(state, repaying ? owed - least(owed, valueOf(debt) ?? 0n) : owed)
      : means.collateral,
    mostDebt: repaying ? least(owed, means.synthetic ?? owed) : mintRoom(state, held).most,
    short: done === undefined ? undefined : shortOf(done, means),
  };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function allowed(state: VaultState, change: { collateral: bigint; debt: bigint }, means: Means): Outcome<Adjustment> {
  const safer = change.collateral >= 0n && change.debt <= 0n;
  if (!safer && !means.mayAll) return refuse('NotOperator', { owner: means.owner, caller: means.account });
  return adjust(state, change.collateral, change.debt);
}

function shortOf(done: Adjustment, means: Means): Read['short'] {
  if (means.collateral !== undefined && done.collateral > means.collateral) return 'collateral';
  if (means.synthetic !== undefined && -done.debt > means.synthetic) return 'synthetic';
  return undefined;
}

/** Amounts chosen by a ratio are kept to a hundredth, so that they read well. */
const CENT = 10n ** BigInt(SYNTHETIC_DECIMALS - 2);

/** The entry of debt after which the vault has `ratio` (wad) at the price now, with the collateral as it is typed. */
export function byRatio(state: VaultState, draft: Draft, ratio: bigint, names: Names): Draft {
  const typed = parseAmount(draft.collateral, { decimals: names.collateral.decimals });
  const moved =
    draft.side === 'take' && draft.allCollateral
      ? -state.vault.collateral
      : (signed(typed, draft.side === 'take') ?? 0n);
  const held = state.vault.collateral + moved;
  const owed = debtUp(state.vault.norm, state.market.index);
  const wanted = debtAtRatio(state, held > 0n ? held : 0n, ratio);
  if (wanted >= owed) {
    const amount = ((wanted - owed) / CENT) * CENT;
    return {
      ...draft,
      way: 'mint',
      allDebt: false,
      debt: amount === 0n ? '' : exactDecimal(amount, SYNTHETIC_DECIMALS),
    };
  }
  const amount = ((owed - wanted + CENT - 1n) / CENT) * CENT;
  return {
    ...draft,
    way: 'repay',
    allDebt: amount >= owed,
    debt: amount >= owed ? '' : exactDecimal(amount, SYNTHETIC_DECIMALS),
  };
}

/** A ratio in percent as somebody types it, in wad. */
export function parseRatio(text: string): Typed<bigint> {
  const typed = parseAmount(text.replace('%', ''), { decimals: 4 });
  return typed.state === 'value' ? value(typed.value * 10n ** 12n) : typed.state === 'empty' ? EMPTY : typed;
}
