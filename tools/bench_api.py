"""How fast the server answers under load, and how much and how long the explorer's first view takes.

Two stores, each in SQLite and in PostgreSQL: a played market for the routes, and the index benchmark's chain for a page
of its 22,000 holders, which ponder's server gives from the same events.
"""

import contextlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import bench_index
import bench_page
from bench_chain import BALANCE_OF, Chain, answering, chain, word
from bench_lib import (ANVIL, BALLAST, ENVIRONMENT, ROOT, STATE, BenchError, Postgres, Rpc, free_port, get, machine,
                       program, running, say, told, wait_until)

HOW = """`ballast serve` on loopback under [wrk](https://github.com/wg/wrk) with 32 connections from one thread,
which shares the cores with the server and the database. The server keeps an answer for a second; here every request
differs from those before it, so that each is read and made anew, but for the row that says `kept`. Routes are asked
of a played market of 720 hours; a page of 50 holders also of the 300,000 transfers of the index benchmark, beside a
route of [ponder](https://ponder.sh)'s server that gives the same page from the same events. The explorer's first
view is the list of tokens in a headless Chromium without any cache: its weight is everything that crossed the wire,
gzip and headers included; the time runs from the start of the navigation until the first token's floor stands in
the page."""
CONNECTIONS = 32
SECS = 8
WARM_SECS = 2
PAGE = 50
# Paths of each route that are asked in turn.
DIFFERENT = 50_000
SORTS = ("launched", "name", "backing", "market", "premium", "coverage", "change", "holders", "supply")
EACH = ROOT / "bench/api/each.lua"
MARKET_HOURS = 720
PLAY_SECS_MAX = 900
WRK = shutil.which("wrk")


@dataclass
class Load:
    """What one run of wrk says."""

    speed: float
    p50_ms: float
    p99_ms: float


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1_000, "m": 60_000}[unit]


def under_load(port: int, paths: Path, secs: int) -> Load:
    """Fixed connections for some seconds; an answer that is no 2xx is an error."""
    command = [WRK, "-t1", f"-c{CONNECTIONS}", f"-d{secs}s", "--latency", "-s", EACH, f"http://127.0.0.1:{port}"]
    said = told(command, env=ENVIRONMENT | {"PATHS": str(paths)})
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.+)", said):
        raise BenchError(f"{paths.read_text().splitlines()[0]} and its like under load: {refused[0]}")
    share = lambda percent: milliseconds(re.search(rf"^ +{percent}% +(\S+)$", said, re.M)[1])
    return Load(float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), share(50), share(99))


def asked(port: int, paths: list[str]) -> Load:
    """The load that requests for these paths in turn bear, once the first has shown that it answers."""
    status, body = get(port, paths[0])
    if status != 200 or not body:
        raise BenchError(f"{paths[0]} answers {status}: {body[:300]!r}")
    file = STATE / "paths"
    file.write_text("\n".join(paths) + "\n")
    under_load(port, file, WARM_SECS)
    return under_load(port, file, SECS)


@contextlib.contextmanager
def serving(store: str, manifest: Path):
    """The port of our server over a store."""
    port, log = free_port(), STATE / "serve.log"
    command = [BALLAST, "serve", "--store", store, "--manifest", manifest, "--listen", f"127.0.0.1:{port}"]
    with running(command, log, cwd=ROOT) as process:
        wait_until("ballast serve", lambda: get(port, "/v1/tokens")[0] == 200, 30, process, log)
        yield port


@contextlib.contextmanager
def played(folder: Path):
    """A chain with a played market, the same one each time; its manifest lies in the folder."""
    play = [BALLAST, "up", "--once", "--json", "--bars", MARKET_HOURS, "--inline", "--state", folder]
    told(play, cwd=ROOT, timeout=PLAY_SECS_MAX)
    port, log = free_port(), folder / "anvil.log"
    command = [ANVIL, "--port", port, "--silent", "--load-state", folder / "chain.json"]
    with running(command, log) as process:
        yield wait_until("anvil", lambda: answering(port), PLAY_SECS_MAX, process, log)


def index(rpc: Rpc, manifest: Path, store: str) -> int:
    """Fills a store; how many events it has."""
    command = [BALLAST, "index", "--once", "--json", "--rpc", rpc.url, "--manifest", manifest, "--store", store]
    summary = json.loads(told(command, cwd=ROOT, timeout=bench_index.INDEX_SECS_MAX))
    if summary["mismatches"]:
        raise BenchError(f"the store differs from its chain: {json.dumps(summary)}")
    return summary["events_indexed"]


def busiest(port: int) -> str:
    """The redeemable token with most holders."""
    def answer(path: str) -> dict:
        status, body = get(port, path)
        if status != 200:
            raise BenchError(f"{path} answers {status}: {body[:300]!r}")
        return json.loads(body)

    for one in answer("/v1/tokens?" + urlencode({"sort": "holders", "order": "desc"}))["data"]:
        if answer(f"/v1/tokens/{one['token']}")["token"]["terms"]["redeemable"]:
            return one["token"]
    raise BenchError("no token of the played market can be redeemed")


def routes(token: str) -> dict[str, list[str]]:
    """Paths by the name of their row. They differ where a route can be asked differently: no answer is a kept one."""
    one = f"/v1/tokens/{token}"
    lists = [f"/v1/tokens?sort={sort}&order={order}&limit={limit}"
             for limit in range(PAGE, 501) for sort in SORTS for order in ("asc", "desc")]
    return {
        "tokens": lists,
        "token, kept": [one],
        "series of hours": [f"{one}/series?interval=hour&from={number}" for number in range(DIFFERENT)],
        "events": [f"{one}/events?limit={PAGE}&from={number}" for number in range(DIFFERENT)],
        "holders": [f"{one}/holders?limit={PAGE}&min={number}" for number in range(1, DIFFERENT)],
        "quote to redeem": [f"{one}/quote/redeem?tokens={10**21 + number}" for number in range(DIFFERENT)],
    }


