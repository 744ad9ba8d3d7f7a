// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {Transfers} from "ballast/lib/Transfers.sol";
import {
    BreakableAsset,
    FeeAsset,
    HookAsset,
    IAssetHook,
    NoReturnAsset,
    OddAsset,
    PausableAsset,
    RebasingAsset,
    SecondAddress,
    TwoAddressAsset
} from "../support/OddAssets.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice Calls the book from an asset's hook, in every way that could be let in, and counts what was.
contract HookOwner is IAssetHook {
    IVaultBook private immutable book;
    uint256 private immutable market;
    uint256 public calls;
    uint256 public letIn;

    constructor(IVaultBook book_, uint256 market_, HookAsset asset) {
        (book, market) = (book_, market_);
        asset.setHook(this);
        asset.approve(address(book_), type(uint256).max);
    }

    function adjust(int256 collateral, int256 debt) external {
        book.adjust(market, collateral, debt);
    }

    function onAssetMoved(address, address, uint256) external override {
        address[] memory owners = new address[](1);
        owners[0] = address(this);
        _try(abi.encodeCall(book.adjust, (market, -1, 0)));
        _try(abi.encodeCall(book.adjust, (market, 1, 0)));
        _try(abi.encodeCall(book.take, (market, owners, 1, 0, "")));
        _try(abi.encodeCall(book.redeem, (market, address(this), 1, 0)));
        _try(abi.encodeCall(book.collect, ()));
        _try(abi.encodeCall(book.equity, ()));
    }

    function _try(bytes memory call) private {
        (bool ok, bytes memory why) = address(book).call(call);
        ++calls;
        if (ok || bytes4(why) != IVaultBook.Locked.selector) ++letIn;
    }
}

