// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IConverter} from "ballast/interfaces/IConverter.sol";
import {AssetView, IReserve} from "ballast/interfaces/IReserve.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {HookedAsset, Reentrant} from "../support/Attackers.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @title T24: have the same coins credited twice, by the outer and the inner of two nested calls
contract T24CreditedOnceTest is AttackFixture {
    HookedAsset private asset;
    Reentrant private thief;

    function setUp() public override {
        super.setUp();
        asset = new HookedAsset("Hooked", 18);
        assets.push(TestAsset(address(asset)));
        _launch(_poolTaxParams());
        thief = new Reentrant();
        vm.label(address(thief), "thief");
        asset.mint(address(thief), 100e18);
        thief.act(address(asset), abi.encodeCall(IERC20.approve, (address(reserve), FOREVER)));
        thief.act(address(asset), abi.encodeCall(IERC20.approve, (address(converter), FOREVER)));
    }

    function test_t24_nestedDonationsCreditEachCoinOnce() external {
        for (uint256 i = 0; i < 2; ++i) {
            bool tellsAfter = i == 1;
            thief.forgetEverything();
            thief.plan(address(reserve), abi.encodeCall(IReserve.donate, (0, 10e18)));
            thief.plan(address(reserve), abi.encodeCall(IReserve.sync, (0)));
            uint256 entered = _entered();
            uint256 held = asset.balanceOf(address(reserve));
            _act(address(reserve), abi.encodeCall(IReserve.donate, (0, 10e18)), tellsAfter);
            assertEq(thief.answered(), 2, "the hook did not run");
            assertEq(
                _entered() - entered, asset.balanceOf(address(reserve)) - held, "credited other than received"
            );
            _assertLedgerWithinBalance();
            _assertAnswersAreLocked();
        }
    }

    function test_t24_nestedRepaymentsCreditEachCoinOnce() external {
        _give(address(thief), 10_000e18);
        vm.prank(address(thief));
        uint256 loanId = reserve.borrow(10_000e18, _one(0.8e18), address(thief), false);
        thief.plan(address(reserve), abi.encodeCall(IReserve.repay, (loanId, _one(0.4e18))));
        thief.plan(address(reserve), abi.encodeCall(IReserve.extend, (loanId)));
        thief.plan(address(reserve), abi.encodeCall(IReserve.donate, (0, 0.4e18)));
        uint256 held = asset.balanceOf(address(thief));
        Floors memory before = _floors();
        _act(address(reserve), abi.encodeCall(IReserve.repay, (loanId, _one(0.4e18))), false);
        assertEq(thief.answered(), 3, "the hook did not run");
        _assertAnswersAreLocked();
        assertEq(reserve.loan(loanId).principal[0], 0.4e18, "repaid more than was paid");
        assertEq(held - asset.balanceOf(address(thief)), 0.4e18);
        assertEq(token.balanceOf(address(thief)), 5_000e18);
        _assertFloorsNotBelow(before);
        _assertLedgerWithinBalance();
    }

    /// @dev While a bid pays, the reserve itself is open: a nested donation and a nested sync find other coins or
    /// the same ones, and each is in the ledger once.
    function test_t24_bidWithNestedDonationAndSync() external {
        _give(pool, 20_000e18);
        converter.allocate();
        for (uint256 i = 0; i < 2; ++i) {
            thief.forgetEverything();
            thief.plan(address(reserve), abi.encodeCall(IReserve.donate, (0, 1e18)));
            thief.plan(address(reserve), abi.encodeCall(IReserve.sync, (0)));
            thief.plan(address(converter), abi.encodeCall(IConverter.claim, (creator, 0)));
            uint256 entered = _entered();
            uint256 held = asset.balanceOf(address(reserve));
            uint256 liquidity = _liquidityAssets();
            uint256 own = asset.balanceOf(address(thief));
            uint256 price = converter.quote(100e18)[0];
            _act(
                address(converter),
                abi.encodeCall(IConverter.bid, (100e18, _one(price), address(thief))),
                i == 1
            );
            assertEq(thief.answered(), 3, "the hook did not run");
            (bool donated,) = thief.answerOf(0);
            assertTrue(donated, "the nested donation was not tried in earnest");
            reserve.sync(0);
            uint256 received = asset.balanceOf(address(reserve)) - held;
            assertEq(_entered() - entered, received, "credited other than received");
            assertEq(own - asset.balanceOf(address(thief)), price + 1e18, "paid other than both");
            assertGt(_liquidityAssets(), liquidity);
            assertEq(
                asset.balanceOf(address(converter)),
                _liquidityAssets() + converter.owed(creator, 0),
                "the converter owes other than it holds"
            );
        }
    }

    /// @dev Every way in, then every way of counting again.
    function test_t24_countingAgainFindsNothing() external {
        _give(pool, 20_000e18);
        thief.act(address(reserve), abi.encodeCall(IReserve.donate, (0, 3e18)));
        assertEq(reserve.sync(0), 0, "a donation was found again");
        asset.mint(address(reserve), 5e18);
        assertEq(reserve.sync(0), 5e18);
        assertEq(reserve.sync(0), 0, "found twice");
        converter.allocate();
        uint256 price = converter.quote(100e18)[0];
        thief.act(address(converter), abi.encodeCall(IConverter.bid, (100e18, _one(price), address(thief))));
        assertEq(reserve.sync(0), 0, "a conversion was found again");
        vm.warp(block.timestamp + 1.5 days);
        assertEq(reserve.sync(0), 0, "half vested, found again");
        vm.warp(block.timestamp + 5 days);
        assertEq(reserve.sync(0), 0, "vested, found again");
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotLaunchpad.selector, address(this)));
        reserve.seed();
        vm.prank(address(launchpad));
        vm.expectRevert(IReserve.AlreadySeeded.selector);
        reserve.seed();
        assertEq(_entered(), asset.balanceOf(address(reserve)));
    }

    // ---------------------------------------------------------------- steps

    function _act(address target, bytes memory data, bool tellsAfter) private {
        thief.arm();
        asset.watch(address(thief), tellsAfter);
        thief.act(target, data);
        asset.watch(address(0), false);
    }

    function _assertAnswersAreLocked() private view {
        for (uint256 i = 0; i < thief.answered(); ++i) {
            (bool ok, bytes memory answer) = thief.answerOf(i);
            assertFalse(ok, "a nested call got through");
            assertEq(_selectorOf(answer), IReserve.Locked.selector);
        }
    }

    function _entered() private view returns (uint256) {
        AssetView memory state = reserve.assetAt(0);
        return state.cash + state.streaming;
    }

    function _liquidityAssets() private view returns (uint256 amount) {
        (, amount) = converter.forLiquidity();
    }
}
