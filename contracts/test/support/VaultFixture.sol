// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {SettablePrices} from "./SettablePrices.sol";
import {TestAsset} from "./TestAsset.sol";

/// @notice A book with one market of each preset, on prices that tests set. The test contract governs it, steers the
/// rates, and stands in for the peg module and the backstop unless a test passes others.
abstract contract VaultFixture is Test {
    uint256 internal constant WAD = 1e18;
    int256 internal constant ALL = type(int256).min;
    uint256 internal constant CEILING = 50_000_000e18;
    uint256 internal constant MINT_LIMIT = 20_000_000e18;
    /// @dev Markets of the fixture.
    uint256 internal constant FAST = 0;
    uint256 internal constant SLOW = 1;

    IVaultBook internal book;
    /// @dev The book as a token.
    IERC20 internal synthetic;
    SettablePrices internal prices;
    /// @dev Collateral of the fast market, 18 decimals, and of the slow one, 8 decimals.
    TestAsset internal ether_;
    TestAsset internal coin;

    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal taker = makeAddr("taker");

    function setUp() public virtual {
        vm.warp(1_767_225_600); // 2026-01-01
        prices = new SettablePrices();
        ether_ = new TestAsset("Ether", 18);
        coin = new TestAsset("Coin", 8);
        book = _newBook(address(this), address(0), address(this));
        synthetic = IERC20(address(book));
        _setPrice(ether_, 2_000e18);
        _setPrice(coin, 60_000e18);
        book.createMarket(_fast(address(ether_)), CEILING, MINT_LIMIT, 0);
        book.createMarket(_slow(address(coin)), CEILING, MINT_LIMIT, 0);
    }

    /// @dev By artifact and not by `new`: a change to a contract alone must not go unnoticed.
    function _newBook(address governor, address backstop, address pegModule) internal returns (IVaultBook) {
        bytes memory args = abi.encode("Ballast Dollar", "BUSD", governor, backstop, pegModule, 1_000e18);
        return IVaultBook(vm.deployCode("VaultBook.sol:VaultBook", args));
    }

    // ---------------------------------------------------------------- terms

    /// @dev The preset high efficiency: 120 %, half a minute.
    function _fast(address collateral) internal view returns (MarketTerms memory terms) {
        terms.collateral = collateral;
        terms.prices = address(prices);
        terms.borrowLtv = 0.8e18;
        terms.minDebt = 100e18;
        terms.mintWindowSecs = 1 days;
        terms.liqLtv = 0.8333e18;
        terms.maxDiscount = 0.08e18;
        terms.rampSecs = 30;
        terms.feeMin = 0.005e18;
        terms.feeSlope = 0.02e18;
        terms.rateController = address(this);
    }

    /// @dev The preset high security: 200 %, a quarter of an hour.
    function _slow(address collateral) internal view returns (MarketTerms memory terms) {
        terms = _fast(collateral);
        terms.borrowLtv = 0.45e18;
        terms.liqLtv = 0.5e18;
        terms.maxDiscount = 0.15e18;
        terms.rampSecs = 900;
    }

    // ---------------------------------------------------------------- prices

    /// @dev Value of a base unit times 1e36, of a whole token's price with 18 decimals.
    function _scaled(TestAsset asset, uint256 whole) internal view returns (uint256) {
        return whole * 10 ** (36 - asset.decimals());
    }

    /// @dev Half a percent either side, safe.
    function _setPrice(TestAsset asset, uint256 whole) internal {
        _setPrice(asset, whole, PriceState.Safe);
    }

    function _setPrice(TestAsset asset, uint256 whole, PriceState state) internal {
        uint256 mid = _scaled(asset, whole);
        prices.set(address(asset), mid * 995 / 1000, mid, mid * 1005 / 1000, state);
    }

    // ---------------------------------------------------------------- actors

    function _assetOf(uint256 market) internal view returns (TestAsset) {
        return market == FAST ? ether_ : coin;
    }

    function _open(address owner, uint256 market, uint256 collateral, uint256 debt) internal {
        TestAsset asset = _assetOf(market);
        asset.mint(owner, collateral);
        vm.startPrank(owner);
        asset.approve(address(book), collateral);
        book.adjust(market, int256(collateral), int256(debt));
        vm.stopPrank();
    }

    function _take(address who, uint256 market, address owner, uint256 maxPaid)
        internal
        returns (uint256 paid, uint256 collateral)
    {
        vm.prank(who);
        return book.take(market, _one(owner), maxPaid, 0, "");
    }

    function _one(address owner) internal pure returns (address[] memory owners) {
        owners = new address[](1);
        owners[0] = owner;
    }

    // ---------------------------------------------------------------- what is there

    function _collateralOf(uint256 market, address owner) internal view returns (uint256 collateral) {
        (collateral,,,) = book.vaultOf(market, owner);
    }

    function _debtOf(uint256 market, address owner) internal view returns (uint256 debt) {
        (,, debt,) = book.vaultOf(market, owner);
    }

    function _normOf(uint256 market, address owner) internal view returns (uint256 norm) {
        (, norm,,) = book.vaultOf(market, owner);
    }

    function _flaggedAt(uint256 market, address owner) internal view returns (uint256 flaggedAt) {
        (,,, flaggedAt) = book.vaultOf(market, owner);
    }

    function _deficit() internal view returns (uint256 deficit) {
        (, deficit,) = book.totals();
    }

    /// @dev supply <= debt + deficit + pegLedger, always.
    function _requireBacked() internal view {
        (uint256 debt, uint256 deficit, uint256 pegLedger) = book.totals();
        assertLe(synthetic.totalSupply(), debt + deficit + pegLedger, "supply above claims");
    }
}
