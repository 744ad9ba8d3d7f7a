// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Terms} from "./IReserve.sol";
import {Split} from "./IConverter.sol";

/// @notice How trading feeds the reserve.
enum FeePath {
    None, // a plain token; the reserve grows from burns, loans and donations
    PoolTax // transfers to and from V2 pools pay a fee in tokens, sold by the converter
}

/// @notice The first pool: token against asset 0 of the reserve. All zero for no pool.
struct PoolParams {
    uint256 tokens; // token base units
    uint256 assets; // base units of asset 0
    uint256 lockUntil; // unix seconds; `type(uint256).max` locks the liquidity for ever
}

/// @notice Fees of the pool tax. All zero on another path.
struct FeeParams {
    uint16 maxBuyBps; // immutable maximum, at most 1,000
    uint16 maxSellBps;
    uint16 buyBps;
    uint16 sellBps;
    uint256 startMultiple; // k at launch, wad; 1 to 2^20
    Split split;
}

/// @notice Everything a launch decides.
struct LaunchParams {
    string name;
    string symbol;
    uint256 supply; // token base units (18 decimals), 1 to 5e36
    address owner; // cuts fees, proposes raises, names the guardian; receives the tokens not put in the pool
    address guardian; // may be zero
    address[] assets; // 1 to 8 backing assets
    uint256[] seeds; // base units of each asset that enter the reserve at once
    Terms terms;
    FeePath path;
    PoolParams pool;
    FeeParams fees;
    bytes32 salt;
}

/// @notice The addresses a launch made. `pool`, `converter` and `lock` are zero where there is none.
struct Launched {
    address token;
    address reserve;
    address converter;
    address pool;
    address lock;
}

/// @notice What the token's constructor asks its deployer for, so that its address depends on the salt alone.
struct TokenParams {
    string name;
    string symbol;
    uint256 supply;
    address launchpad; // receives the supply and hands it out
    address owner;
    address guardian;
    address reserve;
    address converter;
    address lock;
    address factory;
    uint16 maxBuyBps;
    uint16 maxSellBps;
    uint16 buyBps;
    uint16 sellBps;
}

/// @title Deploys token, reserve, converter, pool and lock in one transaction
interface ILaunchpad {
    event TokenLaunched(
        address indexed token,
        address indexed reserve,
        address indexed owner,
        address converter,
        address pool,
        address lock,
        address[] assets,
        uint256[] seeds
    );

    error ParamOutOfBounds(string param, uint256 value, uint256 min, uint256 max);
    error ParamMissing(string param);
    error SplitSum(uint256 sum);
    error AssetRefused(address asset, string reason);
    error DuplicateAsset(address asset);
    error LengthMismatch(string param, uint256 given, uint256 expected);
    error NativeMismatch(uint256 sent, uint256 needed);
    error SaltExhausted(bytes32 salt);
    error NotLaunching();

    /// @notice Launch a token. The caller pays seeds and pool assets from exact allowances; `msg.value` pays for
    /// the wrapped native asset where it is one of them; what the pool already held of it comes back wrapped.
    function launch(LaunchParams calldata params) external payable returns (Launched memory);

    /// @notice What a token under construction reads back.
    function tokenParams() external view returns (TokenParams memory);

    /// @return Where `launch` by `launcher` with `salt` and `attempt` puts the token.
    function predictToken(address launcher, bytes32 salt, uint256 attempt) external view returns (address);

    /// @return The addresses of a token launched here; zeros for any other.
    function launched(address token) external view returns (Launched memory);

    function tokenCount() external view returns (uint256);

    function tokenAt(uint256 index) external view returns (address);

    function wrappedNative() external view returns (address);

    function factory() external view returns (address);
}
