// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Recipient, Split} from "../interfaces/IConverter.sol";
import {CloneArgs} from "../lib/CloneArgs.sol";

/// @title What is fixed about a converter, kept in the code of its clone
/// @notice Argument words: token, reserve, pool, lock, packed numbers, lot, first multiple, assets, recipients.
library ConverterConfig {
    uint256 private constant TOKEN = 0;
    uint256 private constant RESERVE = 1;
    uint256 private constant POOL = 2;
    uint256 private constant LOCK = 3;
    uint256 private constant PACKED = 4;
    uint256 private constant LOT = 5;
    uint256 private constant START_MULTIPLE = 6;
    uint256 private constant ASSETS = 7;

    struct Shares {
        uint256 genesis; // unix seconds of the launch
        uint256 reserveBps;
        uint256 burnBps;
        uint256 liquidityBps;
        uint256 assetCount;
        uint256 recipientCount;
    }

    /// @return The argument words for a clone.
    function encode(
        address[4] memory tokenReservePoolLock,
        uint256 lot_,
        uint256 startMultiple_,
        address[] memory assets,
        Split memory split
    ) internal view returns (bytes memory) {
        uint256 packed = block.timestamp | uint256(split.reserveBps) << 40 | uint256(split.burnBps) << 56;
        packed |= uint256(split.liquidityBps) << 72 | assets.length << 88 | split.recipients.length << 96;
        uint256[] memory recipients = new uint256[](split.recipients.length);
        for (uint256 i = 0; i < recipients.length; ++i) {
            recipients[i] = uint160(split.recipients[i].account) | uint256(split.recipients[i].bps) << 160;
        }
        bytes memory head = abi.encode(tokenReservePoolLock, packed, lot_, startMultiple_);
        return bytes.concat(head, abi.encodePacked(assets), abi.encodePacked(recipients));
    }

    function shares() internal view returns (Shares memory result) {
        uint256 packed = CloneArgs.word(PACKED);
        result.genesis = uint40(packed);
        result.reserveBps = uint16(packed >> 40);
        result.burnBps = uint16(packed >> 56);
        result.liquidityBps = uint16(packed >> 72);
        result.assetCount = uint8(packed >> 88);
        result.recipientCount = uint8(packed >> 96);
    }

    /// @return The recipient named at launch.
    function recipient(uint256 index, uint256 assetCount) internal view returns (Recipient memory) {
        uint256 packed = CloneArgs.word(ASSETS + assetCount + index);
        return Recipient(address(uint160(packed)), uint16(packed >> 160));
    }

    function token() internal view returns (address) {
        return CloneArgs.addressAt(TOKEN);
    }

    function reserve() internal view returns (address) {
        return CloneArgs.addressAt(RESERVE);
    }

    function pool() internal view returns (address) {
        return CloneArgs.addressAt(POOL);
    }

    function lock() internal view returns (address) {
        return CloneArgs.addressAt(LOCK);
    }

    function lot() internal view returns (uint256) {
        return CloneArgs.word(LOT);
    }

    function startMultiple() internal view returns (uint256) {
        return CloneArgs.word(START_MULTIPLE);
    }

    function asset(uint256 index) internal view returns (address) {
        return CloneArgs.addressAt(ASSETS + index);
    }
}
