// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPriceSource} from "../interfaces/IPriceSource.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";

/// @notice A price with its bounds, as sources answer it.
struct Quote {
    uint256 low;
    uint256 mid;
    uint256 high;
    uint256 updatedAt; // unix seconds of the oldest fact in it
    bool stepped;
}

/// @title What sources that are made of other prices have in common
/// @notice Low is computed from lows and rounded down, high from highs and rounded up; a composed price is as old as
/// the oldest of its parts, and held back where one of them is.
library Quotes {
    /// @notice One, in the scale of prices.
    uint256 internal constant ONE = 1e36;

    /// @notice A part is not safe, so that nothing can be computed from it.
    error PartUnsafe(address asset, PriceState state);
    /// @notice The price rounds to nothing.
    error PriceIsZero();

    /// @notice Ask a source. Whatever it reverts with goes on to the caller, `Locked` too.
    function ask(IPriceSource source) internal view returns (Quote memory quote) {
        (quote.low, quote.mid, quote.high, quote.updatedAt, quote.stepped) = source.read();
    }

    /// @notice A stored price, which must be safe or stepped.
    function stored(IPrices prices, address asset) internal view returns (Quote memory quote) {
        PriceState state;
        (quote.low, quote.mid, quote.high, quote.updatedAt, state) = prices.price(asset);
        if (state != PriceState.Safe && state != PriceState.Stepped) revert PartUnsafe(asset, state);
        quote.stepped = state == PriceState.Stepped;
    }

    /// @notice An empty sum to `add` to: as new as now.
    function nothing() internal view returns (Quote memory quote) {
        quote.updatedAt = block.timestamp;
    }

    /// @notice Add the value of `amount` of an asset over `claims`: base units of the asset for each of the token.
    function add(Quote memory sum, Quote memory part, uint256 amount, uint256 claims) internal pure {
        sum.low += Math.mulDiv(part.low, amount, claims);
        sum.mid += Math.mulDiv(part.mid, amount, claims);
        sum.high += Math.mulDiv(part.high, amount, claims, Math.Rounding.Ceil);
        sum.updatedAt = Math.min(sum.updatedAt, part.updatedAt);
        sum.stepped = sum.stepped || part.stepped;
    }

    /// @return result `first * second`.
    function times(Quote memory first, Quote memory second) internal pure returns (Quote memory result) {
        result.low = Math.mulDiv(first.low, second.low, ONE);
        result.mid = Math.mulDiv(first.mid, second.mid, ONE);
        result.high = Math.mulDiv(first.high, second.high, ONE, Math.Rounding.Ceil);
        result.updatedAt = Math.min(first.updatedAt, second.updatedAt);
        result.stepped = first.stepped || second.stepped;
    }

    /// @return result `first / second`.
    function over(Quote memory first, Quote memory second) internal pure returns (Quote memory result) {
        result.low = Math.mulDiv(first.low, ONE, second.high);
        result.mid = Math.mulDiv(first.mid, ONE, second.mid);
        result.high = Math.mulDiv(first.high, ONE, second.low, Math.Rounding.Ceil);
        result.updatedAt = Math.min(first.updatedAt, second.updatedAt);
        result.stepped = first.stepped || second.stepped;
    }

    /// @notice The answer of a source; a low that rounded to nothing is none.
    function answer(Quote memory quote) internal pure returns (uint256, uint256, uint256, uint256, bool) {
        if (quote.low == 0) revert PriceIsZero();
        return (quote.low, quote.mid, quote.high, quote.updatedAt, quote.stepped);
    }
}
