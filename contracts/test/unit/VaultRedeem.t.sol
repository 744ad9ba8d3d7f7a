// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice Redemption at face value, of a vault that the redeemer names, and what a deficit makes of it.
contract VaultRedeemTest is VaultFixture {
    function setUp() public override {
        super.setUp();
        _open(taker, FAST, 1_000e18, 500_000e18);
        _open(alice, FAST, 10e18, 15_000e18); // 75 %
        _open(bob, FAST, 10e18, 5_000e18); // 25 %
    }

    /// @dev What a redeemer of one vault pays and gets, without anything staying.
    function _try(address owner, uint256 amount) internal returns (uint256 burned, uint256 collateral) {
        uint256 before = vm.snapshotState();
        vm.prank(taker);
        (burned, collateral) = book.redeem(FAST, owner, amount, 0);
        vm.revertToState(before);
    }

    function test_theRiskierVaultIsTheCheaper() external {
        (uint256 burned, uint256 ofAlice) = _try(alice, 1_000e18);
        assertEq(burned, 1_000e18);
        (, uint256 ofBob) = _try(bob, 1_000e18);
        // fee = 0.5 % + 2 % * (1 - LTV / 0.8333), at 2,010 each
        uint256 feeOfAlice = 0.005e18 + (0.02e18 - uint256(0.02e18) * 0.75e18 / 0.8333e18);
        uint256 feeOfBob = 0.005e18 + (0.02e18 - uint256(0.02e18) * 0.25e18 / 0.8333e18);
        assertApproxEqAbs(ofAlice, 1_000e18 * (WAD - feeOfAlice) / 2_010e18, 10);
        assertApproxEqAbs(ofBob, 1_000e18 * (WAD - feeOfBob) / 2_010e18, 10);
        assertGt(ofAlice, ofBob);
    }

    function test_aVaultOverTheLineCostsTheLeastFee() external {
        _setPrice(ether_, 1_700e18);
        (, uint256 collateral) = _try(alice, 1_000e18);
        assertEq(collateral, uint256(995e36) / 1_708.5e18);
    }

    function test_theFeeStaysInTheVault() external {
        uint256 before = uint256(10e18) * 2_010 - 15_000e18;
        vm.prank(taker);
        (uint256 burned,) = book.redeem(FAST, alice, 10_000e18, 0);
        uint256 equity = _collateralOf(FAST, alice) * 2_010 - _debtOf(FAST, alice);
        assertEq(burned, 10_000e18);
        assertApproxEqRel(
            equity - before, 10_000e18 * uint256(0.007e18) / 1e18, 1e16, "0.7 % is the owner's gain"
        );
    }

    function test_itLeavesNothingOrAtLeastTheLeastDebt() external {
        (uint256 burned,) = _try(alice, 14_950e18);
        assertEq(burned, 14_900e18, "clamped");
        (burned,) = _try(alice, 100_000e18);
        assertEq(burned, 15_000e18, "all");
        _open(carol, FAST, 1e18, 100e18);
        vm.prank(taker);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NothingToRedeem.selector, carol));
        book.redeem(FAST, carol, 99e18, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NothingToRedeem.selector, address(1)));
        book.redeem(FAST, address(1), 99e18, 0);
    }

    function test_aRedeemerStatesTheLeastCollateral() external {
        (, uint256 collateral) = _try(alice, 1_000e18);
        vm.startPrank(taker);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.TooLittleCollateral.selector, collateral, collateral + 1)
        );
        book.redeem(FAST, alice, 1_000e18, collateral + 1);
        uint256 supply = synthetic.totalSupply();
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "amount", supply + 1, supply)
        );
        book.redeem(FAST, alice, supply + 1, 0);
        vm.stopPrank();
    }

    function test_anInsolventVaultAndAnUnsafePriceAreRefused() external {
        _setPrice(ether_, 1_500e18);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.Insolvent.selector, alice, 15_000e18, 15_000e18));
        book.redeem(FAST, alice, 1e18, 0);
        _setPrice(ether_, 2_000e18, PriceState.Stepped);
        _try(alice, 1_000e18);
        for (uint8 state = 2; state <= 3; ++state) {
            _setPrice(ether_, 2_000e18, PriceState(state));
            vm.expectRevert(abi.encodeWithSelector(IVaultBook.PriceUnsafe.selector, FAST, state));
            book.redeem(FAST, bob, 1_000e18, 0);
        }
    }

    // ---------------------------------------------------------------- losses

    /// @dev Alice's vault is worth nothing and written off: 15,000 of 2,520,000 are lost.
    function _lose() internal {
        _open(carol, SLOW, 100e8, 2_000_000e18);
        uint256 collateral = _collateralOf(FAST, alice);
        prices.set(address(ether_), 0, 0, 0, PriceState.Safe);
        book.book(FAST, alice);
        assertEq(_collateralOf(FAST, alice), collateral);
        _setPrice(ether_, 2_000e18);
    }

    function test_underADeficitAllHoldersLoseAlike() external {
        _lose();
        (uint256 behind, uint256 supply) = book.haircut();
        assertEq(supply, 2_520_000e18);
        assertEq(behind, 2_505_000e18);
        assertEq(book.equity(), -15_000e18);
        vm.prank(taker);
        (uint256 burned, uint256 collateral) = book.redeem(FAST, bob, 1_000e18, 0);
        assertApproxEqAbs(burned, 1_000e18, 1);
        uint256 fee = 0.005e18 + (0.02e18 - uint256(0.02e18) * 0.25e18 / 0.8333e18);
        uint256 worth = 1_000e18 * behind / supply;
        assertApproxEqAbs(collateral, worth * (WAD - fee) / 2_010e18, 10);
        (uint256 backingAfter, uint256 supplyAfter) = book.haircut();
        // The share does not fall, and does not rise by more than rounding.
        assertGe(backingAfter * supply, behind * supplyAfter);
        assertLe(backingAfter * supply - behind * supplyAfter, 2 * supply);
        assertApproxEqAbs(_deficit(), 15_000e18 - (1_000e18 - worth), 2);
        _requireBacked();
    }

    function test_interestPaysALossBeforeAnybodyElse() external {
        book.setRate(FAST, 3_170_979_198); // 10 % a year
        _lose();
        skip(365 days);
        (uint256 debt,,) = book.totals();
        uint256 earned = debt + 15_000e18 - synthetic.totalSupply();
        assertGt(earned, 15_000e18);
        vm.expectEmit(address(book));
        emit IVaultBook.Covered(FAST, address(book), 15_000e18);
        uint256 minted = book.collect();
        assertEq(minted, earned - 15_000e18);
        assertEq(_deficit(), 0);
        assertEq(synthetic.balanceOf(address(book)), minted, "the surplus");
        assertEq(book.equity(), 0);
        _requireBacked();
    }

    function test_theSurplusPaysNext() external {
        book.setRate(FAST, 3_170_979_198);
        skip(365 days);
        uint256 surplus = book.collect();
        book.setRate(FAST, 0);
        prices.set(address(ether_), 0, 0, 0, PriceState.Safe);
        uint256 lost = book.book(FAST, alice);
        assertGt(surplus, lost);
        assertEq(book.collect(), 0);
        assertEq(_deficit(), 0);
        assertEq(synthetic.balanceOf(address(book)), surplus - lost);
        _requireBacked();
    }

    function test_aRedeemerSettlesTheLossesFirst() external {
        book.setRate(FAST, 3_170_979_198);
        _lose();
        skip(365 days);
        vm.prank(taker);
        (uint256 burned,) = book.redeem(FAST, bob, 1_000e18, 0);
        assertApproxEqAbs(burned, 1_000e18, 1);
        assertEq(_deficit(), 0, "interest has paid");
    }

    function test_anyoneCoversADeficit() external {
        _lose();
        vm.startPrank(taker);
        vm.expectEmit(address(book));
        emit IVaultBook.Covered(FAST, taker, 5_000e18);
        book.cover(FAST, 5_000e18);
        assertEq(_deficit(), 10_000e18);
        assertEq(book.cover(FAST, 1_000_000e18), 10_000e18, "no more than there is");
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "amount", 1, 0));
        book.cover(FAST, 1);
        vm.stopPrank();
        (uint256 behind, uint256 supply) = book.haircut();
        assertEq(behind, supply);
        _requireBacked();
    }

    function test_whatIsAboveTheBufferGoesToTheBackstop() external {
        address backstop = makeAddr("backstop");
        IVaultBook other = _newBook(address(this), backstop, address(0));
        other.createMarket(_fast(address(ether_)), CEILING, MINT_LIMIT, 3_170_979_198);
        ether_.mint(alice, 100e18);
        vm.startPrank(alice);
        ether_.approve(address(other), 100e18);
        other.adjust(0, 100e18, 50_000e18);
        vm.stopPrank();
        skip(365 days);
        uint256 minted = other.collect();
        assertApproxEqRel(minted, 5_000e18, 1e12);
        other.collect();
        assertEq(_balance(other, backstop), minted - 1_000e18);
        assertEq(_balance(other, address(other)), 1_000e18);
    }

    function _balance(IVaultBook of_, address who) internal view returns (uint256 balance) {
        (, bytes memory answer) = address(of_).staticcall(abi.encodeWithSignature("balanceOf(address)", who));
        return abi.decode(answer, (uint256));
    }

    // ---------------------------------------------------------------- peg

    function backing(uint256 ledger) external pure returns (uint256) {
        return ledger;
    }

    function test_thePegModuleMintsAndBurnsAtFace() external {
        book.pegMint(carol, 1_000e18);
        (,, uint256 ledger) = book.totals();
        assertEq(ledger, 1_000e18);
        assertEq(book.pegBurn(carol, 400e18), 400e18);
        (,, ledger) = book.totals();
        assertEq(ledger, 600e18);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "pegLedger", 600e18 + 1, 600e18)
        );
        book.pegBurn(taker, 600e18 + 1);
        assertEq(book.equity(), 0);
        _requireBacked();
    }

    function test_anExitThroughThePegPaysTheSameShare() external {
        book.pegMint(carol, 10_000e18);
        prices.set(address(ether_), 0, 0, 0, PriceState.Safe);
        book.book(FAST, alice);
        (uint256 before, uint256 supply) = book.haircut();
        uint256 worth = book.pegBurn(carol, 1_000e18);
        assertEq(worth, 1_000e18 * before / supply);
        (uint256 after_, uint256 left) = book.haircut();
        assertGe(after_ * supply, before * left);
        assertLe(after_ * supply - before * left, 2 * supply);
        _requireBacked();
    }

    function test_aLossOfCustodyIsADeficitAndCanBeTakenBack() external {
        book.pegMint(carol, 10_000e18);
        vm.expectEmit(address(book));
        emit IVaultBook.PegMoved(-1_000e18, 1_000e18);
        book.pegMark(1_000e18);
        assertEq(_deficit(), 1_000e18);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "pegDeficit", 1_000e18 + 1, 1_000e18)
        );
        book.pegMark(-1_000e18 - 1);
        book.pegMark(-400e18);
        assertEq(_deficit(), 600e18);
        book.pegMint(address(this), 1);
        vm.expectPartialRevert(IVaultBook.AmountTooLarge.selector);
        book.pegMark(9_401e18);
        _requireBacked();
    }

    function test_onlyThePegModuleMovesThePeg() external {
        vm.startPrank(alice);
        bytes memory refused = abi.encodeWithSelector(IVaultBook.NotPegModule.selector, alice);
        vm.expectRevert(refused);
        book.pegMint(alice, 1);
        vm.expectRevert(refused);
        book.pegBurn(taker, 1);
        vm.expectRevert(refused);
        book.pegMark(1);
        vm.stopPrank();
        vm.expectPartialRevert(IVaultBook.AmountTooLarge.selector);
        book.pegMint(alice, type(uint256).max);
    }
}
