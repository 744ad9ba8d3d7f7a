// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LaunchParams} from "ballast/interfaces/ILaunchpad.sol";
import {IWrappedNative} from "ballast/interfaces/IUniswapV2.sol";
import {CodeReader} from "./CodeReader.sol";
import {Fixture} from "./Fixture.sol";
import {IUniswapV2PairFull} from "./IUniswapV2Router.sol";
import {TestAsset} from "./TestAsset.sol";

/// @notice What several attacks need beside the system itself.
abstract contract AttackFixture is Fixture {
    // ---------------------------------------------------------------- launches

    /// @dev A launch whose asset 0 is the wrapped native one; the steps of `Fixture` that mint assets do not serve it.
    function _launchNative(bool withPool) internal {
        delete assets;
        assets.push(TestAsset(weth));
        LaunchParams memory params = withPool ? _poolTaxParams() : _plainParams();
        uint256 needed = params.seeds[0] + params.pool.assets;
        vm.deal(issuer, needed);
        vm.prank(issuer);
        _remember(launchpad.launch{value: needed}(params));
    }

    function _wrapFor(address who, uint256 amount) internal {
        vm.deal(who, who.balance + amount);
        vm.prank(who);
        IWrappedNative(weth).deposit{value: amount}();
    }

    // ---------------------------------------------------------------- the pool

    /// @return tokens What the pool believes it holds of the token.
    /// @return assetAmount What it believes it holds of asset 0.
    function _poolReserves() internal view returns (uint256 tokens, uint256 assetAmount) {
        (uint112 first, uint112 second,) = IUniswapV2PairFull(pool).getReserves();
        bool tokenFirst = IUniswapV2PairFull(pool).token0() == address(token);
        return tokenFirst ? (first, second) : (second, first);
    }

    /// @return tokens What lies in the pool beyond its reserves, for anybody to skim.
    function _poolSurplus() internal view returns (uint256 tokens, uint256 assetAmount) {
        (tokens, assetAmount) = _poolReserves();
        tokens = token.balanceOf(pool) - tokens;
        assetAmount = IERC20(address(assets[0])).balanceOf(pool) - assetAmount;
    }

    /// @dev Let the auction come down to `target` times the floor, or below.
    function _waitForMultiple(uint256 target) internal {
        for (uint256 i = 0; i < 4_000 && converter.multiple() > target; ++i) {
            vm.warp(block.timestamp + 30);
        }
        assertLe(converter.multiple(), target, "the auction did not come down");
    }

    // ---------------------------------------------------------------- answers

    function _selectorOf(bytes memory answer) internal pure returns (bytes4) {
        return answer.length < 4 ? bytes4(0) : bytes4(answer);
    }

    function _contains(bytes4[] memory list, bytes4 wanted) internal pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == wanted) return true;
        }
        return false;
    }

    /// @dev `target` dispatches exactly the functions in `reviewed`: a new one fails here until somebody looked at it.
    function _assertFunctions(address target, string[] memory reviewed) internal view {
        bytes4[] memory known = new bytes4[](reviewed.length);
        bytes4[] memory found = CodeReader.selectorsOf(target);
        for (uint256 i = 0; i < reviewed.length; ++i) {
            known[i] = bytes4(keccak256(bytes(reviewed[i])));
            assertTrue(_contains(found, known[i]), string.concat("not found: ", reviewed[i]));
        }
        for (uint256 i = 0; i < found.length; ++i) {
            assertTrue(
                _contains(known, found[i]), string.concat("unreviewed: ", vm.toString(bytes32(found[i])))
            );
        }
        assertGt(found.length, 0, "nothing read");
    }
}
