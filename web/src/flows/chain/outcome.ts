import { decodeFunctionResult, parseEventLogs, type Address, type Hex, type Log } from 'viem';
import { converterAbi } from '../../contracts/abi/converter';
import { launchpadAbi } from '../../contracts/abi/launchpad';
import { reserveAbi } from '../../contracts/abi/reserve';
import { sameAddress } from '../../format';

function at<T extends { address: Address }>(logs: readonly T[], contract: string): T | undefined {
  return logs.find((log) => sameAddress(log.address, contract));
}

type Logs = readonly Log[];

/* Each of these reads the first event of its kind that the contract itself logged. */

export function redeemedEvent(logs: Logs, reserve: string) {
  return at(parseEventLogs({ abi: reserveAbi, logs: [...logs], eventName: 'Redeemed' }), reserve)?.args;
}

export function borrowedEvent(logs: Logs, reserve: string) {
  return at(parseEventLogs({ abi: reserveAbi, logs: [...logs], eventName: 'Borrowed' }), reserve)?.args;
}

export function repaidEvent(logs: Logs, reserve: string) {
  return at(parseEventLogs({ abi: reserveAbi, logs: [...logs], eventName: 'Repaid' }), reserve)?.args;
}

export function extendedEvent(logs: Logs, reserve: string) {
  return at(parseEventLogs({ abi: reserveAbi, logs: [...logs], eventName: 'Extended' }), reserve)?.args;
}

export function extendedByBurnEvent(logs: Logs, reserve: string) {
  return at(parseEventLogs({ abi: reserveAbi, logs: [...logs], eventName: 'ExtendedByBurn' }), reserve)?.args;
}

/** Every loan that `reserve` closed. */
export function foreclosures(logs: Logs, reserve: string) {
  const found = parseEventLogs({ abi: reserveAbi, logs: [...logs], eventName: 'Foreclosed' });
  return found.filter((log) => sameAddress(log.address, reserve)).map((log) => log.args);
}

export function filledEvent(logs: Logs, converter: string) {
  return at(parseEventLogs({ abi: converterAbi, logs: [...logs], eventName: 'Filled' }), converter)?.args;
}

export function lotBurnedEvent(logs: Logs, converter: string) {
  return at(parseEventLogs({ abi: converterAbi, logs: [...logs], eventName: 'LotBurned' }), converter)?.args;
}

export function launchedEvent(logs: Logs, launchpad: string) {
  return at(parseEventLogs({ abi: launchpadAbi, logs: [...logs], eventName: 'TokenLaunched' }), launchpad)?.args;
}

export function redeemReturns(data: Hex): readonly bigint[] {
  return decodeFunctionResult({ abi: reserveAbi, functionName: 'redeem', data });
}

export function repayReturns(data: Hex): bigint {
  return decodeFunctionResult({ abi: reserveAbi, functionName: 'repay', data });
}

export function burnReturns(data: Hex): bigint {
  return decodeFunctionResult({ abi: reserveAbi, functionName: 'extendByBurn', data });
}

export function bidReturns(data: Hex): readonly bigint[] {
  return decodeFunctionResult({ abi: converterAbi, functionName: 'bid', data });
}

export function burnLotReturns(data: Hex): bigint {
  return decodeFunctionResult({ abi: converterAbi, functionName: 'burnLot', data });
}
