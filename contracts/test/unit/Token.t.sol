// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IAccrualToken} from "ballast/interfaces/IAccrualToken.sol";
import {Fixture} from "../support/Fixture.sol";

/// @notice A contract account that approves one message.
contract ApprovingAccount is IERC1271 {
    bytes32 private immutable _approved;

    constructor(bytes32 approved) {
        _approved = approved;
    }

    function isValidSignature(bytes32 hash, bytes memory) external view override returns (bytes4) {
        return hash == _approved ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @notice The token as an ERC-20: transfers, allowances, permits, burns, and what leaves the claims.
contract TokenTest is Fixture {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    address private constant DEAD = 0x000000000000000000000000000000000000dEaD;

    function setUp() public override {
        super.setUp();
        _launchPlain(1, 18);
        _give(alice, 1_000e18);
    }

    // ---------------------------------------------------------------- ERC-20

    function test_metadataAndSupplyAreTheLaunchs() external view {
        assertEq(token.name(), "Harbour");
        assertEq(token.symbol(), "HRB");
        assertEq(token.decimals(), 18);
        assertEq(token.totalSupply(), 1_000_000e18);
        assertEq(token.balanceOf(issuer), 999_000e18);
        assertEq(token.owner(), issuer);
        assertEq(token.model(), "accrual");
    }

    function test_transferMovesTheAmountAndSaysSo() external {
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, bob, 400e18);
        vm.prank(alice);
        assertTrue(token.transfer(bob, 400e18));
        assertEq(token.balanceOf(alice), 600e18);
        assertEq(token.balanceOf(bob), 400e18);
    }

    function test_transferToOneselfAndOfNothingChangesNothing() external {
        vm.startPrank(alice);
        token.transfer(alice, 1_000e18);
        token.transfer(bob, 0);
        assertEq(token.balanceOf(alice), 1_000e18);
        assertEq(token.totalSupply(), 1_000_000e18);
    }

    function test_transferOfMoreThanTheBalanceIsRefused() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, alice, 1_000e18, 1_000e18 + 1
            )
        );
        vm.prank(alice);
        token.transfer(bob, 1_000e18 + 1);
    }

    function test_transferOfMoreThanTheBalanceToAnUnspendableAddressIsRefused() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, alice, 1_000e18, 1_000e18 + 1
            )
        );
        vm.prank(alice);
        token.transfer(DEAD, 1_000e18 + 1);
    }

    function test_transferToTheZeroAddressIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(alice);
        token.transfer(address(0), 1);
    }

    function test_transferFromSpendsTheAllowance() external {
        vm.prank(alice);
        assertTrue(token.approve(bob, 300e18));
        vm.startPrank(bob);
        token.transferFrom(alice, carol, 200e18);
        assertEq(token.allowance(alice, bob), 100e18);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 100e18, 100e18 + 1)
        );
        token.transferFrom(alice, carol, 100e18 + 1);
    }

    function test_anUnlimitedAllowanceIsNotSpent() external {
        vm.prank(alice);
        token.approve(bob, type(uint256).max);
        vm.prank(bob);
        token.transferFrom(alice, carol, 200e18);
        assertEq(token.allowance(alice, bob), type(uint256).max);
    }

    function test_approvalOfTheZeroAddressIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        vm.prank(alice);
        token.approve(address(0), 1);
    }

    function testFuzz_transfersConserve(uint256 amount, uint256 back) external {
        amount = _bound(amount, 0, 1_000e18);
        back = _bound(back, 0, amount);
        vm.prank(alice);
        token.transfer(bob, amount);
        vm.prank(bob);
        token.transfer(alice, back);
        assertEq(token.balanceOf(alice) + token.balanceOf(bob), 1_000e18);
        assertEq(token.balanceOf(bob), amount - back);
    }

    // ---------------------------------------------------------------- permit

    function _message(address owner, uint256 value, uint256 nonce, uint256 deadline)
        private
        view
        returns (bytes32)
    {
        bytes32 hash = keccak256(abi.encode(PERMIT_TYPEHASH, owner, bob, value, nonce, deadline));
        return keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), hash));
    }

    function test_permitByKeyAllowsOnce() external {
        (address signer, uint256 key) = makeAddrAndKey("signer");
        uint256 deadline = block.timestamp;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _message(signer, 77, 0, deadline));
        vm.expectEmit(address(token));
        emit IERC20.Approval(signer, bob, 77);
        token.permit(signer, bob, 77, deadline, v, r, s);
        assertEq(token.allowance(signer, bob), 77);
        assertEq(token.nonces(signer), 1);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, signer));
        token.permit(signer, bob, 77, deadline, v, r, s);
    }

    function test_permitOfAnotherKeyValueOrSpenderIsRefused() external {
        (address signer, uint256 key) = makeAddrAndKey("signer");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _message(signer, 77, 0, block.timestamp));
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, signer));
        token.permit(signer, bob, 78, block.timestamp, v, r, s);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, signer));
        token.permit(signer, carol, 77, block.timestamp, v, r, s);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, alice));
        token.permit(alice, bob, 77, block.timestamp, v, r, s);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, address(0)));
        token.permit(address(0), bob, 77, block.timestamp, 0, r, s);
    }

    function test_permitWithTheOtherHalfOfTheCurveIsRefused() external {
        (address signer, uint256 key) = makeAddrAndKey("signer");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _message(signer, 77, 0, block.timestamp));
        bytes32 mirrored =
            bytes32(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141 - uint256(s));
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, signer));
        token.permit(signer, bob, 77, block.timestamp, v == 27 ? 28 : 27, r, mirrored);
    }

    function test_permitAfterItsDeadlineIsRefused() external {
        (address signer, uint256 key) = makeAddrAndKey("signer");
        uint256 deadline = block.timestamp - 1;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _message(signer, 77, 0, deadline));
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitExpired.selector, deadline));
        token.permit(signer, bob, 77, deadline, v, r, s);
    }

    function test_permitByAContractAccount() external {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        ApprovingAccount account = new ApprovingAccount(_message(predicted, 55, 0, block.timestamp));
        assertEq(address(account), predicted);
        token.permit(predicted, bob, 55, block.timestamp, hex"c0ffee");
        assertEq(token.allowance(predicted, bob), 55);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, predicted));
        token.permit(predicted, bob, 55, block.timestamp, hex"c0ffee");
    }

    function test_permitsOfAnotherChainAreRefused() external {
        (address signer, uint256 key) = makeAddrAndKey("signer");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _message(signer, 77, 0, block.timestamp));
        vm.chainId(block.chainid + 1);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, signer));
        token.permit(signer, bob, 77, block.timestamp, v, r, s);
    }

    // ---------------------------------------------------------------- burning and claims

    function test_burnLowersSupplyAndClaims() external {
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, address(0), 100e18);
        vm.prank(alice);
        token.burn(100e18);
        assertEq(token.totalSupply(), 999_900e18);
        assertEq(token.claims(), 999_900e18);
        assertEq(token.balanceOf(alice), 900e18);
    }

    function test_burnOfMoreThanTheBalanceIsRefused() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, alice, 1_000e18, 1_000e18 + 1
            )
        );
        vm.prank(alice);
        token.burn(1_000e18 + 1);
    }

    function test_burnFromNeedsAndSpendsTheAllowance() external {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 0, 1));
        vm.prank(bob);
        token.burnFrom(alice, 1);
        vm.prank(alice);
        token.approve(bob, 10e18);
        vm.prank(bob);
        token.burnFrom(alice, 4e18);
        assertEq(token.allowance(alice, bob), 6e18);
        assertEq(token.claims(), 999_996e18);
    }

    function test_unspendableBalancesLeaveTheClaimsAndNothingElse() external {
        vm.startPrank(alice);
        token.transfer(DEAD, 1e18);
        token.transfer(address(token), 2e18);
        assertEq(token.totalSupply(), 1_000_000e18);
        assertEq(token.claims(), 999_997e18);
        token.transfer(address(reserve), 5e18);
        token.transfer(address(launchpad), 5e18);
        assertEq(token.claims(), 999_997e18);
    }

    function test_onlyTheReserveBurnsAndLocksOthersTokens() external {
        vm.startPrank(issuer);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.NotReserve.selector, issuer));
        token.burnOf(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.NotReserve.selector, issuer));
        token.lockFrom(alice, 1);
        vm.stopPrank();
        vm.startPrank(address(reserve));
        assertEq(token.lockFrom(alice, 1e18), 1_000_000e18);
        assertEq(token.burnOf(alice, 1e18), 1_000_000e18);
        assertEq(token.claims(), 999_999e18);
    }

    // ---------------------------------------------------------------- owner

    function test_onlyTheOwnerNamesTheGuardian() external {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        vm.prank(alice);
        token.setGuardian(alice);
        vm.expectEmit(address(token));
        emit IAccrualToken.GuardianNamed(bob);
        vm.prank(issuer);
        token.setGuardian(bob);
        assertEq(token.guardian(), bob);
    }

    function test_ownershipMovesInTwoSteps() external {
        vm.prank(issuer);
        token.transferOwnership(bob);
        assertEq(token.owner(), issuer);
        vm.prank(bob);
        token.acceptOwnership();
        assertEq(token.owner(), bob);
    }

    function test_withoutAFeePathNoPoolIsRegisteredAndNoFeeIsRaised() external {
        vm.expectRevert(IAccrualToken.NoFeePath.selector);
        token.registerPool(address(assets[0]));
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.FeeTooHigh.selector, "buyBps", 1, 0));
        vm.prank(issuer);
        token.setFees(1, 0);
    }

    function test_backingIsTheReserves() external view {
        assertEq(token.backingOf(1e18)[0], 0.0001e18);
        (address[] memory list, uint256[] memory amounts) = token.reserves();
        assertEq(list[0], address(assets[0]));
        assertEq(amounts[0], 100e18);
    }
}
