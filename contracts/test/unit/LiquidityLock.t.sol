// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {ILiquidityLock} from "ballast/interfaces/ILiquidityLock.sol";
import {Fixture} from "../support/Fixture.sol";

/// @notice Pool liquidity leaves only to the beneficiary, only after a time that only grows.
contract LiquidityLockTest is Fixture {
    uint256 private until;

    function setUp() public override {
        super.setUp();
        _newAssets(1, 18);
        LaunchParams memory params = _poolTaxParams();
        until = block.timestamp + 100 days;
        params.pool.lockUntil = until;
        _launch(params);
    }

    function test_itHoldsTheLaunchsLiquidity() external view {
        assertEq(liquidityLock.pool(), pool);
        assertEq(liquidityLock.beneficiary(), issuer);
        assertEq(liquidityLock.lockedUntil(), until);
        assertEq(IERC20(pool).balanceOf(address(liquidityLock)), IERC20(pool).totalSupply() - 1_000);
    }

    function test_nothingLeavesBeforeTheTime() external {
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.StillLocked.selector, until));
        vm.prank(issuer);
        liquidityLock.withdraw(issuer);
    }

    function test_allLeavesAtTheTime() external {
        uint256 held = IERC20(pool).balanceOf(address(liquidityLock));
        vm.warp(until);
        vm.expectEmit(address(liquidityLock));
        emit ILiquidityLock.Withdrawn(bob, held);
        vm.prank(issuer);
        assertEq(liquidityLock.withdraw(bob), held);
        assertEq(IERC20(pool).balanceOf(bob), held);
    }

    function test_onlyTheBeneficiary() external {
        vm.warp(until);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.NotBeneficiary.selector, alice));
        liquidityLock.withdraw(alice);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.NotBeneficiary.selector, alice));
        liquidityLock.extendLock(FOREVER);
    }

    function test_notToTheZeroAddress() external {
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.ZeroAddress.selector, "to"));
        vm.prank(issuer);
        liquidityLock.withdraw(address(0));
    }

    function testFuzz_theTimeOnlyGrows(uint256 first, uint256 second) external {
        vm.startPrank(issuer);
        if (first <= until) {
            vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.LockCanOnlyGrow.selector, first, until));
            liquidityLock.extendLock(first);
            first = until;
        } else {
            vm.expectEmit(address(liquidityLock));
            emit ILiquidityLock.LockExtended(first);
            liquidityLock.extendLock(first);
        }
        assertEq(liquidityLock.lockedUntil(), first);
        second = _bound(second, 0, first);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.LockCanOnlyGrow.selector, second, first));
        liquidityLock.extendLock(second);
    }

    function test_forEverIsForEver() external {
        vm.startPrank(issuer);
        liquidityLock.extendLock(FOREVER);
        vm.warp(type(uint40).max);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.StillLocked.selector, FOREVER));
        liquidityLock.withdraw(issuer);
    }
}
