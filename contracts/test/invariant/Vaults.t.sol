// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {VaultHandler} from "./VaultHandler.sol";
import {Place} from "./VaultWalk.sol";

/// @notice The invariants of the vault book over random walks through every action, on one kind of collateral.
abstract contract VaultInvariants is Test {
    uint256 private constant WALK_STEPS = 5_000;

    VaultHandler internal handler;

    function _makeHandler() internal virtual returns (VaultHandler);

    function setUp() external {
        handler = _makeHandler();
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), handler.selectors()));
    }

    function invariant_vaultsHoldAfterEveryStep() external {
        handler.assertInvariants();
    }

    /// @dev Wherever a walk ends, every unhealthy vault can be cleared and every vault leaves with a dead oracle.
    function afterInvariant() external {
        handler.assertEverythingEnds(uint256(keccak256(abi.encode(handler.successes("time")))));
    }

    /// @notice The walks mean something: on one fixed walk everything that can happen does, and more than once.
    function test_everyActionHappensOnAWalk() external {
        vm.pauseGasMetering();
        bytes4[] memory selectors = handler.selectors();
        for (uint256 i = 0; i < WALK_STEPS; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("vaults", i)));
            bytes4 action = selectors[seed % selectors.length];
            bytes memory call = abi.encodeWithSelector(action, seed >> 128, _hash(seed, 1), _hash(seed, 2));
            (bool done,) = address(handler).call(call);
            if (done) handler.assertInvariants();
        }
        string[] memory expected = handler.expected();
        for (uint256 i = 0; i < expected.length; ++i) {
            console.log(expected[i], handler.successes(expected[i]));
        }
        for (uint256 i = 0; i < expected.length; ++i) {
            assertGt(handler.successes(expected[i]), 1, expected[i]);
        }
        (string[] memory actions,) = handler.tally();
        assertEq(actions.length, expected.length, "an action that is not expected");
        handler.assertEverythingEnds(7);
    }

    function _hash(uint256 seed, uint256 salt) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }

    function _two(Place memory a, Place memory b) internal pure returns (Place[] memory places) {
        places = new Place[](2);
        (places[0], places[1]) = (a, b);
    }
}

/// @notice 2,000 for a whole one of 18 decimals, fast; 60,000 of 8 decimals, slow.
contract VaultsUsual is VaultInvariants {
    function _makeHandler() internal override returns (VaultHandler) {
        Place memory fast = Place(18, 2_000e36, 100e18, 50_000e18, false);
        return new VaultHandler(_two(fast, Place(8, 60_000e46, 100e18, 50_000e18, true)), false);
    }
}

/// @notice The same with interest, and a collateral of 6 decimals.
contract VaultsWithInterest is VaultInvariants {
    function _makeHandler() internal override returns (VaultHandler) {
        Place memory fast = Place(18, 2_000e36, 100e18, 50_000e18, false);
        return new VaultHandler(_two(fast, Place(6, 1e48, 100e18, 50_000e18, true)), true);
    }
}

/// @notice 1e-12 for a whole one: of 18 decimals all that a market can hold is worth five thousand.
contract VaultsTinyPrice is VaultInvariants {
    function _makeHandler() internal override returns (VaultHandler) {
        Place memory fast = Place(18, 1e24, 1e18, 100e18, false);
        return new VaultHandler(_two(fast, Place(6, 1e36, 1e18, 1_000_000e18, true)), false);
    }
}

contract VaultsTinyPriceWithInterest is VaultInvariants {
    function _makeHandler() internal override returns (VaultHandler) {
        Place memory fast = Place(8, 1e34, 1e18, 1_000e18, false);
        return new VaultHandler(_two(fast, Place(18, 1e24, 1e18, 100e18, true)), true);
    }
}

/// @notice 1e12 for a whole one: one base unit of 6 decimals is worth a million.
contract VaultsHugePrice is VaultInvariants {
    function _makeHandler() internal override returns (VaultHandler) {
        Place memory fast = Place(6, 1e60, 1e24, 1_000_000_000e18, false);
        return new VaultHandler(_two(fast, Place(18, 1e48, 1e24, 1_000_000_000e18, true)), false);
    }
}

contract VaultsHugePriceWithInterest is VaultInvariants {
    function _makeHandler() internal override returns (VaultHandler) {
        Place memory fast = Place(8, 1e58, 1e24, 1_000_000_000e18, false);
        return new VaultHandler(_two(fast, Place(6, 1e60, 1e24, 1_000_000_000e18, true)), true);
    }
}
