// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPriceSource} from "../interfaces/IPriceSource.sol";
import {IPrices} from "../interfaces/IPrices.sol";
import {Quotes} from "./Quotes.sol";

/// @title The stored price of one asset as a part of another's
contract StoredPriceSource is IPriceSource {
    IPrices public immutable prices;
    address public immutable asset;

    /// @param prices_ Must know `asset_`.
    constructor(IPrices prices_, address asset_) {
        prices_.deviation(asset_);
        (prices, asset) = (prices_, asset_);
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        return Quotes.answer(Quotes.stored(prices, asset));
    }

    /// @inheritdoc IPriceSource
    function derived() external pure override returns (bool) {
        return true;
    }
}
