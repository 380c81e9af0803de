# Everything a newcomer needs: `make run` and `make test`. Both are safe to run again, and take seconds the second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml hatch_build.py $(shell find rdvdav plugins web -type f -not -name '*.pyc' -not -name '*.mo')
IN_PLACE := PYTHONPATH=.:plugins:web
PORT ?= 8000
WHERE ?= tests --ignore=tests/dav --ignore=tests/web --ignore=tests/journeys

.DEFAULT_GOAL := help
.PHONY: help run test check format types screens bench clients clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

run: $(VENV)/run.stamp ## Install, migrate, load the demonstration if the database is empty, serve on PORT (8000)
	@RDVDAV_DEMONSTRATION=1 RDVDAV_PUBLIC_URL=$${RDVDAV_PUBLIC_URL:-http://127.0.0.1:$(PORT)} sh -c '\
	  $(BIN)/rdvdav migrate && $(BIN)/rdvdav demo load --if-empty && exec $(BIN)/rdvdav serve --port $(PORT)'

test: $(VENV)/test.stamp clients ## Format, lint, types, import contracts, then all tests on the installed wheel
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist worksteal

check: $(VENV)/test.stamp ## The quick loop: lint, types, and the fast tests of the core on SQLite; WHERE=tests/web for a door's
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy
	$(IN_PLACE) $(BIN)/python -m pytest -n auto --dist worksteal -m 'not slow and not browser and not matrix' -k 'not postgresql' $(WHERE)

format: $(VENV)/test.stamp ## Lay the code out and mend what can be mended by itself
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

screens: $(VENV)/test.stamp clients ## Take the pictures of the README, open every page of the agents, and try all sizes and colours
	$(BIN)/python docs/screens.py
	$(BIN)/python docs/every_page.py
	$(BIN)/pytest -n auto -m matrix

bench: $(VENV)/test.stamp ## Measure: slots, booking under contention, CalDAV and feeds, others beside them, a polled server, agents' pages, a crowd of citizens
	$(BIN)/python benchmarks/slots.py
	$(BIN)/python benchmarks/booking.py
	$(BIN)/python benchmarks/caldav.py
	$(BIN)/python benchmarks/peers.py
	$(BIN)/python benchmarks/served.py
	$(BIN)/python benchmarks/polling.py
	$(BIN)/python benchmarks/pages.py
	$(BIN)/python benchmarks/crowd.py

clients: ## Install the browser and calendar programs that tests use, if the system's package manager can
	@tests/clients.sh

clean: ## Remove what was built; the database in var/ stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/pip:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(SOURCES) | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check '.[test]'
	@touch $@
