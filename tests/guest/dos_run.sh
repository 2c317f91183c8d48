#!/bin/bash
# dos_run.sh FERRITE - ferrite dos: programs made here run under FreeDOS with their arguments and
# environment, what they write is in the folder, and what they end with is our exit status.
# no sanitizers
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
image=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state
failures=0
mkdir game
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

fail() {
    echo "FAILED: $1"
    for file in err said; do
        [ ! -s $file ] || sed "s/^/  $file: /" $file
    done
    failures=$((failures + 1))
}

# dos STATUS ARGUMENT...: ferrite dos, headless.
options=()
dos() {
    local expected=$1 status=0
    shift
    rm -f said
    timeout 100 "$ferrite" dos -display none -dos "$image" -debugcon file:said -limit guest=60 \
        "${extra[@]}" "${options[@]}" "$@" </dev/null >out 2>err || status=$?
    [ "$status" -eq "$expected" ] || fail "dos ${options[*]} $*: status $status, expected $expected"
}

# said TEXT: it is a line of the debug console. err_says PATTERN.
said() {
    grep -qxF -- "$1" said || fail "\"$1\" was not said"
}
err_says() {
    grep -qE -- "$1" err || fail "no \"$1\" in the messages"
}

# program NAME: assembles standard input.
program() {
    { printf 'org 0x100\nbits 16\ncpu 8086\n' && cat; } >"$1.asm"
    nasm -f bin -Wall -Werror -o "game/$1" "$1.asm"
}

# ---- what needs no DOS: words and statuses ----
printf 'plain text\n' >text.txt
printf '' >empty.exe
cp "$ferrite" linux.exe
cp text.txt zipped.zip && printf 'PK\3\4' | dd of=zipped.zip conv=notrunc status=none
dos 126 text.txt && err_says 'a text'
dos 126 empty.exe && err_says 'is empty'
dos 126 linux.exe && err_says 'Linux'
dos 126 zipped.zip && err_says 'cut short'
{ printf 'MZ\x40\0\1\0\0\0\2' && head -c 55 /dev/zero; } >nameless
dos 126 nameless && err_says 'call this one .EXE'
dos 127 missing.exe && err_says 'no such program'
dos 2 && err_says 'which program'
# The file alone, as people begin: it says itself what it is for.
alone() { # STATUS PATTERN ARGUMENT...: in what it prints
    local wanted=$1 pattern=$2 status=0
    shift 2
    timeout 60 "$ferrite" "$@" >out 2>&1 </dev/null || status=$?
    if [ "$status" -ne "$wanted" ] || ! tr '\n' ' ' <out | grep -qE -e "$pattern"; then
        fail "ferrite $*: status $status: $(head -5 out)"
    fi
}
echo drives >drives.script
truncate -s 720K disk.img
truncate -s 4M hard.img
truncate -s 1M cd.iso
printf CD001 | dd of=cd.iso bs=1 seek=32769 conv=notrunc status=none
cp disk.img boots.dat
printf '\x55\xaa' | dd of=boots.dat bs=1 seek=510 conv=notrunc status=none
alone 0 'drive: fda [^-]*file: disk.img' disk.img -display none -script drives.script
alone 0 'drive: fda [^-]*file: boots.dat' boots.dat -display none -script drives.script
{ head -c 510 /dev/zero && printf '\x55\xaa' && head -c 3000 /dev/zero; } >sectors.bin
{ printf 'QFI\373' && head -c 1020 /dev/zero; } >other.qcow2
alone 0 'drive: fda [^-]*file: sectors.bin' sectors.bin -display none -script drives.script
alone 2 'other.qcow2: (qemu-nbd|this is no image of plain sectors)' other.qcow2 -display none -script drives.script
alone 0 'drive: hda [^-]*file: hard.img' hard.img -display none -script drives.script
alone 0 'drive: cd [^-]*file: cd.iso' cd.iso -display none -script drives.script
alone 2 'is no DOS program: it is a text' text.txt
alone 127 'no such program' . missing.exe
alone 2 'Linux' linux.exe
alone 2 'there is no file .nothing.img., and no such command; ferrite help' nothing.img
alone 2 'no such command; did you mean disk' disc nothing.img
# The same with options before it, of the machine or of ferrite dos.
alone 0 'drive: fda [^-]*file: disk.img' -display none -script drives.script disk.img
alone 0 'drive: cd [^-]*file: cd.iso' --script=drives.script -display none cd.iso -m 8
alone 2 'is no DOS program: it is a text' -display none text.txt
alone 127 'no such program' -display none -m 8 . missing.exe
alone 2 'there is no file .nothing.img.' -display none nothing.img
alone 2 'dos is a command, and comes first' -m 8 dos text.txt
alone 2 'unknown option.*-drive-letter' -drive-letter E disk.img
# What says that it leaves the host's files alone, beside what writes to them.
mkdir live
alone 0 'live: with -snapshot .* is gone at the end' -drive folder=live,rw=live,index=1 -snapshot -display none -script drives.script
alone 0 '-share x: -snapshot does not hold back' -share x=live,rw -snapshot -fda disk.img -display none -script drives.script
options=(-drive-letter C)
dos 2 x && err_says 'D to Z'
options=()

