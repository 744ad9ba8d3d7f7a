// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {VaultFixture} from "../support/VaultFixture.sol";

contract VaultOwnersTest is VaultFixture {
    function test_aVaultIsOpenedAndClosed() external {
        _open(alice, FAST, 10e18, 15_000e18);
        assertEq(_collateralOf(FAST, alice), 10e18);
        assertEq(_debtOf(FAST, alice), 15_000e18);
        assertEq(synthetic.balanceOf(alice), 15_000e18);
        vm.prank(alice);
        (int256 collateral, int256 debt) = book.adjust(FAST, ALL, ALL);
        assertEq(collateral, -10e18);
        assertEq(debt, -15_000e18);
        assertEq(ether_.balanceOf(alice), 10e18);
        assertEq(synthetic.totalSupply(), 0);
    }
}
