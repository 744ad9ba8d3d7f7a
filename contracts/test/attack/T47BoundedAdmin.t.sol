// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IAccrualToken} from "ballast/interfaces/IAccrualToken.sol";
import {IConverter} from "ballast/interfaces/IConverter.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {Reserve} from "ballast/accrual/Reserve.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {CodeReader} from "../support/CodeReader.sol";

/// @title T47: as owner, reach past a bound or around a delay; as anybody, initialise or swap an implementation
contract T47BoundedAdminTest is AttackFixture {
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
    }

    // ---------------------------------------------------------------- fees

    /// @dev Every order of proposing that might be taken for agreement: the old fee holds to the last second.
    function test_t47_raiseWaitsThreeDaysHoweverProposed() external {
        uint256 start = block.timestamp;
        vm.startPrank(issuer);
        token.setFees(1_000, 1_000);
        _assertFees(300, 500, "proposed");
        token.setFees(1_000, 1_000);
        _assertFees(300, 500, "proposed twice");
        token.setFees(900, 900);
        _assertFees(300, 500, "proposed less");
        vm.warp(start + 2 days);
        token.setFees(1_000, 0);
        _assertFees(300, 500, "one up, one down");
        vm.stopPrank();
        vm.warp(start + 5 days - 1);
        _assertFees(300, 500, "a second early");
        (uint256 buyNext, uint256 sellNext, uint256 at) = token.pendingFees();
        assertEq(buyNext, 1_000);
        assertEq(sellNext, 0);
        assertEq(at, start + 5 days);
        vm.warp(start + 5 days);
        _assertFees(1_000, 0, "after three days");
        (,, at) = token.pendingFees();
        assertEq(at, 0);
    }

    /// @dev A cut holds at once and takes the pending raise with it; the old height must be proposed anew.
    function test_t47_cutDropsThePendingRaise() external {
        vm.startPrank(issuer);
        token.setFees(1_000, 1_000);
        vm.warp(block.timestamp + 2 days);
        token.setFees(300, 400);
        _assertFees(300, 400, "a cut is immediate");
        vm.warp(block.timestamp + 10 days);
        _assertFees(300, 400, "the dropped raise came back");
        token.setFees(300, 500);
        _assertFees(300, 400, "back up at once");
        vm.stopPrank();
    }

    /// @dev At any time each fee is at most what it was, or what somebody could read three days ago.
    function testFuzz_t47_noFeeThatWasNotPublicForThreeDays(uint256 seed) external {
        uint256[12] memory proposedAt;
        uint256[2][12] memory proposed;
        (uint256 buyBefore, uint256 sellBefore) = token.fees();
        for (uint256 i = 0; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            proposedAt[i] = block.timestamp;
            proposed[i] = [seed % 1_001, (seed >> 64) % 1_001];
            vm.prank(issuer);
            token.setFees(proposed[i][0], proposed[i][1]);
            vm.warp(block.timestamp + (seed >> 128) % 5 days);
            (uint256 buyNow, uint256 sellNow) = token.fees();
            if (buyNow > buyBefore || sellNow > sellBefore) {
                bool agreed;
                for (uint256 j = 0; j <= i; ++j) {
                    agreed = agreed || proposedAt[j] + 3 days <= block.timestamp && proposed[j][0] == buyNow
                        && proposed[j][1] == sellNow;
                }
                assertTrue(agreed, "a fee rose that was not public for three days");
            }
            (buyBefore, sellBefore) = (buyNow, sellNow);
        }
    }

    function test_t47_maximaAreImmutable() external {
        (uint256 maxBuy, uint256 maxSell) = token.maxFees();
        vm.startPrank(issuer);
        vm.expectRevert(
            abi.encodeWithSelector(IAccrualToken.FeeTooHigh.selector, "buyBps", maxBuy + 1, maxBuy)
        );
        token.setFees(maxBuy + 1, 0);
        // Numbers that wrap in a narrow field.
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.FeeTooHigh.selector, "sellBps", 65_536, maxSell));
        token.setFees(0, 65_536);
        vm.stopPrank();
    }

    // ---------------------------------------------------------------- recipients and guardian

    /// @dev A new recipient waits; proposing again begins anew; what the old one earned stays his.
    function test_t47_recipientWaitsThreeDays() external {
        _give(address(converter), 2_000e18);
        _bid(carol, 100e18);
        uint256 owed = converter.owed(creator, 0);
        assertGt(owed, 0);
        uint256 start = block.timestamp;
        vm.prank(issuer);
        converter.proposeRecipient(0, mallory);
        vm.warp(start + 3 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IConverter.TooEarly.selector, start + 3 days));
        converter.acceptRecipient(0);
        vm.prank(issuer);
        converter.proposeRecipient(0, mallory);
        vm.warp(start + 3 days);
        vm.expectRevert(abi.encodeWithSelector(IConverter.TooEarly.selector, start + 6 days - 1));
        converter.acceptRecipient(0);
        assertEq(converter.split().recipients[0].account, creator, "replaced early");
        vm.warp(start + 6 days);
        converter.acceptRecipient(0);
        assertEq(converter.split().recipients[0].account, mallory);
        assertEq(converter.split().recipients[0].bps, 1_000, "the share changed");
        vm.expectRevert(abi.encodeWithSelector(IConverter.NothingProposed.selector, 0));
        converter.acceptRecipient(0);
        assertEq(converter.claim(creator, 0), owed, "the old recipient lost what he earned");
    }

    /// @dev A row of guardians pauses no longer than one of them.
    function test_t47_newGuardiansDoNotRenewAPause() external {
        vm.prank(guardian);
        reserve.pause(7 days);
        uint256 end = block.timestamp + 7 days;
        vm.prank(issuer);
        token.setGuardian(mallory);
        for (uint256 i = 0; i < 14; ++i) {
            vm.warp(end - 7 days + i * 1 days);
            vm.prank(mallory);
            vm.expectRevert(abi.encodeWithSelector(IReserve.PauseTooSoon.selector, end + 7 days));
            reserve.pause(7 days);
        }
        assertEq(reserve.pausedUntil(), 0);
    }

    // ---------------------------------------------------------------- who may

    function test_t47_strangersAreRefusedEverything() external {
        bytes memory notOwner = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, mallory);
        vm.startPrank(mallory);
        vm.expectRevert(notOwner);
        token.setFees(0, 0);
        vm.expectRevert(notOwner);
        token.setGuardian(mallory);
        vm.expectRevert(notOwner);
        token.transferOwnership(mallory);
        vm.expectRevert(notOwner);
        token.acceptOwnership();
        vm.expectRevert(notOwner);
        token.renounceOwnership();
        vm.expectRevert(abi.encodeWithSelector(IConverter.NotOwner.selector, mallory));
        converter.proposeRecipient(0, mallory);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotGuardian.selector, mallory));
        reserve.pause(1);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotGuardian.selector, mallory));
        reserve.unpause();
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotLaunchpad.selector, mallory));
        reserve.seed();
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotConverter.selector, mallory));
        reserve.burnConverted(1);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.NotReserve.selector, mallory));
        token.burnOf(alice, 1);
        vm.stopPrank();
    }

    // ---------------------------------------------------------------- implementations

    /// @dev Clones point for ever at code that has no way to run another's: nothing can be swapped or destroyed.
    function test_t47_implementationsCannotBeSwapped() external view {
        address[3] memory clones = [address(reserve), address(converter), address(liquidityLock)];
        for (uint256 i = 0; i < 5; ++i) {
            address code =
                i < 3 ? CodeReader.implementationOf(clones[i]) : i == 3 ? address(token) : address(launchpad);
            assertGt(code.code.length, 1_000);
            assertFalse(CodeReader.holds(code, CodeReader.DELEGATECALL), "code that runs other code");
            assertFalse(CodeReader.holds(code, CodeReader.CALLCODE), "code that runs other code");
            assertFalse(CodeReader.holds(code, CodeReader.SELFDESTRUCT), "code that ends itself");
        }
    }

    /// @dev An initialiser called on a clone or on an implementation finds no such function, and the one that enters
    /// the seed answers to the launchpad alone, once; used directly an implementation holds and owns nothing.
    function test_t47_initialisersAreLocked() external {
        Reserve implementation = Reserve(payable(CodeReader.implementationOf(address(reserve))));
        address[5] memory targets = [
            address(reserve),
            address(converter),
            address(liquidityLock),
            address(implementation),
            CodeReader.implementationOf(address(converter))
        ];
        string[5] memory attempts = [
            "initialize()",
            "initialize(address)",
            "init(address)",
            "upgradeTo(address)",
            "upgradeToAndCall(address,bytes)"
        ];
        uint256 refused;
        for (uint256 i = 0; i < targets.length; ++i) {
            for (uint256 j = 0; j < attempts.length; ++j) {
                vm.prank(mallory);
                (bool ok,) = targets[i].call(abi.encodeWithSignature(attempts[j], mallory, ""));
                assertFalse(ok, attempts[j]);
                ++refused;
            }
        }
        assertEq(refused, 25);
        vm.expectPartialRevert(IReserve.NotLaunchpad.selector);
        implementation.seed();
        vm.prank(address(launchpad));
        vm.expectRevert(IReserve.AlreadySeeded.selector);
        reserve.seed();
    }

    /// @dev All there is to call on the reserve and on the converter, each looked at: of these only `pause` and
    /// `unpause` (guardian, bounded) and `proposeRecipient` (owner, delayed) ask who one is for anything but one's own.
    function test_t47_noOtherFunction() external view {
        string memory reviewed = "redeem(uint256,uint256,address,bool) borrow(uint256,uint256[],address,bool) "
            "repay(uint256,uint256[]) extend(uint256) extendByBurn(uint256,uint256) "
            "foreclose(uint256[]) donate(uint256,uint256) sync(uint256) burnConverted(uint256) "
            "seed() flashLoan(address,address,uint256,bytes) pause(uint256) unpause() model() "
            "reserves() claims() backingOf(uint256) backing() assetAt(uint256) "
            "previewRedeem(uint256) maxBorrow(uint256) freeHolderCoverage(uint256) loan(uint256) "
            "locked() loanCount() pausedUntil() token() converter() terms() assetCount() "
            "maxFlashLoan(address) flashFee(address,uint256)";
        _assertFunctions(CodeReader.implementationOf(address(reserve)), vm.split(reviewed, " "));
        reviewed = "allocate() bid(uint256,uint256[],address) burnLot() addLiquidity() "
            "claim(address,uint256) proposeRecipient(uint256,address) acceptRecipient(uint256) "
            "quote(uint256) multiple() lot() forSale() forLiquidity() lastLot() "
            "owed(address,uint256) split() pendingRecipient(uint256) MAX_MULTIPLE() "
            "CHANGE_DELAY_SECS() LOT_PRICE_MAX_AGE_SECS() LIQUIDITY_INTERVAL_SECS()";
        _assertFunctions(CodeReader.implementationOf(address(converter)), vm.split(reviewed, " "));
    }

    function _assertFees(uint256 buy, uint256 sell, string memory when) private view {
        (uint256 buyNow, uint256 sellNow) = token.fees();
        assertEq(buyNow, buy, when);
        assertEq(sellNow, sell, when);
    }
}
