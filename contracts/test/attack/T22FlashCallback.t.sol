// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {AssetView} from "ballast/interfaces/IReserve.sol";
import {IUniswapV2Router} from "../support/IUniswapV2Router.sol";
import {ReentryPlan} from "../support/ReentryPlan.sol";

/// @title T22: inside a flash loan the reserve is distorted, and the borrowed money is offered back as backing
contract T22FlashCallbackTest is ReentryPlan {
    uint256 private constant LENT = 50e18;
    uint256 private constant FEE = 0.04e18; // 8 basis points

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _installThief();
        assets[0].mint(address(thief), FEE);
    }

    function test_t22_callbackFindsEverythingLocked() external {
        _planEverything();
        thief.arm();
        Floors memory before = _floors();
        _flash(LENT);
        assertEq(thief.answered(), thief.planned(), "not everything was tried");
        _assertAllLocked();
        _assertFloorsNotBelow(before);
        _assertLedgerWithinBalance();
        assertEq(assets[0].balanceOf(address(thief)), 0.04995e18, "kept other than the loan it had before");
    }

    /// @dev The borrowed money is donated back, so that both the loan and the donation seem to be there.
    function test_t22_borrowedMoneyIsNotDonatedBack() external {
        thief.plan(address(assets[0]), abi.encodeCall(IERC20.approve, (address(reserve), FOREVER)));
        thief.plan(address(reserve), abi.encodeCall(IReserve.donate, (0, LENT + FEE)));
        thief.arm();
        Floors memory before = _floors();
        _flash(LENT);
        (bool ok, bytes memory answer) = thief.answerOf(1);
        _assertLedgerWithinBalance();
        assertFalse(ok, "borrowed money was donated");
        assertEq(_selectorOf(answer), IReserve.Locked.selector);
        vm.warp(block.timestamp + 3 days);
        _assertFloorsNotBelow(before);
        assertEq(reserve.assetAt(0).cash, 100e18 - 0.05e18 + FEE + 0.00005e18, "only fees entered");
    }

    /// @dev Sent back directly it repays nothing: the loan is pulled all the same.
    function test_t22_directReturnDoesNotRepay() external {
        thief.keepTheMoney();
        thief.plan(address(assets[0]), abi.encodeCall(IERC20.transfer, (address(reserve), LENT)));
        thief.arm();
        AssetView memory before = reserve.assetAt(0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(reserve), 0, LENT + FEE
            )
        );
        reserve.flashLoan(IERC3156FlashBorrower(address(thief)), address(assets[0]), LENT, "");
        assertEq(reserve.assetAt(0).cash, before.cash);
        assertEq(reserve.assetAt(0).streaming, before.streaming);
    }

    /// @dev Whoever pays twice has donated: nothing of it is in the floor at once, and it was his own money.
    function test_t22_payingTwiceIsADonationThatVests() external {
        uint256 own = assets[0].balanceOf(address(thief));
        assets[0].mint(address(thief), LENT);
        thief.plan(address(assets[0]), abi.encodeCall(IERC20.transfer, (address(reserve), LENT)));
        thief.arm();
        uint256 totalBefore = _floors().totals[0];
        _flash(LENT);
        assertEq(reserve.sync(0), LENT);
        assertEq(_floors().totals[0], totalBefore, "borrowed money raised the floor at once");
        assertEq(assets[0].balanceOf(address(thief)), own - FEE);
        _assertLedgerWithinBalance();
    }

    /// @dev Buying and selling with the reserve's own cash moves the pool, and the mover pays for it.
    function test_t22_tradingWithTheReservesCashOnlyCosts() external {
        assets[0].mint(address(thief), 20e18);
        uint256 held = token.balanceOf(address(thief));
        uint256 own = assets[0].balanceOf(address(thief));
        address here = address(thief);
        bytes4 swap = IUniswapV2Router.swapExactTokensForTokensSupportingFeeOnTransferTokens.selector;
        address[] memory buying = _path(address(assets[0]), address(token));
        address[] memory selling = _path(address(token), address(assets[0]));
        thief.plan(address(assets[0]), abi.encodeCall(IERC20.approve, (address(router), LENT)));
        thief.plan(address(token), abi.encodeCall(IERC20.approve, (address(router), FOREVER)));
        thief.plan(address(router), abi.encodeWithSelector(swap, LENT, 0, buying, here, block.timestamp));
        // What 50 of the asset buy from 200 against 400,000, less the buy fee.
        thief.plan(
            address(router), abi.encodeWithSelector(swap, 70_000e18, 0, selling, here, block.timestamp)
        );
        thief.plan(address(assets[0]), abi.encodeCall(IERC20.approve, (address(reserve), LENT + FEE)));
        thief.arm();
        Floors memory before = _floors();
        _flash(LENT);
        for (uint256 i = 0; i < thief.answered(); ++i) {
            (bool ok,) = thief.answerOf(i);
            assertTrue(ok, "the trade itself failed");
        }
        assertEq(thief.answered(), 5);
        _assertFloorsNotBelow(before);
        _assertLedgerWithinBalance();
        uint256 value = (token.balanceOf(here) * 200e18) / 400_000e18 + assets[0].balanceOf(here);
        assertLt(value, (held * 200e18) / 400_000e18 + own, "trading with the reserve's cash paid");
    }

    function _flash(uint256 amount) private {
        assertTrue(reserve.flashLoan(IERC3156FlashBorrower(address(thief)), address(assets[0]), amount, ""));
    }
}
