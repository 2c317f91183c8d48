# shellcheck shell=bash
# debian_disk.bash - run in the directory of debian_disk.script's test, with disk.img and serial:
# the guest's results against this machine's own, and the file system that it left.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

# said KEY: what follows "GUEST KEY" on the serial port.
said() {
    tr -d '\r' <serial | sed -n "s/.*GUEST $1 //p"
}

dd if=disk.img of=partition bs=512 skip=2048 conv=sparse status=none
e2fsck -fn partition || fail "the file system is not clean"
for file in a.c a.py copy; do
    debugfs -R "dump /root/$file $file" partition
done
gcc -O2 -o a a.c -lm
[ "GUEST C $(said C)" = "$(./a)" ] || fail "C: $(said C) - $(./a)"
[ "GUEST PYTHON $(said PYTHON)" = "$(python3 a.py)" ] || fail "python3: $(said PYTHON)"
# shellcheck disable=SC2016 # perl's
perl=$(perl -e '$h = 7; $h = ($h * 31 + $_ * $_) % 1000003 for 1 .. 200000;
    printf "%d %s", $h, join ",", sort { $b <=> $a } map { $_ * 7919 % 997 } 1 .. 20')
[ "$(said PERL)" = "$perl" ] || fail "perl: $(said PERL) - $perl"
hash=$(sha256sum <copy)
hash=${hash%% *}
[ "$(said DD)" = "$hash - $hash -" ] || fail "dd: $(said DD) - $hash"
