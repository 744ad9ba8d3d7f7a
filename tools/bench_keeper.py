"""How long a keeper takes from a new price to a take that the node has, with many vaults, against naive polling."""

import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from bench_chain import GENESIS_TIME, SEED, answering, compiled, word
from bench_lib import (ANVIL, BALLAST, ENVIRONMENT, ROOT, STATE, BenchError, Rpc, free_port, get, machine, program,
                       running, say, told, wait_until)

VAULTS = 10_000
ROUNDS = 60
WARM_ROUNDS = 3
VAULTS_PER_TRANSACTION = 25
MENDED_PER_TRANSACTION = 100
# What a vault gets after it was taken, times what it began with: enough for the lowest price of all rounds.
MENDED_TIMES = 3
DEBT = 1_000
PRICE = 2_000
# Under which part of its value a vault of the preset may be in debt, and how far each round's price is under the last.
LIQUIDATION_LTV = 0.8333
STEP = 0.984
# Steps from the price at which the vaults are opened to the first round's: what may be minted stays under what may be owed.
FIRST_STEPS = 5
# A rung lies so far above its round's price that the fall alone gives a discount at once.
DEPTH = 0.99
# Seconds of the chain between two prices: a window of the preset's step, so that none counts as stepped.
ROUND_SECS = 601
POLL_SECS = 1.0
NAIVE_BATCH = 250
ROUND_SECS_MAX = 120
WHOLE = 10**18
FEED_DECIMALS = 8
GAS = hex(16_000_000)
KEEPER_ACCOUNT, NAIVE_ACCOUNT = 1, 2

HOW = f"""A local chain with {VAULTS:,} open vaults on a ladder of prices. In each of {ROUNDS} rounds one block brings a
price that puts about {VAULTS // (ROUNDS + WARM_ROUNDS)} of them up for sale, which get collateral before the next and
are safe from then on; the time runs from the moment at which that block can be read until the node has the transaction
that takes them. The peer is what one writes first: look for a new block, ask the chain's lens for every vault
({NAIVE_BATCH} a call), have the node estimate the take, send it; once with a pause of a second and once without. Then
from the moment at which three venues say another price until the chain has it: reports of three nodes, each of which
asks all venues and all of which must sign, beside one program that asks the same venues every second and sends what it
finds, unsigned and unchecked, to a plain feed. Whole processes on loopback."""


@dataclass
class Ladder:
    """A chain with vaults: where it is, and who is who on it."""

    rpc: Rpc
    manifest: Path
    book: str
    prices: str
    collateral: str
    lens: str
    # Holds what the vaults minted.
    purse: str
    feeds: list[str]
    owners: list[str]
    accounts: list[str]


def selector(signature: str) -> str:
    return told([ROOT / "contracts/node_modules/.bin/cast", "sig", signature]).strip()


SIGNATURES = {
    "transfer": "transfer(address,uint256)", "deposit": "deposit()", "open": "open(uint256,uint256[],uint256)",
    "pay": "pay(address,uint256)", "mend": "mend(address[],uint256)", "set": "set(int256)", "poke": "poke(address)", "feed": "feed()",
    "ladder": "ladder(address,uint256,address[])", "take": "take(uint256,address[],uint256,uint256,bytes)",
}
SELECTORS: dict[str, str] = {}


def call(name: str, *values) -> str:
    """The data of a call whose arguments are words."""
    if not SELECTORS:
        SELECTORS.update({key: selector(signature) for key, signature in SIGNATURES.items()})
    return SELECTORS[name] + "".join(map(word, values))


def send(rpc: Rpc, account: str, to: str | None, data: str, value: int = 0) -> str:
    request = {"from": account, "data": data, "gas": GAS, "value": hex(value)}
    return rpc.ask("eth_sendTransaction", request | ({"to": to} if to else {}))


def done(rpc: Rpc, sent: str) -> dict:
    receipt = wait_until("a receipt", lambda: rpc.ask("eth_getTransactionReceipt", sent), 30, pause=0.002)
    if int(receipt["status"], 16) != 1:
        raise BenchError(f"transaction {sent} of the benchmark's chain failed")
    return receipt


def price_of(number: int) -> float:
    """The price that a round brings."""
    return PRICE * STEP ** (number + FIRST_STEPS)


def rung(number: int) -> float:
    """The vaults on it are unhealthy under its price and not above; one for each round."""
    return price_of(number) / DEPTH


def locked(number: int) -> int:
    """Collateral of a vault on the rung, in base units."""
    return int(DEBT / (rung(number) * LIQUIDATION_LTV) * WHOLE)


