// @vitest-environment node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Anchor, bidPrice, multipleAt, raise } from './auction';
import { type Ledger, type Outcome, type Refusal, type Terms, coverageWad } from './ledger';
import * as loans from './loans';
import { redeem } from './redeem';

interface Row {
  cash: string;
  lent: string;
  streaming: string;
  coverage: string;
}
interface LedgerJson {
  claims: string;
  locked: string;
  assets: Row[];
}
interface LoanJson {
  collateral: string;
  principal: string[];
  deadline: string;
  graceEnd: string;
}
interface Case {
  time: number;
  terms: Omit<Terms, 'redeemable'>;
  before: LedgerJson;
  after: LedgerJson;
  loan: LoanJson;
  loans: LoanJson[];
  refused?: { error: string; fields: Record<string, string> };
  surplus: string[][];
  fills: { time: number; tokens: string; before: string; after: string }[];
  genesis: number;
  [amount: string]: unknown;
}

/** Written by the contracts: `BALLAST_WRITE_VECTORS=1 cargo test -p ballast-testkit vectors`. */
function cases(kind: string): Case[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../../test/vectors', `${kind}.json`), 'utf8')) as Case[];
}

const words = (amounts: unknown) => (amounts as string[]).map(BigInt);
const word = (amount: unknown) => BigInt(amount as string);

function ledgerOf(json: LedgerJson): Ledger {
  const assets = json.assets.map((row) => ({
    cash: BigInt(row.cash),
    lent: BigInt(row.lent),
    streaming: BigInt(row.streaming),
  }));
  return { claims: BigInt(json.claims), locked: BigInt(json.locked), assets };
}

function loanOf(json: LoanJson): loans.Loan {
  return {
    collateral: BigInt(json.collateral),
    principal: words(json.principal),
    deadline: Number(json.deadline),
    graceEnd: Number(json.graceEnd),
  };
}

const termsOf = (one: Case): Terms => ({ redeemable: true, ...one.terms });

function succeeded<T>(outcome: Outcome<T>): T {
  expect(outcome.refused).toBeUndefined();
  return outcome as T;
}

function expectLedger(after: Ledger, json: LedgerJson): void {
  expect(after).toEqual(ledgerOf(json));
  json.assets.forEach((row, index) => expect(coverageWad(after, index)).toBe(BigInt(row.coverage)));
}

/** The contract's own refusal, its values included; the loan's id is the caller's to add. */
function expectRefusal(refused: Refusal | undefined, one: NonNullable<Case['refused']>): void {
  expect(refused?.error).toBe(one.error);
  const named = Object.entries(one.fields).filter(([name]) => name !== 'loanId');
  const ours = Object.fromEntries(Object.entries(refused?.fields ?? {}).map(([name, value]) => [name, String(value)]));
  expect(ours).toEqual(Object.fromEntries(named.map(([name, value]) => [name, String(value)])));
}

