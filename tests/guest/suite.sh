#!/bin/bash
# suite.sh FERRITE - `ferrite test`: what a suite's tests come to, in TAP, JUnit and the exit status;
# tests that begin from one boot end as if each had booted; what goes wrong is said and leaves nothing.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
mkdir "$work/tmp" "$work/s"
export TMPDIR=$work/tmp
cd "$work/s"
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# suite STATUS ARGUMENT...: the answer is in $work/out
suite() {
    local expected=$1 status=0
    shift
    timeout 300 "$ferrite" test "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    if [ "$status" -ne "$expected" ]; then
        failed "test $*: status $status, expected $expected"
        cat "$work/err"
    fi
    [ -z "$(ls -A "$work/tmp")" ] || failed "test $*: left $(ls "$work/tmp")"
}
says() { # PATTERN...: lines of the answer
    local pattern
    for pattern; do
        grep -qE -e "$pattern" "$work/out" "$work/err" || failed "\"$pattern\" was not said"
    done
}
hash() { # NAME: of that test
    sed -n "/^ok [0-9]* - $1\$/,/^  \.\.\./s/^  hash: //p" "$work/out"
}

# A boot that three tests share, and the same three with a boot of their own.
boot='wait-text "Ferrite demo disk"'
printf '# args: -m 4 -cpu 486\n%s\n' "$boot" >boot.script
both() { # NAME LINES
    printf '# from: boot.script\n%s\n' "$2" >"$1.script"
    printf '# args: -m 4 -cpu 486 -snapshot\n%s\n%s\n' "$boot" "$2" >"own_$1.script"
}
both one 'type "1"
sleep 0.5'
both two 'key down
sleep 0.3
assert-text "Mode 13h"'
both three 'sleep 0.1'
for jit in off all; do
    FERRITE_GUEST_ARGS="-jit $jit ${FERRITE_GUEST_ARGS:-}" suite 0 . -j 2 -junit "$work/junit.xml"
    says '^1\.\.6$' '^# 6 passed, 0 failed, 0 skipped$'
    ! grep -q ' - boot$' "$work/out" || failed "a beginning is no test of its own"
    for name in one two three; do
        [ "$(hash $name)" = "$(hash own_$name)" ] || failed "$name, -jit $jit: not as by itself"
        [[ $(hash $name) =~ [0-9a-f]{16} ]] || failed "$name, -jit $jit: no hash"
    done
    [ "$(hash one)" != "$(hash two)" ] || failed "two tests, one end"
done
grep -q '<testsuite name="ferrite" tests="6" failures="0" errors="0" skipped="0"' "$work/junit.xml" ||
    failed "junit: $(head -3 "$work/junit.xml")"
if command -v python3 >/dev/null; then
    python3 -c 'import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])' "$work/junit.xml" ||
        failed "junit is no XML"
fi
[ ! -e test-failures ] || failed "nothing failed, but test-failures is there"

# A harness that knows no later version reads it, too.
suite 0 . -filter one -tap 13
says '^TAP version 13$' '^ok 1 - one$'
suite 2 . -tap 12
says '-tap 12: a number from 13 to 14'
if command -v prove >/dev/null; then
    suite 0 . -filter one -tap 13
    prove --exec cat "$work/out" >"$work/proved" 2>&1 || failed "prove: $(cat "$work/proved")"
fi

# Which tests: names, patterns, shards (each test in one, what shares a boot in the same), orders.
suite 0 -list .
sort "$work/out" >"$work/all"
suite 0 -list -filter own .
[ "$(wc -l <"$work/out")" = 3 ] || failed "-filter own: $(cat "$work/out")"
suite 0 -list . -filter 'o*e'
[ "$(sort "$work/out" | tr '\n' ' ')" = 'one own_one own_three ' ] || failed "pattern: $(cat "$work/out")"
: >"$work/parts"
for k in 1 2 3; do
    suite 0 -list -shard $k/3 .
    cat "$work/out" >>"$work/parts"
    case $(grep -cxE 'one|two|three' "$work/out" || true) in
    0 | 3) ;;
    *) failed "shard $k parts what shares a boot: $(cat "$work/out")" ;;
    esac
done
sort "$work/parts" | cmp -s - "$work/all" || failed "three shards are not all tests, once each"
suite 0 -list -shuffle 7 .
cp "$work/out" "$work/shuffled"
sort "$work/out" | cmp -s - "$work/all" || failed "shuffled tests are not all tests"
suite 0 -list -shuffle 7 .
cmp -s "$work/out" "$work/shuffled" || failed "the same seed, another order"
suite 2 -filter nobody .
says 'none of 6 tests has that name'

