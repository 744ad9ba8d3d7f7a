// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IPrices} from "../interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "../interfaces/IVaultBook.sol";
import {CodeData} from "../lib/CodeData.sol";
import {Auction, Clock} from "./Auction.sol";

/// @notice What an owner's action asks of the terms.
struct OwnerTerms {
    IERC20Metadata collateral;
    IPrices prices;
    uint256 borrowLtv;
    uint256 minDebt;
    uint256 mintWindowSecs;
}

/// @title The immutable terms of markets: their bounds, and reading them
library Terms {
    uint256 internal constant MARKETS_MAX = 32;
    uint256 private constant WAD = 1e18;
    uint256 private constant WORDS = 11;
    /// @dev Words before those that only the auction and redemption read.
    uint256 private constant OWNER_WORDS = 5;

    /// @notice Check terms and keep them as those of the next market.
    function write(MarketTerms calldata terms) internal {
        _checkWiring(terms);
        // Above the least one, the hundredth that a take leaves under it is wider than all roundings.
        _check("liqLtv", terms.liqLtv, 0.01e18, 0.98e18);
        _check("borrowLtv", terms.borrowLtv, 1, terms.liqLtv - 1);
        _check("maxDiscount", terms.maxDiscount, 1, (WAD - terms.liqLtv) / 2);
        _check("rampSecs", terms.rampSecs, 10, 1 days);
        _check("minDebt", terms.minDebt, 1e18, 1e24);
        _check("mintWindowSecs", terms.mintWindowSecs, 1 hours, 30 days);
        _check("feeMin", terms.feeMin, IPrices(terms.prices).deviation(terms.collateral), 0.1e18);
        _check("feeSlope", terms.feeSlope, 0, 0.1e18 - terms.feeMin);
        CodeData.write(abi.encode(terms));
    }

    function _checkWiring(MarketTerms calldata terms) private view {
        if (terms.collateral == address(this) || terms.collateral.code.length == 0) {
            revert IVaultBook.BadAddress("collateral", terms.collateral);
        }
        if (terms.prices.code.length == 0) revert IVaultBook.BadAddress("prices", terms.prices);
        _check("decimals", IERC20Metadata(terms.collateral).decimals(), 6, 18);
        // It must know the collateral; what it costs now does not matter.
        IPrices(terms.prices).price(terms.collateral);
    }

    function _check(string memory field, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert IVaultBook.BadTerm(field, value, least, most);
    }

    function read(uint256 market) internal view returns (MarketTerms memory terms) {
        uint256 to;
        // Solidity: to = the place of `terms` in memory, whose words lie in the order of the struct
        assembly ("memory-safe") {
            to := terms
        }
        CodeData.copy(_at(market), 0, WORDS, to);
        if (terms.collateral == address(0)) revert IVaultBook.UnknownMarket(market);
    }

    /// @notice The first words only.
    function readOwner(uint256 market) internal view returns (OwnerTerms memory terms) {
        uint256 to;
        // Solidity: to = the place of `terms` in memory, whose words lie in the order of the struct
        assembly ("memory-safe") {
            to := terms
        }
        CodeData.copy(_at(market), 0, OWNER_WORDS, to);
        if (address(terms.collateral) == address(0)) revert IVaultBook.UnknownMarket(market);
    }

    function _at(uint256 market) private view returns (address) {
        if (market >= MARKETS_MAX) revert IVaultBook.UnknownMarket(market);
        return CodeData.at(market);
    }

    function clockOf(MarketTerms memory terms) internal pure returns (Clock memory) {
        return Auction.clockOf(terms.liqLtv, terms.maxDiscount, terms.rampSecs);
    }
}
