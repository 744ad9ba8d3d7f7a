// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {BackstopHandler} from "./BackstopHandler.sol";

/// @notice What holds of peg module and backstop over random walks through every action around a book.
contract BackstopWalks is Test {
    uint256 private constant WALK_STEPS = 3_000;

    BackstopHandler private _handler;

    function setUp() external {
        _handler = new BackstopHandler();
        targetContract(address(_handler));
        targetSelector(FuzzSelector(address(_handler), _handler.selectors()));
    }

    /// @notice Accounts lie within balances, sums are the sums of their parts, losses are paid in their order, gifts
    /// move nothing, and nobody who enters, waits or leaves takes from those who stay.
    function invariant_accountsLossesAndSharesHoldAfterEveryStep() external {
        _handler.assertAll();
    }

    /// @notice The walks mean something: on one fixed walk every action succeeds, and more than once.
    function test_everyActionSucceedsOnAWalk() external {
        vm.pauseGasMetering();
        bytes4[] memory selectors = _handler.selectors();
        for (uint256 i = 0; i < WALK_STEPS; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("backstop", i)));
            bytes4 action = selectors[seed % selectors.length];
            bytes memory call = abi.encodeWithSelector(action, seed >> 128, _hash(seed, 1), _hash(seed, 2));
            (bool done,) = address(_handler).call(call);
            if (done) _handler.assertAll();
        }
        (string[] memory actions, uint256[] memory counts) = _handler.tally();
        for (uint256 i = 0; i < actions.length; ++i) {
            console.log(actions[i], counts[i]);
            assertGt(counts[i], 1, actions[i]);
        }
        assertEq(actions.length, selectors.length, "an action never succeeded");
    }

    function _hash(uint256 seed, uint256 salt) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }
}
