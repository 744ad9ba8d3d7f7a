#!/usr/bin/env python3
"""A local chain with a given number of Transfer events of one launched token: the same chain from the same seed.

    tools/bench_chain.py [EVENTS]    makes one, prints where it is, and keeps it until interrupted
"""

import contextlib
import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench_lib import (ANVIL, BALLAST, ROOT, STATE, BenchError, Rpc, free_port, program, running, say, stop, told,
                       wait_until)

EVENTS = 300_000
SEED = 0xBA11A57
PURSES = 2_000
PURSES_PER_TRANSACTION = 20
FUNDED_PER_TRANSACTION = 100
TRANSFERS_PER_TRANSACTION = 25
TRANSACTIONS_PER_BLOCK = 4
BLOCK_SECS = 12
GENESIS_TIME = 1_750_000_000
GAS = hex(14_000_000)
GWEI = 10**9
WHOLE = 10**18
FUNDED = 200 * WHOLE
FIRST_KEEPER = 0xB0A7100000000000000000000000000000000000
KEEPERS = 20_000
HOLDERS_CHECKED = 10
BLOCKS_CHECKED = 10
# Like a node without an archive: with every block's state kept, the chain would take 8 GB.
STATES_KEPT = 256
# Blocks without transfers at the end: ponder's history ends 30 blocks below the newest, the rest is another matter.
QUIET_BLOCKS = 32
TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
# Selectors of the token: transfer, balanceOf, totalSupply.
TRANSFER, BALANCE_OF, TOTAL_SUPPLY = "0xa9059cbb", "0x70a08231", "0x18160ddd"


@dataclass
class Chain:
    """A chain that is up: where it is, and what must be found on it."""

    rpc: Rpc
    manifest: Path
    token: str
    transfers: int
    first: int
    last: int
    tip_hash: str
    supply: int
    # Balances that the chain gives for some holders, and the hashes of some blocks with transfers.
    holders: dict[str, int]
    hashes: dict[int, str]


def word(value: int | str) -> str:
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


def compiled(file: Path = ROOT / "bench/chain/Crowd.sol") -> tuple[str, dict[str, str]]:
    """The creation code of the contract named like its file, and its selectors by signature, from the pinned compiler."""
    question = {
        "language": "Solidity",
        "sources": {file.name: {"content": file.read_text()}},
        "settings": {
            "optimizer": {"enabled": True, "runs": 100_000}, "evmVersion": "cancun",
            "metadata": {"bytecodeHash": "none", "appendCBOR": False},
            "outputSelection": {"*": {file.stem: ["evm.bytecode.object", "evm.methodIdentifiers"]}},
        },
    }
    answer = json.loads(told(["node", ROOT / "contracts/tools/solc.js"], input=json.dumps(question)))
    if errors := [one["formattedMessage"] for one in answer.get("errors", []) if one["severity"] == "error"]:
        raise BenchError(errors[0])
    made = answer["contracts"][file.name][file.stem]["evm"]
    return "0x" + made["bytecode"]["object"], made["methodIdentifiers"]


class Builder:
    """Sends the transactions that make the chain, some to a block."""

    def __init__(self, rpc: Rpc):
        self.rpc = rpc
        self.sender = rpc.ask("eth_accounts")[0]
        self.nonce = rpc.number("eth_getTransactionCount", self.sender, "latest")
        self.waiting = 0

    def send(self, to: str | None, data: str) -> str:
        """Sends one; a block is mined once enough wait."""
        request = {"from": self.sender, "data": data, "gas": GAS, "gasPrice": hex(50 * GWEI), "nonce": hex(self.nonce)}
        if to:
            request["to"] = to
        sent = self.rpc.ask("eth_sendTransaction", request)
        self.nonce += 1
        self.waiting += 1
        if self.waiting == TRANSACTIONS_PER_BLOCK:
            self.mine()
        return sent

    def mine(self):
        if self.waiting:
            self.rpc.ask("evm_mine")
            self.waiting = 0

    def mined(self, sent: str) -> dict:
        self.mine()
        receipt = self.rpc.ask("eth_getTransactionReceipt", sent)
        if int(receipt["status"], 16) != 1:
            raise BenchError(f"transaction {sent} of the benchmark's chain failed")
        return receipt


def launch(rpc: Rpc, folder: Path) -> tuple[Path, str]:
    """Deploys the system and launches the token with the program itself; the manifest and the token's address."""
    manifest = folder / "manifest.toml"
    with_chain = ["--rpc", rpc.url, "--manifest", manifest, "--dev-account", "0", "--json"]
    told([BALLAST, "deploy", "--with-peers", "--force", *with_chain], cwd=ROOT)
    made = json.loads(told([BALLAST, "launch", ROOT / "bench/chain/token.toml", *with_chain], cwd=ROOT))
    return manifest, made["token"]