if [ ! -e "$image" ]; then
    [ "$failures" -eq 0 ] || exit 1
    echo "SKIPPED: the rest needs $image (ferrite get freedos fetches the like)"
    exit 77
fi

# ---- programs ----
nasm -f bin -Wall -Werror -o game/SHOW.COM "$root/tests/guest/show.asm"
# ends with the number that is its argument
program CODE.COM <<'ASM'
    mov si, 0x81
    xor bx, bx
next: lodsb
    cmp al, ' '
    je next
    sub al, '0'
    jb done
    cbw
    xchg ax, bx
    mov cx, 10
    mul cx
    add bx, ax
    jmp next
done:
    xchg ax, bx
    mov ah, 0x4c
    int 0x21
ASM
# waits for a key
program KEY.COM <<'ASM'
    mov dx, text
    mov ah, 9
    int 0x21
    mov ah, 8
    int 0x21
    mov ax, 0x4c05
    int 0x21
text: db "a key, please$"
ASM
# stays in memory, with code 9
program STAYS.COM <<'ASM'
    mov dx, 32
    mov ax, 0x3109
    int 0x21
ASM
# writes a file, reads it back; with an argument it waits
program FILES.COM <<'ASM'
    mov dx, name
    xor cx, cx
    mov ah, 0x3c
    int 0x21
    jc bad
    xchg ax, bx
    mov dx, text
    mov cx, 13
    mov ah, 0x40
    int 0x21
    mov ah, 0x3e
    int 0x21
    mov dx, name
    mov ax, 0x3d00
    int 0x21
    jc bad
    xchg ax, bx
    mov dx, buffer
    mov cx, 100
    mov ah, 0x3f
    int 0x21
    jc bad
    cmp ax, 13
    jne bad
    mov cx, ax
    mov si, text
    mov di, buffer
    repe cmpsb
    jne bad
    mov ah, 0x3e
    int 0x21
    cmp byte [0x80], 0
    je good
    mov ah, 8
    int 0x21
good:
    mov ax, 0x4c00
    int 0x21
bad:
    mov ax, 0x4c01
    int 0x21
name: db "WRITTEN.TXT", 0
text: db "from the DOS", 10
buffer:
ASM
# resets the machine
program RESET.COM <<'ASM'
    mov al, 0xfe
    out 0x64, al
stay: jmp stay
ASM
# The smallest .EXE: a header of two paragraphs and five bytes.
printf 'MZ\x25\0\1\0\0\0\2\0\0\0\xff\xff\0\0\0\1\0\0\0\0\0\0\x1c\0\0\0\0\0\0\0\xb8\x2a\x4c\xcd\x21' >game/TINY.EXE

