// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {AssetView, LoanView} from "ballast/interfaces/IReserve.sol";
import {IUniswapV2PairFull} from "../support/IUniswapV2Router.sol";
import {Walk} from "./Walk.sol";

/// @notice Every action that anybody can take on a launched token, each from three random words.
contract Handler is Walk, IERC3156FlashBorrower {
    uint256 private constant MOST_LOANS = 24;

    constructor(bool taxed, uint8[] memory decimals, uint256 room) Walk(taxed, decimals, room) {}

    /// @notice The actions that this system has: the converter's and the pool's only where there is a tax.
    function selectors() external view returns (bytes4[] memory chosen) {
        bytes4[17] memory always = [
            this.transfer.selector,
            this.transferAway.selector,
            this.burn.selector,
            this.redeem.selector,
            this.borrow.selector,
            this.repayPart.selector,
            this.repayAll.selector,
            this.extend.selector,
            this.extendByBurn.selector,
            this.foreclose.selector,
            this.donate.selector,
            this.sendAndSync.selector,
            this.flash.selector,
            this.pause.selector,
            this.unpause.selector,
            this.passTime.selector,
            this.burnFrom.selector
        ];
        // Liquidity needs a reserve of one asset, so it comes last.
        bytes4[10] memory taxed = [
            this.buy.selector,
            this.sell.selector,
            this.bid.selector,
            this.burnLot.selector,
            this.allocate.selector,
            this.claim.selector,
            this.setFees.selector,
            this.changeRecipient.selector,
            this.skimPool.selector,
            this.addLiquidity.selector
        ];
        uint256 more = pool == address(0) ? 0 : assets.length == 1 ? taxed.length : taxed.length - 1;
        chosen = new bytes4[](always.length + more);
        for (uint256 i = 0; i < chosen.length; ++i) {
            chosen[i] = i < always.length ? always[i] : taxed[i - always.length];
        }
    }

    // ---------------------------------------------------------------- token

    function transfer(uint256 from, uint256 to, uint256 amount) external step("transfer") {
        address[8] memory targets = [
            _actor(to),
            _actor(to / 2),
            pool == address(0) ? bob : pool,
            address(router),
            address(reserve),
            address(converter) == address(0) ? carol : address(converter),
            address(launchpad),
            weth
        ];
        address sender = _actor(from);
        amount = _someOf(amount, token.balanceOf(sender) / 8);
        Floors memory before = _floors();
        vm.prank(sender);
        token.transfer(targets[to % targets.length], amount);
        _checkUnmoved(before, "transfer");
    }

    /// @dev To an address that nobody can spend from: S falls by exactly the amount.
    function transferAway(uint256 from, uint256 to, uint256 amount) external step("transfer away") {
        amount = _someOf(amount, token.balanceOf(_actor(from)) / 50);
        uint256 claims = token.claims();
        vm.prank(_actor(from));
        token.transfer(to % 2 == 0 ? DEAD : address(token), amount);
        if (token.claims() != claims - amount) _note("an unspendable balance stays in S");
    }

    function burn(uint256 who, uint256 amount, uint256) external step("burn") {
        amount = _someOf(amount, token.balanceOf(_actor(who)) / 20);
        uint256 claims = token.claims();
        vm.prank(_actor(who));
        token.burn(amount);
        if (token.claims() != claims - amount) _note("a burn is not exact");
    }

    function burnFrom(uint256 who, uint256 by, uint256 amount) external step("burn from") {
        amount = _someOf(amount, token.balanceOf(_actor(who)) / 50);
        vm.prank(_actor(who));
        token.approve(_actor(by), amount);
        vm.prank(_actor(by));
        token.burnFrom(_actor(who), amount);
    }

    function buy(uint256 who, uint256 amount, uint256) external step("buy") {
        _buy(_actor(who), _someOf(amount, assets[0].balanceOf(pool) / 10));
    }

    function sell(uint256 who, uint256 amount, uint256) external step("sell") {
        _sell(_actor(who), _someOf(amount, token.balanceOf(_actor(who)) / 4));
    }

    /// @dev Surplus sent to the pool and taken out again, by anyone.
    function skimPool(uint256 who, uint256 amount, uint256 how) external step("skim pool") {
        address sender = _actor(who);
        amount = _someOf(amount, token.balanceOf(sender) / 20);
        vm.startPrank(sender);
        token.transfer(pool, amount);
        if (how % 2 == 0) IUniswapV2PairFull(pool).skim(sender);
        else IUniswapV2PairFull(pool).sync();
        vm.stopPrank();
    }

    function setFees(uint256 buyBps, uint256 sellBps, uint256) external step("set fees") {
        vm.prank(issuer);
        token.setFees(buyBps % 1_001, sellBps % 1_001);
    }

    // ---------------------------------------------------------------- reserve

    function redeem(uint256 who, uint256 amount, uint256 forgo) external step("redeem") {
        amount = _someOf(amount, token.balanceOf(_actor(who)) / 6);
        forgo = forgo % 3 == 0 ? 0 : (forgo >> 8) % ((1 << assets.length) - 1);
        vm.prank(_actor(who));
        uint256[] memory paid = reserve.redeem(amount, forgo, _actor(who), false);
        for (uint256 j = 0; j < paid.length; ++j) {
            if (forgo >> j & 1 != 0 && paid[j] != 0) _note("a forgone asset was paid");
        }
    }

    function borrow(uint256 who, uint256 collateral, uint256 seed) external step("borrow") {
        if (_loans.length >= MOST_LOANS) revert NothingToDo();
        collateral = _someOf(collateral, token.balanceOf(_actor(who)) / 5);
        uint256[] memory principal = reserve.maxBorrow(collateral);
        for (uint256 j = 0; j < principal.length; ++j) {
            uint256 word = _random(seed, j);
            // Whole, nothing, or some part of what is allowed.
            if (word % 4 == 0) principal[j] = 0;
            else if (word % 4 != 1) principal[j] = _bound(word, 0, principal[j]);
        }
        vm.prank(_actor(who));
        _loans.push(reserve.borrow(collateral, principal, _actor(who), false));
    }

    function repayPart(uint256 which, uint256 payer, uint256 seed) external step("repay part") {
        uint256 loanId = _loanAt(which);
        uint256[] memory amounts = reserve.loan(loanId).principal;
        for (uint256 j = 0; j < amounts.length; ++j) {
            amounts[j] = _bound(_random(seed, j), 0, amounts[j]);
            _fundAndApprove(_actor(payer), j, amounts[j]);
        }
        vm.prank(_actor(payer));
        reserve.repay(loanId, amounts);
    }

    /// @dev By anyone, and offering more than is owed.
    function repayAll(uint256 which, uint256 payer, uint256 more) external step("repay all") {
        uint256 loanId = _loanAt(which);
        LoanView memory loan = reserve.loan(loanId);
        uint256[] memory amounts = loan.principal;
        for (uint256 j = 0; j < amounts.length; ++j) {
            amounts[j] += more % 1e18;
            _fundAndApprove(_actor(payer), j, amounts[j]);
        }
        vm.prank(_actor(payer));
        uint256 released = reserve.repay(loanId, amounts);
        if (released != loan.collateral) _note("repaying all releases less than all");
    }

    function extend(uint256 which, uint256 payer, uint256) external step("extend") {
        uint256 loanId = _loanAt(which);
        for (uint256 j = 0; j < assets.length; ++j) {
            _fundAndApprove(_actor(payer), j, reserve.loan(loanId).principal[j]);
        }
        uint256 deadline = reserve.loan(loanId).deadline;
        vm.prank(_actor(payer));
        reserve.extend(loanId);
        if (reserve.loan(loanId).deadline != deadline + 30 days) _note("an extension is not one term");
    }

    function extendByBurn(uint256 which, uint256, uint256) external step("extend by burn") {
        uint256 loanId = _loanAt(which);
        LoanView memory loan = reserve.loan(loanId);
        vm.prank(loan.borrower);
        reserve.extendByBurn(loanId, loan.collateral);
        if (reserve.loan(loanId).deadline != loan.deadline + 30 days) _note("an extension is not one term");
    }

    /// @dev A batch with living and repeated loans among the expired; waits for the first to expire now and then.
    function foreclose(uint256 which, uint256 size, uint256 wait) external step("foreclose") {
        if (wait % 4 == 0) _pass(reserve.loan(_loanAt(which)).graceEnd - _clock);
        uint256[] memory batch = new uint256[](1 + size % 6);
        for (uint256 i = 0; i < batch.length; ++i) {
            batch[i] = _loanAt(i == 0 ? which : _random(which, i));
        }
        uint256 expected;
        for (uint256 i = 0; i < batch.length; ++i) {
            bool again;
            for (uint256 k = 0; k < i; ++k) {
                again = again || batch[k] == batch[i];
            }
            if (!again && _clock >= reserve.loan(batch[i]).graceEnd) ++expected;
        }
        if (reserve.foreclose(batch) != expected) _note("foreclosed other than the expired");
    }

    function donate(uint256 index, uint256 amount, uint256 fill) external step("donate") {
        index %= assets.length;
        amount = _bound(amount, 1, 10 * 10 ** assets[index].decimals());
        if (_fills && fill % 2 == 0) {
            amount = _room(index);
        }
        _donate(index, amount);
    }

    /// @dev What the ledger of an asset can still take in.
    function _room(uint256 index) private view returns (uint256) {
        AssetView memory state = reserve.assetAt(index);
        return type(uint112).max - state.cash - state.lent - state.streaming;
    }

    function sendAndSync(uint256 index, uint256 amount, uint256) external step("send and sync") {
        index %= assets.length;
        amount = _bound(amount, 1, 10 * 10 ** assets[index].decimals());
        uint256 before = _total(index);
        uint256 room = _room(index);
        assets[index].mint(address(reserve), amount);
        if (reserve.sync(index) < (amount < room ? amount : room)) _note("less was credited than was sent");
        if (_total(index) != before) _note("a direct transfer moved the floor at once");
    }

    function _total(uint256 index) private view returns (uint256) {
        return _floors().totals[index];
    }

    function flash(uint256 index, uint256 amount, uint256) external step("flash loan") {
        index %= assets.length;
        amount = _someOf(amount, reserve.maxFlashLoan(address(assets[index])));
        reserve.flashLoan(this, address(assets[index]), amount, abi.encode(index));
    }

    /// @inheritdoc IERC3156FlashBorrower
    function onFlashLoan(address, address, uint256 amount, uint256 fee, bytes calldata data)
        external
        override
        returns (bytes32)
    {
        uint256 index = abi.decode(data, (uint256));
        try reserve.backing() {
            _note("the floor can be read during a flash loan");
        } catch {}
        try reserve.sync(index) {
            _note("the reserve can be entered during a flash loan");
        } catch {}
        assets[index].mint(address(this), fee);
        assets[index].approve(address(reserve), amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    function pause(uint256 secs, uint256 seldom, uint256) external step("pause") {
        if (seldom % 3 != 0) revert NothingToDo();
        vm.prank(guardian);
        reserve.pause(_bound(secs, 1, 7 days));
    }

    function unpause(uint256, uint256, uint256) external step("unpause") {
        vm.prank(guardian);
        reserve.unpause();
    }

    /// @dev Mostly minutes to days, now and then most of a term.
    function passTime(uint256 secs, uint256 scale, uint256) external step("pass time") {
        uint256 most = scale % 8 == 0 ? 25 days : scale % 8 < 4 ? 2 days : 1 hours;
        _pass(_bound(secs, 1, most));
    }

    // ---------------------------------------------------------------- converter

    function allocate(uint256, uint256, uint256) external step("allocate") {
        converter.allocate();
    }

    function bid(uint256 who, uint256 tokens, uint256) external step("bid") {
        uint256 available = converter.forSale();
        uint256 lot = converter.lot();
        _bid(_actor(who), _someOf(tokens, available < lot ? available : lot));
    }

    /// @dev Waits until the auction has come down to the floor.
    function burnLot(uint256, uint256, uint256) external step("burn lot") {
        if (converter.forSale() == 0) revert NothingToDo();
        if (converter.multiple() != WAD) _pass(210 minutes);
        converter.burnLot();
    }

    /// @dev Waits until a full lot sells near the pool's price, buys it, and has the liquidity added.
    function addLiquidity(uint256 who, uint256 jump, uint256) external step("add liquidity") {
        uint256 lot = converter.lot();
        converter.allocate();
        if (converter.forSale() < lot) revert NothingToDo();
        uint256 atPool = assets[0].balanceOf(pool) * lot / token.balanceOf(pool);
        if (atPool < reserve.backingOf(lot)[0] * 11 / 10) revert NothingToDo();
        // Raise the auction above the pool's price if it is below, then let it come down.
        for (uint256 i = 0; i < 3 && converter.quote(lot)[0] < atPool && converter.forSale() >= 2 * lot; ++i) {
            _bid(_actor(who), lot);
        }
        for (uint256 i = 0; i < 800 && converter.quote(lot)[0] * 100 > atPool * 101; ++i) {
            _pass(5 + jump % 8);
        }
        _bid(_actor(who), lot);
        converter.addLiquidity();
    }

    function claim(uint256 whose, uint256 index, uint256) external step("claim") {
        converter.claim(whose % 2 == 0 ? creator : _heir(), index % assets.length);
    }

    /// @dev Propose one day, accept another: both ways between the creator and the heir.
    function changeRecipient(uint256 whom, uint256, uint256) external step("change recipient") {
        (, uint256 effectiveAt) = converter.pendingRecipient(0);
        if (effectiveAt != 0 && _clock >= effectiveAt) return converter.acceptRecipient(0);
        vm.prank(issuer);
        converter.proposeRecipient(0, whom % 2 == 0 ? creator : _heir());
    }
}
