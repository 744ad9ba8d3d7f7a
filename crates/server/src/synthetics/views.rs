//! What synthetics, their markets, vaults and prices look like in an answer.

use serde::Serialize;
use utoipa::ToSchema;

use crate::snapshot::AsOf;
use crate::synthetics::part_views::{BackstopView, GovernorView, PegView, RateControllerView};
use crate::views::{AssetRef, Sources};
use crate::wire::{Addr, Hash, Signed, Word};

/// A synthetic in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SyntheticSummary {
    /// Its contract, which is also the book of its vaults.
    pub address: Addr,
    /// Its symbol.
    pub symbol: String,
    /// Its name.
    pub name: String,
    /// Always 18.
    pub decimals: u64,
    /// Base units in existence.
    pub supply: Word,
    /// Base units that vaults owe, of all markets, each rounded down.
    pub debt: Word,
    /// Losses that nobody has paid yet, of all markets and of the peg module.
    pub deficit: Word,
    /// Minted by the peg module and not burned again.
    pub peg_ledger: Word,
    /// What the custody of the peg module is worth against that ledger; null where its price is not known.
    pub peg_backing: Option<Word>,
    /// What stands behind the supply, less the supply; null where the peg's custody has no price.
    pub equity: Option<Signed>,
    /// Share of face value that a redemption pays, in wad, rounded down; null where the peg's custody has no price.
    pub haircut_wad: Option<Word>,
    /// What the book holds of itself.
    pub surplus: Word,
    /// Until when new debt is stopped, unix seconds; in the past, or 0, where it is not.
    pub stopped_until: u64,
    /// How many markets it has.
    pub market_count: u64,
    /// Vaults that hold collateral or owe.
    pub vaults: u64,
    /// Vaults that are unhealthy now, at prices that are known.
    pub auctions: u64,
    /// Addresses with more than nothing.
    pub holders: u64,
}

/// One synthetic with everything that is known of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SyntheticDetail {
    /// What the list shows too.
    #[serde(flatten)]
    pub summary: SyntheticSummary,
    /// What the surplus keeps before anything goes to the backstop.
    pub surplus_buffer: Word,
    /// The contract of its prices.
    pub prices: Addr,
    /// Who may change what about it.
    pub governor: GovernorView,
    /// The exchange with a custody token; null without one.
    pub peg: Option<PegView>,
    /// What pays losses before the holders do; null without one.
    pub backstop: Option<BackstopView>,
    /// What moves its stability rates; null without one.
    pub rate_controller: Option<RateControllerView>,
    /// Its markets, in the order of their numbers.
    pub markets: Vec<VaultMarketView>,
    /// Where each figure comes from.
    pub sources: Sources,
}

/// One synthetic's answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SyntheticAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// The synthetic.
    pub synthetic: SyntheticDetail,
}

/// A stored price. Whole synthetics per whole token, in wad: low and mid rounded down, high up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceView {
    /// For collateral that lets somebody borrow or withdraw.
    pub low: Word,
    /// What is thought right: for liquidation.
    pub mid: Word,
    /// For collateral that is redeemed.
    pub high: Word,
    /// The same three as contracts have them: base units of the synthetic per base unit of the token, times 1e36.
    pub scaled: ScaledPrice,
    /// Unix seconds of the last safe aggregation; 0 where there never was one.
    pub updated_at: u64,
    /// `safe`, `stepped`, `grace` or `late`, at the answer's second.
    pub state: String,
    /// Seconds since the last safe aggregation; null where there never was one.
    pub age_secs: Option<u64>,
    /// Age above which it is not safe any more.
    pub age_secs_max: u64,
    /// While it is in grace, unix seconds at which liquidations go on.
    pub grace_ends_at: Option<u64>,
}

/// A price as contracts have it: base units of the synthetic per base unit of the token, times 1e36.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ScaledPrice {
    /// At most `mid`.
    pub low: Word,
    /// What is thought right.
    pub mid: Word,
    /// At least `mid`.
    pub high: Word,
}

