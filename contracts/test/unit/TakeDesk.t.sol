// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Hop, ISwapPair, ITakeDesk, TakeOrder} from "ballast/interfaces/ITakeDesk.sol";
import {ITaker, IVaultBook} from "ballast/interfaces/IVaultBook.sol";
import {IUniswapV2Factory, IUniswapV2Pair} from "ballast/interfaces/IUniswapV2.sol";
import {TestAsset} from "../support/TestAsset.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// @notice A pair that tries things in the middle of a sale.
contract MeddlingPair is ISwapPair {
    address public immutable token0;
    address public immutable token1;
    ITakeDesk private immutable _desk;
    IVaultBook private immutable _book;
    bytes[] public tried;

    constructor(ITakeDesk desk, IVaultBook book, address collateral) {
        (_desk, _book, token0, token1) = (desk, book, collateral, address(book));
    }

    function getReserves() external pure returns (uint112, uint112, uint32) {
        return (1_000_000e18, 1_800_000_000e18, 0);
    }

    /// @dev It pays what it promised, from its own balance, and keeps why each attempt failed.
    function swap(uint256, uint256 amount1Out, address to, bytes calldata) external {
        TakeOrder memory order;
        order.book = _book;
        order.deadline = type(uint256).max;
        _try(abi.encodeCall(ITakeDesk.take, (order)));
        _try(abi.encodeCall(ITakeDesk.sweep, (IERC20(token0))));
        _try(abi.encodeWithSignature("onTake(uint256,uint256,uint256,bytes)", 0, 1, 1, ""));
        IERC20(token1).transfer(to, amount1Out);
    }

    function _try(bytes memory data) private {
        (bool done, bytes memory reason) = address(_desk).call(data);
        require(!done, "the desk obeyed a stranger");
        tried.push(reason);
    }

    function count() external view returns (uint256) {
        return tried.length;
    }
}

/// @notice An owner that is a contract and takes again from within its own take, when it is asked for a price.
contract GreedyOwner {
    ITakeDesk public desk;
    address public immutable token0;
    address public immutable token1;
    bytes public reason;

    constructor(address collateral, address synthetic) {
        (token0, token1) = (collateral, synthetic);
    }

    function setDesk(ITakeDesk desk_) external {
        desk = desk_;
    }

    function start(TakeOrder calldata order) external {
        desk.take(order);
    }

    function getReserves() external pure returns (uint112, uint112, uint32) {
        return (1_000_000e18, 1_800_000_000e18, 0);
    }

    function swap(uint256, uint256 amount1Out, address to, bytes calldata) external {
        TakeOrder memory order;
        order.deadline = type(uint256).max;
        try desk.take(order) {
            revert("entered twice");
        } catch (bytes memory reason_) {
            reason = reason_;
        }
        IERC20(token1).transfer(to, amount1Out);
    }
}

