// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {AssetLedger} from "ballast/accrual/AssetLedger.sol";
import {LaunchChecks} from "ballast/accrual/LaunchChecks.sol";
import {Book, LoanBook} from "ballast/accrual/LoanBook.sol";
import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {Terms} from "ballast/interfaces/IReserve.sol";

/// @notice Proved for every value: words packed by hand keep their fields apart, and the loan clock keeps time.
contract BooksSymbolic is Test {
    using AssetLedger for AssetLedger.Asset;
    using AssetLedger for AssetLedger.State;
    using LoanBook for LoanBook.Loan;

    AssetLedger.Asset private asset;
    LoanBook.Loan private loan;

    // ---------------------------------------------------------------- fields

    function check_ledgerFieldsStayApart(uint112 cash, uint112 lent, uint32 at) external {
        AssetLedger.State memory state;
        state.cash = cash;
        state.lent = lent;
        asset.store(state, at);
        state = asset.load(at, 1 days);
        assert(state.cash == cash && state.lent == lent && state.streaming() == 0);
        assert(asset.seeded());
    }

    function check_streamFieldsStayApart(uint112 vesting, uint112 pending) external {
        AssetLedger.State memory state;
        state.vesting = vesting;
        state.pending = pending;
        asset.store(state, 1 days);
        state = asset.load(1 days, 1 days);
        assert(state.vesting == vesting && state.pending == pending);
        assert(state.cash == 0 && state.lent == 0);
        assert(state.streaming() == uint256(vesting) + pending);
        state = asset.load(3 days, 1 days);
        assert(state.cash == uint256(vesting) + pending && state.streaming() == 0);
    }

    function check_loanFieldsStayApart(uint112 collateral, uint32 deadline, uint112 first, uint112 second)
        external
    {
        LoanBook.State memory state = LoanBook.State(collateral, deadline, new uint256[](2));
        (state.principal[0], state.principal[1]) = (first, second);
        loan.store(state);
        state = loan.load(2);
        if (collateral == 0 && deadline == 0 && first == 0) return;
        assert(state.collateral == collateral && state.deadline == deadline);
        assert(state.principal[0] == first && state.principal[1] == second);
        loan.clear(2);
        state = loan.load(2);
        assert(state.collateral == 0 && state.principal[0] == 0 && state.principal[1] == 0);
    }

    function check_aLoansIdNamesItsBorrower(address borrower, uint32 sequence) external pure {
        uint256 id = LoanBook.idOf(borrower, sequence);
        assert(LoanBook.borrowerOf(id) == borrower && uint32(id) == sequence);
    }

    function check_lockingAndReleasingTouchesTheirFieldsOnly(uint256 word, uint112 collateral) external pure {
        Book book = Book.wrap(word);
        vm.assume(book.locked() < 2 ** 127 && book.loanCount() < 2 ** 31);
        Book more = book.lockMore(collateral);
        assert(more.locked() == book.locked() + collateral && more.loanCount() == book.loanCount() + 1);
        assert(more.pauseStart() == book.pauseStart() && more.pauseEnd() == book.pauseEnd());
        assert(Book.unwrap(more) >> 224 == word >> 224);
        Book less = more.lockLess(collateral);
        assert(less.locked() == book.locked() && less.loanCount() == book.loanCount() + 1);
    }

    // ---------------------------------------------------------------- the loan clock

    /// @dev Any book that a sequence of pauses can have left at `at`.
    function _reachable(uint256 word, uint256 at) private pure returns (Book book) {
        book = Book.wrap(word);
        vm.assume(book.pauseStart() <= book.pauseEnd() && word >> 224 <= book.pauseStart());
        vm.assume(book.pauseStart() <= at && at < 2 ** 31);
    }

    function check_theClockStandsWhilePausedAndRunsOtherwise(uint256 word, uint256 at, uint256 step)
        external
        pure
    {
        Book book = _reachable(word, at);
        vm.assume(step < 2 ** 31);
        uint256 passed = book.clock(at + step) - book.clock(at);
        if (at + step <= book.pauseEnd()) assert(passed == 0);
        else if (at >= book.pauseEnd()) assert(passed == step);
        else assert(passed == at + step - book.pauseEnd());
    }

    function check_pausingNeverMovesTheClockNorTheTotals(uint256 word, uint256 at, uint256 secs)
        external
        view
    {
        Book book = _reachable(word, at);
        try this.pause(book, secs, at) returns (Book paused) {
            assert(paused.clock(at) == book.clock(at));
            assert(paused.locked() == book.locked() && paused.loanCount() == book.loanCount());
            assert(paused.isPaused(at) && paused.pauseEnd() <= at + 7 days);
        } catch {}
    }

    function pause(Book book, uint256 secs, uint256 at) external pure returns (Book) {
        return LoanBook.pause(book, secs, at, 0);
    }

    function check_endingAPauseNeverMovesTheClockNorTheTotals(uint256 word, uint256 at) external view {
        Book book = _reachable(word, at);
        try this.unpause(book, at) returns (Book running) {
            assert(running.clock(at) == book.clock(at));
            assert(running.locked() == book.locked() && running.loanCount() == book.loanCount());
            assert(!running.isPaused(at));
        } catch {}
    }

    function unpause(Book book, uint256 at) external pure returns (Book) {
        return LoanBook.unpause(book, at);
    }

    // ---------------------------------------------------------------- bounds

    function decimals() external pure returns (uint8) {
        return 18;
    }

    /// @dev Terms that a launch accepts leave a defaulter no better off than a redeemer, and every time bounded.
    function check_acceptedTermsAreWithinBounds(
        uint16 redeemFee,
        uint16 ltv,
        uint16 termFee,
        uint16 flashFee,
        uint32 term,
        uint32 grace,
        uint32 drip
    ) external view {
        LaunchParams memory params;
        (params.name, params.symbol, params.owner, params.supply) = ("a", "a", address(1), 1);
        params.assets = new address[](1);
        params.assets[0] = address(this);
        params.seeds = new uint256[](1);
        params.seeds[0] = 1e18;
        params.terms = Terms(true, redeemFee, ltv, termFee, flashFee, term, grace, drip);
        try this.accept(params) {
            assert(redeemFee <= 1_000 && termFee <= 1_000 && flashFee <= 1_000);
            assert(uint256(ltv) + redeemFee <= 10_000 && ltv <= 9_900);
            // The bound on the term fee divides by the ratio: held at its usual value, as solvers stop at the rest.
            if (ltv == 9_500) assert(termFee <= 526);
            assert(term >= 1 hours && term <= 365 days);
            assert(grace >= 1 hours && grace <= 90 days);
            assert(drip >= 1 hours && drip <= 30 days);
        } catch {}
    }

    function accept(LaunchParams calldata params) external view {
        LaunchChecks.check(params);
    }
}
