// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {AssetLedger} from "ballast/accrual/AssetLedger.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";

/// @notice The stream alone: epochs of a thousand seconds, time counted from genesis.
contract StreamTest is Test {
    using AssetLedger for AssetLedger.Asset;
    using AssetLedger for AssetLedger.State;

    uint256 private constant PERIOD = 1_000;
    AssetLedger.Asset private asset;
    AssetLedger.Asset private other;

    function _enter(AssetLedger.Asset storage where, uint256 amount, uint256 at) private {
        AssetLedger.State memory state = where.load(at, PERIOD);
        state.receiveInto(amount);
        where.store(state, at);
    }

    function _touch(AssetLedger.Asset storage where, uint256 at) private {
        where.store(where.load(at, PERIOD), at);
    }

    function _cash(AssetLedger.Asset storage where, uint256 at) private view returns (uint256) {
        return where.load(at, PERIOD).cash;
    }

    function test_whatArrivesInOneEpochVestsOverTheNext() external {
        _enter(asset, 500, 300);
        assertEq(_cash(asset, 300), 0);
        assertEq(_cash(asset, 999), 0, "nothing vests in its own epoch");
        assertEq(_cash(asset, 1_000), 0);
        assertEq(_cash(asset, 1_001), 0, "rounded down");
        assertEq(_cash(asset, 1_002), 1);
        assertEq(_cash(asset, 1_500), 250);
        assertEq(_cash(asset, 1_999), 499);
        assertEq(_cash(asset, 2_000), 500);
        assertEq(_cash(asset, 50_000), 500);
    }

    function test_twoArrivalsInOneEpochVestTogether() external {
        _enter(asset, 300, 0);
        _enter(asset, 200, 999);
        assertEq(_cash(asset, 1_500), 250);
    }

    function test_anEpochsAmountNeverChangesOnceItBegan() external {
        _enter(asset, 1_000, 500);
        _enter(asset, 4_000, 1_200);
        assertEq(_cash(asset, 1_200), 200);
        assertEq(_cash(asset, 1_999), 999);
        assertEq(_cash(asset, 2_000), 1_000);
        assertEq(_cash(asset, 2_500), 3_000);
        assertEq(_cash(asset, 3_000), 5_000);
    }

    function test_missedEpochsVestWhole() external {
        _enter(asset, 1_000, 500);
        _enter(asset, 4_000, 1_200);
        AssetLedger.State memory state = asset.load(3_000, PERIOD);
        assertEq(state.cash, 5_000);
        assertEq(state.streaming(), 0);
        state = asset.load(2_999, PERIOD);
        assertEq(state.cash, 1_000 + 4_000 * 999 / 1_000);
        assertEq(state.streaming(), 4);
    }

    function test_dustCanNeitherRestartNorStretchIt() external {
        _enter(asset, 1_000_000, 500);
        for (uint256 at = 501; at < 2_000; at += 7) {
            _enter(asset, 1, at);
            if (at >= 1_000) assertGe(_cash(asset, at), 1_000 * (at - 1_000));
        }
        assertGe(_cash(asset, 2_000), 1_000_000);
        assertEq(_cash(asset, 3_000), 1_000_000 + 215, "and 215 units of dust");
    }

    /// @dev However often and whenever somebody looks in between, the same has vested at the end.
    function testFuzz_thePathDoesNotMatter(uint112 amount, uint256 arrival, uint256[6] memory touches)
        external
    {
        arrival = _bound(arrival, 0, 999);
        _enter(asset, amount, arrival);
        _enter(other, amount, arrival);
        uint256 at = arrival;
        for (uint256 i = 0; i < touches.length; ++i) {
            at += _bound(touches[i], 0, 700);
            _touch(other, at);
            assertEq(_cash(other, at), _cash(asset, at));
            assertEq(
                other.load(at, PERIOD).streaming() + _cash(other, at), amount, "nothing is lost on the way"
            );
        }
    }

    function testFuzz_cashNeverFallsAsTimePasses(uint112 first, uint112 second, uint256 at, uint256 more)
        external
    {
        _enter(asset, first / 2, 400);
        _enter(asset, second / 2, 1_400);
        at = _bound(at, 1_400, 5_000);
        more = _bound(more, 0, 5_000);
        assertGe(_cash(asset, at + more), _cash(asset, at));
    }

    function test_moreThanTheCapIsRefused() external {
        _enter(asset, AssetLedger.CAP - 10, 0);
        vm.expectRevert(abi.encodeWithSelector(IReserve.AmountTooLarge.selector, "amount", 11, 10));
        this.enter(11);
        this.enter(10);
        assertEq(_cash(asset, 5_000), AssetLedger.CAP);
    }

    function enter(uint256 amount) external {
        _enter(asset, amount, 1);
    }

    function test_theMarkOfTheFirstUseStays() external {
        assertFalse(asset.seeded());
        AssetLedger.State memory state;
        state.cash = 7;
        asset.store(state, 0);
        assertTrue(asset.seeded());
        assertEq(_cash(asset, 12_345), 7);
        _enter(asset, 5, 12_345);
        _touch(asset, 20_000);
        assertTrue(asset.seeded());
        assertEq(_cash(asset, 20_000), 12);
    }

    function testFuzz_fieldsDoNotTouch(uint112 cash, uint112 lent, uint32 at) external {
        AssetLedger.State memory state;
        state.cash = cash;
        state.lent = lent;
        asset.store(state, at);
        state = asset.load(at, PERIOD);
        assertEq(state.cash, cash);
        assertEq(state.lent, lent);
        assertEq(state.streaming(), 0);
        assertEq(state.total(), uint256(cash) + lent);
    }
}
