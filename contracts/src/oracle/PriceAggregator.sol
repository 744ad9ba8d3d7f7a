// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AssetTerms, Fault, IPriceAggregator, Reading, SourceTerms} from "../interfaces/IPriceAggregator.sol";
import {IObservingSource, IPriceSource} from "../interfaces/IPriceSource.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";
import {Medians} from "./Medians.sol";
import {PriceFloat} from "./PriceFloat.sol";
import {SourceCalls} from "./SourceCalls.sol";

/// @title The prices of many assets in one unit of account
/// @notice Anybody pokes: the sources of an asset are asked, what they agree on is stored in one slot, and that slot is
/// all that a reader of a safe price reads. The wiring of an asset never changes.
contract PriceAggregator is IPriceAggregator {
    uint256 private constant WAD = 1e18;
    uint256 private constant GRACE_INTERVAL_SECS = 1 days;
    uint256 private constant MOST_SOURCES = 8;
    uint256 private constant SECS_20_BITS = (1 << 20) - 1;
    uint256 private constant LEAST_PRICE = 1e9;
    /// @dev For all sources of an asset together: a poke must fit into a transaction even if each uses all of its own.
    uint256 private constant MOST_GAS = 10_000_000;

    // A stored price: low, mid and high as floats of 64 bits, then from here up:
    uint256 private constant UPDATED_AT = 192; // 40 bits
    uint256 private constant MAX_AGE = 232; // 20 bits
    uint256 private constant STEPPED = 1 << 252;
    uint256 private constant UNSAFE = 1 << 253;

    struct Config {
        uint64 deviation;
        uint64 maxDeviation;
        uint64 maxStep;
        uint24 stepWindowSecs;
        uint8 minSources;
    }

    struct Source {
        address source;
        uint24 maxAgeSecs;
        uint24 gasMost;
        bool lockable;
        bool observing;
        uint64 leastFloat;
        uint64 mostFloat;
    }

    /// @dev What only a poke and a reader of an unsafe price need.
    struct Watch {
        uint64 anchorFloat; // mid at the begin of the window
        uint40 anchorAt; // its begin
        uint40 unsafeSince; // where a poke found too few sources; zero if the last one found enough
        uint40 graceAt; // begin of the last grace
        uint24 graceSecs;
    }

    struct Agreed {
        uint256 median;
        uint256 low;
        uint256 high;
        uint256 count; // sources that agree
        uint256 steady; // those of them that are not stepped
    }

    /// @inheritdoc IPriceAggregator
    address public immutable override governor;

    mapping(address asset => uint256) private _prices;
    mapping(address asset => Watch) private _watches;
    mapping(address asset => Config) private _configs;
    mapping(address asset => Source[]) private _sources;

    /// @param governor_ Who adds assets.
    constructor(address governor_) {
        if (governor_ == address(0)) revert BadAddress("governor", governor_);
        governor = governor_;
    }

    // ---------------------------------------------------------------- readers

    /// @inheritdoc IPrices
    function price(address asset)
        external
        view
        override
        returns (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, PriceState state)
    {
        uint256 slot = _prices[asset];
        if (slot == 0) revert UnknownAsset(asset);
        low = PriceFloat.fromFloat(slot);
        mid = PriceFloat.fromFloat(slot >> 64);
        high = PriceFloat.fromFloat(slot >> 128);
        updatedAt = uint40(slot >> UPDATED_AT);
        // No flag is set, and the price is young: the common case, for which nothing else is computed. The sum of 40
        // and 20 bits does not overflow.
        unchecked {
            bool safe = slot < STEPPED && block.timestamp <= updatedAt + (slot >> MAX_AGE);
            if (safe) return (low, mid, high, updatedAt, PriceState.Safe);
        }
        state = _stateOf(asset, slot);
    }

    /// @inheritdoc IPrices
    function deviation(address asset) external view override returns (uint256) {
        return _knownConfig(asset).deviation;
    }

    /// @inheritdoc IPriceAggregator
    function termsOf(address asset) external view override returns (AssetTerms memory) {
        Config memory config = _knownConfig(asset);
        return AssetTerms({
            maxAgeSecs: _prices[asset] >> MAX_AGE & SECS_20_BITS,
            graceSecs: _watches[asset].graceSecs,
            minSources: config.minSources,
            deviation: config.deviation,
            maxDeviation: config.maxDeviation,
            maxStep: config.maxStep,
            stepWindowSecs: config.stepWindowSecs
        });
    }

    /// @inheritdoc IPriceAggregator
    function sourcesOf(address asset) external view override returns (SourceTerms[] memory list) {
        _knownConfig(asset);
        Source[] memory sources = _sources[asset];
        list = new SourceTerms[](sources.length);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = SourceTerms({
                source: sources[i].source,
                maxAgeSecs: sources[i].maxAgeSecs,
                least: PriceFloat.fromFloat(sources[i].leastFloat),
                most: PriceFloat.fromFloat(sources[i].mostFloat),
                gasMost: sources[i].gasMost,
                lockable: sources[i].lockable,
                observing: sources[i].observing
            });
        }
    }

    /// @inheritdoc IPriceAggregator
    function survey(address asset) external view override returns (Reading[] memory readings) {
        Config memory config = _knownConfig(asset);
        Source[] memory sources = _sources[asset];
        readings = new Reading[](sources.length);
        for (uint256 i = 0; i < sources.length; ++i) {
            readings[i] = _ask(sources[i]);
        }
        _agree(config, readings);
    }

    // ---------------------------------------------------------------- anyone

    /// @inheritdoc IPrices
    function poke(address asset) external override returns (PriceState) {
        Config memory config = _knownConfig(asset);
        Reading[] memory readings = _askAll(asset);
        Agreed memory agreed = _agree(config, readings);
        for (uint256 i = 0; i < readings.length; ++i) {
            Reading memory reading = readings[i];
            if (reading.fault != Fault.None) {
                emit SourceLeftOut(asset, reading.source, reading.fault, reading.mid);
            }
        }
        // Nothing of the stored price was read before the last source was asked: what one of them did is seen here.
        uint256 slot = agreed.count < config.minSources
            ? _storeUnsafe(asset, agreed.count, config.minSources)
            : _storeAgreed(asset, config, agreed);
        return _stateOf(asset, slot);
    }

    /// @dev Keeps the prices and the time of the last safe ones.
    function _storeUnsafe(address asset, uint256 count, uint256 least) private returns (uint256 slot) {
        slot = _prices[asset];
        if (slot & UNSAFE != 0) return slot;
        Watch memory watch = _watches[asset];
        (uint256 since, uint256 graceAt) = _graceOf(slot, watch);
        (watch.unsafeSince, watch.graceAt) = (uint40(since), uint40(graceAt));
        _watches[asset] = watch;
        slot |= UNSAFE;
        _prices[asset] = slot;
        emit BecameUnsafe(asset, count, least);
    }

    function _storeAgreed(address asset, Config memory config, Agreed memory agreed)
        private
        returns (uint256 slot)
    {
        slot = _prices[asset];
        uint256 mid = _walk(asset, slot, config, agreed.median);
        bool stepped = mid != agreed.median || agreed.steady < config.minSources;
        uint256 low = Math.mulDiv(Math.min(agreed.low, mid), WAD - config.deviation, WAD);
        uint256 high =
            Math.mulDiv(Math.max(agreed.high, mid), WAD + config.deviation, WAD, Math.Rounding.Ceil);
        emit Priced(asset, low, mid, high, agreed.median, stepped);
        slot = slot & SECS_20_BITS << MAX_AGE | block.timestamp << UPDATED_AT | PriceFloat.toFloatUp(high)
            << 128 | PriceFloat.toFloatDown(mid) << 64 | PriceFloat.toFloatDown(low);
        if (stepped) slot |= STEPPED;
        _prices[asset] = slot;
    }

    /// @dev The median, held within a step of where mid stood at the begin of the window; and the end of an unsafe time.
    /// However long nobody poked, a window allows one step: after an outage mid walks instead of jumping.
    function _walk(address asset, uint256 slot, Config memory config, uint256 median)
        private
        returns (uint256)
    {
        Watch memory watch = _watches[asset];
        uint256 before = uint64(slot >> 64);
        if (before == 0) {
            (watch.anchorFloat, watch.anchorAt) =
            (uint64(PriceFloat.toFloatDown(median)), uint40(block.timestamp));
            _watches[asset] = watch;
            return median;
        }
        bool changed;
        if (!_isSafe(slot)) {
            (, uint256 graceAt) = _graceOf(slot, watch);
            (watch.unsafeSince, watch.graceAt, changed) = (0, uint40(graceAt), true);
        }
        if (block.timestamp >= uint256(watch.anchorAt) + config.stepWindowSecs) {
            (watch.anchorFloat, watch.anchorAt, changed) = (uint64(before), uint40(block.timestamp), true);
        }
        if (changed) _watches[asset] = watch;
        uint256 anchor = PriceFloat.fromFloat(watch.anchorFloat);
        uint256 step = Math.mulDiv(anchor, config.maxStep, WAD);
        return Math.max(anchor - step, Math.min(anchor + step, median));
    }

    // ---------------------------------------------------------------- sources

    function _askAll(address asset) private returns (Reading[] memory readings) {
        Source[] memory sources = _sources[asset];
        readings = new Reading[](sources.length);
        for (uint256 i = 0; i < sources.length; ++i) {
            Source memory source = sources[i];
            if (source.observing) {
                _requireGas(source.gasMost);
                SourceCalls.observe(source.source, source.gasMost);
            }
            readings[i] = _ask(source);
            if (readings[i].fault == Fault.Locked) revert SourceLocked(asset, source.source);
        }
    }

    function _ask(Source memory source) private view returns (Reading memory reading) {
        _requireGas(source.gasMost);
        reading = SourceCalls.read(source.source, source.gasMost);
        if (reading.fault == Fault.Locked && !source.lockable) reading.fault = Fault.NoAnswer;
        if (reading.fault != Fault.None) return reading;
        uint256 mid = reading.mid;
        if (mid <= PriceFloat.fromFloat(source.leastFloat) || mid >= PriceFloat.fromFloat(source.mostFloat)) {
            reading.fault = Fault.OutOfBounds;
        } else if (
            reading.updatedAt > block.timestamp || block.timestamp - reading.updatedAt > source.maxAgeSecs
        ) {
            reading.fault = Fault.Stale;
        }
    }

    /// @dev A call passes on at most 63/64 of what is left. If that could be less than a source may use, a caller could
    /// make honest sources fail by giving little gas.
    function _requireGas(uint256 gasMost) private view {
        uint256 needed = gasMost + gasMost / 63 + SourceCalls.CALL_GAS;
        if (gasleft() < needed) revert TooLittleGas(gasleft(), needed);
    }

    /// @dev Marks what is too far from the median of what counts, and takes the extremes of the rest.
    function _agree(Config memory config, Reading[] memory readings)
        private
        pure
        returns (Agreed memory agreed)
    {
        uint256[] memory mids = new uint256[](readings.length);
        uint256 count;
        for (uint256 i = 0; i < readings.length; ++i) {
            if (readings[i].fault == Fault.None) mids[count++] = readings[i].mid;
        }
        if (count == 0) return agreed;
        agreed.median = Medians.median(mids, count);
        uint256 width = Math.mulDiv(agreed.median, config.maxDeviation, WAD);
        agreed.low = type(uint256).max;
        for (uint256 i = 0; i < readings.length; ++i) {
            Reading memory reading = readings[i];
            if (reading.fault != Fault.None) continue;
            // A source that stands alone has nobody to differ from; its range may be wide while it is stepped.
            bool far = reading.low < agreed.median - width || reading.high > agreed.median + width;
            if (far && readings.length != 1) {
                reading.fault = Fault.Outlier;
                continue;
            }
            ++agreed.count;
            if (!reading.stepped) ++agreed.steady;
            agreed.low = Math.min(agreed.low, reading.low);
            agreed.high = Math.max(agreed.high, reading.high);
        }
    }

    // ---------------------------------------------------------------- states

    function _isSafe(uint256 slot) private view returns (bool) {
        return slot & UNSAFE == 0
            && block.timestamp <= uint40(slot >> UPDATED_AT) + (slot >> MAX_AGE & SECS_20_BITS);
    }

    function _stateOf(address asset, uint256 slot) private view returns (PriceState) {
        if (_isSafe(slot)) return slot & STEPPED == 0 ? PriceState.Safe : PriceState.Stepped;
        if (uint64(slot >> 64) == 0) return PriceState.Grace;
        Watch memory watch = _watches[asset];
        (, uint256 graceAt) = _graceOf(slot, watch);
        return block.timestamp < graceAt + watch.graceSecs ? PriceState.Grace : PriceState.Late;
    }

    /// @dev Since when a price that is not safe, or no longer from now on, is so; and when the grace that counts for it
    /// began: with it, unless one began within 24 hours before.
    function _graceOf(uint256 slot, Watch memory watch)
        private
        view
        returns (uint256 since, uint256 graceAt)
    {
        uint256 staleAt = uint40(slot >> UPDATED_AT) + (slot >> MAX_AGE & SECS_20_BITS) + 1;
        since = watch.unsafeSince != 0 ? watch.unsafeSince : Math.min(staleAt, block.timestamp);
        graceAt = watch.graceAt;
        if (graceAt == 0 || since >= graceAt + GRACE_INTERVAL_SECS) graceAt = since;
    }

    // ---------------------------------------------------------------- governor

    /// @inheritdoc IPriceAggregator
    function addAsset(address asset, AssetTerms calldata terms, SourceTerms[] calldata sources)
        external
        override
    {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        if (asset == address(0)) revert BadAddress("asset", asset);
        if (_prices[asset] != 0) revert AlreadyAdded(asset);
        _requireTerms(terms, sources.length);
        uint256 gasInAll;
        for (uint256 i = 0; i < sources.length; ++i) {
            _requireSource(sources, i);
            gasInAll += sources[i].gasMost * (sources[i].observing ? 2 : 1);
            _sources[asset].push(
                Source({
                    source: sources[i].source,
                    maxAgeSecs: uint24(sources[i].maxAgeSecs),
                    gasMost: uint24(sources[i].gasMost),
                    lockable: sources[i].lockable,
                    observing: sources[i].observing,
                    leastFloat: uint64(PriceFloat.toFloatUp(sources[i].least)),
                    mostFloat: uint64(PriceFloat.toFloatDown(sources[i].most))
                })
            );
        }
        _requireWithin("gasMost in all", gasInAll, 0, MOST_GAS);
        if (sources.length == 1 && !IPriceSource(sources[0].source).derived()) {
            revert NotDerived(sources[0].source);
        }
        _configs[asset] = Config({
            deviation: uint64(terms.deviation),
            maxDeviation: uint64(terms.maxDeviation),
            maxStep: uint64(terms.maxStep),
            stepWindowSecs: uint24(terms.stepWindowSecs),
            minSources: uint8(terms.minSources)
        });
        _watches[asset].graceSecs = uint24(terms.graceSecs);
        _prices[asset] = UNSAFE | terms.maxAgeSecs << MAX_AGE;
        emit AssetAdded(asset, terms, sources);
    }

    /// @dev With fewer than three sources, or a quorum of half, one liar could move what the others agree on.
    function _requireTerms(AssetTerms calldata terms, uint256 count) private pure {
        _requireWithin("sources", count, 1, MOST_SOURCES);
        if (count != 1) _requireWithin("sources", count, 3, MOST_SOURCES);
        _requireWithin(
            "minSources", terms.minSources, count == 1 ? 1 : count / 2 + 1, count == 1 ? 1 : count - 1
        );
        _requireWithin("maxAgeSecs", terms.maxAgeSecs, 60, SECS_20_BITS);
        _requireWithin("graceSecs", terms.graceSecs, 0, GRACE_INTERVAL_SECS);
        _requireWithin("deviation", terms.deviation, 0, WAD / 10);
        _requireWithin("maxDeviation", terms.maxDeviation, Math.max(terms.deviation, WAD / 1000), WAD / 5);
        _requireWithin("maxStep", terms.maxStep, WAD / 1000, WAD / 2);
        _requireWithin("stepWindowSecs", terms.stepWindowSecs, 60, 1 days);
    }

    function _requireSource(SourceTerms[] calldata sources, uint256 index) private view {
        SourceTerms calldata terms = sources[index];
        if (terms.source.code.length == 0) revert BadAddress("source", terms.source);
        for (uint256 i = 0; i < index; ++i) {
            if (sources[i].source == terms.source) revert BadAddress("source", terms.source);
        }
        _requireWithin("source maxAgeSecs", terms.maxAgeSecs, 1, SECS_20_BITS);
        _requireWithin("least", terms.least, LEAST_PRICE, SourceCalls.PRICE_LIMIT - 1);
        _requireWithin("most", terms.most, terms.least + 1, SourceCalls.PRICE_LIMIT - 1);
        _requireWithin("gasMost", terms.gasMost, 20_000, 3_000_000);
    }

    function _requireWithin(string memory field, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert BadTerm(field, value, least, most);
    }

    function _knownConfig(address asset) private view returns (Config memory config) {
        config = _configs[asset];
        if (config.minSources == 0) revert UnknownAsset(asset);
    }
}
