// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {ILaunchpad, LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {Transfers} from "ballast/lib/Transfers.sol";
import {Fixture} from "../support/Fixture.sol";
import {
    FeeAsset,
    HookAsset,
    IAssetHook,
    NoReturnAsset,
    OddAsset,
    RebasingAsset,
    SecondAddress,
    TwoAddressAsset
} from "../support/OddAssets.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice Re-enters the reserve from an asset's hook, in every way that there is, and counts what was let in.
contract HookAttacker is IAssetHook {
    IReserve internal immutable reserve;
    uint256 public calls;
    uint256 public letIn;

    constructor(IReserve reserve_, HookAsset asset) {
        reserve = reserve_;
        asset.setHook(this);
    }

    function redeem(uint256 tokens) external {
        reserve.redeem(tokens, 0, address(this), false);
    }

    function onAssetMoved(address, address, uint256) external override {
        uint256[] memory one = new uint256[](1);
        one[0] = 1;
        _try(abi.encodeCall(IReserve.redeem, (1e18, 0, address(this), false)));
        _try(abi.encodeCall(IReserve.borrow, (1e18, one, address(this), false)));
        _try(abi.encodeCall(IReserve.donate, (0, 1)));
        _try(abi.encodeCall(IReserve.sync, (0)));
        _try(abi.encodeCall(IReserve.foreclose, (one)));
        _try(abi.encodeCall(IReserve.repay, (1, one)));
        _try(abi.encodeWithSignature("backingOf(uint256)", 1e18));
        _try(abi.encodeWithSignature("assetAt(uint256)", 0));
    }

    function _try(bytes memory data) private {
        (bool ok, bytes memory why) = address(reserve).call(data);
        ++calls;
        if (ok || bytes4(why) != IReserve.Locked.selector) ++letIn;
    }
}

