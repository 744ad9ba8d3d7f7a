#!/usr/bin/env python3
"""Puts each known weakness into a copy of the contracts and demands that the attack test of its number fails on it.

    tools/weakened.py            run all, and compare docs/attacks.md with what was found
    tools/weakened.py --write    run all, and write docs/attacks.md
    tools/weakened.py t07 v21    run these only

A weakness is contracts/test/weakened/tNN.patch (accrual tokens) or vNN.patch (vaults), a unified diff against the
repository or the contracts folder. Lines before the diff that begin with `#` tell what it is:

    # T07: what this change weakens
    # test: a regular expression of contracts or tests, where `t07_` is not enough
    # rust: a part of the names of tests in crates/testkit that are run instead, on another build of the vault book

The last line is `N passed, N failed`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import scratch

ROOT = scratch.ROOT
PATCHES = scratch.CONTRACTS / "test/weakened"
# Attacks tried by hand, and those tried by the stateful fuzzer.
FOLDERS = ["attack", "invariant"]
MATCH_PATH = ["--match-path", "test/{attack,invariant}/**"]
PAGE = ROOT / "docs/attacks.md"

HEAD = """# Attacks

Written by `make mutants`; do not edit. Each attack has a test in `contracts/test`, named after its number, which tries
it as its author would. Beside it in `contracts/test/weakened` lies a patch that opens the weakness: the test passes on
the code as it is and must fail on the patched code, or it would prove nothing.

