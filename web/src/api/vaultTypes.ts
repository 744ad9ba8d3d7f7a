import type { AsOf, AssetRef, Integer, Sources } from './types';

/* Shapes of the answers about synthetics and the services around them; see docs/api.md. */

export interface SyntheticSummary {
  address: string;
  symbol: string;
  name: string;
  decimals: number;
  supply: Integer;
  debt: Integer;
  deficit: Integer;
  peg_ledger: Integer;
  peg_backing: Integer | null;
  equity: Integer | null;
  haircut_wad: Integer | null;
  surplus: Integer;
  stopped_until: number;
  markets: number;
  vaults: number;
  auctions: number;
  holders: number;
}

export interface SyntheticDetail extends Omit<SyntheticSummary, 'markets'> {
  surplus_buffer: Integer;
  prices: string;
  governor: GovernorView;
  peg: PegView | null;
  backstop: BackstopView | null;
  rate_controller: RateControllerView | null;
  markets: VaultMarketView[];
  sources: Sources;
}

export interface SyntheticAnswer {
  as_of: AsOf;
  synthetic: SyntheticDetail;
}

export interface GovernorView {
  address: string;
  owner: string | null;
  pending_owner: string | null;
  guardian: string | null;
  scheduled: GovernorCallView[];
}

export interface GovernorCallView {
  id: Integer;
  target: string;
  data: string;
  ready_at: number;
  expires_at: number;
  status: string;
}

export interface PegView {
  module: string;
  custody_token: AssetRef;
  custody: Integer;
  ledger: Integer;
  deficit: Integer;
  backing: Integer | null;
  cap: Integer;
  cap_max: Integer;
  fee_in_wad: Integer;
  fee_out_wad: Integer;
  entry_price_least: Integer;
  price: PriceView | null;
  entered: Integer;
  exited: Integer;
}

export interface BackstopView {
  address: string;
  name: string;
  symbol: string;
  decimals: number;
  shares: Integer;
  holders: number;
  cash_and_dripping: Integer;
  dripping: Integer;
  drips_until: number;
  entering: Integer;
  owed: Integer;
  assets: Integer | null;
  cooldown_secs: number;
  epoch: number;
  epoch_ends_at: number;
  lots: BackstopLotView[];
}

export interface BackstopLotView {
  market: number;
  collateral: AssetRef;
  held: Integer;
  started_at: number;
  ask: Integer | null;
}

export interface RateControllerView {
  address: string;
  steps: RateStepView[];
}

export interface RateStepView {
  market: number;
  gap_wad: Integer;
  sum: Integer;
  rate_wad: Integer;
  stepped_at: number;
}

export interface PriceView {
  low: Integer;
  mid: Integer;
  high: Integer;
  scaled: ScaledPrice;
  updated_at: number;
  state: string;
  age_secs: number | null;
  age_secs_max: number;
  grace_ends_at: number | null;
}

export interface ScaledPrice {
  low: Integer;
  mid: Integer;
  high: Integer;
}

export interface VaultMarketView {
  id: number;
  collateral: AssetRef;
  terms: MarketTermsView;
  debt: Integer;
  collateral_total: Integer;
  norm: Integer;
  index_wad: Integer;
  rate_wad: Integer;
  ceiling: Integer;
  mint_limit: Integer;
  mintable: Integer;
  deficit: Integer;
  vaults: number;
  auctions: number | null;
  price: PriceView | null;
  ratio_wad: Integer | null;
}

export interface MarketTermsView {
  prices: string;
  borrow_ltv_wad: Integer;
  liq_ltv_wad: Integer;
  min_debt: Integer;
  mint_window_secs: number;
  max_discount_wad: Integer;
  ramp_secs: number;
  clock_secs_max: number;
  patience_secs: number;
  fee_min_wad: Integer;
  fee_slope_wad: Integer;
  rate_controller: string | null;
}

export interface RungView {
  price: Integer;
  price_low: Integer;
  debt: Integer;
  collateral: Integer;
  vaults: number;
}

export interface LadderAnswer {
  as_of: AsOf;
  price: PriceView | null;
  data: RungView[];
  bare_debt: Integer;
}

export interface VaultView {
  synthetic: string;
  market: number;
  owner: string;
  collateral: Integer;
  debt: Integer;
  norm: Integer;
  value: Integer | null;
  ratio_wad: Integer | null;
  liquidation_price: Integer | null;
  debt_most: Integer | null;
  flagged_at: number;
  healthy: boolean | null;
  redemption_fee_wad: Integer | null;
}

export interface VaultChangeView {
  block: number;
  log_index: number;
  time: number;
  transaction: string | null;
  kind: string;
  by: string | null;
  collateral: Integer;
  debt: Integer;
  norm: Integer;
  deficit: Integer;
}

export interface VaultAnswer {
  as_of: AsOf;
  vault: VaultView;
  market: VaultMarketView;
  changes: VaultChangeView[];
  next: string | null;
}

export interface AccountVaultView extends VaultView {
  symbol: string;
  collateral_asset: AssetRef;
  price: PriceView | null;
}

