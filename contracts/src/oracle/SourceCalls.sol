// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Fault, Reading} from "../interfaces/IPriceAggregator.sol";
import {IObservingSource, IPriceSource} from "../interfaces/IPriceSource.sol";

/// @title Calls to sources that cannot harm who makes them
/// @notice A source may revert, use all the gas that it was given, or answer with anything of any length: nothing of it
/// goes further than a fault.
library SourceCalls {
    /// @notice Every price of a source is under this, which is a tenth and more under 2^200: 1e12 a whole token of six
    /// decimals is 1e60.
    uint256 internal constant PRICE_LIMIT = 1.4e60;
    /// @notice More than a call itself costs, beside what it passes on.
    uint256 internal constant CALL_GAS = 5_000;
    uint256 private constant ANSWER_BYTES = 160;

    /// @notice Ask for a price. The caller makes sure that `gasMost` can be passed on.
    function read(address source, uint256 gasMost) internal view returns (Reading memory reading) {
        reading.source = source;
        bytes4 question = IPriceSource.read.selector;
        uint256[5] memory words;
        bool answered;
        uint256 size;
        // (answered, answer) = source.staticcall{gas: gasMost}(question), of which at most five words are copied: a
        // copy of all of it would be at the caller's cost, however long it is.
        assembly ("memory-safe") {
            mstore(0, question)
            answered := staticcall(gasMost, source, 0, 4, words, ANSWER_BYTES)
            size := returndatasize()
        }
        if (!answered) {
            bool locked = size == 4 && bytes4(bytes32(words[0])) == IPriceSource.Locked.selector;
            reading.fault = locked ? Fault.Locked : Fault.NoAnswer;
        } else if (size == 0) {
            reading.fault = Fault.NoAnswer;
        } else if (size < ANSWER_BYTES || !_wellFormed(words)) {
            reading.fault = Fault.Malformed;
        } else {
            (reading.low, reading.mid, reading.high) = (words[0], words[1], words[2]);
            (reading.updatedAt, reading.stepped) = (words[3], words[4] == 1);
        }
    }

    /// @notice Let the source see what it has to; whether it did does not matter here.
    function observe(address source, uint256 gasMost) internal {
        bytes4 request = IObservingSource.observe.selector;
        // source.call{gas: gasMost}(request), of which nothing is copied.
        assembly ("memory-safe") {
            mstore(0, request)
            pop(call(gasMost, source, 0, 0, 4, 0, 0))
        }
    }

    function _wellFormed(uint256[5] memory words) private pure returns (bool) {
        return words[0] != 0 && words[0] <= words[1] && words[1] <= words[2] && words[2] < PRICE_LIMIT
            && words[4] <= 1;
    }
}
