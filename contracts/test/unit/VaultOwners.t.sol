// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {PriceState} from "ballast/interfaces/IPrices.sol";
import {IVaultBook, MarketView} from "ballast/interfaces/IVaultBook.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice What owners do with their vaults, and what of it needs a price.
contract VaultOwnersTest is VaultFixture {
    function test_aVaultIsOpenedAndClosed() external {
        _open(alice, FAST, 10e18, 15_000e18);
        assertEq(_collateralOf(FAST, alice), 10e18);
        assertEq(_debtOf(FAST, alice), 15_000e18);
        assertEq(synthetic.balanceOf(alice), 15_000e18);
        vm.prank(alice);
        vm.expectEmit(address(book));
        emit IVaultBook.Adjusted(FAST, alice, -10e18, -15_000e18, -15_000e18);
        (int256 collateral, int256 debt) = book.adjust(FAST, ALL, ALL);
        assertEq(collateral, -10e18);
        assertEq(debt, -15_000e18);
        assertEq(ether_.balanceOf(alice), 10e18);
        assertEq(synthetic.totalSupply(), 0);
        MarketView memory market = book.marketOf(FAST);
        assertEq(market.collateral + market.norm + market.debt, 0);
    }

    function test_debtIsBoundedByTheLowPriceAndTheBorrowingRatio() external {
        // 10 at 1,990 each, times 0.8
        uint256 most = 15_920e18;
        _open(alice, FAST, 10e18, most);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.Undercollateralised.selector, most + 1, most));
        book.adjust(FAST, 0, 1);
        vm.prank(alice);
        vm.expectPartialRevert(IVaultBook.Undercollateralised.selector);
        book.adjust(FAST, -1, 0);
    }

    function test_whatMakesAVaultSaferNeedsNoPrice() external {
        _open(alice, FAST, 10e18, 10_000e18);
        vm.mockCallRevert(address(prices), bytes(""), bytes("dead"));
        ether_.mint(alice, 1e18);
        vm.startPrank(alice);
        ether_.approve(address(book), 1e18);
        book.adjust(FAST, 1e18, 0);
        book.adjust(FAST, 0, -5_000e18);
        vm.expectRevert(bytes("dead"));
        book.adjust(FAST, -1, 0);
        vm.expectRevert(bytes("dead"));
        book.adjust(FAST, 0, 1e18);
        book.adjust(FAST, ALL, ALL);
        vm.stopPrank();
        assertEq(ether_.balanceOf(alice), 11e18);
    }

    function test_anUnsafePriceStopsBorrowingAndWithdrawingOnly() external {
        _open(alice, FAST, 10e18, 10_000e18);
        for (uint8 state = 1; state <= uint8(PriceState.Late); ++state) {
            _setPrice(ether_, 2_000e18, PriceState(state));
            vm.startPrank(alice);
            vm.expectRevert(abi.encodeWithSelector(IVaultBook.PriceUnsafe.selector, FAST, state));
            book.adjust(FAST, 0, 1e18);
            vm.expectRevert(abi.encodeWithSelector(IVaultBook.PriceUnsafe.selector, FAST, state));
            book.adjust(FAST, -1, 0);
            book.adjust(FAST, 0, -1_000e18);
            vm.stopPrank();
        }
    }

    function test_aDebtIsNothingOrAtLeastTheLeast() external {
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.DebtTooSmall.selector, 100e18 - 1, 100e18));
        this.open(alice, 100e18 - 1);
        _open(alice, FAST, 10e18, 150e18);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.DebtTooSmall.selector, 100e18 - 1, 100e18));
        book.adjust(FAST, 0, -50e18 - 1);
        book.adjust(FAST, 0, -50e18);
        book.adjust(FAST, 0, -100e18);
        vm.stopPrank();
        assertEq(_debtOf(FAST, alice), 0);
    }

    function open(address owner, uint256 debt) external {
        _open(owner, FAST, 10e18, debt);
    }

    function test_aRepaymentThatIsTooLargeTakesWhatIsOwed() external {
        _open(alice, FAST, 10e18, 10_000e18);
        vm.startPrank(alice);
        (, int256 debt) = book.adjust(FAST, 0, -1_000_000e18);
        assertEq(debt, -10_000e18);
        (, debt) = book.adjust(FAST, 0, -1e18);
        assertEq(debt, 0, "nothing is owed");
        vm.stopPrank();
    }

    function test_nobodyTakesOutMoreThanThereIs() external {
        _open(alice, FAST, 10e18, 0);
        vm.prank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "collateral", 10e18 + 1, 10e18)
        );
        book.adjust(FAST, -10e18 - 1, 0);
    }

    function test_wordsHaveTheirLimits() external {
        uint256 most = type(uint112).max;
        ether_.mint(alice, most + 1);
        vm.startPrank(alice);
        ether_.approve(address(book), most + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "collateral", most + 1, most)
        );
        book.adjust(FAST, int256(most + 1), 0);
        book.adjust(FAST, int256(most), 0);
        uint256 debt = uint256(type(uint96).max) + 1;
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "debt", debt, type(uint96).max)
        );
        book.adjust(FAST, 0, int256(debt));
        vm.stopPrank();
    }

    function test_interestGrowsInAStraightLineWhoeverCalls() external {
        uint256 rate = 1_585_489_599; // 5 % a year
        book.setRate(FAST, rate);
        _open(alice, FAST, 10e18, 10_000e18);
        _open(bob, FAST, 10e18, 10_000e18);
        skip(180 days);
        vm.prank(bob);
        book.adjust(FAST, 0, -1);
        skip(185 days);
        uint256 index = WAD + WAD * rate * 365 days / WAD;
        assertEq(book.marketOf(FAST).index, index);
        assertEq(_debtOf(FAST, alice), 10_000e18 * index / WAD);
        _requireBacked();
    }

    function test_anIndexStopsAtItsBound() external {
        book.setRate(FAST, 31_709_791_983);
        _open(alice, FAST, 10e18, 100e18);
        skip(200_000 * 365 days);
        assertEq(book.marketOf(FAST).index, type(uint80).max >> 4);
        deal(address(synthetic), alice, 100_000_000e18, true);
        vm.prank(alice);
        book.adjust(FAST, ALL, ALL);
        assertEq(_debtOf(FAST, alice), 0);
    }

    // ---------------------------------------------------------------- for others

    function test_anyoneMayMakeAVaultSafer() external {
        _open(alice, FAST, 10e18, 10_000e18);
        _open(bob, FAST, 10e18, 10_000e18);
        ether_.mint(bob, 1e18);
        vm.startPrank(bob);
        ether_.approve(address(book), 1e18);
        book.adjustFor(FAST, alice, 1e18, -10_000e18, bob);
        vm.stopPrank();
        assertEq(_debtOf(FAST, alice), 0);
        assertEq(_collateralOf(FAST, alice), 11e18);
        assertEq(synthetic.balanceOf(bob), 0, "the caller pays");
    }

    function test_onlyOwnersAndOperatorsDoTheRest() external {
        _open(alice, FAST, 10e18, 0);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NotOperator.selector, alice, bob));
        book.adjustFor(FAST, alice, -1, 0, bob);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.NotOperator.selector, alice, bob));
        book.adjustFor(FAST, alice, 0, 100e18, bob);
        vm.stopPrank();
        vm.prank(alice);
        vm.expectEmit(address(book));
        emit IVaultBook.OperatorSet(alice, bob, true);
        book.setOperator(bob, true);
        vm.prank(bob);
        book.adjustFor(FAST, alice, -1e18, 100e18, carol);
        assertEq(synthetic.balanceOf(carol), 100e18);
        assertEq(ether_.balanceOf(carol), 1e18);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadAddress.selector, "to", address(book)));
        book.adjustFor(FAST, alice, -1e18, 100e18, address(book));
        vm.prank(alice);
        book.setOperator(bob, false);
        vm.prank(bob);
        vm.expectPartialRevert(IVaultBook.NotOperator.selector);
        book.adjustFor(FAST, alice, -1, 0, bob);
    }

    function test_anOperatorIsNamedByASignatureOnce() external {
        (address owner, uint256 key) = makeAddrAndKey("owner");
        bytes32 domain = ERC20Permit(address(book)).DOMAIN_SEPARATOR();
        bytes32 kind = keccak256(
            "PermitOperator(address owner,address operator,bool allowed,uint256 nonce,uint256 deadline)"
        );
        uint256 deadline = block.timestamp + 1 hours;
        bytes32 content = keccak256(abi.encode(kind, owner, bob, true, 0, deadline));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, content)));
        bytes memory signature = abi.encodePacked(r, s, v);
        book.permitOperator(owner, bob, true, deadline, signature);
        assertTrue(book.isOperator(owner, bob));
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadSignature.selector, owner));
        book.permitOperator(owner, bob, true, deadline, signature);
        skip(1 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.PermitExpired.selector, deadline));
        book.permitOperator(owner, bob, true, deadline, signature);
    }

    // ---------------------------------------------------------------- limits

    function test_theCeilingBoundsTheMarketAndNotTheOther() external {
        book.setCeiling(FAST, 20_000e18);
        _open(alice, FAST, 10e18, 15_000e18);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.CeilingReached.selector, 20_001e18, 20_000e18));
        this.open(bob, 5_001e18);
        _open(bob, FAST, 10e18, 5_000e18);
        _open(bob, SLOW, 1e8, 20_000e18);
        book.setCeiling(FAST, 0);
        vm.prank(alice);
        vm.expectPartialRevert(IVaultBook.CeilingReached.selector);
        book.adjust(FAST, 0, 1);
    }

    function test_theMintLimitFillsWithTimeAndRepayment() external {
        book.setMintLimit(FAST, 8_640e18); // a tenth of one a second
        _open(alice, FAST, 10e18, 8_640e18);
        assertEq(book.marketOf(FAST).mintable, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.MintLimitReached.selector, 100e18, 0));
        this.open(bob, 100e18);
        skip(1_000);
        assertEq(book.marketOf(FAST).mintable, 100e18);
        _open(bob, FAST, 10e18, 100e18);
        vm.prank(alice);
        book.adjust(FAST, 0, -640e18);
        assertEq(book.marketOf(FAST).mintable, 640e18);
        vm.prank(alice);
        book.adjust(FAST, 0, 640e18);
        book.setMintLimit(FAST, 0);
        assertEq(book.marketOf(FAST).mintable, 0);
        skip(30 days);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.MintLimitReached.selector, 1, 0));
        book.adjust(FAST, 0, 1);
    }

    function test_aMarketThatDoesNotExistIsRefused() external {
        for (uint256 market = 2; market < 40; market += 31) {
            bytes memory unknown = abi.encodeWithSelector(IVaultBook.UnknownMarket.selector, market);
            vm.startPrank(alice);
            vm.expectRevert(unknown);
            book.adjust(market, 0, 0);
            vm.expectRevert(unknown);
            book.take(market, _one(bob), 1, 0, "");
            vm.expectRevert(unknown);
            book.redeem(market, bob, 1, 0);
            vm.expectRevert(unknown);
            book.termsOf(market);
            vm.expectRevert(unknown);
            book.marketOf(market);
            vm.stopPrank();
        }
    }

    // ---------------------------------------------------------------- the token

    function test_theSyntheticDoesNotGoToTheBookOrToNobody() external {
        _open(alice, FAST, 10e18, 1_000e18);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadAddress.selector, "to", address(book)));
        synthetic.transfer(address(book), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        synthetic.transfer(address(0), 1);
        vm.stopPrank();
    }

    function test_itAnswersWhatStandsBehindIt() external {
        _open(alice, FAST, 10e18, 5_000e18);
        _open(bob, SLOW, 1e8, 15_000e18);
        (address[] memory assets, uint256[] memory amounts) = book.reserves();
        assertEq(assets[0], address(ether_));
        assertEq(assets[1], address(coin));
        assertEq(amounts[0], 10e18);
        assertEq(amounts[1], 1e8);
        assertEq(book.claims(), 20_000e18);
        assertEq(book.backingOf(10_000e18)[0], 5e18);
        assertEq(book.backingOf(10_000e18)[1], 0.5e8);
        assertEq(book.model(), "vault");
        assertEq(book.equity(), 0);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "tokens", 20_000e18 + 1, 20_000e18)
        );
        book.backingOf(20_000e18 + 1);
    }
}
