#!/bin/bash
# machines.sh FERRITE - machines from `new` to `rm`: made from options and from answers, run, changed,
# snapshots of disks taken and restored, backup and restore, and what each says to mistakes. The guest
# is a boot sector that counts its boots on its disk.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
export FERRITE_MACHINES=$work/home LC_ALL=C
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# says PATTERN COMMAND...: it ends well and says so.
says() {
    local pattern=$1 status=0
    shift
    timeout 60 "$ferrite" "$@" >out 2>err </dev/null || status=$?
    if [ "$status" -ne 0 ] || { [ -n "$pattern" ] && ! grep -qE -e "$pattern" out; }; then
        failed "ferrite $*: status $status, \"$pattern\" expected"
        cat out err
    fi
}
# refuses PATTERN COMMAND...: status 2, one line.
refuses() {
    local pattern=$1 status=0
    shift
    timeout 60 "$ferrite" "$@" >out 2>err </dev/null || status=$?
    if [ "$status" -ne 2 ] || [ "$(wc -l <err)" -ne 1 ] || ! grep -qE -e "$pattern" err; then
        failed "ferrite $*: status $status, \"$pattern\" expected"
        cat out err
    fi
}

says 'No machines yet' list
says 'Counter is made' new -y -for dos -storage 2M Counter
says '^Counter +dos +off .*never +0$' list
says '^cpu.model +486 +for dos' info Counter
says '^Usage: ferrite' run Counter -help
says '^ferrite [0-9]' run Counter --version
refuses 'did you mean Counter' info Countr
refuses 'already' new -y Counter
refuses 'is no name for a machine' new -y ../evil
refuses 'is no name for a machine' new -y $'half\303'
says 'Für Gäste is made' new -y -for dos -storage none 'Für Gäste'
says '^Für Gäste ' list
says '' rm -y 'Für Gäste'
# Answers by a pipe; an end in the middle makes nothing, no answer at all takes the preset's.
printf 'teaching\nPiped\n32\n\n\n\nnone\nno\nstrict\n\n' | "$ferrite" new >out 2>err || failed "new from a pipe: $(cat err)"
says '^memory.mb +32' info Piped
says '^security.sandbox +strict +machine.ini' info Piped
printf 'quit\n' >quit.script
says '' run Piped -display none -script quit.script
status=0
printf 'dos\nHalf\n' | "$ferrite" new >out 2>err || status=$?
if [ "$status" -ne 2 ] || ! grep -q 'no answer; nothing was made' err; then failed "half of the answers: status $status"; fi
says '^dos is made' new
refuses 'say on, strict or off' new -y -sandbox maybe Other
says '' rm -y Piped
says '' rm -y dos
refuses 'say none, user or lan' new -y -network wifi Other
refuses 'there is no such file' new -y -storage nothing.img Other
[ "$(ls home)" = Counter ] || failed "a refused machine left something: $(ls -A home)"

# The guest: sector 2 holds how often it was started; the screen shows that as a letter.
disk=home/Counter/disks/c.img
[ "$(stat -c %s $disk)" -eq 2097152 ] || failed "the disk's size"
cat >boot.asm <<'ASM'
    org 7c00h
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov bx, 8000h
    mov ax, 0201h
    mov cx, 2
    mov dx, 80h
    int 13h
    inc byte [8000h]
    mov ax, 0301h
    mov bx, 8000h
    mov cx, 2
    mov dx, 80h
    int 13h
    mov al, [8000h]
    add al, 'A' - 1
    mov ah, 0eh
    int 10h
    mov al, '!'
    int 10h
stop: hlt
    jmp stop
    times 510 - ($ - $$) db 0
    dw 0aa55h
ASM
nasm -f bin -o boot.bin boot.asm
dd if=boot.bin of=$disk conv=notrunc status=none
boots() {
    printf 'wait-text "%s!" 10\nquit\n' "$1" >check.script
    timeout 60 "$ferrite" run Counter -display none -script check.script >out 2>err </dev/null ||
        failed "boot $1: $(cat err)"
}
boots A
# By its folder or its file, as a name.
printf 'wait-text "B!" 10\nquit\n' >check.script
says '' home/Counter -display none -script check.script
sed -i s/B/C/ check.script
cd home
says '' Counter -display none -script ../check.script
cd ..
sed -i s/C/D/ check.script
cd home # a folder here is no machine's name, with options before it as well
FERRITE_MACHINES=$work/none says '' -snapshot -display none -script ../check.script Counter
cd Counter
says '' -machine machine.ini -display none -script ../../check.script
cd ../..
printf '\001' | dd of=$disk bs=1 seek=512 conv=notrunc status=none
boots B
says '' snapshot take Counter two "after two boots"
boots C
boots D
says '' snapshot take Counter four
says '^  four \(here\)' snapshot list Counter
says '' snapshot restore Counter two
boots C
says '' snapshot restore Counter four
boots E
refuses 'already' snapshot take Counter four
refuses 'did you mean four' snapshot restore Counter fuor
refuses 'is no name' snapshot take Counter ../x
says '' snapshot rm Counter two
says '^four \(here\)' snapshot list Counter

