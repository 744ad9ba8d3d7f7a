// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {VaultLens, VaultSight} from "ballast/vaults/VaultLens.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice What the lens says is what the book then does, to the last unit.
contract VaultLensTest is VaultFixture {
    VaultLens private lens;

    function setUp() public override {
        super.setUp();
        lens = VaultLens(vm.deployCode("VaultLens.sol:VaultLens"));
        book.setRate(FAST, 1_585_489_599); // 5 % a year
        _open(bob, SLOW, 1_000e8, 10_000_000e18);
        vm.prank(bob);
        assertTrue(synthetic.transfer(taker, 5_000_000e18));
    }

    function testFuzz_takeIsWhatTheLensSaid(uint256[5] memory seeds) external {
        uint256 budget = _makeUnhealthy(seeds);
        VaultSight memory sight = lens.vault(book, FAST, alice);
        (uint256 paid, uint256 got, uint256 deficit) = lens.take(book, FAST, alice, budget);
        uint256 before = _deficit();
        if (paid == 0 && got == 0) {
            vm.expectRevert(IVaultBook.NothingToTake.selector);
            _take(taker, FAST, alice, budget);
            return;
        }
        assertTrue(sight.unhealthy);
        (uint256 reallyPaid, uint256 reallyGot) = _take(taker, FAST, alice, budget);
        assertEq(paid, reallyPaid, "paid");
        assertEq(got, reallyGot, "collateral");
        assertEq(deficit, _deficit() - before, "deficit");
    }

    /// @dev A vault of alice's, a fall, some time on the clock, and a price that is safe, stepped or late.
    function _makeUnhealthy(uint256[5] memory seeds) private returns (uint256 budget) {
        uint256 debt = bound(seeds[0], 1_000e18, 100_000e18);
        _open(alice, FAST, debt * 4 / 3 / 2_000 + 1, debt);
        vm.warp(block.timestamp + 10 days);
        uint256 price = bound(seeds[1], 300e18, 1_801e18);
        _setPrice(ether_, price);
        if (book.flag(FAST, alice)) vm.warp(block.timestamp + bound(seeds[2], 0, 15 minutes));
        PriceState[3] memory states = [PriceState.Safe, PriceState.Stepped, PriceState.Late];
        _setPrice(ether_, price, states[seeds[3] % 3]);
        return bound(seeds[4], 0, 150_000e18);
    }

    /// @dev At the liquidation price it is healthy still, and one step under it not.
    function testFuzz_liquidationPriceIsTheBorderOfHealth(uint256 debt, uint256 extra) external {
        debt = bound(debt, 1_000e18, 100_000e18);
        _open(alice, FAST, debt * 4 / 3 / 2_000 + bound(extra, 1, 1_000e18), debt);
        uint256 border = lens.vault(book, FAST, alice).liquidationPrice;
        prices.set(
            address(ether_),
            border * 1_000_001 / 1_000_000,
            border * 1_000_001 / 1_000_000,
            border * 2,
            PriceState.Safe
        );
        assertFalse(book.flag(FAST, alice), "above it");
        assertFalse(lens.vault(book, FAST, alice).unhealthy);
        prices.set(address(ether_), border / 2, border * 999_999 / 1_000_000, border * 2, PriceState.Safe);
        assertTrue(lens.vault(book, FAST, alice).unhealthy, "under it");
        assertTrue(book.flag(FAST, alice));
        assertTrue(lens.vault(book, FAST, alice).clockRuns);
    }

    /// @dev The book allows exactly what the lens says can be borrowed.
    function testFuzz_ratioAfterAnActionIsTheOneTheBookChecks(uint256 collateral, uint256 more) external {
        collateral = bound(collateral, 1e18, 1_000e18);
        _open(alice, FAST, collateral, 1_000e18);
        vm.warp(block.timestamp + 3 days);
        VaultSight memory sight = lens.vault(book, FAST, alice);
        more = bound(more, 1, sight.borrowable);
        VaultSight memory later = lens.afterAdjust(book, FAST, alice, 0, int256(more));
        // The norm rounds up by less than one unit of debt.
        bool allowed = later.debt < later.borrowable;
        vm.prank(alice);
        (bool done,) = address(book).call(abi.encodeCall(book.adjust, (FAST, int256(0), int256(more))));
        if (later.debt > later.borrowable) assertFalse(done, "allowed against the lens");
        if (allowed) {
            assertTrue(done, "refused against the lens");
            assertApproxEqAbs(_debtOf(FAST, alice), later.debt, 2);
            assertApproxEqRel(lens.vault(book, FAST, alice).ltv, later.ltv, 1e6);
        }
        later = lens.afterAdjust(book, FAST, alice, type(int256).min, type(int256).min);
        assertEq(later.collateral + later.debt + later.ltv, 0, "all out");
    }

    function testFuzz_redemptionIsWhatTheLensSaid(uint256 debt, uint256 price, uint256 amount) external {
        debt = bound(debt, 1_000e18, 100_000e18);
        _open(alice, FAST, debt * 4 / 3 / 2_000 + 1, debt);
        _setPrice(ether_, bound(price, 1_600e18, 9_000e18));
        (uint256 fee, uint256 perUnit, uint256 most) = lens.redemption(book, FAST, alice);
        assertGe(fee, 0.005e18);
        assertEq(most, _debtOf(FAST, alice));
        amount = bound(amount, 1e18, most - 100e18);
        vm.prank(taker);
        (uint256 burned, uint256 got) = book.redeem(FAST, alice, amount, 0);
        assertApproxEqAbs(burned, amount, 2);
        assertApproxEqAbs(got, burned * perUnit / 1e36, 2);
    }

    function test_whatCannotBeRedeemedOrTakenIsSaid() external {
        vm.expectRevert(abi.encodeWithSelector(VaultLens.NoDebt.selector, alice));
        lens.redemption(book, FAST, alice);
        _open(alice, FAST, 1e18, 1_500e18);
        _setPrice(ether_, 1_000e18);
        (uint256 fee,, uint256 most) = lens.redemption(book, FAST, alice);
        assertEq(fee + most, 0, "an insolvent vault");
        _setPrice(ether_, 1_000e18, PriceState.Grace);
        (uint256 paid, uint256 got,) = lens.take(book, FAST, alice, 1e24);
        assertEq(paid + got, 0, "within the grace");
        vm.expectRevert(abi.encodeWithSelector(VaultLens.Collateral.selector, 1e18, -2e18));
        lens.afterAdjust(book, FAST, alice, -2e18, 0);
        _setPrice(ether_, 0);
        assertEq(lens.vault(book, FAST, alice).ltv, type(uint256).max);
    }

    function test_ladderIsItsVaults() external {
        _open(alice, FAST, 1e18, 1_500e18);
        address[] memory owners = new address[](2);
        (owners[0], owners[1]) = (alice, carol);
        VaultSight[] memory sights = lens.ladder(book, FAST, owners);
        assertEq(sights[0].liquidationPrice, lens.vault(book, FAST, alice).liquidationPrice);
        assertEq(sights[0].debt, 1_500e18);
        assertEq(sights[1].debt + sights[1].collateral, 0);
    }
}
