#!/bin/bash
# reverse_freedos.sh FERRITE - 100 instants of FreeDOS' boot and prompt in any order: the state's hash
# is each time that of a run that only went forwards, in another process.
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
image=${FERRITE_SHARED:-$here/../../../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
command -v python3 >/dev/null || { echo "SKIPPED: needs python3 (apt-get install python3)"; exit 77; }
[ -f "$image" ] || {
    echo "SKIPPED: needs FreeDOS in \$FERRITE_SHARED/guests/freedos (tests/guest/run-guest-test)"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$image" "$work/dos.img"
cd "$work"
python3 -B "$here/control/reverse_freedos.py" "$ferrite" dos.img
