#!/bin/bash
# alive.sh FERRITE - nothing that a guest or a reader does keeps the process from ending: a signal
# ends it within a second with status 128 + its number and says what the machine was doing; so do the
# limits of host and guest time; images keep what was written. What is measured is the processor's
# time, for a busy host gives a second late; and nobody is waited for longer than a busy host takes.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
failures=0
patience=60
# Seconds of the processor's for the end; with sanitizers everything takes its time.
most=${FERRITE_GUEST_ARGS:+10}
most=${most:-1}

fail() {
    echo "FAILED: $*"
    tail -n 20 err
    failures=$((failures + 1))
}

# For boot sectors: %include "pm.inc" goes to 32-bit protected mode with flat segments, interrupts
# off, an IDT of 37 entries at 9000h.
cat >pm.inc <<'ASM'
cli
xor ax, ax
mov ds, ax
lidt [idtr]
lgdt [gdtr]
mov eax, cr0
or al, 1
mov cr0, eax
jmp 8:pm
idtr: dw 37 * 8 - 1
dd 0x9000
gdtr: dw 39
dd gdt
align 8
gdt: dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
dq 0xe00092000000ffff, 0 ; no memory behind it, so that a stack may go round in it for ever
bits 32
%macro GATE 3 ; vector, handler, type
mov dword [0x9000 + %1 * 8], 0x00080000 + %2
mov dword [0x9004 + %1 * 8], %3
%endmacro
pm: mov ax, 16
mov ds, ax
mov es, ax
mov ss, ax
mov esp, 0x7c00
ASM

# until_so COMMAND...: it is true; false when that takes too long.
until_so() {
    local k
    for ((k = 0; k < 50 * patience; k++)); do
        ! "$@" || return 0
        sleep 0.02
    done
    false
}

