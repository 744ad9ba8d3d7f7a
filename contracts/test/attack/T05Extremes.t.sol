// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ILaunchpad, LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T05: choose supply and decimals so that a floor rounds to nothing or a payout to too much
contract T05Extremes is Fixture {
    uint256 private constant SUPPLY_MAX = 5e36;
    uint256 private constant ASSET_MAX = type(uint112).max;

    uint256 internal paidSomething;
    uint256 internal lent;

    function testFuzz_t05_payoutsAreExactAtEverySize(
        uint256 supply,
        uint256 decimals,
        uint256 backing,
        uint256 x
    ) external {
        // Spread over the magnitudes, not over the integers, of which nearly all are enormous.
        supply = bound(supply, 1, 10 ** bound(supply >> 128, 1, 36) * 5);
        uint256 least = _least(bound(decimals, 0, 24));
        backing = bound(backing, least, least * 10 ** bound(backing >> 128, 0, 9));
        _check(supply, bound(decimals, 0, 24), backing, bound(x, 1, supply));
    }

    function test_t05_corners() external {
        uint256[3] memory supplies = [uint256(1), 1_000_000e18, SUPPLY_MAX];
        uint256[3] memory decimals = [uint256(0), 6, 24];
        for (uint256 i = 0; i < 9; ++i) {
            uint256 supply = supplies[i / 3];
            uint256 least = _least(decimals[i % 3]);
            _check(supply, decimals[i % 3], least, supply);
            _check(supply, decimals[i % 3], ASSET_MAX, supply);
            _check(supply, decimals[i % 3], ASSET_MAX, supply / 3 + 1);
            _check(supply, decimals[i % 3], least, supply / 2 + 1);
        }
        emit log_named_uint("payouts above zero", paidSomething);
        assertGt(paidSomething, 12, "hardly anything was paid");
        assertGt(lent, 4, "hardly anything was lent");
    }

    function test_t05_beyondTheBoundsIsRefused() external {
        _newAssets(1, 18);
        _expectRefused("supply", 0, 1, SUPPLY_MAX);
        _expectRefused("supply", SUPPLY_MAX + 1, 1, SUPPLY_MAX);
        _newAssets(1, 25);
        LaunchParams memory params = _plainParams();
        params.seeds[0] = ASSET_MAX;
        string memory reason = "has more than 24 decimals";
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.AssetRefused.selector, assets[0], reason));
        vm.prank(issuer);
        launchpad.launch(params);
    }

    function _check(uint256 supply, uint256 decimals, uint256 backing, uint256 x) private {
        _newAssets(1, uint8(decimals));
        LaunchParams memory params = _plainParams();
        params.supply = supply;
        params.seeds[0] = backing;
        params.salt = keccak256(abi.encode(launchpad.tokenCount()));
        _launch(params);

        // The bounds keep the product under 2^256, so that this is the exact share.
        uint256 gross = x * backing / supply;
        assertEq(reserve.backingOf(supply)[0], backing, "all tokens are not backed by everything");
        assertEq(reserve.backingOf(x)[0], gross, "the floor is not the exact share");
        _borrowAndRepay(supply);
        Floors memory before = _floors();
        vm.prank(issuer);
        uint256 paid = reserve.redeem(x, 0, issuer, false)[0];
        assertEq(paid, gross - (gross + 99) / 100, "the payout is not the exact share less the fee");
        if (paid != 0) ++paidSomething;
        _assertFloorsNotBelow(before);
        if (x != supply) assertGt(_floors().totals[0], 0, "claims are left and the floor is zero");
        _assertLedgerWithinBalance();
    }

    /// @dev A loan on the largest collateral that fits never lends more than 95 % of its share.
    function _borrowAndRepay(uint256 supply) private {
        uint256 collateral = supply > type(uint112).max ? type(uint112).max : supply;
        uint256 most = reserve.maxBorrow(collateral)[0];
        assertLe(most, collateral * _floors().totals[0] / supply * 95 / 100, "lends more than its share");
        // A reserve filled to its cap has no room for the fee of a loan.
        if (most < 2 || _floors().totals[0] > ASSET_MAX / 2) return;
        ++lent;
        _repayAll(issuer, _borrowMost(issuer, collateral));
        assertEq(token.balanceOf(issuer), supply, "collateral was lost");
    }

    function _expectRefused(string memory param, uint256 value, uint256 min, uint256 max) private {
        LaunchParams memory params = _plainParams();
        params.supply = value;
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.ParamOutOfBounds.selector, param, value, min, max));
        vm.prank(issuer);
        launchpad.launch(params);
    }

    /// @dev The smallest seed that a launch accepts.
    function _least(uint256 decimals) private pure returns (uint256) {
        return decimals < 4 ? 10 ** decimals : BPS;
    }
}
