// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Medians} from "ballast/oracle/Medians.sol";
import {PriceFloat} from "ballast/oracle/PriceFloat.sol";

/// @notice How prices are rounded into 64 bits, and medians.
contract OracleFloatsTest is Test {
    /// @dev A number of any length of bits up to 200, all lengths alike.
    function _ofAnyLength(uint256 word) private pure returns (uint256) {
        return (word >> 8) >> (48 + word % 200);
    }

    function _down(uint256 value) private pure returns (uint256) {
        return PriceFloat.fromFloat(PriceFloat.toFloatDown(value));
    }

    function _up(uint256 value) private pure returns (uint256) {
        return PriceFloat.fromFloat(PriceFloat.toFloatUp(value));
    }

    function test_floatsAtTheirEdges() external pure {
        assertEq(PriceFloat.toFloatDown(0), 0);
        assertEq(PriceFloat.toFloatDown(1), 1 << 8);
        assertEq(_down((1 << 56) - 1), (1 << 56) - 1, "56 bits are exact");
        assertEq(_up((1 << 56) - 1), (1 << 56) - 1);
        assertEq(_down((1 << 56) + 1), 1 << 56);
        assertEq(_up((1 << 56) + 1), (1 << 56) + 2);
        // All ones round up to the next power of two.
        assertEq(_up((1 << 57) - 1), 1 << 57);
        assertEq(PriceFloat.toFloatUp((1 << 57) - 1), 1 << 63 | 2);
        assertEq(_up((1 << 200) - 1), 1 << 200);
        assertEq(_down((1 << 200) - 1), ((1 << 56) - 1) << 144);
    }

    function testFuzz_floatsAreJustBelowAndJustAbove(uint256 word) external pure {
        uint256 value = _ofAnyLength(word);
        assertLe(_down(value), value);
        assertGe(_up(value), value);
        assertLe(value - _down(value), value >> 55);
        assertLe(_up(value) - value, value >> 55);
        assertEq(_down(_down(value)), _down(value));
        assertEq(_up(_up(value)), _up(value));
        assertEq(PriceFloat.toFloatUp(value) >> 64, 0);
    }

    function testFuzz_floatsKeepTheOrder(uint256 first, uint256 second, uint256 near) external pure {
        uint256 low = _ofAnyLength(first);
        uint256 high = near % 2 == 0 ? low + near % 1e9 : _ofAnyLength(second);
        if (low > high) (low, high) = (high, low);
        assertLe(_down(low), _down(high));
        assertLe(_up(low), _up(high));
        assertLe(_down(low), _up(high));
    }

    function testFuzz_theMedianHasAsManyBelowAsAbove(uint256[9] memory words, uint256 count) external pure {
        count = bound(count, 1, 9);
        uint256[] memory values = new uint256[](9);
        for (uint256 i = 0; i < 9; ++i) {
            values[i] = words[i] >> 1;
        }
        uint256 median = Medians.median(values, count);
        uint256 below;
        uint256 above;
        for (uint256 i = 0; i < count; ++i) {
            if (values[i] <= median) ++below;
            if (values[i] >= median) ++above;
        }
        assertGe(below, count / 2);
        assertGe(above, count / 2);
        if (count % 2 == 1) assertGt(below + above, count);
    }
}
