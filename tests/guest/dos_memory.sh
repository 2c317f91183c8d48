#!/bin/bash
# dos_memory.sh FERRITE - our drivers for extended and expanded memory: every function and error, moves
# against a model, code in windows; in the interpreter and in machine code, with a state saved in the
# middle; and what ferrite dos gives programs.
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
image=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm mtools:mcopy
[ -e "$image" ] || { echo "SKIPPED: needs $image (ferrite get freedos fetches the like)"; exit 77; }
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state
export MTOOLS_SKIP_CHECK=1
failures=0
fail() {
    echo "FAILED: $1"
    for file in said err; do
        [ ! -s $file ] || head -n 20 $file | sed "s/^/  $file: /"
    done
    failures=$((failures + 1))
}
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
for name in xms ems; do
    nasm -f bin -Wall -Werror -i "$root/tests/guest/" -o ${name^^}.COM "$root/tests/guest/dos_$name.asm"
done

# The drivers are on the built-in tools floppy.
cp "$image" base.img
chmod u+w base.img
mdel -i base.img ::/CONFIG.SYS ::/AUTOEXEC.BAT
mcopy -i base.img XMS.COM EMS.COM ::/

# boots NAME: drive A: loads both drivers and runs NAME.COM. In this DOS nobody else uses memory.
boots() {
    cp base.img "$1.img"
    printf 'SWITCHES=/N\r\nDEVICE=B:\\FERRXMS.SYS\r\nDEVICE=B:\\FERREMS.SYS\r\nSHELL=B:\\FERRITE.COM RUN A:\\%s.COM\r\n' \
        "$1" >FDCONFIG.SYS
    mcopy -i "$1.img" FDCONFIG.SYS ::/
}
# run NAME OPTION...
machine=(-display none -m 16 -speed 486-66 -boot a -fdb tools: -device "ems,size=1024" -limit guest=60)
run() {
    local name=$1 status=0
    shift
    rm -f said
    timeout 100 "$ferrite" "${machine[@]}" -fda "$name.img" -debugcon file:said "${extra[@]}" "$@" \
        </dev/null >out 2>err || status=$?
    if [ $status -ne 0 ] || [ "$(cat said)" != "done" ]; then
        fail "$name $*: status $status"
    fi
}
for name in XMS EMS; do
    boots $name
    run $name -jit off
    run $name -jit on
    run $name -jit check
    run $name -speed 386-33
    # States in the middle: what goes on from them ends as well, as after the same instructions.
    case $name in XMS) at=0.17 ;; *) at=0.3 ;; esac
    printf 'sleep %s\nsnapshot save a.state\nsleep 0.03\nsnapshot save b.state\nexpect-exit 0 60\n' $at >save.script
    printf 'expect-exit 0 60\n' >load.script
    run $name -script save.script -stats
    grep ^instructions err >whole
    for state in a b; do
        run $name -script load.script -stats -loadvm $state.state
        grep ^instructions err | cmp -s - whole || fail "$name from $state.state: $(cat whole) before"
    done
done

# There and back again: the board's memory and windows are kept with the rest.
printf 'sleep 0.4\nrewind 0.1s\nsleep 0.05\nrewind 0.15s\nexpect-exit 0 60\n' >back.script
run EMS -script back.script -stats -rewind 64
grep ^instructions err | cmp -s - whole || fail "EMS after rewinding: $(cat whole) before"

# Moves by the BIOS, as under somebody else's protected mode: the same driver is told so.
drivers=$root/images/tools
nasm -f bin -Wall -Werror -i "$drivers/" -i "$drivers/memory/" -D ALWAYS_BIOS -o FERRXMS.SYS "$drivers/memory/xms.asm"
cp XMS.img BIOS.img
printf 'SWITCHES=/N\r\nDEVICE=A:\\FERRXMS.SYS\r\nSHELL=B:\\FERRITE.COM RUN A:\\XMS.COM\r\n' >FDCONFIG.SYS
mcopy -o -i BIOS.img FDCONFIG.SYS FERRXMS.SYS ::/
run BIOS

