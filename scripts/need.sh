#!/bin/sh
# Sees to it that commands are there: need.sh COMMAND=PACKAGE ...
#
# A command that is missing is installed with apt where there is apt (through sudo when we are not root);
# elsewhere the packages are named, so that the reader can install them his own way. Nothing else is touched.
set -eu

missing=
for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null 2>&1 || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "error: these are needed and not here:$missing (Debian's package names); install them and try again" >&2
    exit 2
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "error: these packages are needed:$missing; ask an administrator for 'apt-get install$missing'" >&2
        exit 2
    fi
    as_root=sudo
fi
echo "Installing what is needed and not here:$missing"
export DEBIAN_FRONTEND=noninteractive
# The list may be old or empty on a fresh machine; an update that fails is told by the install that follows.
$as_root apt-get update -qq || true
# shellcheck disable=SC2086 # one package a word
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
