// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Fixture} from "../support/Fixture.sol";

/// @title T02: lend out and stream so much that the last free holder finds the cash gone
contract T02LastFreeHolder is Fixture {
    uint256 private constant HOLDERS = 6;

    uint256 internal redeemed;

    function setUp() public override {
        super.setUp();
        _launchPlain(2, 18);
    }

    /// @dev Everything is lent that can be, a large donation is still streaming, and everybody free leaves at once.
    function testFuzz_t02_lastFreeHolderRedeemsInFull(uint256 seed, uint256 gift, uint256 waitSecs) external {
        _lendToTheLimit(seed);
        for (uint256 j = 0; j < assets.length; ++j) {
            _donate(j, bound(gift, 1, 1_000e18));
        }
        vm.warp(block.timestamp + bound(waitSecs, 0, 60 hours));
        _assertFreeHoldersCovered();

        Floors memory before = _floors();
        for (uint256 i = 0; i < HOLDERS; ++i) {
            _redeemAll(_holder(i));
        }
        _redeemAll(issuer);
        assertEq(token.claims(), reserve.locked(), "somebody free is left");
        _assertFloorsNotBelow(before);
        _assertLedgerWithinBalance();
        assertGt(redeemed, 1, "nobody redeemed");
    }

    /// @dev With nothing lent, one holder after another takes the reserve down to the fees.
    function test_t02_lastOfAllTakesTheWholeFloor() external {
        _give(alice, 1);
        uint256 rest = token.balanceOf(issuer);
        vm.prank(issuer);
        reserve.redeem(rest, 0, issuer, false);
        vm.warp(block.timestamp + 3 days);
        (uint256[] memory totals,) = reserve.backing();
        vm.prank(alice);
        uint256[] memory paid = reserve.redeem(1, 0, alice, false);
        for (uint256 j = 0; j < assets.length; ++j) {
            assertEq(
                paid[j], totals[j] - (totals[j] + 99) / 100, "the last token is not worth everything left"
            );
        }
    }

    /// @dev Each holder locks a part of the tokens for the most that it borrows and keeps the rest free.
    function _lendToTheLimit(uint256 seed) private {
        for (uint256 i = 0; i < HOLDERS; ++i) {
            uint256 tokens = bound(uint256(keccak256(abi.encode(seed, i))), 1e18, 150_000e18);
            _give(_holder(i), tokens);
            _borrowMost(_holder(i), tokens / 2 + 1);
        }
        _borrowMost(issuer, token.balanceOf(issuer) / 2);
    }

    function _redeemAll(address who) private {
        uint256 tokens = token.balanceOf(who);
        if (tokens == 0) return;
        uint256[] memory due = _due(tokens);
        vm.prank(who);
        try reserve.redeem(tokens, 0, who, false) returns (uint256[] memory paid) {
            assertGe(paid[0], due[0], "paid less than the floor");
            assertGe(paid[1], due[1], "paid less than the floor");
            ++redeemed;
        } catch {
            assertTrue(false, "a free holder could not redeem");
        }
    }

    /// @dev What the floor of this moment owes, from amounts: x * F / S down, less the fee of one per cent up.
    function _due(uint256 tokens) private view returns (uint256[] memory due) {
        (uint256[] memory totals, uint256 claims) = reserve.backing();
        due = new uint256[](totals.length);
        for (uint256 j = 0; j < due.length; ++j) {
            uint256 gross = tokens * totals[j] / claims;
            due[j] = gross - (gross * 100 + BPS - 1) / BPS;
        }
    }

    function _holder(uint256 i) private pure returns (address) {
        return address(uint160(0xBEEF00 + i));
    }
}
