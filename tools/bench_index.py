"""How fast the chain's events come into the store, against ponder with the same handlers and against a bare drain.

Every contender reads the same chain, with nothing kept from an earlier run, in turn and several times. One that holds
something else than the chain in the end fails the benchmark.
"""

import json
import os
import shutil
import sqlite3
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from bench_chain import TRANSFER_TOPIC, Chain, chain
from bench_lib import (BALLAST, ENVIRONMENT, ROOT, STATE, BenchError, Postgres, free_port, get, machine, program,
                       running, say, spread, told, wait_until)

HOW = """The same history read into an empty store, from the program's start until the store holds it (ponder's own
start, some seconds in which it compiles its handlers and opens its database, does not count), beside
[ponder](https://ponder.sh) with the same handlers and its cache of the chain's answers cleared: each keeps every
transfer's raw log with its block's hash, every holder's balance and the supply. In each round all take turns on one
chain and one database server. The drain fetches the same logs in ranges of 250 blocks, four at a time, and keeps
the answers as they came: what the chain can give at most. The target is ten times ponder and half of the drain.
Values are medians."""
DRAIN = Path(os.environ.get("BENCH_DRAIN", ROOT / "target/release/examples/drain"))
PONDER = ROOT / "bench/peers/ponder"
PONDER_VERSION = json.loads((PONDER / "package.json").read_text())["dependencies"]["ponder"]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
# Runs of the fast contenders in each round; ponder runs once in each.
FAST_RUNS = 2
PONDER_SECS_MAX = 900
INDEX_SECS_MAX = 600
SCHEMA = "bench"


@dataclass
class Kept:
    """What a contender holds in the end."""

    transfers: int
    held: int
    supply: int
    holders: dict[str, int]
    hashes: dict[int, str]


@dataclass
class Contender:
    name: str
    run: Callable[[], float]
    seconds: list[float] = field(default_factory=list)

    def speed(self, events: int) -> float:
        return events / statistics.median(self.seconds)


def expect(name: str, made: Chain, kept: Kept):
    """Fails unless the contender holds what the chain says."""
    wrong = []
    if kept.transfers != made.transfers:
        wrong.append(f"{kept.transfers} transfers instead of {made.transfers}")
    if kept.held != made.supply or kept.supply != made.supply:
        wrong.append(f"balances of {kept.held} and a supply of {kept.supply} instead of {made.supply}")
    for holder, amount in made.holders.items():
        if kept.holders.get(holder, 0) != amount:
            wrong.append(f"{holder} has {kept.holders.get(holder, 0)} instead of {amount}")
    for number, block_hash in made.hashes.items():
        if kept.hashes.get(number) != block_hash:
            wrong.append(f"block {number} is {kept.hashes.get(number)} instead of {block_hash}")
    if wrong:
        raise BenchError(f"{name} is wrong: {'; '.join(wrong)}")


def drain(made: Chain) -> float:
    """Seconds to fetch every log of the token and keep the answers."""
    did = json.loads(told([DRAIN, made.rpc.url, made.token, made.last], timeout=INDEX_SECS_MAX))
    if did["logs"] < made.transfers:
        raise BenchError(f"the drain has {did['logs']} logs instead of {made.transfers}")
    return did["seconds"]


def index(made: Chain, store: str) -> float:
    """Seconds from the program's start to its end."""
    chain_of = ["--rpc", made.rpc.url, "--manifest", made.manifest]
    began = time.monotonic()
    summary = json.loads(told([BALLAST, "index", "--once", "--json", *chain_of, "--store", store], cwd=ROOT,
                              timeout=INDEX_SECS_MAX))
    seconds = time.monotonic() - began
    behind = [state["name"] for state in summary["projections"] if state["stopped"] or state["block"] != made.last]
    if summary["mismatches"] or behind or summary["block"] != made.last:
        raise BenchError(f"ballast index ended wrongly: {json.dumps(summary)}")
    return seconds


