// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IBacked} from "../interfaces/IBacked.sol";
import {IPriceSource} from "../interfaces/IPriceSource.sol";
import {IPrices} from "../interfaces/IPrices.sol";
import {Quote, Quotes} from "./Quotes.sol";

/// @title A token by what stands behind it, each asset at its own low, mid and high
/// @notice For tokens that anybody can turn into their assets in kind and pro rata. Where the token answers `Locked`, in
/// the midst of a call that moves its assets, so does this.
contract LookThroughSource is IPriceSource {
    error ModelRefused(bytes32 model);
    error NoClaims();
    error TooManyAssets(uint256 count, uint256 most);
    error LengthMismatch(uint256 given, uint256 expected);

    uint256 private constant MOST_ASSETS = 32;

    IBacked public immutable token;
    IPrices public immutable prices;

    /// @param token_ A basket or a wrapped token: of the other models, reserves are not what a holder can leave with.
    /// @param prices_ Must know each asset of the token, now and later.
    constructor(IBacked token_, IPrices prices_) {
        bytes32 model = token_.model();
        if (model != "basket" && model != "wrapped") revert ModelRefused(model);
        (token, prices) = (token_, prices_);
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        uint256 claims = token.claims();
        if (claims == 0) revert NoClaims();
        (address[] memory assets, uint256[] memory amounts) = token.reserves();
        if (assets.length > MOST_ASSETS) revert TooManyAssets(assets.length, MOST_ASSETS);
        if (amounts.length != assets.length) revert LengthMismatch(amounts.length, assets.length);
        Quote memory sum = Quotes.nothing();
        for (uint256 i = 0; i < assets.length; ++i) {
            // An asset of which there is nothing is not asked for: its price may be dead.
            if (amounts[i] == 0) continue;
            Quotes.add(sum, Quotes.stored(prices, assets[i]), amounts[i], claims);
        }
        return Quotes.answer(sum);
    }

    /// @inheritdoc IPriceSource
    function derived() external pure override returns (bool) {
        return true;
    }
}
