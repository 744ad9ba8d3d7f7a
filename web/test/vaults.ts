/** A synthetic on a test chain: one market of each preset, on prices that the test sets. */
import { zeroAddress, type Abi, type Address } from 'viem';
import { bookAbi } from '../src/contracts/abi/book';
import { erc20Abi } from '../src/contracts/abi/erc20';
import { compiled, create, newAsset, type TestChain } from './chain';

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

/** Deploys a synthetic with two markets at 2,000 and 60,000; account 0 governs it and steers its rates. */
export async function startSynthetic(chain: TestChain): Promise<TestSynthetic> {
  const governor = chain.accounts[0] ?? zeroAddress;
  const make = (name: string, args?: readonly unknown[]) =>
    create(chain.client, governor, `artifacts/${name}.json`, args);
  const prices = await make('SettablePrices');
  const peg = await make('SettablePeg');
  const lens = await make('VaultLens');
  const book = await make('VaultBook', ['Ballast Dollar', 'BUSD', governor, zeroAddress, governor, 1_000n * WAD]);
  const markets: TestMarket[] = [];
  for (const [index, decimals] of [18, 8].entries()) {
    const collateral = await newAsset(chain, decimals, governor, 10n ** 30n);
    markets.push({ id: BigInt(index), collateral, decimals });
  }
  const [fast, slow] = markets as [TestMarket, TestMarket];
  const synthetic = { book, prices, lens, peg, markets: [fast, slow] } as const;
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
