// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {TestAsset} from "./TestAsset.sol";

/// @notice A contract account that makes the calls it was told to make the moment somebody calls into it: on native
/// payouts, on flash loans, on takes and on the hook of `HookedAsset`.
contract Reentrant {
    struct Attempt {
        address target;
        bytes data;
    }

    Attempt[] private _attempts;
    bytes[] private _answers;
    bool[] private _outcomes;
    bool public armed;
    bool public keepsTheMoney; // leave a flash loan unpaid by its own means

    receive() external payable {
        _strike();
    }

    function plan(address target, bytes calldata data) external {
        _attempts.push(Attempt(target, data));
    }

    function arm() external {
        armed = true;
    }

    function forgetEverything() external {
        delete _attempts;
        delete _answers;
        delete _outcomes;
        armed = false;
    }

    function keepTheMoney() external {
        keepsTheMoney = true;
    }

    /// @notice Make one call now, failing as it fails.
    function act(address target, bytes calldata data) external returns (bytes memory answer) {
        bool ok;
        (ok, answer) = target.call(data);
        if (ok) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function onFlashLoan(address, address asset, uint256 amount, uint256 fee, bytes calldata)
        external
        returns (bytes32)
    {
        if (!keepsTheMoney) IERC20(asset).approve(msg.sender, amount + fee);
        _strike();
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    function onMove() external {
        _strike();
    }

    /// @notice The callback of a take from a vault book.
    function onTake(uint256, uint256, uint256, bytes calldata) external {
        _strike();
    }

    function answered() external view returns (uint256) {
        return _answers.length;
    }

    function answerOf(uint256 index) external view returns (bool ok, bytes memory answer) {
        return (_outcomes[index], _answers[index]);
    }

    function planned() external view returns (uint256) {
        return _attempts.length;
    }

    /// @dev Once only, so that a call that gets through does not call itself for ever.
    function _strike() private {
        if (!armed) return;
        armed = false;
        for (uint256 i = 0; i < _attempts.length; ++i) {
            (bool ok, bytes memory answer) = _attempts[i].target.call(_attempts[i].data);
            _outcomes.push(ok);
            _answers.push(answer);
        }
    }
}

/// @notice An asset that tells one watcher about every move, before or after it, as ERC-777 tells senders.
contract HookedAsset is TestAsset {
    address public watcher;
    bool public tellsAfter;

    constructor(string memory name_, uint8 decimals_) TestAsset(name_, decimals_) {}

    function watch(address watcher_, bool tellsAfter_) external {
        watcher = watcher_;
        tellsAfter = tellsAfter_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (watcher != address(0) && !tellsAfter) Reentrant(payable(watcher)).onMove();
        super._update(from, to, amount);
        if (watcher != address(0) && tellsAfter) Reentrant(payable(watcher)).onMove();
    }
}
