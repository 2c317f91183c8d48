#!/bin/bash
# bad_input.sh FERRITE - what the program says to wrong options, files and scripts: one clear
# line on standard error and exit status 2, and never a crash.
set -euo pipefail
ferrite=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

# refuses PATTERN ARGUMENT...: exit status 2, one line, matching.
refuses() {
    local pattern=$1 status=0
    shift
    timeout 100 "$ferrite" "$@" >out 2>err </dev/null || status=$?
    if [ "$status" -ne 2 ] || [ "$(wc -l <err)" -ne 1 ] || ! grep -qE -e "$pattern" err || [ -s out ]; then
        echo "FAILED: ferrite $*"
        echo "  status $status (2 expected), standard error (one line with \"$pattern\" expected):"
        sed 's/^/  /' err
        failures=$((failures + 1))
    fi
}

# passes STATUS PATTERN ARGUMENT...: on standard output.
passes() {
    local expected=$1 pattern=$2 status=0
    shift 2
    timeout 60 "$ferrite" "$@" >out 2>err </dev/null || status=$?
    if [ "$status" -ne "$expected" ] || ! grep -qE -e "$pattern" out; then
        echo "FAILED: ferrite $*"
        echo "  status $status ($expected expected), output (\"$pattern\" expected):"
        cat out err
        failures=$((failures + 1))
    fi
}

passes 0 '^ferrite [0-9]+\.[0-9]+\.[0-9]+$' --version
passes 0 '^Usage: ferrite' -help
passes 0 '^  guest_errors' -d help
passes 0 '^  pentium3' -cpu help
[ "$("$ferrite" -help | wc -l)" -le 23 ] || { echo "FAILED: -help is too long"; failures=1; }

headless=(-display none)
refuses 'did you mean -display\?' -displya none
refuses 'unknown option --frobnicate' --frobnicate
refuses 'wants a value' -display none -m
refuses '1 to 2048' -display none -m 9999
refuses 'no file "disk.img"' -display none disk.img
refuses '80987.*-cpu help' -display none -cpu 80987
refuses 'No such file' -display none -fda missing.img
refuses 'No such file' -display none -hda missing.img
refuses 'No such file' -display none -bios missing.bin
refuses 'directory' -display none -fda "$work"
refuses 'cannot be written' -display none -serial file:/nonexistent/x
refuses 'cannot be written' -display none -D /nonexistent/x
refuses 'cannot connect' -display none -serial unix:"$work"/nobody
refuses 'No such file' -display none -script missing.script
refuses '-hda is given twice: a.img and b.img' -display none -hda a.img -hda b.img
refuses 'has the terminal already' -display none -serial stdio -serial stdio
printf 'sleep 1\nwait-serial "login"\n' >serial.script
refuses 'serial.script:2: wait-serial.*has the mouse' -display none -serial msmouse -script serial.script
printf '\357\273\277quit 7\r\n' | timeout 100 "$ferrite" -display none -script - >out 2>err && status=0 || status=$?
[ "$status" -eq 7 ] || { echo "FAILED: -script - with a BOM and CRLF: status $status"; cat err; failures=$((failures + 1)); }
printf 'sleep 1\nslep 1\n' | timeout 100 "$ferrite" -display none -script - >out 2>err && status=0 || status=$?
{ [ "$status" -eq 2 ] && grep -q 'standard input:2: .*did you mean sleep' err; } ||
    { echo "FAILED: a mistake in -script -: status $status"; cat err; failures=$((failures + 1)); }

# Images that are empty, too large, or no images.
: >empty.img
head -c 2949121 /dev/zero >large.img
printf 'QFI\373%1020s' '' >container.img
printf 'This is a text.\n' >text.img
printf 'MZ%1022s' '' >program.img
printf 'PK\003\004%1020s' '' >archive.img
for image in empty container text program archive; do
    refuses "$image.img" -display none -fda $image.img
    refuses "$image.img" -display none -hda $image.img
    refuses "$image.img" -display none -snapshot -hda $image.img
done
refuses 'large.img.*-hda' -display none -fda large.img
refuses 'qemu-img convert' -display none -drive file=container.img
refuses 'unzip archive.img' -display none -fda archive.img
refuses 'text file' -display none -fda text.img
cmp -s container.img <(printf 'QFI\373%1020s' '') || {
    echo "FAILED: an image that was refused is not what it was"
    failures=1
}
head -c 70000 /dev/zero >odd.bin
head -c 100 /dev/zero >small.bin
refuses 'odd.bin' -display none -bios odd.bin
refuses 'small.bin' -display none -bios small.bin
refuses 'empty.img' -display none -bios empty.img
refuses 'empty.img' -display none -vgabios empty.img

# Scripts: every wrong line is found before the guest starts.
while IFS= read -r line; do
    printf '# a comment\n%s\n' "$line" >bad.script
    refuses '^ferrite: bad.script:2: ' "${headless[@]}" -script bad.script
done <<'TEXT'
wait-txt "x"
wait-text
wait-text "x
wait-text "x" soon
sleep
sleep -1
type "☃"
key ctrl-foo
mouse 1
insert fdz x.img
insert fda missing.img
eject hda
wait-screen missing.png
quit 1000
reset now
TEXT
printf 'sleep 0.1\ninsert fda large.img\n' >odd.script
refuses '^odd.script:2: insert fda large.img: ' "${headless[@]}" -script odd.script

[ "$failures" -eq 0 ] || exit 1
echo "all refused in one line"
