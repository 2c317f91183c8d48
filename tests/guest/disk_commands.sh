#!/bin/bash
# disk_commands.sh FERRITE - `ferrite disk ls, get, put, mkfs, resize, convert`: what they write is
# what mtools and fsck.fat find, what mtools write is what they find; sizes that grow and shrink;
# everything asked wrongly.
set -euo pipefail
ferrite=$1
for tool in mcopy mdir fsck.fat; do
    command -v "$tool" >/dev/null || {
        echo "SKIPPED: needs $tool (apt-get install mtools dosfstools)"
        exit 77
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
export MTOOLS_SKIP_CHECK=1

failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# disk STATUS ARGUMENT...
disk() {
    local expected=$1 status=0
    shift
    timeout 60 "$ferrite" disk "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$expected" ] || {
        failed "disk $*: status $status, expected $expected"
        head -n 4 err
    }
}
says() {
    grep -qE -e "$1" out err || failed "\"$1\" was not said: $(head -n 2 out err)"
}
# sound IMAGE [OFFSET]: its file system, at that byte
sound() {
    local from=$1
    if [ "${2:-0}" != 0 ]; then
        tail -c +$(($2 + 1)) "$1" >volume
        from=volume
    fi
    fsck.fat -n "$from" >fsck 2>&1 || failed "$1 is not sound: $(tail -n 3 fsck)"
}
offset() {
    od -An -tu4 -j454 -N4 "$1" | awk '{ print $1 * 512 }'
}

# A tree with all kinds of names and sizes.
mkdir -p tree/sub/"a folder with a long name"/deeper tree/empty
printf 'hello\r\n' >tree/HELLO.TXT
printf 'x' >"tree/sub/a file with a long name.text"
: >tree/sub/nothing
head -c 70000 /dev/urandom >tree/sub/"a folder with a long name"/big.bin
for i in $(seq 40); do printf '%s' "$i" >"tree/sub/a file with a long name number $i"; done
printf 'ü' >tree/sub/grün.txt

for size in 720K 1.2M 1.44M 2.88M 2M 20M; do
    disk 0 mkfs -size $size -label DATA -from tree $size.img
    at=0
    case $size in 2M | 20M) at=$(offset $size.img) ;; esac
    sound $size.img "$at"
    rm -rf back mback
    mkdir mback
    disk 0 get $size.img: back
    diff -r tree back >/dev/null || failed "$size: what came back is another tree"
    mcopy -s -n -i $size.img@@"$at" ::/HELLO.TXT ::/sub mback || failed "$size: mtools cannot read it"
    diff -r tree/sub mback/sub >/dev/null || failed "$size: mtools sees another tree"
done
disk 0 mkfs -size 360K 360K.img
sound 360K.img
disk 1 mkfs -size 360K 360K.img
says 'is there already; -force replaces it'
disk 0 mkfs -force -fat 12 360K.img
[ "$(stat -c %s 360K.img)" = 368640 ] || failed "-force without -size: another size"
disk 1 mkfs -size 100K none.img
says 'at least a cylinder, 504 KiB; diskettes are 160K'
disk 0 mkfs -size 512K least.img
sound least.img "$(offset least.img)"
disk 0 mkfs -size 60M -fat 32 32.img
sound 32.img "$(offset 32.img)"
disk 2 mkfs none.img
says 'mkfs wants a size'
disk 1 mkfs -size 1.44M -fat 16 none.img
mkdir much && head -c 400000 /dev/zero >much/file
disk 1 mkfs -size 360K -from much none.img
[ ! -e none.img ] || failed "a failed mkfs leaves a file"

# Each file by itself: over another, under another name, into a folder; by any case and alias.
a=1.44M.img
printf 'second version, longer than the first' >v2
disk 0 put v2 $a:hello.txt
[ "$(mtype -i $a ::/HELLO.TXT)" = "$(cat v2)" ] || failed "put over a file"
disk 0 put v2 $a:sub
disk 0 get $a:SUB/V2 -
cmp -s out v2 || failed "get to standard output"
disk 0 put tree/empty v2 $a:/
disk 0 ls $a
says '^d.... +<DIR> .* empty/$'
says '^-...a +37 .* HELLO.TXT$'
says 'bytes free$'
disk 0 ls $a:sub/AFILEW~1.TEX || disk 0 ls $a
sound $a
mdir -i $a ::/ >/dev/null || failed "mtools: mdir"
# What mtools has written.
printf 'by mtools' >m
mcopy -i $a m "::/sub/Written By Others.txt"
disk 0 get "$a:sub/written by others.TXT" got
cmp -s m got || failed "what mtools wrote came back otherwise"
mkdir many
disk 0 get $a:HELLO.TXT $a:v2 many
for file in HELLO.TXT v2; do
    [ -s many/$file ] || failed "get of several into a folder"
done

