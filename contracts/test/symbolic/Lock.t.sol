// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {LiquidityLock} from "ballast/accrual/LiquidityLock.sol";
import {StubAsset} from "./Stubs.sol";

/// @notice Proved for every caller, sequence of two extensions and time: liquidity stays until a time that only grows.
contract LockSymbolic is Test {
    address private constant BENEFICIARY = address(0x4001);
    address private implementation;
    address private pool;

    function setUp() public {
        implementation = address(new LiquidityLock());
        pool = address(new StubAsset());
    }

    function _lock(uint256 until) private returns (LiquidityLock) {
        bytes memory args = abi.encode(pool, BENEFICIARY, until);
        return LiquidityLock(Clones.cloneWithImmutableArgs(implementation, args));
    }

    function check_onlyTheBeneficiary(address caller, uint256 until, address to, uint64 at) external {
        vm.assume(caller != BENEFICIARY);
        LiquidityLock lock = _lock(1_000);
        vm.warp(at);
        vm.startPrank(caller);
        (bool extended,) = address(lock).call(abi.encodeCall(lock.extendLock, (until)));
        (bool taken,) = address(lock).call(abi.encodeCall(lock.withdraw, (to)));
        assert(!extended && !taken);
    }

    /// @dev Nested comparisons of whole words, on which the usual solver does not come to an end.
    /// @custom:halmos --solver z3
    function check_theTimeOnlyGrows(uint256 first, uint256 second) external {
        LiquidityLock lock = _lock(1_000);
        vm.startPrank(BENEFICIARY);
        address(lock).call(abi.encodeCall(lock.extendLock, (first)));
        uint256 afterFirst = lock.lockedUntil();
        assert(afterFirst >= 1_000);
        address(lock).call(abi.encodeCall(lock.extendLock, (second)));
        assert(lock.lockedUntil() >= afterFirst);
    }

    /// @dev Whatever he did before, nothing leaves while the time shown has not come; and then it does.
    function check_nothingLeavesBeforeTheTime(uint256 extension, uint64 at, address to) external {
        LiquidityLock lock = _lock(1_000);
        vm.startPrank(BENEFICIARY);
        address(lock).call(abi.encodeCall(lock.extendLock, (extension)));
        vm.warp(at);
        vm.assume(to != address(0));
        (bool taken,) = address(lock).call(abi.encodeCall(lock.withdraw, (to)));
        assert(taken == (at >= lock.lockedUntil()));
    }
}
