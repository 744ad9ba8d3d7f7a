// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {PegFixture} from "../support/PegFixture.sol";

/// @title V16: leave at face value between a loss and its booking, and let the others have it
contract V16ExitRaceTest is PegFixture {
    /// @dev Of four million of supply, carol's vault owes one; half a million stand in custody.
    function setUp() public override {
        super.setUp();
        _open(alice, SLOW, 1_000e8, 2_500_000e18);
        _openFast(carol, 1_000_000e18);
        _enter(bob, 500_000e6);
        vm.prank(alice);
        assertTrue(synthetic.transfer(mallory, 1_000_000e18));
    }

    /// @dev The price falls to half: anybody books the loss in the transaction that brings the price, so there is
    /// nothing between them, and from then on every way out pays everybody the same share.
    function test_v16_onceBookedEveryWayOutPaysTheSameShareInAnyOrder() external {
        _fallAndBook();
        (uint256 backing, uint256 supply) = book.haircut();
        assertLt(backing * 100, supply * 95, "hardly a loss");
        uint256 first = _exit(mallory, 100_000e18);
        uint256 redeemed = _redeemed(mallory, 100_000e18);
        uint256 again = _redeemed(bob, 100_000e18);
        uint256 last = _exit(bob, 100_000e18);
        uint256 share = 100_000e18 * backing / supply;
        assertApproxEqAbs(first, share * 998 / 1_000 / 1e12, 1, "the first at the peg");
        assertApproxEqAbs(last, first, 1, "the last at the peg");
        assertApproxEqRel(redeemed, share, 0.03e18, "by redemption, less its fee");
        assertLt(redeemed, share, "redemption pays more than the share");
        assertApproxEqRel(again, redeemed, 1e14, "the second by redemption");
        (uint256 backingAfter, uint256 supplyAfter) = book.haircut();
        assertApproxEqRel(backingAfter * 1e18 / supplyAfter, backing * 1e18 / supply, 1e6, "the share moved");
    }

    /// @dev Splitting one's exit into many, or mixing the ways, gains nothing.
    function testFuzz_v16_sharesOfTheLossCannotBeDodged(uint256 seed) external {
        _fallAndBook();
        (uint256 backing, uint256 supply) = book.haircut();
        uint256 burned;
        uint256 got;
        for (uint256 i = 0; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 amount = bound(seed >> 8, 1e18, 50_000e18);
            burned += amount;
            got += seed & 1 == 0 ? _exit(mallory, amount) * 1e12 : _redeemed(mallory, amount);
        }
        assertLe(got, burned * backing / supply + 1e12, "more than her share");
    }

    /// @dev Neither the owner of the vault nor who wants to leave can keep anybody from booking.
    function test_v16_bookingCannotBeHeldUp() external {
        _setPrice(ether_, 1_000e18);
        uint256 loss = _debtOf(FAST, carol) - _collateralOf(FAST, carol) * 1_005;
        book.flag(FAST, carol);
        vm.prank(mallory);
        book.adjustFor(FAST, carol, 0, -1e18, mallory);
        ether_.mint(carol, 1e15);
        vm.startPrank(carol);
        ether_.approve(address(book), 1e15);
        book.adjust(FAST, 1e15, 0);
        vm.stopPrank();
        vm.prank(mallory);
        book.take(FAST, _one(carol), 1_000e18, 0, "");
        assertGt(_deficit(), 0, "a take books its own loss");
        book.book(FAST, carol);
        assertApproxEqRel(_deficit(), loss, 0.02e18);
        assertLe(_debtOf(FAST, carol), _collateralOf(FAST, carol) * 1_005 + 1e18, "a loss stays unbooked");
    }

    /// @dev A loss of the custody: who leaves by the peg before it is marked takes custody units that lost their value,
    /// less than the share that all have afterwards.
    function testFuzz_v16_leavingThePegBeforeItsLossIsMarkedGainsNothing(uint256 price) external {
        price = bound(price, 0.01e18, 0.98e18);
        uint256 mid = price * 1e30;
        prices.set(address(dollar), mid, mid, mid, PriceState.Safe);
        uint256 state = vm.snapshotState();
        uint256 before = _exit(mallory, 100_000e18) * mid / 1e36;
        vm.revertToState(state);
        pegModule.mark();
        (uint256 backing, uint256 supply) = book.haircut();
        assertLe(before, 100_000e18 * backing / supply, "leaving first pays");
    }

    /// @dev And its loss is everybody's at once: after the mark the vaults' redeemers share it too.
    function test_v16_markedLossIsSharedByRedeemersToo() external {
        _setDollar(0.5e18);
        pegModule.mark();
        (uint256 backing, uint256 supply) = book.haircut();
        assertLt(backing, supply);
        uint256 got = _redeemed(mallory, 100_000e18);
        assertLe(got, 100_000e18 * backing / supply);
    }

    /// @return The value at the high price of what a redemption of alice's vault pays.
    function _redeemed(address who, uint256 amount) private returns (uint256) {
        (,, uint256 high,,) = prices.price(address(coin));
        vm.prank(who);
        (uint256 burned, uint256 got) = book.redeem(SLOW, alice, amount, 0);
        assertLe(burned, amount);
        assertApproxEqAbs(burned, amount, 2);
        return got * high / 1e36;
    }

    function _fallAndBook() private {
        _setPrice(ether_, 1_000e18);
        vm.prank(taker);
        book.book(FAST, carol);
    }
}
