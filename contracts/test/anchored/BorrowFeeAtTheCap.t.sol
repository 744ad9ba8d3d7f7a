// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {AssetView, IReserve} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";

/// @notice A borrower's prepaid fee never leaves the reserve, so cash, lent and stream together grow by it. Once the
/// fee skipped the cap: with a ledger near 2^112 a few loans taken and repaid carried the cash field into its
/// neighbour, and the floor fell to a fraction.
contract BorrowFeeAtTheCapTest is Fixture {
    function _launchFull(uint256 room) private {
        _newAssets(1, 24);
        LaunchParams memory params = _plainParams();
        params.seeds[0] = type(uint112).max - room;
        _launch(params);
        _give(alice, 900_000e18);
    }

    function test_feeBeyondTheCapIsRefused() external {
        _launchFull(0);
        uint256[] memory most = reserve.maxBorrow(900_000e18);
        uint256 fee = (most[0] * 10 + 9_999) / 10_000;
        vm.expectRevert(abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "amount", fee, 0));
        vm.prank(alice);
        reserve.borrow(900_000e18, most, alice, false);
    }

    function test_loansTakenAndRepaidFillTheLedgerToItsCapAndNoFurther() external {
        // Room for the fees of two such loans, not of three.
        _launchFull(uint256(type(uint112).max) / 10_000 * 18);
        for (uint256 i = 0; i < 2; ++i) {
            Floors memory before = _floors();
            _repayAll(bob, _borrowMost(alice, 900_000e18));
            vm.warp(block.timestamp + 3 days);
            reserve.sync(0);
            _assertFloorsNotBelow(before);
        }
        AssetView memory state = reserve.assetAt(0);
        assertEq(state.lent, 0);
        uint256[] memory most = reserve.maxBorrow(900_000e18);
        uint256 fee = (most[0] * 10 + 9_999) / 10_000;
        uint256 room = type(uint112).max - state.cash;
        vm.expectRevert(abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "amount", fee, room));
        vm.prank(alice);
        reserve.borrow(900_000e18, most, alice, false);
    }
}
