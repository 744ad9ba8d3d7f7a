// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {TokenDeployer} from "ballast/accrual/TokenDeployer.sol";
import {ILaunchpad, LaunchParams, TokenParams} from "ballast/interfaces/ILaunchpad.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @title T38: create, seed or skew the pool of a token that is about to be launched
contract T38SkewedPoolTest is AttackFixture {
    uint256 private constant TARGET = 200e18;
    uint256 private constant SEED = 100e18;
    uint256 private constant TOKENS = 400_000e18;

    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        _newAssets(1, 18);
    }

    /// @dev Nothing, a unit, half, nearly all, all of the target lie there: the pool opens at its exact ratio, its
    /// shares are the lock's, and the launcher pays only the difference.
    function test_t38_seededPoolOpensAtItsRatio() external {
        uint256[5] memory beforehand = [uint256(0), 1, TARGET / 2, TARGET - 1, TARGET];
        for (uint256 i = 0; i < beforehand.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            address expected = _predict(0);
            _prefill(expected, beforehand[i]);
            _launch(_poolTaxParams());
            assertEq(address(token), expected, "the address changed");
            _assertOpensAtTarget();
            assertEq(assets[0].balanceOf(issuer), beforehand[i], "paid other than the difference");
            vm.revertToState(snapshot);
        }
    }

    /// @dev Where more than the target lies, the next address is taken, up to the last of 32.
    function test_t38_overfilledPoolIsPassedBy() external {
        uint256[3] memory filled = [uint256(1), 7, 31];
        for (uint256 i = 0; i < filled.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            for (uint256 n = 0; n < filled[i]; ++n) {
                _prefill(_predict(n), TARGET + 1);
            }
            _launch(_poolTaxParams());
            assertEq(address(token), _predict(filled[i]), "another address than the next free one");
            _assertOpensAtTarget();
            vm.revertToState(snapshot);
        }
    }

    /// @dev Blocking one salt costs 32 times the pool, and the next salt is free.
    function test_t38_blockingASaltCostsThirtyTwoPools() external {
        for (uint256 n = 0; n < 32; ++n) {
            _prefill(_predict(n), TARGET + 1);
        }
        LaunchParams memory params = _poolTaxParams();
        vm.prank(issuer);
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.SaltExhausted.selector, params.salt));
        launchpad.launch(params);
        params.salt = "another";
        _launch(params);
        _assertOpensAtTarget();
        assertEq(assets[0].balanceOf(mallory), 0, "the blocker got something back");
    }

    /// @dev Before the launch the pair can do nothing with what lies there; after it there is nothing to take.
    function test_t38_seederGetsNothing() external {
        address pair = _prefill(_predict(0), TARGET / 2);
        _assertPairIsStuck(pair);
        _launch(_poolTaxParams());
        assertEq(pool, pair, "another pool");
        vm.startPrank(mallory);
        IUniswapV2PairFull(pool).skim(mallory);
        IUniswapV2PairFull(pool).sync();
        vm.stopPrank();
        _assertOpensAtTarget();
        assertEq(assets[0].balanceOf(mallory), 0, "seeding was refunded");
        assertEq(token.balanceOf(mallory), 0);
        assertEq(IUniswapV2PairFull(pool).balanceOf(mallory), 0);
    }

    /// @dev A launch paid in native currency is not blocked by one unit that makes its payment too large: what the pool
    /// did not need comes back wrapped.
    function test_t38_nativeLaunchIsNotBlockedByAUnit() external {
        assets[0] = TestAsset(weth);
        uint256[3] memory beforehand = [uint256(1), TARGET / 2, TARGET];
        for (uint256 i = 0; i < beforehand.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            address pair = factory.createPair(_predict(0), weth);
            _wrapFor(mallory, beforehand[i]);
            vm.prank(mallory);
            IERC20(weth).transfer(pair, beforehand[i]);
            _payNative(SEED + TARGET);
            _assertOpensAtTarget();
            assertEq(IERC20(weth).balanceOf(issuer), beforehand[i], "the difference did not come back");
            assertEq(IERC20(weth).balanceOf(address(launchpad)) + address(launchpad).balance, 0);
            vm.revertToState(snapshot);
        }
    }

    /// @dev Paying only the difference is as good; less than it, or more than the launch could ever need, is refused.
    function test_t38_nativePaymentIsBounded() external {
        assets[0] = TestAsset(weth);
        address pair = factory.createPair(_predict(0), weth);
        _wrapFor(pair, 50e18);
        uint256 needed = SEED + TARGET - 50e18;
        uint256[2] memory wrong = [needed - 1, SEED + TARGET + 1];
        LaunchParams memory params = _poolTaxParams();
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.deal(issuer, wrong[i]);
            vm.prank(issuer);
            vm.expectRevert(abi.encodeWithSelector(ILaunchpad.NativeMismatch.selector, wrong[i], needed));
            launchpad.launch{value: wrong[i]}(params);
        }
        _payNative(needed);
        _assertOpensAtTarget();
        assertEq(IERC20(weth).balanceOf(issuer), 0);
    }

    /// @dev A reserve, a lock or a converter that holds something beforehand is as good as without.
    function test_t38_seededAddressesDoNotBlock() external {
        uint256 snapshot = vm.snapshotState();
        _launch(_poolTaxParams());
        (address reserve_, address converter_, address lock_) =
            (address(reserve), address(converter), address(liquidityLock));
        vm.revertToState(snapshot);
        assets[0].mint(reserve_, 7e18);
        assets[0].mint(converter_, 7e18);
        assets[0].mint(lock_, 7e18);
        assets[0].mint(address(launchpad), 7e18);
        _launch(_poolTaxParams());
        assertEq(address(reserve), reserve_, "the address changed");
        _assertOpensAtTarget();
        assertEq(reserve.assetAt(0).cash, SEED + 7e18, "what lay there is not the holders'");
        _assertLedgerWithinBalance();
    }

    /// @dev The address of a launch is its launcher's: the same salt of somebody else, or the deployer called
    /// without a launchpad, lands elsewhere.
    function test_t38_addressCannotBeTaken() external {
        TokenDeployer deployer = _newTokenDeployer();
        launchpad = _newLaunchpad(deployer);
        address expected = _predict(0);
        bytes32 salt = keccak256(abi.encode(issuer, bytes32(0), uint256(0)));
        address squatted = deployer.deploy(salt);
        assertTrue(squatted != expected, "the address was taken");
        LaunchParams memory params = _poolTaxParams();
        assets[0].mint(mallory, SEED + TARGET);
        vm.startPrank(mallory);
        assets[0].approve(address(launchpad), SEED + TARGET);
        assertTrue(launchpad.launch(params).token != expected, "the address was taken");
        vm.stopPrank();
        _launch(params);
        assertEq(address(token), expected);
        _assertOpensAtTarget();
    }

    /// @dev Answers the constructor of a token deployed past the launchpad.
    function tokenParams() external view returns (TokenParams memory params) {
        (params.name, params.symbol, params.supply) = ("Squat", "SQT", 1e18);
        (params.launchpad, params.owner, params.reserve) = (address(this), address(this), address(this));
        params.factory = address(factory);
    }

    // ---------------------------------------------------------------- steps

    function _predict(uint256 attempt) private view returns (address) {
        return launchpad.predictToken(issuer, bytes32(0), attempt);
    }

    function _prefill(address predicted, uint256 amount) private returns (address pair) {
        vm.startPrank(mallory);
        pair = factory.createPair(predicted, address(assets[0]));
        assets[0].mint(mallory, amount);
        assets[0].transfer(pair, amount);
        vm.stopPrank();
    }

    function _payNative(uint256 amount) private {
        LaunchParams memory params = _poolTaxParams();
        vm.deal(issuer, amount);
        vm.prank(issuer);
        _remember(launchpad.launch{value: amount}(params));
    }

    function _assertPairIsStuck(address pair) private {
        bytes[4] memory moves = [
            abi.encodeCall(IUniswapV2PairFull.mint, (mallory)),
            abi.encodeCall(IUniswapV2PairFull.skim, (mallory)),
            abi.encodeCall(IUniswapV2PairFull.sync, ()),
            abi.encodeCall(IUniswapV2PairFull.burn, (mallory))
        ];
        for (uint256 i = 0; i < moves.length; ++i) {
            (bool ok,) = pair.call(moves[i]);
            assertFalse(ok, "the pair moved before its token existed");
        }
    }

    function _assertOpensAtTarget() private view {
        (uint256 tokens, uint256 amount) = _poolReserves();
        assertEq(tokens, TOKENS, "skewed in tokens");
        assertEq(amount, TARGET, "skewed in assets");
        (uint256 surplusTokens, uint256 surplusAssets) = _poolSurplus();
        assertEq(surplusTokens + surplusAssets, 0, "something to skim");
        uint256 all = IUniswapV2PairFull(pool).totalSupply();
        assertEq(IUniswapV2PairFull(pool).balanceOf(address(liquidityLock)), all - 1_000);
        assertTrue(token.isPool(pool));
        assertGe(reserve.assetAt(0).cash, SEED);
        assertEq(token.balanceOf(issuer), 600_000e18);
    }
}
