#!/bin/bash
# Lessons from the command line: list, text, an answer in a file, its result done again, a lesson of
# one's own, and what is asked wrongly. (All answers of all lessons: tests/unit/test_lessons.c.)
set -euo pipefail
ferrite=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# status WANTED COMMAND...: its output in $tmp/out.
status() {
    local wanted=$1 got=0
    shift
    "$@" >"$tmp/out" 2>&1 || got=$?
    [ "$got" -eq "$wanted" ] || fail "status $got instead of $wanted: $*: $(cat "$tmp/out")"
}

# says TEXT: the last output has it.
says() {
    grep -qF -- "$1" "$tmp/out" || fail "not said: $1; but: $(cat "$tmp/out")"
}

status 0 "$ferrite" lesson
says "1  power-on"
says "boot-sector"
status 0 "$ferrite" lesson 9 -hints
says "The timer makes a sound"
says "Hint:"
if grep -q 'B6h' "$tmp/out" && grep -q '```' "$tmp/out"; then
    fail "blocks are shown as they stand"
fi

# A program, right and wrong.
cat >"$tmp/sum.asm" <<'ASM'
sum:
    xor ax, ax
.next:
    add ax, cx
    loop .next
    ret
ASM
status 0 "$ferrite" lesson caches -check "$tmp/sum.asm" -seed 41 -result "$tmp/r.json"
says "Right."
sed 's/add ax, cx/add ax, dx/' "$tmp/sum.asm" >"$tmp/wrong.asm"
status 1 "$ferrite" lesson caches -check "$tmp/wrong.asm"
says "The sum of 1 to"
sed 's/add ax, cx/addd ax, cx/' "$tmp/sum.asm" >"$tmp/typo.asm"
status 1 "$ferrite" lesson caches -check "$tmp/typo.asm" -result "$tmp/typo.json"
says "line 4:"
status 0 "$ferrite" lesson caches -check - -seed 3 <"$tmp/sum.asm"
status 1 "$ferrite" lesson 1 -answer 7
status 0 "$ferrite" lesson 1 -answer f000:e05b

# Results: done again, and found out when somebody has helped. Without Jansson there is no reading.
got=0
"$ferrite" lesson -verify "$tmp/r.json" >"$tmp/out" 2>&1 || got=$?
if [ "$got" -ne 2 ] || ! grep -qi jansson "$tmp/out"; then
    status 0 "$ferrite" lesson -verify "$tmp/r.json"
    says "caches, seed 41: Right."
    sed 's/"seed": "41"/"seed": "42"/' "$tmp/r.json" >"$tmp/seed.json"
    status 1 "$ferrite" lesson -verify "$tmp/seed.json"
    says "has not done the same"
    sed 's/"passed": false/"passed": true/' "$tmp/typo.json" >"$tmp/lie.json"
    status 1 "$ferrite" lesson -verify "$tmp/lie.json"
    says "it says that the answer is right"
    status 1 "$ferrite" lesson -verify "$tmp/typo.json"
    echo '[1, 2]' >"$tmp/none.json"
    status 2 "$ferrite" lesson -verify "$tmp/none.json"
    says "no result of a lesson"
fi

# The diskette boots without lessons, too.
status 0 "$ferrite" lesson memory -seed 5 -image "$tmp/a.img"
printf 'break 0x7c00\ncontinue\nx 0x7dfe /2xb\n' >"$tmp/boots.script"
status 0 "$ferrite" -display none -m 4 -fda "$tmp/a.img" -snapshot -script "$tmp/boots.script"
says "0x55 0xaa"

# One of one's own.
cat >"$tmp/01-mine.md" <<'MD'
# Mine

The answer is the word of the hour.

```task word
```

```check
given WORD of red
run 1
expect answer is {WORD}|blue else "It is {WORD}, not {answer}."
```

```solution
 Red
```

```wrong "It is red, not green."
green
```

```wrong "It is red"
re
```
MD
status 0 "$ferrite" lesson "$tmp/01-mine.md" -test
says "3 answers tried, 0 not as they should be"
status 0 "$ferrite" lesson "$tmp/01-mine.md" -answer BLUE
sed -i 's/^run 1$/do quit/' "$tmp/01-mine.md"
status 2 "$ferrite" lesson "$tmp/01-mine.md"
says "01-mine.md:10: quit: a lesson may look"

# Asked wrongly.
status 2 "$ferrite" lesson pwer-on
says "did you mean power-on?"
status 2 "$ferrite" lesson 1 2
status 2 "$ferrite" lesson -check "$tmp/sum.asm"
status 2 "$ferrite" lesson 1 -answer 1 -check "$tmp/sum.asm"
status 2 "$ferrite" lesson 1 -answer 1 -seed -1
status 2 "$ferrite" lesson 1 -check "$tmp/nowhere"
status 2 "$ferrite" lesson 1 -image "$tmp/b.img"
says "has no program"
status 2 "$ferrite" lesson 1 -answer 5 -result "$tmp/no/such"
