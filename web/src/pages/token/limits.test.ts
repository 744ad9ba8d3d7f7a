import { describe, expect, it } from 'vitest';
import type { TokenDetail } from '../../api/types';
import { limitsOf } from './limits';

const WAD = 10n ** 18n;
const NOW = 1_800_000_000;
const SOMEBODY = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const NOBODY = '0x0000000000000000000000000000000000000000';
const WETH = { address: SOMEBODY, name: 'Wrapped Ether', symbol: 'WETH', decimals: 18 };
const USDC = { address: NOBODY, name: 'USD Coin', symbol: 'USDC', decimals: 6 };

function token(part: Partial<TokenDetail> = {}): TokenDetail {
  return {
    token: SOMEBODY,
    reserve: SOMEBODY,
    converter: null,
    pool: null,
    lock: null,
    name: 'Keel',
    symbol: 'KEEL',
    decimals: 18,
    model: 'accrual',
    launched: { block: 1, time: NOW - 1_000 },
    assets: [WETH],
    supply: '1',
    claims: '1',
    floor_wad: [(WAD / 10_000n).toString()],
    market_wad: null,
    premium_bps: null,
    coverage_wad: null,
    floor_change_bps: { day: null, week: null },
    market_change_bps: { day: null, week: null },
    holders: 1,
    loans_open: 0,
    paused_until: 0,
    redeemable: false,
    spark: { times: [], floor_wad: [], market_wad: [] },
    sources: {},
    owner: SOMEBODY,
    guardian: NOBODY,
    terms: {
      redeemable: false,
      redeem_fee_bps: 0,
      ltv_bps: 9_500,
      term_fee_bps: 10,
      flash_fee_bps: 8,
      term_secs: 30 * 86_400,
      grace_secs: 3 * 86_400,
      drip_secs: 86_400,
    },
    reserves: [
      {
        asset: WETH,
        cash: (100n * WAD).toString(),
        lent: '0',
        streaming: '0',
        total: (100n * WAD).toString(),
        floor_wad: '1',
        coverage_wad: null,
      },
    ],
    locked: '0',
    unspendable: '0',
    loan_count: 0,
    fees: null,
    split: null,
    pool_state: null,
    ...part,
  };
}

const keys = (part: Partial<TokenDetail>) => limitsOf(token(part), NOW).map((limit) => limit.key);
const text = (part: Partial<TokenDetail>, key: string) =>
  limitsOf(token(part), NOW).find((limit) => limit.key === key)?.text ?? '';

describe('what the backing does not do', () => {
  it('always names the market, the assets, the calendar and the issuer', () => {
    expect(keys({})).toEqual(['market', 'assets', 'borrowers', 'issuer']);
  });

  it('tells a token that redeems from one that does not', () => {
    expect(text({}, 'market')).toContain('Redemption is closed');
    const terms = { ...token().terms, redeemable: true, redeem_fee_bps: 100 };
    expect(text({ terms }, 'market')).toContain('less a fee of 1 %');
  });

  it('says how much of the market price is not backed', () => {
    const part = { pool: SOMEBODY, market_wad: ((WAD * 138n) / 1_000_000n).toString(), premium_bps: 3_800 };
    expect(text(part, 'premium')).toContain('38.00 % more');
    expect(text(part, 'market')).not.toContain('no pool');
  });

  it('says that the market may stay below the backing', () => {
    const part = { market_wad: ((WAD * 90n) / 1_000_000n).toString(), premium_bps: -1_000 };
    expect(text(part, 'premium')).toContain('10.00 % less');
  });

  it('compares no price where the backing is in several assets', () => {
    expect(text({ assets: [WETH, USDC], market_wad: '5' }, 'premium')).toContain('WETH and USDC');
  });

  it('says how much is lent and how much still vests, and is silent when nothing is', () => {
    const [reserve] = token().reserves;
    if (reserve === undefined) throw new Error('the token of this test has a reserve');
    const reserves = [{ ...reserve, lent: (25n * WAD).toString(), streaming: WAD.toString() }];
    expect(text({ reserves }, 'lent')).toContain('25 % of the WETH');
    expect(text({ reserves }, 'streaming')).toContain('1 WETH');
  });

  it('names the day on which liquidity can leave, and says nothing where it never can', () => {
    const pool = { tokens: '1', assets: '1', price_wad: '1', withdrawn: false };
    const locked = (until: bigint) => ({ pool_state: { ...pool, locked_until: until.toString() } });
    expect(text(locked(BigInt(NOW) + 86_400n), 'liquidity')).toContain('2027');
    expect(text(locked(BigInt(NOW)), 'liquidity')).toContain('at any time');
    expect(keys(locked(2n ** 256n - 1n))).not.toContain('liquidity');
    expect(text({ pool_state: { ...pool, locked_until: '0', withdrawn: true } }, 'liquidity')).toContain('withdrawn');
  });

  it('puts a pause first while it lasts', () => {
    expect(keys({ paused_until: NOW + 60 })[0]).toBe('paused');
    expect(keys({ paused_until: NOW })).not.toContain('paused');
  });

  it('says who may raise fees and who may pause, or that nobody may', () => {
    const fees = { buy_bps: 200, sell_bps: 300, max_buy_bps: 500, max_sell_bps: 600, pending: null };
    expect(text({ fees }, 'issuer')).toContain('to 5 % on buying and 6 % on selling');
    expect(text({ fees }, 'trading')).toContain('costs 2 %');
    expect(text({ guardian: SOMEBODY }, 'issuer')).toContain('may pause');
    expect(text({ owner: NOBODY }, 'issuer')).toContain('Nobody owns the token');
    expect(text({ owner: NOBODY, fees }, 'issuer')).not.toContain('raise');
  });

  it('promises nothing and raises no voice', () => {
    for (const limit of limitsOf(token({ premium_bps: 100, market_wad: '5' }), NOW)) {
      expect(limit.title + limit.text).not.toMatch(/!|guarantee|profit|earn/i);
    }
  });
});
