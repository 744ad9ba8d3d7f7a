// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ILiquidityLock} from "ballast/interfaces/ILiquidityLock.sol";
import {ILaunchpad} from "ballast/interfaces/ILaunchpad.sol";
import {CodeReader} from "../support/CodeReader.sol";
import {Fixture} from "../support/Fixture.sol";
import {ReviewedAbi} from "../support/ReviewedAbi.sol";

/// @title T19: be the owner, the guardian or the launchpad and reach collateral, backing or liquidity by a rescue
contract T19NoRescue is Fixture {
    uint256 internal tried;

    struct Held {
        uint256 backing;
        uint256 collateral;
        uint256 liquidity;
        uint256 cash;
    }

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, token.balanceOf(issuer));
        _borrowMost(alice, 50_000e18);
        vm.warp(block.timestamp + 2 days);
    }

    /// @dev The deployed code dispatches the functions that were looked at, and no other.
    function test_t19_codeHasNoUnknownFunction() external view {
        _compare(CodeReader.implementationOf(address(reserve)), ReviewedAbi.reserve(), 0);
        _compare(CodeReader.implementationOf(address(converter)), ReviewedAbi.converter(), 0);
        _compare(CodeReader.implementationOf(address(liquidityLock)), ReviewedAbi.liquidityLock(), 0);
        _compare(address(token), ReviewedAbi.token(), 0);
        _compare(address(launchpad), ReviewedAbi.launchpad(), ILaunchpad.launch.selector);
    }

    /// @dev Nor can it change: nothing delegates to an address that could be set, nothing destroys itself.
    function test_t19_codeCannotBeSwapped() external view {
        address[5] memory targets = [
            CodeReader.implementationOf(address(reserve)),
            CodeReader.implementationOf(address(converter)),
            CodeReader.implementationOf(address(liquidityLock)),
            address(token),
            address(launchpad)
        ];
        for (uint256 i = 0; i < targets.length; ++i) {
            assertFalse(CodeReader.holds(targets[i], CodeReader.DELEGATECALL), "delegates");
            assertFalse(CodeReader.holds(targets[i], CodeReader.CALLCODE), "delegates");
            assertFalse(CodeReader.holds(targets[i], CodeReader.SELFDESTRUCT), "destroys itself");
        }
    }

    /// @dev Everybody with a role calls everything there is with whatever might work, and nothing leaves.
    function test_t19_noRoleMovesAnything() external {
        address[5] memory roles = [issuer, guardian, address(launchpad), creator, address(factory)];
        Held memory before = _held();
        for (uint256 i = 0; i < roles.length; ++i) {
            _callEverything(roles[i], address(reserve));
            _callEverything(roles[i], address(liquidityLock));
            Held memory later = _held();
            assertGe(later.backing, before.backing, "backing left");
            assertEq(later.collateral, before.collateral, "collateral left");
            assertEq(later.liquidity, before.liquidity, "liquidity left");
            assertGe(later.cash, before.cash, "the ledger let cash go");
        }
        emit log_named_uint("calls tried", tried);
        assertGt(tried, 2_000, "hardly anything was tried");
        _assertLedgerWithinBalance();
    }

    /// @dev Locked for ever is for ever, and the time of another lock only grows.
    function test_t19_lockedLiquidityStays() external {
        vm.startPrank(issuer);
        vm.warp(block.timestamp + 36_500 days);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.StillLocked.selector, FOREVER));
        liquidityLock.withdraw(issuer);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityLock.LockCanOnlyGrow.selector, 0, FOREVER));
        liquidityLock.extendLock(0);
        vm.stopPrank();
        assertGt(IERC20(pool).balanceOf(address(liquidityLock)), 0);
    }

    // ---------------------------------------------------------------- internals

    /// @param besides One more selector that the list leaves out, or zero.
    function _compare(address target, string[] memory list, bytes4 besides) private view {
        bytes4[] memory selectors = CodeReader.selectorsOf(target);
        for (uint256 i = 0; i < selectors.length; ++i) {
            bool known =
                selectors[i] == besides || bytes(ReviewedAbi.signatureOf(list, selectors[i])).length != 0;
            assertTrue(known, string.concat("nobody looked at ", vm.toString(abi.encodePacked(selectors[i]))));
        }
        assertEq(selectors.length, list.length + (besides == 0 ? 0 : 1), "not every function was found");
    }

    /// @dev Arguments that a rescue would take: an asset, a receiver, an amount, in either order.
    function _callEverything(address role, address target) private {
        bytes4[] memory selectors = CodeReader.selectorsOf(CodeReader.implementationOf(target));
        uint256[4] memory firsts = [
            uint256(uint160(address(assets[0]))),
            uint256(uint160(address(token))),
            uint256(uint160(pool)),
            uint256(uint160(role))
        ];
        for (uint256 i = 0; i < selectors.length * 12; ++i) {
            uint256 first = firsts[i / 3 % 4];
            uint256 second = i % 3 == 0 ? uint256(uint160(role)) : i % 3 == 1 ? 1e15 : 0;
            uint256 third = i % 3 == 1 ? uint256(uint160(role)) : 1e15;
            bytes memory data = abi.encodePacked(selectors[i / 12], first, second, third, role, uint256(0));
            vm.prank(role);
            (bool ok,) = target.call(data);
            ok;
            ++tried;
        }
    }

    function _held() private view returns (Held memory held) {
        held.backing = assets[0].balanceOf(address(reserve));
        held.collateral = token.balanceOf(address(reserve));
        held.liquidity = IERC20(pool).balanceOf(address(liquidityLock));
        held.cash = reserve.assetAt(0).cash;
    }
}
