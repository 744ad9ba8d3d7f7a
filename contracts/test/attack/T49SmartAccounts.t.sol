// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAccrualToken} from "ballast/interfaces/IAccrualToken.sol";
import {IConverter} from "ballast/interfaces/IConverter.sol";
import {IERC3156FlashBorrower, IERC3156FlashLender} from "ballast/interfaces/IERC3156.sol";
import {ILaunchpad, Launched, LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {ILiquidityLock} from "ballast/interfaces/ILiquidityLock.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {AttackFixture} from "../support/AttackFixture.sol";
import {CodeReader} from "../support/CodeReader.sol";
import {IUniswapV2Router} from "../support/IUniswapV2Router.sol";
import {DelegateCode, Newborn, SmartWallet} from "../support/Wallets.sol";

/// @title T49: shut out accounts that are code: smart accounts, delegated keys, multisigs, contracts being born
/// @notice Each launches, owns and guards a token of its own and then uses every function a person could. The sender
/// of the transaction is never the account itself, save for the delegated key, which has code all the same.
contract T49SmartAccountsTest is AttackFixture {
    uint256 private constant SUM = 300e18;

    enum Kind {
        Smart,
        Multisig,
        Delegated
    }

    Kind private kind;
    address private account;
    uint256[] private keys; // in ascending order of their addresses
    uint256 private acts;

    function test_t49_smartAccountUsesEverything() external {
        _become(Kind.Smart);
        _useEverything();
    }

    function test_t49_multisigUsesEverything() external {
        _become(Kind.Multisig);
        _useEverything();
    }

    function test_t49_delegatedKeyUsesEverything() external {
        _become(Kind.Delegated);
        _useEverything();
    }

    /// @dev A contract can act before its code is there, and nothing takes it for somebody else on that account.
    function test_t49_contractUnderConstruction() external {
        _launchPoolTax();
        (address[] memory targets, bytes[] memory data) = (new address[](3), new bytes[](3));
        address born = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        _give(born, 10_000e18);
        (targets[0], data[0]) =
        (address(reserve), abi.encodeCall(IReserve.redeem, (1_000e18, 0, alice, false)));
        (targets[1], data[1]) =
        (address(reserve), abi.encodeCall(IReserve.borrow, (1_000e18, _one(0.05e18), alice, false)));
        (targets[2], data[2]) = (address(token), abi.encodeCall(IERC20.transfer, (pool, 1_000e18)));
        uint256 fees = token.balanceOf(address(converter));
        Newborn newborn = new Newborn(targets, data);
        assertEq(address(newborn), born);
        assertTrue(newborn.ok(), "a contract under construction was refused");
        assertEq(token.balanceOf(born), 7_000e18);
        assertEq(token.balanceOf(address(converter)) - fees, 50e18, "it was taxed otherwise");
    }

    /// @dev The key of a delegated account signs as before, though the code it runs knows no signatures; so does an
    /// account without code; a signature of anybody else does not.
    function test_t49_permitByAnySigner() external {
        _launchPoolTax();
        for (uint256 i = 0; i < 3; ++i) {
            _become(Kind(i));
            _permit(_signatures(_permitDigest(1_000e18)), 1_000e18);
            assertEq(token.allowance(account, alice), 1_000e18);
        }
        (address plain, uint256 key) = makeAddrAndKey("plain");
        (account, kind) = (plain, Kind.Delegated);
        keys = [key];
        _permit(_signatures(_permitDigest(5e18)), 5e18);
        assertEq(token.allowance(plain, alice), 5e18);
    }

    function test_t49_permitOfAnotherSignerIsRefused() external {
        _launchPoolTax();
        (, uint256 stranger) = makeAddrAndKey("stranger");
        for (uint256 i = 0; i < 3; ++i) {
            _become(Kind(i));
            bytes32 digest = _permitDigest(1e18);
            keys[keys.length - 1] = stranger;
            bytes memory forged = _signatures(digest);
            vm.expectRevert(abi.encodeWithSelector(IAccrualToken.PermitInvalid.selector, account));
            _permit(forged, 1e18);
        }
    }

    /// @dev No contract can ask who began the transaction: the instruction is in none of them.
    function test_t49_noCodeThatAsksForTheOrigin() external {
        _launchPoolTax();
        address[5] memory code = [
            CodeReader.implementationOf(address(reserve)),
            CodeReader.implementationOf(address(converter)),
            CodeReader.implementationOf(address(liquidityLock)),
            address(launchpad),
            address(token)
        ];
        for (uint256 i = 0; i < code.length; ++i) {
            assertGt(code[i].code.length, 1_000);
            assertFalse(CodeReader.holds(code[i], CodeReader.ORIGIN), "code that asks for the origin");
        }
    }

    // ---------------------------------------------------------------- everything

    function _useEverything() private {
        _newAssets(1, 18);
        _launchAs();
        _tradeAs();
        _lendAs();
        _auctionAs();
        _governAs();
        assertEq(acts, 35, "not everything was done");
    }

    function _launchAs() private {
        LaunchParams memory params = _poolTaxParams();
        (params.owner, params.guardian) = (account, account);
        params.fees.split.recipients[0].account = account;
        (params.assets[0], params.pool.lockUntil) = (weth, block.timestamp + 1 days);
        vm.deal(account, SUM);
        bytes memory answer = _act(address(launchpad), SUM, abi.encodeCall(ILaunchpad.launch, (params)));
        if (kind == Kind.Delegated) {
            Launched memory made = launchpad.launched(launchpad.tokenAt(launchpad.tokenCount() - 1));
            _remember(made);
        } else {
            _remember(abi.decode(abi.decode(answer, (bytes)), (Launched)));
        }
        assertEq(token.owner(), account);
        _wrapFor(account, 100e18);
    }

    function _tradeAs() private {
        _act(address(token), abi.encodeCall(IERC20.approve, (address(router), FOREVER)));
        _act(weth, abi.encodeCall(IERC20.approve, (address(router), FOREVER)));
        bytes4 swap = IUniswapV2Router.swapExactTokensForTokensSupportingFeeOnTransferTokens.selector;
        address[] memory selling = _path(address(token), weth);
        address[] memory buying = _path(weth, address(token));
        _act(address(router), abi.encodeWithSelector(swap, 50_000e18, 0, selling, account, FOREVER));
        _act(address(router), abi.encodeWithSelector(swap, 1e18, 0, buying, account, FOREVER));
        _act(address(token), abi.encodeCall(IERC20.transfer, (alice, 1_000e18)));
        vm.prank(alice);
        token.approve(account, 100e18);
        _act(address(token), abi.encodeCall(IERC20.transferFrom, (alice, account, 50e18)));
        _act(address(token), abi.encodeCall(IAccrualToken.burnFrom, (alice, 50e18)));
        _act(address(token), abi.encodeCall(IAccrualToken.burn, (50e18)));
        _act(address(token), abi.encodeCall(IAccrualToken.registerPool, (weth)));
    }

    function _lendAs() private {
        uint256 native = account.balance;
        _act(address(reserve), abi.encodeCall(IReserve.redeem, (1_000e18, 0, account, true)));
        assertGt(account.balance, native, "not paid in native currency");
        uint256 most = reserve.maxBorrow(10_000e18)[0];
        uint256 nonce = reserve.loanCount();
        native = account.balance;
        _act(address(reserve), abi.encodeCall(IReserve.borrow, (10_000e18, _one(most), account, true)));
        assertGt(account.balance, native, "not paid in native currency");
        _act(address(reserve), abi.encodeCall(IReserve.borrow, (1_000e18, _one(1e15), account, false)));
        uint256 first = uint256(uint160(account)) << 96 | nonce + 1;
        _act(weth, abi.encodeCall(IERC20.approve, (address(reserve), FOREVER)));
        _act(address(reserve), abi.encodeCall(IReserve.extend, (first)));
        _act(address(reserve), abi.encodeCall(IReserve.extendByBurn, (first, FOREVER)));
        _act(address(reserve), abi.encodeCall(IReserve.repay, (first, _one(FOREVER))));
        _act(address(reserve), abi.encodeCall(IReserve.donate, (0, 1e15)));
        _act(address(reserve), abi.encodeCall(IReserve.sync, (0)));
        IERC3156FlashBorrower self = IERC3156FlashBorrower(account);
        _act(address(reserve), abi.encodeCall(IERC3156FlashLender.flashLoan, (self, weth, 1e18, "")));
        _act(weth, abi.encodeCall(IERC20.approve, (address(reserve), FOREVER)));
        assertEq(reserve.loanCount(), nonce + 2);
    }

    function _auctionAs() private {
        _act(address(converter), abi.encodeCall(IConverter.allocate, ()));
        _act(weth, abi.encodeCall(IERC20.approve, (address(converter), FOREVER)));
        _act(address(converter), abi.encodeCall(IConverter.bid, (100e18, _one(FOREVER), account)));
        _act(address(converter), abi.encodeCall(IConverter.claim, (account, 0)));
        _act(address(converter), abi.encodeCall(IConverter.proposeRecipient, (0, alice)));
        vm.warp(block.timestamp + 40 days);
        _act(address(converter), abi.encodeCall(IConverter.acceptRecipient, (0)));
        _act(address(converter), abi.encodeCall(IConverter.burnLot, ()));
        uint256 second = uint256(uint160(account)) << 96 | reserve.loanCount();
        _act(address(reserve), abi.encodeCall(IReserve.foreclose, (_one(second))));
    }

    function _governAs() private {
        _act(address(liquidityLock), abi.encodeCall(ILiquidityLock.withdraw, (account)));
        _act(address(liquidityLock), abi.encodeCall(ILiquidityLock.extendLock, (FOREVER)));
        _act(address(token), abi.encodeCall(IAccrualToken.setFees, (1, 1)));
        _act(address(reserve), abi.encodeCall(IReserve.pause, (1 days)));
        _act(address(reserve), abi.encodeCall(IReserve.unpause, ()));
        _act(address(token), abi.encodeCall(Ownable.transferOwnership, (alice)));
    }

    // ---------------------------------------------------------------- accounts

    function _become(Kind kind_) private {
        kind = kind_;
        delete keys;
        uint256 count = kind_ == Kind.Multisig ? 3 : 1;
        address[] memory owners = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            (owners[i],) = makeAddrAndKey(string.concat("owner", vm.toString(i)));
        }
        if (kind_ == Kind.Delegated) {
            account = owners[0];
            (, uint256 own) = makeAddrAndKey("owner0");
            keys.push(own);
            // What the chain holds for a delegated key: a mark, and the address of the code it runs.
            vm.etch(account, abi.encodePacked(hex"ef0100", address(new DelegateCode())));
            assertEq(account.code.length, 23);
            return;
        }
        uint256 threshold = kind_ == Kind.Multisig ? 2 : 1;
        account = address(new SmartWallet(owners, threshold));
        for (uint256 i = 0; i < threshold; ++i) {
            (, uint256 key) = makeAddrAndKey(string.concat("owner", vm.toString(i)));
            keys.push(key);
        }
        if (threshold == 2 && vm.addr(keys[0]) > vm.addr(keys[1])) {
            (keys[0], keys[1]) = (keys[1], keys[0]);
        }
    }

    function _act(address target, bytes memory data) private returns (bytes memory) {
        return _act(target, 0, data);
    }

    /// @dev As the account's users would: a relayer carries what they signed, the delegated key sends a batch itself.
    function _act(address target, uint256 value, bytes memory data) private returns (bytes memory answer) {
        bool ok;
        if (kind == Kind.Delegated) {
            DelegateCode.Call[] memory calls = new DelegateCode.Call[](1);
            calls[0] = DelegateCode.Call(target, value, data);
            vm.prank(account, account);
            (ok, answer) = account.call(abi.encodeCall(DelegateCode.batch, (calls)));
        } else {
            SmartWallet wallet = SmartWallet(payable(account));
            bytes32 digest = keccak256(abi.encode(account, target, value, data, wallet.nonce()));
            bytes memory signatures = _signatures(digest);
            (ok, answer) =
                account.call(abi.encodeCall(SmartWallet.execute, (target, value, data, signatures)));
        }
        string memory which = string.concat("refused: act ", vm.toString(acts), " ");
        assertTrue(ok, string.concat(which, vm.toString(answer)));
        ++acts;
    }

    function _signatures(bytes32 digest) private view returns (bytes memory joined) {
        for (uint256 i = 0; i < keys.length; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            joined = bytes.concat(joined, abi.encodePacked(r, s, v));
        }
    }

    function _permitDigest(uint256 value) private view returns (bytes32) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message =
            keccak256(abi.encode(typehash, account, alice, value, token.nonces(account), FOREVER));
        return keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), message));
    }

    function _permit(bytes memory signature, uint256 value) private {
        token.permit(account, alice, value, FOREVER, signature);
    }
}
