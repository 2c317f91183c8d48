#!/bin/bash
# sandbox.sh FERRITE - the sandbox around whole machines: what is forbidden is tried from inside in
# each configuration; media, pictures, states and videos go on; what is out of reach is said.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
mkdir in outside home home/.hidden
export HOME=$work/home
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME

fail() {
    echo "FAILED: $1"
    [ ! -s err ] || sed 's/^/  /' err
    failures=$((failures + 1))
}

# run STATUS ARGUMENT...: in the folder `in`.
run() {
    local want=$1 status=0
    shift
    (cd in && timeout 60 "$ferrite" -display none "${extra[@]}" "$@") >out 2>err </dev/null || status=$?
    [ "$status" -eq "$want" ] || fail "$*: status $status, expected $want"
}

# ---- from inside ----
run 0 -sandbox test
if grep -q '^ferrite: sandbox:' err; then
    cat err
    echo "SKIPPED: this host has not all of the sandbox"
    exit 77
fi
for what in 'open another file' 'write outside' 'connect out' 'start a program'; do
    grep -q "^refused  *$what:" out || fail "$what is not refused"
done
if grep -q 'NOT REFUSED' out; then
    fail "something is not refused"
fi
run 0 -sandbox test -qmp unix:q -monitor unix:m -gdb unix:g
grep -q '^refused  *connect out:' out || fail "with sockets that listen, connecting out is not refused"
truncate -s 1M in/disk.img
run 0 -sandbox test -hda disk.img -snapshot -serial file:serial
grep -q '^refused  *open another file:' out || fail "with a disk, another file is not refused"
if "$ferrite" -version | grep -q network; then
    run 0 -sandbox test -nic user
    grep -q '^refused  *start a program:' out || fail "with a network, programs are not refused"
fi

# ---- as the kernel sees it: all threads, also of one that waits ----
(cd in && exec timeout 60 "$ferrite" -display none "${extra[@]}" -monitor unix:m -S) >out 2>err </dev/null &
waits=$!
for _ in $(seq 600); do
    ! "$ferrite" ctl in/none help >/dev/null 2>&1 || break
    [ ! -S in/m ] || break
    sleep 0.05
done
for _ in $(seq 600); do
    process=$(pgrep -P "$waits" -x ferrite | head -n 1) || process=
    [ -z "$process" ] || ! grep -q 'Seccomp:	2' "/proc/$process/status" || break
    sleep 0.05
done
for task in /proc/"$process"/task/*; do
    grep -q 'Seccomp:	2' "$task/status" || fail "a thread without a filter"
    grep -q 'NoNewPrivs:	1' "$task/status" || fail "a thread that may get new privileges"
done
kill "$process"
wait "$waits" || true
[ ! -e in/m ] || fail "the socket is left behind"

# ---- what a script does goes on ----
truncate -s 1440K in/a.img outside/b.img
cat >in/s <<END
sleep 0.1
screenshot a.png
dump-text $work/outside/text
snapshot save state
insert fda $work/outside/b.img
snapshot load state
quit 0
END
"$ferrite" -version | grep -q screenshots || sed -i '/screenshot/d' in/s
run 0 -sandbox strict -fda a.img -script s
[ -s outside/text ] || fail "a script's file in another folder was not written"
[ -z "$(find /var/tmp -maxdepth 1 -name 'ferrite-run-*' -newer in/s -user "$(id -u)" -empty 2>/dev/null)" ] ||
    echo "note: a folder of temporary files is there (another run's)"
if command -v ffmpeg >/dev/null; then
    printf 'record v.mkv\nsleep 0.2\nrecord stop\nquit 0\n' >in/s
    run 0 -script s
    [ -s in/v.mkv ] || fail "no video"
fi

# ---- out of reach, in words ----
printf 'screenshot %s/outside/x.png\nchange fda %s/outside/b.img\nchange fda a.img\nquit\n' "$work" "$work" >in/lines
(cd in && timeout 60 "$ferrite" -display none "${extra[@]}" -monitor stdio <lines) >out 2>&1 || true
[ "$(grep -c 'outside of what the sandbox lets this machine reach' out)" -ge 1 ] || {
    fail "a file out of reach: not in words"
    sed 's/^/  /' out
}
[ ! -e outside/x.png ] || fail "a picture was written out of reach"
(cd in && timeout 60 "$ferrite" -display none "${extra[@]}" -sandbox "on,folder=$work/outside" -monitor stdio <lines) >out 2>&1 || true
if grep -q 'outside of what' out; then
    fail "folder= does not bring it within reach"
fi

# ---- a sound library that finds no server is content with that ----
if "$ferrite" -version | grep -q window && command -v nasm >/dev/null; then
    printf 'bits 16\norg 7c00h\nin al,61h\nor al,3\nout 61h,al\nhlt\njmp $-1\ntimes 510-($-$$) db 0\ndw 0aa55h\n' >beep.asm
    nasm -f bin -o in/beep.img beep.asm
    truncate -s 1440K in/beep.img
    mkdir -p home/.config/pulse
    (cd in && timeout 60 env -u XDG_RUNTIME_DIR -u PULSE_RUNTIME_PATH -u PULSE_SERVER SDL_VIDEODRIVER=dummy \
        SDL_AUDIODRIVER=pulseaudio "$ferrite" "${extra[@]}" -fda beep.img -audio sdl -limit guest=1 -limit host=30) \
        >out 2>err </dev/null || true
    grep -q 'no sound' err || echo "note: there is a sound server"
    if grep -qi 'failed to' err; then
        fail "libpulse complains"
    fi
fi

# ---- wrong values ----
for wrong in maybe on,dir=x "on,folder=$work/nowhere" "on,folder="; do
    run 2 -sandbox "$wrong"
    grep -q -- '-sandbox' err || fail "-sandbox $wrong: not said"
done
exit "$failures"
