#!/bin/bash
# gdb_freedos.sh FERRITE - an unmodified GDB in FreeDOS, at its prompt: back to the store that put the
# cursor where it is, steps there in both directions, a breakpoint on what INT 21h leads to, in the
# present and back; twice, and both times the same.
# shellcheck disable=SC2016 # $1 is GDB's
# no sanitizers: gdb.sh does the same with less
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v gdb >/dev/null || {
    echo "SKIPPED: needs gdb (apt-get install gdb)"
    exit 77
}
image=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
[ -f "$image" ] || {
    echo "SKIPPED: needs FreeDOS in \$FERRITE_SHARED/guests/freedos (tests/guest/run-guest-test)"
    exit 77
}
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"

cat >session.gdb <<'GDB'
set pagination off
set confirm off
set remotetimeout 60
target remote sock
monitor advance 2
monitor assert-text "A:\\>"
maintenance flush register-cache
p/x *(unsigned short *) 0x450
watch *(unsigned short *) 0x450
reverse-continue
p/x $pc
x/i $pc
p $icount
monitor state-hash
reverse-stepi
stepi
p $icount
continue
delete
monitor goto latest
monitor key-down a
set $dos = *(unsigned short *) 0x84 + 16 * *(unsigned short *) 0x86
break *$dos
continue
p $pc == $dos
p $mode
reverse-continue
p $pc == $dos
p $icount
kill
GDB
for run in 1 2; do
    rm -f sock
    "$ferrite" -display none -fda "$image" -snapshot -gdb unix:sock -S >out 2>err &
    machine=$!
    while [ ! -S sock ]; do
        runs "$machine"
        sleep 0.05
    done
    timeout 100 gdb -nx -q -batch -x session.gdb >"said.$run" 2>&1 || true
    wait "$machine" || true
done

failures=0
says() {
    grep -Eq -- "$1" said.1 || {
        echo "FAILED: no line \"$1\""
        failures=$((failures + 1))
    }
}
says '^\$1 = 0x4$'                 # the cursor is behind A:\>
says '^Old value = 4$'             # backwards
says '^New value = 3$'
says '^\$2 = 0xc[0-9a-f]{4}$'      # the VGA BIOS did it,
says '=> 0xc.*mov .*,0x50'         # by a store to 40:50
says '^Old value = 3$'             # forwards again
says '^\$5 = 1$'
says '^\$6 = real$'
says '^\$7 = 1$'
[ "$(sed -n 's/^\$3 = //p' said.1)" = "$(sed -n 's/^\$4 = //p' said.1)" ] || {
    echo "FAILED: a step back and a step on lead elsewhere"
    failures=$((failures + 1))
}
cmp said.1 said.2 || {
    echo "FAILED: the same session was another one the second time"
    diff said.1 said.2 | head -20
    failures=$((failures + 1))
}
[ "$failures" = 0 ] || cat said.1
[ "$failures" = 0 ]
