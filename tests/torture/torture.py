#!/usr/bin/env python3
"""torture.py FERRITE WRITER.IMG FAULTS.SO [-kills N] [-kinds raw,overlay,nbd] [-power N] [-seed N]

Is what a guest was told to be written still there? A guest (writer.asm) writes numbered, checksummed
sectors. Then

  kill    the emulator is killed at random points. raw, nbd, qcow2 (by qemu-nbd): every write that was
          told is there. overlay, remote (one over an NBD server): every flushed one, and it opens.
  power   the host loses power: what it had not synced is there or not, sector by sector and in any
          order (faults.c keeps a journal). Every flushed write is there, and the overlay opens.
  server  an NBD server is killed and comes back: every flushed write is there, and a flush behind the
          loss is refused.
  full, broken, protected, slow
          the host's disk: the guest hears of errors, what was told before is there, the person is
          told once.
  tmpfs   the same of a full file system that is one (where this user may mount it).

hw/storage/README.md is the contract. Prints a table; exit status 1: something was lost.
"""
import argparse
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

SECTORS, BYTES = 4096, 4 << 20
LCG_FACTOR, LCG_ADD, PATTERN = 1664525, 1013904223, 0x9E3779B1


class Lost(Exception):
    pass


def sector(seq, lba):
    words = [(seq * PATTERN + i) & 0xFFFFFFFF for i in range(125)]
    return struct.pack("<4sII125I", b"TORT", seq, lba, *words)


class Claims:
    """What a guest was told: for each sector the newest number that has to be there at least."""

    def __init__(self):
        self.told = {}  # written
        self.durable = {}  # flushed
        self.newest = 0  # number that may have been written
        self.writes = self.flushes = self.refused = 0

    def hear(self, log, first, state):
        """A run's log; returns how many records were in it."""
        seq, pending, at = first, {}, 0
        while at + 6 <= len(log):
            kind, number, n = struct.unpack_from("<cIB", log, at)
            at += 6
            if kind in b"WE":
                state = (state * LCG_FACTOR + LCG_ADD) & 0xFFFFFFFF
                lba, count = state >> 8 & SECTORS - 1, (state >> 24 & 3) + 1
                if number != seq or n != count:
                    raise Lost(f"the guest's log says {number}, {n} instead of {seq}, {count}")
                for i in range(count):
                    if kind == b"W":
                        self.told[lba + i] = pending[lba + i] = seq + i
                        self.writes += 1
                self.refused += kind == b"E"
                seq += count
            elif kind == b"F":
                self.durable.update(pending)
                pending = {}
                self.flushes += 1
            elif kind == b"X":  # what was written before is in doubt, whatever comes later
                self.refused += 1
                pending = {}
            else:
                raise Lost(f"the guest's log has {kind!r} at {at - 6}")
        self.newest = (first | (1 << 18) - 1) + 1  # what it could not tell any more belongs to its run
        return at // 6

    def check(self, image, wanted, what):
        """The image's bytes against self.told or self.durable."""
        for lba, least in wanted.items():
            data = image[lba * 512 : lba * 512 + 512]
            magic, seq, place = struct.unpack_from("<4sII", data)
            if magic != b"TORT" or place != lba or data != sector(seq, lba):
                raise Lost(f"{what}: sector {lba}: torn or empty; number {least} was told")
            if seq < least or seq > self.newest:
                raise Lost(f"{what}: sector {lba} has number {seq}; {least} was told")


