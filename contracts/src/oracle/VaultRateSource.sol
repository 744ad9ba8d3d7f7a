// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IObservingSource, IPriceSource} from "../interfaces/IPriceSource.sol";
import {Quote, Quotes} from "./Quotes.sol";
import {SourceCalls} from "./SourceCalls.sol";

/// @title The share of an ERC-4626 vault: its rate, which may grow only so fast, times the price of the asset in it
/// @notice A rate that leaps, by a donation or a fault, counts only as far as the allowed growth reaches; one that falls
/// counts at once. Ratio and time of the cap are always written together, and the ratio never falls: a cap that were
/// set below what was accepted before would liquidate by itself.
contract VaultRateSource is IObservingSource {
    event GrowthSet(uint256 growth, uint256 ratio);

    error NotGovernor(address caller);
    error BadAddress(string field, address value);
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error RateIsZero();
    error RateTooLarge(uint256 ratio, uint256 most);

    uint256 private constant WAD = 1e18;
    /// @notice The largest growth a second, in wad: 100 % a year.
    uint256 public constant GROWTH_MAX = 31_709_791_983;

    /// @dev The cap: `ratio` at `acceptedAt`, and its share `growth` more each second.
    struct Cap {
        uint176 ratio; // base units of the asset per base unit of the share, times 1e36
        uint40 acceptedAt; // unix seconds
        uint40 growth; // wad
    }

    IERC4626 public immutable vault;
    IPriceSource public immutable underlying;
    address public immutable governor;
    uint256 private immutable _probe;
    Cap private _cap;

    /// @param underlying_ The price of the vault's asset.
    /// @param governor_ Who may change the growth.
    /// @param growth What the rate may grow a second, in wad of the rate.
    constructor(IERC4626 vault_, IPriceSource underlying_, address governor_, uint256 growth) {
        _requireGrowth(growth);
        if (governor_ == address(0)) revert BadAddress("governor", governor_);
        (vault, underlying, governor) = (vault_, underlying_, governor_);
        uint256 assetDecimals = IERC20Metadata(vault_.asset()).decimals();
        if (assetDecimals > 36) revert BadTerm("asset decimals", assetDecimals, 0, 36);
        uint256 digits = vault_.decimals();
        if (digits > 36) revert BadTerm("share decimals", digits, 0, 36);
        // Enough shares for the answer to have 18 digits.
        if (assetDecimals < 18) digits += 18 - assetDecimals;
        uint256 probe = 10 ** digits;
        _probe = probe;
        _cap = Cap(uint176(_rate(vault_, probe)), uint40(block.timestamp), uint40(growth));
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        uint256 accepted = Math.min(_rate(vault, _probe), ratioMost());
        Quote memory rate = Quote(accepted, accepted, accepted, block.timestamp, false);
        return Quotes.answer(Quotes.times(rate, Quotes.ask(underlying)));
    }

    /// @inheritdoc IPriceSource
    function derived() external view override returns (bool) {
        return underlying.derived();
    }

    /// @notice Move the cap up to what is accepted now. While the rate is under the cap's ratio, the cap stays.
    function observe() external override {
        uint256 rate = _rate(vault, _probe);
        if (rate >= _cap.ratio) _accept(rate, _cap.growth);
        SourceCalls.observe(address(underlying), gasleft());
    }

    /// @notice What the rate may grow a second from now on, in wad. Governor only. What was accepted so far stays.
    function setGrowth(uint256 growth) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _requireGrowth(growth);
        _accept(_rate(vault, _probe), growth);
        emit GrowthSet(growth, _cap.ratio);
    }

    /// @return The largest ratio that counts now, times 1e36.
    function ratioMost() public view returns (uint256) {
        Cap memory from = _cap;
        uint256 grown = uint256(from.growth) * (block.timestamp - from.acceptedAt);
        return from.ratio + Math.mulDiv(from.ratio, grown, WAD);
    }

    /// @return ratio Where the cap begins, times 1e36.
    /// @return acceptedAt Unix seconds from which it grows.
    /// @return growth A second, in wad.
    function cap() external view returns (uint256 ratio, uint256 acceptedAt, uint256 growth) {
        return (_cap.ratio, _cap.acceptedAt, _cap.growth);
    }

    /// @dev Ratio and time in one write, the ratio never lower than it was.
    function _accept(uint256 rate, uint256 growth) private {
        uint256 ratio = Math.max(_cap.ratio, Math.min(rate, ratioMost()));
        _cap = Cap(uint176(ratio), uint40(block.timestamp), uint40(growth));
    }

    function _rate(IERC4626 vault_, uint256 probe) private view returns (uint256 ratio) {
        ratio = Math.mulDiv(vault_.convertToAssets(probe), Quotes.ONE, probe);
        if (ratio == 0) revert RateIsZero();
        if (ratio > type(uint176).max) revert RateTooLarge(ratio, type(uint176).max);
    }

    function _requireGrowth(uint256 growth) private pure {
        if (growth > GROWTH_MAX) revert BadTerm("growth", growth, 0, GROWTH_MAX);
    }
}
