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
    for _ in $(seq 900); do
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
    for _ in $(seq 900); do
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
    for _ in $(seq 900); do
        xdotool getwindowname "$window" 2>/dev/null | grep -q "$1" && return 0
        sleep 0.1
    done
    fail "$2: $(xdotool getwindowname "$window" 2>/dev/null)"
}

# await TEXT FILE WHAT: until it is there.
await() {
    for _ in $(seq 900); do
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

# paper: how many pixels have the colour behind menu, messages and status line (0x101c3c).
paper() {
    xwd -root -silent | LC_ALL=C grep -aoF $'\x3c\x1c\x10' | wc -l || true
}

# menu_shown yes|no WHAT: what else is on that paper, a status line and a message, has less than half of this.
menu_shown() {
    for _ in $(seq 900); do
        if [ "$(paper)" -ge 60000 ]; then is=yes; else is=no; fi
        [ $is != "$1" ] || return 0
        sleep 0.05
    done
    fail "$2: menu shown: $is"
}

# make_keys IMAGE...: boot sectors that show every key as its scan code, and say it on port E9h.
make_keys() {
    cat >keys.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov si, ready
.say:
    lodsb
    test al, al
    jz next
    call put
    jmp .say
next:
    mov ah, 0x10
    int 0x16
    mov al, ah
    push ax
    shr al, 4
    call digit
    pop ax
    and al, 15
    call digit
    mov al, ' '
    call put
    jmp next
digit:
    add al, '0'
    cmp al, '9'
    jbe put
    add al, 7
put:
    out 0xe9, al
    push bx
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    pop bx
    ret
ready: db 'KEYS ', 0
    times 510-($-$$) db 0
    dw 0xaa55
ASM
    nasm -f bin -o keys.bin keys.asm
    for image in "$@"; do
        cp keys.bin "$image"
        truncate -s 163840 "$image"
    done
}

# What the guest has said on port E9h, which goes to the file `keys`, since `forget_keys`.
forgotten=0
forget_keys() { forgotten=$(stat -c %s keys); }
said() { tail -c +$((forgotten + 1)) keys 2>/dev/null | tr -d '\0'; }

# await_said TEXT WHAT
await_said() {
    for _ in $(seq 900); do
        [[ $(said) != *"$1"* ]] || return 0
        sleep 0.05
    done
    fail "$2: the guest says \"$(said)\""
}

# typed TEXT WHAT: the guest has got these keys since it started last, and no others.
typed() {
    await_said "$1" "$2"
    local got
    got=$(said)
    got=${got##*KEYS }
    [ "${got% }" = "$1" ] || fail "$2: the guest got \"$got\""
}

# press KEY...: one after the other; what comes of them is waited for by who wants to see it.
press() {
    xdotool key --delay 20 "$@"
}

# menu_key: the key that opens the menu, when another one is set.
menu_key=F12

# go LABEL...: from the first level on, by the letters of the rows' names; yes answers a question.
# The window's copy of what the machine is doing is a tenth of a second old at most while it is shown.
go() {
    xdotool key $menu_key
    menu_shown yes "go $*"
    sleep 0.15
    for label in "$@"; do
        if [ "$label" = yes ]; then
            xdotool key --delay 20 Down Return
        else
            xdotool type --delay 8 "$label"
            xdotool key Return
        fi
    done
}

# goes PATTERN LABEL...: what the menu's row does is said on standard error, once more than before. A
# row that was grey in the old copy of what the machine is doing is tried once more.
goes() {
    local pattern=$1 before
    shift
    before=$(grep -c -- "$pattern" err || true)
    for _ in 1 2 3; do
        go "$@"
        for _ in $(seq 200); do
            if [ "$(grep -c -- "$pattern" err || true)" -gt "$before" ]; then
                close_menu
                return 0
            fi
            sleep 0.05
        done
        close_menu
    done
    fail "menu, $*: \"$pattern\" is not said: $(tail -n 3 err)"
}

# close_menu: whatever is open. A row that has just been done closes it by itself, and the picture
# shows that a little later: the key would open it again.
close_menu() {
    for _ in 1 2 3; do
        [ "$(paper)" -ge 60000 ] || return 0
        sleep 0.3
        [ "$(paper)" -ge 60000 ] || return 0
        xdotool key $menu_key
        for _ in $(seq 200); do
            [ "$(paper)" -ge 60000 ] || return 0
            sleep 0.05
        done
    done
    fail "closing the menu: it is shown"
}

# see NAME LABEL...: a page with its picture, and away again.
see() {
    local name=$1
    shift
    go "$@"
    sleep 0.1
    shot "$name"
    close_menu
}
