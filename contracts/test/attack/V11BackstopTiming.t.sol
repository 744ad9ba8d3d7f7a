// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {BackstopQueue} from "ballast/vaults/BackstopQueue.sol";
import {PegFixture} from "../support/PegFixture.sol";

/// @title V11: enter the backstop just before a take, leave it just before a loss
contract V11BackstopTimingTest is PegFixture {
    uint256 private constant STAKE = 100_000e18;

    /// @dev Alice stays; mallory comes and goes.
    function setUp() public override {
        super.setUp();
        _open(alice, SLOW, 1_000e8, 5_000_000e18);
        vm.startPrank(alice);
        assertTrue(synthetic.transfer(mallory, STAKE));
        assertTrue(synthetic.transfer(taker, 1_000_000e18));
        vm.stopPrank();
        _stake(alice, STAKE);
    }

    /// @dev Asking in the very transaction of the take, or any time less than a cooldown before it.
    function testFuzz_v11_enteringShortlyBeforeATakeGainsNothing(uint256 secs) external {
        secs = bound(secs, 0, COOLDOWN);
        uint256 epoch = _requestEntry(mallory, STAKE);
        vm.warp(block.timestamp + secs);
        uint256 before = backstop.totalAssets();
        _gain();
        assertGt(backstop.totalAssets(), before, "the take was no bargain");
        _sellLot();
        _waitForSettlement();
        (uint256 shares,) = backstop.claimEntry(epoch, mallory);
        assertLe(backstop.convertToAssets(shares), STAKE, "gained by a take she was not in for");
        assertGt(backstop.convertToAssets(backstop.balanceOf(alice)), STAKE, "the gain is not alice's");
    }

    /// @dev A ripe entry is no ticket to be shown when it pays: any call makes it shares, a loss as well as a gain.
    function test_v11_ripeEntryCannotWaitForTheGainsOnly() external {
        uint256 epoch = _requestEntry(mallory, STAKE);
        vm.warp(block.timestamp + 2 * COOLDOWN);
        uint256 paid = _lose(40_000e18);
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(BackstopQueue.AlreadySettled.selector, epoch));
        backstop.cancelEntry(epoch);
        (uint256 shares,) = backstop.claimEntry(epoch, mallory);
        assertApproxEqAbs(backstop.convertToAssets(shares), STAKE - paid / 2, 1e6, "she missed the loss");
    }

    /// @dev Asking in the very transaction of the loss, or any time less than a cooldown before it.
    function testFuzz_v11_leavingShortlyBeforeALossAvoidsNothing(uint256 secs) external {
        secs = bound(secs, 0, COOLDOWN);
        uint256 shares = _stake(mallory, STAKE);
        uint256 epoch = _requestExit(mallory, shares);
        vm.warp(block.timestamp + secs);
        uint256 paid = _lose(40_000e18);
        assertEq(paid, 40_000e18);
        _waitForSettlement();
        uint256 got = backstop.claimExit(epoch, mallory);
        assertApproxEqAbs(got, STAKE - paid / 2, 1e6, "she left her part of the loss to others");
    }

    /// @dev To be always about to leave is to leave: a ripe exit is paid at any call, and cannot be taken back.
    function test_v11_standingExitIsNoWayToStay() external {
        uint256 shares = _stake(mallory, STAKE);
        uint256 epoch = _requestExit(mallory, shares);
        vm.warp(block.timestamp + 2 * COOLDOWN);
        _gain();
        _sellLot();
        assertLe(backstop.claimExit(epoch, mallory), STAKE, "gained after her time");
        assertEq(backstop.balanceOf(mallory), 0);
    }

    /// @dev Any mixture of asking and waiting around a gain and a loss: over its whole stay a stake gains no more and
    /// loses no less than it would have by standing through a gain and a loss alike, or neither.
    function testFuzz_v11_noTimingBeatsStaying(uint256 seed) external {
        bool gainFirst = seed & 1 == 0;
        uint256 epoch = _requestEntry(mallory, STAKE);
        vm.warp(block.timestamp + bound(seed >> 8, 0, COOLDOWN));
        if (gainFirst) _gain();
        _waitForSettlement();
        (uint256 shares,) = backstop.claimEntry(epoch, mallory);
        epoch = _requestExit(mallory, shares);
        vm.warp(block.timestamp + bound(seed >> 64, 0, COOLDOWN));
        uint256 paid = _lose(20_000e18);
        if (gainFirst) _sellLot();
        _waitForSettlement();
        uint256 got = backstop.claimExit(epoch, mallory);
        uint256 lossShare = STAKE - got;
        assertGe(lossShare + 2_000e18, paid / 2, "a gain without the loss");
    }

    /// @dev A vault of carol's, a tenth of the backstop, becomes unhealthy and is bought at the largest discount.
    function _gain() private {
        _openFast(carol, 10_000e18);
        _setPrice(ether_, 1_650e18);
        vm.prank(mallory);
        backstop.take(FAST, _one(carol), type(uint256).max);
    }

    function _sellLot() private {
        (, uint256 held,) = backstop.lotOf(FAST);
        vm.startPrank(taker);
        synthetic.approve(address(backstop), type(uint256).max);
        backstop.bid(FAST, held, type(uint256).max, taker);
        vm.stopPrank();
    }

    /// @dev A vault of bob's loses all its collateral's value, and the backstop pays.
    function _lose(uint256 amount) private returns (uint256 paid) {
        _open(bob, SLOW, 200e8, 5_000_000e18);
        _setPrice(coin, 1e18);
        book.book(SLOW, bob);
        _setPrice(coin, 60_000e18);
        return backstop.cover(SLOW, amount);
    }
}