/// @notice Collateral that charges, rebases, calls back, returns nothing, answers at two addresses, stops or breaks: it is
/// refused where it moves, or harms nobody outside its own market.
contract VaultOddTokensTest is VaultFixture {
    function _marketOf(address asset, uint8 decimals) private returns (uint256) {
        uint256 mid = 2_000e18 * 10 ** (36 - decimals);
        prices.set(asset, mid * 995 / 1000, mid, mid * 1005 / 1000, PriceState.Safe);
        return book.createMarket(_fast(asset), CEILING, MINT_LIMIT, 0);
    }

    /// @dev Ten whole ones and a loan of 10,000, of both alice and bob.
    function _fill(OddAsset asset) private returns (uint256 market) {
        market = _marketOf(address(asset), 18);
        _put(asset, market, alice);
        _put(asset, market, bob);
    }

    function _put(OddAsset asset, uint256 market, address owner) private {
        asset.mint(owner, 20e18);
        vm.startPrank(owner);
        asset.approve(address(book), type(uint256).max);
        book.adjust(market, 10e18, 10_000e18);
        vm.stopPrank();
    }

    function _requireThere(OddAsset asset, uint256 market) private view {
        assertGe(
            asset.balanceOf(address(book)), book.marketOf(market).collateral, "booked more than is there"
        );
        _requireBacked();
    }

    // ---------------------------------------------------------------- fees

    function test_whatChargesOnTheWayInIsRefusedWhenItMoves() external {
        FeeAsset asset = new FeeAsset();
        asset.setFee(1, false);
        uint256 market = _marketOf(address(asset), 18);
        asset.mint(alice, 10e18);
        vm.startPrank(alice);
        asset.approve(address(book), type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(Transfers.TransferShort.selector, address(asset), 9.999e18, 10e18)
        );
        book.adjust(market, 10e18, 10_000e18);
        vm.stopPrank();
        assertEq(synthetic.totalSupply(), 0);
    }

    /// @dev A fee that begins later: nothing more comes in, everything that is there leaves, and receivers bear the fee.
    function testFuzz_aFeeThatBeginsLaterIsItsReceiversOwn(uint256 feeBps) external {
        FeeAsset asset = new FeeAsset();
        uint256 market = _fill(asset);
        asset.setFee(bound(feeBps, 1, 9_999), false);
        vm.startPrank(alice);
        vm.expectPartialRevert(Transfers.TransferShort.selector);
        book.adjust(market, 1e18, 0);
        book.adjust(market, ALL, ALL);
        vm.stopPrank();
        _requireThere(asset, market);
        vm.prank(bob);
        book.adjust(market, ALL, ALL);
        assertEq(asset.balanceOf(address(book)), 0);
    }

    /// @dev What charges its sender on top cannot be seen when it comes in; when it goes out it takes from the other
    /// owners of its own market, and from nobody else.
    function test_whatChargesItsSenderHarmsItsOwnMarketOnly() external {
        FeeAsset asset = new FeeAsset();
        uint256 market = _fill(asset);
        _open(carol, FAST, 10e18, 10_000e18);
        asset.setFee(100, true);
        vm.prank(alice);
        book.adjust(market, ALL, ALL);
        assertEq(asset.balanceOf(address(book)), 9.9e18);
        vm.prank(bob);
        vm.expectPartialRevert(OddAsset.NotEnough.selector);
        book.adjust(market, ALL, ALL);
        vm.prank(bob);
        book.adjust(market, -9.8e18, ALL);
        vm.prank(carol);
        book.adjust(FAST, ALL, ALL);
        assertEq(ether_.balanceOf(carol), 10e18);
    }

    // ---------------------------------------------------------------- rebasing

    function test_growthIsCreditedToNobodyAndTakenByNobody() external {
        RebasingAsset asset = new RebasingAsset();
        uint256 market = _fill(asset);
        asset.rebase(11, 10);
        assertEq(book.marketOf(market).collateral, 20e18, "growth was credited");
        _requireThere(asset, market);
        vm.prank(alice);
        book.adjust(market, ALL, ALL);
        vm.prank(bob);
        book.adjust(market, ALL, ALL);
        assertGe(asset.balanceOf(address(book)), 2e18 - 2);
        assertEq(book.marketOf(market).collateral, 0);
    }

    /// @dev What shrinks cannot pay its last owner in full; the other markets, and who leaves with less, are not held up.
    function test_shrinkingHarmsItsOwnMarketOnly() external {
        RebasingAsset asset = new RebasingAsset();
        uint256 market = _fill(asset);
        _open(carol, FAST, 10e18, 10_000e18);
        asset.rebase(9, 10);
        vm.prank(alice);
        book.adjust(market, ALL, ALL);
        vm.prank(bob);
        vm.expectPartialRevert(OddAsset.NotEnough.selector);
        book.adjust(market, ALL, ALL);
        vm.prank(bob);
        book.adjust(market, -7.9e18, ALL);
        vm.prank(carol);
        book.adjust(FAST, ALL, ALL);
        assertEq(ether_.balanceOf(carol), 10e18);
    }

    // ---------------------------------------------------------------- hooks, missing answers, two addresses

    function test_hooksFindTheBookLocked() external {
        HookAsset asset = new HookAsset();
        uint256 market = _marketOf(address(asset), 18);
        HookOwner owner = new HookOwner(book, market, asset);
        asset.mint(address(owner), 10e18);
        owner.adjust(10e18, 10_000e18);
        owner.adjust(-1e18, -1_000e18);
        owner.adjust(ALL, ALL);
        assertEq(owner.calls(), 18, "a hook did not run");
        assertEq(owner.letIn(), 0, "a hook was let in");
        assertEq(asset.balanceOf(address(owner)), 10e18);
        assertEq(synthetic.totalSupply(), 0);
    }

    function test_whatReturnsNothingIsCollateralLikeAnyOther() external {
        NoReturnAsset asset = new NoReturnAsset();
        uint256 market = _marketOf(address(asset), 6);
        asset.mint(alice, 10e6);
        vm.startPrank(alice);
        asset.approve(address(book), 10e6);
        book.adjust(market, 10e6, 10_000e18);
        book.redeem(market, alice, 1_000e18, 0);
        vm.stopPrank();
        prices.set(address(asset), 0, 1_000e48, 1_000e48, PriceState.Safe);
        (uint256 paid,) = _take(alice, market, alice, type(uint256).max);
        assertGt(paid, 0);
        vm.prank(alice);
        book.adjust(market, ALL, ALL);
        assertEq(asset.balanceOf(alice), 10e6);
    }

    /// @dev Two markets of one ledger: coins count once, in the market that they came to.
    function test_twoAddressesOfOneAssetCountItsCoinsOnce() external {
        TwoAddressAsset first = new TwoAddressAsset();
        SecondAddress second = first.second();
        uint256 market = _fill(first);
        uint256 other = _marketOf(address(second), 18);
        first.mint(carol, 10e18);
        vm.startPrank(carol);
        second.approve(address(book), 10e18);
        book.adjust(other, 10e18, 10_000e18);
        vm.expectPartialRevert(IVaultBook.AmountTooLarge.selector);
        book.adjust(market, -1, 0);
        vm.stopPrank();
        uint256 booked = book.marketOf(market).collateral + book.marketOf(other).collateral;
        assertEq(first.balanceOf(address(book)), booked, "the same coins were counted twice");
        vm.prank(carol);
        book.adjust(other, ALL, ALL);
        assertEq(first.balanceOf(carol), 10e18);
        _requireThere(first, market);
    }

    // ---------------------------------------------------------------- stopped and broken

    /// @dev Its issuer stops the asset or blocks the book: debts can still be repaid, losses still be written off, and the
    /// other markets go on.
    function test_aStoppedAssetHoldsUpNothingElse() external {
        PausableAsset asset = new PausableAsset();
        uint256 market = _fill(asset);
        _open(carol, FAST, 10e18, 10_000e18);
        asset.setPaused(true);
        vm.prank(alice);
        book.adjust(market, 0, ALL);
        assertEq(_debtOf(market, alice), 0);
        vm.prank(alice);
        vm.expectRevert(PausableAsset.TransfersPaused.selector);
        book.adjust(market, ALL, 0);
        prices.set(address(asset), 0, 100e36, 100e36, PriceState.Safe);
        assertEq(book.book(market, bob), 9_000e18);
        vm.prank(carol);
        book.adjust(FAST, ALL, ALL);
        asset.setPaused(false);
        vm.prank(alice);
        book.adjust(market, ALL, 0);
        assertEq(asset.balanceOf(alice), 20e18);
    }

    function test_aBrokenAssetHoldsUpNothingElse() external {
        BreakableAsset asset = new BreakableAsset();
        uint256 market = _fill(asset);
        _open(carol, FAST, 10e18, 10_000e18);
        asset.breakDown();
        vm.prank(bob);
        book.adjust(market, 0, ALL);
        book.collect();
        assertEq(book.equity(), 0);
        vm.prank(carol);
        book.adjust(FAST, ALL, ALL);
        assertEq(ether_.balanceOf(carol), 10e18);
    }
}
