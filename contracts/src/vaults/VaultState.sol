// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IPrices, PriceState} from "../interfaces/IPrices.sol";
import {IPegModule, IVaultBook, MarketTerms, MarketView} from "../interfaces/IVaultBook.sol";
import {MulDiv} from "../lib/MulDiv.sol";
import {Auction} from "./Auction.sol";
import {Terms} from "./Terms.sol";
import {Limits, Totals, Vault, Vaults} from "./Vaults.sol";

/// @title The state of a book: the synthetic, its markets and vaults, who may set what, who bears losses, and views
abstract contract VaultState is IVaultBook, ERC20Permit {
    /// @dev A word in a struct is found once and then read and written by its place.
    struct VaultSlot {
        Vault word;
    }

    struct TotalsSlot {
        Totals word;
    }

    struct Peg {
        uint128 ledger; // synthetic minted against custody and not burned again
        uint128 deficit; // its part of the deficit
    }

    uint256 internal constant WAD = 1e18;
    uint256 private constant STOP_SECS_MAX = 7 days;
    bytes32 private constant OPERATOR_TYPEHASH = keccak256(
        "PermitOperator(address owner,address operator,bool allowed,uint256 nonce,uint256 deadline)"
    );

    address public immutable override governor;
    address public immutable override backstop;
    address public immutable override pegModule;
    /// @notice What the surplus keeps before anything goes to the backstop.
    uint256 public immutable surplusBuffer;

    mapping(uint256 market => mapping(address owner => VaultSlot)) internal _vaults;
    mapping(uint256 market => TotalsSlot) internal _totals;
    mapping(uint256 market => Limits) internal _limits;
    mapping(uint256 market => uint256 amount) internal _deficits;
    mapping(address owner => mapping(address operator => bool)) public override isOperator;
    /// @dev Of all markets and of the peg module.
    uint256 internal _deficit;
    Peg internal _peg;
    uint256 public override marketCount;
    uint256 public override stoppedUntil;
    /// @dev A whole word: writing part of one would read it first.
    uint256 private transient _entered;

    modifier lock() {
        if (_entered != 0) revert Locked();
        _entered = 1;
        _;
        _entered = 0;
    }

    /// @dev No sum is to be read between the two halves of a take: the collateral is out, the payment is not in.
    modifier whenUnlocked() {
        if (_entered != 0) revert Locked();
        _;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    modifier onlyPegModule() {
        if (msg.sender != pegModule) revert NotPegModule(msg.sender);
        _;
    }

    /// @param backstop_ Who gets the surplus above its buffer; nobody if zero.
    /// @param pegModule_ Who mints against custody; nobody if zero.
    constructor(
        string memory name_,
        string memory symbol_,
        address governor_,
        address backstop_,
        address pegModule_,
        uint256 surplusBuffer_
    ) ERC20(name_, symbol_) ERC20Permit(name_) {
        if (governor_ == address(0)) revert BadAddress("governor", governor_);
        governor = governor_;
        backstop = backstop_;
        pegModule = pegModule_;
        surplusBuffer = surplusBuffer_;
    }

    // ---------------------------------------------------------------- the synthetic

    /// @dev What the book holds of itself is its surplus and nothing else.
    function _update(address from, address to, uint256 amount) internal override {
        if (to == address(this) && from != address(0)) revert BadAddress("to", to);
        super._update(from, to, amount);
    }

    /// @inheritdoc IVaultBook
    function setOperator(address operator, bool allowed) external override {
        _setOperator(msg.sender, operator, allowed);
    }

    /// @inheritdoc IVaultBook
    function permitOperator(
        address owner,
        address operator,
        bool allowed,
        uint256 deadline,
        bytes calldata signature
    ) external override {
        if (block.timestamp > deadline) revert PermitExpired(deadline);
        bytes32 content =
            keccak256(abi.encode(OPERATOR_TYPEHASH, owner, operator, allowed, _useNonce(owner), deadline));
        if (!SignatureChecker.isValidSignatureNow(owner, _hashTypedDataV4(content), signature)) {
            revert BadSignature(owner);
        }
        _setOperator(owner, operator, allowed);
    }

    function _setOperator(address owner, address operator, bool allowed) private {
        isOperator[owner][operator] = allowed;
        emit OperatorSet(owner, operator, allowed);
    }

    // ---------------------------------------------------------------- governor and rate controller

    /// @inheritdoc IVaultBook
    function createMarket(MarketTerms calldata terms, uint256 ceiling, uint256 mintLimit, uint256 rate)
        external
        override
        onlyGovernor
        lock
        returns (uint256 market)
    {
        market = marketCount;
        if (market >= Terms.MARKETS_MAX) revert AmountTooLarge("markets", market + 1, Terms.MARKETS_MAX);
        marketCount = market + 1;
        Terms.write(terms);
        _requireRate(rate);
        _limits[market] = Vaults.limitsOf(WAD, block.timestamp, rate).withCeiling(_whole("ceiling", ceiling))
            .withMintLimit(_whole("mintLimit", mintLimit)).withStop(stoppedUntil);
        emit MarketCreated(market, terms);
        emit RateSet(market, rate, WAD);
        emit CeilingSet(market, ceiling);
        emit MintLimitSet(market, mintLimit);
    }

    /// @inheritdoc IVaultBook
    function setCeiling(uint256 market, uint256 ceiling) external override onlyGovernor lock {
        _limits[market] = _existing(market).withCeiling(_whole("ceiling", ceiling));
        emit CeilingSet(market, ceiling);
    }

    /// @inheritdoc IVaultBook
    function setMintLimit(uint256 market, uint256 mintLimit) external override onlyGovernor lock {
        _limits[market] = _existing(market).withMintLimit(_whole("mintLimit", mintLimit));
        emit MintLimitSet(market, mintLimit);
    }

    /// @inheritdoc IVaultBook
    function stopNewDebt(uint256 secs) external override onlyGovernor lock {
        if (secs > STOP_SECS_MAX) revert AmountTooLarge("secs", secs, STOP_SECS_MAX);
        uint256 until = block.timestamp + secs;
        uint256 before = stoppedUntil;
        // A stop that runs can only be shortened, and the next one begins seven days after its end.
        bool free = before == 0 || until <= before || block.timestamp >= before + STOP_SECS_MAX;
        if (!free) revert CannotStopYet(before + STOP_SECS_MAX);
        stoppedUntil = until;
        uint256 count = marketCount;
        for (uint256 market = 0; market < count; ++market) {
            _limits[market] = _limits[market].withStop(until);
        }
        emit NewDebtStopped(until);
    }

    /// @inheritdoc IVaultBook
    function setRate(uint256 market, uint256 rate) external override lock {
        if (msg.sender != Terms.read(market).rateController) revert NotRateController(msg.sender);
        _requireRate(rate);
        Limits limits = _existing(market).withRate(rate);
        _limits[market] = limits;
        emit RateSet(market, rate, limits.index());
    }

    function _requireRate(uint256 rate) private pure {
        if (rate > Vaults.RATE_MAX) revert AmountTooLarge("rate", rate, Vaults.RATE_MAX);
    }

    function _whole(string memory field, uint256 amount) private pure returns (uint256 whole) {
        whole = amount / WAD;
        if (whole > Vaults.WHOLE_MAX) revert AmountTooLarge(field, amount, Vaults.WHOLE_MAX * WAD);
        if (whole * WAD != amount) revert BadTerm(field, amount, whole * WAD, whole * WAD + WAD);
    }

    function _existing(uint256 market) internal view returns (Limits limits) {
        if (market >= marketCount) revert UnknownMarket(market);
        return _limits[market];
    }

    // ---------------------------------------------------------------- losses

    /// @inheritdoc IVaultBook
    function collect() external override lock returns (uint256 minted) {
        return _collect();
    }

    function _collect() private returns (uint256 minted) {
        uint256 earned = _debtOfAll() + _deficit + _peg.ledger - totalSupply();
        if (_deficit != 0) {
            uint256 cancelled = earned < _deficit ? earned : _deficit;
            earned -= cancelled;
            _cancelDeficit(cancelled, address(this));
            uint256 own = balanceOf(address(this));
            uint256 paid = own < _deficit ? own : _deficit;
            if (paid != 0) _burn(address(this), paid);
            _cancelDeficit(paid, address(this));
        }
        if (_deficit != 0) return 0;
        int256 room = _equity();
        if (room < 0) return 0;
        minted = earned < uint256(room) ? earned : uint256(room);
        if (minted != 0) _mint(address(this), minted);
        uint256 surplus = balanceOf(address(this));
        uint256 sent = backstop != address(0) && surplus > surplusBuffer ? surplus - surplusBuffer : 0;
        if (sent != 0) _transfer(address(this), backstop, sent);
        emit Collected(minted, sent);
    }

    /// @dev Before anybody has a share of a loss, interest and surplus pay for it.
    function _settleLosses() internal returns (uint256 backing, uint256 supply) {
        if (_deficit != 0) _collect();
        return _haircut();
    }

    /// @inheritdoc IVaultBook
    function cover(uint256 market, uint256 amount) external override lock returns (uint256 covered) {
        bool ofPeg = market == type(uint256).max;
        uint256 deficit = ofPeg ? _peg.deficit : _deficits[market];
        if (deficit == 0) revert AmountTooLarge("amount", amount, 0);
        covered = amount < deficit ? amount : deficit;
        if (ofPeg) _peg.deficit -= uint128(covered);
        else _deficits[market] = deficit - covered;
        _deficit -= covered;
        emit Covered(market, msg.sender, covered);
        _burn(msg.sender, covered);
    }

    function _addDeficit(uint256 market, uint256 amount) internal {
        if (amount == 0) return;
        _deficits[market] += amount;
        _deficit += amount;
    }

    /// @dev As much of the deficit as `amount`, market by market, the peg's at last.
    function _cancelDeficit(uint256 amount, address payer) internal {
        if (amount > _deficit) amount = _deficit;
        if (amount == 0) return;
        _deficit -= amount;
        uint256 count = marketCount;
        for (uint256 market = 0; market < count && amount != 0; ++market) {
            uint256 part = _deficits[market] < amount ? _deficits[market] : amount;
            if (part == 0) continue;
            _deficits[market] -= part;
            amount -= part;
            emit Covered(market, payer, part);
        }
        if (amount == 0) return;
        _peg.deficit -= uint128(amount); // the markets' and the peg's sum to the whole, which is no less
        emit Covered(type(uint256).max, payer, amount);
    }

    // ---------------------------------------------------------------- peg module

    /// @inheritdoc IVaultBook
    function pegMint(address to, uint256 amount) external override onlyPegModule lock {
        if (stoppedUntil > block.timestamp) revert NewDebtIsStopped(stoppedUntil);
        _movePeg(int256(_bounded(_peg.ledger + amount) - _peg.ledger), 0);
        _mint(to, amount);
    }

    /// @inheritdoc IVaultBook
    function pegBurn(address from, uint256 amount)
        external
        override
        onlyPegModule
        lock
        returns (uint256 worth)
    {
        (uint256 backing, uint256 supply) = _settleLosses();
        worth = backing == supply ? amount : MulDiv.mulDivDown(_bounded(amount), backing, supply);
        if (worth > _peg.ledger) revert AmountTooLarge("pegLedger", worth, _peg.ledger);
        _movePeg(-int256(worth), 0);
        _cancelDeficit(amount - worth, address(0));
        _burn(from, amount);
    }

    /// @inheritdoc IVaultBook
    function pegMark(int256 loss) external override onlyPegModule lock {
        if (loss > 0) {
            if (uint256(loss) > _peg.ledger) revert AmountTooLarge("pegLedger", uint256(loss), _peg.ledger);
        } else if (loss < -int256(uint256(_peg.deficit))) {
            revert AmountTooLarge("pegDeficit", uint256(-loss), _peg.deficit);
        }
        _movePeg(-loss, loss);
        _deficit = uint256(int256(_deficit) + loss);
    }

    function _bounded(uint256 amount) private pure returns (uint256) {
        if (amount > type(uint112).max) revert AmountTooLarge("amount", amount, type(uint112).max);
        return amount;
    }

    /// @dev Both stay within their type: checked by whoever calls.
    function _movePeg(int256 ledger, int256 deficit) private {
        _peg.ledger = uint128(uint256(int256(uint256(_peg.ledger)) + ledger));
        _peg.deficit = uint128(uint256(int256(uint256(_peg.deficit)) + deficit));
        emit PegMoved(ledger, deficit);
    }

    // ---------------------------------------------------------------- views

    function model() external pure override returns (bytes32) {
        return "vault";
    }

    /// @dev One entry a market; two markets of one collateral have two.
    function reserves()
        public
        view
        override
        whenUnlocked
        returns (address[] memory assets, uint256[] memory amounts)
    {
        uint256 count = marketCount;
        assets = new address[](count);
        amounts = new uint256[](count);
        for (uint256 market = 0; market < count; ++market) {
            assets[market] = address(Terms.readOwner(market).collateral);
            amounts[market] = _totals[market].word.collateral();
        }
    }

    function claims() public view override returns (uint256) {
        return totalSupply();
    }

    /// @dev The collateral that stands behind `tokens`, more than they can be redeemed for: the rest is the owners'.
    function backingOf(uint256 tokens) external view override returns (uint256[] memory amounts) {
        (, amounts) = reserves();
        uint256 supply = totalSupply();
        if (tokens > supply) revert AmountTooLarge("tokens", tokens, supply);
        for (uint256 i = 0; i < amounts.length; ++i) {
            amounts[i] = supply == 0 ? 0 : MulDiv.mulDivDown(amounts[i], tokens, supply);
        }
    }

    /// @inheritdoc IVaultBook
    function termsOf(uint256 market) external view override returns (MarketTerms memory) {
        return Terms.read(market);
    }

    /// @inheritdoc IVaultBook
    function marketOf(uint256 market) external view override returns (MarketView memory seen) {
        Limits limits = _existing(market);
        Totals totals_ = _totals[market].word;
        seen.collateral = totals_.collateral();
        seen.norm = totals_.norm();
        seen.index = limits.index();
        seen.rate = limits.rate();
        seen.debt = Auction.debtDown(seen.norm, seen.index);
        seen.deficit = _deficits[market];
        seen.ceiling = limits.ceiling();
        seen.mintLimit = limits.mintLimit();
        uint256 window = Terms.readOwner(market).mintWindowSecs;
        seen.mintable = Vaults.mintable(totals_.fullAt(), seen.mintLimit, window);
    }

    /// @inheritdoc IVaultBook
    function vaultOf(uint256 market, address owner)
        external
        view
        override
        returns (uint256 collateral, uint256 norm, uint256 debt, uint256 flaggedAt)
    {
        Vault vault = _vaults[market][owner].word;
        norm = vault.norm();
        return (vault.collateral(), norm, Auction.debtUp(norm, _limits[market].index()), vault.flaggedAt());
    }

    /// @inheritdoc IVaultBook
    function totals()
        external
        view
        override
        whenUnlocked
        returns (uint256 debt, uint256 deficit, uint256 pegLedger)
    {
        return (_debtOfAll(), _deficit, _peg.ledger);
    }

    /// @inheritdoc IVaultBook
    function pegDeficit() external view override returns (uint256) {
        return _peg.deficit;
    }

    /// @inheritdoc IVaultBook
    function equity() external view override whenUnlocked returns (int256) {
        return _equity();
    }

    /// @inheritdoc IVaultBook
    function haircut() external view override whenUnlocked returns (uint256 backing, uint256 supply) {
        return _haircut();
    }

    // ---------------------------------------------------------------- sums

    function _debtOfAll() internal view returns (uint256 debt) {
        uint256 count = marketCount;
        for (uint256 market = 0; market < count; ++market) {
            debt += Auction.debtDown(_totals[market].word.norm(), _limits[market].index());
        }
    }

    function _pegBacking() internal view returns (uint256) {
        uint256 ledger = _peg.ledger;
        return ledger == 0 ? 0 : IPegModule(pegModule).backing(ledger);
    }

    /// @dev Every term is far under 2^255.
    function _equity() internal view returns (int256) {
        return int256(_debtOfAll() + _pegBacking()) - int256(totalSupply());
    }

    function _haircut() internal view returns (uint256 backing, uint256 supply) {
        supply = totalSupply();
        if (_deficit == 0) return (supply, supply);
        backing = _debtOfAll() + _pegBacking();
        if (backing > supply) backing = supply;
    }

    function _priceOf(IPrices prices, address collateral)
        internal
        view
        returns (uint256 low, uint256 mid, uint256 high, PriceState state)
    {
        (low, mid, high,, state) = prices.price(collateral);
    }
}
