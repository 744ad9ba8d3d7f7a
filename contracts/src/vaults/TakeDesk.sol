// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPrices} from "../interfaces/IPrices.sol";
import {Hop, ISwapPair, ITakeDesk, TakeOrder} from "../interfaces/ITakeDesk.sol";
import {ITaker, IVaultBook, MarketTerms} from "../interfaces/IVaultBook.sol";

/// @title A keeper's desk: takes, sells what pays for it, and keeps nothing
/// @notice The book sends the collateral first and burns the synthetic last; in between, the desk sells in pairs of
/// the Uniswap V2 shape, for exactly what is burned. It belongs to one owner for ever, gives no allowance to anybody,
/// and holds nothing between two calls.
contract TakeDesk is ITaker, ITakeDesk {
    using SafeERC20 for IERC20;

    uint256 private constant BPS = 10_000;

    /// @inheritdoc ITakeDesk
    address public immutable override owner;

    /// @dev The book whose callback is awaited; only while a take runs.
    address private transient _book;
    /// @dev Collateral of the market that is taken from.
    address private transient _collateral;

    constructor(address owner_) {
        owner = owner_;
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @inheritdoc ITakeDesk
    function take(TakeOrder calldata order)
        external
        override
        onlyOwner
        returns (uint256 paid, uint256 profit)
    {
        if (_book != address(0)) revert Locked();
        if (block.timestamp > order.deadline) revert OrderExpired(order.deadline);
        MarketTerms memory terms = order.book.termsOf(order.market);
        IERC20 token = IERC20(terms.collateral);
        IERC20 synthetic = IERC20(address(order.book));
        if (order.poke) IPrices(terms.prices).poke(terms.collateral);
        (_book, _collateral) = (address(synthetic), address(token));

        uint256 before = token.balanceOf(address(this));
        uint256 collateral;
        (paid, collateral) = order.book
            .take(order.market, order.owners, order.maxPaid, order.minCollateral, abi.encode(order.hops));
        (_book, _collateral) = (address(0), address(0));
        // By balance, and less what lay here before: neither the book's word nor a gift counts.
        uint256 held = token.balanceOf(address(this));
        profit = held > before ? held - before : 0;
        if (held < before || profit < order.minProfit) revert ProfitTooSmall(profit, order.minProfit);
        emit Took(address(synthetic), order.market, paid, collateral, profit);
        _sendAll(token);
        _sendAll(synthetic);
    }

    /// @inheritdoc ITaker
    /// @dev Whoever is not the book in the midst of this desk's own take gets nothing done.
    function onTake(uint256, uint256 paid, uint256 collateral, bytes calldata data) external override {
        if (msg.sender != _book) revert NotBook(msg.sender);
        if (paid == 0) return;
        _sellFor(paid, collateral, abi.decode(data, (Hop[])));
    }

    /// @inheritdoc ITakeDesk
    function sweep(IERC20 token) external override onlyOwner returns (uint256 amount) {
        amount = _sendAll(token);
        if (amount == 0) revert NothingToSend(address(token));
    }

    /// @dev Backwards from the synthetic, what each pair has to get; then forwards, from pair to pair.
    function _sellFor(uint256 paid, uint256 collateral, Hop[] memory hops) private {
        uint256 count = hops.length;
        uint256[] memory outs = new uint256[](count);
        address[] memory tokens = new address[](count);
        address token = _book;
        uint256 amount = paid;
        for (uint256 i = count; i > 0; --i) {
            (outs[i - 1], tokens[i - 1]) = (amount, token);
            (token, amount) = _inputFor(i - 1, hops[i - 1], token, amount);
        }
        if (token != _collateral) revert BadHop(0, count == 0 ? address(0) : hops[0].pair);
        if (amount > collateral) revert SaleTooDear(amount, collateral);
        IERC20(token).safeTransfer(hops[0].pair, amount);
        for (uint256 i = 0; i < count; ++i) {
            ISwapPair pair = ISwapPair(hops[i].pair);
            address to = i + 1 < count ? hops[i + 1].pair : address(this);
            (uint256 out0, uint256 out1) =
                pair.token0() == tokens[i] ? (outs[i], uint256(0)) : (uint256(0), outs[i]);
            pair.swap(out0, out1, to, "");
        }
    }

    /// @return tokenIn What the pair has beside `tokenOut`.
    /// @return amountIn Least that the pair gives `out` for, as Uniswap V2 rounds it.
    function _inputFor(uint256 index, Hop memory hop, address tokenOut, uint256 out)
        private
        view
        returns (address tokenIn, uint256 amountIn)
    {
        if (hop.feeBps >= BPS) revert BadHop(index, hop.pair);
        ISwapPair pair = ISwapPair(hop.pair);
        (address token0, address token1) = (pair.token0(), pair.token1());
        if (tokenOut != token0 && tokenOut != token1) revert BadHop(index, hop.pair);
        (uint256 reserveIn, uint256 reserveOut,) = pair.getReserves();
        tokenIn = token0;
        if (tokenOut == token0) (tokenIn, reserveIn, reserveOut) = (token1, reserveOut, reserveIn);
        if (out >= reserveOut) revert PoolTooSmall(hop.pair, out, reserveOut);
        amountIn = Math.mulDiv(reserveIn * BPS, out, (reserveOut - out) * (BPS - hop.feeBps)) + 1;
    }

    function _sendAll(IERC20 token) private returns (uint256 amount) {
        amount = token.balanceOf(address(this));
        if (amount != 0) token.safeTransfer(owner, amount);
    }
}
