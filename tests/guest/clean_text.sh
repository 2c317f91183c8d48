#!/bin/bash
# clean_text.sh FERRITE - text of files, names and guests does nothing to a terminal: what the program
# prints of it has no control characters, whoever wrote them there.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
export FERRITE_MACHINES=$PWD/home LC_ALL=C.UTF-8
failures=0
evil=$'\e[31m\x9b2J\xc2\x9b5m' # CSI in seven bits, as a byte of Latin-1, as a character of UTF-8

# clean NAME COMMAND...: the text arrives ([31m is in what is printed), and only that.
clean() {
    local name=$1 status=0
    shift
    timeout 60 "$@" >out 2>&1 </dev/null || status=$?
    if [ "$status" -eq 124 ] || [ "$status" -gt 127 ]; then
        echo "FAILED: $name: a crash, or no end"
        failures=$((failures + 1))
    fi
    if ! grep -qa '\[31m' out || LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\x80-\xff])\x9b' out; then
        echo "FAILED: $name prints:"
        cat -v out
        failures=$((failures + 1))
    fi
}

# Lessons: title, text, hint, program; an answer that is wrong; a result that somebody handed in.
cat >01-mine.md <<MD
# ${evil}Mine

Text ${evil}.

\`\`\`task word
\`\`\`

\`\`\`check
given WORD of red
run 1
expect answer is {WORD} else "It is {WORD}, not {answer}."
\`\`\`

\`\`\`solution
${evil}
\`\`\`

\`\`\`wrong "It is red"
green
\`\`\`

\`\`\`wrong "It is red"
re
\`\`\`

\`\`\`hint
${evil}
\`\`\`
MD
clean 'a lesson' "$ferrite" lesson ./01-mine.md -hints
clean 'a wrong answer' "$ferrite" lesson ./01-mine.md -answer "$evil"
clean 'a solution that is none' "$ferrite" lesson ./01-mine.md -test
cat >result.json <<'JSON'
{"lesson": "\u001b[31mpower-on", "seed": "1", "passed": true, "words": "\u001b[31m", "trace-hash": "\u001b[31m",
 "source": "\u001b[31m"}
JSON
"$ferrite" lesson -verify result.json >out 2>&1 || true
if ! grep -qi jansson out; then
    clean 'a result of no lesson' "$ferrite" lesson -verify result.json
    sed 's/u001b\[31mpower-on/u0070ower-on/; s/true/false/' result.json >wrong.json
    clean 'a result that differs' "$ferrite" lesson -verify wrong.json
fi

# Names, on the command line and in files.
clean 'an unknown option' "$ferrite" "-$evil"
clean 'a file that is not there' "$ferrite" -fda "$evil.img"
echo "$evil x" >bad.script
clean 'a script error' "$ferrite" -display none -script bad.script
printf '[%s]\nx = %s\n' "$evil" "$evil" >bad.ini
clean 'a bad configuration' "$ferrite" -readconfig bad.ini
printf 'FILE "%s.bin" BINARY\n  TRACK 01 MODE1/2352\n    INDEX 01 00:00:00\n' "$evil" >bad.cue
clean 'a cue sheet' "$ferrite" -display none -cdrom bad.cue
printf '%%include "%s"\n' "$evil" >bad.asm
clean 'an assembler error' "$ferrite" asm bad.asm
clean 'a topic of help' "$ferrite" help "$evil"
clean 'a command of scripts' "$ferrite" help script "$evil"
clean 'a program to fetch' "$ferrite" get "$evil"
clean 'a program for DOS' "$ferrite" dos "./$evil.EXE"
clean 'a snapshot' "$ferrite" -display none -loadvm "$evil"

# A diskette with a name that nobody could type, and its list.
mkdir files
touch "files/$(printf 'a\302\233[31mb').txt"
"$ferrite" disk mkfs -size 160K -from files disk.img >out 2>&1
clean 'what is on a diskette' "$ferrite" disk ls disk.img

# Somebody else's settings.
mkdir other
printf '[Machine]\nmachine = %s\ncpu_family = %s\n[Video]\ngfxcard = %s\n' "$evil" "$evil" "$evil" >other/86box.cfg
clean '86Box' "$ferrite" import other/86box.cfg Other

# Symbols, and what a guest sends, in the words of a script that fails.
cat >boot.asm <<'ASM'
org 0x7c00
bits 16
mov si, text
mov dx, 0x3f8
next: inc dx ; its line status: room for a byte?
inc dx
inc dx
inc dx
inc dx
room: in al, dx
test al, 20h
jz room
mov dx, 0x3f8
lodsb
out dx, al
test al, al
jnz next
hlt: hlt
jmp hlt
text: db "serial ", 27, "[31m", 0x9b, "2J", 10, 0
times 510-($-$$) db 0
dw 0xaa55
ASM
"$ferrite" asm -o boot.img boot.asm
truncate -s 163840 boot.img
echo 'wait-serial "never" 1' >serial.script
clean 'what a guest sends' "$ferrite" -display none -m 1 -fda boot.img -snapshot -serial null -script serial.script

[ "$failures" -eq 0 ]
