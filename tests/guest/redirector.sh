#!/bin/bash
# redirector.sh FERRITE - a folder of the host as drive D: of FreeDOS: what its shell and a program
# that tries each call do there, and what the host's folder looks like afterwards.
# no sanitizers
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=${FERRITE_SHARED:-$root/../shared}
image=$shared/guests/freedos/freedos.boot.disk.1.4MB.img
for need in mcopy nasm; do
    command -v $need >/dev/null || { echo "skipped: needs $need (apt install mtools nasm)"; exit 77; }
done
[ -e "$image" ] || { echo "skipped: needs $image"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export MTOOLS_SKIP_CHECK=1

# A disk whose AUTOEXEC.BAT mounts D: and calls T.BAT, which ends in exit.
cp "$image" base.img
chmod u+w base.img
mdel -i base.img ::/CONFIG.SYS ::/AUTOEXEC.BAT
printf 'SWITCHES=/N\r\nLASTDRIVE=Z\r\nFILES=60\r\nSHELL=A:\\COMMAND.COM /P\r\n' >FDCONFIG.SYS
printf '@echo off\r\nb:\\ferrite lredir d: host:work\r\ncall a:\\t.bat\r\necho all done\r\n' >AUTOEXEC.BAT
mcopy -i base.img FDCONFIG.SYS AUTOEXEC.BAT ::/

# dos LINE...: these lines in a batch file, on the folder work.
dos() {
    printf '%s\r\n' "$@" >T.BAT
    cp base.img a.img
    mcopy -i a.img T.BAT "${extra[@]}" ::/
    printf 'wait-text "all done" 120\nsleep 1\ndump-text screen\n' >wait.script
    timeout 300 "$ferrite" -display none -speed 50 -fda a.img -fdb tools: -share work="$work/work,rw" \
        -debugcon file:said -script wait.script </dev/null >messages 2>&1 || {
        echo "FAILED:"
        cat messages
        exit 1
    }
}
extra=()

fail() {
    echo "FAILED: $1"
    cat screen
    find work -printf '%P %s\n' | sort
    exit 1
}

# same NAME TEXT: what the host reads there.
same() { [ "$(tr -d '\r' <"work/$1" 2>/dev/null)" = "$2" ] || fail "work/$1 is not \"$2\""; }

mkdir -p "work/sub dir"
printf 'first' >work/one.txt
printf 'second' >"work/a longer name.txt"
printf 'third' >"work/sub dir/three.txt"
printf 'umlaut' >work/Grün.txt
ln -s /etc work/etc
dos 'd:' 'dir' 'copy one.txt two.txt' 'copy alonge~1.txt copied.txt' 'md new' 'cd new' \
    'copy ..\one.txt' 'echo more>>one.txt' "cd \\" 'ren two.txt 2.txt' 'ren *.txt *.dat' \
    'copy subdir~1\three.txt new\3.txt' 'del copied.dat' 'md gone' 'copy new\*.* gone' 'del gone\3.txt' \
    'copy a:\command.com big.com' 'copy /b big.com+big.com+big.com huge.com' 'type etc\passwd' 'a:'
same 2.DAT first
same ONE.DAT first
same NEW/3.TXT third
same NEW/ONE.TXT 'firstmore'
same GONE/ONE.TXT 'firstmore'
[ ! -e work/COPIED.DAT ] || fail "COPIED.DAT is there"
[ ! -e work/GONE/3.TXT ] || fail "3.TXT is there"
[ "$(cat work/ALONGE~1.DAT)" = second ] || fail "what the long name became"
mcopy -i base.img ::/COMMAND.COM command.com
cmp -s command.com work/BIG.COM || fail "BIG.COM is another file"
cmp -s <(cat command.com command.com command.com) work/HUGE.COM || fail "HUGE.COM is another file"
grep -q "root:" screen && fail "a file outside the folder was read"

# Each call of INT 21h that a redirector has to do with (redirector.asm says what went wrong).
nasm -f bin -Wall -Werror -i "$root/tests/guest/" -o REDIR.COM "$root/tests/guest/redirector.asm"
extra=(REDIR.COM)
rm -rf work
mkdir work
dos 'd:' 'a:\redir' 'a:' 'b:\ferrite lredir d: /d' 'b:\ferrite lredir e: host' 'dir e:*.bin'
[ "$(cat said)" = END ] || fail "redirector.asm: wrong at $(cat said)"
grep -q 'BIG *BIN *40,000' screen || fail "the share on another letter"
[ "$(stat -c %s work/BIG.BIN)" = 40000 ] || fail "BIG.BIN"
[ "$(date -r work/TIMED.TXT +%Y-%m-%dT%H:%M:%S)" = 1994-07-08T12:34:56 ] || fail "the time of TIMED.TXT"
[ "$(cd work && echo *)" = 'A.TXT BIG.BIN OPEN.TXT TIMED.TXT' ] || fail "what is left"
# In the middle of a copy the machine is saved, and another one goes on from there.
rm -rf work
mkdir work
head -c 2000000 /dev/urandom >work/source.bin
printf '%s\r\n' 'd:' 'copy source.bin target.bin' >T.BAT
cp base.img a.img
mcopy -i a.img T.BAT ::/
run_from() {
    timeout 300 "$ferrite" -display none -speed 20 -fda a.img -fdb tools: -share work="$work/work,rw" \
        "$@" </dev/null >messages 2>&1 || { echo FAILED; cat messages; exit 1; }
}
printf 'wait-text "source.bin => " 60\nsleep 0.1\nsnapshot save middle.snap\n' >first.script
printf 'wait-text "all done" 120\ndump-text screen\n' >second.script
run_from -script first.script
cmp -s work/source.bin work/TARGET.BIN && fail "the copy was over already"
run_from -script second.script -loadvm middle.snap
cmp -s work/source.bin work/TARGET.BIN || fail "a copy that went on from a snapshot"
echo "FreeDOS works in a folder of the host"
