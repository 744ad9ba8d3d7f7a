// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {PegModule} from "ballast/vaults/PegModule.sol";
import {VaultGovernor} from "ballast/governance/VaultGovernor.sol";
import {PegFixture} from "../support/PegFixture.sol";
import {SettablePrices} from "../support/SettablePrices.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @title V13: mint a burst against collateral that was made out of nothing
/// @notice In April 2026 a forged bridge message created rsETH without backing, and lenders took it at full value. A
/// market cannot tell; its mint limit bounds what a day costs and its ceiling what all days cost together, and owner or
/// guardian close it at once.
contract V13BurstMintTest is PegFixture {
    uint256 private constant FAKE = 1e30;

    function setUp() public override {
        vm.warp(1_767_225_600); // 2026-01-01
        prices = new SettablePrices();
        _deploySystem(address(new TestAsset("Dollar", 6)), true);
        ether_ = new TestAsset("Ether", 18);
        coin = new TestAsset("Coin", 8);
        _setPrice(ether_, 2_000e18);
        _setPrice(coin, 60_000e18);
        _create(_fast(address(ether_)), 100_000e18, 30_000e18);
        _create(_slow(address(coin)), 1_000_000e18, 1_000_000e18);
        _open(alice, SLOW, 100e8, 500_000e18);
        _fake(mallory);
    }

    function test_v13_oneBurstIsBoundedByTheMintLimit() external {
        assertEq(_mintAll(50), 30_000e18, "more than a day's limit in one go");
    }

    /// @dev Over many accounts: the limit is the market's, not an owner's.
    function testFuzz_v13_manyAccountsMintNoMoreThanOne(uint256 seed) external {
        uint256 minted;
        for (uint256 i = 0; i < 12; ++i) {
            address who = address(uint160(uint256(keccak256(abi.encode(seed, i)))));
            _fake(who);
            uint256 amount = bound(uint256(keccak256(abi.encode(seed, "amount", i))), 100e18, 40_000e18);
            minted += _try(who, amount);
        }
        assertLe(minted, 30_000e18);
        assertEq(synthetic.totalSupply(), 500_000e18 + minted);
    }

    /// @dev Repaying gives the limit back, so what counts is net; going round and round makes nothing.
    function test_v13_repayingAndMintingAgainAddsNothing() external {
        _mintAll(20);
        uint256 supply = synthetic.totalSupply();
        for (uint256 i = 0; i < 10; ++i) {
            vm.prank(mallory);
            book.adjust(FAST, 0, -10_000e18);
            _mintAll(20);
            assertLe(synthetic.totalSupply(), supply, "a round trip made room");
        }
        vm.prank(alice);
        book.adjust(SLOW, 0, -100_000e18);
        assertEq(_mintAll(20), 0, "another market's repayment made room");
    }

    /// @dev Patience is bounded too, by the ceiling.
    function test_v13_allDaysTogetherAreBoundedByTheCeiling() external {
        for (uint256 day = 0; day < 30; ++day) {
            uint256 before = synthetic.totalSupply();
            _mintAll(20);
            assertLe(synthetic.totalSupply() - before, 30_000e18, "more than a day's limit");
            vm.warp(block.timestamp + 1 days);
        }
        uint256 made = synthetic.totalSupply() - 500_000e18;
        assertEq(made, 100_000e18);
        // It is found out: the price goes to nothing, and the loss is what was minted, no more.
        _setPrice(ether_, 0);
        book.book(FAST, mallory);
        assertEq(_deficit(), made);
    }

    /// @dev One transaction of the guardian's, or of the owner's, and it is over.
    function test_v13_lowerLimitsEndItAtOnce() external {
        for (uint256 i = 0; i < 4; ++i) {
            uint256 state = vm.snapshotState();
            assertGt(_try(mallory, 5_000e18), 0);
            vm.prank(i % 2 == 0 ? guardian : owner);
            if (i < 2) governor.lowerMintLimit(FAST, 0);
            else governor.lowerCeiling(FAST, 0);
            assertEq(_mintAll(20), 0);
            vm.warp(block.timestamp + 30 days);
            assertEq(_mintAll(20), 0);
            vm.revertToState(state);
        }
        vm.prank(guardian);
        governor.stopNewDebt(7 days);
        assertEq(_mintAll(20), 0);
        vm.warp(block.timestamp + 7 days - 1);
        assertEq(_mintAll(20), 0);
        _requireBacked();
    }

    /// @dev Raising it again takes the delay, in which the guardian can object.
    function test_v13_limitsComeBackThroughTheDelayOnly() external {
        vm.prank(guardian);
        governor.lowerMintLimit(FAST, 0);
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotLower.selector, 30_000e18, 0));
        governor.lowerMintLimit(FAST, 30_000e18);
        uint256 id =
            governor.schedule(address(book), abi.encodeCall(IVaultBook.setMintLimit, (FAST, 30_000e18)));
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.TooEarly.selector, block.timestamp + 2 days));
        governor.execute(id);
        vm.stopPrank();
        vm.prank(guardian);
        governor.cancel(id);
        assertEq(_mintAll(20), 0);
    }

    /// @dev Custody made out of nothing: the module's cap is all it can mint, and it closes at once as well.
    function test_v13_fakeCustodyIsBoundedByTheCap() external {
        uint256 units = 2 * CAP / 1e12;
        dollar.mint(mallory, units);
        vm.startPrank(mallory);
        dollar.approve(address(pegModule), units);
        vm.expectPartialRevert(PegModule.CapReached.selector);
        pegModule.enter(units, 0, mallory);
        for (uint256 i = 0; i < 30; ++i) {
            try pegModule.enter(units / 20, 0, mallory) {} catch {}
        }
        vm.stopPrank();
        (,, uint256 ledger) = book.totals();
        assertGt(ledger, CAP * 9 / 10);
        assertLe(ledger, CAP);
        vm.prank(guardian);
        governor.lowerPegCap(0);
        vm.prank(mallory);
        vm.expectPartialRevert(PegModule.CapReached.selector);
        pegModule.enter(1e6, 0, mallory);
    }

    // ---------------------------------------------------------------- helpers

    function _create(MarketTerms memory terms, uint256 ceiling, uint256 mintLimit) private {
        vm.prank(address(governor));
        book.createMarket(terms, ceiling, mintLimit, 0);
    }

    /// @dev Collateral out of nothing, all of it in a vault.
    function _fake(address who) private {
        ether_.mint(who, FAKE);
        vm.startPrank(who);
        ether_.approve(address(book), FAKE);
        book.adjust(FAST, int256(FAKE), 0);
        vm.stopPrank();
    }

    function _try(address who, uint256 amount) private returns (uint256 minted) {
        vm.prank(who);
        (bool done,) = address(book).call(abi.encodeCall(book.adjust, (FAST, int256(0), int256(amount))));
        return done ? amount : 0;
    }

    /// @dev Ask for more than there is, then for less and less, as often as `tries` allows.
    function _mintAll(uint256 tries) private returns (uint256 minted) {
        uint256 amount = 1_000_000e18;
        for (uint256 i = 0; i < tries; ++i) {
            uint256 left = book.marketOf(FAST).mintable;
            uint256 room =
                book.marketOf(FAST).ceiling - _min(book.marketOf(FAST).ceiling, book.marketOf(FAST).debt);
            if (i == 1) amount = _min(left, room);
            if (i == 2) amount = left + 1;
            minted += _try(mallory, amount);
            amount = i < 2 ? amount : amount / 2;
        }
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
