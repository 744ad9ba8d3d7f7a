// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V15: reset, stop or wind back the clock of an unhealthy vault, so that its price never falls to where anybody takes
contract V15ClockGames is VaultAttackFixture {
    uint256 private start;

    /// @dev Alice is unhealthy at a loan-to-value of 0.9 and was flagged just now; she has money of her own.
    function setUp() public override {
        super.setUp();
        _fund(taker, 1_000_000e18);
        _fund(alice, 200_000e18);
        _open(alice, FAST, 100e18, 150_000e18);
        ether_.mint(alice, 1_000e18);
        vm.prank(alice);
        ether_.approve(address(book), type(uint256).max);
        _setPrice(ether_, 1_667e18);
        start = vm.getBlockTimestamp();
        assertTrue(book.flag(FAST, alice));
    }

    function _requireRunning() private {
        assertEq(_flaggedAt(FAST, alice), start, "the clock was reset");
        assertTrue(book.flag(FAST, alice), "the clock stands");
        assertEq(_flaggedAt(FAST, alice), start, "the clock was reset");
    }

    /// @dev Whatever leaves the vault unhealthy leaves its clock alone, by whomever and however often.
    function test_v15_touchingDoesNotReset() external {
        for (uint256 i = 0; i < 60; ++i) {
            _pass(5);
            address who = i % 2 == 0 ? alice : taker;
            vm.startPrank(who);
            if (i % 5 == 0) book.adjustFor(FAST, alice, 0, -1, who);
            if (i % 5 == 1) book.adjustFor(FAST, alice, 0, -int256(10e18), who);
            if (i % 5 == 2) book.adjustFor(FAST, alice, 0, 0, who);
            if (i % 5 == 3) book.take(FAST, _one(alice), 1 + i, 0, "");
            if (i % 5 == 4) book.redeem(FAST, alice, 1e18, 0);
            vm.stopPrank();
            vm.prank(alice);
            book.adjust(FAST, 1, 0);
            _requireRunning();
        }
    }

    /// @dev An action that is refused leaves nothing behind.
    function test_v15_refusedActionsDoNotReset() external {
        vm.startPrank(alice);
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(FAST, int256(1e18), 1);
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(FAST, -1, -int256(1e18));
        vm.stopPrank();
        _requireRunning();
    }

    /// @dev Closing stops the clock; coming back is a new loan under the rule of new loans, so it is a healthy one.
    function testFuzz_v15_whoLeavesAndRejoinsIsHealthy(uint256 collateral, uint256 debt) external {
        collateral = bound(collateral, 1e18, 100e18);
        debt = bound(debt, 100e18, 200_000e18);
        vm.startPrank(alice);
        book.adjust(FAST, ALL, ALL);
        assertEq(_flaggedAt(FAST, alice), 0);
        (bool back,) =
            address(book).call(abi.encodeCall(book.adjust, (FAST, int256(collateral), int256(debt))));
        vm.stopPrank();
        if (back) assertLe(debt * WAD, _valueOf(ether_, collateral) * 0.8e18, "rejoined unhealthy");
        assertFalse(book.flag(FAST, alice));
    }

    /// @dev Healthy for a moment with borrowed money, clock stopped, and back: the way back is a new loan.
    function testFuzz_v15_aMomentsHealthIsNoWayBack(uint256 repaid, uint256 again, bool byCollateral)
        external
    {
        repaid = bound(repaid, 12_000e18, 150_000e18 - 100e18);
        again = bound(again, 1, repaid);
        vm.startPrank(alice);
        if (byCollateral) book.adjust(FAST, int256(repaid / 1_500), 0);
        else book.adjust(FAST, 0, -int256(repaid));
        assertFalse(book.flag(FAST, alice), "still unhealthy");
        assertEq(_flaggedAt(FAST, alice), 0);
        bytes memory undo = byCollateral
            ? abi.encodeCall(book.adjust, (FAST, -int256(again / 1_500), int256(0)))
            : abi.encodeCall(book.adjust, (FAST, int256(0), int256(again)));
        (bool undone,) = address(book).call(undo);
        vm.stopPrank();
        assertTrue(_isHealthy(FAST, alice), "back to where it was, without a clock");
        if (undone) assertFalse(book.flag(FAST, alice));
    }

    /// @dev As long as nobody acts and no price moves, what a unit of the synthetic buys never shrinks.
    function testFuzz_v15_priceOnlyFallsWhileItStaysUnhealthy(
        uint256 early,
        uint256 late,
        uint256 fall,
        uint256 offer
    ) external {
        _setPrice(ether_, bound(fall, 1_000e18, 1_799e18));
        late = bound(late, 1, 405);
        early = bound(early, 0, late - 1);
        offer = bound(offer, 1e18, 20_000e18);
        vm.warp(start + early);
        uint256 state = vm.snapshotState();
        (uint256 paidEarly, uint256 takenEarly) = _tryTake(offer);
        vm.revertToState(state);
        vm.warp(start + late);
        (uint256 paidLate, uint256 takenLate) = _tryTake(offer);
        assertLe(takenEarly * paidLate, takenLate * paidEarly + paidEarly + paidLate, "the price rose");
    }

    function _tryTake(uint256 offer) private returns (uint256, uint256) {
        return _take(taker, FAST, alice, offer);
    }

    /// @dev A batch that stays unhealthy is taken in parts without its clock beginning again.
    function test_v15_partsOfATakeKeepTheClock() external {
        _setPrice(ether_, 1_200e18);
        uint256 lastPrice = type(uint256).max;
        for (uint256 i = 0; i < 20; ++i) {
            _pass(3);
            (uint256 paid, uint256 taken) = _take(taker, FAST, alice, 1_000e18);
            uint256 price = paid * WAD / taken;
            assertLe(price, lastPrice, "the price rose");
            lastPrice = price;
            _requireRunning();
        }
    }
}