def deploy(rpc: Rpc, folder: Path) -> tuple[Path, dict]:
    """The system with one synthetic, by the program itself."""
    manifest = folder / "manifest.toml"
    with_chain = ["--rpc", rpc.url, "--manifest", manifest, "--dev-account", "0", "--json"]
    told([BALLAST, "deploy", "--with-peers", "--force", *with_chain], cwd=ROOT)
    told([BALLAST, "vault", "deploy", ROOT / "bench/keeper/synthetic.toml", *with_chain], cwd=ROOT)
    return manifest, tomllib.loads(manifest.read_text())


def open_vaults(rpc: Rpc, account: str, book: str, collateral: str) -> tuple[str, list[str]]:
    """Opens every vault; the contract that got what they minted, and the owners."""
    code, _ = compiled(ROOT / "bench/keeper/Owners.sol")
    factory = done(rpc, send(rpc, account, None, code + word(book) + word(0) + word(collateral)))["contractAddress"]
    amounts = [locked(number % (ROUNDS + WARM_ROUNDS)) for number in range(VAULTS)]
    # A part of it opens the vaults, the rest mends them.
    needed = (1 + MENDED_TIMES) * sum(amounts)
    rpc.ask("anvil_setBalance", account, hex(needed + sum(amounts)))
    done(rpc, send(rpc, account, collateral, call("deposit"), needed))
    done(rpc, send(rpc, account, collateral, call("transfer", factory, needed)))
    owners = []
    for start in range(0, VAULTS, VAULTS_PER_TRANSACTION):
        some = amounts[start:start + VAULTS_PER_TRANSACTION]
        data = call("open", start, 96, DEBT * WHOLE, len(some), *some)
        logs = done(rpc, send(rpc, account, factory, data))["logs"]
        owners += ["0x" + log["topics"][1][26:] for log in logs if log["address"] == factory.lower()]
    if len(set(owners)) != VAULTS:
        raise BenchError(f"{len(set(owners))} vaults were opened instead of {VAULTS}")
    return factory, owners


@contextlib.contextmanager
def ladder():
    """A chain with every vault open, for as long as the block lasts."""
    program(BALLAST, "run `make build`")
    program(ANVIL, "run `make setup`")
    folder = STATE / "keeper"
    folder.mkdir(parents=True, exist_ok=True)
    port, began, log = free_port(), time.monotonic(), folder / "anvil.log"
    command = [ANVIL, "--port", port, "--silent", "--timestamp", GENESIS_TIME, "--gas-limit", 60_000_000,
               "--base-fee", 1_000_000, "--order", "fifo"]
    with running(command, log) as process:
        rpc = wait_until("anvil", lambda: answering(port), 30, process, log)
        accounts = rpc.ask("eth_accounts")
        manifest, told_of = deploy(rpc, folder)
        parts, book = told_of["contracts"], told_of["books"][0]
        native = parts["wrapped_native"]["address"]
        factory, owners = open_vaults(rpc, accounts[0], book["book"]["address"], native)
        lens = json.loads((ROOT / "contracts/artifacts/VaultLens.json").read_text())["bytecode"]
        lens = done(rpc, send(rpc, accounts[0], None, lens))["contractAddress"]
        sources = [source["address"] for source in book["sources"]]
        feeds = [f"0x{rpc.call(source, call('feed')):040x}" for source in sources]
        say(f"{VAULTS:,} vaults opened in {time.monotonic() - began:.0f} s")
        yield Ladder(rpc, manifest, book["book"]["address"], book["prices"]["address"], native, lens, factory,
                     feeds, owners, accounts)


def bring(made: Ladder, price: float) -> float:
    """Mines one block with a new price; the moment at which it can be read."""
    rpc, owner = made.rpc, made.accounts[0]
    rpc.ask("evm_increaseTime", ROUND_SECS)
    for feed in made.feeds:
        send(rpc, owner, feed, call("set", int(price * 10**FEED_DECIMALS)))
    send(rpc, owner, made.prices, call("poke", made.collateral))
    rpc.ask("evm_mine")
    return time.monotonic()


def sights(rpc: Rpc, made: Ladder, owners: list[str]) -> list[list[int]]:
    """What the lens says of some vaults: twelve words each."""
    data = call("ladder", made.book, 0, 96, len(owners), *owners)
    answer = rpc.ask("eth_call", {"to": made.lens, "data": data}, "latest")[2:]
    words = [int(answer[at:at + 64], 16) for at in range(128, len(answer), 64)]
    return [words[at:at + 12] for at in range(0, len(words), 12)]


UNHEALTHY = 6


