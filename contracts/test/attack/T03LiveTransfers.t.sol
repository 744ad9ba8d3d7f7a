// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Fixture} from "../support/Fixture.sol";

/// @title T03: move a floor by moving tokens between addresses that can still spend them
contract T03LiveTransfers is Fixture {
    address private constant DEAD = 0x000000000000000000000000000000000000dEaD;

    address internal bridge = makeAddr("bridge");

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, 100_000e18);
        _give(bob, 50_000e18);
    }

    /// @dev Pool, router, bridge, converter, lock, launchpad, the reserve itself: all can still spend, all stay in S.
    function testFuzz_t03_transfersLeaveFloorsAsTheyAre(uint256 amount, uint256 hop) external {
        address[8] memory places = [
            bob,
            pool,
            address(router),
            bridge,
            address(converter),
            address(liquidityLock),
            address(launchpad),
            address(reserve)
        ];
        Floors memory before = _floors();
        uint256 moved = bound(amount, 0, 10_000e18);
        for (uint256 i = 0; i < places.length; ++i) {
            vm.prank(alice);
            token.transfer(places[i], moved);
            _assertSame(before, "a transfer moved the floor");
        }
        vm.prank(bridge);
        token.transfer(places[hop % places.length], moved);
        _assertSame(before, "a transfer onwards moved the floor");
    }

    /// @dev Trades on the real pool tax the trader; neither the fee nor the trade is the floor's business.
    function testFuzz_t03_tradesLeaveFloorsAsTheyAre(uint256 sold, uint256 spent) external {
        Floors memory before = _floors();
        _sell(alice, bound(sold, 1e9, 50_000e18));
        _assertSame(before, "a sale moved the floor");
        _buy(bob, bound(spent, 1e9, 50e18));
        _assertSame(before, "a purchase moved the floor");
        assertGt(token.balanceOf(address(converter)), 0, "nothing was taxed");
    }

    /// @dev Locking collateral, and getting it back, is a transfer too.
    function test_t03_collateralStaysInTheClaims() external {
        Floors memory before = _floors();
        uint256 loanId = _borrowMost(alice, 10_000e18);
        _assertSame(before, "locking moved the floor");
        _repayAll(alice, loanId);
        _assertSame(before, "releasing moved the floor");
    }

    /// @dev Burning b of S tokens leaves F whole over S - b, whichever way they are burned.
    function testFuzz_t03_burningRaisesFloorsExactly(uint256 amount, uint256 way) external {
        Floors memory before = _floors();
        uint256 burned = bound(amount, 1, 100_000e18);
        vm.startPrank(alice);
        if (way % 3 == 0) token.burn(burned);
        else if (way % 3 == 1) token.transfer(DEAD, burned);
        else token.transfer(address(token), burned);
        vm.stopPrank();
        Floors memory later = _floors();
        assertEq(later.totals, before.totals, "burning moved assets");
        assertEq(later.claims, before.claims - burned, "claims did not fall by what was burned");
        uint256 tokens = 1_000e18;
        assertEq(reserve.backingOf(tokens)[0], tokens * before.totals[0] / (before.claims - burned));
    }

    function _assertSame(Floors memory before, string memory message) private view {
        Floors memory later = _floors();
        assertEq(later.totals, before.totals, message);
        assertEq(later.claims, before.claims, message);
    }
}
