/** A synthetic on a test chain: one market of each preset, on prices that the test sets. */
import { getContractAddress, zeroAddress, type Abi, type Address } from 'viem';
import { bookAbi } from '../src/contracts/abi/book';
import { erc20Abi } from '../src/contracts/abi/erc20';
import type {
  BackstopView,
  LadderAnswer,
  PegView,
  SyntheticDetail,
  VaultMarketView,
  VaultView,
} from '../src/api/vaultTypes';
import { epochStart } from '../src/flows/calc/backstop';
import { deficitOf, haircutOf } from '../src/flows/calc/losses';
import { entryPriceLeast } from '../src/flows/calc/peg';
import { debtUp, liquidationPriceOf, valueDown, wholePrice } from '../src/flows/calc/vaults';
import { cheapestFirst, redeemCheapest } from '../src/flows/calc/redemption';
import { readBackstop } from '../src/flows/chain/backstop';
import { readVaultState } from '../src/flows/chain/book';
import { readClaims, readPeg } from '../src/flows/chain/peg';
import { asOf, compiled, create, newAsset, type TestChain } from './chain';

const WAD = 10n ** 18n;

/** A price as a number of the contracts' states. */
export const STATES = { safe: 0, stepped: 1, grace: 2, late: 3 } as const;

export interface TestMarket {
  readonly id: bigint;
  readonly collateral: Address;
  readonly decimals: number;
}

export interface TestSynthetic {
  readonly book: Address;
  readonly prices: Address;
  readonly lens: Address;
  readonly peg: Address;
  readonly backstop: Address;
  /** What the peg module takes, of 6 decimals. */
  readonly custody: Address;
  /** The fast market of 18 decimals and the slow one of 8. */
  readonly markets: readonly [TestMarket, TestMarket];
}

/** Sends a call from `account` and waits for its block. */
export async function send(
  chain: TestChain,
  account: Address,
  address: Address,
  abi: Abi,
  functionName: string,
  args: readonly unknown[] = [],
): Promise<void> {
  // Enough for every call: what an estimate at another second says may be too little.
  const call = { account, address, abi, functionName, args, chain: null, gas: 5_000_000n };
  const hash = await chain.client.writeContract(call);
  const receipt = await chain.client.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') throw new Error(`${functionName} was reverted`);
}

/** Sets the price of a market's collateral in whole units of the synthetic, half a percent wide on either side. */
export async function setPrice(
  chain: TestChain,
  synthetic: TestSynthetic,
  market: TestMarket,
  whole: bigint,
  state: keyof typeof STATES = 'safe',
): Promise<void> {
  const mid = whole * 10n ** BigInt(36 - market.decimals);
  const { abi } = compiled('artifacts/SettablePrices.json');
  const args = [market.collateral, (mid * 995n) / 1_000n, mid, (mid * 1_005n) / 1_000n, STATES[state]];
  await send(chain, chain.accounts[0] ?? zeroAddress, synthetic.prices, abi, 'set', args);
}

/** Sets the price of the custody token in wad, a thousandth wide on either side. */
export async function setCustodyPrice(
  chain: TestChain,
  synthetic: Pick<TestSynthetic, 'custody' | 'prices'>,
  wad: bigint,
  state: keyof typeof STATES = 'safe',
): Promise<void> {
  const mid = wad * 10n ** 30n;
  const { abi } = compiled('artifacts/SettablePrices.json');
  const args = [synthetic.custody, (mid * 999n) / 1_000n, mid, (mid * 1_001n) / 1_000n, STATES[state]];
  await send(chain, chain.accounts[0] ?? zeroAddress, synthetic.prices, abi, 'set', args);
}

/** Opens or changes the vault of `owner`, who gets the collateral for it. */
export async function adjustVault(
  chain: TestChain,
  synthetic: TestSynthetic,
  market: TestMarket,
  owner: Address,
  collateral: bigint,
  debt: bigint,
): Promise<void> {
  if (collateral > 0n) {
    const { abi } = compiled('artifacts/TestAsset.json');
    await send(chain, chain.accounts[0] ?? zeroAddress, market.collateral, abi, 'mint', [owner, collateral]);
    await send(chain, owner, market.collateral, erc20Abi, 'approve', [synthetic.book, collateral]);
  }
  await send(chain, owner, synthetic.book, bookAbi, 'adjust', [market.id, collateral, debt]);
}

