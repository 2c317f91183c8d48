#!/bin/bash
# ferrite_run.sh FERRITE - FERRITE.COM as SHELL= of a FreeDOS floppy: programs get their arguments and
# environment, and what they end with is the exit status of ferrite.
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
nasm -f bin -Wall -Werror -o SHOW.COM "$root/tests/guest/show.asm"
# The tools floppy is where FERRITE.COM comes from: DOS copies it, so this needs no build folder.
cp "$image" base.img
chmod u+w base.img
mdel -i base.img ::/CONFIG.SYS ::/AUTOEXEC.BAT
printf '@show batch %%1 %%2\r\n' >RUNIT.BAT
mcopy -i base.img SHOW.COM RUNIT.BAT ::/
cp base.img copy.img
printf 'SWITCHES=/N\r\nSHELL=A:\\COMMAND.COM /P\r\n' >FDCONFIG.SYS
printf '@copy b:\\ferrite.com a:\\\r\n@echo copied\r\n' >AUTOEXEC.BAT
mcopy -i copy.img FDCONFIG.SYS AUTOEXEC.BAT ::/
printf 'wait-text "copied" 60\nsleep 1.5\n' >copy.script
"$ferrite" -display none -fda copy.img -fdb tools: -script copy.script
mcopy -i copy.img ::/FERRITE.COM .
mcopy -i base.img FERRITE.COM ::/

# run EXPECTED-STATUS LINE [OPTION...]: what ran says its arguments on the debug console.
run() {
    local expected=$1 line=$2 status=0
    shift 2
    cp base.img a.img
    printf 'SWITCHES=/N\r\nSET SAID=by CONFIG\r\nSHELL=A:\\FERRITE.COM RUN %s\r\n' "$line" >FDCONFIG.SYS
    mcopy -i a.img FDCONFIG.SYS ::/
    timeout 100 "$ferrite" -display none -fda a.img -debugcon file:said -limit guest=30 "$@" \
        </dev/null 2>messages || status=$?
    if [ "$status" -ne "$expected" ]; then
        echo "FAILED: \"$line\" ended with $status, not $expected"
        cat said messages
        exit 1
    fi
}

# said TEXT: it is a line of the debug console.
said() {
    grep -qxF -- "$1" said || { echo "FAILED: \"$1\" was not said, but"; cat said; exit 1; }
}

run 17 'A:\SHOW.COM one "two  three"'
said 'tail [ one "two  three"]'
said 'COMSPEC=A:\COMMAND.COM'
run 0 'a:\show'
said 'tail []'
run 10 'RUNIT.BAT x y'
said 'tail [ batch x y]'
run 127 'NOTHERE'
run 127 'A:\NO\SUCH.EXE'
run 127 A:\\
long=$(printf 'x%.0s' {1..40})
run 41 "show $long"
said "tail [ $long]"

# -stay's way: a prompt, and EXIT ends the machine with the program's status.
cp base.img a.img
printf 'SWITCHES=/N\r\nSHELL=A:\\FERRITE.COM RUN /STAY SHOW.COM abc\r\n' >FDCONFIG.SYS
mcopy -i a.img FDCONFIG.SYS ::/
printf 'wait-text "A:\\>" 30\ntype "exit\\n"\nsleep 5\n' >stay.script
status=0
"$ferrite" -display none -fda a.img -script stay.script 2>messages || status=$?
[ "$status" -eq 4 ] || { echo "FAILED: after EXIT: status $status"; cat messages; exit 1; }
grep -q "the program in the guest ended, status 4" messages

# A disk without a system says what it is.
printf 'wait-text "This disk holds tools for DOS" 20\n' >boot.script
"$ferrite" -display none -fda tools: -script boot.script
echo "programs started by FERRITE RUN end as they should"
