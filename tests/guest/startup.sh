#!/bin/bash
# startup.sh FERRITE - what a headless start brings in: no window library, no network library, and
# each with the option that wants it. Their loading took two thirds of the time to the first guest
# instruction.
set -euo pipefail
ferrite=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo 'quit 0' >quit.script
failures=0

# loaded ARGUMENT... : the dynamic linker's own account of the libraries.
loaded() {
    LD_DEBUG=files "$ferrite" -display none -script quit.script "$@" 2>&1 >/dev/null </dev/null |
        grep -oE 'calling init: .*' | sed 's/.*\///' | sort -u
}

loaded >headless
grep -q 'libc\.so' headless || {
    echo "FAILED: this does not see libraries at all"
    exit 1
}
if grep -E 'SDL|libX11|wayland|slirp|glib' headless; then
    echo "FAILED: a headless machine without a network loads the above"
    failures=1
fi
# A build without libslirp refuses -nic user, and says so.
if ! "$ferrite" -display none -script quit.script -nic user 2>err </dev/null; then
    grep -q 'libslirp' err || {
        echo "FAILED: -nic user: $(cat err)"
        failures=1
    }
elif ! loaded -nic user | grep -q slirp; then
    echo "FAILED: -nic user runs without libslirp"
    failures=1
fi
exit "$failures"
