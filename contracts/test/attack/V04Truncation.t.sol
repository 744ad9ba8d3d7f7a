// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SourceTerms} from "ballast/interfaces/IPriceAggregator.sol";
import {IPriceSource} from "ballast/interfaces/IPriceSource.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {Quotes} from "ballast/oracle/Quotes.sol";
import {LiveBookFixture} from "../support/LiveBookFixture.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {TestBasket} from "../support/TestBasket.sol";
import {TestFeed} from "../support/TestFeed.sol";
import {TestSource} from "../support/TestSource.sol";

/// @title V04: a division that truncates a price or a rate to zero
/// @notice Resupply lost 10 million dollars to `1e36 / price`, which was zero for a large price and made every debt look
/// solvent. Here prices and quantities at the ends of what there is, and one that has no digits left.
contract V04Truncation is LiveBookFixture {
    function setUp() public override {
        super.setUp();
        _fund(taker, 1_000_000e18);
    }

    /// @dev Three feeds of 18 decimals at `price` with 18 decimals.
    function _addAt(TestAsset asset, uint256 price) private {
        SourceTerms[] memory list = new SourceTerms[](3);
        for (uint256 i = 0; i < 3; ++i) {
            TestFeed feed = new TestFeed(18, int256(price));
            bytes memory args =
                abi.encode(feed, uint256(asset.decimals()), uint256(18), int256(0), int256(type(int192).max));
            list[i] = _source(vm.deployCode("ChainlinkSource.sol:ChainlinkSource", args));
            (list[i].least, list[i].most) = (1e9, 1.4e60 - 1);
        }
        oracle.addAsset(address(asset), _oracleTerms(2), list);
        oracle.poke(address(asset));
    }

    /// @dev From 1e-12 to 1e12 a whole token, of 6 to 18 decimals: what may be borrowed is four fifths of the low value
    /// to a millionth, and a millionth more is refused.
    function testFuzz_v04_everyPriceKeepsItsDigits(uint256 price, uint256 decimals, uint256 exponent)
        external
    {
        exponent = bound(exponent, 6, 30);
        price = 10 ** exponent * bound(price, 1, exponent == 30 ? 1 : 9);
        TestAsset asset = new TestAsset("Any", uint8(bound(decimals, 6, 18)));
        _addAt(asset, price);
        // About 10,000 of value.
        uint256 amount = 10_000e18 * 10 ** asset.decimals() / price;
        if (amount == 0) amount = 1;
        uint256 value = amount * price / 10 ** asset.decimals();
        uint256 most = value * 995 / 1000 * 8 / 10;
        (uint256 low, uint256 mid, uint256 high,, PriceState state) = oracle.price(address(asset));
        assertEq(uint256(state), uint256(PriceState.Safe));
        assertTrue(low != 0 && low <= mid && mid <= high);
        assertApproxEqRel(mid, price * 10 ** (36 - asset.decimals()), 100, "digits lost");

        // Some of these amounts are worth more than the ceiling, or less than the least debt.
        if (most < 200e18 || most > 10_000_000e18) return;
        uint256 market = _createMarket(address(asset));
        _give(asset, alice, amount);
        vm.startPrank(alice);
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(market, int256(amount), int256(most + most / 1e6 + 1));
        book.adjust(market, int256(amount), int256(most - most / 1e6 - 1));
        vm.stopPrank();
        assertFalse(book.flag(market, alice));
    }

    /// @dev A hundred dollars of six decimals behind 1e12 whole tokens: not one base unit for a base unit of the token.
    /// Divided first it would be nothing, and all collateral of it worthless.
    function test_v04_aThinReserveKeepsItsDigits() external {
        TestAsset dollar = new TestAsset("Dollar", 6);
        _addAt(dollar, 1e18);
        TestBasket basket = new TestBasket("basket");
        address[] memory assets = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (assets[0], amounts[0]) = (address(dollar), 100e6);
        basket.set(assets, amounts, 1e30);
        TestAsset token = new TestAsset("Basket", 18);
        _addDerived(
            address(token),
            vm.deployCode("LookThroughSource.sol:LookThroughSource", abi.encode(basket, oracle))
        );
        assertEq(uint256(oracle.poke(address(token))), uint256(PriceState.Safe), "no price");
        (, uint256 mid,,,) = oracle.price(address(token));
        assertApproxEqRel(mid, 1e26, 100);

        uint256 market = _createMarket(address(token));
        // 10 times the claims: a thousand dollars.
        _give(token, alice, 1e31);
        vm.startPrank(alice);
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(market, 1e31, 800e18);
        book.adjust(market, 1e31, 785e18);
        vm.stopPrank();
    }

    /// @dev A quotient that rounds to zero is no price: nobody is sold or written off at zero, nobody borrows.
    function test_v04_aPriceThatRoundsToNothingIsNone() external {
        TestAsset asset = new TestAsset("Ratio", 18);
        (TestSource first, TestSource second) = (new TestSource(), new TestSource());
        first.set(2_000e36);
        second.set(1e36);
        first.setDerived(true);
        second.setDerived(true);
        address source = vm.deployCode("QuotientSource.sol:QuotientSource", abi.encode(first, second));
        _addDerived(address(asset), source);
        oracle.poke(address(asset));
        uint256 market = _createMarket(address(asset));
        _openIn(market, asset, alice, 100e18, 150_000e18);

        second.set(1e58);
        first.set(1e20);
        vm.expectRevert(Quotes.PriceIsZero.selector);
        IPriceSource(source).read();
        assertEq(uint256(oracle.poke(address(asset))), uint256(PriceState.Grace));
        (, uint256 mid,,,) = oracle.price(address(asset));
        assertApproxEqRel(mid, 2_000e36, 100);
        vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
        book.book(market, alice);
        vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
        _take(taker, market, alice, type(uint256).max);
        // The other way round, a price beyond what there can be is none either.
        second.set(1e9);
        first.set(1e58);
        assertEq(uint256(oracle.poke(address(asset))), uint256(PriceState.Grace));
        vm.prank(alice);
        vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
        book.adjust(market, 0, 1e18);
    }
}
