// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Reads one word of the immutable arguments behind a minimal clone
/// @notice OpenZeppelin's `Clones.fetchCloneArgs` copies all of them; hot paths need one or two words, and a word
/// of the clone's own code costs a twentieth of a cold storage slot.
library CloneArgs {
    /// @dev Length of the ERC-1167 proxy in front of the arguments.
    uint256 private constant PROXY_BYTES = 45;

    /// @return value The argument word `index` of this clone.
    function word(uint256 index) internal view returns (uint256 value) {
        uint256 offset;
        // Safe: no clone has more than a few dozen words.
        unchecked {
            offset = PROXY_BYTES + 32 * index;
        }
        // Solidity: value = uint256(bytes32(address(this).code[offset:offset + 32]))
        assembly ("memory-safe") {
            extcodecopy(address(), 0, offset, 32)
            value := mload(0)
        }
    }

    /// @return The argument word `index` as an address.
    function addressAt(uint256 index) internal view returns (address) {
        return address(uint160(word(index)));
    }
}