class Bench:
    def __init__(self, options, folder):
        self.o, self.folder, self.random = options, folder, random.Random(options.seed)
        self.disks = folder  # where disk.* lie
        self.round = 0
        self.server = None

    def path(self, name):
        return os.path.join(self.disks if name.startswith("disk.") else self.folder, name)

    def disk(self, *words, fails=False):
        r = subprocess.run([self.o.ferrite, "disk", *words], capture_output=True, text=True, timeout=120)
        if (r.returncode == 0) == fails:
            raise Lost(f"ferrite disk {' '.join(words)}: {r.stderr.strip()}")

    def new(self, kind):
        """A fresh disk, and how it is named."""
        for name in ("disk.img", "disk.over", "disk.qcow2"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        if kind == "qcow2":
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", self.path("disk.qcow2"), str(BYTES)],
                           check=True)
            return f"file={self.path('disk.qcow2')}"
        with open(self.path("disk.img"), "wb") as f:
            f.truncate(BYTES)
        if kind == "overlay":
            self.disk("create", self.path("disk.img"), self.path("disk.over"))
            return f"file={self.path('disk.img')},overlay={self.path('disk.over')}"
        if kind in ("nbd", "remote"):
            self.serve()
            uri = f"nbd+unix:///?socket={self.path('sock')}"
            if kind == "nbd":
                return f"file={uri}"
            self.disk("create", uri, self.path("disk.over"))
            return f"file={uri},overlay={self.path('disk.over')}"
        return f"file={self.path('disk.img')}"

    def serve(self):
        self.stop_server()
        if os.path.exists(self.path("sock")):
            os.unlink(self.path("sock"))
        self.server = subprocess.Popen(
            ["qemu-nbd", f"--socket={self.path('sock')}", "--persistent", "--shared=4", "--format=raw",
             "--cache=writeback", self.path("disk.img")], stderr=subprocess.DEVNULL)
        for _ in range(1000):
            if os.path.exists(self.path("sock")):
                return
            time.sleep(0.01)
        raise Lost("no NBD server")

    def stop_server(self):
        if self.server:
            self.server.kill()
            self.server.wait()
        self.server = None

    def start(self, drive, faults=None, more=()):
        """A machine that writes from a number of its own on."""
        self.round += 1
        first, state = self.round << 18 | 1, self.random.getrandbits(32)
        with open(self.o.writer, "rb") as f:
            boot = bytearray(f.read())
        struct.pack_into("<II", boot, 4, first, state)
        with open(self.path("boot.img"), "wb") as f:
            f.write(boot.ljust(163840, b"\0"))
        if os.path.exists(self.path("log")):
            os.unlink(self.path("log"))
        environment = dict(os.environ, FERRITE_NBD_TIMEOUT="30")
        if faults:
            environment.update(faults, LD_PRELOAD=self.o.faults)
        self.errors = open(self.path("errors"), "w+")
        self.machine = subprocess.Popen(
            [self.o.ferrite, "-display", "none", "-m", "4", "-fda", self.path("boot.img"), "-boot", "a",
             "-debugcon", f"file:{self.path('log')}", "-drive", drive, *more],
            stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors, env=environment)
        return first, state

    def wait_for(self, records):
        """Until the guest has told so much; false: the machine ended."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if os.path.exists(self.path("log")) and os.path.getsize(self.path("log")) >= 6 * records:
                return True
            if self.machine.poll() is not None:
                return False
            time.sleep(0.002)
        raise Lost("the guest does not write")

    def kill(self, after):
        time.sleep(after)
        self.machine.send_signal(signal.SIGKILL)
        self.machine.wait()
        self.errors.close()

    def log(self):
        with open(self.path("log"), "rb") as f:
            return f.read()

    def said(self):
        with open(self.path("errors")) as f:
            return f.read()

    def image(self, kind):
        """What the disk holds, as its next user finds it."""
        name = self.path("disk.img")
        if kind in ("overlay", "remote"):
            name = self.path("flat.img")
            self.disk("convert", "-force", self.path("disk.over"), name)
        if kind == "qcow2":
            name = self.path("flat.img")
            for _ in range(1000):  # its qemu-nbd has it until it has seen that the machine is gone
                r = subprocess.run(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", self.path("disk.qcow2"),
                                    name], capture_output=True, text=True)
                if r.returncode == 0 or "lock" not in r.stderr:
                    break
                time.sleep(0.01)
            if r.returncode:
                raise Lost(f"the qcow2 does not open: {r.stderr.strip()}")
        with open(name, "rb") as f:
            return f.read()


def kill_rounds(b, kind, rounds):
    claims, drive = Claims(), b.new(kind)
    for i in range(rounds):
        if i % 50 == 49:  # an overlay that is all written has nothing new to do
            claims, drive = Claims(), b.new(kind)
        first, state = b.start(drive)
        b.wait_for(b.random.randint(1, 40))
        b.kill(b.random.random() * 0.03)
        claims.hear(b.log(), first, state)
        wanted = claims.durable if kind in ("overlay", "remote") else claims.told
        claims.check(b.image(kind), wanted, f"{kind}, kill {i + 1}")
        yield claims


def play(before, journal, chooser):
    """The file after a loss of power: all that was synced, and any part of the rest."""
    data, at, waiting = bytearray(before), 0, []

    def put(offset, piece):
        if len(data) < offset + len(piece):
            data.extend(bytes(offset + len(piece) - len(data)))
        data[offset : offset + len(piece)] = piece

    while at + 16 <= len(journal):
        kind, size, offset = struct.unpack_from("<IIQ", journal, at)
        at += 16
        if kind == 1:
            piece = journal[at : at + size]
            at += size
            for i in range(0, len(piece), 512):  # a disk writes whole sectors
                waiting.append((offset + i, piece[i : i + 512]))
        elif kind == 2:
            for offset, piece in waiting:
                put(offset, piece)
            waiting = []
        else:
            raise Lost("the file's size was changed while a machine ran")
    share = chooser.choice([0.0, 0.1, 0.5, 0.9])
    chosen = [w for w in waiting if chooser.random() < share]
    if chooser.random() < 0.3:
        chooser.shuffle(chosen)
    for offset, piece in chosen:
        put(offset, piece)
    return bytes(data)


def power_rounds(b, kind, rounds):
    claims, drive = Claims(), b.new(kind)
    name = b.path("disk.over" if kind == "overlay" else "disk.img")
    for i in range(rounds):
        if i % 50 == 49:
            claims, drive = Claims(), b.new(kind)
        with open(name, "rb") as f:
            before = f.read()
        if os.path.exists(b.path("journal")):
            os.unlink(b.path("journal"))
        first, state = b.start(drive, {"FAULTS_FILE": os.path.basename(name),
                                       "FAULTS_JOURNAL": b.path("journal")})
        b.wait_for(b.random.randint(1, 60))
        b.kill(b.random.random() * 0.03)
        claims.hear(b.log(), first, state)
        if not os.path.exists(b.path("journal")):
            raise Lost(f"no journal: is {b.o.faults} loaded?")
        with open(b.path("journal"), "rb") as f:
            after = play(before, f.read(), b.random)
        with open(name, "wb") as f:
            f.write(after)
        claims.check(b.image(kind), claims.durable, f"{kind}, loss of power {i + 1}")
        yield claims


def server_rounds(b, rounds):
    for i in range(rounds):
        claims, drive = Claims(), b.new("nbd")
        first, state = b.start(drive + ",werror=report")
        b.wait_for(b.random.randint(5, 40))
        b.server.kill()
        b.server.wait()
        told = os.path.getsize(b.path("log")) // 6
        b.serve()
        b.wait_for(told + 100)
        b.kill(0)
        claims.hear(b.log(), first, state)
        claims.check(b.image("nbd"), claims.durable, f"server {i + 1}")
        yield claims


def host_rounds(b, kind, faults, what, refused):
    """A bad disk of the host, with the drive's errors reported to the guest."""
    claims, drive = Claims(), b.new(kind)
    name = os.path.basename(b.path("disk.over" if kind == "overlay" else "disk.img"))
    first, state = b.start(drive + ",werror=report", {"FAULTS_FILE": name, "FAULTS": faults})
    b.wait_for(700 if "after=" in faults else 150)
    b.machine.send_signal(signal.SIGTERM)  # an end in order
    b.machine.wait()
    b.errors.close()
    claims.hear(b.log(), first, state)
    said = b.said()
    # An end in order flushes: without errors, all is there.
    claims.check(b.image(kind), claims.durable if refused else claims.told, f"{kind}, {what}")
    lost = said.count("not everything that the guest wrote is in the image")
    if refused and (not claims.refused or lost != 1):
        raise Lost(f"{kind}, {what}: {claims.refused} errors for the guest, {lost} messages: {said[:500]}")
    if not refused and (claims.refused or lost):
        raise Lost(f"{kind}, {what}: errors without a reason: {said[:500]}")
    yield claims


