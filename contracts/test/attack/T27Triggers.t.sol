// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {AttackFixture} from "../support/AttackFixture.sol";

/// @title T27: sandwich every trigger that anybody may pull, with money borrowed for one transaction
/// @notice The thief mints his money and must hold it all again in the same block. Fees are off and the pool stands
/// hardly above the floor, which is as good as it gets for him: whatever a trigger gave at once, he would take.
contract T27TriggersTest is AttackFixture {
    enum Trigger {
        Sync,
        Allocate,
        BurnLot,
        AddLiquidity,
        Foreclose,
        AcceptRecipient,
        RegisterPool,
        Claim
    }

    uint256 private constant FLASH = 400e18;

    address private mallory = makeAddr("mallory");
    uint256 private expired;

    function setUp() public override {
        super.setUp();
        _newAssets(1, 18);
        LaunchParams memory params = _poolTaxParams();
        params.pool.assets = 52e18; // hardly above the floor once Alice has sold
        params.terms.redeemFeeBps = 0;
        _launch(params);
        _give(alice, 300_000e18);
        _prepareTriggers();
    }

    function test_t27_syncOfALargeDonation() external {
        _sandwichBothWays(Trigger.Sync);
    }

    function test_t27_allocate() external {
        _sandwichBothWays(Trigger.Allocate);
    }

    function test_t27_burnLot() external {
        _sandwichBothWays(Trigger.BurnLot);
    }

    function test_t27_addLiquidity() external {
        _sandwichBothWays(Trigger.AddLiquidity);
    }

    function test_t27_foreclose() external {
        _sandwichBothWays(Trigger.Foreclose);
    }

    function test_t27_acceptRecipient() external {
        _sandwichBothWays(Trigger.AcceptRecipient);
    }

    function test_t27_registerPool() external {
        _sandwichBothWays(Trigger.RegisterPool);
    }

    function test_t27_claim() external {
        _sandwichBothWays(Trigger.Claim);
    }

    // ---------------------------------------------------------------- preparation

    /// @dev Something worth pulling lies behind every trigger: fee tokens, a large default, a large stray deposit.
    function _prepareTriggers() private {
        _sell(alice, 40_000e18);
        expired = _borrowSome(alice, 200_000e18);
        vm.startPrank(issuer);
        converter.proposeRecipient(0, bob);
        token.setFees(0, 0);
        token.transfer(mallory, 100_000e18);
        vm.stopPrank();
        _bid(carol, 500e18);
        vm.warp(block.timestamp + 40 days);
        // New fee tokens came in meanwhile, and a stray deposit as large as all the backing.
        _give(address(converter), 30_000e18);
        assets[0].mint(address(reserve), 100e18);
    }

    /// @dev Half of what is allowed: the default leaves a surplus to chase.
    function _borrowSome(address who, uint256 collateral) private returns (uint256) {
        uint256 half = reserve.maxBorrow(collateral)[0] / 2;
        vm.prank(who);
        return reserve.borrow(collateral, _one(half), who, false);
    }

    // ---------------------------------------------------------------- the sandwich

    /// @dev Bought before and sold after, sold before and bought after, bought and redeemed.
    function _sandwichBothWays(Trigger trigger) private {
        if (trigger == Trigger.AddLiquidity) _sellLotAtPoolPrice();
        uint256 snapshot = vm.snapshotState();
        _assertNoProfit(trigger, 0);
        vm.revertToState(snapshot);
        _assertNoProfit(trigger, 1);
        vm.revertToState(snapshot);
        _assertNoProfit(trigger, 2);
        vm.revertToState(snapshot);
        _assertNoProfit(trigger, 3);
    }

    function _assertNoProfit(Trigger trigger, uint256 way) private {
        uint256 holding = token.balanceOf(mallory);
        uint256 floorBefore = reserve.backingOf(1e23)[0];
        Floors memory before = _floors();
        uint256 size = way == 3 ? FLASH / 2_000 : FLASH / 10;
        if (way == 1) _sell(mallory, holding);
        else _buy(mallory, size);
        uint256 bought = way == 1 ? 0 : token.balanceOf(mallory) - holding;
        // A skewed pool may refuse liquidity: that too is an answer.
        bool pulled = _pull(trigger);
        if (trigger != Trigger.AddLiquidity || way == 3) assertTrue(pulled, "the trigger did not fire");
        if (way == 1) {
            _buy(mallory, assets[0].balanceOf(mallory));
            assertLe(token.balanceOf(mallory), holding, "selling first paid");
        } else {
            if (way == 2) _redeem(bought);
            else _sell(mallory, bought);
            assertLe(assets[0].balanceOf(mallory), size, "buying first paid");
            assertEq(token.balanceOf(mallory), holding);
        }
        _assertFloorsNotBelow(before);
        assertLe(reserve.backingOf(1e23)[0], floorBefore + 1e6, "the floor jumped within a block");
        _assertLedgerWithinBalance();
    }

    function _redeem(uint256 amount) private {
        vm.prank(mallory);
        reserve.redeem(amount, 0, mallory, false);
    }

    function _pull(Trigger trigger) private returns (bool) {
        vm.startPrank(mallory);
        if (trigger == Trigger.Sync) assertEq(reserve.sync(0), 100e18);
        if (trigger == Trigger.Allocate) converter.allocate();
        if (trigger == Trigger.BurnLot) assertEq(converter.burnLot(), 1_000e18);
        if (trigger == Trigger.Foreclose) assertEq(reserve.foreclose(_one(expired)), 1);
        if (trigger == Trigger.AcceptRecipient) converter.acceptRecipient(0);
        if (trigger == Trigger.RegisterPool) token.registerPool(address(assets[0]));
        if (trigger == Trigger.Claim) assertGt(converter.claim(creator, 0), 0);
        vm.stopPrank();
        return trigger != Trigger.AddLiquidity || _tryLiquidity();
    }

    function _tryLiquidity() private returns (bool fired) {
        vm.prank(mallory);
        try converter.addLiquidity() returns (uint256 liquidity) {
            fired = liquidity != 0;
        } catch {}
    }

    /// @dev Burn one lot to reopen the auction above the floor, and take a lot near the pool's price.
    function _sellLotAtPoolPrice() private {
        converter.burnLot();
        for (uint256 i = 0; i < 600; ++i) {
            (uint256 tokens, uint256 amount) = _poolReserves();
            uint256 atPool = amount * 1_000e18 / tokens;
            if (converter.quote(1_000e18)[0] <= atPool * 1005 / 1000) break;
            vm.warp(block.timestamp + 5);
        }
        _bid(carol, 1_000e18);
    }
}
