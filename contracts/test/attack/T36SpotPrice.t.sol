// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConverter} from "ballast/interfaces/IConverter.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {CodeReader} from "../support/CodeReader.sol";

/// @title T36: move the pool's price with borrowed money, and have the system take it for the truth
contract T36SpotPriceTest is AttackFixture {
    address private mallory = makeAddr("mallory");
    uint256 private compared;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, 100_000e18);
        _give(mallory, 300_000e18);
        _sell(alice, 50_000e18);
        converter.allocate();
        _bid(carol, 100e18);
    }

    /// @dev The pool a thousand times dearer, then a thousand times cheaper: every number stays as it was.
    function test_t36_noNumberFollowsThePool() external {
        bytes32 before = _everyNumber();
        uint256 snapshot = vm.snapshotState();
        vm.prank(issuer);
        token.setFees(0, 0);
        (, uint256 amount) = _poolReserves();
        _buy(mallory, amount * 31);
        (uint256 tokens, uint256 after_) = _poolReserves();
        assertGt(after_ * 400_000e18 / tokens, 200e18 * 100, "the pool was not moved");
        assertEq(_everyNumber(), before, "a number followed the pool up");
        vm.revertToState(snapshot);

        vm.prank(issuer);
        token.setFees(0, 0);
        _sell(mallory, 300_000e18);
        // Take the asset side nearly empty, as the owner of much liquidity could.
        deal(address(assets[0]), pool, 1e15);
        (bool ok,) = pool.call(abi.encodeWithSignature("sync()"));
        assertTrue(ok);
        assertEq(_everyNumber(), before, "a number followed the pool down");
        assertGt(compared, 0);
    }

    /// @dev What is lent, paid and sold is the same to the unit as without the skew.
    function test_t36_operationsPayTheSameInASkewedPool() external {
        vm.prank(issuer);
        token.setFees(0, 0);
        uint256 snapshot = vm.snapshotState();
        (uint256 paid, uint256 most, uint256 price) = _operate();
        vm.revertToState(snapshot);
        _buy(bob, 2_000e18);
        (uint256 paidSkewed, uint256 mostSkewed, uint256 priceSkewed) = _operate();
        assertEq(paidSkewed, paid, "a redemption followed the pool");
        assertEq(mostSkewed, most, "a loan followed the pool");
        assertEq(priceSkewed, price, "a conversion followed the pool");
        assertGt(paid, 0);
        assertGt(most, 0);
        assertGt(price, 0);
    }

    /// @dev The one place that looks at a pool adds liquidity at its own ratio, and refuses a ratio that is off.
    function test_t36_liquidityRefusesAMovedPool() external {
        for (uint256 i = 0; i < 2_000; ++i) {
            (uint256 tokens, uint256 amount) = _poolReserves();
            if (converter.quote(1_000e18)[0] <= amount * 1_000e18 / tokens) break;
            vm.warp(block.timestamp + 5);
        }
        _bid(carol, 1_000e18);
        _buy(mallory, 20e18);
        vm.expectPartialRevert(IConverter.PoolOffPrice.selector);
        converter.addLiquidity();
    }

    /// @dev Neither the reserve nor the token has any call that could read a price; the converter has the pair's
    /// reserves for liquidity alone, and nothing of a router or an oracle.
    function test_t36_noCodeThatReadsAPrice() external view {
        address[3] memory code = [
            CodeReader.implementationOf(address(reserve)),
            address(token),
            CodeReader.implementationOf(address(converter))
        ];
        string[8] memory prices = [
            "getReserves()",
            "price0CumulativeLast()",
            "price1CumulativeLast()",
            "getAmountsOut(uint256,address[])",
            "getAmountsIn(uint256,address[])",
            "latestAnswer()",
            "latestRoundData()",
            "slot0()"
        ];
        for (uint256 i = 0; i < code.length; ++i) {
            for (uint256 j = 0; j < prices.length; ++j) {
                bool found = CodeReader.pushes(code[i], bytes4(keccak256(bytes(prices[j]))));
                assertEq(found, i == 2 && j == 0, prices[j]);
            }
        }
    }

    // ---------------------------------------------------------------- measures

    function _operate() private returns (uint256 paid, uint256 most, uint256 price) {
        most = reserve.maxBorrow(5_000e18)[0];
        vm.startPrank(alice);
        uint256 loanId = reserve.borrow(5_000e18, _one(most), alice, false);
        paid = reserve.redeem(1_000e18, 0, alice, false)[0];
        vm.stopPrank();
        price = _bid(carol, 100e18)[0];
        assertEq(reserve.loan(loanId).principal[0], most);
    }

    /// @dev Everything the system answers that somebody could act on.
    function _everyNumber() private returns (bytes32) {
        ++compared;
        (uint256[] memory totals, uint256 claims) = reserve.backing();
        bytes memory ledger = abi.encode(totals, claims, reserve.assetAt(0), reserve.locked());
        bytes memory offers = abi.encode(
            reserve.previewRedeem(1_000e18),
            reserve.maxBorrow(1_000e18),
            reserve.freeHolderCoverage(0),
            reserve.maxFlashLoan(address(assets[0])),
            reserve.backingOf(1e18)
        );
        bytes memory auction = abi.encode(
            converter.multiple(), converter.quote(1e18), converter.quote(1_000e18), converter.lot()
        );
        return keccak256(bytes.concat(ledger, offers, auction));
    }
}
