// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IReserve} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";
import {BreakableAsset, PausableAsset} from "../support/OddAssets.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @title T09: one asset of several is paused, blocks the reserve or reverts, and holds the others or a debt hostage
contract T09StuckAsset is Fixture {
    PausableAsset internal pausable;
    BreakableAsset internal breakable;

    /// @dev Asset 0 always works, asset 1 can be paused or block accounts, asset 2 can break down for good.
    function setUp() public override {
        super.setUp();
        pausable = new PausableAsset();
        breakable = new BreakableAsset();
        assets.push(new TestAsset("A0", 18));
        assets.push(TestAsset(address(pausable)));
        assets.push(TestAsset(address(breakable)));
        _launch(_plainParams());
        _give(alice, 200_000e18);
        _give(bob, 100_000e18);
    }

    function test_t09_othersStillRedeem() external {
        pausable.setPaused(true);
        breakable.breakDown();
        Floors memory before = _floors();
        uint256[] memory due = reserve.previewRedeem(100_000e18);
        vm.startPrank(bob);
        vm.expectRevert(PausableAsset.TransfersPaused.selector);
        reserve.redeem(100_000e18, 4, bob, false);
        vm.expectRevert(BreakableAsset.Broken.selector);
        reserve.redeem(100_000e18, 2, bob, false);
        vm.expectRevert(IReserve.EverythingForgone.selector);
        reserve.redeem(100_000e18, 7, bob, false);
        uint256[] memory paid = reserve.redeem(100_000e18, 6, bob, false);
        vm.stopPrank();
        assertEq(paid[0], due[0], "the working asset paid less");
        assertEq(paid[1] + paid[2], 0, "something forgone was paid");
        // What was left behind belongs to those who stay.
        _assertFloorsNotBelow(before);
        pausable.setPaused(false);
        assertEq(_floors().totals[1], before.totals[1]);
        assertEq(_floors().totals[2], before.totals[2]);
    }

    /// @dev A holder whom an asset blocks sends its share elsewhere; a blocked reserve stops that asset alone.
    function test_t09_blockedAccountsStillGetTheRest() external {
        pausable.setBlocked(bob, true);
        vm.prank(bob);
        uint256[] memory paid = reserve.redeem(10_000e18, 0, carol, false);
        assertEq(pausable.balanceOf(carol), paid[1]);
        pausable.setBlocked(address(reserve), true);
        vm.prank(bob);
        paid = reserve.redeem(10_000e18, 2, bob, false);
        assertGt(paid[0], 0);
        assertGt(paid[2], 0);
    }

    /// @dev Paying one debt whole must not set the collateral of the others free.
    function test_t09_debtsOfAllAssetsClearTogether() external {
        uint256 loanId = _borrowMost(alice, 10_000e18);
        uint256[] memory owed = reserve.loan(loanId).principal;
        uint256[] memory part = new uint256[](3);
        part[0] = owed[0];
        assertEq(_pay(loanId, part), 0, "one debt released the collateral of all");
        assertEq(reserve.loan(loanId).principal[1], owed[1], "an unpaid debt is gone");
        assertEq(token.balanceOf(alice), 190_000e18);
        part[0] = 0;
        part[1] = owed[1] / 2;
        assertEq(_pay(loanId, part), 0, "two of three debts released collateral");
        part[1] = 0;
        part[2] = owed[2] / 2;
        assertEq(_pay(loanId, part), 0, "one of two debts released collateral");
        part[1] = owed[1] - owed[1] / 2;
        part[2] = owed[2] - owed[2] / 2;
        assertEq(_pay(loanId, part), 10_000e18, "the last debt releases all");
        assertEq(token.balanceOf(alice), 200_000e18);
        for (uint256 j = 0; j < 3; ++j) {
            assertEq(reserve.assetAt(j).lent, 0);
        }
    }

    /// @dev Who owes a paused asset cannot pay it, and yet need not default: collateral pays for the extension.
    function test_t09_pausedAssetForcesNoDefault() external {
        uint256 loanId = _borrowMost(alice, 10_000e18);
        pausable.setPaused(true);
        vm.warp(block.timestamp + 32 days);
        _fundWorking();
        vm.startPrank(alice);
        vm.expectRevert(PausableAsset.TransfersPaused.selector);
        reserve.extend(loanId);
        uint256 deadline = reserve.loan(loanId).deadline;
        reserve.extendByBurn(loanId, 100e18);
        vm.stopPrank();
        assertEq(reserve.loan(loanId).deadline, deadline + 30 days);
        vm.warp(block.timestamp + 5 days);
        vm.expectRevert(IReserve.NothingToForeclose.selector);
        reserve.foreclose(_one(loanId));
    }

    /// @dev Defaults, donations of other assets, burns and loans of other assets touch no transfer of the stuck one.
    function test_t09_everythingElseGoesOn() external {
        uint256 loanId = _borrowMost(alice, 10_000e18);
        pausable.setPaused(true);
        breakable.breakDown();
        uint256[] memory most = reserve.maxBorrow(1_000e18);
        most[1] = 0;
        most[2] = 0;
        vm.prank(bob);
        uint256 other = reserve.borrow(1_000e18, most, bob, false);
        _donate(0, 1e18);
        _repayAll(bob, other);
        vm.prank(bob);
        token.burn(1e18);
        vm.warp(block.timestamp + 33 days);
        Floors memory before = _floors();
        reserve.foreclose(_one(loanId));
        _assertFloorsNotBelow(before);
    }

    function _pay(uint256 loanId, uint256[] memory part) private returns (uint256 released) {
        for (uint256 j = 0; j < 3; ++j) {
            _fundAndApprove(bob, j, part[j]);
        }
        vm.prank(bob);
        released = reserve.repay(loanId, part);
        _assertFreeHoldersCovered();
    }

    function _fundWorking() private {
        _fundAndApprove(alice, 0, 1e18);
        _fundAndApprove(alice, 1, 1e18);
        _fundAndApprove(alice, 2, 1e18);
    }
}
