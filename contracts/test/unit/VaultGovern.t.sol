// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPrices, PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice What a market may be, and who may set what.
contract VaultGovernTest is VaultFixture {
    function _create(MarketTerms memory terms) internal returns (uint256) {
        return book.createMarket(terms, CEILING, MINT_LIMIT, 0);
    }

    function _refused(
        MarketTerms memory terms,
        string memory field,
        uint256 value,
        uint256 least,
        uint256 most
    ) internal {
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadTerm.selector, field, value, least, most));
        _create(terms);
    }

    function test_termsAreKeptAsTheyWereGiven() external {
        MarketTerms memory terms = _slow(address(coin));
        terms.feeSlope = 0.03e18;
        uint256 market = _create(terms);
        assertEq(market, 2);
        assertEq(book.marketCount(), 3);
        assertEq(keccak256(abi.encode(book.termsOf(market))), keccak256(abi.encode(terms)));
        assertEq(keccak256(abi.encode(book.termsOf(FAST))), keccak256(abi.encode(_fast(address(ether_)))));
    }

    function test_termsHaveTheirBounds() external {
        MarketTerms memory terms = _fast(address(ether_));
        terms.liqLtv = 0.98e18 + 1;
        _refused(terms, "liqLtv", 0.98e18 + 1, 0.01e18, 0.98e18);
        terms.liqLtv = 0.01e18 - 1;
        _refused(terms, "liqLtv", 0.01e18 - 1, 0.01e18, 0.98e18);
        terms = _fast(address(ether_));
        terms.borrowLtv = terms.liqLtv;
        _refused(terms, "borrowLtv", terms.liqLtv, 1, terms.liqLtv - 1);
        terms = _fast(address(ether_));
        terms.maxDiscount = 0.08335e18 + 1;
        _refused(terms, "maxDiscount", 0.08335e18 + 1, 1, 0.08335e18);
        terms = _fast(address(ether_));
        terms.rampSecs = 9;
        _refused(terms, "rampSecs", 9, 10, 1 days);
        terms = _fast(address(ether_));
        terms.minDebt = 1e18 - 1;
        _refused(terms, "minDebt", 1e18 - 1, 1e18, 1e24);
        terms = _fast(address(ether_));
        terms.mintWindowSecs = 31 days;
        _refused(terms, "mintWindowSecs", 31 days, 1 hours, 30 days);
        terms = _fast(address(ether_));
        terms.feeMin = 0.005e18 - 1;
        _refused(terms, "feeMin", 0.005e18 - 1, 0.005e18, 0.1e18);
        terms = _fast(address(ether_));
        terms.feeSlope = 0.095e18 + 1;
        _refused(terms, "feeSlope", 0.095e18 + 1, 0, 0.095e18);
        assertEq(book.marketCount(), 2);
    }

    function test_collateralHasSixToEighteenDecimalsAndAPrice() external {
        for (uint8 decimals = 5; decimals <= 24; decimals += 14) {
            TestAsset odd = new TestAsset("Odd", decimals);
            prices.set(address(odd), 1e36, 1e36, 1e36, PriceState.Safe);
            _refused(_fast(address(odd)), "decimals", decimals, 6, 18);
        }
        TestAsset unknown = new TestAsset("Unknown", 18);
        vm.expectRevert(abi.encodeWithSelector(IPrices.UnknownAsset.selector, address(unknown)));
        _create(_fast(address(unknown)));
        MarketTerms memory terms = _fast(address(book));
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadAddress.selector, "collateral", address(book)));
        _create(terms);
        terms = _fast(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadAddress.selector, "collateral", alice));
        _create(terms);
        terms = _fast(address(ether_));
        terms.prices = alice;
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadAddress.selector, "prices", alice));
        _create(terms);
    }

    function test_thereIsAMostOfMarkets() external {
        for (uint256 i = 2; i < 32; ++i) {
            _create(_fast(address(ether_)));
        }
        assertEq(book.termsOf(31).collateral, address(ether_));
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "markets", 33, 32));
        _create(_fast(address(ether_)));
        ether_.mint(alice, 10e18);
        vm.startPrank(alice);
        ether_.approve(address(book), 10e18);
        book.adjust(31, 10e18, 1_000e18);
        vm.stopPrank();
        (uint256 debt,,) = book.totals();
        assertEq(debt, 1_000e18, "the last one counts");
        book.stopNewDebt(1 days);
        vm.prank(alice);
        vm.expectPartialRevert(IVaultBook.NewDebtIsStopped.selector);
        book.adjust(31, 0, 1e18);
        assertEq(book.collect(), 0);
    }

    function test_onlyTheGovernorGoverns() external {
        vm.startPrank(alice);
        bytes memory refused = abi.encodeWithSelector(IVaultBook.NotGovernor.selector, alice);
        MarketTerms memory terms = _fast(address(ether_));
        vm.expectRevert(refused);
        book.createMarket(terms, 0, 0, 0);
        vm.expectRevert(refused);
        book.setCeiling(FAST, 0);
        vm.expectRevert(refused);
        book.setMintLimit(FAST, 0);
        vm.expectRevert(refused);
        book.stopNewDebt(0);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NotRateController.selector, alice));
        book.setRate(FAST, 0);
        vm.stopPrank();
    }

    function test_limitsAreWholeTokensWithinTheirWords() external {
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadTerm.selector, "ceiling", 1, 0, 1e18));
        book.setCeiling(FAST, 1);
        uint256 most = ((1 << 36) - 1) * 1e18;
        book.setMintLimit(FAST, most);
        assertEq(book.marketOf(FAST).mintLimit, most);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "mintLimit", most + 1e18, most)
        );
        book.setMintLimit(FAST, most + 1e18);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.UnknownMarket.selector, 2));
        book.setCeiling(2, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "rate", 31_709_791_984, 31_709_791_983)
        );
        book.setRate(FAST, 31_709_791_984);
    }

    function test_aStopOfNewDebtEndsAndCannotBeRepeatedAtOnce() external {
        _open(alice, FAST, 10e18, 1_000e18);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "secs", 7 days + 1, 7 days)
        );
        book.stopNewDebt(7 days + 1);
        book.stopNewDebt(7 days);
        uint256 until = block.timestamp + 7 days;
        assertEq(book.stoppedUntil(), until);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NewDebtIsStopped.selector, until));
        vm.prank(alice);
        book.adjust(FAST, 0, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NewDebtIsStopped.selector, until));
        book.pegMint(alice, 1);
        vm.prank(alice);
        book.adjust(FAST, -1e18, -100e18);
        uint256 market = _create(_fast(address(ether_)));
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NewDebtIsStopped.selector, until));
        vm.prank(alice);
        book.adjust(market, 0, 100e18);
        skip(7 days);
        vm.prank(alice);
        book.adjust(FAST, 0, 1e18);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.CannotStopYet.selector, until + 7 days));
        book.stopNewDebt(1);
        skip(7 days);
        book.stopNewDebt(7 days);
        book.stopNewDebt(1 days);
        assertEq(book.stoppedUntil(), block.timestamp + 1 days, "shortened");
        vm.expectPartialRevert(IVaultBook.CannotStopYet.selector);
        book.stopNewDebt(2 days);
    }

    function test_aChangeOfTheRateKeepsWhatHasGrown() external {
        book.setRate(FAST, 31_709_791_983);
        skip(365 days);
        uint256 index = book.marketOf(FAST).index;
        assertApproxEqRel(index, 2e18, 1e10);
        vm.expectEmit(address(book));
        emit IVaultBook.RateSet(FAST, 0, index);
        book.setRate(FAST, 0);
        skip(365 days);
        assertEq(book.marketOf(FAST).index, index);
        assertEq(book.marketOf(FAST).ceiling, CEILING, "nothing else changes");
        assertEq(book.marketOf(FAST).mintLimit, MINT_LIMIT);
    }
}
