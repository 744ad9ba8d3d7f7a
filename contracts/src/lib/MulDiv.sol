// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Products over a divisor, the rounding direction in the name
/// @notice Asset amounts stay under 2^112 and token amounts under 2^123, so no product here reaches 2^256; checked
/// arithmetic reverts should a caller break that. The Rust twin is `ballast-math`.
library MulDiv {
    /// @return floor(a * b / d)
    function mulDivDown(uint256 a, uint256 b, uint256 d) internal pure returns (uint256) {
        return a * b / d;
    }

    /// @return ceil(a * b / d)
    function mulDivUp(uint256 a, uint256 b, uint256 d) internal pure returns (uint256) {
        return (a * b + (d - 1)) / d;
    }
}
