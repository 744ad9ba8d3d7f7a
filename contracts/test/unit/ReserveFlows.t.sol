// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {AssetView, IReserve} from "ballast/interfaces/IReserve.sol";
import {Transfers} from "ballast/lib/Transfers.sol";
import {Fixture} from "../support/Fixture.sol";
import {FeeAsset} from "../support/OddAssets.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice Takes a flash loan, does something inside, and pays back as told.
contract Borrower is IERC3156FlashBorrower {
    bytes32 public answer = keccak256("ERC3156FlashBorrower.onFlashLoan");
    uint256 public less;
    bytes public call;
    address public target;
    bytes public refusal;

    function set(bytes32 answer_, uint256 less_) external {
        (answer, less) = (answer_, less_);
    }

    /// @notice Call `target_` inside the loan and remember with what it reverts.
    function callInside(address target_, bytes calldata call_) external {
        (target, call) = (target_, call_);
    }

    function onFlashLoan(address, address asset, uint256 amount, uint256 fee, bytes calldata)
        external
        override
        returns (bytes32)
    {
        if (target != address(0)) (, refusal) = target.call(call);
        TestAsset(asset).approve(msg.sender, amount + fee - less);
        return answer;
    }
}

/// @notice What flows into the reserve, flash loans, and the pause.
contract ReserveFlowsTest is Fixture {
    uint256 private start;
    Borrower private borrower;

    function setUp() public override {
        super.setUp();
        _launchPlain(2, 18);
        _give(alice, 300_000e18);
        start = block.timestamp;
        borrower = new Borrower();
    }

    // ---------------------------------------------------------------- donate, sync

    function test_donationsEnterThroughTheStream() external {
        _fundAndApprove(carol, 1, 5e18);
        vm.expectEmit(address(reserve));
        emit IReserve.Inflow(1, IReserve.Source.Donation, 5e18);
        vm.prank(carol);
        reserve.donate(1, 5e18);
        AssetView memory state = reserve.assetAt(1);
        assertEq(state.cash, 100e18);
        assertEq(state.streaming, 5e18);
        vm.warp(start + 36 hours);
        assertEq(reserve.assetAt(1).cash, 102.5e18);
        vm.warp(start + 48 hours);
        assertEq(reserve.assetAt(1).cash, 105e18);
    }

    function test_malformedDonationsAreRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "amount"));
        reserve.donate(0, 0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownAsset.selector, 2, 2));
        reserve.donate(2, 1);
        uint256 room = type(uint112).max - 100e18;
        vm.expectRevert(abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "amount", room + 1, room));
        reserve.donate(0, room + 1);
    }

    function test_anAssetThatBeganToChargeIsRefusedRatherThanMisbooked() external {
        FeeAsset odd = new FeeAsset();
        LaunchParams memory params = _plainParams();
        params.assets[0] = address(odd);
        params.salt = "odd";
        _launch(params);
        odd.setFee(100, false);
        odd.mint(carol, 100);
        vm.startPrank(carol);
        odd.approve(address(reserve), 100);
        vm.expectRevert(abi.encodeWithSelector(Transfers.TransferShort.selector, address(odd), 99, 100));
        reserve.donate(0, 100);
        odd.setFee(0, false);
        odd.mint(address(borrower), 1e18);
        odd.setFee(100, false);
        uint256 balance = odd.balanceOf(address(reserve));
        vm.expectRevert(
            abi.encodeWithSelector(Transfers.TransferShort.selector, address(odd), balance - 92, balance + 8)
        );
        reserve.flashLoan(borrower, address(odd), 10_000, "");
    }

    function test_whatWasSentDirectlyCountsOnceSynced() external {
        assets[0].mint(address(reserve), 3e18);
        assertEq(reserve.assetAt(0).streaming, 0);
        vm.expectEmit(address(reserve));
        emit IReserve.Inflow(0, IReserve.Source.Donation, 3e18);
        assertEq(reserve.sync(0), 3e18);
        assertEq(reserve.assetAt(0).streaming, 3e18);
        assertEq(reserve.sync(0), 0, "once");
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownAsset.selector, 2, 2));
        reserve.sync(2);
    }

    function test_syncTakesInNoMoreThanTheCap() external {
        assets[0].mint(address(reserve), type(uint128).max);
        assertEq(reserve.sync(0), type(uint112).max - 100e18);
        assertEq(reserve.sync(0), 0);
        vm.warp(start + 3 days);
        assertEq(reserve.assetAt(0).cash, type(uint112).max);
        _assertLedgerWithinBalance();
    }

    function test_seedsAboveTheCapAreRefused() external {
        // Somebody sends the reserve-to-be so much that seed and gift exceed the cap: it can be aimed only within the
        // launch's own block, and the launcher goes on with another salt.
        LaunchParams memory params = _plainParams();
        params.salt = "aimed";
        uint256 before = vm.snapshotState();
        _launch(params);
        address target = address(reserve);
        vm.revertToState(before);
        assets[0].mint(target, type(uint112).max);
        for (uint256 j = 0; j < 2; ++j) {
            assets[j].mint(issuer, params.seeds[j]);
            vm.prank(issuer);
            assets[j].approve(address(launchpad), params.seeds[j]);
        }
        uint256 sum = uint256(type(uint112).max) + 100e18;
        vm.expectRevert(
            abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "seed", sum, type(uint112).max)
        );
        vm.prank(issuer);
        launchpad.launch(params);
        params.salt = "another";
        _launch(params);
    }

    function test_onlyTheConverterHasTokensConverted() external {
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotConverter.selector, alice));
        vm.prank(alice);
        reserve.burnConverted(1);
    }

    // ---------------------------------------------------------------- flash loans

    function test_flashLoansPayTheFeeIntoTheStream() external {
        assertEq(reserve.maxFlashLoan(address(assets[0])), 100e18);
        assertEq(reserve.flashFee(address(assets[0]), 100e18), 0.08e18);
        assertEq(reserve.flashFee(address(assets[0]), 1), 1, "rounded up");
        assets[0].mint(address(borrower), 0.08e18);
        vm.expectEmit(address(reserve));
        emit IReserve.Inflow(0, IReserve.Source.Flash, 0.08e18);
        assertTrue(reserve.flashLoan(borrower, address(assets[0]), 100e18, ""));
        assertEq(reserve.assetAt(0).streaming, 0.08e18);
        assertEq(reserve.assetAt(0).cash, 100e18);
        assertEq(assets[0].balanceOf(address(borrower)), 0);
    }

    function test_malformedFlashLoansAreRefused() external {
        address stranger = address(new TestAsset("stranger", 18));
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "amount"));
        reserve.flashLoan(borrower, address(assets[0]), 0, "");
        vm.expectRevert(
            abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "amount", 100e18 + 1, 100e18)
        );
        reserve.flashLoan(borrower, address(assets[0]), 100e18 + 1, "");
        vm.expectRevert(abi.encodeWithSelector(IReserve.AssetNotBacking.selector, stranger));
        reserve.flashLoan(borrower, stranger, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IReserve.AssetNotBacking.selector, stranger));
        reserve.flashFee(stranger, 1);
        assertEq(reserve.maxFlashLoan(stranger), 0);
    }

    function test_aBorrowerThatAnswersWrongOrPaysShortIsRefused() external {
        assets[0].mint(address(borrower), 1e18);
        borrower.set("wrong", 0);
        vm.expectRevert(IReserve.FlashCallbackFailed.selector);
        reserve.flashLoan(borrower, address(assets[0]), 1e18, "");
        borrower.set(keccak256("ERC3156FlashBorrower.onFlashLoan"), 1);
        vm.expectRevert();
        reserve.flashLoan(borrower, address(assets[0]), 1e18, "");
    }

    /// @dev Every entry and every view of the ledger, called from inside a flash loan.
    function test_insideAFlashLoanNothingElseIsReachable() external {
        bytes[20] memory calls = [
            abi.encodeCall(reserve.redeem, (1, 0, alice, false)),
            abi.encodeCall(reserve.borrow, (1, _each(1), alice, false)),
            abi.encodeCall(reserve.repay, (1, _each(1))),
            abi.encodeCall(reserve.extend, (1)),
            abi.encodeCall(reserve.extendByBurn, (1, 1)),
            abi.encodeCall(reserve.foreclose, (_one(1))),
            abi.encodeCall(reserve.donate, (0, 1)),
            abi.encodeCall(reserve.sync, (0)),
            abi.encodeCall(reserve.burnConverted, (1)),
            abi.encodeCall(reserve.seed, ()),
            abi.encodeCall(reserve.pause, (1)),
            abi.encodeCall(reserve.unpause, ()),
            abi.encodeCall(reserve.flashLoan, (borrower, address(assets[0]), 1, "")),
            abi.encodeCall(reserve.backing, ()),
            abi.encodeCall(reserve.reserves, ()),
            abi.encodeCall(reserve.backingOf, (1)),
            abi.encodeCall(reserve.assetAt, (0)),
            abi.encodeCall(reserve.previewRedeem, (1)),
            abi.encodeCall(reserve.maxBorrow, (1)),
            abi.encodeCall(reserve.freeHolderCoverage, (0))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            _assertLockedInside(calls[i]);
        }
        _assertLockedInside(abi.encodeCall(reserve.loan, (1)));
        _assertLockedInside(abi.encodeCall(reserve.locked, ()));
        _assertLockedInside(abi.encodeCall(reserve.maxFlashLoan, (address(assets[0]))));
    }

    function _assertLockedInside(bytes memory call) private {
        borrower.callInside(address(reserve), call);
        assets[0].mint(address(borrower), 1e18);
        reserve.flashLoan(borrower, address(assets[0]), 1e18, "");
        assertEq(borrower.refusal(), abi.encodeWithSelector(IReserve.Locked.selector));
    }

    // ---------------------------------------------------------------- pause

    function _pause(uint256 secs) private {
        vm.prank(guardian);
        reserve.pause(secs);
    }

    function test_aPauseStopsEntriesAndNothingElse() external {
        uint256 loanId = _borrowMost(alice, 100_000e18);
        uint256 until = start + 7 days;
        vm.expectEmit(address(reserve));
        emit IReserve.Paused(guardian, until);
        _pause(7 days);
        assertEq(reserve.pausedUntil(), until);
        assertEq(reserve.maxFlashLoan(address(assets[0])), 0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.EntriesPaused.selector, until));
        vm.prank(alice);
        reserve.borrow(1e18, _each(1), alice, false);
        vm.expectRevert(abi.encodeWithSelector(IReserve.EntriesPaused.selector, until));
        reserve.flashLoan(borrower, address(assets[0]), 1, "");

        vm.prank(alice);
        reserve.redeem(1e18, 0, alice, false);
        _fundAndApprove(alice, 0, 1e18);
        _fundAndApprove(alice, 1, 1e18);
        vm.startPrank(alice);
        reserve.extend(loanId);
        reserve.extendByBurn(loanId, FOREVER);
        vm.stopPrank();
        _donate(0, 1);
        _repayAll(bob, loanId);
        vm.warp(until);
        assertEq(reserve.pausedUntil(), 0);
        _borrowMost(alice, 1e18);
    }

    function test_foreclosureGoesOnWhilePaused() external {
        uint256 loanId = _borrowMost(alice, 100_000e18);
        vm.warp(start + 33 days);
        _pause(1 days);
        assertEq(reserve.foreclose(_one(loanId)), 1);
    }

    function test_deadlinesMoveByThePausedTime() external {
        uint256 early = _borrowMost(alice, 100_000e18);
        vm.warp(start + 10 days);
        _pause(7 days);
        vm.warp(start + 12 days);
        assertEq(reserve.loan(early).deadline, start + 32 days, "so far");
        vm.warp(start + 20 days);
        assertEq(reserve.loan(early).deadline, start + 37 days);
        uint256 late = _borrowMost(alice, 100_000e18);
        assertEq(reserve.loan(late).deadline, start + 50 days, "a later loan does not");
        vm.warp(start + 40 days - 1);
        vm.expectRevert(IReserve.NothingToForeclose.selector);
        reserve.foreclose(_one(early));
        vm.warp(start + 40 days);
        assertEq(reserve.foreclose(_one(early)), 1);
    }

    function test_endingAPauseEarlyCountsOnlyWhatWasPaused() external {
        uint256 loanId = _borrowMost(alice, 100_000e18);
        _pause(7 days);
        vm.warp(start + 2 days);
        vm.expectEmit(address(reserve));
        emit IReserve.Unpaused(guardian);
        vm.prank(guardian);
        reserve.unpause();
        assertEq(reserve.pausedUntil(), 0);
        assertEq(reserve.loan(loanId).deadline, start + 32 days);
        vm.warp(start + 9 days);
        _pause(1 days);
        vm.warp(start + 20 days);
        assertEq(reserve.loan(loanId).deadline, start + 33 days, "both pauses");
    }

    function test_aPauseIsBoundedAndNotRenewable() external {
        vm.startPrank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IReserve.PauseTooLong.selector, 7 days + 1, 7 days));
        reserve.pause(7 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "secs"));
        reserve.pause(0);
        vm.expectRevert(IReserve.NotPaused.selector);
        reserve.unpause();
        reserve.pause(7 days);
        vm.expectRevert(abi.encodeWithSelector(IReserve.PauseTooSoon.selector, start + 14 days));
        reserve.pause(1);
        vm.warp(start + 14 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IReserve.PauseTooSoon.selector, start + 14 days));
        reserve.pause(1);
        vm.expectRevert(IReserve.NotPaused.selector);
        reserve.unpause();
        vm.warp(start + 14 days);
        reserve.pause(1);
    }

    function test_onlyTheGuardianPauses() external {
        vm.startPrank(issuer);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotGuardian.selector, issuer));
        reserve.pause(1);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotGuardian.selector, issuer));
        reserve.unpause();
    }
}
