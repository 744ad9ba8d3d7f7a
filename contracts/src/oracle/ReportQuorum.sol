// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IReportQuorum, Report} from "../interfaces/IReportQuorum.sol";
import {Medians} from "./Medians.sol";

/// @title The medians of signed reports
/// @notice With at least three reports, one signer moves a median no further than the others reach, whatever he signs
/// and whoever submits.
contract ReportQuorum is EIP712, IReportQuorum {
    bytes32 private constant REPORT_TYPEHASH =
        keccak256("Report(address asset,uint256 price,uint256 confidence,uint256 time,uint256 round)");
    uint256 private constant LEAST_QUORUM = 3;
    uint256 private constant MOST_SIGNERS = 31;

    struct Latest {
        uint128 price;
        uint128 confidence;
        uint128 time;
        uint128 round;
    }

    /// @inheritdoc IReportQuorum
    address public immutable override governor;
    /// @notice A report older than this is refused.
    uint256 public immutable maxReportAgeSecs;
    /// @inheritdoc IReportQuorum
    uint256 public override quorum;
    /// @inheritdoc IReportQuorum
    mapping(address account => bool) public override isSigner;

    address[] private _signers;
    mapping(address asset => Latest) private _latest;

    /// @param governor_ Who replaces the signers.
    /// @param maxReportAgeSecs_ 10 seconds to a day.
    constructor(address governor_, uint256 maxReportAgeSecs_, address[] memory signers_, uint256 quorum_)
        EIP712("Ballast Reports", "1")
    {
        if (maxReportAgeSecs_ < 10 || maxReportAgeSecs_ > 1 days) {
            revert BadTerm("maxReportAgeSecs", maxReportAgeSecs_, 10, 1 days);
        }
        if (governor_ == address(0)) revert BadAddress("governor", governor_);
        (governor, maxReportAgeSecs) = (governor_, maxReportAgeSecs_);
        _setSigners(signers_, quorum_);
    }

    // ---------------------------------------------------------------- anyone

    /// @inheritdoc IReportQuorum
    function submit(address asset, uint256 round, Report[] calldata reports) external override {
        if (reports.length < quorum) revert TooFewReports(reports.length, quorum);
        uint256 nextRound = uint256(_latest[asset].round) + 1;
        // A round far ahead, once agreed on, would leave no round for anybody after it.
        if (round < nextRound || round > block.timestamp) revert BadRound(round, nextRound, block.timestamp);

        uint256[] memory values = new uint256[](reports.length);
        address last;
        for (uint256 i = 0; i < reports.length; ++i) {
            address signer = _signerOf(asset, round, reports[i], i);
            if (signer <= last) revert NotSorted(i, signer);
            last = signer;
            values[i] = reports[i].price;
        }
        uint256 price = Medians.median(values, values.length);
        for (uint256 i = 0; i < reports.length; ++i) {
            values[i] = reports[i].confidence;
        }
        uint256 confidence = Medians.median(values, values.length);
        for (uint256 i = 0; i < reports.length; ++i) {
            values[i] = reports[i].time;
        }
        uint256 time = Medians.median(values, values.length);
        _latest[asset] = Latest(uint128(price), uint128(confidence), uint128(time), uint128(round));
        emit Reported(asset, round, price, confidence, time, reports.length);
    }

    function _signerOf(address asset, uint256 round, Report calldata report, uint256 index)
        private
        view
        returns (address signer)
    {
        uint256 oldest = block.timestamp - maxReportAgeSecs;
        if (report.time < oldest || report.time > block.timestamp) {
            revert BadReportTime(index, report.time, oldest, block.timestamp);
        }
        if (report.price > type(uint112).max || report.confidence >= report.price) {
            revert BadReport(index, report.price, report.confidence);
        }
        bytes32 digest = digestOf(asset, report.price, report.confidence, report.time, round);
        (signer,,) = ECDSA.tryRecover(digest, report.signature);
        if (signer == address(0)) revert BadSignature(index);
        if (!isSigner[signer]) revert NotSigner(index, signer);
    }

    // ---------------------------------------------------------------- governor

    /// @inheritdoc IReportQuorum
    function setSigners(address[] calldata signers_, uint256 quorum_) external override {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        address[] memory old = _signers;
        for (uint256 i = 0; i < old.length; ++i) {
            isSigner[old[i]] = false;
        }
        _setSigners(signers_, quorum_);
    }

    function _setSigners(address[] memory signers_, uint256 quorum_) private {
        uint256 count = signers_.length;
        if (count < LEAST_QUORUM || count > MOST_SIGNERS) {
            revert BadTerm("signers", count, LEAST_QUORUM, MOST_SIGNERS);
        }
        uint256 least = count / 2 + 1 > LEAST_QUORUM ? count / 2 + 1 : LEAST_QUORUM;
        if (quorum_ < least || quorum_ > count) revert BadTerm("quorum", quorum_, least, count);
        address last;
        for (uint256 i = 0; i < count; ++i) {
            if (signers_[i] <= last) revert NotSorted(i, signers_[i]);
            last = signers_[i];
            isSigner[last] = true;
        }
        (_signers, quorum) = (signers_, quorum_);
        emit SignersSet(signers_, quorum_);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IReportQuorum
    function latest(address asset) external view override returns (uint256, uint256, uint256, uint256) {
        Latest memory found = _latest[asset];
        if (found.round == 0) revert NothingReported(asset);
        return (found.price, found.confidence, found.time, found.round);
    }

    /// @inheritdoc IReportQuorum
    function digestOf(address asset, uint256 price, uint256 confidence, uint256 time, uint256 round)
        public
        view
        override
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPEHASH, asset, price, confidence, time, round)));
    }

    /// @inheritdoc IReportQuorum
    function signers() external view override returns (address[] memory) {
        return _signers;
    }
}
