/** Decimal string of base units, or of 1e18 where the name ends in `_wad`. */
export type Integer = string;

/** The block that an answer is of, and how fresh it is. */
export interface AsOf {
  block: number;
  hash: string;
  time: number;
  chain_id: number;
  indexed_age_secs: number | null;
  lag_blocks: number | null;
  stale: boolean;
  stopped: string[];
}

/** Where a figure comes from and how to compute it again. */
export interface Source {
  tier: string;
  contract: string;
  call: string;
  command: string;
  formula?: string | null;
}

/** Sources by the name of the figure. */
export type Sources = Record<string, Source>;

export interface AssetRef {
  address: string;
  name: string;
  symbol: string;
  decimals: number;
}

export interface Change {
  day: number | null;
  week: number | null;
}

export interface Spark {
  times: number[];
  floor_wad: Integer[];
  market_wad: (Integer | null)[];
}

export interface TokenSummary {
  token: string;
  reserve: string;
  converter: string | null;
  pool: string | null;
  lock: string | null;
  name: string;
  symbol: string;
  decimals: number;
  model: string;
  launched: { block: number; time: number };
  assets: AssetRef[];
  supply: Integer;
  claims: Integer;
  floor_wad: Integer[];
  market_wad: Integer | null;
  premium_bps: number | null;
  coverage_wad: Integer | null;
  floor_change_bps: Change | null;
  market_change_bps: Change | null;
  holders: number;
  loans_open: number;
  paused_until: number;
  spark: Spark;
  sources?: Sources;
}

export interface ReserveState {
  asset: AssetRef;
  cash: Integer;
  lent: Integer;
  streaming: Integer;
  total: Integer;
  floor_wad: Integer;
  coverage_wad: Integer | null;
}

export interface Terms {
  redeemable: boolean;
  redeem_fee_bps: number;
  ltv_bps: number;
  term_fee_bps: number;
  flash_fee_bps: number;
  term_secs: number;
  grace_secs: number;
  drip_secs: number;
}

export interface Fees {
  buy_bps: number;
  sell_bps: number;
  max_buy_bps: number;
  max_sell_bps: number;
  pending: { buy_bps: number; sell_bps: number; effective_at: number } | null;
}

export interface Split {
  reserve_bps: number;
  burn_bps: number;
  liquidity_bps: number;
  recipients: { account: string; bps: number; pending: { account: string; effective_at: number } | null }[];
}

export interface PoolState {
  tokens: Integer;
  assets: Integer;
  /** Null with an empty pool. */
  price_wad: Integer | null;
  locked_until: Integer;
  withdrawn: boolean;
}

export interface TokenDetail extends TokenSummary {
  owner: string;
  guardian: string;
  terms: Terms;
  reserves: ReserveState[];
  locked: Integer;
  unspendable: Integer;
  loan_count: number;
  fees: Fees | null;
  split: Split | null;
  pool_state: PoolState | null;
  sources: Sources;
}

export interface Bar {
  open: Integer;
  high: Integer;
  low: Integer;
  close: Integer;
}

export interface SeriesPoint {
  time: number;
  block: number;
  floor_wad: Integer[];
  market: Bar | null;
  volume_tokens: Integer;
  volume_assets: Integer;
  trades: number;
}

export type Interval = 'event' | 'hour' | 'day';

export type MarkKind =
  'launch' | 'burn' | 'auction' | 'default' | 'fee_change' | 'pause' | 'loan' | 'redemption' | 'donation';

export interface Mark {
  time: number;
  block: number;
  kind: MarkKind;
  count: number;
  amount: Integer;
  /** "token", or the index of a backing asset. */
  unit: string;
  transaction: string | null;
}

export interface InflowAmount {
  source: string;
  asset_index: number;
  amount: Integer;
}

export interface Inflows {
  as_of: AsOf;
  sources: string[];
  periods: { starts: number; amounts: InflowAmount[] }[];
}

export type LoanPhase = 'term' | 'grace' | 'expired' | 'closed';

export interface Loan {
  reserve: string;
  token: string;
  loan: string;
  borrower: string;
  collateral: Integer;
  principal: Integer[];
  backing: Integer[];
  /** Null where nothing backs the debt. */
  ltv_bps: number | null;
  opened_at: number;
  deadline: number;
  grace_end: number;
  seconds_left: number;
  status: string;
  phase: LoanPhase;
}

export interface CalendarDay {
  starts: number;
  loans: number;
  collateral: Integer;
  principal: Integer[];
}

export interface Holder {
  account: string;
  amount: Integer;
  share_wad: Integer;
  role: string;
}

export interface Trade {
  time: number;
  block: number;
  log_index: number;
  transaction: string | null;
  side: 'buy' | 'sell';
  tokens: Integer;
  assets: Integer;
  price_wad: Integer;
  floor_wad: Integer | null;
  trader: string;
}

export interface Auction {
  multiple_wad: Integer;
  anchor_wad: Integer;
  set_at: number;
  halving_secs: number;
  start_multiple_wad: Integer;
  lot: Integer;
  for_sale: Integer;
  liquidity_tokens: Integer;
  liquidity_assets: Integer;
  /** Tokens sold and burned by lots so far. */
  sold: Integer;
  burned: Integer;
  last_lot: { paid: Integer; at: number } | null;
  quote: { tokens: Integer; amounts: Integer[] } | null;
  floor_wad: Integer[];
  market_wad: Integer | null;
  at_floor: boolean;
  paused: boolean;
}

export interface AuctionAnswer {
  as_of: AsOf;
  auction: Auction | null;
  sources: Sources;
}

export interface Fill {
  time: number;
  block: number;
  log_index: number;
  transaction: string | null;
  bidder: string;
  recipient: string;
  tokens: Integer;
  multiple_wad: Integer;
  paid: Integer[];
}

export type ArgumentValue = string | ArgumentValue[];

export interface ChainEvent {
  block: number;
  log_index: number;
  time: number;
  transaction: string;
  /** The token whose contract spoke; null for the launchpad's own. */
  token?: string | null;
  contract: string;
  role: string;
  event: string;
  args: Record<string, ArgumentValue>;
}

export interface Power {
  power: string;
  holder: string | null;
  holder_role: string;
  delay_secs: number;
  limit: string;
  contract: string;
  function: string;
  evidence: string;
  cannot: boolean;
}

export interface Powers {
  as_of: AsOf;
  powers: Power[];
  changes: ChainEvent[];
}

export interface Status {
  as_of: AsOf;
  version: string;
  deployment: {
    chain_id: number;
    launchpad: string;
    genesis_block: number;
    wrapped_native: string | null;
    router: string | null;
    factory: string | null;
  };
  tokens: number;
  events: number;
  projections: { name: string; version: number; block: number; stopped: string | null }[];
  indexers: { service: string; beat_age_secs: number; block: number; tip: number }[];
}

export interface Account {
  as_of: AsOf;
  balances: { token: TokenSummary; amount: Integer; backing: Integer[] }[];
  loans: Loan[];
}

export interface Page<T> {
  as_of: AsOf;
  data: T[];
  next: string | null;
}

export interface TokenAnswer {
  as_of: AsOf;
  token: TokenDetail;
}

export interface SeriesAnswer {
  as_of: AsOf;
  interval: Interval;
  points: SeriesPoint[];
}
