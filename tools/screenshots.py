#!/usr/bin/env python3
"""Takes a picture of every page and state of the explorer at three widths in both themes, into web/screenshots.

The pictures come from the same walk that the tests make (web/e2e/screens*.spec.ts), so a state that is tested is
pictured. index.html shows them side by side; the last line says how many there are.
"""

import html
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
SHOTS = WEB / "screenshots"
WIDTHS = ("360", "768", "1440")
THEMES = ("light", "dark")
STYLE = """
body { margin: 24px; font: 14px/1.5 system-ui, sans-serif; background: #e4e4e2; color: #14181a; }
nav { columns: 5; margin-bottom: 32px; } nav a { display: block; color: inherit; }
h2 { margin: 32px 0 8px; font-size: 18px; }
div { display: flex; gap: 16px; align-items: flex-start; overflow-x: auto; padding-bottom: 16px; }
figure { margin: 0; flex: none; } figcaption { font-size: 12px; }
img { display: block; height: 640px; width: auto; object-fit: cover; object-position: top; border: 1px solid #b9b9b5; }
"""


def take() -> int:
    """Run the walk; it fails where a page breaks one of its rules, and pictures the others all the same."""
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    command = ["npx", "--no-install", "playwright", "test", "--config", "e2e/playwright.config.ts", "screens"]
    return subprocess.run(command, cwd=WEB, env={**os.environ, "BALLAST_SCREENSHOTS": str(SHOTS)}, check=False).returncode


def picture(name: str, width: str, theme: str) -> str:
    file = f"{name}-{width}-{theme}.png"
    if not (SHOTS / file).is_file():
        return ""
    return f'<figure><a href="{file}"><img loading="lazy" src="{file}" alt="{file}"></a><figcaption>{width}, {theme}</figcaption></figure>'


def index() -> int:
    """Write the page that shows all of them; returns how many there are."""
    files = sorted(SHOTS.glob("*.png"))
    names = sorted({html.escape(file.stem.rsplit("-", 2)[0]) for file in files})
    links = "".join(f'<a href="#{name}">{name}</a>' for name in names)
    rows = "".join(
        f'<h2 id="{name}">{name}</h2><div>' + "".join(picture(name, w, t) for w in WIDTHS for t in THEMES) + "</div>"
        for name in names
    )
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>The explorer in pictures</title><style>{STYLE}</style>'
    (SHOTS / "index.html").write_text(f"{head}<nav>{links}</nav>{rows}</html>\n", encoding="utf-8")
    return len(files)


def main() -> int:
    status = take()
    count = index()
    print(f"{count} pictures in {SHOTS.relative_to(ROOT)}, side by side in {(SHOTS / 'index.html').relative_to(ROOT)}")
    return status if count else 1


if __name__ == "__main__":
    sys.exit(main())