for code in 0 1 7 255; do
    dos $code game/CODE.COM $code
done
dos 42 game/TINY.EXE
dos 42 game/tiny
dos 7 game CODE 7
dos 7 game 'code.com' 7
options=(-as redirector -drive-letter K)
dos 7 game/SHOW.COM " one"
said 'tail [ " one"]'
grep -q '^PATH=C:\\;K:\\$' said || fail "PATH is another one"
options=(-e 'NAME=a value' -e 'path=D:\bin' -e PROMPT=)
dos 13 game/SHOW.COM 'a b' '"c"' ''
said 'tail [ "a b" "c" ""]'
said 'NAME=a value'
said 'PATH=D:\bin'
said 'COMSPEC=C:\COMMAND.COM'
! grep -q '^PROMPT' said || fail "PROMPT is there"
options=(-tail '/x"y  z')
dos 7 game/SHOW.COM
said 'tail [/x"y  z]'
options=()
touch 'game/a long name.txt'
dos 16 game/SHOW.COM 'game/a long name.txt'
said 'tail [ D:\ALONGN~1.TXT]'

# The folder is removed while the program runs: that is said. The program goes on while there is only
# no such file (2): rm -r removes the files first, and some time later their folder.
program GONE.COM <<'ASM'
    mov dx, name
    xor cx, cx
    mov ah, 0x3c
    int 0x21
    jc end
again:
    xchg bx, ax
    mov ah, 0x3e
    int 0x21
    mov dx, name
    mov ax, 0x3d00
    int 0x21
    jnc again
    cmp ax, 2
    je again
end:
    mov ah, 0x4c
    int 0x21
name: db "D:\READY", 0
ASM
mkdir vanishing
mv game/GONE.COM vanishing/
{
    for _ in $(seq 600); do
        [ ! -e vanishing/READY ] || break
        sleep 0.1
    done
    rm -r vanishing
} &
options=(-limit guest=6000)
dos 3 vanishing/GONE.COM
options=()
wait $!
err_says 'share .*: its folder was removed from this computer'

# More folders are drives behind the program's, around letters that are given and the CD's.
mkdir more other
printf 'more\r\n' >more/M.TXT
printf '@echo off\r\ncopy g:\\m.txt h:\\n.txt >nul\r\n' >game/MORE.BAT
options=(-share 'a=more,letter=E' -share b=more -share 'c=other,rw' -cdrom cd.iso)
dos 0 game/MORE.BAT
cmp more/M.TXT other/N.TXT || fail "no drives G: and H:"
options=()

# What a program prints by DOS is our standard output and error where nobody looks, as it is.
program PRINT.COM <<'ASM'
    mov dx, text
    mov ah, 9
    int 0x21
    mov dl, '!'
    mov ah, 2
    int 0x21
    mov bx, 1
    mov cx, 6000
    mov dx, 0x100
    mov ah, 0x40
    int 0x21
    sub ax, 6000
    jnz end
    mov bx, 2
    mov cx, 5
    mov dx, text
    mov ah, 0x40
    int 0x21
    xor al, al
end:
    mov ah, 0x4c
    int 0x21
text: db "to be", 26, "printed$"
    times 6000 db 'x'
ASM
dos 0 game/PRINT.COM
{ printf 'to be\032printed!' && head -c 6000 game/PRINT.COM; } | cmp - out || fail "what PRINT printed"
[ "$(tail -c 5 err)" = 'to be' ] || fail "what PRINT printed as an error"
# And what it reads, by pieces and by characters; where it ends there is an end.
program READ.COM <<'ASM'
    mov ah, 1
    int 0x21
    mov dl, al
    mov ah, 2
    int 0x21
