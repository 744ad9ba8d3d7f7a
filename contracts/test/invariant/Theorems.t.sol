// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {Handler} from "./Handler.sol";

/// @notice The theorems of the accrual model over random walks through every action, on one kind of launch.
abstract contract Theorems is Test {
    uint256 private constant WALK_STEPS = 1_500;

    Handler internal handler;

    function _makeHandler() internal virtual returns (Handler);

    function setUp() external {
        handler = _makeHandler();
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), handler.selectors()));
    }

    /// @notice 1: no floor falls. 2: cash covers free holders. 3: no loan is above its backing. 5: transfers change
    /// nothing. 6: the ledger is within the balance. And the totals are the sums of their parts.
    function invariant_everyTheoremHoldsAfterEveryStep() external {
        handler.assertTheorems();
    }

    /// @notice The walks mean something: on one fixed walk every action succeeds, and more than once.
    function test_everyActionSucceedsOnAWalk() external {
        vm.pauseGasMetering();
        bytes4[] memory selectors = handler.selectors();
        for (uint256 i = 0; i < WALK_STEPS; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("walk", i)));
            bytes4 action = selectors[seed % selectors.length];
            bytes memory call = abi.encodeWithSelector(action, seed >> 128, _hash(seed, 1), _hash(seed, 2));
            (bool done,) = address(handler).call(call);
            if (done) handler.assertTheorems();
        }
        (string[] memory actions, uint256[] memory counts) = handler.tally();
        for (uint256 i = 0; i < actions.length; ++i) {
            console.log(actions[i], counts[i]);
            assertGt(counts[i], 1, actions[i]);
        }
        assertEq(actions.length, selectors.length, "an action never succeeded");
    }

    function _hash(uint256 seed, uint256 salt) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }

    function _decimals(uint8 a) internal pure returns (uint8[] memory list) {
        list = new uint8[](1);
        list[0] = a;
    }

    function _decimals(uint8 a, uint8 b, uint8 c) internal pure returns (uint8[] memory list) {
        list = new uint8[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }
}

contract OneAssetTaxed is Theorems {
    function _makeHandler() internal override returns (Handler) {
        return new Handler(true, _decimals(18), 0);
    }
}

contract ThreeAssetsTaxed is Theorems {
    function _makeHandler() internal override returns (Handler) {
        return new Handler(true, _decimals(6, 18, 24), 0);
    }
}

contract OneAssetPlain is Theorems {
    function _makeHandler() internal override returns (Handler) {
        return new Handler(false, _decimals(6), 0);
    }
}

contract ThreeAssetsPlain is Theorems {
    function _makeHandler() internal override returns (Handler) {
        return new Handler(false, _decimals(0, 8, 18), 0);
    }
}

/// @notice A ledger that fills up to what its fields hold while the walk goes on.
contract OneAssetNearItsCap is Theorems {
    function _makeHandler() internal override returns (Handler) {
        return new Handler(false, _decimals(24), uint256(type(uint112).max) / 1_000);
    }
}