# ---- ferrite dos ----
mkdir game
cat >see.asm <<'END'
    org 0x100
    bits 16
    cpu 386
    xor dx, dx
    mov ax, 0x4300              ; XMS?
    int 0x2F
    cmp al, 0x80
    jne .ems
    mov ax, 0x4310
    int 0x2F
    mov [door], bx
    mov [door + 2], es
    mov ah, 0x08
    call far [door]
    shr dx, 10                  ; megabytes
    mov ah, 0x88
    int 0x15                    ; nothing is left beside it
    or ax, ax
    jz .ems
    mov dx, 99
.ems:
    mov [xms], dx
    mov bx, 0
    mov ax, 0x3567
    int 0x21
    mov si, name
    mov di, 10
    mov cx, 8
    repe cmpsb
    mov bx, 0
    jne .upper
    mov ah, 0x42
    int 0x67
    shr dx, 6                   ; megabytes
    mov bx, dx
.upper:
    mov [ems], bx
    mov ax, 0x5803              ; memory that DOS gives may be upper
    mov bx, 1
    int 0x21
    mov ax, 0x5801
    mov bx, 0x40
    int 0x21
    mov bx, 0x1000              ; 64 KB
    mov ah, 0x48
    int 0x21
    mov cl, 0
    jc .told
    cmp ax, 0xA000
    jb .told
    mov es, ax
    mov word [es:0xFFFE], 0x1234
    cmp word [es:0xFFFE], 0x1234
    jne .told
    mov cl, 1
.told:
    mov al, [xms]
    call number
    mov al, [ems]
    call number
    mov al, cl
    call number
    mov ax, 0x4C00
    int 0x21
number:
    aam
    add ax, 0x3030
    xchg al, ah
    out 0xE9, al
    mov al, ah
    out 0xE9, al
    mov al, ' '
    out 0xE9, al
    ret
name: db "EMMXXXX0"
door: dd 0
xms:  dw 0
ems:  dw 0
END
nasm -f bin -Wall -Werror -o game/SEE.COM see.asm
# sees WHAT OPTION...: megabytes of XMS, of EMS, whether there is upper memory (a BIOS may
# have said something before)
sees() {
    local wanted=$1 status=0
    shift
    timeout 100 "$ferrite" dos -display none -dos "$image" -debugcon file:said -limit guest=60 -echo \
        "${extra[@]}" "$@" game/SEE.COM </dev/null >out 2>err || status=$?
    if [ $status -ne 0 ] || [ "$(tail -n 1 said)" != "$wanted" ]; then
        fail "dos $*: status $status, not $wanted"
    fi
}
sees "14 08 01 "
sees "14 08 01 " -ems 8
sees "14 02 01 " -ems 2 -device adlib
sees "14 00 01 " -ems off
sees "14 04 01 " -device ems
sees "00 08 00 " -xms off
sees "00 00 00 " -xms off -ems off
sees "04 08 01 " -xms 4
sees "62 32 01 " -m 64 -ems 32
# 128 KB, where the page frame is usually; and it leaves RAM on at all places where one could be, under
# which nothing is seen of the board.
bios=/usr/share/seabios/bios.bin
[ ! -e $bios ] || sees "14 00 00 " -bios $bios

# What FERRITE MEM tells.
printf 'C:\\FERRITE MEM\r\n' >game/MEM.BAT
mem() { # PATTERN OPTION...
    local pattern=$1
    shift
    timeout 100 "$ferrite" dos -display none -dos "$image" -limit guest=60 "${extra[@]}" "$@" game/MEM.BAT \
        </dev/null >out 2>err || fail "MEM: status $?"
    tr -d '\r' <out >said
    tr '\n' '|' <said | grep -qE "$pattern" || fail "MEM: no \"$pattern\""
}
mem 'Conventional: 63[89] KB, for a program 5[0-9][0-9] KB\|Upper: +[0-9]{2} KB in one piece\|XMS: +[0-9]{5} KB free, [0-9]{5} KB in one piece\|EMS: +8192 KB free of 8192 KB\|'
mem 'Upper: +0 KB in one piece\|XMS: +no driver\|EMS: +no driver\|' -xms off -ems off
exit $((failures != 0))