next:
    xor bx, bx
    mov cx, 7
    mov dx, 0x300
    mov ah, 0x3f
    int 0x21
    jc end
    mov cx, ax
    jcxz chars
    mov bx, 1
    mov ah, 0x40
    int 0x21
    jmp next
chars:
    mov ah, 8
    int 0x21
end:
    mov ah, 0x4c
    int 0x21
ASM
status=0
printf 'one line\nand %05000d' 7 | timeout 60 "$ferrite" dos -display none -dos "$image" -limit guest=60 "${extra[@]}" \
    game/READ.COM >out 2>err || status=$?
[ "$status" -eq 26 ] || fail "READ at the end: status $status"
printf 'oone line\nand %05000d' 7 | cmp - out || fail "what READ has read"
# A port that has our standard input has all of it, and prints beside the program.
program PORT.COM <<'ASM'
    mov ah, 0x0b
    int 0x21
    test al, al
    jnz wrong
    mov cx, 3
next:
    mov dx, 0x3fd
    in al, dx
    test al, 1
    jz next
    mov dx, 0x3f8
    in al, dx
    out dx, al
    mov dl, al
    mov ah, 2
    int 0x21
    loop next
    mov ax, 0x4c00
    int 0x21
wrong:
    mov ax, 0x4c01
    int 0x21
ASM
status=0
printf abc | timeout 60 "$ferrite" dos -display none -dos "$image" -serial stdio -limit guest=60 "${extra[@]}" \
    game/PORT.COM >out 2>err || status=$?
[ "$status" -eq 0 ] || fail "PORT: status $status"
[ "$(fold -w1 out | sort | tr -d '\n')" = aabbcc ] || fail "what PORT and its port print: $(<out)"
# An input that stays silent does not hold the end, and is not taken for one that has ended.
mkfifo silent
exec 7<>silent
for how in term limit; do
    status=0
    limit=60
    [ $how = term ] || limit=1
    timeout 60 "$ferrite" dos -display none -dos "$image" -limit host=$limit -record silent.rec "${extra[@]}" \
        game/READ.COM <silent >out 2>err &
    machine=$!
    if [ $how = term ]; then
        sleep 1
        signal TERM $machine
    fi
    wait $machine || status=$?
    case $how-$status in
    term-143 | limit-124) ;;
    *) fail "READ without input, ended by $how: status $status" ;;
    esac
    timeout 100 "$ferrite" replay silent.rec -display none >out 2>err </dev/null || fail "its replay: status $?"
    err_says 'as recorded'
    # One that breaks off behind an answer.
    head -c -35 silent.rec >cut.rec
    timeout 100 "$ferrite" replay cut.rec -display none >out 2>err </dev/null || fail "a cut recording: status $?"
    err_says 'where the recording breaks off'
done
exec 7>&-
# Nor does a program go on whose output nobody can take.
program SPEW.COM <<'ASM'
next:
    mov bx, 1
    mov cx, 6000
    mov dx, 0x100
    mov ah, 0x40
    int 0x21
    jmp next
ASM
if [ -e /dev/full ]; then
    status=0
    timeout 60 "$ferrite" dos -display none -dos "$image" -limit guest=3000 "${extra[@]}" game/SPEW.COM </dev/null >/dev/full \
        2>err || status=$?
    [ "$status" -eq 2 ] || fail "SPEW to a full disk: status $status"
    err_says 'standard output: No space left'
fi
status=0
timeout 60 "$ferrite" dos -display none -dos "$image" -limit guest=3000 "${extra[@]}" game/SPEW.COM </dev/null 2>err |
    head -c 10 >/dev/null || status=${PIPESTATUS[0]}
