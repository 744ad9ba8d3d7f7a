#!/usr/bin/env bash
# Checks that this machine has what Ballast cannot install for itself. Names all that is missing, one line each.
set -u
missing=0

# need NAME MINIMUM FOUND ADVICE: complain unless version FOUND is at least MINIMUM.
need() {
  local lowest
  lowest=$(printf '%s\n%s\n' "$2" "${3:-0}" | sort -V | head -n 1)
  if [ -z "$3" ] || [ "$lowest" != "$2" ]; then
    echo "missing: $1 $2 or newer (found: ${3:-none}); $4" >&2
    missing=1
  fi
}

version() { "$@" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1; }

need Rust 1.95 "$(version rustc --version)" "install rustup from rust-lang.org, then run: rustup toolchain install stable"
need Node 20.19 "$(version node --version)" "install it from nodejs.org"
need npm 10 "$(version npm --version)" "it comes with Node"
need Python 3.11 "$(version python3 --version)" "on Debian: apt install python3 python3-venv"
need git 2.25 "$(version git --version)" "on Debian: apt install git"
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "missing: Python's venv module; on Debian: apt install python3-venv" >&2
  missing=1
fi
if ! command -v cc >/dev/null; then
  echo "missing: a C compiler and linker named cc; on Debian: apt install build-essential" >&2
  missing=1
fi
exit "$missing"
