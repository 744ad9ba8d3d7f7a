// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAccrualToken} from "../interfaces/IAccrualToken.sol";
import {IObservingSource, IPriceSource} from "../interfaces/IPriceSource.sol";
import {IPrices} from "../interfaces/IPrices.sol";
import {IReserve, Terms} from "../interfaces/IReserve.sol";
import {Quote, Quotes} from "./Quotes.sol";
import {SourceCalls} from "./SourceCalls.sol";

/// @title An accrual token by what its reserve pays for it
/// @notice Low and mid are the floor less the redemption fee, each asset at its own price, and no more than the
/// canonical pool has paid on average. High is the whole floor, or the pool's average where that is more: who gets the
/// token as collateral at `high` must not get it for less than it fetches. While the reserve is locked, so is this.
contract FloorSource is IObservingSource {
    error RedemptionClosed(address token);
    error NoClaims();

    uint256 private constant BPS = 10_000;

    IAccrualToken public immutable token;
    IReserve public immutable reserve;
    IPrices public immutable prices;
    /// @notice The average price of the token in its canonical pool; zero where there is none.
    IPriceSource public immutable average;
    uint256 private immutable _keptBps;

    /// @param token_ An accrual token whose launch opened redemption: without it nobody can leave at the floor.
    /// @param prices_ Must know each asset of the reserve.
    constructor(IAccrualToken token_, IPrices prices_, IPriceSource average_) {
        IReserve reserve_ = IReserve(token_.reserve());
        Terms memory terms = reserve_.terms();
        if (!terms.redeemable) revert RedemptionClosed(address(token_));
        (address[] memory assets,) = reserve_.reserves();
        for (uint256 i = 0; i < assets.length; ++i) {
            prices_.deviation(assets[i]);
        }
        (token, reserve, prices, average) = (token_, reserve_, prices_, average_);
        _keptBps = BPS - terms.redeemFeeBps;
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        Quote memory floor = _floor();
        floor.low = Math.mulDiv(floor.low, _keptBps, BPS);
        floor.mid = Math.mulDiv(floor.mid, _keptBps, BPS);
        if (address(average) != address(0)) {
            Quote memory pool = Quotes.ask(average);
            floor.low = Math.min(floor.low, pool.low);
            floor.mid = Math.min(floor.mid, pool.mid);
            floor.high = Math.max(floor.high, pool.high);
            floor.updatedAt = Math.min(floor.updatedAt, pool.updatedAt);
            floor.stepped = floor.stepped || pool.stepped;
        }
        return Quotes.answer(floor);
    }

    /// @inheritdoc IPriceSource
    function derived() external pure override returns (bool) {
        return true;
    }

    /// @inheritdoc IObservingSource
    function observe() external override {
        if (address(average) != address(0)) SourceCalls.observe(address(average), gasleft());
    }

    function _floor() private view returns (Quote memory sum) {
        (address[] memory assets,) = reserve.reserves();
        (uint256[] memory totals, uint256 claims) = reserve.backing();
        if (claims == 0) revert NoClaims();
        sum = Quotes.nothing();
        for (uint256 i = 0; i < totals.length; ++i) {
            if (totals[i] == 0) continue;
            Quotes.add(sum, Quotes.stored(prices, assets[i]), totals[i], claims);
        }
    }
}