| | attack | tests | on the code as it is | weakness | on the weakened code |
|---|---|---|---|---|---|
"""


@dataclass
class Weakness:
    number: str
    patch: Path
    what: str = ""
    tests: str = ""
    rust: str = ""
    real: list[scratch.Result] = field(default_factory=list)
    weakened: list[scratch.Result] = field(default_factory=list)
    error: str = ""

    @property
    def caught(self) -> bool:
        return not self.error and any(not result.passed for result in self.weakened)


def read(patch: Path) -> Weakness:
    number = patch.stem.upper()
    weakness = Weakness(number, patch, tests=f"{number}_")
    told = []
    for line in patch.read_text().splitlines():
        if not line.startswith("#"):
            break
        text = line.lstrip("# ").strip()
        if text.lower().startswith("test:"):
            weakness.tests += f"|{text[5:].strip()}"
        elif text.lower().startswith("rust:"):
            weakness.rust = text[5:].strip()
        else:
            told.append(re.sub(r"^[TV]\d\d:\s*", "", text))
    weakness.what = " ".join(part for part in told if part)
    return weakness


def apply(patch: Path, folder: Path) -> str:
    """Apply `patch` in `folder`; returns what git complained about."""
    text = patch.read_text()
    depth = 2 if re.search(r"^\+\+\+ b/contracts/", text, re.MULTILINE) else 1 if "\n+++ b/" in text else 0
    git = ["git", "apply", f"-p{depth}", "--whitespace=nowarn", str(patch)]
    env = os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    run = subprocess.run(git, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return run.stderr.strip() if run.returncode != 0 else ""


def rust_tests(name: str, book: Path | None = None) -> list[scratch.Result]:
    """Run the tests of crates/testkit whose names contain `name`, on another build of the vault book if one is given."""
    command = ["cargo", "test", "--package", "ballast-testkit", "--test", "it", name]
    env = os.environ | ({"VAULT_BOOK_ARTIFACT": str(book)} if book else {})
    run = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    found = re.findall(r"^test (\S+)::(\S+) \.\.\. (ok|FAILED)$", run.stdout, re.MULTILINE)
    reason = "model and contract differ"
    return [scratch.Result(suite, test, outcome == "ok", reason) for suite, test, outcome in found]


def attempt_in_rust(weakness: Weakness, base: Path) -> Weakness:
    weakness.real = rust_tests(weakness.rust)
    if not weakness.real or not all(result.passed for result in weakness.real):
        weakness.error = f"no Rust test named {weakness.rust} passes on the real code"
        return weakness
    folder = scratch.copy(base.parent / weakness.number, base)
    if complaint := apply(weakness.patch, folder):
        weakness.error = f"the patch does not apply: {complaint.splitlines()[0]}"
        return weakness
    build = [scratch.FORGE, "build", "src", "--quiet"]
    if subprocess.run(build, cwd=folder, env=scratch.ENV, stdin=subprocess.DEVNULL).returncode != 0:
        weakness.error = "the weakened code does not compile"
        return weakness
    weakness.weakened = rust_tests(weakness.rust, folder / "out/VaultBook.sol/VaultBook.json")
    if all(result.passed for result in weakness.weakened):
        weakness.error = "every test passes on the weakened code"
    return weakness


def attempt(weakness: Weakness, real: list[scratch.Result], base: Path) -> Weakness:
    if weakness.rust:
        return attempt_in_rust(weakness, base)
    wanted = re.compile(weakness.tests, re.IGNORECASE)
    weakness.real = [result for result in real if wanted.search(result.test) or wanted.search(result.suite)]
    if not weakness.real:
        weakness.error = f"no test matches {weakness.tests}"
        return weakness
    if broken := [result.test for result in weakness.real if not result.passed]:
        weakness.error = f"fails on the real code: {', '.join(broken)}"
        return weakness
    folder = scratch.copy(base.parent / weakness.number, base)
    if complaint := apply(weakness.patch, folder):
        weakness.error = f"the patch does not apply: {complaint.splitlines()[0]}"
        return weakness
    names = "|".join(sorted({result.test for result in weakness.real}))
    suites = "|".join(sorted({result.suite for result in weakness.real}))
    try:
        match = [*MATCH_PATH, "--match-contract", f"^({suites})$", "--match-test", f"^({names})\\("]
        results = scratch.test(folder, *match, timeout=600)
    except scratch.CompileError as error:
        weakness.error = f"the weakened code does not compile: {str(error)[-600:]}"
        return weakness
    except subprocess.TimeoutExpired:
        weakness.error = "the tests take more than ten minutes on the weakened code"
        return weakness
    if any(result.test == "setUp" for result in results):
        weakness.error = "the weakened code fails in setUp, before the attack"
        return weakness
    weakness.weakened = results
    if all(result.passed for result in results):
        weakness.error = "every test passes on the weakened code"
    return weakness


def report(weakness: Weakness, base: Path) -> Weakness:
    """Say at once what came of it, and give the room of its copy back."""
    shutil.rmtree(base.parent / weakness.number, ignore_errors=True)
    reasons = sorted({f"{result.test}: {result.reason}" for result in weakness.weakened if not result.passed})
    shown = weakness.error or "; ".join(reasons)
    print(f"{'ok  ' if weakness.caught else 'FAIL'} {weakness.number} {shown[:400]}", flush=True)
    return weakness


def attack_texts() -> dict[str, str]:
    """What each attack is, from the comments `/// @notice T07: ...` or `/// T07: ...` in the tests."""
    texts = {}
    files = [file for folder in FOLDERS for file in (scratch.CONTRACTS / "test" / folder).rglob("*.sol")]
    for file in sorted([*files, *(ROOT / "crates/testkit/tests/it").glob("*.rs")]):
        for number, text in re.findall(r"///[^\n]*?\b([TV]\d\d)[:,.]? ([^\n]+(?:\n\s*/// (?!@)[^\n]+)*)", file.read_text()):
            texts.setdefault(number, re.sub(r"\s*\n\s*/// ", " ", text).strip())
    return texts


def outcome(results: list[scratch.Result]) -> str:
    return "not run" if not results else "passes" if all(result.passed for result in results) else "fails"


def page(weaknesses: list[Weakness]) -> str:
    texts, rows = attack_texts(), ""
    for weakness in weaknesses:
        tests = " ".join(f"`{name}`" for name in sorted({result.test for result in weakness.real}))
        cells = [texts.get(weakness.number, ""), tests, outcome(weakness.real), weakness.what, outcome(weakness.weakened)]
        rows += f"| {weakness.number} | {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"
    return HEAD + rows


def main() -> int:
    chosen = [argument.lower() for argument in sys.argv[1:] if not argument.startswith("-")]
    patches = [patch for patch in sorted(PATCHES.glob("[tv]*.patch")) if not chosen or patch.stem in chosen]
    if not patches:
        print("no weakness of that number" if chosen else "no weakness at all")
        print("0 passed, 1 failed")
        return 1
    jobs = int(os.environ.get("JOBS", os.cpu_count() or 1))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        base = scratch.snapshot(Path(folder) / "base")
        # Quick here: `forge test` tries the real code at length.
        real = scratch.test(base, *MATCH_PATH, env=scratch.QUICK)
        weaknesses = list(pool.map(lambda patch: report(attempt(read(patch), real, base), base), patches))
    passed = sum(weakness.caught for weakness in weaknesses)
    failed = len(weaknesses) - passed
    if not chosen:
        text = page(weaknesses)
        if "--write" in sys.argv:
            PAGE.write_text(text)
        elif not PAGE.exists() or PAGE.read_text() != text:
            print("FAIL docs/attacks.md is not what was found; run tools/weakened.py --write and commit")
            failed += 1
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
