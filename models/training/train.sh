#!/bin/sh
# The demo model from nothing: train.sh WORK HOURS [SHARDS]   speaks, trains, exports, makes the held-out set, scores.
#                              train.sh WORK --smoke          the same with three minutes of speech, to see that it runs.
# SHARDS (16) of 3,400 sentences are spoken by espeak-ng; they are about two hours of speech each. PYTHON names the interpreter.
set -eu
if [ $# -lt 2 ]; then
    sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
mkdir -p "$1"
work=$(cd "$1" && pwd)
python=${PYTHON:-python3}
cd "$(dirname "$0")"

# All that is missing is named before hours are spent.
missing=""
need() { [ -e "$2" ] || missing="$missing $1"; }
command -v espeak-ng >/dev/null || missing="$missing espeak-ng"
command -v festival >/dev/null || missing="$missing festival"
need festvox-ru /usr/share/festival/voices/russian/msu_ru_nsh_clunits
need asterisk-core-sounds-ru-wav /usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU/vm-goodbye.wav
need asterisk-core-sounds-ru /usr/share/doc/asterisk-core-sounds-ru/core-sounds-ru.txt.gz
need fortunes-ru /usr/share/games/fortunes/ru
if [ -n "$missing" ]; then
    echo "Debian packages are missing:$missing" >&2
    echo "(a slim image leaves out the prompts' texts: unpack core-sounds-ru.txt.gz from asterisk-core-sounds-ru)" >&2
    exit 1
fi
"$python" -c 'import numpy, pywhispercpp, scipy, soundfile, tokenizers, torch' || {
    echo "Python packages are missing: $python -m pip install -r requirements.txt" >&2
    exit 1
}

hours=$2 shards=${3:-16} sentences=3400 recorded=4 recorded_sentences=350
if [ "$hours" = --smoke ]; then
    hours=0.02 shards=2 sentences=40 recorded=1 recorded_sentences=10
fi
export OPENBLAS_NUM_THREADS=1
"$python" speak.py prompts "$work/data"
"$python" speak.py espeak "$work/data" "$shards" "$sentences" 2
"$python" speak.py festival "$work/data" "$recorded" "$recorded_sentences" 5
"$python" evaluate.py overlap "$work/data"
"$python" train.py "$work/data" "$work/run" --hours "$hours"
"$python" export.py "$work/run/checkpoint.pt" "$work/run/tokenizer.json" "$work/demo-ru.bin"
"$python" evaluate.py make "$work/heldout"
"$python" evaluate.py score "$work/heldout" --model "$work/demo-ru.bin"
