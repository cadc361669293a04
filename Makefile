PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
JOURNEYS := tests/journeys
# So many test files run side by side: first those in the browser, which are few and slow.
TEST_JOBS ?= 2

# What uv.lock says, in the form that pip reads.
EXPORT = echo '\# Written from uv.lock by `make lock`. README.md says why each package of pyproject.toml is here.' && \
	$(BIN)/uv export --quiet --python $(BIN)/python --no-emit-project --no-header

# What is locked, from `requirements.txt` or `requirements-dev.txt`. uv takes a sixth of pip's time, and is installed for it
# by pip; where it cannot, pip goes on, which may be told of an index or a certificate that uv knows nothing of.
# $(1): options of uv.
define INSTALL
	sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(VENV)/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python $(1) -r $< || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
endef

.PHONY: app install test lint format lock upgrade check-lock canary bench bench-peers example screenshots clean

app: $(VENV)/.app-installed
	$(BIN)/python -m recsys_core app --port $(PORT)

install: $(VENV)/.app-installed

test: $(VENV)/.dev-installed
	$(BIN)/python tests/install_browser.py
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

format: $(VENV)/.dev-installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After a change of the dependencies in pyproject.toml. Versions that need not change stay as they are.
lock: $(VENV)/.dev-installed
	$(BIN)/uv lock --python $(BIN)/python $(LOCK_FLAGS)
	{ $(EXPORT) --frozen --no-dev; } > requirements.txt
	{ $(EXPORT) --frozen; } > requirements-dev.txt

# To the newest versions that pyproject.toml allows.
upgrade:
	$(MAKE) lock LOCK_FLAGS=--upgrade

# Needs no network: what has been published since does not matter, only that each file follows from the one before.
check-lock: $(VENV)/.dev-installed
	@{ { $(EXPORT) --locked --offline --no-dev; } | diff requirements.txt - && \
		{ $(EXPORT) --locked --offline; } | diff requirements-dev.txt -; } || \
		{ echo "pyproject.toml, uv.lock and the requirements files must agree. Try: make lock" >&2; exit 1; }

# Does it still work with the newest versions that pyproject.toml allows?
canary: $(VENV)/.dev-installed
	$(PYTHON) -m venv --clear $(VENV)-canary
	$(BIN)/uv pip install --python $(VENV)-canary/bin/python --upgrade --requirements pyproject.toml --group dev
	$(VENV)-canary/bin/python tests/install_browser.py
	$(VENV)-canary/bin/python -m pytest $(JOURNEYS)

bench: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks

bench-peers: $(VENV)/.dev-installed $(VENV)-peers/.installed
	$(BIN)/python -m benchmarks.peers --python $(VENV)-peers/bin/python

example: $(VENV)/.app-installed
	$(BIN)/python -m data.build_example_run
	# Its first map too, although maps that are made beside it are ignored.
	-git add --force data/example_run

screenshots: $(VENV)/.dev-installed
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf $(VENV) $(VENV)-peers $(VENV)-canary

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python must be 3.11 to 3.13. Received: $$($(PYTHON) --version). Try: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app-installed: requirements.txt | $(VENV)/bin/python
	$(call INSTALL,--compile-bytecode)
	# So that nobody waits for it at the first training: 5 s.
	$(BIN)/python -c "from recsys_core.training.dot import steps; steps.load()"
	touch $@

$(VENV)/.dev-installed: requirements-dev.txt | $(VENV)/bin/python
	$(call INSTALL)
	touch $(VENV)/.app-installed $@

$(VENV)-peers/.installed: benchmarks/peers-requirements.txt
	$(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@
