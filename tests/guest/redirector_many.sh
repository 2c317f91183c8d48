#!/bin/bash
# redirector_many.sh FERRITE - a folder of 10,000 files as drive D: of FreeDOS: DIR counts them and their
# bytes, each has a name of its own, wildcards find theirs and no others; copying, renaming and
# deleting many; arguments with quotes and paths for a batch file; what the host changes meanwhile.
# no sanitizers
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
image=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
[ -e "$image" ] || { echo "skipped: needs $image (ferrite get freedos fetches the like)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_STATE_HOME=$work/state

fail() {
    echo "FAILED: $1"
    [ ! -e messages ] || tail -n 30 messages
    exit 1
}

# run LINE...: a batch file on the drive; it must end well.
run() {
    printf '%s\r\n' '@echo off' "$@" >drive/RUN.BAT
    timeout 300 "$ferrite" dos -display none -speed 100 -dos "$image" -limit host=250 drive/RUN.BAT \
        </dev/null >messages 2>&1 || fail "$*"
}

mkdir -p drive/many drive/part
# 6,000 names as DOS has them, 3,000 long ones that begin alike, 1,000 others.
for i in $(seq 6000); do
    printf -v n 'F%07d.DAT' "$i"
    printf '%s' "$i" >"drive/many/$n"
done
for i in $(seq 3000); do
    printf 'long' >"drive/many/a long file name number $i.txt"
done
for i in $(seq 1000); do
    printf 'other' >"drive/many/Ordner.$i.with.dots"
done
bytes=$(find drive/many -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%d", n }')

run 'd:' 'cd \many' 'dir >d:\dir.txt' 'dir /b *.dat >d:\dat.txt' 'dir /b *.txt >d:\txt.txt' \
    'dir /b f00012*.* >d:\some.txt' 'dir /b /on >d:\sorted.txt' 'dir /b zz*.* >d:\none.txt' \
    'copy f00012*.* d:\part >d:\copied.txt'
grep -q '10,000 file(s) *'"$(printf "%'d" "$bytes" | tr -d ' ')" drive/DIR.TXT ||
    LC_ALL=C grep -Eq "10,000 file\(s\) +$(sed -E ':a; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; ta' <<<"$bytes") bytes" drive/DIR.TXT ||
    fail "DIR: $(grep 'file(s)' drive/DIR.TXT)"
lines() { tr -d '\r' <"drive/$1" | sed '/^$/d'; }
[ "$(lines DAT.TXT | wc -l)" -eq 6000 ] || fail "*.DAT are $(lines DAT.TXT | wc -l)"
[ "$(lines TXT.TXT | wc -l)" -eq 3000 ] || fail "*.TXT are $(lines TXT.TXT | wc -l)"
[ "$(lines SOME.TXT | wc -l)" -eq 100 ] || fail "F00012*.* are $(lines SOME.TXT | wc -l)"
[ "$(lines SORTED.TXT | grep -vxE '\.\.?' | sort -u | wc -l)" -eq 10000 ] || fail "names that are there twice"
! grep -q '[A-Z0-9]' <(lines NONE.TXT | grep -v -i 'not found') || fail "ZZ*.* finds some"
[ "$(find drive/part -type f | wc -l)" -eq 100 ] || fail "100 were to be copied"
for i in 1200 1299; do
    [ "$(cat "drive/part/F000$i.DAT")" = $i ] || fail "the copy of F000$i.DAT"
done

# Each alias opens its file: the last of the long names by all of them.
lines TXT.TXT | sed 's/ *$//' | tail -n 3 >names
mapfile -t alias <names
run 'd:' "type \\many\\${alias[0]} >a.txt" "type \\many\\${alias[2]} >>a.txt" "ren \\part\\*.dat *.old" \
    'del \part\f000125?.old' 'for %%f in (\part\f000123?.old) do copy %%f \part\for%%~nf.txt' \
    'copy \part\*.old \part\all.bin /b >nul' 'md \part\sub' 'copy \part\*.old \part\sub >nul'
[ "$(lines A.TXT)" = longlong ] || fail "the aliases ${alias[*]}"
[ "$(find drive/part -maxdepth 1 -name '*.OLD' | wc -l)" -eq 90 ] || fail "90 were to be left"
[ ! -e drive/part/F0001250.OLD ] || fail "DEL by a question mark: one is left"
[ -e drive/part/F0001260.OLD ] || fail "DEL by a question mark: one too many is gone"
[ "$(find drive/part/SUB -type f | wc -l)" -eq 90 ] || fail "90 were to be copied into SUB"
run 'd:' 'cd \many' 'del f0000*.dat' 'dir /b f*.dat >d:\left.txt'
[ "$(lines LEFT.TXT | wc -l)" -eq 5001 ] || fail "5,001 were to be left"
[ "$(find drive/many -type f | wc -l)" -eq 9001 ] || fail "the host has others left"

# What a batch file is given arrives as it was given.
cat >drive/ARGS.BAT <<'END'
@echo off
echo [%1] [%2] [%3] [%4] [%5]>d:\args.txt
END
sed -i 's/$/\r/' drive/ARGS.BAT
timeout 100 "$ferrite" dos -display none -dos "$image" drive/ARGS.BAT plain 'two words' '/x:y' '*.*' last \
    </dev/null >messages 2>&1 || fail "a batch file with arguments"
# FreeCOM of 2003 takes the quotes off.
[ "$(lines ARGS.TXT | tr -d '"')" = '[plain] [two words] [/x:y] [*.*] [last]' ] ||
    fail "arguments: $(lines ARGS.TXT)"
echo "10,000 files, wildcards, many at a time, arguments: well"
