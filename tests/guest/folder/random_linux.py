#!/usr/bin/env python3
"""random_linux.py FERRITE MODE SEED... - random file operations in Linux on a folder's disk; the same
comparisons as in random_dos.py, with long names. FERRITE_LINUX: a folder with vmlinuz and initrd.gz
(scripts/get-guest linux)."""

import copy
import gzip
import os
import random
import shlex
import subprocess
import sys
import time

import common
import volume
from common import check
from model import Model, Node, all_nodes

PATTERN = 400_000
# None of them can be another one's alias: by a name that DOS could have written the host's file keeps
# the name that it had (hw/storage/folder/README.md), which this model does not know. COLLIS~7.TXT is a
# name like any other.
NAMES = ["a.txt", "b.txt", "UPPER.TXT", "Mixed Case.Txt", "collision name one.txt", "collision name two.txt",
         "collision name three.txt", "collision name four.txt", "collision name five.txt", "grün.txt", "Straße",
         "übung für alle (2).html", "name with spaces", "x" * 200, "two.dots.here.c", "日本語.txt", "Ελληνικά.doc",
         "archive.tar.gz", "makefile", "README", "file~1.x", "COLLIS~7.TXT", ".profile", "lower.c", "new folder"]

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /mnt
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
dmesg -n 1
export TZ=UTC
for module in $(cat /modules/order) $(cat /modules/order.fat); do insmod "/modules/$module.ko" 2>/dev/null; done
while [ ! -b /dev/sda1 ]; do sleep 0.1; done
on() { mount -t vfat -o iocharset=utf8,utf8=1,codepage=437,noatime /dev/sda1 /mnt || echo BAD mount; }
part() { tail -c +$(($1 + 1)) /pattern | head -c $2; }
wrote() { echo "SYNC $1."; read -r line </dev/ttyS0; }
on
cd /mnt
. /ops
cd /
echo "ALL DONE"
while :; do sleep 10; done
"""


class Generator:
    def __init__(self, model, pick, pattern):
        self.model, self.pick, self.pattern = model, pick, pattern
        self.lines = []

    # ---- the tree ----

    def folders(self, node=None, path=""):
        node = node or self.model.root
        yield path, node
        for name, n in node.child.items():
            if n.folder:
                yield from self.folders(n, path + name + "/")

    def a_folder(self):
        return self.pick.choice([f for f in self.folders() if f[0].count("/") < 4])

    def a_file(self, writable=True):
        fit = [(path + name, node, name, n) for path, node in self.folders() for name, n in node.child.items()
               if not n.folder and not (writable and n.attributes & volume.READ_ONLY)]
        return self.pick.choice(fit) if fit else None

    def new_name(self, node):
        have = {name.casefold() for name in node.child}
        return self.pick.choice([n for n in NAMES if n.casefold() not in have] or [f"last {len(have)}"])

    def put(self, node, name, n):
        n.exact, n.names = name, set()
        node.child[name] = n

    @staticmethod
    def takes_place(n, name, old):
        """`n` is now where `old`, which the guest knows as `name`, was. Where the host calls that one
        otherwise ("NAME (2)" stands for one of two that differ in case), it is one of the two names: by
        whether the moved file was seen before, or only what `name` now holds."""
        names = {name.casefold()} | ({old.exact.casefold()} if old.exact else old.names)
        n.exact, n.names = (name, set()) if names == {name.casefold()} else (None, names)

    def emit(self, command, *paths):
        """`command` with %s for each path."""
        command = command % tuple(shlex.quote("./" + p) for p in paths)
        self.lines.append(f"{command} || echo BAD {len(self.lines)}")

    def piece(self):
        size = self.pick.choice([0, 1, 100, 512, 4096, 20000, 60000, 150000, self.pick.randrange(40000)])
        at = self.pick.randrange(PATTERN - size)
        return at, size, self.pattern[at:at + size]

    def changed(self, n):
        n.seen = n.stamp = None
        n.attributes |= volume.ARCHIVE

    # ---- operations ----

    def write(self):
        path, node = self.a_folder()
        old = self.a_file() if self.pick.random() < 0.4 else None
        if old:
            path, node, name, n = old
        else:
            name = self.new_name(node)
            path, n = path + name, Node(False)
            self.put(node, name, n)
        at, size, n.data = self.piece()
        self.changed(n)
        self.emit(f"part {at} {size} >%s", path)

    def save_as(self):
        """As editors do: a new file, renamed over the old one."""
        old = self.a_file()
        if old:
            path, node, name, n = old
            at, size, n.data = self.piece()
            n.attributes = volume.ARCHIVE
            self.changed(n)
            self.takes_place(n, name, copy.copy(n))
            temporary = path.rpartition("/")[0]
            temporary = (temporary + "/" if temporary else "") + "saving.tmp"
            self.emit(f"part {at} {size} >%s", temporary)
            self.emit("mv -f %s %s", temporary, path)

    def append(self):
        if f := self.a_file():
            at, size, more = self.piece()
            f[3].data += more
            if size:
                self.changed(f[3])
            self.emit(f"part {at} {size} >>%s", f[0])

    def patch(self):
        f = self.a_file()
        if f and f[3].data:
            to = self.pick.randrange(len(f[3].data))
            at, size = self.pick.randrange(PATTERN - 2000), self.pick.randrange(1, 2000)
            f[3].data = f[3].data[:to] + self.pattern[at:at + size] + f[3].data[to + size:]
            self.changed(f[3])
            self.emit(f"part {at} {size} | dd bs=1 seek={to} conv=notrunc of=%s 2>/dev/null", f[0])

    def cut(self):
        f = self.a_file()
        if f and f[3].data:
            to = self.pick.randrange(len(f[3].data))
            f[3].data = f[3].data[:to]
            self.changed(f[3])
            self.emit(f"truncate -s {to} %s", f[0])

    def grow(self):
        """A hole: zeros."""
        if f := self.a_file():
            size = self.pick.randrange(1, 50000)
            f[3].data += bytes(size)
            self.changed(f[3])
            self.emit(f"truncate -s {len(f[3].data)} %s", f[0])

    def rename(self):
        f = self.a_file(writable=False)
        if f:
            path, node = (f[0][:-len(f[2])], f[1]) if self.pick.random() < 0.5 else self.a_folder()
            name = self.new_name(node)
            del f[1].child[f[2]]
            self.put(node, name, f[3])
            f[3].seen = f[3].seen if f[3].data else None
            self.emit("mv %s %s", f[0], path + name)

    def rename_folder(self):
        fit = [(path, node, name, n) for path, node in self.folders() for name, n in node.child.items() if n.folder]
        if fit:
            path, node, name, n = self.pick.choice(fit)
            to, into = self.a_folder()
            if (to + "/").startswith(path + name + "/") or to.count("/") > 2:
                to, into = path, node
            new = self.new_name(into)
            del node.child[name]
            self.put(into, new, n)
            self.emit("mv %s %s", path + name, to + new)

    def exchange(self):
        a, b = self.a_file(), self.a_file()
        if a and b and a[3] is not b[3] and a[3].data and b[3].data:
            a[1].child[a[2]], b[1].child[b[2]] = b[3], a[3]
            was = copy.copy(a[3])
            self.takes_place(a[3], b[2], b[3])
            self.takes_place(b[3], a[2], was)
            folder = a[0][:-len(a[2])]
            self.emit("mv %s %s", a[0], folder + "exchange.tmp")
            self.emit("mv %s %s", b[0], a[0])
            self.emit("mv %s %s", folder + "exchange.tmp", b[0])

    def delete(self):
        if f := self.a_file(writable=False):
            del f[1].child[f[2]]
            self.emit("rm -f %s", f[0])

    def delete_tree(self):
        fit = [(path, node, name) for path, node in self.folders() for name, n in node.child.items() if n.folder]
        if fit and self.pick.random() < 0.3:
            path, node, name = self.pick.choice(fit)
            del node.child[name]
            self.emit("rm -rf %s", path + name)

    def mkdir(self):
        path, node = self.a_folder()
        name = self.new_name(node)
        self.put(node, name, Node(True))
        self.emit("mkdir %s", path + name)

    def mode(self):
        if f := self.a_file(writable=False):
            f[3].attributes ^= volume.READ_ONLY
            f[3].seen = None
            self.emit("chmod %s %%s" % ("a-w" if f[3].attributes & volume.READ_ONLY else "u+w"), f[0])

    def touch(self):
        if f := self.a_file():
            f[3].stamp = 2 * self.pick.randrange(200_000_000, 1_070_000_000)
            f[3].seen = None
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(f[3].stamp))
            self.emit(f"touch -d '{when}' %s", f[0])

    def verify(self):
        import hashlib
        if f := self.a_file(writable=False):
            digest = hashlib.sha256(f[3].data).hexdigest()
            self.emit(f'[ "$(sha256sum <%s)" = "{digest}  -" ]', f[0])

    def wrong(self):
        path, node = self.a_folder()
        full = [p for p, n in self.folders() if n.child and p]
        if node.child and self.pick.random() < 0.5:
            self.emit("! mkdir %s 2>/dev/null", path + self.pick.choice(sorted(node.child)))
        elif full:
            self.emit("! rmdir %s 2>/dev/null", self.pick.choice(full)[:-1])

    def wait(self):
        self.lines.append(f"sleep {self.pick.choice([0.1, 0.6, 3])}")


WRITES = [("write", 9), ("save_as", 3), ("append", 4), ("patch", 3), ("cut", 2), ("grow", 1), ("rename", 5),
          ("rename_folder", 2), ("exchange", 1), ("delete", 4), ("delete_tree", 1), ("mkdir", 3), ("mode", 1),
          ("touch", 1), ("verify", 2), ("wrong", 1), ("wait", 2)]


def make_initrd(work, linux, ops, pattern):
    ram = os.path.join(work, "ram")
    os.makedirs(ram, exist_ok=True)
    for name, data in (("init", INIT.encode()), ("ops", ops.encode()), ("pattern", pattern)):
        with open(os.path.join(ram, name), "wb") as f:
            f.write(data)
    os.chmod(os.path.join(ram, "init"), 0o755)
    packed = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], input=b"init\nops\npattern\n", cwd=ram,
                            capture_output=True, check=True).stdout
    with open(os.path.join(linux, "initrd.gz"), "rb") as f, open(os.path.join(work, "initrd.gz"), "wb") as out:
        out.write(f.read() + gzip.compress(packed))


def run_ops(machines, linux, lines, syncs, pattern, wait):
    """`syncs`: for each whether the volume is mounted then. The images."""
    work = machines.work
    with open(os.path.join(work, f"operations.{machines.runs}"), "w") as f:
        f.write("\n".join(lines) + "\n")
    make_initrd(work, linux, "\n".join(lines) + "\n", pattern)
    script, images = [], []
    for i in range(len(syncs)):
        images.append(os.path.join(work, f"sync{i}.img"))
        script += [f'wait-serial "SYNC {i}." 600', f"export hda {images[-1]}", 'type-serial "go\\n"']
    script += ['wait-serial "ALL DONE" 600', f"sleep {wait}", "quit"]
    said = machines.run(script, ["-m", "96", "-kernel", os.path.join(linux, "vmlinuz"), "-initrd",
                                 os.path.join(work, "initrd.gz"), "-append", "console=ttyS0 quiet", "-serial",
                                 f"file:{work}/serial"])
    with open(os.path.join(work, "serial"), errors="replace") as f:
        heard = f.read()
    bad = [line for line in heard.splitlines() if "BAD" in line]
    check(not bad, "; ".join(f"{b}: {lines[int(b.split()[-1])] if b.split()[-1].isdigit() else ''}" for b in bad[:5]))
    check("not saved" not in said, said)
    return images


def run(ferrite, work, mode, seed):
    linux = os.environ["FERRITE_LINUX"]
    pick = random.Random(seed)
    pattern = random.Random(7).randbytes(PATTERN)
    drive = "cp=437," + ["fat=32,size=600M", "fat=16,size=100M", "fat=12,size=60M"][seed % 3]
    machines = common.Machines(ferrite, work, mode, drive, (), os.environ.get("FERRITE_GUEST_ARGS", "").split())
    common.make_folder(machines.folder, seed)
    host = common.host_tree(machines.folder)
    model = Model(machines.look().root, host, "name")
    if mode == "no":
        g = Generator(model, pick, pattern)
        for _ in range(60):
            g.verify()
        lines = ["mount -o remount,ro /mnt"] + g.lines + ["! touch ./new 2>/dev/null || echo BAD 0"]
        run_ops(machines, linux, [l.replace("BAD ", "BAD 0") for l in lines], [], pattern, 0)
        common.same_host(host, common.host_tree(machines.folder))
        return "60 files read"
    done = 0
    for turn in range(2):
        model.same_volume(machines.look().root)
        g, states, syncs = Generator(model, pick, pattern), [], []

        def sync(mounted):
            g.lines.append("sync" if mounted else "cd /; umount /mnt")
            g.lines.append(f"wrote {len(states)}")
            if not mounted:
                g.lines.append("on; cd /mnt")
            states.append(copy.deepcopy(model))
            syncs.append(mounted)

        for _ in range(120):
            getattr(g, pick.choices([n for n, _ in WRITES], [w for _, w in WRITES])[0])()
            if pick.random() < 0.04:
                sync(pick.random() < 0.6)
        if turn == 0:
            g.lines.append("cd /; umount /mnt")
        else:
            sync(True)
        images = run_ops(machines, linux, g.lines, syncs, pattern, pick.choice([0, 1]))
        for i, (state, image) in enumerate(zip(states, images)):
            try:
                state.same_volume(common.check_volume(image, syncs[i]).root)
            except (common.Failed, volume.Unsound) as e:
                raise common.Failed(f"run {turn} sync {i}: {e}") from e
        done += len(g.lines)
        if mode == "live":
            model.same_host(common.host_tree(machines.folder))
        else:
            common.same_host(host, common.host_tree(machines.folder))
    if mode == "overlay":
        said = subprocess.run([machines.ferrite, "disk", "commit", machines.overlay], capture_output=True, text=True,
                              errors="replace")
        check(said.returncode == 0, f"commit: {said.stdout}{said.stderr}")
        for n in all_nodes(model.root):
            n.seen = None  # a commit may know a moved file only as a new one
        model.same_host(common.host_tree(machines.folder))
        machines.look()
    return f"2 runs, {done} operations"


if __name__ == "__main__":
    sys.exit(common.main("Linux", run))
