#!/bin/bash
# nbd.sh FERRITE - disks of NBD servers: read, written, overlaid; images of other formats through
# qemu-nbd, which is started and ends with the machine; servers that lie, stall and vanish give errors
# of a drive and one message, and never a hang.
set -euo pipefail
ferrite=$1
for tool in qemu-nbd qemu-img python3 nasm; do
    command -v "$tool" >/dev/null || {
        echo "SKIPPED: needs $tool (apt-get install qemu-utils python3 nasm)"
        exit 77
    }
done
if [[ $(ldconfig -p) != *libnbd.so.0* ]]; then
    echo "SKIPPED: needs libnbd (apt-get install libnbd0)"
    exit 77
fi
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
export TMPDIR=$work XDG_RUNTIME_DIR=$work
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
disk() { # STATUS ARGUMENT...
    local expected=$1 status=0
    shift
    timeout 60 "$ferrite" disk "$@" >out 2>err </dev/null || status=$?
    [ "$status" -eq "$expected" ] || failed "disk $*: status $status, expected $expected: $(head -n 2 err)"
}
says() {
    grep -qE -e "$1" out err || failed "\"$1\" was not said: $(head -n 3 err)"
}
until_there() { # FILE: of a server that was started
    for _ in $(seq 900); do
        [ ! -e "$1" ] || return 0
        sleep 0.02
    done
    failed "no server at $1"
}
serve() { # SOCKET ARGUMENT...
    local socket=$1
    shift
    rm -f "$socket"
    qemu-nbd --socket="$work/$socket" --persistent --shared=8 "$@" &
    until_there "$socket"
}

# A disk of a server, as any other: ours to read and write, and under an overlay.
"$ferrite" disk mkfs -size 10M base.img
printf 'far away' >far
serve sock --format=raw base.img
uri="nbd+unix:///?socket=$work/sock"
disk 0 put far "$uri::far.txt"
disk 0 get "$uri::FAR.TXT" -
cmp -s out far || failed "what was put came back otherwise"
disk 0 create "$uri" over
printf 'near' >near
disk 0 put near over:near.txt
disk 0 ls over
says ' near.txt$'
disk 0 ls "$uri"
! grep -q near.txt out || failed "an overlay wrote to its base"
disk 0 info over
says 'nbd\+unix.*as it was'
disk 0 put near "$uri::base-changed.txt"
disk 1 ls over
says 'is not the image that this overlay was made over'

# A guest that reads and writes: the boot sector writes sector 100 (by BIOS) and flushes, W or E each.
cat >w.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov cx, 4
next:
    push cx
    mov si, packet
    mov word [si + 2], 1
    mov ax, 0x4300
    mov dl, 0x80
    int 0x13
    mov al, 'W'
    jnc said
    mov al, 'E'
said:
    out 0xe9, al
    mov dx, 0x1f7 ; FLUSH CACHE
    mov al, 0xe7
    out dx, al
busy:
    in al, dx
    test al, 0x80
    jnz busy
    and al, 1
    add al, 'f'
    out 0xe9, al
    pop cx
    loop next
    mov al, 0
    out 0xf4, al
    hlt
align 4
packet: db 16, 0
    dw 1, 0x7c00, 0
    dd 100, 0
times 510-($-$$) db 0
dw 0xaa55
ASM
nasm -f bin -o w.img w.asm
truncate -s 163840 w.img
guest() { # STATUS SAID ARGUMENT...
    local expected=$1 said=$2 status=0
    shift 2
    rm -f e9
    timeout 60 "$ferrite" -display none -m 4 "${extra[@]}" -fda w.img -boot a -debugcon file:e9 "$@" >out 2>err </dev/null ||
        status=$?
    [[ "$status $(cat e9 2>/dev/null)" =~ ^$expected\ .*$said ]] ||
        failed "$*: status $status, expected $expected; the guest says $(cat e9 2>/dev/null): $(head -n 3 err)"
}
guest 1 '(Wf){4}$' -hda "$uri"
cmp -s -n 512 <(tail -c +51201 base.img) w.img || failed "the guest's sector is not on the server's disk"
guest 1 '(Wf){4}$' -hda "$uri" -snapshot
rm over
disk 0 create "$uri" over
guest 1 '(Wf){4}$' -drive "file=$uri,overlay=over"

