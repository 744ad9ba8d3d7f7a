#!/usr/bin/env python3
"""Long runs of the stateful invariants and the Rust properties, with fresh seeds, until FUZZ_MINUTES are over.

Stops at the first failure and prints the command that repeats it. The last line says how many rounds passed.
"""

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
FORGE = CONTRACTS / "node_modules/.bin/forge"
INVARIANT_DEPTH = 512
# Runs are bounded by time, which forge counts per test.
RUNS, INVARIANT_SECS, FUZZ_SECS = 1_000_000, 120, 20
PROPTEST_CASES, DIFFERENTIAL_STEPS, VAULT_STEPS = 2_000, 25_000, 100_000


def forge(match: list[str], seed: int) -> tuple[dict[str, str], list[str], Path]:
    env = {
        "FOUNDRY_INVARIANT_RUNS": str(RUNS),
        "FOUNDRY_INVARIANT_DEPTH": str(INVARIANT_DEPTH),
        "FOUNDRY_INVARIANT_TIMEOUT": str(INVARIANT_SECS),
        "FOUNDRY_FUZZ_RUNS": str(RUNS),
        "FOUNDRY_FUZZ_TIMEOUT": str(FUZZ_SECS),
    }
    return env, [str(FORGE), "test", "--fuzz-seed", hex(seed), *match], CONTRACTS


def rounds(seed: int) -> list[tuple[dict[str, str], list[str], Path]]:
    rust = {
        "PROPTEST_CASES": str(PROPTEST_CASES),
        "DIFFERENTIAL_STEPS": str(DIFFERENTIAL_STEPS),
        "VAULT_STEPS": str(VAULT_STEPS),
        "VAULT_SEED": str(seed),
    }
    return [
        forge(["--match-path", "test/invariant/*"], seed),
        forge(["--match-test", "^testFuzz"], seed),
        (rust, ["cargo", "test", "--workspace", "--locked", "--release", "--quiet"], ROOT),
    ]


def passes(command: list[str], folder: Path, env: dict[str, str], left: float) -> bool:
    """Run one round. One that is still going when all time is over is stopped, and has not failed."""
    process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(timeout=left) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        return True


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
            if not passes(command, folder, os.environ | env, left):
                again = " ".join(f"{key}={value}" for key, value in env.items())
                print(f"to repeat: cd {folder.relative_to(ROOT)} && {again} {shlex.join(command)}")
                print(f"{passed} passed, 1 failed")
                return 1
            passed += 1


if __name__ == "__main__":
    sys.exit(main())
