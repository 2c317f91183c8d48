#!/bin/bash
# refresh.sh FERRITE - the host changes a folder that a guest has as a disk: the command `refresh`
# changes the diskette, which FreeDOS notices by itself; of a hard disk FERRITE RESCAN tells it.
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
cp "$image" base.img
chmod u+w base.img
mdel -i base.img ::/CONFIG.SYS ::/AUTOEXEC.BAT
printf 'SWITCHES=/N\r\nLASTDRIVE=Z\r\nSHELL=A:\\COMMAND.COM /P\r\n' >FDCONFIG.SYS
printf '@echo off\r\nc:\\ferrite lredir e: host:c\r\nc:\\ferrite lredir f: host:b\r\necho READY\r\n' >AUTOEXEC.BAT
mcopy -i base.img FDCONFIG.SYS AUTOEXEC.BAT ::/
mkdir b c c/sub
printf 'insert fdb tools:\nexport fdb tools.img\n' >find.script
"$ferrite" -display none -fdb tools: -script find.script >/dev/null
mcopy -i tools.img ::/FERRITE.COM c/FERRITE.COM
printf 'old text' >b/OLD.TXT
printf 'old text' >c/OLD.TXT

# The host's changes are made by the guest itself, through the redirector: E: and F: are the folders.
cat >refresh.script <<'S'
wait-text "READY" 60
type "b:\ndir b: /b\ntype b:old.txt\nc:\ncd \\sub\necho LATER>e:later.txt\necho LATER>f:later.txt\n"
type "echo NEW>e:\\old.txt\necho NEW>f:\\old.txt\ncls\ndir b: /b\ndir c:\\ /b\necho BEFORE\n"
wait-text "BEFORE\n" 30
dump-text before
refresh fdb
refresh hda
type "cls\nc:\\ferrite rescan c:\ndir b: /b\ndir c: /b\ntype b:old.txt\ntype c:old.txt\necho AFTER\n"
wait-text "AFTER\n" 30
dump-text after
drives
type "c:\\ferrite rescan e:\n"
wait-text "no disk" 10
type "del b:\\old.txt\n"
quit
S
timeout 120 "$ferrite" -display none -speed 20 -fda base.img -snapshot -drive folder=b,if=floppy,index=1 \
    -drive folder=c,fat=16 -share c="$work/c,rw" -share b="$work/b,rw" -script refresh.script >out 2>err || {
    echo "FAILED"
    cat out err
    exit 1
}
fail() {
    echo "FAILED: $1"
    cat before after
    exit 1
}
! grep -qi '^later.txt' before || fail "the change is seen before anybody has told"
[ "$(grep -ci '^later.txt' after)" -eq 2 ] || fail "the new file is not on both disks"
[ "$(grep -c '^NEW' after)" -eq 2 ] || fail "the new contents are not on both disks"
grep -q 'looks at the disk anew' after || fail "FERRITE RESCAN"

# What is no folder, and what the guest has written to.
printf 'refresh fda\n' >wrong.script
! "$ferrite" -display none -fda base.img -snapshot -script wrong.script >out 2>err || fail "an image is refreshed"
grep -q "only a folder's disk" err || fail "an image: $(cat err)"
head -c 900K /dev/urandom >b/BIG.BIN
head -c 2200K /dev/urandom >b/LARGER.BIN
printf 'refresh fdb\n' >wrong.script
! "$ferrite" -display none -drive folder=b,if=floppy,index=1 -script wrong.script >out 2>err || fail "3 MB on a diskette"
echo "a diskette and a hard disk of changed folders: well"
