// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";

/// @notice Pays a flash loan back from what it holds.
contract TestFlashBorrower is IERC3156FlashBorrower {
    function onFlashLoan(address, address asset, uint256 amount, uint256 fee, bytes calldata)
        external
        override
        returns (bytes32)
    {
        IERC20(asset).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
