// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Recipient} from "ballast/interfaces/IConverter.sol";
import {ILaunchpad, LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {Fixture} from "../support/Fixture.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice Each bound of a launch: what lies just outside is refused by the name of its parameter.
contract LaunchBoundsTest is Fixture {
    function setUp() public override {
        super.setUp();
        _newAssets(1, 18);
    }

    function _refuse(LaunchParams memory params, bytes memory expected) private {
        vm.expectRevert(expected);
        vm.prank(issuer);
        launchpad.launch(params);
    }

    function _outside(
        LaunchParams memory params,
        string memory param,
        uint256 value,
        uint256 least,
        uint256 most
    ) private {
        _refuse(
            params, abi.encodeWithSelector(ILaunchpad.ParamOutOfBounds.selector, param, value, least, most)
        );
    }

    function _missing(LaunchParams memory params, string memory param) private {
        _refuse(params, abi.encodeWithSelector(ILaunchpad.ParamMissing.selector, param));
    }

    // ---------------------------------------------------------------- names, supply, owner

    function test_whatMustBeThere() external {
        LaunchParams memory params = _plainParams();
        params.name = "";
        _missing(params, "name");
        params = _plainParams();
        params.symbol = "";
        _missing(params, "symbol");
        params = _plainParams();
        params.owner = address(0);
        _missing(params, "owner");
        params = _poolTaxParams();
        delete params.pool;
        _missing(params, "pool");
        params = _poolTaxParams();
        params.fees.split.recipients[0].account = address(0);
        _missing(params, "fees.split.recipients.account");
    }

    function test_supply() external {
        LaunchParams memory params = _plainParams();
        params.supply = 0;
        _outside(params, "supply", 0, 1, 5e36);
        params.supply = 5e36 + 1;
        _outside(params, "supply", 5e36 + 1, 1, 5e36);
    }

    // ---------------------------------------------------------------- terms

    function test_ratios() external {
        LaunchParams memory params = _plainParams();
        params.terms.redeemFeeBps = 1_001;
        _outside(params, "terms.redeemFeeBps", 1_001, 0, 1_000);
        params = _plainParams();
        params.terms.ltvBps = 9_000;
        params.terms.termFeeBps = 1_001;
        _outside(params, "terms.termFeeBps", 1_001, 0, 1_000);
        params = _plainParams();
        params.terms.flashFeeBps = 1_001;
        _outside(params, "terms.flashFeeBps", 1_001, 0, 1_000);
    }

    function test_termFeeCanBeBurnedOnceAtTheLimit() external {
        LaunchParams memory params = _plainParams();
        params.terms.termFeeBps = 527;
        _outside(params, "terms.termFeeBps", 527, 0, 526);
        params.terms.termFeeBps = 526;
        _launch(params);
        params.terms.ltvBps = 0;
        params.terms.termFeeBps = 1_001;
        _outside(params, "terms.termFeeBps", 1_001, 0, 1_000);
    }

    function test_loanToValueLeavesRoomForTheRedemptionFee() external {
        LaunchParams memory params = _plainParams();
        params.terms.redeemFeeBps = 700;
        params.terms.ltvBps = 9_301;
        _outside(params, "terms.ltvBps", 9_301, 0, 9_300);
        params.terms.redeemFeeBps = 0;
        params.terms.ltvBps = 9_901;
        _outside(params, "terms.ltvBps", 9_901, 0, 9_900);
        params.terms.ltvBps = 9_900;
        _launch(params);
    }

    function test_times() external {
        LaunchParams memory params = _plainParams();
        params.terms.termSecs = 1 hours - 1;
        _outside(params, "terms.termSecs", 1 hours - 1, 1 hours, 365 days);
        params.terms.termSecs = 365 days + 1;
        _outside(params, "terms.termSecs", 365 days + 1, 1 hours, 365 days);
        params = _plainParams();
        params.terms.graceSecs = 1 hours - 1;
        _outside(params, "terms.graceSecs", 1 hours - 1, 1 hours, 90 days);
        params.terms.graceSecs = 90 days + 1;
        _outside(params, "terms.graceSecs", 90 days + 1, 1 hours, 90 days);
        params = _plainParams();
        params.terms.dripSecs = 1 hours - 1;
        _outside(params, "terms.dripSecs", 1 hours - 1, 1 hours, 30 days);
        params.terms.dripSecs = 30 days + 1;
        _outside(params, "terms.dripSecs", 30 days + 1, 1 hours, 30 days);
    }

    // ---------------------------------------------------------------- assets

    function test_howManyAssets() external {
        LaunchParams memory params = _plainParams();
        params.assets = new address[](0);
        params.seeds = new uint256[](0);
        _outside(params, "assets", 0, 1, 8);
        _newAssets(9, 18);
        _outside(_plainParams(), "assets", 9, 1, 8);
        _newAssets(8, 18);
        _launch(_plainParams());
        assertEq(reserve.assetCount(), 8);
        params = _plainParams();
        params.seeds = new uint256[](7);
        _refuse(params, abi.encodeWithSelector(ILaunchpad.LengthMismatch.selector, "seeds", 7, 8));
    }

    function test_noAssetTwice() external {
        _newAssets(3, 18);
        LaunchParams memory params = _plainParams();
        params.assets[2] = params.assets[0];
        _refuse(params, abi.encodeWithSelector(ILaunchpad.DuplicateAsset.selector, params.assets[0]));
    }

    function test_seeds() external {
        LaunchParams memory params = _plainParams();
        params.seeds[0] = 9_999;
        _outside(params, "seeds", 9_999, 10_000, type(uint112).max);
        params.seeds[0] = uint256(type(uint112).max) + 1;
        _outside(params, "seeds", uint256(type(uint112).max) + 1, 10_000, type(uint112).max);
        params.seeds[0] = 10_000;
        _launch(params);
        _newAssets(1, 2);
        params = _plainParams();
        params.seeds[0] = 99;
        _outside(params, "seeds", 99, 100, type(uint112).max);
        _newAssets(1, 0);
        params = _plainParams();
        params.seeds[0] = 0;
        _outside(params, "seeds", 0, 1, type(uint112).max);
        params.seeds[0] = 1;
        _launch(params);
    }

    function test_decimals() external {
        LaunchParams memory params = _plainParams();
        params.assets[0] = address(new TestAsset("fine", 25));
        _refuse(
            params,
            abi.encodeWithSelector(
                ILaunchpad.AssetRefused.selector, params.assets[0], "has more than 24 decimals"
            )
        );
        params.assets[0] = alice;
        _refuse(params, abi.encodeWithSelector(ILaunchpad.AssetRefused.selector, alice, "has no decimals"));
        _newAssets(1, 24);
        _launch(_plainParams());
    }

    // ---------------------------------------------------------------- pool

    function test_pool() external {
        LaunchParams memory params = _poolTaxParams();
        params.pool.tokens = 0;
        _outside(params, "pool.tokens", 0, 1, 1_000_000e18);
        params.pool.tokens = 1_000_000e18 + 1;
        _outside(params, "pool.tokens", 1_000_000e18 + 1, 1, 1_000_000e18);
        params = _poolTaxParams();
        params.pool.assets = 0;
        _outside(params, "pool.assets", 0, 1, type(uint112).max);
        params.pool.tokens = 10;
        // The pool keeps a thousand units of liquidity, so the product must reach 1,001 squared.
        params.pool.assets = 100_200;
        _outside(params, "pool.assets", 100_200, 100_201, type(uint112).max);
        params.pool.assets = uint256(type(uint112).max) + 1;
        _outside(params, "pool.assets", uint256(type(uint112).max) + 1, 100_201, type(uint112).max);
        params.pool.assets = 100_201;
        _launch(params);
        params = _poolTaxParams();
        params.pool.lockUntil = block.timestamp - 1;
        _outside(params, "pool.lockUntil", block.timestamp - 1, block.timestamp, FOREVER);
        params.supply = 5e36;
        params.pool.tokens = uint256(type(uint112).max) + 1;
        _outside(params, "pool.tokens", uint256(type(uint112).max) + 1, 1, type(uint112).max);
    }

    // ---------------------------------------------------------------- fees

    function test_fees() external {
        LaunchParams memory params = _poolTaxParams();
        params.fees.maxBuyBps = 1_001;
        _outside(params, "fees.maxBuyBps", 1_001, 0, 1_000);
        params = _poolTaxParams();
        params.fees.maxSellBps = 1_001;
        _outside(params, "fees.maxSellBps", 1_001, 0, 1_000);
        params = _poolTaxParams();
        params.fees.maxBuyBps = 299;
        _outside(params, "fees.buyBps", 300, 0, 299);
        params = _poolTaxParams();
        params.fees.maxSellBps = 499;
        _outside(params, "fees.sellBps", 500, 0, 499);
        params = _poolTaxParams();
        params.fees.startMultiple = WAD - 1;
        _outside(params, "fees.startMultiple", WAD - 1, WAD, 2 ** 20 * WAD);
        params.fees.startMultiple = 2 ** 20 * WAD + 1;
        _outside(params, "fees.startMultiple", 2 ** 20 * WAD + 1, WAD, 2 ** 20 * WAD);
    }

    function test_split() external {
        LaunchParams memory params = _poolTaxParams();
        params.fees.split.reserveBps += 1;
        _refuse(params, abi.encodeWithSelector(ILaunchpad.SplitSum.selector, 10_001));
        params.fees.split.reserveBps -= 2;
        _refuse(params, abi.encodeWithSelector(ILaunchpad.SplitSum.selector, 9_999));
        params = _poolTaxParams();
        params.fees.split.liquidityBps = 10_001;
        _outside(params, "fees.split.liquidityBps", 10_001, 0, 10_000);
        params.fees.split.liquidityBps = 0;
        params.fees.split.recipients = new Recipient[](6);
        _outside(params, "fees.split.recipients", 6, 0, 5);
        _newAssets(2, 18);
        params = _poolTaxParams();
        params.fees.split.liquidityBps = 1;
        _outside(params, "fees.split.liquidityBps", 1, 0, 0);
    }

    function test_aLaunchWithoutATaxHasNoFees() external {
        LaunchParams memory params = _plainParams();
        params.fees.maxBuyBps = 1;
        _outside(params, "fees.maxBuyBps", 1, 0, 0);
        params = _plainParams();
        params.fees.maxSellBps = 1;
        _outside(params, "fees.maxSellBps", 1, 0, 0);
        params = _plainParams();
        params.fees.buyBps = 1;
        _outside(params, "fees.buyBps", 1, 0, 0);
        params = _plainParams();
        params.fees.sellBps = 1;
        _outside(params, "fees.sellBps", 1, 0, 0);
        params = _plainParams();
        params.fees.split.recipients = new Recipient[](1);
        _outside(params, "fees.split.recipients", 1, 0, 0);
    }

    /// @dev Any terms, even absurd ones, are either within every bound or refused by name.
    function testFuzz_termsAreWithinBoundsOrRefused(uint16 redeemFee, uint16 ltv, uint16 termFee, uint32 term)
        external
    {
        LaunchParams memory params = _plainParams();
        (redeemFee, termFee) = (redeemFee % 1_200, termFee % 1_200);
        ltv = uint16(_bound(ltv, 8_500, 10_100));
        term = uint32(_bound(term, 1, 400 days));
        params.terms.redeemFeeBps = redeemFee;
        params.terms.ltvBps = ltv;
        params.terms.termFeeBps = termFee;
        params.terms.termSecs = term;
        bool within = redeemFee <= 1_000 && ltv <= 9_900 && uint256(ltv) + redeemFee <= 10_000;
        within = within && termFee <= 1_000 && uint256(ltv) * (10_000 + uint256(termFee)) <= 10_000 ** 2;
        within = within && term >= 1 hours && term <= 365 days;
        assets[0].mint(issuer, 100e18);
        vm.startPrank(issuer);
        assets[0].approve(address(launchpad), 100e18);
        if (!within) vm.expectPartialRevert(ILaunchpad.ParamOutOfBounds.selector);
        launchpad.launch(params);
    }
}
