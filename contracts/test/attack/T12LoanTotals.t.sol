// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LoanView} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T12: default and borrow again, so that an old debt or old collateral is left over or counted twice
contract T12LoanTotals is Fixture {
    uint256[] internal open; // loans that are open as far as this test knows
    uint256[6] internal done; // borrows, repayments, extensions, foreclosures, redemptions, waits
    uint256 internal random = 12;

    function setUp() public override {
        super.setUp();
        _launchPlain(2, 18);
        _give(alice, 300_000e18);
        _give(bob, 300_000e18);
    }

    function test_t12_afterDefaultOldDebtAndCollateralAreGone() external {
        uint256 first = _borrowMost(alice, 10_000e18);
        uint256 lent = reserve.assetAt(0).lent;
        vm.warp(block.timestamp + 33 days);
        reserve.foreclose(_one(first));
        assertEq(reserve.locked(), 0, "collateral outlived its loan");
        assertEq(reserve.assetAt(0).lent + reserve.assetAt(1).lent, 0, "a debt outlived its loan");
        assertEq(token.balanceOf(address(reserve)), 0, "collateral was kept and not burned");
        assertGt(lent, 0);

        uint256 second = _borrowMost(alice, 5_000e18);
        assertTrue(second != first, "an id was used twice");
        LoanView memory view_ = reserve.loan(second);
        assertEq(view_.collateral, 5_000e18);
        assertEq(reserve.locked(), 5_000e18);
        assertEq(reserve.assetAt(0).lent, view_.principal[0]);
        assertEq(reserve.assetAt(1).lent, view_.principal[1]);
        assertEq(_repayAll(alice, second), 5_000e18);
        assertEq(token.balanceOf(alice), 290_000e18);
    }

    /// @dev The same id twice in one batch closes once.
    function test_t12_oneLoanNamedTwiceClosesOnce() external {
        uint256 loanId = _borrowMost(alice, 10_000e18);
        _borrowMost(bob, 10_000e18);
        vm.warp(block.timestamp + 20 days);
        _borrowMost(bob, 10_000e18);
        vm.warp(block.timestamp + 13 days);
        uint256[] memory twice = new uint256[](3);
        twice[0] = loanId;
        twice[1] = loanId;
        twice[2] = uint256(uint160(bob)) << 96 | 3; // not due yet
        assertEq(reserve.foreclose(twice), 1);
        assertEq(reserve.locked(), 20_000e18);
    }

    function test_t12_totalsEqualTheSumOfLoansAfterAThousandOperations() external {
        for (uint256 i = 0; i < 1_000; ++i) {
            _step();
            if (i % 25 == 24) _assertTotals();
        }
        _assertTotals();
        _assertFreeHoldersCovered();
        _assertLedgerWithinBalance();
        string[6] memory names =
            ["borrows", "repayments", "extensions", "foreclosures", "redemptions", "waits"];
        for (uint256 i = 0; i < 6; ++i) {
            emit log_named_uint(names[i], done[i]);
            assertGt(done[i], 10, "an operation hardly happened");
        }
        // And with every debt paid or defaulted, nothing is left over.
        vm.warp(block.timestamp + 400 days);
        if (open.length != 0) reserve.foreclose(open);
        delete open;
        _assertTotals();
        assertEq(reserve.locked(), 0);
    }

    // ---------------------------------------------------------------- random steps

    function _step() private {
        uint256 action = _next(10);
        Floors memory before = _floors();
        if (action < 3 || open.length == 0) _borrow();
        else if (action < 6) _repay(open[_next(open.length)]);
        else if (action == 6) _extend(open[_next(open.length)]);
        else if (action == 7) _foreclose();
        else if (action == 8) _redeem();
        else _wait();
        _assertFloorsNotBelow(before);
    }

    function _borrow() private {
        address who = _next(2) == 0 ? alice : bob;
        uint256 collateral = 1 + _next(token.balanceOf(who) / 20 + 1e6);
        if (collateral > token.balanceOf(who)) return;
        uint256[] memory most = reserve.maxBorrow(collateral);
        most[_next(2)] = _next(most[0] + 1);
        if (most[1] > most[0]) most[1] = most[0];
        if (most[0] + most[1] == 0) return;
        vm.prank(who);
        open.push(reserve.borrow(collateral, most, who, false));
        ++done[0];
    }

    function _repay(uint256 loanId) private {
        LoanView memory view_ = reserve.loan(loanId);
        if (block.timestamp >= view_.graceEnd) return;
        uint256[] memory part = new uint256[](2);
        for (uint256 j = 0; j < 2; ++j) {
            part[j] = _next(3) == 0 ? view_.principal[j] : _next(view_.principal[j] + 1);
            _fundAndApprove(carol, j, part[j]);
        }
        if (part[0] + part[1] == 0) return;
        bool whole = part[0] == view_.principal[0] && part[1] == view_.principal[1];
        vm.prank(carol);
        reserve.repay(loanId, part);
        if (whole) _forget(loanId);
        ++done[1];
    }

    function _extend(uint256 loanId) private {
        LoanView memory view_ = reserve.loan(loanId);
        if (block.timestamp >= view_.graceEnd || view_.deadline > block.timestamp + 11 * 30 days) return;
        if (_next(2) == 0) {
            _fundAndApprove(carol, 0, 1e18);
            _fundAndApprove(carol, 1, 1e18);
            vm.prank(carol);
            reserve.extend(loanId);
            ++done[2];
        } else {
            vm.prank(view_.borrower);
            try reserve.extendByBurn(loanId, view_.collateral) {
                ++done[2];
            } catch {}
        }
    }

    function _foreclose() private {
        if (_next(2) == 0) return;
        vm.warp(block.timestamp + 12 days);
        for (uint256 i = 0; i < open.length; ++i) {
            if (block.timestamp < reserve.loan(open[i]).graceEnd) continue;
            reserve.foreclose(_one(open[i]));
            _forget(open[i]);
            ++done[3];
            return;
        }
    }

    function _redeem() private {
        uint256 tokens = 1 + _next(100e18);
        vm.prank(issuer);
        reserve.redeem(tokens, 0, issuer, false);
        ++done[4];
    }

    function _wait() private {
        vm.warp(block.timestamp + 1 + _next(2 days));
        ++done[5];
    }

    // ---------------------------------------------------------------- internals

    function _assertTotals() private view {
        uint256 collateral;
        uint256[2] memory principal;
        for (uint256 i = 0; i < open.length; ++i) {
            LoanView memory view_ = reserve.loan(open[i]);
            collateral += view_.collateral;
            principal[0] += view_.principal[0];
            principal[1] += view_.principal[1];
        }
        assertEq(reserve.locked(), collateral, "locked is not the sum of collateral");
        assertEq(token.balanceOf(address(reserve)), collateral, "the reserve does not hold what is locked");
        assertEq(reserve.assetAt(0).lent, principal[0], "lent is not the sum of principal");
        assertEq(reserve.assetAt(1).lent, principal[1], "lent is not the sum of principal");
    }

    function _forget(uint256 loanId) private {
        for (uint256 i = 0; i < open.length; ++i) {
            if (open[i] != loanId) continue;
            open[i] = open[open.length - 1];
            open.pop();
            return;
        }
    }

    function _next(uint256 below) private returns (uint256) {
        random = uint256(keccak256(abi.encode(random)));
        return below == 0 ? 0 : random % below;
    }
}
