# Two targets are all a newcomer needs: `make run` and `make test`. The others are for those who change things.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# CUDA parts of torch's Linux build are torch's own business, and kubernetes is needed by no path of Chroma
# that we use (126 MB): neither is pinned, see docs/adr/0002.
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --no-header --no-annotate --quiet \
	--no-emit-package kubernetes --no-emit-package oauthlib --no-emit-package requests-oauthlib \
	--no-emit-package websocket-client --no-emit-package durationpy

.PHONY: install run test check lint bench intents messages sample-vectors lock clean

install: $(VENV)/.run

run: $(VENV)/.run  ## Start NaruTalk
	@$(BIN)/narutalk up

test: $(VENV)/.all browser  ## Run every test: the fast ones first
	@scripts/test

check: $(VENV)/.all  ## What CI runs: linters, then the tests
	@scripts/lint
	@$(MAKE) --no-print-directory test

lint: $(VENV)/.all
	@scripts/lint

bench: $(VENV)/.all  ## Measure side by side; prints ratios
	@$(BIN)/python -m bench

sample-vectors: $(VENV)/.all  ## Embed the sample documents anew, after a change to them
	@$(BIN)/python -m tools.sample_company.vectors

messages: $(VENV)/.all  ## Compile the Korean words of the pages
	@$(BIN)/python scripts/messages.py

intents: $(VENV)/.all  ## Train the intent model from its utterances
	@$(BIN)/python -m graph.intents.train

lock: $(VENV)/.all  ## Write the lock files anew from pyproject.toml
	$(LOCK) --generate-hashes --output-file requirements.lock
	$(LOCK) --all-extras --output-file requirements-all.lock
	@sed -i.bak -E '/^(nvidia-|cuda-|triton)/d; s/\+cpu//' requirements-all.lock && rm requirements-all.lock.bak

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: browser
browser:
	@scripts/browser

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "NaruTalk needs Python 3.11 or newer; name one with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(BIN)/python
	@echo "Installing what NaruTalk needs to run (once, about a minute) …"
	@$(PIP) --no-deps --require-hashes -r requirements.lock
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.all: requirements-all.lock $(VENV)/.run
	@echo "Installing what the tests need (once, a few minutes) …"
	@$(PIP) $$(grep '^torch==' requirements-all.lock)
	@$(PIP) --no-deps -r requirements-all.lock
	@touch $@
