// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ILiquidityLock} from "../interfaces/ILiquidityLock.sol";
import {CloneArgs} from "../lib/CloneArgs.sol";

/// @title Pool liquidity under a lock that can only grow
/// @notice A minimal clone per launch; its arguments are the pool, the beneficiary and the first unlock time.
contract LiquidityLock is ILiquidityLock {
    using SafeERC20 for IERC20;

    uint256 private _extendedTo; // unix seconds

    modifier onlyBeneficiary() {
        if (msg.sender != beneficiary()) revert NotBeneficiary(msg.sender);
        _;
    }

    /// @inheritdoc ILiquidityLock
    function extendLock(uint256 until) external override onlyBeneficiary {
        uint256 current = lockedUntil();
        if (until <= current) revert LockCanOnlyGrow(until, current);
        _extendedTo = until;
        emit LockExtended(until);
    }

    /// @inheritdoc ILiquidityLock
    function withdraw(address to) external override onlyBeneficiary returns (uint256 liquidity) {
        uint256 until = lockedUntil();
        if (block.timestamp < until) revert StillLocked(until);
        if (to == address(0)) revert ZeroAddress("to");
        liquidity = IERC20(pool()).balanceOf(address(this));
        IERC20(pool()).safeTransfer(to, liquidity);
        emit Withdrawn(to, liquidity);
    }

    /// @inheritdoc ILiquidityLock
    function pool() public view override returns (address) {
        return CloneArgs.addressAt(0);
    }

    /// @inheritdoc ILiquidityLock
    function beneficiary() public view override returns (address) {
        return CloneArgs.addressAt(1);
    }

    /// @inheritdoc ILiquidityLock
    function lockedUntil() public view override returns (uint256) {
        uint256 first = CloneArgs.word(2);
        return _extendedTo > first ? _extendedTo : first;
    }
}
