#!/bin/bash
# docs.sh FERRITE - what is made from the tables: every option and sub-command is in the manual
# page, which formats without a complaint; each shell's completion is well-formed and completes.
set -euo pipefail
ferrite=$1
docs=$(dirname "$ferrite")/docs
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

options=$("$ferrite" help options | sed -n 's/^  -\([A-Za-z-]*\).*/\1/p')
[ "$(wc -w <<<"$options")" -gt 30 ] || failed "help options lists few: $options"
for option in $options; do
    # In the page each dash is \-.
    grep -qF -e "\\fB\\-${option//-/\\-}\\fR" "$docs/ferrite.1" || failed "ferrite.1: no -$option"
    grep -qF -e "-$option" "$docs/_ferrite" || failed "zsh: no -$option"
    grep -qF -e "-o $option " "$docs/ferrite.fish" || failed "fish: no -$option"
done
for word in $("$ferrite" help | sed -n 's/^ferrite \([a-z]*\).*/\1/p'); do
    "$ferrite" help "$word" >/dev/null || failed "help $word"
    [ "$word" = help ] || [ -s "$docs/ferrite-$word.1" ] || failed "no page ferrite-$word.1"
done
for page in "$docs"/*.1; do
    # Long synopses may not fit a line; anything else is a mistake.
    if command -v man >/dev/null; then
        warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
        [ -z "$warnings" ] || failed "$page: $warnings"
    fi
done

# bash: ask as the shell would.
completed() {
    bash -c '
        . "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        compopt() { :; }
        _ferrite ferrite "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"' bash "$docs/ferrite.bash" "$@"
}
expect() {
    local wanted=$1 got
    shift
    got=$(completed "$@")
    [ "$got" = "$wanted" ] || failed "completing $*: \"$got\", not \"$wanted\""
}
expect '-display' ferrite -disp
expect 'text' ferrite -display te
expect 'disk' ferrite di
expect '486' ferrite -m 16 -cpu 48
expect 'commit' ferrite disk com
mkdir -p completion.d
touch completion.d/floppy.img
expect 'completion.d/floppy.img' ferrite -fda completion.d/fl
for shell in zsh fish; do
    file=$docs/_ferrite
    [ "$shell" = zsh ] || file=$docs/ferrite.fish
    if command -v "$shell" >/dev/null; then
        "$shell" -n "$file" || failed "$shell does not read $file"
    fi
done
exit "$failures"
