// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Transfers into the system, measured by what really arrived
library Transfers {
    using SafeERC20 for IERC20;

    error TransferShort(address asset, uint256 received, uint256 expected);

    /// @notice Pull `amount` from `from` to `to` and insist that at least as much arrived: an asset that began to
    /// charge for transfers after launch must not open a gap between ledger and balance.
    function pull(IERC20 asset, address from, address to, uint256 amount) internal {
        uint256 before = asset.balanceOf(to);
        asset.safeTransferFrom(from, to, amount);
        uint256 received = asset.balanceOf(to) - before;
        if (received < amount) revert TransferShort(address(asset), received, amount);
    }
}
