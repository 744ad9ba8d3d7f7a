// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPrices} from "./IPrices.sol";

/// @notice How the prices of one asset are agreed on; fixed when the asset is added. Ratios in wad, times in seconds.
struct AssetTerms {
    /// Age above which a stored price is unsafe; 60 to 1,048,575.
    uint256 maxAgeSecs;
    /// How long liquidations wait once a price is unsafe, at most once in 24 hours; at most 86,400.
    uint256 graceSecs;
    /// Least sources that must agree: more than half of them and at least two of at least three; or one of one that
    /// is derived.
    uint256 minSources;
    /// What a source may be off before it reports again: `low` and `high` are wider by it; at most 0.1.
    uint256 deviation;
    /// How far a source may be from the median; at least `deviation`, 0.001 to 0.2.
    uint256 maxDeviation;
    /// How far `mid` may move within a window; 0.001 to 0.5.
    uint256 maxStep;
    /// The window; 60 to 86,400.
    uint256 stepWindowSecs;
}

/// @notice One source of an asset.
struct SourceTerms {
    /// An `IPriceSource`.
    address source;
    /// Age above which its answer does not count; 1 to 1,048,575 seconds.
    uint256 maxAgeSecs;
    /// A mid price at or under this does not count; at least 1e9, so that no step rounds to nothing.
    uint256 least;
    /// A mid price at or above this does not count; under 1.4e60.
    uint256 most;
    /// Gas that it may use in a call; 20,000 to 3,000,000, and of all sources, observing ones twice, 10,000,000.
    uint256 gasMost;
    /// Whether it may answer `Locked`, which fails the poke.
    bool lockable;
    /// Whether it is an `IObservingSource`, to be called first.
    bool observing;
}

/// @notice Why a source does not count.
enum Fault {
    /// It counts.
    None,
    /// It reverted, ran out of gas, or is no contract.
    NoAnswer,
    /// It cannot be read in this call.
    Locked,
    /// Too short, out of order, zero or too large.
    Malformed,
    /// At or beyond its bounds.
    OutOfBounds,
    /// Too old, or from the future.
    Stale,
    /// Too far from the median.
    Outlier
}

/// @notice What a source answered.
struct Reading {
    address source;
    uint256 low;
    uint256 mid;
    uint256 high;
    uint256 updatedAt; // unix seconds
    bool stepped;
    Fault fault;
}

/// @title Prices that several sources agree on
interface IPriceAggregator is IPrices {
    event AssetAdded(address indexed asset, AssetTerms terms, SourceTerms[] sources);
    /// @notice Stored; as it was before rounding to a float.
    event Priced(address indexed asset, uint256 low, uint256 mid, uint256 high, uint256 median, bool stepped);
    /// @notice Too few sources agreed: the price is not safe from now on.
    event BecameUnsafe(address indexed asset, uint256 sources, uint256 least);
    /// @notice A source did not count; `mid` is what it said, zero if nothing that makes sense.
    event SourceLeftOut(address indexed asset, address indexed source, Fault fault, uint256 mid);

    /// @notice `source` cannot be read in this call; try again in another.
    error SourceLocked(address asset, address source);
    /// @notice A caller may not choose, by the gas he gives, which sources answer.
    error TooLittleGas(uint256 left, uint256 needed);
    error NotGovernor(address caller);
    error AlreadyAdded(address asset);
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error BadAddress(string field, address value);
    error NotDerived(address source);

    /// @notice Add an asset for ever. Governor only; nothing about it can change later.
    function addAsset(address asset, AssetTerms calldata terms, SourceTerms[] calldata sources) external;

    /// @return Who may add assets.
    function governor() external view returns (address);

    function termsOf(address asset) external view returns (AssetTerms memory);

    function sourcesOf(address asset) external view returns (SourceTerms[] memory);

    /// @notice What each source answers now and whether a poke would count it; observes and stores nothing.
    function survey(address asset) external view returns (Reading[] memory);
}
