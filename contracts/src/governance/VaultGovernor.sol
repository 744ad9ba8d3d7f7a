// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IVaultBook} from "../interfaces/IVaultBook.sol";
import {PegModule} from "../vaults/PegModule.sol";

/// @notice A call that a new governor makes.
struct FirstCall {
    address target;
    bytes data;
}

/// @title Who may change what about a book of vaults, and how long everybody can see it coming
/// @notice The owner schedules calls to a fixed list of contracts; they run after a delay, for a while, unless owner or
/// guardian cancel them. What only makes the system smaller runs at once. Nothing here reaches collateral, and the
/// book has no entry that would.
contract VaultGovernor {
    event Scheduled(
        uint256 indexed id, address indexed target, bytes data, uint256 readyAt, uint256 expiresAt
    );
    event Cancelled(uint256 indexed id, address indexed by);
    event Executed(uint256 indexed id, address indexed by);
    event GuardianSet(address indexed guardian);
    event OwnerProposed(address indexed owner);
    event OwnerSet(address indexed owner);

    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error BadAddress(string field, address value);
    error NotOwner(address caller);
    error NotGuardian(address caller);
    error NotOwnerOrGuardian(address caller);
    error NotPendingOwner(address caller);
    error NotScheduled(address caller);
    error UnknownTarget(address target);
    error NothingScheduled(uint256 id);
    error TooEarly(uint256 readyAt);
    error Expired(uint256 expiresAt);
    error NotLower(uint256 value, uint256 current);

    struct Call {
        address target;
        uint40 readyAt; // unix seconds; zero once it ran or was cancelled
        bytes data;
    }

    uint256 public constant DELAY_SECS_MIN = 2 days;
    uint256 public constant DELAY_SECS_MAX = 30 days;
    /// @notice How long a call that is ready may wait for somebody to run it.
    uint256 public constant OPEN_SECS = 14 days;
    uint256 public constant TARGETS_MAX = 16;

    IVaultBook public immutable book;
    uint256 public immutable delaySecs;

    address public owner;
    address public pendingOwner;
    address public guardian;
    /// @notice Contracts that scheduled calls may go to: those named at deployment, the book, and this one.
    mapping(address target => bool) public isTarget;
    uint256 public callCount;
    mapping(uint256 id => Call) private _calls;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    modifier onlyOwnerOrGuardian() {
        if (msg.sender != owner && msg.sender != guardian) revert NotOwnerOrGuardian(msg.sender);
        _;
    }

    /// @dev By a call that was scheduled, which comes from here.
    modifier onlyScheduled() {
        if (msg.sender != address(this)) revert NotScheduled(msg.sender);
        _;
    }

    /// @param book_ May not have code yet, unless the first calls need it.
    /// @param targets What scheduled calls may go to beside the book and this contract.
    /// @param first Calls that are made at once, as markets that a new book begins with: nobody holds anything yet who
    /// would have to be told before.
    constructor(
        IVaultBook book_,
        address owner_,
        address guardian_,
        uint256 delaySecs_,
        address[] memory targets,
        FirstCall[] memory first
    ) {
        if (address(book_) == address(0)) revert BadAddress("book", address(0));
        if (owner_ == address(0)) revert BadAddress("owner", owner_);
        if (guardian_ == address(0)) revert BadAddress("guardian", guardian_);
        if (delaySecs_ < DELAY_SECS_MIN || delaySecs_ > DELAY_SECS_MAX) {
            revert BadTerm("delaySecs", delaySecs_, DELAY_SECS_MIN, DELAY_SECS_MAX);
        }
        if (targets.length > TARGETS_MAX) revert BadTerm("targets", targets.length, 0, TARGETS_MAX);
        (book, owner, guardian, delaySecs) = (book_, owner_, guardian_, delaySecs_);
        isTarget[address(book_)] = true;
        isTarget[address(this)] = true;
        for (uint256 i = 0; i < targets.length; ++i) {
            isTarget[targets[i]] = true;
        }
        emit OwnerSet(owner_);
        emit GuardianSet(guardian_);
        for (uint256 i = 0; i < first.length; ++i) {
            if (!isTarget[first[i].target]) revert UnknownTarget(first[i].target);
            Address.functionCall(first[i].target, first[i].data);
        }
    }

    // ---------------------------------------------------------------- through the delay

    /// @notice Announce a call. It can run from `readyAt` on, for `OPEN_SECS`.
    /// @return id Counted from zero.
    function schedule(address target, bytes calldata data) external onlyOwner returns (uint256 id) {
        if (!isTarget[target]) revert UnknownTarget(target);
        id = callCount++;
        uint256 readyAt = block.timestamp + delaySecs;
        _calls[id] = Call(target, uint40(readyAt), data);
        emit Scheduled(id, target, data, readyAt, readyAt + OPEN_SECS);
    }

    /// @notice Take back what is scheduled. By the owner or the guardian.
    function cancel(uint256 id) external onlyOwnerOrGuardian {
        if (_calls[id].readyAt == 0) revert NothingScheduled(id);
        delete _calls[id];
        emit Cancelled(id, msg.sender);
    }

    /// @notice Run what was announced and not taken back. By anyone: it was agreed when nobody objected. A refusal of
    /// the target is passed on, and the call stays scheduled.
    function execute(uint256 id) external returns (bytes memory answer) {
        Call memory call_ = _calls[id];
        if (call_.readyAt == 0) revert NothingScheduled(id);
        if (block.timestamp < call_.readyAt) revert TooEarly(call_.readyAt);
        uint256 expiresAt = call_.readyAt + OPEN_SECS;
        if (block.timestamp > expiresAt) revert Expired(expiresAt);
        delete _calls[id];
        emit Executed(id, msg.sender);
        return Address.functionCall(call_.target, call_.data);
    }

    /// @notice Name another guardian. Only by a scheduled call.
    function setGuardian(address guardian_) external onlyScheduled {
        if (guardian_ == address(0)) revert BadAddress("guardian", guardian_);
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    /// @notice Offer ownership. Only by a scheduled call; the new owner then accepts.
    function proposeOwner(address owner_) external onlyScheduled {
        pendingOwner = owner_;
        emit OwnerProposed(owner_);
    }

    /// @notice Become the owner that was proposed.
    function acceptOwner() external {
        if (msg.sender != pendingOwner) revert NotPendingOwner(msg.sender);
        (owner, pendingOwner) = (msg.sender, address(0));
        emit OwnerSet(msg.sender);
    }

    // ---------------------------------------------------------------- at once

    /// @notice Lower a market's ceiling; zero closes it for new debt.
    /// @param ceiling Whole tokens times 1e18.
    function lowerCeiling(uint256 market, uint256 ceiling) external onlyOwnerOrGuardian {
        _requireLower(ceiling, book.marketOf(market).ceiling);
        book.setCeiling(market, ceiling);
    }

    /// @notice Lower a market's mint limit; zero closes it for new debt.
    /// @param mintLimit Whole tokens times 1e18.
    function lowerMintLimit(uint256 market, uint256 mintLimit) external onlyOwnerOrGuardian {
        _requireLower(mintLimit, book.marketOf(market).mintLimit);
        book.setMintLimit(market, mintLimit);
    }

    /// @notice Lower the cap of the book's peg module; zero closes it for entries.
    /// @param cap Base units of the synthetic.
    function lowerPegCap(uint256 cap) external onlyOwnerOrGuardian {
        PegModule module = PegModule(book.pegModule());
        _requireLower(cap, module.cap());
        module.setCap(cap);
    }

    /// @notice No new debt for `secs`, at most seven days. By the guardian.
    function stopNewDebt(uint256 secs) external {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        book.stopNewDebt(secs);
    }

    // ---------------------------------------------------------------- views

    /// @notice What was scheduled under `id`; nothing once it ran or was cancelled.
    /// @return target Where the call goes.
    /// @return data Its calldata.
    /// @return readyAt Unix seconds from which it can run; zero if there is none.
    /// @return expiresAt Unix seconds until which it can run; zero if there is none.
    function scheduled(uint256 id)
        external
        view
        returns (address target, bytes memory data, uint256 readyAt, uint256 expiresAt)
    {
        Call memory call_ = _calls[id];
        if (call_.readyAt == 0) return (address(0), "", 0, 0);
        return (call_.target, call_.data, call_.readyAt, call_.readyAt + OPEN_SECS);
    }

    function _requireLower(uint256 value, uint256 current) private pure {
        if (value >= current) revert NotLower(value, current);
    }
}
