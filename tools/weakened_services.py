#!/usr/bin/env python3
"""Puts each known weakness of the services into a copy of the crates and demands that its tests fail on it.

    tools/weakened_services.py            run all
    tools/weakened_services.py s02 s07    run these only

A weakness is crates/NAME/tests/weakened/sNN.patch, or sNN_what.patch, a unified diff against the repository. The tests
of that crate whose names contain `sNN_` pass on the code as it is, and at least one of them must fail on the patched.
The last line is `N passed, N failed`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What a copy needs of the repository, and what it may share with it.
COPIED = ["Cargo.toml", "Cargo.lock", "clippy.toml", ".config", "crates", "bin", "examples"]
SHARED = ["contracts", "docs"]
SECS_MAX = 1_200


def copy(folder: Path) -> Path:
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    for name in SHARED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def tests(folder: Path, crate: str, number: str) -> tuple[set[str], set[str], str]:
    """Names of the tests that passed and that failed, and what was said."""
    # The dependencies of the checkout are compiled already.
    env = os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target"), "CARGO_TERM_COLOR": "never"}
    command = ["cargo", "test", "--package", f"ballast-{crate}", "--test", "it", f"{number}_"]
    try:
        run = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=SECS_MAX)
    except subprocess.TimeoutExpired:
        return set(), {"a test that does not end"}, ""
    found = re.findall(r"^test (\S+) \.\.\. (ok|FAILED)", run.stdout, re.MULTILINE)
    passed = {name for name, outcome in found if outcome == "ok"}
    return passed, {name for name, outcome in found if outcome != "ok"}, run.stderr


def attempt(patch: Path, real: dict, scratch: Path) -> str:
    """Why the weakness is not caught; nothing if it is."""
    crate, number = patch.parts[-4], patch.stem[:3]
    if (crate, number) not in real:
        real[crate, number] = tests(copy(scratch / f"{crate}-{number}"), crate, number)
    passed, failed, said = real[crate, number]
    if not passed or failed:
        return f"on the real code: {len(passed)} pass, failing: {', '.join(sorted(failed)) or said[-300:]}"
    folder = copy(scratch / patch.stem)
    env = os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    applied = subprocess.run(["git", "apply", str(patch)], cwd=folder, env=env, capture_output=True, text=True)
    if applied.returncode != 0:
        return f"the patch does not apply: {applied.stderr.strip().splitlines()[0]}"
    passed, failed, said = tests(folder, crate, number)
    if not passed and not failed:
        return f"the weakened code does not compile: {said.strip()[-600:]}"
    if failed:
        print(f"ok   {crate} {patch.stem}: {', '.join(sorted(failed))}", flush=True)
    return "" if failed else "every test passes on the weakened code"


def main() -> int:
    chosen = sys.argv[1:]
    patches = sorted(ROOT.glob("crates/*/tests/weakened/s*.patch"))
    patches = [patch for patch in patches if not chosen or patch.stem[:3] in chosen]
    passed, failed, real = 0, 0, {}
    with tempfile.TemporaryDirectory() as folder:
        for patch in patches:
            if why := attempt(patch, real, Path(folder)):
                print(f"FAIL {patch.parts[-4]} {patch.stem}: {why}", flush=True)
                failed += 1
            else:
                passed += 1
    print(f"{passed} passed, {failed + (not patches)} failed")
    return 1 if failed or not patches else 0


if __name__ == "__main__":
    sys.exit(main())
