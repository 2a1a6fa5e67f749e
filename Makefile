# Every target sets up .venv by itself; only Python 3.11-3.13 and make are needed. `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help run test check lock bench

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null || grep '##' $(MAKEFILE_LIST)

run: $(READY) ## one night, here and now: pull, judge, score, publish; ends with the scorecard
	@$(BIN)/seamkeeper run

test: $(READY) ## the tests
	@$(BIN)/pytest -n 2

check: $(READY) ## lint, format, types, import rules, contracts valid and compiled
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/seamkeeper check
	@$(BIN)/seamkeeper compile --check

bench: $(READY) ## 1,000,000 packets against hand-written SQL; prints ratios (minutes, about 6 GB)
	@$(BIN)/python tests/benchmark.py

# One lock for 3.11-3.13; no index address is written, so any index that has the hashed files will do.
# What is locked already stays; UPGRADE=--upgrade moves everything to the newest that pyproject.toml allows.
lock: $(READY) ## resolve pyproject.toml into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE) --quiet -o requirements.lock

# The stamp is written last, so an interrupted set-up starts again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; ok = (3, 11) <= v < (3, 14); ok or sys.exit("seamkeeper needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is %d.%d: set another, e.g. make PYTHON=python3.12" % v[:2])'
	@echo "Setting up .venv (once; a few minutes)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
