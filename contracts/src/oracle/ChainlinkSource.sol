// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPriceSource} from "../interfaces/IPriceSource.sol";

/// @notice The part of Chainlink's feeds that is read.
interface IAggregatorV3 {
    function decimals() external view returns (uint8);

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}

/// @title A Chainlink feed as a source
/// @notice A feed that has reached the least or most that it can answer says only that the truth is somewhere beyond.
contract ChainlinkSource is IPriceSource {
    error AnswerOutOfBounds(int256 answer, int256 least, int256 most);
    error RoundIncomplete(uint80 roundId, uint80 answeredInRound, uint256 updatedAt);
    error DecimalsChanged(uint256 decimals, uint256 expected);
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);

    IAggregatorV3 public immutable feed;
    /// @notice The least and the most that the feed's own aggregator can answer; neither counts.
    int256 public immutable leastAnswer;
    int256 public immutable mostAnswer;
    uint256 private immutable _decimals;
    uint256 private immutable _scale;

    /// @param assetDecimals Of the asset that the feed prices, at most 36.
    /// @param unitDecimals Of what it is priced in: 18, the unit of account, unless a product or quotient follows.
    constructor(
        IAggregatorV3 feed_,
        uint256 assetDecimals,
        uint256 unitDecimals,
        int256 leastAnswer_,
        int256 mostAnswer_
    ) {
        feed = feed_;
        _decimals = feed_.decimals();
        if (_decimals > 18) revert BadTerm("feed decimals", _decimals, 0, 18);
        if (assetDecimals > 36) revert BadTerm("assetDecimals", assetDecimals, 0, 36);
        if (unitDecimals > 36) revert BadTerm("unitDecimals", unitDecimals, 0, 36);
        uint256 down = _decimals + assetDecimals;
        if (down > 36 + unitDecimals) {
            revert BadTerm("assetDecimals", assetDecimals, 0, 36 + unitDecimals - _decimals);
        }
        _scale = 10 ** (36 + unitDecimals - down);
        if (leastAnswer_ < 0) revert AnswerOutOfBounds(leastAnswer_, 0, type(int192).max);
        if (mostAnswer_ <= leastAnswer_ || mostAnswer_ > type(int192).max) {
            revert AnswerOutOfBounds(mostAnswer_, leastAnswer_ + 1, type(int192).max);
        }
        (leastAnswer, mostAnswer) = (leastAnswer_, mostAnswer_);
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        uint256 decimals = feed.decimals();
        if (decimals != _decimals) revert DecimalsChanged(decimals, _decimals);
        (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound) =
            feed.latestRoundData();
        if (answer <= leastAnswer || answer >= mostAnswer) {
            revert AnswerOutOfBounds(answer, leastAnswer, mostAnswer);
        }
        if (roundId == 0 || startedAt == 0 || updatedAt == 0 || answeredInRound < roundId) {
            revert RoundIncomplete(roundId, answeredInRound, updatedAt);
        }
        uint256 price = uint256(answer) * _scale;
        return (price, price, price, updatedAt, false);
    }

    /// @inheritdoc IPriceSource
    function derived() external pure override returns (bool) {
        return false;
    }
}
