"""What the benchmarks share: processes that end with them, a JSON-RPC client, a PostgreSQL server of their own."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("BENCH_STATE", ROOT / ".state/bench"))
BALLAST = Path(os.environ.get("BENCH_BALLAST", ROOT / "target/release/ballast"))
ANVIL = ROOT / "contracts/node_modules/.bin/anvil"
# The system account that runs the database where the benchmark runs as root, which `initdb` refuses.
SERVER_ACCOUNT = "postgres"
# How long the machine is looked at before a benchmark, and which share of it others may use.
LOOK_SECS = 3
BUSY_SHARE = 0.1


class BenchError(Exception):
    """A benchmark cannot give a figure; the text says why."""


def say(text: str):
    print(f"bench: {text}", flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(path: Path, advice: str) -> Path:
    """The path of a program that must be there."""
    if not path.exists():
        raise BenchError(f"{path} is missing; {advice}")
    return path


# Settings of the person's own must not reach what is measured.
FOREIGN = ("BALLAST_", "DATABASE_", "PONDER_")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def told(command: list, **options) -> str:
    """A command's output; what it said is in the error where it fails."""
    options = {"input": "", "env": ENVIRONMENT} | options
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if run.returncode != 0:
        said = (run.stderr or run.stdout).strip()[-2000:]
        raise BenchError(f"`{' '.join(map(str, command))}` ended with {run.returncode}: {said}")
    return run.stdout


@contextlib.contextmanager
def running(command: list, log: Path, **options):
    """A process in a group of its own, ended with all its children when the block ends."""
    log.parent.mkdir(parents=True, exist_ok=True)
    options.setdefault("env", ENVIRONMENT)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True, **options,
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen):
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            if sign == signal.SIGKILL:
                return


def wait_until(what: str, ready, secs: float, process: subprocess.Popen | None = None, log: Path | None = None,
               pause: float = 0.05):
    """Asks `ready` until it gives something true, and gives that."""
    until = time.monotonic() + secs
    while time.monotonic() < until:
        if process is not None and process.poll() is not None:
            raise BenchError(f"{what}: the program ended with {process.returncode}{tail(log)}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            if answer := ready():
                return answer
        time.sleep(pause)
    raise BenchError(f"{what}: not within {secs:.0f} s{tail(log)}")


def tail(log: Path | None) -> str:
    return f"; its last words: {log.read_text(errors='replace')[-1500:]}" if log and log.exists() else ""


class Rpc:
    """One kept connection to a JSON-RPC endpoint."""

    def __init__(self, port: int):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.asked = 0

    def ask(self, method: str, *params):
        self.asked += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params})
        self.connection.request("POST", "/", body, {"content-type": "application/json"})
        answer = json.loads(self.connection.getresponse().read())
        if "error" in answer:
            raise BenchError(f"{method}: {answer['error'].get('message', answer['error'])}")
        return answer["result"]

    def number(self, method: str, *params) -> int:
        return int(self.ask(method, *params), 16)

    def call(self, to: str, data: str) -> int:
        return self.number("eth_call", {"to": to, "data": data}, "latest")


def get(port: int, path: str, timeout: float = 60) -> tuple[int, bytes]:
    """One GET request to loopback."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Postgres:
    """A server on a free port with a folder of its own, removed with it."""

    # The same for every contender. A commit waits for its log on disk, as it does where it matters.
    SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "512MB",
                "max_wal_size": "4GB", "max_connections": "100"}

    def __init__(self):
        self.programs = self.find()
        self.folder = Path("/tmp") / f"ballast-bench-postgres-{os.getpid()}"
        self.as_root = os.geteuid() == 0
        self.port = free_port()

    @staticmethod
    def find() -> Path:
        for folder in [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
                       *map(Path, os.environ.get("PATH", "").split(":"))]:
            if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres", "psql")):
                return folder
        raise BenchError("PostgreSQL's programs are missing; on Debian: apt install postgresql")

    def run(self, name: str, *args, **options) -> str:
        command = [self.programs / name, *args]
        if self.as_root:
            command = ["runuser", "-u", SERVER_ACCOUNT, "--", *command]
        return told(command, cwd=self.folder, **options)

    def __enter__(self):
        self.folder.mkdir(mode=0o755)
        if self.as_root:
            shutil.chown(self.folder, SERVER_ACCOUNT)
        try:
            self.run("initdb", "-D", self.folder / "data", "-A", "trust", "-U", "ballast", "-E", "UTF8", "--no-sync")
            settings = " ".join(f"-c {name}={value}" for name, value in self.SETTINGS.items())
            options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 {settings}"
            # The server keeps whatever output it is given; its own goes to its log.
            self.run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-o", options, "-w", "start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BenchError):
            self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def fresh(self, name: str) -> str:
        """The address of a new, empty database; one of that name is dropped first. The disk is given time to settle."""
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.sql("postgres", f'CREATE DATABASE "{name}"')
        self.sql(name, "CHECKPOINT")
        return f"postgres://ballast@127.0.0.1:{self.port}/{name}"

    def sql(self, database: str, text: str) -> list[list[str]]:
        out = self.run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "ballast", "-d", database, "-AtX",
                       "-v", "ON_ERROR_STOP=1", "-c", text)
        return [line.split("|") for line in out.splitlines()]

    def stated(self) -> str:
        version = self.sql("postgres", "SHOW server_version")[0][0]
        settings = ", ".join(f"{name}={value}" for name, value in self.SETTINGS.items())
        return f"PostgreSQL {version.split()[0]}, {settings}"


def spread(values: list[float], digits: int) -> str:
    """Median with least and most."""
    shown = [f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values))]
    return f"{shown[0]} ({shown[1]} to {shown[2]} in {len(values)} runs)"


def machine() -> str:
    """What the figures were measured on, and whether others used it meanwhile."""
    cores = os.cpu_count() or 1
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return f"{cores} cores, {model[1] if model else 'of unknown make'}"


def busy() -> str | None:
    """A warning where others use the machine; asked before the benchmark itself does."""
    def times() -> tuple[int, int]:
        numbers = [int(number) for number in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        return sum(numbers), numbers[3] + numbers[4]

    whole, idle = times()
    time.sleep(LOOK_SECS)
    later, idle_later = times()
    share = 1 - (idle_later - idle) / max(later - whole, 1)
    if share < BUSY_SHARE:
        return None
    return f"taken on a busy machine: others used {share:.0%} of it in the {LOOK_SECS} s before"


def stop(error: BenchError):
    sys.exit(f"bench: {error}")
