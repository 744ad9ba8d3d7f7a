// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice The bookkeeping that every odd asset shares. It returns true like a well-behaved asset; what makes an asset
/// odd is in its own `_move` alone, so that a test shows which oddity it meets.
abstract contract OddAsset {
    string public name = "Odd";
    string public symbol = "ODD";
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    mapping(address account => mapping(address spender => uint256)) public allowance;
    mapping(address account => uint256) internal _balances;

    error NotEnough(address account, uint256 balance, uint256 amount);

    function balanceOf(address account) public view virtual returns (uint256) {
        return _balances[account];
    }

    function mint(address to, uint256 amount) external virtual {
        totalSupply += amount;
        _balances[to] += amount;
    }

    function approve(address spender, uint256 amount) external virtual returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external virtual returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external virtual returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) internal virtual {
        _plainMove(from, to, amount, amount);
    }

    function _plainMove(address from, address to, uint256 debit, uint256 credit) internal {
        if (_balances[from] < debit) revert NotEnough(from, _balances[from], debit);
        _balances[from] -= debit;
        _balances[to] += credit;
    }
}

/// @notice Charges for transfers; the fee may be switched on long after the launch, as USDT's could be. On the receiver
/// it credits less than was sent, on the sender it debits more.
contract FeeAsset is OddAsset {
    uint256 public feeBps;
    bool public chargesSender;

    function setFee(uint256 feeBps_, bool chargesSender_) external {
        feeBps = feeBps_;
        chargesSender = chargesSender_;
    }

    function _move(address from, address to, uint256 amount) internal override {
        uint256 fee = amount * feeBps / 10_000;
        if (chargesSender) _plainMove(from, to, amount + fee, amount);
        else _plainMove(from, to, amount, amount - fee);
        totalSupply -= fee;
    }
}

/// @notice Keeps shares: every balance moves with the index and without a transfer. With `onTransfer` the index moves
/// at every transfer, as an asset that books its yield lazily does.
contract RebasingAsset is OddAsset {
    uint256 public index = 1e18;
    bool public onTransfer;

    function setOnTransfer(bool onTransfer_) external {
        onTransfer = onTransfer_;
    }

    function rebase(uint256 numerator, uint256 denominator) public {
        index = index * numerator / denominator;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return _balances[account] * index / 1e18;
    }

    function mint(address to, uint256 amount) external override {
        _balances[to] += _shares(amount);
    }

    function _move(address from, address to, uint256 amount) internal override {
        uint256 shares = _shares(amount);
        _plainMove(from, to, shares, shares);
        if (onTransfer) rebase(1_001, 1_000);
    }

    function _shares(uint256 amount) private view returns (uint256) {
        return (amount * 1e18 + index - 1) / index;
    }
}

/// @notice What a `HookAsset` calls, before on the sender's side and after on the receiver's.
interface IAssetHook {
    function onAssetMoved(address from, address to, uint256 amount) external;
}

/// @notice Calls whoever registered, on both sides of a transfer, as ERC-777 does.
contract HookAsset is OddAsset {
    mapping(address account => IAssetHook) public hookOf;

    function setHook(IAssetHook hook) external {
        hookOf[msg.sender] = hook;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (address(hookOf[from]) != address(0)) hookOf[from].onAssetMoved(from, to, amount);
        _plainMove(from, to, amount, amount);
        if (address(hookOf[to]) != address(0)) hookOf[to].onAssetMoved(from, to, amount);
    }
}

/// @notice Returns nothing where ERC-20 wants a bool, and approves only from or to zero, as USDT does.
contract NoReturnAsset {
    uint8 public constant decimals = 6;
    mapping(address account => uint256) public balanceOf;
    mapping(address account => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        require(amount == 0 || allowance[msg.sender][spender] == 0, "allowance is not zero");
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice One ledger behind two addresses, as TUSD had: whoever treats them as two assets counts the same coins twice.
contract TwoAddressAsset is OddAsset {
    SecondAddress public immutable second;

    constructor() {
        second = new SecondAddress(this);
    }

    modifier onlySecond() {
        require(msg.sender == address(second), "second address only");
        _;
    }

    function approveFor(address owner, address spender, uint256 amount) external onlySecond {
        allowance[owner][spender] = amount;
    }

    function transferFor(address from, address to, uint256 amount) external onlySecond {
        _move(from, to, amount);
    }

    function transferFromFor(address spender, address from, address to, uint256 amount) external onlySecond {
        allowance[from][spender] -= amount;
        _move(from, to, amount);
    }
}

/// @notice The other address of a `TwoAddressAsset`.
contract SecondAddress {
    uint8 public constant decimals = 18;
    TwoAddressAsset public immutable first;

    constructor(TwoAddressAsset first_) {
        first = first_;
    }

    function balanceOf(address account) external view returns (uint256) {
        return first.balanceOf(account);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        first.approveFor(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        first.transferFor(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        first.transferFromFor(msg.sender, from, to, amount);
        return true;
    }
}

/// @notice Its issuer may stop it for all or block single accounts, as USDC's can.
contract PausableAsset is OddAsset {
    bool public paused;
    mapping(address account => bool) public blocked;

    error TransfersPaused();
    error AccountBlocked(address account);

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (paused) revert TransfersPaused();
        if (blocked[from]) revert AccountBlocked(from);
        if (blocked[to]) revert AccountBlocked(to);
        _plainMove(from, to, amount, amount);
    }
}

/// @notice Once broken it answers nothing at all any more, its balances included.
contract BreakableAsset is OddAsset {
    bool public broken;

    error Broken();

    function breakDown() external {
        broken = true;
    }

    function balanceOf(address account) public view override returns (uint256) {
        if (broken) revert Broken();
        return _balances[account];
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (broken) revert Broken();
        _plainMove(from, to, amount, amount);
    }
}
