//! What the parts around a book look like in an answer: governor, peg module, backstop, rate controller.

use serde::Serialize;
use utoipa::ToSchema;

use crate::synthetics::views::PriceView;
use crate::views::AssetRef;
use crate::wire::{Addr, Hash, Signed, Word};

/// Who may change a synthetic, and what waits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GovernorView {
    /// Its contract.
    pub address: Addr,
    /// Who schedules changes; null where it is not known yet.
    pub owner: Option<Addr>,
    /// Who may be owner next; null for nobody.
    pub pending_owner: Option<Addr>,
    /// Who stops new debt and takes scheduled changes back.
    pub guardian: Option<Addr>,
    /// Calls that are scheduled and neither ran nor were taken back, at most 500, the newest first.
    pub scheduled: Vec<GovernorCallView>,
}

/// A call that a governor announced.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GovernorCallView {
    /// Its number.
    pub id: Word,
    /// Where it goes.
    pub target: Addr,
    /// Its calldata, in hexadecimal.
    pub data: String,
    /// Unix seconds from which it can run.
    pub ready_at: u64,
    /// Unix seconds until which it can run.
    pub expires_at: u64,
    /// `scheduled`, `executed` or `cancelled`.
    pub status: String,
}

/// The exchange of a synthetic with a custody token.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PegView {
    /// Its contract.
    pub module: Addr,
    /// The custody token.
    pub custody_token: AssetRef,
    /// Base units of the custody token that stand behind the ledger.
    pub custody: Word,
    /// Base units of the synthetic that the module minted and that were not burned again.
    pub ledger: Word,
    /// Its part of the deficit.
    pub deficit: Word,
    /// What the custody is worth against the ledger at the stored price; null without a price.
    pub backing: Option<Word>,
    /// Most that entries may bring the ledger to.
    pub cap: Word,
    /// What the cap never exceeds.
    pub cap_max: Word,
    /// Fee of an entry, in wad.
    pub fee_in_wad: Word,
    /// Fee of an exit, in wad.
    pub fee_out_wad: Word,
    /// Least low price of the custody token, in synthetics per whole token, in wad, at which entries are open.
    pub entry_price_least: Word,
    /// The price of the custody token; null where it is not known.
    pub price: Option<PriceView>,
    /// Base units of the custody token that came in so far.
    pub entered: Word,
    /// Base units of the custody token that went out so far.
    pub exited: Word,
}

/// What pays losses before the holders do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BackstopView {
    /// Its contract, whose token are its shares.
    pub address: Addr,
    /// Name of the shares.
    pub name: String,
    /// Symbol of the shares.
    pub symbol: String,
    /// Decimals of the shares.
    pub decimals: u64,
    /// Shares in existence.
    pub shares: Word,
    /// Addresses with shares.
    pub holders: u64,
    /// Synthetic of the shareholders, and what still drips in to them.
    pub cash_and_dripping: Word,
    /// What of it drips in until `drips_until`; each call that leaves no event can move it by a base unit.
    pub dripping: Word,
    /// Unix seconds at which everything has dripped in.
    pub drips_until: u64,
    /// Of entries that are not settled, and refunds.
    pub entering: Word,
    /// Of exits that are settled and not claimed.
    pub owed: Word,
    /// Cash and held collateral at low prices: what the shares own; null where a price is not known.
    pub assets: Option<Word>,
    /// Seconds that a request waits at least.
    pub cooldown_secs: u64,
    /// Which epoch it is; what is requested in it is settled from the beginning of the next but one.
    pub epoch: u64,
    /// Unix seconds at which this epoch ends.
    pub epoch_ends_at: u64,
    /// Collateral that is held for sale.
    pub lots: Vec<BackstopLotView>,
}

/// Collateral that a backstop bought and sells.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BackstopLotView {
    /// The market it is of.
    pub market: u64,
    /// What it is.
    pub collateral: AssetRef,
    /// Base units.
    pub held: Word,
    /// When its price began to fall, unix seconds.
    pub started_at: u64,
    /// The price of this moment, in synthetics per whole token, in wad, rounded up; null while the sale waits for one.
    pub ask: Option<Word>,
}

/// What moves stability rates.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RateControllerView {
    /// Its contract.
    pub address: Addr,
    /// Its last step in each market that it stepped.
    pub steps: Vec<RateStepView>,
}

/// The last step of a stability rate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RateStepView {
    /// The market.
    pub market: u64,
    /// How far the synthetic was under its peg, in wad; negative above it.
    pub gap_wad: Signed,
    /// Past errors, each times its seconds, in wad, less what leaked.
    pub sum: Signed,
    /// The growth of the index a second that was set, in wad.
    pub rate_wad: Word,
    /// Unix seconds.
    pub stepped_at: u64,
}

/// An entry to or an exit from the peg module, or what its custody lost.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PegMoveView {
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// Unix seconds.
    pub time: u64,
    /// The transaction.
    pub transaction: Option<Hash>,
    /// `entered`, `exited`, `marked`, `marked_back`, `custody_lost`, `fees_collected` or `cap_set`.
    pub kind: String,
    /// Who paid or burned; null where nobody did.
    pub account: Option<Addr>,
    /// Who received; null where nobody did.
    pub to: Option<Addr>,
    /// Base units of the custody token.
    pub units: Word,
    /// Base units of the synthetic.
    pub amount: Word,
}

/// Something that happened at a backstop.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BackstopMoveView {
    /// Height.
    pub block: u64,
    /// Position in the block.
    pub log_index: u64,
    /// Unix seconds.
    pub time: u64,
    /// The transaction.
    pub transaction: Option<Hash>,
    /// `entry_requested`, `entry_cancelled`, `entry_claimed`, `exit_requested`, `exit_claimed`, `entered`, `exited`,
    /// `bought`, `sold`, `paid` or `dripped`.
    pub kind: String,
    /// Who; null where nobody is named.
    pub account: Option<Addr>,
    /// The epoch of a request; null otherwise.
    pub epoch: Option<Word>,
    /// The market's number; null where it is of none, or of the peg module.
    pub market: Option<u64>,
    /// Base units of the synthetic.
    pub amount: Word,
    /// Shares.
    pub shares: Word,
    /// Base units of collateral.
    pub collateral: Word,
}

/// What an account asked of a backstop in one epoch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BackstopRequestView {
    /// The epoch.
    pub epoch: Word,
    /// Whose it is.
    pub owner: Addr,
    /// Base units of the synthetic that wait to enter, or waited and are not claimed.
    pub entering: Word,
    /// Shares handed in.
    pub exiting: Word,
    /// Base units of the synthetic that were claimed for them so far.
    pub exit_claimed: Word,
    /// Unix seconds from which the next call settles it.
    pub ripe_at: u64,
}
