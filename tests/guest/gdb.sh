#!/bin/bash
# gdb.sh FERRITE - an unmodified GDB at a machine: in real mode from the first instruction, breakpoints
# by linear address and by segment:offset, steps, watchpoints, registers, memory and its faults,
# commands of the table; backwards to the store that changed a variable, and a step; then in protected
# mode; a second GDB; one that vanishes; kill.
# shellcheck disable=SC2016 # $1 is GDB's
set -euo pipefail
ferrite=$(realpath "$1")
helper=$(realpath "$(dirname "$0")/../../frontend/gdb/ferrite-gdb.py")
for tool in gdb nasm; do
    command -v "$tool" >/dev/null || {
        echo "SKIPPED: needs $tool (apt-get install $tool)"
        exit 77
    }
done
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

fail() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}

# Counts at 1000:0200 in a routine of another segment, then in 32-bit protected mode with a code
# segment that does not begin at 0.
cat >count.asm <<'ASM'
org 0
bits 16
    jmp 0x7c0:start
start:
    cli
    mov ax, 0x1000
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0xf000
    push cs
    pop ds
    mov si, routine
    mov di, 0x100
    mov cx, routine_end - routine
    rep movsb
    mov ax, 0x1000
    mov ds, ax
    mov word [0x200], 0x1233
    mov cx, 3
again:
    call 0x1000:0x100
    loop again
    mov ax, cs
    mov ds, ax
    lgdt [table]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp dword 8:high
bits 32
high:
    mov ax, 16
    mov ds, ax
    mov dword [0x10300], 0x89abcdef
stay:
    inc dword [0x10300]
    jmp stay
bits 16
routine:
    mov ax, [0x200]
    inc ax
    mov [0x200], ax
    retf
routine_end:
align 8
gdt:
    dq 0
    dw 0xffff, 0x7c00, 0x9a00, 0x00cf
    dw 0xffff, 0x0000, 0x9200, 0x00cf
table:
    dw 23
    dd 0x7c00 + gdt
    times 510 - ($ - $$) db 0
    dw 0xaa55
ASM
nasm -f bin -o boot.img -l boot.lst count.asm
truncate -s 1440K boot.img
stay=$(awk '/inc dword/ {print $2}' boot.lst)

# start ARGS...: the machine in the background, stopped, once it can be connected to.
start() {
    rm -f sock
    "$ferrite" -display none -boot a -gdb unix:sock "${extra[@]}" "$@" >out 2>err &
    machine=$!
    while [ ! -S sock ]; do
        runs "$machine" || {
            cat err
            exit 1
        }
        sleep 0.05
    done
}

# debug FILE: a GDB does what is in it; what it says is in FILE.out.
debug() {
    timeout 60 gdb -nx -q -batch -ex 'set pagination off' -ex 'set confirm off' \
        -ex 'target remote sock' -x "$1" >"$1.out" 2>&1 || true
}

# says FILE REGEX: is there such a line in what FILE's GDB said?
says() {
    grep -Eq -- "$2" "$1.out" || {
        fail "$1: no line \"$2\""
        sed 's/^/  /' "$1.out"
    }
}

cat >real.gdb <<'GDB'
p/x $pc
p $mode
x/i $pc
hbreak *0x7c00
continue
p/x $pc
monitor break 1000:0100
continue
p/x $cs_base + $cs_eip
p/x $cs
x/2i $pc
stepi
p/x $ax
watch *(unsigned short *) 0x10200
continue
p/x $pc
p/x *(unsigned short *) 0x10200
delete
monitor delete
rwatch *(unsigned short *) 0x10200
continue
p/x $pc
delete
watch *(unsigned short *) 0x10200
continue
continue
p/x *(unsigned short *) 0x10200
reverse-continue
p/x *(unsigned short *) 0x10200
x/i $pc
reverse-continue
p/x *(unsigned short *) 0x10200
delete
reverse-stepi
x/i $pc
stepi
x/i $pc
stepi
hbreak *0x7c00
reverse-continue
p/x $pc
delete
reverse-continue
p $icount
hbreak *0x10103
continue
delete
set $ax = 0x4321
stepi
stepi
p/x *(unsigned short *) 0x10200
set var *(unsigned short *) 0x10200 = 0x1111
p/x *(unsigned short *) 0x10200
x/4xb 0xfec00000
GDB
cat >protected.gdb <<GDB
break *0x7c00 + 0x$stay
continue
p \$mode
p/x \$pc
p/x \$cs_eip
set architecture i386
x/i \$pc
set var *(unsigned int *) 0x10300 = 0x89abcdef
stepi
p/x *(unsigned int *) 0x10300
monitor status
info threads
detach
GDB
start -S -fda boot.img
debug real.gdb
says real.gdb '^\$1 = 0xfffffff0$'
says real.gdb '^\$2 = real$'
says real.gdb 'ljmp +\$0xf000,\$0xe05b$'
says real.gdb '^\$3 = 0x7c00$'
says real.gdb '1: breakpoint at 00010100$'
says real.gdb '^\$4 = 0x10100$'
says real.gdb '^\$5 = 0x1000$'
says real.gdb '=> 0x10100:.*mov +0x200,%ax$'
says real.gdb 'inc +%ax$'
says real.gdb '^\$6 = 0x1233$'
says real.gdb '^New value = 4660$'
says real.gdb '^\$7 = 0x10107$'
says real.gdb '^\$8 = 0x1234$'
says real.gdb '^Value = 4660$'
says real.gdb '^\$9 = 0x10103$'
says real.gdb '^\$10 = 0x1236$'
says real.gdb '^\$11 = 0x1235$'
says real.gdb '=> 0x10104:.*mov +%ax,0x200$'
says real.gdb '^Old value = 4662$'
says real.gdb '^\$12 = 0x1234$'
says real.gdb '=> 0x10103:.*inc +%ax$'
says real.gdb '^\$13 = 0x7c00$'
says real.gdb '^No more reverse-execution history'
says real.gdb '^\$14 = 0$'
says real.gdb '^\$15 = 0x4322$'
says real.gdb '^\$16 = 0x1111$'
says real.gdb 'Cannot access memory at address 0xfec00000$'

