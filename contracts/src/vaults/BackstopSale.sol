// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";

/// @notice What the backstop holds of a market's collateral.
struct Lot {
    IERC20 token;
    IPrices prices;
    uint128 held; // base units
    uint40 startedAt; // unix seconds
}

/// @title The sale of what the backstop gained
/// @notice The price is a falling multiple of the high price of the moment: from 1.05 in a straight line to 0.9 in an
/// hour, and there it stays for a day. What still nobody bought is worth less than its price says, or its price is
/// dead: then the multiple halves every hour, and the sale goes on at the last stored price even if it is not safe.
library BackstopSale {
    error PriceUnsafe(uint8 state);

    uint256 private constant WAD = 1e18;
    uint256 private constant PRICE_SCALE = 1e36;
    uint256 internal constant START_MULTIPLE = 1.05e18;
    uint256 internal constant WORST_MULTIPLE = 0.9e18;
    uint256 internal constant FALL_SECS = 1 hours;
    /// @dev How long the sale holds out for the worst price, and for a safe one.
    uint256 internal constant PATIENCE_SECS = 1 days;
    uint256 internal constant HALVING_SECS = 1 hours;
    uint256 private constant HALVINGS_MAX = 20;
    /// @dev After so long what is held counts as nothing, though it stays for sale.
    uint256 internal constant WRITE_OFF_SECS = 30 days;

    /// @notice Put `amount` to what is held. The clock goes back by the weight of what is new: dust does not hold a
    /// sale up, and a large lot does not begin at the price of an old small one.
    function add(Lot storage lot, IERC20 token, IPrices prices, uint256 amount) internal {
        uint256 held = lot.held;
        uint256 age = held == 0 ? 0 : Math.min(block.timestamp - lot.startedAt, 2 * PATIENCE_SECS);
        (lot.token, lot.prices) = (token, prices);
        lot.held = SafeCast.toUint128(held + amount);
        lot.startedAt = uint40(block.timestamp - age * held / (held + amount));
    }

    /// @return The synthetic's base units for one of the collateral, times 1e36, rounded up.
    function ask(Lot storage lot) internal view returns (uint256) {
        uint256 age = block.timestamp - lot.startedAt;
        (,, uint256 high,, PriceState state) = lot.prices.price(address(lot.token));
        if (state > PriceState.Stepped && age <= PATIENCE_SECS) revert PriceUnsafe(uint8(state));
        return Math.mulDiv(high, multiple(age), WAD, Math.Rounding.Ceil);
    }

    /// @param age Seconds since the sale began.
    /// @return In wad, never zero.
    function multiple(uint256 age) internal pure returns (uint256) {
        if (age < FALL_SECS) return START_MULTIPLE - (START_MULTIPLE - WORST_MULTIPLE) * age / FALL_SECS;
        if (age <= PATIENCE_SECS) return WORST_MULTIPLE;
        age = Math.min(age - PATIENCE_SECS, HALVINGS_MAX * HALVING_SECS);
        uint256 halved = WORST_MULTIPLE >> (age / HALVING_SECS);
        return halved - halved * (age % HALVING_SECS) / (2 * HALVING_SECS);
    }

    /// @return low What is held at the low price, rounded down.
    /// @return high The same at the high price.
    /// @return sure Whether that price is good for it.
    function values(Lot storage lot) internal view returns (uint256 low, uint256 high, bool sure) {
        if (block.timestamp - lot.startedAt > WRITE_OFF_SECS) return (0, 0, true);
        // A source that fails must not hold up what has nothing to do with this lot for longer than that.
        try lot.prices.price(address(lot.token)) returns (
            uint256 lowPrice, uint256, uint256 highPrice, uint256, PriceState state
        ) {
            low = Math.mulDiv(lot.held, lowPrice, PRICE_SCALE);
            high = Math.mulDiv(lot.held, highPrice, PRICE_SCALE);
            sure = state <= PriceState.Stepped;
        } catch {
            return (0, 0, false);
        }
    }
}
