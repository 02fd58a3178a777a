# Each of these lines is the whole of what it does.
PYTHON ?= python3
BIN := .venv/bin
SCALE ?= 1
.PHONY: run test check bench docs lock clean

run: .venv/.runtime ; @exec $(BIN)/python -m web.cli run
test: .venv/.dev ; @$(BIN)/python -m tests.browser_ready && $(BIN)/python -m pytest -n 2 -q $(if $(THOROUGH),-o faulthandler_timeout=0)
check: .venv/.dev ; @$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/python -m tests.docs --check
bench: .venv/.dev ; @$(BIN)/python -m tests.bench --scale $(SCALE)
docs: .venv/.dev ; @$(BIN)/python -m tests.docs
lock: .venv/.dev ; @sh requirements/lock.sh
clean: ; @rm -rf .venv build dist

.venv/bin/python: ; @$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Daybook needs Python 3.11 or newer with venv (Debian: apt-get install python3-venv), or set PYTHON=python3.x"; exit 1; }; $(PYTHON) -m venv .venv
.venv/.runtime: requirements/runtime.txt .venv/bin/python ; @$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $< && touch $@
.venv/.dev: requirements/dev.txt .venv/.runtime ; @$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $< && touch $@
