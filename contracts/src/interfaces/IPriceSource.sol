// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title One opinion about the price of one asset
/// @notice A source reverts where it has no opinion. Its prices are scaled as `IPrices` has them: base units of the
/// unit of account per base unit of the asset, times 1e36.
interface IPriceSource {
    /// @notice What the price is computed from cannot be read in this call. An aggregator that was told to expect this
    /// of the source passes it on instead of counting the source as dead: whoever holds the lock would choose that.
    error Locked();

    /// @return low At most `mid`, not zero.
    /// @return mid What is thought right.
    /// @return high At least `mid`, under 1.4e60.
    /// @return updatedAt Unix seconds of the oldest fact in it; never in the future.
    /// @return stepped Whether `mid` is held back while `low` and `high` have what was really seen.
    function read()
        external
        view
        returns (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, bool stepped);

    /// @return Whether nobody's single word is in it: it is computed on the chain from prices that several sources
    /// agreed on. Only such a source may stand alone.
    function derived() external view returns (bool);
}

/// @title A source that must see the price now and then
interface IObservingSource is IPriceSource {
    /// @notice Store what is seen now, where it is time. By anyone.
    function observe() external;
}