[ "$status" -eq 2 ] || fail "SPEW without a reader: status $status"
err_says 'standard output: Broken pipe'
printf '@echo off\r\necho before\r\nPRINT > D:\\P.OUT\r\necho behind\r\n' >game/PR.BAT
dos 0 game/PR.BAT
[ "$(tr -d '\r' <out)" = "$(printf '\nbefore\nbehind')" ] || fail "a batch file with a redirection: $(cat out)"
[ "$(stat -c %s game/P.OUT)" -eq 6014 ] || fail "what was redirected: $(stat -c %s game/P.OUT)"
options=(-echo)
dos 0 game/PR.BAT
[ ! -s out ] || fail "-echo is the screen"
err_says 'behind$'
options=()

# Around what a PSP holds.
for n in 124 125 126 129 199; do
    word=$(printf 'x%.0s' $(seq "$n"))
    if [ "$n" -le 125 ]; then
        dos $((n + 1)) game/SHOW.COM "$word"
        said "tail [ $word]"
        ! grep -q '^CMDLINE' said || fail "$n: CMDLINE= without need"
    else
        dos 127 game/SHOW.COM "$word"
        said "CMDLINE=D:\\SHOW.COM $word"
        err_says "CMDLINE"
    fi
done

# The README's way to a program of one's own.
nasm -f bin -Wall -Werror -o game/HELLO.EXE "$root/images/hello.asm"
printf 'wait-text "program of your own" 30\ntype "x"\nsleep 20\n' >hello.script
options=(-script hello.script)
dos 0 game/HELLO.EXE
options=()

# ---- a program that stays, and prompts, where nobody could type ----
program STAYS.COM <<'ASM'
mov dx, 32
mov ax, 0x3109
int 0x21
ASM
dos 9 game/STAYS.COM
printf 'wait-text "The program stays in memory" 30\ntype "code 6\\nexit\\n"\nsleep 20\n' >stays.script
options=(-script stays.script)
dos 9 game/STAYS.COM
options=()
prompt() {
    local status=0
    timeout 100 "$ferrite" dos -display none -dos "$image" "$@" </dev/null >out 2>err || status=$?
    [ "$status" -eq 2 ] || fail "dos $*: status $status"
    err_says 'nobody could type'
}
prompt game
prompt -stay game/CODE.COM
status=0
env -u DISPLAY -u WAYLAND_DISPLAY -u SDL_VIDEODRIVER timeout 100 "$ferrite" dos -dos "$image" game </dev/null >out 2>err || status=$?
[ "$status" -eq 2 ] || fail "a prompt without a display: status $status"

# ---- the mouse driver ----
# ends with what INT 33h function 0 says: 255 there is one, 0 there is none; 3 buttons
program MOUSE.COM <<'ASM'
    xor ax, ax
    mov es, ax
    mov bx, [es:0x33 * 4]
    or bx, [es:0x33 * 4 + 2]
    jz .end
    les bx, [es:0x33 * 4]
    cmp byte [es:bx], 0xCF
    je .end
    int 0x33
.end:
    mov ah, 0x4C
    int 0x21
ASM
dos 255 game/MOUSE.COM
# asks where the mouse is, has a handler called at each movement, and ends
program HANDLER.COM <<'ASM'
    xor ax, ax
    int 0x33
    mov ax, 3
    int 0x33
    mov ax, 0x0c
    mov cx, 1
    mov dx, handler
    int 0x33
    mov ax, 0x4c05
    int 0x21
handler:
    retf
ASM
# At the prompt behind it nobody is called, and the pointer is the host's.
printf 'wait-text "D:\\>" 30\ninfo vmmouse\nmouse 50 50\nsleep 1\ntype "code 6\\n"\nsleep 1\ntype "exit\\n"\nsleep 10\n' >handler.script
options=(-stay -script handler.script)
dos 5 game/HANDLER.COM
grep -q 'port 5658, off' out || fail "the pointer is still the program's: $(grep 'port 5658' out)"
options=()
options=(-no-mouse)
dos 0 game/MOUSE.COM
options=()

