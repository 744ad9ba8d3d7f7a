// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IPrices, PriceState} from "ballast/interfaces/IPrices.sol";

/// @notice Prices that anybody sets, each in one storage slot: what reading a stored price costs at least.
/// @dev Low, mid and high of 64 bits (a mantissa of 56 and an exponent of 8), then second and state.
contract OneSlotPrices is IPrices {
    mapping(address asset => uint256 word) private _words;

    function set(address asset, uint256 low, uint256 mid, uint256 high, PriceState state) external {
        uint256 word = _packed(low) << 192 | _packed(mid) << 128 | _packed(high) << 64;
        _words[asset] = word | block.timestamp << 4 | uint256(state);
    }

    function price(address asset)
        external
        view
        override
        returns (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, PriceState state)
    {
        uint256 word = _words[asset];
        if (word == 0) revert UnknownAsset(asset);
        low = _unpacked(word >> 192);
        mid = _unpacked(word >> 128);
        high = _unpacked(word >> 64);
        updatedAt = word >> 4 & (1 << 40) - 1;
        state = PriceState(word & 15);
    }

    function poke(address asset) external view override returns (PriceState) {
        return PriceState(_words[asset] & 15);
    }

    function deviation(address) external pure override returns (uint256) {
        return 0.005e18;
    }

    function _packed(uint256 value) private pure returns (uint256) {
        uint256 exponent;
        while (value >> exponent >= 1 << 56) ++exponent;
        return value >> exponent << 8 | exponent;
    }

    function _unpacked(uint256 float) private pure returns (uint256) {
        return (float >> 8 & (1 << 56) - 1) << (float & 255);
    }
}
