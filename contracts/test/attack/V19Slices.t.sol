// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PriceState} from "ballast/interfaces/IPrices.sol";
import {ITaker, IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {VaultAttackFixture} from "../support/VaultAttackFixture.sol";

/// @notice Answers every call with more bytes than its caller wants to pay for.
library Bomb {
    uint256 internal constant SIZE = 400_000;

    function drop() internal pure {
        assembly ("memory-safe") {
            return(0, 400000)
        }
    }
}

/// @notice An asset whose transfers answer with a bomb that begins like `true`.
contract BombAsset is TestAsset {
    bool public armed;

    constructor() TestAsset("Bomb", 18) {}

    function arm() external {
        armed = true;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        super.transfer(to, amount);
        return _answer();
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        super.transferFrom(from, to, amount);
        return _answer();
    }

    function _answer() private view returns (bool) {
        if (!armed) return true;
        assembly ("memory-safe") {
            mstore(0, 1)
            return(0, 400000)
        }
    }
}

/// @notice A taker and a signer who answer with a bomb.
contract Bomber is ITaker {
    function take(IVaultBook book, address owner, uint256 paid, bytes calldata data) external {
        address[] memory owners = new address[](1);
        owners[0] = owner;
        book.take(0, owners, paid, 0, data);
    }

    function onTake(uint256, uint256, uint256, bytes calldata) external pure override {
        Bomb.drop();
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        Bomb.drop();
        return 0;
    }
}

/// @title V19: many small takes instead of one, repay more than is owed, answer with a bomb
contract V19Slices is VaultAttackFixture {
    uint256 private constant SLICES_MAX = 24;
    /// @dev What it costs the bomber to make one such answer; copying it would cost its caller as much again.
    uint256 private constant BOMB_GAS = 340_000;

    // ---------------------------------------------------------------- slices

    /// @dev At any index, any fall and any moment of the clock: what slices buy costs at least what it costs at once.
    function testFuzz_v19_slicesOfATakeNeverBuyMore(
        uint256 seed,
        uint256 fall,
        uint256 secs,
        uint256 years_,
        uint256 paid
    ) external {
        _passYears(FAST, years_ % 17);
        uint256 debt = _openAtTheEdge();
        uint256 collateral = _collateralOf(FAST, alice);
        prices.set(
            address(ether_),
            0,
            _midFor(debt, collateral, bound(fall, 0.834e18, 1.3e18)),
            2 ** 190,
            PriceState.Safe
        );
        book.flag(FAST, alice);
        _pass(bound(secs, 0, 300));
        // Of tiny offers most must be left to chance; of large ones the whole vault is one.
        paid = seed % 2 == 0 ? bound(paid, 2e5, 1e8) : bound(paid, 1e18, debt / 10);
        uint256 start = vm.snapshotState();
        (uint256 paidOnce, uint256 takenOnce) = _takeSome(paid);
        vm.revertToState(start);
        uint256 paidInAll;
        uint256 takenInAll;
        uint256 slices = bound(seed >> 8, 2, SLICES_MAX);
        for (uint256 i = 0; i < slices; ++i) {
            (uint256 part, uint256 got) = _takeSome((paid - paidInAll) / (slices - i));
            paidInAll += part;
            takenInAll += got;
        }
        assertLe(paidInAll, paid);
        if (paidInAll == 0 || paidOnce == 0) return;
        // The discount has eighteen digits: where it is all that the collateral has to spare, a slice may turn its last
        // one over, a millionth of a millionth of a cent. The whole loses one unit of collateral to its own rounding.
        uint256 lastDigit = takenOnce * slices / 1e17;
        assertLe(takenInAll * paidOnce, (takenOnce + 1 + lastDigit) * paidInAll, "slices bought more");
    }

    function _openAtTheEdge() private returns (uint256 debt) {
        debt = 1_000_000e18;
        _open(alice, FAST, 629e18, debt);
        debt = _debtOf(FAST, alice);
    }

    function _midFor(uint256 debt, uint256 collateral, uint256 ltv) private pure returns (uint256) {
        return debt * WAD / ltv * 1e36 / collateral;
    }

    /// @dev Alice takes with what she borrowed: whose money it is does not matter here.
    function _takeSome(uint256 offer) private returns (uint256 paid, uint256 taken) {
        vm.prank(alice);
        try book.take(FAST, _one(alice), offer, 0, "") returns (uint256 paid_, uint256 taken_) {
            return (paid_, taken_);
        } catch (bytes memory why) {
            assertEq(bytes4(why), IVaultBook.NothingToTake.selector);
        }
    }

    /// forge-config: default.fuzz.runs = 24
    /// @dev The smallest offers there are, at the largest index: each cuts at least what it is paid for.
    function testFuzz_v19_unitsAtALargeIndexBuyNothing(uint256 seed) external {
        _passYears(FAST, 17);
        _open(bob, FAST, 1_000e18, 1_000_000e18);
        uint256 collateral = _collateralOf(FAST, bob);
        uint256 mid = _midFor(_debtOf(FAST, bob), collateral, 0.9e18);
        prices.set(address(ether_), 0, mid, mid, PriceState.Safe);
        uint256 index = book.marketOf(FAST).index / WAD + 1;
        uint256 paidInAll;
        uint256 takenInAll;
        for (uint256 i = 0; i < 200; ++i) {
            uint256 offer = index + uint256(keccak256(abi.encode(seed, i))) % (3 * index);
            vm.prank(bob);
            (uint256 paid, uint256 taken) = book.take(FAST, _one(bob), offer, 0, "");
            paidInAll += paid;
            takenInAll += taken;
        }
        assertLe(_valueOf(ether_, takenInAll) * 92 / 100, paidInAll, "units bought more than they paid");
    }

    // ---------------------------------------------------------------- too much

    /// @dev Whoever offers more than is owed pays what is owed, wherever there is something to pay.
    function testFuzz_v19_tooMuchPaysWhatIsOwed(uint256 more, uint256 secs) external {
        book.setRate(FAST, RATE_MAX);
        _open(alice, FAST, 100e18, 100_000e18);
        _fund(bob, 500_000e18);
        _pass(bound(secs, 0, 60 days));
        uint256 owed = _debtOf(FAST, alice);
        more = bound(more, owed, uint256(type(int256).max));
        uint256 held = synthetic.balanceOf(bob);
        uint256 start = vm.snapshotState();
        vm.prank(bob);
        (, int256 debt) = book.adjustFor(FAST, alice, 0, -int256(more), bob);
        assertEq(debt, -int256(owed));
        assertEq(synthetic.balanceOf(bob), held - owed);
        assertEq(_debtOf(FAST, alice), 0);
        // Once more there is nothing to repay, and nothing is burned.
        vm.prank(bob);
        book.adjustFor(FAST, alice, 0, -int256(more), bob);
        assertEq(synthetic.balanceOf(bob), held - owed);
        vm.revertToState(start);
        uint256 supply = synthetic.totalSupply();
        vm.prank(bob);
        (uint256 burned,) = book.redeem(FAST, alice, more < supply ? more : supply, 0);
        assertEq(burned, owed);
        vm.revertToState(start);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultBook.AmountTooLarge.selector, "amount", supply + 1, supply)
        );
        book.redeem(FAST, alice, supply + 1, 0);
        vm.revertToState(start);
        _setPrice(ether_, 900e18);
        (uint256 paid,) = _take(bob, FAST, alice, type(uint256).max);
        assertLe(paid, owed);
        vm.prank(bob);
        assertEq(book.cover(FAST, type(uint256).max), owed - paid);
        assertEq(_deficit(), 0);
    }

    // ---------------------------------------------------------------- bombs

    /// @dev Nobody but the bomber pays for what the bomber answers.
    function test_v19_bombsAreNotCopied() external {
        BombAsset asset = new BombAsset();
        prices.set(address(asset), 1_990e36, 2_000e36, 2_010e36, PriceState.Safe);
        uint256 market = book.createMarket(_fast(address(asset)), CEILING, MINT_LIMIT, 0);
        asset.mint(alice, 10e18);
        vm.startPrank(alice);
        asset.approve(address(book), type(uint256).max);
        asset.arm();
        uint256 gasBefore = gasleft();
        book.adjust(market, 5e18, int256(1_000e18));
        assertLt(gasBefore - gasleft(), BOMB_GAS + 250_000, "a deposit copied the bomb");
        gasBefore = gasleft();
        book.adjust(market, -1e18, 0);
        assertLt(gasBefore - gasleft(), BOMB_GAS + 150_000, "a withdrawal copied the bomb");
        gasBefore = gasleft();
        book.redeem(market, alice, 100e18, 0);
        assertLt(gasBefore - gasleft(), BOMB_GAS + 150_000, "a redemption copied the bomb");
        vm.stopPrank();
    }

    function test_v19_takersAndSignersWhoBombPayForIt() external {
        Bomber bomber = new Bomber();
        _open(alice, FAST, 100e18, 150_000e18);
        _fund(address(bomber), 1_000e18);
        _setPrice(ether_, 1_700e18);
        uint256 gasBefore = gasleft();
        bomber.take(book, alice, 500e18, "bomb");
        assertLt(gasBefore - gasleft(), BOMB_GAS + 250_000, "a take copied the bomb");
        vm.expectRevert(abi.encodeWithSelector(IVaultBook.BadSignature.selector, address(bomber)));
        gasBefore = gasleft();
        book.permitOperator(address(bomber), bob, true, block.timestamp, "");
        assertLt(gasBefore - gasleft(), 2 * BOMB_GAS, "a permit copied the bomb");
    }
}
