// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IReserve, LoanView} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T11: meet a loan one second before, at and after each of its times; stretch a deadline by more than a term
contract T11Expiry is Fixture {
    uint256 private constant TERM = 30 days;
    uint256 private constant GRACE = 3 days;

    uint256 internal loanId;

    /// @dev Opened five days in, so that a deadline counted from the launch and one counted from the loan differ.
    function setUp() public override {
        super.setUp();
        _launchPlain(1, 18);
        _give(alice, 20_000e18);
        vm.warp(block.timestamp + 5 days);
        loanId = _borrowMost(alice, 10_000e18);
        _fundAndApprove(alice, 0, 100e18);
    }

    function test_t11_deadlineIsOneTermAwayAndGraceFollows() external view {
        LoanView memory view_ = reserve.loan(loanId);
        assertEq(view_.deadline, block.timestamp + TERM);
        assertEq(view_.graceEnd, view_.deadline + GRACE);
    }

    /// @dev The deadline itself changes nothing before grace ends: at t-1, t and t+1 the loan is alive.
    function test_t11_aroundTheDeadlineTheLoanIsAlive() external {
        uint256 deadline = reserve.loan(loanId).deadline;
        for (uint256 i = 0; i < 3; ++i) {
            _assertAlive(deadline - 1 + i);
        }
        _assertAlive(deadline + GRACE - 1);
    }

    /// @dev At the end of grace, to the second, the loan passes from the borrower to everybody.
    function test_t11_aroundTheEndOfGrace() external {
        uint256 graceEnd = reserve.loan(loanId).graceEnd;
        _assertAlive(graceEnd - 1);
        _assertExpired(graceEnd);
        _assertExpired(graceEnd + 1);
        _assertExpired(graceEnd + 1_000 days);
    }

    function testFuzz_t11_eachExtensionAddsExactlyOneTerm(uint256 times, uint256 wait, bool byBurn) external {
        times = bound(times, 1, 30);
        uint256 expected = reserve.loan(loanId).deadline;
        uint256 extended;
        for (uint256 i = 0; i < times; ++i) {
            uint256 latest = block.timestamp + 12 * TERM;
            if (expected + TERM <= latest) {
                _extend(byBurn);
                expected += TERM;
                ++extended;
            }
            assertEq(reserve.loan(loanId).deadline, expected, "an extension is not one term");
            // Anywhere up to the last second in which the loan lives.
            uint256 until = expected + GRACE - 1;
            vm.warp(bound(wait, block.timestamp, until));
            wait = uint256(keccak256(abi.encode(wait)));
        }
        assertGt(extended, 0, "nothing was extended");
    }

    function test_t11_twelveTermsAheadAndNoFurther() external {
        for (uint256 i = 0; i < 11; ++i) {
            vm.prank(alice);
            reserve.extend(loanId);
        }
        uint256 deadline = reserve.loan(loanId).deadline;
        assertEq(deadline, block.timestamp + 12 * TERM);
        bytes memory tooFar = abi.encodeWithSelector(
            IReserve.ExtensionTooFar.selector, loanId, deadline + TERM, block.timestamp + 12 * TERM
        );
        vm.startPrank(alice);
        vm.expectRevert(tooFar);
        reserve.extend(loanId);
        vm.expectRevert(tooFar);
        reserve.extendByBurn(loanId, type(uint256).max);
        vm.stopPrank();
    }

    function test_t11_nothingAfterForeclosure() external {
        vm.warp(reserve.loan(loanId).graceEnd);
        Floors memory before = _floors();
        reserve.foreclose(_one(loanId));
        _assertFloorsNotBelow(before);
        bytes memory unknown = abi.encodeWithSelector(IReserve.UnknownLoan.selector, loanId);
        vm.startPrank(alice);
        vm.expectRevert(unknown);
        reserve.repay(loanId, _one(1));
        vm.expectRevert(unknown);
        reserve.extend(loanId);
        vm.expectRevert(unknown);
        reserve.extendByBurn(loanId, type(uint256).max);
        vm.expectRevert(unknown);
        reserve.loan(loanId);
        vm.expectRevert(IReserve.NothingToForeclose.selector);
        reserve.foreclose(_one(loanId));
        vm.stopPrank();
        assertEq(token.balanceOf(alice), 10_000e18, "collateral came back");
    }

    /// @dev At `time`, and undone afterwards: part can be repaid, the term extended, nobody can foreclose.
    function _assertAlive(uint256 time) private {
        uint256 start = vm.snapshotState();
        vm.warp(time);
        vm.expectRevert(IReserve.NothingToForeclose.selector);
        reserve.foreclose(_one(loanId));
        vm.prank(alice);
        reserve.repay(loanId, _one(1));
        _extend(true);
        _extend(false);
        vm.revertToState(start);
    }

    /// @dev At `time`, and undone afterwards: the borrower is too late and anybody may foreclose.
    function _assertExpired(uint256 time) private {
        uint256 start = vm.snapshotState();
        vm.warp(time);
        bytes memory expired =
            abi.encodeWithSelector(IReserve.LoanExpired.selector, loanId, reserve.loan(loanId).graceEnd);
        vm.startPrank(alice);
        vm.expectRevert(expired);
        reserve.repay(loanId, _one(1));
        vm.expectRevert(expired);
        reserve.extend(loanId);
        vm.expectRevert(expired);
        reserve.extendByBurn(loanId, type(uint256).max);
        vm.stopPrank();
        vm.prank(bob);
        assertEq(reserve.foreclose(_one(loanId)), 1);
        vm.revertToState(start);
    }

    function _extend(bool byBurn) private {
        vm.prank(alice);
        if (byBurn) reserve.extendByBurn(loanId, type(uint256).max);
        else reserve.extend(loanId);
    }
}
