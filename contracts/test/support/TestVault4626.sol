// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";

/// @notice A plain ERC-4626 vault: its rate grows when assets are sent to it.
contract TestVault4626 is ERC4626 {
    constructor(ERC20 asset_) ERC20("Vault", "V") ERC4626(asset_) {}
}
