// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AssetTerms, IPriceAggregator, SourceTerms} from "ballast/interfaces/IPriceAggregator.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {Fixture} from "../support/Fixture.sol";
import {SettablePrices} from "../support/SettablePrices.sol";

/// @notice An accrual token as collateral of a vault, at its floor less what redeeming it costs.
contract VaultAccrualCollateralTest is Fixture {
    IVaultBook internal book;
    IPriceAggregator internal prices;
    SettablePrices internal assetPrices;

    function setUp() public override {
        super.setUp();
        _launchPlain(1, 18); // 100 of the asset behind 1,000,000 tokens
        assetPrices = new SettablePrices();
        _priceAsset(2_000e36);
        prices =
            IPriceAggregator(vm.deployCode("PriceAggregator.sol:PriceAggregator", abi.encode(address(this))));
        bytes memory args = abi.encode(token, assetPrices, address(0));
        address floor = vm.deployCode("FloorSource.sol:FloorSource", args);
        _addFloor(floor);
        args = abi.encode("Dollar", "USD", address(this), address(0), address(0), 0);
        book = IVaultBook(vm.deployCode("VaultBook.sol:VaultBook", args));
        book.createMarket(_terms(), 1_000_000e18, 1_000_000e18, 0);
        prices.poke(address(token));
        _give(alice, 100_000e18);
        _give(bob, 100_000e18);
    }

    function _priceAsset(uint256 mid) internal {
        assetPrices.set(address(assets[0]), mid * 995 / 1000, mid, mid * 1005 / 1000, PriceState.Safe);
    }

    function _addFloor(address floor) internal {
        SourceTerms[] memory list = new SourceTerms[](1);
        list[0] = SourceTerms({
            source: floor,
            maxAgeSecs: 1 hours,
            least: 1e18,
            most: 1e58,
            gasMost: 1_000_000,
            lockable: true,
            observing: true
        });
        AssetTerms memory terms = AssetTerms({
            maxAgeSecs: 1 hours,
            graceSecs: 30 minutes,
            minSources: 1,
            deviation: 0.005e18,
            maxDeviation: 0.02e18,
            maxStep: 0.5e18,
            stepWindowSecs: 10 minutes
        });
        prices.addAsset(address(token), terms, list);
    }

    function _terms() internal view returns (MarketTerms memory terms) {
        terms.collateral = address(token);
        terms.prices = address(prices);
        terms.borrowLtv = 0.8e18;
        terms.minDebt = 100e18;
        terms.mintWindowSecs = 1 days;
        terms.liqLtv = 0.8333e18;
        terms.maxDiscount = 0.08e18;
        terms.rampSecs = 30;
        terms.feeMin = 0.005e18;
        terms.feeSlope = 0.02e18;
    }

    function _open(address owner, uint256 collateral, uint256 debt) internal {
        vm.startPrank(owner);
        token.approve(address(book), collateral);
        book.adjust(0, int256(collateral), int256(debt));
        vm.stopPrank();
    }

    function test_itCountsAtItsFloorLessTheRedemptionFee() external view {
        (uint256 low, uint256 mid,,, PriceState state) = prices.price(address(token));
        assertEq(uint8(state), uint8(PriceState.Safe));
        // 0.0001 of the asset each, at 2,000, less 1 %; low also by the asset's own low and the deviation.
        assertApproxEqRel(mid, 0.198e36, 1e3);
        assertApproxEqRel(low, 0.198e36 * uint256(995) * 995 / 1e6, 1e3);
    }

    function test_aFloorThatRisesLendsMore() external {
        _open(alice, 100_000e18, 15_000e18);
        vm.prank(alice);
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(0, 0, 1_000e18);
        // The issuer burns a quarter of all tokens: the floor rises by a third at once.
        vm.prank(issuer);
        token.burn(250_000e18);
        prices.poke(address(token));
        vm.prank(alice);
        book.adjust(0, 0, 5_000e18);
        (,, uint256 debt,) = book.vaultOf(0, alice);
        assertEq(debt, 20_000e18);
    }

    function test_aTakerGetsOutByRedeemingTheCollateral() external {
        _open(alice, 100_000e18, 15_600e18);
        _open(bob, 100_000e18, 10_000e18);
        _priceAsset(1_850e36); // the floor follows its asset
        prices.poke(address(token));
        address[] memory owners = new address[](1);
        owners[0] = alice;
        vm.prank(bob);
        (uint256 paid, uint256 collateral) = book.take(0, owners, 10_000e18, 0, "");
        vm.prank(bob);
        uint256[] memory got = reserve.redeem(collateral, 0, bob, false);
        assertGt(got[0] * 1_850, paid, "the floor pays more than the take cost");
        assertEq(IERC20(address(assets[0])).balanceOf(bob), got[0]);
    }
}
