// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";
import {IConverter} from "ballast/interfaces/IConverter.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {CodeReader} from "../support/CodeReader.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";

/// @title T33: collect the liquidity fee, which belongs to the locked owner, as a gift to all of the pool
/// @notice Tokens sent to a pool that is then synced belong to whoever holds its shares, or buys in front of it. Here
/// they are minted into shares, and the shares go to the lock.
contract T33LiquidityMintTest is AttackFixture {
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, 300_000e18);
        _give(mallory, 200_000e18);
        _sell(alice, 100_000e18);
        _sellLotAtPoolPrice();
    }

    /// @dev Every unit that leaves the converter comes back as shares of the lock; the depth behind one share, hence
    /// everybody else's part, stays as it was.
    function test_t33_liquidityIsMintedToTheLock() external {
        uint256 shares = IUniswapV2PairFull(pool).balanceOf(address(liquidityLock));
        uint256 all = IUniswapV2PairFull(pool).totalSupply();
        (uint256 tokens, uint256 amount) = _poolReserves();
        vm.recordLogs();
        uint256 minted = converter.addLiquidity();
        assertGt(minted, 0);
        assertEq(_countMints(), 1, "no mint of the pair");
        assertEq(IUniswapV2PairFull(pool).balanceOf(address(liquidityLock)) - shares, minted);
        assertEq(IUniswapV2PairFull(pool).totalSupply() - all, minted, "somebody else got shares");
        (uint256 tokensAfter, uint256 amountAfter) = _poolReserves();
        assertLe(tokensAfter - tokens, tokens / 200, "more than half a per cent of the pool");
        assertApproxEqAbs(amountAfter * tokens, amount * tokensAfter, tokensAfter, "the price moved");
        // Per share nothing is given away: at most the rounding of one unit each.
        assertLe((tokensAfter - tokens) * all, (minted + 1) * tokens + all, "tokens given to the pool");
        assertLe((amountAfter - amount) * all, (minted + 1) * amount + all, "assets given to the pool");
        (uint256 surplusTokens, uint256 surplusAssets) = _poolSurplus();
        assertEq(surplusTokens + surplusAssets, 0, "something lies in the pool for anybody to skim");
    }

    /// @dev Nobody holding shares of the pool, however many and however briefly, gains by it.
    function test_t33_shareHolderGainsNothing() external {
        assets[0].mint(mallory, 200e18);
        vm.startPrank(mallory);
        token.approve(address(router), FOREVER);
        assets[0].approve(address(router), FOREVER);
        (uint256 tokens, uint256 amount) = _poolReserves();
        router.addLiquidity(
            address(token),
            address(assets[0]),
            150_000e18,
            150_000e18 * amount / tokens,
            0,
            0,
            mallory,
            block.timestamp
        );
        vm.stopPrank();
        (uint256 tokensBefore, uint256 assetsBefore) = _partOf(mallory);
        assertGt(converter.addLiquidity(), 0);
        (uint256 tokensAfter, uint256 assetsAfter) = _partOf(mallory);
        assertLe(tokensAfter, tokensBefore + 1_000, "a share holder gained tokens");
        assertLe(assetsAfter, assetsBefore + 1_000, "a share holder gained assets");
    }

    /// @dev A pool skewed beforehand, by a flash loan say, is refused; so is a second helping, and an old price.
    function test_t33_skewedPoolAndHasteAreRefused() external {
        uint256 snapshot = vm.snapshotState();
        _buy(mallory, 40e18);
        (bool ok, bytes memory answer) = _tryLiquidity();
        assertFalse(ok, "added to a skewed pool");
        assertEq(_selectorOf(answer), IConverter.PoolOffPrice.selector);
        vm.revertToState(snapshot);
        _sell(mallory, 40_000e18);
        (ok, answer) = _tryLiquidity();
        assertFalse(ok, "added to a skewed pool");
        assertEq(_selectorOf(answer), IConverter.PoolOffPrice.selector);
        vm.revertToState(snapshot);

        uint256 now_ = block.timestamp;
        converter.addLiquidity();
        vm.expectRevert(abi.encodeWithSelector(IConverter.LiquidityTooSoon.selector, now_ + 10 minutes));
        converter.addLiquidity();
        (, uint256 soldAt) = converter.lastLot();
        vm.warp(soldAt + 1 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(IConverter.NoRecentLotPrice.selector, soldAt));
        converter.addLiquidity();
    }

    /// @dev The converter's code has no call to `sync` of a pair; it shares that name with the reserve's own, which
    /// takes an argument.
    function test_t33_noCodeThatSyncsThePool() external view {
        address code = CodeReader.implementationOf(address(converter));
        assertTrue(CodeReader.pushes(code, IUniswapV2PairFull.mint.selector));
        assertFalse(CodeReader.pushes(code, IUniswapV2PairFull.sync.selector));
        assertFalse(CodeReader.pushes(address(token), IUniswapV2PairFull.sync.selector));
        assertFalse(
            CodeReader.pushes(CodeReader.implementationOf(address(reserve)), IUniswapV2PairFull.sync.selector)
        );
    }

    // ---------------------------------------------------------------- steps

    function _tryLiquidity() private returns (bool ok, bytes memory answer) {
        vm.prank(mallory);
        (ok, answer) = address(converter).call(abi.encodeCall(IConverter.addLiquidity, ()));
    }

    function _partOf(address who) private view returns (uint256, uint256) {
        uint256 shares = IUniswapV2PairFull(pool).balanceOf(who);
        uint256 all = IUniswapV2PairFull(pool).totalSupply();
        (uint256 tokens, uint256 amount) = _poolReserves();
        return (tokens * shares / all, amount * shares / all);
    }

    function _countMints() private returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes32 topic = keccak256("Mint(address,uint256,uint256)");
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == pool && logs[i].topics[0] == topic) ++count;
        }
    }

    function _sellLotAtPoolPrice() private {
        for (uint256 i = 0; i < 600; ++i) {
            (uint256 tokens, uint256 amount) = _poolReserves();
            converter.allocate();
            if (converter.quote(1_000e18)[0] <= amount * 1_000e18 / tokens) break;
            vm.warp(block.timestamp + 5);
        }
        _bid(carol, 1_000e18);
    }
}
