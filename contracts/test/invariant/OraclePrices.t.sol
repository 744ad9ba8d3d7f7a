// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {OracleHandler} from "./OracleHandler.sol";

/// @notice What holds of a stored price whatever one of three sources says, however the others fail, whenever anybody
/// pokes.
contract OraclePricesInvariant is Test {
    uint256 private constant WALK_STEPS = 4_000;

    OracleHandler private handler;

    function setUp() external {
        handler = new OracleHandler();
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), handler.selectors()));
    }

    /// @notice low <= mid <= high; mid moves a step a window at most and stays where the honest sources are; low and
    /// high reach over every source that counts; neither a poke nor a reader fails; a grace is spent once a day.
    function invariant_aLiarMovesNothingAndEveryBoundHolds() external view {
        assertEq(handler.violation(), "");
    }

    /// @notice The walks mean something: on one fixed walk everything happens, and more than once or twice.
    function test_everythingHappensOnAWalk() external {
        vm.pauseGasMetering();
        bytes4[] memory selectors = handler.selectors();
        for (uint256 i = 0; i < WALK_STEPS; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("walk", i)));
            // Every other step is a poke, or most of what happens would never be stored.
            bytes4 action = i % 2 == 0 ? selectors[6] : selectors[seed % selectors.length];
            bytes memory call = abi.encodeWithSelector(action, seed >> 128, _hash(seed, 1), _hash(seed, 2));
            (bool done,) = address(handler).call(call);
            done;
            assertEq(handler.violation(), "");
        }
        (string[] memory names, uint256[] memory times) = handler.tally();
        for (uint256 i = 0; i < names.length; ++i) {
            console.log(names[i], times[i]);
            assertGt(times[i], 3, names[i]);
        }
        assertEq(names.length, 17, "something never happened");
    }

    function _hash(uint256 seed, uint256 salt) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }
}
