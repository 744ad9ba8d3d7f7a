#!/usr/bin/env python3
"""Runs benchmarks, writes bench/results.json and the tables of docs/performance.md.

    tools/bench.py gas       one part, or several; the rows of the others stay as they were
    tools/bench.py --page    nothing is measured; the page is written anew, with the targets and reasons as they are

Every figure is a count that does not depend on the machine, or a ratio against a peer in the same run.
"""

import json
import sys
import tomllib
from pathlib import Path

import bench_api
import bench_gas
import bench_index
import bench_keeper
from bench_lib import BenchError, busy, stop

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench/results.json"
TARGETS = ROOT / "bench/targets.toml"
CONDITIONS = ROOT / "bench/conditions.json"
PAGE = ROOT / "docs/performance.md"

INTRO = """# Performance

Written by `make bench`; do not edit. Targets and the reasons for those missed are in `bench/targets.toml`, the rows
also in `bench/results.json`. A ratio is our figure over the peer's, from the same run. `make bench` takes about
half an hour, and wants the machine to itself; `make bench-gas`, `make bench-index`, `make bench-api` and
`make bench-keeper` run one part each.
"""
HOW = {
    "gas": bench_gas.HOW,
    "index": bench_index.HOW,
    "api": bench_api.HOW,
    "keeper": bench_keeper.HOW,
}


# Each gives its rows, without their targets, and what they were measured under.
PARTS = {"gas": bench_gas.measure, "index": bench_index.measure, "api": bench_api.measure,
         "keeper": bench_keeper.measure}


def with_target(part: str, row: dict) -> dict:
    """The row as it is written. A target is a figure, or so many times the peer's in the same run."""
    entry = tomllib.loads(TARGETS.read_text()).get(part, {}).get(row["metric"], {})
    target = entry.get("target")
    if "times_peer" in entry and row.get("peer_value") is not None:
        target = round(entry["times_peer"] * row["peer_value"])
    return {
        "bench": part, "metric": row["metric"], "value": row["value"], "unit": row["unit"], "better": row["better"],
        "target": target, "peer": row.get("peer"), "peer_value": row.get("peer_value"), "ratio": row.get("ratio"),
    }


def shown(value) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def verdict(row: dict, reason: str | None) -> str:
    if row["target"] is None:
        return ""
    met = row["value"] <= row["target"] if row["better"] == "lower" else row["value"] >= row["target"]
    return "reached" if met else f"missed: {reason or 'no reason given yet'}"


def page(rows: list[dict], conditions: dict[str, list[str]]) -> str:
    reasons = tomllib.loads(TARGETS.read_text())
    text = INTRO
    for part in PARTS:
        chosen = [row for row in rows if row["bench"] == part]
        if not chosen:
            continue
        title = {"api": "API and explorer", "keeper": "Keeper and oracle"}.get(part, part.capitalize())
        text += f"\n## {title}\n{HOW[part]}\n\n| | value | unit | target | | peer | peer's value | ratio |\n"
        text += "|---|---:|---|---:|---|---|---:|---:|\n"
        for row in chosen:
            reason = reasons.get(part, {}).get(row["metric"], {}).get("reason")
            cells = [row["metric"], shown(row["value"]), row["unit"], shown(row["target"]), verdict(row, reason)]
            cells += [shown(row["peer"]), shown(row["peer_value"]), shown(row["ratio"])]
            text += f"| {' | '.join(cells)} |\n"
        text += bench_gas.beside(chosen) if part == "gas" else ""
        if conditions.get(part):
            text += "\nMeasured under:\n" + "".join(f"- {line}\n" for line in conditions[part])
    return text


def run(part: str, warning: str | None):
    """Measures one part and writes everything anew."""
    rows, lines = PARTS[part]()
    kept, conditions = written()
    rows = [with_target(part, row) for row in rows] + [row for row in kept if row["bench"] != part]
    rows.sort(key=lambda row: list(PARTS).index(row["bench"]))
    # A count does not depend on what else the machine does.
    conditions[part] = lines + ([warning] if warning and lines and part != "gas" else [])
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    CONDITIONS.write_text(json.dumps({name: lines for name, lines in conditions.items() if lines}, indent=1) + "\n")
    PAGE.write_text(page(rows, conditions))


def written() -> tuple[list[dict], dict[str, list[str]]]:
    """Rows and conditions as the last runs left them."""
    read = lambda file, none: json.loads(file.read_text()) if file.exists() else none
    return read(RESULTS, []), read(CONDITIONS, {})


def main() -> int:
    if sys.argv[1:] == ["--page"]:
        PAGE.write_text(page(*written()))
        return 0
    parts = sys.argv[1:] or list(PARTS)
    if unknown := [part for part in parts if part not in PARTS]:
        print(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    warning = busy()
    if warning:
        print(f"bench: {warning}", file=sys.stderr)
    try:
        for part in parts:
            run(part, warning)
    except BenchError as error:
        stop(error)
    print(page(*written()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
