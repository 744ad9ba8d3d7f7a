// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {AssetView, IReserve, Terms} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice Redemption, seeding, and the views of the ledger.
contract ReserveRedeemTest is Fixture {
    function setUp() public override {
        super.setUp();
        _launchPlain(3, 18);
        _give(alice, 100_000e18);
    }

    function _three(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    // ---------------------------------------------------------------- redemption

    function test_redeemingPaysTheShareLessTheFeeOfEveryAsset() external {
        uint256[] memory paid = _three(0.99e18, 0.99e18, 0.99e18);
        assertEq(reserve.previewRedeem(10_000e18), paid);
        vm.expectEmit(address(reserve));
        emit IReserve.Redeemed(alice, bob, 10_000e18, paid, _three(0.01e18, 0.01e18, 0.01e18));
        vm.prank(alice);
        assertEq(reserve.redeem(10_000e18, 0, bob, false), paid);
        for (uint256 j = 0; j < 3; ++j) {
            assertEq(assets[j].balanceOf(bob), 0.99e18);
            AssetView memory state = reserve.assetAt(j);
            assertEq(state.cash, 99e18, "the gross has left the cash");
            assertEq(state.streaming, 0.01e18, "the fee streams back");
        }
        assertEq(token.balanceOf(alice), 90_000e18);
        assertEq(token.claims(), 990_000e18);
    }

    function test_forgoneAssetsStayBehind() external {
        vm.prank(alice);
        uint256[] memory paid = reserve.redeem(10_000e18, 2, bob, false);
        assertEq(paid, _three(0.99e18, 0, 0.99e18));
        assertEq(reserve.assetAt(1).cash, 100e18);
        assertEq(reserve.assetAt(1).streaming, 0);
        // Bits beyond the last asset mean nothing.
        vm.prank(alice);
        paid = reserve.redeem(10_000e18, 2 | 1 << 200, bob, false);
        assertGt(paid[0], 0);
    }

    function test_forgoingEverythingIsRefused() external {
        vm.startPrank(alice);
        vm.expectRevert(IReserve.EverythingForgone.selector);
        reserve.redeem(1e18, 7, alice, false);
        vm.expectRevert(IReserve.EverythingForgone.selector);
        reserve.redeem(1e18, type(uint256).max, alice, false);
    }

    function test_redeemingNothingIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "tokens"));
        vm.prank(alice);
        reserve.redeem(0, 0, alice, false);
    }

    function test_redeemingMoreThanTheBalanceIsRefused() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, alice, 100_000e18, 100_001e18
            )
        );
        vm.prank(alice);
        reserve.redeem(100_001e18, 0, alice, false);
    }

    function test_redemptionCanBeOffForGood() external {
        LaunchParams memory params = _plainParams();
        params.terms.redeemable = false;
        params.salt = "off";
        _launch(params);
        vm.expectRevert(IReserve.RedemptionOff.selector);
        vm.prank(issuer);
        reserve.redeem(1, 0, issuer, false);
        vm.expectRevert(IReserve.RedemptionOff.selector);
        reserve.previewRedeem(1);
    }

    function test_theLastHolderTakesAllButHisOwnFee() external {
        vm.prank(alice);
        token.transfer(issuer, 100_000e18);
        vm.prank(issuer);
        uint256[] memory paid = reserve.redeem(1_000_000e18, 0, issuer, false);
        assertEq(paid[0], 99e18);
        assertEq(token.claims(), 0);
        assertEq(reserve.assetAt(0).cash, 0);
        vm.expectRevert(IReserve.NoClaims.selector);
        reserve.backingOf(0);
        assertEq(reserve.freeHolderCoverage(0), type(uint256).max, "nothing needs to be covered");
    }

    function test_nativeCurrencyComesUnwrappedOnlyWhereAsked() external {
        LaunchParams memory params = _plainParams();
        params.assets = new address[](1);
        params.assets[0] = weth;
        params.seeds = _one(100e18);
        vm.deal(issuer, 100e18);
        vm.prank(issuer);
        _remember(launchpad.launch{value: 100e18}(params));
        vm.startPrank(issuer);
        reserve.redeem(10_000e18, 0, alice, true);
        assertEq(alice.balance, 0.99e18);
        reserve.redeem(10_000e18, 0, alice, false);
        assertGe(TestAsset(weth).balanceOf(alice), 0.99e18);
    }

    function test_nativeCurrencyFromOthersIsRefused() external {
        vm.deal(alice, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotWrappedNative.selector, alice));
        vm.prank(alice);
        // Read to the end: the call's own success flag says only that the cheatcode saw a revert.
        (bool ignored,) = address(reserve).call{value: 1}("");
        assertTrue(ignored);
    }

    // ---------------------------------------------------------------- views

    function test_viewsTellTheLaunch() external view {
        assertEq(reserve.model(), "accrual");
        assertEq(reserve.token(), address(token));
        assertEq(reserve.converter(), address(0));
        assertEq(reserve.assetCount(), 3);
        assertEq(reserve.loanCount(), 0);
        assertEq(reserve.locked(), 0);
        assertEq(reserve.claims(), 1_000_000e18);
        assertEq(reserve.freeHolderCoverage(2), WAD);
        Terms memory terms = reserve.terms();
        Terms memory expected = _defaultTerms();
        assertEq(keccak256(abi.encode(terms)), keccak256(abi.encode(expected)));
        (address[] memory list, uint256[] memory amounts) = reserve.reserves();
        for (uint256 j = 0; j < 3; ++j) {
            assertEq(list[j], address(assets[j]));
            assertEq(reserve.assetAt(j).asset, address(assets[j]));
            assertEq(amounts[j], 100e18);
        }
    }

    function test_viewsOfWhatDoesNotExistAreRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownAsset.selector, 3, 3));
        reserve.assetAt(3);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownAsset.selector, 9, 3));
        reserve.freeHolderCoverage(9);
        vm.expectRevert(
            abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "tokens", 1_000_000e18 + 1, 1_000_000e18)
        );
        reserve.backingOf(1_000_000e18 + 1);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, 5));
        reserve.loan(5);
    }

    // ---------------------------------------------------------------- seed

    function test_onlyTheLaunchpadSeedsAndOnlyOnce() external {
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotLaunchpad.selector, issuer));
        vm.prank(issuer);
        reserve.seed();
        vm.expectRevert(IReserve.AlreadySeeded.selector);
        vm.prank(address(launchpad));
        reserve.seed();
    }

    function test_theImplementationBehindTheClonesCannotBeSeeded() external {
        IReserve bare = IReserve(address(new ReserveProbe(address(reserve)).implementation()));
        vm.expectRevert();
        bare.seed();
    }
}

/// @notice Reads the address behind a minimal clone.
contract ReserveProbe {
    address public implementation;

    constructor(address clone) {
        bytes memory code = clone.code;
        uint160 found;
        for (uint256 i = 10; i < 30; ++i) {
            found = found << 8 | uint8(code[i]);
        }
        implementation = address(found);
    }
}
