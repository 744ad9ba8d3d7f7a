# Ballast. `make help` lists what can be made.
#
# Set-up steps leave a file named .ready inside what they made, so each runs once and again when its pins change.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# Gas is recorded by `make bench-gas` only, in isolated mode.
export FORGE_SNAPSHOT_EMIT := false

NPM := contracts/node_modules/.ready
Z3 := .venv/z3/.ready
HALMOS := .venv/halmos/.ready
SLITHER := .venv/slither/.ready
SCHEMATHESIS := .venv/schemathesis/.ready
WEB_NPM := web/node_modules/.ready
WEB := web/dist/index.html
PONDER := bench/peers/ponder/node_modules/.ready
MORPHO := bench/peers/morpho/node_modules/.ready
CARGO_MUTANTS := .state/tools/bin/cargo-mutants

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'

.PHONY: need
need:
	@tools/need.sh

$(NPM): contracts/package.json contracts/package-lock.json contracts/.npmrc | need
	cd contracts && npm ci --no-audit --no-fund
	@touch $@

$(WEB_NPM): web/package.json web/package-lock.json web/.npmrc | need
	cd web && npm ci --no-audit --no-fund
	@touch $@

# The program embeds what lies in web/dist when it is compiled; without it, a page that says how to build it.
$(WEB): $(WEB_NPM) web/index.html web/vite.config.ts web/tsconfig.json $(shell find web/src web/public -type f 2>/dev/null)
	cd web && npm run --silent build
	@touch $@

.venv/%/.ready: tools/requirements/%.txt | need
	tools/venv.sh $* $<

$(Z3): crates/model/proofs/requirements.txt | need
	tools/venv.sh z3 $<

.PHONY: setup
setup: $(NPM) $(WEB_NPM) $(Z3) $(HALMOS) $(SCHEMATHESIS) ## install what the tests need: npm packages, Python environments, Chromium, PostgreSQL
	@tools/packages.sh chromium postgresql

.PHONY: build
build: $(NPM) $(WEB) ## build the program, optimised, with the explorer in it
	cargo build --release --locked --package ballast

.PHONY: up
up: build ## a local chain with everything on it; ARGS="..." is passed on
	target/release/ballast up $(ARGS)

.PHONY: test
test: setup ## every test there is; the last line sums them
	@tools/test.py

.PHONY: screenshots
screenshots: $(NPM) $(WEB) ## picture every page and state of the explorer, into web/screenshots
	@tools/packages.sh chromium
	cargo build --locked --package ballast
	tools/screenshots.py

.PHONY: artifacts
artifacts: $(NPM) ## compile the contracts and write contracts/artifacts
	node contracts/tools/artifacts.js

$(PONDER): bench/peers/ponder/package.json bench/peers/ponder/package-lock.json bench/peers/ponder/.npmrc | need
	# Not `npm ci`: it wants packages of other platforms in the lock file, which not every registry carries.
	cd bench/peers/ponder && npm install --no-save --no-audit --no-fund
	@touch $@

$(MORPHO): bench/peers/morpho/package.json bench/peers/morpho/package-lock.json bench/peers/morpho/.npmrc | need
	cd bench/peers/morpho && npm ci --no-audit --no-fund
	@touch $@

.PHONY: bench-programs
bench-programs: build $(PONDER) $(MORPHO)
	@tools/packages.sh chromium postgresql wrk
	cargo build --release --locked --package ballast-indexer --example drain
	cargo build --release --locked --package ballast-oracle --example venues

.PHONY: bench
bench: bench-programs ## every benchmark, half an hour; writes bench/results.json and docs/performance.md
	tools/bench.py

.PHONY: bench-gas
bench-gas: $(NPM) $(MORPHO) ## gas of every call, against peers
	tools/bench.py gas

.PHONY: bench-index
bench-index: bench-programs ## events a second into the store, against ponder and a bare drain
	tools/bench.py index

.PHONY: bench-api
bench-api: bench-programs ## the server under load, and the explorer's first view
	tools/bench.py api

.PHONY: bench-keeper
bench-keeper: bench-programs ## from a new price to a sent take and to a report, against naive polling
	tools/bench.py keeper

.PHONY: fuzz
fuzz: $(NPM) ## long runs of invariants and properties; FUZZ_MINUTES=30
	tools/fuzz.py

$(CARGO_MUTANTS): | need
	cargo install --quiet --locked --root .state/tools cargo-mutants@27.1.0

.PHONY: crisis
crisis: build ## two days of March 2020 with 500 vaults, services killed 50 times each and deceived, both presets
	target/release/ballast up --once --scenario black-thursday --kill 50 --faults --page .state/crisis.html

.PHONY: mutants
mutants: $(NPM) $(SLITHER) $(CARGO_MUTANTS) ## each weakness fails its attack test; then mutation, MUTANTS_MINUTES=30
	@tools/weakened.py --write && tools/weakened_services.py --write && weak=0 || weak=1; .venv/slither/bin/python tools/mutants.py && exit $$weak

.PHONY: slither
slither: $(NPM) $(SLITHER) ## static analysis of the contracts
	tools/findings.py

.PHONY: clean
clean: ## remove what was built and installed
	rm -rf target web/dist web/node_modules contracts/out contracts/cache contracts/node_modules bench/peers/{ponder,morpho}/node_modules bench/peers/morpho/out .venv .state
