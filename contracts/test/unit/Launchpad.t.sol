// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {TokenDeployer} from "ballast/accrual/TokenDeployer.sol";

import {ILaunchpad, LaunchParams, Launched, PoolParams} from "ballast/interfaces/ILaunchpad.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {IWrappedNative} from "ballast/interfaces/IUniswapV2.sol";
import {Fixture} from "../support/Fixture.sol";
import {FeeAsset, HookAsset, IAssetHook, RebasingAsset, TwoAddressAsset} from "../support/OddAssets.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice What a launch makes, how it is paid for, and which pools stand in its way.
contract LaunchpadTest is Fixture, IAssetHook {
    function setUp() public override {
        super.setUp();
        _newAssets(1, 18);
    }

    function _approveFor(LaunchParams memory params) private {
        for (uint256 j = 0; j < params.assets.length; ++j) {
            uint256 needed = params.seeds[j] + (j == 0 ? params.pool.assets : 0);
            TestAsset(params.assets[j]).mint(issuer, needed);
            vm.prank(issuer);
            IERC20(params.assets[j]).approve(address(launchpad), needed);
        }
    }

    // ---------------------------------------------------------------- what it makes

    function test_aPlainLaunchMakesTokenAndReserveOnly() external {
        LaunchParams memory params = _plainParams();
        address predicted = launchpad.predictToken(issuer, params.salt, 0);
        _launch(params);
        assertEq(address(token), predicted);
        assertEq(address(converter), address(0));
        assertEq(pool, address(0));
        assertEq(address(liquidityLock), address(0));
        assertEq(token.balanceOf(issuer), 1_000_000e18);
        assertEq(reserve.assetAt(0).cash, 100e18, "the seed is cash at once");
        assertEq(launchpad.tokenCount(), 1);
        assertEq(launchpad.tokenAt(0), predicted);
        Launched memory made = launchpad.launched(predicted);
        assertEq(made.token, predicted);
        assertEq(made.reserve, address(reserve));
        assertEq(launchpad.launched(alice).token, address(0));
        assertEq(launchpad.wrappedNative(), weth);
        assertEq(launchpad.factory(), address(factory));
    }

    function test_aTaxedLaunchMakesAndLinksEverything() external {
        LaunchParams memory params = _poolTaxParams();
        params.seeds[0] = 123e18;
        _approveFor(params);
        vm.expectEmit(false, false, true, false, address(launchpad));
        emit ILaunchpad.TokenLaunched(
            address(0), address(0), issuer, address(0), address(0), address(0), params.assets, params.seeds
        );
        vm.prank(issuer);
        _remember(launchpad.launch(params));
        assertEq(reserve.token(), address(token));
        assertEq(reserve.converter(), address(converter));
        assertEq(token.reserve(), address(reserve));
        assertEq(pool, factory.getPair(address(token), address(assets[0])));
        assertTrue(token.isPool(pool));
        assertEq(token.balanceOf(pool), 400_000e18);
        assertEq(assets[0].balanceOf(pool), 200e18);
        assertEq(token.balanceOf(issuer), 600_000e18);
        assertEq(liquidityLock.beneficiary(), issuer);
        assertEq(token.balanceOf(address(launchpad)), 0);
        assertEq(assets[0].balanceOf(address(launchpad)), 0);
        assertEq(assets[0].balanceOf(issuer), 0);
    }

    function test_aPoolWithoutATax() external {
        LaunchParams memory params = _plainParams();
        params.pool = PoolParams(400_000e18, 200e18, FOREVER);
        _launch(params);
        assertEq(address(converter), address(0));
        assertEq(token.balanceOf(pool), 400_000e18);
        assertFalse(token.isPool(pool));
    }

    function test_theSmallestAndTheLargestSupply() external {
        LaunchParams memory params = _plainParams();
        params.supply = 1;
        params.salt = "small";
        _launch(params);
        assertEq(reserve.backingOf(1)[0], 100e18);
        params.supply = 5e36;
        params.salt = "large";
        _launch(params);
        assertEq(reserve.backingOf(5e36)[0], 100e18);
        params = _poolTaxParams();
        params.supply = 2;
        params.pool = PoolParams(1, 1_002_001, FOREVER);
        params.salt = "small pool";
        _launch(params);
        assertEq(converter.lot(), 1);
    }

    // ---------------------------------------------------------------- native currency

    function test_nativeSeedAndPoolAreWrapped() external {
        LaunchParams memory params = _poolTaxParams();
        params.assets[0] = weth;
        vm.deal(issuer, 300e18);
        vm.prank(issuer);
        _remember(launchpad.launch{value: 300e18}(params));
        assertEq(IERC20(weth).balanceOf(address(reserve)), 100e18);
        assertEq(IERC20(weth).balanceOf(pool), 200e18);
    }

    function test_wrappedNativeCanBePaidAsAToken() external {
        LaunchParams memory params = _plainParams();
        params.assets[0] = weth;
        vm.deal(issuer, 100e18);
        vm.startPrank(issuer);
        IWrappedNative(weth).deposit{value: 100e18}();
        IERC20(weth).approve(address(launchpad), 100e18);
        _remember(launchpad.launch(params));
        assertEq(reserve.assetAt(0).cash, 100e18);
    }

    function test_nativeCurrencyMustBeExactAndNeeded() external {
        LaunchParams memory params = _plainParams();
        vm.deal(issuer, 300e18);
        _approveFor(params);
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.NativeMismatch.selector, 1, 0));
        vm.prank(issuer);
        launchpad.launch{value: 1}(params);
        params.assets[0] = weth;
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.NativeMismatch.selector, 100e18 + 1, 100e18));
        vm.prank(issuer);
        launchpad.launch{value: 100e18 + 1}(params);
    }

    // ---------------------------------------------------------------- salts and pools made beforehand

    function test_theSameSaltTwiceTakesTheNextAddress() external {
        _launch(_plainParams());
        address first = address(token);
        address second = launchpad.predictToken(issuer, bytes32(0), 1);
        _launch(_plainParams());
        assertEq(address(token), second);
        assertTrue(first != second);
        assertTrue(launchpad.predictToken(alice, bytes32(0), 0) != first, "salts are the launcher's own");
    }

    function test_aPoolMadeBeforehandIsToppedUp() external {
        LaunchParams memory params = _poolTaxParams();
        address predicted = launchpad.predictToken(issuer, params.salt, 0);
        address early = factory.createPair(predicted, address(assets[0]));
        assets[0].mint(early, 50e18);
        _launch(params);
        assertEq(address(token), predicted);
        assertEq(pool, early);
        assertEq(assets[0].balanceOf(pool), 200e18, "only the difference is paid");
        assertEq(assets[0].balanceOf(issuer), 50e18);
        _sell(issuer, 1_000e18);
    }

    function test_aPoolFilledToTheTargetIsTakenAsItIs() external {
        LaunchParams memory params = _poolTaxParams();
        address predicted = launchpad.predictToken(issuer, params.salt, 0);
        assets[0].mint(factory.createPair(predicted, address(assets[0])), 200e18);
        _launch(params);
        assertEq(address(token), predicted);
        assertEq(assets[0].balanceOf(issuer), 200e18);
    }

    function test_anOverfilledPoolIsLeftForTheNextSalt() external {
        LaunchParams memory params = _poolTaxParams();
        address predicted = launchpad.predictToken(issuer, params.salt, 0);
        assets[0].mint(factory.createPair(predicted, address(assets[0])), 200e18 + 1);
        _launch(params);
        assertEq(address(token), launchpad.predictToken(issuer, params.salt, 1));
        assertEq(assets[0].balanceOf(pool), 200e18);
    }

    function test_aSaltWhoseEveryPoolIsOverfilledIsExhausted() external {
        LaunchParams memory params = _poolTaxParams();
        for (uint256 attempt = 0; attempt < 32; ++attempt) {
            address predicted = launchpad.predictToken(issuer, params.salt, attempt);
            assets[0].mint(factory.createPair(predicted, address(assets[0])), 200e18 + 1);
        }
        _approveFor(params);
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.SaltExhausted.selector, params.salt));
        vm.prank(issuer);
        launchpad.launch(params);
        params.salt = "next";
        vm.prank(issuer);
        launchpad.launch(params);
    }

    // ---------------------------------------------------------------- assets refused by behaviour

    function _expectRefused(address asset, string memory reason) private {
        LaunchParams memory params = _plainParams();
        params.assets[0] = asset;
        _approveFor(params);
        vm.expectRevert(abi.encodeWithSelector(ILaunchpad.AssetRefused.selector, asset, reason));
        vm.prank(issuer);
        launchpad.launch(params);
    }

    function test_assetsThatChargeAreRefused() external {
        FeeAsset odd = new FeeAsset();
        odd.setFee(1, false);
        _expectRefused(address(odd), "charges on transfer");
    }

    function test_assetsThatRebaseOnTransferAreRefused() external {
        RebasingAsset odd = new RebasingAsset();
        odd.setOnTransfer(true);
        LaunchParams memory params = _plainParams();
        params.assets[0] = address(odd);
        _approveFor(params);
        vm.expectPartialRevert(ILaunchpad.AssetRefused.selector);
        vm.prank(issuer);
        launchpad.launch(params);
    }

    /// @dev Two assets whose addresses answer for the same balances: seeding one moves the other.
    function test_oneAssetAtTwoAddressesIsRefused() external {
        TwoAddressAsset odd = new TwoAddressAsset();
        LaunchParams memory params = _plainParams();
        params.assets = new address[](2);
        (params.assets[0], params.assets[1]) = (address(odd), address(odd.second()));
        params.seeds = new uint256[](2);
        (params.seeds[0], params.seeds[1]) = (1e18, 1e18);
        odd.mint(issuer, 2e18);
        vm.startPrank(issuer);
        odd.approve(address(launchpad), 2e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILaunchpad.AssetRefused.selector, address(odd), "balance moves without a transfer"
            )
        );
        launchpad.launch(params);
    }

    // ---------------------------------------------------------------- construction and re-entrancy

    function test_parametersAreReadableOnlyDuringALaunch() external {
        vm.expectRevert(ILaunchpad.NotLaunching.selector);
        launchpad.tokenParams();
        _launch(_plainParams());
        vm.expectRevert(ILaunchpad.NotLaunching.selector);
        launchpad.tokenParams();
        TokenDeployer deployer = _newTokenDeployer();
        vm.expectRevert(TokenDeployer.NotDeploying.selector);
        deployer.tokenParams();
    }

    bytes private _refusal;

    /// @inheritdoc IAssetHook
    function onAssetMoved(address, address, uint256) external override {
        (, _refusal) = address(launchpad).call(_againCall);
    }

    bytes private _againCall;

    function test_aLaunchCannotBeEnteredAgain() external {
        HookAsset hooked = new HookAsset();
        hooked.setHook(this);
        LaunchParams memory params = _plainParams();
        params.assets[0] = address(hooked);
        _againCall = abi.encodeCall(launchpad.launch, (params));
        hooked.mint(address(this), 100e18);
        hooked.approve(address(launchpad), 100e18);
        launchpad.launch(params);
        assertEq(_refusal, abi.encodeWithSelector(IReserve.Locked.selector));
    }
}
