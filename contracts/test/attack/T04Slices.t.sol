// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T04: cut one redemption or one loan into many, to collect the rounding of each
contract T04Slices is Fixture {
    uint256 private constant SLICES_MAX = 24;

    function setUp() public override {
        super.setUp();
        _newAssets(2, 6);
        LaunchParams memory params = _plainParams();
        // Without a fee nothing hides the rounding; odd seeds make every share fall between two units.
        params.terms.redeemFeeBps = 0;
        params.terms.ltvBps = 9_900;
        params.terms.termFeeBps = 0;
        params.seeds[0] = 100_000_007;
        params.seeds[1] = 33_333_337;
        _launch(params);
        _give(alice, 500_000e18);
    }

    function testFuzz_t04_slicesOfRedeemNeverPayMore(uint256 tokens, uint256 slices, uint256 seed) external {
        tokens = bound(tokens, SLICES_MAX, 500_000e18);
        slices = bound(slices, 2, SLICES_MAX);
        Floors memory before = _floors();
        uint256 start = vm.snapshotState();
        vm.prank(alice);
        uint256[] memory whole = reserve.redeem(tokens, 0, alice, false);
        vm.revertToState(start);

        uint256[] memory sum = new uint256[](2);
        for (uint256 i = 0; i < slices; ++i) {
            uint256 part = _part(tokens, slices - i, seed, i);
            tokens -= part;
            vm.prank(alice);
            uint256[] memory paid = reserve.redeem(part, 0, alice, false);
            for (uint256 j = 0; j < 2; ++j) {
                sum[j] += paid[j];
            }
        }
        assertEq(tokens, 0, "the slices do not make the whole");
        for (uint256 j = 0; j < 2; ++j) {
            assertLe(sum[j], whole[j], "slices of redeem paid more");
        }
        _assertFloorsNotBelow(before);
    }

    function testFuzz_t04_slicesOfBorrowNeverLendMore(uint256 tokens, uint256 slices, uint256 seed) external {
        tokens = bound(tokens, 1e16 * SLICES_MAX, 500_000e18);
        slices = bound(slices, 2, SLICES_MAX);
        Floors memory before = _floors();
        uint256[] memory whole = reserve.maxBorrow(tokens);
        uint256 lent;
        for (uint256 i = 0; i < slices; ++i) {
            uint256 part = _part(tokens, slices - i, seed, i);
            tokens -= part;
            uint256[] memory most = reserve.maxBorrow(part);
            if (most[0] + most[1] != 0) {
                vm.prank(alice);
                reserve.borrow(part, most, alice, false);
                ++lent;
            }
        }
        assertGt(lent, 0, "no slice was lent on");
        for (uint256 j = 0; j < 2; ++j) {
            assertLe(assets[j].balanceOf(alice), whole[j], "slices of borrow lent more");
        }
        _assertFloorsNotBelow(before);
        _assertFreeHoldersCovered();
    }

    /// @dev The slice that steals most from a rounding: one unit of the token at a time.
    function test_t04_singleUnitsPayNothing() external {
        vm.startPrank(alice);
        for (uint256 i = 0; i < 100; ++i) {
            reserve.redeem(1, 0, alice, false);
        }
        vm.stopPrank();
        assertEq(assets[0].balanceOf(alice) + assets[1].balanceOf(alice), 0, "a hundred units paid something");
    }

    /// @dev A random part of what is left, all of it for the last slice, at least one unit for each.
    function _part(uint256 left, uint256 slicesLeft, uint256 seed, uint256 i) private pure returns (uint256) {
        if (slicesLeft == 1) return left;
        uint256 most = left - (slicesLeft - 1);
        return bound(uint256(keccak256(abi.encode(seed, i))), 1, most / 2 + 1 < most ? most / 2 + 1 : most);
    }
}
