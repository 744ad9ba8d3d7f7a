// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ILaunchpad, LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {AssetView, IReserve} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T06: be the first holder, the last, or the only one; find the reserve empty; inflate the floor by a donation
contract T06EmptyReserve is Fixture {
    address internal attacker = makeAddr("attacker");

    /// @dev There is no moment at which the first to come finds nothing behind the tokens.
    function test_t06_launchWithAnEmptyReserveIsRefused() external {
        _newAssets(1, 18);
        LaunchParams memory params = _plainParams();
        params.seeds[0] = 0;
        vm.expectRevert(
            abi.encodeWithSelector(
                ILaunchpad.ParamOutOfBounds.selector, "seeds", 0, BPS, uint256(type(uint112).max)
            )
        );
        vm.prank(issuer);
        launchpad.launch(params);
    }

    /// @dev With no claims left nobody owns the rest, and nothing divides by zero.
    function test_t06_everythingBurnedPaysNobody() external {
        _launchPlain(1, 18);
        vm.prank(issuer);
        token.burn(1_000_000e18);
        assertEq(token.claims(), 0);
        vm.expectRevert(IReserve.NoClaims.selector);
        reserve.backingOf(0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "tokens", 1, 0));
        reserve.previewRedeem(1);
        bytes memory nothing =
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, attacker, 0, 1);
        vm.expectRevert(nothing);
        vm.prank(attacker);
        reserve.redeem(1, 0, attacker, false);
        vm.expectRevert(nothing);
        vm.prank(attacker);
        reserve.borrow(1, _one(1), attacker, false);

        _donate(0, 5e18);
        vm.warp(block.timestamp + 10 days);
        assertEq(reserve.assetAt(0).cash, 105e18, "the rest moved");
        assertEq(reserve.freeHolderCoverage(0), type(uint256).max);
        assertEq(assets[0].balanceOf(address(reserve)), 105e18);
    }

    /// @dev All redeemed, all defaulted: the reserve runs out exactly with the claims, and never before.
    function test_t06_lastDefaultLeavesNoClaimUncovered() external {
        _launchPlain(1, 18);
        _give(alice, 600_000e18);
        _borrowMost(alice, 600_000e18);
        vm.prank(issuer);
        reserve.redeem(400_000e18, 0, issuer, false);
        vm.warp(block.timestamp + 40 days);
        Floors memory before = _floors();
        uint256 loanId = uint256(uint160(alice)) << 96 | 1;
        reserve.foreclose(_one(loanId));
        _assertFloorsNotBelow(before);
        AssetView memory state = reserve.assetAt(0);
        assertEq(token.claims() + state.lent, 0, "a claim or a debt is left");
        _assertLedgerWithinBalance();
    }

    /// @dev The one-wei holder of ERC-4626 lore donates to make everybody else's share round to nothing. Nobody can
    /// deposit here, so all that he can do is to give the others a part of his money.
    function testFuzz_t06_donationInflationCostsTheDonor(uint256 gift, uint256 kept) external {
        _launchPlain(1, 18);
        kept = bound(kept, 1, 999_999e18);
        _give(attacker, kept);
        uint256 honest = reserve.previewRedeem(token.balanceOf(issuer))[0];
        uint256 own = reserve.previewRedeem(kept)[0];
        gift = bound(gift, 1e18, 1_000_000e18);
        assets[0].mint(attacker, gift);
        vm.startPrank(attacker);
        assets[0].approve(address(reserve), gift);
        reserve.donate(0, gift);
        vm.stopPrank();
        vm.warp(block.timestamp + 2 days);
        vm.prank(attacker);
        uint256 got = reserve.redeem(kept, 0, attacker, false)[0];
        assertLe(got, own + gift, "the donor came out ahead");
        assertGe(reserve.previewRedeem(token.balanceOf(issuer))[0], honest, "the others lost by the gift");
    }

    /// @dev Tokens taken just before somebody's donation and redeemed just after earn nothing of it.
    function testFuzz_t06_nobodyBuysInFrontOfADonation(uint256 tokens, uint256 gift) external {
        _launchPlain(1, 18);
        tokens = bound(tokens, 1e18, 900_000e18);
        _give(attacker, tokens);
        uint256 before = reserve.previewRedeem(tokens)[0];
        _donate(0, bound(gift, 1e18, 1_000_000e18));
        vm.prank(attacker);
        uint256 got = reserve.redeem(tokens, 0, attacker, false)[0];
        assertGt(got, 0, "nothing was redeemed");
        assertEq(got, before, "the donation was caught in one block");
        vm.warp(block.timestamp + 2 days);
        _assertLedgerWithinBalance();
    }
}
