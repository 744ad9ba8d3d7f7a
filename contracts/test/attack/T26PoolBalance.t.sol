// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAccrualToken} from "ballast/interfaces/IAccrualToken.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";

/// @title T26: burn or move what the pool holds, so that what one holds oneself is worth its asset side
contract T26PoolBalanceTest is AttackFixture {
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(mallory, 50_000e18);
        _give(alice, 100_000e18);
    }

    /// @dev Buy, push the price by whatever a transfer may set off, sell: a dozen rounds never pay.
    function test_t26_pushingThePriceByTransfersNeverPays() external {
        // No fee is the best case for the attacker, save for what fees might set off; both are tried.
        for (uint256 round = 0; round < 2; ++round) {
            uint256 snapshot = vm.snapshotState();
            if (round == 1) {
                vm.prank(issuer);
                token.setFees(0, 0);
            }
            uint256 holding = token.balanceOf(mallory);
            _buy(mallory, 100e18);
            uint256 bought = token.balanceOf(mallory) - holding;
            for (uint256 i = 0; i < 12; ++i) {
                vm.prank(mallory);
                token.transfer(pool, 2_000e18);
                IUniswapV2PairFull(pool).skim(mallory);
            }
            _sell(mallory, bought);
            assertLe(assets[0].balanceOf(mallory), 100e18, "pushing the price paid");
            vm.revertToState(snapshot);
        }
    }

    /// @dev The token side of the pool changes by what is sent to it less the fee, and by nothing else whatever.
    function test_t26_poolChangesOnlyByItsOwnTransfers() external {
        uint256 held = token.balanceOf(pool);
        (uint256 believed,) = _poolReserves();
        vm.startPrank(mallory);
        token.transfer(pool, 1_000e18);
        assertEq(token.balanceOf(pool), held + 950e18, "a transfer moved the pool's own balance");
        (uint256 after_,) = _poolReserves();
        assertEq(after_, believed, "a transfer made the pool sync");
        IUniswapV2PairFull(pool).skim(mallory);
        assertEq(token.balanceOf(pool), held);

        token.burn(1_000e18);
        token.transfer(bob, 1_000e18);
        token.transfer(address(token), 500e18);
        token.transfer(0x000000000000000000000000000000000000dEaD, 500e18);
        reserve.redeem(1_000e18, 0, mallory, false);
        uint256 loanId = reserve.borrow(1_000e18, _one(0.05e18), mallory, false);
        reserve.extendByBurn(loanId, FOREVER);
        vm.stopPrank();
        token.registerPool(address(assets[0]));
        reserve.sync(0);
        converter.allocate();
        _bid(bob, 10e18);
        vm.warp(block.timestamp + 80 days);
        reserve.foreclose(_one(loanId));
        converter.burnLot();
        vm.prank(issuer);
        token.setFees(0, 0);
        assertEq(token.balanceOf(pool), held, "the pool's balance was moved");
        (after_,) = _poolReserves();
        assertEq(after_, believed, "the pool was made to sync");
    }

    function test_t26_nobodyBurnsWhatIsNotHis() external {
        address[5] memory victims =
            [pool, alice, address(converter), address(reserve), address(liquidityLock)];
        bytes memory notReserve = abi.encodeWithSelector(IAccrualToken.NotReserve.selector, mallory);
        uint256 refused;
        for (uint256 i = 0; i < victims.length; ++i) {
            uint256 held = token.balanceOf(victims[i]);
            vm.startPrank(mallory);
            vm.expectRevert(
                abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, mallory, 0, 1)
            );
            token.burnFrom(victims[i], 1);
            vm.expectRevert(notReserve);
            token.burnOf(victims[i], 1);
            vm.expectRevert(notReserve);
            token.lockFrom(victims[i], 1);
            vm.stopPrank();
            assertEq(token.balanceOf(victims[i]), held);
            refused += 3;
        }
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotConverter.selector, mallory));
        reserve.burnConverted(1);
        assertEq(refused, 15);
    }

    /// @dev With an allowance, exactly as much as it says.
    function test_t26_burningForAnotherUsesUpTheAllowance() external {
        vm.prank(alice);
        token.approve(mallory, 10e18);
        Floors memory before = _floors();
        vm.startPrank(mallory);
        token.burnFrom(alice, 10e18);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, mallory, 0, 1)
        );
        token.burnFrom(alice, 1);
        vm.stopPrank();
        assertEq(token.balanceOf(alice), 99_990e18);
        _assertFloorsNotBelow(before);
    }
}
