// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAccrualToken} from "../interfaces/IAccrualToken.sol";
import {IERC3156FlashBorrower} from "../interfaces/IERC3156.sol";
import {IReserve} from "../interfaces/IReserve.sol";
import {IWrappedNative} from "../interfaces/IUniswapV2.sol";
import {MulDiv} from "../lib/MulDiv.sol";
import {Transfers} from "../lib/Transfers.sol";
import {AssetLedger} from "./AssetLedger.sol";
import {Book, LoanBook} from "./LoanBook.sol";
import {Config, ReserveConfig} from "./ReserveConfig.sol";
import {ReserveState} from "./ReserveState.sol";

/// @title The reserve of one accrual token
/// @notice A minimal clone per launch; its terms are in its code. Its ledger is its own, never `balanceOf`. Every
/// entry has one shape: lock, check, load vested assets, convert from amounts, write, move tokens, emit.
contract Reserve is ReserveState {
    using AssetLedger for AssetLedger.Asset;
    using AssetLedger for AssetLedger.State;
    using LoanBook for LoanBook.Loan;
    using LoanBook for LoanBook.State;
    using SafeERC20 for IERC20;

    bytes32 private constant FLASH_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    receive() external payable {
        if (msg.sender != ReserveConfig.wrappedNative()) revert NotWrappedNative(msg.sender);
    }

    // ---------------------------------------------------------------- redemption

    /// @inheritdoc IReserve
    function redeem(uint256 tokens, uint256 forgo, address to, bool unwrap)
        external
        override
        lock
        returns (uint256[] memory paid)
    {
        Config config = ReserveConfig.load();
        if (!config.redeemable()) revert RedemptionOff();
        if (tokens == 0) revert ZeroAmount("tokens");
        uint256 everything = (1 << config.count()) - 1;
        if (forgo & everything == everything) revert EverythingForgone();

        uint256 claimsBefore = IAccrualToken(token()).burnOf(msg.sender, tokens);
        paid = new uint256[](config.count());
        uint256[] memory fees = new uint256[](config.count());
        for (uint256 j = 0; j < config.count(); ++j) {
            if (forgo >> j & 1 != 0) continue;
            AssetLedger.State memory state = _peek(j, config);
            uint256 gross = MulDiv.mulDivDown(tokens, state.total(), claimsBefore);
            fees[j] = MulDiv.mulDivUp(gross, config.redeemFeeBps(), BPS);
            paid[j] = gross - fees[j];
            state.cash -= paid[j];
            state.toStream(fees[j]);
            _assets[j].store(state, config.elapsed());
        }
        emit Redeemed(msg.sender, to, tokens, paid, fees);
        _payAll(to, paid, unwrap);
    }

    // ---------------------------------------------------------------- loans

    /// @inheritdoc IReserve
    function borrow(uint256 collateral, uint256[] calldata principal, address to, bool unwrap)
        external
        override
        lock
        returns (uint256 loanId)
    {
        Config config = ReserveConfig.load();
        Book book = _book;
        _requireOpen(book, config);
        if (collateral == 0) revert ZeroAmount("collateral");
        if (collateral > LoanBook.MAX_COLLATERAL) {
            revert AmountTooLarge("collateral", collateral, LoanBook.MAX_COLLATERAL);
        }
        _requireLength(principal.length, config.count());

        LoanBook.State memory opened;
        opened.collateral = collateral;
        opened.deadline = book.clock(config.elapsed()) + config.termSecs();
        opened.principal = principal;
        (uint256[] memory paid, uint256[] memory fees) = _lend(opened, config);

        loanId = _record(opened, book);
        uint256 deadline = config.genesis() + opened.deadline + book.pausedSecs(config.elapsed());
        emit Borrowed(loanId, msg.sender, collateral, deadline, principal, fees);
        _payAll(to, paid, unwrap);
    }

    function _record(LoanBook.State memory opened, Book book) private returns (uint256 loanId) {
        book = book.lockMore(opened.collateral);
        loanId = LoanBook.idOf(msg.sender, book.loanCount());
        _loans[loanId].store(opened);
        _book = book;
    }

    /// @dev Lock the collateral and move every principal from cash to lent, its fee into the stream.
    function _lend(LoanBook.State memory opened, Config config)
        private
        returns (uint256[] memory paid, uint256[] memory fees)
    {
        uint256 claimsNow = IAccrualToken(token()).lockFrom(msg.sender, opened.collateral);
        paid = new uint256[](config.count());
        fees = new uint256[](config.count());
        uint256 any;
        for (uint256 j = 0; j < config.count(); ++j) {
            uint256 principal = opened.principal[j];
            if (principal == 0) continue;
            any = 1;
            AssetLedger.State memory state = _peek(j, config);
            uint256 most = _maxPrincipal(opened.collateral, state.total(), claimsNow, config.ltvBps());
            if (principal > most) revert PrincipalTooLarge(j, principal, most);
            fees[j] = MulDiv.mulDivUp(principal, config.termFeeBps(), BPS);
            paid[j] = principal - fees[j];
            state.cash -= principal;
            state.lent += principal;
            // The fee stays inside while the whole principal counts as lent: it takes room under the cap.
            state.receiveInto(fees[j]);
            _assets[j].store(state, config.elapsed());
        }
        if (any == 0) revert ZeroAmount("principal");
    }

    /// @inheritdoc IReserve
    function repay(uint256 loanId, uint256[] calldata amounts)
        external
        override
        lock
        returns (uint256 released)
    {
        Config config = ReserveConfig.load();
        _requireLength(amounts.length, config.count());
        LoanBook.State memory current = _aliveLoan(loanId, config);
        uint256[] memory taken = amounts;
        released = current.reduce(taken);

        if (current.collateral == 0) _loans[loanId].clear(config.count());
        else _loans[loanId].store(current);
        _book = _book.lockLess(released);
        for (uint256 j = 0; j < config.count(); ++j) {
            if (taken[j] == 0) continue;
            AssetLedger.State memory state = _peek(j, config);
            state.cash += taken[j];
            state.lent -= taken[j];
            _assets[j].store(state, config.elapsed());
        }
        emit Repaid(loanId, msg.sender, released, taken);
        _pullAll(taken);
        if (released != 0) IAccrualToken(token()).transfer(LoanBook.borrowerOf(loanId), released);
    }

    /// @inheritdoc IReserve
    function extend(uint256 loanId) external override lock {
        Config config = ReserveConfig.load();
        LoanBook.State memory current = _aliveLoan(loanId, config);
        uint256 deadline = _addTerm(loanId, current, config);
        uint256[] memory fees = _termFees(current, config);
        for (uint256 j = 0; j < config.count(); ++j) {
            if (fees[j] == 0) continue;
            AssetLedger.State memory state = _peek(j, config);
            state.receiveInto(fees[j]);
            _assets[j].store(state, config.elapsed());
        }
        emit Extended(loanId, msg.sender, deadline, fees);
        _pullAll(fees);
    }

    /// @inheritdoc IReserve
    function extendByBurn(uint256 loanId, uint256 maxBurn) external override lock returns (uint256 burned) {
        if (LoanBook.borrowerOf(loanId) != msg.sender) revert NotBorrower(loanId, msg.sender);
        Config config = ReserveConfig.load();
        LoanBook.State memory current = _aliveLoan(loanId, config);
        AssetLedger.State[] memory states = _loadAll(config);
        uint256 claimsNow = IAccrualToken(token()).claims();
        burned = _burnForFee(current, _termFees(current, config), states, claimsNow);
        if (burned > maxBurn) revert BurnTooLarge(burned, maxBurn);

        current.collateral -= burned;
        _book = _book.lockLess(burned);
        uint256 deadline = _addTerm(loanId, current, config);
        uint256[] memory streamed = _streamBacking(states, burned, claimsNow, config.elapsed());
        emit ExtendedByBurn(loanId, deadline, burned, streamed);
        IAccrualToken(token()).burnOf(address(this), burned);
    }

    /// @inheritdoc IReserve
    function foreclose(uint256[] calldata loanIds) external override lock returns (uint256 closed) {
        Config config = ReserveConfig.load();
        uint256 clock = _book.clock(config.elapsed());
        AssetLedger.State[] memory states = _loadAll(config);
        uint256 claimsBefore = IAccrualToken(token()).claims();
        uint256 burned;
        for (uint256 i = 0; i < loanIds.length; ++i) {
            LoanBook.State memory current = _loans[loanIds[i]].load(config.count());
            if (current.collateral == 0 || clock < current.deadline + config.graceSecs()) continue;
            uint256[] memory surplus = _writeOff(states, current, claimsBefore - burned);
            burned += current.collateral;
            ++closed;
            _loans[loanIds[i]].clear(config.count());
            emit Foreclosed(loanIds[i], current.collateral, current.principal, surplus);
        }
        if (closed == 0) revert NothingToForeclose();
        _storeAll(states, config.elapsed());
        _book = _book.lockLess(burned);
        IAccrualToken(token()).burnOf(address(this), burned);
    }

    /// @dev Take a defaulted loan off every asset: its principal is gone, the rest of its backing streams to all.
    /// Never negative: a loan's principal is at most its collateral's backing (theorem 3).
    function _writeOff(AssetLedger.State[] memory states, LoanBook.State memory current, uint256 claimsNow)
        private
        pure
        returns (uint256[] memory surplus)
    {
        surplus = new uint256[](states.length);
        for (uint256 j = 0; j < states.length; ++j) {
            uint256 backed = MulDiv.mulDivDown(current.collateral, states[j].total(), claimsNow);
            surplus[j] = backed - current.principal[j];
            states[j].lent -= current.principal[j];
            states[j].toStream(surplus[j]);
        }
    }

    // ---------------------------------------------------------------- what flows in

    /// @inheritdoc IReserve
    function donate(uint256 index, uint256 amount) external override lock {
        if (amount == 0) revert ZeroAmount("amount");
        Config config = ReserveConfig.load();
        _requireAsset(index, config.count());
        _credit(config, index, amount, Source.Donation);
        Transfers.pull(IERC20(ReserveConfig.asset(index)), msg.sender, address(this), amount);
    }

    /// @inheritdoc IReserve
    function sync(uint256 index) external override lock returns (uint256 credited) {
        Config config = ReserveConfig.load();
        _requireAsset(index, config.count());
        AssetLedger.State memory state = _peek(index, config);
        uint256 entered = state.total() + state.streaming();
        uint256 held = IERC20(ReserveConfig.asset(index)).balanceOf(address(this)) + state.lent;
        if (held > AssetLedger.CAP) held = AssetLedger.CAP;
        if (held <= entered) return 0;
        credited = held - entered;
        state.receiveInto(credited);
        _assets[index].store(state, config.elapsed());
        emit Inflow(index, msg.sender == converter() ? Source.Conversion : Source.Donation, credited);
    }

    /// @inheritdoc IReserve
    function burnConverted(uint256 tokens) external override lock {
        if (msg.sender != converter()) revert NotConverter(msg.sender);
        Config config = ReserveConfig.load();
        uint256 claimsBefore = IAccrualToken(token()).burnOf(msg.sender, tokens);
        AssetLedger.State[] memory states = _loadAll(config);
        emit ConverterBurned(tokens, _streamBacking(states, tokens, claimsBefore, config.elapsed()));
    }

    /// @inheritdoc IReserve
    function seed() external override lock {
        if (msg.sender != ReserveConfig.launchpad()) revert NotLaunchpad(msg.sender);
        if (_assets[0].seeded()) revert AlreadySeeded();
        Config config = ReserveConfig.load();
        for (uint256 j = 0; j < config.count(); ++j) {
            uint256 balance = IERC20(ReserveConfig.asset(j)).balanceOf(address(this));
            if (balance > AssetLedger.CAP) revert AmountTooLarge("seed", balance, AssetLedger.CAP);
            AssetLedger.State memory state;
            state.cash = balance;
            _assets[j].store(state, 0);
            emit Seeded(j, balance);
        }
    }

    // ---------------------------------------------------------------- flash loans

    /// @notice ERC-3156: lend cash for one call; nothing else of the reserve can be used meanwhile.
    function flashLoan(IERC3156FlashBorrower receiver, address asset, uint256 amount, bytes calldata data)
        external
        override
        lock
        returns (bool)
    {
        Config config = ReserveConfig.load();
        _requireOpen(_book, config);
        if (amount == 0) revert ZeroAmount("amount");
        uint256 index = _indexOf(asset, config.count());
        AssetLedger.State memory state = _peek(index, config);
        if (amount > state.cash) revert AmountTooLarge("amount", amount, state.cash);
        uint256 fee = MulDiv.mulDivUp(amount, config.flashFeeBps(), BPS);
        _credit(config, index, fee, Source.Flash);

        uint256 expected = IERC20(asset).balanceOf(address(this)) + fee;
        IERC20(asset).safeTransfer(address(receiver), amount);
        if (receiver.onFlashLoan(msg.sender, asset, amount, fee, data) != FLASH_SUCCESS) {
            revert FlashCallbackFailed();
        }
        IERC20(asset).safeTransferFrom(address(receiver), address(this), amount + fee);
        uint256 balance = IERC20(asset).balanceOf(address(this));
        if (balance < expected) revert Transfers.TransferShort(asset, balance, expected);
        return true;
    }

    // ---------------------------------------------------------------- internals: loans

    /// @dev A loan that can still be repaid or extended: its grace has not ended.
    function _aliveLoan(uint256 loanId, Config config) private view returns (LoanBook.State memory current) {
        current = _knownLoan(loanId, config.count());
        Book book = _book;
        uint256 graceEnd = current.deadline + config.graceSecs();
        if (book.clock(config.elapsed()) >= graceEnd) {
            revert LoanExpired(loanId, config.genesis() + graceEnd + book.pausedSecs(config.elapsed()));
        }
    }

    /// @dev One term on the old deadline, at most twelve ahead of now; writes the loan.
    function _addTerm(uint256 loanId, LoanBook.State memory current, Config config)
        private
        returns (uint256)
    {
        Book book = _book;
        uint256 toUnix = config.genesis() + book.pausedSecs(config.elapsed());
        uint256 latest = book.clock(config.elapsed()) + LoanBook.MAX_TERMS_AHEAD * config.termSecs();
        current.deadline += config.termSecs();
        if (current.deadline > latest) {
            revert ExtensionTooFar(loanId, toUnix + current.deadline, toUnix + latest);
        }
        _loans[loanId].store(current);
        return toUnix + current.deadline;
    }

    function _termFees(LoanBook.State memory current, Config config)
        private
        pure
        returns (uint256[] memory fees)
    {
        fees = new uint256[](config.count());
        for (uint256 j = 0; j < config.count(); ++j) {
            fees[j] = MulDiv.mulDivUp(current.principal[j], config.termFeeBps(), BPS);
        }
    }

    /// @dev Collateral whose backing is worth the fee in every owed asset; what stays must still back the loan.
    function _burnForFee(
        LoanBook.State memory current,
        uint256[] memory fees,
        AssetLedger.State[] memory states,
        uint256 claimsNow
    ) private pure returns (uint256 burned) {
        for (uint256 j = 0; j < fees.length; ++j) {
            if (fees[j] == 0) continue;
            uint256 needed = MulDiv.mulDivUp(fees[j], claimsNow, states[j].total());
            if (needed > burned) burned = needed;
        }
        if (burned > current.collateral) revert BurnTooLarge(burned, current.collateral);
        uint256 left = current.collateral - burned;
        for (uint256 j = 0; j < fees.length; ++j) {
            uint256 most = MulDiv.mulDivDown(left, states[j].total(), claimsNow);
            if (current.principal[j] > most) revert UnderBacked(j, current.principal[j], most);
        }
    }

    function _maxPrincipal(uint256 collateral, uint256 total, uint256 claimsNow, uint256 ltvBps)
        private
        pure
        returns (uint256)
    {
        return MulDiv.mulDivDown(MulDiv.mulDivDown(collateral, total, claimsNow), ltvBps, BPS);
    }

    // ---------------------------------------------------------------- internals: ledger

    function _loadAll(Config config) private view returns (AssetLedger.State[] memory states) {
        states = new AssetLedger.State[](config.count());
        for (uint256 j = 0; j < states.length; ++j) {
            states[j] = _peek(j, config);
        }
    }

    function _storeAll(AssetLedger.State[] memory states, uint256 elapsed) private {
        for (uint256 j = 0; j < states.length; ++j) {
            _assets[j].store(states[j], elapsed);
        }
    }

    /// @dev Move the backing of `burned` tokens into the stream, so that the floor rises over time and not in a
    /// lump that somebody could buy in front of.
    function _streamBacking(
        AssetLedger.State[] memory states,
        uint256 burned,
        uint256 claimsBefore,
        uint256 elapsed
    ) private returns (uint256[] memory streamed) {
        streamed = new uint256[](states.length);
        for (uint256 j = 0; j < states.length; ++j) {
            streamed[j] = MulDiv.mulDivDown(burned, states[j].total(), claimsBefore);
            states[j].toStream(streamed[j]);
        }
        _storeAll(states, elapsed);
    }

    function _credit(Config config, uint256 index, uint256 amount, Source source) private {
        AssetLedger.State memory state = _peek(index, config);
        state.receiveInto(amount);
        _assets[index].store(state, config.elapsed());
        emit Inflow(index, source, amount);
    }

    // ---------------------------------------------------------------- internals: checks and transfers

    function _requireLength(uint256 given, uint256 expected) private pure {
        if (given != expected) revert LengthMismatch(given, expected);
    }

    function _payAll(address to, uint256[] memory amounts, bool unwrap) private {
        for (uint256 j = 0; j < amounts.length; ++j) {
            if (amounts[j] == 0) continue;
            address asset = ReserveConfig.asset(j);
            if (unwrap && asset == ReserveConfig.wrappedNative()) {
                IWrappedNative(asset).withdraw(amounts[j]);
                Address.sendValue(payable(to), amounts[j]);
            } else {
                IERC20(asset).safeTransfer(to, amounts[j]);
            }
        }
    }

    function _pullAll(uint256[] memory amounts) private {
        for (uint256 j = 0; j < amounts.length; ++j) {
            if (amounts[j] == 0) continue;
            Transfers.pull(IERC20(ReserveConfig.asset(j)), msg.sender, address(this), amounts[j]);
        }
    }
}
