# Two commands do all: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: run test sanitize test-compiled test-pure conformance compat build lint types wheels test-wheels test-windows test-kqueue \
	bench bench-compare bench-save bench-instructions bench-suite clean

$(STAMP): pyproject.toml setup.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q -e '.[dev]'
	touch $(STAMP)

build: $(STAMP)
	$(BIN)/python setup.py -q build_ext --inplace

run: build
	$(BIN)/python examples/main_job.py

test: test-compiled test-pure

test-compiled: build
	$(BIN)/python -m pytest -q

# The extensions with AddressSanitizer and UBSan, in a tree of their own, and
# the tests of them.
SANITIZED = build/sanitized
SANITIZED_TESTS = tests/fuzz tests/internet/test_deferred.py tests/protocols/test_framing.py tests/protocols/test_sending.py \
	tests/internet/test_streams.py tests/internet/test_stream_ends.py tests/internet/test_stream_kinds.py \
	tests/internet/test_reactors.py tests/internet/test_timers.py
sanitize: $(STAMP)
	rm -rf $(SANITIZED) && mkdir -p $(SANITIZED)
	cp -r src/twisted $(SANITIZED)/twisted
	find $(SANITIZED)/twisted -name '*.so' -delete
	TORSION_SANITIZE=1 TORSION_BUILD=require $(BIN)/python setup.py -q build_ext \
		--build-temp $(SANITIZED)/temp --build-lib $(SANITIZED)
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	ASAN_OPTIONS=detect_leaks=0,handle_segv=0 UBSAN_OPTIONS=halt_on_error=1 PYTHONMALLOC=malloc \
	TWISTED_ACCEL=require PYTHONPATH=$(SANITIZED) \
		$(BIN)/python -m pytest -q -p no:cacheprovider --timeout 1200 $(SANITIZED_TESTS)

test-pure: build
	PURE_PYTHON=1 $(BIN)/python -m pytest -q

# Genuine Twisted's own tests, all that are open, in both modes.
CONFORM ?= ../shared/conformance/conform.py
conformance: build
	$(BIN)/python tests/conformance/ratchet.py --whole --python $(BIN)/python --tool $(CONFORM)

compat: build
	$(BIN)/python -m tests.conformance.make_compat

lint: $(STAMP)
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

# Source distribution and wheels in wheels/out; see docs/install.md.
# What that needs, without the package itself: nothing of it is run for that.
EXTRA = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["wheels"])
$(VENV)/.wheels: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q $$($(BIN)/python -c '$(EXTRA)')
	touch $@

wheels: $(VENV)/.wheels
	$(BIN)/python -m wheels.make $(WHEELS)

# The reactor on kqueue, compiled, on a shim of kqueue(2): the contract of all
# reactors, and what runs on them.
KQUEUE_TESTS = tests/internet tests/protocols/test_tls.py tests/protocols/test_amp.py
test-kqueue: build
	$(BIN)/python -m tests.kqueue_compiled -q $(KQUEUE_TESTS)

# What builds and installs whole distributions, and takes minutes.
test-wheels: $(VENV)/.wheels build
	$(BIN)/python -m pytest -q -m wheels --timeout 1800

# The reactor of Windows, by a Windows Python under wine (apt-get install wine
# wine64); says that it is skipped where these, or that Python, cannot be had.
test-windows: $(VENV)/.wheels $(STAMP)
	$(BIN)/python -m wheels.windows.test; status=$$?; test $$status = 0 -o $$status = 77

# See benchmarks/README.md.
bench: build
	$(BIN)/python -m benchmarks.table $(BENCH)

bench-compare: build
	$(BIN)/python -m benchmarks.table --compare -- $(BENCH)

bench-save: build
	$(BIN)/python -m benchmarks.table --save $(VERSION)

bench-instructions: build
	$(BIN)/python -m benchmarks.instructions

bench-suite: build
	$(BIN)/python -m pytest benchmarks --benchmark-only

clean:
	rm -rf build dist wheels/out *.egg-info src/*.egg-info
	find src -name '*.so' -delete
