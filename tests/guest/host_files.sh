#!/bin/bash
# host_files.sh FERRITE - files of the host: standard streams that are closed, files to be written
# that are links, devices, images in use, on a full disk; and what is no snapshot.
set -euo pipefail
ferrite=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

fail() {
    echo "FAILED: $1"
    [ ! -s err ] || sed 's/^/  /' err
    failures=$((failures + 1))
}

# script COMMAND...: one command a line, run on a machine with the options in $options.
options=()
script() {
    printf '%s\n' "$@" >s
    status=0
    timeout 60 "$ferrite" -display none "${extra[@]}" "${options[@]}" -script s >out 2>err </dev/null ||
        status=$?
}

# says STATUS PATTERN WHAT: how the last script ended.
says() {
    [ "$status" -eq "$1" ] || fail "$3: status $status, expected $1"
    grep -qE -e "$2" err || fail "$3: no \"$2\""
}

truncate -s 1M disk.img
cp disk.img blank.img

# ---- closed standard streams: what is said goes nowhere, and never into the image ----
for closed in '2>&-' '>&- 2>&-' '<&- >&- 2>&-' '<&-'; do
    eval "timeout -s KILL 30 \"\$ferrite\" -display none -hda disk.img -serial stdio -d int,io,post,reset \
        -script <(echo 'sleep 0.3') $closed" >out 2>out || fail "closed $closed: no clean end"
    cmp -s disk.img blank.img || fail "closed $closed: the image was written to"
done

# ---- files to be saved ----
echo old >target
ln -s target link
ln -s nowhere dangling
ln -s a b && ln -s b a
mkfifo pipe
mkdir dir
chmod 640 target
for what in 'snapshot save' screenshot dump-text state-hash; do
    echo old >target
    script 'sleep 0.05' "$what link"
    [ "$status" -eq 0 ] || fail "$what through a link: status $status"
    if [ ! -L link ] || [ -L target ]; then fail "$what: the link was replaced"; fi
    [ "$(head -c 3 target)" != old ] || fail "$what: nothing in the link's target"
    [ "$(stat -c %a target)" = 640 ] || fail "$what: the file's permissions have changed"
    rm -f nowhere
    script 'sleep 0.05' "$what dangling"
    if [ ! -L dangling ] || [ ! -s nowhere ]; then fail "$what: a link to a new file"; fi
    script "$what a"
    says 2 'a: .*(symbolic links)' "$what to links in a circle"
    options=(-hda disk.img)
    script "$what disk.img"
    says 2 'disk.img: in use' "$what over a disk"
    options=(-hda disk.img -snapshot)
    script "$what disk.img"
    says 2 'disk.img: in use' "$what over a disk that is only read"
    options=()
    cmp -s disk.img blank.img || fail "$what: the disk was written to"
    script "$what dir"
    says 2 'dir: ' "$what to a directory"
    script "$what /nonexistent/file"
    says 2 '/nonexistent/file: ' "$what into no folder"
done
for what in 'snapshot save' screenshot; do
    script "$what pipe"
    says 2 'pipe: is a FIFO' "$what"
    [ -p pipe ] || fail "$what: the FIFO was replaced"
    script "$what /dev/full"
    says 2 '/dev/full: is a device' "$what"
    [ -c /dev/full ] || fail "$what: the device was replaced"
done
script 'sleep 0.05' 'dump-text /dev/full'
says 2 '/dev/full: .*No space' 'dump-text to a full device'
leftover=$(find . -name '*.part*')
[ -z "$leftover" ] || fail "left lying about: $leftover"

# ---- files to be read: a FIFO without a writer is waited for a second, not for ever ----
reads=('-display none -readconfig pipe' '-display none -symbols pipe' '-display none -script pipe' 'replay pipe')
for what in "${reads[@]}"; do
    read -ra words <<<"$what"
    timeout 100 "$ferrite" "${words[@]}" >"said${what// /}" 2>&1 </dev/null &
done
wait
for what in "${reads[@]}"; do
    grep -q 'pipe.*FIFO into which nobody writes' "said${what// /}" || fail "$what: $(cat "said${what// /}")"
done
printf '[machine]\n' >pipe &
options=(-readconfig pipe)
script 'quit 7'
[ "$status" -eq 7 ] || fail "a machine's description from a FIFO: status $status"
options=()

# A disk that fills up: the old file stays as it was.
echo old >target
(
    ulimit -f 16 # 1 KiB blocks: less than a snapshot
    trap '' XFSZ
    script 'sleep 0.05' 'snapshot save target'
    says 2 'target: cannot be written: File too large' 'snapshot on a full disk'
    exit "$failures"
) || failures=$((failures + 1))
[ "$(cat target)" = old ] || fail "a snapshot that failed took the old one with it"

# ---- what is no snapshot is known by its first bytes, not by its size ----
truncate -s 100G huge
script 'snapshot load huge'
says 2 'huge: not a Ferrite snapshot' 'a large foreign file'
script 'snapshot save good'
cp good longer
head -c 100000 /dev/zero >>longer
script 'snapshot load longer'
says 2 'longer: snapshot is damaged: its header promises' 'a snapshot with something behind it'
truncate -s 100G longer
script 'snapshot load longer'
says 2 'longer: snapshot is damaged: its header promises' 'a snapshot with very much behind it'
head -c 3000 good >shorter
script 'snapshot load shorter'
says 2 'shorter: snapshot is truncated' 'half a snapshot'

# ---- output that the host cannot take ends the run, with the file's name ----
# full OPTION...: on a full device, status 2.
full() {
    local pattern=$1
    shift
    options=("$@")
    script 'sleep 20'
    says 2 "$pattern" "$*"
}
# The BIOS' messages and port accesses fill a log; the post code port is a debug console here.
full '-D /dev/full: cannot be written: No space' -D /dev/full -d io,int,post
if command -v nasm >/dev/null; then
    for port in serial debugcon parallel; do
        case $port in
        serial) out='mov dx, 3f8h' ;;
        debugcon) out='mov dx, 0e9h' ;;
        parallel) out='mov dx, 378h' ;;
        esac
        # Some lines; then it waits for ever.
        cat >talk.asm <<ASM
org 0x7c00
bits 16
    mov cx, 20000
next:
    $out
    mov al, 10
    out dx, al
    cmp dx, 0x378
    jne said
    add dx, 2 ; the printer's strobe
    mov al, 0x0d
    out dx, al
    mov al, 0x0c
    out dx, al
said:
    push cx
    mov cx, 2000
    loop \$
    pop cx
    loop next
    hlt
    jmp \$ - 1
times 510-(\$-\$\$) db 0
dw 0xaa55
ASM
        nasm -f bin -o talk.img talk.asm
        truncate -s 163840 talk.img
        full "-$port file:/dev/full: cannot be written: No space" -fda talk.img -boot a "-$port" file:/dev/full
    done
fi
options=()
status=0
"$ferrite" -cpu help >/dev/full 2>err || status=$?
says 2 'standard output' 'a list to a full device'

# ---- and is never written over what the machine is made of ----
ln -sf disk.img other-name
for option in '-serial file:disk.img' '-debugcon file:other-name' '-parallel file:disk.img' '-D disk.img -d int' \
    '-nic user -netdump disk.img'; do
    read -ra options <<<"-hda disk.img $option"
    script 'sleep 0.1'
    says 2 'is the same file as disk.img|built without libslirp' "$option"
    cmp -s disk.img blank.img || fail "$option: the image was emptied"
done
options=()

[ "$failures" -eq 0 ] || exit 1
echo "all right"
