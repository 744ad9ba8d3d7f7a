// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPriceSource} from "ballast/interfaces/IPriceSource.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {ChainlinkSource} from "ballast/oracle/ChainlinkSource.sol";
import {AttestedValueSource} from "ballast/oracle/AttestedValueSource.sol";
import {LookThroughSource} from "ballast/oracle/LookThroughSource.sol";
import {ProductSource} from "ballast/oracle/ProductSource.sol";
import {Quotes} from "ballast/oracle/Quotes.sol";
import {QuotientSource} from "ballast/oracle/QuotientSource.sol";
import {VaultRateSource} from "ballast/oracle/VaultRateSource.sol";
import {OracleFixture} from "../support/OracleFixture.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {TestBasket} from "../support/TestBasket.sol";
import {TestFeed} from "../support/TestFeed.sol";
import {TestSource} from "../support/TestSource.sol";
import {TestVault4626} from "../support/TestVault4626.sol";

/// @notice Each source alone: what it answers, and what it has no answer to.
contract OracleSourcesTest is OracleFixture {
    uint256 private constant YEAR = 365 days;
    address private attestor = makeAddr("attestor");

    function setUp() public {
        vm.warp(START);
    }

    function _read(IPriceSource source) private view returns (uint256 low, uint256 mid, uint256 high) {
        (low, mid, high,,) = source.read();
    }

    function _readMid(IPriceSource source) private view returns (uint256 mid) {
        (, mid,,,) = source.read();
    }

    // ---------------------------------------------------------------- Chainlink

    function _chainlink(TestFeed feed, uint256 assetDecimals, uint256 unitDecimals, int256 least, int256 most)
        private
        returns (ChainlinkSource)
    {
        bytes memory args = abi.encode(feed, assetDecimals, unitDecimals, least, most);
        return ChainlinkSource(vm.deployCode("ChainlinkSource.sol:ChainlinkSource", args));
    }

    function test_chainlinkScalesByTheDecimalsOfFeedAssetAndUnit() external {
        TestFeed feed = new TestFeed(8, 2_000e8);
        ChainlinkSource source = _chainlink(feed, 18, 18, 1, type(int192).max);
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, bool stepped) = source.read();
        assertEq(mid, PRICE);
        assertEq(low, mid);
        assertEq(high, mid);
        assertEq(updatedAt, START);
        assertFalse(stepped);
        assertFalse(source.derived());
        // A dollar of six decimals: a million base units are worth 1e18.
        feed = new TestFeed(8, 1e8);
        assertEq(1e6 * _readMid(_chainlink(feed, 6, 18, 0, 1e18)) / 1e36, 1e18);
        // One in a token of eight decimals, priced by a feed of eighteen.
        feed = new TestFeed(18, 0.5e18);
        assertEq(1e18 * _readMid(_chainlink(feed, 18, 8, 0, 1e36)) / 1e36, 0.5e8);
    }

    function test_chainlinkRefusesAnAnswerAtOrBeyondItsOwnBounds() external {
        TestFeed feed = new TestFeed(8, 100);
        ChainlinkSource source = _chainlink(feed, 18, 18, 100, 1_000);
        int256[6] memory answers = [int256(100), 1_000, 99, 0, -1, type(int256).min];
        for (uint256 i = 0; i < answers.length; ++i) {
            feed.set(answers[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    ChainlinkSource.AnswerOutOfBounds.selector, answers[i], int256(100), int256(1_000)
                )
            );
            source.read();
        }
        feed.set(101);
        source.read();
        feed.set(999);
        source.read();
    }

    function test_chainlinkRefusesARoundThatIsNotComplete() external {
        TestFeed feed = new TestFeed(8, 100);
        ChainlinkSource source = _chainlink(feed, 18, 18, 0, 1_000);
        feed.setRound(7, START, 0, 7);
        vm.expectPartialRevert(ChainlinkSource.RoundIncomplete.selector);
        source.read();
        feed.setRound(7, 0, START, 7);
        vm.expectPartialRevert(ChainlinkSource.RoundIncomplete.selector);
        source.read();
        feed.setRound(7, START, START, 6);
        vm.expectPartialRevert(ChainlinkSource.RoundIncomplete.selector);
        source.read();
        feed.setRound(0, START, START, 0);
        vm.expectPartialRevert(ChainlinkSource.RoundIncomplete.selector);
        source.read();
        feed.setRound(7, START, START, 8);
        source.read();
    }

    function test_chainlinkRefusesAFeedThatChangedItsDecimals() external {
        TestFeed feed = new TestFeed(8, 100);
        ChainlinkSource source = _chainlink(feed, 18, 18, 0, 1_000);
        feed.setDecimals(18);
        vm.expectRevert(abi.encodeWithSelector(ChainlinkSource.DecimalsChanged.selector, 18, 8));
        source.read();
    }

    function test_chainlinkRefusesTermsOutOfBounds() external {
        TestFeed feed = new TestFeed(8, 100);
        TestFeed fine = new TestFeed(19, 100);
        bytes[6] memory args = [
            abi.encode(fine, 18, 18, 0, 1),
            abi.encode(feed, 37, 18, 0, 1),
            abi.encode(feed, 18, 37, 0, 1),
            abi.encode(feed, 36, 7, 0, 1),
            abi.encode(feed, 18, 18, -1, 1),
            abi.encode(feed, 18, 18, 5, 5)
        ];
        for (uint256 i = 0; i < args.length; ++i) {
            bytes4 refused =
                i < 4 ? ChainlinkSource.BadTerm.selector : ChainlinkSource.AnswerOutOfBounds.selector;
            vm.expectPartialRevert(refused);
            vm.deployCode("ChainlinkSource.sol:ChainlinkSource", args[i]);
        }
    }

    // ---------------------------------------------------------------- products and quotients

    function _pair() private returns (TestSource first, TestSource second, bytes memory args) {
        (first, second) = (new TestSource(), new TestSource());
        first.setRange(1.1e36, 1.2e36, 1.3e36);
        second.setRange(1_990e36, 2_000e36, 2_010e36);
        first.setTime(START - 50);
        second.setTime(START - 70);
        args = abi.encode(first, second);
    }

    function test_aProductMultipliesBoundByBoundAndIsAsOldAsItsOldestPart() external {
        (TestSource first, TestSource second, bytes memory args) = _pair();
        ProductSource source = ProductSource(vm.deployCode("ProductSource.sol:ProductSource", args));
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, bool stepped) = source.read();
        assertEq(low, 2_189e36);
        assertEq(mid, 2_400e36);
        assertEq(high, 2_613e36);
        assertEq(updatedAt, START - 70);
        assertFalse(stepped);
        assertFalse(source.derived());
        second.setStepped(true);
        (,,,, stepped) = source.read();
        assertTrue(stepped);
        first.setDerived(true);
        assertFalse(source.derived());
        second.setDerived(true);
        assertTrue(source.derived());
        source.observe();
        assertEq(first.observed() + second.observed(), 2);
    }

    function test_aQuotientDividesLowByHighAndHighByLow() external {
        (TestSource first, TestSource second,) = _pair();
        bytes memory args = abi.encode(second, first);
        QuotientSource source = QuotientSource(vm.deployCode("QuotientSource.sol:QuotientSource", args));
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, bool stepped) = source.read();
        assertEq(low, uint256(1_990e36) * 1e36 / 1.3e36);
        assertEq(mid, uint256(2_000e36) * 1e36 / 1.2e36);
        assertEq(high, uint256(2_010e36) * 1e36 / 1.1e36 + 1);
        assertEq(updatedAt, START - 70);
        assertFalse(stepped);
        first.setStepped(true);
        (,,,, stepped) = source.read();
        assertTrue(stepped);
        assertFalse(source.derived());
        first.setDerived(true);
        assertFalse(source.derived());
        second.setDerived(true);
        assertTrue(source.derived());
        source.observe();
        assertEq(first.observed() + second.observed(), 2);
    }

    /// @dev Rounding is never in favour of the narrower range, and nothing rounds to zero without a word.
    function testFuzz_composedBoundsAreNeverNarrowerThanTheTruth(uint256 a, uint256 b) external {
        (TestSource first, TestSource second, bytes memory args) = _pair();
        ProductSource product = ProductSource(vm.deployCode("ProductSource.sol:ProductSource", args));
        QuotientSource quotient = QuotientSource(vm.deployCode("QuotientSource.sol:QuotientSource", args));
        a = _bound(a, 1, 1e36);
        b = _bound(b, 1, 1e36);
        first.set(a);
        second.set(b);
        if (a * b < 1e36) {
            vm.expectRevert(Quotes.PriceIsZero.selector);
            product.read();
        } else {
            (uint256 low, uint256 mid, uint256 high) = _read(product);
            assertLe(low * 1e36, a * b);
            assertGe(high * 1e36, a * b);
            assertTrue(low <= mid && mid <= high);
        }
        if (a * 1e36 < b) {
            vm.expectRevert(Quotes.PriceIsZero.selector);
            quotient.read();
        } else {
            (uint256 low, uint256 mid, uint256 high) = _read(quotient);
            assertLe(low * b, a * 1e36);
            assertGe(high * b, a * 1e36);
            assertTrue(low <= mid && mid <= high);
        }
    }

    function test_aLockGoesThroughProductsAndQuotients() external {
        (TestSource first,, bytes memory args) = _pair();
        first.setManner(TestSource.Manner.Lock);
        vm.expectRevert(IPriceSource.Locked.selector);
        ProductSource(vm.deployCode("ProductSource.sol:ProductSource", args)).read();
        vm.expectRevert(IPriceSource.Locked.selector);
        QuotientSource(vm.deployCode("QuotientSource.sol:QuotientSource", args)).read();
    }

    // ---------------------------------------------------------------- stored prices and look-through

    function test_aStoredPriceIsAPartOnlyWhileItIsSafeOrStepped() external {
        _deployPrices();
        prices.poke(asset);
        IPriceSource source =
            IPriceSource(vm.deployCode("StoredPriceSource.sol:StoredPriceSource", abi.encode(prices, asset)));
        assertTrue(source.derived());
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, bool stepped) = source.read();
        (uint256 storedLow, uint256 storedMid, uint256 storedHigh,,) = prices.price(asset);
        assertEq(abi.encode(low, mid, high), abi.encode(storedLow, storedMid, storedHigh));
        assertEq(updatedAt, START);
        assertFalse(stepped);
        _setAll(1_000e36);
        prices.poke(asset);
        (,,,, stepped) = source.read();
        assertTrue(stepped);
        vm.warp(START + 2 hours);
        vm.expectRevert(abi.encodeWithSelector(Quotes.PartUnsafe.selector, asset, PriceState.Late));
        source.read();
        vm.expectRevert();
        vm.deployCode("StoredPriceSource.sol:StoredPriceSource", abi.encode(prices, makeAddr("unknown")));
    }

    function _basket() private returns (TestBasket basket, LookThroughSource source, address other) {
        _deployPrices();
        prices.poke(asset);
        other = makeAddr("other");
        _addAsset(other, _assetTerms(), _newSources(3, 1e48));
        prices.poke(other);
        basket = new TestBasket("basket");
        basket.set(_two(asset, other), _two(5e18, 300e6), 10e18);
        source = LookThroughSource(
            vm.deployCode("LookThroughSource.sol:LookThroughSource", abi.encode(basket, prices))
        );
    }

    function _two(address first, address second) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (first, second);
    }

    function _two(uint256 first, uint256 second) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (first, second);
    }

    /// @dev Half of an asset at 2,000 and 30 dollars of six decimals in each whole token.
    function test_lookThroughSumsEachAssetAtItsOwnBounds() external {
        (TestBasket basket, LookThroughSource source, address other) = _basket();
        (uint256 low, uint256 mid, uint256 high) = _read(source);
        _assertPrice(mid, 1_030e36);
        _assertPrice(low, 1_030e36 * 995 / 1000);
        _assertPrice(high, 1_030e36 * 1005 / 1000);
        assertTrue(source.derived());
        (low, mid, high,,) = prices.price(other);
        basket.set(_two(asset, other), _two(0, 1e6), 1e18);
        (uint256 onlyLow, uint256 onlyMid, uint256 onlyHigh) = _read(source);
        assertEq(onlyLow, low * 1e6 / 1e18);
        assertEq(onlyMid, mid * 1e6 / 1e18);
        assertGe(onlyHigh, high * 1e6 / 1e18);
    }

    function test_lookThroughNeedsEveryAssetThatIsThere() external {
        (TestBasket basket, LookThroughSource source, address other) = _basket();
        _mannerOfAll(TestSource.Manner.Reverting);
        prices.poke(other);
        vm.expectPartialRevert(Quotes.PartUnsafe.selector);
        source.read();
        basket.set(_two(asset, other), _two(5e18, 0), 10e18);
        _assertPrice(_readMid(source), 1_000e36);
        basket.set(_two(asset, makeAddr("unknown")), _two(5e18, 1), 10e18);
        vm.expectRevert();
        source.read();
        basket.set(_two(asset, other), _two(5e18, 0), 0);
        vm.expectRevert(LookThroughSource.NoClaims.selector);
        source.read();
        basket.set(_two(asset, other), new uint256[](1), 1);
        vm.expectRevert(abi.encodeWithSelector(LookThroughSource.LengthMismatch.selector, 1, 2));
        source.read();
        basket.set(new address[](33), new uint256[](33), 1);
        vm.expectRevert(abi.encodeWithSelector(LookThroughSource.TooManyAssets.selector, 33, 32));
        source.read();
    }

    /// @dev In the midst of a call that moves the assets nothing is stored, and nothing becomes unsafe by it.
    function test_aPokeInTheMidstOfABasketsCallFails() external {
        (TestBasket basket, LookThroughSource source,) = _basket();
        _addDerived(address(basket), address(source));
        prices.poke(address(basket));
        basket.setLocked(true);
        vm.expectPartialRevert(bytes4(keccak256("SourceLocked(address,address)")));
        prices.poke(address(basket));
        (,,,, PriceState state) = prices.price(address(basket));
        assertEq(uint256(state), uint256(PriceState.Safe));
    }

    function test_lookThroughRefusesModelsThatHoldersCannotLeaveInKind() external {
        bytes32[4] memory models = [bytes32("accrual"), "vault", "custody", "option"];
        for (uint256 i = 0; i < models.length; ++i) {
            TestBasket token = new TestBasket(models[i]);
            vm.expectRevert(abi.encodeWithSelector(LookThroughSource.ModelRefused.selector, models[i]));
            vm.deployCode("LookThroughSource.sol:LookThroughSource", abi.encode(token, prices));
        }
        vm.deployCode(
            "LookThroughSource.sol:LookThroughSource", abi.encode(new TestBasket("wrapped"), prices)
        );
    }

    // ---------------------------------------------------------------- ERC-4626

    TestAsset private inside;
    TestVault4626 private vault;
    TestSource private underlying;

    /// @dev A vault of a dollar with six decimals at a rate of one, and a cap of 10 % a year.
    function _rateSource() private returns (VaultRateSource source) {
        inside = new TestAsset("USD", 6);
        vault = new TestVault4626(inside);
        inside.mint(address(this), 1_000_000e6);
        inside.approve(address(vault), 1_000_000e6);
        vault.deposit(1_000_000e6, address(this));
        underlying = new TestSource();
        underlying.set(1e48);
        bytes memory args = abi.encode(vault, underlying, governor, 0.1e18 / YEAR);
        source = VaultRateSource(vm.deployCode("VaultRateSource.sol:VaultRateSource", args));
    }

    function test_aShareIsItsRateTimesTheUnderlying() external {
        VaultRateSource source = _rateSource();
        assertEq(_readMid(source), 1e48);
        vm.warp(START + YEAR);
        inside.mint(address(vault), 50_000e6);
        assertApproxEqRel(_readMid(source), 1.05e48, 1e11);
        underlying.setRange(0.9e48, 1e48, 1.1e48);
        (uint256 low, uint256 mid, uint256 high) = _read(source);
        assertApproxEqRel(low * 10, mid * 9, 1e11);
        assertApproxEqRel(high * 10, mid * 11, 1e11);
        assertFalse(source.derived());
        underlying.setDerived(true);
        assertTrue(source.derived());
    }

    function test_aRateThatLeapsCountsAsFarAsTheGrowthReaches() external {
        VaultRateSource source = _rateSource();
        inside.mint(address(vault), 9_000_000e6);
        assertEq(_readMid(source), 1e48);
        vm.warp(START + YEAR / 2);
        assertApproxEqRel(_readMid(source), 1.05e48, 1e11);
        source.observe();
        vm.warp(START + YEAR);
        assertApproxEqRel(_readMid(source), 1.05e48 * 105 / 100, 1e11);
        assertEq(underlying.observed(), 1);
    }

    /// @dev A rate that falls counts at once and does not take the cap down with it: it may have fallen for a moment.
    function test_aRateThatFallsCountsAtOnceAndLeavesTheCap() external {
        VaultRateSource source = _rateSource();
        vm.prank(address(vault));
        inside.transfer(address(1), 400_000e6);
        assertApproxEqRel(_readMid(source), 0.6e48, 1e11);
        source.observe();
        (uint256 ratio,,) = source.cap();
        assertEq(ratio, 1e36);
        inside.mint(address(vault), 400_000e6);
        assertApproxEqRel(_readMid(source), 1e48, 1e11);
    }

    function test_onlyTheGovernorSetsTheGrowthWithinItsBound() external {
        VaultRateSource source = _rateSource();
        vm.expectRevert(abi.encodeWithSelector(VaultRateSource.NotGovernor.selector, address(this)));
        source.setGrowth(1);
        uint256 most = source.GROWTH_MAX();
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(VaultRateSource.BadTerm.selector, "growth", most + 1, 0, most));
        source.setGrowth(most + 1);
        source.setGrowth(most);
        (,, uint256 growth) = source.cap();
        assertEq(growth, most);
    }

    function test_aRateThatDoesNotFitItsWordIsRefused() external {
        VaultRateSource source = _rateSource();
        vm.mockCall(
            address(vault), abi.encodeWithSelector(vault.convertToAssets.selector), abi.encode(uint256(1e35))
        );
        vm.expectPartialRevert(VaultRateSource.RateTooLarge.selector);
        source.read();
    }

    function test_aVaultWhoseRateIsNothingIsNoSource() external {
        _rateSource();
        uint256 all = inside.balanceOf(address(vault));
        vm.prank(address(vault));
        inside.transfer(address(1), all);
        vm.mockCall(address(vault), abi.encodeWithSelector(vault.convertToAssets.selector), abi.encode(0));
        vm.expectRevert(VaultRateSource.RateIsZero.selector);
        vm.deployCode(
            "VaultRateSource.sol:VaultRateSource", abi.encode(vault, underlying, governor, uint256(1))
        );
    }

    // ---------------------------------------------------------------- attested values

    /// @dev Steps of 2 %, a day apart.
    function _attested() private returns (AttestedValueSource) {
        bytes memory args = abi.encode(governor, attestor, 0.02e18, 1 days);
        return AttestedValueSource(vm.deployCode("AttestedValueSource.sol:AttestedValueSource", args));
    }

    function _attest(AttestedValueSource source, uint256 value) private {
        vm.prank(attestor);
        source.attest(value, block.timestamp);
    }

    function test_anAttestationBeyondAStepWalksAndShowsTheTruthInItsBound() external {
        AttestedValueSource source = _attested();
        vm.expectRevert(AttestedValueSource.NothingAttested.selector);
        source.read();
        _attest(source, 100e36);
        assertEq(_readMid(source), 100e36);
        vm.warp(START + 1 days);
        _attest(source, 90e36);
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, bool stepped) = source.read();
        assertEq(low, 90e36);
        assertEq(mid, 98e36);
        assertEq(high, 98e36);
        assertEq(updatedAt, START + 1 days);
        assertTrue(stepped);
        vm.warp(START + 2 days);
        _attest(source, 97e36);
        (low, mid, high,, stepped) = source.read();
        assertEq(mid, 97e36);
        assertFalse(stepped);
        vm.warp(START + 3 days);
        _attest(source, 200e36);
        (low, mid, high,, stepped) = source.read();
        assertEq(low, mid);
        assertEq(mid, 97e36 * 102 / 100);
        assertEq(high, 200e36);
        assertTrue(stepped);
        assertFalse(source.derived());
    }

    function test_attestationsKeepTheIntervalAndTheOrderOfTime() external {
        AttestedValueSource source = _attested();
        _attest(source, 100e36);
        vm.warp(START + 1 days - 1);
        vm.startPrank(attestor);
        vm.expectRevert(abi.encodeWithSelector(AttestedValueSource.TooSoon.selector, START + 1 days));
        source.attest(100e36, block.timestamp);
        vm.warp(START + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(AttestedValueSource.BadTime.selector, START, START + 1, START + 1 days)
        );
        source.attest(100e36, START);
        vm.expectPartialRevert(AttestedValueSource.BadTime.selector);
        source.attest(100e36, START + 1 days + 1);
        vm.expectPartialRevert(AttestedValueSource.BadTerm.selector);
        source.attest(1e9 - 1, block.timestamp);
        vm.expectPartialRevert(AttestedValueSource.BadTerm.selector);
        source.attest(1.4e60, block.timestamp);
        source.attest(100e36, START + 1);
    }

    function test_onlyTheAttestorAttestsAndOnlyTheGovernorNamesHim() external {
        AttestedValueSource source = _attested();
        vm.expectRevert(abi.encodeWithSelector(AttestedValueSource.NotAttestor.selector, address(this)));
        source.attest(100e36, START);
        vm.expectRevert(abi.encodeWithSelector(AttestedValueSource.NotGovernor.selector, address(this)));
        source.setAttestor(address(this));
        _attest(source, 100e36);
        vm.prank(governor);
        source.setAttestor(address(this));
        assertEq(_readMid(source), 100e36);
        vm.warp(START + 1 days);
        source.attest(101e36, START + 1 days);
        assertEq(_readMid(source), 101e36);
    }

    function test_sourcesThatSomebodyGovernsNeedSomebody() external {
        AttestedValueSource source = _attested();
        vm.prank(governor);
        vm.expectRevert(
            abi.encodeWithSelector(AttestedValueSource.BadAddress.selector, "attestor", address(0))
        );
        source.setAttestor(address(0));
        vm.expectPartialRevert(AttestedValueSource.BadAddress.selector);
        vm.deployCode(
            "AttestedValueSource.sol:AttestedValueSource", abi.encode(address(0), attestor, 0.02e18, 1 days)
        );
        _rateSource();
        vm.expectPartialRevert(VaultRateSource.BadAddress.selector);
        vm.deployCode(
            "VaultRateSource.sol:VaultRateSource", abi.encode(vault, underlying, address(0), uint256(1))
        );
    }

    function test_attestedValuesRefuseTermsOutOfBounds() external {
        uint256[2][4] memory terms = [
            [uint256(0.0001e18 - 1), 1 days],
            [uint256(0.5e18 + 1), 1 days],
            [uint256(0.01e18), 59],
            [uint256(0.01e18), 31 days + 1]
        ];
        for (uint256 i = 0; i < terms.length; ++i) {
            vm.expectPartialRevert(AttestedValueSource.BadTerm.selector);
            vm.deployCode(
                "AttestedValueSource.sol:AttestedValueSource",
                abi.encode(governor, attestor, terms[i][0], terms[i][1])
            );
        }
    }
}
