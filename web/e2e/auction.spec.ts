import { parseEther, type Address } from 'viem';
import { abis, balance, indexed, lastEvent, wrap, write } from './support/chain';
import { exact, expect, expectAsShown, line, test } from './support/test';

interface Listed {
  readonly token: Address;
  readonly reserve: Address;
  readonly converter: Address;
  readonly assets: readonly { readonly symbol: string; readonly address: Address; readonly decimals: number }[];
}

test('a bid buys at the price that the page showed, to the last unit, and never above the limit', async ({
  page,
  visit,
  wallet,
  world,
  chain,
}) => {
  const answer = (await (await fetch(`${world.explorer}/v1/tokens?filter=auction`)).json()) as { data: Listed[] };
  const sold = await Promise.all(
    answer.data.map((one) =>
      chain.readContract({ address: one.converter, abi: abis.converter, functionName: 'forSale' }),
    ),
  );
  const index = answer.data.findIndex(
    (one, at) => one.assets.every(({ symbol }) => symbol === 'WETH') && sold[at] !== 0n,
  );
  const made = answer.data[index];
  if (made === undefined) throw new Error('the market left no fee tokens to sell');
  const weth = made.assets[0]?.address as Address;
  await wrap(chain, world, wallet.account, parseEther('50'));
  const converter = { address: made.converter, abi: abis.converter } as const;
  if ((await chain.readContract({ ...converter, functionName: 'multiple' })) === parseEther('1')) {
    // At the floor nothing is sold; burning a lot opens the bidding again.
    await write(chain, { account: wallet.account, ...converter, functionName: 'burnLot' });
  }
  // The price falls with every second; on a clock that stands still it is one price to the last unit.
  await chain.setBlockTimestampInterval({ interval: 0 });
  await chain.mine({ blocks: 1 });
  await indexed(chain, world.explorer);
  const lot = await chain.readContract({ ...converter, functionName: 'lot' });
  const tokens = (await chain.readContract({ ...converter, functionName: 'forSale' })) < lot ? lot / 100n : lot / 10n;
  const before = {
    weth: await balance(chain, weth, wallet.account),
    tokens: await balance(chain, made.token, wallet.account),
  };

  await visit(`/token/${made.token}/bid`);
  await page
    .getByLabel('Tokens to buy', { exact: true })
    .fill(`0.${tokens.toString().padStart(18, '0')}`.replace(/^0\.(\d+)(\d{18})$/, '$1.$2'));
  expect(await exact(line(page, 'You receive'), 18)).toBe(tokens);
  const price = await exact(line(page, 'Price now').last(), 18);
  const most = await exact(line(page, 'At most'), 18);
  await page.getByRole('button', { name: /^Approve/ }).click();
  await page.getByRole('button', { name: /^(Buy|Bid)/ }).click();
  await expectAsShown(page);
  await chain.removeBlockTimestampInterval();

  const { args } = (await lastEvent(chain, made.converter, abis.converter, 'Filled')) as unknown as {
    args: { tokens: bigint; paid: readonly bigint[] };
  };
  expect(args.tokens).toBe(tokens);
  const paid = args.paid[0] ?? 0n;
  expect(before.weth - (await balance(chain, weth, wallet.account))).toBe(paid);
  expect((await balance(chain, made.token, wallet.account)) - before.tokens).toBe(tokens);
  expect(paid).toBe(price);
  expect(paid).toBeLessThanOrEqual(most);
});
