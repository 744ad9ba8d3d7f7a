#!/usr/bin/env python3
"""fuzz_api.py: asks `ballast serve` what its own description allows and what it forbids, for about a minute.

A market is played on a local chain and indexed into a store; schemathesis then makes requests from /openapi.json and
checks status, media type, headers and body of each answer. Every finding is printed with the request that shows it.
The last line is `N passed, N failed`, where N counts operations. FUZZ_API_SECS changes the time.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/debug/ballast"
SCHEMATHESIS = ROOT / ".venv/schemathesis/bin/schemathesis"
SECS = int(os.environ.get("FUZZ_API_SECS", "60"))
START_SECS_MAX = 180

# Not in the description: that `from` is at most `to`, that a cursor is one that was given out, and that an amount is at
# most what there is. Requests that break only such a rule are refused, rightly.
EXCLUDED = "missing_required_header,ignored_auth,positive_data_acceptance"
# A request that breaks its schema by its length alone is refused as too long.
CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 404, 405, 413, 414, 431]
"""


def wait_for(what: str, found) -> str:
    """What `found` gives once it gives something."""
    end = time.monotonic() + START_SECS_MAX
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.2)
    raise SystemExit(f"fuzz_api: {what} did not come within {START_SECS_MAX} s")


def fuzz(folder: Path, url: str, token: str) -> int:
    """Runs schemathesis and prints what it found and the counts; the exit status."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG + f'\n[parameters]\n"path.token" = "{token}"\n')
    command = [
        str(SCHEMATHESIS), "--config-file", str(config), "run", f"{url}/openapi.json", "--exclude-path", "/v1/live",
        "--checks", "all", "--exclude-checks", EXCLUDED, "--phases", "examples,coverage,fuzzing",
        "--max-examples", "40", "--max-time", str(SECS), "--generation-database", "none", "--seed", "1", "--no-color",
    ]
    run = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(run.stdout[-20_000:] + run.stderr[-2_000:], flush=True)
    tested = re.search(r"Tested: (\d+)", run.stdout)
    found = [int(number) for number in re.findall(r"^\s+(?:❌|🚫) [^:\n]+: (\d+)$", run.stdout, re.MULTILINE)]
    operations, failed = int(tested.group(1)) if tested else 0, sum(found)
    if run.returncode != 0 and failed == 0 or operations == 0:
        failed = 1
    print(f"{max(operations - failed, 0)} passed, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest, store = folder / "chain/manifest.toml", f"sqlite:{folder}/store.sqlite"
        environment = {**os.environ, "BALLAST_MANIFEST": str(manifest), "BALLAST_LOG": "warn"}
        started = []

        def start(*arguments: str, log: str) -> Path:
            path = folder / log
            with path.open("w") as out:
                started.append(subprocess.Popen(
                    [str(PROGRAM), *arguments], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                    stderr=subprocess.STDOUT,
                ))
            return path

        try:
            ports = ("--port", "0", "--explorer-port", "0")
            log = start("up", *ports, "--state", str(folder / "chain"), "--bars", "24", "--inline", log="up.log")
            wait_for("the played market", lambda: "interrupt to stop" in log.read_text())
            rpc = re.search(r"^chain\s+(http://127\.0\.0\.1:\d+)", log.read_text(), re.MULTILINE).group(1)
            environment["BALLAST_RPC"] = rpc
            # It goes on beside the server: one without an indexer is unhealthy, and says so.
            log = start("index", "--store", store, log="index.log")
            wait_for("the index", lambda: "following the chain" in log.read_text())
            log = start("serve", "--store", store, "--listen", "127.0.0.1:0", log="serve.log")
            url = wait_for("the server", lambda: re.search(r"http://127\.0\.0\.1:\d+", log.read_text())).group(0)
            shown = subprocess.run(
                [str(PROGRAM), "--json", "tokens"], cwd=ROOT, env=environment, capture_output=True, text=True,
            ).stdout
            token = re.findall(r"0x[0-9a-fA-F]{40}", shown)[0]
            status = fuzz(folder, url, token)
            if "panicked" in log.read_text():
                print(log.read_text()[-4_000:])
                print("0 passed, 1 failed")
                status = 1
            return status
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()


if __name__ == "__main__":
    sys.exit(main())
