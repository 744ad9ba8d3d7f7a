// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AssetTerms, IPriceAggregator, SourceTerms} from "ballast/interfaces/IPriceAggregator.sol";
import {IPriceSource} from "ballast/interfaces/IPriceSource.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {VaultRateSource} from "ballast/oracle/VaultRateSource.sol";
import {LiveBookFixture} from "../support/LiveBookFixture.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {TestVault4626} from "../support/TestVault4626.sol";

/// @title V17: change a parameter, and have that alone liquidate
/// @notice On Aave in 2026 a rate cap's ratio was written without its time: the cap fell under the rate and healthy
/// positions were sold. Here the market of a vault's shares, whose rate may grow 10 % a year; alice has borrowed what a
/// year of growth allows.
contract V17ParameterChange is LiveBookFixture {
    uint256 private constant TENTH_A_YEAR = 0.1e18 / uint256(365 days);

    TestVault4626 private vault;
    VaultRateSource private rate;
    TestAsset private shares;
    uint256 private market;

    function setUp() public override {
        super.setUp();
        vault = new TestVault4626(metal);
        shares = TestAsset(address(vault));
        _deposit(alice, 100e18);
        bytes memory args = abi.encode(oracle, metal);
        address stored = vm.deployCode("StoredPriceSource.sol:StoredPriceSource", args);
        rate = VaultRateSource(
            vm.deployCode(
                "VaultRateSource.sol:VaultRateSource", abi.encode(vault, stored, address(this), TENTH_A_YEAR)
            )
        );
        _addDerived(address(vault), address(rate));
        market = _createMarket(address(vault));
        _fund(taker, 1_000_000e18);
        _growTo(110e18, 365 days);
        vm.startPrank(alice);
        vault.approve(address(book), type(uint256).max);
        // 110 of metal at 2,000: nearly what four fifths of its low allow.
        book.adjust(market, 100e18, 173_000e18);
        vm.stopPrank();
    }

    function _deposit(address owner, uint256 amount) private {
        metal.mint(owner, amount);
        vm.startPrank(owner);
        metal.approve(address(vault), amount);
        vault.deposit(amount, owner);
        vm.stopPrank();
    }

    function _growTo(uint256 assets, uint256 secs) private {
        _pass(secs);
        metal.mint(address(vault), assets - metal.balanceOf(address(vault)));
        _pokeAll();
        // The first poke after so long moves one step: the others follow, a window apart.
        for (uint256 i = 0; i < 3; ++i) {
            _pass(10 minutes);
            _pokeAll();
        }
    }

    function _pokeAll() private {
        _setFeeds(2_000);
        _poke();
        oracle.poke(address(vault));
    }

    function _sharePrice() private view returns (uint256 mid, PriceState state) {
        (, mid,,, state) = oracle.price(address(vault));
    }

    function _assertNobodySold() private {
        (, PriceState state) = _sharePrice();
        assertEq(uint256(state), uint256(PriceState.Safe), "not safe");
        assertFalse(book.flag(market, alice), "liquidated by a parameter");
    }

    /// @dev Lowered to nothing, raised, lowered again, at any times: in the second of the change nothing moves, and
    /// what was accepted once is never taken back.
    function testFuzz_v17_noChangeOfTheGrowthLowersWhatWasAccepted(uint256[6] memory growths, uint256 secs)
        external
    {
        secs = bound(secs, 1, 30 days);
        for (uint256 i = 0; i < growths.length; ++i) {
            _pass(secs);
            // The rate itself grows 8 % a year, and nobody has observed it since the last change.
            metal.mint(address(vault), metal.balanceOf(address(vault)) * secs * 8 / 100 / 365 days);
            _setFeeds(2_000);
            _poke();
            (uint256 before,) = _sharePrice();
            (, uint256 readBefore,,,) = rate.read();
            rate.setGrowth(bound(growths[i], 0, rate.GROWTH_MAX()));
            (, uint256 read,,,) = rate.read();
            assertEq(read, readBefore, "what is accepted moved");
            oracle.poke(address(vault));
            (uint256 mid,) = _sharePrice();
            assertGe(mid, before, "the price fell");
            _assertNobodySold();
        }
    }

    /// @dev A higher growth counts from the change on and not for the time before it.
    function test_v17_aHigherGrowthIsNotRetroactive() external {
        metal.mint(address(vault), 1_000e18);
        rate.setGrowth(0);
        _pass(300 days);
        rate.setGrowth(TENTH_A_YEAR);
        _pokeAll();
        (uint256 mid,) = _sharePrice();
        assertApproxEqRel(mid, 2_200e36, 1e14, "growth of the time before");
        uint256 most = rate.ratioMost();
        _pass(365 days);
        assertApproxEqRel(rate.ratioMost(), most * 11 / 10, 1e12);
    }

    /// @dev While the rate is down for a moment a change does not fix the dip for ever.
    function test_v17_aChangeDuringADipDoesNotKeepIt() external {
        (uint256 before,) = _sharePrice();
        vm.prank(address(vault));
        metal.transfer(address(1), 50e18);
        rate.setGrowth(1);
        rate.observe();
        metal.mint(address(vault), 50e18);
        _pokeAll();
        (uint256 mid,) = _sharePrice();
        assertEq(mid, before);
        _assertNobodySold();
    }

    /// @dev The wiring of an asset cannot change at all: not its sources, bounds, steps or ages.
    function test_v17_theWiringOfAnAssetCannotChange() external {
        AssetTerms memory terms = oracle.termsOf(address(metal));
        SourceTerms[] memory list = oracle.sourcesOf(address(metal));
        terms.maxStep = 0.5e18;
        vm.expectRevert(abi.encodeWithSelector(IPriceAggregator.AlreadyAdded.selector, address(metal)));
        oracle.addAsset(address(metal), terms, list);
    }

    /// @dev What can change is behind a source: other signers, another attestor, another feed behind a proxy. If it says
    /// 10 % less from one second to the next, the price walks there and shows that it does.
    function test_v17_aSourceThatWasExchangedMovesAStepAtATime() external {
        for (uint256 i = 0; i < 3; ++i) {
            feeds[i].set(1_800e8);
        }
        _poke();
        oracle.poke(address(vault));
        (uint256 mid, PriceState state) = _sharePrice();
        assertEq(uint256(state), uint256(PriceState.Stepped));
        assertApproxEqRel(mid, 2_200e36 * 95 / 100, 1e14);
        assertFalse(book.flag(market, alice), "sold in the second of a change");
        assertEq(uint256(IPriceSource(address(rate)).derived() ? 1 : 0), 1);
    }
}
