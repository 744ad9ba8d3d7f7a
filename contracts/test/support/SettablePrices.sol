// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPrices, PriceState} from "ballast/interfaces/IPrices.sol";

/// @notice Prices that anybody sets, for tests of those who read them.
contract SettablePrices is IPrices {
    struct Entry {
        uint256 low;
        uint256 mid;
        uint256 high;
        uint256 updatedAt;
        PriceState state;
        bool known;
    }

    mapping(address asset => Entry) private _entries;
    uint256 private _deviation = 0.005e18;

    function set(address asset, uint256 low, uint256 mid, uint256 high, PriceState state) external {
        _entries[asset] = Entry(low, mid, high, block.timestamp, state, true);
    }

    function setDeviation(uint256 deviation_) external {
        _deviation = deviation_;
    }

    function price(address asset)
        external
        view
        override
        returns (uint256, uint256, uint256, uint256, PriceState)
    {
        Entry storage entry = _entries[asset];
        if (!entry.known) revert UnknownAsset(asset);
        return (entry.low, entry.mid, entry.high, entry.updatedAt, entry.state);
    }

    function poke(address asset) external view override returns (PriceState) {
        return _entries[asset].state;
    }

    function deviation(address) external view override returns (uint256) {
        return _deviation;
    }
}
