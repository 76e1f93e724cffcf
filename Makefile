# Two commands do everything on a machine with git, make and Python 3.11 or later:
#   make demo    installs statesim into .venv, runs the first scenario, leaves pictures under out/
#   make test    installs what the tests need and runs them
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-all pytest bench check lessons docs links clean help

help: ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(PIP) --editable .
	$(BIN)/python -m compileall -q statesim
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --editable '.[dev]'
	@touch $@

demo: $(VENV)/.installed ## run the first scenario and leave its pictures under out/
	$(BIN)/statesim run scenarios/pg-node-crash.yaml --out out/pg-node-crash

check: $(VENV)/.installed-dev ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: $(VENV)/.installed-dev ## everything that must hold before a change is taken
	$(MAKE) --jobs=2 --keep-going check pytest

test-all: ## as make test, and what is left out there because there is more of the same
	STATESIM_TEST_ALL=1 $(MAKE) test

pytest: $(VENV)/.installed-dev ## the tests alone
	$(BIN)/pytest -n auto --dist loadfile

bench: $(VENV)/.installed-dev ## what a run costs, as ratios measured here and now
	$(BIN)/pytest tests/benchmarks --benchmark-enable --benchmark-columns=rounds,median

lessons: $(VENV)/.installed ## make the workshop's notebooks of their sources
	$(BIN)/python -m statesim.lessons.build

docs: $(VENV)/.installed-dev ## build the documentation into docs/_build/html; a warning is an error
	$(BIN)/python -m tests.docs.gallery --site
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

links: $(VENV)/.installed-dev ## ask every address that the documentation names whether it is there (needs the network)
	$(BIN)/sphinx-build -b linkcheck docs docs/_build/linkcheck

clean: ## remove what the other targets made
	rm -rf $(VENV) out build dist docs/_build docs/_site .pytest_cache .mypy_cache .ruff_cache .hypothesis
