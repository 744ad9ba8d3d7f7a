// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The middle of a few numbers
/// @notice Of three or more, one liar moves it no further than the honest ones reach.
library Medians {
    /// @notice Of the first `count` values, at least one, each under 2^255.
    /// @return The middle one, or the mean of the two in the middle rounded down.
    function median(uint256[] memory values, uint256 count) internal pure returns (uint256) {
        uint256[] memory sorted = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 place = i;
            for (; place != 0 && sorted[place - 1] > values[i]; --place) {
                sorted[place] = sorted[place - 1];
            }
            sorted[place] = values[i];
        }
        uint256 upper = sorted[count / 2];
        return count % 2 == 1 ? upper : (sorted[count / 2 - 1] + upper) / 2;
    }
}
