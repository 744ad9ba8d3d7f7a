// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {VaultRateSource} from "ballast/oracle/VaultRateSource.sol";
import {PegFixture} from "../support/PegFixture.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {TestSource} from "../support/TestSource.sol";
import {TestVault4626} from "../support/TestVault4626.sol";

/// @title V02: donate to the engine, to the backstop, or to what a price is read from, and no number changes
/// @notice Hundred, Sonne and Raft lost their money to a rate of exchange that a gift could move.
contract V02DonationsTest is PegFixture {
    uint256 private constant GIFT = 1_000_000e18;

    /// @dev Everything is in use: both markets, custody, a backstop with a lot for sale, one who enters, one who leaves.
    function setUp() public override {
        super.setUp();
        _open(alice, SLOW, 1_000e8, 5_000_000e18);
        _enter(bob, 500_000e6);
        uint256 shares = _stake(alice, 200_000e18);
        _openFast(carol, 10_000e18);
        _setPrice(ether_, 1_700e18);
        backstop.take(FAST, _one(carol), 2_000e18);
        _requestEntry(bob, 1_000e18);
        _requestExit(alice, shares / 4);
        vm.startPrank(alice);
        assertTrue(synthetic.transfer(mallory, 2 * GIFT));
        assertTrue(synthetic.transfer(taker, 10_000e18));
        vm.stopPrank();
    }

    /// @dev In every order, and with `sync` beside it: what everybody can read stays as it was to the last unit.
    function testFuzz_v02_giftsChangeNoNumber(uint256 seed) external {
        bytes32 before = _numbers();
        for (uint256 i = 0; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _give(seed);
            if (seed >> 250 & 1 == 0) backstop.sync();
            if (seed >> 251 & 1 == 0) assertEq(pegModule.mark(), 0, "a gift was marked");
            assertEq(_numbers(), before, "a gift changed a number");
        }
    }

    /// @dev And whoever acts after it pays and gets what he would have without.
    function test_v02_giftsChangeNothingThatAnybodyPaysOrGets() external {
        uint256 start = vm.snapshotState();
        uint256[8] memory without = _deeds();
        vm.revertToState(start);
        for (uint256 i = 0; i < 5; ++i) {
            _give(i);
        }
        uint256[8] memory with_ = _deeds();
        for (uint256 i = 0; i < 8; ++i) {
            assertGt(without[i], 0, "nothing was done");
            assertEq(with_[i], without[i], "a gift changed what was paid");
        }
    }

    /// @dev The classical one: enter with a grain, give much, let the next entry round to nothing. A gift drips in over
    /// a day, the next one's loss is rounding, and the giver's loss is the gift.
    function test_v02_firstEntryCannotRobTheSecond() external {
        _deploySystem(address(dollar), false);
        _openMarkets();
        _open(alice, SLOW, 1_000e8, 5_000_000e18);
        vm.startPrank(alice);
        assertTrue(synthetic.transfer(mallory, GIFT + 1));
        assertTrue(synthetic.transfer(bob, 1_000e18));
        vm.stopPrank();
        uint256 shares = _stake(mallory, 1);
        vm.prank(mallory);
        assertTrue(synthetic.transfer(address(backstop), GIFT));
        assertEq(backstop.sync(), GIFT);
        uint256 epoch = _requestEntry(bob, 1_000e18);
        _waitForSettlement();
        (uint256 his, uint256 refunded) = backstop.claimEntry(epoch, bob);
        assertGe(backstop.convertToAssets(his) + refunded, 999e18, "the second lost to the first");
        assertLe(backstop.convertToAssets(shares), GIFT / 2 + 1_000e18, "the gift comes back");
    }

    /// @dev A share of an ERC-4626 vault is worth its rate, and a gift to that vault raises it at once; what counts of
    /// it is what the allowed growth reaches, in the same second nothing.
    function testFuzz_v02_giftToWhatAPriceIsReadFromChangesNoPrice(uint256 gift) external {
        TestAsset inside = new TestAsset("USD", 6);
        TestVault4626 vault = new TestVault4626(inside);
        inside.mint(address(this), 1_000_000e6);
        inside.approve(address(vault), 1_000_000e6);
        vault.deposit(1_000_000e6, address(this));
        TestSource underlying = new TestSource();
        underlying.set(1e48);
        bytes memory args = abi.encode(vault, underlying, address(this), uint256(0.1e18) / 365 days);
        VaultRateSource source = VaultRateSource(vm.deployCode("VaultRateSource.sol:VaultRateSource", args));
        inside.mint(address(vault), bound(gift, 1e6, 1e18));
        source.observe();
        (uint256 low, uint256 mid, uint256 high,,) = source.read();
        assertEq(low, 1e48);
        assertEq(mid, 1e48);
        assertEq(high, 1e48);
    }

    // ---------------------------------------------------------------- gifts, deeds, numbers

    function _give(uint256 seed) private {
        address[3] memory places = [address(backstop), address(pegModule), address(controller)];
        address to = places[seed / 5 % 3];
        if (seed % 5 == 0) {
            vm.prank(mallory);
            assertTrue(synthetic.transfer(to == address(0) ? mallory : to, GIFT / 10));
        } else if (seed % 5 == 1) {
            ether_.mint(seed / 5 % 2 == 0 ? address(book) : to, 1e24);
        } else if (seed % 5 == 2) {
            coin.mint(seed / 5 % 2 == 0 ? address(book) : to, 1e14);
        } else if (seed % 5 == 3) {
            dollar.mint(seed / 5 % 2 == 0 ? address(book) : address(pegModule), 1e12);
        } else {
            // To the book itself the synthetic does not go at all.
            vm.prank(mallory);
            vm.expectRevert();
            // forge-lint: disable-next-line(erc20-unchecked-transfer)
            synthetic.transfer(address(book), GIFT / 10);
        }
    }

    function _deeds() private returns (uint256[8] memory done) {
        vm.startPrank(bob);
        done[0] = pegModule.exit(1_000e18, 0, bob);
        (, done[1]) = book.redeem(SLOW, alice, 1_000e18, 0);
        vm.stopPrank();
        (done[2], done[3]) = _take(taker, FAST, carol, 1_000e18);
        vm.startPrank(taker);
        synthetic.approve(address(backstop), 1e24);
        done[4] = backstop.bid(FAST, 0.1e18, 1e24, taker);
        vm.stopPrank();
        uint256 epoch = backstop.epoch();
        _waitForSettlement();
        (done[5],) = backstop.claimEntry(epoch, bob);
        done[6] = backstop.claimExit(epoch, alice);
        done[7] = pegModule.collectFees();
    }

    /// @dev All that the system says of itself.
    function _numbers() private view returns (bytes32) {
        (uint256 debt, uint256 deficit, uint256 ledger) = book.totals();
        (uint256 backing, uint256 supply) = book.haircut();
        (uint256 cash,, uint256 entering, uint256 owed) = backstop.accounts();
        return keccak256(
            abi.encode(
                abi.encode(book.marketOf(FAST), book.marketOf(SLOW), debt, deficit, ledger),
                abi.encode(backing, supply, book.equity(), synthetic.totalSupply()),
                abi.encode(_collateralOf(FAST, carol), _debtOf(FAST, carol), _collateralOf(SLOW, alice)),
                abi.encode(pegModule.custody(), pegModule.backing(ledger), pegModule.backing(supply)),
                abi.encode(cash, entering, owed, backstop.totalAssets(), backstop.previewDeposit(1e18)),
                abi.encode(backstop.previewRedeem(1e24), backstop.askOf(FAST), controller.priceGap())
            )
        );
    }
}
