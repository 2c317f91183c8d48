#!/bin/bash
# longnames.sh FERRITE - long file names (INT 21h AH=71h) on a drive of the host's under FreeDOS: what a
# program that knows them is told, and what the host's folder holds afterwards.
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
image=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
command -v nasm >/dev/null || { echo "SKIPPED: needs nasm (apt install nasm)"; exit 77; }
[ -e "$image" ] || { echo "SKIPPED: needs $image (ferrite get freedos fetches the like)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_STATE_HOME=$work/state
mkdir folder
nasm -f bin -Wall -Werror -o folder/LONG.COM "$root/tests/guest/longnames.asm"
printf 'C:\\FERRITE LFN\r\nC:\\FERRITE LFN\r\nLONG\r\n' >folder/T.BAT
status=0
timeout 60 "$ferrite" dos -display none -dos "$image" -debugcon file:said -limit guest=60 -echo folder/T.BAT \
    >out 2>err </dev/null || status=$?
fail() {
    echo "FAILED: $1"
    cat said out err
    find folder | sort
    exit 1
}
[ $status -eq 0 ] || fail "status $status"
grep -q 'LFN is in memory already' err || fail "twice in memory"
cat >expected <<'END'
make directory: well
change directory: well
where A folder with a long name
create: well
create: well
create: well
search The first file.text (THEFIR~1.TEX) The first file of two.text (THEFIR~2.TEX) end: error 0012
search short.txt (SHORT.TXT) end: error 0012
search: error 0002
rename: well
name D:\AFOLDE~1\ANOTHE~1.TEX
name D:\A folder with a long name\Another name, longer.text
name D:\AFOLDE~1\Another.text
open: well
hello
attributes 0020
size 0005
volume 4002
FERRITE
times 3600
set: well
set: well
set: well
times 5A21
times 6C21
times 0000
times 5A22
times 0000
times 0000
times 5A23
times 6C22
times 0097
times 5A22
times 0000
times 0000
times 5A23
times 6C22
times 0097
times 5A24
times 7C00
times 0003
times 5A25
times 0000
times 0000
handle 0020
size 0005
times FFFF
handle 7100
space 002C
name ANOTHERN.TEX
reset: well
open: error 0002
make directory: error 0003
make directory: error 7100
delete: error 0005
delete: well
search Another name, longer.text (ANOTHE~1.TEX) end: error 0012
change directory: well
remove directory: error 0005
END
diff expected said || fail "the program was told something else"
[ "$(cat 'folder/A folder with a long name/Another name, longer.text')" = hello ] || fail "the host's file"
[ "$(stat -c %y 'folder/A folder with a long name/Another name, longer.text' | cut -c1-19)" = '2025-01-01 13:33:02' ] ||
    fail "the host's time of the last change"
[ "$(ls -A 'folder/A folder with a long name')" = $'Another name, longer.text\nshort.txt' ] ||
    fail "what is in the folder"
echo "long names: made, found, renamed, deleted: well"
