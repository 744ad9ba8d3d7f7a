// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";
import {SmartWallet} from "../support/Wallets.sol";

/// @title V18: act on another's vault, with no right, a right that was taken back, or a signature shown once more
contract V18ActingForAnother is VaultAttackFixture {
    bytes32 private constant OPERATOR_TYPEHASH = keccak256(
        "PermitOperator(address owner,address operator,bool allowed,uint256 nonce,uint256 deadline)"
    );

    address private owner;
    uint256 private key;
    address private thief = makeAddr("thief");

    function setUp() public override {
        super.setUp();
        (owner, key) = makeAddrAndKey("owner");
        _open(owner, FAST, 100e18, 50_000e18);
        ether_.mint(thief, 10e18);
        _fund(thief, 1_000e18);
        vm.prank(thief);
        ether_.approve(address(book), type(uint256).max);
    }

    // ---------------------------------------------------------------- without any right

    /// @dev Every way to take something out of somebody's vault or to burden it.
    function testFuzz_v18_strangersTakeNothingOut(int256 collateral, int256 debt, bool toOwner) external {
        if (collateral >= 0 && debt <= 0) debt = 1;
        bytes32 before = _fingerprint(FAST, owner);
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NotOperator.selector, owner, thief));
        book.adjustFor(FAST, owner, collateral, debt, toOwner ? owner : thief);
        assertEq(_fingerprint(FAST, owner), before);
    }

    function test_v18_cornersOfTheSigns() external {
        int256[2][7] memory tries = [
            [int256(-1), int256(0)],
            [ALL, int256(0)],
            [int256(0), int256(1)],
            [type(int256).max, type(int256).max],
            [ALL, ALL],
            [int256(-1), int256(-50_000e18)],
            [int256(1e18), int256(1)]
        ];
        for (uint256 i = 0; i < tries.length; ++i) {
            vm.prank(thief);
            vm.expectRevert(abi.encodeWithSelector(IVaultBook.NotOperator.selector, owner, thief));
            book.adjustFor(FAST, owner, tries[i][0], tries[i][1], thief);
        }
    }

    /// @dev Whoever makes another's vault safer pays for it himself, and nothing comes back to him.
    function testFuzz_v18_whoHelpsPaysHimself(uint256 collateral, uint256 repaid) external {
        collateral = bound(collateral, 0, 10e18);
        repaid = bound(repaid, 0, 1_000e18);
        int256 before = _worth(thief);
        int256 owners = _worth(owner);
        uint256 held = synthetic.balanceOf(owner);
        vm.prank(thief);
        book.adjustFor(FAST, owner, int256(collateral), -int256(repaid), thief);
        assertEq(_worth(thief), before - int256(collateral * 2_000 + repaid));
        assertEq(_worth(owner), owners + int256(collateral * 2_000 + repaid));
        assertEq(synthetic.balanceOf(owner), held, "paid by the owner");
    }

    /// @dev Tokens that others approved to the book, or hold, are not its callers' to spend.
    function test_v18_approvalsToTheBookAreSpentByTheirOwnerAlone() external {
        ether_.mint(owner, 5e18);
        vm.prank(owner);
        ether_.approve(address(book), type(uint256).max);
        vm.startPrank(thief);
        book.adjustFor(FAST, owner, 1e18, 0, thief);
        assertEq(ether_.balanceOf(owner), 5e18, "pulled from the owner");
        book.adjust(FAST, 1e18, 0);
        book.redeem(FAST, owner, 500e18, 0);
        vm.stopPrank();
        assertEq(ether_.balanceOf(owner), 5e18);
        assertEq(synthetic.balanceOf(owner), 50_000e18);
    }

    // ---------------------------------------------------------------- a right that ends

    function test_v18_operatorsEndWhenTheOwnerSaysSo() external {
        vm.prank(owner);
        book.setOperator(carol, true);
        vm.startPrank(carol);
        book.adjustFor(FAST, owner, -1e18, int256(1e18), carol);
        assertEq(synthetic.balanceOf(carol), 1e18);
        // An operator hands nothing on.
        book.setOperator(thief, true);
        vm.stopPrank();
        _requireNotOperator(thief);
        vm.prank(owner);
        book.setOperator(carol, false);
        _requireNotOperator(carol);
        // Nor does being somebody's operator give him rights over the operator.
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NotOperator.selector, carol, owner));
        book.adjustFor(FAST, carol, -1, 0, owner);
    }

    function _requireNotOperator(address who) private {
        vm.prank(who);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NotOperator.selector, owner, who));
        book.adjustFor(FAST, owner, -1, 0, who);
    }

    // ---------------------------------------------------------------- signatures

    struct Signed {
        bool allowed;
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    function _digest(IVaultBook at, address who, Signed memory content) private view returns (bytes32) {
        bytes32 hash = keccak256(
            abi.encode(OPERATOR_TYPEHASH, who, carol, content.allowed, content.nonce, content.deadline)
        );
        return keccak256(abi.encodePacked(hex"1901", ERC20Permit(address(at)).DOMAIN_SEPARATOR(), hash));
    }

    function _sign(IVaultBook at, bool allowed, uint256 nonce) private view returns (Signed memory content) {
        content = Signed(allowed, nonce, block.timestamp + 1 hours, "");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(at, owner, content));
        content.signature = abi.encodePacked(r, s, v);
    }

    function _show(Signed memory content) private {
        vm.prank(thief);
        book.permitOperator(owner, carol, content.allowed, content.deadline, content.signature);
    }

    function _expectBadSignature() private {
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadSignature.selector, owner));
    }

    function test_v18_aPermitWorksOnce() external {
        Signed memory grant = _sign(book, true, 0);
        _show(grant);
        assertTrue(book.isOperator(owner, carol));
        vm.prank(owner);
        book.setOperator(carol, false);
        _expectBadSignature();
        _show(grant);
        assertFalse(book.isOperator(owner, carol), "a right that was taken back is back");
        // Taken back by signature, it stays so too.
        _show(_sign(book, true, 1));
        _show(_sign(book, false, 2));
        _expectBadSignature();
        _show(grant);
        assertFalse(book.isOperator(owner, carol));
    }

    function test_v18_aPermitIsForItsBookChainOwnerAndOperator() external {
        Signed memory grant = _sign(_newBook(address(this), address(0), address(0)), true, 0);
        _expectBadSignature();
        _show(grant);
        grant = _sign(book, true, 0);
        vm.chainId(777);
        _expectBadSignature();
        _show(grant);
        vm.chainId(31_337);
        vm.startPrank(thief);
        _expectBadSignature();
        book.permitOperator(owner, thief, true, grant.deadline, grant.signature);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadSignature.selector, bob));
        book.permitOperator(bob, carol, true, grant.deadline, grant.signature);
        _expectBadSignature();
        book.permitOperator(owner, carol, false, grant.deadline, grant.signature);
        _expectBadSignature();
        book.permitOperator(owner, carol, true, grant.deadline + 1, grant.signature);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadSignature.selector, address(0)));
        book.permitOperator(address(0), carol, true, grant.deadline, new bytes(65));
        vm.stopPrank();
    }

    function test_v18_aPermitExpires() external {
        Signed memory grant = _sign(book, true, 0);
        vm.warp(grant.deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.PermitExpired.selector, grant.deadline));
        _show(grant);
        vm.warp(grant.deadline);
        _show(grant);
        assertTrue(book.isOperator(owner, carol));
    }

    /// @dev The other solution of the curve, and a signature too long or too short, are no second signatures.
    function test_v18_signaturesAreNotMalleable() external {
        Signed memory grant = _sign(book, true, 0);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(book, owner, grant));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        grant.signature = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _expectBadSignature();
        _show(grant);
        grant.signature = abi.encodePacked(r, s, v, uint8(0));
        _expectBadSignature();
        _show(grant);
        grant.signature = "";
        _expectBadSignature();
        _show(grant);
    }

    /// @dev The two permits share one row of nonces: neither can be shown as the other, nor twice.
    function test_v18_anAllowanceIsNoOperator() external {
        uint256 deadline = block.timestamp + 1 hours;
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                owner,
                carol,
                1,
                0,
                deadline
            )
        );
        bytes32 domain = ERC20Permit(address(book)).DOMAIN_SEPARATOR();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, hash)));
        vm.startPrank(thief);
        _expectBadSignature();
        book.permitOperator(owner, carol, true, deadline, abi.encodePacked(r, s, v));
        ERC20Permit(address(book)).permit(owner, carol, 1, deadline, v, r, s);
        vm.stopPrank();
        assertEq(Nonces(address(book)).nonces(owner), 1);
        Signed memory grant = _sign(book, true, 0);
        _expectBadSignature();
        _show(grant);
        assertFalse(book.isOperator(owner, carol));
    }

    /// @dev A contract's signature counts as long as the contract says so, and once.
    function test_v18_contractsSignWithTheirOwnRule() external {
        (address other, uint256 otherKey) = makeAddrAndKey("other");
        address[] memory owners = new address[](2);
        (owners[0], owners[1]) = (owner, other);
        SmartWallet wallet = new SmartWallet(owners, 2);
        Signed memory grant = Signed(true, 0, block.timestamp + 1 hours, "");
        bytes32 digest = _digest(book, address(wallet), grant);
        bytes memory mine = _signature(key, digest);
        bytes memory theirs = _signature(otherKey, digest);
        bytes memory both = owner < other ? bytes.concat(mine, theirs) : bytes.concat(theirs, mine);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadSignature.selector, address(wallet)));
        book.permitOperator(address(wallet), carol, true, grant.deadline, mine);
        book.permitOperator(address(wallet), carol, true, grant.deadline, both);
        assertTrue(book.isOperator(address(wallet), carol));
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadSignature.selector, address(wallet)));
        book.permitOperator(address(wallet), carol, true, grant.deadline, both);
    }

    function _signature(uint256 signer, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signer, digest);
        return abi.encodePacked(r, s, v);
    }
}
