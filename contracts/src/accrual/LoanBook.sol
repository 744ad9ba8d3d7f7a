// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IReserve} from "../interfaces/IReserve.sol";
import {MulDiv} from "../lib/MulDiv.sol";

/// @dev Totals over all loans and the pause, in one word. From the lowest bit: locked collateral 128 bits, loans ever
/// opened 32, start of the last pause 32, its end 32 (zero before the first), seconds of all pauses before it 32; times
/// in seconds since genesis.
type Book is uint256;

using {
    clock,
    isPaused,
    locked,
    loanCount,
    lockLess,
    lockMore,
    pauseEnd,
    pauseStart,
    pausedSecs
} for Book global;

/// @return C, token base units.
function locked(Book book) pure returns (uint256) {
    return uint128(Book.unwrap(book));
}

/// @return Loans ever opened.
function loanCount(Book book) pure returns (uint256) {
    return uint32(Book.unwrap(book) >> 128);
}

function pauseStart(Book book) pure returns (uint256) {
    return uint32(Book.unwrap(book) >> 160);
}

function pauseEnd(Book book) pure returns (uint256) {
    return uint32(Book.unwrap(book) >> 192);
}

/// @return Seconds paused so far, of all pauses.
function pausedSecs(Book book, uint256 elapsed) pure returns (uint256) {
    uint256 end = pauseEnd(book);
    if (end == 0) return 0;
    return (Book.unwrap(book) >> 224) + (elapsed < end ? elapsed : end) - pauseStart(book);
}

/// @return The loan clock `elapsed` seconds after genesis.
function clock(Book book, uint256 elapsed) pure returns (uint256) {
    return elapsed - pausedSecs(book, elapsed);
}

function isPaused(Book book, uint256 elapsed) pure returns (bool) {
    return elapsed < pauseEnd(book);
}

/// @dev Fits: locked collateral is part of the supply, which is under 2^123, and 2^32 loans cost more gas than exists.
function lockMore(Book book, uint256 collateral) pure returns (Book) {
    return Book.wrap(Book.unwrap(book) + collateral + (1 << 128));
}

/// @dev Never negative: only what was locked is released.
function lockLess(Book book, uint256 collateral) pure returns (Book) {
    return Book.wrap(Book.unwrap(book) - collateral);
}

/// @title Loans in one slot each, and the clock that stands still while entries are paused
/// @notice A loan of one asset costs one new slot: its borrower is part of its id, its deadline 32 bits of the loan
/// clock. The loan clock counts seconds since genesis less the seconds paused, so that every deadline moves by a
/// pause without touching a loan.
library LoanBook {
    struct Loan {
        uint256 word; // collateral 112 bits, deadline 32 (loan clock), principal of asset 0 112
        mapping(uint256 asset => uint256) others; // principal of assets 1 and up
    }

    struct State {
        uint256 collateral;
        uint256 deadline; // loan clock
        uint256[] principal;
    }

    uint256 internal constant MAX_TERMS_AHEAD = 12;
    uint256 internal constant MAX_PAUSE_SECS = 7 days;
    uint256 internal constant MAX_COLLATERAL = type(uint112).max;

    // ---------------------------------------------------------------- ids

    function idOf(address borrower, uint256 sequence) internal pure returns (uint256) {
        return uint256(uint160(borrower)) << 96 | sequence;
    }

    function borrowerOf(uint256 loanId) internal pure returns (address) {
        return address(uint160(loanId >> 96));
    }

    // ---------------------------------------------------------------- loans

    function load(Loan storage loan, uint256 count) internal view returns (State memory state) {
        uint256 word = loan.word;
        state.collateral = uint112(word);
        state.deadline = uint32(word >> 112);
        state.principal = new uint256[](count);
        if (word == 0) return state;
        state.principal[0] = word >> 144;
        for (uint256 j = 1; j < count; ++j) {
            state.principal[j] = loan.others[j];
        }
    }

    /// @dev Fits: collateral and every principal are bounded by 112 bits when the loan is opened and never rise.
    function store(Loan storage loan, State memory state) internal {
        loan.word = state.collateral | state.deadline << 112 | state.principal[0] << 144;
        for (uint256 j = 1; j < state.principal.length; ++j) {
            if (loan.others[j] != state.principal[j]) loan.others[j] = state.principal[j];
        }
    }

    function clear(Loan storage loan, uint256 count) internal {
        loan.word = 0;
        for (uint256 j = 1; j < count; ++j) {
            if (loan.others[j] != 0) loan.others[j] = 0;
        }
    }

    /// @notice Take `amounts` off the principal, each clamped to what is owed.
    /// @return released The least over owed assets of collateral * paid / principal, rounded down; all of it at the end.
    function reduce(State memory state, uint256[] memory amounts) internal pure returns (uint256 released) {
        released = state.collateral;
        uint256 sum;
        for (uint256 j = 0; j < amounts.length; ++j) {
            uint256 owed = state.principal[j];
            if (amounts[j] > owed) amounts[j] = owed;
            if (owed == 0) continue;
            sum += amounts[j];
            uint256 share = MulDiv.mulDivDown(state.collateral, amounts[j], owed);
            if (share < released) released = share;
            state.principal[j] = owed - amounts[j];
        }
        if (sum == 0) revert IReserve.ZeroAmount("amounts");
        state.collateral -= released;
    }

    // ---------------------------------------------------------------- pause

    function pause(Book book, uint256 secs, uint256 elapsed, uint256 genesis) internal pure returns (Book) {
        if (secs == 0) revert IReserve.ZeroAmount("secs");
        if (secs > MAX_PAUSE_SECS) revert IReserve.PauseTooLong(secs, MAX_PAUSE_SECS);
        uint256 earliest = book.pauseEnd() + MAX_PAUSE_SECS;
        if (book.pauseEnd() != 0 && elapsed < earliest) revert IReserve.PauseTooSoon(genesis + earliest);
        uint256 before = book.pausedSecs(elapsed);
        uint256 totals = uint160(Book.unwrap(book));
        return Book.wrap(totals | elapsed << 160 | (elapsed + secs) << 192 | before << 224);
    }

    function unpause(Book book, uint256 elapsed) internal pure returns (Book) {
        if (!book.isPaused(elapsed)) revert IReserve.NotPaused();
        uint256 word = Book.unwrap(book);
        return Book.wrap(word - (book.pauseEnd() - elapsed << 192));
    }
}
