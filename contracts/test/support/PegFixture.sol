// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {MarketTerms} from "ballast/interfaces/IVaultBook.sol";
import {FirstCall, VaultGovernor} from "ballast/governance/VaultGovernor.sol";
import {Backstop} from "ballast/vaults/Backstop.sol";
import {PegModule} from "ballast/vaults/PegModule.sol";
import {RateController, RateTerms} from "ballast/vaults/RateController.sol";
import {SettablePrices} from "./SettablePrices.sol";
import {TestAsset} from "./TestAsset.sol";
import {VaultFixture} from "./VaultFixture.sol";

/// @notice A book with all that stands around it: peg module, backstop, rate controller, and, where a test asks for it,
/// the governor. They know each other's addresses from their deployment on.
abstract contract PegFixture is VaultFixture {
    uint256 internal constant FEE_IN = 0.005e18;
    uint256 internal constant FEE_OUT = 0.002e18;
    uint256 internal constant CAP = 10_000_000e18;
    uint256 internal constant COOLDOWN = 3 days;

    PegModule internal pegModule;
    Backstop internal backstop;
    RateController internal controller;
    VaultGovernor internal governor;
    /// @dev What the peg module takes: any token, 6 decimals unless a test passes another.
    TestAsset internal dollar;

    address internal owner = makeAddr("owner");
    address internal guardian = makeAddr("guardian");
    address internal mallory = makeAddr("mallory");

    function setUp() public virtual override {
        vm.warp(1_767_225_600); // 2026-01-01
        prices = new SettablePrices();
        _deploySystem(address(new TestAsset("Dollar", 6)), false);
        _openMarkets();
    }

    /// @param governed Whether the governor governs the book; the test does otherwise.
    function _deploySystem(address custodyToken, bool governed) internal {
        dollar = TestAsset(custodyToken);
        _setDollar(1e18);
        uint256 nonce = vm.getNonce(address(this));
        address bookAt = vm.computeCreateAddress(address(this), nonce + 4);
        pegModule = PegModule(
            vm.deployCode(
                "PegModule.sol:PegModule", abi.encode(bookAt, custodyToken, prices, FEE_IN, FEE_OUT, CAP)
            )
        );
        backstop = Backstop(
            vm.deployCode(
                "Backstop.sol:Backstop", abi.encode(bookAt, "Ballast Dollar Backstop", "BBUSD", COOLDOWN)
            )
        );
        controller = RateController(
            vm.deployCode("RateController.sol:RateController", abi.encode(bookAt, prices, _rateTerms()))
        );
        address[] memory targets = new address[](1);
        targets[0] = address(pegModule);
        governor = VaultGovernor(
            vm.deployCode(
                "VaultGovernor.sol:VaultGovernor",
                abi.encode(bookAt, owner, guardian, 2 days, targets, new FirstCall[](0))
            )
        );
        book = _newBook(governed ? address(governor) : address(this), address(backstop), address(pegModule));
        assertEq(address(book), bookAt, "the book lies elsewhere");
        synthetic = IERC20(bookAt);
        prices.set(bookAt, 1e36, 1e36, 1e36, PriceState.Safe);
    }

    function _openMarkets() internal {
        ether_ = new TestAsset("Ether", 18);
        coin = new TestAsset("Coin", 8);
        _setPrice(ether_, 2_000e18);
        _setPrice(coin, 60_000e18);
        MarketTerms memory fast = _fast(address(ether_));
        MarketTerms memory slow = _slow(address(coin));
        fast.rateController = slow.rateController = address(controller);
        book.createMarket(fast, CEILING, MINT_LIMIT, 0);
        book.createMarket(slow, CEILING, MINT_LIMIT, 0);
    }

    /// @dev Five per cent a year more for each percent under the peg at once, and two more for each day of it.
    function _rateTerms() internal pure returns (RateTerms memory terms) {
        terms.rateBase = 634_195_840; // 2 % a year
        terms.rateMin = 0;
        terms.rateMax = 7_927_447_996; // 25 % a year
        terms.ratePerHourMax = 31_709_792; // 0.1 % a year
        terms.proportional = 158_548_960_000;
        terms.integral = 734_000;
        terms.leakSecs = 30 days;
        terms.periodSecs = 1 hours;
    }

    // ---------------------------------------------------------------- everyday steps

    /// @dev The custody token's price: a thousandth either side.
    function _setDollar(uint256 whole) internal {
        _setDollar(whole, PriceState.Safe);
    }

    function _setDollar(uint256 whole, PriceState state) internal {
        uint256 mid = whole * 10 ** (36 - dollar.decimals());
        prices.set(address(dollar), mid * 999 / 1000, mid, mid * 1001 / 1000, state);
    }

    function _enter(address who, uint256 units) internal returns (uint256 minted) {
        dollar.mint(who, units);
        vm.startPrank(who);
        dollar.approve(address(pegModule), units);
        minted = pegModule.enter(units, 0, who);
        vm.stopPrank();
    }

    function _exit(address who, uint256 amount) internal returns (uint256 units) {
        vm.prank(who);
        return pegModule.exit(amount, 0, who);
    }

    /// @dev A vault worth `debt / 0.75` of ether at the price of now.
    function _openFast(address who, uint256 debt) internal {
        (, uint256 mid,,,) = prices.price(address(ether_));
        _open(who, FAST, debt * 1e36 / mid * 4 / 3 + 1, debt);
    }

    /// @dev Ask to enter the backstop with synthetic that `who` has.
    function _requestEntry(address who, uint256 assets) internal returns (uint256 epoch) {
        vm.startPrank(who);
        synthetic.approve(address(backstop), assets);
        epoch = backstop.requestEntry(assets, who);
        vm.stopPrank();
    }

    /// @dev Wait until what was asked for in this epoch is settled, and settle it.
    function _waitForSettlement() internal {
        vm.warp(backstop.genesis() + (backstop.epoch() + 2) * COOLDOWN);
        backstop.settle();
    }

    /// @dev Enter the backstop and wait for the shares.
    function _stake(address who, uint256 assets) internal returns (uint256 shares) {
        uint256 epoch = _requestEntry(who, assets);
        _waitForSettlement();
        (shares,) = backstop.claimEntry(epoch, who);
    }

    function _requestExit(address who, uint256 shares) internal returns (uint256 epoch) {
        vm.prank(who);
        return backstop.requestExit(shares);
    }
}
