// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Fixture} from "../support/Fixture.sol";

/// @notice The example that every build must reproduce, and a first walk through every operation.
contract WorkedExampleTest is Fixture {
    function test_hundredOverAMillionIsATenThousandth_andBurningHalfDoublesIt() external {
        _launchPlain(1, 18);
        assertEq(reserve.backingOf(1e18)[0], 0.0001e18);
        vm.prank(issuer);
        token.burn(500_000e18);
        assertEq(reserve.backingOf(1e18)[0], 0.0002e18);
    }

    function test_everyOperationOnce_withThePoolTax() external {
        _launchPoolTax();
        _give(alice, 100_000e18);
        Floors memory before = _floors();
        _sell(alice, 20_000e18);
        _buy(bob, 5e18);
        uint256[] memory paid = _bid(carol, 500e18);
        assertGt(paid[0], 0);
        _assertFloorsNotBelow(before);

        uint256 loanId = _borrowMost(alice, 10_000e18);
        uint256 second = _borrowMost(alice, 5_000e18);
        _assertFloorsNotBelow(before);
        _assertFreeHoldersCovered();
        vm.warp(block.timestamp + 5 days);
        _repayAll(bob, loanId);
        _fundAndApprove(alice, 0, 1e18);
        vm.prank(alice);
        reserve.extend(second);
        vm.prank(alice);
        reserve.extendByBurn(second, 100e18);
        before = _floors();
        vm.warp(block.timestamp + 100 days);
        reserve.foreclose(_one(second));
        vm.prank(alice);
        reserve.redeem(1_000e18, 0, alice, false);
        _donate(0, 3e18);
        vm.warp(block.timestamp + 3 days);
        _assertFloorsNotBelow(before);
        _assertFreeHoldersCovered();
        _assertLedgerWithinBalance();
        assertEq(reserve.locked(), 0);
    }

    function test_liquidityIsAddedNearTheLotPrice() external {
        _launchPoolTax();
        _give(alice, 400_000e18);
        _sell(alice, 100_000e18);
        // Wait for the auction to come down to the pool's price, then take a full lot.
        for (uint256 i = 0; i < 600; ++i) {
            (uint112 r0, uint112 r1) = _poolReserves();
            uint256 atPool = uint256(r1) * 1_000e18 / r0;
            converter.allocate();
            if (converter.quote(1_000e18)[0] <= atPool * 101 / 100) break;
            vm.warp(block.timestamp + 10);
        }
        _bid(bob, 1_000e18);
        assertGt(converter.addLiquidity(), 0);
    }

    function _poolReserves() internal view returns (uint112, uint112) {
        (bool ok, bytes memory data) = pool.staticcall(abi.encodeWithSignature("getReserves()"));
        require(ok);
        (uint112 a, uint112 b,) = abi.decode(data, (uint112, uint112, uint32));
        (, bytes memory first) = pool.staticcall(abi.encodeWithSignature("token0()"));
        return abi.decode(first, (address)) == address(token) ? (a, b) : (b, a);
    }
}
