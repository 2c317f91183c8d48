#!/bin/bash
# script_words.sh FERRITE - what scripts can say beyond one command after the other: variables,
# included files, regular expressions, several conditions, parts of pictures, commands for a failure,
# the guest's own exit status; and each thing said wrongly, with file and line.
set -euo pipefail
ferrite=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# run STATUS [-OPTION...] : the script on standard input, as s.script
run() {
    local expected=$1 status=0
    shift
    cat >s.script
    timeout 60 "$ferrite" -display none -m 4 "${extra[@]}" -script s.script "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$expected" ] || {
        failed "status $status, expected $expected: $(head -c 400 s.script)"
        head -n 8 err
    }
}
says() {
    local pattern
    for pattern; do
        grep -qE -e "$pattern" out err || failed "\"$pattern\" was not said for: $(head -c 300 s.script)"
    done
}

# Variables and included files.
mkdir parts
printf 'set WHERE "Ferrite demo disk"\ninclude deeper.script\n' >parts/a.script
# shellcheck disable=SC2016 # the script's own
printf 'wait-text "$WHERE" $LIMIT\necho "$WHERE, $$5 ${HOME} $eax"\n' >parts/deeper.script
run 0 <<'S'
echo $5 and $NOTHING
set LIMIT 30
set X "a \"b\" \\c"
include parts/a.script
echo "$X"
set N 0.01
sleep $N
print $eip
S
# shellcheck disable=SC2016
says '^\$5 and \$NOTHING$' '^Ferrite demo disk, \$5 \$\{HOME\} \$eax$' 'a "b" \\c'
run 0 -set LIMIT=0.01 -set "A=a b" <<<$'sleep $LIMIT\necho "$A"'
says '^a b$'
run 2 <<<$'set A 1\nsleep $B'
# shellcheck disable=SC2016
says '^ferrite: s.script:2: \$B is not set; write `set B VALUE`'
# shellcheck disable=SC2016
run 2 <<<'sleep $SOON'
# shellcheck disable=SC2016
says 's.script:1: .*\$SOON is not set \(set SOON VALUE, or -set SOON=VALUE\)'
run 2 <<<'set eax 3'
says 's.script:1: eax is a register'
run 2 <<<'set 3x 3'
says 'is no name for a variable'
run 2 <<<$'set A "x y"\nwait-text a$A'
# shellcheck disable=SC2016
says 's.script:2: the value of \$A has blanks'
run 2 <<<$'\ninclude s.script'
says 's.script:2: this file is being read already'
printf 'include ../s.script\n' >parts/round.script
run 2 <<<'include parts/round.script'
says 'parts/round.script:1: this file is being read already.*included at s.script:1'
printf 'quit\nnonsense\n' >parts/bad.script
run 2 <<<'include parts/bad.script'
says 'parts/bad.script:2: no command "nonsense".*included at s.script:1'
run 2 <<<'include nowhere.script'
says 's.script:1: nowhere.script: No such file'
for i in $(seq 20); do printf 'include d%d.script\n' $((i + 1)) >"d$i.script"; done
run 2 <<<'include d1.script'
says 'too many files that include one another'
run 2 -set 3=4 <<<'quit'
says '-set "3" is no name'
run 2 -set nothing <<<'quit'
says 'NAME=VALUE'
doubling='set A aaaaaaaaaaaaaaaa'
for _ in $(seq 30); do doubling+=$'\nset A $A$A'; done
run 2 <<<"$doubling"
says 'a value of more than 4096 bytes'

# Regular expressions; /usr/ is a path elsewhere, and a text in quotes is one as it stands.
run 0 <<'S'
wait-text /Ferrite +de[m]o disk/ 30
assert-text /FERRITE DEMO/i
refute-text /FERRITE DEMO/
refute-text "/Ferrite/"
assert-text /a WHOLE (PC|XT) .*e/i
S
run 1 <<<$'wait-text /Ferrite/ 30\nassert-text /^Ferrite$/'
says 's.script:2: assert-text /\^Ferrite\$/: it is not on the screen'
for wrong in '/(/' '/a{3,1}/' '/(a)\1/' '/a{600}{600}/'; do
    run 2 <<<"wait-text $wrong"
    says 's.script:1: wait-text: the regular expression'
done
run 0 -serial null <<<$'wait-any serial /[0-9]+x/ 0.1 or sleep 0.2'
says '^which: *sleep 0.2$'

# The first of several; one whose time is over is out of the race.
run 0 <<<'wait-any text "Ferrite or not" 0.01 or sleep 60 or text /demo disk/ 30'
says '^condition: *3$' '^which: *text /demo disk/ 30$'
run 1 <<<'wait-any text "nowhere" 0.02 or serial "nothing" 0.05'
says 'none of 2 has come; the last: not seen on the serial port within 0.05 s' "serial port's output"
run 2 <<<'wait-any text "x" or'
# shellcheck disable=SC2016
says 's.script:1: wait-any wants a condition on both sides of `or`'
run 2 <<<'wait-any reset or stop'
says '"reset" cannot be awaited'

