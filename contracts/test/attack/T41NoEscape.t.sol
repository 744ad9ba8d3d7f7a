// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {ILiquidityLock} from "ballast/interfaces/ILiquidityLock.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {CodeReader} from "../support/CodeReader.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";

/// @title T41: take locked liquidity early, as its owner
contract T41NoEscapeTest is AttackFixture {
    uint256 private until;
    uint256 private shares;

    function setUp() public override {
        super.setUp();
        until = block.timestamp + 30 days;
        _launchUntil(until);
        shares = IUniswapV2PairFull(pool).balanceOf(address(liquidityLock));
        assertGt(shares, 0);
    }

    function test_t41_beneficiaryWaitsToTheSecond() external {
        uint256[4] memory moments = [block.timestamp, until - 1 days, until - 2, until - 1];
        address[4] memory receivers = [issuer, alice, pool, address(liquidityLock)];
        for (uint256 i = 0; i < moments.length; ++i) {
            vm.warp(moments[i]);
            for (uint256 j = 0; j < receivers.length; ++j) {
                (bool ok, bytes memory answer) =
                    _asIssuer(abi.encodeCall(ILiquidityLock.withdraw, (receivers[j])));
                assertFalse(ok, "locked liquidity was withdrawn");
                assertEq(answer, abi.encodeWithSelector(ILiquidityLock.StillLocked.selector, until));
            }
        }
        vm.warp(until);
        vm.prank(issuer);
        assertEq(liquidityLock.withdraw(issuer), shares);
        assertEq(IUniswapV2PairFull(pool).balanceOf(issuer), shares);
    }

    /// @dev Earlier, equal, zero, and a number that would wrap: refused. Each later one holds.
    function test_t41_unlockTimeOnlyGrows() external {
        uint256[4] memory notLater = [until, until - 1, block.timestamp, 0];
        for (uint256 i = 0; i < notLater.length; ++i) {
            (bool ok, bytes memory answer) =
                _asIssuer(abi.encodeCall(ILiquidityLock.extendLock, (notLater[i])));
            assertFalse(ok, "the lock was shortened");
            assertEq(
                answer, abi.encodeWithSelector(ILiquidityLock.LockCanOnlyGrow.selector, notLater[i], until)
            );
        }
        vm.startPrank(issuer);
        liquidityLock.extendLock(until + 1 days);
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.StillLocked.selector, until + 1 days));
        liquidityLock.withdraw(issuer);
        liquidityLock.extendLock(FOREVER);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.LockCanOnlyGrow.selector, FOREVER, FOREVER));
        liquidityLock.extendLock(FOREVER);
        vm.stopPrank();
    }

    function testFuzz_t41_anySequenceOnlyGrows(uint256[8] calldata times) external {
        uint256 current = liquidityLock.lockedUntil();
        for (uint256 i = 0; i < times.length; ++i) {
            (bool ok,) = _asIssuer(abi.encodeCall(ILiquidityLock.extendLock, (times[i])));
            assertEq(ok, times[i] > current, "accepted or refused wrongly");
            assertGe(liquidityLock.lockedUntil(), current, "the lock was shortened");
            current = liquidityLock.lockedUntil();
        }
        (bool out,) = _asIssuer(abi.encodeCall(ILiquidityLock.withdraw, (issuer)));
        assertFalse(out, "locked liquidity was withdrawn");
    }

    function test_t41_foreverIsForever() external {
        _launchUntil(FOREVER);
        uint256[3] memory moments = [block.timestamp, uint256(type(uint40).max), uint256(type(uint64).max)];
        for (uint256 i = 0; i < moments.length; ++i) {
            vm.warp(moments[i]);
            vm.prank(issuer);
            vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.StillLocked.selector, FOREVER));
            liquidityLock.withdraw(issuer);
        }
    }

    /// @dev Strangers, the guardian, the token's next owner and the launchpad are nobody here, before and after.
    function test_t41_nobodyElseMovesIt() external {
        vm.prank(issuer);
        token.transferOwnership(alice);
        vm.prank(alice);
        token.acceptOwnership();
        address[5] memory strangers =
            [alice, guardian, address(launchpad), address(converter), address(token)];
        for (uint256 round = 0; round < 2; ++round) {
            for (uint256 i = 0; i < strangers.length; ++i) {
                bytes memory refusal =
                    abi.encodeWithSelector(ILiquidityLock.NotBeneficiary.selector, strangers[i]);
                vm.startPrank(strangers[i]);
                vm.expectRevert(refusal);
                liquidityLock.withdraw(strangers[i]);
                vm.expectRevert(refusal);
                liquidityLock.extendLock(FOREVER);
                (bool pulled,) =
                    pool.call(abi.encodeCall(IERC20.transferFrom, (address(liquidityLock), strangers[i], 1)));
                assertFalse(pulled, "shares were pulled through an allowance");
                vm.stopPrank();
            }
            vm.warp(until);
        }
        assertEq(IUniswapV2PairFull(pool).balanceOf(address(liquidityLock)), shares);
    }

    /// @dev There is no other function: no migration, no emergency, no change of the beneficiary.
    function test_t41_noOtherFunction() external view {
        string[] memory reviewed = new string[](5);
        reviewed[0] = "extendLock(uint256)";
        reviewed[1] = "withdraw(address)";
        reviewed[2] = "pool()";
        reviewed[3] = "beneficiary()";
        reviewed[4] = "lockedUntil()";
        address code = CodeReader.implementationOf(address(liquidityLock));
        _assertFunctions(code, reviewed);
        assertFalse(CodeReader.holds(code, CodeReader.DELEGATECALL));
        assertFalse(CodeReader.holds(code, CodeReader.SELFDESTRUCT));
    }

    function _launchUntil(uint256 lockUntil) private {
        _newAssets(1, 18);
        LaunchParams memory params = _poolTaxParams();
        params.pool.lockUntil = lockUntil;
        _launch(params);
    }

    function _asIssuer(bytes memory data) private returns (bool ok, bytes memory answer) {
        vm.prank(issuer);
        (ok, answer) = address(liquidityLock).call(data);
    }
}