# All that can go wrong with a test.
mkdir bad && cd bad
printf '# args: -m 4\nwait-text "never there" 0.5\n' >expectation.script
printf '# args: -m 4\nquit 7\n' >status.script
printf '# args: -m 4\n# status: 7\nquit 7\n' >right_status.script
printf '# args: -m 4 -hda nowhere.img\nquit\n' >image.script
printf '# args: -m 99999999\nquit\n' >option.script
printf '# args: -m 4 "no end\nquit\n' >quote.script
printf '# args: -m 4 -speed 1\n# limit: 0.5\nsleep 1000000\n' >forever.script
printf '# needs: /nowhere/at-all\n# get: buy one\nquit\n' >absent.script
printf '# before: exit 3\nquit\n' >before.script
# A variant's name is a variable of the script, in files that it includes, too; other dollars stay.
# shellcheck disable=SC2016 # the tests' variables
for name in variant own_variant; do
    [ $name = variant ] && begin='# from: ../boot.script' || begin='# args: -m 4 -snapshot'
    printf '%s\n# variants: left right\n# after: test -f $VARIANT.txt -a -f in_$VARIANT.txt\n' "$begin" >$name.script
    printf 'dump-text $VARIANT.txt\ninclude "part.inc"\ntype "$P"\n' >>$name.script
done
# shellcheck disable=SC2016
printf 'dump-text "in_${VARIANT}.txt"\n' >part.inc
suite 0 variant.script own_variant.script
says '^# 4 passed, 0 failed, 0 skipped$'
rm variant.script own_variant.script part.inc
printf '# args: -m 4\n# after: test -s file\n# variants: a b\n# before a: echo x >file\nquit\n' >after.script
# shellcheck disable=SC2016 # the command's own
printf '# before: kill -9 $PPID\nquit\n' >parricide.script
printf '# before: seq 100000 >&2; sleep 1000 & echo left\n# args: -m 4\nquit\n' >leaves.script
printf '# args: -m 4\n# limit: 0.5\n# before: sleep 1000\nquit\n' >hangs_before.script
printf '# args: -m 4\n# limit: 3\n# after: exec >&- 2>&-; sleep 1000\nquit\n' >hangs_after.script
# shellcheck disable=SC2016 # the commands' own
printf '# args: -m 4\n# before: yes | head -c 3M || :\n# after: test $(stat -c %%s ../commands) -lt 1100000\nquit\n' >gigabyte.script
# shellcheck disable=SC2016
printf '# args: -m 4\n# before: printf "\\377\\n" >x; touch "$(printf "\\303 \\033[1m\\302\\233")"; ls >&2; exit 3\nquit\n' >bytes.script
printf '# args: -m 4\nassert-text "\377\302\233]]>\033"\n' >text.script
printf '# args: -m 4\n# limit: 60\n%s\n' "$(yes status | head -n 8000)" >prints.script
printf '# from: stuck.script\nquit\n' >unbooted.script
printf '# args: -m 4 -serial file:log\nquit\n' >stuck.script
suite 1 . -j 3 -failures "$work/kept" -junit "$work/bad.xml"
says '^# 5 passed, 14 failed, 1 skipped$' 'args: -m 99999999: say the memory' 'a quote that does not end' '^ok [0-9]+ - gigabyte$' 'before: sleep 1000: longer than 0.5 s' \
    'after: exec .*: longer than 3 s' '^ok [0-9]+ - right_status' '^ok [0-9]+ - after:a' \
    '^ok [0-9]+ - leaves' '^not ok [0-9]+ - after:b' 'needs /nowhere/at-all' 'get it: buy one' \
    'longer than 0.5 s' 'exit status 7, expected 0' 'before: exit 3: exit status 3' \
    'never there' 'cannot share -serial' 'was ended: Killed' 'No such file'
! grep -q 'the emulator crashed' "$work/out" || failed "crashed: $(grep -B 9 crashed "$work/out")"
if command -v python3 >/dev/null; then
    python3 -c 'import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])' "$work/bad.xml" ||
        failed "junit is no XML when tests say what is no text"
fi
iconv -f utf-8 -t utf-8 "$work/out" >"$work/utf" 2>&1 || failed "TAP has bytes that are no text"
for file in failure/screen.txt failure/why.txt failure/machine.ferrite stderr files/stdout; do
    [ -s "$work/kept/expectation/1/$file" ] || [ "$file" = files/stdout ] ||
        failed "a failure leaves no $file"
