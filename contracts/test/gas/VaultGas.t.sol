// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {OneSlotPrices} from "../support/OneSlotPrices.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice Whole-transaction gas of the vault book, in forge's isolated mode (`make bench-gas`): a market with a
/// stability rate a day after it was last touched, others' vaults beside, balances that exist already, exact
/// approvals, the price from its one stored slot.
contract VaultGasTest is VaultFixture {
    /// A twentieth a year, as the peer has it.
    uint256 internal constant RATE = 1_585_489_599;
    /// A transaction's cap on its gas, before refunds.
    uint256 internal constant TRANSACTION_GAS_MAX = 1 << 24;
    uint256 internal constant MANY = 1_000;

    OneSlotPrices internal stored;
    uint256 internal market;

    function setUp() public override {
        super.setUp();
        stored = new OneSlotPrices();
        _price(2_000e18);
        MarketTerms memory terms = _fast(address(ether_));
        terms.prices = address(stored);
        market = book.createMarket(terms, CEILING, MINT_LIMIT, RATE);
        _begin(carol, 30e18, 20_000e18);
        _begin(bob, 6.3e18, 10_000e18);
        address[3] memory all = [alice, bob, taker];
        for (uint256 i; i < all.length; ++i) {
            ether_.mint(all[i], 1_000e18);
            vm.prank(carol);
            synthetic.transfer(all[i], 3_000e18);
        }
        _later();
    }

    function _begin(address owner, uint256 collateral, uint256 debt) internal {
        ether_.mint(owner, collateral);
        vm.startPrank(owner);
        ether_.approve(address(book), collateral);
        book.adjust(market, int256(collateral), int256(debt));
        vm.stopPrank();
    }

    function _price(uint256 whole) internal {
        uint256 mid = _scaled(ether_, whole);
        stored.set(address(ether_), mid * 995 / 1000, mid, mid * 1005 / 1000, PriceState.Safe);
    }

    /// @dev A day on, with the same price stored again.
    function _later() internal {
        skip(1 days);
        _price(2_000e18);
    }

    function _row(string memory name) internal {
        vm.snapshotGasLastCall("gas", name);
    }

    function test_gas_vaultOpen() external {
        vm.startPrank(alice);
        ether_.approve(address(book), 6.3e18);
        book.adjust(market, 6.3e18, 10_000e18);
        _row("vault open and borrow");
    }

    function test_gas_vaultAddCollateral() external {
        vm.startPrank(bob);
        ether_.approve(address(book), 1e18);
        book.adjust(market, 1e18, 0);
        _row("vault add collateral");
    }

    function test_gas_vaultBorrowMore() external {
        vm.prank(carol);
        book.adjust(market, 0, 1_000e18);
        _row("vault borrow more");
    }

    function test_gas_vaultRepayPart() external {
        vm.prank(bob);
        book.adjust(market, 0, -1_000e18);
        _row("vault repay part");
    }

    function test_gas_vaultClose() external {
        vm.prank(bob);
        book.adjust(market, ALL, ALL);
        _row("vault close");
        assertEq(_normOf(market, bob), 0);
    }

    function test_gas_vaultRedeem() external {
        vm.prank(taker);
        book.redeem(market, bob, 2_000e18, 0);
        _row("vault redeem");
    }

    function test_gas_vaultTokenTransfer() external {
        vm.prank(bob);
        synthetic.transfer(alice, 1e18);
        _row("vault token transfer");
    }

    // ---------------------------------------------------------------- liquidation

    /// @dev The taker can pay for everything there is, and has some of it left in the end.
    function _fund() internal {
        vm.prank(bob);
        synthetic.transfer(taker, 9_000e18);
        vm.prank(alice);
        synthetic.transfer(taker, 2_000e18);
    }

    function test_gas_vaultLiquidateInPart() external {
        _fund();
        _price(1_880e18);
        _take(taker, market, bob, type(uint256).max);
        _row("vault liquidate, in part");
        assertGt(_normOf(market, bob), 0);
    }

    function test_gas_vaultLiquidate() external {
        _fund();
        _price(1_650e18);
        _take(taker, market, bob, type(uint256).max);
        _row("vault liquidate");
        assertEq(_normOf(market, bob), 0);
        assertEq(_deficit(), 0);
    }

    function test_gas_vaultLiquidateAtALoss() external {
        _fund();
        _price(1_500e18);
        _take(taker, market, bob, type(uint256).max);
        _row("vault liquidate, at a loss");
        assertEq(_normOf(market, bob), 0);
        assertGt(_deficit(), 0);
    }

    function _takeMany(uint256 price, string memory name) internal returns (address[] memory owners) {
        owners = new address[](MANY);
        for (uint256 i; i < MANY; ++i) {
            owners[i] = address(uint160(uint256(keccak256(abi.encode(i)))));
            _begin(owners[i], 6.3e18, 10_000e18);
            vm.prank(owners[i]);
            synthetic.transfer(taker, 10_000e18);
        }
        _fund();
        _later();
        _price(price);
        vm.prank(taker);
        book.take(market, owners, type(uint256).max, 0, "");
        Vm.Gas memory gas = vm.lastCallGas();
        uint256 gross = gas.gasTotalUsed + uint64(gas.gasRefunded);
        vm.snapshotValue("gas", name, gross);
        assertLe(gross, TRANSACTION_GAS_MAX);
    }

    function test_gas_vaultLiquidateManyInPart() external {
        address[] memory owners = _takeMany(1_880e18, "vault liquidate 1,000, in part");
        assertGt(_normOf(market, owners[MANY - 1]), 0);
    }

    function test_gas_vaultLiquidateMany() external {
        address[] memory owners = _takeMany(1_650e18, "vault liquidate 1,000");
        assertEq(_normOf(market, owners[MANY - 1]), 0);
        assertEq(_deficit(), 0);
    }

    function test_gas_vaultLiquidateManyAtALoss() external {
        address[] memory owners = _takeMany(1_500e18, "vault liquidate 1,000, at a loss");
        assertEq(_normOf(market, owners[MANY - 1]), 0);
        assertGt(_deficit(), 0);
    }
}
