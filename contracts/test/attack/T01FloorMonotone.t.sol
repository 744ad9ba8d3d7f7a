// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {LoanView} from "ballast/interfaces/IReserve.sol";
import {Fixture} from "../support/Fixture.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice A whole system and everything that anybody does with it, each step held against the floor before it.
contract FloorActions is Fixture, IERC3156FlashBorrower {
    string[12] public names = [
        "sell",
        "buy",
        "bid",
        "redeem",
        "borrow",
        "repay",
        "extend",
        "foreclose",
        "burn",
        "donate",
        "flash",
        "wait"
    ];
    uint256[12] public done;
    bool public floorFell;
    uint256 public floorRose;
    uint256[] internal loanIds;

    modifier watched(uint256 action) {
        Floors memory before = _floors();
        _;
        Floors memory later = _floors();
        uint256 now_ = later.totals[0] * before.claims;
        uint256 then_ = before.totals[0] * later.claims;
        if (now_ < then_) floorFell = true;
        if (now_ > then_) ++floorRose;
        ++done[action];
    }

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        for (uint256 i = 0; i < 3; ++i) {
            _give(_who(i), 100_000e18);
        }
    }

    // ---------------------------------------------------------------- actions

    function sell(uint256 by, uint256 amount) external watched(0) {
        _sell(_who(by), bound(amount, 1e9, 1_000e18));
    }

    function buy(uint256 by, uint256 amount) external watched(1) {
        _buy(_who(by), bound(amount, 1e9, 1e18));
    }

    function bid(uint256 by, uint256 amount) external {
        converter.allocate();
        uint256 most = converter.forSale();
        if (most > converter.lot()) most = converter.lot();
        if (most == 0) return;
        if (converter.multiple() == WAD) converter.burnLot();
        else _watchedBid(_who(by), bound(amount, 1, most));
    }

    function redeem(uint256 by, uint256 amount) external watched(3) {
        vm.prank(_who(by));
        reserve.redeem(bound(amount, 1, 1_000e18), 0, _who(by), false);
    }

    function borrow(uint256 by, uint256 amount) external watched(4) {
        loanIds.push(_borrowMost(_who(by), bound(amount, 1e18, 2_000e18)));
    }

    function repay(uint256 which, uint256 amount) external {
        (bool any, uint256 loanId) = _loan(which, true);
        if (any) _watchedRepay(loanId, bound(amount, 1, 1e18));
    }

    function extend(uint256 which, bool byBurn) external {
        (bool any, uint256 loanId) = _loan(which, true);
        if (any && reserve.loan(loanId).deadline < block.timestamp + 330 days) {
            _watchedExtend(loanId, byBurn);
        }
    }

    function foreclose(uint256 which) external {
        (bool any, uint256 loanId) = _loan(which, false);
        if (any) _watchedForeclose(loanId);
    }

    function burn(uint256 by, uint256 amount) external watched(8) {
        vm.prank(_who(by));
        token.burn(bound(amount, 1, 100e18));
    }

    function donate(uint256 amount, bool direct) external watched(9) {
        if (!direct) return _donate(0, bound(amount, 1, 5e18));
        assets[0].mint(address(reserve), bound(amount, 1, 5e18));
        reserve.sync(0);
    }

    function flash(uint256 amount) external watched(10) {
        amount = bound(amount, 1, reserve.maxFlashLoan(address(assets[0])));
        reserve.flashLoan(this, address(assets[0]), amount, "");
    }

    function wait(uint256 secs) external watched(11) {
        vm.warp(block.timestamp + bound(secs, 1, 20 days));
    }

    function onFlashLoan(address, address asset, uint256 amount, uint256 fee, bytes calldata)
        external
        override
        returns (bytes32)
    {
        TestAsset(asset).mint(address(this), fee);
        IERC20(asset).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    // ---------------------------------------------------------------- internals

    function _watchedBid(address by, uint256 tokens) private watched(2) {
        _bid(by, tokens);
    }

    function _watchedRepay(uint256 loanId, uint256 amount) private watched(5) {
        _fundAndApprove(carol, 0, amount);
        vm.prank(carol);
        reserve.repay(loanId, _one(amount));
    }

    function _watchedExtend(uint256 loanId, bool byBurn) private watched(6) {
        address borrower = reserve.loan(loanId).borrower;
        _fundAndApprove(borrower, 0, 1e18);
        vm.prank(borrower);
        if (byBurn) reserve.extendByBurn(loanId, type(uint256).max);
        else reserve.extend(loanId);
    }

    function _watchedForeclose(uint256 loanId) private watched(7) {
        reserve.foreclose(_one(loanId));
    }

    /// @dev A loan that is `alive`, or one whose grace has ended, if there is any.
    function _loan(uint256 which, bool alive) private view returns (bool, uint256) {
        for (uint256 i = 0; i < loanIds.length; ++i) {
            uint256 loanId = loanIds[(which % loanIds.length + i) % loanIds.length];
            try reserve.loan(loanId) returns (LoanView memory view_) {
                if ((block.timestamp < view_.graceEnd) == alive) return (true, loanId);
            } catch {}
        }
        return (false, 0);
    }

    function _who(uint256 i) private view returns (address) {
        return i % 3 == 0 ? alice : i % 3 == 1 ? bob : carol;
    }
}

/// @title T01: find a sequence of tax, redeem, borrow, repay, extend, foreclose, burn, donate, flash that lowers a floor
contract T01FloorMonotone is Fixture {
    FloorActions internal actions;

    function setUp() public override {
        actions = new FloorActions();
        actions.setUp();
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = FloorActions.sell.selector;
        selectors[1] = FloorActions.buy.selector;
        selectors[2] = FloorActions.bid.selector;
        selectors[3] = FloorActions.redeem.selector;
        selectors[4] = FloorActions.borrow.selector;
        selectors[5] = FloorActions.repay.selector;
        selectors[6] = FloorActions.extend.selector;
        selectors[7] = FloorActions.foreclose.selector;
        selectors[8] = FloorActions.burn.selector;
        selectors[9] = FloorActions.donate.selector;
        selectors[10] = FloorActions.flash.selector;
        selectors[11] = FloorActions.wait.selector;
        targetContract(address(actions));
        targetSelector(FuzzSelector(address(actions), selectors));
    }

    /// forge-config: default.invariant.runs = 8
    /// forge-config: default.invariant.depth = 96
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_t01_floorNeverFalls() external view {
        assertFalse(actions.floorFell(), "floor fell");
    }

    function afterInvariant() external {
        uint256 sum;
        for (uint256 i = 0; i < 12; ++i) {
            emit log_named_uint(actions.names(i), actions.done(i));
            sum += actions.done(i);
        }
        assertGt(sum, 40, "hardly anything happened");
        assertGt(actions.floorRose(), 0, "no floor ever rose");
    }
}
