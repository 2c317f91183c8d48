#!/bin/bash
# guest_end.sh FERRITE - how a guest ends a run, and the serial port as a channel: boot sectors
# made here, each doing one thing.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
failures=0

# ends STATUS IMAGE ARGUMENT...: runs it headless; output in out and err.
ends() {
    local expected=$1 image=$2 status=0
    shift 2
    timeout 60 "$ferrite" -display none -fda "$image.img" "$@" >out 2>err </dev/null || status=$?
    if [ "$status" -ne "$expected" ]; then
        echo "FAILED: $image $*: status $status, expected $expected"
        cat err
        failures=$((failures + 1))
    fi
}

# says FILE PATTERN
says() {
    grep -qE -e "$2" "$1" || {
        echo "FAILED: no \"$2\" in $1:"
        cat "$1"
        failures=$((failures + 1))
    }
}

boot_sector exit_port <<'ASM'
mov al, 5
out 0xf4, al
hlt
ASM
boot_sector triple <<'ASM'
mov si, empty
lidt [si]
int3
empty: dw 0, 0, 0
ASM
boot_sector reset <<'ASM'
mov al, 0xfe
out 0x64, al
wait_here: jmp wait_here
ASM
boot_sector hello <<'ASM'
mov dx, 0x3fb
mov al, 3
out dx, al
mov si, text
next: lodsb
test al, al
jz done
mov ah, al
mov dx, 0x3fd
full: in al, dx
test al, 0x20
jz full
mov al, ah
mov dx, 0x3f8
out dx, al
out 0xe9, al
jmp next
done: mov al, 0
out 0xf4, al
text: db "hello from the guest", 13, 10, 0
ASM
# Sends back what comes in, plus one; ends at an 'x', when all is sent.
boot_sector echo <<'ASM'
mov dx, 0x3fb
mov al, 3
out dx, al
again: mov dx, 0x3fd
in al, dx
test al, 1
jz again
mov dx, 0x3f8
in al, dx
cmp al, 'x'
je done
inc al
out dx, al
jmp again
done: mov dx, 0x3fd
busy: in al, dx
test al, 0x40
jz busy
mov al, 1
out 0xf4, al
ASM
boot_sector forever <<'ASM'
sti
idle: hlt
jmp idle
ASM

echo 'sleep 5' >sleep.script
echo 'wait-serial "from the guest"' >hear.script

# Without a script: QEMU's convention.
ends 11 exit_port
ends 0 reset -no-reboot
ends 3 triple -no-reboot
says err 'triple fault'
ends 1 hello -serial stdio
says out '^hello from the guest'
ends 1 hello -debugcon file:debug.txt -serial file:serial.txt
says debug.txt '^hello from the guest'
says serial.txt '^hello from the guest'

# With a script, what comes before its end counts.
ends 11 exit_port -script sleep.script
says err 'sleep.script:1: .*F4h, status 11'
ends 3 triple -script sleep.script
says err 'sleep.script:1: .*triple fault'
ends 3 reset -no-reboot -script sleep.script
ends 0 reset -script sleep.script
ends 0 hello -script hear.script
ends 0 forever -script sleep.script -stats
says err '^instructions: [0-9]+$'
says err '^guest seconds: 5\.0'
says err '^host seconds: '
says err '^MIPS: '

# Input on the serial port. What comes before the guest has set the port up may be anything.
status=0
printf '....abcx' | timeout 60 "$ferrite" -display none -fda echo.img -serial stdio >out 2>err || status=$?
[ "$status" -eq 3 ] || { echo "FAILED: echo: status $status"; failures=$((failures + 1)); }
says out 'bcd$'

# A machine that does nothing any more is said to, in a run that nobody looks at.
boot_sector dead <<'ASM'
cli
hlt
ASM
boot_sector spin <<'ASM'
cli
jmp $
ASM
ends 124 dead -limit guest=40
says err 'nothing has happened for 30 s.*halted at 0000:00007c02 .*interrupts off: only an NMI or a reset'
[ "$(grep -c 'nothing has happened' err)" -eq 1 ] || { echo "FAILED: said again"; failures=$((failures + 1)); }
ends 124 spin -limit guest=40 -speed 8
says err 'nothing has happened for 30 s.*running at 0000:00007c01 .*interrupts off.*loop of one instruction'
truncate -s 163840 blank.img
ends 124 blank -limit guest=60
says err 'nothing has happened for 30 s.*halted'
says err 'not bootable'
echo 'wait-text "never" 5' >never.script
ends 1 dead -script never.script
says err 'halted at 0000:00007c02 .*interrupts off'
ends 1 blank -script never.script
says err 'not bootable'

# A signal ends the run in order.
for seconds in 2 20; do # a busy host may take the first two for the start
    status=0
    timeout -s INT $seconds "$ferrite" -display none -fda forever.img -stats >out 2>err </dev/null || status=$?
    ! grep -q '^instructions: ' err || break
done
[ "$status" -eq 124 ] || { echo "FAILED: SIGINT: status $status"; failures=$((failures + 1)); }
says err '^instructions: '

[ "$failures" -eq 0 ] || exit 1
echo "every end gives its status"
