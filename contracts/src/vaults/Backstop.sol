// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626, IERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";
import {IVaultBook, MarketTerms} from "../interfaces/IVaultBook.sol";
import {BackstopQueue, Queue} from "./BackstopQueue.sol";
import {BackstopSale, Lot} from "./BackstopSale.sol";
import {Drip, Stream} from "./Drip.sol";

/// @title A vault of the synthetic that buys what nobody else buys, and pays losses before the holders do
/// @notice ERC-4626, without any privilege in the book. Anyone may make it take at a good discount, or cover a deficit;
/// what it gains it sells by auction. Entries and exits are requests that wait at least one cooldown and are settled
/// together, at the first call after it: whoever waits cannot choose the moment. All accounts are kept here and never
/// read from a balance, so what is sent here changes nothing until `sync` lets it in slowly.
/// @dev `deposit`, `mint`, `withdraw` and `redeem` are refused and their `max` views are zero: there is no entry or
/// exit without a wait. Previews and conversions tell what a request would get if it were settled now.
contract Backstop is ERC4626 {
    using Math for uint256;
    using SafeERC20 for IERC20;
    using BackstopQueue for Queue;
    using BackstopSale for Lot;
    using Drip for Stream;

    event EntryRequested(uint256 indexed epoch, address indexed owner, uint256 assets);
    event EntryCancelled(uint256 indexed epoch, address indexed owner, uint256 assets);
    event EntryClaimed(uint256 indexed epoch, address indexed owner, uint256 shares, uint256 refunded);
    event ExitRequested(uint256 indexed epoch, address indexed owner, uint256 shares);
    event ExitClaimed(uint256 indexed epoch, address indexed owner, uint256 assets);
    event Bought(uint256 indexed market, uint256 paid, uint256 collateral);
    event Sold(
        uint256 indexed market, address indexed bidder, address indexed to, uint256 collateral, uint256 paid
    );
    event Paid(uint256 indexed market, uint256 covered);
    event Synced(uint256 arrived);

    error Locked();
    error OnlyByRequest();
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error BadAddress(string field, address value);
    error ZeroAmount(string field);
    error AmountTooLarge(string field, uint256 amount, uint256 limit);
    error PriceUnsafe(uint8 state);
    error DiscountTooSmall(uint256 paid, uint256 most);
    error PriceAboveLimit(uint256 paid, uint256 limit);

    uint256 private constant WAD = 1e18;
    uint256 private constant PRICE_SCALE = 1e36;
    uint256 public constant COOLDOWN_SECS_MIN = 1 days;
    uint256 public constant COOLDOWN_SECS_MAX = 30 days;
    /// @notice Least that `sync` lets in at a time: one whole synthetic.
    uint256 public constant SYNC_MIN = 1e18;

    IVaultBook public immutable book;
    /// @notice Seconds that a request waits at least; at most twice as many, where calls come in.
    uint256 public immutable cooldownSecs;
    /// @notice When the first epoch began, unix seconds. An epoch is one cooldown long.
    uint256 public immutable genesis;

    /// @notice Synthetic of the shareholders, without what still drips in, waits to enter or is owed.
    uint256 private _cash;
    Stream private _stream;
    Queue private _queue;
    mapping(uint256 market => Lot) private _lots;
    /// @dev One bit for each market that a lot is held of.
    uint256 private _lotBits;
    bool private transient _entered;

    modifier lock() {
        if (_entered) revert Locked();
        _entered = true;
        _;
        _entered = false;
    }

    /// @param book_ The synthetic; may not have code yet.
    constructor(IVaultBook book_, string memory name_, string memory symbol_, uint256 cooldownSecs_)
        ERC4626(IERC20(address(book_)))
        ERC20(name_, symbol_)
    {
        if (cooldownSecs_ < COOLDOWN_SECS_MIN || cooldownSecs_ > COOLDOWN_SECS_MAX) {
            revert BadTerm("cooldownSecs", cooldownSecs_, COOLDOWN_SECS_MIN, COOLDOWN_SECS_MAX);
        }
        book = book_;
        cooldownSecs = cooldownSecs_;
        genesis = block.timestamp;
    }

    // ---------------------------------------------------------------- entries and exits

    /// @notice Pay `assets` in, to become shares of `owner` when this epoch's entries are settled.
    /// @return epoch_ The epoch to claim by.
    function requestEntry(uint256 assets, address owner) external lock returns (uint256 epoch_) {
        if (assets == 0) revert ZeroAmount("assets");
        if (owner == address(0)) revert BadAddress("owner", owner);
        _settle();
        epoch_ = epoch();
        _queue.enter(epoch_, owner, assets);
        emit EntryRequested(epoch_, owner, assets);
        IERC20(asset()).safeTransferFrom(msg.sender, address(this), assets);
    }

    /// @notice Take an entry back that is not settled yet. An exit cannot be taken back: it would be a way to leave at
    /// any moment.
    function cancelEntry(uint256 epoch_) external lock returns (uint256 assets) {
        _settle();
        assets = _queue.cancelEntry(epoch_, msg.sender);
        emit EntryCancelled(epoch_, msg.sender, assets);
        IERC20(asset()).safeTransfer(msg.sender, assets);
    }

    /// @notice Send `owner` the shares of an entry that is settled, or the money where shares were too cheap to sell.
    function claimEntry(uint256 epoch_, address owner)
        external
        lock
        returns (uint256 shares, uint256 refunded)
    {
        _settle();
        (shares, refunded) = _queue.claimEntry(epoch_, owner);
        emit EntryClaimed(epoch_, owner, shares, refunded);
        if (shares != 0) _transfer(address(this), owner, shares);
        if (refunded != 0) IERC20(asset()).safeTransfer(owner, refunded);
    }

    /// @notice Hand `shares` in, to be paid when this epoch's exits are settled. Until then they gain and lose as all.
    /// @return epoch_ The epoch to claim by.
    function requestExit(uint256 shares) external lock returns (uint256 epoch_) {
        if (shares == 0) revert ZeroAmount("shares");
        _settle();
        epoch_ = epoch();
        _queue.exit(epoch_, msg.sender, shares);
        emit ExitRequested(epoch_, msg.sender, shares);
        _transfer(msg.sender, address(this), shares);
    }

    /// @notice Send `owner` what was paid for an exit since the last claim.
    function claimExit(uint256 epoch_, address owner) external lock returns (uint256 assets) {
        _settle();
        assets = _queue.claimExit(epoch_, owner);
        emit ExitClaimed(epoch_, owner, assets);
        IERC20(asset()).safeTransfer(owner, assets);
    }

    /// @notice Settle the requests that have waited long enough. Every other call does it first.
    function settle() external lock {
        _settle();
    }

    // ---------------------------------------------------------------- what it is for

    /// @notice Buy collateral of unhealthy vaults, at half the market's largest discount or more.
    /// @param maxPaid Most to pay; never more than the cash.
    function take(uint256 market, address[] calldata owners, uint256 maxPaid)
        external
        lock
        returns (uint256 paid, uint256 collateral)
    {
        _settle();
        MarketTerms memory terms = book.termsOf(market);
        (uint256 low, uint256 mid,,, PriceState state) = IPrices(terms.prices).price(terms.collateral);
        if (state > PriceState.Stepped) revert PriceUnsafe(uint8(state));
        (paid, collateral) = _buy(market, terms, owners, Math.min(maxPaid, _cash));
        // While the price steps, mid lags behind a fall and low does not.
        uint256 most = collateral.mulDiv(mid, PRICE_SCALE).mulDiv(WAD - (terms.maxDiscount + 1) / 2, WAD);
        most = Math.min(most, collateral.mulDiv(low, PRICE_SCALE));
        if (paid > most) revert DiscountTooSmall(paid, most);
        emit Bought(market, paid, collateral);
    }

    /// @dev What was paid and got is what balances say, not what the book answers.
    function _buy(uint256 market, MarketTerms memory terms, address[] calldata owners, uint256 budget)
        private
        returns (uint256 paid, uint256 collateral)
    {
        IERC20 token = IERC20(terms.collateral);
        uint256 ownBefore = IERC20(asset()).balanceOf(address(this));
        uint256 heldBefore = token.balanceOf(address(this));
        book.take(market, owners, budget, 0, "");
        paid = ownBefore - IERC20(asset()).balanceOf(address(this));
        collateral = token.balanceOf(address(this)) - heldBefore;
        if (collateral == 0) revert ZeroAmount("collateral");
        _cash -= paid;
        _lots[market].add(token, IPrices(terms.prices), collateral);
        _lotBits |= 1 << market;
    }

    /// @notice Pay a market's deficit, after interest and surplus have.
    /// @param amount Most to pay; never more than the cash or the deficit.
    function cover(uint256 market, uint256 amount) external lock returns (uint256 covered) {
        _settle();
        book.collect();
        uint256 before = IERC20(asset()).balanceOf(address(this));
        book.cover(market, Math.min(amount, _cash));
        covered = before - IERC20(asset()).balanceOf(address(this));
        if (covered == 0) revert ZeroAmount("cash");
        _cash -= covered;
        emit Paid(market, covered);
    }

    /// @notice Buy `amount` of what is held of a market's collateral at the price of this moment.
    /// @param maxPaid Most to pay, in base units of the synthetic.
    /// @return paid Rounded up.
    function bid(uint256 market, uint256 amount, uint256 maxPaid, address to)
        external
        lock
        returns (uint256 paid)
    {
        if (amount == 0) revert ZeroAmount("amount");
        _settle();
        Lot storage lot = _lots[market];
        if (amount > lot.held) revert AmountTooLarge("amount", amount, lot.held);
        paid = amount.mulDiv(lot.ask(), PRICE_SCALE, Math.Rounding.Ceil);
        if (paid > maxPaid) revert PriceAboveLimit(paid, maxPaid);
        IERC20 token = lot.token;
        lot.held -= uint128(amount); // checked above
        if (lot.held == 0) _lotBits &= ~(uint256(1) << market);
        _cash += paid;
        emit Sold(market, msg.sender, to, amount, paid);
        IERC20(asset()).safeTransferFrom(msg.sender, address(this), paid);
        token.safeTransfer(to, amount);
    }

    /// @notice Let in what arrived unasked, the book's surplus above all: it becomes cash evenly over a day, so that
    /// nobody gains by being here for the moment of its arrival.
    /// @return arrived Zero where there is nobody to have it, or less than `SYNC_MIN` of it.
    function sync() external lock returns (uint256 arrived) {
        _settle();
        uint256 booked = _cash + _stream.left + _queue.entering + _queue.owed;
        arrived = IERC20(asset()).balanceOf(address(this)) - booked;
        if (totalSupply() == 0 || arrived < SYNC_MIN) return 0;
        _stream.add(arrived);
        emit Synced(arrived);
    }

    // ---------------------------------------------------------------- settlement

    function _settle() private {
        _cash += _stream.vest();
        if (!_queue.waits(epoch())) return;
        (uint256 low, uint256 high, bool sure) = _lotValues();
        // What nobody can value waits. A lot that nobody can value for long counts as nothing, so nothing waits forever.
        if (sure) _settleEntries(high);
        if (sure) _settleExits(low);
    }

    function _settleEntries(uint256 lotsHigh) private {
        for (uint256 i = 0; i < BackstopQueue.SETTLED_MAX && _queue.entryRipe(epoch()); ++i) {
            (uint256 assets, uint256 shares) =
                _queue.settleEntries(totalSupply() + 10 ** _decimalsOffset(), _cash + lotsHigh + 1);
            if (shares == 0) continue;
            _cash += assets;
            _mint(address(this), shares);
            emit Deposit(address(this), address(this), assets, shares);
        }
    }

    function _settleExits(uint256 lotsLow) private {
        for (uint256 i = 0; i < BackstopQueue.SETTLED_MAX && _queue.exitRipe(epoch()); ++i) {
            (uint256 shares, uint256 assets, bool whole) =
                _queue.settleExits(totalSupply() + 10 ** _decimalsOffset(), _cash + lotsLow + 1, _cash);
            if (shares != 0) {
                _cash -= assets;
                _burn(address(this), shares);
                emit Withdraw(address(this), address(this), address(this), assets, shares);
            }
            if (!whole) return;
        }
    }

    /// @return low What is held of collateral at the low prices, rounded down.
    /// @return high The same at the high prices.
    /// @return sure Whether every price is good for it.
    function _lotValues() private view returns (uint256 low, uint256 high, bool sure) {
        sure = true;
        uint256 market;
        for (uint256 bits = _lotBits; bits != 0; bits >>= 1) {
            if (bits & 1 != 0) {
                (uint256 lotLow, uint256 lotHigh, bool lotSure) = _lots[market].values();
                low += lotLow;
                high += lotHigh;
                sure = sure && lotSure;
            }
            ++market;
        }
    }

    // ---------------------------------------------------------------- views

    /// @notice Cash, what has dripped in, and the collateral at its low prices, however safe they are.
    function totalAssets() public view override returns (uint256) {
        (uint256 low,,) = _lotValues();
        return _cash + _stream.vested() + low;
    }

    /// @notice What an entry would get now: collateral counts at its high prices.
    function previewDeposit(uint256 assets) public view override returns (uint256) {
        return assets.mulDiv(totalSupply() + 10 ** _decimalsOffset(), _totalHigh() + 1);
    }

    /// @notice What an entry would have to pay now: collateral counts at its high prices.
    function previewMint(uint256 shares) public view override returns (uint256) {
        return shares.mulDiv(_totalHigh() + 1, totalSupply() + 10 ** _decimalsOffset(), Math.Rounding.Ceil);
    }

    function _totalHigh() private view returns (uint256) {
        (, uint256 high,) = _lotValues();
        return _cash + _stream.vested() + high;
    }

    function maxDeposit(address) public pure override returns (uint256) {
        return 0;
    }

    function maxMint(address) public pure override returns (uint256) {
        return 0;
    }

    function maxWithdraw(address) public pure override returns (uint256) {
        return 0;
    }

    function maxRedeem(address) public pure override returns (uint256) {
        return 0;
    }

    /// @notice Which epoch it is. What is requested in one is settled from the beginning of the next but one.
    function epoch() public view returns (uint256) {
        return (block.timestamp - genesis) / cooldownSecs;
    }

    /// @return assets Base units that wait in the entries of `epoch_` for `owner`, or waited and are not claimed yet.
    /// @return settled Whether they can be claimed.
    function entryOf(uint256 epoch_, address owner) external view returns (uint256 assets, bool settled) {
        return (_queue.entryOf[epoch_][owner], _queue.entries[epoch_].settled);
    }

    /// @return shares Handed in by `owner` in `epoch_`.
    /// @return claimable Base units of the synthetic that can be claimed for them now.
    function exitOf(uint256 epoch_, address owner) external view returns (uint256 shares, uint256 claimable) {
        return (_queue.exitOf[epoch_][owner], _queue.claimable(epoch_, owner));
    }

    /// @return cash Of the shareholders.
    /// @return dripping Arrived, not theirs yet.
    /// @return entering Of entries that are not settled, and refunds.
    /// @return owed For exits that are settled and not claimed.
    function accounts()
        external
        view
        returns (uint256 cash, uint256 dripping, uint256 entering, uint256 owed)
    {
        uint256 vested = _stream.vested();
        return (_cash + vested, _stream.left - vested, _queue.entering, _queue.owed);
    }

    /// @return token The collateral held of `market`, for sale.
    /// @return held Base units.
    /// @return startedAt When its price began to fall, unix seconds.
    function lotOf(uint256 market) external view returns (address token, uint256 held, uint256 startedAt) {
        Lot storage lot = _lots[market];
        return (address(lot.token), lot.held, lot.startedAt);
    }

    /// @notice The price of this moment: the synthetic's base units for one of the collateral, times 1e36. Reverts
    /// while the sale waits for a price.
    function askOf(uint256 market) external view returns (uint256) {
        return _lots[market].ask();
    }

    // ---------------------------------------------------------------- internals

    /// @dev A million shares for one base unit: an attack by donation would cost a million times what it gains.
    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    function _deposit(address, address, uint256, uint256) internal pure override {
        revert OnlyByRequest();
    }

    function _withdraw(address, address, address, uint256, uint256) internal pure override {
        revert OnlyByRequest();
    }
}
