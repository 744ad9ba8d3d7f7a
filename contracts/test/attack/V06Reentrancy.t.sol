// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {HookedAsset, Reentrant} from "../support/Attackers.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V06: re-enter through the callback of a take and the hooks of collateral, read half a take, batch past a check
/// @notice The thief is governor, peg module and rate controller of the book as well, so that only the lock stands
/// between it and any entry.
contract V06Reentrancy is VaultAttackFixture {
    uint256 private constant HOOKED = 0;

    Reentrant private thief;
    HookedAsset private asset;

    function setUp() public override {
        super.setUp();
        thief = new Reentrant();
        asset = new HookedAsset("Hooked", 18);
        prices.set(address(asset), 1_990e18 * 1e18, 2_000e18 * 1e18, 2_010e18 * 1e18, PriceState.Safe);
        book = _newBook(address(thief), address(0), address(thief));
        synthetic = IERC20(address(book));
        _act(abi.encodeCall(book.createMarket, (_thiefTerms(), CEILING, MINT_LIMIT, 0)));
        _openHooked(alice, 10e18, 15_000e18);
        _openHooked(bob, 100e18, 15_000e18);
        asset.mint(address(thief), 200e18);
        thief.act(address(asset), abi.encodeCall(asset.approve, (address(book), type(uint256).max)));
        _act(abi.encodeCall(book.adjust, (HOOKED, int256(100e18), int256(100_000e18))));
    }

    function _thiefTerms() private view returns (MarketTerms memory terms) {
        terms = _fast(address(asset));
        terms.rateController = address(thief);
    }

    function _openHooked(address owner, uint256 collateral, uint256 debt) private {
        asset.mint(owner, collateral);
        vm.startPrank(owner);
        asset.approve(address(book), collateral);
        book.adjust(HOOKED, int256(collateral), int256(debt));
        vm.stopPrank();
    }

    function _act(bytes memory call) private {
        thief.act(address(book), call);
    }

    // ---------------------------------------------------------------- re-entry

    function test_v06_takeCallbackFindsEverythingLocked() external {
        _fall();
        int256 before = _worth(address(thief)) + _worth(alice);
        _strike(abi.encodeCall(book.take, (HOOKED, _one(alice), 5_000e18, 0, "call me")));
        assertEq(_worth(address(thief)) + _worth(alice), before, "a take is worth what it takes");
    }

    function test_v06_hooksOfATakeFindEverythingLocked() external {
        _fall();
        _strikeFromHook(abi.encodeCall(book.take, (HOOKED, _one(alice), 5_000e18, 0, "")), false);
        _strikeFromHook(abi.encodeCall(book.take, (HOOKED, _one(alice), 5_000e18, 0, "")), true);
    }

    function test_v06_hooksOfADepositFindEverythingLocked() external {
        uint256 held = _collateralOf(HOOKED, address(thief));
        _strikeFromHook(abi.encodeCall(book.adjust, (HOOKED, int256(1e18), int256(0))), false);
        _strikeFromHook(abi.encodeCall(book.adjust, (HOOKED, int256(1e18), int256(1e18))), true);
        assertEq(_collateralOf(HOOKED, address(thief)), held + 2e18, "credited other than what arrived");
    }

    function test_v06_hooksOfAWithdrawalFindEverythingLocked() external {
        _strikeFromHook(abi.encodeCall(book.adjust, (HOOKED, -int256(1e18), int256(0))), false);
        _strikeFromHook(abi.encodeCall(book.adjust, (HOOKED, -int256(1e18), -int256(1e18))), true);
    }

    function test_v06_hooksOfARedemptionFindEverythingLocked() external {
        _strikeFromHook(abi.encodeCall(book.redeem, (HOOKED, alice, 1_000e18, 0)), false);
        _strikeFromHook(abi.encodeCall(book.redeem, (HOOKED, bob, 1_000e18, 0)), true);
    }

    /// @dev Half way through a take, what stands behind the supply is cut and the supply is not: nobody may read it.
    function test_v06_noSumIsReadHalfWay() external {
        _fall();
        thief.plan(address(book), abi.encodeCall(book.equity, ()));
        thief.plan(address(book), abi.encodeCall(book.haircut, ()));
        thief.plan(address(book), abi.encodeCall(book.totals, ()));
        thief.plan(address(book), abi.encodeCall(book.reserves, ()));
        thief.plan(address(book), abi.encodeCall(book.backingOf, (1e18)));
        thief.arm();
        _act(abi.encodeCall(book.take, (HOOKED, _one(alice), 5_000e18, 0, "call me")));
        _assertAllLocked();
        assertEq(book.equity(), 0, "equity after the take");
    }

    // ---------------------------------------------------------------- not paying, batching

    /// @dev Collateral comes first; whoever does not have the price at the end has bought nothing.
    function test_v06_takerWhoKeepsTheMoneyGetsNothing() external {
        _fall();
        uint256 held = synthetic.balanceOf(address(thief));
        thief.plan(address(book), abi.encodeCall(synthetic.transfer, (bob, held)));
        thief.arm();
        bytes32 before = _fingerprint(HOOKED, alice);
        bytes memory call = abi.encodeCall(book.take, (HOOKED, _one(alice), 5_000e18, 0, "call me"));
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        _act(call);
        assertEq(_fingerprint(HOOKED, alice), before);
        assertEq(asset.balanceOf(address(thief)), 100e18);
    }

    /// @dev Abracadabra's batch forgot that a check was due. Here each call ends with its own: no order of two calls
    /// leaves a vault that one call could not.
    function test_v06_noBatchSkipsTheCheck() external {
        int256[2][6] memory steps = [
            [int256(-100e18), int256(0)],
            [int256(-100e18), int256(-1)],
            [ALL, int256(-99_000e18)],
            [int256(-50e18), int256(1)],
            [int256(-1e18), int256(60_000e18)],
            [int256(1e18), int256(70_000e18)]
        ];
        int256 before = _worth(address(thief));
        for (uint256 i = 0; i < steps.length; ++i) {
            for (uint256 j = 0; j < steps.length; ++j) {
                uint256 start = vm.snapshotState();
                _tryStep(steps[i]);
                _tryStep(steps[j]);
                assertTrue(_isHealthy(HOOKED, address(thief)), "a batch left an unhealthy vault");
                assertEq(_worth(address(thief)), before, "a batch paid");
                vm.revertToState(start);
            }
        }
    }

    function _tryStep(int256[2] memory step) private {
        try thief.act(address(book), abi.encodeCall(book.adjust, (HOOKED, step[0], step[1]))) {} catch {}
    }

    // ---------------------------------------------------------------- the attack

    /// @dev Alice falls to a loan-to-value of 0.9.
    function _fall() private {
        prices.set(address(asset), 1_660e36, 1_667e36, 1_670e36, PriceState.Safe);
    }

    function _strikeFromHook(bytes memory opening, bool tellsAfter) private {
        asset.watch(address(thief), tellsAfter);
        _strike(opening);
        asset.watch(address(0), false);
    }

    function _strike(bytes memory opening) private {
        thief.forgetEverything();
        _planEntries();
        _planRoles();
        thief.arm();
        _act(opening);
        assertEq(thief.answered(), thief.planned(), "not everything was tried");
        _assertAllLocked();
        assertLe(_collateralOf(HOOKED, alice) + _collateralOf(HOOKED, bob), 110e18);
        assertEq(
            asset.balanceOf(address(book)),
            book.marketOf(HOOKED).collateral,
            "collateral is not what is booked"
        );
        (uint256 debt, uint256 deficit,) = book.totals();
        assertEq(synthetic.totalSupply(), debt + deficit, "supply is not what is owed");
    }

    function _planEntries() private {
        address self = address(thief);
        _plan(abi.encodeCall(book.adjust, (HOOKED, int256(1), int256(0))));
        _plan(abi.encodeCall(book.adjust, (HOOKED, int256(-1), int256(0))));
        _plan(abi.encodeCall(book.adjust, (HOOKED, int256(0), int256(1))));
        _plan(abi.encodeCall(book.adjust, (HOOKED, int256(0), int256(-1))));
        _plan(abi.encodeCall(book.adjust, (HOOKED, ALL, ALL)));
        _plan(abi.encodeCall(book.adjustFor, (HOOKED, alice, int256(1), int256(-1), self)));
        _plan(abi.encodeCall(book.take, (HOOKED, _one(alice), type(uint256).max, 0, "")));
        _plan(abi.encodeCall(book.take, (HOOKED, _one(bob), 1e18, 0, "again")));
        _plan(abi.encodeCall(book.flag, (HOOKED, alice)));
        _plan(abi.encodeCall(book.redeem, (HOOKED, bob, 1e18, 0)));
        _plan(abi.encodeCall(book.collect, ()));
        _plan(abi.encodeCall(book.book, (HOOKED, alice)));
        _plan(abi.encodeCall(book.cover, (HOOKED, 1)));
        _plan(abi.encodeCall(book.equity, ()));
        _plan(abi.encodeCall(book.haircut, ()));
    }

    function _planRoles() private {
        _plan(abi.encodeCall(book.createMarket, (_thiefTerms(), CEILING, MINT_LIMIT, 0)));
        _plan(abi.encodeCall(book.setCeiling, (HOOKED, 0)));
        _plan(abi.encodeCall(book.setMintLimit, (HOOKED, 0)));
        _plan(abi.encodeCall(book.stopNewDebt, (1 days)));
        _plan(abi.encodeCall(book.setRate, (HOOKED, 1)));
        _plan(abi.encodeCall(book.pegMint, (address(thief), 1e18)));
        _plan(abi.encodeCall(book.pegBurn, (address(thief), 1)));
        _plan(abi.encodeCall(book.pegMark, (int256(0))));
    }

    function _plan(bytes memory call) private {
        thief.plan(address(book), call);
    }

    function _assertAllLocked() private view {
        assertGt(thief.answered(), 0, "nothing was tried");
        for (uint256 i = 0; i < thief.answered(); ++i) {
            (bool ok, bytes memory why) = thief.answerOf(i);
            assertFalse(ok, string.concat("let in: ", vm.toString(i)));
            assertEq(bytes4(why), IVaultBook.Locked.selector, string.concat("not locked: ", vm.toString(i)));
        }
    }
}
