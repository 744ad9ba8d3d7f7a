//! The few functions that Ballast calls on contracts it did not write.

#[allow(missing_docs, clippy::all, clippy::pedantic)]
mod generated {
    alloy::sol! {
        #[sol(rpc)]
        #[derive(Debug, PartialEq, Eq)]
        interface Erc20 {
            event Transfer(address indexed from, address indexed to, uint256 value);

            function name() external view returns (string memory);
            function symbol() external view returns (string memory);
            function decimals() external view returns (uint8);
            function totalSupply() external view returns (uint256);
            function balanceOf(address account) external view returns (uint256);
            function allowance(address owner, address spender) external view returns (uint256);
            function approve(address spender, uint256 amount) external returns (bool);
            function transfer(address to, uint256 amount) external returns (bool);
        }

        #[sol(rpc)]
        interface WrappedNative {
            function deposit() external payable;
            function withdraw(uint256 amount) external;
        }

        #[sol(rpc)]
        interface PairFactory {
            function getPair(address tokenA, address tokenB) external view returns (address pair);
            function createPair(address tokenA, address tokenB) external returns (address pair);
        }

        #[sol(rpc)]
        #[derive(Debug, PartialEq, Eq)]
        interface Pair {
            event Sync(uint112 reserve0, uint112 reserve1);
            event Swap(
                address indexed sender,
                uint256 amount0In,
                uint256 amount1In,
                uint256 amount0Out,
                uint256 amount1Out,
                address indexed to
            );

            function token0() external view returns (address);
            function token1() external view returns (address);
            function getReserves()
                external
                view
                returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);
            function totalSupply() external view returns (uint256);
            function balanceOf(address account) external view returns (uint256);
        }

        #[sol(rpc)]
        interface Router {
            function factory() external view returns (address);
            function WETH() external view returns (address);
            function getAmountsOut(uint256 amountIn, address[] calldata path)
                external
                view
                returns (uint256[] memory amounts);
            function swapExactTokensForTokensSupportingFeeOnTransferTokens(
                uint256 amountIn,
                uint256 amountOutMin,
                address[] calldata path,
                address to,
                uint256 deadline
            ) external;
            function swapExactETHForTokensSupportingFeeOnTransferTokens(
                uint256 amountOutMin,
                address[] calldata path,
                address to,
                uint256 deadline
            ) external payable;
            function swapExactTokensForETHSupportingFeeOnTransferTokens(
                uint256 amountIn,
                uint256 amountOutMin,
                address[] calldata path,
                address to,
                uint256 deadline
            ) external;
        }
    }
}

pub use generated::{Erc20, Pair, PairFactory, Router, WrappedNative};
