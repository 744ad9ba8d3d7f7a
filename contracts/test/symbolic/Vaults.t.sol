// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Auction, Clock} from "ballast/vaults/Auction.sol";
import {Limits, Totals, Vault, Vaults} from "ballast/vaults/Vaults.sol";

/// @notice Proved for every value: the packed words of the book keep their fields apart, the mint limit keeps its bounds,
/// and the clock of an auction runs out when it should.
contract VaultsSymbolic is Test {
    uint256 private constant WAD = 1e18;
    /// @dev What a field of 36 bits holds.
    uint256 private constant FIELD = 2 ** 36 - 1;
    uint256 private constant NOW = 1_767_225_600;
    uint256 private constant LIMIT = 20_000_000e18;
    uint256 private constant WINDOW_SECS = 1 days;

    function setUp() public {
        vm.warp(NOW);
    }

    // ---------------------------------------------------------------- fields

    function check_vaultFieldsStayApart(uint112 collateral, uint96 norm, uint48 flaggedAt) external pure {
        Vault vault = Vaults.vaultOf(collateral, norm, flaggedAt);
        assert(vault.collateral() == collateral && vault.norm() == norm);
        // No clock without a debt.
        assert(vault.flaggedAt() == (norm == 0 ? 0 : flaggedAt));
    }

    function check_totalsFieldsStayApart(uint112 collateral, uint96 norm, uint48 fullAt) external pure {
        Totals totals = Vaults.totalsOf(collateral, norm, fullAt);
        assert(totals.collateral() == collateral && totals.norm() == norm && totals.fullAt() == fullAt);
    }

    function check_beyondTheFieldsIsRefused(uint256 collateral, uint256 norm) external view {
        try this.pack(collateral, norm) {
            assert(collateral <= type(uint112).max && norm <= type(uint96).max);
        } catch {
            assert(collateral > type(uint112).max || norm > type(uint96).max);
        }
    }

    function pack(uint256 collateral, uint256 norm) external pure returns (Vault) {
        return Vaults.vaultOf(collateral, norm, 0);
    }

    function check_flaggingTouchesItsFieldOnly(uint256 word, uint48 flaggedAt) external pure {
        Vault vault = Vault.wrap(word).withFlag(flaggedAt);
        assert(vault.flaggedAt() == flaggedAt);
        assert(Vault.unwrap(vault) >> 48 == word >> 48);
    }

    /// @dev At the second they are written, so that nothing has grown.
    function check_limitsFieldsStayApart(
        uint80 index,
        uint40 rate,
        uint40 ceiling,
        uint40 limit,
        uint40 until
    ) external view {
        vm.assume(index <= Vaults.INDEX_MAX && rate <= FIELD && ceiling <= FIELD);
        vm.assume(limit <= FIELD && until <= FIELD);
        Limits limits = Vaults.limitsOf(index, block.timestamp, rate).withCeiling(ceiling)
            .withMintLimit(limit).withStop(until);
        assert(limits.index() == index && limits.rate() == rate);
        assert(limits.ceiling() == ceiling * WAD && limits.mintLimit() == limit * WAD);
        assert(limits.stoppedUntil() == until);
    }

    function check_settingALimitTouchesItsFieldOnly(uint256 word, uint40 whole) external pure {
        vm.assume(whole <= FIELD);
        assert((Limits.unwrap(Limits.wrap(word).withCeiling(whole)) ^ word) & ~(FIELD << 72) == 0);
        assert((Limits.unwrap(Limits.wrap(word).withMintLimit(whole)) ^ word) & ~(FIELD << 36) == 0);
        assert((Limits.unwrap(Limits.wrap(word).withStop(whole)) ^ word) & ~FIELD == 0);
    }

    /// @dev A change from no rate keeps index and limits. (A product of index and rate would stop the solver.)
    function check_settingTheRateKeepsTheRest(uint80 index, uint40 rate, uint256 rest) external view {
        vm.assume(index <= Vaults.INDEX_MAX && rate <= FIELD && rest < 2 ** 108);
        Limits limits = Limits.wrap(Limits.unwrap(Vaults.limitsOf(index, block.timestamp, 0)) | rest);
        Limits later = limits.withRate(rate);
        assert(Limits.unwrap(later) >> 180 == index && later.rate() == rate);
        assert(Limits.unwrap(later) & 2 ** 108 - 1 == rest);
    }

    // ---------------------------------------------------------------- mint limit

    function check_whatIsTakenFitsTheWindow(uint96 amount, uint48 fullAt) external view {
        uint256 next = Vaults.drain(fullAt, amount, LIMIT, WINDOW_SECS);
        if (next == 0) return;
        assert(next <= NOW + WINDOW_SECS << 12);
        assert(next >= NOW << 12 && next >= fullAt);
        assert(amount <= LIMIT);
    }

    function check_aClosedLimitGivesNothing(uint96 amount, uint48 fullAt) external view {
        assert(Vaults.drain(fullAt, amount, 0, WINDOW_SECS) == 0);
        assert(Vaults.mintable(fullAt, 0, WINDOW_SECS) == 0);
    }

    function check_putBackNeverFillsMoreThanTheWhole(uint112 amount, uint48 fullAt) external view {
        uint256 next = Vaults.refill(fullAt, amount, LIMIT, WINDOW_SECS);
        assert(next <= fullAt);
        if (fullAt > NOW << 12) assert(next >= NOW << 12);
    }

    function check_noMoreThanTheLimitCanBeMinted(uint48 fullAt) external view {
        assert(Vaults.mintable(fullAt, LIMIT, WINDOW_SECS) <= LIMIT);
    }

    // ---------------------------------------------------------------- clock and discount

    /// @dev Of the preset high efficiency.
    function _clock() private pure returns (Clock memory) {
        return Auction.clockOf(0.8333e18, 0.08e18, 30);
    }

    function check_theClockRunsUntilItsEndAndNoLonger(uint48 flaggedAt) external view {
        vm.assume(flaggedAt <= NOW);
        (bool running, uint256 elapsed) = Auction.elapsedOf(flaggedAt, _clock());
        assert(running == (flaggedAt != 0 && NOW - flaggedAt <= 405));
        assert(elapsed == (running ? NOW - flaggedAt : 0));
    }

    /// @dev While the collateral covers nothing of a debt, or there is none, the discount is what time gives, up to all.
    function check_withoutValueTimeAloneCounts(uint96 debt, uint16 secs, bool late) external pure {
        vm.assume(debt != 0 && secs <= 405);
        uint256 discount = Auction.discount(debt, 0, secs, late, _clock());
        uint256 byTime = uint256(0.08e18) * secs / 30;
        assert(discount == (byTime > WAD ? WAD : byTime));
    }
}
