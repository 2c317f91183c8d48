#!/bin/bash
# window_settings.sh FERRITE - what the menu sets, in a real window on a virtual X server: another key
# for the menu, another host key, the menu's size, the sound device, one source's volume; and the
# snapshots by name of a machine made with `ferrite new`; fast forward. With FERRITE_PICTURES=DIR a picture of each
# state is left there, to be looked at.
# seconds: 400
# no sanitizers: the machine behind it is another test's
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
# shellcheck source=tests/guest/window.inc.bash
. "$here/window.inc.bash"
make_keys keys.img

"$ferrite" -fda keys.img -debugcon file:keys -limit host=280 >out 2>err &
machine=$!
find_window none
await_said KEYS "the guest does not start"

# Another key opens the menu, and F12 is the guest's again.
go keyboard 'menu key' # f11, and the menu stays
shot menu_key
xdotool key F11
menu_shown no "F11 does not close the menu"
menu_key=F11
press F12 a
go
shot opened_by_f11
close_menu
typed '86 1E' "F12, the menu's key no more"

# Another host key: Right Ctrl is the guest's, the Menu key frees the mouse and sends F11.
go keyboard 'host key'
close_menu
go mouse capture
title_says 'Menu or Ctrl+Alt+G releases' "the title names the new host key"
xdotool key 105
xdotool key 135 # the key with a menu on it
title_says 'click to capture' "the new host key does not free the mouse"
xdotool keydown 135 key F11 keyup 135
press b
typed '86 1E 85 30' "the host key with the menu's"

# The menu at twice the size, and by the screen again.
go
small=$(paper)
close_menu
go picture 'size of'
press Right
for _ in $(seq 900); do
    large=$(paper)
    [ "$large" -le $((2 * small)) ] || break
    sleep 0.05
done
shot menu_twice
[ "$large" -gt $((2 * small)) ] || fail "the menu has $small dots, and at twice the size $large"
press Left Left
close_menu

# Sound: the device, by the menu and by its command; one that is not there is said, and is none.
go sound device
sleep 0.1
shot devices
close_menu
go sound volume
press Left
close_menu
go sound speaker
press Left
await 'speaker: volume 90 %' err "the volume of one source"
close_menu
go sound 'mute speaker'
await 'speaker is mute' err "the mute of one source"
shot sources
close_menu
xdotool key ctrl+alt+q
wait "$machine" || fail "the end: status $?"
for line in 'menu-key = f11' 'host-key = menu' 'ui-scale = 0' 'sound-device = default'; do
    grep -qx "$line" state/ferrite/window.ini || fail "not remembered: $line"
done

# A machine that keeps snapshots by name: one is taken, shown with its picture, and gone back to.
menu_key=F12
printf '\n' >state/ferrite/window.ini
export FERRITE_MACHINES=$work/machines
"$ferrite" new -y -for dos -storage none Named >out 2>err || fail "ferrite new"
rm -f keys
"$ferrite" run Named -fda keys.img -debugcon file:keys -limit host=280 >out 2>err &
machine=$!
forgotten=0
find_window none
await_said KEYS "the machine does not start"
press a b
typed '1E 30' "before the snapshot"
goes 'snapshot ".*" is taken' 'save state' 'new snapshot'
press c
typed '1E 30 2E' "after the snapshot"
go 'load state'
sleep 0.2
shot snapshots
press Return Down Return
await 'back to "' err "Load state of a machine with snapshots"
press d
await_said '1E 30 2E 20' "the guest after going back"
if [ -S machines/Named/control ]; then
    "$ferrite" ctl Named dump-text | grep -q 'KEYS 1E 30 20' || fail "not back: $("$ferrite" ctl Named dump-text)"

    # Fast forward: while the key is held guest time runs ahead of the clock, and the guest sees no key of
    # it; the menu's row stays without a hand, until the key is tapped.
    seconds() { "$ferrite" ctl Named clock | sed -n 's/guest seconds: \([0-9]*\).*/\1/p'; }
    fast_is() {
        for _ in $(seq 900); do
            [ "$("$ferrite" ctl Named fast-forward)" != "fast forward: $1" ] || return 0
            sleep 0.1
        done
        fail "$2: $("$ferrite" ctl Named fast-forward)"
    }
    fast_is no "nobody has asked for fast forward"
    xdotool keydown 105 keydown space
    fast_is yes "Space with the host key"
    before=$(seconds)
    begun=$SECONDS
    for _ in $(seq 50); do
        [ $(($(seconds) - before)) -lt 60 ] || break
        sleep 0.1
    done
    shot fast_forward
    [ $(($(seconds) - before)) -gt $((2 * (SECONDS - begun) + 30)) ] || fail "not fast: $before to $(seconds)"
    xdotool keyup space keyup 105
    fast_is no "Space released"
    go speed 'fast forward'
    close_menu
    fast_is yes "the menu's row"
    xdotool keydown 105 key space keyup 105
    fast_is no "Space tapped"
    press f
    await_said '20 21' "a key after fast forward"
    "$ferrite" ctl Named dump-text | grep -q 'KEYS 1E 30 20 21' || fail "Space is the guest's: $("$ferrite" ctl Named dump-text)"
fi
xdotool key ctrl+alt+q
wait "$machine" || fail "the end of a machine: status $?"
echo "keys of the window, size of the menu, sound, snapshots by name: well"
