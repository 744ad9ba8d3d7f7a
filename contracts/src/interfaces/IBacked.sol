// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title What every backed token answers, whatever backs it
/// @notice The explorer, oracles, look-through and proofs read nothing else.
interface IBacked {
    /// @return The backing model as a short ASCII word, left-aligned: "accrual", "vault", "custody",
    /// "basket", "wrapped" or "option".
    function model() external view returns (bytes32);

    /// @notice What stands behind all claims together.
    /// @return assets The backing assets, in a fixed order.
    /// @return amounts Base units of each asset, cash and claims on borrowers together.
    function reserves() external view returns (address[] memory assets, uint256[] memory amounts);

    /// @return Token base units that can still be presented: supply less provably unspendable balances.
    function claims() external view returns (uint256);

    /// @notice What `tokens` base units are backed by, rounded down, before any redemption fee.
    /// @return amounts Base units of each asset, in the order of `reserves`.
    function backingOf(uint256 tokens) external view returns (uint256[] memory amounts);
}
