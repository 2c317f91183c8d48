#!/usr/bin/env python3
"""random_dos.py FERRITE MODE SEED... - random file operations in FreeDOS on a folder's disk, done by
ops.asm; a model of what DOS should have done is compared with the volume that the guest sees at each
sync, and with the host's folder after each of several runs.

MODE is no, overlay or live. The model knows files by their aliases, as DOS does; what a host's file
may be called follows from its history: its own name as long as nobody renamed it; what DOS typed,
whatever the case; or a name that had this alias before (a deleted file's long name comes back)."""

import os
import random
import struct
import subprocess
import sys

import common
import volume
from common import check
from model import Model, Node, all_nodes, take_attributes

CP = "cp437"
HOLD = 3
NAMES = ["A.TXT", "B.TXT", "C", "D.BIN", "LONGNA~1.TXT", "LONGNA~4.TXT", "ÜBER.TXT", "ÄÖÜ", "F1.X", "F2.X", "F3.X",
         "README.1ST", "NEWDIR", "SUB", "~TMP.$$$", "GRÜN.TXT", "LOWER.TXT"]


class Generator:
    """Operations for ops.asm, done on the model as they are made."""

    def __init__(self, model, pick):
        self.model, self.pick = model, pick
        self.out, self.expected = b"", []
        self.slots = {}

    # ---- the tree ----

    def folders(self, node=None, path="C:"):
        node = node or self.model.root
        yield path, node
        for alias, n in node.child.items():
            if n.folder:
                yield from self.folders(n, f"{path}\\{alias}")

    def files(self):
        return [(f"{path}\\{alias}", node, alias, n) for path, node in self.folders()
                for alias, n in node.child.items() if not n.folder and not n.held]

    def holds(self, node):
        return any(n.held or (n.folder and self.holds(n)) for n in node.child.values())

    def a_folder(self):
        return self.pick.choice([f for f in self.folders() if f[0].count("\\") < 4])

    def a_file(self, writable=True):
        fit = [f for f in self.files() if not writable or not f[3].attributes & volume.READ_ONLY]
        return self.pick.choice(fit) if fit else None

    def new_name(self, node):
        return self.pick.choice([n for n in NAMES if n not in node.child] or ["LAST.X"])

    # ---- records ----

    def emit(self, letter, *arguments, ok=True, what=""):
        self.out += letter.encode()
        for a in arguments:
            self.out += a if isinstance(a, bytes) else a.encode(CP) + b"\0"
        self.expected.append((ok, f"{letter} {[a for a in arguments if isinstance(a, str)]} {what}"))

    def forget(self, node, alias):
        n = node.child.pop(alias)
        node.before.setdefault(alias, set()).update(n.all_names())
        return n

    def put(self, node, alias, n):
        n.exact, n.names = None, {alias.casefold()} | node.before.get(alias, set())
        n.seen = None
        node.child[alias] = n

    def changed(self, n):
        n.seen = n.stamp = None
        n.attributes |= volume.ARCHIVE

    def size(self):
        return self.pick.choice([0, 1, 100, 512, 4096, 5000, 16384, 20000, 40000, 100000, self.pick.randrange(30000)])

    def tail(self, size):
        seed = self.pick.randrange(256)
        return seed, struct.pack("<IBH", size, seed, self.pick.choice([512, 1000, 4096, 16384]))

    # ---- operations ----

    def write(self):
        path, node = self.a_folder()
        old = self.a_file() if self.pick.random() < 0.4 else None
        if old and not old[3].attributes & (volume.HIDDEN | volume.SYSTEM):  # DOS refuses those
            path, node, alias, n = old
        else:
            alias = self.new_name(node)
            path = f"{path}\\{alias}"
            n = Node(False)
            self.put(node, alias, n)
        size = self.size()
        seed, tail = self.tail(size)
        n.data = common.pattern(0, size, seed)
        n.attributes = volume.ARCHIVE
        self.changed(n)
        self.emit("W", path, tail, what=size)

    def create(self):
        path, node = self.a_folder()
        alias, attributes = self.new_name(node), self.pick.choice([0, 2, 4, 6, 1])
        n = Node(False)
        self.put(node, alias, n)
        n.attributes = attributes | volume.ARCHIVE
        self.emit("C", f"{path}\\{alias}", bytes([attributes]))

    def append(self):
        if f := self.a_file():
            size = self.size()
            seed, tail = self.tail(size)
            if size:
                self.changed(f[3])
            f[3].any_attributes = f[3].any_attributes or not size
            f[3].data += common.pattern(len(f[3].data), size, seed)
            self.emit("A", f[0], tail, what=size)

    def patch(self):
        f = self.a_file()
        if f and f[3].data:
            at = self.pick.randrange(len(f[3].data))
            size = self.size() or 1
            seed, tail = self.tail(size)
            f[3].data = f[3].data[:at] + common.pattern(at, size, seed) + f[3].data[at + size:]
            self.changed(f[3])
            self.emit("P", f[0], struct.pack("<I", at), tail, what=(at, size))

    def cut(self):
        f = self.a_file()
        if f and f[3].data:
            at = self.pick.choice([0, self.pick.randrange(len(f[3].data))])
            f[3].data = f[3].data[:at]
            self.changed(f[3])
            self.emit("T", f[0], struct.pack("<I", at), what=at)

    def rename(self):
        f = self.a_file()
        if not f:
            return
        path, node = (f[0].rpartition("\\")[0], f[1]) if self.pick.random() < 0.5 else self.a_folder()
        alias = self.new_name(node)
        self.forget(f[1], f[2])
        seen = f[3].seen
        self.put(node, alias, f[3])
        f[3].seen = seen if f[3].data else None  # an empty file is its name: deleted, and a new one
        self.emit("R", f[0], f"{path}\\{alias}")

    def rename_folder(self):
        fit = [(path, node, alias, n) for path, node in self.folders() for alias, n in node.child.items()
               if n.folder and not self.holds(n)]
        if fit:
            path, node, alias, n = self.pick.choice(fit)
            new = self.new_name(node)
            self.forget(node, alias)
            self.put(node, new, n)
            self.emit("R", f"{path}\\{alias}", f"{path}\\{new}")

    def delete(self):
        if f := self.a_file():
            self.forget(f[1], f[2])
            self.emit("D", f[0])

    def mkdir(self):
        path, node = self.a_folder()
        alias = self.new_name(node)
        n = Node(True)
        self.put(node, alias, n)
        self.emit("M", f"{path}\\{alias}")

    def rmdir(self):
        fit = [(path, node, alias) for path, node in self.folders() for alias, n in node.child.items()
               if n.folder and not n.child]
        if fit:
            path, node, alias = self.pick.choice(fit)
            self.forget(node, alias)
            self.emit("X", f"{path}\\{alias}")

    def attributes(self):
        if f := self.a_file(writable=False):
            f[3].attributes = self.pick.choice([0x20, 0, 1, 2, 4, 0x23, 0x27, 0x21])
            f[3].any_attributes = False
            f[3].seen = f[3].seen and None
            self.emit("H", f[0], bytes([f[3].attributes]), what=f"{f[3].attributes:x}")

    def time(self):
        if f := self.a_file():
            import calendar
            y, mo, d = self.pick.randrange(1980, 2100), self.pick.randrange(1, 13), self.pick.randrange(1, 29)
            h, mi, s = self.pick.randrange(24), self.pick.randrange(60), self.pick.randrange(30) * 2
            f[3].any_attributes = True
            f[3].seen = None
            f[3].stamp = calendar.timegm((y, mo, d, h, mi, s))
            self.emit("Y", f[0], struct.pack("<HH", h << 11 | mi << 5 | s >> 1, (y - 1980) << 9 | mo << 5 | d))

    def verify(self):
        if f := self.a_file(writable=False):
            total = 0
            for b in f[3].data:
                total = (((total << 1 | total >> 15) & 0xffff) + b) & 0xffff
            self.emit("V", f[0], struct.pack("<IH", len(f[3].data), total))

    def hold(self):
        path, node = self.a_folder()
        free = [s for s in range(HOLD) if s not in self.slots]
        if free:
            alias = self.new_name(node)
            n = Node(False)
            self.put(node, alias, n)
            n.held = True
            self.slots[free[0]] = n
            self.emit("o", bytes([free[0]]), f"{path}\\{alias}")

    def hold_write(self):
        if self.slots:
            slot = self.pick.choice(sorted(self.slots))
            n = self.slots[slot]
            size = self.size()
            seed, tail = self.tail(size)
            n.data += common.pattern(len(n.data), size, seed)
            self.emit("w", bytes([slot]), tail, what=(slot, size))

    def hold_close(self):
        if self.slots:
            slot = self.pick.choice(sorted(self.slots))
            self.slots.pop(slot).held = False
            self.emit("c", bytes([slot]))

    def wrong(self):
        """What DOS must refuse."""
        path, node = self.a_folder()
        f = self.a_file()
        how = self.pick.randrange(5)
        full = [(p, n) for p, n in self.folders() if n.child and p != "C:"]
        read_only = [g for g in self.files() if g[3].attributes & volume.READ_ONLY]
        if how == 0:
            self.emit("D", f"{path}\\NOBODY.XYZ", ok=False)
        elif how == 1 and full:
            self.emit("X", self.pick.choice(full)[0], ok=False)
        elif how == 2 and node.child:
            self.emit("M", f"{path}\\{self.pick.choice(sorted(node.child))}", ok=False)
        elif how == 3 and read_only:
            self.emit(self.pick.choice("D"), self.pick.choice(read_only)[0], ok=False)
        elif how == 4 and f and len(f[1].child) > 1:
            other = self.pick.choice([a for a in sorted(f[1].child) if a != f[2]])
            self.emit("R", f[0], f[0].rpartition("\\")[0] + "\\" + other, ok=False)

    def wait(self):
        self.emit("L", bytes([self.pick.choice([1, 5, 12, 20])]))

    def sync(self):
        while self.slots:
            self.hold_close()
        self.emit("S")


