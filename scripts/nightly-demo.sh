#!/bin/sh
# The night as docs/nightly.md shows it: broken files among the good, a kill in the middle, the next run, a changed rule.
#
# Everything happens in a temporary folder. Usage: scripts/nightly-demo.sh [PROGRAM [CALLS]]; the program is built where none is
# named, and the calls are those of samples/. tests/it/nightly_demo.rs runs it with a few short ones.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
program=${1:-}
if [ -z "$program" ]; then
    cargo build --release --locked
    program=${CARGO_TARGET_DIR:-$root/target}/release/autograde
fi
case $program in /*) ;; *) program=$root/$program ;; esac
calls=${2:-$root/samples}
# The clock of the exchange below, whatever that of this machine is.
export TZ=UTC
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
say() { printf '\n== %s\n' "$*"; }

say "Three folders: good calls, and what a telephone exchange leaves among them"
mkdir -p pbx/monday pbx/tuesday pbx/odd
folder=pbx/monday
for file in "$calls"/*.wav "$calls"/*.mp3 "$calls"/*.opus "$calls"/*.ogg "$calls"/*.flac "$calls"/*.m4a; do
    [ ! -e "$file" ] || cp "$file" $folder
    [ "$(find pbx/monday -type f | wc -l)" -lt 3 ] || folder=pbx/tuesday
done
first=$(find pbx/monday -name '*.wav' | sort | head -1)
# One of them is called as FreePBX calls its recordings: who called whom, when, and the exchange's id.
mv "$(find pbx/tuesday -name '*.wav' ! -name '*-in.wav' ! -name '*-out.wav' | sort | tail -1)" \
    pbx/tuesday/out-89161234567-201-20260130-100000-1769767200.1.wav
: > pbx/odd/empty.wav
head -c 3000 /dev/urandom > pbx/odd/noise.mp3
head -c 20000 "$first" > pbx/odd/half.wav
cp "$first" pbx/odd/the-same-again.wav
find pbx -type f -exec touch -d '1 hour ago' {} +
find pbx -type f | sort

say "init writes a configuration and checks the installation"
"$program" init . --folder pbx/monday --folder pbx/tuesday --folder pbx/odd --lang ru
cat >> autograde.toml <<'ROSTER'

[[manager]]
name       = "Анна Королёва"
extensions = ["201"]
ROSTER

say "The CDR of the exchange: four rows are three calls, of which one has a recording"
cat > Master.csv <<'CDR'
"","201","89161234567","from-internal","201","SIP/201-1","SIP/trunk-2","Dial","","2026-01-30 10:00:00","2026-01-30 10:00:09","2026-01-30 10:01:02","62","53","ANSWERED","DOCUMENTATION","1769767200.1","","","1769767200.1","1"
"","89267654321","600","from-trunk","89267654321","SIP/trunk-3","Local/202@q-4;1","Queue","","2026-01-30 11:00:00","","2026-01-30 11:00:30","30","0","NO ANSWER","DOCUMENTATION","1769770800.3","","","1769770800.3","3"
"","89267654321","201","from-queue","89267654321","Local/201@q-5;2","SIP/201-6","Dial","","2026-01-30 11:00:20","2026-01-30 11:00:25","2026-01-30 11:02:25","125","120","ANSWERED","DOCUMENTATION","1769770820.5","","","1769770800.3","5"
"","89361234567","s","from-trunk","89361234567","SIP/trunk-7","","BackGround","","2026-01-30 12:00:00","2026-01-30 12:00:00","2026-01-30 12:00:25","25","25","ANSWERED","DOCUMENTATION","1769774400.7","","","1769774400.7","7"
CDR
"$program" journal import Master.csv --lang ru
"$program" journal import Master.csv --lang ru
"$program" journal show --date 2026-01-30 --lang ru

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

say "What the journal knew of the call whose recording has the exchange's id"
sed -n '/"call": {/,/}/p' data/drafts/*/out-89161234567-*.json

say "What failed, and why"
"$program" status --failed --lang ru

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
