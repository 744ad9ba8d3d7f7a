// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice What one signer says about an asset in a round. The signature is over the EIP-712 structure
/// `Report(address asset,uint256 price,uint256 confidence,uint256 time,uint256 round)`.
struct Report {
    uint256 price; // 18 decimals, per whole token
    uint256 confidence; // half the width of the range that the signer holds for possible; under the price
    uint256 time; // unix seconds at which the venues were asked
    bytes signature; // r, s, v: 65 bytes, s in the lower half
}

/// @title Prices that k of n signers report together
interface IReportQuorum {
    event Reported(
        address indexed asset,
        uint256 indexed round,
        uint256 price,
        uint256 confidence,
        uint256 time,
        uint256 reports
    );
    event SignersSet(address[] signers, uint256 quorum);

    error NotGovernor(address caller);
    error BadAddress(string field, address value);
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error TooFewReports(uint256 count, uint256 quorum);
    /// @notice Not the next round, or one that is ahead of the clock.
    error BadRound(uint256 round, uint256 least, uint256 most);
    error BadReportTime(uint256 index, uint256 time, uint256 least, uint256 most);
    error BadReport(uint256 index, uint256 price, uint256 confidence);
    /// @notice Not 65 bytes, malleable, or of nobody.
    error BadSignature(uint256 index);
    error NotSigner(uint256 index, address signer);
    /// @notice Reports come sorted by signer, each signer once.
    error NotSorted(uint256 index, address signer);
    error NothingReported(address asset);

    /// @notice Store the medians of what a quorum reports. By anyone.
    /// @param round Larger than the asset's last, at most the present unix second.
    /// @param reports Of the same asset and round, sorted by signer.
    function submit(address asset, uint256 round, Report[] calldata reports) external;

    /// @notice Replace all signers at once. Governor only.
    /// @param list Sorted, each once, at most 31: accounts with a key. A contract cannot sign.
    /// @param quorum At least three and more than half.
    function setSigners(address[] calldata list, uint256 quorum) external;

    /// @return price 18 decimals, per whole token.
    /// @return confidence Half the width of the range around it.
    /// @return time Unix seconds.
    /// @return round The asset's last.
    function latest(address asset)
        external
        view
        returns (uint256 price, uint256 confidence, uint256 time, uint256 round);

    /// @return What a signer signs.
    function digestOf(address asset, uint256 price, uint256 confidence, uint256 time, uint256 round)
        external
        view
        returns (bytes32);

    function governor() external view returns (address);

    function quorum() external view returns (uint256);

    function signers() external view returns (address[] memory);

    function isSigner(address account) external view returns (bool);
}
