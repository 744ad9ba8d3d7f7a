#!/usr/bin/env python3
"""Runs benchmarks, writes bench/results.json and the tables of docs/performance.md.

    tools/bench.py gas    one part, or several; the rows of the others stay as they were

Every figure is a count that does not depend on the machine, or a ratio against a peer in the same run.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
RESULTS = ROOT / "bench/results.json"
TARGETS = ROOT / "bench/targets.toml"
PAGE = ROOT / "docs/performance.md"

INTRO = """# Performance

Written by `make bench`; do not edit. Targets and the reasons for those missed are in `bench/targets.toml`.
A ratio is our figure over the peer's, from the same run.
"""
HOW = {
    "gas": "Whole transactions in forge's isolated mode: 21,000 intrinsic, calldata, cold storage, net of refunds; "
    "one backing asset, balances that exist already, exact approvals.",
}


def measure_gas() -> dict[str, int]:
    """Gas by row name, as the tests in contracts/test/gas record it."""
    forge = CONTRACTS / "node_modules/.bin/forge"
    command = [str(forge), "test", "--isolate", "--match-path", "test/gas/*"]
    env = os.environ | {"FORGE_SNAPSHOT_EMIT": "true"}
    if subprocess.run(command, cwd=CONTRACTS, env=env, stdin=subprocess.DEVNULL).returncode != 0:
        sys.exit("bench: the gas tests failed")
    return {name: int(gas) for name, gas in json.loads((CONTRACTS / "snapshots/gas.json").read_text()).items()}


def gas_rows() -> list[dict]:
    """One row per call. A row named `call (Peer)` is the peer of the row `call`."""
    measured = measure_gas()
    targets = tomllib.loads(TARGETS.read_text()).get("gas", {})
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
            "bench": "gas", "metric": name, "value": gas, "unit": "gas", "better": "lower",
            "target": targets.get(name, {}).get("target"), "peer": peer, "peer_value": peer_gas,
            "ratio": round(gas / peer_gas, 3) if peer_gas else None,
        })
    return rows


PARTS = {"gas": gas_rows}


def shown(value) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def verdict(row: dict, reason: str | None) -> str:
    if row["target"] is None:
        return ""
    met = row["value"] <= row["target"] if row["better"] == "lower" else row["value"] >= row["target"]
    return "reached" if met else f"missed: {reason or 'no reason given yet'}"


def page(rows: list[dict]) -> str:
    reasons = tomllib.loads(TARGETS.read_text())
    text = INTRO
    for part in PARTS:
        chosen = [row for row in rows if row["bench"] == part]
        if not chosen:
            continue
        text += f"\n## {part.capitalize()}\n{HOW[part]}\n\n| | value | unit | target | | peer | peer's value | ratio |\n"
        text += "|---|---:|---|---:|---|---|---:|---:|\n"
        for row in chosen:
            reason = reasons.get(part, {}).get(row["metric"], {}).get("reason")
            cells = [row["metric"], shown(row["value"]), row["unit"], shown(row["target"]), verdict(row, reason)]
            cells += [shown(row["peer"]), shown(row["peer_value"]), shown(row["ratio"])]
            text += f"| {' | '.join(cells)} |\n"
    return text


def main() -> int:
    parts = sys.argv[1:] or list(PARTS)
    if unknown := [part for part in parts if part not in PARTS]:
        print(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    rows = [row for row in kept if row["bench"] not in parts]
    for part in parts:
        rows += PARTS[part]()
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    PAGE.write_text(page(rows))
    print(page(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