# A restore that was interrupted is finished before anything else.
echo four >home/Counter/states/restoring
refuses 'was interrupted' run Counter -display none
says '' snapshot restore Counter four
boots E # the fourth's disk, started once

# What is changed, and what stays of a person's file.
sed -i '1i # my own remark' home/Counter/machine.ini
says '' set Counter memory.mb=8 machine.notes='a b = c'
[ "$(head -n 1 home/Counter/machine.ini)" = '# my own remark' ] || failed "set lost a remark"
says '^memory.mb +8 +machine.ini' info Counter
refuses 'no such processor; did you mean 486' set Counter cpu.model=487
refuses '1 to 2048' set Counter memory.mb=0
refuses 'did you mean cpu.model' set Counter cpu.modell=486
refuses 'did you mean memory.mb' set Counter memry.mb=8
refuses 'did you mean memory.mb' set Counter cpu.mb=8
refuses 'did you mean drive.NAME.overlay' set Counter cpu.overlay=x
refuses 'stays as the machine was made' set Counter machine.uuid=1
says '^memory.mb +8 ' info Counter
says '' set Counter machine.notes 'two words' memory.mb=8
says '^machine.notes +two words' info Counter
refuses 'say SECTION.NAME=VALUE' set Counter memory.mb
says 'drive.z.folder: there is no .*/nowhere now' set Counter "drive.z.folder=$PWD/nowhere"
"$ferrite" run Counter -display none >out 2>err </dev/null && failed "run with a folder that is not there"
grep -q 'drive.z.folder: there is no .*/nowhere now.*ferrite set "Counter" drive.z.folder=' err || failed "a vanished folder: $(<err)"
says '' set Counter drive.z.folder=
says 'Its disk is empty' new -y -for dos Blank
says '' rm -y Blank
says '' new -y -for dos -storage none Größe
says '^Größe {16}dos {7}off' list # a letter takes one column, however many bytes it has
says '^it is in .*/Klein now: ferrite run "Klein"' set Größe machine.name=Klein
says '^Klein +dos' list
refuses 'is no name for a machine' set Klein machine.name=a/b
refuses 'a machine "Counter" already' set Klein machine.name=Counter
ln -s nowhere "$FERRITE_MACHINES/Taken"
refuses 'Taken: ' set Klein machine.name=Taken
says '^machine.name +Klein ' info Klein # and is called so, where it could not go
rm "$FERRITE_MACHINES/Taken"
mv "$FERRITE_MACHINES/Klein" "$FERRITE_MACHINES/Moved" # by hand: nobody has asked for another name
says '' set Moved memory.mb=16
sed -i 's/^name *=.*/name = Old (1994)/' "$FERRITE_MACHINES/Moved/machine.ini" # as it could be said once
says '' set Moved memory.mb=8
says '^Moved +dos' list
says '' rm -y Moved
# Where nothing more can be written one can still make room, and nobody is told a number that is none.
says '' new -y -for dos -storage none Full
exec 7>"$FERRITE_MACHINES/Full/lock"
flock 7
says '^Full +dos +running  ' list
refuses 'in use by another process' set Full memory.mb=8
exec 7>&-
(
    trap '' XFSZ
    ulimit -f 0
    "$ferrite" rm -y Full </dev/null 2>&1 | cat
) | cat >said
[ ! -e "$FERRITE_MACHINES/Full" ] || failed "rm on a full disk: $(<said)"
refuses 'snapshot: say take' snapshot

# Two at a time: the second one is told who has it.
# It has counted its boot before it is killed: it says so by a file.
printf 'wait-text "F!" 10\ndump-text counted\nwait-text "never" 1000\n' >holder.script
"$ferrite" run Counter -display none -script holder.script >holder.out 2>&1 </dev/null &
holder=$!
for _ in $(seq 600); do
    [ ! -s counted ] || break
    sleep 0.1
done
"$ferrite" list >out
grep -q 'Counter.*running' out || failed "a machine that runs: $(cat out holder.out)"
refuses "in use by process $holder" run Counter -display none
refuses "in use by process $holder" rm -y Counter
signal TERM "$holder" || true
wait "$holder" || true

