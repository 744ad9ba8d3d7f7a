// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPriceSource} from "../interfaces/IPriceSource.sol";
import {IReportQuorum} from "../interfaces/IReportQuorum.sol";

/// @title What a quorum reports about one asset, as a source
contract ReportSource is IPriceSource {
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);

    IReportQuorum public immutable quorum;
    address public immutable asset;
    uint256 private immutable _scale;

    /// @param assetDecimals At most 36.
    constructor(IReportQuorum quorum_, address asset_, uint256 assetDecimals) {
        if (assetDecimals > 36) revert BadTerm("assetDecimals", assetDecimals, 0, 36);
        (quorum, asset) = (quorum_, asset_);
        _scale = 10 ** (36 - assetDecimals);
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        (uint256 price, uint256 confidence, uint256 time,) = quorum.latest(asset);
        return ((price - confidence) * _scale, price * _scale, (price + confidence) * _scale, time, false);
    }

    /// @inheritdoc IPriceSource
    function derived() external pure override returns (bool) {
        return false;
    }
}