# Over TCP, on this computer; found again from within the sandbox when the server was away.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
tcp_serve() {
    qemu-nbd --bind=127.0.0.1 --port="$port" --persistent --shared=8 --format=raw base.img &
    tcp=$!
    for _ in $(seq 900); do
        ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
        sleep 0.02
    done
    failed "no server at port $port"
}
tcp_serve
disk 0 get "nbd://127.0.0.1:$port::FAR.TXT" -
cmp -s out far || failed "another file over TCP"
guest 1 '(Wf){4}$' -hda "nbd://localhost:$port"
guest 2 '' -hda "nbd://127.0.0.1:$port/none"
says 'none'
sed 's/loop next/jmp next/' w.asm >forever.asm
nasm -f bin -o forever.img forever.asm
truncate -s 163840 forever.img
said_last() { # PATTERN: until the guest has said it just now
    for _ in $(seq 1000); do
        [[ $(tail -c 4 e9 2>/dev/null) =~ ^$1$ ]] && return 0
        sleep 0.02
    done
    failed "the guest never said $1 but $(tail -c 20 e9 2>/dev/null): $(head -n 3 err)"
}
rm -f e9
timeout 60 "$ferrite" -display none -m 4 "${extra[@]}" -fda forever.img -boot a -debugcon file:e9 \
    -hda "nbd://127.0.0.1:$port" >out 2>err </dev/null &
machine=$!
said_last '(Wf){2}'
signal KILL "$tcp"
wait "$tcp" 2>/dev/null || true
said_last '(E[fg]){2}'
tcp_serve
said_last '(Wf){2}'
signal TERM "$machine"
wait "$machine" 2>/dev/null || true

# Other formats: through a qemu-nbd of our own, that is gone afterwards.
cp base.img served.img
for kind in qcow2:qcow2 vdi:vdi vmdk:vmdk vhdx:vhdx vhd:vpc; do
    file=d.${kind%:*}
    qemu-img convert -q -f raw -O "${kind#*:}" served.img "$file"
    guest 1 '(Wf){4}$' -hda "$file"
    disk 0 ls "$file"
    says ' far.txt$'
    qemu-img convert -q -O raw "$file" back.img
    cmp -s -n 512 <(tail -c +51201 back.img) w.img || failed "$kind: what the guest wrote is not in it"
done
[ -z "$(find . -name 'ferrite-nbd-*')" ] || failed "a socket's folder was left"
for _ in $(seq 900); do
    pgrep -f "socket=$work/ferrite-nbd" >/dev/null || break
    sleep 0.05
done
! pgrep -f "socket=$work/ferrite-nbd" >/dev/null || failed "a qemu-nbd was left"
# A name of plain sectors with such a beginning: a guest may have written it, and it stays refused.
cp d.qcow2 plain.img
guest 2 '' -hda plain.img
says 'qcow2 image'
printf 'QFI\373damaged' >bad.qcow2
truncate -s 100K bad.qcow2
guest 2 '' -hda bad.qcow2
says 'bad.qcow2: qemu-nbd does not open it'

# What an image was made over: beside it, or in a folder that was named; else it stays closed.
mkdir apart
cp base.img beside.img
cp base.img apart/base.img
cd apart
qemu-img create -q -f qcow2 -b ../beside.img -F raw outside.qcow2
qemu-img create -q -f qcow2 -b base.img -F raw inside.qcow2
cd ..
guest 1 '(Wf){4}$' -hda apart/inside.qcow2
guest 2 '' -hda apart/outside.qcow2
says 'outside.qcow2: qemu-nbd does not open it: .*Permission denied; the parts'
guest 1 '(Wf){4}$' -hda apart/outside.qcow2 -sandbox "on,folder=$work"
guest 1 '(Wf){4}$' -hda apart/outside.qcow2 -sandbox off
FERRITE_SERVED_FOLDERS=/nowhere:$work disk 0 ls apart/outside.qcow2