# Backup, a damaged one, restore, a copy.
says 'read again and compared' backup Counter backups
backup=$(echo backups/Counter-*.tar.gz)
boots G # F was the holder's
says 'Back is back' restore "$backup" Back
printf 'wait-text "G!" 10\nquit\n' >check.script
"$ferrite" run Back -display none -script check.script >out 2>err </dev/null || failed "Back: $(cat err)"
size=$(stat -c %s "$backup")
head -c $((size / 2)) "$backup" >cut.tar.gz
"$ferrite" restore cut.tar.gz Cut >out 2>err </dev/null && failed "a cut backup was restored"
grep -q 'cut.tar.gz: tar failed' err || failed "a cut backup: $(cat err)"
[ ! -e home/Cut ] || failed "a damaged backup made a machine"
mkdir forged && tar -xzf "$backup" -C forged && echo x >>forged/machine.ini
tar -czf forged.tar.gz -C forged .
refuses 'not what it was' restore forged.tar.gz Forged
rm forged/machine.ini && ln -s /etc/passwd forged/machine.ini && tar -czf forged.tar.gz -C forged .
refuses 'neither a file nor a folder' restore forged.tar.gz Forged
[ ! -e home/Forged ] || failed "a forged backup made a machine"
refuses 'lies in the machine itself' backup Counter home/Counter/disks
says 'is a copy of' clone Counter Twin
"$ferrite" run Twin -display none -script - >out 2>err <<<$'wait-text "H!" 10\nquit' ||
    failed "Twin: $(cat err)"
boots H
# An overlay knows a large image by its time: copies keep it.
for copy in Back Twin; do
    [ "$(stat -c %y home/$copy/disks/c.img)" = "$(stat -c %y $disk)" ] || failed "the time of $copy's disk"
done

# From other emulators: what maps, what does not, and nothing made of what is neither.
mkdir old old/games && truncate -s 1M old/win.img && : >old/cd.iso
cat >old/86box.cfg <<'CFG'
[General]
language = de

[Machine]
machine = ibmps1_2121
cpu_family = i486dx2
cpu_speed = 66666666
mem_size = 32768
time_sync = utc

[Video]
voodoo = 1

[Sound]
sndcard = sb16

[Sound Blaster 16]
base = 0220
irq = 7

[Network]
net_01_card = novell_ne2k
net_01_net_type = slirp

[Hard disks]
hdd_01_parameters = 63, 16, 2, 0, ide
hdd_01_fn = win.img
hdd_01_ide_channel = 1:0

[Floppy and CD-ROM drives]
cdrom_01_image_path = cd.iso
cdrom_02_image_path = ioctl:///dev/sr0
fdd_01_fn = C:\\dos\\a.img
CFG
says '^taken .*cpu.model = 486' import old/86box.cfg Old86
for line in 'voodoo = 1: there is no 3D' 'one CD-ROM' 'a path of Windows'; do
    grep -q "^not taken .*$line" out || failed "import: no word: $line"
done
grep -q '^taken .*sound.card = sb16' out || failed "import: no word about the sound card"
mkdir 'An old one'
cp old/86box.cfg 'An old one'/
says 'An old one is made' import 'An old one/86box.cfg' # by its folder
says '' rm -y 'An old one'
says '^drive.hdd1.index +2 +machine.ini' info Old86
says '^net.mode +user +machine.ini' info Old86
says '^cpu.speed +486-66 +machine.ini' info Old86
says '^sound.irq +7 +machine.ini' info Old86
says '^board.rtc +utc +machine.ini' info Old86
cat >old/dosbox.conf <<'CONF'
[dosbox]
memsize=8
[cpu]
cputype=386
cycles=fixed 3000
[autoexec]
# lines
mount c "games"
IMGMOUNT d ./cd.iso
IMGMOUNT 3 win.img
IMGMOUNT e win.img -t hdd -fs fat
BOOT -l c
keyb gr
echo hello
GAME.EXE -x
[sblaster]
sbtype=sbpro1
sbbase=240
irq=7
hdma=5
[gus]
gusirq=5
gus=true
gusbase=220
[dos]
keyboardlayout=gr
[serial]
serial1=dummy
serial2=modem listenport:5000
CONF
says '^not taken \[autoexec\]: keyb gr' import old/dosbox.conf OldBox
cp out imported
says "^drive.c.folder +$work/old/games +machine.ini" info OldBox
grep -q '^not taken .*this image is in a drive already' imported || failed "import: an image twice"
grep -q '^not taken .*ferrite set MACHINE serial2.to=' imported || failed "import: the second serial port"
says '^cpu.speed +3.0 +machine.ini' info OldBox
for line in 'drive.d.if +cdrom' 'drive.3.if +ide' 'board.boot +cad' 'input.layout +de'; do
    grep -qE "^$line +machine.ini" out || failed "import of DOSBox: $line"
