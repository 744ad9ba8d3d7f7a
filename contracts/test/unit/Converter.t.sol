// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {IConverter, Recipient, Split} from "ballast/interfaces/IConverter.sol";
import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";
import {HookAsset, IAssetHook} from "../support/OddAssets.sol";

/// @notice The auction: price, size, decay, split, recipients. 1,000,000 tokens over 100 of one asset, so that a lot
/// of 1,000 tokens has a floor of 0.1; the multiple starts at 64.
contract ConverterTest is Fixture, IERC3156FlashBorrower, IAssetHook {
    uint256 private constant LOT = 1_000e18;
    uint256 private start;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        start = block.timestamp;
        _give(alice, 200_000e18);
    }

    /// @dev As if `tokens` of fees had arrived.
    function _arrive(uint256 tokens) private {
        vm.prank(alice);
        token.transfer(address(converter), tokens);
    }

    function _fund(address who, uint256 amount) private {
        assets[0].mint(who, amount);
        vm.prank(who);
        assets[0].approve(address(converter), amount);
    }

    // ---------------------------------------------------------------- allocation

    function test_feesAreSortedIntoSaleLiquidityAndBurn() external {
        _arrive(10_000e18);
        assertEq(converter.forSale(), 8_000e18, "counted before they are sorted");
        // Burn 10 %, half of the liquidity's 20 % in tokens, the rest for sale.
        vm.expectEmit(address(converter));
        emit IConverter.Allocated(8_000e18, 1_000e18, 1_000e18);
        converter.allocate();
        assertEq(converter.forSale(), 8_000e18);
        (uint256 tokens, uint256 amount) = converter.forLiquidity();
        assertEq(tokens, 1_000e18);
        assertEq(amount, 0);
        assertEq(token.claims(), 999_000e18);
        assertEq(reserve.assetAt(0).streaming, 0.1e18, "the burned backing streams");
        converter.allocate();
        assertEq(converter.forSale(), 8_000e18, "once");
    }

    function test_aSplitThatOnlyBurnsBurnsAll() external {
        LaunchParams memory params = _poolTaxParams();
        params.fees.split = Split(0, 10_000, 0, new Recipient[](0));
        params.salt = "burn";
        _launch(params);
        vm.prank(issuer);
        token.transfer(address(converter), 10_000e18);
        assertEq(converter.forSale(), 0);
        converter.allocate();
        assertEq(token.balanceOf(address(converter)), 0);
        assertEq(token.claims(), 990_000e18);
    }

    // ---------------------------------------------------------------- price and size

    function test_thePriceIsTheMultipleOfTheBacking() external {
        _arrive(10_000e18);
        converter.allocate();
        // 999,000 tokens over 99.9: still 0.0001 each.
        assertEq(converter.lot(), LOT);
        assertEq(converter.multiple(), 64 * WAD);
        assertEq(converter.quote(LOT)[0], 6.4e18);
        assertEq(converter.quote(1)[0], 64, "one unit, rounded up before the multiple");
        vm.warp(start + 600);
        assertEq(converter.quote(LOT)[0], 3.2e18);
        vm.warp(start + 300);
        assertEq(converter.quote(LOT)[0], 4.8e18);
    }

    function test_aFillPaysTheSplitAndRaisesTheMultiple() external {
        _arrive(10_000e18);
        converter.allocate();
        _fund(bob, 6.4e18);
        // Weights: reserve 12,000, liquidity 2,000, creator 2,000 of 16,000.
        vm.expectEmit(address(converter));
        emit IConverter.Filled(bob, carol, LOT, 64 * WAD, _one(6.4e18));
        vm.expectEmit(address(reserve));
        emit IReserve.Inflow(0, IReserve.Source.Conversion, 4.8e18);
        vm.prank(bob);
        assertEq(converter.bid(LOT, _one(6.4e18), carol)[0], 6.4e18);
        assertEq(token.balanceOf(carol), LOT);
        assertEq(converter.owed(creator, 0), 0.8e18);
        (, uint256 set) = converter.forLiquidity();
        assertEq(set, 0.8e18);
        assertEq(assets[0].balanceOf(address(converter)), 1.6e18);
        assertEq(converter.multiple(), 128 * WAD);
        (uint256 paid, uint256 soldAt) = converter.lastLot();
        assertEq(paid, 6.4e18);
        assertEq(soldAt, block.timestamp);
        assertEq(converter.forSale(), 7_000e18);
    }

    function test_aPartOfALotRaisesTheMultipleByItsPartAndSetsNoPrice() external {
        _arrive(10_000e18);
        _bid(bob, LOT / 4);
        assertEq(converter.multiple(), 80 * WAD);
        (uint256 paid, uint256 soldAt) = converter.lastLot();
        assertEq(paid + soldAt, 0);
        vm.warp(start + 600);
        assertEq(converter.multiple(), 40 * WAD);
    }

    /// @dev Fills of dust neither restart the fall nor flatten it.
    function test_dustDoesNotHoldThePriceUp() external {
        _arrive(10_000e18);
        for (uint256 at = 0; at < 600; at += 10) {
            vm.warp(start + at);
            _bid(bob, 1);
        }
        vm.warp(start + 600);
        assertEq(converter.multiple(), 32 * WAD);
    }

    function test_theMultipleHasACeiling() external {
        _arrive(100_000e18);
        for (uint256 i = 0; i < 15; ++i) {
            _bid(bob, LOT);
        }
        assertEq(converter.multiple(), converter.MAX_MULTIPLE());
    }

    function test_malformedBidsAreRefused() external {
        _arrive(1_000e18);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IConverter.ZeroAmount.selector, "tokens"));
        converter.bid(0, _one(1), bob);
        vm.expectRevert(abi.encodeWithSelector(IConverter.AboveLot.selector, LOT + 1, LOT));
        converter.bid(LOT + 1, _one(1), bob);
        vm.expectRevert(abi.encodeWithSelector(IConverter.NotEnoughForSale.selector, LOT, 800e18));
        converter.bid(LOT, _one(1), bob);
        vm.expectRevert(abi.encodeWithSelector(IConverter.LengthMismatch.selector, 0, 1));
        converter.bid(1, new uint256[](0), bob);
    }

    /// @dev The converter is exempt from the tax, so what it sends to a pool would be a sale without its fee.
    function test_noPoolReceivesAFill() external {
        _arrive(10_000e18);
        vm.expectRevert(abi.encodeWithSelector(IConverter.PoolRecipient.selector, pool));
        vm.prank(bob);
        converter.bid(LOT, _one(10e18), pool);
    }

    function test_aPriceAboveTheBiddersLimitIsRefused() external {
        _arrive(10_000e18);
        vm.expectRevert(abi.encodeWithSelector(IConverter.PriceAboveLimit.selector, 0, 6.4e18, 6.4e18 - 1));
        vm.prank(bob);
        converter.bid(LOT, _one(6.4e18 - 1), bob);
    }

    function test_noBidsWhilePaused() external {
        _arrive(10_000e18);
        vm.prank(guardian);
        reserve.pause(1 days);
        vm.expectRevert(abi.encodeWithSelector(IConverter.EntriesPaused.selector, start + 1 days));
        vm.prank(bob);
        converter.bid(LOT, _one(10e18), bob);
        // Burning and sorting are no entries.
        vm.warp(start + 12 hours);
        converter.burnLot();
    }

    /// @dev No launch reaches a zero floor: seeds are at least one unit and no floor falls. The converter waits
    /// even so.
    function test_aFloorOfZeroIsWaitedFor() external {
        _arrive(10_000e18);
        converter.allocate();
        vm.mockCall(address(reserve), abi.encodeCall(reserve.backing, ()), abi.encode(_one(0), uint256(1e24)));
        vm.expectRevert(abi.encodeWithSelector(IConverter.FloorZero.selector, 0));
        converter.quote(1);
        vm.expectRevert(abi.encodeWithSelector(IConverter.FloorZero.selector, 0));
        vm.prank(bob);
        converter.bid(LOT, _one(FOREVER), bob);
    }

    function test_atTheFloorTokensAreBurnedNotSold() external {
        _arrive(10_000e18);
        vm.expectRevert(abi.encodeWithSelector(IConverter.AboveFloor.selector, 64 * WAD));
        converter.burnLot();
        vm.warp(start + 1 hours);
        vm.expectRevert(IConverter.AtFloor.selector);
        vm.prank(bob);
        converter.bid(LOT, _one(FOREVER), bob);
        vm.expectEmit(address(converter));
        emit IConverter.LotBurned(LOT);
        assertEq(converter.burnLot(), LOT);
        assertEq(token.claims(), 998_000e18, "the allocation's share and the lot");
        assertEq(converter.multiple(), 2 * WAD, "bidding opens again");
    }

    function test_burningTakesWhatIsLeftAndThenNothing() external {
        _arrive(100e18);
        vm.warp(start + 1 hours);
        assertEq(converter.burnLot(), 80e18);
        assertEq(converter.multiple(), 1.08e18);
        vm.warp(start + 2 hours);
        vm.expectRevert(IConverter.NothingToBurn.selector);
        converter.burnLot();
    }

    // ---------------------------------------------------------------- split

    /// @dev Whatever the amounts, what is paid is what arrives: nothing is lost and nobody is owed more than his
    /// share.
    function testFuzz_theSplitIsExact(uint256 tokens, uint256 wait) external {
        _arrive(20_000e18);
        tokens = _bound(tokens, 1, LOT);
        vm.warp(start + _bound(wait, 0, 50 minutes));
        converter.allocate();
        uint256 price = converter.quote(tokens)[0];
        uint256 before = assets[0].balanceOf(address(reserve));
        _bid(bob, tokens);
        (, uint256 set) = converter.forLiquidity();
        uint256 due = converter.owed(creator, 0);
        uint256 toReserve = assets[0].balanceOf(address(reserve)) - before;
        assertEq(toReserve + set + due, price);
        assertEq(set, price * 2_000 / 16_000);
        assertEq(due, price * 2_000 / 16_000);
        assertEq(assets[0].balanceOf(address(converter)), set + due);
    }

    function test_recipientsAreThoseOfTheLaunch() external view {
        Split memory split = converter.split();
        assertEq(split.reserveBps, 6_000);
        assertEq(split.burnBps, 1_000);
        assertEq(split.liquidityBps, 2_000);
        assertEq(split.recipients.length, 1);
        assertEq(split.recipients[0].account, creator);
        assertEq(split.recipients[0].bps, 1_000);
    }

    function test_duesArePulledByAnyoneToTheirOwner() external {
        vm.expectRevert(abi.encodeWithSelector(IConverter.NothingOwed.selector, creator, 0));
        converter.claim(creator, 0);
        _arrive(10_000e18);
        _bid(bob, LOT);
        vm.expectEmit(address(converter));
        emit IConverter.Claimed(creator, 0, 0.8e18);
        vm.prank(carol);
        assertEq(converter.claim(creator, 0), 0.8e18);
        assertEq(assets[0].balanceOf(creator), 0.8e18);
        vm.expectRevert(abi.encodeWithSelector(IConverter.NothingOwed.selector, creator, 0));
        converter.claim(creator, 0);
    }

    function test_recipientsChangeAfterThreeDaysAndKeepWhatTheyAreOwed() external {
        _arrive(10_000e18);
        _bid(bob, LOT);
        vm.expectEmit(address(converter));
        emit IConverter.RecipientProposed(0, carol, start + 3 days);
        vm.prank(issuer);
        converter.proposeRecipient(0, carol);
        (address proposed, uint256 at) = converter.pendingRecipient(0);
        assertEq(proposed, carol);
        assertEq(at, start + 3 days);
        vm.warp(start + 3 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IConverter.TooEarly.selector, start + 3 days));
        converter.acceptRecipient(0);
        vm.warp(start + 3 days);
        vm.expectEmit(address(converter));
        emit IConverter.RecipientChanged(0, carol);
        converter.acceptRecipient(0);
        assertEq(converter.split().recipients[0].account, carol);
        assertEq(converter.owed(creator, 0), 0.8e18);
        converter.burnLot();
        _bid(bob, LOT);
        assertGt(converter.owed(carol, 0), 0);
        vm.expectRevert(abi.encodeWithSelector(IConverter.NothingProposed.selector, 0));
        converter.acceptRecipient(0);
    }

    function test_malformedProposalsAreRefused() external {
        vm.expectRevert(abi.encodeWithSelector(IConverter.NotOwner.selector, creator));
        vm.prank(creator);
        converter.proposeRecipient(0, alice);
        vm.startPrank(issuer);
        vm.expectRevert(abi.encodeWithSelector(IConverter.UnknownRecipient.selector, 1, 1));
        converter.proposeRecipient(1, alice);
        vm.expectRevert(abi.encodeWithSelector(IConverter.ZeroAmount.selector, "account"));
        converter.proposeRecipient(0, address(0));
    }

    // ---------------------------------------------------------------- re-entrancy

    bytes private _refusal;

    /// @inheritdoc IERC3156FlashBorrower
    function onFlashLoan(address, address, uint256 amount, uint256 fee, bytes calldata)
        external
        override
        returns (bytes32)
    {
        (, _refusal) = address(converter).call(abi.encodeCall(converter.quote, (1)));
        assets[0].mint(address(this), fee);
        assets[0].approve(address(reserve), amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    function test_noQuoteDuringAFlashLoan() external {
        reserve.flashLoan(this, address(assets[0]), 1e18, "");
        assertEq(_refusal, abi.encodeWithSelector(IReserve.Locked.selector));
    }

    bytes[] private _calls;

    /// @inheritdoc IAssetHook
    function onAssetMoved(address, address, uint256) external override {
        for (uint256 i = 0; i < _calls.length; ++i) {
            (, bytes memory refusal) = address(converter).call(_calls[i]);
            assertEq(refusal, abi.encodeWithSelector(IConverter.Locked.selector));
        }
        delete _calls;
        _refusal = "met";
    }

    /// @dev An asset that calls its sender: the converter cannot be entered again while a bid is being paid.
    function test_nothingIsEnteredAgainWhileABidIsPaid() external {
        HookAsset hooked = new HookAsset();
        LaunchParams memory params = _poolTaxParams();
        params.assets[0] = address(hooked);
        params.salt = "hooked";
        _launch(params);
        vm.prank(issuer);
        token.transfer(address(converter), 10_000e18);
        hooked.mint(address(this), 10e18);
        hooked.approve(address(converter), 10e18);
        hooked.setHook(this);
        _calls.push(abi.encodeCall(converter.bid, (1, _one(1e18), alice)));
        _calls.push(abi.encodeCall(converter.allocate, ()));
        _calls.push(abi.encodeCall(converter.burnLot, ()));
        _calls.push(abi.encodeCall(converter.addLiquidity, ()));
        _calls.push(abi.encodeCall(converter.claim, (creator, 0)));
        _calls.push(abi.encodeCall(converter.quote, (1)));
        converter.bid(LOT, _one(10e18), alice);
        assertEq(_refusal, "met");
    }
}
