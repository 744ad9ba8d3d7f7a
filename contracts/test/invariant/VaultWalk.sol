// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPrices, PriceState} from "ballast/interfaces/IPrices.sol";
import {MarketTerms, MarketView} from "ballast/interfaces/IVaultBook.sol";
import {SettablePrices} from "../support/SettablePrices.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice One market of a walk.
struct Place {
    uint8 decimals;
    /// Value of a base unit times 1e36 when the walk begins.
    uint256 mid;
    uint256 minDebt;
    /// Debts are of this size.
    uint256 scale;
    bool slow;
}

/// @notice What a random walk over a book remembers, and what must hold after each of its steps. The numbers in the
/// messages are those of the invariants in the specification of vaults; the tenth is the game against the Rust model.
/// @dev A broken invariant is noted rather than asserted inside a step: a step that reverts is undone by the fuzzer,
/// and its evidence with it. The walk itself governs the book, steers rates and stands in for the peg module.
abstract contract VaultWalk is VaultFixture {
    uint256 internal constant MARKETS = 2;
    uint256 internal constant OWNERS = 4;
    uint256 internal constant WHOLE_MAX = 2 ** 36 - 1;
    /// @dev What a step may do, besides changing the one vault it is about.
    uint256 internal constant MOVES_HEALTH = 1; // price or time
    uint256 internal constant GROWS_DEFICIT = 2;
    uint256 internal constant CUTS_DEFICIT = 4;
    uint256 internal constant CUTS_VAULTS = 8; // any vault, none to a higher loan-to-value
    uint256 internal constant OWNS_VAULT = 16; // the vault in `_market` and `_owner`, in any direction
    uint256 internal constant TAKES = 32; // only vaults that are unhealthy

    /// @dev A step that has nothing to act on. The fuzzer undoes it and goes on.
    error NothingToDo();

    struct Seen {
        uint256[OWNERS][MARKETS] collateral;
        uint256[OWNERS][MARKETS] norm;
        bool[OWNERS][MARKETS] healthy;
        uint256[MARKETS] index;
        uint256[MARKETS] mintable;
        uint256[MARKETS] norms;
        uint256 debt;
        uint256 deficit;
        uint256 ledger;
        uint256 supply;
    }

    /// @notice What went wrong first; empty as long as every step kept the invariants.
    string public violation;
    mapping(string action => uint256) public successes;
    string[] internal _actions;
    address[] internal _owners;
    TestAsset[] internal _assets;
    Place[] internal _places;
    bool[OWNERS][MARKETS] internal _booked;
    uint256 internal _clock;
    /// @dev What custody is worth for each unit of the peg's ledger, in wad.
    uint256 internal _custody = WAD;
    /// @dev The vault that the running step is about, for those that own one.
    uint256 internal _market;
    uint256 internal _owner;

    constructor(Place[] memory places, bool interest) {
        vm.warp(1_767_225_600);
        prices = new SettablePrices();
        book = _newBook(address(this), address(0), address(this));
        synthetic = IERC20(address(book));
        _owners = [makeAddr("alice"), makeAddr("bob"), makeAddr("carol"), makeAddr("dave")];
        for (uint256 market = 0; market < MARKETS; ++market) {
            _places.push(places[market]);
            TestAsset asset = new TestAsset("Asset", places[market].decimals);
            _assets.push(asset);
            _setMid(market, places[market].mid, PriceState.Safe);
            MarketTerms memory terms = places[market].slow ? _slow(address(asset)) : _fast(address(asset));
            terms.minDebt = places[market].minDebt;
            uint256 limit = Math.min(places[market].scale / WAD * 40, WHOLE_MAX) * WAD;
            book.createMarket(terms, limit, limit, interest ? 8_000_000_000 : 0);
            for (uint256 i = 0; i < OWNERS; ++i) {
                vm.prank(_owners[i]);
                asset.approve(address(book), type(uint256).max);
            }
        }
        _clock = block.timestamp;
    }

    /// @notice As the book asks its peg module.
    function backing(uint256 ledger) external view returns (uint256) {
        return ledger * _custody / WAD;
    }

    /// @dev Brackets an action: what it did is compared with what it may do, then one success is counted under the name
    /// that it gave itself. An action that reverts is not counted.
    modifier step(uint256 allowed) {
        vm.stopPrank();
        vm.warp(_clock);
        Seen memory before = _see();
        _;
        vm.stopPrank();
        _compare(before, _see(), allowed);
    }

    function _count(string memory action) internal {
        if (successes[action]++ == 0) _actions.push(action);
    }

    // ---------------------------------------------------------------- what is there

    function _see() internal view returns (Seen memory seen) {
        for (uint256 market = 0; market < MARKETS; ++market) {
            MarketView memory found = book.marketOf(market);
            seen.index[market] = found.index;
            seen.mintable[market] = found.mintable;
            seen.norms[market] = found.norm;
            for (uint256 i = 0; i < OWNERS; ++i) {
                (seen.collateral[market][i], seen.norm[market][i],,) = book.vaultOf(market, _owners[i]);
                seen.healthy[market][i] = _healthy(market, i);
            }
        }
        (seen.debt, seen.deficit, seen.ledger) = book.totals();
        seen.supply = synthetic.totalSupply();
    }

    function _healthy(uint256 market, uint256 owner) internal view returns (bool) {
        (uint256 collateral,, uint256 debt,) = book.vaultOf(market, _owners[owner]);
        uint256 liqLtv = _places[market].slow ? 0.5e18 : 0.8333e18;
        return debt * WAD <= Math.mulDiv(collateral, _mid(market), 1e36) * liqLtv;
    }

    function _mid(uint256 market) internal view returns (uint256 mid) {
        (, mid,,,) = prices.price(address(_assets[market]));
    }

    function _stateOf(uint256 market) internal view returns (PriceState state) {
        (,,,, state) = prices.price(address(_assets[market]));
    }

    function _setMid(uint256 market, uint256 mid, PriceState state) internal {
        prices.set(address(_assets[market]), mid * 995 / 1000, mid, mid * 1005 / 1000, state);
    }

    // ---------------------------------------------------------------- after every step

    function _compare(Seen memory before, Seen memory later, uint256 allowed) private {
        for (uint256 market = 0; market < MARKETS; ++market) {
            if (allowed & MOVES_HEALTH == 0 && later.index[market] != before.index[market]) {
                _note("an index moved without time");
            }
            if (later.index[market] < before.index[market]) _note("an index fell");
            for (uint256 i = 0; i < OWNERS; ++i) {
                _compareVault(before, later, market, i, allowed);
            }
        }
        if (allowed & GROWS_DEFICIT == 0 && later.deficit > before.deficit) _note("11: a deficit grew");
        if (allowed & CUTS_DEFICIT == 0 && later.deficit < before.deficit) _note("11: a deficit shrank");
        if (later.supply > later.debt + later.deficit + later.ledger) _note("2: supply above claims");
    }

    function _compareVault(Seen memory before, Seen memory later, uint256 market, uint256 i, uint256 allowed)
        private
    {
        if (allowed & MOVES_HEALTH == 0 && before.healthy[market][i] && !later.healthy[market][i]) {
            _note("3: a call made a healthy vault unhealthy");
        }
        if (later.norm[market][i] == 0) _booked[market][i] = false;
        if (allowed & OWNS_VAULT != 0 && market == _market && i == _owner) return;
        bool changed = _compareCut(
            before.collateral[market][i],
            later.collateral[market][i],
            before.norm[market][i],
            later.norm[market][i]
        );
        if (!changed) return;
        if (allowed & CUTS_VAULTS == 0) _note("22: a vault changed that the step was not about");
        if (allowed & TAKES != 0 && before.healthy[market][i]) _note("4: a healthy vault was taken");
    }

    /// @return changed Whether the vault did; then only down, and to no higher loan-to-value.
    function _compareCut(uint256 held, uint256 heldLater, uint256 norm, uint256 normLater)
        private
        returns (bool changed)
    {
        if (held == heldLater && norm == normLater) return false;
        if (normLater > norm || heldLater > held) _note("a cut that adds");
        if (normLater * held > norm * heldLater) _note("4 and 5: the loan-to-value rose");
        return true;
    }

    /// @notice 1: sums are exact and the collateral is there. 2: supply within claims. 9: no debt under the minimum.
    function assertInvariants() external {
        vm.warp(_clock);
        assertEq(violation, "", "between steps");
        uint256 debts = _assertMarket(0) + _assertMarket(1);
        (uint256 debt, uint256 deficit, uint256 ledger) = book.totals();
        assertEq(debts, debt, "1: debt is not the sum");
        assertLe(synthetic.totalSupply(), debt + deficit + ledger, "2: supply above claims");
    }

    function _assertMarket(uint256 market) private view returns (uint256) {
        MarketView memory found = book.marketOf(market);
        uint256 collateral;
        uint256 norm;
        for (uint256 i = 0; i < OWNERS; ++i) {
            (uint256 held, uint256 part, uint256 debt, uint256 flaggedAt) = book.vaultOf(market, _owners[i]);
            collateral += held;
            norm += part;
            if (part == 0) assertEq(flaggedAt, 0, "a clock without a debt");
            else if (!_booked[market][i]) assertGe(debt, _places[market].minDebt, "9: debt too small");
            assertLe(flaggedAt, block.timestamp, "a clock from the future");
        }
        assertEq(found.collateral, collateral, "1: collateral is not the sum");
        assertEq(found.norm, norm, "1: norm is not the sum");
        assertGe(_assets[market].balanceOf(address(book)), collateral, "1: collateral is not there");
        assertLe(found.mintable, found.mintLimit, "9: more than the limit can be minted");
        return found.debt;
    }

    // ---------------------------------------------------------------- the end

    /// @notice 4: with enough cash every unhealthy vault is cleared by one take. 6: then, with a dead oracle, every vault
    /// closes, in an order taken from `seed`, and nothing of any vault is left.
    function assertEverythingEnds(uint256 seed) external {
        vm.stopPrank();
        vm.warp(Math.max(_clock, book.stoppedUntil()));
        address buyer = makeAddr("buyer");
        for (uint256 market = 0; market < MARKETS; ++market) {
            _setMid(market, _mid(market), PriceState.Safe);
            MarketView memory found = book.marketOf(market);
            book.pegMint(buyer, found.debt + OWNERS);
            vm.prank(buyer);
            try book.take(market, _owners, type(uint256).max, 0, "") {} catch {}
            for (uint256 i = 0; i < OWNERS; ++i) {
                assertTrue(_healthy(market, i), "4: an unhealthy vault cannot be cleared");
            }
        }
        vm.mockCallRevert(address(prices), abi.encodeWithSelector(IPrices.price.selector), "dead");
        for (uint256 i = 0; i < OWNERS * MARKETS; ++i) {
            // Odd strides visit all eight.
            uint256 place = (seed + i * (seed % 4 * 2 + 1)) % (OWNERS * MARKETS);
            _leave(place % MARKETS, _owners[place / MARKETS]);
        }
        vm.clearMockedCalls();
        for (uint256 market = 0; market < MARKETS; ++market) {
            MarketView memory found = book.marketOf(market);
            assertEq(found.collateral + found.norm + found.debt, 0, "6: a market does not end at zero");
        }
        (, uint256 deficit, uint256 ledger) = book.totals();
        assertLe(synthetic.totalSupply(), deficit + ledger, "2: supply above claims at the end");
    }

    function _leave(uint256 market, address owner) private {
        (uint256 collateral,, uint256 debt,) = book.vaultOf(market, owner);
        uint256 cash = synthetic.balanceOf(owner);
        if (cash < debt) book.pegMint(owner, debt - cash);
        uint256 held = _assets[market].balanceOf(owner);
        vm.prank(owner);
        book.adjust(market, ALL, ALL);
        assertEq(_assets[market].balanceOf(owner), held + collateral, "6: left without the collateral");
    }

    // ---------------------------------------------------------------- bookkeeping

    function _note(string memory what) internal {
        if (bytes(violation).length == 0) violation = what;
    }

    function _pick(uint256 market, uint256 owner) internal {
        (_market, _owner) = (market % MARKETS, owner % OWNERS);
    }

    function _who() internal view returns (address) {
        return _owners[_owner];
    }

    /// @notice The actions that succeeded, and how often each.
    function tally() external view returns (string[] memory actions, uint256[] memory counts) {
        actions = _actions;
        counts = new uint256[](actions.length);
        for (uint256 i = 0; i < actions.length; ++i) {
            counts[i] = successes[actions[i]];
        }
    }
}
