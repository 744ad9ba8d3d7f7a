#!/usr/bin/env python3
"""Long runs of the stateful invariants and the Rust properties, with fresh seeds, until FUZZ_MINUTES are over.

Stops at the first failure and prints the command that repeats it. The last line says how many rounds passed.
"""

import os
import random
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
FORGE = CONTRACTS / "node_modules/.bin/forge"
# One round of each kind stays well under the shortest useful budget.
INVARIANT_RUNS, INVARIANT_DEPTH, FUZZ_RUNS, PROPTEST_CASES = 64, 512, 5_000, 2_000


def forge(match: list[str], seed: int) -> tuple[dict[str, str], list[str], Path]:
    env = {
        "FOUNDRY_INVARIANT_RUNS": str(INVARIANT_RUNS),
        "FOUNDRY_INVARIANT_DEPTH": str(INVARIANT_DEPTH),
        "FOUNDRY_FUZZ_RUNS": str(FUZZ_RUNS),
    }
    return env, [str(FORGE), "test", "--fuzz-seed", hex(seed), *match], CONTRACTS


def rounds(seed: int) -> list[tuple[dict[str, str], list[str], Path]]:
    rust = {"PROPTEST_CASES": str(PROPTEST_CASES)}
    return [
        forge(["--match-path", "test/invariant/*"], seed),
        forge(["--match-test", "^testFuzz"], seed),
        (rust, ["cargo", "test", "--workspace", "--locked", "--release", "--quiet"], ROOT),
    ]


def main() -> int:
    deadline = time.monotonic() + 60 * float(os.environ.get("FUZZ_MINUTES", "30"))
    passed = 0
    while True:
        seed = random.getrandbits(64)
        for env, command, folder in rounds(seed):
            left = deadline - time.monotonic()
            if left <= 0:
                print(f"{passed} passed, 0 failed")
                return 0
            print(f"== {passed + 1}: {shlex.join(command[:4])}, seed {seed:#x}, {left / 60:.0f} min left ==", flush=True)
            if subprocess.run(command, cwd=folder, env=os.environ | env, stdin=subprocess.DEVNULL).returncode != 0:
                again = " ".join(f"{key}={value}" for key, value in env.items())
                print(f"to repeat: cd {folder.relative_to(ROOT) or "."} && {again} {shlex.join(command)}")
                print(f"{passed} passed, 1 failed")
                return 1
            passed += 1


if __name__ == "__main__":
    sys.exit(main())
