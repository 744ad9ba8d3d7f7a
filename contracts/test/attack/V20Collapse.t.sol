// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V20: a price collapses, so that takes run without bound, cost nothing to prolong, or nobody can clear a vault
contract V20Collapse is VaultAttackFixture {
    uint256 private constant OWNERS_MAX = 1_500;

    function _collapseTo(uint256 mid) private {
        prices.set(address(ether_), mid, mid, mid, PriceState.Safe);
    }

    /// @dev From dear to one unit of the price's last digit to nothing: one call clears any vault, for what it is worth.
    function testFuzz_v20_anyCollapseIsClearedInOneCall(uint256 mid, uint256 collateral) external {
        collateral = bound(collateral, 1e18, 10_000e18);
        uint256 debt = collateral * 1_590;
        if (debt > MINT_LIMIT) debt = MINT_LIMIT;
        _open(alice, FAST, collateral, debt);
        _collapseTo(bound(mid, 0, 1_000e36));
        uint256 value = _valueOf(ether_, collateral);
        uint256 supply = synthetic.totalSupply();
        (uint256 paid, uint256 taken) = _take(alice, FAST, alice, type(uint256).max);
        assertGe(paid, value);
        assertLe(paid, value + 1);
        assertEq(taken, collateral);
        assertEq(_debtOf(FAST, alice), 0);
        assertEq(_deficit(), debt - paid);
        assertEq(synthetic.totalSupply(), supply - paid);
        _requireBacked();
    }

    /// @dev Whoever holds none of the synthetic clears what is worth nothing; what is worth a unit costs a unit.
    function test_v20_aVaultWorthNothingIsWrittenOffByAnybody() external {
        _open(alice, FAST, 10e18, 15_000e18);
        _open(bob, FAST, 10e18, 15_000e18);
        _collapseTo(0);
        (uint256 paid, uint256 taken) = _take(carol, FAST, alice, 0);
        assertEq(paid, 0);
        assertEq(taken, 10e18);
        // The other through `book`, whose owner keeps what is worth nothing, and may leave with it.
        assertEq(book.book(FAST, bob), 15_000e18);
        assertEq(_debtOf(FAST, bob), 0);
        vm.prank(bob);
        book.adjust(FAST, ALL, 0);
        assertEq(_deficit(), 30_000e18);
        assertEq(book.marketOf(FAST).norm + book.marketOf(FAST).collateral, 0);
        _requireBacked();
    }

    /// @dev The longest list of worthless vaults costs its taker nothing but gas, and that is bounded.
    function test_v20_theLongestListIsBoundedAndCheap() external {
        address[] memory owners = new address[](OWNERS_MAX);
        for (uint256 i = 0; i < OWNERS_MAX; ++i) {
            owners[i] = address(uint160(0xc0_11a5_0000 + i));
            _open(owners[i], FAST, 1e18, 100e18);
        }
        _collapseTo(1);
        vm.prank(carol);
        uint256 gasBefore = gasleft();
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        book.take(FAST, owners, 0, 0, "");
        assertLt(gasBefore - gasleft(), OWNERS_MAX * 20_000, "refusing costs too much");
        // Less than a unit each is rounded up to one.
        vm.prank(owners[0]);
        assertTrue(synthetic.transfer(carol, 100e18));
        vm.prank(carol);
        gasBefore = gasleft();
        (uint256 paid,) = book.take(FAST, owners, type(uint256).max, 0, "");
        assertLt(gasBefore - gasleft(), OWNERS_MAX * 40_000, "a take of the longest list costs too much");
        assertEq(paid, OWNERS_MAX);
        assertEq(book.marketOf(FAST).norm, 0);
        assertEq(_deficit(), OWNERS_MAX * 100e18 - OWNERS_MAX);
        _requireBacked();
    }

    /// @dev While it lasts nobody borrows, takes out or redeems against it, and each refusal says what is left.
    function test_v20_nothingIsPaidOutAgainstNothing() external {
        _open(alice, FAST, 10e18, 10_000e18);
        _collapseTo(0);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.Undercollateralised.selector, 10_001e18, 0));
        book.adjust(FAST, 0, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.Undercollateralised.selector, 10_000e18, 0));
        book.adjust(FAST, -1, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.Insolvent.selector, alice, 10_000e18, 0));
        book.redeem(FAST, alice, 1e18, 0);
        book.adjust(FAST, ALL, ALL);
        vm.stopPrank();
        assertEq(ether_.balanceOf(alice), 10e18, "leaving needs no price");
    }

    /// @dev The loss is the holders' in common: whoever redeems elsewhere pays the share, the last no more than the first.
    function test_v20_theLossIsEverybodysAlike() external {
        _open(alice, FAST, 100e18, 150_000e18);
        _open(bob, SLOW, 100e8, 150_000e18);
        _collapseTo(0);
        _take(carol, FAST, alice, 0);
        (uint256 backed, uint256 supply) = book.haircut();
        assertEq(backed * 2, supply);
        vm.prank(alice);
        (uint256 burned, uint256 got) = book.redeem(SLOW, bob, 100_000e18, 0);
        assertEq(burned, 100_000e18);
        assertLe(_valueOf(coin, got), 50_000e18);
        (uint256 backedLater, uint256 supplyLater) = book.haircut();
        assertEq(backedLater * 2, supplyLater, "the first took from the last");
        assertEq(_deficit(), 100_000e18);
    }
}
