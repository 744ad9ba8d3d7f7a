// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IConverter, Recipient, Split} from "ballast/interfaces/IConverter.sol";
import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";
import {Fixture} from "../support/Fixture.sol";

/// @notice Each condition under which liquidity is minted to the lock, and what is minted. The pool holds 400,000
/// tokens against 200, so that a lot of 1,000 tokens costs 0.5 there: five times its floor.
contract ConverterLiquidityTest is Fixture {
    uint256 private constant LOT = 1_000e18;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, 300_000e18);
        vm.prank(alice);
        token.transfer(address(converter), 100_000e18);
        converter.allocate();
    }

    /// @dev Wait until a lot costs `price` or less, and buy it.
    function _buyLotAt(uint256 price) private {
        while (converter.quote(LOT)[0] > price) {
            vm.warp(block.timestamp + 1);
        }
        _bid(bob, LOT);
    }

    function test_itMintsToTheLockAtThePoolsRatio() external {
        _buyLotAt(0.5e18);
        (uint256 tokens, uint256 aside) = converter.forLiquidity();
        assertEq(tokens, 10_000e18);
        uint256 locked = IERC20(pool).balanceOf(address(liquidityLock));
        uint256 supply = IERC20(pool).totalSupply();
        uint256 minted = converter.addLiquidity();
        // An eighth of 0.5 lies aside: less than the 1 that 1/200 of the pool would take.
        assertGt(aside, 0.06e18);
        (uint256 tokensLeft, uint256 asideLeft) = converter.forLiquidity();
        assertEq(asideLeft, 0);
        assertApproxEqAbs(tokens - tokensLeft, aside * 2_000, 2_000);
        assertEq(IERC20(pool).balanceOf(address(liquidityLock)) - locked, minted);
        assertApproxEqRel(minted * 200e18 / supply, aside, 1e12);
        assertEq(IERC20(pool).balanceOf(address(converter)), 0);
    }

    /// @dev With enough set aside a call takes 1/200 of the pool and no more.
    function test_atMostATwoHundredthOfThePool() external {
        for (uint256 i = 0; i < 18; ++i) {
            _buyLotAt(0.5e18);
        }
        (uint256 tokens, uint256 aside) = converter.forLiquidity();
        assertGt(aside, 1e18);
        vm.expectEmit(true, true, true, false, address(converter));
        emit IConverter.LiquidityAdded(2_000e18, 1e18, 0);
        converter.addLiquidity();
        (uint256 tokensLeft, uint256 asideLeft) = converter.forLiquidity();
        assertEq(tokens - tokensLeft, 2_000e18);
        assertEq(aside - asideLeft, 1e18);
    }

    function test_atMostOnceInTenMinutes() external {
        for (uint256 i = 0; i < 40; ++i) {
            _buyLotAt(0.5e18);
        }
        converter.addLiquidity();
        uint256 earliest = block.timestamp + 10 minutes;
        vm.warp(earliest - 1);
        vm.expectRevert(abi.encodeWithSelector(IConverter.LiquidityTooSoon.selector, earliest));
        converter.addLiquidity();
        vm.warp(earliest);
        converter.addLiquidity();
    }

    function test_onlyWithALotSoldWithinTheHour() external {
        vm.expectRevert(abi.encodeWithSelector(IConverter.NoRecentLotPrice.selector, 0));
        converter.addLiquidity();
        _buyLotAt(0.5e18);
        uint256 soldAt = block.timestamp;
        vm.warp(soldAt + 1 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(IConverter.NoRecentLotPrice.selector, soldAt));
        converter.addLiquidity();
        vm.warp(soldAt + 1 hours);
        converter.addLiquidity();
    }

    function test_onlyWithinAFiftiethOfTheLotPrice() external {
        _buyLotAt(0.52e18);
        (uint256 lotPaid,) = converter.lastLot();
        assertGt(lotPaid, 0.515e18);
        vm.expectRevert(abi.encodeWithSelector(IConverter.PoolOffPrice.selector, 0.5e18, lotPaid));
        converter.addLiquidity();
        _buyLotAt(0.485e18);
        (lotPaid,) = converter.lastLot();
        vm.expectRevert(abi.encodeWithSelector(IConverter.PoolOffPrice.selector, 0.5e18, lotPaid));
        converter.addLiquidity();
        _buyLotAt(0.505e18);
        converter.addLiquidity();
    }

    /// @dev The bound exactly: a pool moved to 2 % above the lot is accepted, one unit beyond is not.
    function test_theBoundIsExact() external {
        _buyLotAt(0.5e18);
        (uint256 lotPaid,) = converter.lastLot();
        uint256 poolTokens = token.balanceOf(pool);
        // Off by at most 1/50: 50 * (assets * lot - paid * tokens) <= paid * tokens.
        uint256 most = (lotPaid * poolTokens + lotPaid * poolTokens / 50) / LOT;
        assets[0].mint(pool, most - assets[0].balanceOf(pool) + 1);
        IUniswapV2PairFull(pool).sync();
        vm.expectRevert(
            abi.encodeWithSelector(IConverter.PoolOffPrice.selector, (most + 1) * LOT / poolTokens, lotPaid)
        );
        converter.addLiquidity();
        vm.prank(pool);
        assets[0].transfer(bob, 1);
        IUniswapV2PairFull(pool).sync();
        converter.addLiquidity();
    }

    function test_whoSkewsThePoolGetsNothingMinted() external {
        _buyLotAt(0.5e18);
        _sell(alice, 50_000e18);
        vm.expectPartialRevert(IConverter.PoolOffPrice.selector);
        converter.addLiquidity();
    }

    function test_nothingIsAddedFromNothing() external {
        _buyLotAt(0.5e18);
        converter.addLiquidity();
        vm.warp(block.timestamp + 10 minutes);
        vm.expectRevert(IConverter.NothingToAdd.selector);
        converter.addLiquidity();
    }

    function test_withoutAShareNothingIsAdded() external {
        LaunchParams memory params = _poolTaxParams();
        params.fees.split = Split(10_000, 0, 0, new Recipient[](0));
        params.salt = "none";
        _launch(params);
        vm.expectRevert(IConverter.NoLiquidityShare.selector);
        converter.addLiquidity();
    }
}
