// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {TokenDeployer} from "ballast/accrual/TokenDeployer.sol";
import {IERC3156FlashBorrower} from "ballast/interfaces/IERC3156.sol";
import {TokenParams} from "ballast/interfaces/ILaunchpad.sol";
import {IReserve} from "ballast/interfaces/IReserve.sol";
import {CodeReader} from "../support/CodeReader.sol";
import {Fixture} from "../support/Fixture.sol";
import {ReviewedAbi} from "../support/ReviewedAbi.sol";
import {TestAsset} from "../support/TestAsset.sol";

/// @notice Takes flash loans of whatever asset and pays them back; that is all a lender needs to be fooled by.
contract WillingBorrower is IERC3156FlashBorrower {
    function onFlashLoan(address, address asset, uint256 amount, uint256 fee, bytes calldata)
        external
        override
        returns (bytes32)
    {
        IERC20(asset).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// @notice Passes for a launchpad before the token deployer, to get a token that names somebody else's reserve.
contract FalseLaunchpad {
    TokenParams internal params;

    constructor(TokenParams memory params_) {
        params = params_;
    }

    function tokenParams() external view returns (TokenParams memory) {
        return params;
    }

    function deploy(TokenDeployer deployer) external returns (address) {
        return deployer.deploy("false");
    }
}

/// @title T17: name one's own source of funds, asset, decimals or contract to call, wherever a function lets one
contract T17CallerSupplied is Fixture {
    address internal attacker = makeAddr("attacker");
    address internal victim = makeAddr("victim");

    function setUp() public override {
        super.setUp();
        _launchPoolTax();
        _give(alice, 100_000e18);
    }

    // ---------------------------------------------------------------- what the code says

    /// @dev The functions that take an address at all, each with what it may do with it.
    function test_t17_everyAddressParameterIsReviewed() external view {
        string[] memory known = vm.split(
            "redeem(uint256,uint256,address,bool) " // receives what the caller's own tokens are worth
            "borrow(uint256,uint256[],address,bool) " // receives what the caller borrowed
            "flashLoan(address,address,uint256,bytes) " // is called, for a backing asset only
            "flashFee(address,uint256) maxFlashLoan(address) " // views of a backing asset
            "bid(uint256,uint256[],address) " // receives what the caller paid for
            "claim(address,uint256) " // receives what it is owed
            "proposeRecipient(uint256,address) owed(address,uint256) " // owner, after three days; a view
            "withdraw(address)", // receives the beneficiary's own liquidity
            " "
        );
        uint256 reviewed =
            _review(CodeReader.implementationOf(address(reserve)), ReviewedAbi.reserve(), known);
        reviewed += _review(CodeReader.implementationOf(address(converter)), ReviewedAbi.converter(), known);
        address lock = CodeReader.implementationOf(address(liquidityLock));
        reviewed += _review(lock, ReviewedAbi.liquidityLock(), known);
        assertEq(reviewed, known.length, "a reviewed function is in no code");
    }

    // ---------------------------------------------------------------- what the code does

    /// @dev A worthless asset of one's own, the token itself (which is the collateral), a fee in nothing: no loan.
    function test_t17_flashLoansAreOfBackingAssetsOnly() external {
        _borrowMost(alice, 50_000e18);
        TestAsset worthless = new TestAsset("NIL", 18);
        WillingBorrower borrower = new WillingBorrower();
        worthless.mint(address(reserve), 1_000e18);
        worthless.mint(address(borrower), 1_000e18);
        _give(address(borrower), 1_000e18);
        address[4] memory named = [address(worthless), address(token), weth, pool];
        Floors memory before = _floors();
        for (uint256 i = 0; i < named.length; ++i) {
            (bool ok, bytes memory why) = _flash(address(borrower), named[i], 1e18);
            _assertLedgerWithinBalance();
            assertFalse(ok, "lent what backs nothing");
            assertEq(why, abi.encodeWithSelector(IReserve.AssetNotBacking.selector, named[i]));
        }
        vm.warp(block.timestamp + 3 days);
        assertEq(_floors().totals[0], before.totals[0] + reserve.assetAt(0).lent / 1_000, "paid in nothing");
    }

    /// @dev Somebody's open allowance to the reserve is nobody else's to spend.
    function test_t17_nobodyElsePays() external {
        uint256 loanId = _borrowMost(alice, 10_000e18);
        _fundAndApprove(victim, 0, 50e18);
        vm.prank(victim);
        assets[0].approve(address(converter), 50e18);
        bytes[5] memory calls = [
            abi.encodeCall(IReserve.repay, (loanId, _one(0.1e18))),
            abi.encodeCall(IReserve.extend, (loanId)),
            abi.encodeCall(IReserve.donate, (0, 1e18)),
            _flashCall(victim, address(assets[0]), 1e18),
            _flashCall(address(assets[0]), address(assets[0]), 1e18)
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(attacker);
            (bool ok,) = address(reserve).call(calls[i]);
            assertFalse(ok, "went through without the caller's money");
        }
        assertEq(assets[0].balanceOf(victim), 50e18, "somebody else paid");
        _assertLedgerWithinBalance();
    }

    /// @dev Decimals are for people: whatever an asset answers later, no amount depends on it.
    function test_t17_decimalsAreNeverRead() external {
        uint256 due = reserve.previewRedeem(1_000e18)[0];
        uint256 most = reserve.maxBorrow(1_000e18)[0];
        vm.mockCall(address(assets[0]), abi.encodeWithSignature("decimals()"), abi.encode(uint8(0)));
        assertEq(reserve.maxBorrow(1_000e18)[0], most);
        vm.prank(alice);
        assertEq(reserve.redeem(1_000e18, 0, alice, false)[0], due);
    }

    /// @dev An invented id, and somebody's real one with another borrower in it, are no loans.
    function test_t17_inventedLoansAreUnknown() external {
        _borrowMost(alice, 10_000e18);
        uint256 invented = uint256(uint160(attacker)) << 96 | 1;
        vm.startPrank(attacker);
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, invented));
        reserve.repay(invented, _one(1));
        vm.expectRevert(abi.encodeWithSelector(IReserve.UnknownLoan.selector, invented));
        reserve.extendByBurn(invented, type(uint256).max);
        vm.expectRevert(IReserve.NothingToForeclose.selector);
        reserve.foreclose(_one(invented));
        vm.stopPrank();
    }

    /// @dev A token that merely says it belongs to a reserve, or to this launchpad, gets nowhere with either.
    function test_t17_falseTokenReachesNoReserve() external {
        TokenParams memory params;
        params.name = "False";
        params.symbol = "FLS";
        params.supply = 5e36;
        params.owner = attacker;
        params.reserve = address(reserve);
        params.converter = attacker;
        TokenDeployer deployer = _newTokenDeployer();
        FalseLaunchpad false_ = new FalseLaunchpad(params);
        params.launchpad = address(false_);
        address forged = false_.deploy(deployer);
        assertEq(IERC20(forged).totalSupply(), 5e36);
        assertEq(launchpad.launched(forged).token, address(0), "a forged token passes for a launch");
        assertEq(reserve.token(), address(token));
        vm.prank(attacker);
        vm.expectRevert(abi.encodeWithSelector(IReserve.NotConverter.selector, attacker));
        reserve.burnConverted(1);
    }

    // ---------------------------------------------------------------- internals

    /// @dev Every selector of `target` stands in `list`, and if it names an address in `known` as well.
    function _review(address target, string[] memory list, string[] memory known)
        private
        view
        returns (uint256 reviewed)
    {
        bytes4[] memory selectors = CodeReader.selectorsOf(target);
        assertEq(selectors.length, list.length, "the code has a function that nobody has looked at");
        for (uint256 i = 0; i < selectors.length; ++i) {
            string memory signature = ReviewedAbi.signatureOf(list, selectors[i]);
            assertGt(bytes(signature).length, 0, "the code has a function that nobody has looked at");
            if (!ReviewedAbi.namesAnAddress(signature)) continue;
            bytes memory found = bytes(ReviewedAbi.signatureOf(known, selectors[i]));
            assertGt(found.length, 0, string.concat("takes an address: ", signature));
            ++reviewed;
        }
    }

    function _flash(address receiver, address asset, uint256 amount) private returns (bool, bytes memory) {
        return address(reserve).call(_flashCall(receiver, asset, amount));
    }

    function _flashCall(address receiver, address asset, uint256 amount) private pure returns (bytes memory) {
        return
            abi.encodeWithSignature("flashLoan(address,address,uint256,bytes)", receiver, asset, amount, "");
    }
}