/** Fees of the peg module, wad. */
export const PEG_FEES = { in: WAD / 200n, out: WAD / 500n };
/** Seconds of an epoch of the backstop. */
export const COOLDOWN_SECS = 86_400;

/** Deploys a synthetic with two markets at 2,000 and 60,000; account 0 governs it and steers its rates. */
export async function startSynthetic(chain: TestChain): Promise<TestSynthetic> {
  const governor = chain.accounts[0] ?? zeroAddress;
  const make = (name: string, args?: readonly unknown[]) =>
    create(chain.client, governor, `artifacts/${name}.json`, args);
  const prices = await make('SettablePrices');
  const custody = await newAsset(chain, 6, governor, 10n ** 15n);
  const lens = await make('VaultLens');
  // The module and the backstop name the book, and the book them.
  const nonce = BigInt(await chain.client.getTransactionCount({ address: governor }));
  const at = getContractAddress({ from: governor, nonce: nonce + 2n });
  const peg = await make('PegModule', [at, custody, prices, PEG_FEES.in, PEG_FEES.out, 1_000_000n * WAD]);
  const backstop = await make('Backstop', [at, 'Backstop of Ballast Dollar', 'bkBUSD', BigInt(COOLDOWN_SECS)]);
  const book = await make('VaultBook', ['Ballast Dollar', 'BUSD', governor, backstop, peg, 1_000n * WAD]);
  const markets: TestMarket[] = [];
  for (const [index, decimals] of [18, 8].entries()) {
    const collateral = await newAsset(chain, decimals, governor, 10n ** 30n);
    markets.push({ id: BigInt(index), collateral, decimals });
  }
  const [fast, slow] = markets as [TestMarket, TestMarket];
  const synthetic = { book, prices, lens, peg, backstop, custody, markets: [fast, slow] } as const;
  await setCustodyPrice(chain, synthetic, WAD);
  await setPrice(chain, synthetic, fast, 2_000n * WAD);
  await setPrice(chain, synthetic, slow, 60_000n * WAD);
  const shared = {
    prices,
    minDebt: 100n * WAD,
    mintWindowSecs: 86_400n,
    feeMin: WAD / 200n,
    feeSlope: WAD / 50n,
    rateController: governor,
  };
  const presets = [
    { borrowLtv: 8n * 10n ** 17n, liqLtv: 8_333n * 10n ** 14n, maxDiscount: 8n * 10n ** 16n, rampSecs: 30n },
    { borrowLtv: 45n * 10n ** 16n, liqLtv: 5n * 10n ** 17n, maxDiscount: 15n * 10n ** 16n, rampSecs: 900n },
  ];
  for (const [index, preset] of presets.entries()) {
    const terms = { ...shared, ...preset, collateral: markets[index]?.collateral };
    // About 5 % a year, so that no index is one.
    await send(chain, governor, book, bookAbi, 'createMarket', [
      terms,
      50_000_000n * WAD,
      20_000_000n * WAD,
      1_585_489_599n,
    ]);
  }
  return synthetic;
}

/* ------------------------------------------- answers of the API, from the chain itself */

async function vaultView(
  chain: TestChain,
  synthetic: TestSynthetic,
  market: TestMarket,
  owner: Address,
): Promise<VaultView> {
  const { vault: state } = await readVaultState(chain.client, synthetic.book, market.id, owner);
  const { vault, terms, price, market: book } = state;
  const debt = debtUp(vault.norm, book.index);
  const value = valueDown(vault.collateral, price.mid);
  const liquidation = liquidationPriceOf(terms, vault.collateral, debt);
  return {
    synthetic: synthetic.book,
    market: Number(market.id),
    owner,
    collateral: String(vault.collateral),
    debt: String(debt),
    norm: String(vault.norm),
    value: String(value),
    ratio_wad: debt === 0n ? null : String((value * WAD) / debt),
    liquidation_price: liquidation === null ? null : String(wholePrice(liquidation, market.decimals)),
    debt_most: null,
    flagged_at: vault.flaggedAt,
    healthy: debt * WAD <= value * terms.liqLtv,
    redemption_fee_wad: null,
  };
}

