// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IAccrualToken} from "../interfaces/IAccrualToken.sol";
import {IConverter, Recipient, Split} from "../interfaces/IConverter.sol";
import {IReserve} from "../interfaces/IReserve.sol";
import {IUniswapV2Pair} from "../interfaces/IUniswapV2.sol";
import {Decay} from "../lib/Decay.sol";
import {MulDiv} from "../lib/MulDiv.sol";
import {Transfers} from "../lib/Transfers.sol";
import {ConverterConfig} from "./ConverterConfig.sol";

/// @title Sells fee tokens for the reserve's own assets by Dutch auction
/// @notice A minimal clone per launch. The price is a falling multiple of the backing itself, paid in kind: no
/// market price is read, and nothing is ever sold at or below the floor, where burning serves holders better.
contract Converter is IConverter {
    using SafeERC20 for IERC20;

    struct Auction {
        uint128 multiple; // k when it was last set, wad; zero until the first fill
        uint40 setAt; // unix seconds
    }

    struct Buckets {
        uint128 sale; // token base units
        uint128 liquidity; // token base units
    }

    struct Lot {
        uint112 paid; // base units of asset 0 for the last full lot
        uint40 soldAt; // unix seconds
        uint40 liquidityAt; // unix seconds of the last liquidity added
    }

    struct Proposal {
        address account;
        uint40 effectiveAt; // unix seconds; zero when nothing is proposed
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;
    uint256 public constant MAX_MULTIPLE = 2 ** 20 * WAD;
    uint256 public constant CHANGE_DELAY_SECS = 3 days;
    uint256 public constant LOT_PRICE_MAX_AGE_SECS = 1 hours;
    uint256 public constant LIQUIDITY_INTERVAL_SECS = 10 minutes;
    uint256 private constant POOL_SHARE = 200; // at most 1/200 of the pool per call
    uint256 private constant PRICE_TOLERANCE = 50; // within 1/50 of the lot price

    Auction private _auction;
    Buckets private _buckets;
    Lot private _lastLot;
    uint256 private _liquidityAssets; // base units of asset 0
    mapping(uint256 index => address) private _replaced; // recipients changed since launch
    mapping(uint256 index => Proposal) private _proposals;
    mapping(address account => mapping(uint256 asset => uint256)) public override owed;
    bool private transient _entered;

    modifier nonReentrant() {
        if (_entered) revert Locked();
        _entered = true;
        _;
        _entered = false;
    }

    // ---------------------------------------------------------------- auction

    /// @inheritdoc IConverter
    function allocate() external override nonReentrant {
        _allocate(ConverterConfig.shares());
    }

    /// @inheritdoc IConverter
    function bid(uint256 tokens, uint256[] calldata maxPay, address to)
        external
        override
        nonReentrant
        returns (uint256[] memory paid)
    {
        ConverterConfig.Shares memory shares = ConverterConfig.shares();
        if (maxPay.length != shares.assetCount) revert LengthMismatch(maxPay.length, shares.assetCount);
        if (IAccrualToken(ConverterConfig.token()).isPool(to)) revert PoolRecipient(to);
        uint256 until = IReserve(ConverterConfig.reserve()).pausedUntil();
        if (until != 0) revert EntriesPaused(until);
        uint256 lot_ = ConverterConfig.lot();
        if (tokens == 0) revert ZeroAmount("tokens");
        if (tokens > lot_) revert AboveLot(tokens, lot_);
        uint256 available = _allocate(shares);
        if (tokens > available) revert NotEnoughForSale(tokens, available);
        uint256 k = multiple();
        if (k == WAD) revert AtFloor();

        paid = _price(tokens, k);
        for (uint256 j = 0; j < paid.length; ++j) {
            if (paid[j] > maxPay[j]) revert PriceAboveLimit(j, paid[j], maxPay[j]);
        }
        _buckets.sale = uint128(available - tokens);
        _raise(k, tokens, lot_);
        if (tokens == lot_) _recordLot(paid[0]);
        emit Filled(msg.sender, to, tokens, k, paid);
        for (uint256 j = 0; j < paid.length; ++j) {
            _receive(shares, j, paid[j]);
        }
        IERC20(ConverterConfig.token()).safeTransfer(to, tokens);
    }

    /// @inheritdoc IConverter
    function burnLot() external override nonReentrant returns (uint256 burned) {
        uint256 available = _allocate(ConverterConfig.shares());
        uint256 k = multiple();
        if (k != WAD) revert AboveFloor(k);
        if (available == 0) revert NothingToBurn();
        uint256 lot_ = ConverterConfig.lot();
        burned = available < lot_ ? available : lot_;
        _buckets.sale = uint128(available - burned);
        // As a fill does: bidding opens again above the floor, so that a market that recovered is found.
        _raise(k, burned, lot_);
        emit LotBurned(burned);
        IReserve(ConverterConfig.reserve()).burnConverted(burned);
    }

    /// @dev Sort what arrived since the last call. Burning goes through the reserve, so that the floor rises by the
    /// stream.
    /// @return What is for sale now.
    function _allocate(ConverterConfig.Shares memory shares) private returns (uint256) {
        Buckets memory buckets = _buckets;
        uint256 held = IERC20(ConverterConfig.token()).balanceOf(address(this));
        uint256 arrived = held - buckets.sale - buckets.liquidity;
        if (arrived == 0) return buckets.sale;
        (uint256 toSale, uint256 toLiquidity, uint256 toBurn) = _divide(shares, arrived);
        buckets.sale += uint128(toSale);
        buckets.liquidity += uint128(toLiquidity);
        _buckets = buckets;
        emit Allocated(toSale, toLiquidity, toBurn);
        if (toBurn != 0) IReserve(ConverterConfig.reserve()).burnConverted(toBurn);
        return buckets.sale;
    }

    /// @dev Half of the liquidity share stays in tokens, the other half is sold for the asset beside them.
    function _divide(ConverterConfig.Shares memory shares, uint256 arrived)
        private
        pure
        returns (uint256 toSale, uint256 toLiquidity, uint256 toBurn)
    {
        if (shares.burnBps == BPS) return (0, 0, arrived);
        toBurn = MulDiv.mulDivDown(arrived, shares.burnBps, BPS);
        toLiquidity = MulDiv.mulDivDown(arrived, shares.liquidityBps, 2 * BPS);
        toSale = arrived - toBurn - toLiquidity;
    }

    /// @dev Raise k by the fill and keep its place between two halvings. If each fill began a new halving, one of dust
    /// every few seconds would repeat the flattest part of the fall and hold the price up for nothing.
    function _raise(uint256 k, uint256 tokens, uint256 lot_) private {
        (uint256 anchor, uint256 setAt) = _anchor();
        if (k == WAD) (anchor, setAt) = (k, block.timestamp);
        uint256 passed = (block.timestamp - setAt) / Decay.HALVING_SECS;
        anchor >>= passed;
        anchor += MulDiv.mulDivDown(anchor, tokens, lot_);
        if (anchor > MAX_MULTIPLE) anchor = MAX_MULTIPLE;
        _auction = Auction(uint128(anchor), uint40(setAt + passed * Decay.HALVING_SECS));
    }

    /// @dev The multiple as it was last set, or at launch, and when.
    function _anchor() private view returns (uint256, uint256) {
        Auction memory auction = _auction;
        if (auction.setAt != 0) return (auction.multiple, auction.setAt);
        return (ConverterConfig.startMultiple(), ConverterConfig.shares().genesis);
    }

    /// @dev No pool holds 2^112 units or more, so a price above that can stand for the highest.
    function _recordLot(uint256 paid) private {
        if (paid > type(uint112).max) paid = type(uint112).max;
        (_lastLot.paid, _lastLot.soldAt) = (uint112(paid), uint40(block.timestamp));
    }

    /// @dev Where an asset's floor is zero the converter waits: it never gives away.
    function _price(uint256 tokens, uint256 k) private view returns (uint256[] memory prices) {
        uint256 claimsNow;
        (prices, claimsNow) = IReserve(ConverterConfig.reserve()).backing();
        for (uint256 j = 0; j < prices.length; ++j) {
            if (prices[j] == 0) revert FloorZero(j);
            prices[j] = MulDiv.mulDivUp(MulDiv.mulDivUp(tokens, prices[j], claimsNow), k, WAD);
        }
    }

    /// @dev Pull the whole price, keep what recipients and liquidity are due rounded down, send on the rest.
    function _receive(ConverterConfig.Shares memory shares, uint256 index, uint256 amount) private {
        IERC20 asset = IERC20(ConverterConfig.asset(index));
        uint256 weight = 2 * (BPS - shares.burnBps) - shares.liquidityBps;
        uint256 kept = MulDiv.mulDivDown(amount, shares.liquidityBps, weight);
        if (kept != 0) _liquidityAssets += kept;
        for (uint256 i = 0; i < shares.recipientCount; ++i) {
            Recipient memory recipient = _recipient(i, shares.assetCount);
            uint256 due = MulDiv.mulDivDown(amount, 2 * uint256(recipient.bps), weight);
            owed[recipient.account][index] += due;
            kept += due;
        }
        if (kept != 0) Transfers.pull(asset, msg.sender, address(this), kept);
        if (kept == amount) return; // some assets refuse a transfer of nothing
        Transfers.pull(asset, msg.sender, ConverterConfig.reserve(), amount - kept);
        IReserve(ConverterConfig.reserve()).sync(index);
    }

    // ---------------------------------------------------------------- liquidity

    /// @inheritdoc IConverter
    function addLiquidity() external override nonReentrant returns (uint256 liquidity) {
        address pool = ConverterConfig.pool();
        if (ConverterConfig.shares().liquidityBps == 0 || pool == address(0)) revert NoLiquidityShare();
        _allocate(ConverterConfig.shares());
        Lot memory last = _lastLot;
        if (last.soldAt == 0 || block.timestamp > last.soldAt + LOT_PRICE_MAX_AGE_SECS) {
            revert NoRecentLotPrice(last.soldAt);
        }
        if (block.timestamp < last.liquidityAt + LIQUIDITY_INTERVAL_SECS) {
            revert LiquidityTooSoon(last.liquidityAt + LIQUIDITY_INTERVAL_SECS);
        }
        _lastLot.liquidityAt = uint40(block.timestamp);

        (uint256 tokens, uint256 assets) = _liquidityFor(pool, last.paid);
        _buckets.liquidity -= uint128(tokens);
        _liquidityAssets -= assets;
        IERC20(ConverterConfig.token()).safeTransfer(pool, tokens);
        IERC20(ConverterConfig.asset(0)).safeTransfer(pool, assets);
        liquidity = IUniswapV2Pair(pool).mint(ConverterConfig.lock());
        emit LiquidityAdded(tokens, assets, liquidity);
    }

    /// @dev At most 1/200 of the pool and of what is set aside, at the pool's own ratio, which must lie within 1/50
    /// of what the last full lot fetched: whoever skews the pool first gets nothing minted into it.
    function _liquidityFor(address pool, uint256 lotPaid)
        private
        view
        returns (uint256 tokens, uint256 assets)
    {
        (uint256 poolTokens, uint256 poolAssets,) = IUniswapV2Pair(pool).getReserves();
        if (IUniswapV2Pair(pool).token0() != ConverterConfig.token()) {
            (poolTokens, poolAssets) = (poolAssets, poolTokens);
        }
        uint256 lot_ = ConverterConfig.lot();
        uint256 atPool = poolAssets * lot_;
        uint256 atLot = lotPaid * poolTokens;
        uint256 off = atPool > atLot ? atPool - atLot : atLot - atPool;
        if (off * PRICE_TOLERANCE > atLot) revert PoolOffPrice(atPool / poolTokens, lotPaid);

        tokens = poolTokens / POOL_SHARE;
        if (tokens > _buckets.liquidity) tokens = _buckets.liquidity;
        assets = MulDiv.mulDivUp(tokens, poolAssets, poolTokens);
        if (assets > _liquidityAssets) {
            assets = _liquidityAssets;
            tokens = MulDiv.mulDivDown(assets, poolTokens, poolAssets);
        }
        if (tokens == 0 || assets == 0) revert NothingToAdd();
    }

    // ---------------------------------------------------------------- recipients

    /// @inheritdoc IConverter
    function claim(address account, uint256 index) external override nonReentrant returns (uint256 amount) {
        amount = owed[account][index];
        if (amount == 0) revert NothingOwed(account, index);
        owed[account][index] = 0;
        emit Claimed(account, index, amount);
        IERC20(ConverterConfig.asset(index)).safeTransfer(account, amount);
    }

    /// @inheritdoc IConverter
    function proposeRecipient(uint256 index, address account) external override {
        if (msg.sender != Ownable(ConverterConfig.token()).owner()) revert NotOwner(msg.sender);
        uint256 count = ConverterConfig.shares().recipientCount;
        if (index >= count) revert UnknownRecipient(index, count);
        if (account == address(0)) revert ZeroAmount("account");
        uint256 effectiveAt = block.timestamp + CHANGE_DELAY_SECS;
        _proposals[index] = Proposal(account, uint40(effectiveAt));
        emit RecipientProposed(index, account, effectiveAt);
    }

    /// @inheritdoc IConverter
    function acceptRecipient(uint256 index) external override {
        Proposal memory proposal = _proposals[index];
        if (proposal.effectiveAt == 0) revert NothingProposed(index);
        if (block.timestamp < proposal.effectiveAt) revert TooEarly(proposal.effectiveAt);
        delete _proposals[index];
        _replaced[index] = proposal.account;
        emit RecipientChanged(index, proposal.account);
    }

    function _recipient(uint256 index, uint256 assetCount) private view returns (Recipient memory recipient) {
        recipient = ConverterConfig.recipient(index, assetCount);
        address replaced = _replaced[index];
        if (replaced != address(0)) recipient.account = replaced;
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IConverter
    function quote(uint256 tokens) external view override returns (uint256[] memory amounts) {
        if (_entered) revert Locked();
        return _price(tokens, multiple());
    }

    /// @inheritdoc IConverter
    function multiple() public view override returns (uint256) {
        (uint256 anchor, uint256 setAt) = _anchor();
        return Decay.decay(anchor, block.timestamp - setAt);
    }

    /// @inheritdoc IConverter
    function lot() external view override returns (uint256) {
        return ConverterConfig.lot();
    }

    /// @inheritdoc IConverter
    function forSale() external view override returns (uint256) {
        Buckets memory buckets = _buckets;
        uint256 held = IERC20(ConverterConfig.token()).balanceOf(address(this));
        (uint256 toSale,,) = _divide(ConverterConfig.shares(), held - buckets.sale - buckets.liquidity);
        return buckets.sale + toSale;
    }

    /// @inheritdoc IConverter
    function forLiquidity() external view override returns (uint256 tokens, uint256 assets) {
        return (_buckets.liquidity, _liquidityAssets);
    }

    /// @inheritdoc IConverter
    function lastLot() external view override returns (uint256 paid, uint256 soldAt) {
        return (_lastLot.paid, _lastLot.soldAt);
    }

    /// @inheritdoc IConverter
    function split() external view override returns (Split memory result) {
        ConverterConfig.Shares memory shares = ConverterConfig.shares();
        result.reserveBps = uint16(shares.reserveBps);
        result.burnBps = uint16(shares.burnBps);
        result.liquidityBps = uint16(shares.liquidityBps);
        result.recipients = new Recipient[](shares.recipientCount);
        for (uint256 i = 0; i < shares.recipientCount; ++i) {
            result.recipients[i] = _recipient(i, shares.assetCount);
        }
    }

    /// @inheritdoc IConverter
    function pendingRecipient(uint256 index)
        external
        view
        override
        returns (address account, uint256 effectiveAt)
    {
        return (_proposals[index].account, _proposals[index].effectiveAt);
    }
}
