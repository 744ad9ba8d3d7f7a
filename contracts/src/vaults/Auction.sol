// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MulDiv} from "../lib/MulDiv.sol";

/// @notice One vault that is for sale.
struct Lot {
    uint256 collateral; // base units
    uint256 norm;
    uint256 debt; // rounded up
    uint256 value; // of the collateral at mid, rounded down
    uint256 index; // wad
    uint256 mid; // price
    uint256 discount; // wad, at most one
    uint256 liqLtv; // wad
    uint256 minDebt;
    uint256 budget; // most that is paid
}

/// @notice What of it was sold.
struct Fill {
    uint256 norm;
    uint256 paid;
    uint256 collateral;
    uint256 deficit;
    bool healed; // nothing limited it: what is left is healthy
}

/// @notice The terms of the auction, of a market.
struct Clock {
    uint256 liqLtv; // wad
    uint256 maxDiscount; // wad
    uint256 rampSecs;
    uint256 expirySecs; // how long it runs
}

/// @title Health, the auction's two clocks, and what a taker gets
/// @notice Pure arithmetic over integers, the rounding always in favour of the book. The Rust twin is
/// `ballast_model::vaults`.
library Auction {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant PRICE_SCALE = 1e36;
    /// @dev A partial take repays down to this share of the liquidation ratio, in hundredths.
    uint256 private constant TARGET_PERCENT = 99;
    uint256 private constant CAPPED_SECS = 10 minutes;

    function valueDown(uint256 amount, uint256 price) internal pure returns (uint256) {
        return Math.mulDiv(amount, price, PRICE_SCALE);
    }

    function debtUp(uint256 norm, uint256 index) internal pure returns (uint256) {
        return Math.ceilDiv(norm * index, WAD);
    }

    function debtDown(uint256 norm, uint256 index) internal pure returns (uint256) {
        return MulDiv.mulDivDown(norm, index, WAD);
    }

    /// @param debt Rounded up.
    /// @param value Of the collateral at mid, rounded down.
    function unhealthy(uint256 debt, uint256 value, uint256 liqLtv) internal pure returns (bool) {
        return debt * WAD > value * liqLtv;
    }

    /// @return clock Of these terms: it runs until one ramp after its discount reaches one.
    function clockOf(uint256 liqLtv, uint256 maxDiscount, uint256 rampSecs)
        internal
        pure
        returns (Clock memory clock)
    {
        return Clock(liqLtv, maxDiscount, rampSecs, Math.ceilDiv(rampSecs * WAD, maxDiscount) + rampSecs);
    }

    /// @return running Whether the clock that was flagged then still runs.
    /// @return elapsed Seconds it has run, zero if it does not.
    function elapsedOf(uint256 flaggedAt, Clock memory clock)
        internal
        view
        returns (bool running, uint256 elapsed)
    {
        if (flaggedAt == 0) return (false, 0);
        elapsed = block.timestamp - flaggedAt;
        if (elapsed > clock.expirySecs) return (false, 0);
        running = true;
    }

    /// @notice The larger of what the fall gives at once and what time gives.
    /// @param debt Rounded up.
    /// @param value At mid, rounded down.
    /// @param byTimeOnly Whether the price is too old for the part of the fall.
    function discount(uint256 debt, uint256 value, uint256 elapsed, bool byTimeOnly, Clock memory clock)
        internal
        pure
        returns (uint256)
    {
        uint256 solvent = debt >= value ? 0 : WAD - Math.ceilDiv(debt * WAD, value);
        uint256 atOnce;
        if (!byTimeOnly && unhealthy(debt, value, clock.liqLtv)) {
            uint256 shortfall = WAD - Math.ceilDiv(value * clock.liqLtv, debt);
            atOnce = Math.min(Math.min(shortfall, clock.maxDiscount), solvent);
        }
        uint256 byTime = Math.min(WAD, clock.maxDiscount * elapsed / clock.rampSecs);
        // As long as the collateral covers the debt, time alone does not sell it at a loss, unless for very long.
        if (solvent != 0 && elapsed < Math.max(4 * clock.rampSecs, CAPPED_SECS)) {
            byTime = Math.min(byTime, solvent);
        }
        return Math.max(atOnce, byTime);
    }

    /// @notice What a taker with a budget gets of one vault, all zero if nothing.
    function settle(Lot memory lot) internal pure returns (Fill memory fill) {
        uint256 roundedUp = mulmod(lot.collateral, lot.mid, PRICE_SCALE) == 0 ? lot.value : lot.value + 1;
        uint256 cost = Math.ceilDiv(roundedUp * (WAD - lot.discount), WAD);
        if (cost < lot.debt) _closePart(lot, fill, cost);
        else _repay(lot, fill, cost);
    }

    /// @dev The discounted collateral does not cover the debt: a fraction of both is closed, and its loss is booked.
    function _closePart(Lot memory lot, Fill memory fill, uint256 cost) private pure {
        if (lot.budget >= cost) {
            fill.norm = lot.norm;
            fill.paid = cost;
            fill.collateral = lot.collateral;
            fill.deficit = lot.debt - cost;
            return;
        }
        if (lot.budget == 0) return;
        fill.norm = Math.ceilDiv(lot.norm * lot.budget, cost);
        fill.paid = lot.budget;
        fill.collateral = MulDiv.mulDivDown(lot.collateral, lot.budget, cost);
        if (debtUp(lot.norm - fill.norm, lot.index) < lot.minDebt) {
            uint256 keep = Math.ceilDiv(lot.minDebt * WAD, lot.index);
            fill.norm = lot.norm > keep ? lot.norm - keep : 0;
            fill.paid = Math.ceilDiv(cost * fill.norm, lot.norm);
            fill.collateral = MulDiv.mulDivDown(lot.collateral, fill.norm, lot.norm);
        }
        fill.deficit = debtUp(fill.norm, lot.index) - fill.paid;
    }

    /// @dev The discounted collateral covers the debt: as much is repaid as makes the vault healthy again.
    function _repay(Lot memory lot, Fill memory fill, uint256 cost) private pure {
        uint256 debt = lot.debt;
        uint256 pay = _wanted(lot);
        fill.healed = pay <= lot.budget;
        if (!fill.healed) pay = lot.budget;
        if (pay < debt && debt - pay < lot.minDebt) pay = debt > lot.minDebt ? debt - lot.minDebt : 0;
        uint256 priced = debt;
        if (pay == debt) {
            fill.norm = lot.norm;
            fill.paid = debt;
        } else {
            fill.norm = MulDiv.mulDivDown(pay, WAD, lot.index);
            fill.paid = debtUp(fill.norm, lot.index);
            // What is cut from the norm is priced, not what was offered.
            priced = debtDown(fill.norm, lot.index);
        }
        fill.collateral = MulDiv.mulDivDown(lot.collateral, priced, cost);
    }

    /// @dev The repayment after which debt = target * value, all of it if none does or less than `minDebt` would stay.
    function _wanted(Lot memory lot) private pure returns (uint256 wanted) {
        uint256 debt = lot.debt;
        uint256 target = lot.liqLtv * TARGET_PERCENT / 100;
        wanted = debt;
        if (lot.discount + target < WAD) {
            uint256 above = debt * WAD - target * lot.value;
            uint256 kept = WAD - lot.discount;
            wanted = Math.min(debt, Math.ceilDiv(above * kept, (kept - target) * WAD));
        }
        if (debt - wanted < lot.minDebt) wanted = debt;
    }
}
