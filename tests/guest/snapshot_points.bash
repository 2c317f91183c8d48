# shellcheck shell=bash
# snapshot_points.bash - for the tests that save and load a guest at random points of its run.
#
# run_points NAME SECONDS INPUT ARGUMENT...
#   One run from power-on to SECONDS, unbroken. The same run again, saved at three random points: it
#   must not have noticed. Then a fresh process loads each of the three snapshots and runs on to the
#   end: picture, text, serial output, number of instructions, trace hash and state hash must be
#   those of the unbroken run.
#   INPUT holds lines "SECONDS COMMAND" of what a person does on the way, in order; may be empty.
#   ${SERIAL} in an argument becomes a file that is compared, ${TMP} a directory.
#
# The points come from FERRITE_SEED (default 1), which is printed with them.

failures=0
seed=${FERRITE_SEED:-1}
RANDOM=$seed

complain() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}

# plan SECONDS INPUT: lines "MICROSECONDS COMMAND", what is typed and three points to save at.
plan() {
    local end=$1 i
    while read -r when command; do
        [ -z "$when" ] || printf '%.0f %s\n' "${when}e6" "$command"
    done <<<"$2"
    for i in 1 2 3; do
        awk -v a="$RANDOM" -v b="$RANDOM" -v end="$end" -v i="$i" 'BEGIN {
            printf "%d save %d\n", (0.02 + 0.96 * (a * 32768 + b) / (32768 * 32768)) * end * 1e6, i }'
    done
    printf '%.0f end\n' "${end}e6"
}

# script_from FIRST SAVING <plan: the part of the run after the snapshot FIRST (0: all of it).
script_from() {
    local first=$1 saving=$2 on=0 now=0 when command
    [ "$first" -ne 0 ] || on=1
    while read -r when command; do # microseconds
        if [ $on = 1 ]; then
            echo "sleep $((when - now))e-6"
            case $command in
            save*) [ "$saving" = 0 ] || echo "snapshot save ${command#save }.snap" ;;
            end) printf 'state-hash state\nscreenshot screen.png\ndump-text text\n' ;;
            *) echo "$command" ;;
            esac
        fi
        [ "$command" != "save $first" ] || on=1
        now=$when
    done
}

# one_run NAME ARGUMENT...: in the directory NAME, where its script is.
# shellcheck disable=SC2016 # these names are meant as they stand
one_run() {
    local name=$1 argument expanded=()
    shift
    for argument in "$@"; do
        argument=${argument//'${SERIAL}'/serial}
        expanded+=("${argument//'${TMP}'/$work}")
    done
    # shellcheck disable=SC2154 # of the test that uses this file
    if ! (cd "$work/$name" && : >serial && timeout "${limit:-600}" "$ferrite" -display none -d hash -D hashes \
        -stats -script script "${expanded[@]}" >out 2>err </dev/null); then
        complain "$name: it did not run to the end"
        tail -n 20 "$work/$name/err"
        return 1
    fi
    grep -E '^(instructions|guest seconds|trace hash)' "$work/$name/err" >"$work/$name/stats"
}

# same NAME FILE...: as in the unbroken run?
same() {
    local name=$1 file
    shift
    for file in "$@"; do
        if ! cmp -s "$work/unbroken/$file" "$work/$name/$file"; then
            complain "$guest, $name: $file differs from the unbroken run"
            diff "$work/unbroken/$file" "$work/$name/$file" | head -n 10
        fi
    done
}

run_points() {
    local guest=$1 end=$2 input=$3 point
    shift 3
    work=$(mktemp -d)
    mkdir "$work"/{unbroken,saved,1,2,3}
    plan "$end" "$input" >"$work/unsorted" # not in a pipe: a subshell would seed RANDOM anew
    sort -n -s -k 1,1 <"$work/unsorted" >"$work/plan"
    echo "$guest, seed $seed: $(awk '$2 == "save" { printf "%.6f ", $1 / 1e6 }' "$work/plan")of $end s"
    script_from 0 0 <"$work/plan" >"$work/unbroken/script"
    script_from 0 1 <"$work/plan" >"$work/saved/script"
    if one_run unbroken "$@" && one_run saved "$@"; then
        same saved state stats screen.png text serial
        for point in 1 2 3; do
            script_from $point 0 <"$work/plan" >"$work/$point/script"
            one_run $point "$@" -loadvm "$work/saved/$point.snap" || continue
            same $point state stats screen.png text
            # What was said before the snapshot is not said again.
            tail -c "$(stat -c %s "$work/$point/serial")" "$work/unbroken/serial" |
                cmp -s - "$work/$point/serial" || complain "$guest, $point: the serial output differs"
        done
    fi
    cat "$work/unbroken/state"
    [ -n "${FERRITE_KEEP:-}" ] || rm -rf "$work"
}
