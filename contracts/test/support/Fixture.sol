// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AccrualToken} from "ballast/accrual/AccrualToken.sol";
import {Converter} from "ballast/accrual/Converter.sol";
import {Launchpad} from "ballast/accrual/Launchpad.sol";
import {LiquidityLock} from "ballast/accrual/LiquidityLock.sol";
import {Reserve} from "ballast/accrual/Reserve.sol";
import {TokenDeployer} from "ballast/accrual/TokenDeployer.sol";
import {Recipient, Split} from "ballast/interfaces/IConverter.sol";
import {FeeParams, FeePath, LaunchParams, Launched, PoolParams} from "ballast/interfaces/ILaunchpad.sol";
import {AssetView, Terms} from "ballast/interfaces/IReserve.sol";
import {IUniswapV2Factory} from "ballast/interfaces/IUniswapV2.sol";
import {IUniswapV2Router} from "./IUniswapV2Router.sol";
import {TestAsset} from "./TestAsset.sol";

/// @notice A whole system on the real Uniswap V2 contracts, and launches with the defaults of the specification.
abstract contract Fixture is Test {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant BPS = 10_000;
    uint256 internal constant FOREVER = type(uint256).max;

    Launchpad internal launchpad;
    IUniswapV2Factory internal factory;
    IUniswapV2Router internal router;
    address internal weth;

    address internal issuer = makeAddr("issuer");
    address internal guardian = makeAddr("guardian");
    address internal creator = makeAddr("creator");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");

    AccrualToken internal token;
    Reserve internal reserve;
    Converter internal converter;
    address internal pool;
    LiquidityLock internal liquidityLock;
    TestAsset[] internal assets;

    function setUp() public virtual {
        vm.warp(1_767_225_600); // 2026-01-01
        _deploySystem();
    }

    // ---------------------------------------------------------------- system

    function _deploySystem() internal {
        weth = _fromPackage("@uniswap/v2-periphery/build/WETH9.json", "");
        factory = IUniswapV2Factory(
            _fromPackage("@uniswap/v2-core/build/UniswapV2Factory.json", abi.encode(address(0)))
        );
        bytes memory args = abi.encode(address(factory), weth);
        router = IUniswapV2Router(_fromPackage("@uniswap/v2-periphery/build/UniswapV2Router02.json", args));
        launchpad = _newLaunchpad(_newTokenDeployer());
    }

    /// @dev By artifact and not by `new`: otherwise each test would carry the code it was once compiled with, and a
    /// change to a contract alone would go unnoticed until the tests are compiled again.
    function _newTokenDeployer() internal returns (TokenDeployer) {
        return TokenDeployer(vm.deployCode("TokenDeployer.sol:TokenDeployer"));
    }

    function _newLaunchpad(TokenDeployer deployer) internal returns (Launchpad) {
        bytes memory parts = abi.encode(
            vm.deployCode("Reserve.sol:Reserve"),
            vm.deployCode("Converter.sol:Converter"),
            vm.deployCode("LiquidityLock.sol:LiquidityLock"),
            deployer,
            weth,
            address(factory)
        );
        return Launchpad(vm.deployCode("Launchpad.sol:Launchpad", parts));
    }

    function _fromPackage(string memory path, bytes memory args) internal returns (address deployed) {
        string memory json = vm.readFile(string.concat("node_modules/", path));
        bytes memory code = vm.parseBytes(string.concat("0x", vm.parseJsonString(json, ".bytecode")));
        bytes memory initCode = bytes.concat(code, args);
        assembly ("memory-safe") {
            deployed := create(0, add(initCode, 32), mload(initCode))
        }
        require(deployed != address(0), path);
    }

    function _newAssets(uint256 count, uint8 decimals) internal {
        delete assets;
        for (uint256 j = 0; j < count; ++j) {
            assets.push(new TestAsset(string.concat("A", vm.toString(j)), decimals));
        }
    }

    // ---------------------------------------------------------------- launches

    function _defaultTerms() internal pure returns (Terms memory) {
        return Terms({
            redeemable: true,
            redeemFeeBps: 100,
            ltvBps: 9_500,
            termFeeBps: 10,
            flashFeeBps: 8,
            termSecs: 30 days,
            graceSecs: 3 days,
            dripSecs: 1 days
        });
    }

    /// @dev A plain launch: one asset, 100 whole units behind 1,000,000 tokens, redemption on, no pool.
    function _plainParams() internal view returns (LaunchParams memory params) {
        params.name = "Harbour";
        params.symbol = "HRB";
        params.supply = 1_000_000e18;
        params.owner = issuer;
        params.guardian = guardian;
        params.terms = _defaultTerms();
        params.assets = new address[](assets.length);
        params.seeds = new uint256[](assets.length);
        for (uint256 j = 0; j < assets.length; ++j) {
            params.assets[j] = address(assets[j]);
            params.seeds[j] = 100 * 10 ** assets[j].decimals();
        }
    }

    /// @dev As the plain one, with a taxed pool of 400,000 tokens against 200 of asset 0: ten times the floor or so.
    function _poolTaxParams() internal view returns (LaunchParams memory params) {
        params = _plainParams();
        params.path = FeePath.PoolTax;
        params.pool = PoolParams(400_000e18, 200 * 10 ** assets[0].decimals(), FOREVER);
        params.fees.maxBuyBps = 1_000;
        params.fees.maxSellBps = 1_000;
        params.fees.buyBps = 300;
        params.fees.sellBps = 500;
        params.fees.startMultiple = 64 * WAD;
        params.fees.split.reserveBps = 6_000;
        params.fees.split.burnBps = 1_000;
        params.fees.split.liquidityBps = assets.length == 1 ? 2_000 : 0;
        params.fees.split.recipients = new Recipient[](1);
        params.fees.split.recipients[0] = Recipient(creator, assets.length == 1 ? 1_000 : 3_000);
    }

    /// @dev Pays for the launch from minted assets and remembers what it made.
    function _launch(LaunchParams memory params) internal {
        for (uint256 j = 0; j < params.assets.length; ++j) {
            uint256 needed = params.seeds[j] + (j == 0 ? params.pool.assets : 0);
            TestAsset(params.assets[j]).mint(issuer, needed);
            vm.prank(issuer);
            IERC20(params.assets[j]).approve(address(launchpad), needed);
        }
        vm.prank(issuer);
        _remember(launchpad.launch(params));
    }

    function _remember(Launched memory made) internal {
        token = AccrualToken(made.token);
        reserve = Reserve(payable(made.reserve));
        converter = Converter(made.converter);
        pool = made.pool;
        liquidityLock = LiquidityLock(made.lock);
    }

    function _launchPlain(uint256 assetCount, uint8 decimals) internal {
        _newAssets(assetCount, decimals);
        _launch(_plainParams());
    }

    function _launchPoolTax() internal {
        _newAssets(1, 18);
        _launch(_poolTaxParams());
    }

    // ---------------------------------------------------------------- everyday steps

    function _give(address to, uint256 tokens) internal {
        vm.prank(issuer);
        token.transfer(to, tokens);
    }

    function _one(uint256 amount) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = amount;
    }

    function _each(uint256 amount) internal view returns (uint256[] memory list) {
        list = new uint256[](assets.length);
        for (uint256 j = 0; j < list.length; ++j) {
            list[j] = amount;
        }
    }

    /// @dev Borrow the most that `collateral` allows, of every asset.
    function _borrowMost(address who, uint256 collateral) internal returns (uint256 loanId) {
        uint256[] memory most = reserve.maxBorrow(collateral);
        vm.prank(who);
        loanId = reserve.borrow(collateral, most, who, false);
    }

    /// @dev Mint and approve what a full repayment of `loanId` needs, then repay it all.
    function _repayAll(address who, uint256 loanId) internal returns (uint256 released) {
        uint256[] memory owed = reserve.loan(loanId).principal;
        for (uint256 j = 0; j < owed.length; ++j) {
            _fundAndApprove(who, j, owed[j]);
        }
        vm.prank(who);
        released = reserve.repay(loanId, owed);
    }

    function _fundAndApprove(address who, uint256 index, uint256 amount) internal {
        assets[index].mint(who, amount);
        vm.prank(who);
        assets[index].approve(address(reserve), amount);
    }

    function _donate(uint256 index, uint256 amount) internal {
        _fundAndApprove(carol, index, amount);
        vm.prank(carol);
        reserve.donate(index, amount);
    }

    function _path(address from, address to) internal pure returns (address[] memory path) {
        path = new address[](2);
        path[0] = from;
        path[1] = to;
    }

    function _buy(address who, uint256 assetAmount) internal {
        assets[0].mint(who, assetAmount);
        vm.startPrank(who);
        assets[0].approve(address(router), assetAmount);
        router.swapExactTokensForTokensSupportingFeeOnTransferTokens(
            assetAmount, 0, _path(address(assets[0]), address(token)), who, block.timestamp
        );
        vm.stopPrank();
    }

    function _sell(address who, uint256 tokens) internal {
        vm.startPrank(who);
        token.approve(address(router), tokens);
        router.swapExactTokensForTokensSupportingFeeOnTransferTokens(
            tokens, 0, _path(address(token), address(assets[0])), who, block.timestamp
        );
        vm.stopPrank();
    }

    /// @dev Bid for `tokens` at the price of the moment, from freshly minted assets.
    function _bid(address who, uint256 tokens) internal returns (uint256[] memory paid) {
        converter.allocate();
        uint256[] memory price = converter.quote(tokens);
        for (uint256 j = 0; j < price.length; ++j) {
            assets[j].mint(who, price[j]);
            vm.prank(who);
            assets[j].approve(address(converter), price[j]);
        }
        vm.prank(who);
        paid = converter.bid(tokens, price, who);
    }

    // ---------------------------------------------------------------- measures

    /// @dev F and S at this moment, to be held against a later moment by `_assertFloorsNotBelow`.
    struct Floors {
        uint256[] totals;
        uint256 claims;
    }

    function _floors() internal view returns (Floors memory floors) {
        (floors.totals, floors.claims) = reserve.backing();
    }

    /// @dev Theorem 1 between two moments: F' * S >= F * S' for every asset.
    function _assertFloorsNotBelow(Floors memory before) internal view {
        Floors memory later = _floors();
        for (uint256 j = 0; j < before.totals.length; ++j) {
            assertGe(later.totals[j] * before.claims, before.totals[j] * later.claims, "floor fell");
        }
    }

    /// @dev Theorem 2: cash alone pays every unlocked token at the floor.
    function _assertFreeHoldersCovered() internal view {
        (, uint256 claims) = reserve.backing();
        for (uint256 j = 0; j < assets.length; ++j) {
            AssetView memory state = reserve.assetAt(j);
            assertGe(
                state.cash * claims,
                (state.cash + state.lent) * (claims - reserve.locked()),
                "cash does not cover free holders"
            );
        }
    }

    /// @dev Theorem 6: the ledger never exceeds the balance.
    function _assertLedgerWithinBalance() internal view {
        for (uint256 j = 0; j < assets.length; ++j) {
            AssetView memory state = reserve.assetAt(j);
            assertLe(
                state.cash + state.streaming, assets[j].balanceOf(address(reserve)), "ledger over balance"
            );
        }
    }
}
