#!/usr/bin/env python3
"""Changes the code in small ways and asks whether any test notices.

Contracts: slither's mutation operators make the changes, and forge runs the tests on copies. This is several times
faster than slither-mutate's own loop, which compiles everything anew for each change. Rust: cargo-mutants on
crates/model.

MUTANTS_MINUTES (30) is divided among them, or among those of MUTANTS_ONLY (names parted by commas); within it, changes
are tried in an order that MUTANTS_SEED (1) fixes. What survives is explained in contracts/test/weakened/survivors.toml
or counts as failed. Writes docs/mutants.md. The last line is `N passed, N failed`. Runs in slither's Python environment.
"""

import inspect
import logging
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import scratch

ROOT = scratch.ROOT
PAGE = ROOT / "docs/mutants.md"
SURVIVORS = scratch.CONTRACTS / "test/weakened/survivors.toml"
CARGO_MUTANTS = ROOT / ".state/tools/bin/cargo-mutants"
# Each with its share of the contracts' time.
CONTRACTS = {
    "Reserve": 0.12,
    "ReserveState": 0.04,
    "AssetLedger": 0.04,
    "LoanBook": 0.04,
    "AccrualToken": 0.08,
    "Converter": 0.08,
    "VaultBook": 0.16,
    "VaultState": 0.08,
    "Auction": 0.12,
    "Vaults": 0.06,
    "PegModule": 0.06,
    "Backstop": 0.06,
    "PriceAggregator": 0.06,
}
# Left out: RR asks only whether a line is reached, which CR asks more sharply; FHR changes who may call a function, which
# the compiler notices; SBR narrows the types of loop counters and bounded amounts, which changes nothing.
LEFT_OUT = {"RR", "FHR", "SBR"}
# Most changes are noticed by the first, which is the quickest: the tests of the contract's own kind.
UNITS = {
    "VaultBook": "Vault*",
    "VaultState": "Vault*",
    "Auction": "Vault*",
    "Vaults": "Vault*",
    "PegModule": "Peg*",
    "Backstop": "Backstop*",
    "PriceAggregator": "Oracle*",
}
LAST = "test/{attack,invariant,anchored}/**"


def stages(contract: str) -> list[str]:
    return [f"test/unit/{UNITS.get(contract, '*')}", LAST]


HEAD = """# Mutants

Written by `make mutants`; do not edit. The code is changed in small ways, one at a time, and the tests should notice.
What they do not notice is listed with the reason, which stands in `contracts/test/weakened/survivors.toml`; a survivor
without a reason is a gap.

"""


@dataclass(frozen=True)
class Mutant:
    contract: str
    file: str  # below the contracts folder
    start: int
    end: int
    old: str
    new: str
    line: int

    @property
    def key(self) -> str:
        """What names it in survivors.toml: no line numbers, which move."""
        return re.sub(r"\s+", " ", f"{self.contract}: {self.old} => {self.new}")


def contract_mutants() -> dict[str, list[Mutant]]:
    """Every change that slither's operators propose, without doubles, by contract."""
    logging.disable(logging.WARNING)
    from slither import Slither
    from slither.tools.mutator.mutators import all_mutators

    with tempfile.TemporaryDirectory() as folder:
        os.environ["PATH"] = f"{scratch.FORGE.parent}:{os.environ['PATH']}"
        os.environ |= {"FOUNDRY_OUT": f"{folder}/out", "FOUNDRY_CACHE_PATH": f"{folder}/cache"}
        os.chdir(scratch.CONTRACTS)
        units = Slither(".", foundry_out_directory=f"{folder}/out").compilation_units
        del os.environ["FOUNDRY_OUT"], os.environ["FOUNDRY_CACHE_PATH"]
    operators = [cls for name, cls in inspect.getmembers(all_mutators, inspect.isclass) if name not in LEFT_OUT]
    found: dict[str, list[Mutant]] = {}
    for unit in units:
        for contract in unit.contracts:
            if contract.name not in CONTRACTS or contract.name in found:
                continue
            proposed: dict[Mutant, None] = {}
            for operator in operators:
                patches = operator(unit, 60, "", "test", contract, None, False, None, [])._mutate().get("patches", {})
                for file, changes in patches.items():
                    relative = str(Path(file).relative_to(scratch.CONTRACTS))
                    for c in changes:
                        mutant = Mutant(contract.name, relative, c["start"], c["end"], c["old_string"], c["new_string"], c["line_number"])
                        if "".join(mutant.old.split()) != "".join(mutant.new.split()):
                            proposed[mutant] = None
            found[contract.name] = list(proposed)
    return found


