#!/bin/sh
# The night as docs/nightly.md shows it: broken files among the good, a kill in the middle, the next run, a changed rule.
#
# Everything happens in a temporary folder. Usage: scripts/nightly-demo.sh [PROGRAM]; the program is built where none is named.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
program=${1:-}
if [ -z "$program" ]; then
    cargo build --release --locked
    program=${CARGO_TARGET_DIR:-$root/target}/release/autograde
fi
case $program in /*) ;; *) program=$root/$program ;; esac
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
say() { printf '\n== %s\n' "$*"; }

say "Three folders: good calls, and what a telephone exchange leaves among them"
mkdir -p pbx/monday pbx/tuesday pbx/odd
cp "$root"/samples/0[1-4]-*.* pbx/monday
cp "$root"/samples/0[5-9]-*.* "$root"/samples/10-*.* pbx/tuesday
: > pbx/odd/empty.wav
head -c 3000 /dev/urandom > pbx/odd/noise.mp3
head -c 20000 "$root"/samples/01-*.wav > pbx/odd/half.wav
cp "$root"/samples/01-*.wav pbx/odd/the-same-again.wav
find pbx -type f -exec touch -d '1 hour ago' {} +
find pbx -type f | sort

say "init writes a configuration and checks the installation"
"$program" init . --folder pbx/monday --folder pbx/tuesday --folder pbx/odd --lang en

say "The CDR of the exchange"
if "$program" help journal > /dev/null 2>&1; then
    printf '%s\n' '"","79160000001","100","from-trunk","79160000001","SIP/trunk-1","SIP/100-2","Dial","","2026-01-30 10:00:00","2026-01-30 10:00:09","2026-01-30 10:01:02","62","53","ANSWERED","DOCUMENTATION","1769767200.1",""' > Master.csv
    "$program" journal import Master.csv
else
    echo "(this build has no journal)"
fi

say "A night, killed in the middle with everything it began"
"$program" nightly --quiet &
night=$!
tries=0
while [ "$(find data/drafts -name '[!.]*.json' 2> /dev/null | wc -l)" -lt 2 ] && [ $tries -lt 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
kill -KILL $night 2> /dev/null || echo "(it was faster than the kill)"
wait $night 2> /dev/null || true
find data/drafts -name '[!.]*.json' | sort

say "The next run goes on: what was done is not done again"
"$program" nightly --report report.json || echo "exit code $?"

say "What failed, and why"
"$program" status --failed --lang en

say "Once more: nothing is left to do"
"$program" nightly || echo "exit code $?"

say "A changed rule, and what it would change"
mkdir firm
cat > firm/firm.toml <<'RULE'
[book]
id      = "firm"
title   = "Our firm"
extends = "ru"

[[criterion]]
id      = "greeting"
weights = { qualification = 3, objection = 3, transactional = 3 }
RULE
"$program" regrade --rules firm --what-if || echo "exit code $?"
"$program" regrade --rules firm

say "What waits for a person"
"$program" drafts | head -12
