// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {Reentrant} from "../support/Attackers.sol";
import {CodeReader} from "../support/CodeReader.sol";

/// @title T23: make the reserve approve an address of the caller's choice, and collect later
contract T23NoAllowanceTest is AttackFixture {
    Reentrant private thief;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        thief = new Reentrant();
        vm.label(address(thief), "thief");
        _give(address(thief), 100_000e18);
        _give(alice, 200_000e18);
    }

    /// @dev Everything is done once, with the thief as receiver; no contract of the system ever approves anybody.
    function test_t23_noStepLeavesAnAllowance() external {
        vm.recordLogs();
        address to = address(thief);
        _sell(alice, 50_000e18);
        _assertNoApproval();
        vm.prank(to);
        uint256 loanId = reserve.borrow(10_000e18, _one(0.5e18), to, false);
        _assertNoApproval();
        vm.prank(to);
        reserve.redeem(1_000e18, 0, to, false);
        _assertNoApproval();
        assets[0].mint(to, 0.04e18);
        reserve.flashLoan(IERC3156FlashBorrower(to), address(assets[0]), 50e18, "");
        _assertNoApproval();
        _fundAndApprove(bob, 0, 0.0005e18);
        vm.prank(bob);
        reserve.extend(loanId);
        vm.prank(to);
        reserve.extendByBurn(loanId, FOREVER);
        _repayAll(bob, loanId);
        _assertNoApproval();
        _donate(0, 1e18);
        reserve.sync(0);
        _bid(to, 100e18);
        converter.claim(creator, 0);
        _assertNoApproval();
        _launchPoolTax();
        _assertNoApproval();
        assertEq(token.balanceOf(address(launchpad)), 0);
    }

    /// @dev The theft itself: be paid, then pull again what an approval would still allow.
    function test_t23_receiverCannotPullAgain() external {
        address to = address(thief);
        vm.startPrank(to);
        reserve.redeem(1_000e18, 0, to, false);
        reserve.borrow(10_000e18, _one(0.5e18), to, false);
        vm.stopPrank();
        assets[0].mint(to, 0.04e18);
        reserve.flashLoan(IERC3156FlashBorrower(to), address(assets[0]), 50e18, "");
        Floors memory before = _floors();
        uint256 held = assets[0].balanceOf(address(reserve));
        bytes memory refusal =
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, to, 0, 1);
        (bool ok, bytes memory answer) = _pull(address(assets[0]), address(reserve));
        assertFalse(ok, "the reserve was drained through an allowance");
        assertEq(answer, refusal);
        (ok, answer) = _pull(address(token), address(reserve));
        assertFalse(ok, "collateral was drained through an allowance");
        assertEq(answer, refusal);
        (ok, answer) = _pull(address(token), address(converter));
        assertFalse(ok, "fee tokens were drained through an allowance");
        assertEq(answer, refusal);
        assertEq(assets[0].balanceOf(address(reserve)), held);
        _assertFloorsNotBelow(before);
        _assertLedgerWithinBalance();
    }

    /// @dev No contract that holds anything has a call to any approving function in its code.
    function test_t23_noCodeThatApproves() external view {
        address[4] memory holders = [
            CodeReader.implementationOf(address(reserve)),
            CodeReader.implementationOf(address(converter)),
            CodeReader.implementationOf(address(liquidityLock)),
            address(launchpad)
        ];
        string[5] memory approving = [
            "approve(address,uint256)",
            "increaseAllowance(address,uint256)",
            "increaseApproval(address,uint256)",
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
            "setApprovalForAll(address,bool)"
        ];
        for (uint256 i = 0; i < holders.length; ++i) {
            assertTrue(
                CodeReader.pushes(holders[i], IERC20.transfer.selector), "the reader finds no known call"
            );
            for (uint256 j = 0; j < approving.length; ++j) {
                bytes4 selector = bytes4(keccak256(bytes(approving[j])));
                assertFalse(CodeReader.pushes(holders[i], selector), approving[j]);
            }
        }
    }

    function _pull(address asset, address from) private returns (bool ok, bytes memory answer) {
        vm.prank(address(thief));
        (ok, answer) = asset.call(abi.encodeCall(IERC20.transferFrom, (from, address(thief), 1)));
    }

    /// @dev Approvals name any spender in the logs, so none can be missed by not asking for it.
    function _assertNoApproval() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertGt(logs.length, 0, "nothing happened");
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != IERC20.Approval.selector) continue;
            address owner = address(uint160(uint256(logs[i].topics[1])));
            bool ours = owner == address(reserve) || owner == address(converter)
                || owner == address(launchpad) || owner == address(liquidityLock);
            assertFalse(ours, "a contract of the system approved somebody");
        }
        assertEq(assets[0].allowance(address(reserve), address(thief)), 0);
    }
}
