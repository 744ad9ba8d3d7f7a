// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Converter} from "ballast/accrual/Converter.sol";
import {ConverterConfig} from "ballast/accrual/ConverterConfig.sol";
import {Recipient, Split} from "ballast/interfaces/IConverter.sol";
import {StubAsset, StubReserve, StubToken} from "./Stubs.sol";

/// @notice Proved for every caller, amount and time: who changes recipients and when, and what no bid may do.
contract ConverterSymbolic is Test {
    address private constant OWNER = address(0x2003);
    address private constant CREATOR = address(0x5001);
    uint256 private constant GENESIS = 1_767_225_600;
    uint256 private constant LOT = 1_000e18;

    Converter private converter;
    StubReserve private reserve;

    function setUp() public {
        vm.warp(GENESIS);
        reserve = new StubReserve();
        address[] memory assets = new address[](1);
        assets[0] = address(new StubAsset());
        Split memory split = Split(6_000, 1_000, 2_000, new Recipient[](1));
        split.recipients[0] = Recipient(CREATOR, 1_000);
        bytes memory args = ConverterConfig.encode(
            [address(new StubToken()), address(reserve), address(0x5002), address(0x5003)],
            LOT,
            64e18,
            assets,
            split
        );
        converter = Converter(Clones.cloneWithImmutableArgs(address(new Converter()), args));
    }

    function _one(uint256 amount) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = amount;
    }

    function check_onlyTheOwnerProposesRecipients(address caller, uint256 index, address account) external {
        vm.assume(caller != OWNER);
        vm.prank(caller);
        (bool done,) = address(converter).call(abi.encodeCall(converter.proposeRecipient, (index, account)));
        assert(!done);
    }

    function check_noRecipientChangesWithinThreeDays(address account, uint64 wait) external {
        vm.assume(wait < 3 days);
        vm.prank(OWNER);
        address(converter).call(abi.encodeCall(converter.proposeRecipient, (0, account)));
        vm.warp(GENESIS + wait);
        (bool done,) = address(converter).call(abi.encodeCall(converter.acceptRecipient, (0)));
        assert(!done);
        assert(converter.split().recipients[0].account == CREATOR);
    }

    /// @dev What is due to one account is not touched by a claim for another.
    function check_nobodyClaimsWhatIsNotOwed(address account, uint256 asset) external {
        (bool done,) = address(converter).call(abi.encodeCall(converter.claim, (account, asset)));
        assert(!done);
    }

    function check_noBidAboveALot(uint256 tokens, uint256 maxPay, address to, uint32 wait) external {
        vm.assume(tokens > LOT);
        vm.warp(GENESIS + wait);
        (bool done,) = address(converter).call(abi.encodeCall(converter.bid, (tokens, _one(maxPay), to)));
        assert(!done);
    }

    function check_noBidWhilePaused(uint256 tokens, uint256 maxPay, address to, uint256 until) external {
        vm.assume(until != 0);
        reserve.setPausedUntil(until);
        (bool done,) = address(converter).call(abi.encodeCall(converter.bid, (tokens, _one(maxPay), to)));
        assert(!done);
    }

    /// @dev Six halvings bring 64 down to one: from then on nothing is sold, and until then nothing is burned as a lot.
    function check_nothingIsSoldAtTheFloorAndNoLotBurnedAboveIt(uint256 tokens, uint32 wait) external {
        vm.warp(GENESIS + wait);
        if (wait >= 1 hours) {
            (bool sold,) =
                address(converter).call(abi.encodeCall(converter.bid, (tokens, _one(1e30), CREATOR)));
            assert(!sold);
        } else {
            (bool burned,) = address(converter).call(abi.encodeCall(converter.burnLot, ()));
            assert(!burned);
        }
    }
}
