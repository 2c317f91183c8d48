#!/bin/bash
# linux_usb.sh FERRITE - Linux' usbhid has a USB keyboard and a USB tablet: the keys that sendkey presses,
# the place, the buttons and the wheel of pointer are what evdev reads.
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
for tool in cpio python3; do
    command -v $tool >/dev/null || { echo "SKIPPED: needs $tool (apt-get install $tool)"; exit 77; }
done
linux=$("$here/../../scripts/get-guest" linux-drivers) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux-drivers)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() {
    echo "FAILED: $1"
    tail -n 30 serial out
    exit 1
}

mkdir ram
printf '%s\n' uhci-hcd usbhid hid-generic evdev >ram/drivers
cat >ram/test <<'TEST'
for name in Keyboard Tablet; do
    until event=$(grep -l "USB $name" /sys/class/input/event*/device/name); do sleep 0.2; done
    event=${event#/sys/class/input/}
    cat "/dev/input/${event%%/*}" >"/$name" &
    echo "GUEST $name $(cat "/sys/class/input/${event%%/*}/device/name")"
done
sleep 1
echo "GUEST READY"
sleep 4
for name in Keyboard Tablet; do
    hexdump -v -e '16/1 "%02x" "\n"' "/$name" | sed "s/^/GUEST $name event /"
done
TEST
{ cat "$linux/initrd.gz"; (cd ram && find . | cpio --quiet -o -H newc | gzip -n); } >initrd.gz
printf '%s\n' 'wait-serial "GUEST READY" 400' 'sleep 0.3' 'sendkey a' 'sendkey shift-f1' \
    'pointer 16384 49152' 'sleep 0.1' 'pointer 65535 0 1' 'sleep 0.1' 'pointer 65535 0 0 1' \
    'wait-serial "GUEST DONE" 100' 'quit' >run.script
"$ferrite" -display none -m 96 -speed 800 -kernel "$linux/vmlinuz" -initrd initrd.gz \
    -append 'console=ttyS0 quiet' -device usb-kbd -device usb-tablet -serial file:serial \
    -script run.script >out 2>&1 || fail "the run"
tr -d '\r' <serial >said
grep -q '^GUEST Keyboard Ferrite USB Keyboard' said || fail "the keyboard"
grep -q '^GUEST Tablet Ferrite USB Tablet' said || fail "the tablet"

python3 - <<'EVENTS' || fail "the events"
import struct
events = {"Keyboard": [], "Tablet": []}
for line in open("said", errors="replace"):
    words = line.split()
    if words[:1] == ["GUEST"] and words[2:3] == ["event"]:
        events[words[1]].append(struct.unpack("<2I2Hi", bytes.fromhex(words[3]))[2:])
keys = [(code, value) for kind, code, value in events["Keyboard"] if kind == 1 and value < 2]
assert keys[:2] == [(30, 1), (30, 0)]  # A
assert sorted(keys[2:]) == [(42, 0), (42, 1), (59, 0), (59, 1)] and keys[2] == (42, 1)  # Shift F1
moves = [event for event in events["Tablet"] if event[0] != 0 and event[0] != 4]
at = lambda code: [value for kind, c, value in moves if kind == 3 and c == code]
assert [abs(v - want) <= 1 for v, want in zip(at(0), (8192, 32767))] == [True] * 2
assert [abs(v - want) <= 1 for v, want in zip(at(1), (24576, 0))] == [True] * 2
assert [(c, v) for kind, c, v in moves if kind == 1] == [(272, 1), (272, 0)]  # the left button
assert [v for kind, c, v in moves if kind == 2 and c == 8] in ([1], [-1])  # the wheel
EVENTS
echo "keys and places by usbhid"
