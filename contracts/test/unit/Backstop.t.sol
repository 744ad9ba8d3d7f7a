// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {Backstop} from "ballast/vaults/Backstop.sol";
import {BackstopQueue} from "ballast/vaults/BackstopQueue.sol";
import {BackstopSale} from "ballast/vaults/BackstopSale.sol";
import {PegFixture} from "../support/PegFixture.sol";

contract BackstopTest is PegFixture {
    uint256 private constant DEBT = 10_000e18;

    function setUp() public virtual override {
        super.setUp();
        // Alice and bob have synthetic of their own vaults in the other market.
        _open(alice, SLOW, 1_000e8, 1_000_000e18);
        _open(bob, SLOW, 1_000e8, 1_000_000e18);
    }

    // ---------------------------------------------------------------- requests

    function test_entryWaitsAtLeastOneCooldownAndAtMostTwo() external {
        uint256 epoch = _requestEntry(alice, 1_000e18);
        vm.warp(backstop.genesis() + (epoch + 2) * COOLDOWN - 1);
        vm.expectRevert(abi.encodeWithSelector(BackstopQueue.NotSettled.selector, epoch));
        backstop.claimEntry(epoch, alice);
        vm.warp(block.timestamp + 1);
        (uint256 shares, uint256 refunded) = backstop.claimEntry(epoch, alice);
        assertEq(shares, 1_000e24, "a million shares for one base unit");
        assertEq(refunded, 0);
        assertEq(backstop.balanceOf(alice), shares);
        assertEq(backstop.convertToAssets(shares), 1_000e18);
        vm.expectRevert(abi.encodeWithSelector(BackstopQueue.NothingRequested.selector, epoch, alice));
        backstop.claimEntry(epoch, alice);
    }

    function test_waitingEntryNeitherGainsNorLoses() external {
        _stake(alice, 1_000e18);
        _requestEntry(bob, 1_000e18);
        assertEq(backstop.totalAssets(), 1_000e18);
        _gainBySurplus(100e18);
        uint256 worth = backstop.convertToAssets(backstop.balanceOf(alice));
        assertApproxEqAbs(worth, 1_100e18, 1e6, "the gain is of those who are in");
    }

    function test_entryCanBeTakenBackUntilItIsSettled() external {
        uint256 epoch = _requestEntry(alice, 1_000e18);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(BackstopQueue.NothingRequested.selector, epoch, bob));
        backstop.cancelEntry(epoch);
        uint256 before = synthetic.balanceOf(alice);
        vm.prank(alice);
        assertEq(backstop.cancelEntry(epoch), 1_000e18);
        assertEq(synthetic.balanceOf(alice), before + 1_000e18);
        epoch = _requestEntry(alice, 1_000e18);
        _waitForSettlement();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(BackstopQueue.AlreadySettled.selector, epoch));
        backstop.cancelEntry(epoch);
    }

    function test_exitWaitsAndItsSharesBearLossesAndGainMeanwhile() external {
        uint256 shares = _stake(alice, 1_000e18);
        _stake(bob, 1_000e18);
        uint256 epoch = _requestExit(alice, shares);
        assertEq(backstop.balanceOf(alice), 0);
        _lose(400e18);
        _waitForSettlement();
        uint256 before = synthetic.balanceOf(alice);
        uint256 paid = backstop.claimExit(epoch, alice);
        assertApproxEqAbs(paid, 800e18, 1e6, "half of the loss");
        assertEq(synthetic.balanceOf(alice), before + paid);
        (,,, uint256 owed) = backstop.accounts();
        assertEq(owed, 0, "paid and still owed");
        vm.expectRevert(abi.encodeWithSelector(BackstopQueue.NothingToClaim.selector, epoch, alice));
        backstop.claimExit(epoch, alice);
    }

    function test_requestsOfOneEpochAreSettledAtOnePrice() external {
        _stake(alice, 1_000e18);
        _gainBySurplus(77e18);
        uint256 epoch = _requestEntry(alice, 100e18);
        _requestEntry(bob, 300e18);
        _requestEntry(alice, 200e18);
        _waitForSettlement();
        (uint256 hers,) = backstop.claimEntry(epoch, alice);
        (uint256 his,) = backstop.claimEntry(epoch, bob);
        assertApproxEqAbs(hers, his, 1);
    }

    /// @dev Whoever calls, whatever for, everybody's ripe requests are settled first.
    function test_anyCallSettlesWhatIsRipe() external {
        uint256 epoch = _requestEntry(alice, 1_000e18);
        vm.warp(block.timestamp + 2 * COOLDOWN);
        vm.prank(mallory);
        backstop.sync();
        (, bool settled) = backstop.entryOf(epoch, alice);
        assertTrue(settled);
    }

    function test_longIdleVaultSettlesInBoundedSteps() external {
        uint256 epoch = _requestEntry(alice, 1_000e18);
        vm.warp(block.timestamp + 200 * COOLDOWN);
        uint256 later = _requestEntry(bob, 1_000e18);
        (, bool settled) = backstop.entryOf(epoch, alice);
        assertTrue(settled, "the first of many epochs");
        vm.warp(block.timestamp + 2 * COOLDOWN);
        for (uint256 i = 0; i < 4; ++i) {
            backstop.settle();
        }
        (, settled) = backstop.entryOf(later, bob);
        assertTrue(settled, "the last of them");
    }

    function test_nothingIsNoRequest() external {
        vm.expectRevert(abi.encodeWithSelector(Backstop.ZeroAmount.selector, "assets"));
        backstop.requestEntry(0, alice);
        vm.expectRevert(abi.encodeWithSelector(Backstop.ZeroAmount.selector, "shares"));
        backstop.requestExit(0);
        vm.expectRevert(abi.encodeWithSelector(Backstop.BadAddress.selector, "owner", address(0)));
        backstop.requestEntry(1, address(0));
    }

    /// @dev ERC-4626's own four are shut, and say so.
    function test_nothingGoesInOrOutWithoutARequest() external {
        _stake(alice, 1_000e18);
        assertEq(backstop.maxDeposit(alice), 0);
        assertEq(backstop.maxMint(alice), 0);
        assertEq(backstop.maxWithdraw(alice), 0);
        assertEq(backstop.maxRedeem(alice), 0);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxDeposit.selector, alice, 1, 0));
        backstop.deposit(1, alice);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxMint.selector, alice, 1, 0));
        backstop.mint(1, alice);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxWithdraw.selector, alice, 1, 0));
        backstop.withdraw(1, alice, alice);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, alice, 1, 0));
        backstop.redeem(1, alice, alice);
        vm.expectRevert(Backstop.OnlyByRequest.selector);
        backstop.deposit(0, alice);
        vm.expectRevert(Backstop.OnlyByRequest.selector);
        backstop.redeem(0, alice, alice);
        vm.stopPrank();
        assertEq(backstop.asset(), address(book));
        assertEq(backstop.decimals(), 24);
    }

    function test_cooldownIsBounded() external {
        vm.expectRevert(
            abi.encodeWithSelector(Backstop.BadTerm.selector, "cooldownSecs", 1 days - 1, 1 days, 30 days)
        );
        new Backstop(book, "B", "B", 1 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(Backstop.BadTerm.selector, "cooldownSecs", 30 days + 1, 1 days, 30 days)
        );
        new Backstop(book, "B", "B", 30 days + 1);
    }

    // ---------------------------------------------------------------- taking

    function test_takeBuysAtHalfTheLargestDiscountOrMore() external {
        _stake(alice, 100_000e18);
        _openFast(carol, DEBT);
        _setPrice(ether_, 1_801e18); // still healthy
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        backstop.take(FAST, _one(carol), DEBT);
        _setPrice(ether_, 1_750e18); // a discount of 2.8 %
        vm.expectPartialRevert(Backstop.DiscountTooSmall.selector);
        backstop.take(FAST, _one(carol), DEBT);
        _setPrice(ether_, 1_700e18); // and of 5.6 %
        vm.prank(mallory);
        (uint256 paid, uint256 got) = backstop.take(FAST, _one(carol), DEBT);
        assertGt(paid, 0);
        assertLe(paid, got * 1_700 * 96 / 100, "less than half the largest discount");
        (uint256 cash,,,) = backstop.accounts();
        assertEq(cash, 100_000e18 - paid);
        (address token, uint256 held, uint256 startedAt) = backstop.lotOf(FAST);
        assertEq(token, address(ether_));
        assertEq(held, got);
        assertEq(startedAt, block.timestamp);
        assertEq(synthetic.balanceOf(mallory) + ether_.balanceOf(mallory), 0, "the caller gets nothing");
        assertGt(backstop.totalAssets(), 100_000e18, "a bargain");
    }

    /// @dev With time the discount grows to where the backstop may buy.
    function test_takeWaitsForTheClock() external {
        _stake(alice, 100_000e18);
        _openFast(carol, DEBT);
        _setPrice(ether_, 1_780e18);
        book.flag(FAST, carol);
        vm.expectPartialRevert(Backstop.DiscountTooSmall.selector);
        backstop.take(FAST, _one(carol), DEBT);
        vm.warp(block.timestamp + 16);
        backstop.take(FAST, _one(carol), DEBT);
    }

    /// @dev While the price steps down, mid stays behind; what is paid must be worth it at low too.
    function test_takeLooksAtLowWhileThePriceSteps() external {
        _stake(alice, 100_000e18);
        _openFast(carol, DEBT);
        uint256 mid = 1_700e36;
        prices.set(address(ether_), mid * 90 / 100, mid, mid * 101 / 100, PriceState.Stepped);
        vm.expectPartialRevert(Backstop.DiscountTooSmall.selector);
        backstop.take(FAST, _one(carol), DEBT);
        prices.set(address(ether_), mid * 97 / 100, mid, mid * 101 / 100, PriceState.Stepped);
        backstop.take(FAST, _one(carol), DEBT);
    }

    function test_takeNeedsAPriceThatIsNotUnsafe() external {
        _stake(alice, 100_000e18);
        _openFast(carol, DEBT);
        for (uint8 state = 2; state < 4; ++state) {
            _setPrice(ether_, 1_600e18, PriceState(state));
            vm.expectRevert(abi.encodeWithSelector(Backstop.PriceUnsafe.selector, state));
            backstop.take(FAST, _one(carol), DEBT);
        }
    }

    /// @dev What waits to enter, what is owed, and what drips in is not the shareholders' to spend.
    function test_takeAndCoverSpendTheCashAndNothingElse() external {
        _stake(alice, 500e18);
        _requestEntry(bob, 50_000e18);
        _mintTo(address(backstop), 50_000e18);
        backstop.sync();
        _openFast(carol, DEBT);
        _setPrice(ether_, 1_700e18);
        (uint256 paid,) = backstop.take(FAST, _one(carol), type(uint256).max);
        assertLe(paid, 500e18);
        assertGt(paid, 499e18);
        (, uint256 dripping, uint256 entering,) = backstop.accounts();
        assertEq(entering, 50_000e18);
        assertEq(dripping, 50_000e18);
    }

    // ---------------------------------------------------------------- losses

    function test_coverPaysADeficitAfterInterestAndSurplus() external {
        _stake(alice, 100_000e18);
        _enter(bob, 500_000e6);
        uint256 surplus = pegModule.collectFees();
        assertGt(surplus, 1_000e18);
        _makeDeficit(SLOW, 5_000e18);
        uint256 deficit = _deficit();
        uint256 supply = synthetic.totalSupply();
        vm.prank(mallory);
        uint256 covered = backstop.cover(SLOW, type(uint256).max);
        assertEq(covered, deficit - surplus, "the surplus first");
        assertEq(_deficit(), 0);
        assertEq(synthetic.totalSupply(), supply - deficit);
        assertEq(backstop.totalAssets(), 100_000e18 - covered);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "amount", 1, 0));
        backstop.cover(SLOW, 1);
    }

    function test_coverPaysTheDeficitOfThePegModuleToo() external {
        _stake(alice, 100_000e18);
        _enter(bob, 10_000e6);
        _setDollar(0.8e18);
        pegModule.mark();
        uint256 deficit = book.pegDeficit();
        assertGt(deficit, 1_000e18);
        assertEq(backstop.cover(type(uint256).max, type(uint256).max), deficit);
        assertEq(_deficit(), 0);
    }

    function test_coverIsBoundByTheCashAndByWhatIsAskedFor() external {
        _stake(alice, 1_000e18);
        _makeDeficit(SLOW, 5_000e18);
        assertEq(backstop.cover(SLOW, 300e18), 300e18);
        assertEq(backstop.cover(SLOW, 5_000e18), 700e18);
        vm.expectRevert(abi.encodeWithSelector(Backstop.ZeroAmount.selector, "cash"));
        backstop.cover(SLOW, 5_000e18);
    }

    /// @dev All is lost: the old shares are worth nothing, entries are given back, and once the old shares are gone it
    /// begins anew.
    function test_totalLossGivesEntriesBackUntilTheOldSharesAreGone() external {
        uint256 shares = _stake(alice, 1_000e18);
        _makeDeficit(SLOW, 5_000e18);
        backstop.cover(SLOW, 5_000e18);
        assertEq(backstop.totalAssets(), 0);
        uint256 before = synthetic.balanceOf(bob);
        uint256 epoch = _requestEntry(bob, 500e18);
        _waitForSettlement();
        (uint256 got, uint256 refunded) = backstop.claimEntry(epoch, bob);
        assertEq(got, 0);
        assertEq(refunded, 500e18);
        assertEq(synthetic.balanceOf(bob), before);
        (,, uint256 entering,) = backstop.accounts();
        assertEq(entering, 0, "given back and still counted");
        _requestExit(alice, shares);
        _waitForSettlement();
        assertEq(backstop.totalSupply(), 0);
        assertEq(_stake(bob, 500e18), 500e24);
    }

    // ---------------------------------------------------------------- the sale

    function test_saleStartsAboveTheMidFallsAndStopsAtTheWorst() external {
        uint256 got = _takeSome();
        (, uint256 mid, uint256 high,,) = prices.price(address(ether_));
        assertEq(backstop.askOf(FAST), high * 105 / 100);
        assertGt(backstop.askOf(FAST), mid);
        uint256 start = block.timestamp;
        uint256 last = backstop.askOf(FAST);
        for (uint256 secs = 60; secs <= 1 hours; secs += 60) {
            vm.warp(start + secs);
            assertLt(backstop.askOf(FAST), last, "the price does not fall");
            last = backstop.askOf(FAST);
        }
        assertEq(last, high * 90 / 100);
        vm.warp(start + 1 days);
        assertEq(backstop.askOf(FAST), high * 90 / 100, "under the worst price too early");
        vm.warp(start + 1 days + 1 hours);
        assertEq(backstop.askOf(FAST), high * 45 / 100);
        vm.warp(start + 2 days);
        assertGt(backstop.askOf(FAST), 0, "nobody gets it for nothing");
        assertLt(backstop.askOf(FAST), high / 1e6, "it does not clear");
        assertGt(got, 0);
    }

    function test_bidPaysThePriceOfTheMomentRoundedUp() external {
        uint256 got = _takeSome();
        vm.warp(block.timestamp + 10 minutes);
        uint256 ask = backstop.askOf(FAST);
        (uint256 cashBefore,,,) = backstop.accounts();
        vm.startPrank(bob);
        synthetic.approve(address(backstop), type(uint256).max);
        uint256 price = (1e18 * ask + (1e36 - 1)) / 1e36;
        vm.expectRevert(abi.encodeWithSelector(Backstop.PriceAboveLimit.selector, price, price - 1));
        backstop.bid(FAST, 1e18, price - 1, bob);
        assertEq(backstop.bid(FAST, 1e18, price, carol), price);
        assertEq(ether_.balanceOf(carol), 1e18);
        (uint256 cash,,,) = backstop.accounts();
        assertEq(cash, cashBefore + price);
        assertEq(backstop.askOf(FAST), ask, "a part that is sold moves the price");
        vm.expectRevert(abi.encodeWithSelector(Backstop.AmountTooLarge.selector, "amount", got, got - 1e18));
        backstop.bid(FAST, got, type(uint256).max, bob);
        vm.expectRevert(abi.encodeWithSelector(Backstop.ZeroAmount.selector, "amount"));
        backstop.bid(FAST, 0, 0, bob);
        backstop.bid(FAST, got - 1e18, type(uint256).max, bob);
        vm.stopPrank();
        (, uint256 held,) = backstop.lotOf(FAST);
        assertEq(held, 0);
        (cash,,,) = backstop.accounts();
        assertEq(backstop.totalAssets(), cash);
    }

    function test_saleWaitsForASafePriceForADayOnly() external {
        _takeSome();
        _setPrice(ether_, 1_700e18, PriceState.Late);
        vm.expectRevert(abi.encodeWithSelector(BackstopSale.PriceUnsafe.selector, PriceState.Late));
        backstop.askOf(FAST);
        vm.warp(block.timestamp + 1 days + 1);
        assertGt(backstop.askOf(FAST), 0);
    }

    /// @dev Dust does not start the sale again; a large lot does not begin where an old small one has come to.
    function test_newCollateralTurnsTheClockBackByItsWeight() external {
        _takeSome();
        (, uint256 held, uint256 startedAt) = backstop.lotOf(FAST);
        vm.warp(block.timestamp + 12 hours);
        uint256 age = block.timestamp - startedAt;
        _setPrice(ether_, 1_600e18);
        (, uint256 more) = backstop.take(FAST, _one(carol), 1e18);
        (,, uint256 later) = backstop.lotOf(FAST);
        assertEq(block.timestamp - later, age * held / (held + more));
        assertLt(later - startedAt, 30, "dust holds the sale up");
    }

    // ---------------------------------------------------------------- value

    function test_entriesValueCollateralHighAndExitsLow() external {
        uint256 shares = _takeWith(1_000_000e18);
        (, uint256 held,) = backstop.lotOf(FAST);
        (uint256 cash,,,) = backstop.accounts();
        (uint256 low,, uint256 high,,) = prices.price(address(ether_));
        uint256 entryEpoch = _requestEntry(bob, 1_000e18);
        _requestExit(alice, shares / 1000);
        _waitForSettlement();
        (uint256 got,) = backstop.claimEntry(entryEpoch, bob);
        assertEq(got, 1_000e18 * (shares + 1e6) / (cash + held * high / 1e36 + 1));
        uint256 lowTotal = cash + 1_000e18 + held * low / 1e36 + 1;
        uint256 paid = backstop.claimExit(entryEpoch, alice);
        assertEq(paid, shares / 1000 * lowTotal / (shares + got + 1e6));
    }

    function test_settlementWaitsForPricesOfWhatIsHeldButNotForever() external {
        uint256 shares = _takeWith(1_000_000e18);
        uint256 epoch = _requestExit(alice, shares / 2);
        _setPrice(ether_, 1_700e18, PriceState.Late);
        _waitForSettlement();
        (, uint256 claimable) = backstop.exitOf(epoch, alice);
        assertEq(claimable, 0, "settled without a price");
        vm.warp(block.timestamp + 30 days);
        backstop.settle();
        (, claimable) = backstop.exitOf(epoch, alice);
        (uint256 cash,,,) = backstop.accounts();
        assertApproxEqRel(
            claimable, cash, 1e12, "half of all there was, and nothing for what nobody can value"
        );
    }

    /// @dev A source that is gone altogether holds nothing up for longer either.
    function test_failingPriceSourceIsAPriceThatIsNotSafe() external {
        uint256 shares = _takeWith(1_000_000e18);
        uint256 epoch = _requestExit(alice, shares / 2);
        vm.mockCallRevert(address(prices), abi.encodeCall(prices.price, (address(ether_))), "gone");
        (uint256 cash,,,) = backstop.accounts();
        assertEq(backstop.totalAssets(), cash);
        _waitForSettlement();
        (, uint256 claimable) = backstop.exitOf(epoch, alice);
        assertEq(claimable, 0);
        vm.warp(block.timestamp + 30 days);
        assertApproxEqRel(backstop.claimExit(epoch, alice), cash / 2, 1e12);
    }

    function test_exitsBeyondTheCashArePaidAsTheSaleGoesOn() external {
        uint256 shares = _stake(alice, 4_000e18);
        _openFast(carol, DEBT);
        _setPrice(ether_, 1_700e18);
        backstop.take(FAST, _one(carol), 3_500e18);
        uint256 epoch = _requestExit(alice, shares);
        (uint256 cash,,,) = backstop.accounts();
        assertLt(cash, 1_000e18);
        _waitForSettlement();
        uint256 first = backstop.claimExit(epoch, alice);
        assertApproxEqAbs(first, cash, 1e6, "all the cash");
        assertGt(backstop.totalSupply(), 0, "the rest goes on");
        (, uint256 held,) = backstop.lotOf(FAST);
        vm.startPrank(bob);
        synthetic.approve(address(backstop), type(uint256).max);
        uint256 price = backstop.bid(FAST, held, type(uint256).max, bob);
        vm.stopPrank();
        assertApproxEqAbs(backstop.claimExit(epoch, alice), price, 1e6);
        assertEq(backstop.totalSupply(), 0);
    }

    function test_previewsTellWhatARequestWouldGetNow() external {
        uint256 shares = _takeWith(1_000_000e18);
        (, uint256 held,) = backstop.lotOf(FAST);
        (uint256 cash,,,) = backstop.accounts();
        (uint256 low,, uint256 high,,) = prices.price(address(ether_));
        assertEq(backstop.totalAssets(), cash + held * low / 1e36);
        assertEq(backstop.previewDeposit(1e18), 1e18 * (shares + 1e6) / (cash + held * high / 1e36 + 1));
        assertGe(backstop.previewMint(backstop.previewDeposit(1e18)), 1e18 - 1);
        assertEq(backstop.previewRedeem(1e24), backstop.convertToAssets(1e24));
        assertLt(backstop.previewRedeem(backstop.previewDeposit(1e18)), 1e18, "in and out costs the spread");
    }

    // ---------------------------------------------------------------- what arrives

    function test_arrivalsDripInOverADay() external {
        _stake(alice, 1_000e18);
        _mintTo(address(backstop), 240e18);
        assertEq(backstop.totalAssets(), 1_000e18);
        assertEq(backstop.sync(), 240e18);
        assertEq(backstop.totalAssets(), 1_000e18, "at once");
        vm.warp(block.timestamp + 6 hours);
        assertEq(backstop.totalAssets(), 1_060e18);
        assertEq(backstop.sync(), 0, "twice");
        assertEq(backstop.totalAssets(), 1_060e18, "a call makes it drip faster");
        vm.warp(block.timestamp + 6 hours);
        assertEq(backstop.totalAssets(), 1_120e18);
        vm.warp(block.timestamp + 12 hours);
        assertEq(backstop.totalAssets(), 1_240e18);
    }

    function test_dustDoesNotHoldUpTheDrip() external {
        _stake(alice, 1_000e18);
        _mintTo(address(backstop), 240e18);
        backstop.sync();
        vm.startPrank(bob);
        for (uint256 i = 0; i < 96; ++i) {
            vm.warp(block.timestamp + 15 minutes);
            synthetic.transfer(address(backstop), 0.9e18);
            backstop.sync();
        }
        vm.stopPrank();
        assertGt(backstop.totalAssets(), 1_240e18);
    }

    function test_arrivalsWaitForSomebodyToHaveThem() external {
        _mintTo(address(backstop), 240e18);
        assertEq(backstop.sync(), 0);
        uint256 shares = _stake(alice, 1_000e18);
        assertEq(shares, 1_000e24, "an arrival before the first entry moved the price");
        assertEq(backstop.sync(), 240e18);
    }

    // ---------------------------------------------------------------- helpers

    function _mintTo(address to, uint256 amount) private {
        vm.prank(bob);
        synthetic.transfer(to, amount);
    }

    function _gainBySurplus(uint256 amount) private {
        _mintTo(address(backstop), amount);
        backstop.sync();
        vm.warp(block.timestamp + 1 days);
    }

    /// @dev Where collateral tells its receiver, he finds every door shut.
    function test_whoIsPaidInCollateralCannotComeInAgain() external {
        uint256 got = _takeSome();
        vm.etch(address(ether_), address(new TellingAsset()).code);
        BackstopIntruder intruder = new BackstopIntruder(backstop);
        vm.prank(bob);
        synthetic.approve(address(backstop), type(uint256).max);
        vm.prank(bob);
        backstop.bid(FAST, got, type(uint256).max, address(intruder));
        assertEq(intruder.refused(), 6);
    }

    /// @dev A vault of carol's in `market` goes under water and is booked; nobody has interest or surplus for it.
    function _makeDeficit(uint256 market, uint256 amount) private {
        uint256 coins = amount * 1e8 / 20_000e18; // a debt of a third of the value
        _open(carol, market, coins, amount);
        _setPrice(coin, 1e18);
        book.book(market, carol);
        _setPrice(coin, 60_000e18);
    }

    function _lose(uint256 amount) private {
        _makeDeficit(SLOW, 5_000e18);
        assertEq(backstop.cover(SLOW, amount), amount);
    }

    /// @dev The backstop, with 100,000 of alice's, buys a part of a vault of carol's, which stays unhealthy.
    function _takeSome() private returns (uint256 got) {
        _stake(alice, 100_000e18);
        _openFast(carol, DEBT);
        _setPrice(ether_, 1_700e18);
        (, got) = backstop.take(FAST, _one(carol), 3_000e18);
    }

    function _takeWith(uint256 assets) private returns (uint256 shares) {
        shares = _stake(alice, assets);
        _openFast(carol, DEBT);
        _setPrice(ether_, 1_700e18);
        backstop.take(FAST, _one(carol), type(uint256).max);
    }
}

/// @notice The plain asset's code with a call to whoever receives, for a place where the plain one's balances lie.
contract TellingAsset is ERC20("Telling", "TELL") {
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (to.code.length != 0) BackstopIntruder(to).told();
    }
}

/// @notice Tries every call of the backstop when it is told of collateral.
contract BackstopIntruder {
    Backstop private immutable _backstop;
    uint256 public refused;

    constructor(Backstop backstop) {
        _backstop = backstop;
    }

    function told() external {
        address[] memory owners = new address[](1);
        _try(abi.encodeCall(Backstop.requestEntry, (1e18, address(this))));
        _try(abi.encodeCall(Backstop.requestExit, (1)));
        _try(abi.encodeCall(Backstop.settle, ()));
        _try(abi.encodeCall(Backstop.take, (0, owners, 1)));
        _try(abi.encodeCall(Backstop.bid, (0, 1, 1, address(this))));
        _try(abi.encodeCall(Backstop.sync, ()));
    }

    function _try(bytes memory call) private {
        (bool done, bytes memory why) = address(_backstop).call(call);
        if (!done && bytes4(why) == Backstop.Locked.selector) ++refused;
    }
}