def survives(folder: Path, mutant: Mutant, timeout: float) -> str:
    """`caught`, `survived` or `invalid` (does not compile)."""
    file = folder / mutant.file
    original = file.read_bytes()
    file.write_bytes(original[: mutant.start] + mutant.new.encode() + original[mutant.end :])
    try:
        for stage in stages(mutant.contract):
            results = scratch.test(folder, "--fail-fast", "--match-path", stage, timeout=timeout, env=scratch.QUICK)
            if not all(result.passed for result in results):
                return "caught"
        return "survived"
    except scratch.CompileError:
        return "invalid"
    except subprocess.TimeoutExpired:
        return "caught"  # the change makes a test run for ever, which nobody overlooks
    finally:
        file.write_bytes(original)


def run_contracts(minutes: float, seed: int) -> tuple[dict[str, Counter], list[Mutant]]:
    mutants = contract_mutants()
    workers = int(os.environ.get("JOBS", os.cpu_count() or 1))
    counts, survivors = {}, []
    with tempfile.TemporaryDirectory() as root:
        base = scratch.snapshot(Path(root) / "base")
        folders = [scratch.copy(Path(root) / str(worker), base) for worker in range(workers)]
        began = time.monotonic()
        real = [result for stage in ["test/unit/**", LAST] for result in scratch.test(base, "--match-path", stage, env=scratch.QUICK)]
        if broken := [result.test for result in real if not result.passed]:
            sys.exit(f"mutants: tests fail on the real code: {', '.join(broken)}")
        timeout = 30 + 3 * (time.monotonic() - began)
        only = [name for name in os.environ.get("MUTANTS_ONLY", "").split(",") if name]
        chosen = {name: share for name, share in CONTRACTS.items() if not only or name in only}
        for contract, share in chosen.items():
            share /= sum(chosen.values())
            order = mutants[contract]
            random.Random(seed).shuffle(order)
            deadline = time.monotonic() + 60 * minutes * share
            count = counts[contract] = Counter(proposed=len(order))

            def work(worker: int) -> None:
                for mutant in order[worker::workers]:
                    if time.monotonic() > deadline:
                        return
                    outcome = survives(folders[worker], mutant, timeout)
                    count[outcome] += 1
                    if outcome == "survived":
                        survivors.append(mutant)
                        print(f"survived {mutant.file}:{mutant.line}: {mutant.old} => {mutant.new}", flush=True)

            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(work, range(workers)))
            print(f"{contract}: {dict(count)}", flush=True)
    return counts, sorted(survivors, key=lambda mutant: (mutant.file, mutant.start, mutant.new))


def run_rust(minutes: float) -> tuple[Counter, list[str]]:
    """cargo-mutants on the model, stopped when its time is over."""
    out = ROOT / ".state/mutants"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command = [str(CARGO_MUTANTS), "mutants", "--package", "ballast-model", "--output", str(out), "--timeout", "120"]
    process = subprocess.Popen([*command, "--no-times", "--colors", "never", "--shuffle"], cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        # 0: all caught; 2: some missed; 3: some ran out of time.
        if process.wait(timeout=60 * minutes) not in (0, 2, 3):
            sys.exit("mutants: cargo-mutants failed")
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.wait()
    lines = lambda name: (out / "mutants.out" / name).read_text().splitlines() if (out / "mutants.out" / name).exists() else []
    count = Counter(caught=len(lines("caught.txt")) + len(lines("timeout.txt")), invalid=len(lines("unviable.txt")))
    missed = sorted(lines("missed.txt"))
    count["survived"] = len(missed)
    return count, [re.sub(r"^(\S+?):\d+:\d+: ", r"\1: ", line) for line in missed]


def table(counts: dict[str, Counter]) -> str:
    text = "| | proposed | tried | do not compile | caught | survived |\n|---|---:|---:|---:|---:|---:|\n"
    for name, count in counts.items():
        tried = count["invalid"] + count["caught"] + count["survived"]
        cells = [name, count["proposed"] or "", tried, count["invalid"], count["caught"], count["survived"]]
        text += f"| {' | '.join(map(str, cells))} |\n"
    return text


def main() -> int:
    minutes = float(os.environ.get("MUTANTS_MINUTES", "30"))
    seed = int(os.environ.get("MUTANTS_SEED", "1"))
    reasons = tomllib.loads(SURVIVORS.read_text())["survivors"] if SURVIVORS.exists() else {}
    counts, survivors = run_contracts(minutes * 0.7, seed)
    keys = list(dict.fromkeys(mutant.key for mutant in survivors))
    if CARGO_MUTANTS.exists():
        counts["crates/model"], missed = run_rust(minutes * 0.3)
        keys += missed
    text = HEAD + f"{minutes:g} minutes, order fixed by the seed {seed}.\n\n" + table(counts)
    text += "\n## Survivors\n\n| change | why no test notices |\n|---|---|\n"
    for key in keys:
        text += f"| `{key.replace('|', '¦').replace('`', '')}` | {reasons.get(key, '**not explained**')} |\n"
    PAGE.write_text(text)
    caught = sum(count["caught"] for count in counts.values())
    unexplained = [key for key in keys if key not in reasons]
    for key in unexplained:
        print(f"not explained: {key}")
    print(f"{caught + len(keys) - len(unexplained)} passed, {len(unexplained)} failed")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