done
# Recorded: the same failure comes again, in another process.
for test in expectation status; do
    [ -s "$work/kept/$test/recording/run.rec" ] || failed "$test: no recording"
    timeout 60 "$ferrite" replay "$work/kept/$test/recording/run.rec" -display none >"$work/replay" 2>&1 ||
        failed "$test: the recording does not replay: $(head -c 300 "$work/replay")"
done
says 'ferrite replay .*/expectation/recording/run.rec shows it'
# What it left goes on from there.
printf 'assert-text "F"\nquit\n' >"$work/look"
"$ferrite" -display none -m 4 -loadvm "$work"/kept/expectation/1/failure/machine.ferrite \
    -script "$work/look" >/dev/null 2>&1 || failed "the snapshot of a failure does not load"
cd ..
rm -r bad

# Also of a test that begins from another one's end.
printf '# from: boot.script\nkey down\nassert-text "never"\n' >forked.script
suite 1 forked.script -failures "$work/kept"
says 'ferrite replay .*/forked/recording/run.rec shows it'
timeout 60 "$ferrite" replay "$work/kept/forked/recording/run.rec" -display none >"$work/replay" 2>&1 ||
    failed "forked: the recording does not replay: $(head -c 300 "$work/replay")"
rm forked.script

# What has booted, and what is forked from it, are both in the sandbox, also in a strict one; and
# when one of these processes dies, or who looks after a test, that test says so and no other.
mkdir killed
printf '# args: -m 4 -cpu 486 -sandbox strict\n%s\n' "$boot" >killed/strict.script
hostile() { # NAME COMMANDS: with $1 the process that looks after the test, $2 the runner's
    # shellcheck disable=SC2016 # the script's own
    printf '# from: strict.script\n# limit: 100\n# before: setsid bash %s/%s.sh $PPID $(ps -o ppid= $PPID) >/dev/null 2>&1 & until [ -e began ]; do sleep 0.02; done\nsleep 1000000\n' \
        "$work" "$1" >"killed/$1.script"
    # shellcheck disable=SC2016
    printf '%s\n' 'touch began' 'closed() { for p in $(pgrep -P "$1"); do ! grep -q "^Seccomp:.2" "/proc/$p/status" || echo "$p"; done; }' \
        'until beginning=$(closed "$2") && [ -n "$beginning" ] && machine=$(closed "$beginning") && [ -n "$machine" ]; do sleep 0.05; done' \
        "$2" >"$work/$1.sh"
}
if command -v pgrep >/dev/null && grep -q '^Seccomp:.[0-9]' /proc/self/status; then
    # shellcheck disable=SC2016 # theirs
    hostile beginning 'kill -9 $beginning'
    # shellcheck disable=SC2016
    hostile machine 'kill -9 $machine'
    # shellcheck disable=SC2016
    hostile looks-after 'kill -9 "$1"'
    printf '# from: strict.script\nsleep 0.1\n' >killed/other.script
    for one in beginning machine looks-after; do
        suite 1 -failures "$work/kept" killed/other.script killed/$one.script -j 2
        says '^ok 1 - other$' "^not ok 2 - $one\$" '^# 1 passed, 1 failed, 0 skipped$'
        case $one in
        beginning) says 'no process: the one that has booted for it is gone' ;;
        machine) says 'the emulator crashed: Killed' ;;
        *) says 'was ended: Killed' ;;
        esac
    done
fi
rm -r killed

# Shards' reports put together are the whole one, whoever ran them.
suite 0 . -junit "$work/whole.xml"
for k in 1 2; do # one of them may have no test
    timeout 300 "$ferrite" test . -shard $k/2 -junit "$work/part$k.xml" >"$work/out" 2>&1 </dev/null ||
        [ $? = 77 ] || failed "shard $k"
done
suite 0 -merge "$work/merged.xml" "$work/part1.xml" "$work/part2.xml"
says '^# 6 passed, 0 failed, 0 skipped$'
suite 0 -merge "$work/sorted.xml" "$work/whole.xml"
plain() { sed 's/ time="[0-9.]*"//' "$1"; }
cmp -s <(plain "$work/merged.xml") <(plain "$work/sorted.xml") || failed "merged: not the whole report"
suite 2 -merge "$work/m.xml" "$work/part1.xml" "$work/part1.xml" "$work/part2.xml"
says 'is in .*part[12].xml and in .*part[12].xml'
head -c 400 "$work/whole.xml" >"$work/cut.xml"
suite 2 -merge "$work/m.xml" "$work/cut.xml"
says 'cut.xml: it is cut short'
suite 2 -merge "$work/m.xml" "$work/none.xml"
says 'none.xml: No such file'
suite 2 -merge "$work/m.xml"

