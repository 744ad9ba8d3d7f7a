import { encodeFunctionData, parseAbi, type Address, type Hex } from 'viem';
import { converterAbi } from '../../contracts/abi/converter';
import { launchpadAbi } from '../../contracts/abi/launchpad';
import { reserveAbi } from '../../contracts/abi/reserve';

/** One call of a contract, as it is simulated and then sent. */
export interface Call {
  readonly to: Address;
  readonly data: Hex;
  /** Native currency sent with it, wei. */
  readonly value: bigint;
}

/** Some assets return nothing from `approve`, so nothing is read from it. */
const approveAbi = parseAbi(['function approve(address spender, uint256 amount)']);

export function approve(asset: Address, spender: Address, amount: bigint): Call {
  const data = encodeFunctionData({ abi: approveAbi, functionName: 'approve', args: [spender, amount] });
  return { to: asset, data, value: 0n };
}

export function redeem(reserve: Address, tokens: bigint, forgo: bigint, to: Address, unwrap: boolean): Call {
  const data = encodeFunctionData({ abi: reserveAbi, functionName: 'redeem', args: [tokens, forgo, to, unwrap] });
  return { to: reserve, data, value: 0n };
}

export function borrow(
  reserve: Address,
  collateral: bigint,
  principal: readonly bigint[],
  to: Address,
  unwrap: boolean,
): Call {
  const args = [collateral, principal, to, unwrap] as const;
  return { to: reserve, data: encodeFunctionData({ abi: reserveAbi, functionName: 'borrow', args }), value: 0n };
}

export function repay(reserve: Address, loan: bigint, amounts: readonly bigint[]): Call {
  const data = encodeFunctionData({ abi: reserveAbi, functionName: 'repay', args: [loan, amounts] });
  return { to: reserve, data, value: 0n };
}

export function extend(reserve: Address, loan: bigint): Call {
  const data = encodeFunctionData({ abi: reserveAbi, functionName: 'extend', args: [loan] });
  return { to: reserve, data, value: 0n };
}

export function extendByBurn(reserve: Address, loan: bigint, maxBurn: bigint): Call {
  const data = encodeFunctionData({ abi: reserveAbi, functionName: 'extendByBurn', args: [loan, maxBurn] });
  return { to: reserve, data, value: 0n };
}

export function foreclose(reserve: Address, loans: readonly bigint[]): Call {
  const data = encodeFunctionData({ abi: reserveAbi, functionName: 'foreclose', args: [loans] });
  return { to: reserve, data, value: 0n };
}

export function bid(converter: Address, tokens: bigint, maxPay: readonly bigint[], to: Address): Call {
  const data = encodeFunctionData({ abi: converterAbi, functionName: 'bid', args: [tokens, maxPay, to] });
  return { to: converter, data, value: 0n };
}

export function burnLot(converter: Address): Call {
  return { to: converter, data: encodeFunctionData({ abi: converterAbi, functionName: 'burnLot' }), value: 0n };
}

/** Everything that a launch decides, in the launchpad's own words. */
export type LaunchParams = Extract<
  Parameters<typeof encodeFunctionData<typeof launchpadAbi, 'launch'>>[0],
  { args: readonly unknown[] }
>['args'][0];

export function launch(launchpad: Address, params: LaunchParams, value: bigint): Call {
  const data = encodeFunctionData({ abi: launchpadAbi, functionName: 'launch', args: [params] });
  return { to: launchpad, data, value };
}
