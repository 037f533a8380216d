# The project's commands. `make help` lists them; .ci/run calls `lint` and `test`.
#
# A line that begins with `##` above a target is its help.

.DEFAULT_GOAL := help
.PHONY: help demo build test lint evaluate bench soak needs needs-test

CARGO ?= cargo
# Where cargo puts what it builds: the reader may have set another place.
TARGET := $(or $(CARGO_TARGET_DIR),target)
PROGRAM := $(if $(filter /%,$(TARGET)),,./)$(TARGET)/release/autograde
# What the build needs beside Rust: whisper.cpp and libopus are compiled from the sources that their crates carry.
BUILD_NEEDS := cmake=cmake c++=g++ make=make
# What the tests need on top: a voice that speaks test sentences, encoders and decoders for odd formats, and a server for
# the store's tests (pg_ctlcluster tells whether it is there).
TEST_NEEDS := espeak-ng=espeak-ng ffmpeg=ffmpeg pg_ctlcluster=postgresql
# Where tests that could not run here say so.
SKIPS = $(abspath $(TARGET))/skipped-tests.txt

## demo: build, grade the calls in samples/ with the embedded model, tell where to look
demo: build
	@rm -rf $(TARGET)/demo && mkdir -p $(TARGET)/demo
	$(PROGRAM) samples --config samples/autograde.toml --out $(TARGET)/demo
	@echo
	@echo "The drafts, one JSON file a call:   $(TARGET)/demo/"
	@echo "One call to read:                   $(PROGRAM) samples/01-*"
	@echo "The same in English:                $(PROGRAM) --lang en samples/01-*"
	@echo "What was said:                      $(PROGRAM) transcribe samples/01-*"
	@echo "Your own calls need a real model:   $(PROGRAM) models pull"

## build: the program in release mode, at target/release/autograde
build: needs
	$(CARGO) build --release --locked

## test: everything the tests need, then all tests; at the end how many could not run here, and why
test: needs needs-test
	@mkdir -p $(TARGET) && rm -f $(SKIPS) && touch $(SKIPS)
	AUTOGRADE_TEST_SKIPS=$(SKIPS) $(CARGO) test --locked
	@echo "Skipped tests: $$(wc -l <$(SKIPS))"; sort $(SKIPS) | uniq -c

## lint: formatting, clippy, docs, licences of the dependencies; warnings are errors
lint: needs
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --document-private-items
	$(CARGO) test --locked --test it licences

## evaluate: how well drafts agree with the labelled dialogues in tests/corpus/dev (`scripts/evaluate.sh FOLDER` for others)
evaluate: needs
	scripts/evaluate.sh

## bench: the figures of README.md, with the peers in the same run (needs python3 and PyPI for the peers); BENCH_STORED calls are re-graded
bench: needs needs-test
	$(CARGO) bench --locked
	benches/peers/run.sh

# The long forms of tests/it/soak.rs: SOAK_SEED=N repeats a run.
SOAK_SEED ?= $(shell date +%s)

## soak: seeded kills, damaged recordings and a folder of a million files, as docs/nightly.md tells (an hour or two)
soak: needs needs-test
	AUTOGRADE_SOAK_SEED=$(SOAK_SEED) AUTOGRADE_SOAK_KILLS=1000 AUTOGRADE_SOAK_CALLS=200 AUTOGRADE_SOAK_DAMAGED=10000 \
	  AUTOGRADE_SOAK_FILES=1000000 $(CARGO) test --locked --test it soak:: -- --nocapture --test-threads=1

needs:
	@command -v $(CARGO) >/dev/null 2>&1 || { \
	  echo "error: Rust is needed (1.95 or newer) and \`$(CARGO)\` is not here; install it, for example with rustup" >&2; exit 2; }
	@scripts/need.sh $(BUILD_NEEDS)

needs-test:
	@scripts/need.sh $(TEST_NEEDS)

## help: this list
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST) | awk -F': ' '{ printf "  make %-8s %s\n", $$1, $$2 }'
