// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AttackFixture} from "../support/AttackFixture.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";

/// @title T29: scale everybody's balance through one's own transfers, and skim what the pool gains
contract T29NoReflectionTest is AttackFixture {
    address private mallory = makeAddr("mallory");
    address[] private _others;
    address[] private _everyone;

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(mallory, 100_000e18);
        _give(alice, 50_000e18);
        _give(bob, 1);
        _others = [alice, bob, issuer, address(liquidityLock), address(launchpad)];
        _everyone = [alice, bob, carol, mallory, issuer, pool, address(converter), address(reserve)];
    }

    /// @dev No step of one account changes the balance of another that takes no part in it.
    function testFuzz_t29_othersBalancesStandStill(uint256 seed) external {
        uint256[] memory held = _balances(_others);
        for (uint256 i = 0; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            _step(seed % 6, seed % 5_000e18 + 1e9);
            _assertUnchanged(_others, held);
            _assertSum();
        }
    }

    /// @dev Each kind of step once at its largest, so that the fuzz above cannot pass by never taking it.
    function test_t29_everyStepLeavesOthersAlone() external {
        for (uint256 kind = 0; kind < 6; ++kind) {
            uint256[] memory held = _balances(_others);
            uint256 mine = token.balanceOf(mallory);
            _step(kind, 9_000e18);
            assertTrue(token.balanceOf(mallory) != mine, "the step did nothing");
            _assertUnchanged(_others, held);
            _assertSum();
        }
    }

    /// @dev The theft: give up half of one's own, hope that the pool's half of the world grew, skim and sell it.
    function test_t29_givingUpTokensLeavesNothingToSkim() external {
        uint256 held = token.balanceOf(pool);
        vm.startPrank(mallory);
        token.burn(40_000e18);
        token.transfer(address(token), 10_000e18);
        vm.stopPrank();
        _sell(alice, 10_000e18);
        (uint256 believed,) = _poolReserves();
        assertEq(token.balanceOf(pool), believed, "the pool's balance was scaled");
        assertEq(believed, held + 9_500e18);
        uint256 mine = token.balanceOf(mallory);
        IUniswapV2PairFull(pool).skim(mallory);
        assertEq(token.balanceOf(mallory), mine, "skimming paid");
    }

    /// @dev The token has no function by which anything could be scaled, shared out or excluded.
    function test_t29_noFunctionScalesBalances() external view {
        string memory reviewed = "name() symbol() decimals() totalSupply() balanceOf(address) transfer(address,uint256) "
            "transferFrom(address,address,uint256) approve(address,uint256) " "allowance(address,address) "
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32) "
            "permit(address,address,uint256,uint256,bytes) nonces(address) DOMAIN_SEPARATOR() "
            "eip712Domain() burn(uint256) burnFrom(address,uint256) burnOf(address,uint256) "
            "lockFrom(address,uint256) registerPool(address) setFees(uint256,uint256) "
            "setGuardian(address) fees() pendingFees() maxFees() isPool(address) isExempt(address) "
            "reserve() converter() guardian() factory() model() reserves() claims() "
            "backingOf(uint256) owner() pendingOwner() transferOwnership(address) acceptOwnership() "
            "renounceOwnership() RAISE_DELAY_SECS()";
        _assertFunctions(address(token), vm.split(reviewed, " "));
    }

    // ---------------------------------------------------------------- steps

    function _step(uint256 kind, uint256 amount) private {
        if (kind == 0) _sell(mallory, amount);
        if (kind == 1) _buy(mallory, amount / 1_000);
        vm.startPrank(mallory);
        if (kind == 2) token.burn(amount);
        if (kind == 3) token.transfer(carol, amount);
        if (kind == 4) token.transfer(0x000000000000000000000000000000000000dEaD, amount);
        if (kind == 5) token.transfer(pool, amount);
        vm.stopPrank();
        converter.allocate();
    }

    function _balances(address[] memory who) private view returns (uint256[] memory held) {
        held = new uint256[](who.length);
        for (uint256 i = 0; i < who.length; ++i) {
            held[i] = token.balanceOf(who[i]);
        }
    }

    function _assertUnchanged(address[] memory who, uint256[] memory held) private view {
        for (uint256 i = 0; i < who.length; ++i) {
            assertEq(token.balanceOf(who[i]), held[i], "somebody else's balance changed");
        }
    }

    /// @dev Balances are plain numbers that sum to the supply.
    function _assertSum() private view {
        uint256 sum = token.balanceOf(0x000000000000000000000000000000000000dEaD);
        for (uint256 i = 0; i < _everyone.length; ++i) {
            sum += token.balanceOf(_everyone[i]);
        }
        sum += token.balanceOf(address(token));
        assertEq(sum, token.totalSupply(), "balances do not sum to the supply");
    }
}
