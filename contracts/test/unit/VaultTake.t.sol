// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice The auction: a fall sells at once, time sells the rest.
contract VaultTakeTest is VaultFixture {
    function setUp() public override {
        super.setUp();
        _open(taker, FAST, 1_000e18, 500_000e18);
        _open(alice, FAST, 10e18, 15_000e18);
    }

    function test_aHealthyVaultIsNotSold() external {
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        _take(taker, FAST, alice, 15_000e18);
    }

    function test_aDeepFallIsProfitableAtOnce() external {
        _setPrice(ether_, 1_700e18); // 15,000 of 17,000: 88.2 %; shortfall 5.56 %
        (uint256 paid, uint256 collateral) = _take(taker, FAST, alice, 100_000e18);
        uint256 discount = WAD - (uint256(17_000e18) * 0.8333e18 + (15_000e18 - 1)) / 15_000e18;
        // What is paid is the collateral's value less the discount.
        assertApproxEqRel(paid * WAD / (collateral * 1_700), WAD - discount, 1e6);
        uint256 value = _collateralOf(FAST, alice) * 1_700;
        assertApproxEqRel(_debtOf(FAST, alice) * WAD / value, 0.8333e18 * 99 / 100, 1e6, "just healthy");
        assertEq(_flaggedAt(FAST, alice), 0);
        assertEq(_deficit(), 0);
        _requireBacked();
    }

    function test_aShallowFallIsSoldByTime() external {
        _setPrice(ether_, 1_795e18); // just over 83.33 %: next to no discount at once
        assertTrue(book.flag(FAST, alice));
        assertEq(_flaggedAt(FAST, alice), block.timestamp);
        uint256 before = vm.snapshotState();
        (uint256 paid, uint256 collateral) = _take(taker, FAST, alice, 1_000e18);
        uint256 first = paid * WAD / (collateral * 1_795);
        vm.revertToState(before);
        skip(30);
        (paid, collateral) = _take(taker, FAST, alice, 1_000e18);
        assertApproxEqRel(first, WAD, 0.003e18, "at the market price");
        assertApproxEqRel(paid * WAD / (collateral * 1_795), 0.92e18, 1e10, "a ramp later");
    }

    function test_aTakeOfAnUnflaggedVaultStartsItsClock() external {
        _setPrice(ether_, 1_700e18);
        vm.expectEmit(address(book));
        emit IVaultBook.Flagged(FAST, alice);
        _take(taker, FAST, alice, 1_000e18);
        assertEq(_flaggedAt(FAST, alice), block.timestamp);
        skip(10);
        _take(taker, FAST, alice, 1_000e18);
        assertEq(_flaggedAt(FAST, alice), block.timestamp - 10, "it goes on running");
    }

    function test_whileTheCollateralCoversTheDebtTimeSellsAtNoLoss() external {
        _setPrice(ether_, 1_600e18); // 93.75 %
        book.flag(FAST, alice);
        skip(300); // the clock's discount would be 80 %
        (uint256 paid, uint256 collateral) = _take(taker, FAST, alice, 100_000e18);
        assertEq(paid, 15_000e18);
        assertApproxEqRel(collateral, 10e18, 1e6);
        assertEq(_deficit(), 0);
    }

    function test_withoutCoverAPartIsClosedAndItsLossIsBooked() external {
        _setPrice(ether_, 1_400e18); // worth 14,000 of 15,000
        book.flag(FAST, alice);
        (uint256 paid, uint256 collateral) = _take(taker, FAST, alice, 7_000e18);
        assertEq(paid, 7_000e18);
        assertEq(collateral, 5e18);
        assertEq(_debtOf(FAST, alice), 7_500e18);
        assertEq(_deficit(), 500e18);
        assertEq(book.marketOf(FAST).deficit, 500e18);
        skip(15); // 4 %
        (paid, collateral) = _take(taker, FAST, alice, 100_000e18);
        assertEq(paid, 6_720e18);
        assertEq(collateral, 5e18);
        assertEq(_deficit(), 500e18 + 780e18);
        assertEq(_debtOf(FAST, alice), 0);
        _requireBacked();
    }

    function test_aTakeLeavesNoDust() external {
        _open(bob, FAST, 0.1e18, 150e18);
        _setPrice(ether_, 1_700e18);
        // Less than 51 may be left: with 60 paid the debt stays at the least one.
        (uint256 paid,) = _take(taker, FAST, bob, 60e18);
        assertEq(paid, 50e18);
        assertEq(_debtOf(FAST, bob), 100e18);
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        _take(taker, FAST, bob, 60e18);
        (paid,) = _take(taker, FAST, bob, 1_000e18);
        assertEq(paid, 100e18);
        assertGt(_collateralOf(FAST, bob), 0, "the rest is the owner's");
    }

    function test_manyAreTakenWithOneBudgetAndTheHealthyAreSkipped() external {
        _open(bob, FAST, 10e18, 15_000e18);
        _open(carol, FAST, 10e18, 1_000e18);
        _setPrice(ether_, 1_450e18);
        address[] memory owners = new address[](5);
        (owners[0], owners[1], owners[2], owners[3]) = (carol, alice, alice, bob);
        vm.prank(taker);
        (uint256 paid,) = book.take(FAST, owners, 20_000e18, 0, "");
        assertEq(paid, 14_500e18 + 5_500e18);
        assertEq(_debtOf(FAST, alice), 0);
        assertEq(_debtOf(FAST, carol), 1_000e18);
        assertGt(_debtOf(FAST, bob), 0);
    }

    function test_aTakerStatesTheLeastCollateral() external {
        _setPrice(ether_, 1_700e18);
        vm.prank(taker);
        vm.expectPartialRevert(IVaultBook.TooLittleCollateral.selector);
        book.take(FAST, _one(alice), 1_000e18, 1e18, "");
        address[] memory owners = new address[](1_501);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.TooManyOwners.selector, 1_501, 1_500));
        book.take(FAST, owners, 1, 0, "");
    }

    function test_aTakerNeedsNoCapital() external {
        _setPrice(ether_, 1_700e18);
        address buyer = makeAddr("buyer");
        vm.prank(taker);
        synthetic.transfer(buyer, 200_000e18);
        Flash flash = new Flash(this, buyer);
        vm.prank(buyer);
        synthetic.approve(address(flash), type(uint256).max);
        flash.run(alice);
        assertGt(synthetic.balanceOf(address(flash)), 0, "a profit");
        assertEq(ether_.balanceOf(address(flash)), 0);
    }

    function bookOf() external view returns (IVaultBook) {
        return book;
    }

    function test_afterItsEndAClockBeginsAnew() external {
        _setPrice(ether_, 1_795e18);
        book.flag(FAST, alice);
        uint256 first = block.timestamp;
        skip(405); // 375 seconds to a discount of one, and a ramp
        book.flag(FAST, alice);
        assertEq(_flaggedAt(FAST, alice), first, "it still runs");
        skip(1);
        (uint256 paid, uint256 collateral) = _take(taker, FAST, alice, 10e18);
        assertApproxEqRel(paid * WAD / (collateral * 1_795), WAD, 0.003e18, "it gives nothing any more");
        assertEq(_flaggedAt(FAST, alice), block.timestamp, "and begins anew");
    }

    function test_aClockIsStoppedWhenTheVaultIsHealthyAgain() external {
        _setPrice(ether_, 1_795e18);
        book.flag(FAST, alice);
        _setPrice(ether_, 2_000e18);
        vm.expectEmit(address(book));
        emit IVaultBook.Unflagged(FAST, alice);
        assertFalse(book.flag(FAST, alice));
        assertEq(_flaggedAt(FAST, alice), 0);
        assertFalse(book.flag(FAST, alice));
    }

    function test_aHealthyActionStopsTheClockAndASaferOneDoesNot() external {
        _setPrice(ether_, 1_795e18);
        book.flag(FAST, alice);
        vm.prank(alice);
        book.adjust(FAST, 0, -1_000e18);
        assertGt(_flaggedAt(FAST, alice), 0);
        _setPrice(ether_, 2_000e18);
        vm.prank(alice);
        book.adjust(FAST, 0, 1e18);
        assertEq(_flaggedAt(FAST, alice), 0);
    }

    function test_anUnsafePriceWaitsItsGraceAndThenSellsByTimeAlone() external {
        _setPrice(ether_, 1_700e18, PriceState.Grace);
        bytes memory unsafe_ = abi.encodeWithSelector(IVaultBook.PriceUnsafe.selector, FAST, uint8(2));
        vm.expectRevert(unsafe_);
        book.flag(FAST, alice);
        vm.expectRevert(unsafe_);
        _take(taker, FAST, alice, 1_000e18);
        _setPrice(ether_, 1_700e18, PriceState.Late);
        book.flag(FAST, alice);
        (uint256 paid, uint256 collateral) = _take(taker, FAST, alice, 1_000e18);
        assertApproxEqRel(paid * WAD / (collateral * 1_700), WAD, 1e6, "the fall gives nothing");
        skip(15);
        (paid, collateral) = _take(taker, FAST, alice, 1_000e18);
        assertApproxEqRel(paid * WAD / (collateral * 1_700), 0.96e18, 1e6, "time does");
        _setPrice(ether_, 1_700e18, PriceState.Stepped);
        _take(taker, FAST, alice, 1_000e18);
    }

    function test_aLossIsBookedWithoutABuyer() external {
        _setPrice(ether_, 1_400e18); // worth 14,070 at high
        vm.expectEmit(address(book));
        emit IVaultBook.Booked(FAST, alice, 930e18, 930e18);
        assertEq(book.book(FAST, alice), 930e18);
        assertEq(_debtOf(FAST, alice), 14_070e18);
        assertEq(_deficit(), 930e18);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NothingToBook.selector, alice));
        book.book(FAST, alice);
        _setPrice(ether_, 1_300e18, PriceState.Stepped);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.PriceUnsafe.selector, FAST, uint8(1)));
        book.book(FAST, alice);
        prices.set(address(ether_), 0, 0, 0, PriceState.Safe);
        book.book(FAST, alice);
        assertEq(_debtOf(FAST, alice), 0, "worth nothing, written off");
        assertEq(_deficit(), 15_000e18);
        _requireBacked();
    }
}

/// @notice Sells the collateral inside the callback and pays from what it gets.
contract Flash {
    VaultTakeTest private immutable _test;
    address private immutable _buyer;

    constructor(VaultTakeTest test, address buyer) {
        _test = test;
        _buyer = buyer;
    }

    function run(address owner) external {
        address[] memory owners = new address[](1);
        owners[0] = owner;
        _test.bookOf().take(0, owners, type(uint256).max, 0, "sell");
    }

    function onTake(uint256, uint256, uint256 collateral, bytes calldata) external {
        IVaultBook book = _test.bookOf();
        IToken asset = IToken(book.termsOf(0).collateral);
        asset.transfer(_buyer, collateral);
        IToken(address(book)).transferFrom(_buyer, address(this), collateral * 1_700);
    }
}

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}