def rows_of(metric: str, load: Load, peer: str | None = None, theirs: Load | None = None) -> list[dict]:
    """Throughput, median and 99th percentile of one route."""
    def row(kind: str, unit: str, better: str, ours: float, other: float | None) -> dict:
        return {"metric": f"{metric}, {kind}", "value": round(ours, 2), "unit": unit, "better": better,
                "peer": peer, "peer_value": round(other, 2) if other is not None else None,
                "ratio": round(ours / other, 3) if other else None}
    return [
        row("throughput", "requests/s", "higher", load.speed, theirs and theirs.speed),
        row("p50", "ms", "lower", load.p50_ms, theirs and theirs.p50_ms),
        row("p99", "ms", "lower", load.p99_ms, theirs and theirs.p99_ms),
    ]


def market_rows(folder: Path, server: Postgres) -> tuple[list[dict], list[str]]:
    """The routes over a played market in each kind of store, and the explorer over the first."""
    stores = {"SQLite": f"sqlite:{folder / 'market.sqlite'}", "PostgreSQL": server.fresh("market")}
    manifest, rows = folder / "market/manifest.toml", []
    with played(manifest.parent) as rpc:
        events = [index(rpc, manifest, store) for store in stores.values()]
        notes = [f"a played market of {events[0]:,} events in {rpc.number('eth_blockNumber'):,} blocks"]
    say(notes[0])
    for kind, store in stores.items():
        with serving(store, manifest) as port:
            for name, paths in routes(busiest(port)).items():
                load = asked(port, paths)
                rows += rows_of(f"{name}, {kind}", load)
                say(f"{name}, {kind}: {load.speed:,.0f} requests/s, p50 {load.p50_ms:.2f} ms, p99 {load.p99_ms:.2f} ms")
    with serving(stores["SQLite"], manifest) as port:
        page_rows, page_notes = bench_page.measure(port)
    return rows + page_rows, notes + page_notes


def page_of_holders(port: int, path: str, made: Chain) -> list[tuple[str, int]]:
    """The page that will be asked for, each of its amounts as the chain has it."""
    status, body = get(port, path)
    if status != 200:
        raise BenchError(f"{path}: {status}, {body[:300]!r}")
    page = [(one["account"].lower(), int(one["amount"])) for one in json.loads(body)["data"]]
    wrong = [account for account, amount in page if made.rpc.call(made.token, BALANCE_OF + word(account)) != amount]
    if wrong or len(page) != PAGE or page != sorted(page, key=lambda one: -one[1]):
        raise BenchError(f"{path} is no page of the {PAGE} largest holders as the chain has them; wrong: {wrong}")
    return page


def ponder_load(made: Chain, server: Postgres) -> tuple[list[tuple[str, int]], Load]:
    """A page of holders from ponder's server, once it holds all, and the load that it bears."""
    port, log = free_port(), STATE / "ponder.log"
    environment = bench_index.ponder_environment(made, server.fresh("ponder"))
    bench_index.forget_ponder()
    with running(bench_index.ponder_command(port), log, cwd=bench_index.PONDER, env=environment) as process:
        wait_until("ponder", lambda: get(port, "/ready")[0] == 200 and bench_index.totals_hold(port, made),
                   bench_index.PONDER_SECS_MAX, process, log, pause=1)
        paths = [f"/holders/{made.token}?limit={PAGE}&min={number}" for number in range(1, DIFFERENT)]
        page, load = page_of_holders(port, paths[0], made), asked(port, paths)
    bench_index.forget_ponder()
    return page, load


def holder_rows(folder: Path, server: Postgres) -> list[dict]:
    """A page of holders of the index benchmark's chain, ours and ponder's."""
    rows, peer = [], f"ponder {bench_index.PONDER_VERSION} on PostgreSQL"
    stores = {"SQLite": f"sqlite:{folder / 'transfers.sqlite'}", "PostgreSQL": server.fresh("transfers")}
    with chain() as made:
        their_page, theirs = ponder_load(made, server)
        say(f"{peer}: {theirs.speed:,.0f} requests/s, p50 {theirs.p50_ms:.2f} ms, p99 {theirs.p99_ms:.2f} ms")
        for kind, store in stores.items():
            index(made.rpc, made.manifest, store)
            with serving(store, made.manifest) as port:
                paths = routes(made.token)["holders"]
                # Equal amounts may stand in any order.
                if sorted(page_of_holders(port, paths[0], made)) != sorted(their_page):
                    raise BenchError(f"our page of holders ({kind}) and ponder's differ")
                load = asked(port, paths)
            rows += rows_of(f"holders of {made.transfers:,} transfers, {kind}", load, peer, theirs)
            say(f"{kind}: {load.speed:,.0f} requests/s, p50 {load.p50_ms:.2f} ms, p99 {load.p99_ms:.2f} ms")
    return rows


def measure() -> tuple[list[dict], list[str]]:
    """Rows for the results, and what they were measured under."""
    if not WRK:
        raise BenchError("wrk is missing; on Debian: apt install wrk")
    program(BALLAST, "run `make build`")
    program(bench_index.PONDER / "node_modules/.bin/ponder", "run `make bench-api`")
    folder = STATE / "api"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Postgres() as server:
        market, notes = market_rows(folder, server)
        return market + holder_rows(folder, server), [machine(), server.stated(), *notes]
