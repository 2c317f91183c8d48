#!/bin/bash
# examples.sh FERRITE - the worked examples of frontend/examples/README.md, done as they stand there.
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
for need in python3 nasm; do
    command -v $need >/dev/null || {
        echo "SKIPPED: needs $need (apt-get install $need)"
        exit 77
    }
done
unset DISPLAY WAYLAND_DISPLAY # `ferrite replay` would open a window
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$ferrite" -display none -qmp unix:probe -limit guest=0.01 >out 2>err </dev/null || true
if grep -q 'Jansson cannot be loaded' err; then
    echo "SKIPPED: needs libjansson4 (apt-get install libjansson4)"
    exit 77
fi
python3 -B "$root/tests/guest/control/page.py" "$root/frontend/examples/README.md" "$ferrite"
