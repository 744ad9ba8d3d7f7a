//! What a launch fixes for good.

use alloy_primitives::{Address, U256};
use ballast_types::{Bps, Seconds};

/// Terms of a reserve, fixed at launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether `redeem` is open.
    pub redeemable: bool,
    /// rho: what a redeemer leaves behind.
    pub redeem_fee_bps: Bps,
    /// lambda: principal over backing at most.
    pub ltv_bps: Bps,
    /// Prepaid per term, of principal.
    pub term_fee_bps: Bps,
    /// Of a flash loan.
    pub flash_fee_bps: Bps,
    /// One loan term.
    pub term_secs: Seconds,
    /// From deadline to foreclosure.
    pub grace_secs: Seconds,
    /// One epoch of the stream.
    pub drip_secs: Seconds,
}

/// Somebody who shares in the fees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub account: Address,
    /// His share of the fees.
    pub bps: Bps,
}

/// Where fees go; the shares sum to the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// To the reserve.
    pub reserve_bps: Bps,
    /// Burned.
    pub burn_bps: Bps,
    /// To the pool's liquidity; needs a reserve of exactly one asset.
    pub liquidity_bps: Bps,
    /// The creator first, then up to four more.
    pub recipients: Vec<Recipient>,
}

impl Split {
    /// All shares together, in basis points.
    pub fn sum_bps(&self) -> U256 {
        let fixed = [self.reserve_bps, self.burn_bps, self.liquidity_bps];
        let shares = fixed
            .into_iter()
            .chain(self.recipients.iter().map(|recipient| recipient.bps));
        shares.fold(U256::ZERO, |sum, share| sum.saturating_add(share.word()))
    }
}
