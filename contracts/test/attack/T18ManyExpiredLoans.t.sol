// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IReserve} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";

/// @title T18: leave ten thousand loans to expire and nobody to call for two thousand days, so that no call fits a block
contract T18ManyExpiredLoans is Fixture {
    uint256 private constant LOANS = 10_000;
    uint256 private constant BATCH = 500;
    /// @dev The most gas a transaction may use on the main network since EIP-7825, 16.78 million.
    uint256 private constant TRANSACTION_GAS_MAX = 1 << 24;

    function setUp() public override {
        super.setUp();
        _launchPlain(1, 18);
        _give(alice, 500_000e18);
        _give(bob, 100_000e18);
    }

    function test_t18_tenThousandExpiredLoansAreProcessedInChunks() external {
        _openAll();
        vm.warp(block.timestamp + 2_000 days);
        Floors memory before = _floors();
        _everythingElseGoesOn();

        uint256 closed;
        uint256 most;
        for (uint256 first = 1; first <= LOANS; first += BATCH) {
            (uint256 count, uint256 used) = _forecloseFrom(first);
            closed += count;
            if (used > most) most = used;
            if (first == 1 + 5 * BATCH) _everythingElseGoesOn();
        }
        emit log_named_uint("loans closed", closed);
        emit log_named_uint("most gas of a batch", most);
        emit log_named_uint("gas of a loan", most / BATCH);
        assertEq(closed, LOANS, "not every expired loan was closed");
        assertLt(most, TRANSACTION_GAS_MAX, "a batch is too large for a transaction");
        _everythingElseGoesOn();
        assertEq(reserve.assetAt(0).lent, 0, "a debt is left over");
        assertEq(reserve.locked(), 0, "collateral is left over");
        _assertFloorsNotBelow(before);
        _assertLedgerWithinBalance();
    }

    /// @dev Loans that are gone or not due are passed over, so that nobody can spoil a batch by closing one of it.
    function test_t18_spoiledBatchStillCloses() external {
        uint256[] memory loanIds = new uint256[](20);
        vm.startPrank(alice);
        for (uint256 i = 0; i < 20; ++i) {
            loanIds[i] = reserve.borrow(10e18, _one(1e14), alice, false);
        }
        vm.stopPrank();
        vm.warp(block.timestamp + 2_000 days);
        reserve.foreclose(_one(loanIds[7]));
        loanIds[3] = uint256(uint160(bob)) << 96 | 4;
        assertEq(reserve.foreclose(loanIds), 18);
    }

    /// @dev Gas is not metered here: the opening is ten thousand transactions, not one.
    function _openAll() private {
        vm.pauseGasMetering();
        uint256[] memory principal = _one(1e15);
        vm.startPrank(alice);
        for (uint256 i = 0; i < LOANS; ++i) {
            reserve.borrow(20e18, principal, alice, false);
        }
        vm.stopPrank();
        vm.resumeGasMetering();
        assertEq(reserve.loanCount(), LOANS);
    }

    /// @return count How many were closed.
    /// @return used Gas of a transaction that does this alone: cold storage, calldata and base cost included.
    function _forecloseFrom(uint256 first) private returns (uint256 count, uint256 used) {
        uint256[] memory loanIds = new uint256[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            loanIds[i] = uint256(uint160(alice)) << 96 | (first + i);
        }
        bytes memory data = abi.encodeCall(IReserve.foreclose, (loanIds));
        used = 21_000 + 16 * data.length;
        vm.cool(address(reserve));
        vm.cool(address(token));
        uint256 start = gasleft();
        (bool ok, bytes memory result) = address(reserve).call(data);
        used += start - gasleft();
        assertTrue(ok, "a batch reverted");
        count = abi.decode(result, (uint256));
    }

    /// @dev Whatever else anybody does costs what it always costs, however many expired loans lie about.
    function _everythingElseGoesOn() private {
        uint256[] memory principal = reserve.maxBorrow(100e18);
        _fundAndApprove(bob, 0, 10e18);
        uint256 sequence = reserve.loanCount() + 1;
        uint256 loanId = uint256(uint160(bob)) << 96 | sequence;
        _cheap(abi.encodeCall(IReserve.redeem, (100e18, 0, bob, false)));
        _cheap(abi.encodeCall(IReserve.borrow, (100e18, principal, bob, false)));
        _cheap(abi.encodeCall(IReserve.extend, (loanId)));
        _cheap(abi.encodeCall(IReserve.extendByBurn, (loanId, 100e18)));
        _cheap(abi.encodeCall(IReserve.repay, (loanId, principal)));
        _cheap(abi.encodeCall(IReserve.donate, (0, 1e15)));
        _cheap(abi.encodeCall(IReserve.sync, (0)));
        vm.prank(bob);
        token.transfer(carol, 1e18);
    }

    function _cheap(bytes memory data) private {
        vm.cool(address(reserve));
        vm.prank(bob);
        (bool ok,) = address(reserve).call{gas: 500_000}(data);
        assertTrue(ok, "expired loans stand in the way of something else");
    }
}
