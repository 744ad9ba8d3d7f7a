// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";
import {AttackFixture} from "../support/AttackFixture.sol";

/// @title T28: skim, sync and donate around taxed transfers until fees pile up as the pool's surplus
contract T28SkimAndSyncTest is AttackFixture {
    address private mallory = makeAddr("mallory");
    uint256 private skims;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(mallory, 50_000e18);
        _give(alice, 100_000e18);
    }

    /// @dev After any swap or transfer by others there is nothing to skim, and nothing that `sync` would book.
    function test_t28_feesNeverBecomeSurplus() external {
        for (uint256 i = 0; i < 6; ++i) {
            uint256 fees = token.balanceOf(address(converter));
            if (i % 2 == 0) _sell(alice, 7_777e18 + i);
            else _buy(bob, 3e18 + i);
            assertGt(token.balanceOf(address(converter)), fees, "no fee was taken");
            (uint256 tokens, uint256 amount) = _poolSurplus();
            assertEq(tokens, 0, "fees lie in the pool for anybody to skim");
            assertEq(amount, 0);
            uint256 held = token.balanceOf(mallory);
            IUniswapV2PairFull(pool).skim(mallory);
            assertEq(token.balanceOf(mallory), held, "skimming paid");
            (uint256 believed,) = _poolReserves();
            IUniswapV2PairFull(pool).sync();
            (uint256 after_,) = _poolReserves();
            assertEq(after_, believed, "syncing booked a fee");
        }
    }

    /// @dev What is skimmed was sent there by somebody, less the fee both ways; skimming into the pool itself or
    /// to an exempt account makes nothing either.
    function test_t28_skimmingReturnsLessThanWasSent() external {
        address[4] memory receivers = [mallory, pool, address(converter), address(reserve)];
        for (uint256 i = 0; i < receivers.length; ++i) {
            (, uint256 assetSide) = _poolReserves();
            uint256 holding = token.balanceOf(mallory);
            vm.startPrank(mallory);
            token.transfer(pool, 1_000e18);
            (uint256 surplus,) = _poolSurplus();
            assertEq(surplus, 950e18, "more arrived than was sent less the fee");
            IUniswapV2PairFull(pool).skim(receivers[i]);
            IUniswapV2PairFull(pool).skim(mallory);
            vm.stopPrank();
            assertLt(token.balanceOf(mallory), holding - 1_000e18 + 950e18, "the round trip was free");
            (surplus,) = _poolSurplus();
            assertEq(surplus, 0);
            (, uint256 assetAfter) = _poolReserves();
            assertEq(assetAfter, assetSide);
        }
    }

    /// @dev Any order of everything: the thief never ends with more of both than he began with, valued at the
    /// pool, and the surplus never exceeds what was sent directly.
    function testFuzz_t28_anyOrderOfSkimSyncAndDonation(uint256 seed) external {
        uint256 direct;
        for (uint256 i = 0; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            uint256 amount = seed % 2_000e18 + 1;
            uint256 step = (seed >> 128) % 6;
            if (step == 0) {
                IUniswapV2PairFull(pool).skim(mallory);
                direct = 0;
                ++skims;
            } else if (step == 1) {
                IUniswapV2PairFull(pool).sync();
                direct = 0;
            } else if (step == 2) {
                _transferToPool(amount);
                direct += amount;
            } else if (step == 3) {
                _sellExactly(alice, amount);
                direct = 0; // a direct deposit counts as the seller's
            } else if (step == 4) {
                _buy(bob, amount / 1_000 + 1e9);
                direct = 0; // a purchase books what lay there
            } else {
                assets[0].mint(pool, 1e9);
            }
            (uint256 surplus,) = _poolSurplus();
            assertLe(surplus, direct, "the surplus grew by more than was sent");
        }
    }

    /// @dev The thefts had this shape: deposit, skim to oneself, again and again, then sell into the pool.
    function test_t28_loopOfDepositAndSkimOnlyCosts() external {
        uint256 holding = token.balanceOf(mallory);
        (uint256 poolTokens, uint256 poolAssets) = _poolReserves();
        for (uint256 i = 0; i < 10; ++i) {
            _transferToPool(token.balanceOf(mallory) / 2);
            IUniswapV2PairFull(pool).skim(mallory);
            IUniswapV2PairFull(pool).sync();
            ++skims;
        }
        (uint256 tokens, uint256 amount) = _poolReserves();
        assertEq(tokens, poolTokens);
        assertEq(amount, poolAssets);
        assertLt(token.balanceOf(mallory), holding * 7 / 10, "the loop was cheaper than its fees");
        assertEq(token.balanceOf(mallory) + token.balanceOf(address(converter)), holding, "a token was lost");
        assertEq(skims, 10);
    }

    function _transferToPool(uint256 amount) private {
        vm.prank(mallory);
        token.transfer(pool, amount);
    }

    /// @dev A sale must not fail on its own dust, whatever the seed says.
    function _sellExactly(address who, uint256 amount) private {
        _sell(who, amount + 1e12);
    }
}
