// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IReportQuorum, Report} from "ballast/interfaces/IReportQuorum.sol";
import {ReportSource} from "ballast/oracle/ReportSource.sol";
import {OracleFixture} from "../support/OracleFixture.sol";

/// @notice Signed reports: three of five signers.
contract OracleReportsTest is OracleFixture {
    uint256 private constant ROUND = 10;
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    IReportQuorum private quorum;
    uint256[] private keys; // sorted by address

    function setUp() public {
        vm.warp(START);
        for (uint256 i = 1; i <= 6; ++i) {
            keys.push(uint256(keccak256(abi.encode("signer", i))));
        }
        for (uint256 i = 0; i < keys.length; ++i) {
            for (uint256 j = i + 1; j < keys.length; ++j) {
                if (vm.addr(keys[j]) < vm.addr(keys[i])) (keys[i], keys[j]) = (keys[j], keys[i]);
            }
        }
        quorum = _newQuorum(_signers(5), 3);
    }

    function _newQuorum(address[] memory signers, uint256 least) private returns (IReportQuorum) {
        bytes memory args = abi.encode(governor, uint256(60), signers, least);
        return IReportQuorum(vm.deployCode("ReportQuorum.sol:ReportQuorum", args));
    }

    function _signers(uint256 count) private view returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = vm.addr(keys[i]);
        }
    }

    function _sign(uint256 key, uint256 price, uint256 confidence, uint256 time, uint256 round)
        private
        view
        returns (Report memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, quorum.digestOf(asset, price, confidence, time, round));
        return Report(price, confidence, time, abi.encodePacked(r, s, v));
    }

    /// @dev One report of each of the first signers, of now.
    function _reports(uint256[3] memory values, uint256 round) private view returns (Report[] memory list) {
        list = new Report[](3);
        for (uint256 i = 0; i < 3; ++i) {
            list[i] = _sign(keys[i], values[i], 1e18, block.timestamp, round);
        }
    }

    function _same(uint256 round) private view returns (Report[] memory) {
        return _reports([uint256(2_000e18), 2_000e18, 2_000e18], round);
    }

    function _refuse(Report[] memory reports, uint256 round, bytes memory refused) private {
        vm.expectRevert(refused);
        quorum.submit(asset, round, reports);
    }

    // ---------------------------------------------------------------- what is stored

    function test_theMedianOfTheReportsIsStored() external {
        Report[] memory reports = new Report[](4);
        reports[0] = _sign(keys[0], 2_010e18, 3e18, START - 3, ROUND);
        reports[1] = _sign(keys[1], 1_990e18, 1e18, START - 1, ROUND);
        reports[2] = _sign(keys[3], 2_000e18, 2e18, START, ROUND);
        reports[3] = _sign(keys[4], 2_004e18, 9e18, START - 60, ROUND);
        vm.expectEmit(address(quorum));
        emit IReportQuorum.Reported(asset, ROUND, 2_002e18, 2.5e18, START - 2, 4);
        quorum.submit(asset, ROUND, reports);
        (uint256 price, uint256 confidence, uint256 time, uint256 round) = quorum.latest(asset);
        assertEq(price, 2_002e18);
        assertEq(confidence, 2.5e18);
        assertEq(time, START - 2);
        assertEq(round, ROUND);
    }

    function test_aSourceReadsTheRangeInItsScale() external {
        quorum.submit(asset, ROUND, _same(ROUND));
        ReportSource source =
            ReportSource(vm.deployCode("ReportSource.sol:ReportSource", abi.encode(quorum, asset, 6)));
        (uint256 low, uint256 mid, uint256 high, uint256 updatedAt, bool stepped) = source.read();
        assertEq(mid, 2_000e48);
        assertEq(low, 1_999e48);
        assertEq(high, 2_001e48);
        assertEq(updatedAt, START);
        assertFalse(stepped);
        assertFalse(source.derived());
        source = ReportSource(
            vm.deployCode("ReportSource.sol:ReportSource", abi.encode(quorum, makeAddr("other"), 18))
        );
        vm.expectRevert(abi.encodeWithSelector(IReportQuorum.NothingReported.selector, makeAddr("other")));
        source.read();
        vm.expectPartialRevert(ReportSource.BadTerm.selector);
        vm.deployCode("ReportSource.sol:ReportSource", abi.encode(quorum, asset, 37));
    }

    /// @dev Whatever one of the signers says, the price and its confidence stay among what the others said.
    function testFuzz_oneCompromisedSignerStaysWithinTheHonestRange(
        uint256 first,
        uint256 second,
        uint256 lie,
        uint256 liar
    ) external {
        uint256[3] memory values;
        liar = liar % 3;
        uint256 honestA = _bound(first, 1_000e18, 3_000e18);
        uint256 honestB = _bound(second, 1_000e18, 3_000e18);
        values[liar] = _bound(lie, 1e18 + 1, type(uint112).max);
        values[(liar + 1) % 3] = honestA;
        values[(liar + 2) % 3] = honestB;
        quorum.submit(asset, ROUND, _reports(values, ROUND));
        (uint256 price,,,) = quorum.latest(asset);
        assertGe(price, honestA < honestB ? honestA : honestB);
        assertLe(price, honestA < honestB ? honestB : honestA);
    }

    // ---------------------------------------------------------------- signatures

    function test_fewerThanAQuorumAreRefused() external {
        Report[] memory reports = new Report[](2);
        reports[0] = _sign(keys[0], 1e18, 0, START, ROUND);
        reports[1] = _sign(keys[1], 1e18, 0, START, ROUND);
        _refuse(reports, ROUND, abi.encodeWithSelector(IReportQuorum.TooFewReports.selector, 2, 3));
    }

    function test_signersCountOnceAndInOrder() external {
        Report[] memory reports = _same(ROUND);
        reports[1] = reports[0];
        _refuse(reports, ROUND, abi.encodeWithSelector(IReportQuorum.NotSorted.selector, 1, vm.addr(keys[0])));
        reports = _same(ROUND);
        (reports[1], reports[2]) = (reports[2], reports[1]);
        _refuse(reports, ROUND, abi.encodeWithSelector(IReportQuorum.NotSorted.selector, 2, vm.addr(keys[1])));
    }

    function test_strangersAndRemovedSignersAreRefused() external {
        Report[] memory reports = _same(ROUND);
        reports[2] = _sign(keys[5], 2_000e18, 0, START, ROUND);
        bytes memory refused = abi.encodeWithSelector(IReportQuorum.NotSigner.selector, 2, vm.addr(keys[5]));
        _refuse(reports, ROUND, refused);
        address[] memory next = _signers(6);
        assembly ("memory-safe") {
            next := add(next, 32)
            mstore(next, 5)
        }
        for (uint256 i = 0; i < 5; ++i) {
            next[i] = vm.addr(keys[i + 1]);
        }
        vm.prank(governor);
        quorum.setSigners(next, 3);
        assertFalse(quorum.isSigner(vm.addr(keys[0])));
        assertTrue(quorum.isSigner(vm.addr(keys[5])));
        _refuse(
            _same(ROUND), ROUND, abi.encodeWithSelector(IReportQuorum.NotSigner.selector, 0, vm.addr(keys[0]))
        );
    }

    function test_malleableCompactAndBrokenSignaturesAreRefused() external {
        Report[] memory reports = _same(ROUND);
        bytes memory refused = abi.encodeWithSelector(IReportQuorum.BadSignature.selector, 1);
        bytes memory good = reports[1].signature;
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(keys[1], quorum.digestOf(asset, 2_000e18, 1e18, START, ROUND));
        assertLe(uint256(s), HALF_ORDER);
        // The same point with s in the upper half, which recovers to the same signer.
        bytes32 mirrored = bytes32(HALF_ORDER * 2 + 1 - uint256(s));
        reports[1].signature = abi.encodePacked(r, mirrored, v == 27 ? 28 : 27);
        _refuse(reports, ROUND, refused);
        reports[1].signature = abi.encodePacked(r, bytes32(uint256(s) | uint256(v - 27) << 255));
        _refuse(reports, ROUND, refused);
        reports[1].signature = abi.encodePacked(good, hex"00");
        _refuse(reports, ROUND, refused);
        reports[1].signature = "";
        _refuse(reports, ROUND, refused);
        reports[1].signature = abi.encodePacked(r, s, uint8(29));
        _refuse(reports, ROUND, refused);
        reports[1].signature = good;
        quorum.submit(asset, ROUND, reports);
    }

    /// @dev A contract among the signers has no key, so that what it approves now and denies later plays no part.
    function test_aContractAmongTheSignersCannotSign() external {
        Report[] memory reports = _same(ROUND);
        vm.etch(vm.addr(keys[5]), hex"00");
        reports[1].signature = abi.encodePacked(vm.addr(keys[5]), new bytes(45));
        _refuse(reports, ROUND, abi.encodeWithSelector(IReportQuorum.BadSignature.selector, 1));
    }

    /// @dev A report is for one asset, round, chain and contract.
    function test_reportsCountWhereTheyWereSignedFor() external {
        Report[] memory reports = _same(ROUND);
        vm.expectPartialRevert(IReportQuorum.NotSigner.selector);
        quorum.submit(makeAddr("other"), ROUND, reports);
        vm.expectPartialRevert(IReportQuorum.NotSigner.selector);
        quorum.submit(asset, ROUND + 1, reports);
        IReportQuorum twin = _newQuorum(_signers(5), 3);
        vm.expectPartialRevert(IReportQuorum.NotSigner.selector);
        twin.submit(asset, ROUND, reports);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(IReportQuorum.NotSigner.selector);
        quorum.submit(asset, ROUND, reports);
        vm.chainId(block.chainid - 1);
        reports[0].price += 1;
        vm.expectPartialRevert(IReportQuorum.NotSigner.selector);
        quorum.submit(asset, ROUND, reports);
    }

    // ---------------------------------------------------------------- rounds, times, values

    function test_roundsOnlyRiseAndNeverPassTheClock() external {
        quorum.submit(asset, ROUND, _same(ROUND));
        _refuse(
            _same(ROUND),
            ROUND,
            abi.encodeWithSelector(IReportQuorum.BadRound.selector, ROUND, ROUND + 1, START)
        );
        _refuse(
            _same(START + 1),
            START + 1,
            abi.encodeWithSelector(IReportQuorum.BadRound.selector, START + 1, ROUND + 1, START)
        );
        quorum.submit(asset, START, _same(START));
    }

    function test_reportsOfTheFutureOrOfLongAgoAreRefused() external {
        Report[] memory reports = _same(ROUND);
        reports[0] = _sign(keys[0], 2_000e18, 0, START + 1, ROUND);
        bytes4 refused = IReportQuorum.BadReportTime.selector;
        _refuse(reports, ROUND, abi.encodeWithSelector(refused, 0, START + 1, START - 60, START));
        reports[0] = _sign(keys[0], 2_000e18, 0, START - 61, ROUND);
        _refuse(reports, ROUND, abi.encodeWithSelector(refused, 0, START - 61, START - 60, START));
        reports[0] = _sign(keys[0], 2_000e18, 0, START - 60, ROUND);
        quorum.submit(asset, ROUND, reports);
    }

    function test_aPriceOfZeroOrWithoutLowerBoundIsRefused() external {
        uint256[2][3] memory values = [[uint256(0), 0], [uint256(5), 5], [uint256(1) << 112, 0]];
        for (uint256 i = 0; i < values.length; ++i) {
            Report[] memory reports = _same(ROUND);
            reports[2] = _sign(keys[2], values[i][0], values[i][1], START, ROUND);
            _refuse(
                reports,
                ROUND,
                abi.encodeWithSelector(IReportQuorum.BadReport.selector, 2, values[i][0], values[i][1])
            );
        }
    }

    // ---------------------------------------------------------------- governor

    function test_onlyTheGovernorReplacesTheSignersWithinBounds() external {
        vm.expectRevert(abi.encodeWithSelector(IReportQuorum.NotGovernor.selector, address(this)));
        quorum.setSigners(_signers(5), 3);
        vm.startPrank(governor);
        uint256[2][5] memory bad =
            [[uint256(2), 3], [uint256(5), 2], [uint256(6), 3], [uint256(4), 5], [uint256(3), 2]];
        for (uint256 i = 0; i < bad.length; ++i) {
            address[] memory list = _signers(bad[i][0]);
            vm.expectPartialRevert(IReportQuorum.BadTerm.selector);
            quorum.setSigners(list, bad[i][1]);
        }
        address[] memory many = new address[](32);
        vm.expectPartialRevert(IReportQuorum.BadTerm.selector);
        quorum.setSigners(many, 17);
        address[] memory twice = _signers(5);
        twice[1] = twice[0];
        vm.expectPartialRevert(IReportQuorum.NotSorted.selector);
        quorum.setSigners(twice, 3);
        twice[0] = address(0);
        vm.expectPartialRevert(IReportQuorum.NotSorted.selector);
        quorum.setSigners(twice, 3);
        quorum.setSigners(_signers(6), 4);
        assertEq(quorum.quorum(), 4);
        assertEq(quorum.signers().length, 6);
    }

    function test_aQuorumNeedsAGovernor() external {
        vm.expectPartialRevert(IReportQuorum.BadAddress.selector);
        vm.deployCode(
            "ReportQuorum.sol:ReportQuorum", abi.encode(address(0), uint256(60), _signers(5), uint256(3))
        );
    }

    function test_theAgeOfReportsIsBounded() external {
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectPartialRevert(IReportQuorum.BadTerm.selector);
            vm.deployCode(
                "ReportQuorum.sol:ReportQuorum",
                abi.encode(governor, i == 0 ? 9 : 1 days + 1, _signers(5), uint256(3))
            );
        }
    }
}
