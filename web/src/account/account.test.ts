import { describe, expect, it } from 'vitest';
import type { Loan } from '../api/types';
import { alertText } from './AlertBadge';
import { alertsOf } from './alerts';
import { DEFAULT_BEFORE_SECS, parseWatch, WATCHED_MAX } from './watch';

const NOW = 1_800_000_000;

function loan(deadline: number, change: Partial<Loan> = {}): Loan {
  return {
    reserve: '0xAb00000000000000000000000000000000000001',
    token: '0xAb00000000000000000000000000000000000002',
    loan: ((7n << 96n) | 5n).toString(),
    borrower: '0xAb00000000000000000000000000000000000003',
    collateral: '1',
    principal: ['1'],
    backing: ['2'],
    ltv_bps: 5_000,
    opened_at: NOW - 100,
    deadline,
    grace_end: deadline + 1_000,
    seconds_left: deadline - NOW,
    status: 'open',
    phase: 'term',
    ...change,
  };
}

describe('alerts', () => {
  it('begin with the first threshold and count by the chain, not by the clock of the computer', () => {
    const alerts = (left: number) => alertsOf('0xa', [loan(NOW + left)], NOW, DEFAULT_BEFORE_SECS);
    expect(alerts(259_201)).toEqual([]);
    expect(alerts(259_200)[0]?.beforeSecs).toBe(259_200);
    expect(alerts(86_399)[0]?.beforeSecs).toBe(86_400);
    expect(alerts(10)[0]?.beforeSecs).toBe(3_600);
  });

  it('name each threshold once, and again after an extension', () => {
    const key = (at: Loan) => alertsOf('0xa', [at], NOW, DEFAULT_BEFORE_SECS)[0]?.key;
    expect(key(loan(NOW + 100))).toBe(key(loan(NOW + 100)));
    expect(key(loan(NOW + 100))).not.toBe(key(loan(NOW + 90_000)));
    expect(key(loan(NOW + 100))).not.toBe(key(loan(NOW + 200)));
  });

  it('put the most urgent first, leave out closed loans, and say what is due', () => {
    const loans = [loan(NOW + 5_000), loan(NOW - 10), loan(NOW + 1, { phase: 'closed' }), loan(NOW - 5_000)];
    const alerts = alertsOf('0xa', loans, NOW, DEFAULT_BEFORE_SECS);
    expect(alerts.map(alertText)).toEqual([
      'Loan 5 is past its grace. Anybody may foreclose it.',
      'Loan 5 is overdue. Its grace ends in 16 min 30 s.',
      'Loan 5 is due in 1 h 23 min.',
    ]);
  });
});

describe('the watch list', () => {
  it('survives whatever is stored', () => {
    expect(parseWatch('{').beforeSecs).toEqual(DEFAULT_BEFORE_SECS);
    expect(parseWatch('{"accounts":["x",7],"beforeSecs":["1"],"notify":1}')).toEqual({
      accounts: [],
      beforeSecs: DEFAULT_BEFORE_SECS,
      notify: false,
      notified: [],
    });
    const many = JSON.stringify({ accounts: Array.from({ length: 50 }, () => `0x${'1'.repeat(40)}`) });
    expect(parseWatch(many).accounts).toHaveLength(WATCHED_MAX);
  });
});
