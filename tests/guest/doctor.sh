#!/bin/bash
# doctor.sh FERRITE - what `ferrite doctor` finds: each fault of a machine is made, found, named with a
# remedy, and gone when it is mended; nothing is changed by looking.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
export FERRITE_MACHINES=$work/home LC_ALL=C
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# doctor STATUS PATTERN [MACHINE]
doctor() {
    local expected=$1 pattern=$2 status=0
    shift 2
    timeout 60 "$ferrite" doctor "$@" >out 2>err </dev/null || status=$?
    if [ "$status" -ne "$expected" ] || ! grep -qE -e "$pattern" out err; then
        failed "doctor $*: status $status ($expected expected), \"$pattern\" expected"
        cat out err
    fi
}
set_() {
    "$ferrite" set M "$@" || failed "set M $*"
}

doctor 0 '^ok    machines: none yet'
doctor 2 'is too much' a b
doctor 1 'there is no machine "M"' M
"$ferrite" new -y -for dos -storage 1M M >/dev/null
before=$(cd home/M && find . -type f -exec sha256sum {} + | sort)
doctor 0 '^note  drives: nothing to start from' M
grep -q '^ok    drive.c: ' out || failed "an empty disk is fine: $(cat out)"
[ "$before" = "$(cd home/M && find . -type f -exec sha256sum {} + | sort)" ] || failed "looking changed something"
printf '\x55\xaa' | dd of=home/M/disks/c.img bs=1 seek=510 conv=notrunc status=none
doctor 0 '^ok    settings' M
! grep -q 'nothing to start from' out || failed "a boot sector was not seen"

# Images: missing, of another format, protected, held by somebody, overlay without a file and damaged.
mv home/M/disks/c.img c.img
doctor 1 '^WRONG drive.c: .*No such file' M
printf 'QFI\xfb' >home/M/disks/c.img
truncate -s 1M home/M/disks/c.img
doctor 1 '^WRONG drive.c: .*qcow2' M
mv c.img home/M/disks/c.img
if [ "$(id -u)" -ne 0 ]; then # nothing is protected from root
    chmod a-w home/M/disks/c.img
    doctor 1 '^WRONG drive.c: .*cannot be written|^WRONG drive.c: .*Permission' M
    chmod u+w home/M/disks/c.img
fi
exec 8<home/M/disks/c.img # here, not in the child: it holds the file from its first moment
sleep 60 &
holder=$!
exec 8<&-
doctor 1 "is open in process $holder" M
signal TERM "$holder"
wait "$holder" || true
set_ drive.c.mode=overlay
doctor 1 'there is no overlay = FILE' M
set_ drive.c.overlay=disks/c.cow
doctor 1 '^WRONG drive.c: its overlay .*No such file' M
"$ferrite" disk create home/M/disks/c.img home/M/disks/c.cow
doctor 0 '^ok    drive.c: its overlay is whole' M
printf '\x09' | dd of=home/M/disks/c.cow bs=1 seek=4096 conv=notrunc status=none
doctor 1 '^WRONG drive.c: its overlay .* is damaged' M
grep -q 'disk check --repair' out || failed "no remedy for a damaged overlay"
"$ferrite" disk check --repair home/M/disks/c.cow >/dev/null || true
doctor 0 'its overlay is whole' M

# What the guest does not like; a restore that was interrupted; a file that is wrong.
set_ machine.guest=win9x memory.mb=1024 cpu.model=386
doctor 0 'more than 512 MB' M
grep -q 'refuses a 386' out || failed "no word about the 386"
set_ machine.guest=dos memory.mb=16 cpu.model=486 cpu.speed=max
doctor 0 'programs that time themselves by loops' M
set_ cpu.speed=486-66 security.throwaway=yes
doctor 0 'gone at the end of each run' M
set_ security.throwaway=no
mkdir -p home/M/states && echo x >home/M/states/restoring
doctor 1 '^WRONG snapshots: ' M
rm home/M/states/restoring
echo 'colour = red' >>home/M/machine.ini
doctor 1 '^WRONG machine: .*machine.ini:[0-9]+: .* has no "colour"' M
exit "$failures"
