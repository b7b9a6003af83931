PYTHON ?= python3
BIN := .venv/bin
SETUP := $(PYTHON) scripts/setup.py

# Without bytecode each of the many processes compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo test test-fast lint bench faults shots format setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start everything and print the address; PORT, HOST, DATA_DIR, DATABASE_URL, REDIS_URL are honoured
	@$(SETUP) run
	@exec $(BIN)/python -m app.dev.run

demo: ## Fill the installation of make run with believable data
	@$(SETUP) run
	@bin/flask demo

test: ## Run every check: style, types, layers, tests, tests in a browser
	@$(SETUP) browser
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -q -n 2 -m "not slow and not browser and not faults"
	$(BIN)/pytest -q -n 2 --dist worksteal -m "slow and not browser and not faults"
	$(BIN)/pytest -q -m "browser and not faults"

test-fast: setup lint ## Run the checks that need no browser and little time
	$(BIN)/pytest -q -n 2 -m "not thorough and not slow and not browser and not faults"

lint: setup ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## Measure, each figure as a ratio to a bound of the same run
	$(BIN)/python -m bench

faults: setup ## Kill things under load, for long
	$(BIN)/pytest -q -m faults

shots: ## Take a picture of every page into .data/shots
	@$(SETUP) browser
	$(BIN)/python -m tests.browser.shots

format: setup ## Put the code into its form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

setup: ## Install what the tests need into the project folder
	@$(SETUP) test
