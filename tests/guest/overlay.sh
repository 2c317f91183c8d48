#!/bin/bash
# overlay.sh FERRITE - FreeDOS writes to its disk through an overlay file: the image stays as it
# is, the next run finds what was written, commit brings it into the image, discard loses it.
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
floppy=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
if [ ! -f "$floppy" ] || ! command -v mtype >/dev/null; then
    echo "SKIPPED: needs mtools, and $floppy"
    echo "  get it: git clone https://github.com/codercowboy/freedosbootdisks, and its images into \$FERRITE_SHARED/guests/freedos"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$floppy" base.img
chmod 600 base.img
before=$(sha256sum base.img)

fail() {
    echo "FAILED: $1"
    cat err
    exit 1
}

read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
# guest ARGUMENT... <SCRIPT
guest() {
    cat >guest.script
    "$ferrite" -display none -m 4 -speed 20 "${extra[@]}" -script guest.script "$@" >out 2>err
}
drive=file=base.img,if=floppy,overlay=over

printf 'wait-text "A:\\>" 30\ntype "copy readme.txt made.txt\\n"\nwait-text "=>" 20\nsleep 2\n' |
    guest -drive $drive || fail "writing"
[ "$(sha256sum base.img)" = "$before" ] || fail "the base image has changed"
"$ferrite" disk info over >info.txt 2>err
grep -q 'as it was' info.txt || fail "info: $(cat info.txt)"
printf 'wait-text "A:\\>" 30\ntype "dir\\n"\nwait-text "MADE" 20\n' |
    guest -drive $drive,readonly=on || fail "reading it back"
# With -snapshot, the overlay too stays as it is.
over=$(sha256sum over)
printf 'wait-text "A:\\>" 30\ntype "del made.txt\\n"\nsleep 2\ntype "dir made.txt\\n"\nwait-text "not found" 20\n' |
    guest -drive $drive -snapshot || fail "with -snapshot"
[ "$(sha256sum over)" = "$over" ] || fail "-snapshot has changed the overlay"

cp over kept
"$ferrite" disk discard over 2>err || fail "discard"
printf 'wait-text "A:\\>" 30\ntype "dir\\n"\nwait-text "bytes free" 20\nrefute-text "MADE"\n' |
    guest -drive $drive || fail "after discard"
cp kept over
"$ferrite" disk commit over 2>err || fail "commit"
mtype -i base.img ::/MADE.TXT >made
mtype -i base.img ::/README.TXT | cmp - made || fail "what was committed differs"
# An image that has changed under an overlay is refused.
if printf 'sleep 1\n' | guest -drive file=base.img,if=floppy,overlay=kept; then
    fail "an overlay of another state was accepted"
fi
grep -q 'written to since' err || fail "no reason"
