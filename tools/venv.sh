#!/usr/bin/env bash
# venv.sh NAME REQUIREMENTS: a Python environment of its own under .venv/NAME, holding exactly what is pinned.
set -eu
cd "$(dirname "$0")/.."
env=".venv/$1"
rm -rf "$env"
python3 -m venv "$env"
"$env/bin/pip" install --quiet --disable-pip-version-check --requirement "$2"
touch "$env/.ready"
echo "setup: Python environment $1 is ready"
