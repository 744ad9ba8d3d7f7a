// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {TestAsset} from "./TestAsset.sol";
import {VaultFixture} from "./VaultFixture.sol";

/// @notice What attacks on a book share: money for the attacker, interest, falls, and what somebody is worth.
abstract contract VaultAttackFixture is VaultFixture {
    /// @dev The stability rate that doubles the index in a year, the largest there is.
    uint256 internal constant RATE_MAX = 31_709_791_983;
    uint256 internal constant INDEX_MAX = 2 ** 76 - 1;

    /// @dev A rich owner, safe at a tenth of the price.
    address internal bank = makeAddr("bank");

    /// @dev Stands in for a peg module whose custody is worth its ledger.
    function backing(uint256 ledger) external pure returns (uint256) {
        return ledger;
    }

    /// @dev Synthetic for `who`, borrowed by the bank against many times its value.
    function _fund(address who, uint256 amount) internal {
        _open(bank, FAST, amount / 100, amount);
        vm.prank(bank);
        assertTrue(synthetic.transfer(who, amount));
    }

    /// @dev `years_` years at the largest rate, compounded each year.
    function _passYears(uint256 market, uint256 years_) internal {
        for (uint256 i = 0; i < years_; ++i) {
            book.setRate(market, RATE_MAX);
            _pass(365 days);
        }
        book.setRate(market, 0);
    }

    function _pass(uint256 secs) internal {
        vm.warp(vm.getBlockTimestamp() + secs);
    }

    /// @dev Base units of the synthetic, rounded down.
    function _valueOf(TestAsset asset, uint256 amount) internal view returns (uint256) {
        (, uint256 mid,,,) = prices.price(address(asset));
        return Math.mulDiv(amount, mid, 1e36);
    }

    /// @dev All that `who` has at mid: tokens, collateral, less what is owed.
    function _worth(address who) internal view returns (int256 worth) {
        worth = int256(synthetic.balanceOf(who));
        for (uint256 market = 0; market < book.marketCount(); ++market) {
            TestAsset asset = TestAsset(book.termsOf(market).collateral);
            (uint256 collateral,, uint256 debt,) = book.vaultOf(market, who);
            worth += int256(_valueOf(asset, asset.balanceOf(who) + collateral)) - int256(debt);
        }
    }

    /// @dev What two accounts of one attacker have.
    function _worth(address one, address other) internal view returns (int256) {
        return _worth(one) + _worth(other);
    }

    function _isHealthy(uint256 market, address owner) internal view returns (bool) {
        (uint256 collateral,, uint256 debt,) = book.vaultOf(market, owner);
        uint256 value = _valueOf(TestAsset(book.termsOf(market).collateral), collateral);
        return debt * WAD <= value * book.termsOf(market).liqLtv;
    }

    /// @dev Everything that the book says of itself, of a market and of one of its vaults, as one number.
    function _fingerprint(uint256 market, address owner) internal view returns (bytes32) {
        (uint256 collateral, uint256 norm, uint256 debt, uint256 flaggedAt) = book.vaultOf(market, owner);
        (uint256 debts, uint256 deficit, uint256 ledger) = book.totals();
        return keccak256(
            abi.encode(
                abi.encode(book.marketOf(market)),
                abi.encode(collateral, norm, debt, flaggedAt, debts, deficit, ledger),
                synthetic.totalSupply(),
                book.equity()
            )
        );
    }

    function _setStateOf(TestAsset asset, PriceState state) internal {
        (uint256 low, uint256 mid, uint256 high,,) = prices.price(address(asset));
        prices.set(address(asset), low, mid, high, state);
    }
}
