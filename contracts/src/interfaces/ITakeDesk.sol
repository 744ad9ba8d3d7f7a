// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultBook} from "./IVaultBook.sol";

/// @notice A pair that trades as Uniswap V2 does.
interface ISwapPair {
    function token0() external view returns (address);

    function token1() external view returns (address);

    function getReserves()
        external
        view
        returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);

    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

/// @notice One pair on the way from the collateral to the synthetic.
struct Hop {
    address pair;
    uint256 feeBps; // what the pair keeps of what comes in; Uniswap V2's is 30
}

/// @notice One take without capital.
struct TakeOrder {
    IVaultBook book;
    uint256 market;
    address[] owners;
    /// Ask the prices to aggregate first, in the same transaction.
    bool poke;
    /// Most synthetic that is burned.
    uint256 maxPaid;
    /// Least collateral to get for it, base units.
    uint256 minCollateral;
    /// The way to sell, from the collateral to the synthetic.
    Hop[] hops;
    /// Least collateral that must be left once the synthetic is paid for, base units.
    uint256 minProfit;
    /// Unix seconds after which it is not done any more.
    uint256 deadline;
}

/// @title Takes collateral of unhealthy vaults without capital
interface ITakeDesk {
    /// @notice `profit` of the collateral was left, base units.
    event Took(
        address indexed book, uint256 indexed market, uint256 paid, uint256 collateral, uint256 profit
    );

    error NotOwner(address caller);
    error NotBook(address caller);
    error Locked();
    error OrderExpired(uint256 deadline);
    error BadHop(uint256 index, address pair);
    error PoolTooSmall(address pair, uint256 wanted, uint256 reserve);
    error SaleTooDear(uint256 needed, uint256 collateral);
    error ProfitTooSmall(uint256 profit, uint256 least);
    error NothingToSend(address token);

    /// @notice Take, sell as much of the collateral as pays for it, and send everything that is here to the owner.
    /// @return paid Synthetic that was burned.
    /// @return profit Collateral that was left, base units.
    function take(TakeOrder calldata order) external returns (uint256 paid, uint256 profit);

    /// @notice Send all of `token` that lies here to the owner.
    function sweep(IERC20 token) external returns (uint256 amount);

    /// @return Who alone may use it, and gets everything.
    function owner() external view returns (address);
}