def stop_round(b, kind, faults, what):
    """The usual werror=: a full disk stops the machine, once, before the guest hears anything."""
    claims, drive = Claims(), b.new(kind)
    name = os.path.basename(b.path("disk.over" if kind == "overlay" else "disk.img"))
    first, state = b.start(drive, {"FAULTS_FILE": name, "FAULTS": faults})
    b.machine.wait(timeout=120)
    b.errors.close()
    claims.hear(b.log(), first, state)
    said = b.said()
    claims.check(b.image(kind), claims.durable, f"{kind}, {what}")
    if said.count("the machine stops") != 1 or claims.refused or b.machine.returncode != 2:
        raise Lost(f"{kind}, {what}: status {b.machine.returncode}, {claims.refused} errors: {said[:500]}")
    yield claims


def tmpfs_round(b, kind):
    """Sparse files grow until the file system is full: the machine stops; with more room it goes on."""
    small = b.path("small")
    os.mkdir(small)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=True)
    b.disks = small
    try:
        claims, drive = Claims(), b.new(kind)
        for size in ("2m", "8m"):
            first, state = b.start(drive)
            b.machine.wait(timeout=120)
            b.errors.close()
            claims.hear(b.log(), first, state)
            said = b.said()
            if said.count("the machine stops") != 1 or claims.refused or b.machine.returncode != 2:
                raise Lost(f"{kind}, tmpfs: status {b.machine.returncode}, {claims.refused} errors: {said[:500]}")
            subprocess.run(["mount", "-o", f"remount,size={size}", small], check=True)
            claims.check(b.image(kind), claims.durable, f"{kind}, tmpfs")
            claims.told = dict(claims.durable)  # the rest was not flushed when the machine stopped
        first, state = b.start(drive)  # room for all of it
        b.wait_for(300)
        b.machine.send_signal(signal.SIGTERM)
        b.machine.wait()
        b.errors.close()
        claims.hear(b.log(), first, state)
        claims.check(b.image(kind), claims.told, f"{kind}, tmpfs with room")
    finally:
        b.disks = b.folder
        b.stop_server()
        subprocess.run(["umount", "-l", small], check=False)
        os.rmdir(small)
    yield claims