/// One market of a synthetic.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VaultMarketView {
    /// Its number.
    pub id: u64,
    /// What its vaults hold.
    pub collateral: AssetRef,
    /// What never changes of it.
    pub terms: MarketTermsView,
    /// Debt of all vaults, rounded down.
    pub debt: Word,
    /// Base units of collateral of all vaults.
    pub collateral_total: Word,
    /// Debt of all vaults over the index.
    pub norm: Word,
    /// The index now, in wad.
    pub index_wad: Word,
    /// Growth of the index a second, in wad.
    pub rate_wad: Word,
    /// Most debt.
    pub ceiling: Word,
    /// Most net mint in a window.
    pub mint_limit: Word,
    /// Left of it now.
    pub mintable: Word,
    /// Losses that nobody has paid yet.
    pub deficit: Word,
    /// Vaults that hold collateral or owe.
    pub vaults: u64,
    /// Vaults that are unhealthy now; null where no price is known.
    pub auctions: Option<u64>,
    /// The price of its collateral; null where it is kept by a contract that is not indexed.
    pub price: Option<PriceView>,
    /// Value of all collateral at mid over all debt, in wad, rounded down; null without debt or price.
    pub ratio_wad: Option<Word>,
}

/// What never changes of a market. Ratios, discounts and fees in wad.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MarketTermsView {
    /// The contract of its prices.
    pub prices: Addr,
    /// Most debt per value of collateral that an owner's action may leave.
    pub borrow_ltv_wad: Word,
    /// Debt per value of collateral above which a vault is unhealthy.
    pub liq_ltv_wad: Word,
    /// Least debt of a vault, base units.
    pub min_debt: Word,
    /// Seconds in which the mint limit is filled again.
    pub mint_window_secs: u64,
    /// The largest discount of a fall alone, and how far the clock takes it in a ramp.
    pub max_discount_wad: Word,
    /// Seconds in which the clock's discount grows by the largest discount.
    pub ramp_secs: u64,
    /// Seconds after which a clock has run out.
    pub clock_secs_max: u64,
    /// Seconds for which the clock sells nothing at a loss that the collateral could still cover.
    pub patience_secs: u64,
    /// Least redemption fee.
    pub fee_min_wad: Word,
    /// What that fee grows by from the liquidation ratio down to no debt.
    pub fee_slope_wad: Word,
    /// Who sets the stability rate; null for nobody.
    pub rate_controller: Option<Addr>,
}

/// A step of a market's ladder: debt whose vaults become unhealthy between two prices.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RungView {
    /// Price of the collateral, in synthetics per whole token, in wad, at or under which all of these vaults may be
    /// unhealthy, rounded up: the upper end of the step.
    pub price: Word,
    /// The lower end of the step, rounded down.
    pub price_low: Word,
    /// Debt, rounded down.
    pub debt: Word,
    /// Base units of collateral.
    pub collateral: Word,
    /// How many vaults.
    pub vaults: u64,
}

/// A market's ladder.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LadderAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// The market's price now; null where it is not known.
    pub price: Option<PriceView>,
    /// Steps with debt, the highest price first: the first vaults to become unhealthy as the price falls.
    pub data: Vec<RungView>,
    /// Debt of vaults without any collateral, which no price makes healthy.
    pub bare_debt: Word,
}

/// A vault.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VaultView {
    /// The synthetic.
    pub synthetic: Addr,
    /// The market's number.
    pub market: u64,
    /// Whose it is.
    pub owner: Addr,
    /// Base units of collateral.
    pub collateral: Word,
    /// Base units of debt now, rounded up.
    pub debt: Word,
    /// Debt over the index.
    pub norm: Word,
    /// What the collateral is worth at mid, rounded down; null without a price.
    pub value: Option<Word>,
    /// Value over debt, in wad, rounded down; null without debt or price.
    pub ratio_wad: Option<Word>,
    /// Price of the collateral, in synthetics per whole token, in wad, under which the vault is unhealthy, rounded up;
    /// null without debt or collateral.
    pub liquidation_price: Option<Word>,
    /// Most debt that an owner's action may leave now, at the low price; null without a price.
    pub debt_most: Option<Word>,
    /// When its clock was started, unix seconds; 0 while none runs.
    pub flagged_at: u64,
    /// Whether nobody may take from it at the stored mid price; null without a price.
    pub healthy: Option<bool>,
    /// What a redemption leaves in it, in wad; null where nothing can be redeemed of it now.
    pub redemption_fee_wad: Option<Word>,
}

