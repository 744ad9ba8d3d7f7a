"""Copies of the contracts project to change and test without touching the checkout.

A copy takes the compiler's cache along, so that only what was changed in it is compiled: about four seconds for one
contract. Tests are linked to contracts at run time (`dynamic_test_linking`), so they need no compiling at all.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
FORGE = CONTRACTS / "node_modules/.bin/forge"
ENV = os.environ | {"FOUNDRY_LINT_LINT_ON_BUILD": "false", "FORGE_SNAPSHOT_EMIT": "false", "NO_COLOR": "1"}
# Enough to hit what a weakness opens, little enough for hundreds of runs.
QUICK = {"FOUNDRY_INVARIANT_RUNS": "8", "FOUNDRY_INVARIANT_DEPTH": "64", "FOUNDRY_FUZZ_RUNS": "64"}


class CompileError(Exception):
    """The copy does not compile, or forge found no test to run."""


@dataclass
class Result:
    suite: str
    test: str
    passed: bool
    reason: str


def copy(folder: Path, source: Path = CONTRACTS) -> Path:
    """The contracts project in a new folder, with what has been compiled of it."""
    folder.mkdir(parents=True)
    leave = shutil.ignore_patterns("symbolic", "build-info", "weakened")
    for name in ("src", "test", "tools", "out", "cache"):
        if (source / name).exists():
            shutil.copytree(source / name, folder / name, ignore=leave)
    shutil.copy(CONTRACTS / "foundry.toml", folder)
    (folder / "artifacts").symlink_to(CONTRACTS / "artifacts")
    (folder / "node_modules").symlink_to(CONTRACTS / "node_modules")
    return folder


def snapshot(folder: Path) -> Path:
    """A copy of the checkout as it is now, all compiled: what further copies start from."""
    copy(folder)
    subprocess.run([FORGE, "build", "--quiet"], cwd=folder, env=ENV, stdin=subprocess.DEVNULL, check=True)
    return folder


def test(folder: Path, *arguments: str, timeout: float | None = None, env: dict[str, str] | None = None) -> list[Result]:
    """Run forge's tests in a copy. Raises CompileError when there is no result, TimeoutExpired when it takes too long."""
    run = subprocess.run(
        [FORGE, "test", "--json", *arguments], cwd=folder, env=ENV | (env or {}), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=timeout,
    )
    try:
        suites = json.loads(run.stdout)
    except json.JSONDecodeError:
        raise CompileError((run.stderr or run.stdout).strip()[-2000:]) from None
    return [
        Result(suite.split(":")[-1], name.split("(")[0], result["status"] == "Success", result["reason"] or "")
        for suite, suite_results in suites.items()
        for name, result in suite_results["test_results"].items()
        if result["status"] != "Skipped"
    ]
