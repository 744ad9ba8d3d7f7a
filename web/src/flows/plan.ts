import type { Address, Hex, PublicClient, TransactionReceipt } from 'viem';
import type { AssetRef } from '../api/types';
import { exactDecimal } from '../format';
import { TOKEN_DECIMALS } from './calc/arithmetic';
import type { Call } from './chain/calls';

/** An amount that is shown before signing and compared after. */
export interface Fact {
  readonly label: string;
  readonly amount: bigint;
  readonly decimals: number;
  readonly unit: string;
}

/** What a contract may take of an asset: exactly the amount, never more. */
export interface Need {
  readonly asset: AssetRef;
  readonly amount: bigint;
  readonly spender: Address;
  readonly spenderName: string;
}

/** One transaction as a person is about to sign it. */
export interface Plan {
  /** What the button says: "Borrow 95 WETH". */
  readonly label: string;
  readonly needs: readonly Need[];
  readonly call: Call;
  /** What is shown now, held against the chain afterwards. */
  readonly expected: readonly Fact[];
  /** The same facts from what the simulated call returns; none where it returns nothing of use. */
  readonly returned?: (data: Hex) => readonly Fact[];
  /** The same facts from the logs. */
  readonly actual: (receipt: TransactionReceipt) => readonly Fact[];
  /** Facts that no log has, read from the chain at the block of the receipt. */
  readonly readAfter?: (receipt: TransactionReceipt, client: PublicClient) => Promise<readonly Fact[]>;
}

/** An amount with every digit, in groups of three before the point, and its unit. */
export function fullText(amount: bigint, decimals: number, unit: string): string {
  return `${exactDecimal(amount, decimals).replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','))} ${unit}`;
}

/** Unit of a fact that is a moment, in unix seconds. */
export const MOMENT = 'unix seconds';

export function timeFact(label: string, at: number | bigint): Fact {
  return { label, amount: BigInt(at), decimals: 0, unit: MOMENT };
}

export function tokenFact(label: string, amount: bigint, symbol: string): Fact {
  return { label, amount, decimals: TOKEN_DECIMALS, unit: symbol };
}

/** One fact for each asset with an amount, or for each of `always`. */
export function assetFacts(
  label: string,
  amounts: readonly bigint[],
  assets: readonly AssetRef[],
  shown: (index: number) => boolean = (index) => (amounts[index] ?? 0n) > 0n,
): Fact[] {
  return assets.flatMap((asset, index) =>
    shown(index)
      ? [
          {
            label: `${label}, ${asset.symbol}`,
            amount: amounts[index] ?? 0n,
            decimals: asset.decimals,
            unit: asset.symbol,
          },
        ]
      : [],
  );
}

/** How what happened differs from what was shown; facts that only one side has count as zero on the other. */
export interface Difference {
  readonly fact: Fact;
  readonly shown: bigint;
  readonly happened: bigint;
}

export function compare(expected: readonly Fact[], actual: readonly Fact[]): Difference[] {
  const labels = new Map([...expected, ...actual].map((fact) => [fact.label, fact]));
  const amountIn = (facts: readonly Fact[], label: string) => facts.find((fact) => fact.label === label)?.amount ?? 0n;
  return [...labels].map(([label, fact]) => ({
    fact,
    shown: amountIn(expected, label),
    happened: amountIn(actual, label),
  }));
}

export function differs(differences: readonly Difference[]): boolean {
  return differences.some(({ shown, happened }) => shown !== happened);
}
