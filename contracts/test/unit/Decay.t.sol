// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Decay} from "ballast/lib/Decay.sol";
import {MulDiv} from "ballast/lib/MulDiv.sol";

/// @notice The falling multiple against values worked out by hand, and the rounding of products.
contract DecayTest is Test {
    uint256 private constant WAD = 1e18;

    function test_exactValues() external pure {
        assertEq(Decay.decay(64 * WAD, 0), 64 * WAD);
        assertEq(Decay.decay(64 * WAD, 600), 32 * WAD, "one halving");
        assertEq(Decay.decay(64 * WAD, 300), 48 * WAD, "straight between two");
        assertEq(Decay.decay(64 * WAD, 900), 24 * WAD);
        assertEq(Decay.decay(64 * WAD, 1), 64 * WAD - 64 * WAD / 1_200);
        assertEq(Decay.decay(64 * WAD, 599), 64 * WAD - 64 * WAD * 599 / 1_200);
        assertEq(Decay.decay(3 * WAD + 1, 7), 3 * WAD + 1 - 17_500_000_000_000_000);
    }

    function test_neverBelowOne() external pure {
        assertEq(Decay.decay(64 * WAD, 3_600), WAD);
        assertEq(Decay.decay(64 * WAD, 3_599), WAD * 1_202 / 1_200 + 1);
        assertEq(Decay.decay(WAD, 0), WAD);
        assertEq(Decay.decay(WAD, 1), WAD);
        assertEq(Decay.decay(2 ** 20 * WAD, 128 * 600), WAD);
        assertEq(Decay.decay(2 ** 20 * WAD, 128 * 600 - 1), WAD);
        assertEq(Decay.decay(2 ** 20 * WAD, type(uint256).max), WAD);
        assertEq(Decay.decay(2 ** 20 * WAD, 20 * 600), WAD);
        assertGt(Decay.decay(2 ** 20 * WAD, 20 * 600 - 1), WAD);
    }

    function testFuzz_neverRises(uint256 multiple, uint256 elapsed, uint256 more) external pure {
        multiple = _bound(multiple, WAD, 2 ** 20 * WAD);
        elapsed = _bound(elapsed, 0, 1 days);
        more = _bound(more, 0, 1 days);
        assertLe(Decay.decay(multiple, elapsed + more), Decay.decay(multiple, elapsed));
    }

    function testFuzz_isCloseToTheStraightLineBetweenHalvings(uint256 multiple, uint256 elapsed)
        external
        pure
    {
        multiple = _bound(multiple, WAD, 2 ** 20 * WAD);
        elapsed = _bound(elapsed, 0, 4 hours);
        uint256 halved = multiple >> elapsed / 600;
        uint256 line = (halved * 1_200 - halved * (elapsed % 600) + 1_199) / 1_200;
        assertEq(Decay.decay(multiple, elapsed), line < WAD ? WAD : line);
    }

    function testFuzz_productsRoundAsNamed(uint112 a, uint112 b, uint112 d) external pure {
        vm.assume(d != 0);
        uint256 product = uint256(a) * b;
        uint256 down = MulDiv.mulDivDown(a, b, d);
        uint256 up = MulDiv.mulDivUp(a, b, d);
        assertTrue(down * d <= product && product < (down + 1) * d);
        assertTrue(up * d >= product && (up == 0 || (up - 1) * d < product));
    }
}
