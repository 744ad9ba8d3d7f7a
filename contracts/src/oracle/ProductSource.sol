// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IObservingSource, IPriceSource} from "../interfaces/IPriceSource.sol";
import {Quotes} from "./Quotes.sol";
import {SourceCalls} from "./SourceCalls.sol";

/// @title The price of A in B times the price of B
contract ProductSource is IObservingSource {
    IPriceSource public immutable first;
    IPriceSource public immutable second;

    /// @param first_ Base units of B per base unit of A, times 1e36.
    /// @param second_ The price of B.
    constructor(IPriceSource first_, IPriceSource second_) {
        (first, second) = (first_, second_);
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        return Quotes.answer(Quotes.times(Quotes.ask(first), Quotes.ask(second)));
    }

    /// @inheritdoc IPriceSource
    function derived() external view override returns (bool) {
        return first.derived() && second.derived();
    }

    /// @inheritdoc IObservingSource
    function observe() external override {
        SourceCalls.observe(address(first), gasleft());
        SourceCalls.observe(address(second), gasleft());
    }
}
