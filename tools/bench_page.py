"""The explorer's first view in a headless Chromium: what it weighs, and when its first figure is there.

The browser is driven over the two pipes that `--remote-debugging-pipe` gives it, one JSON message after the other.
"""

import contextlib
import json
import os
import select
import shutil
import statistics
import subprocess
import tempfile
import time

from bench_lib import BenchError, end, say, spread

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LOADS = 9
SLOWER = 4
QUIET_SECS = 1.5
LOAD_SECS_MAX = 60
WINDOW = (1280, 800)
KIB = 1024
# Notes when the first row of the list of tokens has a digit in the cell of its floor. Runs before the page's scripts.
WATCH = """
(() => {
  const look = () => {
    const row = document.querySelector('[data-row-link]')?.closest('tr, [role=row], li, article');
    const cell = row?.querySelector('td, [role=cell], dd');
    if (!cell || !/\\d/.test(cell.textContent)) return;
    window.firstFigureMs = performance.now();
    seen.disconnect();
  };
  const seen = new MutationObserver(look);
  seen.observe(document, { childList: true, subtree: true, characterData: true });
})();
"""


class Browser:
    """One tab of one browser with a profile of its own."""

    def __init__(self, folder: str):
        asked, ours_in = os.pipe()
        ours_out, answered = os.pipe()
        options = ["--headless=new", "--remote-debugging-pipe", f"--user-data-dir={folder}", "--no-first-run",
                   "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--disable-sync",
                   "--disable-component-update", "--no-default-browser-check", f"--window-size={WINDOW[0]},{WINDOW[1]}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")
        shell = f'exec "$0" "$@" 3<&{asked} 4>&{answered}'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, CHROMIUM, *options, "about:blank"], pass_fds=(asked, answered),
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(asked)
        os.close(answered)
        self.to, self.of = ours_in, ours_out
        self.asked, self.buffer, self.events, self.session = 0, b"", [], None
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]

    def close(self):
        end(self.process)
        os.close(self.to)
        os.close(self.of)

    def ask(self, method: str, **params) -> dict:
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + LOAD_SECS_MAX
        while time.monotonic() < until:
            for answer in self.messages(1):
                if answer.get("id") == message["id"]:
                    if "error" in answer:
                        raise BenchError(f"the browser, {method}: {answer['error']['message']}")
                    return answer["result"]
        raise BenchError(f"the browser does not answer {method}")

    def messages(self, secs: float) -> list[dict]:
        """What the browser says within some seconds; events are also kept."""
        ready, _, _ = select.select([self.of], [], [], secs)
        if ready:
            read = os.read(self.of, 1 << 20)
            if not read:
                raise BenchError(f"the browser ended; {CHROMIUM} --headless=new does not work here")
            self.buffer += read
        *whole, self.buffer = self.buffer.split(b"\0")
        found = [json.loads(one) for one in whole]
        self.events += [one for one in found if "method" in one]
        return found

    def value(self, expression: str):
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")


@contextlib.contextmanager
def browsing(slower: int):
    """A fresh browser without any cache, its processor slowed down so many times."""
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        browser = Browser(folder)
        try:
            for domain in ("Page", "Network", "Runtime"):
                browser.ask(f"{domain}.enable")
            browser.ask("Network.setCacheDisabled", cacheDisabled=True)
            browser.ask("Network.setExtraHTTPHeaders", headers={"accept-encoding": "gzip"})
            browser.ask("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
            if slower > 1:
                browser.ask("Emulation.setCPUThrottlingRate", rate=slower)
            yield browser
        finally:
            browser.close()


def first_figure_ms(browser: Browser, url: str) -> float:
    """Milliseconds from the navigation's start until the first floor is there."""
    browser.events.clear()
    failed = browser.ask("Page.navigate", url=url).get("errorText")
    if failed:
        raise BenchError(f"{url}: {failed}")
    until = time.monotonic() + LOAD_SECS_MAX
    while time.monotonic() < until:
        if (found := browser.value("window.firstFigureMs")) is not None:
            return found
        browser.messages(0.05)
    text = browser.value("document.body?.innerText") or ""
    raise BenchError(f"{url} shows no token's floor within {LOAD_SECS_MAX} s; it shows: {text[:500]}")


def weights(browser: Browser) -> dict[str, int]:
    """Bytes on the wire by path, once nothing has come for a while; of what never ends, what came so far."""
    quiet = time.monotonic() + QUIET_SECS
    while time.monotonic() < quiet:
        browser.messages(0.1)
    paths, sizes = {}, {}
    for event in browser.events:
        params = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            paths[params["requestId"]] = "/" + params["request"]["url"].split("/", 3)[-1]
        elif event["method"] == "Network.dataReceived":
            sizes[params["requestId"]] = sizes.get(params["requestId"], 0) + params["encodedDataLength"]
        elif event["method"] == "Network.loadingFinished":
            sizes[params["requestId"]] = params["encodedDataLength"]
    return {paths.get(request, request): int(size) for request, size in sizes.items()}


def measure(port: int) -> tuple[list[dict], list[str]]:
    """Rows and conditions of the explorer that a server gives."""
    if not CHROMIUM:
        raise BenchError("Chromium is missing; on Debian: apt install chromium")
    url, rows, notes = f"http://127.0.0.1:{port}/", [], []
    for slower in (1, SLOWER):
        times = []
        for _ in range(LOADS):
            with browsing(slower) as browser:
                times.append(first_figure_ms(browser, url))
                sizes = weights(browser)
        shown = "first figure" if slower == 1 else f"first figure, processor {slower} times slower"
        rows.append({"metric": shown, "value": round(statistics.median(times)), "unit": "ms", "better": "lower"})
        notes.append(f"{shown}: {spread(times, 0)} ms")
        say(notes[-1])
    whole = sum(sizes.values()) / KIB
    figures = sum(size for path, size in sizes.items() if path.startswith("/v1/")) / KIB
    rows.append({"metric": "first view, weight", "value": round(whole, 1), "unit": "KiB", "better": "lower"})
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:4]
    notes.append(f"first view: {len(sizes)} requests, {whole - figures:.1f} KiB of page and {figures:.1f} KiB of "
                 f"figures; largest: {', '.join(f'{path} {size / KIB:.1f} KiB' for path, size in largest)}")
    say(notes[-1])
    return rows, notes
