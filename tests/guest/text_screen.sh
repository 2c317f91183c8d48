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
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export FERRITE=$ferrite

fail() {
    echo "FAILED: $1" >&2
    [ ! -e log ] || tail -c 2000 log | cat -v >&2
    exit 1
}

# wait_for PATTERN: until the terminal was sent it.
wait_for() {
    for _ in $(seq 200); do
        grep -aqE -e "$1" log 2>/dev/null && return 0
        sleep 0.1
    done
    fail "\"$1\" never came"
}

# Without a terminal it says so.
status=0
timeout 20 "$ferrite" -display text </dev/null >out 2>err || status=$?
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
printf '1' >&3
wait_for 'TEXT MODE|code page 437'
printf '\33' >&3
sleep 1
printf '5' >&3 # the keyboard's page names what is pressed
sleep 1
printf '\33OP' >&3
wait_for 'F1'
printf '\33' >&3
sleep 1
printf '2' >&3 # 320 x 200 in 256 colours
wait_for 'The guest shows a picture of [1-9]'
printf '\35q' >&3
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
