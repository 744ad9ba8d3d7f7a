#!/usr/bin/env bash
# Symbolic tests of contracts/test/symbolic with halmos, compiled apart from the others: halmos wants syntax trees
# in the artifacts, and cannot follow the cheatcode by which forge links tests to contracts. Arguments are passed on.
set -eu
cd "$(dirname "$0")/../contracts"
PATH="$PWD/node_modules/.bin:$PATH"
export FOUNDRY_TEST=test/symbolic FOUNDRY_OUT=out/symbolic FOUNDRY_CACHE_PATH=cache/symbolic
export FOUNDRY_DYNAMIC_TEST_LINKING=false
exec ../.venv/halmos/bin/halmos --forge-build-out out/symbolic --solver-timeout-assertion 0 "$@"
