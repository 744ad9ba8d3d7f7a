// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice A contract account that does what its owners agreed on: one owner is a smart account, three of whom two
/// must sign are a multisig. Signatures follow one another, 65 bytes each, in ascending order of their signers.
contract SmartWallet {
    mapping(address owner => bool) public isOwner;
    uint256 public immutable threshold;
    uint256 public nonce;

    error NotAgreed();

    constructor(address[] memory owners, uint256 threshold_) {
        threshold = threshold_;
        for (uint256 i = 0; i < owners.length; ++i) {
            isOwner[owners[i]] = true;
        }
    }

    receive() external payable {}

    function execute(address target, uint256 value, bytes calldata data, bytes calldata signatures)
        external
        returns (bytes memory answer)
    {
        bytes32 digest = keccak256(abi.encode(address(this), target, value, data, nonce++));
        if (!_agreed(digest, signatures)) revert NotAgreed();
        bool ok;
        (ok, answer) = target.call{value: value}(data);
        if (ok) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    /// @notice ERC-1271.
    function isValidSignature(bytes32 digest, bytes calldata signatures) external view returns (bytes4) {
        return _agreed(digest, signatures) ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    function onFlashLoan(address, address asset, uint256 amount, uint256 fee, bytes calldata)
        external
        returns (bytes32)
    {
        (bool ok,) = asset.call(abi.encodeWithSignature("approve(address,uint256)", msg.sender, amount + fee));
        require(ok, "approve");
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    function _agreed(bytes32 digest, bytes calldata signatures) private view returns (bool) {
        if (signatures.length != 65 * threshold) return false;
        address last;
        for (uint256 i = 0; i < threshold; ++i) {
            (address signer, ECDSA.RecoverError failure,) =
                ECDSA.tryRecover(digest, signatures[65 * i:65 * i + 65]);
            if (failure != ECDSA.RecoverError.NoError || signer <= last || !isOwner[signer]) return false;
            last = signer;
        }
        return true;
    }
}

/// @notice What a key delegates to under EIP-7702: batches for the account itself, and no ERC-1271.
contract DelegateCode {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    error NotSelf();

    receive() external payable {}

    function batch(Call[] calldata calls) external {
        if (msg.sender != address(this)) revert NotSelf();
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok, bytes memory answer) = calls[i].target.call{value: calls[i].value}(calls[i].data);
            if (ok) continue;
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function onFlashLoan(address, address asset, uint256 amount, uint256 fee, bytes calldata)
        external
        returns (bytes32)
    {
        (bool ok,) = asset.call(abi.encodeWithSignature("approve(address,uint256)", msg.sender, amount + fee));
        require(ok, "approve");
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// @notice Acts while it is being constructed, when its address has no code yet.
contract Newborn {
    bool public ok;
    bytes public answer;

    constructor(address[] memory targets, bytes[] memory data) {
        for (uint256 i = 0; i < targets.length; ++i) {
            (ok, answer) = targets[i].call(data[i]);
            if (!ok) return;
        }
    }
}
