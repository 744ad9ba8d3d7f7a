// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IBacked} from "ballast/interfaces/IBacked.sol";
import {IConverter} from "ballast/interfaces/IConverter.sol";
import {IERC3156FlashBorrower, IERC3156FlashLender} from "ballast/interfaces/IERC3156.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {AttackFixture} from "./AttackFixture.sol";
import {Reentrant} from "./Attackers.sol";

/// @notice A thief with tokens and a loan, and a plan of every call into the system worth making from inside another.
abstract contract ReentryPlan is AttackFixture {
    Reentrant internal thief;
    uint256 internal loanId;
    bytes4[] internal _tried;

    function _installThief() internal {
        thief = new Reentrant();
        vm.label(address(thief), "thief");
        _give(address(thief), 60_000e18);
        // Fee tokens wait in the converter, so that allocating would burn through the reserve.
        _give(pool, 10_000e18);
        vm.prank(address(thief));
        loanId = reserve.borrow(1_000e18, _one(0.05e18), address(thief), true);
    }

    function _assertAllLocked() internal view {
        uint256 refused;
        assertGt(thief.answered(), 0, "nothing was tried");
        for (uint256 i = 0; i < thief.answered(); ++i) {
            (bool ok, bytes memory answer) = thief.answerOf(i);
            string memory which = vm.toString(i);
            assertFalse(ok, string.concat("got through: attempt ", which));
            assertEq(
                _selectorOf(answer), IReserve.Locked.selector, string.concat("another error: attempt ", which)
            );
            ++refused;
        }
        assertEq(refused, thief.planned());
    }

    function _plan(bytes memory data) internal {
        thief.plan(address(reserve), data);
        _tried.push(bytes4(data));
    }

    function _planEverything() internal {
        address self = address(thief);
        _plan(abi.encodeCall(IReserve.redeem, (1e18, 0, self, true)));
        _plan(abi.encodeCall(IReserve.borrow, (1e18, _one(1), self, true)));
        _plan(abi.encodeCall(IReserve.repay, (loanId, _one(0.05e18))));
        _plan(abi.encodeCall(IReserve.extend, (loanId)));
        _plan(abi.encodeCall(IReserve.extendByBurn, (loanId, FOREVER)));
        _plan(abi.encodeCall(IReserve.foreclose, (_one(loanId))));
        _plan(abi.encodeCall(IReserve.donate, (0, 1)));
        _plan(abi.encodeCall(IReserve.sync, (0)));
        _plan(abi.encodeCall(IReserve.burnConverted, (1)));
        _plan(abi.encodeCall(IReserve.seed, ()));
        _plan(abi.encodeCall(IReserve.pause, (1)));
        _plan(abi.encodeCall(IReserve.unpause, ()));
        _plan(
            abi.encodeCall(
                IERC3156FlashLender.flashLoan, (IERC3156FlashBorrower(self), address(assets[0]), 1, "")
            )
        );
        _planViews();
        thief.plan(address(token), abi.encodeCall(IBacked.reserves, ()));
        thief.plan(address(token), abi.encodeCall(IBacked.backingOf, (1e18)));
        thief.plan(address(converter), abi.encodeCall(IConverter.quote, (1e18)));
        thief.plan(address(converter), abi.encodeCall(IConverter.bid, (1e18, _one(FOREVER), self)));
        thief.plan(address(converter), abi.encodeCall(IConverter.allocate, ()));
        thief.plan(address(converter), abi.encodeCall(IConverter.burnLot, ()));
        thief.plan(address(converter), abi.encodeCall(IConverter.addLiquidity, ()));
    }

    function _planViews() internal {
        _plan(abi.encodeCall(IReserve.backing, ()));
        _plan(abi.encodeCall(IBacked.backingOf, (1e18)));
        _plan(abi.encodeCall(IBacked.reserves, ()));
        _plan(abi.encodeCall(IReserve.assetAt, (0)));
        _plan(abi.encodeCall(IReserve.previewRedeem, (1e18)));
        _plan(abi.encodeCall(IReserve.maxBorrow, (1e18)));
        _plan(abi.encodeCall(IReserve.freeHolderCoverage, (0)));
        _plan(abi.encodeCall(IReserve.loan, (loanId)));
        _plan(abi.encodeCall(IReserve.locked, ()));
        _plan(abi.encodeCall(IERC3156FlashLender.maxFlashLoan, (address(assets[0]))));
    }
}
