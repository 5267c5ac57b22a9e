# Two commands do everything: `make lab` opens NeoAI, `make test` checks it. `make help` lists the rest.
# A fresh machine needs Python >= 3.11 with venv, git and make; the rest is installed into .venv.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8888
ROOT   ?= $(CURDIR)
ARGS   ?=
# The image for a hub's servers; BASE may be any Debian or Ubuntu.
VARIANT ?= cpu
IMAGE   ?= neoai:$(VARIANT)
BASE    ?= debian:bookworm-slim
# Tests run beside one another, each file's in one process: one more than there are cores, since they wait half
# of their time for servers, browsers and containers; four at most.
JOBS   ?= $(shell n=$$(($$(getconf _NPROCESSORS_ONLN) + 1)); echo $$((n < 4 ? n : 4)))
STAMPS := $(VENV)/.stamps

export PATH := $(abspath $(BIN)):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUNBUFFERED := 1

LAB_SOURCES := $(shell find neoai_lab_ext/src neoai_lab_ext/style neoai_lab_ext/schema -type f 2>/dev/null)
LAB_CONFIG  := package.json tsconfig.json
JLPM        := $(BIN)/jlpm
ALLOW_ROOT  := $(if $(filter 0,$(shell id -u)),--allow-root,)

.DEFAULT_GOAL := help
.PHONY: help install lab hub image test test-js test-py coverage lint format docs bench api pins wheel clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMPS)/lab ## Make the environment in .venv and build the lab extension

lab: install ## Open JupyterLab with NeoAI; PORT=8888 ROOT=folder ARGS="…" are honoured
	@test -d "$(ROOT)" || { echo "make lab: ROOT=$(ROOT) is no folder"; exit 2; }
	cd "$(ROOT)" && exec jupyter lab --port $(PORT) $(ALLOW_ROOT) --ServerApp.root_dir="$(abspath $(ROOT))" $(ARGS)

hub: install ## Start a hub for several users on this machine; its settings are in neoai_hub.toml
	exec jupyterhub -f hub/jupyterhub_config.py $(ARGS)

test: install test-js test-py ## Run every test this machine has the parts for

test-js: $(STAMPS)/lab
	$(JLPM) test

test-py: $(STAMPS)/lab
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

coverage: ## Run the tests, and show which lines of the server they do not reach
	$(MAKE) test-py ARGS="--cov --cov-report=term-missing $(ARGS)"

lint: $(STAMPS)/lab ## Check style, types and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(JLPM) lint:check

format: $(STAMPS)/lab ## Rewrite the sources in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(JLPM) lint

api: $(STAMPS)/python ## Regenerate openapi.json and the TypeScript types made from it
	$(BIN)/jupyter-neoai openapi openapi.json
	$(JLPM) api

docs: $(STAMPS)/python ## Build the documentation into docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

bench: install ## Run every benchmark beside its peer
	failed=; for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file || failed="$$failed $$file"; done; \
	test -z "$$failed" || { echo "goals missed in:$$failed"; exit 1; }

pins: $(STAMPS)/python ## Write what is installed now into constraints.txt
	{ echo '# Exact versions of everything in the environment; written by `make pins`.'; \
	  $(BIN)/python -m pip freeze --all --exclude-editable | grep -vE '^(neoai|pip|setuptools)=='; } > constraints.txt

wheel: install ## Build the released wheel and the source distribution into dist/
	$(JLPM) build:prod
	$(BIN)/python -m build --no-isolation

image: wheel ## Build the image that a hub starts: IMAGE=neoai:cpu VARIANT=cpu BASE=debian:bookworm-slim
	docker build --network host -f binder/image/Dockerfile -t $(IMAGE) --build-arg VARIANT=$(VARIANT) --build-arg BASE=$(BASE) .

clean: ## Remove what was built; the environment too
	rm -rf $(VENV) node_modules .yarn build dist coverage docs/_build neoai_lab_ext/lib neoai_lab_ext/labextension tsconfig.tsbuildinfo

$(STAMPS)/venv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "NeoAI needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@mkdir -p $(STAMPS) && touch $@

# The editable install leaves the lab extension to the targets below: they rebuild only what changed.
# Its link goes first, or pip would write the wheel's files through it into the build.
# A new virtual environment's setuptools may be too old to make wheels, which onetimepass has none of.
$(STAMPS)/python: $(STAMPS)/venv pyproject.toml constraints.txt jupyter-config/server-config/neoai.json
	@echo "Installing the Python packages (a minute or two the first time) …"
	$(BIN)/python -m pip install --quiet -c constraints.txt hatchling hatch-jupyter-builder jupyter_builder 'setuptools>=70.1'
	@rm -rf $(VENV)/share/jupyter/labextensions/@neoai/lab neoai_lab_ext/labextension/install.json
	SKIP_JUPYTER_BUILDER=1 $(BIN)/python -m pip install --quiet --no-build-isolation -c constraints.txt -e '.[dev]'
	@touch $@

$(STAMPS)/node_modules: $(STAMPS)/python package.json yarn.lock .yarnrc.yml
	@echo "Installing the npm packages …"
	$(JLPM) install --immutable
	@touch $@

$(STAMPS)/lab: $(STAMPS)/node_modules $(LAB_SOURCES) $(LAB_CONFIG)
	@echo "Building the lab extension …"
	$(JLPM) build
	@mkdir -p $(VENV)/share/jupyter/labextensions/@neoai
	@rm -rf $(VENV)/share/jupyter/labextensions/@neoai/lab
	@ln -s $(abspath neoai_lab_ext/labextension) $(VENV)/share/jupyter/labextensions/@neoai/lab
	@touch $@