# ---- batch files ----
printf '@echo off\r\nshow one %%1\r\ncode 3\r\nif errorlevel 3 goto three\r\ncode 1\r\ngoto end\r\n:three\r\ncode 33\r\n:end\r\n' >game/RUN.BAT
dos 33 game/RUN.BAT two
said 'tail [ one two]'
# Lines of Unix: the shell would find the next one at the wrong place.
printf '@echo off\ncode 7\nif errorlevel 8 goto end\nif errorlevel 7 goto seven\n:end\ncode 1\n:seven\nshow %%0 %%1\ncode 35' \
    >game/UNIX.BAT
dos 35 game/UNIX.BAT two
err_says 'UNIX.BAT: its lines end as Unix writes them; a copy with lines of DOS is run'
said 'tail [ C:\BATCH\UNIX.BAT two]'
printf '\n\ncode 2\r\n\ncode 36\n' >'game/a long name.bat'
dos 36 'game/a long name.bat'
dos 36 game 'a long name'
dos 127 game -stay && err_says 'options of ferrite dos come before the path'
printf '@code 0\r\n' >game/ZERO.BAT
dos 0 game/ZERO.BAT

# ---- files ----
dos 0 game/FILES.COM
[ "$(cat game/WRITTEN.TXT)" = 'from the DOS' ] || fail "WRITTEN.TXT is not what was written"
[ "$(find game -name WRITTEN.TXT -newermt '-2 days' | wc -l)" = 1 ] || fail "its time is not today's"
rm -f game/WRITTEN.TXT
options=(-as disk)
dos 0 game/FILES.COM
[ "$(cat game/WRITTEN.TXT)" = 'from the DOS' ] || fail "-as disk: WRITTEN.TXT is not what was written"
rm -f game/WRITTEN.TXT
options=(-snapshot)
dos 1 game/FILES.COM
[ ! -e game/WRITTEN.TXT ] || fail "-snapshot let a program write"
options=()
# While the program still runs.
rm -f game/WRITTEN.TXT
printf 'sleep 3000\n' >wait.script
"$ferrite" dos -display none -dos "$image" -script wait.script -limit host=60 game/FILES.COM wait \
    2>err </dev/null >out &
machine=$!
for _ in $(seq 300); do
    [ ! -s game/WRITTEN.TXT ] || break
    sleep 0.1
done
signal KILL $machine || fail "the machine has ended by itself"
wait $machine 2>/dev/null || true
[ "$(cat game/WRITTEN.TXT)" = 'from the DOS' ] || fail "WRITTEN.TXT is not there after the close"

# ---- ends that are no exit ----
printf 'wait-text "a key, please" 30\nkey ctrl-c\nsleep 10\n' >ctrl-c.script
options=(-script ctrl-c.script)
dos 130 game/KEY.COM
printf 'wait-text "stays in memory" 30\nwait-text "D:\\\\>" 10\ntype "exit\\n"\nsleep 10\n' >stays.script
options=(-script stays.script)
dos 9 game/STAYS.COM
printf 'wait-text "D:\\\\>" 30\ntype "code 6\\n"\nsleep 1\ntype "exit\\n"\nsleep 10\n' >stay.script
options=(-stay -script stay.script)
dos 4 game/CODE.COM 4
options=(-script stay.script)
dos 0 game # the shell's own
options=(-echo)
printf '@echo The last words\r\n' >game/WORDS.BAT
dos 0 game/WORDS.BAT
err_says '^The last words'
options=()

# A folder that cannot be written: the program runs, and its drive is read-only.
program WRITER.COM <<'ASM'
    mov ah, 0x3c
    xor cx, cx
    mov dx, name
    int 0x21
    mov ax, 0x4c05 ; DOS' error: access denied
    jc .end
    mov al, 9
.end:
    int 0x21
name: db 'NEW.TXT', 0
ASM
mkdir protected "$work/theirs"
cp game/WRITER.COM protected/
chmod 555 protected
status=0
if [ "$(id -u)" -ne 0 ]; then
    dos 5 protected/WRITER.COM
    err_says 'protected cannot be written .*can only read drive D:'
