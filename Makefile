# All that is done with this project, by name. `make` alone lists it.
# Needs Python >= 3.11 and make. uv is used where it is installed (make UV= ... does without).

PYTHON ?= python3
VENV ?= .venv
UV ?= $(shell command -v uv 2>/dev/null)
BIN := $(VENV)/bin

# SOURCE, OUT and ARGS are for `make run`; PYTEST is for `make test` and `make test-full`.
OUT ?= out
ARGS ?=
PYTEST ?=

ifeq ($(UV),)
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check
else
INSTALL = UV_FIND_LINKS="$${UV_FIND_LINKS:-$${PIP_FIND_LINKS:-}}" $(UV) pip install --quiet --python $(BIN)/python
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo run test test-full check format docs bench bench-images bench-protect bench-filing clean

help:  ## List these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Guanyao needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(BIN)/python
	@echo "installing Guanyao into $(VENV) ..."
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "installing Guanyao and its development tools into $(VENV) ..."
	@$(INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/.core

setup: $(VENV)/.dev  ## Make .venv with everything that development needs

demo: $(VENV)/.core  ## Run the main job on a real data set that an installed package ships
	$(BIN)/guanyao demo -o demo

run: $(VENV)/.core  ## Run the main job on your table: make run SOURCE=file.csv OUT=out ARGS="--target col"
	@test -n "$(SOURCE)" || { echo 'say which table: make run SOURCE=file.csv' >&2; exit 2; }
	$(BIN)/guanyao run "$(SOURCE)" -o "$(OUT)" $(ARGS)

test: $(VENV)/.dev  ## Run the tests, without the slow ones
	$(BIN)/python -m pytest -m "not slow" $(PYTEST)

test-full: $(VENV)/.dev  ## Run all tests
	$(BIN)/python -m pytest $(PYTEST)

check: $(VENV)/.dev  ## Lint, format, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## Put the code into the one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev  ## Write help texts and workflows into the pages anew, then run what they show
	$(BIN)/python tests/docs/commands_page.py
	$(BIN)/python tests/docs/workflow_page.py
	$(BIN)/python -m pytest tests/docs

bench: $(VENV)/.dev  ## Measure speed and quality as docs/benchmarks.md tells: make bench ARGS="..."
	$(BIN)/python benchmarks/tables.py $(ARGS)

bench-images: $(VENV)/.dev  ## Measure the generators of images: make bench-images ARGS="--models vae --cpu-minutes 2"
	$(BIN)/python benchmarks/images.py $(ARGS)

bench-protect: $(VENV)/.dev  ## Measure what is found, masked, locked away and recorded
	$(BIN)/python benchmarks/pii.py $(ARGS)
	$(BIN)/python -m benchmarks.mask
	$(BIN)/python -m benchmarks.vault
	$(BIN)/python -m benchmarks.audit

bench-filing: $(VENV)/.dev  ## Measure the filing: acts a second (URL=postgresql://... for that database), documents
	$(BIN)/python -m benchmarks.filing $(if $(URL),--url $(URL)) $(ARGS)
	$(BIN)/python -m benchmarks.filing_documents

clean:  ## Remove .venv and everything that tools left behind
	rm -rf $(VENV) demo out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
