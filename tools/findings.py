#!/usr/bin/env python3
"""Runs slither on the contracts and holds its findings against those accepted in docs/decisions/0010-static-analysis.md.

A finding is named by its check and the function it lies in. One that is not accepted fails, and so does an accepted
one that slither no longer reports: the page says what is true now. The last line is `N passed, N failed`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
PAGE = ROOT / "docs/decisions/0010-static-analysis.md"


def accepted() -> set[tuple[str, str]]:
    """The rows `| check | where | reason |` of the page, without the table's head."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| `([\w.]+)` \| \S.*\|$", PAGE.read_text(), re.MULTILINE)
    return set(rows)


def place(finding: dict) -> str:
    """`Contract.function` of the first element that lies in one, or the contract or variable itself."""
    for element in finding["elements"]:
        if not element["source_mapping"]["filename_relative"].startswith("src/"):
            continue
        fields = element.get("type_specific_fields", {})
        parent = fields.get("parent", {})
        if element["type"] in ("function", "variable") and parent:
            if parent["type"] == "function":
                return f"{parent['type_specific_fields']['parent']['name']}.{parent['name']}"
            return f"{parent['name']}.{element['name']}"
        return element["name"]
    return "unknown"


def findings() -> dict[tuple[str, str], str]:
    env = os.environ | {"PATH": f"{CONTRACTS / 'node_modules/.bin'}:{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as scratch:
        # Compiled apart: slither wants a build of its own kind, and the tests keep theirs.
        env |= {"FOUNDRY_OUT": f"{scratch}/out", "FOUNDRY_CACHE_PATH": f"{scratch}/cache"}
        report = Path(scratch) / "report.json"
        slither = [str(ROOT / ".venv/slither/bin/slither"), ".", "--foundry-out-directory", env["FOUNDRY_OUT"]]
        slither += ["--config-file", "slither.config.json", "--json", str(report)]
        run = subprocess.run(slither, cwd=CONTRACTS, env=env, capture_output=True, text=True)
        if not report.exists():
            sys.exit(f"slither did not finish:\n{run.stderr[-4000:]}")
        result = json.loads(report.read_text())
    if not result["success"]:
        sys.exit(f"slither failed: {result['error']}")
    found = {}
    for finding in result["results"].get("detectors", []):
        summary = f"{finding['impact']}: {finding['description'].splitlines()[0]}"
        found.setdefault((finding["check"], place(finding)), summary)
    return found


def main() -> int:
    found, known = findings(), accepted()
    new, gone = sorted(found.keys() - known), sorted(known - found.keys())
    for check, where in new:
        print(f"not accepted: `{check}` in `{where}`: {found[check, where]}")
    for check, where in gone:
        print(f"accepted but no longer found: `{check}` in `{where}`: take the row out of {PAGE.relative_to(ROOT)}")
    print(f"{len(found.keys() & known)} passed, {len(new) + len(gone)} failed")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
