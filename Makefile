# `make run` and `make test` are all that most people need; scripts/prepare.py does the work of both.

PYTHON ?= python3
VENV := .venv/bin
CHECKED := app.py components services

.DEFAULT_GOAL := help
.PHONY: help run test lint format weights bench bench-engine soak clean prepare prepare-dev

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-13s %s\n", $$1, $$2 }'

run: prepare ## install what is missing, then open the playground on http://127.0.0.1:7860
	@exec $(VENV)/python app.py

test: prepare-dev ## everything that CI checks: lint, types, tests, visits with a browser
	@$(VENV)/python scripts/browser.py
	@$(VENV)/python -m ruff check .
	@$(VENV)/python -m ruff format --check .
	@$(VENV)/python -m mypy --strict $(CHECKED)
	@$(VENV)/python -m pytest -n 2 --dist loadfile

lint: prepare-dev ## only the quick checks: ruff and mypy
	@$(VENV)/python -m ruff check .
	@$(VENV)/python -m ruff format --check .
	@$(VENV)/python -m mypy --strict $(CHECKED)

format: prepare-dev ## put the code into its one format
	@$(VENV)/python -m ruff check --fix .
	@$(VENV)/python -m ruff format .

weights: prepare ## only install, and bring the chat model's weights

bench: prepare-dev ## the page against a bare page and stock Gradio, in one run
	@$(VENV)/python -m benchmarks.page

bench-engine: prepare-dev ## the embedded engine against the bare libraries, in one run
	@$(VENV)/python -m benchmarks.engine

soak: prepare-dev ## twenty visitors for four minutes, faults and a killed server among them (docs/reliability.md)
	@$(VENV)/python -m scripts.soak

clean: ## forget the environment and every cache in this folder
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .gradio
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

prepare prepare-dev:
	@command -v $(PYTHON) >/dev/null || { echo "The playground needs Python 3.11 or newer; there is no $(PYTHON) here."; exit 1; }
	@$(PYTHON) scripts/prepare.py $(if $(findstring dev,$@),--dev)