done
printf '[autoexec]\nimgmount 0 boot.img -t floppy\nboot boot.img\n' >old/booted.conf
says '^taken .*boot boot.img: board.boot = acd' import old/booted.conf Booted
! grep -q 'drive.a' out || failed "import: a floppy that is mounted and booted is in two drives"
says '^sound.card +sbpro +machine.ini' info OldBox
says '^device.gus.as +gus,addr=0x220,irq=5 +machine.ini' info OldBox
says '^sound.base +240 +machine.ini' info OldBox
! grep -q '^sound.hdma +[0-9]' out || failed "an 8 bit card has a DMA channel of 16 bits"
grep -q '^DOSBox brings a DOS.*ferrite dos .*old/games" GAME.EXE -x' imported ||
    failed "import: no word about DOSBox' own DOS"
printf 'quit\n' >places.script
printf '[dosbox]\nmemsize=8\n[sblaster]\nsbtype=sb16\nirq=7\nhdma=6\n' >old/places.conf
says '^taken .*sound.hdma = 6' import old/places.conf Places
says '' run Places -display none -script places.script
refuses 'one sb16 only' run Places -display none -device sb16 -script places.script
printf '[dosbox]\nmemsize=8\n[sblaster]\nirq=12\ndma=9\n' >old/odd.conf
says '^not taken irq = 12: the card cannot be there' import old/odd.conf OddPlaces
refuses 'neither a 86box.cfg nor' import boot.asm Odd
refuses 'already' import old/dosbox.conf OldBox
cat >old/win.vbox <<'VBOX'
<?xml version="1.0"?>
<!-- Settings of a machine -->
<VirtualBox xmlns="http://www.virtualbox.org/" version="1.16-linux">
  <Machine uuid="{11}" name="Win98" OSType="Windows98" snapshotFolder="Snapshots">
    <MediaRegistry>
      <HardDisks>
        <HardDisk uuid="{a}" location="win.img" format="RAW" type="Normal"/>
        <HardDisk uuid="{b}" location="d &amp; e.vdi" format="VDI" type="Normal"/>
      </HardDisks>
      <DVDImages><Image uuid="{c}" location="/cds/setup.iso"/></DVDImages>
    </MediaRegistry>
    <Snapshot uuid="{9}" name="before"><Hardware><Memory RAMSize="4"/></Hardware></Snapshot>
    <Hardware>
      <Memory RAMSize="96"/>
      <Network>
        <Adapter slot="0" enabled="true" MACAddress="080027A1B2C3" type="Am79C973">
          <NAT><Forwarding name="ssh" proto="1" hostport="2222" guestport="22"/></NAT>
        </Adapter>
        <Adapter slot="1" enabled="false"/>
      </Network>
      <SharedFolders><SharedFolder name="x" hostPath="/tmp" writable="true"/></SharedFolders>
      <RTC localOrUTC="UTC"/>
      <Boot><Order position="1" device="DVD"/><Order position="2" device="HardDisk"/></Boot>
      <UART><Port slot="0" enabled="true" path="com1" hostMode="RawFile"/><Port slot="1" enabled="true" path="/tmp/com2" hostMode="RawFile"/></UART>
    </Hardware>
    <StorageControllers>
      <StorageController name="IDE" type="PIIX4">
        <AttachedDevice type="HardDisk" port="1" device="0"><Image uuid="{a}"/></AttachedDevice>
        <AttachedDevice type="HardDisk" port="0" device="0"><Image uuid="{b}"/></AttachedDevice>
        <AttachedDevice type="DVD" port="1" device="1"><Image uuid="{c}"/></AttachedDevice>
      </StorageController>
    </StorageControllers>
  </Machine>
