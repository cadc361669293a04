PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: app install test lint format bench bench-peers example screenshots clean

app: $(VENV)/.app-installed
	$(BIN)/streamlit run app.py --server.port $(PORT)

install: $(VENV)/.app-installed

test: $(VENV)/.dev-installed
	$(BIN)/python tests/install_browser.py
	$(BIN)/python -m pytest

lint: $(VENV)/.dev-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

format: $(VENV)/.dev-installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks

bench-peers: $(VENV)/.dev-installed $(VENV)-peers/.installed
	$(BIN)/python -m benchmarks.peers --python $(VENV)-peers/bin/python

example: $(VENV)/.app-installed
	$(BIN)/python -m data.build_example_run

screenshots: $(VENV)/.dev-installed
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) $(VENV)-peers

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python must be 3.11 to 3.13. Received: $$($(PYTHON) --version). Try: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app-installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev-installed: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $(VENV)/.app-installed $@

$(VENV)-peers/.installed: benchmarks/peers-requirements.txt
	$(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@
