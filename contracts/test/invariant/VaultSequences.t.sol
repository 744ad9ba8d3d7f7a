// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPrices} from "ballast/interfaces/IPrices.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @notice What holds over whole sequences: 7, nobody gains by himself at a standing price; 8, many never beat one;
/// 9, donations change nothing; 6, all leave in any order with a dead oracle, and the book ends at zero.
contract VaultSequencesTest is VaultAttackFixture {
    uint256 private constant STEPS = 32;

    /// @dev Bystanders whose vaults the attacker may redeem from, at several loan-to-values, none near its edge.
    function _bystanders(bool interest) private {
        if (interest) {
            book.setRate(FAST, 6_341_958_396);
            book.setRate(SLOW, 3_170_979_198);
        }
        _open(bob, FAST, 1_000e18, 1_000_000e18 + 1);
        _open(bob, SLOW, 100e8, 2_000_000e18 + 3);
        _open(carol, FAST, 1_000e18, 500_000e18 + 7);
        _fund(carol, 1_000e18);
        // Two accounts of the attacker, each with both kinds of collateral and some of the synthetic.
        address[2] memory accounts = [alice, taker];
        for (uint256 i = 0; i < 2; ++i) {
            ether_.mint(accounts[i], 500e18);
            coin.mint(accounts[i], 20e8);
            vm.startPrank(accounts[i]);
            ether_.approve(address(book), type(uint256).max);
            coin.approve(address(book), type(uint256).max);
            vm.stopPrank();
            vm.prank(bob);
            assertTrue(synthetic.transfer(accounts[i], 300_000e18));
        }
        if (interest) _pass(17 days + 5 hours + 11);
    }

    // ---------------------------------------------------------------- 7

    function testFuzz_noSequenceByOneActorGainsAtAStandingPrice(uint256[STEPS] memory seeds) external {
        _bystanders(false);
        _play(seeds, 0);
    }

    function testFuzz_noSequenceByOneActorGainsWithInterest(uint256[STEPS] memory seeds) external {
        _bystanders(true);
        _play(seeds, 6 hours);
    }

    /// @dev While holders share a loss too: the attacker's synthetic counts at face value, as he repays with it.
    function testFuzz_noSequenceByOneActorGainsUnderAHaircut(uint256[STEPS] memory seeds) external {
        _bystanders(true);
        book.pegMint(carol, 500_000e18);
        book.pegMark(400_000e18);
        _play(seeds, 6 hours);
    }

    function _play(uint256[STEPS] memory seeds, uint256 secs) private {
        int256 before = _worth(alice, taker);
        uint256 done;
        for (uint256 i = 0; i < STEPS; ++i) {
            if (_act(seeds[i])) ++done;
            if (secs != 0 && seeds[i] >> 200 & 7 == 0) _pass(1 + (seeds[i] >> 210) % secs);
            assertLe(_worth(alice, taker), before, "gained at a standing price");
        }
        assertGt(done, 0, "nothing happened");
        _requireBacked();
    }

    function _act(uint256 seed) private returns (bool done) {
        uint256 market = seed >> 8 & 1;
        (address who, address other) = seed >> 9 & 1 == 0 ? (alice, taker) : (taker, alice);
        address victim = [alice, taker, bob, carol][seed >> 10 & 3];
        int256 size = int256(_sizeOf(seed));
        int256 held = market == FAST ? size / 2_000 : size / 60_000e10;
        uint256 kind = seed % 12;
        bytes memory call;
        if (kind < 3) call = abi.encodeCall(book.adjust, (market, seed & 1 << 20 == 0 ? held : -held, size));
        else if (kind < 5) call = abi.encodeCall(book.adjust, (market, kind == 3 ? held : -held, -size));
        else if (kind == 5) call = abi.encodeCall(book.adjustFor, (market, other, held, -size, who));
        else if (kind < 8) call = abi.encodeCall(book.redeem, (market, victim, uint256(size), 0));
        else if (kind == 8) call = abi.encodeCall(book.take, (market, _one(victim), uint256(size), 0, ""));
        else if (kind == 9) call = abi.encodeCall(book.book, (market, victim));
        else if (kind == 10) call = abi.encodeCall(book.cover, (market, uint256(size)));
        else call = seed >> 30 & 1 == 0 ? abi.encodeCall(book.collect, ()) : _all(market);
        vm.prank(who);
        (done,) = address(book).call(call);
    }

    function _all(uint256 market) private view returns (bytes memory) {
        return abi.encodeCall(book.adjust, (market, ALL, ALL));
    }

    /// @dev From a unit to a million, every order of magnitude alike.
    function _sizeOf(uint256 seed) private pure returns (uint256) {
        return (seed >> 32) % 10 ** (1 + (seed >> 160) % 24) + 1;
    }

    // ---------------------------------------------------------------- 8

    /// @dev The same collateral and debt in and out again, at once or in parts: parts never leave more.
    function testFuzz_partsNeverBeatTheWhole(uint256 debt, uint256 parts, uint256 seed) external {
        _bystanders(true);
        debt = bound(debt, 2_000e18, 200_000e18);
        parts = bound(parts, 2, 12);
        uint256 start = vm.snapshotState();
        int256 whole = _inAndOut(debt, 1, seed);
        vm.revertToState(start);
        assertLe(_inAndOut(debt, parts, seed), whole, "parts beat the whole");
    }

    function _inAndOut(uint256 debt, uint256 parts, uint256 seed) private returns (int256) {
        vm.startPrank(alice);
        book.adjust(FAST, int256(400e18), int256(debt / 2));
        uint256 left = debt - debt / 2;
        for (uint256 i = parts; i != 0; --i) {
            uint256 part = i == 1 ? left : left * (1 + (seed >> i) % 7) / 8 / i;
            if (part != 0) book.adjust(FAST, 0, int256(part));
            left -= part;
        }
        left = debt / 3;
        for (uint256 i = parts; i != 0; --i) {
            uint256 part = i == 1 ? left : left * (1 + (seed >> 2 * i) % 7) / 8 / i;
            if (part != 0) book.redeem(FAST, bob, part, 0);
            left -= part;
        }
        left = debt / 2;
        for (uint256 i = parts; i != 0; --i) {
            uint256 part = i == 1 ? left : left * (1 + (seed >> 3 * i) % 7) / 8 / i;
            if (part != 0) book.adjust(FAST, 0, -int256(part));
            left -= part;
        }
        vm.stopPrank();
        return _worth(alice);
    }

    // ---------------------------------------------------------------- 9

    /// @dev Collateral, other tokens and native coins sent to the book; the synthetic itself does not arrive.
    function testFuzz_donationsChangeNothing(uint256 amount) external {
        _bystanders(true);
        amount = bound(amount, 1, 2 ** 127);
        bytes32[4] memory before = _allOf();
        ether_.mint(address(book), amount);
        coin.mint(address(book), amount);
        vm.deal(address(book), amount);
        assertEq(
            keccak256(abi.encode(_allOf())), keccak256(abi.encode(before)), "a donation changed a number"
        );
        vm.prank(alice);
        (bool sent,) = address(book).call(abi.encodeCall(IERC20.transfer, (address(book), 1e18)));
        assertFalse(sent, "the synthetic was sent to its book");
        uint256 minted = book.collect();
        assertLt(minted, 200_000e18, "a donation was collected");
        // What was given can be had by nobody: a vault pays out what it holds.
        uint256 held = _collateralOf(FAST, carol);
        uint256 owed = _debtOf(FAST, carol);
        book.pegMint(carol, owed);
        vm.prank(carol);
        book.adjust(FAST, ALL, ALL);
        assertEq(ether_.balanceOf(carol), held);
    }

    function _allOf() private view returns (bytes32[4] memory) {
        return [
            _fingerprint(FAST, bob),
            _fingerprint(SLOW, bob),
            _fingerprint(FAST, carol),
            keccak256(abi.encode(book.claims(), book.backingOf(1e18)))
        ];
    }

    // ---------------------------------------------------------------- 6

    /// @dev Nothing is bought, nothing is minted meanwhile: what the owners borrowed is what they repay.
    function testFuzz_allLeaveInAnyOrderWithADeadOracle(uint256 order, uint256[3] memory debts) external {
        address[3] memory owners = [alice, bob, carol];
        for (uint256 i = 0; i < 3; ++i) {
            _open(owners[i], FAST, 1_000e18, bound(debts[i], 100e18, 1_000_000e18));
            _open(owners[i], SLOW, 100e8, bound(debts[i] >> 128, 100e18, 1_000_000e18));
        }
        _killOracle();
        for (uint256 i = 0; i < 6; ++i) {
            uint256 place = (order % 6 + i * (order & 8 == 0 ? 1 : 5)) % 6;
            _leave(place % 2, owners[place / 2], 0);
        }
        _requireNothingLeft();
        assertEq(synthetic.totalSupply(), 0, "the book does not end at zero");
        assertEq(book.equity(), 0);
    }

    /// @dev With interest, it is bought at the peg module, and ends as the book's surplus.
    function testFuzz_allLeaveInAnyOrderAfterYearsOfInterest(
        uint256 order,
        uint256 secs,
        uint256[3] memory debts
    ) external {
        address[3] memory owners = [alice, bob, carol];
        book.setRate(FAST, RATE_MAX);
        book.setRate(SLOW, RATE_MAX / 3);
        for (uint256 i = 0; i < 3; ++i) {
            _open(owners[i], FAST, 1_000e18, bound(debts[i], 100e18, 1_000_000e18));
            _open(owners[i], SLOW, 100e8, bound(debts[i] >> 128, 100e18, 1_000_000e18));
            _pass(bound(secs, 1, 300 days));
        }
        _killOracle();
        uint256 bought;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 place = (order % 6 + i * (order & 8 == 0 ? 1 : 5)) % 6;
            bought += _leave(place % 2, owners[place / 2], type(uint256).max);
        }
        _requireNothingLeft();
        book.collect();
        assertEq(synthetic.totalSupply(), synthetic.balanceOf(address(book)) + _heldBy(owners));
        (,, uint256 ledger) = book.totals();
        assertEq(ledger, bought);
        assertEq(synthetic.totalSupply(), ledger, "the book does not end at what the peg module answers for");
    }

    function _heldBy(address[3] memory owners) private view returns (uint256 held) {
        for (uint256 i = 0; i < 3; ++i) {
            held += synthetic.balanceOf(owners[i]);
        }
    }

    function _killOracle() private {
        vm.mockCallRevert(address(prices), abi.encodeWithSelector(IPrices.price.selector), "dead");
    }

    function _leave(uint256 market, address owner, uint256 most) private returns (uint256 bought) {
        uint256 debt = _debtOf(market, owner);
        uint256 cash = synthetic.balanceOf(owner);
        if (cash < debt) {
            bought = debt - cash;
            assertLe(bought, most, "owes more than was borrowed");
            book.pegMint(owner, bought);
        }
        vm.prank(owner);
        book.adjust(market, ALL, ALL);
        assertEq(_assetOf(market).balanceOf(owner), market == FAST ? 1_000e18 : 100e8);
    }

    function _requireNothingLeft() private view {
        for (uint256 market = 0; market < 2; ++market) {
            assertEq(_assetOf(market).balanceOf(address(book)), 0, "collateral is left");
            assertEq(book.marketOf(market).norm + book.marketOf(market).debt, 0, "debt is left");
        }
    }
}
