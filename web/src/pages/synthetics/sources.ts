import type { Source } from '../../api/types';
import type { SyntheticDetail, SyntheticSummary } from '../../api/vaultTypes';

const RPC = '--rpc URL';

function onChain(contract: string, call: string, command: string, formula?: string): Source {
  return { tier: 'on-chain', contract, call, command, ...(formula === undefined ? {} : { formula }) };
}

type Known = Pick<SyntheticSummary, 'address' | 'symbol'> & Partial<Pick<SyntheticDetail, 'sources'>>;

/** Where a figure of the book comes from: as the server says it, or as it is known. */
export function bookSource(synthetic: Known, figure: string, call: string, formula?: string): Source {
  const command = `ballast vault markets --synth ${synthetic.symbol} ${RPC}`;
  return synthetic.sources?.[figure] ?? onChain(synthetic.address, call, command, formula);
}

/** Where a figure of one vault comes from. */
export function vaultSource(
  synthetic: Known,
  owner: string,
  call = 'vaultOf(market, owner)',
  formula?: string,
): Source {
  return onChain(synthetic.address, call, `ballast vault show ${owner} ${RPC}`, formula);
}

/** Where a price comes from. */
export function priceSource(contract: string, asset: string, formula?: string): Source {
  const source = onChain(contract, 'price(asset)', `ballast oracle show ${asset} ${RPC}`, formula);
  return { ...source, tier: 'oracle' };
}

/** Where a figure of a contract beside the book comes from. */
export function partSource(contract: string, call: string, formula?: string): Source {
  return onChain(contract, call, `cast call ${contract} "${call.replace(/\(.*/, '()')}" --rpc-url URL`, formula);
}

/** Where rows that are events come from. */
export function eventSource(contract: string, event: string): Source {
  return onChain(contract, `event ${event}`, 'ballast index --store sqlite:check.sqlite');
}
