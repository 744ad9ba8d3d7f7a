// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @notice An owner that fails whatever calls it.
contract Refuser {
    function open(IVaultBook book, address asset, int256 collateral, int256 debt, address to) external {
        (bool ok,) = asset.call(
            abi.encodeWithSignature("approve(address,uint256)", address(book), uint256(collateral))
        );
        require(ok, "not approved");
        book.adjustFor(0, address(this), collateral, debt, to);
    }

    fallback() external payable {
        revert("never");
    }
}

/// @title V10: spam the book with vaults not worth a transaction, spoil lists of vaults, stand in the way of write-offs
contract V10Dust is VaultAttackFixture {
    uint256 private constant SPAM = 300;
    /// @dev Gas of one more vault in a take, paid in full, with room; what it fetches must pay for that.
    uint256 private constant GAS_MAX = 40_000;

    function setUp() public override {
        super.setUp();
        _fund(taker, 2_000_000e18);
    }

    function _spammer(uint256 i) private pure returns (address) {
        return address(uint160(0xd057_0000 + i));
    }

    /// @dev Minimal vaults at the edge, all unhealthy after a small fall.
    function _spam() private returns (address[] memory owners) {
        owners = new address[](SPAM);
        for (uint256 i = 0; i < SPAM; ++i) {
            owners[i] = _spammer(i);
            _open(owners[i], FAST, 0.0629e18, 100e18);
        }
        _setPrice(ether_, 1_850e18);
    }

    // ---------------------------------------------------------------- spam

    function test_v10_noVaultIsTooSmallToBeWorthTaking() external {
        address[3] memory owners = [alice, bob, carol];
        uint256[3] memory debts = [uint256(1), 1e18, 100e18 - 1];
        for (uint256 i = 0; i < 3; ++i) {
            ether_.mint(owners[i], 1e18);
            vm.startPrank(owners[i]);
            ether_.approve(address(book), 1e18);
            vm.expectRevert(abi.encodeWithSelector(IVaultBook.DebtTooSmall.selector, debts[i], 100e18));
            book.adjust(FAST, int256(1e18), int256(debts[i]));
            book.adjust(FAST, int256(1e18), int256(150e18));
            vm.expectRevert(abi.encodeWithSelector(IVaultBook.DebtTooSmall.selector, debts[i], 100e18));
            book.adjust(FAST, 0, -int256(150e18 - debts[i]));
            vm.stopPrank();
        }
    }

    /// @dev No take and no redemption leaves crumbs either, whatever it offers.
    function testFuzz_v10_nothingLeavesCrumbs(uint256 debt, uint256 offer, uint256 price, bool redeems)
        external
    {
        debt = bound(debt, 100e18, 400e18);
        _open(alice, FAST, debt / 1_590, debt);
        if (!redeems) _setPrice(ether_, bound(price, 800e18, 1_900e18));
        offer = bound(offer, 1, 500e18);
        vm.startPrank(taker);
        bytes memory take = abi.encodeCall(book.take, (FAST, _one(alice), offer, 0, ""));
        bytes memory redeem = abi.encodeCall(book.redeem, (FAST, alice, offer, 0));
        (bool done,) = address(book).call(redeems ? redeem : take);
        vm.stopPrank();
        uint256 left = _debtOf(FAST, alice);
        assertTrue(left == 0 || left >= 100e18, "crumbs");
        if (!done) assertLt(offer, debt, "the whole was refused");
    }

    /// @dev Spam is cleared in one call without capital beyond the debts, each vault for bounded gas, and pays its taker.
    function test_v10_spamIsClearedInOneCallAndPaysForIt() external {
        address[] memory owners = _spam();
        int256 before = _worth(taker);
        vm.prank(taker);
        uint256 gasBefore = gasleft();
        (uint256 paid,) = book.take(FAST, owners, type(uint256).max, 0, "");
        uint256 gasUsed = gasBefore - gasleft();
        assertLt(gasUsed, SPAM * GAS_MAX, "a vault of spam costs too much");
        assertGt(paid, SPAM * 95e18);
        assertGt(_worth(taker), before + int256(SPAM * 1e18), "clearing spam does not pay");
        for (uint256 i = 0; i < SPAM; ++i) {
            assertEq(_debtOf(FAST, owners[i]), 0, "spam is left");
        }
        _requireBacked();
    }

    // ---------------------------------------------------------------- lists

    /// @dev Everything that a spoiler may bring about before a take: duplicates, strangers, zero, the book, the taker
    /// itself, vaults that were just closed, repaid or healed, an owner that fails every call.
    function test_v10_aSpoiledListStillTakesTheRest() external {
        Refuser refuser = new Refuser();
        ether_.mint(address(refuser), 1e18);
        refuser.open(book, address(ether_), int256(1e18), int256(1_590e18), alice);
        _open(alice, FAST, 1e18, 1_590e18);
        _open(bob, FAST, 1e18, 1_590e18);
        _open(carol, FAST, 1e18, 1_590e18);
        _setPrice(ether_, 1_850e18);
        _fund(bob, 10e18);
        vm.prank(bob);
        book.adjust(FAST, 0, ALL);
        ether_.mint(address(this), 1e18);
        ether_.approve(address(book), 1e18);
        book.adjustFor(FAST, carol, 1e18, 0, carol);

        address[] memory list = new address[](11);
        (list[0], list[1], list[2], list[3]) = (bob, alice, alice, address(refuser));
        (list[4], list[5], list[6], list[7]) = (address(0), address(book), taker, carol);
        (list[8], list[9], list[10]) = (makeAddr("nobody"), alice, address(refuser));
        uint256 start = vm.snapshotState();
        vm.prank(taker);
        (uint256 paid, uint256 taken) = book.take(FAST, list, type(uint256).max, 0, "");
        bytes32 spoiled =
            keccak256(abi.encode(_debtOf(FAST, alice), _debtOf(FAST, address(refuser)), paid, taken));

        vm.revertToState(start);
        address[] memory clean = new address[](2);
        (clean[0], clean[1]) = (alice, address(refuser));
        vm.prank(taker);
        (paid, taken) = book.take(FAST, clean, type(uint256).max, 0, "");
        bytes32 plain =
            keccak256(abi.encode(_debtOf(FAST, alice), _debtOf(FAST, address(refuser)), paid, taken));
        assertEq(spoiled, plain, "the list did matter");
        assertTrue(_isHealthy(FAST, alice) && _isHealthy(FAST, address(refuser)));
    }

    function test_v10_listsAreBoundedAndEmptyOnesSaySo() external {
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.TooManyOwners.selector, 1_501, 1_500));
        book.take(FAST, new address[](1_501), type(uint256).max, 0, "");
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        book.take(FAST, new address[](1_500), type(uint256).max, 0, "");
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        book.take(FAST, new address[](0), type(uint256).max, 0, "");
    }

    /// @dev Somebody takes a unit in front of a take that names its price: the rest goes on.
    function test_v10_aUnitTakenInFrontStopsNothing() external {
        _open(alice, FAST, 100e18, 150_000e18);
        _setPrice(ether_, 1_000e18);
        uint256 start = vm.snapshotState();
        (uint256 paid, uint256 taken) = _take(taker, FAST, alice, type(uint256).max);
        vm.revertToState(start);
        _fund(bob, 1e18);
        vm.prank(bob);
        book.take(FAST, _one(alice), 1e18, 0, "");
        (uint256 later, uint256 got) = _take(taker, FAST, alice, type(uint256).max);
        assertEq(later + 1e18, paid);
        assertApproxEqAbs(got + _valueInEther(1e18), taken, 2);
        assertEq(_debtOf(FAST, alice), 0);
    }

    function _valueInEther(uint256 amount) private pure returns (uint256) {
        return amount / 1_000;
    }

    // ---------------------------------------------------------------- write-off

    /// @dev Before each write-off the owner, or anybody for the owner, adds or repays as little as there is.
    function test_v10_writeOffCannotBeBlocked() external {
        _open(alice, FAST, 100e18, 150_000e18);
        _setPrice(ether_, 1_000e18);
        _fund(bob, 10e18);
        ether_.mint(bob, 10);
        vm.startPrank(bob);
        ether_.approve(address(book), 10);
        book.adjustFor(FAST, alice, 1, -1, bob);
        book.flag(FAST, alice);
        vm.stopPrank();
        vm.prank(alice);
        book.setOperator(bob, true);
        uint256 debt = _debtOf(FAST, alice);
        uint256 high = 100_500e18 + 1_005;
        assertEq(book.book(FAST, alice), debt - high, "wrote off other than what is above the value");
        assertEq(_debtOf(FAST, alice), high);
        vm.prank(bob);
        book.adjustFor(FAST, alice, 1, -1, bob);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NothingToBook.selector, alice));
        book.book(FAST, alice);
        _requireBacked();
    }

    /// @dev Spam that has lost all its value is written off without a buyer, one list for all.
    function test_v10_worthlessSpamIsWrittenOffInOneCall() external {
        address[] memory owners = _spam();
        prices.set(address(ether_), 0, 1e18, 1e18, PriceState.Safe);
        vm.prank(taker);
        (uint256 paid,) = book.take(FAST, owners, 1e18, 0, "");
        assertLe(paid, SPAM);
        assertEq(_deficit() + paid, SPAM * 100e18);
        for (uint256 i = 0; i < SPAM; ++i) {
            assertEq(_debtOf(FAST, owners[i]), 0, "not written off");
        }
        _requireBacked();
    }
}
