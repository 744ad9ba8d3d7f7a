// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {RateController, RateTerms} from "ballast/vaults/RateController.sol";
import {PegFixture} from "../support/PegFixture.sol";

contract RateControllerTest is PegFixture {
    uint256 private _base;

    function setUp() public override {
        super.setUp();
        _base = _rateTerms().rateBase;
    }

    // ---------------------------------------------------------------- the rule

    function test_rateRisesBelowThePegAndFallsAboveIt() external {
        _walkToBase();
        _setSynthetic(0.99e18);
        uint256 below = _stepAfter(1 hours);
        assertGt(below, _base, "below the peg");
        _setSynthetic(1.02e18);
        assertLt(_stepAfter(1 hours), below, "above the peg");
    }

    function test_rateStaysAtItsBaseAtThePeg() external {
        _walkToBase();
        for (uint256 i = 0; i < 10; ++i) {
            assertEq(_stepAfter(6 hours), _base);
        }
    }

    /// @dev A lasting error adds up; at the peg again, its memory leaks away and the rate comes back.
    function test_lastingErrorAddsUpAndIsForgotten() external {
        _walkToBase();
        _setSynthetic(0.998e18);
        uint256 early = _run(24);
        uint256 late = _run(24 * 6);
        assertGt(late, early, "a lasting error does not add up");
        _setSynthetic(1e18);
        (int256 sum,) = controller.memoryOf(FAST);
        assertGt(sum, 0);
        _run(24 * 150);
        (int256 rest,) = controller.memoryOf(FAST);
        assertLt(rest, sum / 20, "the memory does not leak");
        assertApproxEqRel(book.marketOf(FAST).rate, _base, 0.02e18);
    }

    /// @dev While the rate is at its bound the error is not remembered, so it turns as soon as the error does.
    function test_boundRateTurnsAsSoonAsTheErrorDoes() external {
        _walkToBase();
        _setSynthetic(0.9e18);
        _run(24 * 30);
        uint256 most = _rateTerms().rateMax;
        assertEq(book.marketOf(FAST).rate, most, "not at its bound");
        (int256 sum,) = controller.memoryOf(FAST);
        _run(24 * 30);
        (int256 later,) = controller.memoryOf(FAST);
        assertLe(later, sum, "an error is remembered that can do nothing");
        _setSynthetic(1.1e18);
        assertLt(_stepAfter(1 hours), most, "the rate does not turn");
    }

    // ---------------------------------------------------------------- bounds

    function testFuzz_rateStaysWithinItsBoundsAndItsSpeed(uint256 seed) external {
        RateTerms memory terms = _rateTerms();
        uint256 raised;
        uint256 lowered;
        for (uint256 i = 0; i < 48; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _setSynthetic(seed % 3 == 0 ? seed >> 8 & type(uint192).max : 0.8e18 + (seed >> 8) % 0.4e18);
            uint256 before = book.marketOf(FAST).rate;
            uint256 secs = 1 hours + (seed >> 200) % 2 days;
            uint256 rate = _stepAfter(secs);
            uint256 counted = i == 0 ? 1 hours : secs < 1 days ? secs : 1 days;
            uint256 most = terms.ratePerHourMax * counted / 1 hours;
            assertLe(rate, terms.rateMax);
            assertGe(rate, terms.rateMin);
            assertLe(rate, before + most, "rises too fast");
            assertGe(rate + most, before, "falls too fast");
            if (rate > before) ++raised;
            if (rate < before) ++lowered;
            assertEq(book.marketOf(FAST).rate, rate);
        }
        assertGt(raised, 0, "never rose");
        assertGt(lowered, 0, "never fell");
    }

    /// @dev Nobody knows the price of a month without a step; it counts as a day.
    function test_longPauseCountsAsOneDay() external {
        _walkToBase();
        _setSynthetic(0.99e18);
        (int256 before,) = controller.memoryOf(FAST);
        _stepAfter(60 days);
        (int256 sum,) = controller.memoryOf(FAST);
        assertApproxEqAbs(sum - before, 0.01e18 * 1 days, 1e18);
    }

    function test_marketsAreSteeredApart() external {
        _walkToBase();
        controller.step(SLOW);
        assertEq(book.marketOf(SLOW).rate, _rateTerms().ratePerHourMax, "one period's step from zero");
        assertEq(book.marketOf(FAST).rate, _base);
    }

    // ---------------------------------------------------------------- when

    function test_atMostOnceAPeriod() external {
        controller.step(FAST);
        uint256 notBefore = block.timestamp + 1 hours;
        vm.expectRevert(abi.encodeWithSelector(RateController.TooEarly.selector, notBefore));
        controller.step(FAST);
        vm.warp(notBefore - 1);
        vm.expectRevert(abi.encodeWithSelector(RateController.TooEarly.selector, notBefore));
        controller.step(FAST);
        vm.warp(notBefore);
        vm.prank(mallory);
        controller.step(FAST);
    }

    function test_onlyAtASafePrice() external {
        for (uint8 state = 1; state < 4; ++state) {
            prices.set(address(book), 1e36, 1e36, 1e36, PriceState(state));
            vm.expectRevert(abi.encodeWithSelector(RateController.PriceUnsafe.selector, state));
            controller.step(FAST);
        }
    }

    function test_marketOfAnotherControllerIsRefused() external {
        MarketTerms memory terms = _fast(address(ether_));
        terms.rateController = mallory;
        uint256 market = book.createMarket(terms, CEILING, MINT_LIMIT, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NotRateController.selector, address(controller)));
        controller.step(market);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.UnknownMarket.selector, 31));
        controller.step(31);
    }

    function test_badTermsAreRefused() external {
        RateTerms memory terms = _rateTerms();
        uint256 most = controller.RATE_MAX();
        terms.rateMax = most + 1;
        _expectBadTerm(terms, "rateMax", most + 1, 0, most);
        terms = _rateTerms();
        terms.rateMin = terms.rateMax + 1;
        _expectBadTerm(terms, "rateMin", terms.rateMin, 0, terms.rateMax);
        terms = _rateTerms();
        terms.rateBase = terms.rateMax + 1;
        _expectBadTerm(terms, "rateBase", terms.rateBase, terms.rateMin, terms.rateMax);
        terms = _rateTerms();
        terms.ratePerHourMax = 0;
        _expectBadTerm(terms, "ratePerHourMax", 0, 1, most);
        terms = _rateTerms();
        terms.proportional = 1e15 + 1;
        _expectBadTerm(terms, "proportional", 1e15 + 1, 0, 1e15);
        terms = _rateTerms();
        terms.integral = 1e12 + 1;
        _expectBadTerm(terms, "integral", 1e12 + 1, 0, 1e12);
        terms = _rateTerms();
        terms.periodSecs = 599;
        _expectBadTerm(terms, "periodSecs", 599, 600, 1 days);
        terms = _rateTerms();
        terms.leakSecs = 1 days - 1;
        _expectBadTerm(terms, "leakSecs", 1 days - 1, 1 days, 365 days);
    }

    // ---------------------------------------------------------------- helpers

    function _expectBadTerm(
        RateTerms memory terms,
        string memory field,
        uint256 value,
        uint256 least,
        uint256 most
    ) private {
        vm.expectRevert(abi.encodeWithSelector(RateController.BadTerm.selector, field, value, least, most));
        new RateController(book, prices, terms);
    }

    function _setSynthetic(uint256 whole) private {
        uint256 mid = whole * 1e18;
        prices.set(address(book), mid, mid, mid, PriceState.Safe);
    }

    function _stepAfter(uint256 secs) private returns (uint256) {
        vm.warp(block.timestamp + secs);
        return controller.step(FAST);
    }

    /// @dev Step once an hour.
    function _run(uint256 hours_) private returns (uint256 rate) {
        for (uint256 i = 0; i < hours_; ++i) {
            rate = _stepAfter(1 hours);
        }
    }

    /// @dev The markets begin at a rate of zero, and the rate moves at a bounded speed.
    function _walkToBase() private {
        assertEq(_run(30), _base, "not at its base");
    }
}
