# The README's two commands are `make demo` and `make test`. Needs Python 3.11 or newer and make, nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Checks must not make keys in the folder a developer works in.
SCRATCH := KAJING_HOME=$(CURDIR)/.venv/scratch

# Rooms of tests that touch no Django table, or keep a database of their own: the run on SQLite covers them.
NO_DATABASE := analytics analytics_demo architecture contract convert

.DEFAULT_GOAL := help
.PHONY: help env demo test check check-types check-house format lock clean tests-sqlite tests-postgres tests-browser

help:  ## this list
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | awk -F ':.*  ## ' '{printf "make %-8s %s\n", $$1, $$2}'

demo: env  ## a demo bank with its server; the first run makes the database, later runs keep it
	$(BIN)/kajing demo

env: .venv/.package  ## .venv with everything pinned in requirements.lock, front end bundled, texts compiled
	@$(BIN)/python -m kajing.ui.build assets messages

.venv/.python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kajing needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	@touch $@

# uv installs in seconds what pip installs in a minute; without it pip does the same work.
.venv/.locked: requirements.lock | .venv/.python
	@if $(BIN)/pip install -q --disable-pip-version-check "$$(grep -oE '^uv==[0-9.]+' requirements.lock)"; then \
	  echo "installing requirements.lock with uv"; \
	  $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock; \
	else \
	  echo "installing requirements.lock with pip"; \
	  $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock; \
	fi
	@touch $@

# ClickHouse and Spark, 1 GB: only the whole test run wants them.
.venv/.engines: requirements-engines.lock | .venv/.locked
	@echo "installing requirements-engines.lock"
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-engines.lock || \
	  $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-engines.lock
	@touch $@

.venv/.package: pyproject.toml .venv/.locked
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

check: env  ## format, lint, types, import contracts, migrations; under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(MAKE) --no-print-directory -j2 check-types check-house

check-types:  # one processor for as long as all the rest takes
	$(SCRATCH) $(BIN)/mypy

check-house:
	$(BIN)/lint-imports --no-logo
	$(SCRATCH) $(BIN)/kajing makemigrations --check --dry-run
	$(SCRATCH) $(BIN)/kajing check --fail-level WARNING

test: check .venv/.engines  ## everything: the checks, all tests on SQLite and on PostgreSQL, browser tests
	@$(BIN)/python tools/system_tools.py
	@$(MAKE) --no-print-directory tests-sqlite tests-postgres tests-browser

# Whole files to each of two workers, so that what a file's tests share is made once.
PYTEST := $(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder

tests-sqlite:
	@echo "== tests on SQLite"
	$(PYTEST) -m "not browser" --record-statements

# Every statement the tests made on SQLite, and all that is about transactions (tests/statements.py).
tests-postgres:
	@echo "== tests on PostgreSQL"
	$(BIN)/python tools/with_postgres.py --optional $(PYTEST) -m "not browser" --databases-only --each-statement \
	  $(addprefix --ignore=tests/,$(NO_DATABASE))

tests-browser:
	@echo "== tests in a browser"
	$(BIN)/python tools/system_tools.py --have-browser && { $(BIN)/pytest -q -n 3 --dist worksteal -m browser tests/browser || \
	  { echo "once more, what failed in the browser:"; $(BIN)/pytest -q -m browser --last-failed tests/browser; }; } || test $$? -eq 5

format:  ## put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

COMPILE = $(BIN)/uv pip compile --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --upgrade -q

lock:  ## pin the newest allowed versions in the lock files, with hashes
	$(COMPILE) pyproject.toml --extra dev --extra build -o requirements.lock
	$(BIN)/python tools/engines.py | $(COMPILE) - -c requirements.lock -o requirements-engines.lock
	$(BIN)/python tools/engines.py bench | $(COMPILE) - -c requirements.lock -o requirements-bench.lock

clean:  ## remove the environment and everything built; the demo bank in var/ stays
	rm -rf .venv node_modules kajing/ui/static/ui/dist build dist *.egg-info .*_cache
	find kajing -name '*.mo' -delete