/// Something that happened to a vault.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VaultChangeView {
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// Unix seconds.
    pub time: u64,
    /// The transaction.
    pub transaction: Option<Hash>,
    /// `adjusted`, `taken`, `redeemed`, `booked`, `flagged` or `unflagged`.
    pub kind: String,
    /// Who took or redeemed; null otherwise.
    pub by: Option<Addr>,
    /// Base units of collateral, negative where they left the vault.
    pub collateral: Signed,
    /// Base units minted, or negative what was burned.
    pub debt: Signed,
    /// Debt over the index, negative where it was cut.
    pub norm: Signed,
    /// The loss that came of it.
    pub deficit: Word,
}

/// One vault with what happened to it, the newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VaultAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// The vault; of zeros where the account never had one.
    pub vault: VaultView,
    /// Its market.
    pub market: VaultMarketView,
    /// What happened to it.
    pub changes: Vec<VaultChangeView>,
    /// The cursor of the next page of changes; null at the end.
    pub next: Option<String>,
}

/// A vault of an account with its market's names and price.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountVaultView {
    /// Symbol of the synthetic.
    pub symbol: String,
    /// What it holds.
    pub collateral_asset: AssetRef,
    /// The market's price; null where it is not known.
    pub price: Option<PriceView>,
    /// The vault.
    #[serde(flatten)]
    pub vault: VaultView,
}

/// An unhealthy vault, for sale.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VaultAuctionView {
    /// The market's number.
    pub market: u64,
    /// Whose vault it is.
    pub owner: Addr,
    /// Base units of debt now, rounded up.
    pub debt: Word,
    /// Debt over the index.
    pub norm: Word,
    /// Base units of collateral.
    pub collateral: Word,
    /// What it is worth at mid, rounded down.
    pub value: Word,
    /// When its clock was started, unix seconds; 0 while none runs.
    pub flagged_at: u64,
    /// Seconds of the clock; null while none runs.
    pub elapsed_secs: Option<u64>,
    /// Unix seconds after which the clock has run out; null while none runs.
    pub expires_at: Option<u64>,
    /// What of the debt is above what the liquidation ratio allows, over the debt, in wad.
    pub shortfall_wad: Word,
    /// What of the value the debt leaves, in wad; zero where it covers no more.
    pub solvency_wad: Word,
    /// The largest discount of a fall alone, in wad.
    pub max_discount_wad: Word,
    /// Seconds in which the clock's discount grows by it.
    pub ramp_secs: u64,
    /// Whether time alone counts, because the price is too old to show a fall.
    pub time_only: bool,
    /// Whether nobody can take now, because the price's grace has not ended.
    pub waits: bool,
    /// The discount of a take now, in wad.
    pub discount_wad: Word,
    /// What a take of all that is offered pays now, base units of the synthetic; 0 while it waits.
    pub full_pays: Word,
    /// What it gets, base units of collateral.
    pub full_gives: Word,
    /// The loss that it books.
    pub full_deficit: Word,
}

/// A part of a vault that was sold.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TakeView {
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// Unix seconds.
    pub time: u64,
    /// The transaction.
    pub transaction: Option<Hash>,
    /// The market's number.
    pub market: u64,
    /// Whose vault it was.
    pub owner: Addr,
    /// Who took.
    pub taker: Addr,
    /// Base units of the synthetic that he burned.
    pub paid: Word,
    /// Base units of collateral that he got.
    pub collateral: Word,
    /// What the collateral was worth at the mid price then, rounded down; null where it is not known.
    pub value: Option<Word>,
    /// What was left of that value, in wad: one less paid over value, zero where more was paid; null without a value.
    pub discount_wad: Option<Word>,
    /// Debt over the index that was cut.
    pub norm: Word,
    /// The loss that was booked with it.
    pub deficit: Word,
}

