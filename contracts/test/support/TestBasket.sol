// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IBacked} from "ballast/interfaces/IBacked.sol";

/// @notice A backed token of any model that holds what a test sets.
contract TestBasket is IBacked {
    error Locked();

    bytes32 public override model;
    uint256 public override claims;
    bool public locked;
    address[] private _assets;
    uint256[] private _amounts;

    constructor(bytes32 model_) {
        model = model_;
    }

    function set(address[] calldata assets, uint256[] calldata amounts, uint256 claims_) external {
        (_assets, _amounts, claims) = (assets, amounts, claims_);
    }

    function setLocked(bool locked_) external {
        locked = locked_;
    }

    function reserves() external view override returns (address[] memory, uint256[] memory) {
        if (locked) revert Locked();
        return (_assets, _amounts);
    }

    function backingOf(uint256 tokens) external view override returns (uint256[] memory amounts) {
        amounts = _amounts;
        for (uint256 i = 0; i < amounts.length; ++i) {
            amounts[i] = amounts[i] * tokens / claims;
        }
    }
}
