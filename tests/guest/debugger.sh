#!/bin/bash
# debugger.sh FERRITE - `ferrite debug`: on a pseudo-terminal (keys, panes, another size, the end) and
# line by line; the guest's run is the one without a debugger.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 >/dev/null || {
    echo "SKIPPED: needs python3 (apt-get install python3)"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $1" >&2
    [ ! -e out ] || tail -40 out >&2
    exit 1
}

# lines TEXT...: line mode; its answers are in `out`.
lines() {
    printf '%s\n' "$@" | timeout 60 "$ferrite" debug -line >out 2>&1 || fail "line mode: status $?"
}
says() {
    grep -qE -e "$1" out || fail "no line \"$1\""
}

# ---- line by line ----

lines 'until 0:7c00' 'step' 'next 3' 'where' 'reverse-next 3' 'break port 3d4 out if al != 0' \
    'continue' 'breakpoints' 'delete' 'finish' 'nonsense' '?' 'branches 2' 'why' 'why slow' 'reset' 'why reset' 'quit'
says '^at: 0000:7c00$'
says '^at: 0000:7c3e$'
says '^instruction: mov es, ax$'
says '^notes: eax=0000 -> es$'
says '^reason: at 1: port 03d4: out '
says '^  met: 1$'
says 'no command "nonsense"'
says 'reverse-finish \(rf\)'
says '^[0-9a-f:]+ to [0-9a-f:]+: (ret|iret|call|jmp|j|INT|loop)'
says '^reset: the reset button, or a command, near '
says '^of the last: [0-9]+ instructions'

# An empty line does the last step again; the end of the input is the end.
lines 'until 0:7c00' 'step' '' '' 'where'
says '^instruction: mov ds, ax$'

# Who wrote there, up to the beginning of what is kept.
lines 'until 0:7c00' 'watch 0x46c 4' 'c' 'reverse-continue' 'reverse-continue' 'rc' 'rc' 'rc'
says '^reason: at 1: after 0000046c was written$'
says '^instruction: inc dword '

# What cannot be.
status=0
"$ferrite" debug -display sdl >out 2>&1 </dev/null || status=$?
if [ "$status" -ne 2 ]; then
    fail "-display sdl: status $status"
fi
says 'the debugger has the terminal'

# ---- the same run ----

cat >plain.script <<'END'
sleep 1000
END
cat >watched.script <<'END'
until 0:7c00 5
step 100
next 20
break vector 16
break mode any
break text "Ferrite"
continue 5
continue 5
delete
reverse-next 10
reverse-continue
goto latest
cont
sleep 1000
END
# run SCRIPT: up to the same instant; what the guest has done by then is in `out`.
run() {
    status=0
    timeout 60 "$ferrite" -display none -d hash -D log -limit guest=1 --stats -rewind 32 -script "$1" \
        >/dev/null 2>out || status=$?
    if [ "$status" -ne 124 ]; then
        fail "$1: status $status"
    fi
    grep -E '^(instructions|guest seconds|trace hash):' out
}
run plain.script >plain
run watched.script >watched
if ! grep -q 'trace hash' plain; then
    fail "no trace hash"
fi
cmp plain watched || fail "a run that is looked at is another one"

# ---- on a terminal ----

cat >keys <<'END'
see f000:fff0
gone f000:1000
see efl=
see F1 Help .*F10 Quit
keys until 0:7c00\r
see ^ >0000:7c00 .*jmp 0x7c3e
keys \x1b[18~\x1b[18~\x1b[18~
see ^ >0000:7c41 .*mov ds, ax
see eip\*00007c41
keys \x1b[18;2~
see ^ >0000:7c3f .*xor ax, ax .*writes OSZAPC
see ^ eax=0000 -> eax
keys \x1bOQ
see ^\*>0000:7c3f
keys brea\t
see ^> break
keys point\tx\x7f\r
see breakpoint at 00007c3f
keys \x1b[17~
see ^ Memory
keys memory 0:7c00\r
see ^ 00007c00  eb 3c 90 46 45 52 52 49 54 45
keys \x1b[17~\x1b[17~
see ^ Breakpoints
see breakpoint at 00007c3f
keys delete\r\x1b[15~
see running
gone eip\*
keys \x1b[17~
see Ferrite demo disk
keys \x03
gone running
size 120 40
keys \x1b[17~
see ^ Stack
see cr4=
size 50 16
see ebx
size 20 5
see at least 40
size 80 24
keys \x1bOP
see F9  finish: out of
see rs rn rf ru rc$
see interrupt, mode,$
see print, why,$
see help COMMAND says what it does
keys \x1bOP
see ^ Stack
keys quit 5\r
end 5
END
timeout 100 python3 "$here/terminal.py" 80 24 keys "$ferrite" debug || fail "the terminal's session"
