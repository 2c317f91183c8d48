# shellcheck shell=bash
# linux_disk.bash - run in the directory of linux_disk.script's test, with disk.img and serial: did
# the guest compute, measure and write what the host finds?
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

# said KEY: what follows "GUEST KEY" on the serial port.
said() {
    tr -d '\r' <serial | sed -n "s/^GUEST $1 //p"
}

seq -f %07.0f 3000000 >expected
sed -n 1000,2000p expected | tac >expected.reversed
# The guest's echo has put the two blanks of sha256sum together.
hash=$(sha256sum <expected | tr -s ' ')
reversed=$(sha256sum <expected.reversed | tr -s ' ')
[ "$(said READ)" = "$hash" ] || fail "the guest read something else"
[ "$(said WRITTEN)" = "$hash" ] || fail "the guest read back something else than it wrote"
[ "$(said REVERSED)" = "$reversed" ] || fail "the guest's sed and tac did something else"

# Ten seconds of the clock chip by each of the kernel's clock sources.
said CLOCK | tee clocks
[ -s clocks ] || fail "no clock source"
awk '{ off = ($4 - $3) / $2 - 1; if (off < -0.02 || off > 0.02) { print "off by", off, "-", $0; bad = 1 } }
    END { exit bad }' clocks >&2 || fail "the clocks do not agree"

dd if=disk.img of=partition bs=512 skip=2048 conv=sparse status=none
e2fsck -fn partition || fail "the file system is not clean"
debugfs -R "dump /data/output output" partition
debugfs -R "dump /data/reversed reversed" partition
cmp output expected || fail "on the disk is something else"
cmp reversed expected.reversed || fail "on the disk is something else"