</VirtualBox>
VBOX
sed -n '1p' old/win.vbox >old/short.vbox
printf '<VirtualBox>\n<Machine>\n' >>old/short.vbox
refuses 'short.vbox: line 4: no element found' import old/short.vbox Short
printf '<!DOCTYPE a [<!ENTITY b "c">]>\n<VirtualBox/>' >old/type.vbox
refuses 'type.vbox: line 1: a document type' import old/type.vbox Type
if [ -e home/Short ] || [ -e home/Type ]; then failed "a refused import made a machine"; fi
says '^not taken hard disk d & e.vdi: .*qemu-img convert' import old/win.vbox OldVbox
head -c 1M /dev/zero >'old/d & e.vdi'
printf '\x7f\x10\xda\xbe' | dd of='old/d & e.vdi' bs=1 seek=64 conv=notrunc status=none # VDI's signature
says '^taken +ide d & e.vdi: drive.c.file = ' import old/win.vbox ServedVbox
says '^machine.guest +win9x +machine.ini' info OldVbox
says '^memory.mb +96 +machine.ini' info OldVbox
says '^serial2.to +file:/tmp/com2 +machine.ini' info OldVbox
says "^serial1.to +file:$work/old/com1 +machine.ini" info OldVbox
says '^board.boot +dc +machine.ini' info OldVbox
says "^drive.e.file +$work/old/win.img +machine.ini" info OldVbox
says '^drive.e.index +2 +machine.ini' info OldVbox
says '^drive.cd.file +/cds/setup.iso +machine.ini' info OldVbox
says '^net.mac +08:00:27:A1:B2:C3 +machine.ini' info OldVbox
says '^net.forward +tcp::2222-:22 +machine.ini' info OldVbox
says '^board.rtc +utc +machine.ini' info OldVbox
says '^share.vbox1.mode +rw +machine.ini' info OldVbox
cat >old/box.ovf <<'OVF'
<?xml version="1.0"?>
<Envelope ovf:version="1.0" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
  <References><File ovf:href="disk1.img" ovf:id="file1"/><File ovf:href="cd.iso" ovf:id="file2"/></References>
  <DiskSection><Disk ovf:capacity="1" ovf:diskId="vmdisk1" ovf:fileRef="file1"/></DiskSection>
  <VirtualSystem ovf:id="v"><VirtualHardwareSection>
    <Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ResourceType>4</rasd:ResourceType>
      <rasd:VirtualQuantity>48</rasd:VirtualQuantity></Item>
    <Item><rasd:HostResource>/disk/vmdisk1</rasd:HostResource><rasd:ResourceType>17</rasd:ResourceType></Item>
    <Item><rasd:HostResource>ovf:/file/file2</rasd:HostResource><rasd:ResourceType>15</rasd:ResourceType></Item>
  </VirtualHardwareSection></VirtualSystem>
</Envelope>
OVF
says '^taken .*memory.mb = 48' import old/box.ovf OldOvf
says "^drive.c.file +$work/old/disk1.img +machine.ini" info OldOvf
says "^drive.cd.file +$work/old/cd.iso +machine.ini" info OldOvf

# ---- pictures go into the machine's folder, whatever the folder we are in ----
"$ferrite" new -y -for dos -storage none Pictures >/dev/null 2>err || failed "new Pictures"
printf 'sleep 0.2\nscreenshot-next\nrewind 0.1\n' >shots.script
status=0
"$ferrite" run Pictures -display none -rewind 16 -script shots.script >out 2>err || status=$?
[ "$status" -eq 0 ] || failed "a run that takes a picture: status $status"
[ -s home/Pictures/shots/ferrite-1.png ] || grep -q libpng err || failed "no picture in the machine's folder"
"$ferrite" set Pictures window.rewind=8 input.no-vmport=yes >out 2>err || failed 'set Pictures'
says '^window.rewind +8 ' info Pictures

# ---- a machine that runs: memory and disk together, by name; the disk gets its overlay meanwhile ----
"$ferrite" new -y -for dos -storage 2M Live >/dev/null 2>err || failed "new Live"
cat >live.asm <<'ASM'
    org 7c00h
    xor ax, ax
    mov ds, ax
    mov es, ax
next: ; the letter counts on the disk, the digit in memory, up with each key
    mov bx, 8000h
    mov ax, 0201h
    mov cx, 2
    mov dx, 80h
    int 13h
    inc byte [8000h]
    mov ax, 0301h
    mov bx, 8000h
    mov cx, 2
    mov dx, 80h
    int 13h
    inc byte [count]
    mov al, [8000h]
    add al, 'A' - 1
    call put
    mov al, [count]
    add al, '0'
    call put
    mov al, '!'
    call put
    mov ah, 0
    int 16h
    jmp next
put:
    mov ah, 0eh
    mov bx, 7
    int 10h
    ret
count: db 0
    times 510 - ($ - $$) db 0
    dw 0aa55h
ASM
nasm -f bin -o live.bin live.asm
dd if=live.bin of=home/Live/disks/c.img conv=notrunc status=none
truncate -s 160K one.img two.img
# live LINE...: the machine runs this script.
live() {
    local status=0
    printf '%s\n' "$@" quit >live.script
    timeout 60 "$ferrite" run Live -display none -script live.script >out 2>err </dev/null || status=$?
    [ "$status" -eq 0 ] || failed "Live: status $status: $(cat err)"
}
live 'insert fda one.img' 'wait-text "A1!" 10' 'type "x"' 'wait-text "B2!" 10' \
    'snapshot take two "after two"' 'type "x"' 'wait-text "C3!" 10' 'insert fda two.img' 'snapshot take' \
    'type "xx"' 'wait-text "E5!" 10' 'snapshot restore two' 'drives' \
    'type "x"' 'wait-text "B2!C3!" 10' 'snapshot tree'
