# The two commands for a fresh machine are `make run` and `make test`. Both make the environment
# in .venv if it is missing or older than pyproject.toml; nothing needs to be installed before.
#
#   make run                      the embedded enterprise, start to finish
#   make run FOLDER=my OUT=there  your own folder with a carbonmeter.toml
#   make test                     format, lint, types, tests
#   make bench                    benchmarks against other libraries; writes docs/benchmarks.md
#   make bench SIZE=small         the same on little data, in a minute; writes nothing
#   make lint                     format, lint and types only
#   make clean                    removes what was made, the environment too

VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
TESTS ?= tests
SIZE ?= full
comma := ,

.PHONY: run test bench lint clean
.DELETE_ON_ERROR:

run: $(VENV)/.runs
	@$(BIN)/carbonmeter run $(if $(FOLDER),"$(FOLDER)") $(if $(OUT),--out "$(OUT)")

# Every check runs, so that one pass shows all that is wrong; pytest comes last.
test: $(VENV)/.develops
	@status=0; \
	$(BIN)/ruff format --check . || status=1; \
	$(BIN)/ruff check . || status=1; \
	$(BIN)/mypy || status=1; \
	$(BIN)/pytest -n $(JOBS) --doctest-modules carbonmeter $(TESTS) || status=1; \
	exit $$status

bench: $(VENV)/.benches
	@$(BIN)/pytest benchmarks -q --benchmark-only --benchmark-quiet --size=$(SIZE) \
		$(if $(filter full,$(SIZE)),--page=docs/benchmarks.md)

lint: $(VENV)/.develops
	@status=0; \
	$(BIN)/ruff format --check . || status=1; \
	$(BIN)/ruff check . || status=1; \
	$(BIN)/mypy || status=1; \
	exit $$status

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find carbonmeter tests benchmarks factors notebooks -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.runs: pyproject.toml
	@$(call install,.)
	@touch $@

$(VENV)/.benches: pyproject.toml
	@$(call install,.[dev$(comma)benchmarks])
	@touch $@ $(VENV)/.develops $(VENV)/.runs

$(VENV)/.develops: pyproject.toml
	@$(call install,.[dev])
	@touch $@ $(VENV)/.runs

# uv when it is there; otherwise the newest Python from 3.11 on, with venv and pip.
define install
	set -e; \
	if command -v uv >/dev/null 2>&1; then \
		[ -x $(BIN)/python ] || uv venv --quiet --python '>=3.11' $(VENV); \
		uv pip install --quiet --python $(BIN)/python --editable '$(1)'; \
	else \
		if [ ! -x $(BIN)/python ]; then \
			for python in python3.13 python3.12 python3.11 python3; do \
				if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
					found=$$python; break; \
				fi; \
			done; \
			if [ -z "$$found" ]; then \
				echo "Python 3.11 or later was not found; install it, or uv" >&2; exit 1; \
			fi; \
			$$found -m venv $(VENV); \
		fi; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '$(1)'; \
	fi
endef
