// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice The entries of one epoch.
struct EntryBatch {
    uint256 assets; // base units of the synthetic, paid in
    uint256 shares; // got for them; zero once settled where they are given back
    bool settled;
}

/// @notice The exits of one epoch.
struct ExitBatch {
    uint256 shares; // handed in
    uint256 left; // of these, not paid yet
    uint256 assets; // base units of the synthetic, got for the rest
}

/// @notice Requests that wait, and what became of them.
struct Queue {
    uint256 entryNext; // first epoch whose entries are not settled
    uint256 exitNext; // first epoch whose exits are not settled
    uint256 entering; // assets of entries that are not settled, and of those given back
    uint256 owed; // assets of exits that are settled and not claimed
    mapping(uint256 epoch => EntryBatch) entries;
    mapping(uint256 epoch => ExitBatch) exits;
    mapping(uint256 epoch => mapping(address owner => uint256)) entryOf; // assets
    mapping(uint256 epoch => mapping(address owner => uint256)) exitOf; // shares
    mapping(uint256 epoch => mapping(address owner => uint256)) exitPaid; // assets
}

/// @title Entries and exits by epoch
/// @notice All requests of an epoch are settled at one price, from the beginning of the next epoch but one: each waits
/// at least one whole epoch. Nobody can choose the moment, because any call to the vault settles what is ripe.
using BackstopQueue for Queue global;

library BackstopQueue {
    error NotSettled(uint256 epoch);
    error AlreadySettled(uint256 epoch);
    error NothingRequested(uint256 epoch, address owner);
    error NothingToClaim(uint256 epoch, address owner);

    /// @dev Epochs that one call passes at most, of each kind.
    uint256 internal constant SETTLED_MAX = 64;
    /// @dev Shares for one base unit, above which they are too cheap to sell: a thousand million times as many as at
    /// the beginning. It bounds the number of shares whatever is lost.
    uint256 private constant SHARES_PER_UNIT_MAX = 1e15;

    function waits(Queue storage queue, uint256 present) internal view returns (bool) {
        return queue.entryRipe(present) || queue.exitRipe(present);
    }

    function entryRipe(Queue storage queue, uint256 present) internal view returns (bool) {
        return queue.entryNext + 2 <= present;
    }

    function exitRipe(Queue storage queue, uint256 present) internal view returns (bool) {
        return queue.exitNext + 2 <= present;
    }

    // ---------------------------------------------------------------- entries

    function enter(Queue storage queue, uint256 epoch, address owner, uint256 assets) internal {
        queue.entries[epoch].assets += assets;
        queue.entryOf[epoch][owner] += assets;
        queue.entering += assets;
    }

    function cancelEntry(Queue storage queue, uint256 epoch, address owner)
        internal
        returns (uint256 assets)
    {
        if (queue.entries[epoch].settled) revert AlreadySettled(epoch);
        assets = _takeEntry(queue, epoch, owner);
        queue.entries[epoch].assets -= assets;
        queue.entering -= assets;
    }

    /// @notice Turn the next epoch's entries into shares.
    /// @param supply Shares, the virtual ones among them.
    /// @param total What they own, at high prices, the virtual unit included.
    /// @return assets That enter.
    /// @return shares To mint for them; zero where there are no entries, or they are given back.
    function settleEntries(Queue storage queue, uint256 supply, uint256 total)
        internal
        returns (uint256 assets, uint256 shares)
    {
        EntryBatch storage batch = queue.entries[queue.entryNext++];
        batch.settled = true;
        assets = batch.assets;
        if (assets == 0 || supply / SHARES_PER_UNIT_MAX >= total) return (assets, 0);
        shares = Math.mulDiv(assets, supply, total);
        if (shares == 0) return (assets, 0);
        batch.shares = shares;
        queue.entering -= assets;
    }

    /// @return shares Rounded down.
    /// @return refunded All that was paid in, where there are no shares for it.
    function claimEntry(Queue storage queue, uint256 epoch, address owner)
        internal
        returns (uint256 shares, uint256 refunded)
    {
        EntryBatch storage batch = queue.entries[epoch];
        if (!batch.settled) revert NotSettled(epoch);
        uint256 assets = _takeEntry(queue, epoch, owner);
        if (batch.shares != 0) return (Math.mulDiv(batch.shares, assets, batch.assets), 0);
        queue.entering -= assets;
        return (0, assets);
    }

    function _takeEntry(Queue storage queue, uint256 epoch, address owner) private returns (uint256 assets) {
        assets = queue.entryOf[epoch][owner];
        if (assets == 0) revert NothingRequested(epoch, owner);
        queue.entryOf[epoch][owner] = 0;
    }

    // ---------------------------------------------------------------- exits

    function exit(Queue storage queue, uint256 epoch, address owner, uint256 shares) internal {
        queue.exits[epoch].shares += shares;
        queue.exits[epoch].left += shares;
        queue.exitOf[epoch][owner] += shares;
    }

    /// @notice Pay the next epoch's exits as far as the cash goes; the rest waits for the sale of collateral and goes
    /// on gaining and losing.
    /// @param supply Shares, the virtual ones among them.
    /// @param total What they own, at low prices, the virtual unit included.
    /// @return shares To burn.
    /// @return assets Paid for them.
    /// @return whole Whether nothing of that epoch is left.
    function settleExits(Queue storage queue, uint256 supply, uint256 total, uint256 cash)
        internal
        returns (uint256 shares, uint256 assets, bool whole)
    {
        ExitBatch storage batch = queue.exits[queue.exitNext];
        shares = batch.left;
        assets = Math.mulDiv(shares, total, supply);
        if (assets > cash) {
            shares = Math.mulDiv(shares, cash, assets);
            assets = Math.mulDiv(shares, total, supply);
        }
        whole = shares == batch.left;
        if (whole) ++queue.exitNext;
        if (shares == 0) return (0, 0, whole);
        batch.left -= shares;
        batch.assets += assets;
        queue.owed += assets;
    }

    /// @return Base units of the synthetic, rounded down.
    function claimable(Queue storage queue, uint256 epoch, address owner) internal view returns (uint256) {
        ExitBatch storage batch = queue.exits[epoch];
        if (batch.shares == 0) return 0;
        uint256 all = Math.mulDiv(batch.assets, queue.exitOf[epoch][owner], batch.shares);
        return all - queue.exitPaid[epoch][owner];
    }

    function claimExit(Queue storage queue, uint256 epoch, address owner) internal returns (uint256 assets) {
        assets = queue.claimable(epoch, owner);
        if (assets == 0) revert NothingToClaim(epoch, owner);
        queue.exitPaid[epoch][owner] += assets;
        queue.owed -= assets;
    }
}
