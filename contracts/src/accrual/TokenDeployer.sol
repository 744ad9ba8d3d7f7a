// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILaunchpad, TokenParams} from "../interfaces/ILaunchpad.sol";
import {AccrualToken} from "./AccrualToken.sol";

/// @title Carries the token's init code, so that a launchpad need not
/// @notice Anyone may deploy through it: the caller is part of the salt, and answers the constructor's question.
contract TokenDeployer {
    error NotDeploying();

    bytes32 private immutable _codeHash = keccak256(type(AccrualToken).creationCode);
    address private transient _caller;

    /// @notice Deploy a token whose parameters the caller answers to `tokenParams`.
    function deploy(bytes32 salt) external returns (address token) {
        _caller = msg.sender;
        token = address(new AccrualToken{salt: _saltOf(msg.sender, salt)}());
        _caller = address(0);
    }

    /// @notice What a token under construction asks.
    function tokenParams() external view returns (TokenParams memory) {
        if (_caller == address(0)) revert NotDeploying();
        return ILaunchpad(_caller).tokenParams();
    }

    /// @return Where `deploy(salt)` by `caller` puts the token.
    function predict(address caller, bytes32 salt) external view returns (address) {
        bytes32 full = _saltOf(caller, salt);
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(this), full, _codeHash));
        return address(uint160(uint256(hash)));
    }

    function _saltOf(address caller, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(caller, salt));
    }
}