def transfers_between(rpc: Rpc, token: str, first: int, last: int) -> int:
    """How many transfers the chain itself gives, asked in ranges."""
    count = 0
    for start in range(first, last + 1, 100):
        span = {"fromBlock": hex(start), "toBlock": hex(min(start + 99, last))}
        count += len(rpc.ask("eth_getLogs", span | {"address": token, "topics": [TRANSFER_TOPIC]}))
    return count


def fill(rpc: Rpc, token: str, transfers: int) -> tuple[str, range]:
    """Makes transfers until the token has had so many; gives the crowd's address and the blocks that it played in."""
    code, selectors = compiled()
    rpc.ask("evm_setAutomine", False)
    builder = Builder(rpc)
    crowd = builder.mined(builder.send(None, code + word(token)))["contractAddress"]
    data = lambda name, *values: "0x" + selectors[name] + "".join(map(word, values))
    for _ in range(0, PURSES, PURSES_PER_TRANSACTION):
        last = builder.send(crowd, data("hire(uint256)", PURSES_PER_TRANSACTION))
    builder.mined(last)
    builder.mined(builder.send(token, TRANSFER + word(crowd) + word(FUNDED * PURSES)))
    for start in range(0, PURSES, FUNDED_PER_TRANSACTION):
        last = builder.send(crowd, data("fund(uint256,uint256,uint256)", start, start + FUNDED_PER_TRANSACTION, FUNDED))
    builder.mined(last)
    left = transfers - transfers_between(rpc, token, 0, rpc.number("eth_blockNumber"))
    if left < 1:
        raise BenchError(f"a chain of {transfers} transfers has no room for {PURSES} purses")
    first = rpc.number("eth_blockNumber") + 1
    for start in range(0, left, TRANSFERS_PER_TRANSACTION):
        end = min(start + TRANSFERS_PER_TRANSACTION, left)
        last = builder.send(crowd, data("play(uint256,uint256,uint256)", SEED, start, end))
    builder.mined(last)
    played = range(first, rpc.number("eth_blockNumber") + 1)
    for _ in range(QUIET_BLOCKS):
        rpc.ask("evm_mine")
    rpc.ask("evm_setAutomine", True)
    return crowd, played


def some_holders(rpc: Rpc, token: str, crowd: str) -> dict[str, int]:
    """What the chain says that a few purses and keepers have."""
    chosen = random.Random(SEED)
    _, selectors = compiled()
    accounts = []
    for number in range(HOLDERS_CHECKED):
        if number % 2:
            accounts.append(FIRST_KEEPER + chosen.randrange(KEEPERS))
        else:
            accounts.append(rpc.call(crowd, "0x" + selectors["purses(uint256)"] + word(chosen.randrange(PURSES))))
    return {f"0x{account:040x}": rpc.call(token, BALANCE_OF + word(account)) for account in accounts}


def some_blocks(rpc: Rpc, played: range) -> dict[int, str]:
    """Hashes of a few of the blocks with transfers."""
    chosen = random.Random(SEED).sample(played, BLOCKS_CHECKED)
    return {number: rpc.ask("eth_getBlockByNumber", hex(number), False)["hash"] for number in sorted(chosen)}


@contextlib.contextmanager
def chain(transfers: int = EVENTS):
    """A chain with so many transfers, for as long as the block lasts."""
    program(BALLAST, "run `make build`")
    program(ANVIL, "run `make setup`")
    folder = STATE / "chain"
    folder.mkdir(parents=True, exist_ok=True)
    port, began, log = free_port(), time.monotonic(), folder / "anvil.log"
    command = [ANVIL, "--port", port, "--silent", "--timestamp", GENESIS_TIME, "--gas-limit", 60_000_000,
               "--prune-history", STATES_KEPT]
    with running(command, log) as process:
        rpc = wait_until("anvil", lambda: answering(port), 30, process, log)
        rpc.ask("anvil_setBlockTimestampInterval", BLOCK_SECS)
        manifest, token = launch(rpc, folder)
        first = rpc.number("eth_blockNumber")
        crowd, played = fill(rpc, token, transfers)
        tip = rpc.ask("eth_getBlockByNumber", "latest", False)
        last = int(tip["number"], 16)
        found = transfers_between(rpc, token, 0, last)
        if found != transfers:
            raise BenchError(f"the chain has {found} transfers instead of {transfers}")
        made = Chain(rpc, manifest, token, found, first, last, tip["hash"], rpc.call(token, TOTAL_SUPPLY),
                     some_holders(rpc, token, crowd), some_blocks(rpc, played))
        say(f"chain: {found:,} transfers in {last:,} blocks, seed {SEED:#x}, tip {tip['hash']}, "
            f"made in {time.monotonic() - began:.0f} s")
        yield made


def answering(port: int) -> Rpc:
    rpc = Rpc(port)
    rpc.ask("eth_chainId")
    return rpc


def main():
    transfers = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    try:
        with chain(transfers) as made:
            print(f"--rpc {made.rpc.url} --manifest {made.manifest}\ntoken {made.token}", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    time.sleep(3600)
    except BenchError as error:
        stop(error)


if __name__ == "__main__":
    main()
