// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";
import {TestAsset} from "../../support/TestAsset.sol";

struct MorphoMarket {
    address loanToken;
    address collateralToken;
    address oracle;
    address irm;
    uint256 lltv;
}

struct MorphoTotals {
    uint128 supplyAssets;
    uint128 supplyShares;
    uint128 borrowAssets;
    uint128 borrowShares;
    uint128 lastUpdate;
    uint128 fee;
}

/// @notice What the measurements ask of Morpho Blue.
interface IMorphoBlue {
    function enableIrm(address irm) external;
    function enableLltv(uint256 lltv) external;
    function createMarket(MorphoMarket calldata market) external;
    function setAuthorization(address authorized, bool allowed) external;
    function supply(MorphoMarket calldata, uint256 assets, uint256 shares, address owner, bytes calldata)
        external;
    function supplyCollateral(MorphoMarket calldata, uint256 assets, address owner, bytes calldata) external;
    function withdrawCollateral(MorphoMarket calldata, uint256 assets, address owner, address to) external;
    function borrow(MorphoMarket calldata, uint256 assets, uint256 shares, address owner, address to) external;
    function repay(MorphoMarket calldata, uint256 assets, uint256 shares, address owner, bytes calldata)
        external;
    function liquidate(MorphoMarket calldata, address owner, uint256 seized, uint256 shares, bytes calldata)
        external;
    function position(bytes32 id, address owner) external view returns (uint256, uint128, uint128);
    function market(bytes32 id) external view returns (MorphoTotals memory);
}

/// @notice An oracle whose price lies in one storage slot.
contract OneSlotOracle {
    uint256 public price;

    function set(uint256 price_) external {
        price = price_;
    }
}

/// @notice An interest rate that is the same at every use: 5 % a year, read from nowhere.
contract SteadyRate {
    function borrowRate(MorphoMarket calldata, MorphoTotals calldata) external pure returns (uint256) {
        return 1_585_489_599;
    }
}