WRITES = [("write", 9), ("create", 2), ("append", 4), ("patch", 3), ("cut", 2), ("rename", 5), ("rename_folder", 1),
          ("delete", 4), ("mkdir", 2), ("rmdir", 1), ("attributes", 2), ("time", 1), ("verify", 2), ("hold", 1),
          ("hold_write", 2), ("hold_close", 1), ("wrong", 2), ("wait", 1)]


def make_disks(work, root):
    """A diskette that starts FreeDOS and then FOPS."""
    shared = os.environ.get("FERRITE_SHARED", os.path.join(root, "..", "shared"))
    image = os.path.join(shared, "guests", "freedos", "freedos.boot.disk.1.4MB.img")
    base = os.path.join(work, "base.img")
    subprocess.run(["cp", image, base], check=True)
    os.chmod(base, 0o644)
    put = {"FDCONFIG.SYS": "SWITCHES=/N\r\nLASTDRIVE=Z\r\nFILES=20\r\nBUFFERS=%d\r\nSHELL=A:\\COMMAND.COM /P\r\n",
           "AUTOEXEC.BAT": "@echo off\r\na:\\fops\r\necho all done\r\n"}
    env = {**os.environ, "MTOOLS_SKIP_CHECK": "1"}
    for old in ("CONFIG.SYS", "AUTOEXEC.BAT"):
        subprocess.run(["mdel", "-i", base, "::/" + old], env=env, check=False, capture_output=True)
    for name, text in put.items():
        with open(os.path.join(work, name), "w", newline="") as f:
            f.write(text % 20 if "%d" in text else text)
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(["nasm", "-f", "bin", "-Wall", "-Werror", "-o", os.path.join(work, "FOPS.COM"),
                    os.path.join(here, "ops.asm")], check=True)
    files = [os.path.join(work, n) for n in (*put, "FOPS.COM")]
    subprocess.run(["mcopy", "-o", "-i", base, *files, "::/"], env=env, check=True)
    return base


