// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {Transfers} from "ballast/lib/Transfers.sol";
import {PegModule} from "ballast/vaults/PegModule.sol";
import {FeeAsset, HookAsset, IAssetHook} from "../support/OddAssets.sol";
import {PegFixture} from "../support/PegFixture.sol";
import {SettablePrices} from "../support/SettablePrices.sol";
import {TestAsset} from "../support/TestAsset.sol";

contract PegModuleTest is PegFixture {
    uint256[] private _shares;

    // ---------------------------------------------------------------- entry

    function testFuzz_entryMintsTheFaceLessTheFeeAndTheCustodyKeepsBoth(uint256 units, uint8 decimals)
        external
    {
        decimals = uint8(bound(decimals, 6, 18));
        _deploySystem(address(new TestAsset("Odd", decimals)), false);
        uint256 scale = 10 ** (18 - decimals);
        units = bound(units, 1e3, CAP / scale);
        uint256 minted = _enter(alice, units);
        uint256 face = units * scale;
        assertEq(minted, face - (face * FEE_IN + (WAD - 1)) / WAD, "minted");
        assertEq(synthetic.balanceOf(alice), minted);
        assertEq(pegModule.custody(), units);
        (,, uint256 ledger) = book.totals();
        assertEq(ledger, minted, "the ledger is what was minted");
        assertGe(book.equity(), 0, "an entry is backed at the low price");
    }

    function test_entryNeedsALowPriceWithinTheFee() external {
        uint256 par = 1e36 * 1e12;
        uint256 least = par * 995 / 1000;
        prices.set(address(dollar), least - 1, par, par, PriceState.Safe);
        _expectEntryRefused(abi.encodeWithSelector(PegModule.CustodyTooCheap.selector, least - 1, least));
        prices.set(address(dollar), least, par, par, PriceState.Safe);
        _enter(alice, 1e6);
    }

    function test_entryNeedsASafePrice() external {
        for (uint8 state = 1; state < 4; ++state) {
            _setDollar(1e18, PriceState(state));
            _expectEntryRefused(abi.encodeWithSelector(PegModule.PriceUnsafe.selector, state));
        }
    }

    function test_entryStopsAtTheCap() external {
        _enter(alice, CAP / 1e12);
        (,, uint256 ledger) = book.totals();
        uint256 room = CAP - ledger;
        // The fee leaves room for a little more, and for no more than that.
        uint256 units = room / 1e12 * 1_006 / 1_000;
        uint256 minted = units * 1e12 * 995 / 1_000;
        dollar.mint(bob, units);
        vm.startPrank(bob);
        dollar.approve(address(pegModule), units);
        vm.expectRevert(abi.encodeWithSelector(PegModule.CapReached.selector, ledger + minted, CAP));
        pegModule.enter(units, 0, bob);
        pegModule.enter(room / 1e12, 0, bob);
        vm.stopPrank();
    }

    function test_entryIsNewDebtAndStopsWithIt() external {
        book.stopNewDebt(1 days);
        _expectEntryRefused(
            abi.encodeWithSelector(IVaultBook.NewDebtIsStopped.selector, block.timestamp + 1 days)
        );
    }

    function test_entryRefusesNothingAndTooMuchAndLessThanAskedFor() external {
        vm.expectRevert(abi.encodeWithSelector(PegModule.ZeroAmount.selector, "units"));
        pegModule.enter(0, 0, alice);
        uint256 most = uint256(type(uint112).max) / 1e12;
        vm.expectRevert(abi.encodeWithSelector(PegModule.AmountTooLarge.selector, "units", most + 1, most));
        pegModule.enter(most + 1, 0, alice);
        vm.expectPartialRevert(PegModule.CapReached.selector);
        pegModule.enter(most, 0, alice);
        vm.expectRevert(
            abi.encodeWithSelector(PegModule.TooLittle.selector, "minted", 0.995e18, 0.995e18 + 1)
        );
        pegModule.enter(1e6, 0.995e18 + 1, alice);
    }

    function test_tokenThatChargesForTransfersIsRefused() external {
        FeeAsset odd = new FeeAsset();
        _deploySystem(address(odd), false);
        odd.setFee(100, false);
        odd.mint(alice, 100e18);
        vm.startPrank(alice);
        odd.approve(address(pegModule), 100e18);
        vm.expectRevert(abi.encodeWithSelector(Transfers.TransferShort.selector, address(odd), 99e18, 100e18));
        pegModule.enter(100e18, 0, alice);
        vm.stopPrank();
    }

    // ---------------------------------------------------------------- exit

    function testFuzz_exitPaysTheWorthLessTheFeeRoundedDown(uint256 units, uint256 amount) external {
        units = bound(units, 1e6, 1e13);
        uint256 minted = _enter(alice, units);
        amount = bound(amount, 2e12, minted);
        uint256 paid = _exit(alice, amount);
        assertEq(paid, (amount - (amount * FEE_OUT + (WAD - 1)) / WAD) / 1e12);
        assertEq(dollar.balanceOf(alice), paid);
        assertEq(pegModule.custody(), units - paid);
        (,, uint256 ledger) = book.totals();
        assertEq(ledger, minted - amount);
        assertGe(pegModule.custody() * 1e12, ledger, "less custody than ledger");
    }

    /// @dev With as many decimals as the synthetic has, nothing hides which way the fee is rounded.
    function testFuzz_exitFeeIsRoundedUp(uint256 amount) external {
        _deploySystem(address(new TestAsset("Odd", 18)), false);
        uint256 minted = _enter(alice, 1_000e18);
        amount = bound(amount, 1_000, minted);
        assertEq(_exit(alice, amount), amount - (amount * FEE_OUT + (WAD - 1)) / WAD);
    }

    /// @dev Where the issuer took units away, who comes too late is told how many there are.
    function test_exitIsRefusedWhereThereIsNoCustodyLeftForIt() external {
        _enter(alice, 1_000e6);
        vm.prank(address(pegModule));
        dollar.transfer(mallory, 900e6);
        _openFast(bob, 1_000_000e18);
        pegModule.mark();
        (uint256 backing, uint256 supply) = book.haircut();
        assertGt(backing * 1000, supply * 999, "hardly a loss for all together");
        vm.prank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVaultBook.AmountTooLarge.selector, "pegLedger", 1_000e18 * backing / supply, 100e18
            )
        );
        pegModule.exit(1_000e18, 0, bob);
        _exit(bob, 100e18);
    }

    /// @dev No price, no stop and no cap stands in the way.
    function test_exitAlwaysWorks() external {
        _enter(alice, 1_000e6);
        book.stopNewDebt(7 days);
        pegModule.setCap(0);
        for (uint8 state = 0; state < 4; ++state) {
            _setDollar(0.3e18, PriceState(state));
            assertEq(_exit(alice, 100e18), 99.8e6);
        }
        prices.set(address(dollar), 0, 0, 0, PriceState.Grace);
        assertEq(_exit(alice, 100e18), 99.8e6);
    }

    /// @dev Whatever in and out, at any price that lets one in, nobody ends with more than he began with.
    function testFuzz_roundTripsGainNothing(uint256 seed) external {
        _enter(bob, 1_000_000e6);
        dollar.mint(alice, 10_000e6);
        vm.startPrank(alice);
        dollar.approve(address(pegModule), type(uint256).max);
        for (uint256 i = 0; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 2 == 0) pegModule.enter(1 + seed % (dollar.balanceOf(alice) / 2), 0, alice);
            uint256 have = synthetic.balanceOf(alice);
            if (have > 2e12) pegModule.exit(bound(seed >> 16, 2e12, have), 0, alice);
        }
        vm.stopPrank();
        assertLe(dollar.balanceOf(alice) * 1e12 + synthetic.balanceOf(alice), 10_000e18, "a trip gained");
    }

    function test_exitRefusesDustAndLessThanAskedFor() external {
        _enter(alice, 10e6);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(PegModule.ZeroAmount.selector, "units"));
        pegModule.exit(1e12, 0, alice);
        vm.expectRevert(abi.encodeWithSelector(PegModule.TooLittle.selector, "units", 998_000, 998_001));
        pegModule.exit(1e18, 998_001, alice);
        vm.stopPrank();
    }

    function test_exitCannotTakeMoreThanTheModuleAnswersFor() external {
        _enter(alice, 10e6);
        _openFast(bob, 1_000e18);
        vm.prank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "pegLedger", 10e18, 9.95e18)
        );
        pegModule.exit(10e18, 0, bob);
    }

    // ---------------------------------------------------------------- losses

    function testFuzz_backingIsAtMostTheLedgerAndEachTokenAtMostOne(uint256 price, uint256 ledger) external {
        _enter(alice, 1_000e6);
        price = bound(price, 0, 3e18);
        ledger = bound(ledger, 0, 2_000e18);
        _setDollar(price);
        uint256 low = price * 1e30 * 999 / 1000;
        uint256 worth = 1_000e6 * (low < 1e48 ? low : 1e48) / 1e36;
        assertEq(pegModule.backing(ledger), ledger < worth ? ledger : worth);
    }

    function test_lossIsBookedOnlyWhenEvenHighValuesTheCustodyUnderTheLedger() external {
        _enter(alice, 1_000e6); // the ledger is 995
        _setDollar(0.995e18);
        assertEq(pegModule.mark(), 0, "low is under it, high is not");
        _setDollar(0.9e18);
        int256 loss = pegModule.mark();
        assertEq(loss, int256(995e18 - 1_000e18 * 0.9 * 1001 / 1000));
        (, uint256 deficit, uint256 ledger) = book.totals();
        assertEq(deficit, uint256(loss));
        assertEq(ledger, 995e18 - uint256(loss));
        assertEq(book.pegDeficit(), deficit);
        assertEq(pegModule.mark(), 0, "booked twice");
    }

    function test_recoveredCustodyPaysItsOwnDeficitAndNoMore() external {
        _enter(alice, 1_000e6);
        _setDollar(0.5e18);
        pegModule.mark();
        _setDollar(0.6e18);
        uint256 before = _deficit();
        (,, uint256 ledger) = book.totals();
        assertEq(pegModule.mark(), -int256(1_000e18 * 0.6 * 999 / 1000 - ledger));
        assertLt(_deficit(), before);
        _setDollar(5e18);
        pegModule.mark();
        (, uint256 deficit, uint256 ledgerAfter) = book.totals();
        assertEq(deficit, 0);
        assertEq(ledgerAfter, 995e18, "more came back than went");
        assertEq(pegModule.mark(), 0);
    }

    function test_markNeedsASafePrice() external {
        _enter(alice, 1_000e6);
        for (uint8 state = 1; state < 4; ++state) {
            _setDollar(0.5e18, PriceState(state));
            vm.expectRevert(abi.encodeWithSelector(PegModule.PriceUnsafe.selector, state));
            pegModule.mark();
        }
    }

    /// @dev Under a booked loss the first and the last out get the same share.
    function test_exitsUnderALossPayAllTheSameShare() external {
        _exitsUnderALoss(0.8e48, 0.8e48);
        assertApproxEqAbs(_shares[1], _shares[0], 1, "the second gets another share");
        assertApproxEqAbs(_shares[2], _shares[0], 1, "the third gets another share");
    }

    /// @dev The ledger is cut at the high price and backing counts the low one. An exit takes units at one each, which
    /// are worth less, so it leaves what stays better covered: who waits gets a little more, never less.
    function test_exitsUnderALossNeverPayMoreForBeingFirst() external {
        _exitsUnderALoss(0.79e48, 0.81e48);
        assertGe(_shares[1] + 1, _shares[0], "the first gets more");
        assertGe(_shares[2] + 1, _shares[1], "the second gets more");
        assertApproxEqRel(_shares[2], _shares[0], 0.03e18, "by more than the prices are apart");
    }

    function _exitsUnderALoss(uint256 low, uint256 high) private {
        _enter(alice, 1_000e6);
        _enter(bob, 1_000e6);
        _openFast(carol, 5_000e18);
        prices.set(address(dollar), low, low, high, PriceState.Safe);
        pegModule.mark();
        (uint256 backing, uint256 supply) = book.haircut();
        assertLt(backing, supply);
        _shares.push(_exit(alice, 300e18));
        _shares.push(_exit(bob, 300e18));
        _shares.push(_exit(alice, 300e18));
        assertApproxEqAbs(_shares[0], 300e18 * backing / supply * 998 / 1000 / 1e12, 1);
    }

    function test_unitsThatTheIssuerTookAwayAreALoss() external {
        _enter(alice, 1_000e6);
        vm.prank(address(pegModule));
        dollar.transfer(mallory, 400e6);
        vm.expectEmit(address(pegModule));
        emit PegModule.CustodyLost(400e6);
        int256 loss = pegModule.mark();
        assertEq(pegModule.custody(), 600e6);
        assertEq(loss, 395e18, "at high and at most at one: 600 for 995");
    }

    // ---------------------------------------------------------------- fees

    function test_feesAboveTheLowPriceGoToTheSurplus() external {
        _enter(alice, 1_000_000e6);
        uint256 minted = pegModule.collectFees();
        assertEq(minted, 1_000_000e18 * 999 / 1000 - 995_000e18);
        assertEq(synthetic.balanceOf(address(book)), minted);
        assertGe(book.equity(), 0);
        _requireBacked();
        vm.expectRevert(PegModule.NoFees.selector);
        pegModule.collectFees();
        _exit(alice, 100_000e18);
        assertEq(pegModule.collectFees(), 100_000e18 - 99_800e18 * 999 / 1000);
        book.collect();
        assertEq(synthetic.balanceOf(address(book)), 1_000e18, "the surplus keeps its buffer");
        assertGt(synthetic.balanceOf(address(backstop)), 0, "and sends on the rest");
    }

    /// @dev What interest and surplus can pay is paid first, and then no loss stands.
    function test_feesAreCollectedOnceInterestAndSurplusHavePaid() external {
        _enter(alice, 1_000_000e6);
        pegModule.collectFees();
        _open(carol, SLOW, 1e8, 1_000e18);
        _setPrice(coin, 500e18);
        book.book(SLOW, carol);
        assertGt(_deficit(), 400e18);
        _exit(alice, 100_000e18);
        assertGt(pegModule.collectFees(), 0);
        assertEq(_deficit(), 0);
    }

    function test_feesAreNotCollectedFromUnitsThatAreGone() external {
        _enter(alice, 1_000e6);
        vm.prank(address(pegModule));
        dollar.transfer(mallory, 10e6);
        vm.expectRevert(PegModule.NoFees.selector);
        pegModule.collectFees();
    }

    function test_noFeesWhileALossStands() external {
        _enter(alice, 1_000e6);
        _setDollar(0.5e18);
        pegModule.mark();
        uint256 deficit = _deficit();
        vm.expectRevert(abi.encodeWithSelector(PegModule.DeficitStands.selector, deficit));
        pegModule.collectFees();
    }

    function test_donationsAreNoFeesAndNoCustody() external {
        _enter(alice, 1_000e6);
        pegModule.collectFees();
        dollar.mint(address(pegModule), 1e15);
        assertEq(pegModule.custody(), 1_000e6);
        vm.expectRevert(PegModule.NoFees.selector);
        pegModule.collectFees();
        _setDollar(0.5e18);
        assertGt(pegModule.mark(), 0, "a donation hides a loss");
    }

    // ---------------------------------------------------------------- who may

    function test_onlyTheGovernorSetsTheCapAndOnlyWithinItsBound() external {
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(PegModule.NotGovernor.selector, mallory));
        pegModule.setCap(0);
        vm.expectRevert(abi.encodeWithSelector(PegModule.BadTerm.selector, "cap", CAP + 1, 0, CAP));
        pegModule.setCap(CAP + 1);
        pegModule.setCap(0);
        _expectEntryRefused(abi.encodeWithSelector(PegModule.CapReached.selector, 99.5e18, 0));
        pegModule.setCap(CAP);
        _enter(alice, 100e6);
    }

    function test_badTermsAreRefused() external {
        _expectBadTerm("feeIn", 0.004e18, 0.005e18, 0.05e18, 6, 0.004e18, 0, 0);
        _expectBadTerm("feeIn", 0.051e18, 0.005e18, 0.05e18, 6, 0.051e18, 0, 0);
        _expectBadTerm("feeOut", 0.051e18, 0, 0.05e18, 6, 0.005e18, 0.051e18, 0);
        _expectBadTerm("decimals", 5, 6, 18, 5, 0.005e18, 0, 0);
        _expectBadTerm("decimals", 19, 6, 18, 19, 0.005e18, 0, 0);
        uint256 most = type(uint112).max;
        _expectBadTerm("capMax", most + 1, 0, most, 6, 0.005e18, 0, most + 1);
    }

    /// @dev A custody token that calls its receiver finds every entry shut.
    function test_hooksOfTheCustodyTokenFindTheModuleLocked() external {
        HookAsset odd = new HookAsset();
        _deploySystem(address(odd), false);
        Reentrant attacker = new Reentrant(pegModule, odd);
        odd.mint(address(attacker), 200e18);
        attacker.run();
        assertEq(attacker.refused(), 9, "each entry, before and after each of three transfers");
        assertEq(pegModule.custody(), odd.balanceOf(address(pegModule)));
    }

    function _expectEntryRefused(bytes memory why) private {
        dollar.mint(alice, 100e6);
        vm.startPrank(alice);
        dollar.approve(address(pegModule), 100e6);
        vm.expectRevert(why);
        pegModule.enter(100e6, 0, alice);
        vm.stopPrank();
    }

    function _expectBadTerm(
        string memory field,
        uint256 value,
        uint256 least,
        uint256 most,
        uint8 decimals,
        uint256 feeIn,
        uint256 feeOut,
        uint256 cap
    ) private {
        TestAsset token = new TestAsset("T", decimals);
        vm.expectRevert(abi.encodeWithSelector(PegModule.BadTerm.selector, field, value, least, most));
        new PegModule(book, address(token), prices, feeIn, feeOut, cap);
    }
}

/// @notice Enters and leaves, and tries every entry again from inside the token's transfers.
contract Reentrant is IAssetHook {
    PegModule private immutable _module;
    HookAsset private immutable _token;
    uint256 public refused;

    constructor(PegModule module, HookAsset token) {
        (_module, _token) = (module, token);
        token.setHook(this);
    }

    function run() external {
        _token.approve(address(_module), 200e18);
        _module.enter(100e18, 0, address(this));
        _module.exit(50e18, 0, address(this));
        _module.enter(10e18, 0, address(this));
    }

    function onAssetMoved(address, address, uint256) external override {
        if (address(_module).code.length == 0 || msg.sender != address(_token)) return;
        bytes[3] memory calls = [
            abi.encodeCall(PegModule.enter, (1e18, 0, address(this))),
            abi.encodeCall(PegModule.exit, (1e18, 0, address(this))),
            abi.encodeCall(PegModule.mark, ())
        ];
        for (uint256 i = 0; i < 3; ++i) {
            (bool done, bytes memory why) = address(_module).call(calls[i]);
            require(!done && bytes4(why) == PegModule.Locked.selector, "let in again");
            ++refused;
        }
    }
}
