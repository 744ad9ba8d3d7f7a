// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IObservingSource} from "ballast/interfaces/IPriceSource.sol";

/// @notice A source that says what a test tells it to, in every good and bad way.
contract TestSource is IObservingSource {
    enum Manner {
        Honest,
        Reverting,
        Lock,
        GasBurning,
        Empty,
        Short,
        Bomb,
        RevertBomb,
        Unordered
    }

    uint256 public low;
    uint256 public mid;
    uint256 public high;
    uint256 public updatedAt;
    bool public stepped;
    bool public override derived;
    Manner public manner;
    uint256 public observed;
    bool private _keepsTime;

    /// @notice One number for all three bounds, as of always.
    function set(uint256 price) external {
        (low, mid, high, _keepsTime) = (price, price, price, false);
    }

    function setRange(uint256 low_, uint256 mid_, uint256 high_) external {
        (low, mid, high) = (low_, mid_, high_);
    }

    /// @notice Give this time with every answer from now on.
    function setTime(uint256 updatedAt_) external {
        (updatedAt, _keepsTime) = (updatedAt_, true);
    }

    function setStepped(bool stepped_) external {
        stepped = stepped_;
    }

    function setDerived(bool derived_) external {
        derived = derived_;
    }

    function setManner(Manner manner_) external {
        manner = manner_;
    }

    function observe() external override {
        if (manner == Manner.GasBurning) _burnGas();
        if (manner != Manner.Honest) revert("no");
        ++observed;
    }

    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        if (manner == Manner.Lock) revert Locked();
        if (manner == Manner.Reverting) revert("no");
        if (manner == Manner.GasBurning) _burnGas();
        if (manner == Manner.Unordered) return (mid + 1, mid, high, block.timestamp, stepped);
        uint256 size = manner == Manner.Short ? 159 : manner == Manner.Empty ? 0 : 100_000;
        if (manner == Manner.RevertBomb) {
            assembly ("memory-safe") {
                revert(0, size)
            }
        } else if (manner != Manner.Honest) {
            assembly ("memory-safe") {
                return(0, size)
            }
        }
        return (low, mid, high, _keepsTime ? updatedAt : block.timestamp, stepped);
    }

    function _burnGas() private pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}
