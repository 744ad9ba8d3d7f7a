// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {LiveBookFixture} from "../support/LiveBookFixture.sol";

/// @title V12: see the next price before the oracle has it, and redeem at the old one
/// @notice Mallory knows the price that the feeds will report once it is off by their threshold, and that the stored one
/// will follow once the feeds are off by it. Both thresholds are 0.5 %. She redeems, waits for the update, sells.
contract V12RedeemInFront is LiveBookFixture {
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        // Redeemed at its cheapest: at the liquidation ratio the fee is the least.
        _openIn(LIVE, metal, alice, 100e18, 159_000e18);
        _fund(mallory, 1_000_000e18);
    }

    /// @return gained What mallory has more of at the true price, in base units of the synthetic.
    function _redeemAt(uint256 amount, uint256 truth) private returns (int256 gained) {
        vm.prank(mallory);
        (uint256 burned, uint256 got) = book.redeem(LIVE, alice, amount, 0);
        gained = int256(got * truth / 1e36) - int256(burned);
    }

    /// @dev The feeds and the stored price each lag by as much as they may.
    function testFuzz_v12_theRangeAndTheFeeCoverBothLags(uint256 feedLag, uint256 storedLag, uint256 amount)
        external
    {
        feedLag = bound(feedLag, 0, 0.005e18);
        storedLag = bound(storedLag, 0, 0.005e18);
        uint256 truth = PRICE * (WAD + feedLag) / WAD * (WAD + storedLag) / WAD;
        assertLe(
            _redeemAt(bound(amount, 1_000e18, 158_000e18), truth), 0, "redeeming in front of an update pays"
        );
    }

    /// @dev Even of a vault just short of being sold, where the fee is least.
    function test_v12_atTheEdgeOfLiquidationToo() external {
        for (uint256 i = 0; i < 3; ++i) {
            feeds[i].set(1_910e8);
        }
        _pass(10 minutes);
        _poke();
        assertFalse(book.flag(LIVE, alice));
        uint256 truth = _oracleMid() * 1_005 / 1_000 * 1_005 / 1_000;
        assertLe(_redeemAt(50_000e18, truth), 0, "redeeming in front of an update pays");
    }

    /// @dev A feed's range of disagreement is in high too: the one that is ahead of the others counts.
    function test_v12_theFeedThatIsAheadCounts() external {
        feeds[0].set(2_030e8);
        _poke();
        assertLe(_redeemAt(50_000e18, uint256(2_030e36) * 1_005 / 1_000), 0, "the slower feeds decided");
    }

    /// @dev Anybody who sees that the feeds have moved stores it first; then nothing is left in front of.
    function testFuzz_v12_afterAPokeTheMoveIsIn(uint256 percent) external {
        percent = bound(percent, 101, 250);
        _setFeeds(int256(2_000 * percent / 100));
        _poke();
        uint256 truth = PRICE * percent / 100 * 1_005 / 1_000;
        assertLe(_redeemAt(50_000e18, truth), 0, "redeeming after a poke pays");
    }

    /// @dev While the price is not known, there is no redemption at any.
    function test_v12_noRedemptionAtAPriceThatIsNotSafe() external {
        _pass(1 hours + 1);
        _assertState(PriceState.Grace);
        vm.prank(mallory);
        vm.expectPartialRevert(IVaultBook.PriceUnsafe.selector);
        book.redeem(LIVE, alice, 1_000e18, 0);
    }
}
