#!/bin/bash
# docs.sh FERRITE - what is made from the tables: every option and sub-command is in the manual
# page, which formats without a complaint; each shell's completion is well-formed and completes.
# And scripts/ answers --help.
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

# bash: ask as the shell would.
completed() {
    bash -c '
        . "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        compopt() { :; }
        _ferrite ferrite "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"' bash "$docs/ferrite.bash" "$@"
}

# A script of ours says what it does, whatever signs are in its words.
for script in "$(dirname "$0")"/../../scripts/*; do
    if [ -f "$script" ] && head -1 "$script" | grep -q python3; then
        "$script" --help >asked.txt 2>&1 </dev/null || failed "$script --help: $(tail -1 asked.txt)"
    fi
done

options=$("$ferrite" help options | sed -n 's/^  -\([A-Za-z-]*\).*/\1/p')
[ "$(wc -w <<<"$options")" -gt 30 ] || failed "help options lists few: $options"
for option in $options; do
    # In the page each dash is \-.
    grep -qF -e "\\fB\\-${option//-/\\-}\\fR" "$docs/ferrite.1" || failed "ferrite.1: no -$option"
    grep -qF -e "-$option" "$docs/_ferrite" || failed "zsh: no -$option"
    grep -qF -e "-o $option " "$docs/ferrite.fish" || failed "fish: no -$option"
    case $option in
    h | help) ;;
    *) "$ferrite" help "-$option" | grep -q -e "^  -$option" || failed "help -$option" ;;
    esac
done
for word in $("$ferrite" help | sed -n 's/^ferrite \([a-z]*\).*/\1/p'); do
    "$ferrite" help "$word" >help.txt || failed "help $word"
    for asked in -h -help --help; do
        "$ferrite" "$word" "$asked" >asked.txt 2>&1 </dev/null || failed "ferrite $word $asked: $(head -1 asked.txt)"
        case $word in
        dos | disk | get) [ -s asked.txt ] || failed "ferrite $word $asked says nothing" ;;
        *) cmp -s help.txt asked.txt || failed "ferrite $word $asked is not ferrite help $word" ;;
        esac
    done
    [[ " $(completed ferrite help '') " == *" $word "* ]] || [ "$word" = help ] || failed "help $word is not completed"
    [[ " $(completed ferrite '') " == *" $word "* ]] || failed "$word is not completed"
    [ "$word" = help ] || [ -s "$docs/ferrite-$word.1" ] || failed "no page ferrite-$word.1"
done
# A command of scripts, of one word or two; an option by its name alone.
"$ferrite" help wait-text | grep -q '^  wait-text "TEXT"' || failed "help wait-text"
"$ferrite" help break port | grep -q '^  break port ' || failed "help break port"
"$ferrite" help monitor | grep -q '^  -monitor ' || failed "help monitor"
! "$ferrite" help break nothing >help.txt 2>&1 || failed "help break nothing"
for page in "$docs"/*.1; do
    # Long synopses may not fit a line; anything else is a mistake.
    if command -v man >/dev/null; then
        warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
        [ -z "$warnings" ] || failed "$page: $warnings"
    fi
done

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
expect '' ferrite disk ls com
# Machines by name, and what a command takes besides its own options.
export FERRITE_MACHINES=$scratch/home
"$ferrite" new -y -for dos -storage none Alpha >/dev/null
"$ferrite" new -y -for dos -storage none 'Al Two' >/dev/null
[ "$("$ferrite" list -names)" = $'Al Two\nAlpha' ] || failed "list -names: $("$ferrite" list -names)"
for command in run info set clone backup export rm doctor ctl 'snapshot take'; do
    # shellcheck disable=SC2086 # two words
    expect 'Alpha' "$ferrite" $command Alp
done
expect 'take' ferrite snapshot ta
# Commands to a machine, whether it runs or not: the program itself says what a word can become.
expect 'wait-text' "$ferrite" ctl Alpha wait-te
expect 'tree' "$ferrite" ctl Alpha snapshot tr
expect 'fda fdb' "$ferrite" ctl nobody eject fd
expect '-fullscreen' ferrite dos -fulls
expect '-fullscreen' ferrite run Alpha -fulls
expect 'none' ferrite dos -display no
mkdir -p completion.d
touch completion.d/floppy.img
expect 'completion.d/floppy.img' ferrite -fda completion.d/fl
expect 'completion.d/floppy.img' "$ferrite" ctl Alpha insert fda completion.d/fl
rm -r completion.d

# zsh and fish are asked by their own line editors, where they are installed: a line, and what its last
# word can become.
mkdir bin
ln -s "$ferrite" bin/ferrite
touch floppy.img
cat >asked <<'LINES'
ferrite dis|disk
ferrite -disp|-display
ferrite -display te|text
ferrite -m 16 -cpu 48|486
ferrite -fda fl|floppy.img
ferrite dos -fulls|-fullscreen
ferrite dos fl|floppy.img
ferrite run Alpha -fulls|-fullscreen
ferrite run Al|Al Two Alpha
ferrite snapshot ta|take
ferrite snapshot take Al|Al Two Alpha
ferrite disk com|commit
ferrite disk ls com|
ferrite help sn|snapshot
ferrite ctl Alpha wait-te|wait-text
ferrite ctl Alpha insert fda fl|floppy.img
LINES
cat >ask.zsh <<'ZSH'
# Reads lines; prints each with all its completions, which a widget puts onto the line.
zmodload zsh/zpty
zpty -b z zsh -f -i
zpty -w z "PS1= PS2=; stty -echo; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D
    zle -C all complete-word _generic
    zstyle ':completion:all::::' completer _all_matches _complete
    zstyle ':completion:all:*' insert yes
    say() { print -rn -- \"<<\$BUFFER>>\"; BUFFER= }; zle -N say
    bindkey '^X' say; bindkey '^T' all; print rea''dy"
zpty -r z out '*ready*'
while IFS='|' read -r line wanted; do
    zpty -wn z "$line"$'\x14\x18'
    zpty -r z out '*<<*>>'
    before=${line% *}
    out=${${${${out##*<<}%>>}#$before }% }
    [[ $out != ${line##* } ]] || out=
    print -r -- "$line|${out//\\/}"
done
zpty -d z
ZSH
cat >ask.fish <<'FISH'
source $argv[1]
while read -l line
    set -l line (string split '|' $line)[1]
    set -l all (complete -C $line | string replace -r '\t.*' '')
    echo "$line|$all"
end
FISH
for shell in zsh fish; do
    file=$docs/_ferrite
    [ "$shell" = zsh ] || file=$docs/ferrite.fish
    if command -v "$shell" >/dev/null; then
        "$shell" -n "$file" || failed "$shell does not read $file"
        where=$docs
        [ "$shell" = zsh ] || where=$file
        HOME=$scratch TERM=xterm PATH=$scratch/bin:$PATH timeout 60 "$shell" "ask.$shell" "$where" \
            <asked >answered 2>err || failed "$shell ended with status $?: $(cat err)"
        diff asked answered || failed "what $shell completes"
    fi
done
exit "$failures"
