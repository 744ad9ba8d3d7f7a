// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Fault} from "ballast/interfaces/IPriceAggregator.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {LiveBookFixture} from "../support/LiveBookFixture.sol";

/// @title V07: feed a price that is stale, zero, negative, at its own bound or 1,000 times off; a network that was down
/// @notice Every way in which one feed, two feeds or all of them have been wrong before. Alice is at 75 %, under the
/// liquidation ratio of 83 %; mallory wants her collateral, or to borrow against a price that is too high.
contract V07BadPrices is LiveBookFixture {
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        _openIn(LIVE, metal, alice, 100e18, 150_000e18);
        _fund(taker, 1_000_000e18);
        _give(metal, mallory, 100e18);
    }

    /// @dev Zero, negative, both of the feed's own bounds and beyond, 1,000 times off both ways, the extremes of the type.
    function _lies() private pure returns (int256[11] memory) {
        return [
            int256(0),
            -1,
            -2_000e8,
            1e8,
            1e8 - 1,
            1_000_000e8,
            1_000_001e8,
            2e8,
            2_000_000e8,
            type(int256).min,
            type(int256).max
        ];
    }

    function _assertNothingHappened() private {
        assertEq(_oracleMid() / 1e36, 1_999, "mid moved"); // 2,000 rounded down to a float
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        _take(taker, LIVE, alice, type(uint256).max);
        vm.prank(mallory);
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(LIVE, 100e18, 160_000e18);
    }

    function test_v07_oneFeedThatLiesChangesNothing() external {
        int256[11] memory lies = _lies();
        for (uint256 i = 0; i < lies.length; ++i) {
            feeds[i % 3].set(lies[i]);
            assertEq(uint256(_poke()), uint256(PriceState.Safe));
            assertNotEq(uint256(oracle.survey(address(metal))[i % 3].fault), uint256(Fault.None));
            _assertNothingHappened();
            feeds[i % 3].set(2_000e8);
        }
    }

    /// @dev Two that agree on a lie: none is believed that is no possible answer, and a possible one moves a step.
    function test_v07_twoFeedsAtNothingOrAtTheirBoundsStopWhatNeedsAPrice() external {
        int256[11] memory lies = _lies();
        for (uint256 i = 0; i < lies.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            feeds[0].set(lies[i]);
            feeds[1].set(lies[i]);
            _poke();
            if (lies[i] == 2e8) {
                _assertState(PriceState.Stepped);
                assertApproxEqRel(_oracleMid(), PRICE * 95 / 100, 100);
            } else {
                _assertState(PriceState.Grace);
                assertApproxEqRel(_oracleMid(), PRICE, 100);
                _assertFrozen(alice);
                vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
                _take(taker, LIVE, alice, type(uint256).max);
            }
            _assertSaferWorks(alice);
            vm.revertToState(snapshot);
        }
    }

    /// @dev An answer of yesterday, offered again and again, is no answer: pokes do not make it young.
    function test_v07_aStalePriceIsNotFreshenedByPoking() external {
        _setFeeds(2_000);
        _pass(1 hours);
        assertEq(uint256(_poke()), uint256(PriceState.Safe), "as old as may be");
        _pass(1);
        assertEq(uint256(_poke()), uint256(PriceState.Grace));
        _assertFrozen(alice);
        // In truth the price has fallen by half. Nobody borrows at the old one.
        _pass(20 minutes);
        _poke();
        vm.prank(mallory);
        vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
        book.adjust(LIVE, 100e18, 150_000e18);
    }

    function test_v07_aPriceFromTheFutureOrOfAnOpenRoundIsNone() external {
        for (uint256 i = 0; i < 2; ++i) {
            feeds[i].setRound(8, block.timestamp + 1, block.timestamp + 1, 8);
        }
        assertEq(uint256(_poke()), uint256(PriceState.Grace));
        for (uint256 i = 0; i < 2; ++i) {
            feeds[i].setRound(9, block.timestamp, block.timestamp, 8);
        }
        assertEq(uint256(_poke()), uint256(PriceState.Grace));
        _setFeeds(2_000);
        assertEq(uint256(_poke()), uint256(PriceState.Safe), "recovers by itself");
    }

    /// @dev All feeds dead: grace, then sales at the last mid by time alone; owners leave at any time.
    function test_v07_withAllFeedsDeadOwnersLeaveAndSalesGoOnByTimeAlone() external {
        _openIn(LIVE, metal, bob, 100e18, 150_000e18);
        _pass(10 minutes);
        _setFeeds(1_000);
        _poke(); // a crash, of which one step is seen: 1,900
        _pass(10 minutes);
        _poke(); // 1,805
        _pass(10 minutes);
        _poke(); // 1,714.75: debt 150,000 against 171,475, over 87 %
        for (uint256 i = 0; i < 3; ++i) {
            vm.etch(address(feeds[i]), "");
        }
        _poke();
        _assertState(PriceState.Grace);
        vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
        book.flag(LIVE, alice);
        _assertSaferWorks(alice);
        _pass(30 minutes);
        _assertState(PriceState.Late);
        _assertFrozen(alice);
        assertTrue(book.flag(LIVE, bob));
        // Without the clock there is no discount: the fall alone gives none.
        (uint256 paid, uint256 got) = _take(taker, LIVE, bob, 10_000e18);
        assertApproxEqRel(paid, got * _oracleMid() / 1e36, 1e12, "a discount without time");
        vm.prank(taker);
        assertTrue(synthetic.transfer(alice, 150_000e18));
        vm.prank(alice);
        book.adjust(LIVE, ALL, ALL);
        assertEq(_collateralOf(LIVE, alice) + _debtOf(LIVE, alice), 0, "left with a dead oracle");
    }

    /// @dev Down for six hours while the price falls by a tenth: it comes back in steps, with room for owners to act.
    function test_v07_aNetworkThatWasDownComesBackInSteps() external {
        _pass(6 hours);
        _setFeeds(1_780);
        _assertState(PriceState.Late);
        assertEq(uint256(_poke()), uint256(PriceState.Stepped));
        assertApproxEqRel(_oracleMid(), 1_900e36, 100);
        // Alice, at 79 % of this mid, cannot be sold yet and has time to add or repay.
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        _take(taker, LIVE, alice, type(uint256).max);
        vm.prank(mallory);
        vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
        book.adjust(LIVE, 100e18, 100_000e18);
        _pass(10 minutes);
        _setFeeds(1_780);
        _poke();
        _pass(10 minutes);
        _setFeeds(1_780);
        assertEq(uint256(_poke()), uint256(PriceState.Safe));
        assertApproxEqRel(_oracleMid(), 1_780e36, 100);
        (uint256 paid,) = _take(taker, LIVE, alice, type(uint256).max);
        assertGt(paid, 0, "the crash is real: liquidation went on");
    }

    /// @dev Graces do not add up: whoever can make feeds come and go does not hold off liquidation.
    function test_v07_flickeringFeedsHoldOffNobody() external {
        _setFeeds(1_790);
        for (uint256 i = 0; i < 3; ++i) {
            _pass(10 minutes);
            _setFeeds(1_790);
            _poke();
        }
        assertTrue(book.flag(LIVE, alice));
        uint256 frozen;
        for (uint256 i = 0; i < 120; ++i) {
            _pass(1 minutes);
            if (i % 2 == 0) {
                feeds[0].set(0);
                feeds[1].set(0);
            } else {
                _setFeeds(1_790);
            }
            if (_poke() == PriceState.Grace) ++frozen;
        }
        assertLe(frozen, 15, "liquidation was held off beyond one grace");
    }
}
