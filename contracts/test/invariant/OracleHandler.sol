// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Fault, Reading, SourceTerms} from "ballast/interfaces/IPriceAggregator.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {OracleFixture} from "../support/OracleFixture.sol";
import {TestSource} from "../support/TestSource.sol";

/// @notice Two honest sources, which follow a price that walks and jumps, fail and recover; and a third that lies.
/// @dev A broken rule is noted rather than asserted inside a step: a step that reverts is undone by the fuzzer.
contract OracleHandler is OracleFixture {
    uint256 private constant LIAR = 2;
    uint256 private constant MAX_STEP = 0.05e18;
    uint256 private constant MAX_DEVIATION = 0.02e18;
    uint256 private constant DEVIATION = 0.005e18;
    uint256 private constant WINDOW = 10 minutes;
    uint256 private constant GRACE = 30 minutes;
    /// @dev Of a price, for what is lost to floats of 56 bits and to divisions.
    uint256 private constant ROUNDING = 1e15;

    /// @notice What went wrong first; empty as long as every rule holds.
    string public violation;
    mapping(string what => uint256) public counts;
    string[] private _counted;

    uint256 private _clock = START;
    uint256 private _truth = PRICE;
    // Where mid stood when the window began, and when that was.
    uint256 private _anchor;
    uint256 private _anchorAt;
    uint256 private _graceSampledAt;

    constructor() {
        vm.warp(START);
        _deployPrices();
        prices.poke(asset);
        (_anchor, _anchorAt) = (_mid(), START);
    }

    /// @notice The actions, for the fuzzer.
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](7);
        list[0] = this.walk.selector;
        list[1] = this.jump.selector;
        list[2] = this.lie.selector;
        list[3] = this.misbehave.selector;
        list[4] = this.breakHonest.selector;
        list[5] = this.wait.selector;
        list[6] = this.poke.selector;
    }

    /// @notice How often what happened.
    function tally() external view returns (string[] memory names, uint256[] memory times) {
        names = _counted;
        times = new uint256[](names.length);
        for (uint256 i = 0; i < names.length; ++i) {
            times[i] = counts[names[i]];
        }
    }

    // ---------------------------------------------------------------- actions

    /// @notice The truth moves by up to 3 %, and each honest source is within 1 % of it.
    function walk(uint256 move, uint256 first, uint256 second) external {
        _truth = _truth * _bound(move, 0.97e18, 1.03e18) / WAD;
        _tell(first, second);
        _count("walks");
    }

    /// @notice The truth halves, doubles, or anything between, once in a while: mid needs time to arrive.
    function jump(uint256 move, uint256 first, uint256 second) external {
        if (first % 8 != 0) return;
        _truth = _truth * _bound(move, 0.5e18, 2e18) / WAD;
        _tell(first, second);
        _count("jumps");
    }

    function _tell(uint256 first, uint256 second) private {
        _truth = _bound(_truth, 1e30, 1e50);
        sources[0].set(_truth * _bound(first, 0.99e18, 1.01e18) / WAD);
        sources[1].set(_truth * _bound(second, 0.99e18, 1.01e18) / WAD);
        sources[0].setManner(TestSource.Manner.Honest);
        sources[1].setManner(TestSource.Manner.Honest);
    }

    /// @notice The liar names a price, far off or just at the edge of what is believed.
    function lie(uint256 price, uint256 width, uint256 kind) external {
        bool far = kind % 3 == 0;
        uint256 mid = far ? _bound(price, 1, 1.4e60 - 1) : _truth * _bound(price, 0.97e18, 1.03e18) / WAD;
        width = _bound(width, 0, mid / 100);
        sources[LIAR].set(mid);
        sources[LIAR].setRange(mid - width, mid, mid + width);
        sources[LIAR].setManner(TestSource.Manner.Honest);
        _count(far ? "far lies" : "near lies");
    }

    /// @notice The liar breaks the rules of an answer.
    function misbehave(uint256 manner, uint256 time, uint256 stepped) external {
        sources[LIAR].setManner(TestSource.Manner(manner % (uint256(type(TestSource.Manner).max) + 1)));
        sources[LIAR].setStepped(stepped % 2 == 0);
        if (manner >> 8 & 3 == 0) sources[LIAR].setTime(time);
        _count("misbehaviours");
    }

    /// @notice An honest source, or both, stops answering until the next move of the truth.
    function breakHonest(uint256 which) external {
        if (which % 3 != 0) sources[0].setManner(TestSource.Manner.Reverting);
        if (which % 3 != 1) sources[1].setManner(TestSource.Manner.Reverting);
        _count("failures");
    }

    /// @notice Time passes: seconds, a window or so, or hours.
    function wait(uint256 secs, uint256 kind) external {
        _clock += _bound(secs, 1, kind % 3 == 0 ? 60 : kind % 3 == 1 ? 15 minutes : 5 hours);
        vm.warp(_clock);
        _sample();
        _count("waits");
    }

    /// @notice Anybody pokes, and what came of it is held against what the honest sources say.
    function poke() external {
        vm.warp(_clock);
        uint256 before = _mid();
        PriceState stateBefore = _state();
        Reading[] memory readings = prices.survey(asset);
        try prices.poke(asset) returns (PriceState state) {
            if (state != _state()) _violate("poke and reader differ");
            uint256 agreed = _agreed(readings);
            if (agreed < 2) _checkKept(before, state);
            else _checkPriced(before, state, stateBefore, readings);
        } catch {
            _violate("a poke failed");
        }
        _sample();
    }

    // ---------------------------------------------------------------- rules

    function _agreed(Reading[] memory readings) private pure returns (uint256 count) {
        for (uint256 i = 0; i < readings.length; ++i) {
            if (readings[i].fault == Fault.None) ++count;
        }
    }

    function _checkKept(uint256 before, PriceState state) private {
        if (_mid() != before) _violate("moved without a quorum");
        if (state < PriceState.Grace) _violate("safe without a quorum");
        _count(state == PriceState.Grace ? "pokes into grace" : "pokes when late");
    }

    function _checkPriced(uint256 before, PriceState state, PriceState stateBefore, Reading[] memory readings)
        private
    {
        uint256 mid = _mid();
        // Windows begin where a price is stored, at the first such poke after the last one's end.
        if (_clock >= _anchorAt + WINDOW) (_anchor, _anchorAt) = (before, _clock);
        if (state > PriceState.Stepped) _violate("not safe with a quorum");
        uint256 off = mid > _anchor ? mid - _anchor : _anchor - mid;
        if (off > _anchor * MAX_STEP / WAD + _anchor / ROUNDING) _violate("more than a step in a window");

        (uint256 least, uint256 most) = _honestRange(readings);
        // Held back, mid may lie between where it was and where the honest ones are.
        if (before < least) least = before;
        if (before > most) most = before;
        if (mid < least - least / ROUNDING - 1 || mid > most) _violate("a liar moved mid");
        _checkBounds(mid, readings);
        if (stateBefore > PriceState.Stepped) _count("recoveries");
        if (readings[LIAR].fault == Fault.Outlier) _count("outliers left out");
        if (readings[LIAR].fault == Fault.None) _count("lies believed");
        _count(state == PriceState.Stepped ? "stepped pokes" : "safe pokes");
        if (_clock == _anchorAt) _count("new windows");
    }

    /// @dev What the honest sources that answer say; where only one does, widened by how far the liar may be from the
    /// mean of both and still be believed.
    function _honestRange(Reading[] memory readings) private pure returns (uint256 least, uint256 most) {
        least = type(uint256).max;
        uint256 count;
        for (uint256 i = 0; i < LIAR; ++i) {
            if (readings[i].fault != Fault.None && readings[i].fault != Fault.Outlier) continue;
            ++count;
            if (readings[i].mid < least) least = readings[i].mid;
            if (readings[i].mid > most) most = readings[i].mid;
        }
        if (count == 1) {
            (least, most) = (least * WAD / (WAD + MAX_DEVIATION), most * WAD / (WAD - MAX_DEVIATION) + 1);
        }
    }

    /// @dev Low and high reach over every source that counts, and over mid, by the deviation.
    function _checkBounds(uint256 mid, Reading[] memory readings) private {
        (uint256 low,, uint256 high,,) = prices.price(asset);
        if (low > mid - mid * DEVIATION / WAD + mid / ROUNDING + 1) _violate("low is too high");
        if (high < mid + mid * DEVIATION / WAD) _violate("high is too low");
        for (uint256 i = 0; i < readings.length; ++i) {
            if (readings[i].fault != Fault.None) continue;
            if (low > readings[i].low - readings[i].low * DEVIATION / WAD) _violate("low misses a source");
            if (high < readings[i].high + readings[i].high * DEVIATION / WAD) {
                _violate("high misses a source");
            }
        }
    }

    /// @notice Reading never fails, the three are in order, and graces are a day apart.
    function _sample() private {
        try prices.price(asset) returns (
            uint256 low, uint256 mid, uint256 high, uint256 updatedAt, PriceState state
        ) {
            if (low > mid || mid > high) _violate("out of order");
            if (high >= 1 << 200) _violate("beyond the largest price");
            if (updatedAt > _clock) _violate("from the future");
            if (state == PriceState.Grace) _sampleGrace();
        } catch {
            _violate("a reader failed");
        }
    }

    function _sampleGrace() private {
        _count("samples in grace");
        if (_graceSampledAt != 0 && _clock - _graceSampledAt < GRACE) return;
        if (_graceSampledAt != 0 && _clock - _graceSampledAt < 1 days - GRACE) {
            _violate("two graces in a day");
        }
        _graceSampledAt = _clock;
        _count("graces");
    }

    function _violate(string memory what) private {
        if (bytes(violation).length == 0) violation = what;
    }

    function _count(string memory what) private {
        if (counts[what]++ == 0) _counted.push(what);
    }
}
