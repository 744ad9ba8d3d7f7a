// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";

/// @notice Every function of a book of vaults and of what stands around it, each looked at. A new one has to be entered
/// here, under the heading of who may call it and what it can do.
library ReviewedVaultAbi {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function vaultBook() internal pure returns (string[] memory) {
        return vm.split(
            "DOMAIN_SEPARATOR() OWNERS_MAX() allowance(address,address) backingOf(uint256) backstop() " // views
            "balanceOf(address) claims() decimals() eip712Domain() equity() governor() haircut() "
            "isOperator(address,address) marketCount() marketOf(uint256) model() name() nonces(address) "
            "pegDeficit() pegModule() reserves() stoppedUntil() surplusBuffer() symbol() termsOf(uint256) totalSupply() "
            "totals() vaultOf(uint256,address) " // one's own, or by signature, allowance or grant
            "adjust(uint256,int256,int256) adjustFor(uint256,address,int256,int256,address) "
            "approve(address,uint256) transfer(address,uint256) transferFrom(address,address,uint256) "
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32) setOperator(address,bool) "
            "permitOperator(address,address,bool,uint256,bytes) " // anyone, paying for it
            "take(uint256,address[],uint256,uint256,bytes) redeem(uint256,address,uint256,uint256) "
            "flag(uint256,address) book(uint256,address) collect() cover(uint256,uint256) " // governor: limits only
            "createMarket((address,address,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,address),"
            "uint256,uint256,uint256) setCeiling(uint256,uint256) setMintLimit(uint256,uint256) "
            "stopNewDebt(uint256) " // rate controller: within the book's bound
            "setRate(uint256,uint256) " // peg module: by its own rules
            "pegBurn(address,uint256) pegMark(int256) pegMint(address,uint256)",
            " "
        );
    }

    function vaultGovernor() internal pure returns (string[] memory) {
        return vm.split(
            "DELAY_SECS_MAX() DELAY_SECS_MIN() OPEN_SECS() TARGETS_MAX() book() callCount() delaySecs() " // views
            "guardian() isTarget(address) owner() pendingOwner() scheduled(uint256) " // owner, through the delay
            "schedule(address,bytes) proposeOwner(address) setGuardian(address) " // anyone, what is ripe
            "execute(uint256) acceptOwner() " // owner or guardian at once: downwards
            "cancel(uint256) lowerCeiling(uint256,uint256) lowerMintLimit(uint256,uint256) lowerPegCap(uint256) "
            "stopNewDebt(uint256)",
            " "
        );
    }

    function pegModule() internal pure returns (string[] memory) {
        return vm.split(
            "FEE_MAX() backing(uint256) book() cap() capMax() custody() custodyToken() feeIn() feeOut() par() " // views
            "prices() scale() " // anyone, paying for it
            "enter(uint256,uint256,address) exit(uint256,uint256,address) mark() collectFees() " // governor
            "setCap(uint256)",
            " "
        );
    }

    /// @dev Of ERC-4626's four, none does anything.
    function backstop() internal pure returns (string[] memory) {
        return vm.split(
            "COOLDOWN_SECS_MAX() COOLDOWN_SECS_MIN() SYNC_MIN() accounts() allowance(address,address) " // views
            "askOf(uint256) asset() balanceOf(address) book() convertToAssets(uint256) convertToShares(uint256) "
            "cooldownSecs() decimals() entryOf(uint256,address) epoch() exitOf(uint256,address) genesis() "
            "lotOf(uint256) maxDeposit(address) maxMint(address) maxRedeem(address) maxWithdraw(address) name() "
            "previewDeposit(uint256) previewMint(uint256) previewRedeem(uint256) previewWithdraw(uint256) "
            "symbol() totalAssets() totalSupply() " // one's own
            "approve(address,uint256) transfer(address,uint256) transferFrom(address,address,uint256) "
            "requestEntry(uint256,address) requestExit(uint256) cancelEntry(uint256) " // anyone
            "claimEntry(uint256,address) claimExit(uint256,address) settle() sync() cover(uint256,uint256) "
            "take(uint256,address[],uint256) bid(uint256,uint256,uint256,address) " // refused
            "deposit(uint256,address) mint(uint256,address) redeem(uint256,address,address) "
            "withdraw(uint256,address,address)",
            " "
        );
    }

    function rateController() internal pure returns (string[] memory) {
        return vm.split(
            "GAP_MAX() RATE_MAX() STEP_SECS_MAX() book() integral() leakSecs() memoryOf(uint256) periodSecs() " // views
            "priceGap() prices() proportional() rateBase() rateMax() rateMin() ratePerHourMax() " // anyone
            "step(uint256)",
            " "
        );
    }
}
