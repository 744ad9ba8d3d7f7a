// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAccrualToken} from "ballast/interfaces/IAccrualToken.sol";
import {IConverter} from "ballast/interfaces/IConverter.sol";
import {FeePath, LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {AttackFixture} from "../support/AttackFixture.sol";

/// @title T31: fees that sum to more than the fee, pass the maximum, or are debited on top
contract T31FeePartsTest is AttackFixture {
    function setUp() public override {
        super.setUp();
        _newAssets(1, 18);
        LaunchParams memory params = _poolTaxParams();
        // Odd numbers round at every step.
        params.fees.buyBps = 333;
        params.fees.sellBps = 777;
        params.fees.split.reserveBps = 3_333;
        params.fees.split.burnBps = 1_111;
        params.fees.split.liquidityBps = 2_221;
        params.fees.split.recipients[0].bps = 3_335;
        _launch(params);
        _give(alice, 300_000e18);
    }

    /// @dev Any amount, dust included: debited exactly, split exactly, under the maximum.
    function testFuzz_t31_senderIsDebitedTheAmountAndNoMore(uint256 amount) external {
        _assertParts(alice, pool, bound(amount, 0, 1e24) % token.balanceOf(alice), 777);
        _assertParts(pool, bob, bound(amount, 0, 1e23), 333);
    }

    function test_t31_dust() external {
        uint256 taxed;
        for (uint256 amount = 0; amount < 40; ++amount) {
            _assertParts(alice, pool, amount, 777);
            _assertParts(pool, bob, amount, 333);
            if (amount != 0) ++taxed;
        }
        assertEq(taxed, 39);
        // Two fees of one unit each on a single unit: the unit is all there is.
        _assertParts(pool, pool, 1, 777 + 333);
    }

    /// @dev The whole balance can be sold: a fee on top would need more than there is.
    function test_t31_wholeBalanceCanBeSold() external {
        uint256 all = token.balanceOf(alice);
        vm.prank(alice);
        token.transfer(pool, all);
        assertEq(token.balanceOf(alice), 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 0, 1));
        token.transfer(pool, 1);
    }

    /// @dev An allowance is used up by the amount, never by the fee as well.
    function test_t31_spenderUsesUpTheAmount() external {
        vm.prank(alice);
        token.approve(bob, 1_000e18);
        vm.startPrank(bob);
        token.transferFrom(alice, pool, 1_000e18);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 0, 1));
        token.transferFrom(alice, pool, 1);
        vm.stopPrank();
    }

    /// @dev What arrives at the converter is divided without remainder; what a bid pays as well.
    function testFuzz_t31_partsSumToTheWhole(uint256 amount, uint256 tokens) external {
        amount = bound(amount, 1, 30_000e18);
        _give(address(converter), amount);
        uint256 claims = token.claims();
        vm.recordLogs();
        converter.allocate();
        (uint256 toSale, uint256 toLiquidity, uint256 burned) = _allocated();
        assertEq(toSale + toLiquidity + burned, amount, "parts do not sum to the fee");
        assertEq(claims - token.claims(), burned);
        assertEq(token.balanceOf(address(converter)), toSale + toLiquidity);

        tokens = bound(tokens, 1, toSale < 1_000e18 ? toSale : 1_000e18);
        uint256 held = assets[0].balanceOf(address(reserve));
        uint256 paid = _bid(carol, tokens)[0];
        uint256 kept = assets[0].balanceOf(address(converter));
        (, uint256 forLiquidity) = converter.forLiquidity();
        assertEq(forLiquidity + converter.owed(creator, 0), kept, "shares do not sum to what was kept");
        assertEq(assets[0].balanceOf(address(reserve)) - held + kept, paid, "shares do not sum to the price");
        assertEq(assets[0].balanceOf(carol), 0, "the bidder was debited other than the price");
    }

    /// @dev No owner comes past the maximum, no launch past ten per cent, no split past the whole.
    function test_t31_maximaHold() external {
        vm.startPrank(issuer);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.FeeTooHigh.selector, "buyBps", 1_001, 1_000));
        token.setFees(1_001, 0);
        vm.expectRevert(abi.encodeWithSelector(IAccrualToken.FeeTooHigh.selector, "sellBps", 1_001, 1_000));
        token.setFees(0, 1_001);
        vm.stopPrank();
        LaunchParams memory params = _poolTaxParams();
        params.fees.maxSellBps = 1_001;
        vm.expectRevert(
            abi.encodeWithSignature(
                "ParamOutOfBounds(string,uint256,uint256,uint256)", "fees.maxSellBps", 1_001, 0, 1_000
            )
        );
        launchpad.launch(params);
        params = _poolTaxParams();
        params.fees.split.burnBps += 1;
        vm.expectRevert(abi.encodeWithSignature("SplitSum(uint256)", 10_001));
        launchpad.launch(params);
        assertTrue(params.path == FeePath.PoolTax);
    }

    // ---------------------------------------------------------------- measures

    function _assertParts(address from, address to, uint256 amount, uint256 bps) private {
        uint256 sent = token.balanceOf(from);
        uint256 got = token.balanceOf(to);
        uint256 fees = token.balanceOf(address(converter));
        vm.prank(from);
        token.transfer(to, amount);
        uint256 fee = token.balanceOf(address(converter)) - fees;
        if (from == to) {
            assertEq(sent - token.balanceOf(from), fee, "the sender was debited other than the fee");
            assertLe(fee, amount);
            return;
        }
        assertEq(sent - token.balanceOf(from), amount, "the sender was debited other than the amount");
        assertEq(token.balanceOf(to) - got, amount - fee, "parts do not sum to the amount");
        assertEq(fee, (amount * bps + BPS - 1) / BPS, "another fee than the rate, rounded up");
        assertLe(fee, (amount * 1_000 + BPS - 1) / BPS, "over the maximum");
    }

    function _allocated() private returns (uint256, uint256, uint256) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == IConverter.Allocated.selector) {
                return abi.decode(logs[i].data, (uint256, uint256, uint256));
            }
        }
        revert("nothing was allocated");
    }
}
