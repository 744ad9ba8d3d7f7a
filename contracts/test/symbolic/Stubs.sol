// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice The token as a reserve or converter sees it, without products: supply and claims are one number.
contract StubToken {
    address public guardian = address(0x2001);
    address public converter = address(0x2002);
    address public owner = address(0x2003);
    uint256 public claims = 1_000_000e18;

    function burnOf(address, uint256 amount) external returns (uint256 before) {
        before = claims;
        claims -= amount;
    }

    function lockFrom(address, uint256) external view returns (uint256) {
        return claims;
    }

    function transfer(address, uint256) external pure returns (bool) {
        return true;
    }

    function isPool(address) external pure returns (bool) {
        return false;
    }

    function balanceOf(address) external pure returns (uint256) {
        return 100_000e18;
    }
}

/// @notice An asset of which the reserve holds a hundred and everybody else what he needs.
contract StubAsset {
    uint256 private _held = 100e18;

    function balanceOf(address) external view returns (uint256) {
        return _held;
    }

    function transfer(address, uint256 amount) external returns (bool) {
        _held -= amount;
        return true;
    }

    function transferFrom(address, address, uint256 amount) external returns (bool) {
        _held += amount;
        return true;
    }
}

/// @notice The reserve as a converter sees it.
contract StubReserve {
    uint256 public pausedUntil;

    function setPausedUntil(uint256 until) external {
        pausedUntil = until;
    }

    function burnConverted(uint256) external {}
}
