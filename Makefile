# Every target does its own set-up, once: Python packages in .venv, everything else in .tools. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

BIN := .venv/bin
SOURCE := stream alerts api deploy tests

.PHONY: help demo test lint unit servers coverage bench faults

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' Makefile

demo: .venv/runtime.done .tools/assets.done ## everything in one process with a simulated country, on http://127.0.0.1:8000
	$(BIN)/fristvagt demo $(ARGS)

test: lint unit servers ## all checks and all tests, as in CI; the last line is pytest's own
	$(BIN)/python -m pytest tests --ignore=tests/unit --ignore=tests/golden --ignore=tests/bench \
		-n 2 --dist loadfile --max-worker-restart 1

lint: .venv/dev.done ## style, types, and imports that go one way
	$(BIN)/ruff check $(SOURCE)
	$(BIN)/ruff format --check $(SOURCE)
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: .venv/dev.done .tools/assets.done ## the tests that open no socket, and the golden cases
	$(BIN)/python -m pytest tests/unit $(wildcard tests/golden) -n 2 --max-worker-restart 1

servers: .venv/dev.done .tools/bin/docker-compose ## the real servers that the other tests start
	deploy/tools/debian.sh
	deploy/tools/toolchain.sh java mvn
	$(BIN)/python -c 'from tests.servers.kafka import jars; jars()'

coverage: servers .tools/assets.done ## the same tests traced, but slow ones: which lines none of them runs
	$(BIN)/python -m pytest tests --ignore=tests/bench -n 2 --dist loadfile --max-worker-restart 1 \
		--cov --cov-report=term:skip-covered

faults: servers ## a hundred kills and one of each other fault on real brokers; SEED=n runs one again
	$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: .venv/dev.done .tools/bench.done ## the stream against plain tools on this machine; ARGS=--help tells more
	deploy/tools/toolchain.sh java mvn
	$(BIN)/python -m tests.bench $(ARGS)

.venv/runtime.done: requirements.txt pyproject.toml
	deploy/tools/python.sh $< $@

.venv/dev.done: requirements-dev.txt pyproject.toml
	deploy/tools/python.sh $< $@
	touch .venv/runtime.done

.tools/assets.done: package.json package-lock.json api/web/vendor.mjs
	deploy/tools/toolchain.sh node npm
	npm ci
	npm run --silent build
	mkdir -p $(@D) && touch $@

.tools/bin/docker-compose: deploy/tools/compose/go.mod deploy/tools/compose/go.sum
	deploy/tools/toolchain.sh go
	cd $(<D) && go build -o $(abspath $@) github.com/docker/compose/v5/cmd

.tools/bench.done: tests/bench/requirements.txt | .venv/dev.done
	$(BIN)/python -m venv .tools/bench
	.tools/bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	touch $@