# ticks PID: of the processor's that it has taken. gone PID. asleep PID: all its threads are.
ticks() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '{ print $12 + $13 }'; }
gone() { ! runs "$1"; }
asleep() { ! cat "/proc/$1"/task/*/stat 2>/dev/null | sed 's/.*) //' | grep -v '^S' >/dev/null; }
per_second=$(getconf CLK_TCK)

# has_run PID TICKS: since it had taken so many, it has gone on for a while. settled PID TICKS: or there
# is nothing to do for it.
has_run() { gone "$1" || [ "$(ticks "$1")" -ge $(($2 + 4)) ]; }
settled() { has_run "$@" || { asleep "$1" && sleep 0.1 && asleep "$1" && sleep 0.1 && asleep "$1"; }; }

# ended PID SIGNAL: by it, which is sent now; sets $status and $late, the host's milliseconds that took.
ended() {
    local before last now start
    before=$(ticks "$1")
    last=$before
    start=$(date +%s%N)
    signal "$2" "$1" || true
    until_so ending "$1" || signal KILL "$1" || true
    status=0
    wait "$1" 2>/dev/null || status=$?
    late=$((($(date +%s%N) - start) / 1000000))
    [ $((last - before)) -le $((most * per_second)) ] || fail "SIG$2: $((last - before)) ticks of the processor's until the end"
}
ending() {
    now=$(ticks "$1")
    last=${now:-$last}
    gone "$1"
}

# ended_by SIGNAL PATTERN ARGUMENT...: the signal comes when the guest has begun (it says so by a line
# on port E9h) and has gone on for a while. Only a busy host is late, and it is not so always.
ended_by() {
    local signal=$1 pattern=$2 number pid
    shift 2
    number=$(kill -l "$signal")
    for _ in 1 2 3 4 5; do
        rm -f began
        "$ferrite" -display none -debugcon file:began "$@" >out 2>err </dev/null &
        pid=$!
        until_so test -s began || fail "$*: the guest does not start"
        until_so settled "$pid" "$(ticks "$pid")" || fail "$*: the guest neither runs nor sleeps"
        ended "$pid" "$signal"
        [ "$late" -gt $((2000 * most)) ] || break
    done
    [ "$late" -le $((2000 * most)) ] || fail "$* with SIG$signal: $late ms until the end"
    [ "$status" -eq $((128 + number)) ] || fail "$* with SIG$signal: status $status"
    grep -qE -e "$pattern" err || fail "$* with SIG$signal: nothing said about $pattern"
}

# ---- guests ----

# guest NAME: its boot sector, which first says that it has begun.
guest() {
    { printf 'mov al, 10\nout 0xe9, al\n' && cat; } | boot_sector "$1"
}
guest forever <<'ASM'
sti
idle: hlt
jmp idle
ASM
guest off <<'ASM'
cli
hlt
ASM
guest spin <<'ASM'
cli
jmp $
ASM
# An NMI's handler sends itself the next NMI, by the local APIC, and halts.
guest nmi <<'ASM'
%include "pm.inc"
GATE 2, handler, 0x8e00
mov dword [0xfee00310], 0
mov dword [0xfee00300], 0x4400
hlt
handler: mov dword [0xfee00300], 0x4400
nop
hlt
ASM
# A level that never falls, automatic EOI, a trap gate: an interrupt before each handler's first
# instruction.
guest aeoi <<'ASM'
%include "pm.inc"
GATE 0x24, handler, 0x8f00
mov ax, 24
mov ss, ax
mov esp, 0xff00
%macro PORT 2
mov al, %2
out %1, al
%endmacro
PORT 0x20, 0x11
PORT 0x21, 0x20
PORT 0x21, 4
PORT 0x21, 3
PORT 0x21, 0xef
mov dx, 0x4d0
PORT dx, 0x10
mov dx, 0x3fc
PORT dx, 8
mov dx, 0x3f9
PORT dx, 2
sti
handler: jmp $
ASM
# #AC whose handler, at ring 3, has a misaligned stack: processors stay in its delivery for ever.
guest ac <<'ASM'
%include "pm.inc"
GATE 17, 0, 0xee00
mov dword [0x9000 + 17 * 8], 0x00230000 + user
mov eax, cr0
or eax, 0x40000
mov cr0, eax
mov dword [gdt + 32], 0x0000ffff
mov dword [gdt + 36], 0x00cffa00
mov dword [gdt + 24], 0x0000ffff
mov dword [gdt + 28], 0x00cff200
push dword 0x1b
push dword 0x7001
push dword 0x40002
push dword 0x23
push dword user
iret
user: push eax
jmp user
ASM
# The processor alone is reset, for ever: CMOS says that a program goes on.
guest resumes <<'ASM'
xor ax, ax
mov ds, ax
cli
again: mov al, 0x8f
out 0x70, al
mov al, 0x0a
out 0x71, al
mov word [0x467], again
mov word [0x469], 0
mov al, 0xfe
out 0x64, al
jmp $
ASM
guest resets <<'ASM'
mov dx, 0xcf9
mov al, 6
out dx, al
jmp $
ASM
guest power <<'ASM'
xor ax, ax
mov ds, ax
mov dx, 0x8900
mov si, word8
mov cx, 8
cld
rep outsb
jmp $
word8: db "Shutdown"
ASM
# Everything is zeroed by fw_cfg's DMA, again and again.
guest fwcfg <<'ASM'
xor ax, ax
mov ds, ax
again: mov dword [cmd], 0x0a00ffff
mov dx, 0x518
mov eax, cmd
bswap eax
out dx, eax
jmp again
align 16
cmd: db 0, 0, 0, 0, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0
ASM
# 64 KB from memory to memory for each OUT.
guest dma <<'ASM'
mov al, 1
out 8, al
again: mov al, 0xff
out 3, al
out 3, al
mov al, 4
out 9, al
jmp again
ASM
guest flood <<'ASM'
mov al, 'A'
again: out 0xe9, al
jmp again
ASM
{
    echo 'bits 16'
    echo 'start: mov al, 10'
    echo 'out 0xe9, al'
    echo 'lidt [cs:empty]'
    echo 'int3'
    echo 'empty: dw 0, 0, 0'
    echo 'times 0xfff0-($-$$) db 0x90'
    echo 'jmp 0xf000:start'
    echo 'times 0x10000-($-$$) db 0'
} >triple.asm
nasm -f bin -o triple.rom triple.asm

# ---- signals ----

ended_by TERM 'SIGTERM at .*halted.*waiting for an interrupt' -fda forever.img
ended_by INT 'halted.*interrupts off: only an NMI or a reset' -fda off.img
ended_by HUP 'running at .*interrupts off' -fda spin.img
ended_by TERM 'running at .*interrupts off' -fda spin.img -speed 100000
ended_by TERM 'halted.*NMI' -fda nmi.img
ended_by TERM 'next interrupt comes before' -fda aeoi.img
ended_by TERM 'handler of vector 11' -fda ac.img
ended_by TERM 'real mode' -fda resumes.img
ended_by TERM 'the guest was reset [0-9]+ times' -fda resets.img
ended_by TERM 'the guest was reset [0-9]+ times' -bios triple.rom
ended_by TERM 'the power is off' -fda power.img -no-shutdown
ended_by TERM 'SIGTERM' -fda fwcfg.img
ended_by TERM 'SIGTERM' -fda fwcfg.img -m 2048
ended_by TERM 'SIGTERM' -fda dma.img
echo 'wait-text "never" 100000' >wait.script
ended_by TERM 'wait.script:1: .*ended here by SIGTERM' -fda spin.img -script wait.script

# ---- readers that do not read ----

mkfifo unread
exec 8<>unread # its reader, which never reads
for console in serial parallel debugcon; do
    printf 'sleep 0.5\nquit 7\n' >half.script
    status=0
    timeout $patience "$ferrite" -display none -fda flood.img -$console stdio \
        -script half.script >unread 2>err </dev/null || status=$?
    [ "$status" -eq 7 ] || fail "$console to a pipe that nobody reads: status $status"
done
grep -q 'debugcon stdio: [0-9]* bytes were dropped' err ||
    fail "nothing said of dropped bytes"
"$ferrite" -display none -fda flood.img -m 4 -debugcon stdio >unread 2>err </dev/null &
pid=$!
until_so grep -q 'nobody reads' err || true
ended $pid TERM
[ $status -eq 143 ] || fail "an unread pipe with SIGTERM: status $status"
grep -q 'debugcon stdio: nobody reads' err || fail "nothing said of the reader"
grep -q 'debugcon stdio: [0-9]* bytes were dropped' err || fail "nothing said of dropped bytes"
# The log and standard error, too.
"$ferrite" -display none -fda flood.img -m 4 -d io,int 2>unread >out </dev/null &
pid=$!
until_so settled $pid 10 || true # for a reader, who never comes
ended $pid TERM
[ $status -eq 143 ] || fail "an unread log with SIGTERM: status $status"

# ---- clients that send more than the machine can do ----

# flooded_by LINE OPTION: the line for ever; the guest goes on meanwhile.
flooded_by() {
    local line=$1 flood
    shift
    mkfifo commands
    { echo '{"execute":"qmp_capabilities"}' && yes "$line"; } >commands 2>/dev/null &
    flood=$!
    "$ferrite" -display none -fda flood.img -m 4 "$@" stdio <commands >unread 2>err &
    pid=$!
    until_so has_run $pid 50 || fail "$*: it stands still"
    ended $pid TERM
    signal TERM $flood || true
    wait $flood 2>/dev/null || true
    rm commands
    [ "$status" -eq 143 ] || fail "$* with a flood of commands: status $status"
}
flooded_by 'xp /4000x 0' -monitor
"$ferrite" -display none -qmp unix:probe -limit guest=0.01 >out 2>err </dev/null || true
line='{"execute":"human-monitor-command","arguments":{"command-line":"xp /4000x 0"}}'
if ! grep -q 'Jansson cannot be loaded' err; then
    flooded_by "$line" -qmp
fi
exec 8>&-

# ---- FIFOs without anybody at the other end are opened by nobody ----

# refuses PATTERN ARGUMENT...
refuses() {
    local status=0 pattern=$1
    shift
    timeout $patience "$ferrite" -display none "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq 2 ] || fail "$*: status $status, expected 2"
    grep -qE -e "$pattern" err || fail "$*: nothing said about $pattern"
}
mkfifo alone
for option in '-serial file:' '-debugcon file:' '-parallel file:' '-D ' '-nic lan,name=alive -netdump '; do
    # shellcheck disable=SC2086
    refuses 'alone.*FIFO that nobody reads' ${option}alone
done
refuses 'FIFO into which nobody writes' -script alone
for option in -fda -hda -cdrom -bios -vgabios -kernel -loadvm; do
    refuses 'alone: is not a regular file' $option alone
done
for command in dump-text state-hash; do
    echo "$command alone" >out.script
    refuses 'out.script:1: .*FIFO that nobody reads' -script out.script
done
# With somebody there, a script comes by a pipe.
status=0
timeout $patience "$ferrite" -display none -fda off.img \
    -script <(sleep 0.2 && echo quit 7) >out 2>err </dev/null || status=$?
[ "$status" -eq 7 ] || fail "a script by a pipe: status $status"

# ---- limits ----

# ends STATUS PATTERN ARGUMENT...: by itself, soon.
ends() {
    local status=0 pattern=$2 expected=$1
    shift 2
    timeout $patience "$ferrite" -display none "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$expected" ] || fail "$*: status $status, expected $expected"
    [ -z "$pattern" ] || grep -qE -e "$pattern" err || fail "$*: nothing said about $pattern"
}
ends 124 'limit of 0.5 s of host time' -fda spin.img -limit host=0.5
ends 124 'limit of 3 s of guest time at 3\.0' -fda forever.img -limit guest=3
ends 124 'guest time' -fda forever.img -limit host=100,guest=1
ends 124 'wait.script:1: .*limit of 0.5 s' -fda aeoi.img -script wait.script -limit host=0.5
printf 'limit 0.5\nwait-text "never" 100000\n' >limit.script
ends 124 'limit.script:2: .*limit of 0.5 s of host' -fda spin.img -script limit.script
printf 'limit 0.1\nlimit 0\nsleep 2\nquit 7\n' >lifted.script
ends 7 '' -fda spin.img -script lifted.script
ends 2 'limit.*host=SECONDS' -limit 5
ends 2 'limit.*host=SECONDS' -limit host=-1

# Guests that reset for ever take guest time, so that a script gets to its end.
printf 'sleep 1\nquit 7\n' >second.script
for guest in resumes resets aeoi nmi fwcfg dma; do
    ends 7 '' -fda $guest.img -script second.script
done
ends 3 'triple fault' -bios triple.rom -script second.script

[ "$failures" -eq 0 ] || exit 1
echo "everything ends"
