import type { Source, TokenSummary } from '../api/types';

const RPC = '--rpc URL';

function onChain(contract: string, call: string, command: string, formula?: string): Source {
  return { tier: 'on-chain', contract, call, command, ...(formula === undefined ? {} : { formula }) };
}

/** Where a figure of a token comes from: as the server says it, or for a list, which leaves that out, as it is known. */
export function sourceOf(token: TokenSummary, figure: string): Source | undefined {
  const said = token.sources?.[figure];
  if (said !== undefined) return said;
  const command = `ballast backing ${token.token} ${RPC}`;
  const known: Record<string, Source> = {
    floor_wad: onChain(token.reserve, 'backing()', command, 'cash and lent, over claims, rounded down'),
    coverage_wad: onChain(token.reserve, 'freeHolderCoverage(index)', command),
  };
  if (token.pool !== null) {
    known['market_wad'] = onChain(token.pool, 'getReserves()', command, 'assets over tokens of the pool, rounded down');
    known['premium_bps'] = onChain(token.pool, 'getReserves()', command, 'market over floor, less one');
  }
  return known[figure];
}

/** Where the rows of a part of the page come from. */
export function rowsSource(
  token: TokenSummary,
  part: 'chart' | 'inflow' | 'loans' | 'holders' | 'trades' | 'fills',
): Source {
  const index = 'ballast index --store sqlite:check.sqlite';
  switch (part) {
    case 'loans':
      return onChain(
        token.reserve,
        'loan(id)',
        `ballast loans ${token.token} ${RPC}`,
        'a pause moves each deadline by its time',
      );
    case 'inflow':
      return onChain(token.reserve, 'event Inflow', `ballast backing ${token.token} ${RPC}`);
    case 'holders':
      return onChain(token.token, 'balanceOf(account)', index, 'sum of all transfers, held against the contract');
    case 'trades':
      return onChain(
        token.pool ?? token.token,
        'event Swap',
        index,
        'what entered and left the pool, fees of the token included',
      );
    case 'fills':
      return onChain(token.converter ?? token.token, 'event Filled', `ballast converter show ${token.token} ${RPC}`);
    case 'chart':
      return onChain(
        token.reserve,
        'backing()',
        index,
        'floor after each block with an event, and vested to now; market after each trade',
      );
  }
}