# No room, and what was there is still there.
head -c 1400000 /dev/urandom >large
disk 1 put large $a:hello.txt
says 'no room'
[ "$(mtype -i $a ::/HELLO.TXT)" = "$(cat v2)" ] || failed "a put without room lost the old file"
sound $a

# Other sizes: files, boot code and chains stay.
printf 'boot code' | dd of=20M.img conv=notrunc bs=1 seek=$(($(offset 20M.img) + 200)) 2>/dev/null
for size in 30M 60M 25M; do
    disk 0 resize 20M.img $size
    sound 20M.img "$(offset 20M.img)"
    rm -rf back
    disk 0 get 20M.img: back
    diff -r tree back >/dev/null || failed "resize $size: another tree"
    [ "$(tail -c +$(($(offset 20M.img) + 201)) 20M.img | head -c 9)" = 'boot code' ] || failed "resize: boot code"
done
disk 1 resize 20M.img 1M
says 'a file lies in cluster|cannot have that size'
disk 0 resize 32.img 80M
sound 32.img "$(offset 32.img)"
truncate -s 1M plain.img
printf x | dd of=plain.img conv=notrunc bs=1 seek=600000 2>/dev/null
disk 1 resize plain.img 512K
says 'data at sector 1171'
disk 0 resize plain.img 2M
[ "$(stat -c %s plain.img)" = 2097152 ] || failed "resize of an image without a FAT"
disk 2 resize plain.img large

# Overlays: as the disk with what they hold; converted to plain sectors.
cp 20M.img base.img
disk 0 create base.img over
disk 0 put v2 over:inover.txt
disk 0 ls over
says ' inover.txt$'
disk 0 ls base.img
! grep -q inover out || failed "the base was written to"
# What a dry run promises, a commit does; over a base that was changed neither.
cp base.img changed.img
disk 0 create changed.img stale
disk 0 put v2 stale:inover.txt
disk 0 commit --dry-run stale && says 'were written by the guest'
disk 0 put large changed.img:other.txt
disk 1 commit --dry-run stale && says 'changed.img was written to since'
disk 1 commit stale && says 'changed.img was written to since'
disk 0 convert over flat.img
disk 0 ls flat.img
says ' inover.txt$'
sound flat.img "$(offset flat.img)"
if command -v qemu-img >/dev/null; then
    for kind in qcow2 vdi vmdk vhdx; do
        disk 0 convert flat.img d.$kind
        disk 0 convert d.$kind back.img -force
        cmp -s flat.img back.img || failed "by $kind and back: another image"
    done
    cp d.qcow2 unnamed.img
    disk 1 ls unnamed.img
    says 'qcow2'
fi
disk 1 convert flat.img base.img
says 'is there already'
disk 1 convert nowhere.img x.img
says 'nowhere.img: No such file'

# Asked wrongly, and damage.
disk 1 ls plain.img
says 'no FAT file system'
disk 1 ls $a:nowhere/at
says 'there is no nowhere on it'
disk 1 ls -partition 3 20M.img
says 'partition 3 holds no FAT'
disk 0 ls -partition 1 20M.img
disk 2 ls
disk 2 get $a:HELLO.TXT
disk 2 put -size 3M v2 $a:
says '-size'
# The image where the files are, and a file where it is to go.
disk 1 put $a v2 && says "v2: is no image with a FAT; $a is one, and the image comes last: put FILE... $a"
disk 1 get $a hello.txt && says "hello.txt is on $a: say $a:hello.txt"
[ ! -e hello.txt ] || failed "a folder of a file's name"
disk 1 put v2 $a:no/such/
says 'no folder no/such/'
disk 1 get $a:hello.txt $a:v2 /dev/null
says 'several files go into a folder'
# A host that has no room, here for files of more than 10 KB: the reason, and a sound image.
disk 0 mkfs -size 1.44M room.img
head -c 300000 /dev/zero >large.bin
(
    trap '' XFSZ
    ulimit -f 10
    timeout 60 "$ferrite" disk put large.bin room.img
) >out 2>err && failed "a file where there is no room"
says 'room.img: .*cannot be written: File too large'
sound room.img
# A folder that leads into itself: its first cluster is its own folder's entry again.
mkdir -p around/sub
disk 0 mkfs -size 360K -from around loop.img
at=$(grep -abo 'SUB        ' loop.img | head -n 1 | cut -d: -f1) # the entry in the root
cluster=$(od -An -tu2 -j$((at + 26)) -N2 loop.img | tr -d ' ')
inside=$(((5 + 7 + (cluster - 2) * 2) * 512 + 64)) # behind . and .. of it: boot, 2 x 2 tables, 7 root
dd if=loop.img of=loop.img conv=notrunc bs=1 skip="$at" seek="$inside" count=32 2>/dev/null
rm -rf back
disk 1 get loop.img: back
says 'in a circle'
exit "$failures"
