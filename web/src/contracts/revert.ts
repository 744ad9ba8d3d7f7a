import { BaseError, ContractFunctionRevertedError, type Hex, decodeErrorResult, isHex } from 'viem';
import { errorsAbi } from './abi/errors';
import { type ContractError, type Units, sentence } from './sentences';

/** The custom error in revert data, or undefined where it is none of the contracts'. */
export function decodeRevert(data: Hex): ContractError | undefined {
  try {
    const { errorName, args, abiItem } = decodeErrorResult({ abi: errorsAbi, data });
    const inputs = 'inputs' in abiItem ? abiItem.inputs : [];
    const values = Object.fromEntries(
      inputs.map((input, index) => [input.name, (args as readonly unknown[] | undefined)?.[index]]),
    );
    return { name: errorName, values };
  } catch {
    return undefined;
  }
}

/** Revert data anywhere in an error: wallets put it in different places. */
function revertData(error: unknown, depth = 0): Hex | undefined {
  if (typeof error !== 'object' || error === null || depth > 12) return undefined;
  const fields = error as Record<string, unknown>;
  for (const name of ['raw', 'data']) {
    const value = fields[name];
    if (isHex(value) && value.length >= 10) return value;
  }
  for (const name of ['data', 'cause', 'error', 'originalError', 'info']) {
    const found = revertData(fields[name], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Name of the contract's refusal in an error; undefined where something else went wrong. */
export function revertName(error: unknown): string | undefined {
  const data = revertData(error);
  return data === undefined ? undefined : decodeRevert(data)?.name;
}

/** What a call's failure means, where the contract itself refused; undefined where something else went wrong. */
export function revertSentence(error: unknown, units: Units = {}): string | undefined {
  const data = revertData(error);
  const decoded = data === undefined ? undefined : decodeRevert(data);
  if (decoded !== undefined) return sentence(decoded, units);
  const reverted =
    error instanceof BaseError ? error.walk((inner) => inner instanceof ContractFunctionRevertedError) : undefined;
  if (!(reverted instanceof ContractFunctionRevertedError)) return undefined;
  return reverted.reason === undefined || reverted.reason === 'execution reverted'
    ? 'The contract refused without saying why.'
    : `The contract refused: ${reverted.reason}.`;
}
