// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILaunchpad, LaunchParams, Launched} from "ballast/interfaces/ILaunchpad.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T14: borrow and walk away, as a redemption without the redemption fee
contract T14DefaultAsExit is Fixture {
    function setUp() public override {
        super.setUp();
        _newAssets(1, 18);
    }

    /// @dev On whatever terms a launch accepts, a default pays the borrower no more than a redemption would.
    function testFuzz_t14_defaultCostsAtLeastTheRedemptionFee(
        uint256 rhoBps,
        uint256 ltvBps,
        uint256 feeBps,
        uint256 tokens
    ) external {
        LaunchParams memory params = _plainParams();
        params.terms.redeemFeeBps = uint16(bound(rhoBps, 0, 1_000));
        params.terms.ltvBps = uint16(bound(ltvBps, 8_000, BPS));
        params.terms.termFeeBps = uint16(bound(feeBps, 0, 10));
        if (!_tryLaunch(params)) {
            uint256 most = BPS - params.terms.redeemFeeBps;
            assertGt(params.terms.ltvBps, most < 9_900 ? most : 9_900, "harmless terms were refused");
            return;
        }
        tokens = bound(tokens, 1e18, 900_000e18);
        _give(alice, tokens);
        uint256 redeemed = reserve.previewRedeem(tokens)[0];
        uint256 gross = reserve.backingOf(tokens)[0];
        Floors memory before = _floors();
        _borrowMost(alice, tokens);
        vm.warp(block.timestamp + 33 days);
        reserve.foreclose(_one(uint256(uint160(alice)) << 96 | 1));
        uint256 got = assets[0].balanceOf(alice);
        assertLe(got, redeemed, "a default pays more than a redemption");
        assertLe(got + gross * params.terms.redeemFeeBps / BPS, gross, "a default costs less than the fee");
        _assertFloorsNotBelow(before);
        // What the borrower left behind goes to the others, by the stream.
        vm.warp(block.timestamp + 2 days);
        (uint256[] memory totals,) = reserve.backing();
        assertEq(totals[0], before.totals[0] - got, "something else went missing");
    }

    /// @dev Borrowing, extending for years and then defaulting is no cheaper.
    function test_t14_extendingFirstCostsMore() external {
        _launch(_plainParams());
        _give(alice, 100_000e18);
        uint256 redeemed = reserve.previewRedeem(100_000e18)[0];
        uint256 loanId = _borrowMost(alice, 100_000e18);
        for (uint256 i = 0; i < 24; ++i) {
            vm.prank(alice);
            reserve.extendByBurn(loanId, type(uint256).max);
            vm.warp(block.timestamp + 30 days);
        }
        vm.warp(block.timestamp + 33 days);
        reserve.foreclose(_one(loanId));
        assertLt(assets[0].balanceOf(alice), redeemed);
        assertEq(token.balanceOf(alice), 0);
    }

    function test_t14_loanToValueAboveRedemptionIsRefused() external {
        LaunchParams memory params = _plainParams();
        params.terms.redeemFeeBps = 600;
        params.terms.ltvBps = 9_401;
        bytes memory refusal =
            abi.encodeWithSelector(ILaunchpad.ParamOutOfBounds.selector, "terms.ltvBps", 9_401, 0, 9_400);
        vm.expectRevert(refusal);
        vm.prank(issuer);
        launchpad.launch(params);
        params.terms.ltvBps = 9_400;
        assertTrue(_tryLaunch(params));
    }

    function _tryLaunch(LaunchParams memory params) private returns (bool) {
        assets[0].mint(issuer, params.seeds[0]);
        vm.startPrank(issuer);
        assets[0].approve(address(launchpad), params.seeds[0]);
        (bool ok, bytes memory result) = address(launchpad).call(abi.encodeCall(ILaunchpad.launch, (params)));
        vm.stopPrank();
        if (ok) _remember(abi.decode(result, (Launched)));
        else assertEq(bytes4(result), ILaunchpad.ParamOutOfBounds.selector);
        return ok;
    }
}
