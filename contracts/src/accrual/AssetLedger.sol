// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IReserve} from "../interfaces/IReserve.sol";

/// @title One backing asset of a reserve in two storage slots: cash, lent, and the stream
/// @notice The stream runs in clock epochs of the drip period: what arrives in one epoch vests linearly over the
/// next, cumulatively, so nobody can restart or stretch it; missed epochs vest whole.
library AssetLedger {
    /// @dev Ledger word: cash 112 bits, lent 112, second of the last sync 32. Stream word: vesting 112, pending 112,
    /// and a mark that keeps the slot from ever being zero again, so that no user pays for its first use.
    struct Asset {
        uint256 ledgerWord;
        uint256 streamWord;
    }

    /// @dev The asset in memory, vested up to the second it was loaded for.
    struct State {
        uint256 cash; // R, base units
        uint256 lent; // D, base units
        uint256 vesting; // arrived in the epoch before, vests over this one
        uint256 pending; // arrived in this epoch, vests over the next
        uint256 unvested; // vesting that has not reached the cash yet
        uint256 streamWord; // as stored, to write the slot only when it changed
    }

    uint256 internal constant CAP = type(uint112).max;
    uint256 private constant MARK = 1 << 224;

    /// @notice Load the asset as it stands `elapsed` seconds after genesis.
    function load(Asset storage asset, uint256 elapsed, uint256 period)
        internal
        view
        returns (State memory state)
    {
        uint256 word = asset.ledgerWord;
        state.cash = uint112(word);
        state.lent = uint112(word >> 112);
        word = word >> 224;
        uint256 stream = asset.streamWord;
        state.streamWord = stream;
        if (stream << 32 == 0) return state;
        _vest(state, stream, word, elapsed, period);
    }

    /// @dev `syncedAt` and `elapsed` are seconds since genesis. The vested part is cumulative over an epoch:
    /// floor(vesting * seconds into it / period) less what was moved before.
    function _vest(State memory state, uint256 stream, uint256 syncedAt, uint256 elapsed, uint256 period)
        private
        pure
    {
        uint256 vesting = uint112(stream);
        uint256 pending = uint112(stream >> 112);
        uint256 moved = vesting * (syncedAt % period) / period;
        uint256 epochs = elapsed / period - syncedAt / period;
        if (epochs != 0) {
            state.cash += vesting - moved;
            moved = 0;
            if (epochs == 1) {
                vesting = pending;
            } else {
                state.cash += pending;
                vesting = 0;
            }
            pending = 0;
        }
        uint256 vested = vesting * (elapsed % period) / period;
        state.cash += vested - moved;
        state.unvested = vesting - vested;
        state.vesting = vesting;
        state.pending = pending;
    }

    /// @notice Write the asset back as of `elapsed` seconds after genesis.
    function store(Asset storage asset, State memory state, uint256 elapsed) internal {
        asset.ledgerWord = state.cash | state.lent << 112 | elapsed << 224;
        uint256 stream = state.vesting | state.pending << 112 | MARK;
        if (stream != state.streamWord) asset.streamWord = stream;
    }

    /// @notice Base units received and not yet vested.
    function streaming(State memory state) internal pure returns (uint256) {
        return state.unvested + state.pending;
    }

    /// @notice F, what the claims share.
    function total(State memory state) internal pure returns (uint256) {
        return state.cash + state.lent;
    }

    /// @notice Move `amount` of cash into the stream.
    function toStream(State memory state, uint256 amount) internal pure {
        state.cash -= amount;
        state.pending += amount;
    }

    /// @notice Take in `amount` from outside through the stream; everything the ledger holds stays under the cap,
    /// so that no later step can overflow a field.
    function receiveInto(State memory state, uint256 amount) internal pure {
        uint256 room = CAP - total(state) - streaming(state);
        if (amount > room) revert IReserve.AmountTooLarge("amount", amount, room);
        state.pending += amount;
    }

    /// @notice Whether the launch seed has been entered.
    function seeded(Asset storage asset) internal view returns (bool) {
        return asset.streamWord != 0;
    }
}
