// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";
import {IVaultBook} from "../interfaces/IVaultBook.sol";

/// @notice What is fixed about a rate controller. A rate is the growth of an index a second, in wad.
struct RateTerms {
    /// The rate of a market while the synthetic is, and long has been, at its peg.
    uint256 rateBase;
    /// Least rate.
    uint256 rateMin;
    /// Most rate.
    uint256 rateMax;
    /// Most that the rate changes in an hour.
    uint256 ratePerHourMax;
    /// Rate for an error of one, in wad: what an error adds at once.
    uint256 proportional;
    /// Rate for an error of one that lasted a second: what a lasting error adds.
    uint256 integral;
    /// Seconds in which the memory of past errors leaks away.
    uint256 leakSecs;
    /// Least seconds between two steps of a market.
    uint256 periodSecs;
}

/// @title Moves the stability rate of markets by the market price of the synthetic
/// @notice Below the peg debt becomes dearer, so that owners buy the synthetic and repay; above it, cheaper. A
/// proportional-integral rule, bounded in level and in speed, stepped by anyone, without any other say in the book.
/// The price must come from a source that averages over time: what one block can do to it, one step could pick.
contract RateController {
    event Stepped(uint256 indexed market, int256 gap, int256 sum, uint256 rate);

    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error PriceUnsafe(uint8 state);
    error TooEarly(uint256 notBefore);

    struct Memory {
        int128 sum; // error in wad times seconds
        uint40 steppedAt; // unix seconds; zero before the first step
    }

    int256 private constant WAD = 1e18;
    /// @dev The price of one: an IPrices price of a synthetic of 18 decimals in its own unit.
    uint256 private constant PEG = 1e36;
    uint256 private constant HOUR_SECS = 1 hours;
    /// @notice An error counts as no larger than this, in wad.
    int256 public constant GAP_MAX = 0.2e18;
    /// @notice A step counts no more seconds than this: nobody knows the price of those before.
    uint256 public constant STEP_SECS_MAX = 1 days;
    /// @notice A hundred per cent a year, the most that the book takes.
    uint256 public constant RATE_MAX = 31_709_791_983;

    IVaultBook public immutable book;
    /// @notice Knows the market price of the synthetic in its own unit.
    IPrices public immutable prices;
    uint256 public immutable rateBase;
    uint256 public immutable rateMin;
    uint256 public immutable rateMax;
    uint256 public immutable ratePerHourMax;
    uint256 public immutable proportional;
    uint256 public immutable integral;
    uint256 public immutable leakSecs;
    uint256 public immutable periodSecs;

    mapping(uint256 market => Memory) private _memory;

    /// @param book_ May not have code yet.
    constructor(IVaultBook book_, IPrices prices_, RateTerms memory terms) {
        _within("rateMax", terms.rateMax, 0, RATE_MAX);
        _within("rateMin", terms.rateMin, 0, terms.rateMax);
        _within("rateBase", terms.rateBase, terms.rateMin, terms.rateMax);
        _within("ratePerHourMax", terms.ratePerHourMax, 1, RATE_MAX);
        _within("proportional", terms.proportional, 0, 1e15);
        _within("integral", terms.integral, 0, 1e12);
        _within("periodSecs", terms.periodSecs, 10 minutes, STEP_SECS_MAX);
        _within("leakSecs", terms.leakSecs, STEP_SECS_MAX, 365 days);
        (book, prices) = (book_, prices_);
        (rateBase, rateMin, rateMax) = (terms.rateBase, terms.rateMin, terms.rateMax);
        (ratePerHourMax, proportional, integral) = (terms.ratePerHourMax, terms.proportional, terms.integral);
        (leakSecs, periodSecs) = (terms.leakSecs, terms.periodSecs);
    }

    /// @notice Set the rate of `market` by the price of this moment. By anyone, at most once a period, at a safe price.
    /// @return rate What the market has from now on.
    function step(uint256 market) external returns (uint256 rate) {
        Memory memory past = _memory[market];
        uint256 notBefore = past.steppedAt == 0 ? 0 : past.steppedAt + periodSecs;
        if (block.timestamp < notBefore) revert TooEarly(notBefore);
        int256 gap = priceGap();
        uint256 elapsed = past.steppedAt == 0 ? periodSecs : block.timestamp - past.steppedAt;
        if (elapsed > STEP_SECS_MAX) elapsed = STEP_SECS_MAX;

        int256 sum;
        (rate, sum) = _next(past.sum, gap, elapsed);
        uint256 before = book.marketOf(market).rate;
        uint256 most = ratePerHourMax * elapsed / HOUR_SECS;
        if (rate > before + most) rate = before + most;
        if (rate + most < before) rate = before - most;
        _memory[market] = Memory(SafeCast.toInt128(sum), uint40(block.timestamp));
        emit Stepped(market, gap, sum, rate);
        book.setRate(market, rate);
    }

    /// @notice How far the synthetic is under its peg, in wad; negative above it.
    function priceGap() public view returns (int256 gap) {
        (, uint256 mid,,, PriceState state) = prices.price(address(book));
        if (state != PriceState.Safe) revert PriceUnsafe(uint8(state));
        gap = (int256(PEG) - int256(mid)) / WAD;
        gap = SignedMath.max(-GAP_MAX, SignedMath.min(GAP_MAX, gap));
    }

    /// @return sum Of past errors, each times its seconds, in wad, less what leaked.
    /// @return steppedAt Unix seconds; zero before the first step.
    function memoryOf(uint256 market) external view returns (int256 sum, uint256 steppedAt) {
        return (_memory[market].sum, _memory[market].steppedAt);
    }

    /// @dev The rule without its bound on speed. While the rate is at a bound and the error would push it further, the
    /// error is not remembered: it would only have to be forgotten again before the rate could turn.
    function _next(int256 past, int256 gap, uint256 elapsed) private view returns (uint256 rate, int256 sum) {
        int256 leaked = past - past * int256(elapsed) / int256(leakSecs);
        sum = leaked + gap * int256(elapsed);
        int256 wanted = _wanted(gap, sum);
        bool above = wanted > int256(rateMax) && gap > 0;
        bool below = wanted < int256(rateMin) && gap < 0;
        if (above || below) {
            sum = leaked;
            wanted = _wanted(gap, leaked);
        }
        if (wanted < int256(rateMin)) return (rateMin, sum);
        return (uint256(SignedMath.min(wanted, int256(rateMax))), sum);
    }

    function _wanted(int256 gap, int256 sum) private view returns (int256) {
        return int256(rateBase) + (int256(proportional) * gap + int256(integral) * sum) / WAD;
    }

    function _within(string memory field, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert BadTerm(field, value, least, most);
    }
}
