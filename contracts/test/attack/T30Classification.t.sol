// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IConverter} from "ballast/interfaces/IConverter.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {Reentrant} from "../support/Attackers.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @title T30: make a sale or a purchase look like something untaxed
/// @notice The tax depends on the two ends of a transfer and on nothing else: not on who called, not on what lies in
/// the pool beforehand, not on where the proceeds go.
contract T30ClassificationTest is AttackFixture {
    uint256 private constant BUY = 300;
    uint256 private constant SELL = 500;

    address private mallory = makeAddr("mallory");
    address private secondPool;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(mallory, 200_000e18);
        _give(alice, 100_000e18);
        TestAsset other = new TestAsset("Other", 18);
        secondPool = factory.createPair(address(token), address(other));
        other.mint(secondPool, 50e18);
        _give(secondPool, 50_000e18);
        IUniswapV2PairFull(secondPool).mint(carol);
        token.registerPool(address(other));
    }

    // ---------------------------------------------------------------- sales

    /// @dev One unit of the asset, or much of it, or of the token, lies in the pool beforehand, as if liquidity came.
    function test_t30_preTransfersDoNotMakeASaleLiquidity() external {
        uint256[4] memory beforehand = [uint256(0), 1, 1e18, 100e18];
        for (uint256 i = 0; i < beforehand.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            assets[0].mint(pool, beforehand[i]);
            if (i == 1) _transfer(mallory, pool, 1);
            assertEq(_saleFee(10_000e18), 500e18, "the sale escaped its fee");
            vm.revertToState(snapshot);
        }
    }

    /// @dev Whoever calls, and through whatever: the router, the wallet itself, a spender, a contract, the owner.
    function test_t30_callerDoesNotMatter() external {
        Reentrant machine = new Reentrant();
        _give(address(machine), 1_000e18);
        address[4] memory callers = [mallory, alice, issuer, address(machine)];
        for (uint256 i = 0; i < callers.length; ++i) {
            assertEq(_feeOfTransfer(callers[i], pool, 1_000e18), 50e18, "the caller escaped the sell fee");
        }
        vm.prank(mallory);
        token.approve(bob, 1_000e18);
        uint256 fees = _fees();
        vm.prank(bob);
        token.transferFrom(mallory, pool, 1_000e18);
        assertEq(_fees() - fees, 50e18, "a spender escaped the sell fee");
        vm.prank(mallory);
        token.approve(pool, 1_000e18);
        fees = _fees();
        vm.prank(pool);
        token.transferFrom(mallory, pool, 1_000e18);
        assertEq(_fees() - fees, 50e18, "the pool as caller escaped the sell fee");
        fees = _fees();
        _sell(mallory, 1_000e18);
        assertEq(_fees() - fees, 50e18, "the router escaped the sell fee");
    }

    /// @dev Cut into pieces a sale costs no less.
    function test_t30_slicesOfASaleCostNoLess() external {
        uint256 snapshot = vm.snapshotState();
        uint256 whole = _feeOfTransfer(mallory, pool, 10_007);
        vm.revertToState(snapshot);
        uint256 fees = _fees();
        for (uint256 i = 0; i < 100; ++i) {
            _transfer(mallory, pool, 100);
        }
        _transfer(mallory, pool, 7);
        assertGe(_fees() - fees, whole, "slices escaped part of the fee");
    }

    // ---------------------------------------------------------------- purchases

    /// @dev Proceeds may go to a wallet, the router, a contract, the pool itself or the other one.
    function test_t30_receiverDoesNotMatter() external {
        address[5] memory receivers = [mallory, address(router), address(new Reentrant()), bob, issuer];
        for (uint256 i = 0; i < receivers.length; ++i) {
            assertEq(_purchaseFee(10_000e18, receivers[i]), 300e18, "the receiver escaped the buy fee");
        }
        assertEq(_purchaseFee(10_000e18, secondPool), 800e18, "pool to pool is a purchase and a sale");
        assertEq(_purchaseFee(10_000e18, pool), 800e18, "the pool itself is a purchase and a sale");
    }

    function test_t30_preTransfersDoNotMakeAPurchaseFree() external {
        assets[0].mint(pool, 1);
        _transfer(mallory, pool, 1);
        assertEq(_purchaseFee(10_000e18, mallory), 300e18, "the purchase escaped its fee");
    }

    // ---------------------------------------------------------------- neither

    /// @dev Wallets, contracts, the router, the burn address and oneself pay nothing, whatever happened before.
    function test_t30_walletsNeverPay() external {
        address[6] memory receivers =
            [bob, mallory, address(router), address(new Reentrant()), address(token), address(0xdEaD)];
        assets[0].mint(pool, 1);
        for (uint256 i = 0; i < receivers.length; ++i) {
            uint256 held = token.balanceOf(receivers[i]);
            assertEq(_feeOfTransfer(mallory, receivers[i], 1_000e18), 0, "a wallet paid");
            uint256 gained = receivers[i] == mallory ? 0 : 1_000e18;
            assertEq(token.balanceOf(receivers[i]) - held, gained, "not all arrived");
        }
    }

    /// @dev Liquidity by anybody but the lock is taxed both ways: the pool cannot tell it from a trade.
    function test_t30_liquidityIsTaxedLikeTrades() external {
        uint256 fees = _fees();
        assets[0].mint(mallory, 10e18);
        vm.startPrank(mallory);
        token.approve(address(router), 20_000e18);
        assets[0].approve(address(router), 10e18);
        (,, uint256 liquidity) = router.addLiquidity(
            address(token), address(assets[0]), 20_000e18, 10e18, 0, 0, mallory, block.timestamp
        );
        assertEq(_fees() - fees, 1_000e18);
        fees = _fees();
        IUniswapV2PairFull(pool).transfer(pool, liquidity);
        uint256 held = token.balanceOf(mallory);
        (uint256 a, uint256 b) = IUniswapV2PairFull(pool).burn(mallory);
        vm.stopPrank();
        uint256 out = IUniswapV2PairFull(pool).token0() == address(token) ? a : b;
        uint256 fee = _fees() - fees;
        assertEq(fee, (out * BUY + BPS - 1) / BPS);
        assertEq(token.balanceOf(mallory) - held, out - fee);
    }

    /// @dev An address is a pool because the factory says so, never because its owner would like it to be, and it
    /// stays one; nobody becomes exempt after the launch.
    function test_t30_onlyTheFactoryMakesPools() external {
        vm.expectRevert(abi.encodeWithSignature("NotAPool(address)", mallory));
        token.registerPool(mallory);
        assertFalse(token.isPool(mallory));
        assertTrue(token.isPool(pool) && token.isPool(secondPool));
        assertFalse(token.isExempt(mallory) || token.isExempt(issuer) || token.isExempt(address(router)));
        assertTrue(token.isExempt(address(reserve)) && token.isExempt(address(converter)));
        assertTrue(token.isExempt(address(launchpad)) && token.isExempt(address(liquidityLock)));
    }

    /// @dev The converter is exempt, so a lot sent straight into a pool would be a sale without its fee.
    function test_t30_lotsAreNotSoldIntoAPoolOnTheWay() external {
        _sell(mallory, 100_000e18);
        converter.allocate();
        uint256[] memory price = converter.quote(1_000e18);
        assets[0].mint(mallory, price[0]);
        vm.startPrank(mallory);
        assets[0].approve(address(converter), price[0]);
        vm.expectRevert(abi.encodeWithSelector(IConverter.PoolRecipient.selector, secondPool));
        converter.bid(1_000e18, price, secondPool);
        vm.expectRevert(abi.encodeWithSelector(IConverter.PoolRecipient.selector, pool));
        converter.bid(1_000e18, price, pool);
        converter.bid(1_000e18, price, mallory);
        vm.stopPrank();
    }

    // ---------------------------------------------------------------- steps

    function _fees() private view returns (uint256) {
        return token.balanceOf(address(converter));
    }

    function _transfer(address from, address to, uint256 amount) private {
        vm.prank(from);
        token.transfer(to, amount);
    }

    function _feeOfTransfer(address from, address to, uint256 amount) private returns (uint256) {
        uint256 fees = _fees();
        _transfer(from, to, amount);
        return _fees() - fees;
    }

    function _saleFee(uint256 amount) private returns (uint256) {
        uint256 fees = _fees();
        _sell(mallory, amount);
        return _fees() - fees;
    }

    /// @dev Buy exactly `amount` out of the pool, straight from the pair, paying plenty.
    function _purchaseFee(uint256 amount, address to) private returns (uint256) {
        uint256 fees = _fees();
        assets[0].mint(pool, 100e18);
        bool first = IUniswapV2PairFull(pool).token0() == address(token);
        IUniswapV2PairFull(pool).swap(first ? amount : 0, first ? 0 : amount, to, "");
        return _fees() - fees;
    }
}
