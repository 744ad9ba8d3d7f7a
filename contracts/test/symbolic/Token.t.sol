// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {AccrualToken} from "ballast/accrual/AccrualToken.sol";
import {TokenParams} from "ballast/interfaces/ILaunchpad.sol";

/// @notice Proved for every caller, amount and time by symbolic execution: who may do what to the token.
contract TokenSymbolic is Test {
    address private constant OWNER = address(0x1001);
    address private constant RESERVE = address(0x1002);
    address private constant CONVERTER = address(0x1003);
    address private constant LOCK = address(0x1004);
    address private constant FACTORY = address(0x1005);
    uint256 private constant SUPPLY = 1_000_000e18;

    AccrualToken private token;

    function setUp() public {
        token = new AccrualToken();
    }

    /// @dev The token asks its deployer, which is this test.
    function tokenParams() external view returns (TokenParams memory) {
        return TokenParams({
            name: "Harbour",
            symbol: "HRB",
            supply: SUPPLY,
            launchpad: address(this),
            owner: OWNER,
            guardian: address(0x1006),
            reserve: RESERVE,
            converter: CONVERTER,
            lock: LOCK,
            factory: FACTORY,
            maxBuyBps: 700,
            maxSellBps: 900,
            buyBps: 300,
            sellBps: 500
        });
    }

    /// @dev Whoever calls and whatever he asks: only the reserve burns and locks what others hold.
    function check_onlyTheReserveBurnsOrLocksForOthers(address caller, address holder, uint256 amount)
        external
    {
        vm.assume(caller != RESERVE);
        vm.startPrank(caller);
        (bool burned,) = address(token).call(abi.encodeCall(token.burnOf, (holder, amount)));
        (bool locked,) = address(token).call(abi.encodeCall(token.lockFrom, (holder, amount)));
        assert(!burned && !locked);
    }

    /// @dev Whatever the owner proposes and however long anybody waits, fees stay within their maxima.
    function check_feesNeverExceedTheirMaxima(
        uint256 buyBps,
        uint256 sellBps,
        uint256 laterBuyBps,
        uint256 laterSellBps,
        uint40 wait,
        uint40 more
    ) external {
        vm.startPrank(OWNER);
        address(token).call(abi.encodeCall(token.setFees, (buyBps, sellBps)));
        vm.warp(block.timestamp + wait);
        address(token).call(abi.encodeCall(token.setFees, (laterBuyBps, laterSellBps)));
        vm.warp(block.timestamp + more);
        (uint256 buyNow, uint256 sellNow) = token.fees();
        assert(buyNow <= 700 && sellNow <= 900);
    }

    /// @dev For three days nobody pays more than before the call, whatever the call was.
    function check_noRaiseTakesEffectWithinThreeDays(uint256 buyBps, uint256 sellBps, uint256 wait) external {
        vm.assume(wait < 3 days);
        (uint256 buyBefore, uint256 sellBefore) = token.fees();
        vm.prank(OWNER);
        address(token).call(abi.encodeCall(token.setFees, (buyBps, sellBps)));
        vm.warp(block.timestamp + wait);
        (uint256 buyNow, uint256 sellNow) = token.fees();
        assert(buyNow <= buyBefore && sellNow <= sellBefore);
    }

    function check_onlyTheOwnerSetsFeesAndGuardian(
        address caller,
        uint256 buyBps,
        uint256 sellBps,
        address guardian
    ) external {
        vm.assume(caller != OWNER);
        vm.startPrank(caller);
        (bool set,) = address(token).call(abi.encodeCall(token.setFees, (buyBps, sellBps)));
        (bool named,) = address(token).call(abi.encodeCall(token.setGuardian, (guardian)));
        (bool handed,) = address(token).call(abi.encodeCall(token.transferOwnership, (guardian)));
        assert(!set && !named && !handed);
    }

    /// @dev A transfer by one account never touches a third, never changes the supply, and keeps the sum.
    function check_aTransferMovesBetweenItsTwoAccountsOnly(address to, uint256 amount, address third)
        external
    {
        vm.assume(to != address(this) && third != to && third != address(this));
        uint256 thirdBefore = token.balanceOf(third);
        uint256 toBefore = token.balanceOf(to);
        uint256 fromBefore = token.balanceOf(address(this));
        (bool moved,) = address(token).call(abi.encodeCall(token.transfer, (to, amount)));
        uint256 given = moved ? amount : 0;
        assert(token.balanceOf(third) == thirdBefore);
        assert(token.balanceOf(to) == toBefore + given);
        assert(token.balanceOf(address(this)) == fromBefore - given);
        assert(token.totalSupply() == SUPPLY);
    }

    /// @dev Burning lowers supply and claims by exactly what the holder loses.
    function check_aBurnIsExact(uint256 amount) external {
        uint256 before = token.balanceOf(address(this));
        (bool burned,) = address(token).call(abi.encodeCall(token.burn, (amount)));
        uint256 gone = burned ? amount : 0;
        assert(token.balanceOf(address(this)) == before - gone);
        assert(token.totalSupply() == SUPPLY - gone);
        assert(token.claims() == SUPPLY - gone);
    }

    /// @dev Nobody spends another's tokens without an allowance.
    function check_noAllowanceNoTransfer(address caller, address to, uint256 amount) external {
        vm.assume(amount != 0);
        vm.startPrank(caller);
        (bool moved,) = address(token).call(abi.encodeCall(token.transferFrom, (address(this), to, amount)));
        (bool burned,) = address(token).call(abi.encodeCall(token.burnFrom, (address(this), amount)));
        assert(!moved && !burned);
    }
}
