// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {AssetTerms, IPriceAggregator, SourceTerms} from "ballast/interfaces/IPriceAggregator.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {TestSource} from "./TestSource.sol";

/// @notice An aggregator whose sources say what the test wants.
abstract contract OracleFixture is Test {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant START = 1_767_225_600; // 2026-01-01
    /// @dev 2,000 for an asset of 18 decimals.
    uint256 internal constant PRICE = 2_000e36;

    address internal governor = makeAddr("governor");
    IPriceAggregator internal prices;
    address internal asset = makeAddr("asset");
    TestSource[] internal sources;

    function _newAggregator() internal returns (IPriceAggregator) {
        // By artifact and not by `new`: a change to a contract alone is then noticed without compiling the test.
        return IPriceAggregator(vm.deployCode("PriceAggregator.sol:PriceAggregator", abi.encode(governor)));
    }

    /// @dev 2 of 3 sources, 0.5 % deviation, 2 % apart at most, steps of 5 % in ten minutes, an hour old at most.
    function _assetTerms() internal pure returns (AssetTerms memory) {
        return AssetTerms({
            maxAgeSecs: 1 hours,
            graceSecs: 30 minutes,
            minSources: 2,
            deviation: 0.005e18,
            maxDeviation: 0.02e18,
            maxStep: 0.05e18,
            stepWindowSecs: 10 minutes
        });
    }

    function _sourceTerms(address source) internal pure returns (SourceTerms memory) {
        return SourceTerms({
            source: source,
            maxAgeSecs: 1 hours,
            least: 1e18,
            most: 1e58,
            gasMost: 100_000,
            lockable: false,
            observing: false
        });
    }

    function _newSources(uint256 count, uint256 price) internal returns (SourceTerms[] memory terms) {
        delete sources;
        terms = new SourceTerms[](count);
        for (uint256 i = 0; i < count; ++i) {
            sources.push(new TestSource());
            sources[i].set(price);
            terms[i] = _sourceTerms(address(sources[i]));
        }
    }

    /// @dev An aggregator with one asset of three sources that agree on `PRICE`, not yet poked.
    function _deployPrices() internal {
        prices = _newAggregator();
        _addAsset(asset, _assetTerms(), _newSources(3, PRICE));
    }

    function _addAsset(address asset_, AssetTerms memory terms, SourceTerms[] memory list) internal {
        vm.prank(governor);
        prices.addAsset(asset_, terms, list);
    }

    /// @dev An asset of one derived source, which may be locked and observes.
    function _addDerived(address asset_, address source) internal {
        AssetTerms memory terms = _assetTerms();
        terms.minSources = 1;
        SourceTerms[] memory list = new SourceTerms[](1);
        list[0] = _sourceTerms(source);
        (list[0].lockable, list[0].observing, list[0].gasMost) = (true, true, 1_000_000);
        _addAsset(asset_, terms, list);
    }

    function _setAll(uint256 price) internal {
        for (uint256 i = 0; i < sources.length; ++i) {
            sources[i].set(price);
        }
    }

    function _mannerOfAll(TestSource.Manner manner) internal {
        for (uint256 i = 0; i < sources.length; ++i) {
            sources[i].setManner(manner);
        }
    }

    function _state() internal view returns (PriceState state) {
        (,,,, state) = prices.price(asset);
    }

    function _mid() internal view returns (uint256 mid) {
        (, mid,,,) = prices.price(asset);
    }

    function _assertState(PriceState state) internal view {
        assertEq(uint256(_state()), uint256(state), "state");
    }

    /// @dev Prices are floats with 56 bits.
    function _assertPrice(uint256 found, uint256 expected) internal pure {
        assertApproxEqRel(found, expected, 100, "price");
    }
}
