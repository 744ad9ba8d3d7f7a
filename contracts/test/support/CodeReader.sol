// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";

/// @title Reads what a deployed contract can do out of its code
/// @notice Where only a list of everything is an answer ("no function does X"), a test compares the selectors that a
/// contract dispatches, or the opcodes it holds, with the ones somebody has looked at.
library CodeReader {
    uint8 internal constant ORIGIN = 0x32;
    uint8 internal constant CALLCODE = 0xf2;
    uint8 internal constant DELEGATECALL = 0xf4;
    uint8 internal constant SELFDESTRUCT = 0xff;

    /// @notice The implementation behind an ERC-1167 clone, whatever arguments follow it.
    function implementationOf(address clone) internal view returns (address) {
        bytes memory code = clone.code;
        require(code.length >= 45 && code[0] == 0x36 && code[9] == 0x73, "not a minimal clone");
        uint160 found;
        for (uint256 i = 10; i < 30; ++i) {
            found = found << 8 | uint8(code[i]);
        }
        return address(found);
    }

    /// @notice Every selector the dispatcher compares with: PUSH4 (PUSH3 where it starts with a zero byte), EQ.
    function selectorsOf(address target) internal view returns (bytes4[] memory found) {
        bytes memory code = target.code;
        found = new bytes4[](128);
        uint256 count;
        for (uint256 offset = 0; offset + 6 < code.length; offset += _width(code, offset)) {
            uint256 push = uint8(code[offset]);
            if (push != 0x63 && push != 0x62) continue;
            uint256 bytesPushed = push - 0x5f;
            if (uint8(code[offset + 1 + bytesPushed]) != 0x14) continue;
            uint32 selector;
            for (uint256 i = 0; i < bytesPushed; ++i) {
                selector = selector << 8 | uint8(code[offset + 1 + i]);
            }
            found[count++] = bytes4(selector);
        }
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    /// @notice Whether the code pushes `selector` anywhere: to dispatch it, or to call it on somebody. A call may have it
    /// shifted into the high bytes of a longer push.
    function pushes(address target, bytes4 selector) internal view returns (bool) {
        bytes memory code = target.code;
        for (uint256 offset = 0; offset + 4 < code.length; offset += _width(code, offset)) {
            uint8 op = uint8(code[offset]);
            if (op < 0x63 || op > 0x7f) continue;
            bytes4 pushed = code[offset + 1] | (bytes4(code[offset + 2]) >> 8);
            pushed |= (bytes4(code[offset + 3]) >> 16) | (bytes4(code[offset + 4]) >> 24);
            if (pushed == selector) return true;
        }
        return false;
    }

    /// @notice Whether `opcode` stands anywhere in the code as an instruction that can be reached from a straight
    /// reading; bytes behind a push are data and do not count.
    function holds(address target, uint8 opcode) internal view returns (bool) {
        bytes memory code = target.code;
        for (uint256 offset = 0; offset < code.length; offset += _width(code, offset)) {
            if (uint8(code[offset]) == opcode) return true;
        }
        return false;
    }

    function _width(bytes memory code, uint256 offset) private pure returns (uint256) {
        uint8 op = uint8(code[offset]);
        return op >= 0x60 && op <= 0x7f ? op - 0x5e : 1;
    }
}
