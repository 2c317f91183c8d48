#!/bin/bash
# text_screen.sh FERRITE - -display text on a pseudo-terminal: the demo's text with its colours,
# keys and function keys that reach the guest, the end by Ctrl+] Q and by a signal, and a terminal
# that is afterwards as it was.
set -euo pipefail
ferrite=$1
command -v script >/dev/null || {
    echo "SKIPPED: needs script (apt-get install bsdutils)"
    exit 77
}
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
export FERRITE=$ferrite

fail() {
    echo "FAILED: $1" >&2
    [ ! -e log ] || tail -c 2000 log | cat -v >&2
    exit 1
}

# wait_for PATTERN: until the terminal was sent it, since `type_keys` when there was one.
seen=0
wait_for() {
    for _ in $(seq 900); do
        ! tail -c +$((seen + 1)) log 2>/dev/null | grep -aqE -e "$1" || return 0
        sleep 0.1
    done
    fail "\"$1\" never came"
}

# type_keys KEYS: what comes from now on is their doing.
type_keys() {
    seen=$(stat -c %s log)
    printf '%b' "$1" >&3
}

# Without a terminal it says so.
status=0
timeout 100 "$ferrite" -display text </dev/null >out 2>err || status=$?
if [ "$status" -ne 2 ] || ! grep -q 'wants a terminal' err; then
    fail "no word about the missing terminal"
fi

cat >inner.sh <<'INNER'
stty rows 30 cols 100
before=$(stty -g)
status=0
timeout --foreground -s TERM 60 "$FERRITE" -display text "$@" || status=$?
[ "$before" = "$(stty -g)" ] && echo "the terminal is as it was"
echo "status $status"
INNER

# run ARGUMENT...: on a pseudo-terminal whose keyboard is descriptor 3.
run() {
    rm -f keys log
    mkfifo keys
    : >log
    seen=0
    script -qefc "bash inner.sh $*" log <keys >/dev/null 2>&1 &
    terminal=$!
    exec 3>keys
}
finish() {
    exec 3>&-
    wait $terminal || true
}

run
wait_for 'Ctrl\+\] Q ends'
wait_for 'A whole PC in software'
wait_for $'\33\\[0;93;4[0-7]m' # the demo's yellow
type_keys 1
wait_for 'TEXT MODE|code page 437'
type_keys '\033' # the menu, which the guest draws anew
wait_for 'A whole PC in software'
type_keys 5 # the keyboard's page names what is pressed
wait_for 'Esc.*F1.*F2'
type_keys '\033OP'
wait_for 'F1'
type_keys '\033'
wait_for 'A whole PC in software'
type_keys 2 # 320 x 200 in 256 colours
wait_for 'The guest shows a picture of [1-9]'
type_keys '\035q'
wait_for 'status 0'
finish
grep -aq 'the terminal is as it was' log || fail "the terminal was left changed"
grep -aq $'\33\\[?1049l' log || fail "the other screen was not left"

# A signal puts the terminal back, and what was said meanwhile is shown then.
run -limit host=2
wait_for 'status 124'
finish
grep -aq 'the terminal is as it was' log || fail "the terminal was left changed by the limit"
grep -aq 'ended by the limit of 2 s of host time' log || fail "messages were lost"
echo "text, colours, keys, ends: well"
