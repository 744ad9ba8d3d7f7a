// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V05: thousands of tiny operations in one transaction, each of which could keep a rounding
/// @notice Balancer lost 128 million dollars in 2025 to sums of a few units, rounded the wrong way sixty-five times in a
/// row. Each test below compares the book with arithmetic in which nothing is rounded at all: debts are kept times 1e18.
contract V05TinyOperations is VaultAttackFixture {
    uint256 private constant OPERATIONS = 3_000;

    /// @dev What alice owes exactly, times 1e18: nothing here ever divides.
    uint256 private exactDebt;
    /// @dev What bob, a bystander in the same market, owes exactly.
    uint256 private bystander;

    function setUp() public override {
        super.setUp();
        _fund(carol, 1_000_000e18);
        _open(bob, FAST, 100e18, 100_000e18 + 3);
        _open(alice, FAST, 100e18, 100_000e18 + 1);
        book.setRate(FAST, RATE_MAX);
        // An index of no round number: 1.0813...
        _pass(29 days + 16 hours + 7);
        book.setRate(FAST, 0);
        exactDebt = _normOf(FAST, alice) * book.marketOf(FAST).index;
        bystander = _normOf(FAST, bob) * book.marketOf(FAST).index;
    }

    /// @dev The book's debt is never under the exact one, and over it by at most a unit of norm an operation.
    function _requireExact(uint256 operations) private view {
        uint256 index = book.marketOf(FAST).index;
        uint256 owed = _normOf(FAST, alice) * index;
        assertGe(owed, exactDebt, "owes less than was borrowed");
        assertLe(owed, exactDebt + operations * (index + WAD), "rounded by more than a unit each");
        assertEq(_normOf(FAST, bob) * index, bystander, "a bystander's debt moved");
        _requireBacked();
    }

    /// forge-config: default.fuzz.runs = 12
    function testFuzz_v05_tinyBorrowsAndRepayments(uint256 seed) external {
        uint256 supply = synthetic.totalSupply();
        int256 before = _worth(alice);
        vm.startPrank(alice);
        for (uint256 i = 0; i < OPERATIONS; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            int256 amount = int256(1 + (word >> 8) % 5);
            (, int256 moved) = book.adjust(FAST, 0, word % 2 == 0 ? amount : -amount);
            exactDebt = uint256(int256(exactDebt) + moved * int256(WAD));
            supply = uint256(int256(supply) + moved);
        }
        vm.stopPrank();
        assertEq(synthetic.totalSupply(), supply, "supply is not the sum of what was moved");
        _requireExact(OPERATIONS);
        assertLe(_worth(alice), before, "tiny operations paid");
    }

    function test_v05_singleUnitsOfCollateralBackAndForth() external {
        ether_.mint(alice, OPERATIONS);
        int256 before = _worth(alice);
        uint256 held = _collateralOf(FAST, alice);
        vm.startPrank(alice);
        ether_.approve(address(book), OPERATIONS);
        for (uint256 i = 0; i < OPERATIONS; ++i) {
            book.adjust(FAST, i % 3 == 0 ? -1 : int256(1), 0);
            held = i % 3 == 0 ? held - 1 : held + 1;
        }
        vm.stopPrank();
        assertEq(_collateralOf(FAST, alice), held);
        assertEq(_worth(alice), before);
        _requireExact(0);
    }

    /// forge-config: default.fuzz.runs = 12
    /// @dev Carol redeems a few units at a time: each must burn at least what it takes off the debt.
    function testFuzz_v05_tinyRedemptions(uint256 seed) external {
        // A tenth a unit, so that a few units of the synthetic still buy collateral.
        prices.set(address(ether_), 9.95e34, 10e34, 10.05e34, PriceState.Safe);
        _deepen(alice, 10_000_000e18);
        int256 before = _worth(carol);
        uint256 burnedInAll;
        for (uint256 i = 0; i < OPERATIONS / 2; ++i) {
            uint256 amount = 2 + uint256(keccak256(abi.encode(seed, i))) % 9;
            vm.prank(carol);
            (uint256 burned,) = book.redeem(FAST, alice, amount, 0);
            assertLe(burned, amount);
            burnedInAll += burned;
            exactDebt -= burned * WAD;
        }
        assertGt(burnedInAll, OPERATIONS, "nothing was redeemed");
        _requireExact(OPERATIONS);
        assertLe(_worth(carol), before, "tiny redemptions paid");
    }

    /// forge-config: default.fuzz.runs = 12
    /// @dev Takes of a few units each, of a vault whose collateral is worth little a unit.
    function testFuzz_v05_tinyTakes(uint256 seed, bool solvent) external {
        _deepen(alice, 10_000_000e18);
        _deepen(bob, 10_000_000e18);
        // 10,000,100 of collateral against 108,130: at a loan-to-value of 0.9, or of 1.2.
        prices.set(address(ether_), 1.19e34, solvent ? 1.2e34 : 0.9e34, 1.21e34, PriceState.Safe);
        book.flag(FAST, alice);
        _pass(20);
        uint256 norm = _normOf(FAST, alice);
        uint256 held = _collateralOf(FAST, alice);
        int256 fair = _fairPrice(norm, held, solvent);
        uint256 paidInAll;
        uint256 takenInAll;
        for (uint256 i = 0; i < OPERATIONS / 2; ++i) {
            uint256 budget = 2 + uint256(keccak256(abi.encode(seed, i))) % 9;
            (uint256 paid, uint256 taken) = _take(carol, FAST, alice, budget);
            assertLe(paid, budget);
            paidInAll += paid;
            takenInAll += taken;
        }
        assertGt(paidInAll, OPERATIONS, "nothing was taken");
        assertLe(int256(takenInAll) * 1e18, int256(paidInAll) * fair, "tiny takes got a better price");
        // Never a higher loan-to-value than before.
        assertLe(
            _normOf(FAST, alice) * held, norm * _collateralOf(FAST, alice), "tiny takes raised the ratio"
        );
        _requireBacked();
    }

    /// @dev Collateral a unit of the synthetic, times 1e18, at the discount of this moment, up: nothing may beat it.
    function _fairPrice(uint256 norm, uint256 held, bool solvent) private view returns (int256) {
        uint256 mid = solvent ? 1.2e34 : 0.9e34;
        uint256 debt = norm * book.marketOf(FAST).index / WAD;
        uint256 value = held * mid / 1e36;
        uint256 byTime = uint256(0.08e18) * 20 / 30;
        uint256 shortfall = solvent ? WAD - value * 0.8333e18 / debt : 0;
        uint256 discount = shortfall > 0.08e18 ? 0.08e18 : shortfall;
        if (byTime > discount) discount = byTime;
        return int256(1e36 * 1e18 / mid * WAD / (WAD - discount) + 1);
    }

    function _deepen(address owner, uint256 amount) private {
        ether_.mint(owner, amount);
        vm.startPrank(owner);
        ether_.approve(address(book), amount);
        book.adjust(FAST, int256(amount), 0);
        vm.stopPrank();
    }
}
