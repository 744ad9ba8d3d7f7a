// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V14: few decimals and many, prices of 1e-12 to 1e12, the largest vault, the year 2106 and the last second
contract V14Extremes is VaultAttackFixture {
    uint256 private constant COLLATERAL_MAX = 2 ** 112 - 1;
    uint256 private constant NORM_MAX = 2 ** 96 - 1;
    /// @dev Seconds that the fields of time hold.
    uint256 private constant TIME_MAX = 2 ** 36;

    /// @dev A market of its own for an asset of `decimals` at `price` for a whole one, times 1e30.
    function _marketOf(uint8 decimals, uint256 price) private returns (uint256 market, TestAsset asset) {
        asset = new TestAsset("Odd", decimals);
        _setTinyPrice(asset, price, PriceState.Safe);
        MarketTerms memory terms = _fast(address(asset));
        terms.minDebt = 1e18;
        market = book.createMarket(terms, (2 ** 36 - 1) * 1e18, (2 ** 36 - 1) * 1e18, 0);
    }

    /// @dev A whole one is 1e18 * price / 1e30 of the synthetic, so a base unit times 1e36 is this.
    function _setTinyPrice(TestAsset asset, uint256 price, PriceState state) private {
        uint256 mid = price * 10 ** (24 - asset.decimals());
        prices.set(address(asset), mid * 995 / 1000, mid, mid * 1005 / 1000, state);
    }

    function _put(address owner, uint256 market, TestAsset asset, uint256 collateral, uint256 debt) private {
        asset.mint(owner, collateral);
        vm.startPrank(owner);
        asset.approve(address(book), collateral);
        book.adjust(market, int256(collateral), int256(debt));
        vm.stopPrank();
    }

    // ---------------------------------------------------------------- decimals

    function test_v14_otherDecimalsAreRefused() external {
        uint8[4] memory refused = [0, 5, 19, 24];
        for (uint256 i = 0; i < refused.length; ++i) {
            TestAsset asset = new TestAsset("Odd", refused[i]);
            prices.set(address(asset), 1, 1, 1, PriceState.Safe);
            vm.expectRevert(
                abi.encodeWithSelector(IVaultBook.BadTerm.selector, "decimals", refused[i], 6, 18)
            );
            book.createMarket(_fast(address(asset)), CEILING, MINT_LIMIT, 0);
        }
    }

    /// @dev At every size of unit and price: what can be borrowed is four fifths of the low price, a redemption pays no
    /// more than face value, a take no more than its price, and the vault closes for what it owes.
    function testFuzz_v14_everySizeIsExact(uint256 decimals, uint256 price, uint256 share) external {
        uint8[3] memory usual = [6, 8, 18];
        (uint256 market, TestAsset asset) = _marketOf(usual[decimals % 3], bound(price, 1e18, 1e42));
        (uint256 low,,,,) = prices.price(address(asset));
        // From the least that can be owed up to a billion, within the collateral there can be.
        uint256 whole = 1e36 * 1.25e18 / low + 2;
        uint256 collateral = bound(share, whole, whole * 1e9 < COLLATERAL_MAX ? whole * 1e9 : COLLATERAL_MAX);
        uint256 most = collateral * low / 1e36 * 0.8e18 / WAD;
        vm.assume(most > 1e18 && most < 6e28);
        _requireMost(market, asset, collateral, most);
        _fund(taker, 10_000e18);
        _redeemSome(market, asset);
        _fallAndTake(market, asset);
        _closeWhatIsLeft(market, asset);
    }

    function _requireMost(uint256 market, TestAsset asset, uint256 collateral, uint256 most) private {
        asset.mint(alice, collateral);
        vm.startPrank(alice);
        asset.approve(address(book), collateral);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.Undercollateralised.selector, most + 1, most));
        book.adjust(market, int256(collateral), int256(most + 1));
        book.adjust(market, int256(collateral), int256(most));
        vm.stopPrank();
        assertEq(_debtOf(market, alice), most);
    }

    function _redeemSome(uint256 market, TestAsset asset) private {
        (,, uint256 high,,) = prices.price(address(asset));
        (uint256 held, uint256 norm,,) = book.vaultOf(market, alice);
        vm.prank(taker);
        try book.redeem(market, alice, 1_000e18, 0) returns (uint256 burned, uint256 paid) {
            assertLe(paid * high / 1e18, burned * 1e18, "paid more than face value");
            (uint256 heldLater, uint256 normLater,,) = book.vaultOf(market, alice);
            assertLe(normLater * held, norm * heldLater, "raised the loan-to-value");
        } catch {}
    }

    function _fallAndTake(uint256 market, TestAsset asset) private {
        (, uint256 mid,,,) = prices.price(address(asset));
        prices.set(address(asset), mid * 9 / 10, mid * 9 / 10, mid * 9 / 10, PriceState.Safe);
        if (_isHealthy(market, alice)) return;
        (uint256 held, uint256 norm,,) = book.vaultOf(market, alice);
        vm.prank(taker);
        try book.take(market, _one(alice), 1_000e18, 0, "") returns (uint256 paid, uint256 taken) {
            uint256 value = _valueOf(asset, taken);
            assertLe(value * 92 / 100, paid, "sold under the largest discount of a fall");
            (uint256 heldLater, uint256 normLater,,) = book.vaultOf(market, alice);
            assertLe(normLater * held, norm * heldLater, "raised the loan-to-value");
        } catch {}
    }

    function _closeWhatIsLeft(uint256 market, TestAsset asset) private {
        uint256 held = _collateralOf(market, alice);
        uint256 rest = synthetic.balanceOf(taker);
        vm.prank(taker);
        assertTrue(synthetic.transfer(alice, rest));
        vm.prank(alice);
        book.adjust(market, ALL, ALL);
        assertEq(asset.balanceOf(alice), held);
        assertEq(asset.balanceOf(address(book)), 0);
        assertEq(book.marketOf(market).norm, 0);
        _requireBacked();
    }

    // ---------------------------------------------------------------- narrow integers

    function test_v14_largestCollateralIsTakenInAndGivenBack() external {
        (uint256 market, TestAsset asset) = _marketOf(18, 1e18);
        asset.mint(alice, 2 ** 128);
        vm.startPrank(alice);
        asset.approve(address(book), type(uint256).max);
        _expectTooLarge("collateral", COLLATERAL_MAX + 1, COLLATERAL_MAX);
        book.adjust(market, int256(COLLATERAL_MAX + 1), 0);
        book.adjust(market, int256(COLLATERAL_MAX), int256(4_000e18));
        _expectTooLarge("collateral", COLLATERAL_MAX + 1, COLLATERAL_MAX);
        book.adjust(market, 1, 0);
        vm.stopPrank();
        assertEq(_debtOf(market, alice), 4_000e18, "the fields ran into each other");
        assertEq(book.marketOf(market).collateral, COLLATERAL_MAX);
        // The market is full for another owner as well.
        asset.mint(bob, 1);
        vm.startPrank(bob);
        asset.approve(address(book), 1);
        _expectTooLarge("collateral", COLLATERAL_MAX + 1, COLLATERAL_MAX);
        book.adjust(market, 1, 0);
        vm.stopPrank();
        vm.prank(alice);
        book.adjust(market, ALL, ALL);
        assertEq(asset.balanceOf(alice), 2 ** 128);
    }

    /// @dev The largest market at the largest price: no product leaves its word, in any entry.
    function test_v14_largestVaultAtTheHighestPrice() external {
        (uint256 market, TestAsset asset) = _marketOf(6, 1e42);
        uint256 debt = (2 ** 36 - 1) * 1e18;
        _put(alice, market, asset, COLLATERAL_MAX, debt);
        assertEq(_debtOf(market, alice), debt);
        assertFalse(book.flag(market, alice));
        vm.prank(alice);
        book.redeem(market, alice, 1e18, 0);
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        book.take(market, _one(alice), type(uint256).max, 0, "");
        // And the largest debt against nothing: the product of both ends.
        prices.set(address(asset), 0, 1, 1, PriceState.Safe);
        assertTrue(book.flag(market, alice));
        (uint256 paid,) = _take(alice, market, alice, type(uint256).max);
        assertEq(paid, 1);
        assertEq(_deficit(), _deficitOfAll(market));
        _requireBacked();
    }

    function _deficitOfAll(uint256 market) private view returns (uint256) {
        return book.marketOf(market).deficit;
    }

    /// @dev The ceiling keeps debts in their field: 6.9e28 of 7.9e28.
    function test_v14_debtsBeyondTheirFieldsAreRefused() external {
        (uint256 market, TestAsset asset) = _marketOf(6, 1e42);
        asset.mint(alice, 1e24);
        vm.startPrank(alice);
        asset.approve(address(book), type(uint256).max);
        uint256 ceiling = (2 ** 36 - 1) * 1e18;
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.CeilingReached.selector, ceiling + 1, ceiling));
        book.adjust(market, 1e24, int256(ceiling + 1));
        _expectTooLarge("debt", NORM_MAX + 1, NORM_MAX);
        book.adjust(market, 1e24, int256(NORM_MAX + 1));
        _expectTooLarge("debt", uint256(type(int256).max), NORM_MAX);
        book.adjust(market, 1e24, type(int256).max);
        _expectTooLarge("collateral", uint256(type(int256).max), COLLATERAL_MAX);
        book.adjust(market, type(int256).max, 0);
        vm.stopPrank();
        _expectTooLarge("ceiling", ceiling + 1e18, ceiling);
        book.setCeiling(market, ceiling + 1e18);
        _expectTooLarge("mintLimit", ceiling + 1e18, ceiling);
        book.setMintLimit(market, ceiling + 1e18);
    }

    function _expectTooLarge(string memory field, uint256 amount, uint256 limit) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, field, amount, limit));
    }

    // ---------------------------------------------------------------- time

    /// @dev Every field that keeps a time, on both sides of 2^32 seconds, in the year 2106, and as far as 2^36.
    function testFuzz_v14_timeKeepsRunning(uint256 at, uint256 debt) external {
        at = bound(at, 2 ** 32 - 2 days, TIME_MAX - 40 days);
        debt = bound(debt, 100e18, 1_000_000e18);
        vm.warp(at);
        book.setRate(FAST, RATE_MAX);
        _setPrice(ether_, 2_000e18);
        _open(alice, FAST, 1_000e18, debt);
        assertApproxEqAbs(book.marketOf(FAST).mintable, MINT_LIMIT - debt, MINT_LIMIT / 1 days / 2_000);
        vm.warp(at + 12 hours);
        assertApproxEqAbs(
            book.marketOf(FAST).mintable,
            debt < MINT_LIMIT / 2 ? MINT_LIMIT : MINT_LIMIT + MINT_LIMIT / 2 - debt,
            MINT_LIMIT / 1 days / 2_000
        );
        vm.warp(at + 30 days);
        assertEq(book.marketOf(FAST).index, WAD + WAD * RATE_MAX * 30 days / WAD);
        assertEq(_collateralOf(FAST, alice), 1_000e18, "the fields ran into each other");
        book.stopNewDebt(7 days);
        assertEq(book.stoppedUntil(), at + 37 days);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NewDebtIsStopped.selector, at + 37 days));
        book.adjust(FAST, 0, 1e18);
        _setPrice(ether_, _debtOf(FAST, alice) / 900);
        assertTrue(book.flag(FAST, alice));
        assertEq(_flaggedAt(FAST, alice), at + 30 days);
        _giveFromAlice(taker, 1e18);
        vm.warp(at + 30 days + 15);
        (uint256 paid, uint256 taken) = _take(taker, FAST, alice, 1e18);
        assertApproxEqRel(_valueOf(ether_, taken) * 9 / 10, paid, 0.04e18);
    }

    /// @dev While new debt is stopped, only holders have any.
    function _giveFromAlice(address who, uint256 amount) private {
        vm.prank(alice);
        assertTrue(synthetic.transfer(who, amount));
    }
}
