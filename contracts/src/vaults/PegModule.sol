// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";
import {IPegModule, IVaultBook} from "../interfaces/IVaultBook.sol";
import {Transfers} from "../lib/Transfers.sol";

/// @title Exchanges the synthetic with one custody token
/// @notice In at face value less a fee while the custody token is worth it, out always. Both fees stay in the custody,
/// where they stand before the holders of the synthetic. The custody is what this ledger says, never a balance.
contract PegModule is IPegModule {
    using SafeERC20 for IERC20;

    event Entered(address indexed payer, address indexed to, uint256 units, uint256 minted);
    event Exited(address indexed holder, address indexed to, uint256 burned, uint256 units);
    /// @notice `loss` left the book's ledger for the deficit, or came back from it if negative.
    event Marked(int256 loss);
    /// @notice Units of the custody token that the ledger had and the token's own contract took away.
    event CustodyLost(uint256 units);
    event FeesCollected(uint256 minted);
    event CapSet(uint256 cap);

    error Locked();
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error NotGovernor(address caller);
    error ZeroAmount(string field);
    error PriceUnsafe(uint8 state);
    error CustodyTooCheap(uint256 low, uint256 least);
    error CapReached(uint256 ledger, uint256 cap);
    error TooLittle(string field, uint256 amount, uint256 least);
    error AmountTooLarge(string field, uint256 amount, uint256 limit);
    error DeficitStands(uint256 deficit);
    error NoFees();

    uint256 private constant WAD = 1e18;
    uint256 private constant PRICE_UNIT = 1e36;
    uint256 public constant FEE_MAX = 0.05e18;

    IVaultBook public immutable book;
    IERC20 public immutable custodyToken;
    /// @notice Knows the custody token, in the unit of the synthetic.
    IPrices public immutable prices;
    /// @notice Base units of the synthetic for one base unit of the custody token.
    uint256 public immutable scale;
    /// @notice The price at which one whole custody token is worth one whole synthetic, as `IPrices` scales it.
    uint256 public immutable par;
    /// @notice Fee of an entry, in wad.
    uint256 public immutable feeIn;
    /// @notice Fee of an exit, in wad.
    uint256 public immutable feeOut;
    /// @notice What `cap` never exceeds, in base units of the synthetic.
    uint256 public immutable capMax;

    /// @notice Most that entries may bring the book's ledger to, in base units of the synthetic.
    uint256 public cap;
    /// @notice Base units of the custody token that stand behind the ledger.
    uint256 public custody;
    bool private transient _entered;

    modifier lock() {
        if (_entered) revert Locked();
        _entered = true;
        _;
        _entered = false;
    }

    /// @param book_ May not have code yet.
    /// @param feeIn_ In wad, at least the deviation of the custody token's price: the low price lies that far under the
    /// thought one, and entry asks for a low price within the fee.
    constructor(
        IVaultBook book_,
        address custodyToken_,
        IPrices prices_,
        uint256 feeIn_,
        uint256 feeOut_,
        uint256 capMax_
    ) {
        uint256 decimals = IERC20Metadata(custodyToken_).decimals();
        if (decimals < 6 || decimals > 18) revert BadTerm("decimals", decimals, 6, 18);
        uint256 deviation = prices_.deviation(custodyToken_);
        if (feeIn_ < deviation || feeIn_ > FEE_MAX) revert BadTerm("feeIn", feeIn_, deviation, FEE_MAX);
        if (feeOut_ > FEE_MAX) revert BadTerm("feeOut", feeOut_, 0, FEE_MAX);
        if (capMax_ > type(uint112).max) revert BadTerm("capMax", capMax_, 0, type(uint112).max);
        (book, custodyToken, prices) = (book_, IERC20(custodyToken_), prices_);
        (feeIn, feeOut, capMax) = (feeIn_, feeOut_, capMax_);
        scale = 10 ** (18 - decimals);
        par = scale * PRICE_UNIT;
        cap = capMax_;
        emit CapSet(capMax_);
    }

    // ---------------------------------------------------------------- anyone

    /// @notice Pay `units` of the custody token in and mint their face value less the fee to `to`.
    /// @param minMinted Least to accept, in base units of the synthetic.
    /// @return minted Base units of the synthetic, rounded down.
    function enter(uint256 units, uint256 minMinted, address to) external lock returns (uint256 minted) {
        if (units == 0) revert ZeroAmount("units");
        if (units > type(uint112).max / scale) {
            revert AmountTooLarge("units", units, type(uint112).max / scale);
        }
        (uint256 low,) = _safePrice();
        uint256 least = Math.mulDiv(par, WAD - feeIn, WAD, Math.Rounding.Ceil);
        if (low < least) revert CustodyTooCheap(low, least);
        uint256 face = units * scale;
        minted = face - Math.mulDiv(face, feeIn, WAD, Math.Rounding.Ceil);
        if (minted < minMinted) revert TooLittle("minted", minted, minMinted);
        (,, uint256 ledger) = book.totals();
        if (ledger + minted > cap) revert CapReached(ledger + minted, cap);

        // The custody grows after it has arrived: a view that is read in between counts too little, never too much.
        Transfers.pull(custodyToken, msg.sender, address(this), units);
        custody += units;
        emit Entered(msg.sender, to, units, minted);
        book.pegMint(to, minted);
    }

    /// @notice Burn `amount` of the caller's synthetic and pay its worth in custody units, less the fee, to `to`. Asks
    /// for no price and cannot be stopped.
    /// @param minUnits Least to accept, in base units of the custody token.
    /// @return units Base units of the custody token, rounded down.
    function exit(uint256 amount, uint256 minUnits, address to) external lock returns (uint256 units) {
        uint256 worth = book.pegBurn(msg.sender, amount);
        units = (worth - Math.mulDiv(worth, feeOut, WAD, Math.Rounding.Ceil)) / scale;
        if (units == 0) revert ZeroAmount("units");
        if (units < minUnits) revert TooLittle("units", units, minUnits);
        custody -= units; // the ledger, which the book keeps worth within, never exceeds it
        emit Exited(msg.sender, to, amount, units);
        custodyToken.safeTransfer(to, units);
    }

    /// @notice At a safe price: write a loss of the custody to the deficit when even `high` values it under the ledger;
    /// take it back against the module's own deficit when `low` values it above.
    /// @return loss Base units of the synthetic that left the ledger, negative where they came back.
    function mark() external lock returns (int256 loss) {
        (uint256 low, uint256 high) = _safePrice();
        _loseUnits();
        (,, uint256 ledger) = book.totals();
        uint256 atHigh = _value(high);
        if (atHigh < ledger) {
            loss = int256(ledger - atHigh);
        } else {
            uint256 atLow = _value(low);
            uint256 back = atLow > ledger ? Math.min(atLow - ledger, book.pegDeficit()) : 0;
            loss = -int256(back);
        }
        if (loss == 0) return 0;
        emit Marked(loss);
        book.pegMark(loss);
    }

    /// @notice Mint what the custody is worth at `low` above the ledger, which can only come from fees and from losses
    /// that others have paid, to the surplus of the book: at a safe price, and only while no deficit stands.
    /// @return minted Base units of the synthetic.
    function collectFees() external lock returns (uint256 minted) {
        (uint256 low,) = _safePrice();
        _loseUnits();
        book.collect();
        (, uint256 deficit, uint256 ledger) = book.totals();
        if (deficit != 0) revert DeficitStands(deficit);
        uint256 atLow = _value(low);
        if (atLow <= ledger) revert NoFees();
        minted = atLow - ledger;
        emit FeesCollected(minted);
        book.pegMint(address(book), minted);
    }

    // ---------------------------------------------------------------- governor

    /// @notice Set the cap, at most `capMax`; zero closes entry. The governor's delay stands before a higher one.
    function setCap(uint256 cap_) external {
        if (msg.sender != book.governor()) revert NotGovernor(msg.sender);
        if (cap_ > capMax) revert BadTerm("cap", cap_, 0, capMax);
        cap = cap_;
        emit CapSet(cap_);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IPegModule
    /// @dev At the stored price whatever its state: a price that is no longer safe still says more than none.
    function backing(uint256 ledger) external view override returns (uint256) {
        if (ledger == 0) return 0;
        (uint256 low,,,,) = prices.price(address(custodyToken));
        return Math.min(ledger, _value(low));
    }

    // ---------------------------------------------------------------- internals

    function _safePrice() private view returns (uint256 low, uint256 high) {
        PriceState state;
        (low,, high,, state) = prices.price(address(custodyToken));
        if (state != PriceState.Safe) revert PriceUnsafe(uint8(state));
    }

    /// @return The custody at `price`, a token at most at one, in base units of the synthetic, rounded down.
    function _value(uint256 price) private view returns (uint256) {
        return Math.mulDiv(custody, Math.min(price, par), PRICE_UNIT);
    }

    /// @dev A token whose issuer seizes or destroys balances can take units away. What is sent here is no custody.
    function _loseUnits() private {
        uint256 held = custodyToken.balanceOf(address(this));
        uint256 booked = custody;
        if (held >= booked) return;
        custody = held;
        emit CustodyLost(booked - held);
    }
}
