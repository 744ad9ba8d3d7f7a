// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IAccrualToken} from "ballast/interfaces/IAccrualToken.sol";
import {Fixture} from "../support/Fixture.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice Which transfers pay, how much, to whom; and how fees change.
contract TokenTaxTest is Fixture {
    address private constant DEAD = 0x000000000000000000000000000000000000dEaD;
    address private secondPool;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, 10_000e18);
        TestAsset other = new TestAsset("other", 18);
        secondPool = factory.createPair(address(token), address(other));
        token.registerPool(address(other));
    }

    /// @dev What `amount` from `from` to `to` costs: taken from the amount, all of it to the converter.
    function _taxOf(address from, address to, uint256 amount) private returns (uint256 fee) {
        uint256 start = vm.snapshotState();
        uint256 converterBefore = token.balanceOf(address(converter));
        uint256 fromBefore = token.balanceOf(from);
        uint256 toBefore = token.balanceOf(to);
        vm.prank(from);
        token.transfer(to, amount);
        assertEq(fromBefore - token.balanceOf(from), amount, "never debited more or less");
        uint256 received = token.balanceOf(to) - toBefore;
        fee = amount - received;
        if (to != address(converter) && from != address(converter)) {
            assertEq(token.balanceOf(address(converter)) - converterBefore, fee, "the fee is the converter's");
        }
        vm.revertToState(start);
    }

    function test_walletsNeverPay() external {
        address[4] memory wallets = [bob, address(router), DEAD, address(token)];
        for (uint256 i = 0; i < wallets.length; ++i) {
            assertEq(_taxOf(alice, wallets[i], 1_000), 0);
        }
    }

    function test_poolsPayByTheirSide() external {
        assertEq(_taxOf(pool, alice, 1_000), 30, "buy 3 %");
        assertEq(_taxOf(alice, pool, 1_000), 50, "sell 5 %");
        assertEq(_taxOf(pool, address(router), 1_000), 30, "the router is a wallet");
        assertEq(_taxOf(address(0xb0b), pool, 0), 0);
        assertEq(_taxOf(pool, DEAD, 1_000), 30);
        assertEq(_taxOf(pool, secondPool, 1_000), 80, "a purchase and a sale");
        assertEq(_taxOf(pool, pool, 0), 0);
    }

    function test_systemAccountsNeverPay() external {
        vm.startPrank(alice);
        token.transfer(address(converter), 1_000);
        token.transfer(address(reserve), 1_000);
        token.transfer(address(launchpad), 1_000);
        token.transfer(address(liquidityLock), 1_000);
        vm.stopPrank();
        address[4] memory exempt =
            [address(converter), address(reserve), address(launchpad), address(liquidityLock)];
        for (uint256 i = 0; i < exempt.length; ++i) {
            assertTrue(token.isExempt(exempt[i]));
            assertEq(_taxOf(exempt[i], pool, 1_000), 0);
            assertEq(_taxOf(pool, exempt[i], 1_000), 0);
        }
        assertFalse(token.isExempt(alice));
        assertFalse(token.isExempt(issuer));
    }

    function test_feesRoundUpAndNeverExceedTheAmount() external {
        assertEq(_taxOf(alice, pool, 1), 1);
        assertEq(_taxOf(pool, alice, 1), 1);
        assertEq(_taxOf(pool, secondPool, 1), 1, "two fees of one unit on one unit");
        assertEq(_taxOf(pool, secondPool, 2), 2);
        assertEq(_taxOf(alice, pool, 21), 2);
    }

    function testFuzz_feeIsTheShareRoundedUp(uint256 amount) external {
        amount = _bound(amount, 1, 10_000e18);
        assertEq(_taxOf(alice, pool, amount), (amount * 500 + 9_999) / 10_000);
        assertEq(_taxOf(pool, alice, amount), (amount * 300 + 9_999) / 10_000);
    }

    function test_aTaxedTransferSaysSo() external {
        vm.expectEmit(address(token));
        emit IAccrualToken.Taxed(alice, pool, 1_000, 50);
        vm.prank(alice);
        token.transfer(pool, 1_000);
    }

    // ---------------------------------------------------------------- pools

    function test_anybodyRegistersAPairOfTheFactoryAndNothingElse() external {
        TestAsset third = new TestAsset("third", 6);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.NotAPool.selector, address(third)));
        token.registerPool(address(third));
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.NotAPool.selector, address(token)));
        token.registerPool(address(token));
        address made = factory.createPair(address(third), address(token));
        assertFalse(token.isPool(made));
        vm.expectEmit(address(token));
        emit IAccrualToken.PoolRegistered(made);
        vm.prank(bob);
        assertEq(token.registerPool(address(third)), made);
        assertTrue(token.isPool(made));
        assertTrue(token.isPool(pool));
        assertFalse(token.isPool(alice));
    }

    function test_registeringAgainKeepsTheBalance() external {
        uint256 held = token.balanceOf(pool);
        token.registerPool(address(assets[0]));
        assertEq(token.balanceOf(pool), held);
        assertTrue(token.isPool(pool));
    }

    // ---------------------------------------------------------------- fees

    function _assertFees(uint256 buyBps, uint256 sellBps) private view {
        (uint256 buyNow, uint256 sellNow) = token.fees();
        assertEq(buyNow, buyBps);
        assertEq(sellNow, sellBps);
    }

    function test_aCutIsImmediate() external {
        vm.expectEmit(address(token));
        emit IAccrualToken.FeesCut(300, 400);
        vm.prank(issuer);
        token.setFees(300, 400);
        _assertFees(300, 400);
    }

    function test_aRaiseOfEitherSideWaitsThreeDays() external {
        uint256 effectiveAt = block.timestamp + 3 days;
        vm.expectEmit(address(token));
        emit IAccrualToken.FeesProposed(301, 0, effectiveAt);
        vm.prank(issuer);
        token.setFees(301, 0);
        (uint256 buyBps, uint256 sellBps, uint256 at) = token.pendingFees();
        assertEq(buyBps, 301);
        assertEq(sellBps, 0);
        assertEq(at, effectiveAt);
        vm.warp(effectiveAt - 1);
        _assertFees(300, 500);
        vm.warp(effectiveAt);
        _assertFees(301, 0);
        (buyBps, sellBps, at) = token.pendingFees();
        assertEq(buyBps + sellBps + at, 0);
    }

    function test_aSecondProposalStartsTheWaitAnew() external {
        vm.startPrank(issuer);
        token.setFees(400, 600);
        vm.warp(block.timestamp + 3 days - 1);
        token.setFees(1_000, 1_000);
        vm.warp(block.timestamp + 3 days - 1);
        _assertFees(300, 500);
        vm.warp(block.timestamp + 1);
        _assertFees(1_000, 1_000);
    }

    function test_aCutDropsAProposal() external {
        vm.startPrank(issuer);
        token.setFees(400, 600);
        token.setFees(300, 500);
        vm.warp(block.timestamp + 30 days);
        _assertFees(300, 500);
    }

    function test_aCutAfterARaiseTookEffectIsMeasuredAgainstTheRaise() external {
        vm.startPrank(issuer);
        token.setFees(400, 600);
        vm.warp(block.timestamp + 3 days);
        token.setFees(400, 550);
        _assertFees(400, 550);
    }

    function test_noFeeAboveTheMaximum() external {
        (uint256 maxBuy, uint256 maxSell) = token.maxFees();
        assertEq(maxBuy, 1_000);
        assertEq(maxSell, 1_000);
        vm.startPrank(issuer);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.FeeTooHigh.selector, "buyBps", 1_001, 1_000));
        token.setFees(1_001, 0);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.FeeTooHigh.selector, "sellBps", 1_001, 1_000));
        token.setFees(0, 1_001);
    }

    function test_onlyTheOwnerSetsFees() external {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        vm.prank(guardian);
        token.setFees(0, 0);
    }
}
