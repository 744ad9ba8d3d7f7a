// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPriceSource} from "../interfaces/IPriceSource.sol";
import {SourceCalls} from "./SourceCalls.sol";

/// @title A net asset value that somebody attests
/// @notice An attestation moves `mid` by a step at most, and comes no more often than once an interval. One beyond the
/// step is not refused, or the truth could not be told: it enters the bound that it worsens at once, and `mid` walks
/// there with the attestations that follow.
contract AttestedValueSource is IPriceSource {
    event Attested(uint256 value, uint256 mid, uint256 asOf);
    event AttestorSet(address indexed attestor);

    error NotGovernor(address caller);
    error NotAttestor(address caller);
    error TooSoon(uint256 notBefore);
    error BadTime(uint256 asOf, uint256 least, uint256 most);
    error BadAddress(string field, address value);
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error NothingAttested();

    uint256 private constant WAD = 1e18;
    uint256 private constant LEAST_VALUE = 1e9;

    address public immutable governor;
    /// @notice How far an attestation moves `mid`, in wad.
    uint256 public immutable maxStep;
    uint256 public immutable intervalSecs;
    address public attestor;

    uint256 private _mid;
    uint256 private _value;
    uint128 private _asOf;
    uint128 private _attestedAt;

    /// @param governor_ Who names the attestor.
    /// @param maxStep_ 0.0001 to 0.5, in wad.
    /// @param intervalSecs_ A minute to 31 days.
    constructor(address governor_, address attestor_, uint256 maxStep_, uint256 intervalSecs_) {
        if (maxStep_ < WAD / 10_000 || maxStep_ > WAD / 2) {
            revert BadTerm("maxStep", maxStep_, WAD / 10_000, WAD / 2);
        }
        if (intervalSecs_ < 60 || intervalSecs_ > 31 days) {
            revert BadTerm("intervalSecs", intervalSecs_, 60, 31 days);
        }
        if (governor_ == address(0)) revert BadAddress("governor", governor_);
        (governor, maxStep, intervalSecs) = (governor_, maxStep_, intervalSecs_);
        _setAttestor(attestor_);
    }

    /// @notice Say what a unit was worth. Attestor only.
    /// @param value In the scale of prices, at least 1e9.
    /// @param asOf Unix seconds, later than the last one's and not in the future.
    function attest(uint256 value, uint256 asOf) external {
        if (msg.sender != attestor) revert NotAttestor(msg.sender);
        uint256 notBefore = _attestedAt == 0 ? 0 : _attestedAt + intervalSecs;
        if (block.timestamp < notBefore) revert TooSoon(notBefore);
        if (asOf <= _asOf || asOf > block.timestamp) revert BadTime(asOf, _asOf + 1, block.timestamp);
        if (value < LEAST_VALUE || value >= SourceCalls.PRICE_LIMIT) {
            revert BadTerm("value", value, LEAST_VALUE, SourceCalls.PRICE_LIMIT - 1);
        }
        uint256 mid = value;
        if (_mid != 0) {
            uint256 step = Math.mulDiv(_mid, maxStep, WAD);
            mid = Math.max(_mid - step, Math.min(_mid + step, value));
        }
        (_mid, _value, _asOf, _attestedAt) = (mid, value, uint128(asOf), uint128(block.timestamp));
        emit Attested(value, mid, asOf);
    }

    /// @notice Name who attests from now on; what was attested stays. Governor only.
    function setAttestor(address attestor_) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _setAttestor(attestor_);
    }

    /// @inheritdoc IPriceSource
    function read() external view override returns (uint256, uint256, uint256, uint256, bool) {
        (uint256 mid, uint256 value) = (_mid, _value);
        if (mid == 0) revert NothingAttested();
        return (Math.min(mid, value), mid, Math.max(mid, value), _asOf, mid != value);
    }

    /// @inheritdoc IPriceSource
    function derived() external pure override returns (bool) {
        return false;
    }

    function _setAttestor(address attestor_) private {
        if (attestor_ == address(0)) revert BadAddress("attestor", attestor_);
        attestor = attestor_;
        emit AttestorSet(attestor_);
    }
}
