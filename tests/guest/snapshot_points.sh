#!/bin/bash
# snapshot_points.sh FERRITE - FreeDOS from floppy, saved at three random points on its way to the
# prompt and while commands run, goes on from each as if nothing had been.
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/guest/snapshot_points.bash
. "$root/tests/guest/snapshot_points.bash"

floppy=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
if [ ! -f "$floppy" ]; then
    echo "SKIPPED: no $floppy"
    exit 77
fi
run_points freedos 6 '2.5 type "ver\n"
3.5 type "copy kernel.sys b.sys\n"
5.2 key down' -fda "$floppy" -snapshot -m 4 -speed 20
[ "$failures" -eq 0 ]
