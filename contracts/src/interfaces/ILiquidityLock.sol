// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Holds a launch's pool liquidity until a time that can only grow
interface ILiquidityLock {
    event LockExtended(uint256 until);
    event Withdrawn(address indexed to, uint256 liquidity);

    error StillLocked(uint256 until);
    error NotBeneficiary(address caller);
    error LockCanOnlyGrow(uint256 given, uint256 current);
    error ZeroAddress(string field);

    /// @notice Beneficiary: move the unlock time later; `type(uint256).max` burns the liquidity.
    function extendLock(uint256 until) external;

    /// @notice Beneficiary, once unlocked: take all liquidity held.
    function withdraw(address to) external returns (uint256 liquidity);

    function pool() external view returns (address);

    function beneficiary() external view returns (address);

    /// @return Unix seconds.
    function lockedUntil() external view returns (uint256);
}
