// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AssetTerms, IPriceAggregator, SourceTerms} from "ballast/interfaces/IPriceAggregator.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {TestAsset} from "./TestAsset.sol";
import {TestFeed} from "./TestFeed.sol";
import {VaultAttackFixture} from "./VaultAttackFixture.sol";

/// @notice A book with a market whose price comes from the real aggregator over three Chainlink feeds.
abstract contract LiveBookFixture is VaultAttackFixture {
    uint256 internal constant PRICE = 2_000e36;
    /// @dev The market of `metal`, after the two of the fixture.
    uint256 internal constant LIVE = 2;

    IPriceAggregator internal oracle;
    TestFeed[3] internal feeds;
    TestAsset internal metal;
    uint256 internal start;

    function setUp() public virtual override {
        super.setUp();
        start = block.timestamp;
        metal = new TestAsset("Metal", 18);
        oracle =
            IPriceAggregator(vm.deployCode("PriceAggregator.sol:PriceAggregator", abi.encode(address(this))));
        SourceTerms[] memory list = new SourceTerms[](3);
        for (uint256 i = 0; i < 3; ++i) {
            feeds[i] = new TestFeed(8, 2_000e8);
            // The feed itself answers from 1 to 1,000,000 at most.
            list[i] = _source(_chainlink(feeds[i]));
        }
        oracle.addAsset(address(metal), _oracleTerms(2), list);
        oracle.poke(address(metal));
        _createMarket(address(metal));
    }

    function _chainlink(TestFeed feed) internal returns (address) {
        bytes memory args = abi.encode(feed, uint256(18), uint256(18), int256(1e8), int256(1_000_000e8));
        return vm.deployCode("ChainlinkSource.sol:ChainlinkSource", args);
    }

    /// @dev 0.5 % deviation, 2 % apart at most, steps of 5 % in ten minutes, old after an hour, grace of half an hour.
    function _oracleTerms(uint256 minSources) internal pure returns (AssetTerms memory) {
        return AssetTerms(1 hours, 30 minutes, minSources, 0.005e18, 0.02e18, 0.05e18, 10 minutes);
    }

    function _source(address source) internal pure returns (SourceTerms memory) {
        return SourceTerms(source, 1 hours, 1e18, 1e58, 500_000, false, true);
    }

    /// @dev An asset whose price one derived source computes.
    function _addDerived(address asset, address source) internal {
        SourceTerms[] memory list = new SourceTerms[](1);
        list[0] = _source(source);
        oracle.addAsset(asset, _oracleTerms(1), list);
    }

    function _createMarket(address asset) internal returns (uint256) {
        MarketTerms memory terms = _fast(asset);
        terms.prices = address(oracle);
        return book.createMarket(terms, CEILING, MINT_LIMIT, 0);
    }

    function _give(TestAsset asset, address owner, uint256 amount) internal {
        asset.mint(owner, amount);
        vm.prank(owner);
        asset.approve(address(book), type(uint256).max);
    }

    function _openIn(uint256 market, TestAsset asset, address owner, uint256 collateral, uint256 debt)
        internal
    {
        _give(asset, owner, collateral);
        vm.prank(owner);
        book.adjust(market, int256(collateral), int256(debt));
    }

    /// @dev Whole dollars, by all feeds, now.
    function _setFeeds(int256 dollars) internal {
        for (uint256 i = 0; i < 3; ++i) {
            feeds[i].set(dollars * 1e8);
        }
    }

    function _poke() internal returns (PriceState) {
        return oracle.poke(address(metal));
    }

    function _oracleState() internal view returns (PriceState state) {
        (,,,, state) = oracle.price(address(metal));
    }

    function _oracleMid() internal view returns (uint256 mid) {
        (, mid,,,) = oracle.price(address(metal));
    }

    function _assertState(PriceState state) internal view {
        assertEq(uint256(_oracleState()), uint256(state), "state");
    }

    /// @dev Nothing that could make a vault less safe, and no sale.
    function _assertFrozen(address owner) internal {
        bytes4 refused = bytes4(keccak256("PriceUnsafe(uint256,uint8)"));
        vm.startPrank(owner);
        vm.expectPartialRevert(refused);
        book.adjust(LIVE, 0, 1e18);
        vm.expectPartialRevert(refused);
        book.adjust(LIVE, -1e15, 0);
        vm.expectPartialRevert(refused);
        book.redeem(LIVE, owner, 100e18, 0);
        vm.expectPartialRevert(refused);
        book.book(LIVE, owner);
        vm.stopPrank();
    }

    /// @dev What makes a vault safer works whatever the oracle does.
    function _assertSaferWorks(address owner) internal {
        _give(metal, owner, 1e18);
        vm.startPrank(owner);
        book.adjust(LIVE, 1e18, 0);
        book.adjust(LIVE, 0, -1e18);
        vm.stopPrank();
    }
}
