// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Prices in 64 bits: a mantissa of 56 bits and, in the lowest eight, an exponent of two
/// @notice Exact under 2^56, otherwise off by less than 2^-55 of the price, in the direction that the name tells.
library PriceFloat {
    uint256 private constant MANTISSA_BITS = 56;
    uint256 private constant EXPONENT_BITS = 8;

    /// @return The largest float that is not above `value`.
    function toFloatDown(uint256 value) internal pure returns (uint256) {
        if (value >> MANTISSA_BITS == 0) return value << EXPONENT_BITS;
        uint256 exponent = Math.log2(value) - (MANTISSA_BITS - 1);
        return (value >> exponent) << EXPONENT_BITS | exponent;
    }

    /// @return The smallest float that is not below `value`, which is at most 2^255.
    function toFloatUp(uint256 value) internal pure returns (uint256) {
        uint256 down = toFloatDown(value);
        uint256 exponent = down & 0xff;
        if (fromFloat(down) == value) return down;
        uint256 mantissa = (down >> EXPONENT_BITS) + 1;
        // All ones and one more: the next power of two, whose mantissa is half of that.
        if (mantissa >> MANTISSA_BITS != 0) return (mantissa >> 1) << EXPONENT_BITS | (exponent + 1);
        return mantissa << EXPONENT_BITS | exponent;
    }

    /// @param float The lowest 64 bits.
    /// @return The price it stands for.
    function fromFloat(uint256 float) internal pure returns (uint256) {
        return (float & 0xffffffffffffffff) >> EXPONENT_BITS << (float & 0xff);
    }
}
