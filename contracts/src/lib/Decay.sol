// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The falling multiple of a Dutch auction
/// @notice Halves every ten minutes, straight between two halvings, and never falls below one. The Rust twin is
/// `ballast_math::decay`.
library Decay {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant HALVING_SECS = 600;

    /// @param multiple In wad, at least one.
    /// @param elapsed Seconds since `multiple` was set.
    /// @return The multiple now, in wad, at least one.
    function decay(uint256 multiple, uint256 elapsed) internal pure returns (uint256) {
        uint256 halvings = elapsed / HALVING_SECS;
        if (halvings >= 128) return WAD;
        multiple >>= halvings;
        multiple -= multiple * (elapsed % HALVING_SECS) / (2 * HALVING_SECS);
        return multiple < WAD ? WAD : multiple;
    }
}
