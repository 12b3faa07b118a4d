# SPDX-License-Identifier: MIT
#
# The front door. Meson does the building; what can be told here is told by `make`.

BUILD ?= build
PREFIX ?= /usr/local
ARGS ?=

.PHONY: help build play check check-all bench rules mutants fuzz install clean not-through-sudo

help:
	@echo 'Portside runs Windows audio miniport drivers on Linux.'
	@echo
	@echo '  make play       install what is missing, build, play examples/chord.wav through a driver'
	@echo '  make build      the program ($(BUILD)/portside), its library and drivers'
	@echo '  make check      all tests and the rules they prove: about six minutes'
	@echo '  make check-all  that, and clang, sanitizers, valgrind, spin, QEMU, zoo, mutants, fuzzers: an hour'
	@echo '  make rules      which rule of docs/spec is proven by which test; writes docs/rules.md'
	@echo '  make bench      speed against its aims   (ARGS=--json, ARGS=--record for docs/performance.md)'
	@echo '  make mutants    break lines, see whether the tests notice       (ARGS="--only NAME --verbose")'
	@echo '  make fuzz       a minute of each fuzzer                         (ARGS="--seconds N")'
	@echo '  make install    into PREFIX=$(PREFIX) (DESTDIR is honoured)'
	@echo '  make clean      remove every build folder'
	@echo
	@echo 'Missing Debian packages are installed by tools/deps.sh, which asks where it must.'

# `sudo make` would leave files of root in somebody else's tree.
not-through-sudo:
	@if [ -n "$$SUDO_UID" ] && [ -z "$$CI" ] && [ "$$(stat -c %u .)" -ne 0 ]; then \
	    echo 'make: run this without sudo; it asks for root where it needs it' >&2; exit 1; fi

build: not-through-sudo
	@tools/deps.sh play
	@[ -f $(BUILD)/build.ninja ] || meson setup $(BUILD) --prefix=$(PREFIX)
	@ninja -C $(BUILD) product

play: build
	@$(BUILD)/portside play examples/chord.wav -o chord.out.wav
	@echo 'What the device played is in chord.out.wav; it came from examples/chord.wav.'

check: not-through-sudo
	@tools/deps.sh check
	@python3 tools/check_run.py check

check-all: not-through-sudo
	@tools/deps.sh all
	@python3 tools/check_run.py all

rules: not-through-sudo
	@tools/deps.sh check
	@python3 tools/check_run.py --rules build tests rules

bench: not-through-sudo
	@tools/deps.sh play
	@[ -f $(BUILD)/build.ninja ] || meson setup $(BUILD) --prefix=$(PREFIX)
	@ninja -C $(BUILD) --quiet
	@python3 tools/bench.py $(BUILD) $(ARGS)

mutants: not-through-sudo
	@tools/deps.sh check
	@python3 tests/mutants/run.py $(ARGS)

fuzz: not-through-sudo
	@tools/deps.sh all
	@python3 tools/check_fuzz.py $(ARGS)

# As root through sudo only what is built already is copied.
install:
	@if [ -n "$$SUDO_UID" ]; then \
	    [ -f $(BUILD)/build.ninja ] || { echo 'make: run `make build` first, without sudo' >&2; exit 1; }; \
	else $(MAKE) --no-print-directory build; fi
	@[ "$$(meson introspect $(BUILD) --buildoptions | python3 -c 'import json, sys; \
	    print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')" = '$(PREFIX)' ] || \
	    { meson configure $(BUILD) -Dprefix=$(PREFIX) && ninja -C $(BUILD) product; }
	@meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf build build-clang build-asan build-tsan build-fuzz build-logs
