#!/usr/bin/env python3
"""Puts each known weakness of the services into a copy of the crates and demands that its tests fail on it.

    tools/weakened_services.py            run all, and compare docs/service-failures.md with what was found
    tools/weakened_services.py --write    run all, and write docs/service-failures.md
    tools/weakened_services.py s02 s07    run these only

A weakness is crates/NAME/tests/weakened/sNN.patch, or sNN_what.patch, a unified diff against the repository, after lines
that begin with `#` and tell what it is; `# in: PACKAGE` names another package whose tests try it. Those tests whose names
contain `sNN_` pass on the code as it is, and at least one of them must fail on the patched. All is compiled in a folder of
its own, which is removed at the end. The last line is `N passed, N failed`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/service-failures.md"
TARGET = ROOT / "target/weakened"
# What a copy needs of the repository, and what it may share with it.
COPIED = ["Cargo.toml", "Cargo.lock", "clippy.toml", ".config", "crates", "bin", "examples"]
SHARED = ["contracts", "docs", "web"]
SECS_MAX = 900

HEAD = """# Failures of services

Written by `make mutants`; do not edit. What goes wrong around a service, the tests that bring it about, and a change of the
code on which at least one of them must fail, or they would prove nothing. The changes lie in `crates/*/tests/weakened`.

| | crate | tests | on the code as it is | weakness | fail on the weakened code |
|---|---|---|---|---|---|
"""


@dataclass
class Weakness:
    patch: Path
    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    error: str = ""

    @property
    def crate(self) -> str:
        return self.patch.parts[-4]

    @property
    def number(self) -> str:
        return self.patch.stem[:3]

    @property
    def told(self) -> list[str]:
        lines = self.patch.read_text().splitlines()
        return [line.lstrip("# ").strip() for line in lines if line.startswith("#")]

    @property
    def what(self) -> str:
        return " ".join(line for line in self.told if not line.startswith("in:"))

    @property
    def package(self) -> str:
        named = [line.removeprefix("in:").strip() for line in self.told if line.startswith("in:")]
        return named[0] if named else f"ballast-{self.crate}"


def copy(folder: Path) -> Path:
    """The workspace, so that nothing of the checkout is touched."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    for name in SHARED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def git_apply(patch: Path, folder: Path, *how: str) -> str:
    """What git complained about."""
    env = os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    command = ["git", "apply", *how, str(patch)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True).stderr.strip()


def tests(folder: Path, package: str, number: str) -> tuple[set[str], set[str], str]:
    """Names of the tests that passed and that failed, and what was said."""
    # Not the checkout's own: no weakened program may be left there.
    env = os.environ | {"CARGO_TARGET_DIR": str(TARGET), "CARGO_TERM_COLOR": "never", "CARGO_INCREMENTAL": "0"}
    test = ["cargo", "test", "--package", package, "--test", "it"]
    said = subprocess.run([*test, "--no-run"], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if said.returncode != 0:
        return set(), set(), said.stderr
    run = subprocess.Popen([*test, f"{number}_"], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    try:
        told, _ = run.communicate(timeout=SECS_MAX)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        return set(), {"a test that does not end"}, ""
    found = re.findall(r"^test (\S+) \.\.\. (ok|FAILED)", told, re.MULTILINE)
    passed = {name for name, outcome in found if outcome == "ok"}
    return passed, {name for name, outcome in found if outcome != "ok"}, "no test of that number"


def attempt(weakness: Weakness, real: dict, folder: Path) -> None:
    """Tries the tests on the code as it is, once for all weaknesses of a number, and on the weakened code."""
    key = weakness.package, weakness.number
    if key not in real:
        real[key] = tests(folder, *key)
    weakness.passed, failed, said = real[key]
    if not weakness.passed or failed:
        broken = ", ".join(sorted(failed)) or said[-300:]
        weakness.error = f"on the real code: {len(weakness.passed)} pass, failing: {broken}"
        return
    if complaint := git_apply(weakness.patch, folder):
        weakness.error = f"the patch does not apply: {complaint.splitlines()[0]}"
        return
    passed, weakness.failed, said = tests(folder, *key)
    git_apply(weakness.patch, folder, "--reverse")
    if not passed and not weakness.failed:
        weakness.error = f"the weakened code does not compile: {said.strip()[-600:]}"
    elif not weakness.failed:
        weakness.error = "every test passes on the weakened code"


def page(weaknesses: list[Weakness]) -> str:
    short = lambda names: " ".join(f"`{name.rsplit('::', 1)[-1]}`" for name in sorted(names))
    rows = (f"| {one.number.upper()} | {one.crate} | {short(one.passed)} | passes | {one.what} | "
            f"{'yes' if one.failed else 'no'} |\n" for one in sorted(weaknesses, key=lambda one: one.patch.stem))
    return HEAD + "".join(rows)


def main() -> int:
    chosen = [argument.lower() for argument in sys.argv[1:] if not argument.startswith("-")]
    found = map(Weakness, sorted(ROOT.glob("crates/*/tests/weakened/s*.patch")))
    weaknesses = [weakness for weakness in found if not chosen or weakness.number in chosen]
    real: dict = {}
    with tempfile.TemporaryDirectory() as folder:
        copied = copy(Path(folder))
        for weakness in weaknesses:
            attempt(weakness, real, copied)
            shown = weakness.error or ", ".join(sorted(weakness.failed))
            outcome = "FAIL" if weakness.error else "ok  "
            print(f"{outcome} {weakness.crate} {weakness.patch.stem}: {shown}", flush=True)
    shutil.rmtree(TARGET, ignore_errors=True)
    failed = sum(bool(weakness.error) for weakness in weaknesses) + (not weaknesses)
    if not chosen and not failed:
        text = page(weaknesses)
        if "--write" in sys.argv:
            PAGE.write_text(text)
        elif not PAGE.exists() or PAGE.read_text() != text:
            print("FAIL docs/service-failures.md is not what was found; run tools/weakened_services.py --write and commit")
            failed += 1
    passed = sum(not weakness.error for weakness in weaknesses)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
