// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {FeeParams, FeePath, ILaunchpad, LaunchParams, PoolParams} from "../interfaces/ILaunchpad.sol";
import {Recipient} from "../interfaces/IConverter.sol";
import {Terms} from "../interfaces/IReserve.sol";

/// @title The bounds of a launch, each refusal naming its parameter
library LaunchChecks {
    uint256 internal constant MAX_SUPPLY = 5e36;
    uint256 internal constant MAX_ASSETS = 8;
    uint256 internal constant MAX_ASSET_AMOUNT = type(uint112).max;
    uint256 internal constant MAX_DECIMALS = 24;
    uint256 internal constant MAX_FEE_BPS = 1_000;
    uint256 internal constant MAX_LTV_BPS = 9_900;
    uint256 internal constant MAX_RECIPIENTS = 5;
    uint256 internal constant BPS = 10_000;
    uint256 internal constant WAD = 1e18;
    uint256 internal constant MAX_MULTIPLE = 2 ** 20 * WAD;
    /// @dev A permit's signing domain keeps the name in one word.
    uint256 internal constant MAX_NAME_BYTES = 31;
    /// @dev A V2 pool keeps a thousand units of its first liquidity, the whole root of the product of both sides, and
    /// wants at least one more.
    uint256 private constant MIN_POOL_PRODUCT = 1_001 ** 2;

    function check(LaunchParams calldata params) internal view {
        if (bytes(params.name).length == 0) revert ILaunchpad.ParamMissing("name");
        _within("name", bytes(params.name).length, 1, MAX_NAME_BYTES);
        if (bytes(params.symbol).length == 0) revert ILaunchpad.ParamMissing("symbol");
        if (params.owner == address(0)) revert ILaunchpad.ParamMissing("owner");
        _within("supply", params.supply, 1, MAX_SUPPLY);
        _terms(params.terms);
        _assets(params);
        _pool(params.pool, params.supply);
        if (params.path == FeePath.PoolTax) _fees(params);
        else _noFees(params.fees);
    }

    function _terms(Terms calldata terms) private pure {
        _within("terms.redeemFeeBps", terms.redeemFeeBps, 0, MAX_FEE_BPS);
        uint256 mostLtv = BPS - terms.redeemFeeBps;
        _within("terms.ltvBps", terms.ltvBps, 0, mostLtv < MAX_LTV_BPS ? mostLtv : MAX_LTV_BPS);
        // A borrower at the limit can pay one term's fee out of the collateral: no stuck asset forces a default.
        uint256 mostFee = terms.ltvBps == 0 ? MAX_FEE_BPS : BPS * BPS / terms.ltvBps - BPS;
        _within("terms.termFeeBps", terms.termFeeBps, 0, mostFee < MAX_FEE_BPS ? mostFee : MAX_FEE_BPS);
        _within("terms.flashFeeBps", terms.flashFeeBps, 0, MAX_FEE_BPS);
        _within("terms.termSecs", terms.termSecs, 1 hours, 365 days);
        _within("terms.graceSecs", terms.graceSecs, 1 hours, 90 days);
        _within("terms.dripSecs", terms.dripSecs, 1 hours, 30 days);
    }

    function _assets(LaunchParams calldata params) private view {
        uint256 count = params.assets.length;
        _within("assets", count, 1, MAX_ASSETS);
        if (params.seeds.length != count) {
            revert ILaunchpad.LengthMismatch("seeds", params.seeds.length, count);
        }
        for (uint256 j = 0; j < count; ++j) {
            for (uint256 i = 0; i < j; ++i) {
                if (params.assets[i] == params.assets[j]) revert ILaunchpad.DuplicateAsset(params.assets[j]);
            }
            uint256 decimals = _decimals(params.assets[j]);
            // Enough to see a fee of one basis point, or one whole unit of a coarser asset.
            uint256 least = decimals < 4 ? 10 ** decimals : BPS;
            _within("seeds", params.seeds[j], least, MAX_ASSET_AMOUNT);
        }
    }

    function _decimals(address asset) private view returns (uint256 decimals) {
        (bool answered, bytes memory data) = asset.staticcall(abi.encodeCall(IERC20Metadata.decimals, ()));
        if (!answered || data.length < 32) revert ILaunchpad.AssetRefused(asset, "has no decimals");
        decimals = abi.decode(data, (uint256));
        if (decimals > MAX_DECIMALS) revert ILaunchpad.AssetRefused(asset, "has more than 24 decimals");
    }

    function _pool(PoolParams calldata pool, uint256 supply) private view {
        if (pool.tokens == 0 && pool.assets == 0) return;
        _within("pool.tokens", pool.tokens, 1, supply < MAX_ASSET_AMOUNT ? supply : MAX_ASSET_AMOUNT);
        _within("pool.assets", pool.assets, (MIN_POOL_PRODUCT - 1) / pool.tokens + 1, MAX_ASSET_AMOUNT);
        _within("pool.lockUntil", pool.lockUntil, block.timestamp, type(uint256).max);
    }

    function _fees(LaunchParams calldata params) private pure {
        FeeParams calldata fees = params.fees;
        if (params.pool.tokens == 0) revert ILaunchpad.ParamMissing("pool");
        _within("fees.maxBuyBps", fees.maxBuyBps, 0, MAX_FEE_BPS);
        _within("fees.maxSellBps", fees.maxSellBps, 0, MAX_FEE_BPS);
        _within("fees.buyBps", fees.buyBps, 0, fees.maxBuyBps);
        _within("fees.sellBps", fees.sellBps, 0, fees.maxSellBps);
        _within("fees.startMultiple", fees.startMultiple, WAD, MAX_MULTIPLE);
        uint256 liquidityMost = params.assets.length == 1 ? BPS : 0;
        _within("fees.split.liquidityBps", fees.split.liquidityBps, 0, liquidityMost);
        Recipient[] calldata recipients = fees.split.recipients;
        _within("fees.split.recipients", recipients.length, 0, MAX_RECIPIENTS);
        uint256 sum = uint256(fees.split.reserveBps) + fees.split.burnBps + fees.split.liquidityBps;
        for (uint256 i = 0; i < recipients.length; ++i) {
            if (recipients[i].account == address(0)) {
                revert ILaunchpad.ParamMissing("fees.split.recipients.account");
            }
            sum += recipients[i].bps;
        }
        if (sum != BPS) revert ILaunchpad.SplitSum(sum);
    }

    function _noFees(FeeParams calldata fees) private pure {
        _within("fees.maxBuyBps", fees.maxBuyBps, 0, 0);
        _within("fees.maxSellBps", fees.maxSellBps, 0, 0);
        _within("fees.buyBps", fees.buyBps, 0, 0);
        _within("fees.sellBps", fees.sellBps, 0, 0);
        _within("fees.split.recipients", fees.split.recipients.length, 0, 0);
    }

    function _within(string memory param, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert ILaunchpad.ParamOutOfBounds(param, value, least, most);
    }
}
