// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";

/// @notice Lends tokens for one call, for nothing: the kindest place to flash-borrow them from.
contract TokenLender {
    function lend(IERC20 token, uint256 amount, FlashCollateralAttacker borrower) external {
        uint256 before = token.balanceOf(address(this));
        token.transfer(address(borrower), amount);
        borrower.onLent(amount);
        require(token.balanceOf(address(this)) >= before, "not returned");
    }
}

/// @notice Uses tokens that must be back within the transaction as collateral, or as a redemption.
contract FlashCollateralAttacker {
    enum Plan {
        BorrowAndKeep, // return the tokens, keep the money
        BorrowAndRepay, // go round once and look for a rounding
        Redeem // take the floor for tokens of others
    }

    IReserve internal immutable reserve;
    IERC20 internal immutable token;
    IERC20 internal immutable asset;
    Plan internal plan;
    TokenLender internal lender;

    constructor(IReserve reserve_, IERC20 token_, IERC20 asset_) {
        (reserve, token, asset) = (reserve_, token_, asset_);
        asset_.approve(address(reserve_), type(uint256).max);
    }

    function attack(TokenLender lender_, uint256 amount, Plan plan_) external {
        (lender, plan) = (lender_, plan_);
        lender_.lend(token, amount, this);
    }

    function onLent(uint256 amount) external {
        uint256[] memory most = reserve.maxBorrow(amount);
        if (plan == Plan.Redeem) {
            reserve.redeem(amount, 0, address(this), false);
        } else {
            uint256 loanId = reserve.borrow(amount, most, address(this), false);
            if (plan == Plan.BorrowAndRepay) reserve.repay(loanId, most);
        }
        token.transfer(address(lender), amount);
    }

    /// @notice Uniswap V2's own flash swap: tokens first, the pool's price in the asset afterwards.
    function uniswapV2Call(address, uint256, uint256, bytes calldata data) external {
        uint256 amount = token.balanceOf(address(this));
        reserve.borrow(amount, reserve.maxBorrow(amount), address(this), false);
        asset.transfer(msg.sender, abi.decode(data, (uint256)));
    }
}

/// @title T16: borrow against tokens that are themselves flash-borrowed, and return them in the same transaction
contract T16FlashCollateral is Fixture {
    FlashCollateralAttacker internal attacker;
    TokenLender internal lender;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        lender = new TokenLender();
        _give(address(lender), 300_000e18);
        attacker = new FlashCollateralAttacker(reserve, IERC20(address(token)), IERC20(address(assets[0])));
        assets[0].mint(address(attacker), 10e18);
    }

    /// @dev The collateral is in the reserve, so that it cannot be returned as well.
    function testFuzz_t16_borrowedTokensCannotBeReturned(uint256 amount) external {
        bytes memory why = _try(bound(amount, 1e18, 300_000e18), FlashCollateralAttacker.Plan.BorrowAndKeep);
        assertEq(bytes4(why), IERC20Errors.ERC20InsufficientBalance.selector, "no clear error");
    }

    function testFuzz_t16_redeemedTokensCannotBeReturned(uint256 amount) external {
        bytes memory why = _try(bound(amount, 1e18, 300_000e18), FlashCollateralAttacker.Plan.Redeem);
        assertEq(bytes4(why), IERC20Errors.ERC20InsufficientBalance.selector, "no clear error");
    }

    /// @dev There and back costs exactly the fee of the term.
    function testFuzz_t16_roundTripCostsTheFee(uint256 amount) external {
        amount = bound(amount, 1e18, 300_000e18);
        uint256 principal = reserve.maxBorrow(amount)[0];
        Floors memory before = _floors();
        attacker.attack(lender, amount, FlashCollateralAttacker.Plan.BorrowAndRepay);
        assertEq(assets[0].balanceOf(address(attacker)), 10e18 - (principal + 999) / 1_000);
        assertEq(token.balanceOf(address(lender)), 300_000e18);
        assertEq(reserve.locked(), 0);
        _assertFloorsNotBelow(before);
    }

    /// @dev The pool wants its own price for the tokens, which lies over what the floor lends.
    function testFuzz_t16_flashSwapIsNotPaidByTheLoan(uint256 amount) external {
        amount = bound(amount, 1e18, 100_000e18);
        uint256 lent = reserve.maxBorrow(amount - (amount * 300 + BPS - 1) / BPS)[0];
        lent -= (lent + 999) / 1_000;
        bool first = IUniswapV2PairFull(pool).token0() == address(token);
        uint256 held = assets[0].balanceOf(address(reserve));
        vm.expectRevert("UniswapV2: K");
        IUniswapV2PairFull(pool)
            .swap(first ? amount : 0, first ? 0 : amount, address(attacker), abi.encode(lent));
        assertEq(assets[0].balanceOf(address(reserve)), held);
        assertEq(assets[0].balanceOf(address(attacker)), 10e18);
    }

    /// @dev Try the plan; if it goes through, nothing may have been won by it.
    function _try(uint256 amount, FlashCollateralAttacker.Plan plan) private returns (bytes memory why) {
        Floors memory before = _floors();
        uint256 held = assets[0].balanceOf(address(reserve));
        try attacker.attack(lender, amount, plan) {}
        catch (bytes memory reason) {
            why = reason;
        }
        assertLe(assets[0].balanceOf(address(attacker)), 10e18, "profit with borrowed tokens");
        assertEq(assets[0].balanceOf(address(reserve)), held, "the reserve paid");
        assertEq(token.balanceOf(address(lender)), 300_000e18);
        _assertFloorsNotBelow(before);
    }
}
