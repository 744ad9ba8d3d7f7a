// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Words that never change, kept as the code of a contract of their own
/// @notice Reading any number of them costs one cold account, little more than one cold storage slot. The address
/// follows from the order in which the caller created them, so no slot has to remember it. The caller creates no other
/// contract, and at most 127 of these: later nonces are encoded otherwise.
library CodeData {
    error NotWritten();

    /// @notice Create the next contract, whose code is a stop and then `data`.
    function write(bytes memory data) internal returns (address where) {
        uint256 length = data.length + 1;
        // push2 length, dup1, push1 10, returndatasize, codecopy, returndatasize, return; then the code itself
        bytes memory creation = abi.encodePacked(hex"61", uint16(length), hex"80600a3d393df3", hex"00", data);
        // Solidity: where = create(creation)
        assembly ("memory-safe") {
            where := create(0, add(creation, 32), mload(creation))
        }
        if (where == address(0)) revert NotWritten();
    }

    /// @return where The contract that this one created as its `index`-th, counted from zero.
    function at(uint256 index) internal view returns (address where) {
        // The list of an address and a nonce under 128: 0xd6 0x94 address nonce; a contract's first nonce is one.
        // Solidity: where = address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", this, uint8(index + 1))))))
        assembly ("memory-safe") {
            mstore(
                0,
                or(
                    0xd694000000000000000000000000000000000000000000000000000000000000,
                    or(shl(80, address()), shl(72, add(index, 1)))
                )
            )
            where := and(keccak256(0, 23), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    /// @notice Copy `count` words from `first` on into memory at `to`; zeros where there is no such contract.
    function copy(address where, uint256 first, uint256 count, uint256 to) internal view {
        // Solidity: memory[to : to + 32 * count] = where.code[1 + 32 * first : 1 + 32 * (first + count)]
        assembly ("memory-safe") {
            extcodecopy(where, to, add(1, shl(5, first)), shl(5, count))
        }
    }
}
