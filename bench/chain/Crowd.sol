// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
}

/// @title A holder that pays whom its crowd says
contract Purse {
    address private immutable _crowd = msg.sender;

    error NotCrowd(address caller);

    function pay(IToken token, address to, uint256 amount) external {
        if (msg.sender != _crowd) revert NotCrowd(msg.sender);
        token.transfer(to, amount);
    }
}

/// @title Many holders that pay each other, for a benchmark's chain
/// @notice Every choice follows from the seed: who pays, whom, and how much. Nothing here is shipped.
contract Crowd {
    /// @dev Accounts without code that only ever receive.
    uint256 public constant KEEPERS = 20_000;
    uint256 private constant FIRST_KEEPER = 0x00B0A7100000000000000000000000000000000000;

    IToken public immutable token;
    Purse[] public purses;

    constructor(IToken token_) {
        token = token_;
    }

    /// @notice Makes `count` more purses.
    function hire(uint256 count) external {
        for (uint256 i; i < count; i++) purses.push(new Purse());
    }

    /// @notice Gives purses `from` to `to - 1` the `amount` each, one transfer apiece.
    function fund(uint256 from, uint256 to, uint256 amount) external {
        for (uint256 i = from; i < to; i++) token.transfer(address(purses[i]), amount);
    }

    /// @notice Transfers `from` to `to - 1` of the sequence that `seed` gives. Half of them go from purse to purse.
    function play(uint256 seed, uint256 from, uint256 to) external {
        uint256 count = purses.length;
        for (uint256 i = from; i < to; i++) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            uint256 choice = word >> 96;
            address payee = word & 1 == 0
                ? address(purses[choice % count])
                : address(uint160(FIRST_KEEPER + choice % KEEPERS));
            purses[(word >> 1) % count].pay(token, payee, 1 + (word >> 192) % 1e15);
        }
    }
}
