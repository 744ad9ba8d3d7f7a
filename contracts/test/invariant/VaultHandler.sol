// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPrices, PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketView} from "ballast/interfaces/IVaultBook.sol";
import {Place, VaultWalk} from "./VaultWalk.sol";

/// @notice Every action that anybody can take on a book, each from three random words.
contract VaultHandler is VaultWalk {
    constructor(Place[] memory places, bool interest) VaultWalk(places, interest) {}

    function selectors() external pure returns (bytes4[] memory chosen) {
        bytes4[25] memory all = [
            this.borrow.selector,
            this.borrow.selector, // some twice: everything else needs vaults, and prices that fall
            this.add.selector,
            this.withdraw.selector,
            this.repayPart.selector,
            this.close.selector,
            this.take.selector,
            this.take.selector,
            this.heal.selector,
            this.takeAll.selector,
            this.flag.selector,
            this.flag.selector,
            this.redeem.selector,
            this.writeOff.selector,
            this.writeOff.selector,
            this.peg.selector,
            this.movePrice.selector,
            this.collect.selector,
            this.cover.selector,
            this.peg.selector,
            this.mark.selector,
            this.govern.selector,
            this.movePrice.selector,
            this.setState.selector,
            this.passTime.selector
        ];
        chosen = new bytes4[](all.length);
        for (uint256 i = 0; i < chosen.length; ++i) {
            chosen[i] = all[i];
        }
    }

    /// @notice What must have happened for a walk to mean something.
    function expected() external pure returns (string[] memory) {
        return vm.split(
            "open,borrow,add,withdraw,repay part,repay for another,close,take part,take all of one,"
            "take part at a loss,take at a loss,take many,flag,unflag,redeem,redeem under a haircut,"
            "write off,collect,collect with a deficit,cover,peg mint,peg burn,"
            "peg burn under a haircut,peg mark,peg mark back,stop,rate,ceiling,mint limit,price,"
            "unsafe price,time,donation",
            ","
        );
    }

    // ---------------------------------------------------------------- owners

    /// @dev As much collateral as the loan-to-value needs that the third word picks, up to what is allowed.
    function borrow(uint256 who, uint256 amount, uint256 ltv) external step(OWNS_VAULT) {
        _pick(who, who >> 8);
        uint256 debt = _debtOf(_market, _who());
        amount = _bound(amount, debt == 0 ? _places[_market].minDebt : 1, _places[_market].scale);
        uint256 more = _missing(debt + amount, ltv);
        _assets[_market].mint(_who(), more);
        _borrow(int256(more), amount);
        _count(debt == 0 ? "open" : "borrow");
    }

    function _missing(uint256 debt, uint256 ltv) private view returns (uint256) {
        uint256 borrowLtv = _places[_market].slow ? 0.45e18 : 0.8e18;
        uint256 value = Math.mulDiv(debt, WAD, _bound(ltv, borrowLtv * 85 / 100, borrowLtv)) + 1;
        uint256 needed = Math.mulDiv(value, 1e36, _mid(_market) * 995 / 1000) + 1;
        uint256 held = _collateralOf(_market, _who());
        return needed > held ? needed - held : 0;
    }

    function _borrow(int256 more, uint256 amount) private {
        uint256 mintable = book.marketOf(_market).mintable;
        bool stopped = book.stoppedUntil() > block.timestamp;
        vm.prank(_who());
        book.adjust(_market, more, int256(amount));
        if (stopped) _note("new debt while it is stopped");
        MarketView memory market = book.marketOf(_market);
        if (market.debt > market.ceiling) _note("9: above the ceiling");
        if (amount > mintable || market.mintable > mintable - amount + 1) _note("9: above the mint limit");
        if (_stateOf(_market) != PriceState.Safe) _note("new debt at an unsafe price");
    }

    function add(uint256 who, uint256 amount, uint256 how) external step(OWNS_VAULT) {
        _pick(who, who >> 8);
        amount = Math.mulDiv(_bound(amount, 1, _places[_market].scale), 1e36, _places[_market].mid) + 1;
        if (how % 4 == 0) {
            _assets[_market].mint(address(book), amount);
            _count("donation");
            return;
        }
        address payer = _owners[how % OWNERS];
        _assets[_market].mint(payer, amount);
        if (!_dead(payer, abi.encodeCall(book.adjustFor, (_market, _who(), int256(amount), 0, payer)))) {
            return;
        }
        _count("add");
    }

    function withdraw(uint256 who, uint256 amount, uint256) external step(OWNS_VAULT) {
        _pick(who, who >> 8);
        uint256 held = _collateralOf(_market, _who());
        if (held == 0) revert NothingToDo();
        bool owes = _normOf(_market, _who()) != 0;
        vm.prank(_who());
        book.adjust(_market, -int256(_bound(amount, 1, held / (owes ? 8 : 1) + 1)), 0);
        if (owes && _stateOf(_market) != PriceState.Safe) _note("withdrawn against debt at an unsafe price");
        _count("withdraw");
    }

    function repayPart(uint256 who, uint256 amount, uint256 how) external step(OWNS_VAULT) {
        _pick(who, who >> 8);
        address payer = _owners[how % OWNERS];
        uint256 debt = _debtOf(_market, _who());
        uint256 least = _places[_market].minDebt;
        uint256 cash = synthetic.balanceOf(payer);
        if (debt <= least || cash == 0) revert NothingToDo();
        amount = _bound(amount, 1, Math.min(debt - least, cash));
        uint256 mintable = book.marketOf(_market).mintable;
        if (!_dead(payer, abi.encodeCall(book.adjustFor, (_market, _who(), 0, -int256(amount), payer)))) {
            return;
        }
        if (cash - synthetic.balanceOf(payer) > amount) _note("repaid more than was asked");
        if (book.marketOf(_market).mintable > mintable + amount + 1) {
            _note("9: refilled by more than was repaid");
        }
        _count(payer == _who() ? "repay part" : "repay for another");
    }

    function close(uint256 who, uint256, uint256) external step(OWNS_VAULT) {
        _pick(who, who >> 8);
        if (_debtOf(_market, _who()) > synthetic.balanceOf(_who())) revert NothingToDo();
        if (_collateralOf(_market, _who()) == 0) revert NothingToDo();
        if (_dead(_who(), abi.encodeCall(book.adjust, (_market, ALL, ALL)))) _count("close");
    }

    /// @dev 6: what makes a vault safer works with an oracle that answers nothing at all.
    function _dead(address who, bytes memory call) private returns (bool done) {
        vm.mockCallRevert(address(prices), abi.encodeWithSelector(IPrices.price.selector), "dead");
        vm.prank(who);
        bytes memory why;
        (done, why) = address(book).call(call);
        vm.clearMockedCalls();
        // A vault or a market may be full.
        if (!done && bytes4(why) != IVaultBook.AmountTooLarge.selector) {
            _note("6: a safer vault was refused");
        }
    }

    // ---------------------------------------------------------------- takes

    function take(uint256 who, uint256 by, uint256 offer) external step(CUTS_VAULTS | TAKES | GROWS_DEFICIT) {
        _pick(who, who >> 8);
        _findUnhealthy();
        address buyer = _richest(by);
        uint256 normBefore = _normOf(_market, _who());
        uint256 deficit = _deficit();
        offer = _bound(offer, 1, synthetic.balanceOf(buyer));
        // Half of the time for as much as there is.
        if (by >> 128 & 1 == 0) offer = synthetic.balanceOf(buyer);
        (uint256 paid,) = _take(buyer, _market, _who(), offer);
        if (paid > offer) _note("a take was paid more than was offered");
        bool all = _normOf(_market, _who()) == 0;
        if (_deficit() > deficit) _count(all ? "take at a loss" : "take part at a loss");
        _count(all ? "take all of one" : "take part");
        if (_normOf(_market, _who()) > normBefore) _note("a take adds debt");
    }

    function takeAll(uint256 who, uint256 by, uint256) external step(CUTS_VAULTS | TAKES | GROWS_DEFICIT) {
        _pick(who, who >> 8);
        _findUnhealthy();
        address buyer = _richest(by);
        uint256 cash = synthetic.balanceOf(buyer);
        vm.prank(buyer);
        book.take(_market, _owners, cash, 0, "");
        _count("take many");
    }

    function _findUnhealthy() private {
        for (uint256 i = 0; i < OWNERS * MARKETS; ++i) {
            if (!_healthy(_market, _owner)) return;
            _pick(_market + 1, _market == 0 ? _owner : _owner + 1);
        }
        revert NothingToDo();
    }

    /// @dev Now and then the one that was asked for, else who has most.
    function _richest(uint256 by) private view returns (address richest) {
        richest = _owners[by % OWNERS];
        if (by >> 8 & 3 != 0) {
            for (uint256 i = 0; i < OWNERS; ++i) {
                if (synthetic.balanceOf(_owners[i]) > synthetic.balanceOf(richest)) richest = _owners[i];
            }
        }
        if (synthetic.balanceOf(richest) == 0) revert NothingToDo();
    }

    function flag(uint256 who, uint256 any, uint256) external step(0) {
        _pick(who, who >> 8);
        if (any % 2 == 0) _findUnhealthy();
        bool healthy = _healthy(_market, _owner);
        bool running = book.flag(_market, _who());
        if (running == healthy) _note("a clock that does not follow health");
        if (running) _count("flag");
    }

    /// @dev Somebody starts the clock of an unhealthy vault, its owner heals it, somebody stops the clock.
    function heal(uint256 who, uint256, uint256) external step(OWNS_VAULT) {
        _pick(who, who >> 8);
        _findUnhealthy();
        if (_flaggedAt(_market, _who()) == 0) _count("flag");
        if (!book.flag(_market, _who())) _note("an unhealthy vault without a clock");
        uint256 needed = Math.mulDiv(_debtOf(_market, _who()) * 21 / 10, 1e36, _mid(_market)) + 1;
        uint256 more = needed - _collateralOf(_market, _who());
        _assets[_market].mint(_who(), more);
        vm.prank(_who());
        book.adjust(_market, int256(more), 0);
        if (book.flag(_market, _who())) _note("a clock on a healthy vault");
        _count("unflag");
    }

    // ---------------------------------------------------------------- redemption and losses

    function redeem(uint256 who, uint256 by, uint256 amount) external step(CUTS_VAULTS | CUTS_DEFICIT) {
        _pick(who, who >> 8);
        address redeemer = _richest(by);
        // 11 is about the redemption itself: interest and surplus pay first.
        if (_deficit() != 0) book.collect();
        bool under = _deficit() != 0;
        (uint256 share, uint256 whole) = book.haircut();
        _redeem(redeemer, _bound(amount, 1, synthetic.balanceOf(redeemer)), share, whole);
        _requireSameShare(share, whole);
        _count(under ? "redeem under a haircut" : "redeem");
    }

    function _redeem(address redeemer, uint256 amount, uint256 share, uint256 whole) private {
        (,, uint256 high,,) = prices.price(address(_assets[_market]));
        uint256 debt = _debtOf(_market, _who());
        uint256 deficit = _deficit();
        vm.prank(redeemer);
        (uint256 burned, uint256 paid) = book.redeem(_market, _who(), amount, 0);
        if (burned > amount) _note("5: burned more than was offered");
        uint256 cut = debt - _debtOf(_market, _who());
        if (Math.mulDiv(paid, high, 1e36) > cut) _note("5: paid more than face value");
        if (Math.mulDiv(burned, share, whole) > cut + 2 + _index(_market) / WAD) _note("burned too much");
        // 11: it is the holders' loss that is paid, (1 - h) of what was burned, as far as there is one.
        uint256 paidOff = Math.min(deficit, burned - Math.min(burned, cut + 2 + _index(_market) / WAD));
        if (deficit - _deficit() < paidOff) _note("11: a redemption did not pay its part of the deficit");
    }

    /// @dev 11: what a unit of the synthetic is worth never falls by it, and rises by no more than rounding.
    function _requireSameShare(uint256 share, uint256 whole) private {
        (uint256 shareLater, uint256 wholeLater) = book.haircut();
        if (shareLater * whole < share * wholeLater) _note("11: the haircut grew by a redemption");
        uint256 rounding = whole * (2 * (_index(0) + _index(1)) / WAD + 4);
        // A loss of custody that nobody has marked is shared only while another deficit stands.
        if (_custody != WAD && _deficit() == 0) return;
        if (shareLater * whole > share * wholeLater + rounding) {
            _note("11: the haircut shrank by a redemption");
        }
    }

    function _index(uint256 market) private view returns (uint256) {
        return book.marketOf(market).index;
    }

    function writeOff(uint256 who, uint256, uint256) external step(CUTS_VAULTS | TAKES | GROWS_DEFICIT) {
        _pick(who, who >> 8);
        _findUnhealthy();
        uint256 deficit = book.book(_market, _who());
        if (deficit == 0) _note("a write-off of nothing");
        _booked[_market][_owner] = _normOf(_market, _who()) != 0;
        _count("write off");
    }

    function collect(uint256, uint256, uint256) external step(CUTS_DEFICIT) {
        bool under = _deficit() != 0;
        uint256 supply = synthetic.totalSupply();
        uint256 minted = book.collect();
        (uint256 debt, uint256 deficit, uint256 ledger) = book.totals();
        if (!under && synthetic.totalSupply() != supply + minted) _note("2: minted other than it says");
        bool whole = _custody == WAD || ledger == 0;
        if (whole && synthetic.totalSupply() != debt + deficit + ledger) _note("2: interest was left");
        if (minted != 0 && book.equity() < 0) _note("2: minted below equity");
        _count(under ? "collect with a deficit" : "collect");
    }

    function cover(uint256 market, uint256 by, uint256 amount) external step(CUTS_DEFICIT) {
        address payer = _richest(by);
        market %= MARKETS;
        if (book.marketOf(market).deficit == 0) market = 1 - market;
        uint256 deficit = _deficit();
        amount = _bound(amount, 1, synthetic.balanceOf(payer));
        vm.prank(payer);
        uint256 covered = book.cover(market, amount);
        if (_deficit() != deficit - covered || covered > amount) _note("11: covered other than it says");
        _count("cover");
    }

    // ---------------------------------------------------------------- peg module, governor, rates

    function peg(uint256 who, uint256 amount, uint256 how) external step(CUTS_DEFICIT) {
        address holder = _owners[who % OWNERS];
        if (how % 2 == 0) {
            book.pegMint(holder, _bound(amount, 1, _places[0].scale));
            _count("peg mint");
            return;
        }
        if (synthetic.balanceOf(holder) == 0) revert NothingToDo();
        if (_deficit() != 0) book.collect();
        (uint256 share, uint256 whole) = book.haircut();
        bool under = _deficit() != 0;
        uint256 worth = book.pegBurn(holder, _bound(amount, 1, synthetic.balanceOf(holder)));
        if (worth > amount && worth > whole) _note("11: an exit at more than face value");
        // The ledger falls by what is paid out; custody under its ledger makes the share what it is.
        if (_custody == WAD) _requireSameShare(share, whole);
        _count(under ? "peg burn under a haircut" : "peg burn");
    }

    function mark(uint256 amount, uint256 how, uint256) external step(GROWS_DEFICIT | CUTS_DEFICIT) {
        (, uint256 deficit, uint256 ledger) = book.totals();
        uint256 marked = deficit - book.marketOf(0).deficit - book.marketOf(1).deficit;
        // Seldom, or all else would happen under a haircut.
        if (how % 4 == 0) {
            if (ledger < 8) revert NothingToDo();
            book.pegMark(int256(_bound(amount, 1, ledger / 8)));
            _count("peg mark");
        } else {
            if (marked == 0) revert NothingToDo();
            book.pegMark(-int256(how % 3 == 0 ? _bound(amount, 1, marked) : marked));
            _count("peg mark back");
        }
    }

    /// @dev Limits are lowered now and then, never so far that nothing goes on.
    function govern(uint256 market, uint256 amount, uint256 how) external step(0) {
        market %= MARKETS;
        uint256 limit = Math.min(_places[market].scale / WAD * _bound(amount, 8, 60), WHOLE_MAX) * WAD;
        if (how % 4 == 0) {
            book.setCeiling(market, limit);
            _count("ceiling");
        } else if (how % 4 == 1) {
            book.setMintLimit(market, limit);
            _count("mint limit");
        } else if (how % 4 == 2) {
            if (book.marketOf(market).rate == 0 && amount % 2 == 0) revert NothingToDo();
            book.setRate(market, book.marketOf(market).rate == 0 ? 0 : _bound(amount, 1, 31_709_791_983));
            _count("rate");
        } else {
            book.stopNewDebt(amount % 6 hours);
            _count("stop");
        }
    }

    // ---------------------------------------------------------------- price and time

    /// @dev A third of the usual price to a third above it, mostly near it.
    function movePrice(uint256 market, uint256 seed, uint256 far) external step(MOVES_HEALTH) {
        market %= MARKETS;
        uint256 percent = far % 3 == 0 ? _bound(seed, 35, 130) : _bound(seed, 85, 110);
        _setMid(market, _places[market].mid * percent / 100, PriceState.Safe);
        _custody = far % 16 == 1 ? 0.97e18 : WAD;
        _count("price");
    }

    function setState(uint256 market, uint256 seed, uint256) external step(MOVES_HEALTH) {
        market %= MARKETS;
        PriceState state = seed % 8 < 5 ? PriceState.Safe : PriceState(seed % 8 - 4);
        _setMid(market, _mid(market), state);
        if (state != PriceState.Safe) _count("unsafe price");
    }

    function passTime(uint256 secs, uint256 far, uint256) external step(MOVES_HEALTH) {
        uint256[MARKETS] memory mintable;
        for (uint256 market = 0; market < MARKETS; ++market) {
            mintable[market] = book.marketOf(market).mintable;
        }
        secs = _bound(secs, 1, far % 4 == 0 ? 3 days : 5 minutes);
        _clock += secs;
        vm.warp(_clock);
        for (uint256 market = 0; market < MARKETS; ++market) {
            MarketView memory found = book.marketOf(market);
            uint256 most = mintable[market] + Math.mulDiv(found.mintLimit, secs, 1 days) + 1;
            if (found.mintable > most) _note("9: the mint limit filled too fast");
        }
        _count("time");
    }
}