/// @notice The desk on the real Uniswap V2 pairs.
contract TakeDeskTest is VaultFixture {
    ITakeDesk internal desk;
    IUniswapV2Factory internal factory;
    TestAsset internal middle;
    address internal keeper = makeAddr("keeper");
    address internal pool;
    address internal firstPool;
    address internal secondPool;

    function setUp() public override {
        super.setUp();
        desk = ITakeDesk(vm.deployCode("TakeDesk.sol:TakeDesk", abi.encode(keeper)));
        _open(taker, FAST, 10_000e18, 8_000_000e18);
        _open(alice, FAST, 10e18, 15_000e18);
        _open(bob, FAST, 20e18, 31_000e18);
        factory = IUniswapV2Factory(_fromPackage("@uniswap/v2-core/build/UniswapV2Factory.json"));
        middle = new TestAsset("Middle", 6);
        pool = _newPair(address(ether_), 1_000e18, address(synthetic), 1_700_000e18);
        firstPool = _newPair(address(ether_), 1_000e18, address(middle), 1_700_000e6);
        secondPool = _newPair(address(middle), 1_700_000e6, address(synthetic), 1_700_000e18);
        _setPrice(ether_, 1_700e18);
    }

    function _fromPackage(string memory path) private returns (address deployed) {
        string memory json = vm.readFile(string.concat("node_modules/", path));
        bytes memory code = vm.parseBytes(string.concat("0x", vm.parseJsonString(json, ".bytecode")));
        bytes memory initCode = bytes.concat(code, abi.encode(address(0)));
        assembly ("memory-safe") {
            deployed := create(0, add(initCode, 32), mload(initCode))
        }
    }

    function _newPair(address one, uint256 amountOne, address other, uint256 amountOther)
        private
        returns (address pair)
    {
        pair = factory.createPair(one, other);
        _give(one, pair, amountOne);
        _give(other, pair, amountOther);
        IUniswapV2Pair(pair).mint(taker);
    }

    function _give(address token, address to, uint256 amount) private {
        if (token == address(synthetic)) {
            vm.prank(taker);
            assertTrue(synthetic.transfer(to, amount));
        } else {
            TestAsset(token).mint(to, amount);
        }
    }

    function _order(address owner) private view returns (TakeOrder memory order) {
        order.book = book;
        order.market = FAST;
        order.owners = _one(owner);
        order.maxPaid = type(uint128).max;
        order.hops = _hops(pool);
        order.deadline = block.timestamp;
    }

    function _hops(address pair) private pure returns (Hop[] memory hops) {
        hops = new Hop[](1);
        hops[0] = Hop(pair, 30);
    }

    function _take(TakeOrder memory order) private returns (uint256 paid, uint256 profit) {
        vm.prank(keeper);
        return desk.take(order);
    }

    function _requireEmpty() private view {
        assertEq(ether_.balanceOf(address(desk)), 0, "collateral left");
        assertEq(synthetic.balanceOf(address(desk)), 0, "synthetic left");
        assertEq(middle.balanceOf(address(desk)), 0, "middle left");
        assertEq(ether_.allowance(address(desk), pool), 0);
        assertEq(synthetic.allowance(address(desk), address(book)), 0);
    }

    // ---------------------------------------------------------------- what it does

    function test_aTakeWithoutCapitalLeavesCollateralForTheOwner() external {
        uint256 vault = _collateralOf(FAST, alice);
        (uint256 paid, uint256 profit) = _take(_order(alice));
        assertGt(paid, 0);
        uint256 collateral = vault - _collateralOf(FAST, alice);
        assertEq(ether_.balanceOf(keeper), profit);
        // What was left, at the price, is the discount less the pool's fee and depth.
        uint256 value = collateral * 1_700;
        assertApproxEqRel(profit * 1_700, value - paid, 0.25e18);
        assertEq(ether_.balanceOf(pool), 1_000e18 + collateral - profit, "sold no more than it had to");
        assertEq(synthetic.balanceOf(pool), 1_700_000e18 - paid, "for exactly what was burned");
        _requireEmpty();
    }

    function test_severalVaultsAreOneSale() external {
        TakeOrder memory order = _order(alice);
        order.owners = new address[](3);
        (order.owners[0], order.owners[1], order.owners[2]) = (alice, taker, bob);
        (uint256 paid, uint256 profit) = _take(order);
        assertGt(paid, 15_000e18);
        assertEq(ether_.balanceOf(keeper), profit);
        vm.expectRevert(IVaultBook.NothingToTake.selector);
        _take(order);
        _requireEmpty();
    }

    function test_aSaleGoesThroughSeveralPairs() external {
        TakeOrder memory order = _order(alice);
        order.hops = new Hop[](2);
        (order.hops[0], order.hops[1]) = (Hop(firstPool, 30), Hop(secondPool, 30));
        (uint256 paid, uint256 profit) = _take(order);
        assertEq(synthetic.balanceOf(secondPool), 1_700_000e18 - paid);
        assertGt(profit, 0);
        _requireEmpty();
    }

    function test_aPriceIsAskedForFirstWhereTheOrderSaysSo() external {
        TakeOrder memory order = _order(alice);
        order.poke = true;
        vm.expectCall(address(prices), abi.encodeCall(prices.poke, (address(ether_))));
        _take(order);
    }

    function test_whatIsTakenIsTold() external {
        uint256 before = vm.snapshotState();
        uint256 vault = _collateralOf(FAST, alice);
        (uint256 paid, uint256 profit) = _take(_order(alice));
        uint256 taken = vault - _collateralOf(FAST, alice);
        vm.revertToState(before);
        vm.expectEmit(address(desk));
        emit ITakeDesk.Took(address(book), FAST, paid, taken, profit);
        _take(_order(alice));
    }

    function test_whatLiesThereGoesToTheOwnerAndIsNoProfit() external {
        ether_.mint(address(desk), 5e18);
        _give(address(synthetic), address(desk), 7e18);
        (, uint256 profit) = _take(_order(alice));
        assertEq(ether_.balanceOf(keeper), profit + 5e18);
        assertEq(synthetic.balanceOf(keeper), 7e18);
        _requireEmpty();
        middle.mint(address(desk), 3);
        vm.prank(keeper);
        assertEq(desk.sweep(IERC20(address(middle))), 3);
        assertEq(middle.balanceOf(keeper), 3);
    }

    function test_aGiftDoesNotStandInForProfit() external {
        TakeOrder memory order = _order(alice);
        (, uint256 profit) = _preview(order);
        ether_.mint(address(desk), 100e18);
        order.minProfit = profit + 1;
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.ProfitTooSmall.selector, profit, profit + 1));
        _take(order);
        order.minProfit = profit;
        _take(order);
    }

    function testFuzz_theOwnerGetsAllAndThePoolNoMoreThanItAsks(uint256 price, uint256 maxPaid) external {
        _setPrice(ether_, bound(price, 1_650e18, 1_760e18));
        TakeOrder memory order = _order(bob);
        order.maxPaid = bound(maxPaid, 1_000e18, 40_000e18);
        uint256 vault = _collateralOf(FAST, bob);
        vm.prank(keeper);
        try desk.take(order) returns (uint256 paid, uint256 profit) {
            uint256 sold = vault - _collateralOf(FAST, bob) - profit;
            assertEq(ether_.balanceOf(keeper), profit);
            // One unit less would not have paid for it.
            uint256 kept = (sold - 1) * 9_970;
            assertLt(kept * 1_700_000e18 / (1_000e18 * 10_000 + kept), paid);
        } catch (bytes memory reason) {
            assertEq(
                bytes4(reason), ITakeDesk.SaleTooDear.selector, "a sale at a loss is the only way to fail"
            );
        }
        _requireEmpty();
    }

    function _preview(TakeOrder memory order) private returns (uint256 paid, uint256 profit) {
        uint256 before = vm.snapshotState();
        (paid, profit) = _take(order);
        vm.revertToState(before);
    }

    // ---------------------------------------------------------------- what it refuses

    function test_strangersGetNothingDone() external {
        TakeOrder memory order = _order(alice);
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.NotOwner.selector, address(this)));
        desk.take(order);
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.NotOwner.selector, address(this)));
        desk.sweep(IERC20(address(ether_)));
    }

    function test_onlyTheBookCallsBackAndOnlyDuringATake() external {
        bytes memory data = abi.encode(_hops(pool));
        vm.prank(address(book));
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.NotBook.selector, address(book)));
        ITaker(address(desk)).onTake(FAST, 1, 1, data);
        vm.prank(keeper);
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.NotBook.selector, keeper));
        ITaker(address(desk)).onTake(FAST, 1, 1, data);
        // Somebody else's take cannot name the desk: the book calls whoever takes.
        _take(_order(alice));
        vm.prank(address(book));
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.NotBook.selector, address(book)));
        ITaker(address(desk)).onTake(FAST, 1, 1, data);
    }

    function test_aTakeThatDoesNotPayIsRefused() external {
        _setPrice(ether_, 1_795e18); // next to no discount: less than the pool's fee
        TakeOrder memory order = _order(alice);
        vm.prank(keeper);
        (bool done, bytes memory reason) = address(desk).call(abi.encodeCall(ITakeDesk.take, (order)));
        assertFalse(done);
        assertEq(bytes4(reason), ITakeDesk.SaleTooDear.selector);
    }

    function test_anOrderIsGoodUntilItsDeadline() external {
        TakeOrder memory order = _order(alice);
        skip(1);
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.OrderExpired.selector, order.deadline));
        _take(order);
    }

    function test_theBooksOwnBoundsHold() external {
        TakeOrder memory order = _order(alice);
        order.minCollateral = 10e18 + 1;
        vm.prank(keeper);
        (, bytes memory reason) = address(desk).call(abi.encodeCall(ITakeDesk.take, (order)));
        assertEq(bytes4(reason), IVaultBook.TooLittleCollateral.selector);
    }

    function test_aWayThatDoesNotLeadFromCollateralToSyntheticIsRefused() external {
        TakeOrder memory order = _order(alice);
        order.hops = _hops(firstPool); // gives no synthetic
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.BadHop.selector, 0, firstPool));
        _take(order);
        order.hops = _hops(secondPool); // takes no collateral
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.BadHop.selector, 0, secondPool));
        _take(order);
        order.hops = new Hop[](0);
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.BadHop.selector, 0, address(0)));
        _take(order);
        order.hops = _hops(pool);
        order.hops[0].feeBps = 10_000;
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.BadHop.selector, 0, pool));
        _take(order);
    }

    function test_aPoolThatHasNotEnoughIsRefused() external {
        address small = _newPair(address(ether_), 1e18, address(new TestAsset("Other", 18)), 1e18);
        TestAsset other = TestAsset(ISwapPair(small).token0());
        if (address(other) == address(ether_)) other = TestAsset(ISwapPair(small).token1());
        address last = _newPair(address(other), 1_000e18, address(synthetic), 1_700_000e18);
        TakeOrder memory order = _order(alice);
        order.hops = new Hop[](2);
        (order.hops[0], order.hops[1]) = (Hop(small, 30), Hop(last, 30));
        vm.prank(keeper);
        (, bytes memory reason) = address(desk).call(abi.encodeCall(ITakeDesk.take, (order)));
        assertEq(bytes4(reason), ITakeDesk.PoolTooSmall.selector);
    }

    function test_aFeeThatIsStatedTooLowFailsInThePairAndCostsNothing() external {
        TakeOrder memory order = _order(alice);
        order.hops[0].feeBps = 0;
        vm.expectRevert("UniswapV2: K");
        _take(order);
        _requireEmpty();
    }

    function test_nothingIsSweptWhereNothingLies() external {
        vm.prank(keeper);
        vm.expectRevert(abi.encodeWithSelector(ITakeDesk.NothingToSend.selector, address(ether_)));
        desk.sweep(IERC20(address(ether_)));
    }

    // ---------------------------------------------------------------- re-entrance

    function test_aPoolThatCallsBackGetsNothingDone() external {
        (uint256 paid,) = _preview(_order(alice));
        MeddlingPair pair = new MeddlingPair(desk, book, address(ether_));
        _give(address(synthetic), address(pair), paid);
        TakeOrder memory order = _order(alice);
        order.hops = _hops(address(pair));
        _take(order);
        assertEq(pair.count(), 3);
        bytes memory stranger = abi.encodeWithSelector(ITakeDesk.NotOwner.selector, address(pair));
        assertEq(pair.tried(0), stranger);
        assertEq(pair.tried(1), stranger);
        assertEq(pair.tried(2), abi.encodeWithSelector(ITakeDesk.NotBook.selector, address(pair)));
        _requireEmpty();
    }

    function test_anOwnerCannotTakeWithinATake() external {
        GreedyOwner greedy = new GreedyOwner(address(ether_), address(book));
        desk = ITakeDesk(vm.deployCode("TakeDesk.sol:TakeDesk", abi.encode(address(greedy))));
        greedy.setDesk(desk);
        _give(address(synthetic), address(greedy), 20_000e18);
        TakeOrder memory order = _order(alice);
        order.hops = _hops(address(greedy));
        greedy.start(order);
        assertEq(greedy.reason(), abi.encodeWithSelector(ITakeDesk.Locked.selector));
        _requireEmpty();
    }
}
