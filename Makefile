PYTHON ?= python3
BIN := .venv/bin
EXTRAS := crawl,elasticsearch,postgres,dev

.PHONY: demo test check setup browser

.venv/.ready: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[$(EXTRAS)]'
	touch $@

.venv/.train: .venv/.ready  ## torch and what else trains an encoder: 5.3 GB
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[$(EXTRAS),train]'
	touch $@

setup: .venv/.ready

browser: setup  ## find or install a Chromium and a Chinese font
	$(BIN)/anyu doctor --install

demo: browser  ## run the main job on the sandbox
	$(BIN)/anyu demo $(DEMO_ARGS)

check: setup  ## the fast part: no server, no browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -m 'not browser and not server and not slow'

test: browser .venv/.train  ## the whole check, what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2 --dist loadgroup --cov --cov-report=term:skip-covered
