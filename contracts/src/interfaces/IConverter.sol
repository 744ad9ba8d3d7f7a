// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice Somebody who shares in the fees: the creator first, then up to four more.
struct Recipient {
    address account;
    uint16 bps;
}

/// @notice Where fees go, in basis points that sum to 10,000 with the recipients' own.
struct Split {
    uint16 reserveBps;
    uint16 burnBps;
    uint16 liquidityBps; // needs a reserve of exactly one asset
    Recipient[] recipients;
}

/// @title Dutch auction of fee tokens for the reserve's own assets
/// @notice The price of x tokens is k * (x * F_j / S) of every asset j, in kind and rounded up. k halves every
/// ten minutes, a fill of q multiplies it by 1 + q / lot, and at k = 1 tokens are burned, not sold.
interface IConverter {
    event Allocated(uint256 toSale, uint256 toLiquidity, uint256 burned);
    event Filled(
        address indexed bidder, address indexed to, uint256 tokens, uint256 multiple, uint256[] paid
    );
    event LotBurned(uint256 tokens);
    event LiquidityAdded(uint256 tokens, uint256 assets, uint256 liquidity);
    event Claimed(address indexed account, uint256 indexed asset, uint256 amount);
    event RecipientProposed(uint256 indexed index, address account, uint256 effectiveAt);
    event RecipientChanged(uint256 indexed index, address account);

    error Locked();
    error ZeroAmount(string field);
    error PoolRecipient(address to);
    error AboveLot(uint256 tokens, uint256 lot);
    error NotEnoughForSale(uint256 tokens, uint256 available);
    error AtFloor();
    error AboveFloor(uint256 multiple);
    error FloorZero(uint256 asset);
    error PriceAboveLimit(uint256 asset, uint256 price, uint256 max);
    error LengthMismatch(uint256 given, uint256 expected);
    error EntriesPaused(uint256 until);
    error NothingToBurn();
    error NoLiquidityShare();
    error NoRecentLotPrice(uint256 soldAt);
    error LiquidityTooSoon(uint256 earliest);
    error PoolOffPrice(uint256 poolPrice, uint256 lotPrice);
    error NothingToAdd();
    error NothingOwed(address account, uint256 asset);
    error NotOwner(address caller);
    error UnknownRecipient(uint256 index, uint256 count);
    error NothingProposed(uint256 index);
    error TooEarly(uint256 effectiveAt);

    /// @notice Sort newly arrived fee tokens into burn, liquidity and sale. `bid` and `burnLot` do it first.
    function allocate() external;

    /// @notice Buy `tokens`, at most one lot, for their price of every asset. Not straight into a pool: that would be a
    /// sale without its fee.
    /// @param maxPay The most to pay of each asset.
    function bid(uint256 tokens, uint256[] calldata maxPay, address to)
        external
        returns (uint256[] memory paid);

    /// @notice At k = 1: burn up to one lot of what is for sale. By anyone.
    function burnLot() external returns (uint256 burned);

    /// @notice Mint pool liquidity to the lock, at most 0.5 % of the pool, near the last full-lot price. By anyone.
    function addLiquidity() external returns (uint256 liquidity);

    /// @notice Send `account` what it is owed of asset `asset`. By anyone.
    function claim(address account, uint256 asset) external returns (uint256 amount);

    /// @notice Owner: replace recipient `index` after three days.
    function proposeRecipient(uint256 index, address account) external;

    /// @notice Put a proposed recipient in force once its delay has passed. By anyone.
    function acceptRecipient(uint256 index) external;

    /// @return amounts The price of `tokens` now, base units of each asset.
    function quote(uint256 tokens) external view returns (uint256[] memory amounts);

    /// @return k now, in wad.
    function multiple() external view returns (uint256);

    /// @return Token base units of the largest fill.
    function lot() external view returns (uint256);

    /// @return Token base units for sale, those not allocated yet included.
    function forSale() external view returns (uint256);

    /// @notice Tokens, and base units of asset 0, set aside for liquidity.
    function forLiquidity() external view returns (uint256 tokens, uint256 assets);

    /// @notice Base units of asset 0 that the last full lot fetched, and when (unix seconds).
    function lastLot() external view returns (uint256 paid, uint256 soldAt);

    function owed(address account, uint256 asset) external view returns (uint256);

    function split() external view returns (Split memory);

    function pendingRecipient(uint256 index) external view returns (address account, uint256 effectiveAt);
}
