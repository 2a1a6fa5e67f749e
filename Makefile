# Every target sets up .venv by itself; only Python 3.11-3.13 and make are needed. `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
LOCKED := .venv/.locked
READY := .venv/.ready
QUIET := --quiet --disable-pip-version-check
PYTHON_OK = $(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or \
	sys.exit("seamkeeper needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is %d.%d: name another, as in make PYTHON=python3.12" % v)'

.DEFAULT_GOAL := help
.PHONY: help run test check lock bench bench-sources soak soak-desks soak-hostile

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || grep '##' $(MAKEFILE_LIST)

run: $(READY) ## one night, here and now: pull, judge, score, publish; ends with the scorecard
	@$(BIN)/seamkeeper run

test: $(READY) ## the tests
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder  # one worker per file, whose tests share a run; tests/conftest.py has the order

check: $(READY) ## lint, format, types, import rules, contracts valid and compiled
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/seamkeeper check
	@$(BIN)/seamkeeper compile --check

bench: $(READY) ## 1,000,000 packets against hand-written SQL; prints ratios (minutes, about 6 GB)
	@$(BIN)/python tests/benchmark/run.py

soak: $(READY) ## 100 made-up companies: do the intervals cover what was planted? (half an hour; .soak/coverage.md; goes on where it stopped)
	@$(BIN)/python -m tests.planted.soak --out .soak

soak-desks: $(READY) ## 300 tickets, 120 runs killed at random instants, trackers that fail: one open ticket each? (minutes)
	@$(BIN)/python -m tests.flows.desks.killing --packets 300 --kills 120
	@$(BIN)/python -m tests.flows.desks.killing --packets 300 --kills 120 --desk github

soak-hostile: $(READY) ## contracts and event files spoilt at random for ten minutes: read, or refused in one line? (SEED=N for the same again)
	@$(BIN)/python -m tests.fuzzing --seconds 600 $(if $(SEED),--seed $(SEED))

bench-sources: $(READY) ## 10,000 and 100,000 deals pulled from an emulated HubSpot: speed, memory (minutes)
	@$(BIN)/python tests/benchmark/portal.py

# One lock for 3.11-3.13; no index address is written, so any index that has the hashed files will do.
# What is locked already stays; UPGRADE=--upgrade moves everything to the newest that pyproject.toml allows.
lock: ## resolve pyproject.toml into requirements.lock, in a throwaway environment
	@$(PYTHON_OK)
	@set -e; scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
		$(PYTHON) -m venv "$$scratch"; \
		"$$scratch/bin/python" -m pip install $(QUIET) "uv>=0.8,<1"; \
		"$$scratch/bin/uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
			--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
			$(UPGRADE) --quiet --output-file requirements.lock

# A stamp is written last, so an interrupted set-up starts again.
$(LOCKED): requirements.lock
	@$(PYTHON_OK)
	@echo "Setting up .venv with $$($(PYTHON) --version) (once; a few minutes)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install $(QUIET) --require-hashes -r requirements.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	@$(BIN)/python -m pip install $(QUIET) --no-deps --no-build-isolation -e .
	@touch $@
