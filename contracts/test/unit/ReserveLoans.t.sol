// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {AssetView, IReserve, LoanView} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";

/// @notice Borrow, repay, extend, foreclose: each rule and each refusal. 100 of every asset back 1,000,000 tokens,
/// so that 100,000 tokens stand for 10 of each, of which 9.5 can be borrowed.
contract ReserveLoansTest is Fixture {
    uint256 private start;

    function setUp() public override {
        super.setUp();
        _launchPlain(2, 18);
        _give(alice, 300_000e18);
        start = block.timestamp;
    }

    function _two(uint256 a, uint256 b) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (a, b);
    }

    function _borrow(uint256 a, uint256 b) private returns (uint256) {
        vm.prank(alice);
        return reserve.borrow(100_000e18, _two(a, b), alice, false);
    }

    function _repay(address who, uint256 loanId, uint256 a, uint256 b) private returns (uint256) {
        _fundAndApprove(who, 0, a);
        _fundAndApprove(who, 1, b);
        vm.prank(who);
        return reserve.repay(loanId, _two(a, b));
    }

    // ---------------------------------------------------------------- borrow

    function test_borrowingLocksLendsAndWithholdsTheFee() external {
        uint256 expectedId = uint256(uint160(alice)) << 96 | 1;
        vm.expectEmit(address(reserve));
        emit IReserve.Borrowed(
            expectedId, alice, 100_000e18, start + 30 days, _two(9.5e18, 2e18), _two(0.0095e18, 0.002e18)
        );
        vm.prank(alice);
        uint256 loanId = reserve.borrow(100_000e18, _two(9.5e18, 2e18), bob, false);
        assertEq(loanId, expectedId);
        assertEq(assets[0].balanceOf(bob), 9.4905e18);
        assertEq(assets[1].balanceOf(bob), 1.998e18);
        assertEq(token.balanceOf(alice), 200_000e18);
        assertEq(token.balanceOf(address(reserve)), 100_000e18);
        assertEq(reserve.locked(), 100_000e18);
        assertEq(reserve.loanCount(), 1);
        AssetView memory state = reserve.assetAt(0);
        assertEq(state.cash, 90.5e18);
        assertEq(state.lent, 9.5e18);
        assertEq(state.streaming, 0.0095e18);
        LoanView memory loan = reserve.loan(loanId);
        assertEq(loan.borrower, alice);
        assertEq(loan.collateral, 100_000e18);
        assertEq(loan.deadline, start + 30 days);
        assertEq(loan.graceEnd, start + 33 days);
        assertEq(loan.principal, _two(9.5e18, 2e18));
    }

    function test_eachBorrowIsALoanOfItsOwn() external {
        uint256 first = _borrow(1e18, 0);
        uint256 second = _borrow(0, 1e18);
        assertEq(second, first + 1);
        assertEq(reserve.loan(first).principal, _two(1e18, 0));
        assertEq(reserve.locked(), 200_000e18);
    }

    function test_aUnitAboveTheMostIsRefused() external {
        assertEq(reserve.maxBorrow(100_000e18), _two(9.5e18, 9.5e18));
        vm.expectRevert(abi.encodeWithSelector(IReserve.PrincipalTooLarge.selector, 1, 9.5e18 + 1, 9.5e18));
        _borrow(9.5e18, 9.5e18 + 1);
    }

    function test_malformedBorrowsAreRefused() external {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "collateral"));
        reserve.borrow(0, _two(1, 1), alice, false);
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "principal"));
        reserve.borrow(1e18, _two(0, 0), alice, false);
        vm.expectRevert(abi.encodeWithSelector(IReserve.LengthMismatch.selector, 1, 2));
        reserve.borrow(1e18, _one(1), alice, false);
        uint256 most = type(uint112).max;
        vm.expectRevert(
            abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "collateral", most + 1, most)
        );
        reserve.borrow(most + 1, _two(1, 1), alice, false);
    }

    function test_nativeCurrencyIsLentUnwrapped() external {
        LaunchParams memory params = _plainParams();
        params.assets = new address[](1);
        params.assets[0] = weth;
        params.seeds = _one(100e18);
        vm.deal(issuer, 100e18);
        vm.startPrank(issuer);
        _remember(launchpad.launch{value: 100e18}(params));
        reserve.borrow(10_000e18, _one(0.5e18), carol, true);
        assertEq(carol.balance, 0.4995e18);
    }

    // ---------------------------------------------------------------- repay

    function test_repayingPartReleasesTheLeastShareToTheBorrower() external {
        uint256 loanId = _borrow(8e18, 4e18);
        _fundAndApprove(bob, 0, 4e18);
        _fundAndApprove(bob, 1, 1e18);
        vm.expectEmit(address(reserve));
        emit IReserve.Repaid(loanId, bob, 25_000e18, _two(4e18, 1e18));
        vm.prank(bob);
        assertEq(reserve.repay(loanId, _two(4e18, 1e18)), 25_000e18);
        assertEq(token.balanceOf(alice), 225_000e18);
        assertEq(reserve.loan(loanId).collateral, 75_000e18);
        assertEq(reserve.loan(loanId).principal, _two(4e18, 3e18));
        assertEq(reserve.locked(), 75_000e18);
        assertEq(reserve.assetAt(0).lent, 4e18);
        assertEq(reserve.assetAt(0).cash, 96e18);
    }

    function test_anAssetRepaidNoLongerHoldsBackTheOthers() external {
        uint256 loanId = _borrow(8e18, 4e18);
        assertEq(_repay(alice, loanId, 8e18, 0), 0, "the other asset holds it back");
        assertEq(_repay(alice, loanId, 0, 2e18), 50_000e18);
        assertEq(_repay(alice, loanId, 0, 2e18), 50_000e18);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, loanId));
        reserve.loan(loanId);
    }

    function test_moreThanIsOwedIsNotTaken() external {
        uint256 loanId = _borrow(8e18, 4e18);
        assertEq(_repay(bob, loanId, 100e18, 100e18), 100_000e18);
        assertEq(assets[0].balanceOf(bob), 92e18);
        assertEq(assets[1].balanceOf(bob), 96e18);
        assertEq(reserve.locked(), 0);
        assertEq(reserve.assetAt(0).lent, 0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, loanId));
        reserve.repay(loanId, _two(1, 1));
    }

    function test_repayingNothingIsRefused() external {
        uint256 loanId = _borrow(8e18, 0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.ZeroAmount.selector, "amounts"));
        reserve.repay(loanId, _two(0, 5e18));
        vm.expectRevert(abi.encodeWithSelector(IReserve.LengthMismatch.selector, 1, 2));
        reserve.repay(loanId, _one(1));
    }

    function test_repayingWorksToTheLastSecondOfGraceAndNotAfter() external {
        uint256 loanId = _borrow(8e18, 0);
        vm.warp(start + 33 days - 1);
        vm.expectRevert(IReserve.NothingToForeclose.selector);
        reserve.foreclose(_one(loanId));
        assertEq(_repay(bob, loanId, 4e18, 0), 50_000e18);
        vm.warp(start + 33 days);
        vm.expectRevert(abi.encodeWithSelector(IReserve.LoanExpired.selector, loanId, start + 33 days));
        reserve.repay(loanId, _two(4e18, 0));
        vm.expectRevert(abi.encodeWithSelector(IReserve.LoanExpired.selector, loanId, start + 33 days));
        reserve.extend(loanId);
        vm.expectRevert(abi.encodeWithSelector(IReserve.LoanExpired.selector, loanId, start + 33 days));
        vm.prank(alice);
        reserve.extendByBurn(loanId, FOREVER);
        assertEq(reserve.foreclose(_one(loanId)), 1);
    }

    // ---------------------------------------------------------------- extend

    function test_extendingAddsOneTermToTheOldDeadline() external {
        uint256 loanId = _borrow(8e18, 4e18);
        vm.warp(start + 32 days);
        _fundAndApprove(bob, 0, 0.008e18);
        _fundAndApprove(bob, 1, 0.004e18);
        uint256 streaming = reserve.assetAt(0).streaming;
        vm.expectEmit(address(reserve));
        emit IReserve.Extended(loanId, bob, start + 60 days, _two(0.008e18, 0.004e18));
        vm.prank(bob);
        reserve.extend(loanId);
        assertEq(reserve.loan(loanId).deadline, start + 60 days);
        assertEq(reserve.assetAt(0).streaming, streaming + 0.008e18);
        assertEq(assets[0].balanceOf(bob), 0);
    }

    function test_atMostTwelveTermsAhead() external {
        uint256 loanId = _borrow(8e18, 0);
        _fundAndApprove(bob, 0, 1e18);
        vm.startPrank(bob);
        for (uint256 i = 0; i < 11; ++i) {
            reserve.extend(loanId);
        }
        assertEq(reserve.loan(loanId).deadline, start + 360 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReserve.ExtensionTooFar.selector, loanId, start + 390 days, start + 360 days
            )
        );
        reserve.extend(loanId);
        vm.warp(start + 30 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReserve.ExtensionTooFar.selector, loanId, start + 390 days, start + 390 days - 1
            )
        );
        reserve.extend(loanId);
        vm.warp(start + 30 days);
        reserve.extend(loanId);
        assertEq(reserve.loan(loanId).deadline, start + 390 days);
    }

    function test_unknownLoansAreNotExtended() external {
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, 77));
        reserve.extend(77);
        uint256 ghost = uint256(uint160(alice)) << 96 | 9;
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, ghost));
        vm.prank(alice);
        reserve.extendByBurn(ghost, FOREVER);
    }

    function test_extendingByBurningTakesTheWorthOfTheFee() external {
        uint256 loanId = _borrow(8e18, 4e18);
        // The larger fee is 0.008 of asset 0, worth 80 tokens.
        vm.expectEmit(address(reserve));
        emit IReserve.ExtendedByBurn(loanId, start + 60 days, 80e18, _two(0.008e18, 0.008e18));
        vm.prank(alice);
        assertEq(reserve.extendByBurn(loanId, 80e18), 80e18);
        assertEq(reserve.loan(loanId).collateral, 99_920e18);
        assertEq(reserve.locked(), 99_920e18);
        assertEq(token.claims(), 999_920e18);
        assertEq(reserve.assetAt(1).cash, 96e18 - 0.008e18);
    }

    function test_extendingByBurningMoreThanAgreedIsRefused() external {
        uint256 loanId = _borrow(8e18, 0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.BurnTooLarge.selector, 80e18, 80e18 - 1));
        vm.prank(alice);
        reserve.extendByBurn(loanId, 80e18 - 1);
    }

    function test_onlyTheBorrowerBurnsHisCollateral() external {
        uint256 loanId = _borrow(8e18, 0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotBorrower.selector, loanId, bob));
        vm.prank(bob);
        reserve.extendByBurn(loanId, FOREVER);
    }

    /// @dev The dearest fee that 95 % of the backing allows: one extension can be burned, a second cannot.
    function test_burningIsRefusedWhereTheRestWouldNotBackTheLoan() external {
        LaunchParams memory params = _plainParams();
        params.terms.termFeeBps = 526;
        params.salt = "dear";
        _launch(params);
        _give(alice, 100_000e18);
        uint256 loanId = _borrow(9.5e18, 0);
        // The fee of 0.4997 is worth 4,997 tokens; 95,003 back 9.5003, and 90,006 only 9.0006.
        vm.startPrank(alice);
        assertEq(reserve.extendByBurn(loanId, FOREVER), 4_997e18);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnderBacked.selector, 0, 9.5e18, 9.0006e18));
        reserve.extendByBurn(loanId, FOREVER);
    }

    /// @dev The least fee of a coarse asset is a whole unit: burning for it once leaves nothing to spare.
    function test_aLoanOfOneUnitIsExtendedByBurningOnceOnly() external {
        _newAssets(1, 0);
        LaunchParams memory params = _plainParams();
        params.seeds[0] = 1_000;
        params.salt = "coarse";
        _launch(params);
        _give(alice, 2_000e18);
        vm.startPrank(alice);
        uint256 loanId = reserve.borrow(2_000e18, _one(1), alice, false);
        assertEq(reserve.extendByBurn(loanId, FOREVER), 1_000e18);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnderBacked.selector, 0, 1, 0));
        reserve.extendByBurn(loanId, FOREVER);
    }

    // ---------------------------------------------------------------- foreclose

    function test_foreclosingBurnsTheCollateralAndStreamsTheSurplus() external {
        uint256 loanId = _borrow(8e18, 0);
        vm.warp(start + 33 days);
        // The term fee has vested: 100.008 and 100 back 1,000,000 tokens.
        vm.expectEmit(address(reserve));
        emit IReserve.Foreclosed(loanId, 100_000e18, _two(8e18, 0), _two(2.0008e18, 10e18));
        assertEq(reserve.foreclose(_one(loanId)), 1);
        assertEq(token.claims(), 900_000e18);
        assertEq(token.balanceOf(address(reserve)), 0);
        assertEq(reserve.locked(), 0);
        AssetView memory state = reserve.assetAt(0);
        assertEq(state.lent, 0);
        assertEq(state.streaming, 2.0008e18);
        assertEq(reserve.assetAt(1).streaming, 10e18);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, loanId));
        reserve.loan(loanId);
    }

    function test_livingUnknownAndRepeatedLoansArePassedOver() external {
        uint256[] memory ids = new uint256[](5);
        ids[0] = _borrow(8e18, 0);
        vm.warp(start + 1 days);
        ids[1] = _borrow(8e18, 8e18);
        ids[2] = ids[0];
        ids[3] = 12_345;
        ids[4] = ids[0];
        vm.warp(start + 33 days);
        assertEq(reserve.foreclose(ids), 1);
        assertEq(reserve.locked(), 100_000e18);
        vm.expectRevert(IReserve.NothingToForeclose.selector);
        reserve.foreclose(ids);
        vm.expectRevert(IReserve.NothingToForeclose.selector);
        reserve.foreclose(new uint256[](0));
        vm.warp(start + 34 days);
        assertEq(reserve.foreclose(ids), 1);
        assertEq(reserve.locked(), 0);
    }
}