grep -q "file: .*one.img" out || failed "the diskette did not come back: $(cat out)"
[ "$(grep -c 'memory: yes' out)" -eq 2 ] || failed "snapshot tree: $(cat out)"
grep -q '^overlay = disks/drive.c.cow' home/Live/machine.ini || failed "machine.ini does not know the overlay"
says '^  20.*, running' snapshot list Live
says '^Live goes on from "two"' snapshot restore Live two
says '^Live +dos +saved' list
refuses 'is to go on from "two"' snapshot rm Live two
says '' snapshot take Live asleep # while it is off: its memory is a part of it
live 'assert-text "B2!"' 'type "x"' 'wait-text "B2!C3!" 10'
says '^Live +dos +off' list
live 'wait-text "D1!" 10' # its disk went on from there
says '' snapshot restore Live asleep
live 'assert-text "B2!"' 'snapshot rm two' 'snapshot tree'
! grep -q 'name: two' out || failed "snapshot rm"
# One that was taken while the machine was off starts it; memory that does not fit leaves the disks.
says '' snapshot take Live off
live 'wait-text "C1!" 10' 'snapshot take' 'type "x"' 'wait-text "D2!" 10' 'snapshot restore off' \
    'wait-text "C1!" 10'
says '' snapshot restore Live asleep
says '' set Live memory.mb=8
refuses 'snapshot off Live' run Live -display none
says '' snapshot off Live
live 'wait-text "C1!" 10'

# From another shell, while it runs: it does that itself, with its memory.
outside() {
    rm -f home/Live/control
    "$ferrite" run Live -display none -limit host=120 >live.out 2>live.err </dev/null &
    holder=$!
    for _ in $(seq 300); do
        [ ! -S home/Live/control ] || break
        sleep 0.1
    done
}
outside
if [ -S home/Live/control ]; then
    [ "$(stat -c %a home/Live/control)" = 600 ] || failed "others may steer the machine"
    says '' ctl Live wait-text 'D1!' 10
    says '^snapshot "outside" is taken' snapshot take Live outside 'from another shell'
    says '' ctl Live type x
    says '' ctl Live wait-text 'E2!' 10
    says '^  outside.*, running' snapshot list Live
    refuses 'already' snapshot take Live outside
    refuses 'did you mean outside' snapshot restore Live outsid
    says '^back to "outside"' snapshot restore Live outside
    says 'D1' ctl Live dump-text
    ! grep -q E2 out || failed "the memory did not go back: $(cat out)"
    refuses "in use by process $holder" set Live memory.mb=4
    refuses "in use by process $holder" snapshot off Live
    says '' snapshot rm Live outside
    ! "$ferrite" snapshot list Live | grep -q outside || failed "snapshot rm, of one that runs"
    says '' ctl Live quit
    wait "$holder" || failed "ended from outside: status $?"
    [ ! -e home/Live/control ] || failed "the socket stays"
    refuses 'does not run' ctl Live drives
    # One that was killed leaves its socket: in nobody's way, and in no copy.
    outside
    signal KILL "$holder"
    wait "$holder" || true
    [ -S home/Live/control ] || failed "a killed machine's socket is gone"
    says '' clone Live Copied
    [ ! -e home/Copied/control ] || failed "a socket was copied"
    says '' rm -y Copied
    live 'wait-text "1!" 10'
else
    echo "not tested: a running machine's socket (apt-get install libjansson4)"
    signal TERM "$holder" || true
    wait "$holder" || true
fi
# A medium in its folder goes with it: a copy does not come back to the other one's diskette.
cp one.img home/Live/disks/own.img
live "insert fda $PWD/home/Live/disks/own.img" 'wait-text "1!" 10' 'snapshot take withown'
grep -q '^file = disks/own.img' home/Live/states/withown/meta.ini || failed "how a medium is noted: $(grep file home/Live/states/withown/meta.ini)"
sed -i "s|^file = disks/own.img|file = $PWD/home/Live/disks/own.img|" home/Live/states/withown/meta.ini # as it once was
says '' clone Live Copy
printf '%s\n' 'eject fda' 'snapshot restore withown' drives quit >copy.script
timeout 60 "$ferrite" run Copy -display none -script copy.script >out 2>err </dev/null || failed "Copy: $(cat err)"
grep -q 'file: .*home/Copy/disks/own.img' out || failed "a copy's diskette is another one's: $(cat out)"
says '' rm -y Copy
live 'snapshot rm withown'
rm home/Live/disks/own.img
printf 'snapshot take here\n' >take.script
! "$ferrite" -display none -script take.script >out 2>err || failed "a machine without a name takes a snapshot"
grep -q 'only a machine made with .ferrite new.' err || failed "no reason: $(cat err)"

