#!/bin/sh
# Measures other recognizers on the calls that `cargo bench --bench recognition` has made, with the same weights.
# BENCH_MINUTES and BENCH_MODEL as there (BENCH_MODEL: a path; the demo model by default). Needs python3 and PyPI.
set -eu
cd "$(dirname "$0")/../.."
venv=target/bench-venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet numpy pywhispercpp
"$venv/bin/python" benches/peers/whisper_cpp.py "target/bench-data/${BENCH_MINUTES:-60}" "${BENCH_MODEL:-models/demo-ru.bin}"
