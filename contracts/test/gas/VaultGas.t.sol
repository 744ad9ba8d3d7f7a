// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AssetTerms, IPriceAggregator, SourceTerms} from "ballast/interfaces/IPriceAggregator.sol";
import {ITaker, IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {TestFeed} from "../support/TestFeed.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice An account that asks for a new price and acts on it in one transaction.
contract PokingAccount {
    IPriceAggregator internal immutable _prices;
    IVaultBook internal immutable _book;
    IERC20 internal immutable _collateral;

    constructor(IPriceAggregator prices, IVaultBook book, IERC20 collateral) {
        (_prices, _book, _collateral) = (prices, book, collateral);
    }

    function approve(uint256 amount) external {
        _collateral.approve(address(_book), amount);
    }

    function adjust(uint256 market, int256 dCollateral, int256 dDebt) external {
        _prices.poke(address(_collateral));
        _book.adjust(market, dCollateral, dDebt);
    }

    function redeem(uint256 market, address owner, uint256 amount) external {
        _prices.poke(address(_collateral));
        _book.redeem(market, owner, amount, 0);
    }

    function take(uint256 market, address[] calldata owners) external {
        _prices.poke(address(_collateral));
        _book.take(market, owners, type(uint256).max, 0, "");
    }
}

/// @notice Gives synthetic for collateral at a fixed price, as a market with depth would.
contract Exchange {
    function sell(IERC20 collateral, IERC20 synthetic, uint256 amount, uint256 price) external {
        require(collateral.transferFrom(msg.sender, address(this), amount));
        require(synthetic.transfer(msg.sender, amount * price / 1e36));
    }
}

/// @notice Owns nothing: it sells the collateral before it has to pay.
contract PoorTaker is ITaker {
    IVaultBook internal immutable _book;
    IERC20 internal immutable _collateral;
    Exchange internal immutable _exchange;

    constructor(IVaultBook book, IERC20 collateral, Exchange exchange) {
        (_book, _collateral, _exchange) = (book, collateral, exchange);
        collateral.approve(address(exchange), type(uint256).max);
    }

    function take(uint256 market, address[] calldata owners, uint256 price) external {
        _book.take(market, owners, type(uint256).max, 0, abi.encode(price));
    }

    function onTake(uint256, uint256, uint256 collateral, bytes calldata data) external override {
        require(msg.sender == address(_book));
        _exchange.sell(_collateral, IERC20(address(_book)), collateral, abi.decode(data, (uint256)));
    }
}

/// @notice Whole-transaction gas of the vault book, in forge's isolated mode (`make bench-gas`): a market with a
/// stability rate a day after it was last touched, others' vaults beside, balances that exist already, exact
/// approvals, the price from the one slot where the aggregator keeps it. Rows with poke ask three feeds in between.
/// forge-config: default.isolate = true
contract VaultGasTest is VaultFixture {
    /// A twentieth a year, as the peer has it.
    uint256 internal constant RATE = 1_585_489_599;
    /// A transaction's cap on its gas, before refunds.
    uint256 internal constant TRANSACTION_GAS_MAX = 1 << 24;
    uint256 internal constant MANY = 1_000;

    IPriceAggregator internal oracle;
    TestFeed[3] internal feeds;
    PokingAccount internal account;
    uint256 internal market;

    function setUp() public override {
        super.setUp();
        oracle = _aggregator();
        MarketTerms memory terms = _fast(address(ether_));
        terms.prices = address(oracle);
        market = book.createMarket(terms, CEILING, MINT_LIMIT, RATE);
        account = new PokingAccount(oracle, book, ether_);
        _begin(carol, 30e18, 20_000e18);
        _begin(bob, 6.3e18, 10_000e18);
        address[4] memory all = [alice, bob, taker, address(account)];
        for (uint256 i; i < all.length; ++i) {
            ether_.mint(all[i], 1_000e18);
            vm.prank(carol);
            synthetic.transfer(all[i], 3_000e18);
        }
        _later();
    }

    /// @dev Two of three Chainlink feeds; a step wide enough for every price of these tests.
    function _aggregator() internal returns (IPriceAggregator made) {
        made =
            IPriceAggregator(vm.deployCode("PriceAggregator.sol:PriceAggregator", abi.encode(address(this))));
        SourceTerms[] memory list = new SourceTerms[](3);
        for (uint256 i; i < 3; ++i) {
            feeds[i] = new TestFeed(8, 2_000e8);
            bytes memory args =
                abi.encode(feeds[i], uint256(18), uint256(18), int256(1e8), int256(1_000_000e8));
            address source = vm.deployCode("ChainlinkSource.sol:ChainlinkSource", args);
            list[i] = SourceTerms(source, 1 hours, 1e18, 1e58, 500_000, false, false);
        }
        made.addAsset(
            address(ether_), AssetTerms(1 hours, 30 minutes, 2, 0.005e18, 0.02e18, 0.5e18, 10 minutes), list
        );
        made.poke(address(ether_));
    }

    function _begin(address owner, uint256 collateral, uint256 debt) internal {
        ether_.mint(owner, collateral);
        vm.startPrank(owner);
        ether_.approve(address(book), collateral);
        book.adjust(market, int256(collateral), int256(debt));
        vm.stopPrank();
    }

    /// @dev What the feeds say from now on, and with them the aggregator once it is poked.
    function _feed(uint256 whole) internal {
        for (uint256 i; i < 3; ++i) {
            feeds[i].set(int256(whole * 1e8));
        }
    }

    function _price(uint256 whole) internal {
        _feed(whole);
        oracle.poke(address(ether_));
    }

    /// @dev A day on, with the same price stored again.
    function _later() internal {
        skip(1 days);
        _price(2_000);
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
        _price(1_880);
        _take(taker, market, bob, type(uint256).max);
        _row("vault liquidate, in part");
        assertGt(_normOf(market, bob), 0);
    }

    function test_gas_vaultLiquidate() external {
        _fund();
        _price(1_650);
        _take(taker, market, bob, type(uint256).max);
        _row("vault liquidate");
        assertEq(_normOf(market, bob), 0);
        assertEq(_deficit(), 0);
    }

    function test_gas_vaultLiquidateAtALoss() external {
        _fund();
        _price(1_500);
        _take(taker, market, bob, type(uint256).max);
        _row("vault liquidate, at a loss");
        assertEq(_normOf(market, bob), 0);
        assertGt(_deficit(), 0);
    }

    function _many() internal returns (address[] memory owners) {
        owners = new address[](MANY);
        for (uint256 i; i < MANY; ++i) {
            owners[i] = address(uint160(uint256(keccak256(abi.encode(i)))));
            _begin(owners[i], 6.3e18, 10_000e18);
            vm.prank(owners[i]);
            synthetic.transfer(taker, 10_000e18);
        }
        _fund();
        _later();
    }

    /// @dev Gross: what the cap of a transaction counts.
    function _rowGross(string memory name) internal {
        Vm.Gas memory gas = vm.lastCallGas();
        uint256 gross = gas.gasTotalUsed + uint64(gas.gasRefunded);
        vm.snapshotValue("gas", name, gross);
        assertLe(gross, TRANSACTION_GAS_MAX);
    }

    function _takeMany(uint256 price, string memory name) internal returns (address[] memory owners) {
        owners = _many();
        _price(price);
        vm.prank(taker);
        book.take(market, owners, type(uint256).max, 0, "");
        _rowGross(name);
    }

    function test_gas_vaultLiquidateManyInPart() external {
        address[] memory owners = _takeMany(1_880, "vault liquidate 1,000, in part");
        assertGt(_normOf(market, owners[MANY - 1]), 0);
    }

    function test_gas_vaultLiquidateMany() external {
        address[] memory owners = _takeMany(1_650, "vault liquidate 1,000");
        assertEq(_normOf(market, owners[MANY - 1]), 0);
        assertEq(_deficit(), 0);
    }

    function test_gas_vaultLiquidateManyAtALoss() external {
        address[] memory owners = _takeMany(1_500, "vault liquidate 1,000, at a loss");
        assertEq(_normOf(market, owners[MANY - 1]), 0);
        assertGt(_deficit(), 0);
    }

    function _takeManyWithoutCapital(uint256 price, string memory name)
        internal
        returns (address[] memory owners)
    {
        owners = _many();
        Exchange exchange = new Exchange();
        PoorTaker poor = new PoorTaker(book, ether_, exchange);
        ether_.mint(address(exchange), 1e18);
        // The discounted collateral is worth more than the debt that it pays.
        _begin(carol, 1_000e18, 500_000e18);
        vm.prank(carol);
        synthetic.transfer(address(exchange), 500_000e18);
        uint256 held = synthetic.balanceOf(taker);
        vm.prank(taker);
        synthetic.transfer(address(exchange), held);
        _price(price);
        poor.take(market, owners, price * 1e36);
        _rowGross(name);
        assertGt(synthetic.balanceOf(address(poor)), 0);
    }

    function test_gas_vaultLiquidateManyInPartWithoutCapital() external {
        address[] memory owners =
            _takeManyWithoutCapital(1_880, "vault liquidate 1,000, in part, by a taker without capital");
        assertGt(_normOf(market, owners[MANY - 1]), 0);
    }

    function test_gas_vaultLiquidateManyWithoutCapital() external {
        address[] memory owners =
            _takeManyWithoutCapital(1_650, "vault liquidate 1,000, by a taker without capital");
        assertEq(_normOf(market, owners[MANY - 1]), 0);
    }

    // ---------------------------------------------------------------- with poke

    /// @dev Half an hour after a price was stored, the feeds have another.
    function _fresh(uint256 whole) internal {
        skip(30 minutes);
        _feed(whole);
    }

    function test_gas_vaultOpenWithPoke() external {
        _fresh(2_010);
        account.approve(6.3e18);
        account.adjust(market, 6.3e18, 10_000e18);
        _row("vault open and borrow, with poke");
    }

    function test_gas_vaultBorrowMoreWithPoke() external {
        account.approve(10e18);
        account.adjust(market, 10e18, 10_000e18);
        _later();
        _fresh(2_010);
        account.adjust(market, 0, 1_000e18);
        _row("vault borrow more, with poke");
    }

    function test_gas_vaultRedeemWithPoke() external {
        _fresh(2_010);
        account.redeem(market, bob, 2_000e18);
        _row("vault redeem, with poke");
    }

    function _takeWithPoke(uint256 price, string memory name) internal {
        _fund();
        vm.prank(taker);
        synthetic.transfer(address(account), 11_000e18);
        _fresh(price);
        account.take(market, _one(bob));
        _row(name);
    }

    function test_gas_vaultLiquidateWithPoke() external {
        _takeWithPoke(1_650, "vault liquidate, with poke");
        assertEq(_normOf(market, bob), 0);
    }

    function test_gas_vaultLiquidateInPartWithPoke() external {
        _takeWithPoke(1_880, "vault liquidate, in part, with poke");
        assertGt(_normOf(market, bob), 0);
    }
}