elif command -v setpriv >/dev/null; then
    # root may write there; somebody else may not, who needs files of his own.
    cp "$ferrite" theirs/ferrite && cp "$image" theirs/dos.img
    chmod 755 "$work"
    chown 65534 theirs
    setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/theirs" XDG_CONFIG_HOME="$work/theirs" \
        XDG_DATA_HOME="$work/theirs" XDG_STATE_HOME="$work/theirs" timeout 100 theirs/ferrite dos -display none \
        -dos theirs/dos.img -limit guest=60 "${extra[@]}" protected/WRITER.COM </dev/null >out 2>err || status=$?
    [ "$status" -eq 5 ] || fail "a folder that cannot be written: status $status"
    err_says 'protected cannot be written .*can only read drive D:'
fi
[ ! -e protected/NEW.TXT ] || fail "a protected folder was written"

# FreeDOS ends a program that divides by zero with 127, which is no "not found"; a program that has
# its own handler, or says 127 itself, is heard.
program DIVIDE.COM <<'ASM'
    xor cx, cx
    div cx
    mov ax, 0x4c03
    int 0x21
ASM
program NOSUCH.COM <<'ASM'
    db 0x0f, 0x0b
    mov ax, 0x4c03
    int 0x21
ASM
program HANDLED.COM <<'ASM'
    mov ax, 0x2500
    mov dx, handler
    int 0x21
    xor cx, cx
    div cx
handler:
    mov ax, 0x4c7f
    int 0x21
ASM
dos 136 game/DIVIDE.COM
err_says 'ended the program for a division'
dos 132 game/NOSUCH.COM
err_says 'an instruction that the processor does not know'
dos 127 game/HANDLED.COM

# A disk with FAT has D: before the folder, be it a stick; that it cannot have it is said.
mkdir stick
touch stick/THERE
for stick in "" disk=hdb; do
    options=(-drive "folder=stick,index=1" ${stick:+-device "usb-disk,$stick"})
    dos 127 game/HANDLED.COM && err_says 'drive D: is there already'
    options+=(-drive-letter E)
    dos 136 game/DIVIDE.COM
done
options=()

# Resets by the keyboard controller; by the BIOS' own way; by three faults. None starts again.
program BOOT.COM <<'ASM'
    mov ax, 0x40
    mov ds, ax
    mov word [0x72], 0x1234
    jmp 0xffff:0
ASM
program FAULT.COM <<'ASM'
    cpu 286
    mov word [0x200], 0
    lidt [0x200]
    int 3
ASM
for name in RESET BOOT; do
    dos 125 game/$name.COM
    err_says 'has reset the PC instead of ending'
done
dos 125 game/FAULT.COM
err_says 'triple fault'

# ---- a zip ----
if command -v zip >/dev/null; then
    mkdir z
    cp game/FILES.COM z
    echo data >z/DATA.TXT
    (cd z && zip -q ../one.zip FILES.COM DATA.TXT)
    before=$(sha256sum one.zip)
    dos 0 one.zip
    err_says 'changed of one.zip'
    [ "$(cat one.zip.d/WRITTEN.TXT)" = 'from the DOS' ] || fail "the zip's folder has no WRITTEN.TXT"
    [ "$(ls one.zip.d)" = WRITTEN.TXT ] || fail "more than the changes was kept"
    [ "$before" = "$(sha256sum one.zip)" ] || fail "the zip was written to"
    dos 0 one.zip FILES
    (cd game && zip -q ../two.zip CODE.COM)
    dos 4 two.zip CODE 4
    cp two.zip modem.zip && printf '\32%.0s' {1..100} >>modem.zip # as XMODEM fills its last block
    dos 4 modem.zip CODE 4
    head -c -30 two.zip >half.zip
    dos 126 half.zip CODE 4 && err_says 'half.zip: the archive is cut short'
    [ ! -e two.zip.d ] || fail "a zip to which nothing was written leaves a folder"
    mkdir -p deep/Games/Bin && cp game/CODE.COM deep/Games/Bin/ && (cd deep && zip -q -r ../deep.zip Games)
    dos 127 deep.zip code && err_says 'code: there is no such program; did you mean Games/Bin/CODE.COM.'
    dos 5 deep.zip Games/Bin/CODE.COM 5
    dos 6 deep.zip 'GAMES\BIN\code' 6
    # The only program, wherever it lies; beside helpers; several.
    program BESIDE.COM <<'ASM' # ends with 3 when it finds its neighbour
    mov dx, name
    mov ax, 0x3d00
    int 0x21
    mov ax, 0x4c03
    jnc end
    inc ax
