#!/bin/bash
# compare_trace.sh FERRITE - the traces of -d format=qemu and format=bochs compare with those of QEMU
# and Bochs, as far as these are installed (scripts/compare-trace).
# no sanitizers
set -euo pipefail
command -v nasm >/dev/null || {
    echo "SKIPPED: needs nasm (apt-get install nasm)"
    exit 77
}
FERRITE=$(realpath "$1") exec "$(dirname "$0")/../../scripts/compare-trace"
