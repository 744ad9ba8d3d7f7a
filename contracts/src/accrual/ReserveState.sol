// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IAccrualToken} from "../interfaces/IAccrualToken.sol";
import {IReserve, Terms, LoanView, AssetView} from "../interfaces/IReserve.sol";
import {MulDiv} from "../lib/MulDiv.sol";
import {AssetLedger} from "./AssetLedger.sol";
import {Book, LoanBook} from "./LoanBook.sol";
import {Config, ReserveConfig} from "./ReserveConfig.sol";

/// @title The state of a reserve: its ledger, its loans, its pause, and every view of them
abstract contract ReserveState is IReserve {
    using AssetLedger for AssetLedger.Asset;
    using AssetLedger for AssetLedger.State;
    using LoanBook for LoanBook.Loan;

    uint256 internal constant BPS = 10_000;
    uint256 private constant WAD = 1e18;

    mapping(uint256 index => AssetLedger.Asset) internal _assets;
    mapping(uint256 loanId => LoanBook.Loan) internal _loans;
    Book internal _book;
    bool private transient _entered;

    modifier lock() {
        if (_entered) revert Locked();
        _entered = true;
        _;
        _entered = false;
    }

    /// @dev Views of the ledger are as closed as entries while assets are on the move.
    modifier whenUnlocked() {
        if (_entered) revert Locked();
        _;
    }

    // ---------------------------------------------------------------- pause

    /// @inheritdoc IReserve
    function pause(uint256 secs) external override lock {
        _requireGuardian();
        Config config = ReserveConfig.load();
        _book = LoanBook.pause(_book, secs, config.elapsed(), config.genesis());
        emit Paused(msg.sender, block.timestamp + secs);
    }

    /// @inheritdoc IReserve
    function unpause() external override lock {
        _requireGuardian();
        _book = LoanBook.unpause(_book, ReserveConfig.load().elapsed());
        emit Unpaused(msg.sender);
    }

    // ---------------------------------------------------------------- views

    function model() external pure override returns (bytes32) {
        return "accrual";
    }

    function reserves() external view override returns (address[] memory assets, uint256[] memory amounts) {
        (amounts,) = backing();
        assets = new address[](amounts.length);
        for (uint256 j = 0; j < assets.length; ++j) {
            assets[j] = ReserveConfig.asset(j);
        }
    }

    function claims() public view override returns (uint256) {
        return IAccrualToken(token()).claims();
    }

    function backingOf(uint256 tokens) public view override returns (uint256[] memory amounts) {
        uint256 claimsNow;
        (amounts, claimsNow) = backing();
        if (tokens > claimsNow) revert AmountTooLarge("tokens", tokens, claimsNow);
        if (claimsNow == 0) revert NoClaims();
        for (uint256 j = 0; j < amounts.length; ++j) {
            amounts[j] = MulDiv.mulDivDown(tokens, amounts[j], claimsNow);
        }
    }

    /// @inheritdoc IReserve
    function backing()
        public
        view
        override
        whenUnlocked
        returns (uint256[] memory totals, uint256 claimsNow)
    {
        Config config = ReserveConfig.load();
        totals = new uint256[](config.count());
        for (uint256 j = 0; j < config.count(); ++j) {
            totals[j] = _peek(j, config).total();
        }
        return (totals, claims());
    }

    /// @inheritdoc IReserve
    function assetAt(uint256 index) external view override whenUnlocked returns (AssetView memory) {
        Config config = ReserveConfig.load();
        _requireAsset(index, config.count());
        AssetLedger.State memory state = _peek(index, config);
        return AssetView(ReserveConfig.asset(index), state.cash, state.lent, state.streaming());
    }

    /// @inheritdoc IReserve
    function previewRedeem(uint256 tokens) external view override returns (uint256[] memory paid) {
        Config config = ReserveConfig.load();
        if (!config.redeemable()) revert RedemptionOff();
        paid = backingOf(tokens);
        for (uint256 j = 0; j < paid.length; ++j) {
            paid[j] -= MulDiv.mulDivUp(paid[j], config.redeemFeeBps(), BPS);
        }
    }

    /// @inheritdoc IReserve
    function maxBorrow(uint256 collateral) external view override returns (uint256[] memory most) {
        uint256 ltvBps = ReserveConfig.load().ltvBps();
        most = backingOf(collateral);
        for (uint256 j = 0; j < most.length; ++j) {
            most[j] = MulDiv.mulDivDown(most[j], ltvBps, BPS);
        }
    }

    /// @inheritdoc IReserve
    function freeHolderCoverage(uint256 index) external view override whenUnlocked returns (uint256) {
        Config config = ReserveConfig.load();
        _requireAsset(index, config.count());
        AssetLedger.State memory state = _peek(index, config);
        uint256 claimsNow = claims();
        uint256 toCover =
            MulDiv.mulDivUp(state.total(), claimsNow - _book.locked(), claimsNow == 0 ? 1 : claimsNow);
        return toCover == 0 ? type(uint256).max : MulDiv.mulDivDown(state.cash, WAD, toCover);
    }

    /// @inheritdoc IReserve
    function loan(uint256 loanId) external view override whenUnlocked returns (LoanView memory) {
        Config config = ReserveConfig.load();
        LoanBook.State memory current = _knownLoan(loanId, config.count());
        uint256 deadline = config.genesis() + current.deadline + _book.pausedSecs(config.elapsed());
        address borrower = LoanBook.borrowerOf(loanId);
        uint256 graceEnd = deadline + config.graceSecs();
        return LoanView(borrower, current.collateral, deadline, graceEnd, current.principal);
    }

    /// @inheritdoc IReserve
    function locked() external view override whenUnlocked returns (uint256) {
        return _book.locked();
    }

    /// @inheritdoc IReserve
    function loanCount() external view override returns (uint256) {
        return _book.loanCount();
    }

    /// @inheritdoc IReserve
    function pausedUntil() external view override returns (uint256) {
        Config config = ReserveConfig.load();
        return _book.isPaused(config.elapsed()) ? config.genesis() + _book.pauseEnd() : 0;
    }

    /// @inheritdoc IReserve
    function token() public view override returns (address) {
        return ReserveConfig.token();
    }

    /// @inheritdoc IReserve
    function converter() public view override returns (address) {
        return IAccrualToken(token()).converter();
    }

    /// @inheritdoc IReserve
    function terms() external view override returns (Terms memory) {
        return ReserveConfig.terms(ReserveConfig.load());
    }

    /// @inheritdoc IReserve
    function assetCount() external view override returns (uint256) {
        return ReserveConfig.load().count();
    }

    function maxFlashLoan(address asset) external view override whenUnlocked returns (uint256) {
        Config config = ReserveConfig.load();
        if (_book.isPaused(config.elapsed())) return 0;
        for (uint256 j = 0; j < config.count(); ++j) {
            if (ReserveConfig.asset(j) == asset) return _peek(j, config).cash;
        }
        return 0;
    }

    function flashFee(address asset, uint256 amount) external view override returns (uint256) {
        Config config = ReserveConfig.load();
        _indexOf(asset, config.count());
        return MulDiv.mulDivUp(amount, config.flashFeeBps(), BPS);
    }

    // ---------------------------------------------------------------- internals

    function _knownLoan(uint256 loanId, uint256 count) internal view returns (LoanBook.State memory current) {
        current = _loans[loanId].load(count);
        if (current.collateral == 0) revert UnknownLoan(loanId);
    }

    function _peek(uint256 index, Config config) internal view returns (AssetLedger.State memory) {
        return _assets[index].load(config.elapsed(), config.dripSecs());
    }

    function _requireOpen(Book book, Config config) internal view {
        if (book.isPaused(config.elapsed())) revert EntriesPaused(config.genesis() + book.pauseEnd());
    }

    function _requireAsset(uint256 index, uint256 count) internal pure {
        if (index >= count) revert UnknownAsset(index, count);
    }

    function _requireGuardian() internal view {
        if (msg.sender != IAccrualToken(token()).guardian()) revert NotGuardian(msg.sender);
    }

    function _indexOf(address asset, uint256 count) internal view returns (uint256) {
        for (uint256 j = 0; j < count; ++j) {
            if (ReserveConfig.asset(j) == asset) return j;
        }
        revert AssetNotBacking(asset);
    }
}
