// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Terms} from "../interfaces/IReserve.sol";
import {CloneArgs} from "../lib/CloneArgs.sol";

/// @dev Terms, genesis and asset count in one word, as the clone's code holds them. From the lowest bit: genesis 40
/// bits, asset count 8, redeemable 8, redeem fee 16, loan-to-value 16, term fee 16, flash fee 16, term 32, grace 32,
/// drip 32.
type Config is uint256;

using {
    count,
    dripSecs,
    elapsed,
    flashFeeBps,
    genesis,
    graceSecs,
    ltvBps,
    redeemFeeBps,
    redeemable,
    termFeeBps,
    termSecs
} for Config global;

/// @return Unix seconds of the launch.
function genesis(Config config) pure returns (uint256) {
    return uint40(Config.unwrap(config));
}

/// @return Seconds since genesis, now.
function elapsed(Config config) view returns (uint256) {
    return block.timestamp - genesis(config);
}

/// @return How many backing assets there are.
function count(Config config) pure returns (uint256) {
    return uint8(Config.unwrap(config) >> 40);
}

function redeemable(Config config) pure returns (bool) {
    return uint8(Config.unwrap(config) >> 48) != 0;
}

function redeemFeeBps(Config config) pure returns (uint256) {
    return uint16(Config.unwrap(config) >> 56);
}

function ltvBps(Config config) pure returns (uint256) {
    return uint16(Config.unwrap(config) >> 72);
}

function termFeeBps(Config config) pure returns (uint256) {
    return uint16(Config.unwrap(config) >> 88);
}

function flashFeeBps(Config config) pure returns (uint256) {
    return uint16(Config.unwrap(config) >> 104);
}

function termSecs(Config config) pure returns (uint256) {
    return uint32(Config.unwrap(config) >> 120);
}

function graceSecs(Config config) pure returns (uint256) {
    return uint32(Config.unwrap(config) >> 152);
}

function dripSecs(Config config) pure returns (uint256) {
    return uint32(Config.unwrap(config) >> 184);
}

/// @title What is fixed about a reserve, kept in the code of its clone
/// @notice Argument words: token, launchpad, wrapped native, packed terms, then the assets.
library ReserveConfig {
    uint256 private constant TOKEN = 0;
    uint256 private constant LAUNCHPAD = 1;
    uint256 private constant WRAPPED_NATIVE = 2;
    uint256 private constant PACKED = 3;
    uint256 private constant ASSETS = 4;

    /// @return The argument words for a clone.
    function encode(
        address token_,
        address launchpad_,
        address wrappedNative_,
        Terms memory terms_,
        address[] memory assets
    ) internal view returns (bytes memory) {
        uint256 packed = block.timestamp | assets.length << 40 | uint256(terms_.redeemable ? 1 : 0) << 48;
        packed |= uint256(terms_.redeemFeeBps) << 56 | uint256(terms_.ltvBps) << 72;
        packed |= uint256(terms_.termFeeBps) << 88 | uint256(terms_.flashFeeBps) << 104;
        packed |= uint256(terms_.termSecs) << 120 | uint256(terms_.graceSecs) << 152;
        packed |= uint256(terms_.dripSecs) << 184;
        bytes memory head = abi.encode(token_, launchpad_, wrappedNative_, packed);
        return bytes.concat(head, abi.encodePacked(assets));
    }

    function load() internal view returns (Config) {
        return Config.wrap(CloneArgs.word(PACKED));
    }

    function terms(Config config) internal pure returns (Terms memory) {
        return Terms({
            redeemable: config.redeemable(),
            redeemFeeBps: uint16(config.redeemFeeBps()),
            ltvBps: uint16(config.ltvBps()),
            termFeeBps: uint16(config.termFeeBps()),
            flashFeeBps: uint16(config.flashFeeBps()),
            termSecs: uint32(config.termSecs()),
            graceSecs: uint32(config.graceSecs()),
            dripSecs: uint32(config.dripSecs())
        });
    }

    function token() internal view returns (address) {
        return CloneArgs.addressAt(TOKEN);
    }

    function launchpad() internal view returns (address) {
        return CloneArgs.addressAt(LAUNCHPAD);
    }

    function wrappedNative() internal view returns (address) {
        return CloneArgs.addressAt(WRAPPED_NATIVE);
    }

    function asset(uint256 index) internal view returns (address) {
        return CloneArgs.addressAt(ASSETS + index);
    }
}