# Variables for all scripts.
# shellcheck disable=SC2016 # the script's own
printf '# args: -m 4\nquit $END\n' >set.script
suite 0 set.script -set END=0
suite 1 set.script -set END=3
suite 2 set.script -set END
rm set.script

# Pictures that are expected, made anew.
if "$ferrite" -version | grep -q screenshots; then
    mkdir pictures
    printf '# from: ../boot.script\nwait-still 0.2\nassert-screen a.png\nwait-screen b.png 0.1 region=0,0,64,32\n' >pictures/p.script
    suite 1 pictures
    suite 1 pictures -update
    says 'a.png: another picture is shown; -yes replaces it' 'b.png: another'
    [ ! -e pictures/a.png ] || failed "a picture was made without a yes"
    suite 0 pictures -update -yes
    says '^# updated .*a.png$' '^# updated .*b.png$'
    suite 0 pictures
    cp pictures/b.png pictures/a.png
    suite 1 pictures
    says 'the picture is not shown'
    suite 0 pictures -update -yes
    suite 0 pictures
    suite 2 pictures -yes
    rm -r pictures test-failures
fi

# Runs of one test that differ are a failure, with the first difference.
printf '# args: -m 4\n# twice\n# before: date +%%N >now\nquit\n' >twice.script
suite 1 twice.script
says 'run 2 of the same test is not as the first was' '^    > [0-9]+$'
printf '# args: -m 4\nsleep 0.01\n' >same.script
suite 0 same.script -repeat 3
rm -r twice.script same.script test-failures

# Wrong heads, wrong calls.
printf '# arg: -m 4\nquit\n' >head.script
suite 2 head.script
says 'head.script:1: "# arg:" says nothing to a test; did you mean "# args:"'
printf '# from: nowhere.script\nquit\n' >head.script
suite 2 head.script
says 'nowhere.script: No such file'
head -c 512 /dev/zero >beside.img
printf '# args: -snapshot -fda beside.img\nquit\n' >head.script
suite 1 head.script
# shellcheck disable=SC2016 # as a test has it
says '-fda beside.img: No such file' 'beside.img lies beside the script.*[$]{DIR}/beside.img'
rm beside.img
printf '# limit: soon\nquit\n' >head.script
suite 1 head.script
says '# limit: soon: a number'
printf "# args: -append 'x\nquit\n" >head.script
suite 1 head.script
says 'a quote that does not end'
for status in 256 1.5 -1 x; do
    printf '# status: %s\nquit 1\n' "$status" >head.script
    suite 1 head.script
    says "# status: $status: a (whole )?number from 0"
done
printf '# from: boot.script\n# args: -m 8\nquit\n' >head.script
suite 2 head.script
says '# args: says nothing to a test that begins .# from:. another'
printf '# from: one.script\nquit\n' >head.script
suite 2 head.script
says 'one.script begins from another script itself'
printf '# from: head.script\nquit\n' >head.script
suite 2 head.script
says 'begins from another script itself'
rm -r head.script test-failures
mkfifo pipe.script
suite 2 pipe.script
says 'pipe.script: not a file'
suite 2 -merge "$work/m.xml" pipe.script
says 'pipe.script: not a file'
rm pipe.script
suite 2 one.script -junit /nowhere/at/all.xml
says '-junit /nowhere/at/all.xml: No such file'
suite 2 one.script -junit .
says 'a folder'
suite 2 one.script -j 1.5
suite 2
suite 2 /nowhere
suite 2 -shard 4/3 .
suite 2 -j 0 .
printf '# needs: /nowhere\nquit\n' >absent.script
suite 77 absent.script

# An interrupt ends everything at once, and leaves nothing.
printf '# args: -m 4\n# before: touch %s/began\nsleep 1000000\n' "$work" >long.script
"$ferrite" test long.script one.script >"$work/out" 2>"$work/err" </dev/null &
runner=$!
for _ in $(seq 900); do
    [ ! -e "$work/began" ] || break
    sleep 0.05
done
signal INT "$runner" || failed "it is over already: $(cat "$work/out")"
status=0
wait "$runner" || status=$?
[ "$status" = 130 ] || failed "interrupted: status $status"
says 'Bail out!'
[ -z "$(ls -A "$work/tmp")" ] || failed "an interrupt left $(ls "$work/tmp")"
exit "$failures"
