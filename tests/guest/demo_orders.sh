#!/bin/bash
# demo_orders.sh FERRITE - each page of the demo disk after each other one (and after itself):
# what a page leaves behind in the processor, the chips or memory must not stop the next.
set -euo pipefail
ferrite=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# What a page shows when it is there. Graphics pages have no text; that the next one comes up
# says that they were left again.
title=([1]="TEXT MODE" [2]="" [3]="" [4]="" [5]="KEYBOARD" [6]="MOUSE" [7]="TIMER" [8]="DISKS"
    [9]="Back in real mode: all steps done." [0]="1 / 3 * 3 = 1")
visit() {
    printf 'type "%s"\n' "$1"
    if [ -n "${title[$1]}" ]; then
        printf 'wait-text "%s" 20\n' "${title[$1]}"
    else
        printf 'sleep 0.3\n'
    fi
    printf 'key esc\nwait-text "Ferrite demo disk" 20\n'
}
{
    echo 'wait-text "Ten pages" 20'
    for i in 1 2 3 4 5 6 7 8 9 0; do
        visit "$i"
        visit "$i"
        for j in 1 2 3 4 5 6 7 8 9 0; do
            [ "$i" != "$j" ] || continue
            visit "$j"
            visit "$i"
        done
    done
} >orders.script
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
timeout 100 "$ferrite" "${extra[@]}" -display none -script orders.script </dev/null
