# make demo: set-up and the main job on a real tetrapod.   make test: everything that CI checks.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export OPENBLAS_NUM_THREADS ?= 2
# pip's wording of where it looks is nobody's business in a log.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PEERS := .venv-peers
PEERS_PIP := $(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint docs gallery examples bench peers bench-peers clean

demo: $(VENV)/.run
	$(BIN)/epidot run examples/tetrapod.yaml -o demo/tetrapod
	@echo "Report: file://$(CURDIR)/demo/tetrapod/report.html"

test: lint $(VENV)/.chromium
	$(BIN)/pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports

docs: $(VENV)/.dev
	$(BIN)/sphinx-build -q -W -b html docs docs/_build/html
	@echo "Documentation: docs/_build/html/index.html"

gallery: $(VENV)/.run
	$(BIN)/python scripts/make-gallery

# Signs and trends, each a script that prints a table, asserts the trend and draws a figure (docs/trends.md).
examples: $(VENV)/.run
	@mkdir -p demo/trends
	for script in examples/trends/*.py; do $(BIN)/python $$script demo/trends || exit 1; done

bench: $(VENV)/.run
	$(BIN)/epidot bench build
	$(BIN)/epidot bench relax
	$(BIN)/epidot bench eigen

# Other eigensolvers, in an environment of their own. PRIMME is built here: without a compiler it is left out.
peers: $(PEERS)/.done

bench-peers: $(VENV)/.run $(PEERS)/.done
	$(BIN)/epidot bench eigen --peers --atoms 5000
	$(BIN)/epidot bench eigen --peers --atoms 20000 --peers-limit 3600

$(PEERS)/.done: requirements/peers.lock requirements/peers-source.lock
	$(PYTHON) -m venv $(PEERS)
	$(PEERS_PIP) --only-binary :all: -r requirements/peers.lock
	-$(PEERS_PIP) --no-deps -r requirements/peers-source.lock
	@touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python requirements/run.lock pyproject.toml
	$(PIP) -r requirements/run.lock
	$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	$(PIP) -r requirements/dev.lock
	@touch $@

$(VENV)/.chromium: $(VENV)/.dev scripts/install-chromium
	scripts/install-chromium
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) demo docs/_build .pytest_cache .ruff_cache
