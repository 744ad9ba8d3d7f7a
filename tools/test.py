#!/usr/bin/env python3
"""Runs every test there is and sums the counts. A step that fails does not stop the others.

The last line of the output is `N passed, N failed, N skipped`; the exit status is 0 only when nothing failed.
A check that has no tests of its own, such as the formatter, counts as one.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
WEB = ROOT / "web"
FORGE = CONTRACTS / "node_modules/.bin/forge"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# How the tools begin a line about something that failed.
FAILED = re.compile(
    r"^\s*(FAIL|TIMEOUT|SIG[A-Z]+ \[|ABORT|\[FAIL|\[TIMEOUT|\[ERROR|✘|×|error\b|Error\b|assertion\b)"
    r"|panicked at|No space left"
)
# Lines about a failed step that the end of the report says again.
TOLD_MOST = 40


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def total(pattern: str, text: str) -> int:
    return sum(int(number) for number in re.findall(pattern, text, re.MULTILINE))


def of_nextest(text: str) -> Counts:
    summary = "\n".join(line for line in text.splitlines() if re.match(r"\s*Summary \[", line))
    failed = total(r"(\d+) failed", summary) + total(r"(\d+) timed out", summary)
    return Counts(total(r"(\d+) passed", summary), failed, total(r"(\d+) skipped", summary))


def of_cargo(text: str) -> Counts:
    results = "\n".join(line for line in text.splitlines() if line.startswith("test result:"))
    return Counts(total(r"(\d+) passed", results), total(r"(\d+) failed", results), total(r"(\d+) ignored", results))


def of_forge(text: str) -> Counts:
    sums = re.findall(r"(\d+) tests? passed, (\d+) failed, (\d+) skipped \(", text)
    return Counts(*map(int, sums[-1])) if sums else Counts()


def of_halmos(text: str) -> Counts:
    results = "\n".join(line for line in text.splitlines() if line.startswith("Symbolic test result:"))
    return Counts(total(r"(\d+) passed", results), total(r"(\d+) failed", results))


def of_vitest(text: str) -> Counts:
    line = "\n".join(line for line in text.splitlines() if re.match(r"\s*Tests\s", line))
    return Counts(total(r"(\d+) passed", line), total(r"(\d+) failed", line), total(r"(\d+) skipped", line))


def of_playwright(text: str) -> Counts:
    """The last lines of Playwright's own output, each a number of tests and what became of them."""
    def ended(how: str) -> int:
        return total(rf"^\s+(\d+) {how}\b", "\n".join(line for line in text.splitlines() if len(line) < 40))

    found = re.search(r"^Running (\d+) tests? using", text, re.MULTILINE)
    # A test that passed when it was tried again is listed by name, and counts as passed.
    passed, skipped = ended("passed") + ended("flaky"), ended("skipped") + ended("did not run")
    whole = int(found[1]) if found else 0
    return Counts(passed, max(whole - passed - skipped, 0), skipped)


def of_script(text: str) -> Counts:
    """Our own scripts say so in a line of their own."""
    lines = re.findall(r"^(\d+) passed, (\d+) failed", text, re.MULTILINE)
    return Counts(sum(int(ok) for ok, _ in lines), sum(int(bad) for _, bad in lines))


def one(_text: str) -> Counts:
    """A check without tests of its own; it failed if its exit status says so."""
    return Counts(passed=1)


@dataclass
class Step:
    name: str
    commands: list[list[str]]
    count: Callable[[str], Counts]
    folder: Path = ROOT
    # Whether it keeps one core busy at most and waits for nobody: such steps run two at a time, before the others.
    beside: bool = False


