// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IReserve, LoanView} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T15: repay one unit, repay too much, repay for somebody else, repay one unit in front of somebody's exact sum
contract T15Repayments is Fixture {
    address internal attacker = makeAddr("attacker");
    uint256 internal loanId;
    uint256 internal owed;

    function setUp() public override {
        super.setUp();
        _launchPlain(1, 18);
        _give(alice, 100_000e18);
        loanId = _borrowMost(alice, 100_000e18);
        owed = reserve.loan(loanId).principal[0];
    }

    /// @dev One unit at a time never frees more than its share, and the rest of the loan stays backed.
    function test_t15_singleUnitsReleaseTheirShareAtMost() external {
        uint256 released;
        _fundAndApprove(alice, 0, 200);
        for (uint256 i = 1; i <= 200; ++i) {
            vm.prank(alice);
            released += reserve.repay(loanId, _one(1));
            assertLe(released * owed, 100_000e18 * i, "single units released more than their share");
        }
        assertGt(released, 0, "nothing was released");
        assertEq(reserve.loan(loanId).principal[0], owed - 200);
        assertEq(reserve.locked(), 100_000e18 - released);
    }

    function testFuzz_t15_partsReleaseNoMoreThanTheWhole(uint256 first, uint256 second) external {
        first = bound(first, 1, owed - 2);
        second = bound(second, 1, owed - first - 1);
        _fundAndApprove(alice, 0, owed);
        uint256 start = vm.snapshotState();
        vm.prank(alice);
        uint256 whole = reserve.repay(loanId, _one(first + second));
        vm.revertToState(start);
        vm.startPrank(alice);
        uint256 parts = reserve.repay(loanId, _one(first)) + reserve.repay(loanId, _one(second));
        assertLe(parts, whole, "two repayments released more than one");
        reserve.repay(loanId, _one(owed - first - second));
        vm.stopPrank();
        assertEq(token.balanceOf(alice), 100_000e18, "repaid in full and collateral is missing");
    }

    /// @dev More than is owed is not taken, however much was approved.
    function testFuzz_t15_overRepayTakesOnlyWhatIsOwed(uint256 excess) external {
        excess = bound(excess, 1, type(uint112).max);
        _fundAndApprove(bob, 0, owed + excess);
        vm.prank(bob);
        (bool ok,) = address(reserve).call(abi.encodeCall(IReserve.repay, (loanId, _one(owed + excess))));
        assertTrue(ok, "an over-repayment reverted");
        assertEq(assets[0].balanceOf(bob), excess, "more was taken than is owed");
        assertEq(token.balanceOf(alice), 100_000e18);
        _assertLedgerWithinBalance();
    }

    /// @dev Who pays for another buys nothing: the collateral is the borrower's.
    function testFuzz_t15_thirdPartyRepaysForTheBorrower(uint256 amount) external {
        amount = bound(amount, 1, owed);
        _fundAndApprove(attacker, 0, amount);
        vm.prank(attacker);
        uint256 released = reserve.repay(loanId, _one(amount));
        assertEq(token.balanceOf(attacker), 0, "the payer got the collateral");
        assertEq(token.balanceOf(alice), released);
        assertEq(assets[0].balanceOf(attacker), 0);
    }

    /// @dev One unit in front of an exact repayment neither stops it nor makes it cost more.
    function testFuzz_t15_frontRunningAnExactSumStopsNothing(uint256 ahead) external {
        ahead = bound(ahead, 1, owed - 1);
        uint256 before = assets[0].balanceOf(alice);
        _fundAndApprove(alice, 0, owed);
        _fundAndApprove(attacker, 0, ahead);
        vm.prank(attacker);
        reserve.repay(loanId, _one(ahead));
        vm.prank(alice);
        (bool ok,) = address(reserve).call(abi.encodeCall(IReserve.repay, (loanId, _one(owed))));
        assertTrue(ok, "one unit in front stopped an honest repayment");
        assertEq(assets[0].balanceOf(alice), before + ahead, "paid what was paid already");
        assertEq(token.balanceOf(alice), 100_000e18);
        assertEq(reserve.locked(), 0);
    }

    /// @dev Where all of it was paid in front, the borrower's own call says so and takes nothing.
    function test_t15_repaidAlreadySaysSo() external {
        _repayAll(attacker, loanId);
        uint256 before = assets[0].balanceOf(alice);
        vm.startPrank(alice);
        assets[0].approve(address(reserve), owed);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, loanId));
        reserve.repay(loanId, _one(owed));
        vm.stopPrank();
        assertEq(assets[0].balanceOf(alice), before);
        assertEq(token.balanceOf(alice), 100_000e18);
    }

    function test_t15_nothingIsNoRepayment() external {
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "amounts"));
        reserve.repay(loanId, _one(0));
        vm.expectRevert(abi.encodeWithSelector(IReserve.LengthMismatch.selector, 2, 1));
        reserve.repay(loanId, new uint256[](2));
        LoanView memory view_ = reserve.loan(loanId);
        assertEq(view_.principal[0], owed);
        assertEq(view_.collateral, 100_000e18);
    }
}
