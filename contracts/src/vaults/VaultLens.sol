// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "../interfaces/IVaultBook.sol";
import {Auction, Clock, Fill, Lot} from "./Auction.sol";

/// @notice A vault as people and takers look at it. Ratios in wad; values and debts in base units of the synthetic;
/// prices as `IPrices` scales them.
struct VaultSight {
    uint256 collateral; // base units
    uint256 debt; // rounded up
    uint256 value; // of the collateral at mid, rounded down
    uint256 ltv; // debt over value, rounded up; the largest number where there is debt and no value
    uint256 liquidationPrice; // under which the vault is unhealthy, rounded up; zero without debt
    uint256 borrowable; // most debt that an owner's action may leave, at the low price
    bool unhealthy;
    bool clockRuns;
    uint256 elapsed; // seconds of the clock
    uint256 discount; // of a take now; zero while it is healthy
    uint256 cost; // of all its collateral at that discount, rounded up
    PriceState state;
}

/// @title What can be worked out about a vault without touching it
/// @notice Stateless; by the same library as the book, so a preview is what the book would do in this block. It asks the
/// book and its prices and nobody else.
contract VaultLens {
    error Collateral(uint256 there, int256 change);
    error NoDebt(address owner);

    uint256 private constant WAD = 1e18;
    uint256 private constant PRICE_SCALE = 1e36;

    /// @dev What of the price is needed.
    struct Price {
        uint256 low;
        uint256 mid;
        uint256 high;
        PriceState state;
    }

    /// @notice A vault as it is.
    function vault(IVaultBook book, uint256 market, address owner) external view returns (VaultSight memory) {
        return _vault(book, market, owner);
    }

    /// @notice Many vaults of a market: the rungs of its ladder.
    function ladder(IVaultBook book, uint256 market, address[] calldata owners)
        external
        view
        returns (VaultSight[] memory sights)
    {
        sights = new VaultSight[](owners.length);
        for (uint256 i = 0; i < owners.length; ++i) {
            sights[i] = _vault(book, market, owners[i]);
        }
    }

    /// @notice A vault as an action would leave it, whether or not the book would allow it: it does where the state is
    /// safe and `debt <= borrowable`, or where the action only makes the vault safer.
    /// @param dCollateral Added, or taken out if negative; the least integer for all.
    /// @param dDebt Minted, or repaid if negative; never more than is owed.
    function afterAdjust(IVaultBook book, uint256 market, address owner, int256 dCollateral, int256 dDebt)
        external
        view
        returns (VaultSight memory)
    {
        (uint256 collateral,, uint256 debt, uint256 flaggedAt) = book.vaultOf(market, owner);
        if (dCollateral >= 0) collateral += uint256(dCollateral);
        else if (dCollateral == type(int256).min) collateral = 0;
        else if (uint256(-dCollateral) > collateral) revert Collateral(collateral, dCollateral);
        else collateral -= uint256(-dCollateral);
        if (dDebt >= 0) debt += uint256(dDebt);
        else if (dDebt == type(int256).min || uint256(-dDebt) >= debt) debt = 0;
        else debt -= uint256(-dDebt);
        MarketTerms memory terms = book.termsOf(market);
        return _sight(terms, _priceOf(terms), collateral, debt, debt == 0 ? 0 : flaggedAt);
    }

    /// @notice What a take of one vault would pay and get now, all zero if nothing.
    /// @param budget Most to pay, in base units of the synthetic.
    function take(IVaultBook book, uint256 market, address owner, uint256 budget)
        external
        view
        returns (uint256 paid, uint256 collateral, uint256 deficit)
    {
        Lot memory lot = _lot(book, market, owner);
        if (lot.debt == 0) return (0, 0, 0);
        lot.budget = budget;
        Fill memory fill = Auction.settle(lot);
        return (fill.paid, fill.collateral, fill.deficit);
    }

    /// @notice What a redemption from a vault costs now.
    /// @return fee In wad; it stays in the vault.
    /// @return perUnit Base units of collateral for one base unit of the synthetic at face value, times 1e36, after the
    /// fee, rounded down. Under a haircut a redeemer burns more than the face value.
    /// @return most Face value that can be redeemed: the vault's debt.
    function redemption(IVaultBook book, uint256 market, address owner)
        external
        view
        returns (uint256 fee, uint256 perUnit, uint256 most)
    {
        VaultSight memory sight = _vault(book, market, owner);
        if (sight.debt == 0) revert NoDebt(owner);
        if (sight.state > PriceState.Stepped || sight.debt >= sight.value) return (0, 0, 0);
        MarketTerms memory terms = book.termsOf(market);
        uint256 ratio = sight.debt * WAD * WAD / (sight.value * terms.liqLtv);
        fee = terms.feeMin;
        if (ratio < WAD) fee += Math.mulDiv(terms.feeSlope, WAD - ratio, WAD, Math.Rounding.Ceil);
        perUnit = Math.mulDiv((WAD - fee) * WAD, PRICE_SCALE, _priceOf(terms).high);
        most = sight.debt;
    }

    // ---------------------------------------------------------------- internals

    function _vault(IVaultBook book, uint256 market, address owner) private view returns (VaultSight memory) {
        (uint256 collateral,, uint256 debt, uint256 flaggedAt) = book.vaultOf(market, owner);
        MarketTerms memory terms = book.termsOf(market);
        return _sight(terms, _priceOf(terms), collateral, debt, flaggedAt);
    }

    /// @dev Nothing if the vault is not for sale.
    function _lot(IVaultBook book, uint256 market, address owner) private view returns (Lot memory lot) {
        VaultSight memory sight = _vault(book, market, owner);
        if (!sight.unhealthy || sight.state == PriceState.Grace) return lot;
        MarketTerms memory terms = book.termsOf(market);
        (, lot.norm,,) = book.vaultOf(market, owner);
        (lot.collateral, lot.debt, lot.value) = (sight.collateral, sight.debt, sight.value);
        lot.index = book.marketOf(market).index;
        lot.mid = _priceOf(terms).mid;
        (lot.discount, lot.liqLtv, lot.minDebt) = (sight.discount, terms.liqLtv, terms.minDebt);
    }

    function _priceOf(MarketTerms memory terms) private view returns (Price memory price) {
        (price.low, price.mid, price.high,, price.state) = IPrices(terms.prices).price(terms.collateral);
    }

    function _sight(
        MarketTerms memory terms,
        Price memory price,
        uint256 collateral,
        uint256 debt,
        uint256 flaggedAt
    ) private view returns (VaultSight memory sight) {
        (sight.collateral, sight.debt, sight.state) = (collateral, debt, price.state);
        sight.value = Auction.valueDown(collateral, price.mid);
        sight.borrowable = Math.mulDiv(Auction.valueDown(collateral, price.low), terms.borrowLtv, WAD);
        if (debt == 0) return sight;
        sight.ltv =
            sight.value == 0 ? type(uint256).max : Math.mulDiv(debt, WAD, sight.value, Math.Rounding.Ceil);
        sight.liquidationPrice = collateral == 0
            ? type(uint256).max
            : Math.mulDiv(debt * WAD, PRICE_SCALE, collateral * terms.liqLtv, Math.Rounding.Ceil);
        sight.unhealthy = Auction.unhealthy(debt, sight.value, terms.liqLtv);
        Clock memory clock = Auction.clockOf(terms.liqLtv, terms.maxDiscount, terms.rampSecs);
        (sight.clockRuns, sight.elapsed) = Auction.elapsedOf(flaggedAt, clock);
        if (!sight.unhealthy) return sight;
        sight.discount =
            Auction.discount(debt, sight.value, sight.elapsed, price.state == PriceState.Late, clock);
        uint256 valueUp = Math.mulDiv(collateral, price.mid, PRICE_SCALE, Math.Rounding.Ceil);
        sight.cost = Math.mulDiv(valueUp, WAD - sight.discount, WAD, Math.Rounding.Ceil);
    }
}