/// @notice An owner's own account that makes two calls in one transaction: the cheapest way to do so.
contract BatchAccount {
    address internal immutable _owner = msg.sender;

    function approve(TestAsset asset, address spender, uint256 amount) external {
        require(msg.sender == _owner);
        asset.approve(spender, amount);
    }

    function both(address target, bytes calldata first, bytes calldata second) external {
        require(msg.sender == _owner);
        _call(target, first);
        _call(target, second);
    }

    function _call(address target, bytes calldata data) internal {
        (bool ok, bytes memory answer) = target.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}

/// @notice A shared contract that an account without code authorises; it holds an unlimited approval already.
contract Bundler {
    IMorphoBlue internal immutable _morpho;

    constructor(IMorphoBlue morpho, TestAsset collateral) {
        _morpho = morpho;
        collateral.approve(address(morpho), type(uint256).max);
    }

    function open(MorphoMarket calldata market, uint256 collateral, uint256 debt) external {
        require(TestAsset(market.collateralToken).transferFrom(msg.sender, address(this), collateral));
        _morpho.supplyCollateral(market, collateral, msg.sender, "");
        _morpho.borrow(market, debt, 0, msg.sender, msg.sender);
    }
}

/// @notice Takes a list of positions in one transaction.
contract BatchLiquidator {
    function take(
        IMorphoBlue morpho,
        MorphoMarket calldata market,
        address[] calldata owners,
        uint256[] calldata shares
    ) external {
        for (uint256 i; i < owners.length; ++i) {
            morpho.liquidate(market, owners[i], 0, shares[i], "");
        }
    }
}

/// @notice The vault rows of the gas benchmark for Morpho Blue, compiled from its own package with its own settings
/// (`bench/peers/morpho`): whole transactions, cold storage, balances that exist already, exact approvals, a day
/// since the market was last touched. `make bench-gas` runs it; the test suite does not.
contract MorphoGasTest is Test {
    /// Positions that one transaction takes.
    uint256 internal constant MANY = 1_000;

    IMorphoBlue internal morpho;
    TestAsset internal loan;
    TestAsset internal collateral;
    OneSlotOracle internal oracle;
    MorphoMarket internal market;
    bytes32 internal id;
    BatchAccount internal account;
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal taker = makeAddr("taker");

    function setUp() public {
        vm.warp(1_700_000_000);
        loan = new TestAsset("Loan", 18);
        collateral = new TestAsset("Collateral", 18);
        oracle = new OneSlotOracle();
        oracle.set(2_000e36);
        morpho = IMorphoBlue(_deploy());
        market = MorphoMarket(
            address(loan), address(collateral), address(oracle), address(new SteadyRate()), 0.86e18
        );
        morpho.enableIrm(market.irm);
        morpho.enableLltv(market.lltv);
        morpho.createMarket(market);
        id = keccak256(abi.encode(market));
        _lend(20_000_000e18);
        vm.prank(alice);
        account = new BatchAccount();
        address[5] memory all = [alice, bob, carol, taker, address(account)];
        for (uint256 i; i < all.length; ++i) {
            loan.mint(all[i], 1_000_000e18);
            collateral.mint(all[i], 1_000_000e18);
        }
        _open(bob, 10e18, 10_000e18);
        _open(carol, 20e18, 10_000e18);
        skip(1 days);
    }

    function _deploy() internal returns (address deployed) {
        string memory json = vm.readFile("../bench/peers/morpho/out/Morpho.json");
        bytes memory code = bytes.concat(vm.parseJsonBytes(json, ".bytecode"), abi.encode(address(this)));
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
        }
        assertEq(deployed.code.length, vm.parseJsonBytes(json, ".deployedBytecode").length);
    }

    function _lend(uint256 amount) internal {
        loan.mint(address(this), amount);
        loan.approve(address(morpho), amount);
        morpho.supply(market, amount, 0, address(this), "");
    }

    function _open(address owner, uint256 amount, uint256 debt) internal {
        vm.startPrank(owner);
        collateral.approve(address(morpho), amount);
        morpho.supplyCollateral(market, amount, owner, "");
        morpho.borrow(market, debt, 0, owner, owner);
        vm.stopPrank();
    }

    function _row(string memory name) internal {
        vm.snapshotGasLastCall("gas", string.concat(name, " (Morpho Blue)"));
    }

    function _shares(address owner) internal view returns (uint256 shares) {
        (, shares,) = morpho.position(id, owner);
    }

    /// @dev Positions that a price of 1,150 makes unhealthy.
    function _many() internal returns (address[] memory owners) {
        owners = new address[](MANY);
        for (uint256 i; i < MANY; ++i) {
            owners[i] = address(uint160(uint256(keccak256(abi.encode(i)))));
            collateral.mint(owners[i], 10e18);
            _open(owners[i], 10e18, 10_000e18);
        }
        skip(1 days);
        oracle.set(1_150e36);
    }

    /// @dev One of `parts` of each, in one transaction. Gross: what the cap of a transaction counts.
    function _takeMany(uint256 parts, string memory name) internal {
        address[] memory owners = _many();
        uint256[] memory shares = new uint256[](MANY);
        for (uint256 i; i < MANY; ++i) {
            shares[i] = _shares(owners[i]) / parts;
        }
        BatchLiquidator liquidator = new BatchLiquidator();
        loan.mint(address(liquidator), 100_000_000e18);
        collateral.mint(address(liquidator), 1);
        vm.prank(address(liquidator));
        loan.approve(address(morpho), 100_000_000e18);
        uint256 before = _shares(owners[MANY - 1]);
        vm.prank(taker);
        liquidator.take(morpho, market, owners, shares);
        Vm.Gas memory gas = vm.lastCallGas();
        vm.snapshotValue(
            "gas", string.concat(name, " (Morpho Blue)"), gas.gasTotalUsed + uint64(gas.gasRefunded)
        );
        assertEq(_shares(owners[MANY - 1]), before - shares[MANY - 1]);
    }

    /// @dev Calls `action` once to learn what it costs `payer`, undoes that, and approves exactly as much.
    function _approveExactly(address payer, function() internal action) internal {
        uint256 state = vm.snapshotState();
        uint256 before = loan.balanceOf(payer);
        vm.prank(payer);
        loan.approve(address(morpho), before);
        action();
        uint256 paid = before - loan.balanceOf(payer);
        vm.revertToState(state);
        vm.prank(payer);
        loan.approve(address(morpho), paid);
    }

    /// @dev An account of the owner's own, as a delegation of an account gives it.
    function test_gas_open() external {
        vm.startPrank(alice);
        account.approve(collateral, address(morpho), 10e18);
        account.both(
            address(morpho),
            abi.encodeCall(morpho.supplyCollateral, (market, 10e18, address(account), "")),
            abi.encodeCall(morpho.borrow, (market, 10_000e18, 0, address(account), address(account)))
        );
        _row("vault open and borrow");
    }

    function test_gas_openByBundler() external {
        Bundler bundler = new Bundler(morpho, collateral);
        collateral.mint(address(bundler), 1);
        vm.startPrank(alice);
        morpho.setAuthorization(address(bundler), true);
        collateral.approve(address(bundler), 10e18);
        bundler.open(market, 10e18, 10_000e18);
        _row("vault open and borrow, through a contract of others");
    }

    function test_gas_addCollateral() external {
        vm.startPrank(bob);
        collateral.approve(address(morpho), 1e18);
        morpho.supplyCollateral(market, 1e18, bob, "");
        _row("vault add collateral");
    }

    function test_gas_borrowMore() external {
        vm.prank(bob);
        morpho.borrow(market, 1_000e18, 0, bob, bob);
        _row("vault borrow more");
    }

    function test_gas_repayPart() external {
        vm.startPrank(bob);
        loan.approve(address(morpho), 1_000e18);
        morpho.repay(market, 1_000e18, 0, bob, "");
        _row("vault repay part");
    }

    function test_gas_close() external {
        _open(address(account), 10e18, 10_000e18);
        skip(1 days);
        _approveExactly(address(account), _close);
        _close();
        _row("vault close");
        assertEq(_shares(address(account)), 0);
    }

    function _close() internal {
        bytes memory repayment =
            abi.encodeCall(morpho.repay, (market, 0, _shares(address(account)), address(account), ""));
        vm.prank(alice);
        account.both(
            address(morpho),
            repayment,
            abi.encodeCall(morpho.withdrawCollateral, (market, 10e18, address(account), address(account)))
        );
    }

    function test_gas_liquidateInPart() external {
        oracle.set(1_150e36);
        _approveExactly(taker, _liquidateQuarter);
        _liquidateQuarter();
        _row("vault liquidate, in part");
    }

    function _liquidateQuarter() internal {
        uint256 shares = _shares(bob) / 4;
        vm.prank(taker);
        morpho.liquidate(market, bob, 0, shares, "");
    }

    function test_gas_liquidate() external {
        oracle.set(1_150e36);
        _approveExactly(taker, _liquidateAll);
        _liquidateAll();
        _row("vault liquidate");
        assertEq(_shares(bob), 0);
    }

    function _liquidateAll() internal {
        uint256 shares = _shares(bob);
        vm.prank(taker);
        morpho.liquidate(market, bob, 0, shares, "");
    }

    function test_gas_liquidateManyInPart() external {
        _takeMany(4, "vault liquidate 1,000, in part");
    }

    function test_gas_liquidateMany() external {
        _takeMany(1, "vault liquidate 1,000");
    }

    function test_gas_tokenTransfer() external {
        vm.prank(bob);
        loan.transfer(alice, 1e18);
        _row("vault token transfer");
    }
}
