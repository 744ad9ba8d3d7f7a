// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @title V22: do something in one market and change another
/// @notice Which slots belong to a market is not written here: they are those that its own views read. A deficit alone
/// is shared: holders bear it alike, and a redemption under it pays off the first market's first.
contract V22Markets is VaultAttackFixture {
    uint256 private constant STEPS = 40;

    address[3] private owners;
    bytes32[] private kept;
    uint256 private happened;

    function setUp() public override {
        super.setUp();
        owners = [alice, bob, carol];
        _fund(taker, 500_000e18);
        for (uint256 i = 0; i < 3; ++i) {
            _open(owners[i], FAST, 100e18, 100_000e18 + i);
            _open(owners[i], SLOW, 10e8, 100_000e18 + i);
            ether_.mint(owners[i], 1_000e18);
            coin.mint(owners[i], 1_000e8);
            vm.startPrank(owners[i]);
            ether_.approve(address(book), type(uint256).max);
            coin.approve(address(book), type(uint256).max);
            vm.stopPrank();
        }
    }

    /// @dev Slots that the views of `market` read and those of `other` do not.
    function _slotsOf(uint256 market, uint256 other) private returns (bytes32[] memory slots) {
        bytes32[] memory shared = _readBy(other);
        bytes32[] memory all = _readBy(market);
        delete kept;
        for (uint256 i = 0; i < all.length; ++i) {
            if (!_contains(shared, all[i])) kept.push(all[i]);
        }
        return kept;
    }

    function _readBy(uint256 market) private returns (bytes32[] memory reads) {
        vm.record();
        for (uint256 i = 0; i < 3; ++i) {
            book.vaultOf(market, owners[i]);
        }
        book.vaultOf(market, bank);
        book.marketOf(market);
        (reads,) = vm.accesses(address(book));
    }

    function _contains(bytes32[] memory list, bytes32 wanted) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == wanted) return true;
        }
        return false;
    }

    function _valuesOf(bytes32[] memory slots) private view returns (bytes32) {
        bytes32[] memory values = new bytes32[](slots.length);
        for (uint256 i = 0; i < slots.length; ++i) {
            values[i] = vm.load(address(book), slots[i]);
        }
        return keccak256(abi.encode(values));
    }

    /// @dev Without a deficit nothing at all is shared but the supply.
    function testFuzz_v22_noActionChangesAnotherMarket(uint256[STEPS] memory seeds, bool fast) external {
        (uint256 market, uint256 other) = fast ? (FAST, SLOW) : (SLOW, FAST);
        bytes32[] memory slots = _slotsOf(other, market);
        assertGe(slots.length, 6, "no slots found");
        bytes32 before = _valuesOf(slots);
        for (uint256 i = 0; i < STEPS; ++i) {
            vm.record();
            _act(market, seeds[i]);
            (, bytes32[] memory writes) = vm.accesses(address(book));
            for (uint256 j = 0; j < writes.length; ++j) {
                assertFalse(_contains(slots, writes[j]), "wrote to another market");
            }
            assertEq(_valuesOf(slots), before, "another market changed");
        }
        assertGt(happened, 0, "nothing happened");
    }

    /// @dev With a deficit in the one, the other's vaults, totals, index and ceiling stay, as far as anybody can see.
    function testFuzz_v22_aDeficitStaysInItsMarket(uint256[STEPS] memory seeds) external {
        _setPrice(ether_, 700e18);
        _take(taker, FAST, alice, type(uint256).max);
        uint256 deficit = book.marketOf(FAST).deficit;
        assertGt(deficit, 0);
        bytes32 before = _seen(SLOW);
        for (uint256 i = 0; i < STEPS; ++i) {
            _act(FAST, seeds[i]);
            assertEq(_seen(SLOW), before, "another market changed");
            assertEq(book.marketOf(SLOW).deficit, 0, "the deficit moved");
        }
    }

    function _seen(uint256 market) private view returns (bytes32 seen) {
        for (uint256 i = 0; i < 3; ++i) {
            (uint256 collateral, uint256 norm, uint256 debt, uint256 flaggedAt) =
                book.vaultOf(market, owners[i]);
            seen = keccak256(abi.encode(seen, collateral, norm, debt, flaggedAt));
        }
        return keccak256(abi.encode(seen, book.marketOf(market), book.termsOf(market)));
    }

    function _act(uint256 market, uint256 seed) private {
        address owner = owners[(seed >> 8) % 3];
        int256 size = int256(bound(seed >> 16, 1, 60_000e18));
        int256 held = market == FAST ? size / 2_000 : size / 60_000e10;
        uint256 kind = seed % 11;
        if (kind < 3) {
            _call(owner, abi.encodeCall(book.adjust, (market, seed % 2 == 0 ? held : -held, int256(0))));
        } else if (kind < 5) {
            _call(owner, abi.encodeCall(book.adjust, (market, int256(0), kind == 3 ? size : -size)));
        } else if (kind == 5) {
            _call(taker, abi.encodeCall(book.redeem, (market, owner, uint256(size), 0)));
        } else if (kind == 6) {
            _call(taker, abi.encodeCall(book.take, (market, _one(owner), uint256(size), 0, "")));
        } else if (kind == 7) {
            _call(taker, abi.encodeCall(book.flag, (market, owner)));
        } else if (kind == 8) {
            _call(address(this), abi.encodeCall(book.setRate, (market, uint256(size) % RATE_MAX)));
        } else if (kind == 9) {
            _call(address(this), _limit(market, seed));
        } else {
            _movePrice(market, seed);
        }
    }

    function _limit(uint256 market, uint256 seed) private view returns (bytes memory) {
        uint256 limit = seed % 1_000 * 1_000e18;
        if (seed >> 99 & 1 == 0) return abi.encodeCall(book.setCeiling, (market, limit));
        return abi.encodeCall(book.setMintLimit, (market, limit));
    }

    /// @dev A price is a market's own. It leaves every vault worth more than its debt, so that no deficit arises.
    function _movePrice(uint256 market, uint256 seed) private {
        uint256 usual = market == FAST ? 2_000e18 : 60_000e18;
        _setPrice(_assetOf(market), usual * (70 + seed % 40) / 100, PriceState.Safe);
        vm.prank(taker);
        (bool done,) = address(book).call(abi.encodeCall(book.book, (market, alice)));
        done;
    }

    function _call(address who, bytes memory call) private {
        vm.prank(who);
        (bool done,) = address(book).call(call);
        if (done) ++happened;
    }
}
