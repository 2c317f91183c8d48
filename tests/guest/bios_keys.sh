#!/bin/bash
# bios_keys.sh FERRITE - keys pressed at the keyboard against the codes that INT 16h gives for
# them, through scan codes, the 8042 and INT 09h of the built-in BIOS.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
nasm -f bin -Wall -Werror -o floppy.img "$here/bios_keys.asm"
truncate -s 1440K floppy.img

# Key as a script names it, and what INT 16h 10h returns ("-": nothing).
keys=(
    "a 1E61" "shift-a 1E41" "ctrl-a 1E01" "alt-a 1E00"
    "1 0231" "shift-1 0221" "ctrl-2 0300" "alt-1 7800" "ctrl-6 071E" "shift-minus 0C5F" "ctrl-minus 0C1F"
    "esc 011B" "alt-esc 0100" "backspace 0E08" "ctrl-backspace 0E7F" "tab 0F09" "shift-tab 0F00"
    "ctrl-tab 9400" "alt-tab A500" "enter 1C0D" "ctrl-enter 1C0A" "alt-enter 1C00"
    "space 3920" "lbracket 1A5B" "shift-rbracket 1B7D" "ctrl-backslash 2B1C" "quote 2827" "less 565C"
    "f1 3B00" "shift-f1 5400" "ctrl-f1 5E00" "alt-f1 6800" "f10 4400" "f11 8500" "ctrl-f11 8900"
    "home 47E0" "ctrl-home 77E0" "alt-home 9700" "up 48E0" "ctrl-up 8DE0" "pageup 49E0" "left 4BE0"
    "right 4DE0" "end 4FE0" "down 50E0" "pagedown 51E0" "insert 52E0" "delete 53E0" "shift-left 4BE0"
    "kp_7 4700" "shift-kp_7 4737" "ctrl-kp_7 7700" "kp_5 4C00" "kp_minus 4A2D" "kp_plus 4E2B"
    "kp_star 372A" "ctrl-kp_star 9600" "kp_slash E02F" "kp_enter E00D" "ctrl-kp_enter E00A"
    "alt-kp_6-kp_5 0041" "ralt-kp_1-kp_2-kp_8 0080" "alt-kp_enter A600"
    "capslock -" "a 1E41" "shift-a 1E61" "1 0231" "capslock -" "a 1E61"
    "numlock -" "kp_7 4737" "shift-kp_7 4700" "kp_dot 532E" "home 47E0" "shift-home 47E0" "numlock -"
    "kp_7 4700" "scrolllock -" "scrolllock -" "win -" "menu -"
    "ctrl-print 7200" "print P" "ctrl-pause B0000" "alt-print Qq"
    "pause -" "x -" "y 1579" "rctrl-c 2E03" "rshift-b 3042" "f12 8600"
)
{
    echo 'wait-text "Press keys"'
    for row in "${keys[@]}"; do
        echo "key ${row% *}"
    done
    echo 'sleep 1'
    echo 'quit 9' # not reached: the guest ends the machine
} >keys.script
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
status=0
timeout 300 "$ferrite" "${extra[@]}" -display none -fda floppy.img -script keys.script \
    -debugcon file:console.txt </dev/null || status=$?

expected=""
for row in "${keys[@]}"; do
    codes=${row##* }
    case $codes in
    -) ;;
    B0000) expected+="B 0000 " ;;
    Qq) expected+="Q q " ;;
    *) expected+="$codes " ;;
    esac
done
read -ra want <<<"$expected"
read -ra got <"console.txt"
for i in "${!want[@]}"; do
    if [ "${want[i]}" != "${got[i]:-nothing}" ]; then
        echo "FAILED: code $i is ${got[i]:-nothing}, ${want[i]} expected"
        echo "expected: $expected"
        echo "got:      ${got[*]}"
        exit 1
    fi
done
[ "${#want[@]}" -eq "${#got[@]}" ] || { echo "FAILED: extra codes: ${got[*]}"; exit 1; }
[ "$status" -eq 1 ] || { echo "FAILED: exit status $status"; exit 1; }
echo "${#want[@]} codes as expected"
