// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {PegFixture} from "../support/PegFixture.sol";

/// @notice Every action around a book's peg module and backstop, each from three random words, and what must hold.
/// @dev What broke is noted rather than asserted inside a step: a step that reverts is undone, and its evidence with it.
contract BackstopHandler is PegFixture {
    /// @dev A step that has nothing to act on.
    error NothingToDo();

    struct Request {
        uint256 epoch;
        address owner;
    }

    /// @dev What a shareholder's part is worth, at the low prices: `total / shares`.
    struct Worth {
        uint256 total;
        uint256 shares;
    }

    /// @dev Rounding that one step may cost all shares together, in base units.
    uint256 private constant DUST = 1_000;

    /// @notice What went wrong first; empty as long as nothing did.
    string public violation;
    mapping(string action => uint256) public successes;
    string[] private _actions;
    address[] private _actors;
    address[] private _debtors;
    Request[] private _entries;
    Request[] private _exits;
    uint256 private _clock;

    constructor() {
        setUp();
        _actors = [alice, bob, makeAddr("dave")];
        _debtors = [carol, makeAddr("erin"), makeAddr("frank"), makeAddr("grace")];
        for (uint256 i = 0; i < _actors.length; ++i) {
            _open(_actors[i], SLOW, 2_000e8, 3_000_000e18);
            _enter(_actors[i], 100_000e6);
            vm.prank(_actors[i]);
            synthetic.approve(address(backstop), type(uint256).max);
        }
        _stake(alice, 500_000e18);
        _clock = block.timestamp;
    }

    /// @dev Brackets an action. Unless it is one that may (a loss paid, a lot sold, a price or time moved), a share is
    /// never worth less after it.
    modifier step(string memory action, bool fair) {
        vm.stopPrank();
        vm.warp(_clock);
        Worth memory before = _worth();
        _;
        if (fair) _checkWorth(before, action);
        if (successes[action]++ == 0) _actions.push(action);
    }

    function selectors() external pure returns (bytes4[] memory list) {
        bytes4[21] memory all = [
            this.enterPeg.selector,
            this.exitPeg.selector,
            this.markPeg.selector,
            this.collectFees.selector,
            this.moveDollar.selector,
            this.requestEntry.selector,
            this.cancelEntry.selector,
            this.claimEntry.selector,
            this.requestExit.selector,
            this.claimExit.selector,
            this.passTime.selector,
            this.openVault.selector,
            this.moveEther.selector,
            this.take.selector,
            this.bid.selector,
            this.bookLoss.selector,
            this.cover.selector,
            this.collect.selector,
            this.donate.selector,
            this.takeByOthers.selector,
            this.closeVault.selector
        ];
        list = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            list[i] = all[i];
        }
    }

    // ---------------------------------------------------------------- the peg module

    function enterPeg(uint256 who, uint256 units, uint256) external step("enter peg", true) {
        _enter(_actor(who), _bound(units, 1e6, 200_000e6));
    }

    /// @dev Never more than the common share, and who stays is not worse off.
    function exitPeg(uint256 who, uint256 amount, uint256) external step("exit peg", true) {
        (,, uint256 ledger) = book.totals();
        uint256 most = synthetic.balanceOf(_actor(who));
        amount = _bound(amount, 1e14, (most < ledger ? most : ledger) / 4);
        book.collect();
        (uint256 backing, uint256 supply) = book.haircut();
        uint256 units = _exit(_actor(who), amount);
        if (units * 1e12 * supply > amount * backing) _note("an exit paid more than its share");
        (uint256 backingAfter, uint256 supplyAfter) = book.haircut();
        if (backingAfter * supply + DUST * supply < backing * supplyAfter) {
            _note("an exit lowered the share");
        }
    }

    function markPeg(uint256, uint256, uint256) external step("mark peg", true) {
        (, uint256 deficit, uint256 ledger) = book.totals();
        int256 loss = pegModule.mark();
        if (loss == 0) revert NothingToDo();
        (, uint256 deficitAfter, uint256 ledgerAfter) = book.totals();
        if (deficit + ledger != deficitAfter + ledgerAfter) _note("a mark is not even");
    }

    function collectFees(uint256, uint256, uint256) external step("collect fees", true) {
        int256 equity = book.equity();
        pegModule.collectFees();
        if (book.equity() < 0 && book.equity() < equity) _note("fees were minted without custody");
    }

    function moveDollar(uint256 how, uint256 price, uint256) external step("move dollar", false) {
        _setDollar(how % 3 == 0 ? _bound(price, 0.85e18, 1.1e18) : _bound(price, 0.999e18, 1.002e18));
    }

    // ---------------------------------------------------------------- entries and exits

    function requestEntry(uint256 who, uint256 assets, uint256) external step("request entry", true) {
        assets = _bound(assets, 1, 300_000e18);
        vm.prank(_actor(who));
        _entries.push(Request(backstop.requestEntry(assets, _actor(who)), _actor(who)));
    }

    function cancelEntry(uint256 which, uint256, uint256) external step("cancel entry", true) {
        Request memory request = _pick(_entries, which);
        vm.prank(request.owner);
        backstop.cancelEntry(request.epoch);
    }

    function claimEntry(uint256 which, uint256, uint256) external step("claim entry", true) {
        Request memory request = _pick(_entries, which);
        backstop.claimEntry(request.epoch, request.owner);
    }

    function requestExit(uint256 who, uint256 part, uint256) external step("request exit", true) {
        uint256 shares = backstop.balanceOf(_actor(who));
        if (shares == 0) revert NothingToDo();
        vm.prank(_actor(who));
        _exits.push(Request(backstop.requestExit(_bound(part, 1, shares)), _actor(who)));
    }

    function claimExit(uint256 which, uint256, uint256) external step("claim exit", true) {
        Request memory request = _pick(_exits, which);
        backstop.claimExit(request.epoch, request.owner);
    }

    function passTime(uint256 secs, uint256 how, uint256) external step("pass time", false) {
        _clock += how % 4 == 0 ? _bound(secs, 1, 2 * COOLDOWN) : _bound(secs, 1, 4 hours);
        vm.warp(_clock);
        backstop.settle();
    }

    // ---------------------------------------------------------------- the book

    function openVault(uint256 which, uint256 debt, uint256) external step("open vault", true) {
        address owner_ = _debtors[which % _debtors.length];
        if (_debtOf(FAST, owner_) != 0) revert NothingToDo();
        (, uint256 mid,,, PriceState state) = prices.price(address(ether_));
        if (state != PriceState.Safe) _setPrice(ether_, mid / 1e18);
        _openFast(owner_, _bound(debt, 1_000e18, 200_000e18));
    }

    function closeVault(uint256 which, uint256 who, uint256) external step("close vault", true) {
        address owner_ = _debtors[which % _debtors.length];
        if (_debtOf(FAST, owner_) == 0) revert NothingToDo();
        vm.prank(_actor(who));
        book.adjustFor(FAST, owner_, 0, ALL, owner_);
        vm.prank(owner_);
        book.adjust(FAST, ALL, 0);
    }

    function moveEther(uint256 how, uint256 price, uint256 state) external step("move ether", false) {
        (, uint256 mid,,,) = prices.price(address(ether_));
        // Mostly a little; now and then a fall that some vaults do not survive, or a return.
        if (how % 6 == 0) price = mid / 1e18 * _bound(price, 55, 80) / 100;
        else if (how % 6 == 1) price = _bound(price, 1_500e18, 3_000e18);
        else price = mid / 1e18 * _bound(price, 93, 106) / 100;
        price = _bound(price, 500e18, 5_000e18);
        _setPrice(ether_, price, state % 8 < 6 ? PriceState.Safe : PriceState(state % 8 - 5));
    }

    /// @dev Half of the time right after a fall, before others come.
    function take(uint256 maxPaid, uint256 how, uint256) external step("take", false) {
        (, uint256 mid,,,) = prices.price(address(ether_));
        if (how % 2 == 0) _setPrice(ether_, mid / 1e18 * 85 / 100);
        (, mid,,,) = prices.price(address(ether_));
        Worth memory before = _worth();
        (uint256 cash,,,) = backstop.accounts();
        (uint256 paid, uint256 got) = backstop.take(FAST, _debtors, _bound(maxPaid, 1, 500_000e18));
        _checkWorth(before, "take");
        (uint256 left,,,) = backstop.accounts();
        if (paid > cash || left > cash) _note("spent what is not its own");
        if (paid * 100 > got * mid / 1e36 * 96) _note("bought too dear");
    }

    function takeByOthers(uint256 who, uint256 maxPaid, uint256) external step("take by others", true) {
        address buyer = _actor(who);
        maxPaid = _bound(maxPaid, 1e18, synthetic.balanceOf(buyer) / 4);
        vm.prank(buyer);
        book.take(FAST, _debtors, maxPaid, 0, "");
    }

    function bid(uint256 who, uint256 amount, uint256) external step("bid", false) {
        (, uint256 held,) = backstop.lotOf(FAST);
        if (held == 0) revert NothingToDo();
        vm.prank(_actor(who));
        backstop.bid(FAST, _bound(amount, held / 4 + 1, held), type(uint256).max, _actor(who));
    }

    function bookLoss(uint256, uint256, uint256) external step("book loss", true) {
        (,, uint256 high,,) = prices.price(address(ether_));
        for (uint256 i = 0; i < _debtors.length; ++i) {
            uint256 value = _collateralOf(FAST, _debtors[i]) * (high / 1e18) / 1e18;
            if (_debtOf(FAST, _debtors[i]) > value + 1e18) {
                book.book(FAST, _debtors[i]);
                return;
            }
        }
        revert NothingToDo();
    }

    /// @dev Interest and surplus come before the backstop: of neither is anything left when it pays.
    function cover(uint256 which, uint256 amount, uint256) external step("cover", false) {
        uint256 market = which % 2 == 0 ? FAST : type(uint256).max;
        amount = _bound(amount, 1, 200_000e18);
        uint256 supply = synthetic.totalSupply();
        uint256 covered = backstop.cover(market, amount);
        (uint256 debt, uint256 deficit, uint256 ledger) = book.totals();
        if (synthetic.balanceOf(address(book)) != 0) _note("the backstop paid before the surplus");
        if (synthetic.totalSupply() != debt + deficit + ledger) _note("the backstop paid before interest");
        if (covered > amount || synthetic.totalSupply() + covered > supply) _note("covered without burning");
    }

    function collect(uint256, uint256, uint256) external step("collect", true) {
        book.collect();
        (, uint256 deficit,) = book.totals();
        if (deficit != 0 && synthetic.balanceOf(address(book)) != 0) {
            _note("surplus is kept beside a deficit");
        }
    }

    /// @dev Gifts of everything to everything: no account moves, and what `sync` lets in does so over time.
    function donate(uint256 who, uint256 amount, uint256 what) external step("donate", true) {
        bytes32 before = _numbers();
        amount = _bound(amount, 1, 10_000e18);
        ether_.mint(address(backstop), amount);
        ether_.mint(address(book), amount);
        dollar.mint(address(pegModule), amount / 1e12);
        vm.prank(_actor(who));
        assertTrue(synthetic.transfer(what % 2 == 0 ? address(backstop) : address(pegModule), amount));
        if (_numbers() != before) _note("a gift moved a number");
        backstop.sync();
    }

    // ---------------------------------------------------------------- what must hold

    function assertAll() external {
        vm.warp(_clock);
        assertEq(violation, "", "in a step");
        _requireBacked();
        (, uint256 deficit, uint256 ledger) = book.totals();
        uint256 parts = book.marketOf(FAST).deficit + book.marketOf(SLOW).deficit + book.pegDeficit();
        assertEq(deficit, parts, "the deficit is not the sum of its parts");
        assertLe(pegModule.custody(), dollar.balanceOf(address(pegModule)), "custody that is not there");
        assertGe(pegModule.custody() * 1e12, ledger + book.pegDeficit(), "a ledger without custody");

        (uint256 cash, uint256 dripping, uint256 entering, uint256 owed) = backstop.accounts();
        uint256 has = synthetic.balanceOf(address(backstop));
        assertLe(cash + dripping + entering + owed, has, "accounts above the balance");
        (, uint256 held,) = backstop.lotOf(FAST);
        assertLe(held, ether_.balanceOf(address(backstop)), "a lot that is not there");
        (uint256 waiting, uint256 claimable) = _requested();
        assertLe(waiting, entering, "entries above what waits");
        assertLe(claimable, owed, "exits above what is owed");
    }

    /// @return actions That ever succeeded.
    /// @return counts How often each did.
    function tally() external view returns (string[] memory actions, uint256[] memory counts) {
        counts = new uint256[](_actions.length);
        for (uint256 i = 0; i < counts.length; ++i) {
            counts[i] = successes[_actions[i]];
        }
        return (_actions, counts);
    }

    /// @dev Of one owner and epoch there may be several requests; each pair counts once.
    function _requested() private view returns (uint256 waiting, uint256 claimable) {
        uint256 last = backstop.epoch();
        for (uint256 epoch = 0; epoch <= last; ++epoch) {
            for (uint256 i = 0; i < _actors.length; ++i) {
                (uint256 assets, bool settled) = backstop.entryOf(epoch, _actors[i]);
                if (!settled) waiting += assets;
                (, uint256 due) = backstop.exitOf(epoch, _actors[i]);
                claimable += due;
            }
        }
    }

    function _numbers() private view returns (bytes32) {
        (uint256 debt, uint256 deficit, uint256 ledger) = book.totals();
        (uint256 cash, uint256 dripping, uint256 entering, uint256 owed) = backstop.accounts();
        return keccak256(
            abi.encode(
                abi.encode(debt, deficit, ledger, book.equity(), synthetic.totalSupply()),
                abi.encode(cash, dripping, entering, owed, backstop.totalAssets(), backstop.totalSupply()),
                abi.encode(pegModule.custody(), pegModule.backing(ledger), book.marketOf(FAST))
            )
        );
    }

    function _worth() private view returns (Worth memory) {
        return Worth(backstop.totalAssets() + 1, backstop.totalSupply() + 1e6);
    }

    function _checkWorth(Worth memory before, string memory action) private {
        Worth memory present = _worth();
        if ((present.total + DUST) * before.shares < before.total * present.shares) {
            _note(string.concat("shares lost by: ", action));
        }
    }

    function _pick(Request[] storage list, uint256 which) private view returns (Request memory) {
        if (list.length == 0) revert NothingToDo();
        // Of the last few, most of which are still open.
        uint256 back = which % (list.length < 6 ? list.length : 6);
        return list[list.length - 1 - back];
    }

    function _actor(uint256 who) private view returns (address) {
        return _actors[who % _actors.length];
    }

    function _note(string memory what) private {
        if (bytes(violation).length == 0) violation = what;
    }
}