async function marketView(chain: TestChain, synthetic: TestSynthetic, market: TestMarket): Promise<VaultMarketView> {
  const owner = zeroAddress;
  const { vault: state } = await readVaultState(chain.client, synthetic.book, market.id, owner);
  const { terms, price, market: book } = state;
  const shown = (value: bigint) => String(wholePrice(value, market.decimals));
  return {
    id: Number(market.id),
    collateral: { address: market.collateral, symbol: `A${market.decimals}`, name: 'Asset', decimals: market.decimals },
    terms: {
      prices: synthetic.prices,
      borrow_ltv_wad: String(terms.borrowLtv),
      liq_ltv_wad: String(terms.liqLtv),
      min_debt: String(terms.minDebt),
      mint_window_secs: terms.mintWindowSecs,
      max_discount_wad: String(terms.maxDiscount),
      ramp_secs: terms.rampSecs,
      clock_secs_max: 405,
      patience_secs: 600,
      fee_min_wad: String(terms.feeMin),
      fee_slope_wad: String(terms.feeSlope),
      rate_controller: null,
    },
    debt: String((book.norm * book.index) / WAD),
    collateral_total: String(book.collateral),
    norm: String(book.norm),
    index_wad: String(book.index),
    rate_wad: String(book.rate),
    ceiling: String(book.ceiling),
    mint_limit: String(book.mintLimit),
    mintable: String(book.mintable),
    deficit: String(book.deficit),
    vaults: 0,
    auctions: 0,
    price: {
      low: shown(price.low),
      mid: shown(price.mid),
      high: shown(price.high),
      scaled: { low: String(price.low), mid: String(price.mid), high: String(price.high) },
      updated_at: price.updatedAt,
      state: price.state,
      age_secs: 1,
      age_secs_max: 3_600,
      grace_ends_at: null,
    },
    ratio_wad: null,
  };
}

async function pegView(chain: TestChain, synthetic: TestSynthetic): Promise<PegView> {
  const { peg } = await readPeg(chain.client, synthetic.book, synthetic.peg, zeroAddress);
  const shown = (value: bigint) => String(wholePrice(value, 6));
  const { low, mid, high, updatedAt, state } = peg.price;
  return {
    module: synthetic.peg,
    custody_token: { address: synthetic.custody, symbol: 'A6', name: 'Asset', decimals: 6 },
    custody: String(peg.custody),
    ledger: String(peg.claims.ledger),
    deficit: String(peg.claims.deficits.at(-1)?.amount ?? 0n),
    backing: String(peg.claims.custody),
    cap: String(peg.cap),
    cap_max: String(peg.cap),
    fee_in_wad: String(peg.feeIn),
    fee_out_wad: String(peg.feeOut),
    entry_price_least: shown(entryPriceLeast(peg)),
    price: {
      ...{ low: shown(low), mid: shown(mid), high: shown(high) },
      scaled: { low: String(low), mid: String(mid), high: String(high) },
      ...{ updated_at: updatedAt, state, age_secs: 1, age_secs_max: 3_600, grace_ends_at: null },
    },
    entered: '0',
    exited: '0',
  };
}

async function backstopView(chain: TestChain, synthetic: TestSynthetic): Promise<BackstopView> {
  const { backstop } = await readBackstop(chain.client, synthetic.book, synthetic.backstop, zeroAddress, []);
  return {
    ...{ address: synthetic.backstop, name: 'Backstop of Ballast Dollar', symbol: 'bkBUSD', decimals: 24 },
    shares: String(backstop.shares),
    holders: 0,
    cash_and_dripping: String(backstop.cash + backstop.dripping),
    dripping: String(backstop.dripping),
    drips_until: 0,
    entering: String(backstop.entering),
    owed: String(backstop.owed),
    assets: String(backstop.low),
    cooldown_secs: backstop.cooldownSecs,
    epoch: Number(backstop.epoch),
    epoch_ends_at: epochStart(backstop, backstop.epoch + 1n),
    lots: [],
  };
}

