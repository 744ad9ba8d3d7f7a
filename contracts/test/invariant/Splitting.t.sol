// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {Fixture} from "../support/Fixture.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice Theorem 4: slices never beat the whole, and acting just before somebody else's step never pays.
contract SplittingTest is Fixture {
    uint256 private constant MOST_SLICES = 12;

    /// @dev A taxed launch over a coarse, a common and a fine asset, its totals off round numbers.
    function setUp() public override {
        super.setUp();
        assets.push(new TestAsset("A0", 6));
        assets.push(new TestAsset("A1", 18));
        assets.push(new TestAsset("A2", 24));
        LaunchParams memory params = _poolTaxParams();
        for (uint256 j = 0; j < 3; ++j) {
            params.seeds[j] += 7 * j + 13;
        }
        _launch(params);
        _give(alice, 200_000e18);
        _give(bob, 200_000e18);
    }

    /// @dev Odd totals and claims from one random word.
    function _unsettle(uint256 seed) private {
        _donate(seed % 3, _bound(seed >> 8, 1, 1e18));
        vm.warp(block.timestamp + _bound(seed >> 16, 1, 3 days));
        vm.prank(issuer);
        token.burn(_bound(seed >> 24, 0, 100_000e18));
    }

    /// @dev `whole` cut at random into `count` slices that are not zero.
    function _slices(uint256 whole, uint256 count, uint256 seed)
        private
        pure
        returns (uint256[] memory slices)
    {
        slices = new uint256[](count);
        uint256 left = whole;
        for (uint256 i = 0; i + 1 < count; ++i) {
            uint256 most = left - (count - 1 - i);
            slices[i] = _bound(uint256(keccak256(abi.encode(seed, i))), 1, most);
            left -= slices[i];
        }
        slices[count - 1] = left;
    }

    // ---------------------------------------------------------------- slices

    function testFuzz_slicesOfARedemptionNeverPayMoreThanOne(uint256 amount, uint256 count, uint256 seed)
        external
    {
        _unsettle(seed);
        // Small amounts matter most: there a rounding in the wrong direction would show.
        amount = _bound(amount, MOST_SLICES, seed % 2 == 0 ? 200_000e18 : 1e14);
        uint256 start = vm.snapshotState();
        vm.prank(alice);
        uint256[] memory whole = reserve.redeem(amount, 0, alice, false);
        vm.revertToState(start);

        uint256[] memory slices = _slices(amount, _bound(count, 2, MOST_SLICES), seed);
        uint256[] memory sum = new uint256[](3);
        for (uint256 i = 0; i < slices.length; ++i) {
            vm.prank(alice);
            uint256[] memory paid = reserve.redeem(slices[i], 0, alice, false);
            for (uint256 j = 0; j < 3; ++j) {
                sum[j] += paid[j];
            }
        }
        for (uint256 j = 0; j < 3; ++j) {
            assertLe(sum[j], whole[j], "slices of a redemption pay more");
        }
    }

    function testFuzz_slicesOfALoanNeverLendMoreThanOne(uint256 amount, uint256 count, uint256 seed)
        external
    {
        _unsettle(seed);
        amount = _bound(amount, 1e14, 200_000e18);
        uint256 start = vm.snapshotState();
        uint256[] memory whole = _borrowedBy(_one(amount));
        vm.revertToState(start);
        uint256[] memory sum = _borrowedBy(_slices(amount, _bound(count, 2, MOST_SLICES), seed));
        for (uint256 j = 0; j < 3; ++j) {
            assertLe(sum[j], whole[j], "slices of a loan pay out more");
        }
    }

    /// @return gained What the borrower really holds more of each asset, fees withheld.
    function _borrowedBy(uint256[] memory slices) private returns (uint256[] memory gained) {
        for (uint256 i = 0; i < slices.length; ++i) {
            uint256[] memory most = reserve.maxBorrow(slices[i]);
            if (most[0] + most[1] + most[2] != 0) _borrowMost(alice, slices[i]);
        }
        gained = new uint256[](3);
        for (uint256 j = 0; j < 3; ++j) {
            gained[j] = assets[j].balanceOf(alice);
        }
    }

    function testFuzz_slicesOfAFillNeverCostLessThanOne(uint256 amount, uint256 count, uint256 seed)
        external
    {
        _unsettle(seed);
        _sell(bob, 100_000e18);
        vm.warp(block.timestamp + _bound(seed >> 32, 0, 30 minutes));
        converter.allocate();
        amount = _bound(amount, MOST_SLICES, seed % 2 == 0 ? converter.lot() : 1e14);
        if (converter.multiple() == WAD) converter.burnLot();
        uint256 start = vm.snapshotState();
        uint256[] memory whole = _bid(carol, amount);
        uint256 multiple = converter.multiple();
        vm.revertToState(start);

        uint256[] memory slices = _slices(amount, _bound(count, 2, MOST_SLICES), seed);
        uint256[] memory sum = new uint256[](3);
        for (uint256 i = 0; i < slices.length; ++i) {
            uint256[] memory paid = _bid(carol, slices[i]);
            for (uint256 j = 0; j < 3; ++j) {
                sum[j] += paid[j];
            }
        }
        for (uint256 j = 0; j < 3; ++j) {
            assertGe(sum[j], whole[j], "slices of a fill cost less");
        }
        // A slice may lose less than one unit of k to rounding.
        assertGe(converter.multiple() + slices.length, multiple, "slices raise k less");
    }

    // ---------------------------------------------------------------- acting just before

    /// @dev Held over `act`, `tokens` must not be worth more at the end of the same second than at its start, but
    /// for the last unit of rounding.
    modifier neverPays(uint256 tokens) {
        uint256[] memory before = reserve.backingOf(tokens);
        _;
        uint256[] memory later = reserve.backingOf(tokens);
        for (uint256 j = 0; j < 3; ++j) {
            assertLe(later[j], before[j] + 1, "acting just before pays");
        }
    }

    function testFuzz_beforeAForeclosure(uint256 tokens, uint256 seed) external {
        _unsettle(seed);
        uint256[] memory ids = new uint256[](2);
        ids[0] = _borrowMost(alice, _bound(seed >> 40, 1e15, 150_000e18));
        ids[1] = _borrowMost(bob, _bound(seed >> 48, 1e15, 150_000e18));
        vm.warp(reserve.loan(ids[1]).graceEnd);
        _foreclose(_bound(tokens, 1, 150_000e18), ids);
    }

    function _foreclose(uint256 tokens, uint256[] memory ids) private neverPays(tokens) {
        assertEq(reserve.foreclose(ids), 2);
    }

    function testFuzz_beforeADonation(uint256 tokens, uint256 amount, uint256 seed) external {
        _unsettle(seed);
        _donateBefore(_bound(tokens, 1, 200_000e18), _bound(amount, 1, 1e30), seed);
    }

    function _donateBefore(uint256 tokens, uint256 amount, uint256 seed) private neverPays(tokens) {
        _donate(seed % 3, amount);
        assets[0].mint(address(reserve), amount);
        reserve.sync(0);
    }

    function testFuzz_beforeAConversion(uint256 tokens, uint256 seed) external {
        _unsettle(seed);
        _sell(bob, 100_000e18);
        _convert(_bound(tokens, 1, 200_000e18), seed);
        vm.warp(block.timestamp + 5 hours);
        _burnLot(_bound(tokens, 1, 200_000e18));
    }

    /// @dev Allocation burns the split's share; the bid pays the reserve.
    function _convert(uint256 tokens, uint256 seed) private neverPays(tokens) {
        converter.allocate();
        if (converter.multiple() == WAD) converter.burnLot();
        _bid(carol, _bound(seed, 1, 1_000e18));
    }

    function _burnLot(uint256 tokens) private neverPays(tokens) {
        assertEq(converter.burnLot(), converter.lot());
    }

    function testFuzz_beforeSomebodyExtendsByBurning(uint256 tokens, uint256 seed) external {
        _unsettle(seed);
        // Large enough that a fee of one unit of the coarse asset is not all that the collateral has to spare.
        uint256 loanId = _borrowMost(alice, _bound(seed >> 40, 1_000e18, 150_000e18));
        _extendByBurn(_bound(tokens, 1, 150_000e18), loanId);
    }

    function _extendByBurn(uint256 tokens, uint256 loanId) private neverPays(tokens) {
        vm.prank(alice);
        reserve.extendByBurn(loanId, type(uint256).max);
    }

    /// @dev Somebody's redemption leaves others no more than rounding, and its fee over time.
    function testFuzz_beforeARedemption(uint256 tokens, uint256 amount, uint256 seed) external {
        _unsettle(seed);
        _redeemBefore(_bound(tokens, 1, 100_000e18), _bound(amount, 1, 200_000e18));
    }

    function _redeemBefore(uint256 tokens, uint256 amount) private neverPays(tokens) {
        vm.prank(alice);
        reserve.redeem(amount, 0, alice, false);
    }
}
