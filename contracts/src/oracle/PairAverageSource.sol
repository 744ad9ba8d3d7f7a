// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IObservingSource, IPriceSource} from "../interfaces/IPriceSource.sol";
import {Quotes} from "./Quotes.sol";

/// @notice The part of a Uniswap V2 shaped pair that an average is computed from.
interface ICumulativePair {
    function token0() external view returns (address);

    function token1() external view returns (address);

    function getReserves() external view returns (uint112, uint112, uint32);

    /// @return The price of token 0 in token 1 with 112 binary places, summed over seconds, modulo 2^256.
    function price0CumulativeLast() external view returns (uint256);

    function price1CumulativeLast() external view returns (uint256);
}

/// @title The average of a pool's price over time, as a source
/// @notice The price of one token of the pair in base units of the other, averaged over at least half an hour up to
/// now. What the pool shows at this moment weighs nothing in it. It needs to be observed once in a while: two
/// observations at least a window apart are kept, so that one of them always is a window old.
contract PairAverageSource is IObservingSource {
    error NotInPair(address asset);
    error PairEmpty();
    error TooYoung(uint256 notBefore);
    error TooOld(uint256 observedAt, uint256 longestSecs);
    error TooCoarse(uint256 average, uint256 least);
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);

    uint256 private constant LEAST_WINDOW_SECS = 30 minutes;
    /// @dev With fewer binary digits the pair's own rounding would show.
    uint256 private constant LEAST_AVERAGE = 1 << 32;

    struct Observation {
        uint256 cumulative;
        uint256 observedAt; // unix seconds
    }

    ICumulativePair public immutable pair;
    /// @notice The token that is priced.
    address public immutable asset;
    /// @notice The average is over at least this.
    uint256 public immutable windowSecs;
    /// @notice And over at most this: where nobody observed for longer, there is none.
    uint256 public immutable longestSecs;
    bool private immutable _first;

    Observation private _older;
    Observation private _newer;

    /// @param asset_ One of the pair's two tokens.
    /// @param windowSecs_ 30 minutes to a day.
    /// @param longestSecs_ Two windows to a week.
    constructor(ICumulativePair pair_, address asset_, uint256 windowSecs_, uint256 longestSecs_) {
        if (windowSecs_ < LEAST_WINDOW_SECS || windowSecs_ > 1 days) {
            revert BadTerm("windowSecs", windowSecs_, LEAST_WINDOW_SECS, 1 days);
        }
        if (longestSecs_ < 2 * windowSecs_ || longestSecs_ > 7 days) {
            revert BadTerm("longestSecs", longestSecs_, 2 * windowSecs_, 7 days);
        }
        (pair, asset, windowSecs, longestSecs) = (pair_, asset_, windowSecs_, longestSecs_);
        _first = pair_.token0() == asset_;
        if (!_first && pair_.token1() != asset_) revert NotInPair(asset_);
        _newer = Observation(_cumulative(pair_, _first), block.timestamp);
    }

    /// @inheritdoc IObservingSource
    function observe() external override {
        Observation memory newer = _newer;
        if (block.timestamp - newer.observedAt < windowSecs) return;
        _older = newer;
        _newer = Observation(_cumulative(pair, _first), block.timestamp);
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        Observation memory from = _newer;
        uint256 notBefore = from.observedAt + windowSecs;
        if (block.timestamp < notBefore) {
            from = _older;
            if (from.observedAt == 0) revert TooYoung(notBefore);
        }
        uint256 elapsed = block.timestamp - from.observedAt;
        if (elapsed > longestSecs) revert TooOld(from.observedAt, longestSecs);
        uint256 average;
        // The pair sums modulo 2^256 and lets it wrap around: the difference is right all the same.
        unchecked {
            average = (_cumulative(pair, _first) - from.cumulative) / elapsed;
        }
        if (average < LEAST_AVERAGE) revert TooCoarse(average, LEAST_AVERAGE);
        uint256 price = Math.mulDiv(average, Quotes.ONE, 1 << 112);
        return (price, price, price, block.timestamp, false);
    }

    /// @inheritdoc IPriceSource
    function derived() external pure override returns (bool) {
        return false;
    }

    /// @dev The sum as it would be if the pair were touched now: it is written at the first touch in a block only, with
    /// the reserves from before, so nobody can put a price of this block into it.
    function _cumulative(ICumulativePair pair_, bool first) private view returns (uint256 sum) {
        (uint112 reserve0, uint112 reserve1, uint32 touchedAt) = pair_.getReserves();
        if (reserve0 == 0 || reserve1 == 0) revert PairEmpty();
        sum = first ? pair_.price0CumulativeLast() : pair_.price1CumulativeLast();
        (uint256 own, uint256 other) = first ? (reserve0, reserve1) : (reserve1, reserve0);
        // Seconds modulo 2^32, which the pair keeps, and the sum modulo 2^256: both are meant to wrap around.
        unchecked {
            uint32 elapsed = uint32(block.timestamp) - touchedAt;
            sum += ((other << 112) / own) * elapsed;
        }
    }
}