# It is gone: the machine has gone on, without its points, and the next one can come.
debug protected.gdb
says protected.gdb '^\$1 = protected32$'
says protected.gdb "^\\\$3 = 0x0*$(printf '%x' "0x$stay")\$"
says protected.gdb 'incl +0x10300$'
says protected.gdb '^\$4 = 0x89abcdf0$'
says protected.gdb '^status: paused$'
says protected.gdb 'protected mode'

# Another one while there is one.
mkfifo hold
exec 9<>hold
gdb -nx -q -batch -ex 'target remote sock' -ex 'shell touch here; cat hold' >first 2>&1 &
first=$!
while [ ! -e here ]; do
    runs "$first"
    sleep 0.05
done
echo 'p 1 + 1' >second.gdb
debug second.gdb
grep -Eq 'Remote (connection closed|communication error)' second.gdb.out ||
    fail "a second GDB was not told: $(cat second.gdb.out)"
# The first one is killed in the middle: the machine goes on, and the next one sees that it did.
signal KILL "$first"
wait "$first" || true
echo >&9
echo 'p/x $icount' >counts.gdb
debug counts.gdb
grep -q '^\$1 = 0x' counts.gdb.out || fail "no GDB can connect any more"

# kill ends the run.
printf 'kill\n' >kill.gdb
debug kill.gdb
wait "$machine" && status=0 || status=$?
[ "$status" = 0 ] || fail "kill ended the run with $status"

# A processor that shuts down is to be looked at before the machine starts again.
cat >down.asm <<'ASM'
org 0x7c00
bits 16
    cli
    xor ax, ax
    mov ds, ax
    lidt [none]
    int3
none:
    times 6 db 0
    times 510 - ($ - $$) db 0
    dw 0xaa55
ASM
nasm -f bin -o down.img down.asm
truncate -s 1440K down.img
cat >down.gdb <<'GDB'
continue
p/x $pc
reverse-stepi
continue
continue
GDB
start -S -fda down.img -no-reboot
debug down.gdb
says down.gdb '^triple fault: '
says down.gdb 'SIGSEGV'
says down.gdb '^\$1 = 0x7c0a$'
says down.gdb '\[Inferior 1 .* exited with code 03\]$'
wait "$machine" && status=0 || status=$?
[ "$status" = 3 ] || fail "the triple fault ended the run with $status"

# With the helper the code is right on both sides of a change of mode.
cat >helper.gdb <<GDB
source $helper
farbreak 1000:0100
continue
x/i \$pc
farexamine 2 1000:0100
delete
break *0x7c00 + 0x$stay
continue
x/i \$pc
reverse-continue
x/i \$pc
kill
GDB
start -S -fda boot.img
debug helper.gdb
says helper.gdb '=> 0x10100:.*mov +0x200,%ax$'
says helper.gdb '^0x10100:.*0xa1.*0x00$'
says helper.gdb 'incl +0x10300$'
wait "$machine" || true

# Nobody could start it.
"$ferrite" -display none -S >out 2>err && fail "-S alone was accepted"
grep -q '^ferrite: -S: ' err || fail "-S alone: $(cat err)"

[ "$failures" = 0 ]
