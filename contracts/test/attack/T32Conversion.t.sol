// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";
import {IConverter} from "ballast/interfaces/IConverter.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {AttackFixture} from "../support/AttackFixture.sol";

/// @title T32: have fee tokens sold for nothing, in bulk, or in the middle of somebody's transfer
contract T32ConversionTest is AttackFixture {
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, 200_000e18);
        _give(address(converter), 20_000e18);
        converter.allocate();
        assets[0].mint(mallory, 10_000e18);
        vm.prank(mallory);
        assets[0].approve(address(converter), FOREVER);
    }

    /// @dev However long nobody bids, the price never reaches the floor: at the floor nothing is sold at all.
    function test_t32_patienceNeverBuysAtOrBelowTheFloor() external {
        uint256 bought;
        uint256 refused;
        Floors memory before = _floors();
        for (uint256 i = 0; i < 120; ++i) {
            uint256 amount = i % 3 == 0 ? 1 : i % 3 == 1 ? 7e18 : 50e18;
            uint256 worth = reserve.backingOf(amount)[0];
            uint256 held = assets[0].balanceOf(mallory);
            (bool ok, bytes memory answer) = _tryBid(amount);
            if (ok) {
                ++bought;
                assertGt(held - assets[0].balanceOf(mallory), worth, "sold at the floor or below");
            } else {
                ++refused;
                assertEq(answer, abi.encodeWithSelector(IConverter.AtFloor.selector));
            }
            vm.warp(block.timestamp + (i < 60 ? 2 minutes : 1 days));
            _assertFloorsNotBelow(before);
        }
        assertGt(bought, 10, "nothing was ever sold");
        assertGt(refused, 10, "the floor was never reached");
        // At the floor whoever comes burns instead.
        assertEq(converter.burnLot(), 1_000e18);
    }

    /// @dev More than a lot, more than there is, nothing, or more expensive than the bidder allows: exact errors.
    function test_t32_sizeIsBounded() external {
        vm.startPrank(mallory);
        vm.expectRevert(abi.encodeWithSelector(IConverter.AboveLot.selector, 1_000e18 + 1, 1_000e18));
        converter.bid(1_000e18 + 1, _one(FOREVER), mallory);
        vm.expectRevert(abi.encodeWithSelector(IConverter.ZeroAmount.selector, "tokens"));
        converter.bid(0, _one(FOREVER), mallory);
        uint256 price = converter.quote(1_000e18)[0];
        vm.expectRevert(abi.encodeWithSelector(IConverter.PriceAboveLimit.selector, 0, price, price - 1));
        converter.bid(1_000e18, _one(price - 1), mallory);
        vm.expectRevert(abi.encodeWithSelector(IConverter.LengthMismatch.selector, 0, 1));
        converter.bid(1, new uint256[](0), mallory);
        for (uint256 i = 0; i < 8; ++i) {
            converter.bid(1_000e18, _one(FOREVER), mallory);
        }
        vm.stopPrank();
        assertGe(converter.multiple(), 64 * WAD * 200, "eight lots at once did not raise the price");
    }

    /// @dev A thousand slices of a lot cost no less than the lot.
    function test_t32_slicesCostNoLess() external {
        uint256 snapshot = vm.snapshotState();
        uint256 held = assets[0].balanceOf(mallory);
        _tryBid(1_000e18);
        uint256 whole = held - assets[0].balanceOf(mallory);
        vm.revertToState(snapshot);
        for (uint256 i = 0; i < 100; ++i) {
            _tryBid(10e18);
        }
        assertEq(token.balanceOf(mallory), 1_000e18);
        assertGe(held - assets[0].balanceOf(mallory), whole, "slices beat the whole");
    }

    /// @dev A taker can neither push the price up with dust nor hold it up for ever with himself: it comes down to
    /// the floor within hours although he bids one unit every minute.
    /// @dev Dust every twelve seconds for half an hour leaves k where it would have been without: a fill keeps its
    /// place between two halvings.
    function test_t32_dustLeavesTheFallAsItIs() external {
        uint256 began = block.timestamp;
        vm.warp(began + 30 minutes);
        uint256 undisturbed = converter.multiple();
        vm.warp(began);
        uint256 fills;
        for (uint256 i = 0; i < 150; ++i) {
            (bool ok,) = _tryBid(1);
            if (ok) ++fills;
            vm.warp(began + (i + 1) * 12);
        }
        assertEq(fills, 150);
        assertGt(undisturbed, WAD);
        assertApproxEqAbs(converter.multiple(), undisturbed, 1_000, "dust bent the fall");
    }

    function test_t32_dustNeitherRaisesNorHoldsThePrice() external {
        uint256 fills;
        uint256 k = converter.multiple();
        for (uint256 i = 0; i < 480 && converter.multiple() > WAD; ++i) {
            (bool ok,) = _tryBid(1);
            if (ok) ++fills;
            assertLe(converter.multiple(), k, "dust raised the price");
            k = converter.multiple();
            vm.warp(block.timestamp + 1 minutes);
        }
        assertGt(fills, 50);
        assertEq(converter.multiple(), WAD, "dust held the price up");
    }

    /// @dev With so many tokens waiting, no transfer of any kind sells one of them.
    function test_t32_transfersNeverConvert() external {
        uint256 waiting = converter.forSale();
        uint256 cash = reserve.assetAt(0).cash;
        uint256 streaming = reserve.assetAt(0).streaming;
        vm.recordLogs();
        _sell(alice, 50_000e18);
        _buy(bob, 10e18);
        vm.startPrank(alice);
        token.transfer(bob, 1_000e18);
        token.transfer(pool, 1_000e18);
        token.transfer(address(converter), 1_000e18);
        token.burn(1_000e18);
        token.approve(bob, 1_000e18);
        vm.stopPrank();
        vm.prank(bob);
        token.transferFrom(alice, carol, 1_000e18);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertGt(logs.length, 10);
        for (uint256 i = 0; i < logs.length; ++i) {
            bool converters = logs[i].emitter == address(converter) || logs[i].emitter == address(reserve);
            assertFalse(converters, "a transfer reached the converter or the reserve");
        }
        assertGt(converter.forSale(), waiting, "fees were sold instead of kept");
        assertEq(reserve.assetAt(0).cash, cash);
        assertEq(reserve.assetAt(0).streaming, streaming);
    }

    /// @dev Where nothing backs a token the converter waits instead of giving away.
    function test_t32_zeroFloorSellsNothing() external {
        uint256[] memory totals = new uint256[](1);
        vm.mockCall(
            address(reserve), abi.encodeCall(IReserve.backing, ()), abi.encode(totals, token.claims())
        );
        (bool ok, bytes memory answer) = _tryBid(10e18);
        assertFalse(ok, "sold for nothing");
        assertEq(answer, abi.encodeWithSelector(IConverter.FloorZero.selector, 0));
    }

    function _tryBid(uint256 amount) private returns (bool ok, bytes memory answer) {
        vm.prank(mallory);
        (ok, answer) =
            address(converter).call(abi.encodeCall(IConverter.bid, (amount, _one(FOREVER), mallory)));
    }
}