describe('the calculators equal the contracts to the last unit', () => {
  it('redeem: paid, fees, and everything after', () => {
    for (const one of cases('redeem')) {
      const done = succeeded(redeem(ledgerOf(one.before), termsOf(one), word(one['tokens']), word(one['forgo'])));
      expect(done.paid).toEqual(words(one['paid']));
      expect(done.fees).toEqual(words(one['fees']));
      expectLedger(done.after, one.after);
    }
  });

  it('borrow: the most, fees, deadline, grace, everything after, and every refusal', () => {
    for (const one of cases('borrow')) {
      const ledger = ledgerOf(one.before);
      const [collateral, principal] = [word(one['collateral']), words(one['principal'])];
      expect(loans.maxBorrow(ledger, termsOf(one), collateral)).toEqual(words(one['most']));
      const done = loans.borrow(ledger, termsOf(one), collateral, principal, one.time);
      if (one.refused !== undefined) {
        expectRefusal(done.refused, one.refused);
        continue;
      }
      const { fees, deadline, graceEnd, after } = succeeded(done);
      expect(fees).toEqual(words(one['fees']));
      expect([deadline, graceEnd]).toEqual([Number(one['deadline']), Number(one['graceEnd'])]);
      expectLedger(after, one.after);
      const least = loans.collateralFor(ledger, termsOf(one), principal) ?? 0n;
      expect(least).toBeLessThanOrEqual(collateral);
      const enough = loans.maxBorrow(ledger, termsOf(one), least);
      expect(principal.every((asked, index) => asked <= (enough[index] ?? 0n))).toBe(true);
      const tooLittle = loans.maxBorrow(ledger, termsOf(one), least - 1n);
      expect(principal.some((asked, index) => asked > (tooLittle[index] ?? 0n))).toBe(true);
    }
  });

  it('repay: what is taken, what is released, and everything after', () => {
    for (const one of cases('repay')) {
      const done = succeeded(loans.repay(ledgerOf(one.before), loanOf(one.loan), words(one['amounts']), one.time));
      expect(done.taken).toEqual(words(one['taken']));
      expect(done.released).toBe(word(one['released']));
      expectLedger(done.after, one.after);
    }
  });

  it('extend: fees, deadline, everything after, and every refusal', () => {
    for (const one of [...cases('extend'), ...cases('extend_too_far')]) {
      const done = loans.extend(ledgerOf(one.before), termsOf(one), loanOf(one.loan), one.time);
      if (one.refused !== undefined) {
        expectRefusal(done.refused, one.refused);
        continue;
      }
      const { fees, deadline, after } = succeeded(done);
      expect(fees).toEqual(words(one['fees']));
      expect(deadline).toBe(Number(one['deadline']));
      expectLedger(after, one.after);
    }
  });

  it('extend by burning: what is burned, deadline, everything after, and every refusal', () => {
    for (const one of cases('extend_by_burn')) {
      const done = loans.extendByBurn(ledgerOf(one.before), termsOf(one), loanOf(one.loan), one.time);
      if (one.refused !== undefined) {
        expectRefusal(done.refused, one.refused);
        continue;
      }
      const { burned, deadline, after } = succeeded(done);
      expect(burned).toBe(word(one['burned']));
      expect(deadline).toBe(Number(one['deadline']));
      expectLedger(after, one.after);
    }
  });

  it('foreclose: the surplus of each loan and everything after', () => {
    for (const one of cases('foreclose')) {
      const done = succeeded(loans.foreclose(ledgerOf(one.before), one.loans.map(loanOf)));
      expect(done.surplus).toEqual(one.surplus.map(words));
      expectLedger(done.after, one.after);
    }
  });

  it('bid: the price of each asset', () => {
    for (const one of cases('bid')) {
      const done = succeeded(bidPrice(ledgerOf(one.before), word(one['tokens']), word(one['multiple'])));
      expect(done.paid).toEqual(words(one['paid']));
    }
  });

  it('auction: the falling multiple, and what each fill makes of it', () => {
    let fills = 0;
    for (const one of cases('auction')) {
      let anchor: Anchor = { multiple: word(one['startMultiple']), setAt: one.genesis };
      for (const fill of one.fills) {
        expect(multipleAt(anchor, fill.time)).toBe(BigInt(fill.before));
        anchor = raise(anchor, BigInt(fill.tokens), word(one['lot']), fill.time);
        expect(multipleAt(anchor, fill.time)).toBe(BigInt(fill.after));
        fills += 1;
      }
    }
    expect(fills).toBeGreaterThan(50);
  });

  it('covers tiny and huge amounts, six decimals, several assets, and refusals', () => {
    const borrowing = cases('borrow');
    const amounts = borrowing.flatMap((one) => words(one['principal']));
    expect(amounts.some((amount) => amount > 10n ** 29n)).toBe(true);
    expect(amounts.some((amount) => amount === 1n)).toBe(true);
    expect(borrowing.some((one) => (one['decimals'] as number[]).includes(6))).toBe(true);
    expect(borrowing.some((one) => (one['decimals'] as number[]).length === 8)).toBe(true);
    const refusals = ['borrow', 'extend', 'extend_too_far', 'extend_by_burn']
      .flatMap(cases)
      .flatMap((one) => one.refused?.error ?? []);
    for (const name of ['PrincipalTooLarge', 'ZeroAmount', 'UnderBacked', 'ExtensionTooFar', 'LoanExpired']) {
      expect(refusals, name).toContain(name);
    }
  });
});
