// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";
import {ITaker, IVaultBook, MarketTerms} from "../interfaces/IVaultBook.sol";
import {MulDiv} from "../lib/MulDiv.sol";
import {Transfers} from "../lib/Transfers.sol";
import {Auction, Clock, Fill, Lot} from "./Auction.sol";
import {OwnerTerms, Terms} from "./Terms.sol";
import {Limits, Totals, Vault, Vaults} from "./Vaults.sol";
import {VaultState} from "./VaultState.sol";

/// @title A synthetic and the book of its vaults
/// @notice Every entry has one shape: lock, load, price, convert, check, write, move tokens, emit. Nobody can touch
/// collateral that is not theirs but by the rules of `take` and `redeem`.
contract VaultBook is VaultState {
    using SafeERC20 for IERC20;
    using Terms for MarketTerms;
    using Transfers for IERC20;

    /// @dev One action of an owner, as it is worked out. Amounts are what really moves.
    struct Change {
        uint256 collateral;
        uint256 norm;
        uint256 flaggedAt;
        uint256 index; // zero until it is needed
        uint256 totalCollateral;
        uint256 totalNorm;
        uint256 fullAt;
        uint256 minted;
        uint256 burned;
    }

    /// @dev One take of many vaults, as it is worked out.
    struct Sale {
        uint256 market;
        uint256 index;
        uint256 mid;
        uint256 minDebt;
        bool byTimeOnly;
        Clock clock;
        uint256 norm;
        uint256 paid;
        uint256 collateral;
        uint256 deficit;
    }

    /// @dev One redemption, as it is worked out.
    struct Redemption {
        address owner;
        Vault vault;
        uint256 index;
        uint256 debt;
        uint256 value;
        uint256 high;
    }

    uint256 public constant OWNERS_MAX = 1_500;

    constructor(
        string memory name_,
        string memory symbol_,
        address governor_,
        address backstop_,
        address pegModule_,
        uint256 surplusBuffer_
    ) VaultState(name_, symbol_, governor_, backstop_, pegModule_, surplusBuffer_) {}

    // ---------------------------------------------------------------- owners

    /// @inheritdoc IVaultBook
    function adjust(uint256 market, int256 dCollateral, int256 dDebt)
        external
        override
        lock
        returns (int256, int256)
    {
        return _adjust(market, msg.sender, dCollateral, dDebt, msg.sender);
    }

    /// @inheritdoc IVaultBook
    function adjustFor(uint256 market, address owner, int256 dCollateral, int256 dDebt, address to)
        external
        override
        lock
        returns (int256, int256)
    {
        bool safer = dCollateral >= 0 && dDebt <= 0;
        if (!safer && owner != msg.sender && !isOperator[owner][msg.sender]) {
            revert NotOperator(owner, msg.sender);
        }
        if (to == address(this)) revert BadAddress("to", to);
        return _adjust(market, owner, dCollateral, dDebt, to);
    }

    function _adjust(uint256 market, address owner, int256 dCollateral, int256 dDebt, address to)
        private
        returns (int256 collateral, int256 debt)
    {
        OwnerTerms memory terms = Terms.readOwner(market);
        VaultSlot storage vault = _vaults[market][owner];
        TotalsSlot storage sums = _totals[market];
        Change memory change = _load(vault.word, sums.word);
        uint256 normBefore = change.norm;
        if (dDebt < 0) _repay(market, change, dDebt, terms);
        else if (dDebt > 0) _borrow(market, change, uint256(dDebt), terms);
        collateral = _moveCollateral(change, dCollateral);
        if (dDebt > 0 || (collateral < 0 && change.norm != 0)) {
            _requireCollateralised(market, owner, change, terms);
        }
        vault.word = Vaults.vaultOf(change.collateral, change.norm, change.flaggedAt);
        sums.word = Vaults.totalsOf(change.totalCollateral, change.totalNorm, change.fullAt);
        debt = int256(change.minted) - int256(change.burned);
        emit Adjusted(market, owner, collateral, debt, int256(change.norm) - int256(normBefore));

        if (change.burned != 0) _burn(msg.sender, change.burned);
        if (change.minted != 0) _mint(to, change.minted);
        IERC20 token = IERC20(address(terms.collateral));
        if (collateral > 0) token.pull(msg.sender, address(this), uint256(collateral));
        else if (collateral < 0) token.safeTransfer(to, uint256(-collateral));
    }

    function _load(Vault vault, Totals totals_) private pure returns (Change memory change) {
        change.collateral = vault.collateral();
        change.norm = vault.norm();
        change.flaggedAt = vault.flaggedAt();
        change.totalCollateral = totals_.collateral();
        change.totalNorm = totals_.norm();
        change.fullAt = totals_.fullAt();
    }

    function _repay(uint256 market, Change memory change, int256 dDebt, OwnerTerms memory terms)
        private
        view
    {
        if (change.norm == 0) return;
        Limits limits = _limits[market];
        change.index = limits.index();
        uint256 owed = Auction.debtUp(change.norm, change.index);
        uint256 cut = change.norm;
        // The market's last debt is paid as the sum over markets counts it: rounded up, it would ask for a unit of the
        // synthetic that nobody holds, and could never be closed.
        change.burned = cut == change.totalNorm ? Auction.debtDown(cut, change.index) : owed;
        // The least integer has no opposite; it means all.
        if (dDebt != type(int256).min && uint256(-dDebt) < owed) {
            cut = MulDiv.mulDivDown(uint256(-dDebt), WAD, change.index);
            change.burned = Auction.debtUp(cut, change.index);
            _requireMinDebt(change.norm - cut, change.index, terms.minDebt);
        }
        change.norm -= cut;
        change.totalNorm -= cut;
        change.fullAt = Vaults.refill(change.fullAt, change.burned, limits.mintLimit(), terms.mintWindowSecs);
    }

    function _borrow(uint256 market, Change memory change, uint256 amount, OwnerTerms memory terms)
        private
        view
    {
        Limits limits = _limits[market];
        if (limits.stoppedUntil() > block.timestamp) revert NewDebtIsStopped(limits.stoppedUntil());
        if (amount > Vaults.NORM_MAX) revert AmountTooLarge("debt", amount, Vaults.NORM_MAX);
        change.index = limits.index();
        uint256 added = MulDiv.mulDivUp(amount, WAD, change.index);
        change.norm += added;
        change.totalNorm += added;
        change.minted = amount;
        _requireMinDebt(change.norm, change.index, terms.minDebt);
        uint256 debt = Auction.debtUp(change.totalNorm, change.index);
        if (debt > limits.ceiling()) revert CeilingReached(debt, limits.ceiling());
        uint256 limit = limits.mintLimit();
        uint256 next = Vaults.drain(change.fullAt, amount, limit, terms.mintWindowSecs);
        if (next == 0) {
            revert MintLimitReached(amount, Vaults.mintable(change.fullAt, limit, terms.mintWindowSecs));
        }
        change.fullAt = next;
    }

    function _requireMinDebt(uint256 norm, uint256 index, uint256 minDebt) private pure {
        uint256 debt = Auction.debtUp(norm, index);
        if (debt != 0 && debt < minDebt) revert DebtTooSmall(debt, minDebt);
    }

    function _moveCollateral(Change memory change, int256 dCollateral) private pure returns (int256 moved) {
        if (dCollateral >= 0) {
            if (uint256(dCollateral) > Vaults.COLLATERAL_MAX) {
                revert AmountTooLarge("collateral", uint256(dCollateral), Vaults.COLLATERAL_MAX);
            }
            change.collateral += uint256(dCollateral);
            change.totalCollateral += uint256(dCollateral);
            return dCollateral;
        }
        uint256 out = change.collateral;
        if (dCollateral != type(int256).min) {
            out = uint256(-dCollateral);
            if (out > change.collateral) revert AmountTooLarge("collateral", out, change.collateral);
        }
        change.collateral -= out;
        change.totalCollateral -= out;
        return -int256(out);
    }

    function _requireCollateralised(
        uint256 market,
        address owner,
        Change memory change,
        OwnerTerms memory terms
    ) private {
        (uint256 low,,, PriceState state) = _priceOf(terms.prices, address(terms.collateral));
        if (state != PriceState.Safe) revert PriceUnsafe(market, uint8(state));
        if (change.index == 0) change.index = _limits[market].index();
        uint256 debt = Auction.debtUp(change.norm, change.index);
        uint256 value = Auction.valueDown(change.collateral, low);
        if (Auction.unhealthy(debt, value, terms.borrowLtv)) {
            revert Undercollateralised(debt, value * terms.borrowLtv / WAD);
        }
        if (change.flaggedAt != 0) {
            change.flaggedAt = 0;
            emit Unflagged(market, owner);
        }
    }

    // ---------------------------------------------------------------- liquidation

    /// @inheritdoc IVaultBook
    function take(
        uint256 market,
        address[] calldata owners,
        uint256 maxPaid,
        uint256 minCollateral,
        bytes calldata data
    ) external override lock returns (uint256 paid, uint256 collateral) {
        if (owners.length > OWNERS_MAX) revert TooManyOwners(owners.length, OWNERS_MAX);
        MarketTerms memory terms = Terms.read(market);
        Sale memory sale = _openSale(market, terms);
        mapping(address owner => VaultSlot) storage vaults = _vaults[market];
        for (uint256 i = 0; i < owners.length; ++i) {
            address owner = owners[i];
            _takeOne(sale, owner, vaults[owner], maxPaid - sale.paid);
        }
        if (sale.norm == 0) revert NothingToTake();
        (paid, collateral) = (sale.paid, sale.collateral);
        if (collateral < minCollateral) revert TooLittleCollateral(collateral, minCollateral);
        _cutTotals(market, collateral, sale.norm);
        _addDeficit(market, sale.deficit);

        if (collateral != 0) IERC20(terms.collateral).safeTransfer(msg.sender, collateral);
        if (data.length != 0) ITaker(msg.sender).onTake(market, paid, collateral, data);
        _burn(msg.sender, paid);
    }

    function _openSale(uint256 market, MarketTerms memory terms) private view returns (Sale memory sale) {
        (, uint256 mid,, PriceState state) = _priceOf(IPrices(terms.prices), terms.collateral);
        if (state == PriceState.Grace) revert PriceUnsafe(market, uint8(state));
        sale.market = market;
        sale.mid = mid;
        sale.byTimeOnly = state == PriceState.Late;
        sale.index = _limits[market].index();
        sale.minDebt = terms.minDebt;
        sale.clock = terms.clockOf();
    }

    /// @dev Takes what the budget allows of one vault, if it is unhealthy.
    function _takeOne(Sale memory sale, address owner, VaultSlot storage slot, uint256 budget) private {
        Vault vault = slot.word;
        Lot memory lot;
        lot.collateral = vault.collateral();
        lot.norm = vault.norm();
        bool unhealthy;
        (unhealthy, lot.debt, lot.value) = _health(sale, lot.norm, lot.collateral);
        if (!unhealthy) return;
        (bool running, uint256 elapsed) = Auction.elapsedOf(vault.flaggedAt(), sale.clock);
        lot.index = sale.index;
        lot.mid = sale.mid;
        lot.discount = Auction.discount(lot.debt, lot.value, elapsed, sale.byTimeOnly, sale.clock);
        lot.liqLtv = sale.clock.liqLtv;
        lot.minDebt = sale.minDebt;
        lot.budget = budget;
        Fill memory fill = Auction.settle(lot);
        if (fill.norm == 0) return;
        sale.norm += fill.norm;
        sale.paid += fill.paid;
        sale.collateral += fill.collateral;
        sale.deficit += fill.deficit;
        emit Taken(sale.market, owner, msg.sender, fill.paid, fill.collateral, fill.norm, fill.deficit);
        lot.collateral -= fill.collateral;
        lot.norm -= fill.norm;
        if (!fill.healed) (unhealthy,,) = _health(sale, lot.norm, lot.collateral);
        // What is left is without a clock if it is healthy, else with one that runs.
        uint256 flaggedAt;
        if (unhealthy && !fill.healed) {
            flaggedAt = running ? vault.flaggedAt() : block.timestamp;
            if (!running) emit Flagged(sale.market, owner);
        }
        slot.word = Vaults.vaultOf(lot.collateral, lot.norm, flaggedAt);
    }

    function _health(Sale memory sale, uint256 norm, uint256 held)
        private
        pure
        returns (bool unhealthy, uint256 debt, uint256 value)
    {
        if (norm == 0) return (false, 0, 0);
        debt = Auction.debtUp(norm, sale.index);
        value = Auction.valueDown(held, sale.mid);
        unhealthy = Auction.unhealthy(debt, value, sale.clock.liqLtv);
    }

    /// @inheritdoc IVaultBook
    function flag(uint256 market, address owner) external override lock returns (bool running) {
        MarketTerms memory terms = Terms.read(market);
        Sale memory sale = _openSale(market, terms);
        VaultSlot storage slot = _vaults[market][owner];
        Vault vault = slot.word;
        (bool unhealthy,,) = _health(sale, vault.norm(), vault.collateral());
        if (!unhealthy) {
            if (vault.flaggedAt() != 0) {
                slot.word = vault.withFlag(0);
                emit Unflagged(market, owner);
            }
            return false;
        }
        (running,) = Auction.elapsedOf(vault.flaggedAt(), sale.clock);
        if (!running) {
            slot.word = vault.withFlag(block.timestamp);
            emit Flagged(market, owner);
        }
        return true;
    }

    /// @inheritdoc IVaultBook
    function book(uint256 market, address owner) external override lock returns (uint256 deficit) {
        MarketTerms memory terms = Terms.read(market);
        (,, uint256 high, PriceState state) = _priceOf(IPrices(terms.prices), terms.collateral);
        if (state != PriceState.Safe) revert PriceUnsafe(market, uint8(state));
        VaultSlot storage slot = _vaults[market][owner];
        Vault vault = slot.word;
        uint256 index = _limits[market].index();
        uint256 debt = Auction.debtUp(vault.norm(), index);
        uint256 value = Auction.valueDown(vault.collateral(), high);
        if (debt <= value) revert NothingToBook(owner);
        uint256 cut = value == 0 ? vault.norm() : MulDiv.mulDivDown(debt - value, WAD, index);
        if (cut == 0) revert NothingToBook(owner);
        deficit = Auction.debtUp(cut, index);
        slot.word = Vaults.vaultOf(vault.collateral(), vault.norm() - cut, vault.flaggedAt());
        _cutTotals(market, 0, cut);
        _addDeficit(market, deficit);
        emit Booked(market, owner, cut, deficit);
    }

    // ---------------------------------------------------------------- redemption

    /// @inheritdoc IVaultBook
    function redeem(uint256 market, address owner, uint256 amount, uint256 minCollateral)
        external
        override
        lock
        returns (uint256 burned, uint256 collateral)
    {
        MarketTerms memory terms = Terms.read(market);
        Redemption memory asked = _openRedemption(market, owner, terms);
        uint256 cut;
        (burned, cut) = _burnedFor(asked, amount, terms.minDebt);
        uint256 fee = _redemptionFee(asked.debt, asked.value, terms);
        collateral = Auction.debtDown(cut, asked.index) * (WAD - fee) * WAD / asked.high;
        if (collateral < minCollateral) revert TooLittleCollateral(collateral, minCollateral);
        Vault vault = asked.vault;
        _vaults[market][owner].word =
            Vaults.vaultOf(vault.collateral() - collateral, vault.norm() - cut, vault.flaggedAt());
        _cutTotals(market, collateral, cut);
        emit Redeemed(market, owner, msg.sender, burned, collateral, cut, fee);

        _burn(msg.sender, burned);
        if (collateral != 0) IERC20(terms.collateral).safeTransfer(msg.sender, collateral);
    }

    function _openRedemption(uint256 market, address owner, MarketTerms memory terms)
        private
        view
        returns (Redemption memory asked)
    {
        (, uint256 mid, uint256 high, PriceState state) = _priceOf(IPrices(terms.prices), terms.collateral);
        if (state > PriceState.Stepped) revert PriceUnsafe(market, uint8(state));
        asked.owner = owner;
        asked.vault = _vaults[market][owner].word;
        asked.index = _limits[market].index();
        asked.debt = Auction.debtUp(asked.vault.norm(), asked.index);
        asked.value = Auction.valueDown(asked.vault.collateral(), mid);
        asked.high = high;
        if (asked.debt == 0) revert NothingToRedeem(owner);
        if (asked.debt >= asked.value) revert Insolvent(owner, asked.debt, asked.value);
    }

    /// @dev What is burned of `amount` and cut of the vault's norm; the rest is the holders' common loss.
    function _burnedFor(Redemption memory asked, uint256 amount, uint256 minDebt)
        private
        returns (uint256 burned, uint256 cut)
    {
        (uint256 backing, uint256 supply) = _settleLosses();
        if (amount > supply) revert AmountTooLarge("amount", amount, supply);
        uint256 debt = asked.debt;
        uint256 paid = supply == 0 ? 0 : MulDiv.mulDivDown(amount, backing, supply);
        cut = asked.vault.norm();
        if (paid < debt) {
            if (debt - paid < minDebt) paid = debt > minDebt ? debt - minDebt : 0;
            cut = MulDiv.mulDivDown(paid, WAD, asked.index);
        }
        if (cut == 0) revert NothingToRedeem(asked.owner);
        burned = Auction.debtUp(cut, asked.index);
        if (backing == supply) return (burned, cut);
        uint256 atFace = burned;
        burned = MulDiv.mulDivUp(atFace, supply, backing);
        if (burned > amount) burned = amount > atFace ? amount : atFace;
        _cancelDeficit(burned - atFace, address(0));
    }

    function _redemptionFee(uint256 debt, uint256 value, MarketTerms memory terms)
        private
        pure
        returns (uint256)
    {
        // One division, so that nothing is lost between two: debt < 2^114, and value * liqLtv < 2^254.
        uint256 ratio = debt * WAD * WAD / (value * terms.liqLtv);
        if (ratio >= WAD) return terms.feeMin;
        return terms.feeMin + MulDiv.mulDivUp(terms.feeSlope, WAD - ratio, WAD);
    }

    function _cutTotals(uint256 market, uint256 collateral, uint256 norm) private {
        TotalsSlot storage sums = _totals[market];
        Totals totals_ = sums.word;
        sums.word =
            Vaults.totalsOf(totals_.collateral() - collateral, totals_.norm() - norm, totals_.fullAt());
    }
}
