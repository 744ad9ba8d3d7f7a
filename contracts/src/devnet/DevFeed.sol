// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAggregatorV3} from "../oracle/ChainlinkSource.sol";

/// @title A feed in Chainlink's shape for the local chain, where nobody reports prices
/// @notice It answers what its deployer said last; nobody else can make it say anything.
contract DevFeed is IAggregatorV3 {
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    error NotOwner(address caller);

    address public immutable owner;
    uint8 public immutable override decimals;

    int256 private _answer;
    uint80 private _roundId;
    uint40 private _updatedAt;

    /// @param answer In units of 10 ** -decimals.
    constructor(uint8 decimals_, int256 answer) {
        owner = msg.sender;
        decimals = decimals_;
        _set(answer);
    }

    /// @notice Answer this from now on; zero or less is what a broken feed says.
    function set(int256 answer) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _set(answer);
    }

    function latestRoundData() external view override returns (uint80, int256, uint256, uint256, uint80) {
        return (_roundId, _answer, _updatedAt, _updatedAt, _roundId);
    }

    function _set(int256 answer) private {
        (_answer, _roundId, _updatedAt) = (answer, _roundId + 1, uint40(block.timestamp));
        emit AnswerUpdated(answer, _roundId, block.timestamp);
    }
}
