// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V01: worsen one's own health, then liquidate oneself for the discount
/// @notice Euler lost 197 million dollars to a call that let an owner give away collateral against open debt. Alice owns
/// the vault and bob takes it; both are the attacker.
contract V01SelfLiquidation is VaultAttackFixture {
    function setUp() public override {
        super.setUp();
        _fund(bob, 200_000e18);
        // The most that 100 whole ones at the low price allow.
        _open(alice, FAST, 100e18, 159_200e18);
    }

    function test_v01_everyWayToWorsenTheVaultIsRefused() external {
        int256 before = _worth(alice, bob);
        vm.startPrank(alice);
        // A base unit of collateral lets 1,592 base units be borrowed: four fifths of the low price.
        _expectUndercollateralised(159_200e18, 159_200e18 - 1_592);
        book.adjust(FAST, -1, 0);
        _expectUndercollateralised(159_200e18 + 1, 159_200e18);
        book.adjust(FAST, 0, 1);
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(FAST, ALL, 0);
        // Repaying a part does not buy the right to take out more than that part is worth.
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(FAST, -50e18, -70_000e18);
        vm.expectPartialRevert(IVaultBook.DebtTooSmall.selector);
        book.adjust(FAST, ALL, -159_200e18 + 1);
        vm.stopPrank();
        _requireSafe();
        assertEq(_worth(alice, bob), before);
    }

    /// @dev Any order of what an owner and an accomplice may do at a standing price.
    function testFuzz_v01_noSequenceMakesItUnhealthyOrPays(uint256[24] memory seeds) external {
        int256 before = _worth(alice, bob);
        for (uint256 i = 0; i < seeds.length; ++i) {
            _act(seeds[i]);
            assertTrue(_isHealthy(FAST, alice), "unhealthy by the owner's own hand");
            assertLe(_worth(alice, bob), before, "worth more than before");
        }
        _requireSafe();
    }

    function _act(uint256 seed) private {
        uint256 size = bound(seed >> 8, 1, 160_000e18);
        int256 amount = int256(size);
        address who = seed >> 128 & 1 == 0 ? alice : bob;
        vm.startPrank(who);
        if (seed % 7 == 0) _try(abi.encodeCall(book.adjust, (FAST, -amount / 1_600, 0)));
        else if (seed % 7 == 1) _try(abi.encodeCall(book.adjust, (FAST, 0, amount)));
        else if (seed % 7 == 2) _try(abi.encodeCall(book.adjust, (FAST, -amount / 1_600, -amount)));
        else if (seed % 7 == 3) _try(abi.encodeCall(book.redeem, (FAST, alice, size, 0)));
        else if (seed % 7 == 4) _try(abi.encodeCall(book.adjustFor, (FAST, alice, 0, -amount, bob)));
        else if (seed % 7 == 5) _try(abi.encodeCall(book.take, (FAST, _one(alice), size, 0, "")));
        else _try(abi.encodeCall(book.book, (FAST, alice)));
        vm.stopPrank();
    }

    function _try(bytes memory call) private {
        (bool done,) = address(book).call(call);
        done;
    }

    /// @dev Interest carries a vault over the line without a price: what the taker gains is what the owner loses.
    function test_v01_waitingForInterestPaysNothing() external {
        book.setRate(FAST, RATE_MAX);
        _pass(30 days);
        assertFalse(_isHealthy(FAST, alice));
        int256 before = _worth(alice, bob);
        _take(bob, FAST, alice, type(uint256).max);
        assertLe(_worth(alice, bob), before, "self-liquidation paid");
        assertEq(_deficit(), 0, "holders paid for it");
    }

    /// @dev After a real fall, at every moment of the clock.
    function testFuzz_v01_selfTakeAfterAFallPaysNothing(uint256 price, uint256 secs, uint256 paid) external {
        _setPrice(ether_, bound(price, 1_593e18, 1_910e18));
        book.flag(FAST, alice);
        _pass(bound(secs, 0, 1 hours));
        int256 before = _worth(alice, bob);
        _take(bob, FAST, alice, bound(paid, 60_000e18, 200_000e18));
        assertLe(_worth(alice, bob), before, "self-liquidation paid");
        assertEq(_deficit(), 0, "holders paid for it");
    }

    function _expectUndercollateralised(uint256 debt, uint256 most) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.Undercollateralised.selector, debt, most));
    }

    function _requireSafe() private {
        assertFalse(book.flag(FAST, alice), "its clock runs");
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        vm.prank(bob);
        book.take(FAST, _one(alice), type(uint256).max, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NothingToBook.selector, alice));
        book.book(FAST, alice);
        _requireBacked();
    }
}
