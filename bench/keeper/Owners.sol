// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
}

interface IBook is IToken {
    function adjust(uint256 market, int256 collateral, int256 debt) external returns (int256, int256);
    function adjustFor(uint256 market, address owner, int256 collateral, int256 debt, address to)
        external
        returns (int256, int256);
}

/// @title The owner of one vault, who opens it and then does nothing
contract Owner {
    constructor(IBook book, uint256 market, IToken collateral, uint256 amount, uint256 debt) {
        // A contract has its address before its code: what it locks has been sent there.
        collateral.approve(address(book), amount);
        book.adjust(market, int256(amount), int256(debt));
        book.transfer(msg.sender, debt);
    }
}

/// @title Many vaults on a ladder, for a benchmark's chain
/// @notice Each owes the same and has the collateral that makes it unhealthy under its own price. Nothing here is shipped.
contract Owners {
    IBook public immutable book;
    uint256 public immutable market;
    IToken public immutable collateral;

    event Opened(address indexed owner);

    constructor(IBook book_, uint256 market_, IToken collateral_) {
        (book, market, collateral) = (book_, market_, collateral_);
    }

    /// @notice Opens vault `from` to `from + amounts.length - 1` with these amounts of collateral and `debt` each.
    function open(uint256 from, uint256[] calldata amounts, uint256 debt) external {
        for (uint256 i; i < amounts.length; i++) {
            bytes memory arguments = abi.encode(book, market, collateral, amounts[i], debt);
            bytes32 code = keccak256(abi.encodePacked(type(Owner).creationCode, arguments));
            bytes32 salt = bytes32(from + i);
            address owner =
                address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
            collateral.transfer(owner, amounts[i]);
            new Owner{salt: salt}(book, market, collateral, amounts[i], debt);
            emit Opened(owner);
        }
    }

    /// @notice Adds collateral to vaults, so that no later price makes them unhealthy again.
    function mend(address[] calldata owners, uint256 amount) external {
        collateral.approve(address(book), owners.length * amount);
        for (uint256 i; i < owners.length; i++) {
            book.adjustFor(market, owners[i], int256(amount), 0, owners[i]);
        }
    }

    /// @notice Gives what was minted to whoever takes.
    function pay(address to, uint256 amount) external {
        book.transfer(to, amount);
    }
}