export interface VaultAuctionView {
  market: number;
  owner: string;
  debt: Integer;
  norm: Integer;
  collateral: Integer;
  value: Integer;
  flagged_at: number;
  elapsed_secs: number | null;
  expires_at: number | null;
  shortfall_wad: Integer;
  solvency_wad: Integer;
  max_discount_wad: Integer;
  ramp_secs: number;
  time_only: boolean;
  waits: boolean;
  discount_wad: Integer;
  full_pays: Integer;
  full_gives: Integer;
  full_deficit: Integer;
}

export interface TakeView {
  block: number;
  log_index: number;
  time: number;
  transaction: string | null;
  market: number;
  owner: string;
  taker: string;
  paid: Integer;
  collateral: Integer;
  value: Integer | null;
  discount_wad: Integer | null;
  norm: Integer;
  deficit: Integer;
}

export interface RedemptionView {
  block: number;
  log_index: number;
  time: number;
  transaction: string | null;
  market: number;
  owner: string;
  redeemer: string;
  burned: Integer;
  collateral: Integer;
  norm: Integer;
  fee_wad: Integer;
}

export interface LossView {
  block: number;
  log_index: number;
  time: number;
  transaction: string | null;
  kind: string;
  market: number | null;
  owner: string | null;
  amount: Integer;
  paid_by: string | null;
  payer: string | null;
}

export interface RedemptionStep {
  market: number;
  collateral_asset: AssetRef;
  owner: string;
  fee_wad: Integer;
  burned: Integer;
  collateral: Integer;
  kept: Integer;
  debt_left: Integer;
}

export interface RedemptionQuote {
  as_of: AsOf;
  amount: Integer;
  burned: Integer;
  left: Integer;
  haircut_wad: Integer;
  steps: RedemptionStep[];
  sources: Sources;
}

export interface AssetPriceView {
  asset: AssetRef;
  prices: string;
  price: PriceView;
  median: Integer;
  terms: PriceTermsView;
  surveyed: boolean;
  sources: PriceSourceView[];
}

export interface PriceTermsView {
  max_age_secs: number;
  grace_secs: number;
  min_sources: number;
  deviation_wad: Integer;
  max_deviation_wad: Integer;
  max_step_wad: Integer;
  step_window_secs: number;
}

export interface PriceSourceView {
  address: string;
  kind: string;
  behind: string | null;
  max_age_secs: number;
  least: Integer;
  most: Integer;
  low: Integer | null;
  mid: Integer | null;
  high: Integer | null;
  updated_at: number | null;
  stepped: boolean | null;
  fault: string;
  heard_at: number;
  report: ReportView | null;
}

export interface ReportView {
  quorum_contract: string;
  quorum: number;
  signers: string[];
  round: Integer;
  price: Integer;
  confidence: Integer;
  time: Integer;
  reports: number;
  block: number;
}

export interface PricePoint {
  time: number;
  block: number;
  low: Integer;
  mid: Integer;
  high: Integer;
  open: Integer;
  mid_high: Integer;
  mid_low: Integer;
  median: Integer;
  stepped: boolean;
  pokes: number;
}

export interface PriceSeriesAnswer {
  as_of: AsOf;
  interval: string;
  points: PricePoint[];
  faults: PriceFaultView[];
}

export interface PriceFaultView {
  block: number;
  log_index: number;
  time: number;
  kind: string;
  source: string | null;
  fault: string | null;
  mid: Integer | null;
}

export interface PegMoveView {
  block: number;
  log_index: number;
  time: number;
  transaction: string | null;
  kind: string;
  account: string | null;
  to: string | null;
  units: Integer;
  amount: Integer;
}

export interface BackstopMoveView {
  block: number;
  log_index: number;
  time: number;
  transaction: string | null;
  kind: string;
  account: string | null;
  epoch: Integer | null;
  market: number | null;
  amount: Integer;
  shares: Integer;
  collateral: Integer;
}

export interface BackstopRequestView {
  epoch: Integer;
  owner: string;
  entering: Integer;
  exiting: Integer;
  exit_claimed: Integer;
  ripe_at: number;
}

export interface SyntheticHolderView {
  account: string;
  amount: Integer;
  share_wad: Integer;
  role: string;
}

export interface ServiceView {
  service: string;
  kind: string;
  beat_age_secs: number | null;
  block: number | null;
  tip: number | null;
  stopped: string | null;
  addresses: string[];
  sends: Record<string, number>;
  fees_wei: Integer;
}

export interface SendView {
  id: string;
  service: string;
  address: string;
  label: string;
  target: string;
  state: string;
  nonce: number | null;
  private: boolean;
  created_at: number;
  valid_until: number | null;
  final_at: number | null;
  block: number | null;
  gas_used: number | null;
  fee_wei: Integer | null;
  error: string | null;
  attempts: AttemptView[];
}

export interface AttemptView {
  hash: string;
  nonce: number;
  max_fee_wei: Integer;
  priority_fee_wei: Integer;
  sent_at: number | null;
  route: string | null;
  empty: boolean;
}

export interface DecisionView {
  keeper: string;
  subject: string;
  strategy: string;
  action: string;
  reason: string;
  block: number;
  time: number;
  profit: string | null;
}