# Servers that are not there, lie, stall, vanish.
# Short where the end of the waiting is awaited, long where a busy host's server must have answered.
export FERRITE_NBD_TIMEOUT=30
guest 2 '' -hda "nbd+unix:///?socket=$work/nobody"
says 'nobody'
cat >server.py <<'PY'
# server.py SOCKET HOW: an NBD server of 10 MB with some of the protocol, and a way to go wrong.
import os, socket, struct, sys, time
path, how = sys.argv[1:3]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path + ".new")
listener.listen(8)
os.rename(path + ".new", path)
SIZE = {"zero": 0, "huge": 1 << 62}.get(how, 10 << 20)
def all_of(c, n):
    data = b""
    while len(data) < n:
        more = c.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data
def talk(c):
    if how == "late":
        time.sleep(0.8)
    if how == "silent":
        time.sleep(100)
    if how == "garbage":
        c.sendall(b"HTTP/1.0 400 no\r\n\r\n" * 100)
        return
    c.sendall(b"NBDMAGICIHAVEOPT" + struct.pack(">H", 1))
    all_of(c, 4)
    while True:
        _, option, length = struct.unpack(">QII", all_of(c, 16))
        all_of(c, length)
        if option == 1:  # EXPORT_NAME
            c.sendall(struct.pack(">QH", SIZE, 1 | 4) + bytes(124))
            break
        if option in (6, 7):  # INFO, GO
            info = struct.pack(">HQH", 0, SIZE, 1 | 4)
            head = 0x3e889045565a9
            c.sendall(struct.pack(">QIII", head, option, 3, len(info)) + info)
            c.sendall(struct.pack(">QIII", head, option, 1, 0))
            if option == 7:
                break
            continue
        c.sendall(struct.pack(">QIII", 0x3e889045565a9, option, 0x80000001, 0))
    reads = writes = 0
    while True:
        _, flags, kind, cookie, at, length = struct.unpack(">IHHQQI", all_of(c, 28))
        if kind == 1:
            all_of(c, length)
        reads += kind == 0
        writes += kind in (1, 3)
        if kind == 2:
            return
        if writes > 2 and kind != 0:
            if how == "stalls":
                time.sleep(100)
            if how == "vanishes":
                os._exit(0)
            if how == "hangs-up":
                return
            if how == "wrong-cookie":
                cookie += 1
            if how == "refuses":
                c.sendall(struct.pack(">IIQ", 0x67446698, 28, cookie))  # ENOSPC
                continue
        if how == "cut" and reads > 2 and kind == 0:
            c.sendall(struct.pack(">IIQ", 0x67446698, 0, cookie) + bytes(100))
            return
        c.sendall(struct.pack(">IIQ", 0x67446698, 0, cookie) + (bytes(length) if kind == 0 else b""))
while True:
    c, _ = listener.accept()
    try:
        talk(c)
    except (EOFError, OSError):
        pass
    c.close()
PY
liar() { # HOW
    rm -f liar
    python3 server.py "$work/liar" "$1" &
    until_there liar
}
bad="nbd+unix:///?socket=$work/liar"
liar silent
FERRITE_NBD_TIMEOUT=0.2 guest 2 '' -hda "$bad"
says 'liar: .'
for how in garbage zero huge; do
    liar $how
    guest 2 '' -hda "$bad"
    says 'liar: .|too large for a disk'
done
liar late # but in time
guest 124 '' -hda "$bad" -limit guest=0.01
for how in stalls vanishes wrong-cookie; do
    liar $how
    [ $how != stalls ] || export FERRITE_NBD_TIMEOUT=2
    guest 1 '[Eg]' -drive "file=$bad,werror=report"
    says 'host error, cannot (write|flush)'
    says 'not everything that the guest wrote is in the image|host error'
    export FERRITE_NBD_TIMEOUT=30
done
liar hangs-up # and is there again: writes go on, but the flush after the loss says so
guest 1 'WfWgWgWf' -drive "file=$bad,werror=report"
liar refuses
guest 2 '' -hda "$bad"
says 'No space left.*the machine stops'
liar cut
disk 1 get "$bad::x" -
exit "$failures"
