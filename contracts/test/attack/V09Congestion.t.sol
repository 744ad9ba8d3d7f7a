// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V09: keep everybody else from taking for hours, then take for nothing
/// @notice On 12 March 2020 a full network let bids of zero win 8 million dollars of Maker's collateral. Here the price
/// falls by the clock of each vault, the clock stops at what the debt is worth as long as the collateral covers it, and
/// it runs out.
contract V09Congestion is VaultAttackFixture {
    function setUp() public override {
        super.setUp();
        _fund(taker, 2_000_000e18);
        _open(alice, FAST, 100e18, 150_000e18);
        _open(bob, SLOW, 10e8, 250_000e18);
    }

    /// @dev To a loan-to-value of `ltv`, at mid.
    function _fallTo(uint256 ltv) private {
        _setPrice(ether_, 1_500e36 / ltv);
        _setPrice(coin, 25_000e36 / ltv);
    }

    function _owner(uint256 market) private view returns (address) {
        return market == FAST ? alice : bob;
    }

    /// @dev Seconds after the flag in which time alone sells nothing at a loss.
    function _cappedSecs(uint256 market) private view returns (uint256) {
        uint256 ramps = 4 * book.termsOf(market).rampSecs;
        return ramps > 600 ? ramps : 600;
    }

    function _expirySecs(uint256 market) private view returns (uint256) {
        MarketTerms memory terms = book.termsOf(market);
        return (terms.rampSecs * WAD + terms.maxDiscount - 1) / terms.maxDiscount + terms.rampSecs;
    }

    // ---------------------------------------------------------------- nobody wins for nothing

    /// @dev A stall within the cap: the whole vault can be bought, at no less than its debt.
    function testFuzz_v09_aStallSellsNothingAtALossThatTheCollateralCovers(
        uint256 secs,
        uint256 ltv,
        bool fast
    ) external {
        uint256 market = fast ? FAST : SLOW;
        _fallTo(bound(ltv, fast ? 0.834e18 : 0.501e18, 0.999e18));
        book.flag(market, _owner(market));
        _pass(bound(secs, 0, _cappedSecs(market) - 1));
        uint256 debt = _debtOf(market, _owner(market));
        (uint256 paid, uint256 taken) = _take(taker, market, _owner(market), type(uint256).max);
        uint256 value = _valueOf(_assetOf(market), taken);
        assertEq(_deficit(), 0, "sold at a loss that the collateral covers");
        assertLe(_debtOf(market, _owner(market)), debt - paid);
        assertGe(
            paid * 1e18 + value, value * debt / _valueBefore(market, taken), "paid less than the debt's share"
        );
    }

    function _valueBefore(uint256 market, uint256 taken) private view returns (uint256) {
        return _valueOf(_assetOf(market), _collateralOf(market, _owner(market)) + taken);
    }

    /// @dev Nobody calls for hours; when the network is back the clock has run out, and whoever comes first pays at
    /// least what a fresh auction asks.
    function testFuzz_v09_hoursWithoutATakeMakeNothingFree(uint256 secs, uint256 ltv, bool fast, bool flagged)
        external
    {
        uint256 market = fast ? FAST : SLOW;
        _fallTo(bound(ltv, 0.834e18, 1.6e18));
        if (flagged) book.flag(market, _owner(market));
        _pass(bound(secs, _expirySecs(market) + 1, 3 days));
        (uint256 paid, uint256 taken) = _take(taker, market, _owner(market), type(uint256).max);
        uint256 value = _valueOf(_assetOf(market), taken);
        assertGe(paid, value * (WAD - book.termsOf(market).maxDiscount) / WAD, "won for next to nothing");
    }

    /// @dev The clock cannot be started in advance.
    function test_v09_noClockRunsOnAHealthyVault() external {
        assertFalse(book.flag(FAST, alice));
        _pass(10 hours);
        _fallTo(1.1e18);
        (uint256 paid, uint256 taken) = _take(taker, FAST, alice, type(uint256).max);
        assertGe(paid, _valueOf(ether_, taken), "an old flag made it cheap");
    }

    /// @dev Whoever pays nothing gets nothing, unless the clock has gone all the way.
    function testFuzz_v09_aBidOfZeroBuysNothing(uint256 secs, uint256 ltv, bool fast) external {
        uint256 market = fast ? FAST : SLOW;
        _fallTo(bound(ltv, 0.834e18, 1.6e18));
        book.flag(market, _owner(market));
        MarketTerms memory terms = book.termsOf(market);
        _pass(bound(secs, 0, terms.rampSecs * WAD / terms.maxDiscount - 1));
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        _take(taker, market, _owner(market), 0);
    }

    /// @dev A network that stops with the prices: during grace nobody takes at all, afterwards by time alone.
    function test_v09_duringGraceNobodyTakes() external {
        _fallTo(1.1e18);
        _setStateOf(ether_, PriceState.Grace);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.PriceUnsafe.selector, FAST, uint8(PriceState.Grace))
        );
        _take(taker, FAST, alice, type(uint256).max);
        _fallTo(0.95e18);
        _setStateOf(ether_, PriceState.Late);
        (uint256 paid, uint256 taken) = _take(taker, FAST, alice, 1_000e18);
        assertGe(paid, _valueOf(ether_, taken), "a price too old gave a discount at once");
    }

    // ---------------------------------------------------------------- and it clears in the end

    /// @dev The stored price is `far` times what the collateral fetches; there is a moment at which a taker gains.
    function testFuzz_v09_aPriceFarOffStillClears(uint256 far) external {
        far = bound(far, 1.01e18, 20e18);
        _fallTo(0.6e18);
        book.flag(SLOW, bob);
        uint256 start = vm.getBlockTimestamp();
        for (uint256 secs = 0; secs <= _expirySecs(SLOW); secs += 60) {
            vm.warp(start + secs);
            uint256 state = vm.snapshotState();
            (uint256 paid, uint256 taken) = _take(taker, SLOW, bob, type(uint256).max);
            if (paid * far < _valueOf(coin, taken) * WAD) return;
            vm.revertToState(state);
        }
        assertTrue(false, "no moment at which anybody would take");
    }

    /// @dev When its time has passed, anyone starts the clock once more, any number of times.
    function test_v09_anExpiredClockStartsAgain() external {
        _fallTo(0.9e18);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 start = vm.getBlockTimestamp();
            assertTrue(book.flag(FAST, alice));
            assertEq(_flaggedAt(FAST, alice), start, "the clock did not start");
            _pass(_expirySecs(FAST));
            assertTrue(book.flag(FAST, alice));
            assertEq(_flaggedAt(FAST, alice), start, "a clock that runs was started again");
            _pass(1);
        }
    }
}
