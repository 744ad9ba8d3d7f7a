// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Reserve} from "ballast/accrual/Reserve.sol";
import {ReserveConfig} from "ballast/accrual/ReserveConfig.sol";
import {Terms} from "ballast/interfaces/IReserve.sol";
import {StubAsset, StubToken} from "./Stubs.sol";

/// @notice Proved for every caller, amount and time: who may pause, seed and convert, and that exits never close.
contract ReserveSymbolic is Test {
    address private constant GUARDIAN = address(0x2001);
    address private constant CONVERTER = address(0x2002);
    address private constant ALICE = address(0x3001);
    uint256 private constant GENESIS = 1_767_225_600;

    Reserve private reserve;
    uint256 private loanId;

    /// @dev A seeded reserve with one loan. No term fee, so that nothing streams and no product is symbolic.
    function setUp() public {
        vm.warp(GENESIS);
        address[] memory assets = new address[](1);
        assets[0] = address(new StubAsset());
        Terms memory terms = Terms(true, 100, 9_500, 0, 8, 30 days, 3 days, 1 days);
        bytes memory args =
            ReserveConfig.encode(address(new StubToken()), address(this), address(0x2004), terms, assets);
        reserve = Reserve(payable(Clones.cloneWithImmutableArgs(address(new Reserve()), args)));
        reserve.seed();
        vm.prank(ALICE);
        loanId = reserve.borrow(100_000e18, _one(5e18), ALICE, false);
    }

    function _one(uint256 amount) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = amount;
    }

    function _pause(uint256 secs) private returns (bool done) {
        vm.prank(GUARDIAN);
        (done,) = address(reserve).call(abi.encodeCall(reserve.pause, (secs)));
    }

    // ---------------------------------------------------------------- access

    function check_onlyTheGuardianPauses(address caller, uint256 secs, bool first) external {
        vm.assume(caller != GUARDIAN);
        if (first) _pause(1 days);
        vm.startPrank(caller);
        (bool paused,) = address(reserve).call(abi.encodeCall(reserve.pause, (secs)));
        (bool unpaused,) = address(reserve).call(abi.encodeCall(reserve.unpause, ()));
        assert(!paused && !unpaused);
    }

    function check_onlyTheConverterHasTokensConverted(address caller, uint256 tokens) external {
        vm.assume(caller != CONVERTER);
        vm.prank(caller);
        (bool done,) = address(reserve).call(abi.encodeCall(reserve.burnConverted, (tokens)));
        assert(!done);
    }

    /// @dev Not even the launchpad, once it has.
    function check_nobodySeedsAgain(address caller) external {
        vm.prank(caller);
        (bool done,) = address(reserve).call(abi.encodeCall(reserve.seed, ()));
        assert(!done);
    }

    function check_onlyTheBorrowerBurnsHisCollateral(address caller, uint256 maxBurn) external {
        vm.assume(caller != ALICE);
        vm.prank(caller);
        (bool done,) = address(reserve).call(abi.encodeCall(reserve.extendByBurn, (loanId, maxBurn)));
        assert(!done);
    }

    function check_nativeCurrencyComesFromItsWrapperOnly(address caller, uint256 amount) external {
        vm.assume(caller != address(0x2004));
        vm.deal(caller, amount);
        vm.prank(caller);
        (bool done,) = address(reserve).call{value: amount}("");
        assert(!done);
    }

    // ---------------------------------------------------------------- pause

    function check_aPauseEndsWithinSevenDays(uint256 secs, uint32 wait, uint256 later) external {
        vm.warp(GENESIS + wait);
        _pause(secs);
        assert(reserve.pausedUntil() <= block.timestamp + 7 days);
        vm.assume(later >= block.timestamp + 7 days && later < GENESIS + 2 ** 32);
        vm.warp(later);
        assert(reserve.pausedUntil() == 0);
    }

    /// @dev Between the end of one pause and the next lie seven days, ended early or not.
    function check_noPauseSoonAfterAnother(uint256 secs, bool early, uint32 wait, uint256 again) external {
        bool first = _pause(secs);
        vm.assume(first);
        uint256 end = reserve.pausedUntil();
        if (early) {
            vm.warp(GENESIS + 1);
            vm.prank(GUARDIAN);
            (bool done,) = address(reserve).call(abi.encodeCall(reserve.unpause, ()));
            if (done) end = GENESIS + 1;
        }
        vm.warp(GENESIS + 1 + wait);
        if (_pause(again)) assert(block.timestamp >= end + 7 days);
    }

    function check_whilePausedNobodyBorrowsOrTakesAFlashLoan(uint256 secs, uint32 wait, uint256 amount)
        external
    {
        bool paused = _pause(secs);
        vm.assume(paused && wait < secs);
        vm.warp(GENESIS + wait);
        vm.startPrank(ALICE);
        (bool borrowed,) =
            address(reserve).call(abi.encodeCall(reserve.borrow, (amount, _one(1), ALICE, false)));
        (bool flashed,) = address(reserve)
            .call(abi.encodeWithSelector(reserve.flashLoan.selector, ALICE, ALICE, amount, ""));
        assert(!borrowed && !flashed);
    }

    // ---------------------------------------------------------------- exits

    /// @dev However long the pause and whenever within it, a holder redeems.
    function check_redemptionNeverCloses(uint256 secs, uint32 wait) external {
        _pause(secs);
        vm.warp(GENESIS + wait);
        vm.prank(ALICE);
        (bool done,) = address(reserve).call(abi.encodeCall(reserve.redeem, (10_000e18, 0, ALICE, false)));
        assert(done);
    }

    /// @dev Until deadline and grace are over, and the paused time more, a loan is repaid and extended; from then on
    /// it is foreclosed; never both, never neither.
    function check_aLoanIsEitherRepaidOrForeclosed(uint256 secs, uint32 wait) external {
        bool paused = _pause(secs);
        vm.warp(GENESIS + wait);
        uint256 pausedSecs = !paused ? 0 : wait < secs ? wait : secs;
        bool alive = wait < 33 days + pausedSecs;
        (bool foreclosed,) = address(reserve).call(abi.encodeCall(reserve.foreclose, (_one(loanId))));
        (bool repaid,) = address(reserve).call(abi.encodeCall(reserve.repay, (loanId, _one(5e18))));
        assert(foreclosed == !alive);
        assert(repaid == alive);
    }

    function check_aLoanIsExtendedUntilItsGraceEnds(uint256 secs, uint32 wait) external {
        bool paused = _pause(secs);
        vm.warp(GENESIS + wait);
        uint256 pausedSecs = !paused ? 0 : wait < secs ? wait : secs;
        (bool extended,) = address(reserve).call(abi.encodeCall(reserve.extend, (loanId)));
        assert(extended == (wait < 33 days + pausedSecs));
        if (extended) assert(reserve.loan(loanId).deadline == GENESIS + 60 days + pausedSecs);
    }
}
