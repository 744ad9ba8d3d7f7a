// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Fixture} from "../support/Fixture.sol";

/// @title T08: bring a loan or a holder to where a check is one unit of rounding too strict, and exits revert
contract T08RoundingReverts is Fixture {
    function setUp() public override {
        super.setUp();
        _launchPlain(2, 6);
        _give(alice, 200_000e18);
        _give(bob, 200_000e18);
    }

    /// @dev A loan for the very most, after the floor was moved to a crooked place, repaid in crooked parts.
    function testFuzz_t08_honestRepayNeverReverts(uint256 moved, uint256 collateral, uint256 seed) external {
        vm.prank(bob);
        reserve.redeem(bound(moved, 1, 150_000e18), 0, bob, false);
        _donate(0, bound(seed, 1, 1e6));
        vm.warp(block.timestamp + bound(moved, 0, 3 days));
        uint256 loanId = _borrowMost(alice, bound(collateral, 1e18, 200_000e18));
        Floors memory before = _floors();
        uint256 parts;
        for (; parts < 6; ++parts) {
            uint256[] memory owed = reserve.loan(loanId).principal;
            uint256[] memory part = new uint256[](2);
            for (uint256 j = 0; j < 2; ++j) {
                part[j] =
                    bound(uint256(keccak256(abi.encode(seed, parts, j))), j == 0 ? 1 : 0, owed[j] / 2 + 1);
                _fundAndApprove(alice, j, part[j]);
            }
            _repay(loanId, part);
            if (reserve.loan(loanId).principal[0] < 2) break;
        }
        _repayRest(loanId);
        assertEq(token.balanceOf(alice), 200_000e18, "collateral was lost");
        assertEq(reserve.locked(), 0);
        _assertFloorsNotBelow(before);
    }

    /// @dev Any amount at all, down to one unit that is worth nothing.
    function testFuzz_t08_honestRedeemNeverReverts(uint256 moved, uint256 tokens) external {
        _borrowMost(alice, 200_000e18);
        vm.prank(bob);
        reserve.redeem(bound(moved, 1, 199_999e18), 0, bob, false);
        tokens = bound(tokens, 1, 10 ** bound(tokens >> 128, 0, 23));
        uint256 free = token.balanceOf(issuer);
        _redeem(issuer, tokens < free ? tokens : free);
        _redeem(bob, token.balanceOf(bob));
        if (tokens < free) _redeem(issuer, token.balanceOf(issuer));
        assertEq(token.claims(), reserve.locked(), "a free holder is left");
    }

    function test_t08_oneUnitRedeemsAndRepays() external {
        _redeem(issuer, 1);
        uint256 loanId = _borrowMost(alice, 1_000e18);
        for (uint256 j = 0; j < 2; ++j) {
            _fundAndApprove(bob, j, 1);
        }
        uint256[] memory one = new uint256[](2);
        one[0] = 1;
        vm.prank(bob);
        assertEq(reserve.repay(loanId, one), 0, "one asset alone released collateral");
        one[0] = 0;
        one[1] = 1;
        vm.prank(bob);
        reserve.repay(loanId, one);
    }

    function _repay(uint256 loanId, uint256[] memory part) private {
        vm.prank(alice);
        try reserve.repay(loanId, part) {}
        catch {
            assertTrue(false, "an honest repayment reverted");
        }
    }

    function _repayRest(uint256 loanId) private {
        uint256[] memory owed = reserve.loan(loanId).principal;
        for (uint256 j = 0; j < 2; ++j) {
            _fundAndApprove(alice, j, owed[j]);
        }
        _repay(loanId, owed);
    }

    function _redeem(address who, uint256 tokens) private {
        if (tokens == 0) return;
        Floors memory before = _floors();
        vm.prank(who);
        try reserve.redeem(tokens, 0, who, false) {}
        catch {
            assertTrue(false, "an honest redemption reverted");
        }
        _assertFloorsNotBelow(before);
    }
}