end: int 0x21
name: db "DATA\N.TXT", 0
ASM
    mkdir -p deep/Games/Bin/Data deep/Docs
    echo neighbour >deep/Games/Bin/Data/N.TXT
    cp game/BESIDE.COM deep/Games/Bin/GAME.COM && rm deep/Games/Bin/CODE.COM && (cd deep && zip -q -r ../only.zip .)
    dos 3 only.zip
    err_says 'only.zip: Games/Bin/GAME.COM is started'
    cp game/CODE.COM deep/Games/Bin/SETUP.COM && (cd deep && zip -q -r ../setup.zip .)
    dos 3 setup.zip && err_says 'GAME.COM is started'
    cp game/CODE.COM deep/Docs/VIEW.COM && (cd deep && zip -q -r ../several.zip .)
    alone 2 'several.zip has several programs: Docs/VIEW.COM Games/Bin/GAME.COM Games/Bin/SETUP.COM; name' \
        dos -display none -dos "$image" several.zip
    dos 7 several.zip docs/view 7
    # One without a program says what is in it instead of asking which.
    mkdir unlike unlike/none && head -c 1474560 /dev/zero >unlike/disk1.img && echo hello >unlike/none/a.txt
    (cd unlike && zip -q ../images.zip disk1.img && zip -q -r ../texts.zip none)
    alone 2 'images.zip: there is no DOS program in it. disk1.img is a disk.s image: unpack it, and say ferrite disk1.img' \
        dos -display none -dos "$image" images.zip
    alone 2 'texts.zip: there is no DOS program in it. None of its files ends in .EXE, .COM or .BAT' \
        dos -display none -dos "$image" texts.zip
    printf '\377' | dd of=two.zip bs=1 seek=70 conv=notrunc status=none
    dos 126 two.zip CODE 4 && err_says 'two.zip: CODE.COM: damaged'
    (cd game && zip -q -P secret ../locked.zip CODE.COM)
    dos 126 locked.zip CODE 4 && err_says 'locked.zip: .*encrypted'
fi

# ---- recorded, and done again without the program ----
for as in redirector disk; do
    options=(-as "$as" -e A=b -m 8)
    dos 0 -record run.rec game/FILES.COM
    rm -f game/WRITTEN.TXT
    mv game elsewhere
    "$ferrite" replay run.rec -display none >out 2>err </dev/null || fail "-as $as: replay: status $?"
    err_says 'as recorded'
    [ ! -e game ] || fail "-as $as: a replay writes"
    mv elsewhere game
done
options=()

# ---- a DOS with its own CONFIG.SYS ----
options=(-keep-config)
dos 7 game/CODE.COM 7
dos 3 game/SHOW.COM xy
said 'COMSPEC=A:\COMMAND.COM'
dos 33 game/RUN.BAT two
options=()

# ---- where the DOS comes from ----
image=game
dos 2 game/CODE.COM 1 && err_says 'has no DOS'
[ "$failures" -eq 0 ] || exit 1
echo "DOS programs run, and end as they should"
