// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {LiveBookFixture} from "../support/LiveBookFixture.sol";

/// @title V08: spike a price, up to borrow against it or down to buy what others lose
/// @notice Mango lost 117 million dollars to collateral pumped for minutes, bZx to one trade. Here even all the feeds
/// agree on the spike: the market itself was moved. Low values what is borrowed against, high what is redeemed.
contract V08SpikedPrice is LiveBookFixture {
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        _openIn(LIVE, metal, alice, 100e18, 150_000e18);
        _fund(mallory, 1_000_000e18);
        _give(metal, mallory, 1_000e18);
        vm.prank(mallory);
        book.adjust(LIVE, 1_000e18, 100e18);
        _pass(10 minutes);
    }

    /// @dev Up by any factor, for up to three windows: mallory never borrows what the collateral is not worth in truth.
    function testFuzz_v08_aSpikeUpLendsNothing(uint256 factor, uint256 windows) external {
        factor = bound(factor, 106, 45_000);
        windows = bound(windows, 1, 3);
        for (uint256 i = 0; i < windows; ++i) {
            _setFeeds(int256(2_000 * factor / 100));
            assertTrue(_poke() != PriceState.Grace);
            (uint256 low, uint256 mid,,,) = oracle.price(address(metal));
            assertLe(low, mid);
            assertLe(mid, PRICE * 1_158 / 1_000, "more than a step each window");
            if (_oracleState() == PriceState.Stepped) {
                vm.prank(mallory);
                vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
                book.adjust(LIVE, 0, 1e18);
            }
            vm.prank(mallory);
            (bool lent,) =
                address(book).call(abi.encodeCall(book.adjust, (LIVE, int256(0), int256(1_860_000e18))));
            assertFalse(lent, "lent more than the collateral is worth at 93 %");
            _pass(10 minutes);
        }
    }

    /// @dev Redeeming during the spike pays at the spiked high: little collateral for much.
    function test_v08_aSpikeUpRedeemsDear() external {
        _setFeeds(6_000);
        _poke();
        _assertState(PriceState.Stepped);
        vm.prank(mallory);
        (uint256 burned, uint256 got) = book.redeem(LIVE, alice, 10_000e18, 0);
        assertLt(got * 2_000, burned / 2, "redeemed cheaply");
    }

    /// @dev Down by any factor for one window: mid falls a step, and alice at 79 % of it keeps everything; borrowing
    /// against the low that fell at once is refused.
    function testFuzz_v08_aSpikeDownSellsNobodyWithinAWindow(uint256 percent) external {
        percent = bound(percent, 1, 94);
        _setFeeds(int256(2_000 * percent / 100));
        _poke();
        _assertState(PriceState.Stepped);
        assertApproxEqRel(_oracleMid(), 1_900e36, 100);
        (uint256 low,,,,) = oracle.price(address(metal));
        assertLe(low, PRICE * percent / 100, "low holds back");
        vm.prank(mallory);
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        book.take(LIVE, _one(alice), type(uint256).max, 0, "");
        assertFalse(book.flag(LIVE, alice));
        vm.prank(mallory);
        vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
        book.adjust(LIVE, 0, 1e18);
        // Nor does she get collateral for less than the mid that holds.
        vm.prank(mallory);
        (uint256 burned, uint256 got) = book.redeem(LIVE, alice, 10_000e18, 0);
        assertLe(got * 1_900, burned);
        _pass(9 minutes);
        _setFeeds(2_000);
        assertEq(uint256(_poke()), uint256(PriceState.Safe));
    }

    /// @dev A crash that is real is not held off: after three windows alice is sold.
    function test_v08_aRealCrashIsSoldWhileBorrowingWaits() external {
        uint256 windows;
        while (!book.flag(LIVE, alice)) {
            _setFeeds(1_000);
            _poke();
            _pass(10 minutes);
            ++windows;
            assertLe(windows, 3, "the crash did not arrive");
        }
        _assertState(PriceState.Stepped);
        vm.prank(mallory);
        (uint256 paid,) = book.take(LIVE, _one(alice), type(uint256).max, 0, "");
        assertGt(paid, 0);
    }

    /// @dev One feed spiked in any way, with and without another one down, moves nothing beyond 2 %.
    function testFuzz_v08_oneSpikedFeedMovesNothing(uint256 spike, uint256 which, bool oneDown) external {
        which = which % 3;
        feeds[which].set(int256(bound(spike, 1e8 + 1, 1_000_000e8 - 1)));
        if (oneDown) feeds[(which + 1) % 3].set(0);
        PriceState state = _poke();
        assertApproxEqRel(_oracleMid(), PRICE, 0.02e18);
        assertTrue(oneDown || state == PriceState.Safe);
        vm.prank(mallory);
        vm.expectRevert(
            state == PriceState.Grace
                ? abi.encodeWithSelector(IVaultBook.PriceUnsafe.selector, LIVE, uint8(PriceState.Grace))
                : abi.encodeWithSelector(IVaultBook.NothingToTake.selector)
        );
        book.take(LIVE, _one(alice), type(uint256).max, 0, "");
    }
}
