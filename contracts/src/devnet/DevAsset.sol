// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A plain ERC-20 for the local chain, to stand in for the assets of a real one
/// @notice The whole supply belongs to the deployer; nobody can mint more.
contract DevAsset is ERC20 {
    uint8 private immutable _decimals;

    /// @param supply_ Base units.
    constructor(string memory name_, string memory symbol_, uint8 decimals_, uint256 supply_)
        ERC20(name_, symbol_)
    {
        _decimals = decimals_;
        _mint(msg.sender, supply_);
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