def steps() -> list[Step]:
    rust = ["cargo", "test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"]
    nextest = ["cargo", "nextest", "run", "--workspace", "--locked", "--no-fail-fast"]
    has_nextest = shutil.which("cargo-nextest") is not None
    proofs = sorted((ROOT / "crates/model/proofs").glob("*.py"))
    z3 = str(ROOT / ".venv/z3/bin/python")
    explorer = [
        ["npm", "run", "--silent", "build"],
        ["cargo", "build", "--locked", "--package", "ballast"],
        ["npm", "run", "--silent", "e2e"],
    ]
    return [
        Step("rustfmt", [["cargo", "fmt", "--all", "--check"]], one, beside=True),
        Step("clippy", [["cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]], one),
        Step("explorer code", [["npm", "run", "--silent", "check"]], one, WEB, beside=True),
        Step("explorer units", [["npm", "test", "--silent"]], of_vitest, WEB, beside=True),
        Step("forge fmt", [[str(FORGE), "fmt", "--check", "src", "test"]], one, CONTRACTS, beside=True),
        Step("artifacts", [["node", "contracts/tools/artifacts.js", "--check"]], one, beside=True),
        Step("errors", [["node", "contracts/tools/errors.js"]], one, beside=True),
        Step("rust", [nextest if has_nextest else rust], of_nextest if has_nextest else of_cargo),
        Step("api fuzz", [["cargo", "build", "--locked", "--package", "ballast"], ["tools/fuzz_api.py"]], of_script),
        # The program of the tests reads web/dist from the disk, so both are made here where they are not current.
        Step("explorer", explorer, of_playwright, WEB),
        Step("rust docs", [["cargo", "test", "--workspace", "--locked", "--doc"]], of_cargo),
        Step("proofs", [[z3, str(file)] for file in proofs], of_script, beside=True),
        Step("forge", [[str(FORGE), "test"]], of_forge, CONTRACTS),
        Step("weaknesses", [["tools/weakened.py"]], of_script),
        Step("halmos", [["tools/halmos.sh"]], of_halmos),
    ]


def why(text: list[str]) -> list[str]:
    """The lines that say what failed, or the last ones where none does."""
    found = [line.rstrip()[:400] for line in text if FAILED.search(line)]
    return list(dict.fromkeys(found))[:TOLD_MOST] or [line.rstrip()[:400] for line in text[-TOLD_MOST:]]


def run(step: Step) -> tuple[Counts, float, list[str]]:
    """Run a step and count. Its output is shown as it comes, of a step beside others as a whole in the end."""
    began, text, clean = time.monotonic(), [], True
    if not step.beside:
        print(f"\n== {step.name} ==", flush=True)
    for command in step.commands:
        process = subprocess.Popen(
            command, cwd=step.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
        )
        for line in process.stdout:
            if not step.beside:
                print(line, end="", flush=True)
            text.append(ANSI.sub("", line))
        clean = process.wait() == 0 and clean
    if step.beside:
        print(f"\n== {step.name} ==\n{''.join(text)}", end="", flush=True)
    counts = step.count("".join(text))
    if not clean and counts.failed == 0:
        # Nothing was counted as failed, yet the command failed: a build error, or a check without tests.
        counts = Counts(counts.passed - 1 if step.count is one else counts.passed, 1, counts.skipped)
    if clean and counts == Counts():
        print(f"{step.name}: no tests ran", flush=True)
        counts = Counts(failed=1)
    return counts, time.monotonic() - began, why(text) if counts.failed else []


def main() -> int:
    data = os.environ.get("BALLAST_DATA") or next((str(d) for d in [ROOT.parent / "shared/data"] if d.is_dir()), None)
    print(f"market data: {'present' if data else 'absent; tests that need it say that they skip (set BALLAST_DATA)'}")
    only = sys.argv[1:]
    chosen = [step for step in steps() if not only or step.name in only]
    if not chosen:
        print(f"no step is named {', '.join(only)}; steps: {', '.join(step.name for step in steps())}", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(2) as pool:
        found = dict(pool.map(lambda step: (step.name, run(step)), [step for step in chosen if step.beside]))
    found |= {step.name: run(step) for step in chosen if not step.beside}
    results = [(step.name, *found[step.name]) for step in chosen]
    print("\n== summary ==")
    for name, counts, secs, _ in results:
        print(f"{name:<14} {str(counts):<40} {secs:6.0f} s")
    for name, _, _, told in results:
        for line in told:
            print(f"{name}: {line}")
    parts = ("passed", "failed", "skipped")
    whole = Counts(*(sum(getattr(counts, part) for _, counts, _, _ in results) for part in parts))
    print(whole)
    return 1 if whole.failed else 0


if __name__ == "__main__":
    sys.exit(main())
