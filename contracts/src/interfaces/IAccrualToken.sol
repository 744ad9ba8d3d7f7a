// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IBacked} from "./IBacked.sol";

/// @title The token of the accrual model
interface IAccrualToken is IERC20Metadata, IBacked {
    event PoolRegistered(address indexed pool);
    event Taxed(address indexed from, address indexed to, uint256 amount, uint256 fee);
    event FeesProposed(uint256 buyBps, uint256 sellBps, uint256 effectiveAt);
    event FeesCut(uint256 buyBps, uint256 sellBps);
    event GuardianNamed(address indexed guardian);

    error NotReserve(address caller);
    error FeeTooHigh(string field, uint256 bps, uint256 max);
    error NotAPool(address other);
    error NoFeePath();
    error PermitExpired(uint256 deadline);
    error PermitInvalid(address owner);

    /// @notice Burn the caller's own tokens: every floor rises at once.
    function burn(uint256 amount) external;

    /// @notice Burn `account`'s tokens against the caller's allowance.
    function burnFrom(address account, uint256 amount) external;

    /// @notice Reserve only: move `amount` from the holder who called it into its custody as collateral.
    /// @return claimsNow S, which locking does not change.
    function lockFrom(address holder, uint256 amount) external returns (uint256 claimsNow);

    /// @notice Reserve only: burn `amount` of the holder who called it, of the converter, or of the reserve.
    /// @return claimsBefore S before the burn.
    function burnOf(address holder, uint256 amount) external returns (uint256 claimsBefore);

    /// @notice Tax transfers of the factory's pair of this token and `other` from now on. By anyone, for ever.
    function registerPool(address other) external returns (address pool);

    /// @notice Owner: cut at once, or propose a raise that takes effect after three days.
    function setFees(uint256 buyBps, uint256 sellBps) external;

    /// @notice Owner: name who may pause entries.
    function setGuardian(address guardian) external;

    /// @notice The fees in force now, in basis points.
    function fees() external view returns (uint256 buyBps, uint256 sellBps);

    /// @notice A proposed raise and the unix second from which it holds; zeros when nothing is proposed.
    function pendingFees() external view returns (uint256 buyBps, uint256 sellBps, uint256 effectiveAt);

    /// @notice The immutable maxima set at launch.
    function maxFees() external view returns (uint256 buyBps, uint256 sellBps);

    function isPool(address account) external view returns (bool);

    /// @return Whether transfers by and to `account` are never taxed; fixed at launch.
    function isExempt(address account) external view returns (bool);

    function reserve() external view returns (address);

    function converter() external view returns (address);

    function guardian() external view returns (address);
}