def mend(made: Ladder, owners: list[str], amount: int):
    """Adds collateral to vaults that were taken: each price shall find those of its own rung alone."""
    for start in range(0, len(owners), MENDED_PER_TRANSACTION):
        some = owners[start:start + MENDED_PER_TRANSACTION]
        sent = send(made.rpc, made.accounts[0], made.purse, call("mend", 64, amount, len(some), *some))
        made.rpc.ask("evm_mine")
        done(made.rpc, sent)


def rounds(made: Ladder, account: str, alive) -> list[float]:
    """Seconds from each new price to the taker's transaction, without those of the first rounds."""
    rpc, seconds = made.rpc, []
    done(rpc, send(rpc, made.accounts[0], made.purse, call("pay", account, VAULTS * DEBT * WHOLE)))
    pending = lambda: rpc.number("eth_getTransactionCount", account, "pending")
    rpc.ask("evm_setAutomine", False)
    for number in range(ROUNDS + WARM_ROUNDS):
        on_rung = made.owners[number::ROUNDS + WARM_ROUNDS]
        before = pending()
        began = bring(made, price_of(number))
        wait_until(f"a take in round {number + 1}", lambda: pending() > before or not alive(), ROUND_SECS_MAX, pause=0)
        seconds.append(time.monotonic() - began)
        until = time.monotonic() + ROUND_SECS_MAX
        while any(sight[UNHEALTHY] for sight in sights(rpc, made, on_rung)):
            if time.monotonic() > until or not alive():
                raise BenchError(f"round {number + 1}: vaults of its rung are left unhealthy")
            rpc.ask("evm_mine")
            time.sleep(0.05)
        mend(made, on_rung, MENDED_TIMES * locked(number))
    rpc.ask("evm_setAutomine", True)
    return seconds[WARM_ROUNDS:]


