// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {MarketView} from "ballast/interfaces/IVaultBook.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V03: be the first or the last in a market and bend its index, so that the next or the others cannot leave
contract V03EmptyMarket is VaultAttackFixture {
    function _index(uint256 market) private view returns (uint256) {
        return book.marketOf(market).index;
    }

    /// @dev One market stands empty, the other is used in every way that could move an index.
    function test_v03_indexFollowsTimeAloneWhoeverIsThere() external {
        book.setRate(FAST, RATE_MAX);
        book.setRate(SLOW, RATE_MAX);
        uint256 expected = WAD;
        for (uint256 i = 0; i < 12; ++i) {
            _pass(30 days);
            expected = WAD + WAD * RATE_MAX * 30 days * (i + 1) / WAD;
            _useTheSmallestVault(i);
            ether_.mint(address(book), 1_000e18);
            book.collect();
            assertEq(_index(FAST), expected, "the index moved by use");
            assertEq(_index(SLOW), expected, "the index of an empty market differs");
        }
        assertEq(book.marketOf(SLOW).norm, 0);
    }

    function _useTheSmallestVault(uint256 round) private {
        if (_debtOf(FAST, alice) == 0) _open(alice, FAST, 1e18, 100e18);
        ether_.mint(alice, 1);
        vm.startPrank(alice);
        ether_.approve(address(book), 1);
        book.adjust(FAST, 1, 0);
        book.adjust(FAST, 0, 1);
        book.adjust(FAST, 0, -1);
        // The first vault leaves and comes back, every other time.
        if (round % 2 == 1) {
            uint256 owed = _debtOf(FAST, alice);
            vm.stopPrank();
            _fund(alice, owed);
            vm.prank(alice);
            book.adjust(FAST, ALL, ALL);
        }
        vm.stopPrank();
    }

    /// @dev Whoever comes after a first vault that came, paid interest and left owes what was borrowed, not more than a
    /// unit more.
    function testFuzz_v03_firstVaultLeavesNothingForTheNext(uint256 secs, uint256 debt) external {
        book.setRate(FAST, RATE_MAX);
        _open(alice, FAST, 1e18, 100e18);
        _pass(bound(secs, 1, 300 days));
        uint256 interest = _debtOf(FAST, alice) - 100e18;
        book.pegMint(alice, interest);
        vm.prank(alice);
        book.adjust(FAST, ALL, ALL);
        debt = bound(debt, 100e18, 1_000_000e18);
        _open(bob, FAST, 10_000e18, debt);
        assertGe(_debtOf(FAST, bob), debt);
        assertLe(_debtOf(FAST, bob), debt + _index(FAST) / WAD + 1, "the first vault taxes the next");
    }

    /// @dev Sixteen doublings and more: the index stops, every entry still works, and all vaults leave in any order.
    function testFuzz_v03_atTheBoundOfTheIndexEveryoneStillLeaves(uint256 order) external {
        address[3] memory owners = [alice, bob, carol];
        for (uint256 i = 0; i < 3; ++i) {
            _open(owners[i], FAST, 10e18, 100e18 + i);
        }
        _passYears(FAST, 18);
        assertEq(_index(FAST), INDEX_MAX, "not at its bound");
        book.setRate(FAST, RATE_MAX);
        _pass(100 * 365 days);
        assertEq(_index(FAST), INDEX_MAX, "grew beyond its bound");
        order %= 6;
        for (uint256 i = 0; i < 3; ++i) {
            _leave(owners[(order + i * (order % 2 + 1)) % 3]);
        }
        MarketView memory market = book.marketOf(FAST);
        assertEq(market.norm + market.collateral + market.debt, 0, "the market does not end at zero");
        assertEq(ether_.balanceOf(address(book)), 0);
        _useTheEmptiedMarket();
    }

    /// @dev Interest that was never minted is bought at the peg module.
    function _leave(address owner) private {
        uint256 debt = _debtOf(FAST, owner);
        assertGt(debt, 7_000_000e18);
        book.pegMint(owner, debt - synthetic.balanceOf(owner));
        vm.prank(owner);
        book.adjust(FAST, ALL, ALL);
        assertEq(ether_.balanceOf(owner), 10e18);
    }

    /// @dev The coarsest norm there is: one unit of it is 75,557 of the synthetic.
    function _useTheEmptiedMarket() private {
        _open(alice, FAST, 1e18, 100e18);
        assertLe(_debtOf(FAST, alice), 100e18 + INDEX_MAX / WAD + 1);
        vm.startPrank(alice);
        book.adjust(FAST, 0, 1e18);
        book.adjust(FAST, 0, -1e18);
        vm.stopPrank();
        book.pegMint(alice, _debtOf(FAST, alice) - synthetic.balanceOf(alice));
        vm.prank(alice);
        book.adjust(FAST, ALL, ALL);
        assertEq(book.marketOf(FAST).norm, 0);
    }

    /// @dev The last one in has no other vault's rounding to pay: what the market owes is what he owes.
    function testFuzz_v03_lastVaultOwesNoMoreThanItsOwn(uint256 debt, uint256 secs, uint256 slices) external {
        book.setRate(SLOW, RATE_MAX);
        debt = bound(debt, 100e18, 10_000e18);
        _open(alice, SLOW, 1e8, debt);
        _open(bob, SLOW, 1e8, 300e18);
        for (uint256 i = 0; i < bound(slices, 1, 20); ++i) {
            _pass(bound(secs, 1, 10 days));
            vm.prank(bob);
            book.adjust(SLOW, 0, -7);
        }
        book.pegMint(bob, 300e18);
        vm.prank(bob);
        book.adjust(SLOW, ALL, ALL);
        assertEq(book.marketOf(SLOW).norm, _normOf(SLOW, alice), "norm without a vault");
        book.pegMint(alice, _debtOf(SLOW, alice) - synthetic.balanceOf(alice));
        vm.prank(alice);
        book.adjust(SLOW, ALL, ALL);
        assertEq(book.marketOf(SLOW).norm, 0, "norm without a vault");
        book.collect();
        _requireBacked();
    }
}