/// A redemption of the synthetic for a vault's collateral.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RedemptionView {
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// Unix seconds.
    pub time: u64,
    /// The transaction.
    pub transaction: Option<Hash>,
    /// The market's number.
    pub market: u64,
    /// Whose vault it was.
    pub owner: Addr,
    /// Who redeemed.
    pub redeemer: Addr,
    /// Base units of the synthetic that he burned.
    pub burned: Word,
    /// Base units of collateral that he got.
    pub collateral: Word,
    /// Debt over the index that was cut.
    pub norm: Word,
    /// What stayed in the vault, in wad.
    pub fee_wad: Word,
}

/// A loss that was booked, or a part of one that was paid.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LossView {
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// Unix seconds.
    pub time: u64,
    /// The transaction.
    pub transaction: Option<Hash>,
    /// `take`, `book` or `peg` for a loss that came up; `covered` or `peg_back` for one that went.
    pub kind: String,
    /// The market's number; null for the peg module.
    pub market: Option<u64>,
    /// Whose vault it came of; null where of none.
    pub owner: Option<Addr>,
    /// Base units of the synthetic.
    pub amount: Word,
    /// Who paid, of `covered`: `earnings` for interest and surplus, `backstop`, `holders` for all holders alike, or
    /// `account`.
    pub paid_by: Option<String>,
    /// The account that paid; null where all holders did.
    pub payer: Option<Addr>,
}

/// One vault that a redemption would go to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RedemptionStep {
    /// The market's number.
    pub market: u64,
    /// What it holds.
    pub collateral_asset: AssetRef,
    /// Whose vault it is.
    pub owner: Addr,
    /// What stays in the vault, in wad.
    pub fee_wad: Word,
    /// What would be burned, base units of the synthetic.
    pub burned: Word,
    /// What would be paid, base units of collateral.
    pub collateral: Word,
    /// Base units of collateral that the fee keeps in the vault.
    pub kept: Word,
    /// Debt that the vault would be left with, rounded up.
    pub debt_left: Word,
}

/// What a redemption would burn and give, the cheapest vaults first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RedemptionQuote {
    /// The block of the figures.
    pub as_of: AsOf,
    /// Base units of the synthetic asked for.
    pub amount: Word,
    /// What would be burned in all.
    pub burned: Word,
    /// What of the amount nothing can be redeemed for now, or not in so many vaults.
    pub left: Word,
    /// Share of face value that is paid, in wad, rounded down.
    pub haircut_wad: Word,
    /// One redemption each, in the order in which they cost least.
    pub steps: Vec<RedemptionStep>,
    /// Where each figure comes from.
    pub sources: Sources,
}

/// The price of one asset with what its sources say.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssetPriceView {
    /// The asset.
    pub asset: AssetRef,
    /// The contract that keeps its price.
    pub prices: Addr,
    /// The stored price.
    pub price: PriceView,
    /// The median of the last safe aggregation, as prices are shown; 0 where there never was one.
    pub median: Word,
    /// How its sources are made one price.
    pub terms: PriceTermsView,
    /// Whether `sources` are what they say at this block; otherwise what was last heard of them.
    pub surveyed: bool,
    /// Its sources.
    pub sources: Vec<PriceSourceView>,
}

/// How the sources of an asset are made one price. Ratios in wad, times in seconds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceTermsView {
    /// Age above which a stored price is not safe.
    pub max_age_secs: u64,
    /// How long liquidations wait once it is not safe.
    pub grace_secs: u64,
    /// Least sources that must agree.
    pub min_sources: u64,
    /// What a source may be off before it reports again.
    pub deviation_wad: Word,
    /// How far a source may be from the median.
    pub max_deviation_wad: Word,
    /// How far the price may move within a window.
    pub max_step_wad: Word,
    /// The window.
    pub step_window_secs: u64,
}

