// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC3156FlashBorrower, IERC3156FlashLender} from "../interfaces/IERC3156.sol";

/// @title Takes flash loans on the local chain and gives them back
/// @notice It pays fees from its own balance, which anybody may fill and anybody may spend on fees.
contract FlashTaker is IERC3156FlashBorrower {
    using SafeERC20 for IERC20;

    address private transient _lender;

    error NotAsked(address caller);

    /// @notice Borrow `amount` base units of `asset` from `lender` for one call.
    function take(IERC3156FlashLender lender, address asset, uint256 amount) external {
        _lender = address(lender);
        lender.flashLoan(this, asset, amount, "");
        _lender = address(0);
    }

    /// @inheritdoc IERC3156FlashBorrower
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata)
        external
        override
        returns (bytes32)
    {
        if (msg.sender != _lender || initiator != address(this)) revert NotAsked(msg.sender);
        IERC20(token).forceApprove(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
