"""Gas of whole transactions: every call of Ballast, and the calls of peers that do the same.

Peers that may be tested against but not shipped are compiled here from their own packages, under bench/peers.
"""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from bench_lib import BenchError, ROOT, program, told

CONTRACTS = ROOT / "contracts"
MORPHO = ROOT / "bench/peers/morpho"
PUBLISHED = ROOT / "bench/published.toml"

HOW = """Whole transactions in forge's isolated mode: 21,000 intrinsic, calldata, cold storage, net of refunds;
balances that exist already, exact approvals; for accruals one backing asset. Vault rows are of a market with a
stability rate, a day after it was last touched, with a plain ERC-20 as collateral and the price read from its stored
slot; rows `with poke` ask three feeds for a new price in the same transaction; those `at a loss` book the book's first
deficit, in two new slots of 22,100. The rows of a thousand vaults are gross, because the cap of a transaction, 16,777,216,
is on that. [Morpho Blue](https://morpho.org) comes from its npm
package, compiled with the compiler and the settings of its own project, and runs under the same conditions: its
oracle reads one slot, its interest rate reads none, and several calls in one transaction are made by the owner's own
account, which is the cheapest way; its thousand positions ignore the cap."""


def compiled_morpho() -> dict:
    """What Morpho Blue was compiled with; compiles it where that is not done."""
    node = shutil.which("node")
    if node is None:
        raise BenchError("node is missing; `tools/need.sh` says how to get it")
    program(MORPHO / "node_modules/solc", "run `make bench-gas`")
    told([node, MORPHO / "compile.js"])
    made = json.loads((MORPHO / "out/Morpho.json").read_text())
    return {name: made[name] for name in ("package", "compiler", "settings")}


def recorded() -> dict[str, int]:
    """Gas by row name, as the tests in contracts/test/gas record it."""
    snapshot = CONTRACTS / "snapshots/gas.json"
    # Rows whose tests are gone would stay in it.
    snapshot.unlink(missing_ok=True)
    command = [CONTRACTS / "node_modules/.bin/forge", "test", "--isolate", "--match-path", "test/gas/*"]
    # The test suite leaves the peers out.
    env = os.environ | {"FORGE_SNAPSHOT_EMIT": "true", "FOUNDRY_NO_MATCH_PATH": "none"}
    if subprocess.run(list(map(str, command)), cwd=CONTRACTS, env=env, stdin=subprocess.DEVNULL).returncode != 0:
        raise BenchError("the gas tests failed")
    return {name: int(gas) for name, gas in json.loads(snapshot.read_text()).items()}


def measure() -> tuple[list[dict], list[str]]:
    """One row per call. A row named `call (Peer)` is the peer of the row `call`."""
    made = compiled_morpho()
    measured = recorded()
    peers = {}
    for name, gas in measured.items():
        if match := re.fullmatch(r"(.+) \((.+)\)", name):
            peers[match[1]] = (match[2], gas)
    rows = []
    for name, gas in sorted(measured.items()):
        if name.endswith(")"):
            continue
        peer, peer_gas = peers.get(name, (None, None))
        rows.append({
            "metric": name, "value": gas, "unit": "gas", "better": "lower", "peer": peer, "peer_value": peer_gas,
            "ratio": round(gas / peer_gas, 3) if peer_gas else None,
        })
    settings = made["settings"]
    lines = [f"Morpho Blue {made['package']}, solc {made['compiler'].split('+')[0]}, "
             f"{'via IR' if settings['viaIR'] else 'without IR'}, {settings['optimizer']['runs']:,} optimizer runs, "
             f"{settings['evmVersion']}"]
    lines += [f"{peer}: {name} {gas:,}" for name, (peer, gas) in sorted(peers.items()) if name not in measured]
    return rows, lines


def beside(rows: list[dict]) -> str:
    """The vault rows in thousands, with what others publish."""
    published = tomllib.loads(PUBLISHED.read_text())["gas"]
    names = list(dict.fromkeys(name for figures in published.values() for name in figures))
    ours = {row["metric"]: row for row in rows}
    chosen = [ours[call] for call in published if call in ours]
    if not chosen:
        return ""
    text = "\nIn thousands, beside what others publish; Morpho Blue and Ballast are measured:\n\n"
    text += f"| | Morpho Blue | {' | '.join(names)} | Ballast | target |\n|---|{'---:|' * (len(names) + 3)}\n"
    for row in chosen:
        figures = published[row["metric"]]
        # The transfer's peer is the plain ERC-20 that both have as their loan token.
        cells = [row["peer_value"], *(figures.get(name) for name in names), row["value"], row["target"]]
        text += f"| {row['metric'].removeprefix('vault ')} | {' | '.join(map(thousands, cells))} |\n"
    return text


def thousands(gas: int | None) -> str:
    """Three figures at least, as they are published."""
    if gas is None:
        return "-"
    return f"{gas / 1000:,.0f}" if gas >= 1_000_000 else f"{gas / 1000:.1f}".removesuffix(".0")
