# `make dev` and `make test` need Python 3.11 to 3.13, make and git, and nothing else.

PORT ?= 8000
WORKERS ?= auto
ARGS ?=
VENV := .venv/bin
PYTHON_IN := $(VENV)/python

.DEFAULT_GOAL := help
.PHONY: help install dev test test-coverage lint format proof proof-full bench docs-serve css messages lock clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: ## Make .venv from the locked packages and compile the translations.
	@requirements/install
	@$(PYTHON_IN) -m platform_core.ui.compile_messages

dev: install ## Run everything on http://localhost:8000 (PORT=8001 for another port); Ctrl-C stops it.
	@PORT=$(PORT) exec $(PYTHON_IN) manage.py up --end-with-parent

test: install ## Run the tests (ARGS="-k catalog" for some of them, WORKERS=0 for one process).
	@$(PYTHON_IN) -m pytest -n $(WORKERS) -m "not proof" $(ARGS)

test-coverage: install ## Run the tests and write what they reach to htmlcov/.
	@$(PYTHON_IN) -m pytest -n $(WORKERS) -m "not proof" --cov --cov-report=term --cov-report=html $(ARGS)

lint: install ## Check style, types, arrows, migrations and templates.
	@.ci/lint

format: install ## Bring the code into shape.
	@$(VENV)/ruff check --quiet --fix .
	@$(VENV)/ruff format .

proof: install ## Run the long proofs in the sizes of continuous integration.
	@PROOF=ci $(PYTHON_IN) -m pytest tests -m proof -n $(WORKERS) $(ARGS)

proof-full: install ## Run the long proofs in full.
	@PROOF=full $(PYTHON_IN) -m pytest tests -m proof -n $(WORKERS) $(ARGS)

bench: install ## Measure against the budgets (ARGS=rates for one group, ARGS=--help for all).
	@$(PYTHON_IN) -m bench $(ARGS)

docs-serve: install ## Read the documentation on http://localhost:8100.
	@exec $(VENV)/mkdocs serve --quiet --dev-addr 127.0.0.1:8100

css: install ## Compile the style sheets; the result is kept in the repository.
	@$(PYTHON_IN) -m platform_core.ui.stylesheets

messages: install ## Gather the texts to translate and compile the catalogues.
	@$(PYTHON_IN) manage.py messages

lock: install ## Lock requirements/*.in anew.
	@for set in base dev production; do \
		$(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			requirements/$$set.in -o requirements/$$set.txt || exit 1; \
	done

clean: ## Stop the embedded servers and remove all that can be made again, their data included.
	@if [ -x $(PYTHON_IN) ]; then for folder in var var/test; do \
		if [ -d $$folder ]; then $(PYTHON_IN) -m platform_core.embedded stop $$folder || exit 1; fi; done; fi
	@for home in var/home var/test/home; do if [ -L $$home ]; then rm -rf "$$(readlink $$home)"; fi; done
	@rm -rf var staticfiles htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
