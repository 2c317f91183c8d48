# shellcheck shell=bash
# common.bash - what the recipes of scripts/scale share: their arguments, and the report of all shards.
#
#   RECIPE [-n SHARDS] [-o DIR] [-f FERRITE] DIR|FILE... [-- OPTIONS OF THE ENGINE]
#
# DIR (scale-results) gets part-K.xml of each shard and junit.xml, all of them together. Exit status as
# `ferrite test`: 0 all passed, 1 not all, 2 asked wrongly or a shard without a report.

shards=$(nproc)
results=scale-results
ferrite=${FERRITE:-ferrite}
suite=()
engine=()

say_wrongly() {
    echo "${0##*/}: $1" >&2
    exit 2
}

take_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
        -n | -o | -f) [ $# -ge 2 ] || say_wrongly "$1 wants a value" ;;
        esac
        case $1 in
        -n) shards=$2 && shift 2 ;;
        -o) results=$2 && shift 2 ;;
        -f) ferrite=$2 && shift 2 ;;
        --)
            shift
            # shellcheck disable=SC2034 # for the recipe
            engine=("$@")
            break
            ;;
        -*) say_wrongly "no option $1: [-n SHARDS] [-o DIR] [-f FERRITE] DIR|FILE... [-- OPTIONS]" ;;
        *) suite+=("$(realpath -e -- "$1")") && shift ;;
        esac
    done
    [ ${#suite[@]} -gt 0 ] || say_wrongly "which tests? [-n SHARDS] [-o DIR] [-f FERRITE] DIR|FILE..."
    [[ $shards =~ ^[1-9][0-9]*$ ]] || say_wrongly "-n $shards: a number of shards"
    ferrite=$(command -v -- "$ferrite") || say_wrongly "no ferrite: name it with -f"
    ferrite=$(realpath -- "$ferrite")
    mkdir -p -- "$results"
    results=$(realpath -- "$results")
    rm -f -- "$results"/part-*.xml "$results"/junit.xml
}

# The command of a shard, for a shell: its report is complete or absent. A shard may have no test (77),
# and a failed test (1) is the report's business.
shard_command() { # K
    printf '%q ' "$ferrite" test -shard "$1/$shards" -junit "$results/part-$1.xml" \
        -failures "$results/failures-$1" "${suite[@]}"
    # shellcheck disable=SC2016 # the shard's
    printf '>%q 2>&1 || case $? in 1 | 77) ;; *) exit 2 ;; esac' "$results/part-$1.tap"
}

merge() {
    local k parts=()
    for ((k = 1; k <= shards; k++)); do
        [ ! -s "$results/part-$k.tap" ] || grep -q '^# ' "$results/part-$k.tap" || tail -n 3 "$results/part-$k.tap" >&2
        parts+=("$results/part-$k.xml")
    done
    "$ferrite" test -merge "$results/junit.xml" "${parts[@]}"
}
