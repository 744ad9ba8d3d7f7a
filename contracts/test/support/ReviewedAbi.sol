// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";

/// @title Every function of the deployed contracts that somebody has looked at
/// @notice A function that appears in a contract's code and not here fails the review (T17, T19) until it was looked
/// at: does it take a source, an asset, a callee or decimals from its caller, and can it move what backs anybody?
library ReviewedAbi {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function reserve() internal pure returns (string[] memory) {
        return vm.split(
            "assetAt(uint256) assetCount() backing() backingOf(uint256) " // views
            "claims() converter() freeHolderCoverage(uint256) flashFee(address,uint256) loan(uint256) "
            "loanCount() locked() maxBorrow(uint256) maxFlashLoan(address) model() pausedUntil() "
            "previewRedeem(uint256) reserves() terms() token() " // exits
            "redeem(uint256,uint256,address,bool) repay(uint256,uint256[]) extend(uint256) "
            "extendByBurn(uint256,uint256) foreclose(uint256[]) " // entries
            "borrow(uint256,uint256[],address,bool) flashLoan(address,address,uint256,bytes) " // what flows in
            "donate(uint256,uint256) sync(uint256) " // converter, launchpad, guardian
            "burnConverted(uint256) seed() pause(uint256) unpause()",
            " "
        );
    }

    function converter() internal pure returns (string[] memory) {
        return vm.split(
            "CHANGE_DELAY_SECS() LIQUIDITY_INTERVAL_SECS() LOT_PRICE_MAX_AGE_SECS() MAX_MULTIPLE() "
            "forLiquidity() forSale() lastLot() lot() multiple() owed(address,uint256) "
            "pendingRecipient(uint256) quote(uint256) split() "
            "acceptRecipient(uint256) addLiquidity() allocate() bid(uint256,uint256[],address) burnLot() "
            "claim(address,uint256) proposeRecipient(uint256,address)",
            " "
        );
    }

    function liquidityLock() internal pure returns (string[] memory) {
        return vm.split("beneficiary() extendLock(uint256) lockedUntil() pool() withdraw(address)", " ");
    }

    function token() internal pure returns (string[] memory) {
        return vm.split(
            "DOMAIN_SEPARATOR() RAISE_DELAY_SECS() allowance(address,address) backingOf(uint256) "
            "balanceOf(address) claims() converter() decimals() eip712Domain() factory() fees() guardian() "
            "isExempt(address) isPool(address) maxFees() model() name() nonces(address) owner() "
            "pendingFees() pendingOwner() reserve() reserves() symbol() totalSupply() "
            "approve(address,uint256) transfer(address,uint256) transferFrom(address,address,uint256) "
            "permit(address,address,uint256,uint256,bytes) "
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32) "
            "burn(uint256) burnFrom(address,uint256) burnOf(address,uint256) lockFrom(address,uint256) "
            "registerPool(address) setFees(uint256,uint256) setGuardian(address) acceptOwnership() "
            "renounceOwnership() transferOwnership(address)",
            " "
        );
    }

    /// @dev The launch itself is left to its interface: its parameters are a structure of structures.
    function launchpad() internal pure returns (string[] memory) {
        return vm.split(
            "factory() launched(address) predictToken(address,bytes32,uint256) tokenAt(uint256) "
            "tokenCount() tokenParams() wrappedNative()",
            " "
        );
    }

    function tokenDeployer() internal pure returns (string[] memory) {
        return vm.split("deploy(bytes32) predict(address,bytes32) tokenParams()", " ");
    }

    function selectorOf(string memory signature) internal pure returns (bytes4) {
        return bytes4(keccak256(bytes(signature)));
    }

    /// @return Whether the caller names an address, or bytes that could hold one.
    function namesAnAddress(string memory signature) internal pure returns (bool) {
        uint256 absent = type(uint256).max;
        return vm.indexOf(signature, "address") != absent || vm.indexOf(signature, "bytes)") != absent;
    }

    /// @return The signature of `selector` in the list, or an empty one.
    function signatureOf(string[] memory list, bytes4 selector) internal pure returns (string memory) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (selectorOf(list[i]) == selector) return list[i];
        }
        return "";
    }
}
