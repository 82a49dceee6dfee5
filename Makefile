# Everything a newcomer must know: make demo, make test, make check. Each sets up what it needs.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready
FUZZ = .venv-fuzz
FUZZ_SECONDS ?= 600
FUZZ_TARGETS ?= tagged csv bibtex xml json

.PHONY: demo test check style types floors bench fuzz docs clean

demo: $(READY) ## the reference review from end to end
	rm -rf demo-review
	$(BIN)/reviewflow demo demo-review

test: $(READY) ## all tests
	$(BIN)/python -m pytest -n 3

check: $(READY) ## what CI runs; the checks that take one processor beside the tests
	$(MAKE) --no-print-directory --jobs=2 style types floors test

style: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

floors: $(READY)
	$(BIN)/lint-imports --no-cache

bench: $(READY) ## speed and memory, never part of the tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python tests/bench/bench_flow.py
	$(BIN)/python tests/bench/bench_formats.py
	$(BIN)/python tests/bench/bench_deduplication.py
	$(BIN)/python tests/bench/bench_pooling.py

fuzz: $(FUZZ)/.ready ## looks for files that the readers cannot stand; FUZZ_SECONDS for each target
	for target in $(FUZZ_TARGETS); do \
	  $(FUZZ)/bin/python tests/fuzz/fuzz_readers.py $$target -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

docs: $(READY) ## the documentation as HTML in docs/_build/html
	$(BIN)/sphinx-build -W -q docs docs/_build/html

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "reviewflow needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs]'
	touch $@

$(FUZZ)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	touch $@

clean:
	rm -rf $(VENV) $(FUZZ) .fuzz build dist demo-review docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
