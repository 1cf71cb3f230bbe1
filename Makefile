# Everything begins with scripts/bootstrap.sh, which installs what is missing and takes no time when nothing is.
.DEFAULT_GOAL := help
.PHONY: help up down test test-quick check bench notebooks conformance lock clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

up: ## From a fresh machine to a running map: http://127.0.0.1:8000/viewer (or TWIN_PORT)
	@scripts/bootstrap.sh
	@.venv/bin/twin up --detach

down: ## Stop the map and its database
	@test ! -x .venv/bin/twin || .venv/bin/twin down

test: ## From a fresh machine to a verdict: every test (ARGS="-k name" for some)
	@scripts/bootstrap.sh test
	.venv/bin/pytest -n auto --maxprocesses 8 $(ARGS)

test-quick: ## The tests that need neither database nor browser, in a minute: for every commit
	@scripts/bootstrap.sh venv
	.venv/bin/pytest -q -n auto --maxprocesses 8 --quick $(ARGS)

check: ## Style, types and the arrows between packages
	@scripts/bootstrap.sh
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: ## Tiles against the bare statement and tipg, loads against ogr2ogr, the wind against a raw limit (ARGS=load, sensing)
	@scripts/bootstrap.sh bench
	.venv/bin/python tests/benchmarks/run.py $(ARGS)

notebooks: ## Execute the notebooks against a map of their own
	@scripts/bootstrap.sh test
	.venv/bin/pytest tests/notebooks

conformance: ## The OGC's suite for SensorThings against a service of our own (needs Java, and Maven to fetch it)
	@scripts/bootstrap.sh test
	@scripts/conformance.sh

lock: ## Write requirements.lock anew from pyproject.toml
	@scripts/bootstrap.sh venv
	@scripts/lock.sh

clean: ## Remove what tools and tests left; the database and .venv stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist tests/output tests/prepared
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
