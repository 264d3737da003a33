# foretell. `make demo` shows it, `make test` proves it; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin

export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# Without bytecode on disk, each of many processes compiles the same hundreds of modules anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.installed: requirements/dev.txt pyproject.toml hatch_build.py
	@echo "==> Installing pinned dependencies into .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "foretell needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=python3.11, for example: make demo PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --no-deps --require-hashes -r requirements/dev.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: install
install: .venv/.installed ## Make the environment

.PHONY: demo
demo: install ## Load real data, replay four months of builds, open Superset
	@$(BIN)/foretell demo up

# Days on which the second example stands; a champion is trained anew after 60 days.
FLIGHT_DAYS := 2013-07-01 2013-08-05 2013-09-02 2013-10-07 2013-11-04 2013-12-02 2013-12-30

# A command on the second example: with its package, and on Postgres if FORETELL_DEMO_POSTGRES says so.
FLIGHTS = FORETELL_DBT_PACKAGE=$$($(BIN)/foretell dbt-package) \
	$(BIN)/python -m foretell.demo.postgres $(BIN)/foretell

.PHONY: flights
flights: install ## The same with flights: a second project, beside the first in one Superset
	@echo "==> Loading the data"
	@cd examples/flights && ../../$(BIN)/python load.py
	@echo "==> Building as of seven days of 2013"
	@$(FLIGHTS) replay $(FLIGHT_DAYS) --missing --project-dir examples/flights
	@echo "==> Starting Superset"
	@$(BIN)/foretell superset up
	@echo "==> Bringing the dashboards in"
	@$(FLIGHTS) dashboards push --project-dir examples/flights

.PHONY: stop
stop: ## End the Superset that `make demo` or `make flights` started
	@if test -x $(BIN)/foretell; then $(BIN)/foretell superset down; else echo "Nothing was started here."; fi

.PHONY: lint
lint: install ## Formatting, lint, types, directions of imports, SQL style
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@cd dbt_project && ../$(BIN)/dbt deps --quiet && ../$(BIN)/sqlfluff lint models
	@cd examples/flights && export FORETELL_DBT_PACKAGE=../../dbt_project/packages/foretell && \
		../../$(BIN)/dbt deps --quiet && ../../$(BIN)/sqlfluff lint models

# One pool of processes: what looks at pages stays in one of them, with one Superset, and begins first.
.PHONY: test
test: install lint ## Everything that must hold before a change lands
	@$(BIN)/pytest -m "not prove" -n 3 --dist loadscope --no-loadscope-reorder --ignore tests/prove

.PHONY: quick
quick: install ## In two minutes: lint, types, unit tests, and one small project built from nothing
	@$(MAKE) --no-print-directory -j2 lint quick-tests

FIRST_BUILD := tests/functional/test_life.py::test_the_first_build_trains_promotes_and_scores
# It kills a run before each of its statements, which takes a minute.
AT_EACH_STATEMENT := tests/unit/publishing/test_publication.py::test_a_run_killed_at_any_statement_is_published_whole_or_not_at_all

.PHONY: quick-tests
quick-tests: install
	@$(BIN)/pytest -q -n 2 --dist loadfile tests/unit $(FIRST_BUILD) --deselect $(AT_EACH_STATEMENT)

TIMES ?= 20

.PHONY: test-again
test-again: install ## Only browser tests and tests of two processes, TIMES=20 times, all cores busy
	@$(BIN)/python tests/again.py --times $(TIMES)

.PHONY: prove
prove: install ## The long proofs; results are kept in docs/proofs.md
	@$(BIN)/pytest -m prove -s tests/prove

.PHONY: lock
lock: install ## Compile the pinned dependencies anew
	@$(BIN)/uv pip compile requirements/dev.in pyproject.toml --all-extras --group dev \
		--universal --generate-hashes --python-version 3.11 --no-header --no-annotate -q -o requirements/dev.txt
	@$(BIN)/uv pip compile requirements/superset.in --exclude-newer 2026-05-31 \
		--exclude-newer-package duckdb=2026-11-20 \
		--universal --generate-hashes --python-version 3.11 --no-header --no-annotate -q -o requirements/superset.txt

.PHONY: clean
clean: stop ## Remove the environments and all that the examples built
	@rm -rf .venv .foretell $(foreach project,dbt_project examples/flights,$(addprefix $(project)/,data target dbt_packages logs))
