#!/bin/sh
# Prints everything that is known of how well drafts agree with people: the figures, each criterion, each type, the
# worst calls, and how agreement falls as words go wrong.
#
#   scripts/evaluate.sh [FOLDER]      a folder of labelled calls; the development dialogues where none is named
#
# Builds what it needs. The rulebook is the one in the program; the fall over word errors is measured by a test, which fails
# when a fifth of the words costs more than ten points.

set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(cd "${1:-$root/tests/corpus/dev}" && pwd)
cd "$root"
cargo build --release --locked
program=target/release/autograde
failed=0
for by in "" "--by criterion" "--by type" "--by call"; do
    echo
    echo "== autograde evaluate $by"
    # Two words on purpose. What is left out is told by the first of the four.
    # shellcheck disable=SC2086
    "$program" evaluate "$folder" --lang en $by || failed=$?
    [ "$failed" -le 1 ] || exit "$failed"
done
echo
echo "== words wrong"
EVALUATE_CORPUS="$folder" cargo test --locked --test it -- agreement_falls --nocapture
