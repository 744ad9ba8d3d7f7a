import type { Address, PublicClient } from 'viem';
import type { TokenDetail } from '../../api/types';
import { converterAbi } from '../../contracts/abi/converter';
import { erc20Abi } from '../../contracts/abi/erc20';
import { reserveAbi } from '../../contracts/abi/reserve';
import type { Ledger, Terms } from '../calc/ledger';
import type { Loan } from '../calc/loans';

/** The auction at one block. */
export interface AuctionState {
  /** k now, wad. */
  readonly multiple: bigint;
  readonly lot: bigint;
  readonly forSale: bigint;
}

/** A reserve and one account's part in it, all at one block, read through the person's own wallet. */
export interface ChainState {
  readonly block: bigint;
  /** Unix seconds of the block. */
  readonly time: number;
  readonly ledger: Ledger;
  readonly terms: Terms;
  /** Unix seconds until which entries are paused; 0 when they are not. */
  readonly pausedUntil: number;
  /** Token base units that the account holds. */
  readonly tokens: bigint;
  /** Base units of each asset that the account holds. */
  readonly assets: readonly bigint[];
  readonly auction: AuctionState | null;
}

type At = { readonly blockNumber: bigint };

async function readLedger(client: PublicClient, reserve: Address, count: number, at: At): Promise<Ledger> {
  const one = { address: reserve, abi: reserveAbi, ...at } as const;
  const [backing, locked, ...assets] = await Promise.all([
    client.readContract({ ...one, functionName: 'backing' }),
    client.readContract({ ...one, functionName: 'locked' }),
    ...Array.from({ length: count }, (_, index) =>
      client.readContract({ ...one, functionName: 'assetAt', args: [BigInt(index)] }),
    ),
  ]);
  return { claims: backing[1], locked, assets: assets.map(({ cash, lent, streaming }) => ({ cash, lent, streaming })) };
}

async function readAuction(client: PublicClient, converter: string | null, at: At): Promise<AuctionState | null> {
  if (converter === null) return null;
  const one = { address: converter as Address, abi: converterAbi, ...at } as const;
  const [multiple, lot, forSale] = await Promise.all([
    client.readContract({ ...one, functionName: 'multiple' }),
    client.readContract({ ...one, functionName: 'lot' }),
    client.readContract({ ...one, functionName: 'forSale' }),
  ]);
  return { multiple, lot, forSale };
}

export function balanceOf(client: PublicClient, asset: string, account: Address, at: At): Promise<bigint> {
  return client.readContract({
    address: asset as Address,
    abi: erc20Abi,
    functionName: 'balanceOf',
    args: [account],
    ...at,
  });
}

/** Everything that a flow of `token` needs, at the newest block. */
export async function readState(client: PublicClient, token: TokenDetail, account: Address): Promise<ChainState> {
  const block = await client.getBlock({ blockTag: 'latest' });
  const at = { blockNumber: block.number };
  const reserve = token.reserve as Address;
  const one = { address: reserve, abi: reserveAbi, ...at } as const;
  const [ledger, terms, pausedUntil, auction, tokens, ...assets] = await Promise.all([
    readLedger(client, reserve, token.assets.length, at),
    client.readContract({ ...one, functionName: 'terms' }),
    client.readContract({ ...one, functionName: 'pausedUntil' }),
    readAuction(client, token.converter, at),
    balanceOf(client, token.token, account, at),
    ...token.assets.map((asset) => balanceOf(client, asset.address, account, at)),
  ]);
  return {
    block: block.number,
    time: Number(block.timestamp),
    ledger,
    terms,
    pausedUntil: Number(pausedUntil),
    tokens,
    assets,
    auction,
  };
}

/** A loan at the newest block, and whose it is. */
export async function readLoan(
  client: PublicClient,
  reserve: string,
  loan: bigint,
): Promise<Loan & { readonly borrower: Address }> {
  const view = await client.readContract({
    address: reserve as Address,
    abi: reserveAbi,
    functionName: 'loan',
    args: [loan],
  });
  return { ...view, deadline: Number(view.deadline), graceEnd: Number(view.graceEnd) };
}

export function allowanceOf(client: PublicClient, asset: string, owner: Address, spender: string): Promise<bigint> {
  return client.readContract({
    address: asset as Address,
    abi: erc20Abi,
    functionName: 'allowance',
    args: [owner, spender as Address],
  });
}
