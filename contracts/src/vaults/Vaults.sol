// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IVaultBook} from "../interfaces/IVaultBook.sol";

/// @notice One vault in one slot: collateral (112 bits), norm (96), second its clock was flagged (48).
type Vault is uint256;

/// @notice What a market's vaults sum to, and its mint limit, in one slot: collateral (112), norm (96), fullAt (48).
type Totals is uint256;

/// @notice What of a market changes seldom, in one slot: index (76), and of 36 bits each: second it was written, rate,
/// ceiling and mint limit in whole tokens, second until which new debt is stopped.
type Limits is uint256;

using Vaults for Vault global;
using Vaults for Totals global;
using Vaults for Limits global;

/// @title The packed words of the book
/// @notice The largest vault and market hold 2^112 - 1 base units of collateral and a norm of 2^96 - 1: of a token of 18
/// decimals 5.1e15 whole ones, and debts of 7.9e10 whole ones at an index of one.
library Vaults {
    uint256 internal constant COLLATERAL_MAX = (1 << 112) - 1;
    uint256 internal constant NORM_MAX = (1 << 96) - 1;
    uint256 internal constant INDEX_MAX = (1 << 76) - 1;
    /// @dev The index doubles in a year.
    uint256 internal constant RATE_MAX = 31_709_791_983;
    uint256 internal constant WHOLE_MAX = (1 << 36) - 1;
    uint256 private constant WAD = 1e18;
    /// @dev `fullAt` counts in 4096th parts of a second.
    uint256 private constant PARTS_SHIFT = 12;

    // ---------------------------------------------------------------- vault

    function collateral(Vault vault) internal pure returns (uint256) {
        return Vault.unwrap(vault) >> 144;
    }

    function norm(Vault vault) internal pure returns (uint256) {
        return Vault.unwrap(vault) >> 48 & NORM_MAX;
    }

    /// @return Unix seconds; zero while no clock runs.
    function flaggedAt(Vault vault) internal pure returns (uint256) {
        return Vault.unwrap(vault) & (1 << 48) - 1;
    }

    /// @dev A vault without debt has no clock.
    function vaultOf(uint256 collateral_, uint256 norm_, uint256 flaggedAt_) internal pure returns (Vault) {
        _bound(collateral_, norm_);
        if (norm_ == 0) flaggedAt_ = 0;
        return Vault.wrap(collateral_ << 144 | norm_ << 48 | flaggedAt_);
    }

    function withFlag(Vault vault, uint256 flaggedAt_) internal pure returns (Vault) {
        return Vault.wrap(Vault.unwrap(vault) >> 48 << 48 | flaggedAt_);
    }

    // ---------------------------------------------------------------- totals

    function collateral(Totals totals) internal pure returns (uint256) {
        return Totals.unwrap(totals) >> 144;
    }

    function norm(Totals totals) internal pure returns (uint256) {
        return Totals.unwrap(totals) >> 48 & NORM_MAX;
    }

    /// @return When the mint limit is whole again, in 4096th parts of a second since 1970.
    function fullAt(Totals totals) internal pure returns (uint256) {
        return Totals.unwrap(totals) & (1 << 48) - 1;
    }

    function totalsOf(uint256 collateral_, uint256 norm_, uint256 fullAt_) internal pure returns (Totals) {
        _bound(collateral_, norm_);
        return Totals.wrap(collateral_ << 144 | norm_ << 48 | fullAt_);
    }

    function _bound(uint256 collateral_, uint256 norm_) private pure {
        if (collateral_ > COLLATERAL_MAX) {
            revert IVaultBook.AmountTooLarge("collateral", collateral_, COLLATERAL_MAX);
        }
        if (norm_ > NORM_MAX) revert IVaultBook.AmountTooLarge("norm", norm_, NORM_MAX);
    }

    // ---------------------------------------------------------------- limits

    function limitsOf(uint256 index_, uint256 since, uint256 rate_) internal pure returns (Limits) {
        return Limits.wrap(index_ << 180 | since << 144 | rate_ << 108);
    }

    /// @return In wad; grows in a straight line between two changes of the rate, and never beyond its bound.
    function index(Limits limits) internal view returns (uint256) {
        uint256 word = Limits.unwrap(limits);
        uint256 start = word >> 180;
        uint256 grown = start + start * rate(limits) * (block.timestamp - (word >> 144 & WHOLE_MAX)) / WAD;
        return grown > INDEX_MAX ? INDEX_MAX : grown;
    }

    function rate(Limits limits) internal pure returns (uint256) {
        return Limits.unwrap(limits) >> 108 & WHOLE_MAX;
    }

    /// @return Base units.
    function ceiling(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 72 & WHOLE_MAX) * WAD;
    }

    /// @return Base units.
    function mintLimit(Limits limits) internal pure returns (uint256) {
        return (Limits.unwrap(limits) >> 36 & WHOLE_MAX) * WAD;
    }

    function stoppedUntil(Limits limits) internal pure returns (uint256) {
        return Limits.unwrap(limits) & WHOLE_MAX;
    }

    /// @dev The same limits from now on at another rate.
    function withRate(Limits limits, uint256 rate_) internal view returns (Limits) {
        uint256 kept = Limits.unwrap(limits) & (1 << 108) - 1;
        return Limits.wrap(Limits.unwrap(limitsOf(index(limits), block.timestamp, rate_)) | kept);
    }

    function withCeiling(Limits limits, uint256 whole) internal pure returns (Limits) {
        return Limits.wrap(Limits.unwrap(limits) & ~(WHOLE_MAX << 72) | whole << 72);
    }

    function withMintLimit(Limits limits, uint256 whole) internal pure returns (Limits) {
        return Limits.wrap(Limits.unwrap(limits) & ~(WHOLE_MAX << 36) | whole << 36);
    }

    function withStop(Limits limits, uint256 until) internal pure returns (Limits) {
        return Limits.wrap(Limits.unwrap(limits) & ~WHOLE_MAX | until);
    }

    // ---------------------------------------------------------------- mint limit

    /// @notice A bucket of `limit` that fills in `windowSecs`, kept as the time when it is full again.
    /// @return next That time after `amount` was taken out, or zero if there is not as much in it.
    function drain(uint256 fullAt_, uint256 amount, uint256 limit, uint256 windowSecs)
        internal
        view
        returns (uint256 next)
    {
        if (limit == 0) return 0;
        uint256 present = block.timestamp << PARTS_SHIFT;
        uint256 window = windowSecs << PARTS_SHIFT;
        uint256 used = (amount * window + (limit - 1)) / limit;
        next = (fullAt_ > present ? fullAt_ : present) + used;
        if (next > present + window) return 0;
    }

    /// @return The time when it is full again after `amount` was put back.
    function refill(uint256 fullAt_, uint256 amount, uint256 limit, uint256 windowSecs)
        internal
        view
        returns (uint256)
    {
        uint256 present = block.timestamp << PARTS_SHIFT;
        if (limit == 0 || fullAt_ <= present) return fullAt_;
        uint256 back = amount * (windowSecs << PARTS_SHIFT) / limit;
        return fullAt_ - present > back ? fullAt_ - back : present;
    }

    /// @return What is in it, in base units.
    function mintable(uint256 fullAt_, uint256 limit, uint256 windowSecs) internal view returns (uint256) {
        uint256 present = block.timestamp << PARTS_SHIFT;
        uint256 window = windowSecs << PARTS_SHIFT;
        uint256 used = fullAt_ > present ? fullAt_ - present : 0;
        return used >= window ? 0 : (window - used) * limit / window;
    }
}
