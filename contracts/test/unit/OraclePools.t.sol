// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {AssetTerms, IPriceAggregator, SourceTerms} from "ballast/interfaces/IPriceAggregator.sol";
import {IPriceSource} from "ballast/interfaces/IPriceSource.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {FloorSource} from "ballast/oracle/FloorSource.sol";
import {PairAverageSource} from "ballast/oracle/PairAverageSource.sol";
import {Quotes} from "ballast/oracle/Quotes.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {TestSource} from "../support/TestSource.sol";

/// @notice The average of a real Uniswap V2 pair, and the floor of a real launch: 100 of an asset at 2,000 behind
/// 1,000,000 tokens, so a floor of 0.2, and a pool of 400,000 tokens against 200, so a price of 1.
contract OraclePoolsTest is AttackFixture, IERC3156FlashBorrower {
    uint256 private constant START = 1_767_225_600;
    IPriceAggregator private prices;
    TestSource[3] private sources;
    PairAverageSource private average;
    address private mallory = makeAddr("mallory");
    bool private called;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        prices = IPriceAggregator(vm.deployCode("PriceAggregator.sol:PriceAggregator", abi.encode(issuer)));
        SourceTerms[] memory list = new SourceTerms[](3);
        for (uint256 i = 0; i < 3; ++i) {
            sources[i] = new TestSource();
            sources[i].set(2_000e36);
            list[i] = SourceTerms(address(sources[i]), 1 hours, 1e18, 1e58, 100_000, false, false);
        }
        vm.prank(issuer);
        prices.addAsset(
            address(assets[0]), AssetTerms(7 days, 1 hours, 2, 0.005e18, 0.02e18, 0.05e18, 600), list
        );
        prices.poke(address(assets[0]));
        average = _average(pool, address(token), 30 minutes, 4 hours);
    }

    function _average(address pair, address asset, uint256 windowSecs, uint256 longestSecs)
        private
        returns (PairAverageSource)
    {
        bytes memory args = abi.encode(pair, asset, windowSecs, longestSecs);
        return PairAverageSource(vm.deployCode("PairAverageSource.sol:PairAverageSource", args));
    }

    function _mid(IPriceSource source) private view returns (uint256 mid) {
        (, mid,,,) = source.read();
    }

    function _later(uint256 secs) private {
        vm.warp(block.timestamp + secs);
    }

    // ---------------------------------------------------------------- the average

    function test_theAverageIsOfHalfAnHourAndNotOfNow() external {
        _later(30 minutes);
        assertApproxEqRel(_mid(average), 0.0005e36, 1e9, "200 over 400,000");
        // Four times the price, in this block: nothing of it shows. After a tenth of the window, a tenth of it.
        _buy(mallory, 200e18);
        (uint256 tokens, uint256 amount) = _poolReserves();
        uint256 skewed = amount * 1e36 / tokens;
        assertGt(skewed, 0.0019e36);
        assertApproxEqRel(_mid(average), 0.0005e36, 1e9);
        _later(200);
        uint256 expected = (0.0005e36 * 1_800 + skewed * 200) / 2_000;
        assertApproxEqRel(_mid(average), expected, 1e9);
    }

    function test_theOtherTokenOfThePairIsPricedToo() external {
        PairAverageSource other = _average(pool, address(assets[0]), 30 minutes, 4 hours);
        _later(30 minutes);
        assertApproxEqRel(_mid(other), 2_000e36, 1e9);
        assertFalse(other.derived());
    }

    function test_theAverageNeedsAWindowAndNotTooLongOne() external {
        _later(30 minutes - 1);
        vm.expectRevert(abi.encodeWithSelector(PairAverageSource.TooYoung.selector, START + 30 minutes));
        average.read();
        _later(1);
        average.read();
        vm.warp(START + 4 hours);
        average.read();
        _later(1);
        vm.expectRevert(abi.encodeWithSelector(PairAverageSource.TooOld.selector, START, 4 hours));
        average.read();
    }

    /// @dev However often anybody observes, one of the two observations is a window old: a minute of a skewed price
    /// weighs at most a minute in half an hour.
    function test_observingOftenNeverShortensTheWindow() external {
        _later(30 minutes);
        for (uint256 i = 0; i < 100; ++i) {
            average.observe();
            assertApproxEqRel(_mid(average), 0.0005e36, 1e9);
            uint256 snapshot = vm.snapshotState();
            _buy(mallory, 200e18);
            (uint256 tokens, uint256 amount) = _poolReserves();
            uint256 most = (0.0005e36 * 1_740 + amount * 1e36 / tokens * 60) / 1_800;
            assertApproxEqRel(_mid(average), 0.0005e36, 1e9, "a price of this block shows");
            _later(60);
            assertLe(_mid(average), most + most / 1e9, "a minute outweighs its part of the window");
            vm.revertToState(snapshot);
            _later(61);
        }
    }

    function test_secondsAndSumsMayWrapAround() external {
        vm.warp((1 << 32) - 900);
        vm.store(pool, bytes32(uint256(9)), bytes32(type(uint256).max - 5));
        vm.store(pool, bytes32(uint256(10)), bytes32(type(uint256).max - 5));
        IUniswapV2PairFull(pool).sync();
        PairAverageSource late = _average(pool, address(token), 30 minutes, 4 hours);
        _later(1_800);
        assertApproxEqRel(_mid(late), 0.0005e36, 1e9);
        IUniswapV2PairFull(pool).sync();
        _later(100);
        assertApproxEqRel(_mid(late), 0.0005e36, 1e9);
    }

    function test_averagesRefuseTermsOutOfBounds() external {
        uint256[2][4] memory terms = [
            [uint256(30 minutes - 1), 4 hours],
            [uint256(1 days + 1), 4 days],
            [uint256(1 hours), 2 hours - 1],
            [uint256(1 hours), 7 days + 1]
        ];
        for (uint256 i = 0; i < terms.length; ++i) {
            vm.expectPartialRevert(PairAverageSource.BadTerm.selector);
            this.newAverage(terms[i][0], terms[i][1]);
        }
        vm.expectRevert(abi.encodeWithSelector(PairAverageSource.NotInPair.selector, address(this)));
        _average(pool, address(this), 30 minutes, 4 hours);
    }

    function newAverageOf(address pair, address asset) external {
        _average(pair, asset, 30 minutes, 4 hours);
    }

    function newAverage(uint256 windowSecs, uint256 longestSecs) external {
        _average(pool, address(token), windowSecs, longestSecs);
    }

    /// @dev The pair's price has 112 binary places: a token that is worth next to nothing of the other has no digits.
    function test_anAverageWithoutDigitsIsNoPrice() external {
        TestAsset dust = new TestAsset("Dust", 18);
        TestAsset rare = new TestAsset("Rare", 0);
        address pair = factory.createPair(address(dust), address(rare));
        vm.expectRevert(PairAverageSource.PairEmpty.selector);
        this.newAverageOf(pair, address(dust));
        dust.mint(pair, type(uint112).max);
        rare.mint(pair, 1);
        IUniswapV2PairFull(pair).sync();
        PairAverageSource coarse = _average(pair, address(dust), 30 minutes, 4 hours);
        _later(30 minutes);
        vm.expectPartialRevert(PairAverageSource.TooCoarse.selector);
        coarse.read();
    }

    // ---------------------------------------------------------------- the floor

    function _floor(address capped) private returns (FloorSource) {
        bytes memory args = abi.encode(token, prices, capped);
        return FloorSource(vm.deployCode("FloorSource.sol:FloorSource", args));
    }

    function test_theFloorIsWhatTheReservePaysLessItsFee() external {
        FloorSource source = _floor(address(0));
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, bool stepped) = source.read();
        assertApproxEqRel(mid, 0.2e36 * 99 / 100, 100);
        assertApproxEqRel(low, mid * 995 / 1000, 1e6);
        assertApproxEqRel(high, 0.2e36 * 1005 / 1000, 100);
        assertEq(updatedAt, START);
        assertFalse(stepped);
        assertTrue(source.derived());
        // What a redeemer of a hundredth of the supply really gets is worth that.
        _give(alice, 10_000e18);
        vm.prank(alice);
        uint256[] memory paid = reserve.redeem(10_000e18, 0, alice, false);
        assertApproxEqRel(paid[0] * 2_000, 10_000e18 * mid / 1e36, 1e6);
    }

    function test_theFloorOfAClosedReserveIsNoPrice() external {
        LaunchParams memory params = _plainParams();
        params.terms.redeemable = false;
        params.salt = "closed";
        _launch(params);
        vm.expectRevert(abi.encodeWithSelector(FloorSource.RedemptionClosed.selector, address(token)));
        _floor(address(0));
    }

    /// @dev The pool pays half of the floor on average: that is the price, and high is not lowered.
    function test_theAverageOfThePoolCapsTheFloor() external {
        TestSource pooled = new TestSource();
        pooled.set(0.1e36);
        FloorSource source = _floor(address(pooled));
        (uint256 low, uint256 mid, uint256 high,,) = source.read();
        assertEq(low, 0.1e36);
        assertEq(mid, 0.1e36);
        assertApproxEqRel(high, 0.2e36 * 1005 / 1000, 100);
        // At a premium the floor is the price, and nobody gets the token for it.
        pooled.setRange(0.9e36, 1e36, 1.1e36);
        pooled.setTime(START - 5);
        pooled.setStepped(true);
        uint256 updatedAt;
        bool stepped;
        (low, mid, high, updatedAt, stepped) = source.read();
        assertApproxEqRel(mid, 0.198e36, 100);
        assertEq(high, 1.1e36);
        assertEq(updatedAt, START - 5);
        assertTrue(stepped);
        pooled.setManner(TestSource.Manner.Reverting);
        vm.expectRevert();
        source.read();
        pooled.setManner(TestSource.Manner.Honest);
        source.observe();
        assertEq(pooled.observed(), 1);
        _floor(address(0)).observe();
    }

    function test_aFloorWithoutClaimsIsNoPrice() external {
        FloorSource source = _floor(address(0));
        vm.mockCall(
            address(reserve),
            abi.encodeWithSelector(reserve.backing.selector),
            abi.encode(new uint256[](1), 0)
        );
        vm.expectRevert(FloorSource.NoClaims.selector);
        source.read();
    }

    function test_theFloorNeedsEveryAssetsPrice() external {
        FloorSource source = _floor(address(0));
        _later(7 days + 1);
        vm.expectPartialRevert(Quotes.PartUnsafe.selector);
        source.read();
    }

    /// @dev Inside a flash loan of the reserve, the floor cannot be read; whoever takes one neither pokes a distorted
    /// price nor makes the stored one unsafe.
    function test_aFlashLoanNeitherMovesNorSilencesTheFloor() external {
        FloorSource source = _floor(address(0));
        SourceTerms[] memory list = new SourceTerms[](1);
        list[0] = SourceTerms(address(source), 7 days, 1e18, 1e58, 500_000, true, true);
        vm.prank(issuer);
        prices.addAsset(
            address(token), AssetTerms(1 hours, 1 hours, 1, 0.005e18, 0.02e18, 0.05e18, 600), list
        );
        prices.poke(address(token));
        assets[0].mint(address(this), 1e18);
        assets[0].approve(address(reserve), type(uint256).max);
        reserve.flashLoan(this, address(assets[0]), 50e18, "");
        assertTrue(called);
        (,,,, PriceState state) = prices.price(address(token));
        assertEq(uint256(state), uint256(PriceState.Safe));
    }

    function onFlashLoan(address, address, uint256, uint256, bytes calldata)
        external
        override
        returns (bytes32)
    {
        called = true;
        vm.expectPartialRevert(IPriceAggregator.SourceLocked.selector);
        prices.poke(address(token));
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