def may_mount(folder):
    at = os.path.join(folder, "try")
    os.mkdir(at)
    ok = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", at], capture_output=True).returncode == 0
    if ok:
        subprocess.run(["umount", at], check=True)
    os.rmdir(at)
    return ok


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("ferrite")
    p.add_argument("writer")
    p.add_argument("faults")
    p.add_argument("-kills", type=int, default=20, help="of each kind")
    p.add_argument("-power", type=int, default=10, help="losses of power of each kind")
    p.add_argument("-servers", type=int, default=2)
    p.add_argument("-kinds", default="raw,overlay,nbd,remote,qcow2")
    p.add_argument("-seed", type=int, default=1)
    o = p.parse_args()
    o.ferrite, o.writer, o.faults = map(os.path.abspath, (o.ferrite, o.writer, o.faults))
    kinds = [k for k in o.kinds.split(",") if k in ("raw", "overlay") or shutil.which("qemu-nbd")]
    folder = tempfile.mkdtemp(prefix="torture-")
    b = Bench(o, folder)
    table = [(k, "killed", lambda k=k: kill_rounds(b, k, o.kills)) for k in kinds]
    local = [k for k in kinds if k in ("raw", "overlay")]
    if o.power:
        table += [(k, "power lost", lambda k=k: power_rounds(b, k, o.power)) for k in local]
    if "nbd" in kinds and o.servers:
        table += [("nbd", "server killed", lambda: server_rounds(b, o.servers))]
    for k in local:
        table += [
            (k, "full, told", lambda k=k: host_rounds(b, k, "ENOSPC,after=400000", "full", True)),
            (k, "full, stops", lambda k=k: stop_round(b, k, "ENOSPC,after=400000", "full")),
            (k, "quota, stops", lambda k=k: stop_round(b, k, "EDQUOT,after=400000", "quota")),
            (k, "broken", lambda k=k: host_rounds(b, k, "EIO,after=300000", "broken", True)),
            (k, "protected", lambda k=k: host_rounds(b, k, "EROFS,after=1", "protected", True)),
            (k, "sync fails", lambda k=k: host_rounds(b, k, "fsync=EIO", "sync", True)),
            (k, "slow", lambda k=k: host_rounds(b, k, "slow=3000", "slow", False)),
        ]
    if may_mount(folder):
        table += [(k, "tmpfs, full", lambda k=k: tmpfs_round(b, k)) for k in kinds if k != "nbd"]
    lost = 0
    print("| disk | host | times | writes told | flushes told | refused | lost |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    try:
        for kind, what, rounds in table:
            times, problem, done = 0, None, []
            try:
                for claims in rounds():
                    times += 1
                    if not done or done[-1] is not claims:
                        done.append(claims)
            except Lost as e:
                problem, lost = str(e), lost + 1
            sums = [sum(getattr(c, n) for c in done) for n in ("writes", "flushes", "refused")]
            print(f"| {kind} | {what} | {times} | {sums[0]} | {sums[1]} | {sums[2]} | {1 if problem else 0} |",
                  flush=True)
            if problem:
                print(f"LOST: {problem}", file=sys.stderr)
    finally:
        if getattr(b, "machine", None) and b.machine.poll() is None:
            b.machine.kill()
        b.stop_server()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
