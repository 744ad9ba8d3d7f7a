// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ILaunchpad, LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {HookedAsset, Reentrant} from "../support/Attackers.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @title T25: a launch whose parameters make the launchpad spend what others approved to it
contract T25LaunchCalldataTest is AttackFixture {
    string private constant LAUNCH = "launch((string,string,uint256,address,address,address[],uint256[],"
        "(bool,uint16,uint16,uint16,uint16,uint32,uint32,uint32),uint8,(uint256,uint256,uint256),"
        "(uint16,uint16,uint16,uint16,uint256,(uint16,uint16,uint16,(address,uint16)[])),bytes32))";
    uint256 private constant SAVINGS = 1_000e18;

    address private mallory = makeAddr("mallory");

    /// @dev Alice is about to launch: her asset is approved to the launchpad.
    function setUp() public override {
        super.setUp();
        _newAssets(1, 18);
        assets[0].mint(alice, SAVINGS);
        vm.prank(alice);
        assets[0].approve(address(launchpad), SAVINGS);
    }

    function test_t25_launchSpendsOnlyItsCallersApproval() external {
        LaunchParams memory params = _poolTaxParams();
        params.owner = alice;
        params.guardian = alice;
        params.fees.split.recipients[0].account = alice;
        vm.prank(mallory);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(launchpad), 0, 300e18
            )
        );
        launchpad.launch(params);
        _assertAliceUntouched();
    }

    /// @dev Every free field carries a call that would empty Alice, every address is the asset to call.
    function test_t25_noParameterIsCalled() external {
        bytes memory theft = abi.encodeCall(IERC20.transferFrom, (alice, mallory, SAVINGS));
        LaunchParams memory params = _poolTaxParams();
        params.owner = address(assets[0]);
        params.guardian = address(assets[0]);
        params.symbol = string(theft);
        params.salt = bytes32(theft);
        params.fees.split.recipients[0].account = address(assets[0]);
        assets[0].mint(mallory, 300e18);
        vm.startPrank(mallory);
        assets[0].approve(address(launchpad), 300e18);
        _remember(launchpad.launch(params));
        vm.stopPrank();
        _assertAliceUntouched();
        assertEq(assets[0].balanceOf(mallory), 0, "the launch cost its author nothing");
        assertEq(token.balanceOf(address(assets[0])), 600_000e18, "the call was not made in earnest");
    }

    /// @dev An asset written by the attacker is called during a launch, and calls back.
    function test_t25_assetCannotLaunchFromInsideALaunch() external {
        HookedAsset trap = new HookedAsset("Trap", 18);
        Reentrant thief = new Reentrant();
        delete assets;
        assets.push(TestAsset(address(trap)));
        LaunchParams memory params = _poolTaxParams();
        thief.plan(address(launchpad), abi.encodeCall(ILaunchpad.launch, (params)));
        thief.plan(address(trap), abi.encodeCall(IERC20.transferFrom, (address(launchpad), mallory, 1)));
        trap.mint(address(thief), 300e18);
        thief.act(address(trap), abi.encodeCall(IERC20.approve, (address(launchpad), 300e18)));
        trap.watch(address(thief), true);
        thief.arm();
        thief.act(address(launchpad), abi.encodeCall(ILaunchpad.launch, (params)));
        assertEq(thief.answered(), 2, "the trap was not sprung");
        (bool ok, bytes memory answer) = thief.answerOf(0);
        assertFalse(ok, "a launch ran inside a launch");
        assertEq(_selectorOf(answer), IReserve.Locked.selector);
        (ok, answer) = thief.answerOf(1);
        assertFalse(ok, "the launchpad had approved somebody");
        assertEq(_selectorOf(answer), IERC20Errors.ERC20InsufficientAllowance.selector);
        assertEq(launchpad.tokenCount(), 1);
    }

    /// @dev The types of a launch hold no bytes to forward, and the launchpad has one function that does anything.
    function test_t25_noFunctionTakesCalldata() external view {
        string[] memory reviewed = new string[](8);
        reviewed[0] = LAUNCH;
        reviewed[1] = "tokenParams()";
        reviewed[2] = "predictToken(address,bytes32,uint256)";
        reviewed[3] = "launched(address)";
        reviewed[4] = "tokenCount()";
        reviewed[5] = "tokenAt(uint256)";
        reviewed[6] = "wrappedNative()";
        reviewed[7] = "factory()";
        _assertFunctions(address(launchpad), reviewed);
        assertEq(ILaunchpad.launch.selector, bytes4(keccak256(bytes(LAUNCH))));
    }

    function _assertAliceUntouched() private view {
        IERC20 asset = IERC20(address(assets[0]));
        assertEq(asset.balanceOf(alice), SAVINGS, "alice lost her asset");
        assertEq(asset.allowance(alice, address(launchpad)), SAVINGS, "alice's approval was used");
    }
}
