// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPegModule} from "ballast/interfaces/IVaultBook.sol";

/// @notice A peg module that holds nothing and answers what it was told, for tests of the book's own arithmetic.
contract SettablePeg is IPegModule {
    /// What each unit of the ledger is worth, in wad.
    uint256 public worth = 1e18;

    function setWorth(uint256 worth_) external {
        worth = worth_;
    }

    function backing(uint256 ledger) external view override returns (uint256) {
        return ledger * worth / 1e18;
    }
}
