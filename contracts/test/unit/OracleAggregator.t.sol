// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {
    AssetTerms,
    Fault,
    IPriceAggregator,
    Reading,
    SourceTerms
} from "ballast/interfaces/IPriceAggregator.sol";
import {IObservingSource} from "ballast/interfaces/IPriceSource.sol";
import {IPrices, PriceState} from "ballast/interfaces/IPrices.sol";
import {OracleFixture} from "../support/OracleFixture.sol";
import {TestSource} from "../support/TestSource.sol";

/// @notice What is stored of what three sources say: 2 of 3, 0.5 % deviation, 2 % apart at most, steps of 5 % in ten
/// minutes.
contract OracleAggregatorTest is OracleFixture {
    function setUp() public {
        vm.warp(START);
        _deployPrices();
        prices.poke(asset);
    }

    // ---------------------------------------------------------------- agreement

    function test_theMedianIsStoredBetweenTheWidenedExtremes() external {
        sources[0].set(1_990e36);
        sources[2].set(2_015e36);
        vm.warp(START + 5);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Safe));
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, PriceState state) = prices.price(asset);
        _assertPrice(low, 1_990e36 * 995 / 1000);
        _assertPrice(mid, 2_000e36);
        _assertPrice(high, 2_015e36 * 1005 / 1000);
        assertEq(updatedAt, START + 5);
        assertEq(uint256(state), uint256(PriceState.Safe));
    }

    function test_aSourceFarFromTheMedianIsLeftOutAndNamed() external {
        sources[2].set(2_041e36);
        vm.expectEmit(address(prices));
        emit IPriceAggregator.SourceLeftOut(asset, address(sources[2]), Fault.Outlier, 2_041e36);
        prices.poke(asset);
        (,, uint256 high,, PriceState state) = prices.price(asset);
        _assertPrice(high, 2_000e36 * 1005 / 1000);
        assertEq(uint256(state), uint256(PriceState.Safe));
        sources[2].set(2_040e36);
        prices.poke(asset);
        (,, high,,) = prices.price(asset);
        _assertPrice(high, 2_040e36 * 1005 / 1000);
    }

    function test_aSourceWhoseRangeReachesTooFarIsLeftOut() external {
        sources[1].setRange(1, 2_000e36, 2_000e36);
        prices.poke(asset);
        (uint256 low,,,,) = prices.price(asset);
        _assertPrice(low, 2_000e36 * 995 / 1000);
        sources[1].setRange(2_000e36, 2_000e36, 1e58);
        prices.poke(asset);
        (,, uint256 high,,) = prices.price(asset);
        _assertPrice(high, 2_000e36 * 1005 / 1000);
    }

    function test_twoThatAgreeAreEnoughAndTwoThatDoNotAreNot() external {
        sources[0].setManner(TestSource.Manner.Reverting);
        sources[1].set(2_010e36);
        prices.poke(asset);
        _assertPrice(_mid(), 2_005e36);
        _assertState(PriceState.Safe);
        sources[1].set(2_100e36);
        vm.expectEmit(address(prices));
        emit IPriceAggregator.BecameUnsafe(asset, 0, 2);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Grace));
        _assertPrice(_mid(), 2_005e36);
    }

    /// @dev Each in turn: the two others agree, and the poke neither fails nor costs more than the gas allowed.
    function test_aBadSourceNeverFailsThePokeNorMovesThePrice() external {
        for (uint256 manner = 1; manner <= uint256(type(TestSource.Manner).max); ++manner) {
            sources[1].setManner(TestSource.Manner(manner));
            uint256 before = gasleft();
            prices.poke(asset);
            assertLt(before - gasleft(), 250_000, "a source made the poke dear");
            _assertPrice(_mid(), PRICE);
            _assertState(PriceState.Safe);
            Fault fault = prices.survey(asset)[1].fault;
            bool answered = manner == uint256(TestSource.Manner.Short)
                || manner == uint256(TestSource.Manner.Bomb) || manner == uint256(TestSource.Manner.Unordered);
            assertEq(uint256(fault), uint256(answered ? Fault.Malformed : Fault.NoAnswer), "fault");
        }
    }

    function test_aSourceThatIsGoneIsLeftOut() external {
        vm.etch(address(sources[0]), "");
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Safe));
        assertEq(uint256(prices.survey(asset)[0].fault), uint256(Fault.NoAnswer));
    }

    function test_aPriceAtOrBeyondABoundIsLeftOut() external {
        AssetTerms memory terms = _assetTerms();
        SourceTerms[] memory list = _newSources(3, PRICE);
        list[0].most = 2_000e36;
        list[1].least = 1_999e36;
        _addAsset(makeAddr("bounded"), terms, list);
        Reading[] memory readings = prices.survey(makeAddr("bounded"));
        assertEq(uint256(readings[0].fault), uint256(Fault.OutOfBounds), "at its most");
        assertEq(uint256(readings[1].fault), uint256(Fault.None));
        sources[1].set(1_999e36);
        readings = prices.survey(makeAddr("bounded"));
        assertEq(uint256(readings[1].fault), uint256(Fault.OutOfBounds), "at its least");
    }

    function test_anOldOrFutureAnswerIsLeftOut() external {
        sources[0].setTime(START - 1 hours);
        assertEq(uint256(prices.survey(asset)[0].fault), uint256(Fault.None), "as old as it may be");
        sources[0].setTime(START - 1 hours - 1);
        assertEq(uint256(prices.survey(asset)[0].fault), uint256(Fault.Stale), "older");
        sources[0].setTime(START + 1);
        assertEq(uint256(prices.survey(asset)[0].fault), uint256(Fault.Stale), "in the future");
    }

    function test_fourSourcesTakeTheMeanOfTheMiddleTwo() external {
        address other = makeAddr("four");
        AssetTerms memory terms = _assetTerms();
        terms.minSources = 3;
        SourceTerms[] memory list = _newSources(4, PRICE);
        sources[0].set(1_980e36);
        sources[1].set(2_020e36);
        sources[2].set(1_990e36);
        _addAsset(other, terms, list);
        prices.poke(other);
        (, uint256 mid,,,) = prices.price(other);
        _assertPrice(mid, 1_995e36);
    }

    // ---------------------------------------------------------------- gas of the caller

    /// @dev With less gas than the sources may use, a caller would decide which of them answer.
    function test_aCallerCannotSilenceSourcesByGivingLittleGas() external {
        uint256 done;
        uint256 refused;
        for (uint256 given = 60_000; given < 500_000; given += 4_000) {
            (bool ok, bytes memory answer) =
                address(prices).call{gas: given}(abi.encodeCall(prices.poke, (asset)));
            if (ok) {
                ++done;
                assertEq(abi.decode(answer, (uint256)), uint256(PriceState.Safe), "a source was silenced");
            } else {
                ++refused;
            }
        }
        assertGt(done, 10);
        assertGt(refused, 10);
        vm.expectPartialRevert(IPriceAggregator.TooLittleGas.selector);
        prices.poke{gas: 90_000}(asset);
    }

    // ---------------------------------------------------------------- locks

    function test_aLockedSourceFailsThePokeOnlyWhereItMayLock() external {
        sources[0].setManner(TestSource.Manner.Lock);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Safe));
        address other = makeAddr("lockable");
        SourceTerms[] memory list = _newSources(3, PRICE);
        list[1].lockable = true;
        _addAsset(other, _assetTerms(), list);
        prices.poke(other);
        sources[1].setManner(TestSource.Manner.Lock);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceAggregator.SourceLocked.selector, other, address(sources[1]))
        );
        prices.poke(other);
        assertEq(uint256(prices.survey(other)[1].fault), uint256(Fault.Locked));
        (,,,, PriceState state) = prices.price(other);
        assertEq(uint256(state), uint256(PriceState.Safe), "what was stored stays");
    }

    function test_observingSourcesAreCalledFirst() external {
        address other = makeAddr("observing");
        SourceTerms[] memory list = _newSources(3, PRICE);
        list[2].observing = true;
        _addAsset(other, _assetTerms(), list);
        prices.poke(other);
        assertEq(sources[2].observed(), 1);
        assertEq(sources[0].observed(), 0);
        sources[2].setManner(TestSource.Manner.GasBurning);
        assertEq(uint256(prices.poke(other)), uint256(PriceState.Safe));
    }

    // ---------------------------------------------------------------- steps

    function test_aMoveBeyondTheStepHoldsMidAndLetsTheRestThrough() external {
        _setAll(1_500e36);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Stepped));
        (uint256 low, uint256 mid, uint256 high,,) = prices.price(asset);
        _assertPrice(mid, 1_900e36);
        _assertPrice(low, 1_500e36 * 995 / 1000);
        _assertPrice(high, 1_900e36 * 1005 / 1000);
        prices.poke(asset);
        _assertPrice(_mid(), 1_900e36);
    }

    function test_aRiseBeyondTheStepLiftsHighAndNotLow() external {
        _setAll(4_000e36);
        prices.poke(asset);
        (uint256 low, uint256 mid, uint256 high,, PriceState state) = prices.price(asset);
        _assertPrice(mid, 2_100e36);
        _assertPrice(low, 2_100e36 * 995 / 1000);
        _assertPrice(high, 4_000e36 * 1005 / 1000);
        assertEq(uint256(state), uint256(PriceState.Stepped));
    }

    function test_midWalksAStepEachWindowUntilItArrives() external {
        _setAll(1_700e36);
        prices.poke(asset);
        uint256[4] memory expected = [uint256(1_900e36), 1_805e36, 1_714.75e36, 1_700e36];
        for (uint256 i = 0; i < 4; ++i) {
            _assertPrice(_mid(), expected[i]);
            _assertState(i == 3 ? PriceState.Safe : PriceState.Stepped);
            vm.warp(block.timestamp + 10 minutes - 1);
            prices.poke(asset);
            _assertPrice(_mid(), expected[i]);
            vm.warp(block.timestamp + 1);
            prices.poke(asset);
        }
    }

    /// @dev After an outage of hours the first poke moves one step and not all the way.
    function test_aLongSilenceAllowsOneStep() external {
        vm.warp(START + 10 hours);
        _setAll(1_000e36);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Stepped));
        _assertPrice(_mid(), 1_900e36);
    }

    function test_aMoveWithinAStepIsSafe() external {
        _setAll(2_099.99e36);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Safe));
        _assertPrice(_mid(), 2_099.99e36);
    }

    function test_steppedSourcesMakeThePriceSteppedWhereTooFewOthersAgree() external {
        sources[0].setStepped(true);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Safe), "two others");
        sources[1].setStepped(true);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Stepped));
    }

    // ---------------------------------------------------------------- states

    function test_neverPricedIsInGraceForEver() external {
        address other = makeAddr("new");
        SourceTerms[] memory list = _newSources(3, PRICE);
        _mannerOfAll(TestSource.Manner.Reverting);
        _addAsset(other, _assetTerms(), list);
        assertEq(uint256(prices.poke(other)), uint256(PriceState.Grace));
        vm.warp(START + 365 days);
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, PriceState state) = prices.price(other);
        assertEq(low + mid + high + updatedAt, 0);
        assertEq(uint256(state), uint256(PriceState.Grace));
    }

    function test_anOldPriceIsInGraceThenLate() external {
        vm.warp(START + 1 hours);
        _assertState(PriceState.Safe);
        vm.warp(START + 1 hours + 1);
        _assertState(PriceState.Grace);
        vm.warp(START + 1 hours + 30 minutes);
        _assertState(PriceState.Grace);
        vm.warp(START + 1 hours + 30 minutes + 1);
        _assertState(PriceState.Late);
        vm.warp(START + 100 days);
        _assertState(PriceState.Late);
        _assertPrice(_mid(), PRICE);
    }

    function test_aPokeWithoutQuorumBeginsTheGraceAtOnceAndKeepsPriceAndTime() external {
        _mannerOfAll(TestSource.Manner.Reverting);
        vm.warp(START + 600);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Grace));
        (, uint256 mid,, uint256 updatedAt,) = prices.price(asset);
        _assertPrice(mid, PRICE);
        assertEq(updatedAt, START);
        vm.warp(START + 600 + 30 minutes - 1);
        prices.poke(asset);
        _assertState(PriceState.Grace);
        vm.warp(START + 600 + 30 minutes);
        prices.poke(asset);
        _assertState(PriceState.Late);
    }

    function test_aPokeWithQuorumRecoversAtOnce() external {
        vm.warp(START + 2 hours);
        _assertState(PriceState.Late);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Safe));
        _mannerOfAll(TestSource.Manner.Reverting);
        prices.poke(asset);
        _mannerOfAll(TestSource.Manner.Honest);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Safe));
    }

    /// @dev Prices that come and go do not add one grace to the next.
    function test_aGraceIsSpentOnceADay() external {
        _mannerOfAll(TestSource.Manner.Reverting);
        prices.poke(asset);
        vm.warp(START + 10 minutes);
        _mannerOfAll(TestSource.Manner.Honest);
        prices.poke(asset);
        vm.warp(START + 20 minutes);
        _mannerOfAll(TestSource.Manner.Reverting);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Grace), "what is left of the first");
        vm.warp(START + 30 minutes);
        _assertState(PriceState.Late);
        _mannerOfAll(TestSource.Manner.Honest);
        prices.poke(asset);
        vm.warp(START + 24 hours - 1);
        _assertState(PriceState.Late); // old since an hour and a half after the start
        prices.poke(asset);
        _mannerOfAll(TestSource.Manner.Reverting);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Late), "a second before the day is over");
        _mannerOfAll(TestSource.Manner.Honest);
        prices.poke(asset);
        vm.warp(START + 24 hours);
        _mannerOfAll(TestSource.Manner.Reverting);
        assertEq(uint256(prices.poke(asset)), uint256(PriceState.Grace), "a day later");
    }

    /// @dev The same where no poke saw the price grow old.
    function test_aGraceThatNobodySawIsSpentToo() external {
        vm.warp(START + 1 hours + 10 minutes);
        _assertState(PriceState.Grace);
        prices.poke(asset);
        vm.warp(block.timestamp + 2 hours);
        _assertState(PriceState.Late);
        _mannerOfAll(TestSource.Manner.Reverting);
        prices.poke(asset);
        _assertState(PriceState.Late);
    }

    /// @dev A time without prices that lasts longer than a day does not get a second grace in its midst.
    function test_aLongOutageHasOneGrace() external {
        _mannerOfAll(TestSource.Manner.Reverting);
        prices.poke(asset);
        vm.warp(START + 3 days);
        _assertState(PriceState.Late);
        prices.poke(asset);
        _assertState(PriceState.Late);
    }

    // ---------------------------------------------------------------- readers

    function test_anUnknownAssetIsRefusedEverywhere() external {
        address other = makeAddr("unknown");
        bytes memory refused = abi.encodeWithSelector(IPrices.UnknownAsset.selector, other);
        vm.expectRevert(refused);
        prices.price(other);
        vm.expectRevert(refused);
        prices.poke(other);
        vm.expectRevert(refused);
        prices.deviation(other);
        vm.expectRevert(refused);
        prices.termsOf(other);
        vm.expectRevert(refused);
        prices.sourcesOf(other);
        vm.expectRevert(refused);
        prices.survey(other);
    }

    /// @dev The slot of a safe price is the only one that is read.
    function test_aSafePriceIsOneSlot() external {
        vm.record();
        prices.price(asset);
        (bytes32[] memory reads, bytes32[] memory writes) = vm.accesses(address(prices));
        assertEq(reads.length, 1);
        assertEq(writes.length, 0);
    }

    function test_termsAndSourcesAreAsGiven() external view {
        AssetTerms memory terms = prices.termsOf(asset);
        assertEq(keccak256(abi.encode(terms)), keccak256(abi.encode(_assetTerms())));
        assertEq(prices.deviation(asset), 0.005e18);
        SourceTerms[] memory list = prices.sourcesOf(asset);
        assertEq(list.length, 3);
        assertEq(list[2].source, address(sources[2]));
        assertEq(list[2].maxAgeSecs, 1 hours);
        assertEq(list[2].gasMost, 100_000);
        assertGe(list[2].least, 1e18);
        assertLe(list[2].most, 1e58);
    }

    // ---------------------------------------------------------------- configuration

    function test_onlyTheGovernorAddsAndOnlyOnce() external {
        SourceTerms[] memory list = _newSources(3, PRICE);
        vm.expectRevert(abi.encodeWithSelector(IPriceAggregator.NotGovernor.selector, address(this)));
        prices.addAsset(makeAddr("x"), _assetTerms(), list);
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IPriceAggregator.AlreadyAdded.selector, asset));
        prices.addAsset(asset, _assetTerms(), list);
        vm.expectRevert(abi.encodeWithSelector(IPriceAggregator.BadAddress.selector, "asset", address(0)));
        prices.addAsset(address(0), _assetTerms(), list);
    }

    function _refuse(AssetTerms memory terms, uint256 count, string memory field) private {
        SourceTerms[] memory list = _newSources(count, PRICE);
        vm.prank(governor);
        (bool ok, bytes memory answer) =
            address(prices).call(abi.encodeCall(prices.addAsset, (makeAddr("x"), terms, list)));
        assertFalse(ok, field);
        assertEq(bytes4(answer), IPriceAggregator.BadTerm.selector, field);
        assembly ("memory-safe") {
            mstore(add(answer, 4), sub(mload(answer), 4))
            answer := add(answer, 4)
        }
        (string memory named,,,) = abi.decode(answer, (string, uint256, uint256, uint256));
        assertEq(named, field);
    }

    /// @dev Where one liar could move what the least number of sources agree on.
    function test_quorumsThatOneLiarMovesAreRefused() external {
        AssetTerms memory terms = _assetTerms();
        _refuse(terms, 0, "sources");
        _refuse(terms, 2, "sources");
        _refuse(terms, 9, "sources");
        _refuse(terms, 4, "minSources");
        terms.minSources = 1;
        _refuse(terms, 3, "minSources");
        terms.minSources = 3;
        _refuse(terms, 3, "minSources");
        terms.minSources = 2;
        _refuse(terms, 1, "minSources");
    }

    function test_oneSourceStandsAloneOnlyIfItIsDerived() external {
        AssetTerms memory terms = _assetTerms();
        terms.minSources = 1;
        SourceTerms[] memory list = _newSources(1, PRICE);
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IPriceAggregator.NotDerived.selector, list[0].source));
        prices.addAsset(makeAddr("one"), terms, list);
        sources[0].setDerived(true);
        _addAsset(makeAddr("one"), terms, list);
        // Its own range may be wide: its parts may be held back.
        sources[0].setRange(1_000e36, 2_000e36, 2_100e36);
        prices.poke(makeAddr("one"));
        (uint256 low,, uint256 high,,) = prices.price(makeAddr("one"));
        _assertPrice(low, 1_000e36 * 995 / 1000);
        _assertPrice(high, 2_100e36 * 1005 / 1000);
    }

    function test_termsOutOfBoundsAreRefusedByName() external {
        AssetTerms memory terms = _assetTerms();
        terms.maxAgeSecs = 59;
        _refuse(terms, 3, "maxAgeSecs");
        terms.maxAgeSecs = 1 << 20;
        _refuse(terms, 3, "maxAgeSecs");
        terms = _assetTerms();
        terms.graceSecs = 1 days + 1;
        _refuse(terms, 3, "graceSecs");
        terms = _assetTerms();
        terms.deviation = 0.1e18 + 1;
        _refuse(terms, 3, "deviation");
        terms = _assetTerms();
        terms.maxDeviation = 0.005e18 - 1;
        _refuse(terms, 3, "maxDeviation");
        terms.maxDeviation = 0.2e18 + 1;
        _refuse(terms, 3, "maxDeviation");
        terms = _assetTerms();
        terms.maxStep = 0.001e18 - 1;
        _refuse(terms, 3, "maxStep");
        terms.maxStep = 0.5e18 + 1;
        _refuse(terms, 3, "maxStep");
        terms = _assetTerms();
        terms.stepWindowSecs = 59;
        _refuse(terms, 3, "stepWindowSecs");
        terms.stepWindowSecs = 1 days + 1;
        _refuse(terms, 3, "stepWindowSecs");
    }

    function test_sourcesOutOfBoundsAreRefusedByName() external {
        string[5] memory fields = ["source maxAgeSecs", "least", "most", "gasMost", "gasMost"];
        for (uint256 i = 0; i < fields.length; ++i) {
            SourceTerms[] memory list = _newSources(3, PRICE);
            if (i == 0) list[1].maxAgeSecs = 0;
            if (i == 1) list[1].least = 1e9 - 1;
            if (i == 2) list[1].most = list[1].least;
            if (i == 3) list[1].gasMost = 19_999;
            if (i == 4) list[1].gasMost = 3_000_001;
            vm.prank(governor);
            (bool ok, bytes memory answer) =
                address(prices).call(abi.encodeCall(prices.addAsset, (makeAddr("x"), _assetTerms(), list)));
            assertFalse(ok, fields[i]);
            assertEq(bytes4(answer), IPriceAggregator.BadTerm.selector, fields[i]);
        }
        SourceTerms[] memory twice = _newSources(3, PRICE);
        twice[2].source = twice[0].source;
        vm.prank(governor);
        vm.expectRevert(
            abi.encodeWithSelector(IPriceAggregator.BadAddress.selector, "source", twice[0].source)
        );
        prices.addAsset(makeAddr("x"), _assetTerms(), twice);
    }

    /// @dev Even if each source uses all that it may, a poke fits into a transaction of 16.78 million gas.
    function test_allSourcesTogetherFitIntoATransaction() external {
        AssetTerms memory terms = _assetTerms();
        SourceTerms[] memory list = _newSources(3, PRICE);
        for (uint256 i = 0; i < 3; ++i) {
            (list[i].gasMost, list[i].observing) = (1_666_667, true);
        }
        vm.prank(governor);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPriceAggregator.BadTerm.selector, "gasMost in all", 10_000_002, 0, 10_000_000
            )
        );
        prices.addAsset(makeAddr("x"), terms, list);
        list[0].gasMost -= 1;
        _addAsset(makeAddr("x"), terms, list);
        _mannerOfAll(TestSource.Manner.GasBurning);
        assertEq(uint256(prices.poke{gas: 16_000_000}(makeAddr("x"))), uint256(PriceState.Grace));
    }

    /// @dev A source never has the gas for a poke that would have to ask that very source.
    function test_aSourceCannotPokeItsOwnAssetFromWithin() external {
        PokingSource poking = new PokingSource(prices, makeAddr("x"));
        SourceTerms[] memory list = _newSources(3, PRICE);
        sources[2].set(1_990e36);
        (list[1].source, list[1].observing, list[1].gasMost) = (address(poking), true, 1_000_000);
        _addAsset(makeAddr("x"), _assetTerms(), list);
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(uint256(prices.poke(makeAddr("x"))), uint256(PriceState.Safe));
            (, uint256 mid,,,) = prices.price(makeAddr("x"));
            _assertPrice(mid, 1_995e36);
        }
        assertEq(poking.pokes(), 0);
        assertEq(poking.refusals(), 3);
    }

    function test_aGovernorIsNeeded() external {
        vm.expectRevert(abi.encodeWithSelector(IPriceAggregator.BadAddress.selector, "governor", address(0)));
        vm.deployCode("PriceAggregator.sol:PriceAggregator", abi.encode(address(0)));
    }
}

/// @notice A source that tries to poke from within each observation, and answers 1,995.
contract PokingSource is IObservingSource {
    IPriceAggregator private immutable _prices;
    address private immutable _asset;
    uint256 public pokes;
    uint256 public refusals;

    constructor(IPriceAggregator prices, address asset) {
        (_prices, _asset) = (prices, asset);
    }

    function observe() external override {
        try _prices.poke{gas: gasleft() - 50_000}(_asset) {
            ++pokes;
        } catch (bytes memory reason) {
            if (bytes4(reason) == IPriceAggregator.TooLittleGas.selector) ++refusals;
        }
    }

    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        return (1_995e36, 1_995e36, 1_995e36, block.timestamp, false);
    }

    function derived() external pure override returns (bool) {
        return false;
    }
}
