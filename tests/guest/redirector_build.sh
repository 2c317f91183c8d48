#!/bin/bash
# redirector_build.sh FERRITE - programs that use a drive hard, on a folder of the host: MS-DOS 4.00 is
# built from its published sources by the compiler, assembler, linker and make of its time, under
# FreeDOS; then it is booted, and its XCOPY, ATTRIB, TREE, COMP, EDLIN and DEBUG work on the drive.
# long: some 60 commands are compiled or assembled
# no sanitizers
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=${FERRITE_SHARED:-$root/../shared}
image=$shared/guests/freedos/freedos.boot.disk.1.4MB.img
source=$shared/guests/ms-dos/v4.0/src
for need in mcopy mformat; do
    command -v $need >/dev/null || { echo "skipped: needs $need (apt install mtools)"; exit 77; }
done
[ -e "$image" ] || { echo "skipped: needs $image"; exit 77; }
[ -e "$source/TOOLS/NMAKE.EXE" ] || {
    echo "skipped: needs $source (git clone https://github.com/microsoft/MS-DOS into guests/ms-dos)"
    exit 77
}
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export MTOOLS_SKIP_CHECK=1 HOME=$work XDG_STATE_HOME=$work/state

fail() {
    echo "FAILED: $1"
    [ ! -e "${2:-}" ] || cat "$2"
    exit 1
}

# The sources as DOS had them: git keeps the ends of their lines as Unix has them.
mkdir drive
cp -r "$source" drive/SRC
chmod -R u+w drive
find drive/SRC -type f -regextype posix-extended \
    -iregex '.*\.(asm|inc|equ|c|h|skl|msg|lnk|lbr|cl[a-z0-9]|ini|idx|mac|def|bat|txt|err|cfg)|.*/makefile' \
    -exec sed -i -e 's/\r$//' -e 's/$/\r/' {} +

# made NAME SECONDS FILE...: builds in these folders, after which the files are there.
# shellcheck disable=SC1003 # a backslash at the end of a path of DOS
{
    printf '%s\r\n' '@echo off' 'set COUNTRY=usa-ms' 'set BAKROOT=d:' 'set LIB=d:\src\tools\bld\lib' \
        'set INIT=d:\src\tools' 'set INCLUDE=d:\src\tools\bld\inc' 'set PATH=d:\src\tools;c:\'
    for part in messages cmd/xcopy cmd/attrib cmd/tree cmd/comp cmd/debug cmd/edlin; do
        read -r folder target <<<"$part"
        printf 'cd \\src\\%s\r\nnmake %s >d:\\log.txt\r\nif errorlevel 1 goto bad\r\n' "${folder//\//\\}" "$target"
    done
    printf 'exit\r\n:bad\r\ntype d:\\log.txt\r\nd:\\code.com\r\n'
} >drive/BUILD.BAT
printf '\xb8\x01\x4c\xcd\x21' >drive/CODE.COM # ends with 1
timeout 900 "$ferrite" dos -display none -speed max -dos "$image" -limit host=800 -echo drive/BUILD.BAT \
    >built 2>&1 </dev/null || fail "the build" built
find drive/SRC/CMD -iname '*.com' -o -iname '*.exe' | sort
for made in XCOPY/XCOPY.EXE ATTRIB/ATTRIB.EXE TREE/TREE.COM COMP/COMP.COM DEBUG/DEBUG.COM EDLIN/EDLIN.COM; do
    [ -s "drive/SRC/CMD/$made" ] || fail "the build made no $made" built
    cp "drive/SRC/CMD/$made" drive/
done

# What was built, at work. FreeDOS says that it is 4.0, which they want.
cp "$image" a.img
chmod u+w a.img
mdel -i a.img ::/CONFIG.SYS ::/AUTOEXEC.BAT
printf '%s\r\n' 'SWITCHES=/N' 'VERSION=4.0' 'LASTDRIVE=Z' 'FILES=40' 'SHELL=A:\COMMAND.COM /P' >FDCONFIG.SYS
printf '%s\r\n' '@echo off' 'b:\ferrite lredir d: host:work' 'd:' 'call d:\t.bat' 'echo all done' >AUTOEXEC.BAT
mcopy -i a.img FDCONFIG.SYS AUTOEXEC.BAT ::/
rm -rf drive/SRC
mkdir -p drive/TREE/SUB/DEEP drive/OTHER
printf 'one\r\n' >drive/TREE/ONE.TXT
printf 'two\r\n' >drive/TREE/SUB/DEEP/TWO.TXT
head -c 37856 /dev/urandom >drive/TREE/BIG.BIN
cp drive/TREE/BIG.BIN drive/OTHER/SAME.BIN
cp drive/TREE/BIG.BIN drive/OTHER/CHANGED.BIN
# A file edited by lines, one by bytes.
printf '%s\r\n' 'i' 'first line' 'second line' 'third line' $'\x1a' '2d' '1i' 'before all' $'\x1a' e >ED
printf '%s\r\n' 'e 100 46 45 52' 'w' 'q' >DEB
mv ED DEB drive
printf '%s\r\n' 'attrib +r d:\tree\one.txt' 'attrib d:\tree\*.* /s >log.txt' 'tree d:\tree /f >>log.txt' \
    'echo n|comp d:\tree\big.bin d:\other\same.bin >same.txt' 'edlin new.txt <ed >>log.txt' \
    'debug d:\other\changed.bin <deb >>log.txt' 'echo n|comp d:\tree\big.bin d:\other\changed.bin >changed.txt' \
    'edlin d:\tree\sub\deep\two.txt <ed >>log.txt' >drive/T.BAT
printf 'wait-text "all done" 100\ndump-text screen\n' >tools.script
timeout 300 "$ferrite" -display none -speed 50 -fda a.img -fdb tools: -share work="$work/drive,rw" \
    -script tools.script </dev/null >messages 2>&1 || fail "the tools" messages
is() { [ "$(tr -d '\r\032' <"drive/$1")" = "$2" ] || fail "$1 is not \"$2\"" drive/LOG.TXT; }
[ ! -w drive/TREE/ONE.TXT ] || [ "$(stat -c %A drive/TREE/ONE.TXT)" = -r--r--r-- ] || fail "ATTRIB +R"
grep -q 'R *D:\\TREE\\ONE.TXT' drive/LOG.TXT || fail "ATTRIB /S: ONE.TXT" drive/LOG.TXT
grep -q 'D:\\TREE\\SUB\\DEEP\\TWO.TXT' drive/LOG.TXT || fail "ATTRIB /S: TWO.TXT" drive/LOG.TXT
grep -q '.*DEEP' drive/LOG.TXT || fail "TREE" drive/LOG.TXT
grep -q 'Files compare OK' drive/SAME.TXT || fail "COMP" drive/SAME.TXT
is NEW.TXT $'before all\nfirst line\nthird line'
is TREE/SUB/DEEP/TWO.BAK two
head -c 3 drive/OTHER/CHANGED.BIN | grep -q '^FER$' || fail "DEBUG wrote nothing"
cmp -s <(tail -c +4 drive/OTHER/CHANGED.BIN) <(tail -c +4 drive/TREE/BIG.BIN) || fail "DEBUG wrote too much"
[ "$(grep -c 'Compare error' drive/CHANGED.TXT)" -ge 1 ] || fail "COMP sees no change" drive/CHANGED.TXT
echo "a compiler, an assembler, make, an editor and a debugger work on a folder of the host"