# ---- a bundle for somebody else: outside images come with it ----
mkdir -p away/side
head -c 1M /dev/urandom >away/side/data.img
head -c 2M /dev/urandom >away/data.img
"$ferrite" new -y -for dos -storage 4M Bundled >/dev/null 2>err || failed "new Bundled"
"$ferrite" set Bundled "drive.d.file=$work/away/data.img" drive.d.if=ide "drive.e.file=$work/away/side/data.img" \
    drive.e.if=ide drive.e.mode=ro share.x.path=/tmp >/dev/null 2>err || failed "set Bundled"
says '^taken in: drive.d.file' export Bundled away/b.tar.gz
refuses 'there is such a file already' export Bundled away/b.tar.gz
(cd away && "$ferrite" export Bundled here.tar.gz >out 2>&1) || failed "an export beside us"
[ ! -e away/b.tar.gz.export ] || failed "the export's copy is left"
rm -r away/side
mv away/data.img away/gone.img
says '^it reaches out of its folder: share.x.path' import away/b.tar.gz Unpacked
cmp -s home/Unpacked/disks/data.img away/gone.img || failed "an outside image is not in the bundle"
[ "$(stat -c %s home/Unpacked/disks/2-data.img)" = 1048576 ] || failed "an outside image of the same name"
says '^drive.e.file +disks/2-data.img' info Unpacked
says '^drive.d.file +'"$work/away/data.img" info Bundled
head -c 30000 away/b.tar.gz >away/half.tar.gz
! "$ferrite" import away/half.tar.gz Half >out 2>err || failed "half a bundle is imported"
grep -q 'half.tar.gz: tar failed' err || failed "half a bundle: no reason"
[ ! -e home/Half ] || failed "half a bundle made a machine"
refuses 'drive.d. file = .*: No such file' export Bundled away/c.tar.gz
printf '[dosbox]\nmemsize=99999\n' >old/big.conf
refuses '1 to 2048' import old/big.conf Big
[ ! -e home/Big ] || failed "a refused import made a machine"
[ ! -e home/Odd ] || failed "a file that is no settings made a machine"


# ---- an end from outside leaves nothing half, and is the end (143: SIGTERM) ----
"$ferrite" new -y -for dos -storage 100G Vast >/dev/null 2>err || failed "new Vast: $(cat err)"
mkdir vast.backups
interrupted() { # SIGN-OF-WORK COMMAND...
    local sign=$1 status=0
    shift
    rm -f home/Vast/lock
    "$ferrite" "$@" >out 2>err </dev/null &
    local process=$!
    for _ in {1..3000}; do
        [ -z "$(compgen -G "$sign")" ] || break
        sleep 0.02
    done
    kill -TERM "$process" || failed "$*: it has ended: $(cat out err)"
    wait "$process" 2>/dev/null || status=$?
    [ "$status" -eq 143 ] || failed "$*: status $status: $(cat err)"
    grep -q 'interrupted (SIGTERM); nothing was made' err || failed "$*: said \"$(cat err)\""
    [ "$(ls -A vast.backups)" = "" ] || failed "$*: left behind: $(ls -A vast.backups)"
}
interrupted 'vast.backups/v.tar.gz.export/machine.ini' export Vast vast.backups/v.tar.gz
interrupted 'home/Vast/lock' backup Vast vast.backups
says '' rm -y Vast
refuses 'made by ferrite new -storage FILE' import away/gone.img