# A point that has stopped the machine: what else is awaited never comes. Symbols have names.
run 1 <<<$'break vector 10\nwait-text "nowhere" 60'
says 's.script:2: .*the machine has stopped .*time stands still'
printf '00007c00 T begin\n00007c02 T more\n' >names.map
run 0 -symbols names.map <<<$'break begin\nwait-stop 5\nx/1i begin'
says '00007c00 <begin>'
run 2 -symbols names.map <<<'break nobody'
says 's.script:1: .*no symbol nobody'

# Pictures: a part, masks, tolerance; what differs is in a picture.
if "$ferrite" -version | grep -q screenshots; then
    run 0 <<<$'wait-text "demo disk" 30\nwait-still 0.2\nscreenshot all.png'
    run 0 <<'S'
wait-screen all.png 30
assert-screen all.png
wait-screen all.png region=0,0,80,16
wait-screen all.png 5 tolerance=3 mask=0,0,8,16
S
    # Another picture: the same one moved by what a key does.
    run 1 <<<$'wait-screen all.png 30\nkey down\nsleep 0.3\nassert-screen all.png diff=d.png'
    says 's.script:4: .*the picture is not shown: [0-9]+ of [0-9]+ pixels differ, the first at [0-9]+,[0-9]+; .*d.png$'
    [ -s d.png ] || failed "no picture of the difference"
    run 1 <<<$'wait-screen all.png 30\nkey down\nsleep 0.3\nwait-screen all.png 0.1'
    [ -s all-differs.png ] || failed "no all-differs.png"
    run 0 <<<$'wait-screen all.png 30\nkey down\nsleep 0.3\nassert-screen all.png pixels=1000000'
    run 0 <<<$'wait-screen all.png 30\nkey down\nsleep 0.3\nassert-screen all.png tolerance=255'
    run 0 <<<$'wait-screen all.png 30\nkey down\nsleep 0.3\nassert-screen all.png mask=0,0,4000,4000'
    run 1 <<<$'wait-screen all.png 30\nassert-screen all.png region=4000,0,8,8'
    says 'the region lies outside of it'
    run 2 <<<'wait-screen all.png region=1,2,3'
    says 's.script:1: .*region=X,Y,WIDTH,HEIGHT'
fi

# Commands for a failure: those up to there, in their order, and the status stays the failure's.
run 1 <<'S'
on-fail echo first
wait-text "demo disk" 30
on-fail dump-text nowhere/at/all
on-fail sleep 0.1
on-fail clock
assert-text "never there"
on-fail echo too late
S
says '^first$' 'dump-text.*nowhere/at/all' 'instructions'
! grep -q 'too late' out || failed "on-fail behind the failure was done"
run 0 <<<$'on-fail echo never\nquit'
! grep -q never out || failed "on-fail without a failure"
run 124 -limit guest=0.5 <<<$'on-fail echo over\nsleep 60'
says '^over$'
run 2 <<<'on-fail nonsense'
says 's.script:1: no command "nonsense"'
run 2 <<<'on-fail set A 1'
says 'on-fail wants a command that does something'

# Keys that stay down.
run 0 <<<$'wait-text "demo disk" 30\nhold shift\nrelease shift\nhold ctrl-alt\nrelease ctrl-alt'

# Keys at another pace, which is the guest's time.
run 124 -limit guest=0.9 <<<'type "ab" 500'
run 0 -limit guest=0.9 <<<'type "ab" 10'
run 2 <<<'type "a" 1'
says 's.script:1: type: "1" is no time for each key'

# The guest's status is the guest's: port F4h, and power off.
if command -v nasm >/dev/null; then
    printf 'org 0x7c00\nmov al, 20\nout 0xf4, al\nhlt\ntimes 510-($-$$) db 0\ndw 0xaa55\n' >f4.asm
    nasm -f bin -o f4.img f4.asm
    truncate -s 163840 f4.img
    run 41 -fda f4.img -boot a <<<'sleep 5'
    says 'port F4h, status 41'
    run 0 -fda f4.img -boot a <<<$'expect-exit 41 5\ninfo clock'
    run 0 -fda f4.img -boot a <<<'wait-any text "never" or exit 41'
    says '^which: *exit 41$'
    run 1 -fda f4.img -boot a <<<'expect-exit 0'
    says 'the guest ended with status 41 instead of 0'
    run 1 -fda f4.img -boot a <<<'expect-end power-off 5'
    says 'the guest ended otherwise: it ended by port F4h'
    run 41 -fda f4.img -boot a <<<$'expect-exit\nsleep 1'
fi
run 1 <<<'expect-exit 3 0.1'
says 'the guest did not end within 0.1 s'
exit "$failures"