def run_ops(machines, base, g, syncs, pick, ends=True):
    """Do what the generator has made. The images at the syncs. `ends`: or it is over at the last one."""
    work = machines.work
    with open(os.path.join(work, "OPS.BIN"), "wb") as f:
        f.write(g.out + b".")
    check(len(g.out) < 24000, "too many operations for ops.asm")
    with open(os.path.join(work, f"operations.{machines.runs}"), "w") as f:  # for whoever looks for a fault
        f.write("\n".join(what for _, what in g.expected) + "\n")
    disk = os.path.join(work, "a.img")
    subprocess.run(["cp", base, disk], check=True)
    subprocess.run(["mcopy", "-o", "-i", disk, os.path.join(work, "OPS.BIN"), "::/"],
                   env={**os.environ, "MTOOLS_SKIP_CHECK": "1"}, check=True)
    lines, images = [], []
    for i in range(syncs):
        images.append(os.path.join(work, f"sync{i}.img"))
        lines += [f'wait-text "SYNC {chr(65 + i)}" 120', f"export hda {images[-1]}", 'type " "']
    if ends:
        lines += ['wait-text "all done" 120', f"sleep {pick.choice([0, 0.05, 1])}"]
    else:
        lines.pop()
    lines.append("quit")
    said = machines.run(lines, ["-fda", disk, "-boot", "a", "-m", "4", "-debugcon", f"file:{work}/said"])
    with open(os.path.join(work, "said")) as f:
        results = f.read().split("\n")
    for (ok, what), got in zip(g.expected, results):
        check(ok is None or (got == "K") == ok, f"{what}: DOS says {got}")
    end = [".", ""] if ends else [""]
    check(results[len(g.expected):] == end, f"{len(g.expected)} operations, results {results[-5:]}")
    return said, images