/// @title T10: back a token with assets that charge, rebase, call back, return nothing or answer at two addresses
contract T10OddAssets is Fixture {
    // ---------------------------------------------------------------- refused at launch

    function test_t10_feeOnTransferIsRefusedAtLaunch() external {
        FeeAsset asset = new FeeAsset();
        asset.setFee(1, false);
        _expectRefused(address(asset), "charges on transfer");
        asset.setFee(1, true);
        _expectRefused(address(asset), "charges on transfer");
        asset.setFee(1_000, false);
        _expectRefused(address(asset), "charges on transfer");
    }

    function test_t10_rebasingIsRefusedAtLaunch() external {
        RebasingAsset asset = new RebasingAsset();
        asset.setOnTransfer(true);
        _expectRefused(address(asset), "charges on transfer");
    }

    /// @dev The same coins under two addresses would be counted twice.
    function test_t10_twoAddressesOfOneAssetAreRefused() external {
        TwoAddressAsset first = new TwoAddressAsset();
        SecondAddress second = first.second();
        assets.push(TestAsset(address(first)));
        assets.push(TestAsset(address(second)));
        LaunchParams memory params = _plainParams();
        first.mint(issuer, 200e18);
        vm.startPrank(issuer);
        first.approve(address(launchpad), 200e18);
        string memory reason = "balance moves without a transfer";
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.AssetRefused.selector, address(first), reason));
        launchpad.launch(params);
        vm.stopPrank();
    }

    /// @dev Launched under one address, the other opens no side door: no loan of it, no credit for it.
    function test_t10_secondAddressOpensNoDoor() external {
        TwoAddressAsset first = new TwoAddressAsset();
        _launchOn(address(first));
        address second = address(first.second());
        vm.expectRevert(abi.encodeWithSelector(IReserve.AssetNotBacking.selector, second));
        reserve.flashLoan(IERC3156FlashBorrower(address(this)), second, 1e18, "");
        first.mint(alice, 5e18);
        vm.prank(alice);
        SecondAddress(second).transfer(address(reserve), 5e18);
        assertEq(reserve.assetAt(0).cash, 100e18);
        assertEq(reserve.sync(0), 5e18, "coins of the second address are the same coins");
        _assertLedgerWithinBalance();
    }

    // ---------------------------------------------------------------- measured by delta

    /// @dev A fee that begins long after the launch: nothing is credited that did not arrive.
    function test_t10_feeSwitchedOnLaterIsMeasured() external {
        FeeAsset asset = new FeeAsset();
        _launchOn(address(asset));
        _give(alice, 10_000e18);
        uint256 loanId = _borrowMost(alice, 10_000e18);
        asset.setFee(100, false);
        asset.mint(alice, 10e18);
        vm.startPrank(alice);
        asset.approve(address(reserve), type(uint256).max);
        uint256 owed = reserve.loan(loanId).principal[0];
        _expectShort(asset, owed);
        reserve.repay(loanId, _one(owed));
        _expectShort(asset, 1e18);
        reserve.donate(0, 1e18);
        _expectShort(asset, (owed + 999) / 1_000);
        reserve.extend(loanId);
        // A loan need not default for it: collateral pays for the extension.
        reserve.extendByBurn(loanId, 100e18);
        vm.stopPrank();
    }

    /// @dev The same as somebody who looks at the ledger only: whatever went through, it stays under the balance.
    function testFuzz_t10_ledgerStaysUnderTheBalance(uint256 feeBps, uint256 amount) external {
        FeeAsset asset = new FeeAsset();
        _launchOn(address(asset));
        _give(alice, 10_000e18);
        uint256 loanId = _borrowMost(alice, 10_000e18);
        asset.setFee(bound(feeBps, 100, 5_000), false);
        _fundAndApprove(alice, 0, 10e18);
        uint256 refused;
        amount = bound(amount, 1e6, 0.1e18);
        vm.startPrank(alice);
        try reserve.repay(loanId, _one(amount)) {}
        catch {
            ++refused;
        }
        try reserve.donate(0, amount) {}
        catch {
            ++refused;
        }
        try reserve.extend(loanId) {}
        catch {
            ++refused;
        }
        asset.transfer(address(reserve), amount);
        vm.stopPrank();
        uint256 credited = reserve.sync(0);
        _assertLedgerWithinBalance();
        assertLt(credited, amount, "more credited than arrived");
        assertEq(refused, 3, "an asset that charges was taken at its word");
    }

    /// @dev An asset that grows by itself: the growth is a direct send, found by `sync` and streamed to all.
    function test_t10_positiveRebaseIsStreamed() external {
        RebasingAsset asset = new RebasingAsset();
        _launchOn(address(asset));
        Floors memory before = _floors();
        asset.rebase(11, 10);
        assertEq(_floors().totals[0], before.totals[0], "a rebase moved the floor at once");
        assertEq(reserve.sync(0), 10e18);
        assertEq(_floors().totals[0], before.totals[0], "a rebase skipped the stream");
        vm.warp(block.timestamp + 2 days);
        assertEq(_floors().totals[0], 110e18);
        _assertLedgerWithinBalance();
    }

    // ---------------------------------------------------------------- tolerated

    function test_t10_missingReturnValuesAreTolerated() external {
        NoReturnAsset asset = new NoReturnAsset();
        _launchOn(address(asset));
        _give(alice, 10_000e18);
        uint256 loanId = _borrowMost(alice, 5_000e18);
        vm.startPrank(alice);
        uint256 paid = reserve.redeem(5_000e18, 0, alice, false)[0];
        uint256 owed = reserve.loan(loanId).principal[0];
        assertEq(asset.balanceOf(alice), paid + owed - (owed + 999) / 1_000);
        asset.mint(alice, owed);
        asset.approve(address(reserve), owed);
        assertEq(reserve.repay(loanId, _one(owed)), 5_000e18);
        vm.stopPrank();
        assertEq(asset.allowance(alice, address(reserve)), 0);
    }

    /// @dev A callback in the middle of a payout finds every door shut, and the payout is what it was.
    function test_t10_hooksFindEveryDoorShut() external {
        HookAsset asset = new HookAsset();
        _launchOn(address(asset));
        HookAttacker attacker = new HookAttacker(reserve, asset);
        _give(address(attacker), 10_000e18);
        uint256 due = reserve.previewRedeem(1_000e18)[0];
        attacker.redeem(1_000e18);
        assertEq(asset.balanceOf(address(attacker)), due);
        assertEq(attacker.calls(), 8, "the hook never ran");
        assertEq(attacker.letIn(), 0, "the hook was let in");
        _assertLedgerWithinBalance();
    }

    // ---------------------------------------------------------------- internals

    function _params(address asset) private returns (LaunchParams memory params) {
        delete assets;
        assets.push(TestAsset(asset));
        params = _plainParams();
        OddAsset(asset).mint(issuer, params.seeds[0] * 2);
        vm.prank(issuer);
        // Not through a type that expects a return value: one of these assets has none.
        (bool ok,) = asset.call(abi.encodeCall(OddAsset.approve, (address(launchpad), params.seeds[0] * 2)));
        assertTrue(ok);
    }

    function _launchOn(address asset) private {
        LaunchParams memory params = _params(asset);
        vm.prank(issuer);
        _remember(launchpad.launch(params));
    }

    function _expectRefused(address asset, string memory reason) private {
        LaunchParams memory params = _params(asset);
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.AssetRefused.selector, asset, reason));
        vm.prank(issuer);
        launchpad.launch(params);
    }

    function _expectShort(FeeAsset asset, uint256 amount) private {
        uint256 arrives = amount - amount * asset.feeBps() / BPS;
        vm.expectRevert(
            abi.encodeWithSelector(Transfers.TransferShort.selector, address(asset), arrives, amount)
        );
    }
}
