// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {Fixture} from "../support/Fixture.sol";
import {TestAsset} from "../support/TestAsset.sol";

contract PlainVault is ERC4626 {
    constructor(IERC20 asset_) ERC20("Vault", "VLT") ERC4626(asset_) {}
}

/// @notice Whole-transaction gas, in forge's isolated mode (`make bench-gas`): existing balances, one asset,
/// no pending stream, exact approvals. Each row is written with `vm.snapshotGasLastCall`.
contract GasTest is Fixture {
    PlainVault internal vault;
    uint256 internal firstLoan;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        assets[0].mint(alice, 1_000e18);
        assets[0].mint(bob, 1_000e18);
        _give(alice, 50_000e18);
        _give(bob, 50_000e18);
        vault = new PlainVault(IERC20(address(assets[0])));
        vm.startPrank(alice);
        assets[0].approve(address(vault), 100e18);
        vault.deposit(50e18, alice);
        // The reserve holds collateral of an earlier loan, so that its balance slots are in use.
        firstLoan = reserve.borrow(1_000e18, _one(0.05e18), alice, false);
        vm.stopPrank();
    }

    function _row(string memory name) internal {
        vm.snapshotGasLastCall("gas", name);
    }

    /// @dev Ten days on, with everything in the stream vested and written: a repayment of another loan does that.
    function _drain() internal {
        vm.warp(block.timestamp + 10 days);
        vm.startPrank(alice);
        assets[0].approve(address(reserve), 1);
        reserve.repay(firstLoan, _one(1));
        vm.stopPrank();
    }

    function test_gas_transfer() external {
        vm.prank(alice);
        token.transfer(bob, 1e18);
        _row("transfer");
    }

    function test_gas_peerTransfer() external {
        vm.prank(alice);
        assets[0].transfer(bob, 1e18);
        _row("transfer (OpenZeppelin ERC-20)");
    }

    function test_gas_peerVaultRedeem() external {
        vm.prank(alice);
        vault.redeem(10e18, alice, alice);
        _row("redeem (OpenZeppelin ERC-4626)");
    }

    function test_gas_redeem() external {
        _drain();
        vm.prank(alice);
        reserve.redeem(1_000e18, 0, alice, false);
        _row("redeem");
    }

    function test_gas_borrow() external {
        _drain();
        vm.prank(bob);
        reserve.borrow(1_000e18, _one(0.05e18), bob, false);
        _row("borrow");
    }

    function test_gas_repayFull() external {
        vm.prank(bob);
        uint256 loanId = reserve.borrow(1_000e18, _one(0.05e18), bob, false);
        _drain();
        vm.prank(bob);
        assets[0].approve(address(reserve), 0.05e18);
        vm.prank(bob);
        reserve.repay(loanId, _one(0.05e18));
        _row("repay");
    }

    function test_gas_repayPart() external {
        vm.prank(bob);
        uint256 loanId = reserve.borrow(1_000e18, _one(0.05e18), bob, false);
        _drain();
        vm.prank(bob);
        assets[0].approve(address(reserve), 0.02e18);
        vm.prank(bob);
        reserve.repay(loanId, _one(0.02e18));
        _row("repay part");
    }

    function test_gas_extend() external {
        vm.startPrank(bob);
        uint256 loanId = reserve.borrow(1_000e18, _one(0.05e18), bob, false);
        assets[0].approve(address(reserve), 0.00005e18);
        vm.warp(block.timestamp + 10 days);
        reserve.extend(loanId);
        _row("extend");
        vm.stopPrank();
    }

    function test_gas_extendByBurn() external {
        vm.startPrank(bob);
        uint256 loanId = reserve.borrow(1_000e18, _one(0.05e18), bob, false);
        vm.warp(block.timestamp + 10 days);
        reserve.extendByBurn(loanId, 1_000e18);
        _row("extend by burning");
        vm.stopPrank();
    }

    function test_gas_foreclose() external {
        vm.prank(bob);
        uint256[] memory loanIds = _one(reserve.borrow(1_000e18, _one(0.05e18), bob, false));
        vm.warp(block.timestamp + 40 days);
        reserve.foreclose(loanIds);
        _row("foreclose");
    }

    function test_gas_bid() external {
        _sell(alice, 10_000e18);
        _bid(bob, 100e18);
        uint256[] memory price = converter.quote(100e18);
        vm.startPrank(bob);
        assets[0].approve(address(converter), price[0]);
        converter.bid(100e18, price, bob);
        _row("converter bid");
        vm.stopPrank();
    }

    function test_gas_taxedSell() external {
        _sell(alice, 1_000e18);
        vm.startPrank(alice);
        token.approve(address(router), 1_000e18);
        router.swapExactTokensForTokensSupportingFeeOnTransferTokens(
            1_000e18, 0, _path(address(token), address(assets[0])), alice, block.timestamp
        );
        _row("taxed swap, sell");
        vm.stopPrank();
    }

    function test_gas_taxedBuy() external {
        _sell(alice, 1_000e18);
        vm.startPrank(alice);
        assets[0].approve(address(router), 1e18);
        router.swapExactTokensForTokensSupportingFeeOnTransferTokens(
            1e18, 0, _path(address(assets[0]), address(token)), alice, block.timestamp
        );
        _row("taxed swap, buy");
        vm.stopPrank();
    }
}