def run_writing(machines, base, seed, runs, steps):
    pick = random.Random(seed)
    host = common.host_tree(machines.folder)
    model = Model(machines.look().root, host)
    done = 0
    for turn in range(runs):
        model.same_volume(machines.look().root)
        for n in all_nodes(model.root):
            n.any_attributes = False
        g = Generator(model, pick)
        syncs, states = 0, []
        import copy
        for _ in range(steps):
            name = pick.choices([n for n, _ in WRITES], [w for _, w in WRITES])[0]
            getattr(g, name)()
            if pick.random() < 0.05:
                g.sync()
                states.append(copy.deepcopy(model))
        g.sync()
        states.append(copy.deepcopy(model))
        syncs = len(states)
        said, images = run_ops(machines, base, g, syncs, pick)
        check("not saved" not in said, said)
        done += len(g.expected)
        for i, (state, image) in enumerate(zip(states, images)):
            try:
                state.same_volume(common.check_volume(image).root)
            except (common.Failed, volume.Unsound) as e:
                raise common.Failed(f"run {turn} sync {i}: {e}") from e
            os.unlink(image)
        # From the next start on the attributes that DOS may or may not have changed are known.
        now = common.host_tree(machines.folder)
        if machines.mode == "live":
            model.same_host(now)
        else:
            common.same_host(host, now)
        take_attributes(model.root, machines.look().root)
    if machines.mode == "overlay":
        if os.environ.get("FERRITE_KEEP"):
            subprocess.run(["cp", machines.overlay, machines.overlay + ".kept"], check=True)
            subprocess.run(["cp", "-a", machines.folder, machines.folder + ".kept"], check=True)
        said = subprocess.run([machines.ferrite, "disk", "commit", machines.overlay], capture_output=True, text=True,
                              errors="replace")
        check(said.returncode == 0, f"commit: {said.stdout}{said.stderr}")
        model.same_host(common.host_tree(machines.folder))
        machines.look()  # the overlay is empty, and fits; aliases are as for new files
    return f"{runs} runs, {done} operations"


def run_reading(machines, base, seed):
    """rw=no: what is read is right, what is written is refused, and the folder stays as it is."""
    pick = random.Random(seed)
    host = common.host_tree(machines.folder)
    first = machines.look()
    g = Generator(Model(first.root, host), pick)
    for _ in range(40):
        g.verify()
    reads = len(g.expected)
    for _ in range(10):
        getattr(g, pick.choice(["write", "append", "delete", "mkdir", "rename"]))()
    g.expected = g.expected[:reads] + [(None, what) for _, what in g.expected[reads:]]
    g.out += b"S"
    run_ops(machines, base, g, 1, pick, ends=False)
    common.same_host(host, common.host_tree(machines.folder))
    Model(machines.look().root, host)
    return f"{reads} files read"


def run(ferrite, work, mode, seed):
    here = os.path.dirname(os.path.abspath(__file__))
    pick = random.Random(-seed)
    base = make_disks(work, os.path.join(here, "..", "..", ".."))
    drive = "cp=437," + pick.choice(["fat=16,size=40M", "fat=12,size=30M", "fat=16,size=200M", "fat=16,size=600M"])
    machines = common.Machines(ferrite, work, mode, drive, ["-speed", "30"],
                               os.environ.get("FERRITE_GUEST_ARGS", "").split())
    common.make_folder(machines.folder, seed)
    if mode == "no":
        return run_reading(machines, base, seed)
    return run_writing(machines, base, seed, 3, 80)


if __name__ == "__main__":
    sys.exit(common.main("FreeDOS", run))
