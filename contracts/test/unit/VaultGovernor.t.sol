// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {FirstCall, VaultGovernor} from "ballast/governance/VaultGovernor.sol";
import {PegModule} from "ballast/vaults/PegModule.sol";
import {CodeReader} from "../support/CodeReader.sol";
import {PegFixture} from "../support/PegFixture.sol";
import {ReviewedAbi} from "../support/ReviewedAbi.sol";
import {ReviewedVaultAbi} from "../support/ReviewedVaultAbi.sol";
import {SettablePrices} from "../support/SettablePrices.sol";
import {TestAsset} from "../support/TestAsset.sol";

contract VaultGovernorTest is PegFixture {
    uint256 private constant DELAY = 2 days;

    function setUp() public override {
        vm.warp(1_767_225_600); // 2026-01-01
        prices = new SettablePrices();
        _deploySystem(address(new TestAsset("Dollar", 6)), true);
        ether_ = new TestAsset("Ether", 18);
        _setPrice(ether_, 2_000e18);
        _run(
            address(book),
            abi.encodeCall(IVaultBook.createMarket, (_fast(address(ether_)), CEILING, MINT_LIMIT, 0))
        );
        assertEq(book.marketCount(), 1);
    }

    // ---------------------------------------------------------------- through the delay

    function test_whatMakesTheSystemLargerWaitsForTheDelay() external {
        bytes[4] memory calls = [
            abi.encodeCall(IVaultBook.setCeiling, (FAST, CEILING * 2)),
            abi.encodeCall(IVaultBook.setMintLimit, (FAST, MINT_LIMIT * 2)),
            abi.encodeCall(IVaultBook.createMarket, (_fast(address(ether_)), 1e18, 1e18, 0)),
            abi.encodeCall(PegModule.setCap, (CAP))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(owner);
            uint256 id = governor.schedule(i == 3 ? address(pegModule) : address(book), calls[i]);
            uint256 readyAt = block.timestamp + DELAY;
            vm.warp(readyAt - 1);
            vm.prank(owner);
            vm.expectRevert(abi.encodeWithSelector(VaultGovernor.TooEarly.selector, readyAt));
            governor.execute(id);
            vm.warp(readyAt);
            vm.prank(mallory);
            governor.execute(id);
            vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NothingScheduled.selector, id));
            governor.execute(id);
        }
        assertEq(book.marketOf(FAST).ceiling, CEILING * 2);
        assertEq(book.marketOf(FAST).mintLimit, MINT_LIMIT * 2);
        assertEq(book.marketCount(), 2);
    }

    function test_scheduledCallIsShownAndExpires() external {
        bytes memory data = abi.encodeCall(IVaultBook.setCeiling, (FAST, 1e18));
        uint256 readyAt = block.timestamp + DELAY;
        uint256 expiresAt = readyAt + 14 days;
        vm.expectEmit(address(governor));
        emit VaultGovernor.Scheduled(1, address(book), data, readyAt, expiresAt);
        vm.prank(owner);
        uint256 id = governor.schedule(address(book), data);
        (address target, bytes memory shown, uint256 ready, uint256 expires) = governor.scheduled(id);
        assertEq(target, address(book));
        assertEq(shown, data);
        assertEq(ready, readyAt);
        assertEq(expires, expiresAt);
        vm.warp(expiresAt + 1);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.Expired.selector, expiresAt));
        governor.execute(id);
    }

    function test_ownerOrGuardianCancels() external {
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(owner);
            uint256 id = governor.schedule(address(book), abi.encodeCall(IVaultBook.setCeiling, (FAST, 1e18)));
            vm.prank(mallory);
            vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotOwnerOrGuardian.selector, mallory));
            governor.cancel(id);
            vm.prank(i == 0 ? owner : guardian);
            governor.cancel(id);
            vm.warp(block.timestamp + DELAY);
            vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NothingScheduled.selector, id));
            governor.execute(id);
            (,, uint256 readyAt,) = governor.scheduled(id);
            assertEq(readyAt, 0);
        }
    }

    function test_callsGoOnlyToTheListedContracts() external {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.UnknownTarget.selector, address(ether_)));
        governor.schedule(address(ether_), "");
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.UnknownTarget.selector, address(backstop)));
        governor.schedule(address(backstop), "");
        vm.stopPrank();
        assertTrue(governor.isTarget(address(book)));
        assertTrue(governor.isTarget(address(governor)));
        assertTrue(governor.isTarget(address(pegModule)));
    }

    function test_refusalOfTheTargetIsPassedOnAndTheCallStays() external {
        vm.prank(owner);
        uint256 id = governor.schedule(address(book), abi.encodeCall(IVaultBook.setCeiling, (7, 1e18)));
        vm.warp(block.timestamp + DELAY);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.UnknownMarket.selector, 7));
        governor.execute(id);
        (,, uint256 readyAt,) = governor.scheduled(id);
        assertGt(readyAt, 0, "a failed call is forgotten");
    }

    // ---------------------------------------------------------------- owner and guardian

    function test_ownerChangesInTwoStepsThroughTheDelay() external {
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotScheduled.selector, owner));
        governor.proposeOwner(bob);
        _run(address(governor), abi.encodeCall(VaultGovernor.proposeOwner, (bob)));
        assertEq(governor.owner(), owner, "changed before it was accepted");
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotPendingOwner.selector, mallory));
        governor.acceptOwner();
        vm.prank(bob);
        governor.acceptOwner();
        assertEq(governor.owner(), bob);
        assertEq(governor.pendingOwner(), address(0));
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotOwner.selector, owner));
        governor.schedule(address(book), "");
    }

    function test_guardianChangesThroughTheDelay() external {
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotScheduled.selector, owner));
        governor.setGuardian(bob);
        _run(address(governor), abi.encodeCall(VaultGovernor.setGuardian, (bob)));
        assertEq(governor.guardian(), bob);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotGuardian.selector, guardian));
        governor.stopNewDebt(1);
    }

    // ---------------------------------------------------------------- at once

    function test_limitsAreLoweredAtOnceAndNeverRaised() external {
        for (uint256 i = 0; i < 2; ++i) {
            vm.startPrank(i == 0 ? owner : guardian);
            uint256 ceiling = book.marketOf(FAST).ceiling;
            vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotLower.selector, ceiling, ceiling));
            governor.lowerCeiling(FAST, ceiling);
            governor.lowerCeiling(FAST, ceiling / 2);
            assertEq(book.marketOf(FAST).ceiling, ceiling / 2);
            uint256 limit = book.marketOf(FAST).mintLimit;
            vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotLower.selector, limit + 1e18, limit));
            governor.lowerMintLimit(FAST, limit + 1e18);
            governor.lowerMintLimit(FAST, limit / 2);
            assertEq(book.marketOf(FAST).mintLimit, limit / 2);
            uint256 cap = pegModule.cap();
            vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotLower.selector, cap, cap));
            governor.lowerPegCap(cap);
            governor.lowerPegCap(cap / 2);
            assertEq(pegModule.cap(), cap / 2);
            vm.stopPrank();
        }
    }

    function test_zeroAsALimitCloses() external {
        vm.startPrank(guardian);
        governor.lowerMintLimit(FAST, 0);
        vm.stopPrank();
        ether_.mint(alice, 1e18);
        vm.startPrank(alice);
        ether_.approve(address(book), 1e18);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.MintLimitReached.selector, 500e18, 0));
        book.adjust(FAST, 1e18, 500e18);
        vm.stopPrank();
        vm.prank(guardian);
        governor.lowerCeiling(FAST, 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.CeilingReached.selector, 500e18, 0));
        book.adjust(FAST, 1e18, 500e18);
    }

    function test_guardianStopsNewDebtForSevenDaysAtMostAndNothingElse() external {
        _openFast(alice, 1_000e18);
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotGuardian.selector, owner));
        governor.stopNewDebt(1 days);
        vm.startPrank(guardian);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "secs", 7 days + 1, 7 days)
        );
        governor.stopNewDebt(7 days + 1);
        governor.stopNewDebt(7 days);
        uint256 until = block.timestamp + 7 days;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.CannotStopYet.selector, until + 7 days));
        governor.stopNewDebt(7 days);
        vm.stopPrank();
        vm.warp(until - 1);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NewDebtIsStopped.selector, until));
        book.adjust(FAST, 0, 1e18);
        book.redeem(FAST, alice, 100e18, 0);
        book.adjust(FAST, 0, -100e18);
        book.adjust(FAST, -1, 0);
        vm.warp(until);
        book.adjust(FAST, 0, 1e18);
        vm.stopPrank();
    }

    function test_strangersAreRefusedEverything() external {
        vm.startPrank(mallory);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotOwner.selector, mallory));
        governor.schedule(address(book), "");
        bytes memory neither = abi.encodeWithSelector(VaultGovernor.NotOwnerOrGuardian.selector, mallory);
        vm.expectRevert(neither);
        governor.lowerCeiling(FAST, 0);
        vm.expectRevert(neither);
        governor.lowerMintLimit(FAST, 0);
        vm.expectRevert(neither);
        governor.lowerPegCap(0);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotGuardian.selector, mallory));
        governor.stopNewDebt(1);
        vm.stopPrank();
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.NotOwner.selector, guardian));
        governor.schedule(address(book), "");
    }

    function test_badTermsAreRefused() external {
        address[] memory none = new address[](0);
        FirstCall[] memory nothing = new FirstCall[](0);
        vm.expectRevert(
            abi.encodeWithSelector(VaultGovernor.BadTerm.selector, "delaySecs", 1 days, 2 days, 30 days)
        );
        new VaultGovernor(book, owner, guardian, 1 days, none, nothing);
        vm.expectRevert(
            abi.encodeWithSelector(VaultGovernor.BadTerm.selector, "delaySecs", 31 days, 2 days, 30 days)
        );
        new VaultGovernor(book, owner, guardian, 31 days, none, nothing);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.BadTerm.selector, "targets", 17, 0, 16));
        new VaultGovernor(book, owner, guardian, 2 days, new address[](17), nothing);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.BadAddress.selector, "book", address(0)));
        new VaultGovernor(IVaultBook(address(0)), owner, guardian, 2 days, none, nothing);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.BadAddress.selector, "owner", address(0)));
        new VaultGovernor(book, address(0), guardian, 2 days, none, nothing);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.BadAddress.selector, "guardian", address(0)));
        new VaultGovernor(book, owner, address(0), 2 days, none, nothing);
    }

    /// @dev A new book begins with its markets; later ones wait.
    function test_firstCallsAreMadeAtDeploymentAndOnlyToTheListed() external {
        address at = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        IVaultBook fresh = _newBook(at, address(0), address(0));
        FirstCall[] memory first = new FirstCall[](1);
        bytes memory create =
            abi.encodeCall(IVaultBook.createMarket, (_fast(address(ether_)), CEILING, MINT_LIMIT, 0));
        first[0] = FirstCall(address(fresh), create);
        address[] memory none = new address[](0);
        VaultGovernor made = VaultGovernor(
            vm.deployCode(
                "VaultGovernor.sol:VaultGovernor", abi.encode(fresh, owner, guardian, DELAY, none, first)
            )
        );
        assertEq(address(made), at);
        assertEq(fresh.marketCount(), 1);
        first[0].target = address(ether_);
        vm.expectRevert(abi.encodeWithSelector(VaultGovernor.UnknownTarget.selector, address(ether_)));
        new VaultGovernor(fresh, owner, guardian, DELAY, none, first);
        first[0].target = address(fresh);
        vm.expectPartialRevert(IVaultBook.NotGovernor.selector);
        new VaultGovernor(fresh, owner, guardian, DELAY, none, first);
    }

    // ---------------------------------------------------------------- what there is

    /// @dev All there is to call, each looked at. Of the book's, five ask for the governor (`createMarket`,
    /// `setCeiling`, `setMintLimit`, `stopNewDebt`) or the rate controller (`setRate`), three for the peg module; none
    /// of these reaches collateral, mints to whom the governor says, or stops repayment, withdrawal of free
    /// collateral, takes or redemptions. Of the governor's, all but views, `execute` and `acceptOwner` ask who one is.
    function test_noOtherFunction() external view {
        _assertReviewed(address(book), ReviewedVaultAbi.vaultBook());
        _assertReviewed(address(governor), ReviewedVaultAbi.vaultGovernor());
        _assertReviewed(address(pegModule), ReviewedVaultAbi.pegModule());
        _assertReviewed(address(backstop), ReviewedVaultAbi.backstop());
        _assertReviewed(address(controller), ReviewedVaultAbi.rateController());
    }

    /// @dev None of them can run another's code, or end.
    function test_codeIsNotSwappable() external view {
        address[5] memory all =
            [address(book), address(governor), address(pegModule), address(backstop), address(controller)];
        for (uint256 i = 0; i < all.length; ++i) {
            assertFalse(CodeReader.holds(all[i], CodeReader.DELEGATECALL), "code that runs other code");
            assertFalse(CodeReader.holds(all[i], CodeReader.CALLCODE), "code that runs other code");
            assertFalse(CodeReader.holds(all[i], CodeReader.SELFDESTRUCT), "code that ends itself");
        }
    }

    function _assertReviewed(address target, string[] memory reviewed) private view {
        bytes4[] memory found = CodeReader.selectorsOf(target);
        for (uint256 i = 0; i < found.length; ++i) {
            string memory signature = ReviewedAbi.signatureOf(reviewed, found[i]);
            assertGt(bytes(signature).length, 0, vm.toString(abi.encodePacked(found[i])));
        }
        assertEq(found.length, reviewed.length, "a function is gone");
    }

    function _run(address target, bytes memory data) private {
        vm.prank(owner);
        uint256 id = governor.schedule(target, data);
        vm.warp(block.timestamp + DELAY);
        governor.execute(id);
    }
}
