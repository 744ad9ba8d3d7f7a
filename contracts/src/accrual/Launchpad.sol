// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IAccrualToken} from "../interfaces/IAccrualToken.sol";
import {FeePath, ILaunchpad, LaunchParams, Launched, TokenParams} from "../interfaces/ILaunchpad.sol";
import {IReserve} from "../interfaces/IReserve.sol";
import {IUniswapV2Factory, IUniswapV2Pair, IWrappedNative} from "../interfaces/IUniswapV2.sol";
import {ConverterConfig} from "./ConverterConfig.sol";
import {LaunchChecks} from "./LaunchChecks.sol";
import {ReserveConfig} from "./ReserveConfig.sol";
import {TokenDeployer} from "./TokenDeployer.sol";

/// @title Launches a token, its reserve, converter, pool and lock in one transaction
/// @notice Holds nothing and keeps no power over what it launched.
contract Launchpad is ILaunchpad {
    using SafeERC20 for IERC20;

    /// @dev How many addresses to try when somebody has filled the predicted pool beforehand.
    uint256 private constant MAX_ATTEMPTS = 32;

    address private immutable _reserveImplementation;
    address private immutable _converterImplementation;
    address private immutable _lockImplementation;
    TokenDeployer private immutable _tokenDeployer;
    address public immutable override wrappedNative;
    address public immutable override factory;

    TokenParams private _tokenParams; // only while a token is under construction
    mapping(address token => Launched) private _launched;
    address[] private _tokens;
    bool private transient _entered;

    modifier nonReentrant() {
        if (_entered) revert IReserve.Locked();
        _entered = true;
        _;
        _entered = false;
    }

    constructor(
        address reserveImplementation,
        address converterImplementation,
        address lockImplementation,
        TokenDeployer tokenDeployer,
        address wrappedNative_,
        address factory_
    ) {
        _reserveImplementation = reserveImplementation;
        _converterImplementation = converterImplementation;
        _lockImplementation = lockImplementation;
        _tokenDeployer = tokenDeployer;
        wrappedNative = wrappedNative_;
        factory = factory_;
    }

    /// @inheritdoc ILaunchpad
    function launch(LaunchParams calldata params)
        external
        payable
        override
        nonReentrant
        returns (Launched memory made)
    {
        LaunchChecks.check(params);
        bytes32 salt;
        (salt, made.token) = _freeToken(params);
        _deploy(params, salt, made);
        _fund(params, made);
        if (made.pool != address(0)) {
            IERC20(made.token).safeTransfer(made.pool, params.pool.tokens);
            IUniswapV2Pair(made.pool).mint(made.lock);
            if (made.converter != address(0)) IAccrualToken(made.token).registerPool(params.assets[0]);
        }
        IERC20(made.token).safeTransfer(params.owner, IERC20(made.token).balanceOf(address(this)));
        _launched[made.token] = made;
        _tokens.push(made.token);
        emit TokenLaunched(
            made.token,
            made.reserve,
            params.owner,
            made.converter,
            made.pool,
            made.lock,
            params.assets,
            params.seeds
        );
    }

    // ---------------------------------------------------------------- deployment

    /// @dev The first address whose pool does not already hold more of the asset than the launch wants there.
    function _freeToken(LaunchParams calldata params) private view returns (bytes32 salt, address token) {
        for (uint256 attempt = 0; attempt < MAX_ATTEMPTS; ++attempt) {
            token = predictToken(msg.sender, params.salt, attempt);
            if (_launched[token].token != address(0)) continue;
            salt = _saltOf(msg.sender, params.salt, attempt);
            if (params.pool.tokens == 0) return (salt, token);
            address pool = IUniswapV2Factory(factory).getPair(token, params.assets[0]);
            if (pool == address(0)) return (salt, token);
            if (IERC20(params.assets[0]).balanceOf(pool) <= params.pool.assets) return (salt, token);
        }
        revert SaltExhausted(params.salt);
    }

    function _deploy(LaunchParams calldata params, bytes32 salt, Launched memory made) private {
        if (params.pool.tokens != 0) {
            made.pool = IUniswapV2Factory(factory).getPair(made.token, params.assets[0]);
            if (made.pool == address(0)) {
                made.pool = IUniswapV2Factory(factory).createPair(made.token, params.assets[0]);
            }
            bytes memory lockArgs = abi.encode(made.pool, params.owner, params.pool.lockUntil);
            made.lock = Clones.cloneDeterministicWithImmutableArgs(_lockImplementation, lockArgs, salt);
        }
        bytes memory reserveArgs =
            ReserveConfig.encode(made.token, address(this), wrappedNative, params.terms, params.assets);
        made.reserve = Clones.cloneDeterministicWithImmutableArgs(_reserveImplementation, reserveArgs, salt);
        if (params.path == FeePath.PoolTax) {
            uint256 lot = params.supply / 1_000;
            bytes memory converterArgs = ConverterConfig.encode(
                [made.token, made.reserve, made.pool, made.lock],
                lot == 0 ? 1 : lot,
                params.fees.startMultiple,
                params.assets,
                params.fees.split
            );
            made.converter =
                Clones.cloneDeterministicWithImmutableArgs(_converterImplementation, converterArgs, salt);
        }
        _deployToken(params, salt, made);
    }

    function _deployToken(LaunchParams calldata params, bytes32 salt, Launched memory made) private {
        _tokenParams = TokenParams({
            name: params.name,
            symbol: params.symbol,
            supply: params.supply,
            launchpad: address(this),
            owner: params.owner,
            guardian: params.guardian,
            reserve: made.reserve,
            converter: made.converter,
            lock: made.lock,
            factory: factory,
            maxBuyBps: params.fees.maxBuyBps,
            maxSellBps: params.fees.maxSellBps,
            buyBps: params.fees.buyBps,
            sellBps: params.fees.sellBps
        });
        _tokenDeployer.deploy(salt);
        delete _tokenParams;
    }

    // ---------------------------------------------------------------- funding

    /// @dev Bring every asset in, measured at each step, so that one which charges for transfers, rebases on
    /// them or answers at two addresses is refused before anybody relies on it.
    function _fund(LaunchParams calldata params, Launched memory made) private {
        uint256 count = params.assets.length;
        uint256[] memory expected = new uint256[](count);
        for (uint256 j = 0; j < count; ++j) {
            expected[j] = IERC20(params.assets[j]).balanceOf(made.reserve) + params.seeds[j];
        }
        bool spent = msg.value == 0;
        for (uint256 j = 0; j < count; ++j) {
            IERC20 asset = IERC20(params.assets[j]);
            uint256 lies;
            uint256 toPool;
            if (j == 0 && made.pool != address(0)) {
                lies = asset.balanceOf(made.pool);
                toPool = params.pool.assets - lies;
            }
            uint256 needed = params.seeds[j] + toPool;
            if (msg.value != 0 && address(asset) == wrappedNative) {
                spent = true;
                _wrap(needed, needed + lies);
            } else {
                _measured(asset, msg.sender, address(this), needed);
            }
            _measured(asset, address(this), made.reserve, params.seeds[j]);
            if (toPool != 0) _measured(asset, address(this), made.pool, toPool);
        }
        if (!spent) revert NativeMismatch(msg.value, 0);
        for (uint256 j = 0; j < count; ++j) {
            if (IERC20(params.assets[j]).balanceOf(made.reserve) != expected[j]) {
                revert AssetRefused(params.assets[j], "balance moves without a transfer");
            }
        }
        IReserve(made.reserve).seed();
    }

    /// @dev Wrap what came with the call. What somebody else laid into the pool meanwhile makes it too much by that: it
    /// goes back wrapped, so that a single unit sent ahead does not block a launch.
    function _wrap(uint256 needed, uint256 most) private {
        if (msg.value < needed || msg.value > most) revert NativeMismatch(msg.value, needed);
        IWrappedNative(wrappedNative).deposit{value: msg.value}();
        if (msg.value > needed) IERC20(wrappedNative).safeTransfer(msg.sender, msg.value - needed);
    }

    /// @dev Move `amount` and insist that both balances changed by exactly that.
    function _measured(IERC20 asset, address from, address to, uint256 amount) private {
        uint256 fromBefore = asset.balanceOf(from);
        uint256 toBefore = asset.balanceOf(to);
        if (from == address(this)) asset.safeTransfer(to, amount);
        else asset.safeTransferFrom(from, to, amount);
        bool exact = asset.balanceOf(to) == toBefore + amount && asset.balanceOf(from) + amount == fromBefore;
        if (!exact) revert AssetRefused(address(asset), "charges on transfer");
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc ILaunchpad
    function predictToken(address launcher, bytes32 salt, uint256 attempt)
        public
        view
        override
        returns (address)
    {
        return _tokenDeployer.predict(address(this), _saltOf(launcher, salt, attempt));
    }

    /// @inheritdoc ILaunchpad
    function tokenParams() external view override returns (TokenParams memory) {
        if (_tokenParams.supply == 0) revert NotLaunching();
        return _tokenParams;
    }

    /// @inheritdoc ILaunchpad
    function launched(address token) external view override returns (Launched memory) {
        return _launched[token];
    }

    /// @inheritdoc ILaunchpad
    function tokenCount() external view override returns (uint256) {
        return _tokens.length;
    }

    /// @inheritdoc ILaunchpad
    function tokenAt(uint256 index) external view override returns (address) {
        return _tokens[index];
    }

    function _saltOf(address launcher, bytes32 salt, uint256 attempt) private pure returns (bytes32) {
        return keccak256(abi.encode(launcher, salt, attempt));
    }
}
