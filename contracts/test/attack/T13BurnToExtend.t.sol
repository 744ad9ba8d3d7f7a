// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {IReserve, LoanView} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T13: burn the collateral away term by term until a default costs the others more than it burns
contract T13BurnToExtend is Fixture {
    uint256 internal extended;

    function setUp() public override {
        super.setUp();
        _launchPlain(2, 18);
        _give(alice, 300_000e18);
    }

    /// @dev Burn for every term that can be had. It ends with a clear error while the loan is still backed.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_t13_loanStaysBackedHoweverMuchIsBurned(uint256 collateral, uint256 share) external {
        uint256 loanId = _borrow(bound(collateral, 1e18, 300_000e18), bound(share, 9_000, BPS));
        Floors memory before = _floors();
        for (uint256 i = 0; i < 160; ++i) {
            (bool ok, bytes memory why) = _extendByBurn(loanId);
            if (!ok) {
                assertEq(bytes4(why), IReserve.UnderBacked.selector, "refused for another reason");
                break;
            }
            ++extended;
            _assertBacked(loanId);
            _assertFloorsNotBelow(before);
            vm.warp(block.timestamp + 30 days);
        }
        assertGt(extended, 10, "hardly anything was burned");
        _default(loanId);
        _assertFloorsNotBelow(before);
    }

    /// @dev With the dearest fee a launch may set, one burn takes the whole margin and a second would take more.
    function test_t13_burnBeyondTheBackingIsRefused() external {
        LaunchParams memory params = _plainParams();
        params.terms.termFeeBps = 526;
        params.salt = "dear";
        _launch(params);
        _give(alice, 10_000e18);
        uint256 loanId = _borrow(10_000e18, BPS);
        (bool ok, bytes memory why) = _extendByBurn(loanId);
        assertTrue(ok, "the first extension fits the margin");
        (ok, why) = _extendByBurn(loanId);
        if (ok) _assertBacked(loanId);
        assertFalse(ok, "burned collateral that the loan needs");
        // Each fee is worth 499.7 tokens; 9,500.3 back 0.95003 of the asset, and 9,000.6 only 0.90006.
        bytes memory expected =
            abi.encodeWithSelector(IReserve.UnderBacked.selector, 0, 0.95e18, uint256(0.90006e18));
        assertEq(why, expected);
        assertEq(token.balanceOf(address(reserve)), 9_500.3e18, "collateral was burned all the same");
    }

    /// @dev What the borrower is willing to burn is a bound, and somebody else's word is not his.
    function test_t13_onlyTheBorrowerAndOnlySoMuch() external {
        uint256 loanId = _borrow(10_000e18, BPS);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotBorrower.selector, loanId, bob));
        reserve.extendByBurn(loanId, type(uint256).max);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IReserve.BurnTooLarge.selector, 9.5e18, 9.4e18));
        reserve.extendByBurn(loanId, 9.4e18);
    }

    /// @dev A default at any moment of a loan's life, with any share of it repaid, lowers no floor.
    function testFuzz_t13_defaultNeverLowersTheFloor(uint256 share, uint256 repaid, uint256 burns) external {
        uint256 loanId = _borrow(100_000e18, bound(share, 1, BPS));
        uint256[] memory part = reserve.loan(loanId).principal;
        for (uint256 j = 0; j < 2; ++j) {
            part[j] = bound(repaid, 0, part[j] - 1) + (j == 0 ? 1 : 0);
            _fundAndApprove(bob, j, part[j]);
        }
        vm.prank(bob);
        reserve.repay(loanId, part);
        for (uint256 i = bound(burns, 0, 5); i > 0; --i) {
            _extendByBurn(loanId);
        }
        try reserve.loan(loanId) {
            _default(loanId);
        } catch {}
    }

    // ---------------------------------------------------------------- internals

    function _borrow(uint256 collateral, uint256 shareBps) private returns (uint256 loanId) {
        uint256[] memory principal = reserve.maxBorrow(collateral);
        for (uint256 j = 0; j < principal.length; ++j) {
            principal[j] = principal[j] * shareBps / BPS;
        }
        vm.prank(alice);
        loanId = reserve.borrow(collateral, principal, alice, false);
    }

    function _extendByBurn(uint256 loanId) private returns (bool ok, bytes memory why) {
        vm.prank(alice);
        (ok, why) = address(reserve).call(abi.encodeCall(IReserve.extendByBurn, (loanId, type(uint256).max)));
    }

    function _default(uint256 loanId) private {
        vm.warp(reserve.loan(loanId).graceEnd);
        Floors memory before = _floors();
        reserve.foreclose(_one(loanId));
        _assertFloorsNotBelow(before);
        _assertFreeHoldersCovered();
        assertEq(reserve.locked() + reserve.assetAt(0).lent + reserve.assetAt(1).lent, 0);
    }

    /// @dev Theorem 3: L <= f * c, as L * S <= c * F.
    function _assertBacked(uint256 loanId) private view {
        LoanView memory view_ = reserve.loan(loanId);
        (uint256[] memory totals, uint256 claims) = reserve.backing();
        for (uint256 j = 0; j < totals.length; ++j) {
            assertLe(view_.principal[j] * claims, view_.collateral * totals[j], "a loan outgrew its backing");
        }
    }
}
