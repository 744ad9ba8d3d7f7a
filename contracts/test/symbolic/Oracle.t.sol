// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Medians} from "ballast/oracle/Medians.sol";
import {PriceFloat} from "ballast/oracle/PriceFloat.sol";

/// @notice Proved for every number by symbolic execution: how prices are rounded into 64 bits, and what a median does.
contract OracleSymbolic {
    uint256 private constant LIMIT = 1 << 200;

    /// @dev Down is at most the price, off by less than a part in 2^55, and fits into 64 bits.
    /// @custom:halmos --solver z3
    function check_aFloatDownIsJustBelow(uint256 value) external pure {
        if (value >= LIMIT) return;
        uint256 float = PriceFloat.toFloatDown(value);
        uint256 back = PriceFloat.fromFloat(float);
        assert(float >> 64 == 0);
        assert(back <= value);
        assert(value - back <= value >> 55);
    }

    /// @dev Up is at least the price, off by at most a part in 2^55, and fits into 64 bits.
    /// @custom:halmos --solver z3
    function check_aFloatUpIsJustAbove(uint256 value) external pure {
        if (value >= LIMIT) return;
        uint256 float = PriceFloat.toFloatUp(value);
        uint256 back = PriceFloat.fromFloat(float);
        assert(float >> 64 == 0);
        assert(back >= value);
        assert(back - value <= value >> 55);
    }

    /// @dev Bits above a float, of its neighbours in the slot, do not matter.
    function check_neighboursDoNotMatter(uint256 slot) external pure {
        assert(PriceFloat.fromFloat(slot) == PriceFloat.fromFloat(uint64(slot)));
    }

    /// @dev One of three may say anything, in any place.
    /// @custom:halmos --loop 4
    function check_oneLiarOfThreeStaysAmongTheOthers(uint256 a, uint256 b, uint256 lie) external pure {
        if (a >= LIMIT || b >= LIMIT || lie >= LIMIT) return;
        (uint256 least, uint256 most) = a < b ? (a, b) : (b, a);
        _assertWithin(lie, a, b, least, most);
        _assertWithin(a, lie, b, least, most);
        _assertWithin(a, b, lie, least, most);
    }

    function _assertWithin(uint256 first, uint256 second, uint256 third, uint256 least, uint256 most)
        private
        pure
    {
        uint256[] memory values = new uint256[](3);
        (values[0], values[1], values[2]) = (first, second, third);
        uint256 median = Medians.median(values, 3);
        assert(median >= least && median <= most);
    }
}
