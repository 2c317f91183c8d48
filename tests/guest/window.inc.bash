# window.inc.bash - what the tests of the window share: a virtual X server, the window's number,
# keys and pictures. A test sources it with $ferrite and $work set, and has its own tidy_up.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the test

for tool in Xvfb xdotool xwd nasm; do
    command -v $tool >/dev/null || {
        echo "SKIPPED: needs $tool (apt-get install xvfb xdotool x11-apps nasm)"
        exit 77
    }
done

# start_server: sets $xvfb and $DISPLAY. FERRITE_SCREEN is its size.
start_server() {
    rm -f number
    # -noreset: a server that resets when its last client leaves refuses the next one for a moment.
    Xvfb -noreset -displayfd 3 -screen 0 "${FERRITE_SCREEN:-1024x768}x24" 3>number >xvfb.log 2>&1 &
    xvfb=$!
    for _ in $(seq 300); do
        [ -s number ] && break
        sleep 0.1
    done
    [ -s number ] || {
        echo "SKIPPED: Xvfb does not start: $(tail -n 1 xvfb.log)"
        exit 77
    }
    DISPLAY=:$(<number)
    export DISPLAY
}

start_server
# The leaks of libraries behind SDL are not ours.
export ASAN_OPTIONS=detect_leaks=0
export SDL_VIDEODRIVER=x11 SDL_AUDIODRIVER=dummy XDG_STATE_HOME=$work/state HOME=$work
unset WAYLAND_DISPLAY SDL_RENDER_DRIVER

fail() {
    echo "FAILED: $1" >&2
    cat err >&2 || true
    exit 1
}

# The server is there, so a window that does not open is a fault, unless there is no SDL.
if ! "$ferrite" -display sdl -script /dev/null >out 2>err; then
    grep -qE 'built without SDL|libsdl2' err || fail "no window can be had"
    echo "SKIPPED: $(head -n 1 err)"
    exit 77
fi

# find_window [NOT]: waits for one (that is not NOT), sets $window and gives it the keys.
find_window() {
    local geometry=''
    for _ in $(seq 200); do
        window=$(xdotool search --name '^Ferrite' 2>/dev/null | grep -vx "${1:-none}" | head -n 1) || true
        # One that is just going away has none.
        [ -z "$window" ] || geometry=$(xdotool getwindowgeometry --shell "$window" 2>/dev/null) || geometry=''
        [ -z "$geometry" ] || break
        sleep 0.1
    done
    [ -n "$geometry" ] || fail "no window"
    xdotool windowfocus --sync "$window" 2>/dev/null || true
    eval "$geometry"
}

# title_says TEXT WHAT: within some seconds.
title_says() {
    for _ in $(seq 100); do
        xdotool getwindowname "$window" 2>/dev/null | grep -q "$1" && return 0
        sleep 0.1
    done
    fail "$2: $(xdotool getwindowname "$window" 2>/dev/null)"
}

# await TEXT FILE WHAT: until it is there.
await() {
    for _ in $(seq 300); do
        ! grep -q -- "$1" "$2" 2>/dev/null || return 0
        sleep 0.1
    done
    fail "$3"
}

# shot NAME: for whoever looks at them.
shot() {
    [ -z "${FERRITE_PICTURES:-}" ] ||
        xwd -root -silent | convert xwd:- "$FERRITE_PICTURES/$1.png" 2>/dev/null || true
}