async function detailOf(chain: TestChain, synthetic: TestSynthetic): Promise<SyntheticDetail> {
  const at = { blockNumber: await chain.client.getBlockNumber({ cacheTime: 0 }) };
  const { claims, rule } = await readClaims(chain.client, synthetic.book, at);
  const { supply, debt, ledger, custody } = claims;
  const haircut = haircutOf(claims);
  return {
    address: synthetic.book,
    symbol: 'BUSD',
    name: 'Ballast Dollar',
    decimals: 18,
    supply: String(supply),
    debt: String(debt),
    deficit: String(deficitOf(claims)),
    peg_ledger: String(ledger),
    peg_backing: String(custody),
    equity: String(debt + custody - supply),
    haircut_wad: String(haircut.supply === 0n ? WAD : (haircut.backing * WAD) / haircut.supply),
    surplus: String(claims.surplus),
    stopped_until: 0,
    market_count: 2,
    vaults: 0,
    auctions: 0,
    holders: 0,
    surplus_buffer: String(rule.buffer),
    prices: synthetic.prices,
    governor: { address: zeroAddress, owner: null, pending_owner: null, guardian: null, scheduled: [] },
    peg: await pegView(chain, synthetic),
    backstop: await backstopView(chain, synthetic),
    rate_controller: null,
    markets: await Promise.all(synthetic.markets.map((market) => marketView(chain, synthetic, market))),
    sources: {},
  };
}

async function redemptionOf(chain: TestChain, synthetic: TestSynthetic, amount: bigint, owners: readonly Address[]) {
  const [market] = synthetic.markets;
  const all = await Promise.all(
    owners.map(async (owner) => {
      const { vault: state } = await readVaultState(chain.client, synthetic.book, market.id, owner);
      const { terms, price, vault } = state;
      return { market: market.id, owner, terms, price, index: state.market.index, vault };
    }),
  );
  const whole = { backing: 1n << 120n, supply: 1n << 120n };
  const { steps, left } = redeemCheapest(cheapestFirst(all), amount, whole);
  return {
    amount: String(amount),
    burned: String(amount - left),
    left: String(left),
    haircut_wad: String(WAD),
    steps: steps.map(({ from, done }) => ({
      market: 0,
      collateral_asset: { address: market.collateral, symbol: 'A18', name: 'Asset', decimals: 18 },
      owner: from.owner,
      fee_wad: String(done.fee),
      burned: String(done.burned),
      collateral: String(done.collateral),
      kept: '0',
      debt_left: String(debtUp(done.vault.norm, from.index)),
    })),
    sources: {},
  };
}

/** Answers the paths of the API that the flows of vaults read; undefined for others. `owners` have vaults. */
export async function answerVaults(
  chain: TestChain,
  synthetic: TestSynthetic,
  path: string,
  owners: readonly Address[],
): Promise<unknown> {
  const at = await asOf(chain);
  const url = new URL(path, 'http://127.0.0.1');
  const part = /^\/v1\/synthetics\/0x[0-9a-fA-F]{40}\/?(.*)$/.exec(url.pathname)?.[1];
  if (part === undefined) return undefined;
  if (part === '') return { as_of: at, synthetic: await detailOf(chain, synthetic) };
  if (part === 'redemption') {
    const amount = BigInt(url.searchParams.get('amount') ?? 0);
    return { as_of: at, ...(await redemptionOf(chain, synthetic, amount, owners)) };
  }
  const [, id, owner] = /^markets\/(\d)\/vaults\/(0x[0-9a-fA-F]{40})$/.exec(part) ?? [];
  const market = synthetic.markets[Number(id ?? 0)] ?? synthetic.markets[0];
  if (owner !== undefined) {
    const vault = await vaultView(chain, synthetic, market, owner as Address);
    return { as_of: at, vault, market: await marketView(chain, synthetic, market), changes: [], next: null };
  }
  const ladder: LadderAnswer = { as_of: at, price: null, data: [], bare_debt: '0' };
  if (part.endsWith('ladder')) return ladder;
  return { as_of: at, data: [], next: null };
}