def kept_by_us(rows: Callable[[str], list[tuple]], made: Chain) -> Kept:
    """What our store holds; `rows` gives the cells of a query that both databases understand."""
    token = made.token
    # A log's topics lie end to end: its event comes first.
    [[transfers]] = rows(f"SELECT COUNT(*) FROM logs WHERE address = {{{token}}} "
                         f"AND topics >= {{{TRANSFER_TOPIC}}} AND topics < {{{TRANSFER_TOPIC}{'ff' * 96}}}")
    numbers = ", ".join(map(str, made.hashes))
    blocks = rows(f"SELECT DISTINCT block, {{hex block_hash}} FROM logs WHERE block IN ({numbers})")
    balances = rows(f"SELECT {{hex holder}}, {{hex amount}} FROM balances WHERE token = {{{token}}}")
    [[supply]] = rows(f"SELECT {{hex supply}} FROM supplies WHERE token = {{{token}}}")
    holders = {"0x" + holder.lower(): int(amount, 16) for holder, amount in balances}
    hashes = {int(number): "0x" + found.lower() for number, found in blocks}
    return Kept(int(transfers), sum(holders.values()), int(supply, 16), holders, hashes)


def in_dialect(query: str, literal: str, as_hex: str) -> str:
    """The query with its `{0x...}` as literals and its `{hex column}` as text."""
    parts = query.replace("}", "{").split("{")
    for at in range(1, len(parts), 2):
        part = parts[at]
        parts[at] = as_hex.format(part[4:]) if part.startswith("hex ") else literal.format(part[2:])
    return "".join(parts)


def index_into_sqlite(made: Chain) -> float:
    folder = STATE / "index"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    seconds = index(made, f"sqlite:{folder / 'store.sqlite'}")
    with sqlite3.connect(folder / "store.sqlite") as store:
        rows = lambda query: store.execute(in_dialect(query, "x'{}'", "hex({})")).fetchall()
        expect("our SQLite store", made, kept_by_us(rows, made))
    return seconds


def index_into_postgres(made: Chain, server: Postgres) -> float:
    address = server.fresh("ballast")
    seconds = index(made, address)
    rows = lambda query: server.sql("ballast", in_dialect(query, "'\\x{}'::bytea", "encode({}, 'hex')"))
    expect("our PostgreSQL store", made, kept_by_us(rows, made))
    server.sql("postgres", "DROP DATABASE ballast")
    return seconds


def ponder_environment(made: Chain, database: str | None) -> dict[str, str]:
    ours = {
        "PONDER_RPC": made.rpc.url, "BENCH_TOKEN": made.token, "BENCH_FIRST": "0", "PONDER_TELEMETRY_DISABLED": "1",
        "NODE_ENV": "production", "NO_COLOR": "1",
    }
    return ENVIRONMENT | ours | ({"BENCH_DATABASE": database} if database else {})


def ponder_command(port: int) -> list:
    return [PONDER / "node_modules/.bin/ponder", "start", "--schema", SCHEMA, "--port", port, "--hostname", "127.0.0.1"]


def totals_hold(port: int, made: Chain) -> bool:
    status, body = get(port, "/totals")
    if status != 200:
        return False
    totals = json.loads(body)
    return totals == {"logs": made.transfers, "held": str(made.supply), "supply": str(made.supply)}


def kept_by_ponder(port: int, made: Chain) -> Kept:
    def answer(path: str) -> dict:
        status, body = get(port, path)
        if status != 200:
            raise BenchError(f"ponder, {path}: {status}, {body[:300]!r}")
        return json.loads(body)

    totals = answer("/totals")
    holders = answer(f"/balances?holders={','.join(made.holders)}")
    hashes = answer(f"/blocks?numbers={','.join(map(str, made.hashes))}")
    return Kept(totals["logs"], int(totals["held"]), int(totals["supply"]),
                {holder: int(amount) for holder, amount in holders.items()},
                {int(number): found for number, found in hashes.items()})


def forget_ponder():
    """Ponder's own folder: its PGlite database with the cache of what the chain answered."""
    shutil.rmtree(PONDER / ".ponder", ignore_errors=True)


