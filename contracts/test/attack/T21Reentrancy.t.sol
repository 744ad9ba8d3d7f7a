// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBacked} from "ballast/interfaces/IBacked.sol";
import {IConverter} from "ballast/interfaces/IConverter.sol";
import {IERC3156FlashLender} from "ballast/interfaces/IERC3156.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {HookedAsset} from "../support/Attackers.sol";
import {CodeReader} from "../support/CodeReader.sol";
import {ReentryPlan} from "../support/ReentryPlan.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @title T21: a native payout receiver re-enters every function, and reads the floor from inside a payout
/// @notice A router or price adapter that trusts a floor read half way through a payout was the whole of one theft.
/// Here nothing is left to read: every entry and every view of the ledger answers `Locked`.
contract T21ReentrancyTest is ReentryPlan {
    function setUp() public override {
        super.setUp();
        _launchNative(true);
        _installThief();
    }

    function test_t21_redeemReceiverFindsEverythingLocked() external {
        _planEverything();
        uint256 balance = address(thief).balance;
        Floors memory before = _floors();
        uint256 expected = reserve.previewRedeem(10_000e18)[0];
        _strike(abi.encodeCall(IReserve.redeem, (10_000e18, 0, address(thief), true)));
        assertEq(address(thief).balance - balance, expected, "paid other than one redemption");
        _assertUnharmed(before);
    }

    function test_t21_borrowReceiverFindsEverythingLocked() external {
        _planEverything();
        uint256 balance = address(thief).balance;
        Floors memory before = _floors();
        _strike(abi.encodeCall(IReserve.borrow, (10_000e18, _one(0.9e18), address(thief), true)));
        assertEq(address(thief).balance - balance, 0.8991e18, "paid other than one loan");
        assertEq(reserve.loanCount(), 2);
        _assertUnharmed(before);
    }

    /// @dev What the re-entry tries is all there is: no selector of the reserve is missing from the plan.
    function test_t21_planCoversEverySelectorOfTheReserve() external {
        _planEverything();
        bytes4[] memory found = CodeReader.selectorsOf(CodeReader.implementationOf(address(reserve)));
        bytes4[9] memory noLedger = [
            IBacked.claims.selector,
            IBacked.model.selector,
            IERC3156FlashLender.flashFee.selector,
            IReserve.assetCount.selector,
            IReserve.converter.selector,
            IReserve.loanCount.selector,
            IReserve.pausedUntil.selector,
            IReserve.terms.selector,
            IReserve.token.selector
        ];
        assertEq(found.length, 32, "the reserve's functions changed: plan for the new one");
        for (uint256 i = 0; i < found.length; ++i) {
            bool open;
            for (uint256 j = 0; j < noLedger.length; ++j) {
                open = open || noLedger[j] == found[i];
            }
            assertTrue(open || _contains(_tried, found[i]), "a function was not tried");
        }
    }

    /// @dev The same from inside the converter's own transfers, with an asset that tells its sender of every move.
    function test_t21_bidderFindsTheConverterLocked() external {
        HookedAsset asset = _launchHooked();
        IConverter auction = IConverter(address(converter));
        thief.plan(address(converter), abi.encodeCall(auction.bid, (1e18, _one(FOREVER), address(thief))));
        thief.plan(address(converter), abi.encodeCall(auction.allocate, ()));
        thief.plan(address(converter), abi.encodeCall(auction.burnLot, ()));
        thief.plan(address(converter), abi.encodeCall(auction.addLiquidity, ()));
        thief.plan(address(converter), abi.encodeCall(auction.claim, (creator, 0)));
        thief.plan(address(converter), abi.encodeCall(auction.quote, (1e18)));
        converter.allocate();
        uint256 price = converter.quote(100e18)[0];
        asset.mint(address(thief), price);
        thief.act(address(asset), abi.encodeCall(IERC20.approve, (address(converter), price)));
        Floors memory before = _floors();
        uint256 held = token.balanceOf(address(thief));
        thief.arm();
        asset.watch(address(thief), false);
        thief.act(address(converter), abi.encodeCall(auction.bid, (100e18, _one(price), address(thief))));
        asset.watch(address(0), false);
        _assertAllLocked();
        assertEq(token.balanceOf(address(thief)) - held, 100e18);
        assertEq(asset.balanceOf(address(thief)), 0, "paid other than the price");
        _assertFloorsNotBelow(before);
        _assertLedgerWithinBalance();
    }

    // ---------------------------------------------------------------- the attack

    function _launchHooked() private returns (HookedAsset asset) {
        asset = new HookedAsset("Hooked", 18);
        delete assets;
        assets.push(TestAsset(address(asset)));
        _launch(_poolTaxParams());
        _give(pool, 20_000e18);
    }

    function _strike(bytes memory opening) private {
        thief.arm();
        thief.act(address(reserve), opening);
        assertEq(thief.answered(), thief.planned(), "not everything was tried");
        _assertAllLocked();
    }

    function _assertUnharmed(Floors memory before) private view {
        _assertFloorsNotBelow(before);
        _assertFreeHoldersCovered();
        _assertLedgerWithinBalance();
        assertEq(reserve.loan(loanId).collateral, 1_000e18, "the other loan changed");
    }
}