/// A source of a price. Prices as they are shown, whole synthetics per whole token, in wad.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceSourceView {
    /// Its contract.
    pub address: Addr,
    /// `chainlink`, `reports`, `pair_average`, `vault_rate`, `composed`, `stored`, `attested`,
    /// `look_through`, `floor` or `other`.
    pub kind: String,
    /// What it asks: a feed, a quorum, a pool, another contract; null where it does not say.
    pub behind: Option<Addr>,
    /// Age above which it does not count, seconds.
    pub max_age_secs: u64,
    /// At or under this it does not count.
    pub least: Word,
    /// At or above this it does not count.
    pub most: Word,
    /// The lower end of what it says; null where it is not known.
    pub low: Option<Word>,
    /// What it says; null where it says nothing, or it is not known.
    pub mid: Option<Word>,
    /// The upper end of what it says; null where it is not known.
    pub high: Option<Word>,
    /// When it was updated, unix seconds; null where it is not known.
    pub updated_at: Option<u64>,
    /// Whether it is held back by a step; null where it is not known.
    pub stepped: Option<bool>,
    /// Why it does not count: `none`, `no_answer`, `locked`, `malformed`, `out_of_bounds`, `stale` or `outlier`.
    pub fault: String,
    /// When this was heard, unix seconds; 0 where nothing was heard of it yet.
    pub heard_at: u64,
    /// The last round that a quorum reported; null for other kinds.
    pub report: Option<ReportView>,
}

/// A round that a quorum of signers reported.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// The contract that checks the signatures.
    pub quorum_contract: Addr,
    /// Least reports of a round.
    pub quorum: u64,
    /// Who may sign.
    pub signers: Vec<Addr>,
    /// The round.
    pub round: Word,
    /// Whole units of account per whole token, in wad.
    pub price: Word,
    /// Half the width of the range around it.
    pub confidence: Word,
    /// Unix seconds at which venues were asked.
    pub time: Word,
    /// How many reports it was made of.
    pub reports: u64,
    /// Height of its arrival.
    pub block: u64,
}

/// One point of a price's series: after one aggregation, or of an hour or a day. Prices as they are shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PricePoint {
    /// Unix seconds: of the block, or the first of the period.
    pub time: u64,
    /// Height of the newest aggregation in it.
    pub block: u64,
    /// The lowest `low`.
    pub low: Word,
    /// The last `mid`.
    pub mid: Word,
    /// The highest `high`.
    pub high: Word,
    /// The first `mid`.
    pub open: Word,
    /// The highest `mid`.
    pub mid_high: Word,
    /// The lowest `mid`.
    pub mid_low: Word,
    /// The last median.
    pub median: Word,
    /// Whether the last one was held back by a step.
    pub stepped: bool,
    /// Aggregations in it.
    pub pokes: u64,
}

/// A price over time, in the order of time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceSeriesAnswer {
    /// The block of the figures.
    pub as_of: AsOf,
    /// `event`, `hour` or `day`.
    pub interval: String,
    /// The points.
    pub points: Vec<PricePoint>,
    /// When the price became unsafe and when sources were left out, within the same time, the newest first, at most 500.
    pub faults: Vec<PriceFaultView>,
}

/// A price that became unsafe, or a source that did not count.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PriceFaultView {
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// Unix seconds.
    pub time: u64,
    /// `unsafe` or `left_out`.
    pub kind: String,
    /// The source; null where the price became unsafe.
    pub source: Option<Addr>,
    /// Why it did not count, as in the list of sources; null where the price became unsafe.
    pub fault: Option<String>,
    /// What it said, as prices are shown; null where nothing.
    pub mid: Option<Word>,
}

/// Somebody who holds a synthetic.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SyntheticHolderView {
    /// Who.
    pub account: Addr,
    /// Base units.
    pub amount: Word,
    /// Of the supply, in wad, rounded down.
    pub share_wad: Word,
    /// `holder`, `surplus`, `backstop` or `peg_module`.
    pub role: String,
}
