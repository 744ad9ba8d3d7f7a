// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What arrived and is handed over evenly.
struct Stream {
    uint128 left; // base units not handed over at `since`
    uint40 since; // unix seconds
    uint40 end; // unix seconds at which all of it is
}

/// @title An inflow that becomes one's own evenly over a day
/// @notice New arrivals move the end by their weight, so dust neither stretches nor restarts what drips already.
library Drip {
    uint256 internal constant DRIP_SECS = 1 days;

    /// @return What has dripped since `since`, rounded down.
    function vested(Stream storage stream) internal view returns (uint256) {
        (uint256 left, uint256 since, uint256 end) = (stream.left, stream.since, stream.end);
        if (block.timestamp >= end) return left;
        return left * (block.timestamp - since) / (end - since);
    }

    /// @notice Take out what has dripped.
    function vest(Stream storage stream) internal returns (uint256 amount) {
        if (stream.left == 0) return 0;
        amount = vested(stream);
        stream.left -= uint128(amount); // at most what is left
        stream.since = uint40(block.timestamp);
    }

    /// @notice Put `amount` in. What has dripped must have been taken out.
    function add(Stream storage stream, uint256 amount) internal {
        uint256 left = stream.left;
        uint256 rest = stream.end > block.timestamp ? stream.end - block.timestamp : 0;
        uint256 secs = Math.ceilDiv(left * rest + amount * DRIP_SECS, left + amount);
        stream.left = uint128(left + amount); // a supply under 2^128, whose transfers these are
        stream.since = uint40(block.timestamp);
        stream.end = uint40(block.timestamp + secs);
    }
}