def naive(port: int, made: dict, pause: float):
    """What one writes first: every vault by a call, once for each block; ended from outside."""
    rpc = Rpc(port)
    made = Ladder(rpc, Path(), **made)
    account, seen = made.accounts[NAIVE_ACCOUNT], -1
    while True:
        time.sleep(pause)
        block = rpc.number("eth_blockNumber")
        if block == seen:
            continue
        seen = block
        unhealthy = []
        for start in range(0, VAULTS, NAIVE_BATCH):
            some = made.owners[start:start + NAIVE_BATCH]
            unhealthy += [owner for owner, sight in zip(some, sights(rpc, made, some)) if sight[UNHEALTHY]]
        if not unhealthy:
            continue
        data = call("take", 0, 160, DEBT * WHOLE * len(unhealthy), 0, 160 + 32 * (1 + len(unhealthy)), len(unhealthy),
                    *unhealthy, 0)
        request = {"from": account, "to": made.book, "data": data}
        try:
            gas = rpc.number("eth_estimateGas", request)
            sent = rpc.ask("eth_sendTransaction", request | {"gas": hex(gas * 12 // 10)})
            # Another one on top of one that waits may be dropped by the node.
            wait_until("its take", lambda: rpc.ask("eth_getTransactionReceipt", sent), 10, pause=0.01)
        except BenchError as error:
            # Its own last take may be mined in between; what is left is looked at again, in this block too.
            print(f"naive: {error}", flush=True)
            seen = -1


# ---------------------------------------------------------------- reports

PAIR = "ETH/USD"
NODES = 3
REPORTS = 40
WARM_REPORTS = 3
# Each price is so far from the last that a report is due at once.
MOVE = 1.01
VENUES = Path(os.environ.get("BENCH_VENUES", ROOT / "target/release/examples/venues"))
REPORTED_EVENT = "Reported(address,uint256,uint256,uint256,uint256,uint256)"
MAX_REPORT_AGE_SECS = 3_600
SUBMIT_SECS_MAX = 60


class Venues:
    """Three venues on loopback, told what to say line by line."""

    def __init__(self):
        program(VENUES, "run `make bench-programs`")
        self.process = subprocess.Popen([VENUES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=ENVIRONMENT, bufsize=1)
        self.addresses = json.loads(self.process.stdout.readline())

    def say(self, price: float) -> float:
        """All of them say it from now on; the moment at which they do."""
        self.process.stdin.write(f"{PAIR} {price:.6f} {int(time.time())}\n")
        if self.process.stdout.readline().strip() != "set":
            raise BenchError("the venues did not take a price")
        return time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def node_file(folder: Path, number: int, rpc: Rpc, quorum: str, asset: str, ports: list[int], venues: Venues) -> Path:
    peers = [f"http://127.0.0.1:{port}" for other, port in enumerate(ports) if other != number]
    text = f"""name = "bench-{number}"
rpc = ["{rpc.url}"]
quorum = "{quorum}"
dev_account = {number + 1}
store = "sqlite:{folder / f'node-{number}.sqlite'}"
listen = "127.0.0.1:{ports[number]}"
peers = {json.dumps(peers)}
poll_ms = 20
round_secs = 1
confirmations = 1
[patience]
rest_every_ms = 200
"""
    for venue in venues.addresses:
        text += f'[venues.{venue["kind"]}]\nkind = "{venue["kind"]}"\nrest = "{venue["rest"]}"\n'
        text += f'stream = "{venue["stream"]}"\n'
    text += f"""[[assets]]
asset = "{asset}"
pair = "{PAIR}"
deviation = "0.005"
heartbeat_secs = 3600
sources_min = 2
age_secs_max = 60
outlier = "0.02"
"""
    file = folder / f"node-{number}.toml"
    file.write_text(text)
    return file


@contextlib.contextmanager
def reporting_chain():
    """A local chain in real time with a quorum of reports and a plain feed."""
    folder = STATE / "reports"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port, log = free_port(), folder / "anvil.log"
    with running([ANVIL, "--port", port, "--silent", "--base-fee", 1_000_000], log) as process:
        rpc = wait_until("anvil", lambda: answering(port), 30, process, log)
        accounts = rpc.ask("eth_accounts")
        signers = sorted(accounts[1:NODES + 1], key=lambda account: int(account, 16))
        read = lambda name: json.loads((ROOT / f"contracts/artifacts/{name}.json").read_text())["bytecode"]
        arguments = [accounts[0], MAX_REPORT_AGE_SECS, 128, NODES, NODES, *signers]
        quorum = done(rpc, send(rpc, accounts[0], None, read("ReportQuorum") + "".join(map(word, arguments))))
        feed = done(rpc, send(rpc, accounts[0], None, read("DevFeed") + word(FEED_DECIMALS) + word(1)))
        yield folder, rpc, accounts, quorum["contractAddress"], feed["contractAddress"]


def reports(rpc: Rpc, venues: Venues, contract: str, event: str, alive) -> list[float]:
    """Seconds from each price of the venues until the chain has an event of the contract about it."""
    seconds, price, chosen = [], float(PRICE), random.Random(SEED)
    topic = told([ROOT / "contracts/node_modules/.bin/cast", "keccak", event]).strip()
    for number in range(REPORTS + WARM_REPORTS):
        last = rpc.number("eth_blockNumber")
        price *= MOVE if number % 2 else 1 / MOVE**2
        span = {"fromBlock": hex(last), "address": contract, "topics": [topic]}
        newer = lambda: any(int(log["blockNumber"], 16) > last for log in rpc.ask("eth_getLogs", span))
        began = venues.say(price)
        wait_until(f"report {number + 1}", lambda: newer() or not alive(), SUBMIT_SECS_MAX, pause=0)
        seconds.append(time.monotonic() - began)
        if not alive():
            raise BenchError(f"report {number + 1}: the program that reports has ended")
        # The next round begins with the next second; whoever polls is met at any moment of his pause.
        time.sleep(1.1 + chosen.random())
    return seconds[WARM_REPORTS:]


def feeder(port: int, feed: str, account: str, venues: list[dict], pause: float):
    """What one writes first: ask the venues, take the middle one, send where it moved; ended from outside."""
    rpc, last = Rpc(port), 0.0
    paths = {
        "binance": ("/api/v3/ticker/24hr?symbol=ETHUSD", lambda answer: answer["lastPrice"]),
        "coinbase": ("/products/ETH-USD/ticker", lambda answer: answer["price"]),
        "kraken": ("/0/public/Ticker?pair=ETHUSD", lambda answer: next(iter(answer["result"].values()))["c"][0]),
    }
    while True:
        time.sleep(pause)
        prices = []
        for venue in venues:
            path, read = paths[venue["kind"]]
            with contextlib.suppress(OSError, ValueError, KeyError):
                _, body = get(int(venue["rest"].rsplit(":", 1)[1]), path, timeout=2)
                prices.append(float(read(json.loads(body))))
        if len(prices) == len(venues) and abs(statistics.median(prices) / (last or 1) - 1) > 0.005:
            last = statistics.median(prices)
            data = call("set", int(last * 10**FEED_DECIMALS))
            send(rpc, account, feed, data)


# ---------------------------------------------------------------- all of it

KEEPER_FILE = """store = "sqlite:{store}"
poll_ms = 20
[send]
confirmations = 1
[[book]]
synthetic = "BENCH"
native_price = 1
[take]
poke = false
[poke]
enabled = false
"""


@contextlib.contextmanager
def polling(what: str, port: int, arguments: dict):
    """This file as a process of its own that does `what` until the block ends."""
    file = STATE / f"{what}.json"
    file.write_text(json.dumps(arguments))
    with running([sys.executable, __file__, what, port, file], STATE / f"{what}.log") as process:
        yield lambda: process.poll() is None


def price_to_take() -> dict[str, list[float]]:
    """Seconds by who took."""
    found = {}
    with ladder() as made:
        for name, account in (("ballast", KEEPER_ACCOUNT), ("naive", NAIVE_ACCOUNT), ("restless", NAIVE_ACCOUNT)):
            kept = made.rpc.ask("evm_snapshot")
            folder = STATE / "keeper"
            if name == "ballast":
                (folder / "keeper.sqlite").unlink(missing_ok=True)
                file = folder / "keeper.toml"
                file.write_text(KEEPER_FILE.format(store=folder / "keeper.sqlite"))
                port, log = free_port(), folder / "keeper.log"
                command = [BALLAST, "keeper", "run", file, "--rpc", made.rpc.url, "--manifest", made.manifest,
                           "--dev-account", account, "--listen", f"127.0.0.1:{port}"]
                with running(command, log, cwd=ROOT) as process:
                    wait_until("the keeper", lambda: json.loads(get(port, "/status")[1])["idle"], 300, process, log)
                    found[name] = rounds(made, made.accounts[account], lambda: process.poll() is None)
            else:
                words = {key: value for key, value in vars(made).items() if key not in ("rpc", "manifest")}
                pause = POLL_SECS if name == "naive" else 0
                with polling("naive", made.rpc.port, {"made": words, "pause": pause}) as alive:
                    found[name] = rounds(made, made.accounts[account], alive)
            made.rpc.ask("evm_revert", kept)
    return found


def price_to_report() -> dict[str, list[float]]:
    """Seconds by who reported."""
    found = {}
    with reporting_chain() as (folder, rpc, accounts, quorum, feed), Venues() as venues, contextlib.ExitStack() as stack:
        venues.say(PRICE)
        ports = [free_port() for _ in range(NODES)]
        processes = []
        for number in range(NODES):
            file = node_file(folder, number, rpc, quorum, feed, ports, venues)
            log = folder / f"node-{number}.log"
            processes.append(stack.enter_context(running([BALLAST, "oracle", "run", file], log, cwd=ROOT)))
            wait_until("a node", lambda: get(ports[number], "/health")[0] == 200, 60, processes[-1], log)
        alive = lambda: all(process.poll() is None for process in processes)
        found["ballast"] = reports(rpc, venues, quorum, REPORTED_EVENT, alive)
        stack.close()
        arguments = {"feed": feed, "account": accounts[0], "venues": venues.addresses, "pause": POLL_SECS}
        with polling("feeder", rpc.port, arguments) as alive:
            found["naive"] = reports(rpc, venues, feed, "AnswerUpdated(int256,uint256,uint256)", alive)
    return found


def at(seconds: list[float], percent: int) -> float:
    """The percentile in milliseconds: the least that so many of the values do not exceed."""
    return round(sorted(seconds)[-(-len(seconds) * percent // 100) - 1] * 1_000, 1)


def rows(metric: str, ours: list[float], peers: list[tuple[str, list[float]]]):
    for percent in (50, 99):
        for name, theirs in peers:
            value, peer = at(ours, percent), at(theirs, percent)
            yield {"metric": f"{metric}, p{percent}", "value": value, "unit": "ms", "better": "lower", "peer": name,
                   "peer_value": peer, "ratio": round(value / peer, 3)}


def measure() -> tuple[list[dict], list[str]]:
    """The rows, and what they were measured under."""
    takes, said = price_to_take(), price_to_report()
    found = [
        *rows("new price to take", takes["ballast"], [("polling every second", takes["naive"])]),
        *rows("new price to take, peer without its pause", takes["ballast"], [("polling", takes["restless"])]),
        *rows("venue to report on the chain", said["ballast"], [("polling every second", said["naive"])]),
    ]
    return found, [machine(), f"{VAULTS:,} vaults, {ROUNDS} prices; {NODES} nodes of a quorum of {NODES}, three venues, "
                              f"{REPORTS} prices"]


if __name__ == "__main__":
    what, port, file = sys.argv[1:]
    {"naive": naive, "feeder": feeder}[what](int(port), **json.loads(Path(file).read_text()))
