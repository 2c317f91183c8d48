#!/bin/bash
# reverse_linux.sh FERRITE - back in time in Linux: a watchpoint on a variable of the kernel, from the
# end of the boot backwards, leads to the last store there; 100 instants of the run in any order. The
# state's hash is each time that of a run that only went forwards, in another process.
# long
# seconds: 1200
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
for need in python3 cpio apt-get; do
    command -v $need >/dev/null || { echo "SKIPPED: needs $need (apt-get install python3 cpio)"; exit 77; }
done
linux=$("$here/../../scripts/get-guest" linux) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The RAM disk and another beginning: where the kernel's function is that reads its clock, when that
# is asked for, or some work.
mkdir more
cat >more/begin <<'BEGIN'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc
mount -t proc proc /proc
if grep -q find /proc/cmdline; then
    echo "FUNCTION $(grep ' get_jiffies_64$' /proc/kallsyms)"
else
    for i in 1 2 3 4; do sha256sum /bin/busybox | md5sum; done
fi
echo "GUEST DONE"
while :; do sleep 1; done
BEGIN
chmod +x more/begin
(cd more && echo begin | cpio -o -H newc --quiet | gzip) >more.gz
cat "$linux/initrd.gz" more.gz >initrd.gz

python3 -B "$here/control/reverse_linux.py" "$ferrite" "$linux/vmlinuz"
