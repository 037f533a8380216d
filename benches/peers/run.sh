#!/bin/sh
# Measures other recognizers on the calls that `cargo bench --bench recognition` has made, with the same weights.
# BENCH_MINUTES and BENCH_MODEL as there (BENCH_MODEL: a path; the demo model by default); BENCH_CALLS=N takes the first N calls
# only. Needs python3 and PyPI; cmake and a C++ compiler for a native build of whisper.cpp; python3.12 or newer, if there is one,
# for the second package with whisper.cpp. The downloads stay in target/bench-venv.
set -eu
cd "$(dirname "$0")/../.."
venv=$PWD/target/bench-venv
calls=target/bench-data/${BENCH_MINUTES:-60}
model=${BENCH_MODEL:-models/demo-ru.bin}
export OMP_NUM_THREADS=1

# From its sources, with which a native build and a Silero file in whisper.cpp's format come.
if [ ! -d "$venv/pywhispercpp" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet numpy tokenizers faster-whisper ctranslate2
  "$venv/bin/pip" install --quiet --no-binary pywhispercpp pywhispercpp
  "$venv/bin/pip" download --quiet --no-deps --no-binary pywhispercpp --dest "$venv" pywhispercpp
  mkdir "$venv/pywhispercpp" && tar -xzf "$venv"/pywhispercpp-*.tar.gz -C "$venv/pywhispercpp" --strip-components=1
fi
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
vad=$(find "$venv/pywhispercpp/whisper.cpp/models" -name '*silero*ggml.bin' | sort | tail -n 1)

peer() {
  script=$1
  shift
  "$python" "benches/peers/$script" "$@" 2>/dev/null || echo "$script failed"
}

python=$venv/bin/python
# The native build looks for its libraries beside itself only with this.
LD_LIBRARY_PATH=$site peer pywhispercpp_peer.py "$calls" "$model"
LD_LIBRARY_PATH=$site peer pywhispercpp_peer.py "$calls" "$model" "$vad"

"$python" benches/peers/ct2_from_ggml.py "$model" "$venv/ct2"
peer faster_whisper_peer.py "$calls" "$venv/ct2" vad
peer faster_whisper_peer.py "$calls" "$venv/ct2" vad greedy
peer faster_whisper_peer.py "$calls" "$venv/ct2"

for newer in python3.14 python3.13 python3.12; do
  "$newer" -c '' 2>/dev/null || continue
  [ -x "$venv/newer/bin/python" ] || "$newer" -m venv "$venv/newer"
  "$venv/newer/bin/pip" install --quiet numpy inferna
  python=$venv/newer/bin/python
  peer inferna_peer.py "$calls" "$model" "$vad"
  peer inferna_peer.py "$calls" "$model"
  break
done