def ponder(made: Chain, database: str | None) -> float:
    """Seconds from the start of ponder's backfill until its tables hold the right totals."""
    forget_ponder()
    port, log, name = free_port(), STATE / "ponder.log", f"ponder on {'PostgreSQL' if database else 'PGlite'}"
    began = time.monotonic()
    with running(ponder_command(port), log, cwd=PONDER, env=ponder_environment(made, database)) as process:
        wait_until(name, lambda: get(port, "/health")[0] == 200, PONDER_SECS_MAX, process, log)
        start_secs, began = time.monotonic() - began, time.monotonic()
        # Seldom, because it answers in the thread that works.
        wait_until(name, lambda: get(port, "/ready")[0] == 200, PONDER_SECS_MAX, process, log, pause=0.25)
        ready = time.monotonic() - began
        wait_until(name, lambda: totals_hold(port, made), PONDER_SECS_MAX, process, log)
        seconds = time.monotonic() - began
        expect(name, made, kept_by_ponder(port, made))
    say(f"{name}: {start_secs:.1f} s to start, which do not count; its history was ready {ready:.1f} s later")
    forget_ponder()
    return seconds


def ponder_on_postgres(made: Chain, server: Postgres) -> float:
    """The database is new in each run, so that its cache in the schema `ponder_sync` is empty."""
    seconds = ponder(made, server.fresh("ponder"))
    server.sql("postgres", "DROP DATABASE ponder WITH (FORCE)")
    return seconds


def take_turns(made: Chain, server: Postgres) -> dict[str, Contender]:
    fast = [
        Contender("drain", lambda: drain(made)),
        Contender("SQLite", lambda: index_into_sqlite(made)),
        Contender("PostgreSQL", lambda: index_into_postgres(made, server)),
    ]
    slow = [
        Contender("ponder on PGlite", lambda: ponder(made, None)),
        Contender("ponder on PostgreSQL", lambda: ponder_on_postgres(made, server)),
    ]
    drain(made)  # the chain's own caches are warm for everybody
    for number in range(ROUNDS):
        for contender in fast * FAST_RUNS + slow:
            os.sync()  # nobody pays for what another left to be written
            contender.seconds.append(contender.run())
            say(f"round {number + 1} of {ROUNDS}: {contender.name}: {contender.seconds[-1]:.2f} s, "
                f"{made.transfers / contender.seconds[-1]:,.0f} events/s")
    return {contender.name: contender for contender in fast + slow}


def measure() -> tuple[list[dict], list[str]]:
    """Rows for the results, and what they were measured under."""
    program(DRAIN, "run `make bench-index`")
    program(PONDER / "node_modules/.bin/ponder", "run `make bench-index`")
    with chain() as made, Postgres() as server:
        took = take_turns(made, server)
        notes = [
            machine(),
            f"{made.transfers:,} transfers in {made.last:,} blocks of one anvil, tip {made.tip_hash}; block hashes and "
            "raw logs are kept by all; totals, ten holders and ten blocks of each equal the chain's",
            server.stated(),
            *(f"{one.name}: {spread([made.transfers / secs for secs in one.seconds], 0)} events/s"
              for one in took.values()),
        ]
    speeds = {name: one.speed(made.transfers) for name, one in took.items()}
    row = lambda metric, ours, peer, theirs: {
        "metric": metric, "value": round(speeds[ours]), "unit": "events/s", "better": "higher",
        "peer": peer, "peer_value": round(speeds[theirs]), "ratio": round(speeds[ours] / speeds[theirs], 3),
    }
    rows = [
        row("backfill into SQLite", "SQLite", f"ponder {PONDER_VERSION} on PGlite", "ponder on PGlite"),
        row("backfill into PostgreSQL", "PostgreSQL", f"ponder {PONDER_VERSION} on PostgreSQL", "ponder on PostgreSQL"),
        row("backfill into SQLite against a drain", "SQLite", "bare eth_getLogs drain", "drain"),
        row("backfill into PostgreSQL against a drain", "PostgreSQL", "bare eth_getLogs drain", "drain"),
    ]
    return rows, notes
