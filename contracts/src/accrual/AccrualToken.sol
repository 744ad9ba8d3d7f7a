// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IAccrualToken} from "../interfaces/IAccrualToken.sol";
import {ILaunchpad, TokenParams} from "../interfaces/ILaunchpad.sol";
import {IReserve} from "../interfaces/IReserve.sol";
import {IUniswapV2Factory} from "../interfaces/IUniswapV2.sol";
import {MulDiv} from "../lib/MulDiv.sol";

/// @title A fixed-supply token with a reserve behind it
/// @notice ERC-20 with permit (also by contract signatures). An account's balance and its flags share one slot, so
/// telling a pool from a wallet costs a transfer nothing. The constructor asks its deployer for its parameters:
/// the init code is the same for every token, and the address follows from the salt alone.
contract AccrualToken is IAccrualToken, IERC20Errors, Ownable2Step, EIP712 {
    struct Supply {
        uint128 total;
        uint128 unspendable; // part of total that no key or contract can move
    }

    struct Fees {
        uint16 buyBps;
        uint16 sellBps;
        uint16 nextBuyBps;
        uint16 nextSellBps;
        uint40 nextAt; // unix seconds; zero when nothing is proposed
    }

    /// @dev An account's word: balance in the low 128 bits, flags above.
    uint256 private constant POOL = 1 << 128;
    uint256 private constant EXEMPT = 1 << 129;
    uint256 private constant UNSPENDABLE = 1 << 130;

    /// @dev The conventional burn address; the token itself is the other unspendable one.
    address private constant DEAD = 0x000000000000000000000000000000000000dEaD;
    uint256 private constant BPS = 10_000;
    uint256 public constant RAISE_DELAY_SECS = 3 days;
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    uint8 public constant override decimals = 18;
    address public immutable override reserve;
    address public immutable override converter;
    address public immutable factory;
    uint256 private immutable _maxBuyBps;
    uint256 private immutable _maxSellBps;

    string public override name;
    string public override symbol;
    mapping(address account => uint256 word) private _accounts;
    mapping(address account => mapping(address spender => uint256)) public override allowance;
    mapping(address account => uint256) public nonces;
    Supply private _supply;
    Fees private _fees;
    address public override guardian;

    modifier onlyReserve() {
        if (msg.sender != reserve) revert NotReserve(msg.sender);
        _;
    }

    constructor() Ownable(_params().owner) EIP712(_params().name, "1") {
        TokenParams memory params = _params();
        name = params.name;
        symbol = params.symbol;
        reserve = params.reserve;
        converter = params.converter;
        factory = params.factory;
        _maxBuyBps = params.maxBuyBps;
        _maxSellBps = params.maxSellBps;
        _fees.buyBps = params.buyBps;
        _fees.sellBps = params.sellBps;
        guardian = params.guardian;
        emit GuardianNamed(params.guardian);

        _accounts[params.reserve] = EXEMPT;
        _accounts[params.launchpad] = EXEMPT;
        if (params.converter != address(0)) _accounts[params.converter] = EXEMPT;
        if (params.lock != address(0)) _accounts[params.lock] = EXEMPT;
        _accounts[DEAD] = UNSPENDABLE;
        _accounts[address(this)] = UNSPENDABLE;

        _supply.total = uint128(params.supply); // the launchpad bounds it by 5e36
        _accounts[params.launchpad] |= params.supply;
        emit Transfer(address(0), params.launchpad, params.supply);
    }

    // ---------------------------------------------------------------- ERC-20

    function transfer(address to, uint256 amount) external override returns (bool) {
        _transfer(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        _spendAllowance(from, msg.sender, amount);
        _transfer(from, to, amount);
        return true;
    }

    function approve(address spender, uint256 amount) external override returns (bool) {
        _approve(msg.sender, spender, amount);
        return true;
    }

    /// @notice EIP-2612.
    function permit(
        address owner_,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        permit(owner_, spender, value, deadline, abi.encodePacked(r, s, v));
    }

    /// @notice EIP-2612 for any signer: 65 bytes of a key, or whatever a contract account accepts (ERC-1271). The key
    /// is tried first: an account that delegated to code (EIP-7702) still has one, whatever that code answers.
    function permit(address owner_, address spender, uint256 value, uint256 deadline, bytes memory signature)
        public
    {
        if (block.timestamp > deadline) revert PermitExpired(deadline);
        bytes32 message =
            keccak256(abi.encode(PERMIT_TYPEHASH, owner_, spender, value, nonces[owner_]++, deadline));
        if (!_signed(owner_, _hashTypedDataV4(message), signature)) revert PermitInvalid(owner_);
        _approve(owner_, spender, value);
    }

    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function totalSupply() external view override returns (uint256) {
        return _supply.total;
    }

    function balanceOf(address account) external view override returns (uint256) {
        return uint128(_accounts[account]);
    }

    // ---------------------------------------------------------------- burning

    /// @inheritdoc IAccrualToken
    function burn(uint256 amount) external override {
        _burn(msg.sender, amount);
    }

    /// @inheritdoc IAccrualToken
    function burnFrom(address account, uint256 amount) external override {
        _spendAllowance(account, msg.sender, amount);
        _burn(account, amount);
    }

    /// @inheritdoc IAccrualToken
    function burnOf(address holder, uint256 amount) external override onlyReserve returns (uint256) {
        return _burn(holder, amount);
    }

    /// @inheritdoc IAccrualToken
    function lockFrom(address holder, uint256 amount) external override onlyReserve returns (uint256) {
        _transfer(holder, reserve, amount);
        return claims();
    }

    // ---------------------------------------------------------------- pools and fees

    /// @inheritdoc IAccrualToken
    function registerPool(address other) external override returns (address pool) {
        if (converter == address(0)) revert NoFeePath();
        pool = IUniswapV2Factory(factory).getPair(address(this), other);
        if (pool == address(0)) revert NotAPool(other);
        _accounts[pool] |= POOL;
        emit PoolRegistered(pool);
    }

    /// @inheritdoc IAccrualToken
    function setFees(uint256 buyBps, uint256 sellBps) external override onlyOwner {
        if (buyBps > _maxBuyBps) revert FeeTooHigh("buyBps", buyBps, _maxBuyBps);
        if (sellBps > _maxSellBps) revert FeeTooHigh("sellBps", sellBps, _maxSellBps);
        (uint256 buyNow, uint256 sellNow) = fees();
        if (buyBps <= buyNow && sellBps <= sellNow) {
            _fees = Fees(uint16(buyBps), uint16(sellBps), 0, 0, 0);
            emit FeesCut(buyBps, sellBps);
        } else {
            uint256 effectiveAt = block.timestamp + RAISE_DELAY_SECS;
            _fees =
                Fees(uint16(buyNow), uint16(sellNow), uint16(buyBps), uint16(sellBps), uint40(effectiveAt));
            emit FeesProposed(buyBps, sellBps, effectiveAt);
        }
    }

    /// @inheritdoc IAccrualToken
    function setGuardian(address guardian_) external override onlyOwner {
        guardian = guardian_;
        emit GuardianNamed(guardian_);
    }

    /// @inheritdoc IAccrualToken
    function fees() public view override returns (uint256 buyBps, uint256 sellBps) {
        Fees memory current = _fees;
        if (current.nextAt != 0 && block.timestamp >= current.nextAt) {
            return (current.nextBuyBps, current.nextSellBps);
        }
        return (current.buyBps, current.sellBps);
    }

    /// @inheritdoc IAccrualToken
    function pendingFees()
        external
        view
        override
        returns (uint256 buyBps, uint256 sellBps, uint256 effectiveAt)
    {
        Fees memory current = _fees;
        if (block.timestamp >= current.nextAt) return (0, 0, 0);
        return (current.nextBuyBps, current.nextSellBps, current.nextAt);
    }

    /// @inheritdoc IAccrualToken
    function maxFees() external view override returns (uint256 buyBps, uint256 sellBps) {
        return (_maxBuyBps, _maxSellBps);
    }

    /// @inheritdoc IAccrualToken
    function isPool(address account) external view override returns (bool) {
        return _accounts[account] & POOL != 0;
    }

    /// @inheritdoc IAccrualToken
    function isExempt(address account) external view override returns (bool) {
        return _accounts[account] & EXEMPT != 0;
    }

    // ---------------------------------------------------------------- backing

    function model() external pure override returns (bytes32) {
        return "accrual";
    }

    function reserves() external view override returns (address[] memory assets, uint256[] memory amounts) {
        return IReserve(reserve).reserves();
    }

    function claims() public view override returns (uint256) {
        return _supply.total - _supply.unspendable;
    }

    function backingOf(uint256 tokens) external view override returns (uint256[] memory amounts) {
        return IReserve(reserve).backingOf(tokens);
    }

    // ---------------------------------------------------------------- internals

    /// @dev Between two accounts that are neither pool nor unspendable, as nearly always, each slot is read and
    /// written once.
    function _transfer(address from, address to, uint256 amount) private {
        uint256 sender = _accounts[from];
        uint256 receiver = _accounts[to];
        if ((sender | receiver) & (POOL | UNSPENDABLE) != 0) return _transferFlagged(from, to, amount);
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        if (amount > uint128(sender)) revert ERC20InsufficientBalance(from, uint128(sender), amount);
        // Safe: amount is at most the balance, and balances sum to the supply, which fits.
        unchecked {
            _accounts[from] = sender - amount;
            _accounts[to] = from == to ? sender : receiver + amount;
        }
        emit Transfer(from, to, amount);
    }

    function _transferFlagged(address from, address to, uint256 amount) private {
        uint256 flags = _accounts[from] | _accounts[to];
        if (flags & POOL != 0 && flags & EXEMPT == 0) {
            uint256 fee = _feeOf(from, to, amount);
            if (fee != 0) {
                _move(from, converter, fee);
                emit Taxed(from, to, amount, fee);
                amount -= fee;
            }
        }
        _move(from, to, amount);
    }

    /// @dev A transfer from one pool to another is a purchase from the first and a sale to the second.
    function _feeOf(address from, address to, uint256 amount) private view returns (uint256 fee) {
        (uint256 buyBps, uint256 sellBps) = fees();
        if (_accounts[from] & POOL != 0) fee = MulDiv.mulDivUp(amount, buyBps, BPS);
        if (_accounts[to] & POOL != 0) fee += MulDiv.mulDivUp(amount, sellBps, BPS);
        if (fee > amount) fee = amount; // dust: two fees of one unit each on a single unit
    }

    function _move(address from, address to, uint256 amount) private {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        _debit(from, amount);
        uint256 receiver = _accounts[to];
        // Safe: balances sum to the supply, which fits.
        unchecked {
            _accounts[to] = receiver + amount;
        }
        if (receiver & UNSPENDABLE != 0) _supply.unspendable += uint128(amount);
        emit Transfer(from, to, amount);
    }

    function _burn(address from, uint256 amount) private returns (uint256 claimsBefore) {
        _debit(from, amount);
        Supply memory supply = _supply;
        claimsBefore = supply.total - supply.unspendable;
        supply.total -= uint128(amount);
        _supply = supply;
        emit Transfer(from, address(0), amount);
    }

    function _debit(address from, uint256 amount) private {
        uint256 sender = _accounts[from];
        if (amount > uint128(sender)) revert ERC20InsufficientBalance(from, uint128(sender), amount);
        // Safe: amount is at most the balance in the low bits.
        unchecked {
            _accounts[from] = sender - amount;
        }
    }

    function _spendAllowance(address owner_, address spender, uint256 amount) private {
        uint256 allowed = allowance[owner_][spender];
        if (allowed == type(uint256).max) return;
        if (amount > allowed) revert ERC20InsufficientAllowance(spender, allowed, amount);
        // Safe: amount is at most what is allowed.
        unchecked {
            allowance[owner_][spender] = allowed - amount;
        }
    }

    function _approve(address owner_, address spender, uint256 amount) private {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        allowance[owner_][spender] = amount;
        emit Approval(owner_, spender, amount);
    }

    function _signed(address signer, bytes32 digest, bytes memory signature) private view returns (bool) {
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
    }

    function _params() private view returns (TokenParams memory) {
        return ILaunchpad(msg.sender).tokenParams();
    }
}