# ---- paths into its own folder go with it, however they are said ----
says '' new -y -for dos -storage 1M Own
cat >>home/Own/machine.ini <<INI
[drive.b]
if = floppy
file = $PWD/home/Own//disks/b.img
[share.s]
path = $PWD/home/Own/shots
[share.all]
path = $PWD/home/Own
[serial1]
to = file:$PWD/home/Own/out.txt
[device.x]
as = gus
[share.up]
path = $PWD/home/Own/../../away
[machine]
notes = it was in $PWD/home/Own/x
INI
sed -i "s|^file = disks/c.img|file = $PWD/home/Own/disks/c.img|" home/Own/machine.ini
truncate -s 1440K home/Own/disks/b.img
cp home/Own/machine.ini own.ini
own() { # MACHINE: all lead into its own folder
    says '^drive.c.file +disks/c.img ' info "$1"
    says '^drive.b.file +disks/b.img ' info "$1"
    says '^share.s.path +shots ' info "$1"
    says '^share.all.path +\. ' info "$1"
    says "^share.up.path +$PWD/home/Own4?/../../away " info "$1" # that is not in it
}
says '' clone Own Own2
own Own2
says "^serial1.to +file:$PWD/home/Own2/out.txt " info Own2
says "^machine.notes +it was in $PWD/home/Own/x " info Own2
cmp -s own.ini home/Own/machine.ini || failed "clone changed what it copies"
says '' export Own own.tar.gz
! grep -q 'not in it: share.s' out err || failed "a folder of the machine's is called one of this computer"
says '' import own.tar.gz Own3
own Own3
says '^it is in ' set Own machine.name=Own4
own Own4
says "^serial1.to +file:$PWD/home/Own4/out.txt " info Own4
cp own.ini home/Own4/machine.ini
ln -s nowhere home/Taken
refuses 'Taken: ' set Own4 machine.name=Taken
says "^serial1.to +file:$PWD/home/Own/out.txt " info Own4 # that folder is another's by now
rm home/Taken
sed -E "s,home/Own(/|$),home/Own4\\1," own.ini >home/Own4/machine.ini
mkdir own.backups
says 'compared' backup Own4 own.backups
says '' rm -y Own4
says '' restore own.backups/*.tar.gz Own5
own Own5
# What a copy's overlay holds is not for the other one's image.
says '' set Own2 drive.c.mode=overlay drive.c.overlay=disks/c.cow
timeout 60 "$ferrite" run Own2 -display none -limit guest=0.1 -limit host=30 >out 2>err </dev/null || true
says '' clone Own2 Own6
says "^base: +home/Own6/disks/c.img .as it was" disk info home/Own6/disks/c.cow
for machine in Own2 Own3 Own5 Own6; do
    says '' rm -y "$machine"
done

# What is left over; and the end.
mkdir home/.new-x-1 && touch home/Twin/disks/old.img
# What is left by who was killed (hw/base/beside.h; what is still being written: test_beside_file.c).
mkdir -p home/Twin/states/kept
parts=(home/Twin/machine.ini.part-2147483000-0 home/Twin/states/current.part-2147483000-1
    home/Twin/states/kept/memory.part-2147483000-0 home/Twin/shots/a.png.part-2147483000-0)
mkdir -p home/Twin/shots
for part in "${parts[@]}" home/Twin/notes.part-two; do echo x >"$part"; done
# What a drive's file has beside it belongs to it: what an overlay keeps of a folder, tracks of a CD.
cp home/Twin/machine.ini twin.ini
says '' set Twin drive.d.folder="$PWD" drive.d.overlay=disks/d.cow drive.d.if=ide \
    drive.d.index=2 drive.d.mode=overlay drive.d.rw=overlay
says '' set Twin drive.e.file=disks/e.cue drive.e.if=cdrom
printf 'FILE "noise (Track 1).bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n' >home/Twin/disks/e.cue
kept=('d.cow' 'd.cow.files' 'noise (Track 1).bin' 'e.cue')
for file in "${kept[@]}"; do [ -e "home/Twin/disks/$file" ] || echo x >"home/Twin/disks/$file"; done
echo x >home/Twin/disks/d.cow2
says 'machine.ini.part-2147483000-0: an interrupted command left it' gc
says 'can be freed' gc
[ -e home/Twin/disks/old.img ] || failed "gc removed without -delete"
says 'freed' gc -delete
[ ! -e home/Twin/disks/old.img ] || failed "gc -delete left a disk"
[ ! -e home/Twin/disks/d.cow2 ] || failed "gc -delete left what has almost a disk's name"
for file in "${kept[@]}"; do [ -e "home/Twin/disks/$file" ] || failed "gc -delete took $file"; done
for file in "${kept[@]}"; do rm "home/Twin/disks/$file"; done
mv twin.ini home/Twin/machine.ini
for part in "${parts[@]}"; do [ ! -e "$part" ] || failed "gc -delete left $part"; done
[ -e home/Twin/notes.part-two ] || failed "gc removed a file of the user's"
rm -r home/Twin/notes.part-two home/Twin/states/kept
[ ! -e home/.new-x-1 ] || failed "gc -delete left a folder"
[ -e home/Twin/disks/c.img ] || failed "gc removed a disk"
[ -e home/Twin/disks/drive.c.cow ] || failed "gc removed an overlay"
refuses 'say -y' rm Twin
says '' rm -y Twin
[ ! -e home/Twin ] || failed "rm left the machine"
sed -i 's/format = 1/format = 2/' home/Back/machine.ini
refuses 'newer Ferrite' run Back
exit "$failures"
