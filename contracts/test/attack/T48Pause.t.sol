// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConverter} from "ballast/interfaces/IConverter.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {AttackFixture} from "../support/AttackFixture.sol";

/// @title T48: keep holders in, or have their loans expire, behind a pause
contract T48PauseTest is AttackFixture {
    uint256 private early; // a loan whose grace is over before the pause
    uint256 private open; // a loan in its term
    uint256 private start;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, 200_000e18);
        _sell(alice, 30_000e18);
        _bid(carol, 10e18);
        early = _borrowMost(alice, 10_000e18);
        vm.warp(block.timestamp + 40 days);
        _sell(alice, 1_000e18);
        open = _borrowMost(alice, 20_000e18);
        start = block.timestamp;
    }

    function test_t48_entriesAreClosedAndSaySo() external {
        _pause(7 days);
        bytes memory refusal = abi.encodeWithSelector(IReserve.EntriesPaused.selector, start + 7 days);
        vm.prank(alice);
        vm.expectRevert(refusal);
        reserve.borrow(1_000e18, _one(1), alice, false);
        vm.expectRevert(refusal);
        reserve.flashLoan(IERC3156FlashBorrower(alice), address(assets[0]), 1, "");
        assertEq(reserve.maxFlashLoan(address(assets[0])), 0);
        vm.prank(carol);
        vm.expectRevert(abi.encodeWithSelector(IConverter.EntriesPaused.selector, start + 7 days));
        converter.bid(1, _one(FOREVER), carol);
    }

    /// @dev Every way out, in the middle of the longest pause.
    function test_t48_exitsWork() external {
        _pause(7 days);
        vm.warp(start + 3 days);
        assertGt(reserve.pausedUntil(), 0);
        Floors memory before = _floors();
        bytes[8] memory exits = [
            abi.encodeCall(IReserve.redeem, (1_000e18, 0, alice, false)),
            abi.encodeCall(IReserve.extend, (open)),
            abi.encodeCall(IReserve.extendByBurn, (open, FOREVER)),
            abi.encodeCall(IReserve.repay, (open, _one(FOREVER))),
            abi.encodeCall(IReserve.foreclose, (_one(early))),
            abi.encodeCall(IReserve.donate, (0, 1)),
            abi.encodeCall(IReserve.sync, (0)),
            abi.encodeCall(IReserve.backing, ())
        ];
        _fundAndApprove(alice, 0, 10e18);
        for (uint256 i = 0; i < exits.length; ++i) {
            vm.prank(alice);
            (bool ok,) = address(reserve).call(exits[i]);
            assertTrue(ok, string.concat("an exit was closed: ", vm.toString(i)));
        }
        assertEq(reserve.locked(), 0, "collateral is still locked");
        assertGt(converter.claim(creator, 0), 0);
        converter.allocate();
        vm.prank(alice);
        token.transfer(bob, 1e18);
        vm.prank(alice);
        token.burn(1e18);
        _sell(alice, 100e18);
        _buy(bob, 1e18);
        _assertFloorsNotBelow(before);
        _assertFreeHoldersCovered();
    }

    /// @dev It ends by itself at its second, and the same guardian or the next waits seven days.
    function test_t48_pauseEndsAndIsNotRenewed() external {
        _pause(7 days);
        vm.warp(start + 7 days - 1);
        assertEq(reserve.pausedUntil(), start + 7 days);
        vm.warp(start + 7 days);
        assertEq(reserve.pausedUntil(), 0, "the pause did not end");
        _borrowMost(alice, 1_000e18);
        _expectTooSoon(start + 14 days);
        vm.warp(start + 14 days - 1);
        _expectTooSoon(start + 14 days);
        vm.warp(start + 14 days);
        _pause(1);
    }

    /// @dev Ended early it cannot be begun again at once either; nor extended while it runs.
    function test_t48_unpauseAndRenewalTricks() external {
        _pause(2 days);
        _expectTooSoon(start + 9 days);
        vm.warp(start + 1 days);
        vm.prank(guardian);
        reserve.unpause();
        _borrowMost(alice, 1_000e18);
        vm.prank(guardian);
        vm.expectRevert(IReserve.NotPaused.selector);
        reserve.unpause();
        _expectTooSoon(start + 8 days);
        vm.warp(start + 8 days);
        vm.startPrank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IReserve.PauseTooLong.selector, 7 days + 1, 7 days));
        reserve.pause(7 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IReserve.PauseTooLong.selector, FOREVER, 7 days));
        reserve.pause(FOREVER);
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "secs"));
        reserve.pause(0);
        vm.stopPrank();
    }

    /// @dev Deadline and end of grace move by exactly the seconds paused, ended early or not.
    function testFuzz_t48_deadlinesMoveByThePausedTime(uint256 secs, uint256 after_) external {
        secs = bound(secs, 1, 7 days);
        after_ = bound(after_, 1, 20 days);
        uint256 deadline = reserve.loan(open).deadline;
        uint256 graceEnd = reserve.loan(open).graceEnd;
        _pause(secs);
        vm.warp(start + after_);
        uint256 paused = after_ < secs ? after_ : secs;
        assertEq(reserve.loan(open).deadline, deadline + paused, "the deadline moved otherwise");
        if (after_ < secs) {
            vm.prank(guardian);
            reserve.unpause();
        }
        vm.warp(start + 29 days);
        assertEq(reserve.loan(open).deadline, deadline + paused, "the deadline moved otherwise");
        assertEq(reserve.loan(open).graceEnd, graceEnd + paused, "the end of grace moved otherwise");
    }

    /// @dev A loan in its last second of grace when the pause begins is not lost during it nor at its end.
    function test_t48_graceDoesNotRunOutBehindAPause() external {
        uint256 graceEnd = reserve.loan(open).graceEnd;
        vm.warp(graceEnd - 1);
        _pause(7 days);
        uint256[4] memory moments = [graceEnd, graceEnd + 1 days, graceEnd + 6 days, graceEnd + 7 days - 1];
        for (uint256 i = 0; i < moments.length; ++i) {
            vm.warp(moments[i]);
            vm.expectRevert(IReserve.NothingToForeclose.selector);
            reserve.foreclose(_one(open));
        }
        uint256 snapshot = vm.snapshotState();
        _repayAll(bob, open);
        assertEq(token.balanceOf(alice), 159_000e18, "the collateral did not come back");
        vm.revertToState(snapshot);
        vm.warp(graceEnd + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IReserve.LoanExpired.selector, open, graceEnd + 7 days));
        reserve.repay(open, _one(1));
        assertEq(reserve.foreclose(_one(open)), 1);
    }

    // ---------------------------------------------------------------- steps

    function _pause(uint256 secs) private {
        vm.prank(guardian);
        reserve.pause(secs);
    }

    function _expectTooSoon(uint256 earliest) private {
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IReserve.PauseTooSoon.selector, earliest));
        reserve.pause(1);
    }
}
