// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {CodeData} from "ballast/lib/CodeData.sol";

/// @notice Keeps data as code and reads it back, as a contract that creates nothing else does.
contract CodeKeeper {
    function write(bytes memory data) external returns (address) {
        return CodeData.write(data);
    }

    function at(uint256 index) external view returns (address) {
        return CodeData.at(index);
    }

    function read(uint256 index, uint256 first, uint256 count)
        external
        view
        returns (uint256[] memory words)
    {
        words = new uint256[](count);
        uint256 to;
        assembly ("memory-safe") {
            to := add(words, 32)
        }
        CodeData.copy(CodeData.at(index), first, count, to);
    }
}

contract CodeDataTest is Test {
    CodeKeeper private keeper = new CodeKeeper();

    function test_eachIsFoundByItsOrderAndReadWordByWord(uint256 seed) external {
        for (uint256 index = 0; index < 127; ++index) {
            bytes memory data = abi.encode(seed, index, ~seed);
            assertEq(keeper.write(data), keeper.at(index));
        }
        for (uint256 index = 0; index < 127; ++index) {
            uint256[] memory words = keeper.read(index, 0, 3);
            assertEq(words[0], seed);
            assertEq(words[1], index);
            assertEq(words[2], ~seed);
            assertEq(keeper.read(index, 1, 1)[0], index);
        }
    }

    function test_nothingIsReadWhereNothingWasWritten() external view {
        assertEq(keeper.at(0).code.length, 0);
        assertEq(keeper.read(0, 0, 1)[0], 0);
    }

    function test_aPlaceThatIsTakenIsRefused() external {
        vm.etch(keeper.at(0), hex"00");
        vm.expectRevert(CodeData.NotWritten.selector);
        keeper.write("data");
    }
}
