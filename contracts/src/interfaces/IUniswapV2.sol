// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice The part of a Uniswap V2 shaped factory that Ballast calls.
interface IUniswapV2Factory {
    function getPair(address tokenA, address tokenB) external view returns (address pair);

    function createPair(address tokenA, address tokenB) external returns (address pair);
}

/// @notice The part of a Uniswap V2 shaped pair that Ballast calls.
interface IUniswapV2Pair {
    function token0() external view returns (address);

    function getReserves()
        external
        view
        returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);

    function mint(address to) external returns (uint256 liquidity);
}

/// @notice Wrapped native currency.
interface IWrappedNative {
    function deposit() external payable;

    function withdraw(uint256 amount) external;
}
