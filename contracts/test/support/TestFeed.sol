// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice A Chainlink feed that answers what a test sets.
contract TestFeed {
    uint8 public decimals;
    uint80 public roundId = 7;
    int256 public answer;
    uint256 public startedAt = block.timestamp;
    uint256 public updatedAt = block.timestamp;
    uint80 public answeredInRound = 7;

    constructor(uint8 decimals_, int256 answer_) {
        (decimals, answer) = (decimals_, answer_);
    }

    /// @notice Answer this as of now.
    function set(int256 answer_) external {
        (answer, startedAt, updatedAt) = (answer_, block.timestamp, block.timestamp);
        ++roundId;
        answeredInRound = roundId;
    }

    function setRound(uint80 roundId_, uint256 startedAt_, uint256 updatedAt_, uint80 answeredInRound_)
        external
    {
        (roundId, startedAt, updatedAt, answeredInRound) =
        (roundId_, startedAt_, updatedAt_, answeredInRound_);
    }

    function setDecimals(uint8 decimals_) external {
        decimals = decimals_;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (roundId, answer, startedAt, updatedAt, answeredInRound);
    }
}
