// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {AssetView, LoanView} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice What a random walk over a whole system remembers, and what must hold after each of its steps.
/// @dev A broken theorem is noted rather than asserted inside a step: a step that reverts is undone by the fuzzer,
/// and its evidence with it.
abstract contract Walk is Fixture {
    address internal constant DEAD = 0x000000000000000000000000000000000000dEaD;

    /// @dev A step that has nothing to act on. The fuzzer undoes it and goes on.
    error NothingToDo();

    /// @notice What went wrong first; empty as long as every step kept its theorems.
    string public violation;
    uint256 public steps;
    mapping(string action => uint256) public successes;
    string[] internal _actions;
    address[] internal _actors;
    uint256[] internal _loans;
    uint256 internal _clock;
    bool internal _fills; // whether donations now and then fill a ledger up to its cap

    /// @param room With one asset: what its ledger may still take in before its cap; zero for a seed of the usual size.
    constructor(bool taxed, uint8[] memory decimals, uint256 room) {
        setUp();
        for (uint256 j = 0; j < decimals.length; ++j) {
            assets.push(new TestAsset(string.concat("A", vm.toString(j)), decimals[j]));
        }
        LaunchParams memory params = taxed ? _poolTaxParams() : _plainParams();
        _fills = room != 0;
        if (_fills) params.seeds[0] = type(uint112).max - room;
        _launch(params);
        _actors = [alice, bob, carol, issuer, makeAddr("dave")];
        for (uint256 i = 0; i < _actors.length; ++i) {
            if (_actors[i] != issuer) _give(_actors[i], 80_000e18);
        }
        _clock = block.timestamp;
    }

    /// @dev Brackets an action: theorem 1 between just before and just after, then one success counted. An action
    /// that reverts is not counted.
    modifier step(string memory action) {
        // What a reverted step left behind: a prank outlives it, and so does the time it waited for.
        vm.stopPrank();
        vm.warp(_clock);
        Floors memory before = _floors();
        _;
        _checkFloors(before, action);
        _prune();
        if (successes[action]++ == 0) _actions.push(action);
        ++steps;
    }

    // ---------------------------------------------------------------- after every step

    /// @notice Theorems 1, 2, 3, 5 and 6, and the sums behind them, on the state as it stands.
    function assertTheorems() external {
        vm.warp(_clock);
        assertEq(violation, "", "theorems 1 and 5, between steps");
        _assertFreeHoldersCovered();
        _assertLedgerWithinBalance();
        _assertLoans();
        _assertToken();
        if (address(converter) != address(0)) _assertConverter();
    }

    /// @dev Theorem 3 for each loan; lent and locked are the sums over loans.
    function _assertLoans() internal view {
        (uint256[] memory totals, uint256 claims) = reserve.backing();
        uint256[] memory lent = new uint256[](totals.length);
        uint256 locked;
        for (uint256 i = 0; i < _loans.length; ++i) {
            LoanView memory loan = reserve.loan(_loans[i]);
            locked += loan.collateral;
            for (uint256 j = 0; j < totals.length; ++j) {
                lent[j] += loan.principal[j];
                assertLe(loan.principal[j] * claims, loan.collateral * totals[j], "theorem 3");
            }
        }
        assertEq(locked, reserve.locked(), "C is the sum of collateral");
        assertLe(locked, token.balanceOf(address(reserve)), "collateral is in custody");
        for (uint256 j = 0; j < totals.length; ++j) {
            AssetView memory state = reserve.assetAt(j);
            assertEq(lent[j], state.lent, "D is the sum of principal");
            assertLe(state.cash + state.lent + state.streaming, type(uint112).max, "fields stay in bounds");
            assertGe(reserve.freeHolderCoverage(j), WAD, "coverage is at least one");
        }
    }

    function _assertToken() internal view {
        uint256 unspendable = token.balanceOf(DEAD) + token.balanceOf(address(token));
        assertEq(token.claims(), token.totalSupply() - unspendable, "S");
        (uint256 buyBps, uint256 sellBps) = token.fees();
        (uint256 maxBuyBps, uint256 maxSellBps) = token.maxFees();
        assertLe(buyBps, maxBuyBps, "buy fee within its maximum");
        assertLe(sellBps, maxSellBps, "sell fee within its maximum");
        assertLe(reserve.pausedUntil(), _clock + 7 days, "a pause ends");
    }

    function _assertConverter() internal view {
        (uint256 tokens, uint256 asset0) = converter.forLiquidity();
        assertLe(converter.forSale() + tokens, token.balanceOf(address(converter)), "buckets within tokens");
        assertGe(converter.multiple(), WAD, "k is at least one");
        for (uint256 j = 0; j < assets.length; ++j) {
            uint256 due = converter.owed(creator, j) + converter.owed(_heir(), j) + (j == 0 ? asset0 : 0);
            assertLe(due, assets[j].balanceOf(address(converter)), "dues within assets");
        }
    }

    // ---------------------------------------------------------------- bookkeeping

    function _checkFloors(Floors memory before, string memory action) internal {
        Floors memory later = _floors();
        for (uint256 j = 0; j < before.totals.length; ++j) {
            if (later.totals[j] * before.claims < before.totals[j] * later.claims) {
                _note(string.concat("theorem 1: ", action));
            }
        }
    }

    /// @dev Theorem 5: neither any total nor the claims have moved.
    function _checkUnmoved(Floors memory before, string memory action) internal {
        Floors memory later = _floors();
        bool moved = later.claims != before.claims;
        for (uint256 j = 0; j < before.totals.length; ++j) {
            moved = moved || later.totals[j] != before.totals[j];
        }
        if (moved) _note(string.concat("theorem 5: ", action));
    }

    function _note(string memory what) internal {
        if (bytes(violation).length == 0) violation = what;
    }

    /// @dev Forget loans that are closed.
    function _prune() internal {
        for (uint256 i = _loans.length; i > 0; --i) {
            try reserve.loan(_loans[i - 1]) {}
            catch {
                _loans[i - 1] = _loans[_loans.length - 1];
                _loans.pop();
            }
        }
    }

    function _pass(uint256 secs) internal {
        _clock += secs;
        vm.warp(_clock);
    }

    function _actor(uint256 seed) internal view returns (address) {
        return _actors[seed % _actors.length];
    }

    /// @dev The account that takes the creator's place among the recipients.
    function _heir() internal view returns (address) {
        return _actors[4];
    }

    function _loanAt(uint256 seed) internal view returns (uint256) {
        if (_loans.length == 0) revert NothingToDo();
        return _loans[seed % _loans.length];
    }

    function _someOf(uint256 seed, uint256 balance) internal pure returns (uint256) {
        if (balance == 0) revert NothingToDo();
        return _bound(seed, 1, balance);
    }

    function _random(uint256 seed, uint256 salt) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, salt)));
    }

    /// @notice The actions that succeeded, and how often each.
    function tally() external view returns (string[] memory actions, uint256[] memory counts) {
        actions = _actions;
        counts = new uint256[](actions.length);
        for (uint256 i = 0; i < actions.length; ++i) {
            counts[i] = successes[actions[i]];
        }
    }
}
