// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice How far a stored price can be trusted, from best to worst.
enum PriceState {
    /// Everything is allowed.
    Safe,
    /// The price moved faster than a step: no new debt, no withdrawal against debt; the rest goes on.
    Stepped,
    /// Unsafe, and liquidations wait: nothing but what makes a position safer.
    Grace,
    /// Unsafe for longer than the grace period: liquidations go on at the stored mid, by time alone.
    Late
}

/// @title Prices as every consumer sees them
/// @notice A price is the unit of account's base units (18 decimals) per base unit of the asset, times 1e36: the value
/// of `amount` is `amount * price / 1e36`. Each consumer picks the bound that protects it: collateral that lets
/// somebody borrow or withdraw at `low`, debt and redeemed collateral at `high`, liquidation at `mid`.
interface IPrices {
    /// @notice No price of this asset is kept here.
    error UnknownAsset(address asset);

    /// @notice The stored price; reading it computes nothing and calls nobody.
    /// @return low At most `mid`.
    /// @return mid What is thought right. Zero where there never was a safe price; the state is then `Grace`.
    /// @return high At least `mid`; all three are under 2^200.
    /// @return updatedAt Unix seconds of the last safe aggregation.
    /// @return state What the price is good for now.
    function price(address asset)
        external
        view
        returns (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, PriceState state);

    /// @notice Ask the sources and store what they agree on. By anyone; it does not fail because sources do.
    function poke(address asset) external returns (PriceState state);

    /// @return The widening of `low` and `high` around the sources' extremes, in wad: what a source may be off before
    /// it reports again.
    function deviation(address asset) external view returns (uint256);
}
