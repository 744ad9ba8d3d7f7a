// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AssetView, IReserve} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @title T07: send assets straight to the reserve, so that a ledger which trusts its balance moves at once
contract T07DirectSends is Fixture {
    address internal attacker = makeAddr("attacker");

    function setUp() public override {
        super.setUp();
        _launchPlain(1, 18);
        _give(attacker, 100_000e18);
    }

    function testFuzz_t07_directSendsAreNotInTheLedger(uint256 sent) external {
        sent = bound(sent, 1, 1e27);
        uint256 payout = reserve.previewRedeem(100_000e18)[0];
        uint256 most = reserve.maxBorrow(100_000e18)[0];
        Floors memory before = _floors();
        assets[0].mint(address(reserve), sent);
        assertEq(_floors().totals, before.totals, "a direct send moved the floor");
        assertEq(reserve.maxBorrow(100_000e18)[0], most, "a direct send raised what can be borrowed");
        assertEq(reserve.maxFlashLoan(address(assets[0])), 100e18, "a direct send can be flashed");
        vm.prank(attacker);
        assertEq(reserve.redeem(100_000e18, 0, attacker, false)[0], payout, "a direct send was paid out");
        assertEq(assets[0].balanceOf(address(reserve)), 100e18 + sent - payout, "money went elsewhere");
    }

    /// @dev Once synced it arrives like any donation: nothing in its own epoch, linearly over the next.
    function test_t07_syncedSendsAreStreamed() external {
        vm.warp(block.timestamp + 1 hours);
        assets[0].mint(address(reserve), 24e18);
        vm.expectEmit(address(reserve));
        emit IReserve.Inflow(0, IReserve.Source.Donation, 24e18);
        assertEq(reserve.sync(0), 24e18);
        assertEq(reserve.sync(0), 0, "credited twice");
        _assertLedger(100e18, 24e18);
        vm.warp(block.timestamp + 23 hours);
        _assertLedger(100e18, 24e18);
        vm.warp(block.timestamp + 6 hours);
        _assertLedger(106e18, 18e18);
        vm.warp(block.timestamp + 18 hours);
        _assertLedger(124e18, 0);
    }

    /// @dev A grain a minute neither restarts nor stretches what is vesting already.
    function test_t07_dustDoesNotHoldUpTheStream() external {
        _donate(0, 24e18);
        vm.warp(block.timestamp + 1 days);
        uint256 synced;
        for (uint256 i = 0; i < 96; ++i) {
            assets[0].mint(address(reserve), 1);
            synced += reserve.sync(0);
            vm.warp(block.timestamp + 15 minutes);
        }
        assertEq(synced, 96, "no dust was synced");
        _assertLedger(124e18, 96);
    }

    /// @dev What is no backing asset has no place in the ledger, native currency included.
    function test_t07_foreignAssetsStayOutside() external {
        TestAsset foreign = new TestAsset("FOR", 18);
        foreign.mint(address(reserve), 1e24);
        Floors memory before = _floors();
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownAsset.selector, 1, 1));
        reserve.sync(1);
        assertEq(reserve.sync(0), 0);
        assertEq(reserve.maxFlashLoan(address(foreign)), 0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.AssetNotBacking.selector, address(foreign)));
        reserve.flashFee(address(foreign), 1);

        vm.deal(attacker, 1 ether);
        vm.prank(attacker);
        (bool accepted, bytes memory why) = address(reserve).call{value: 1 ether}("");
        assertFalse(accepted, "took native currency");
        assertEq(why, abi.encodeWithSelector(IReserve.NotWrappedNative.selector, attacker));

        vm.prank(attacker);
        token.transfer(address(reserve), 1_000e18);
        assertEq(_floors().totals, before.totals);
        assertEq(_floors().claims, before.claims, "tokens sent astray left the claims");
        assertEq(reserve.locked(), 0, "tokens sent astray count as collateral");
    }

    function _assertLedger(uint256 cash, uint256 streaming) private view {
        AssetView memory state = reserve.assetAt(0);
        assertEq(state.cash, cash, "cash");
        assertEq(state.streaming, streaming, "streaming");
    }
}
