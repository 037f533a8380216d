#!/bin/sh
# The demo model from nothing: train.sh WORK HOURS. Speaks, trains, exports, scores. PYTHON names the interpreter.
set -eu
work=$1
hours=$2
python=${PYTHON:-python3}
cd "$(dirname "$0")"
mkdir -p "$work"
export OPENBLAS_NUM_THREADS=1
"$python" speak.py prompts "$work/data"
"$python" speak.py espeak "$work/data" 6 9000 2
"$python" speak.py festival "$work/data" 2 700 5
"$python" evaluate.py overlap "$work/data"
"$python" train.py "$work/data" "$work/run" --hours "$hours"
"$python" export.py "$work/run/checkpoint.pt" "$work/run/tokenizer.json" "$work/demo-ru.bin"
"$python" evaluate.py make "$work/heldout"
"$python" evaluate.py score "$work/heldout" --model "$work/demo-ru.bin"
