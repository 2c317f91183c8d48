"""common.py - for the random tests of folder disks: machines, host's folders, checks of volumes."""

import os
import random
import shutil
import subprocess
import sys

import volume


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def have(program):
    path = os.environ.get("PATH", "") + ":/sbin:/usr/sbin"
    return shutil.which(program, path=path)


class Machines:
    """Ferrite with a folder as its hard disk; each run begins with what the last one left."""

    def __init__(self, ferrite, work, mode, drive, options=(), guest_args=()):
        self.ferrite, self.work, self.mode = ferrite, work, mode
        self.folder = os.path.join(work, "folder")
        self.overlay = os.path.join(work, "overlay")
        self.drive = f"folder={self.folder},tz=utc,{drive}"
        if mode == "overlay":
            self.drive += f",rw=overlay,overlay={self.overlay}"
        elif mode == "live":
            self.drive += ",rw=live"
        self.options, self.guest_args = list(options), list(guest_args)
        self.runs = 0

    def run(self, lines, options=(), bad=False):
        """A script of these lines. What the program said."""
        self.runs += 1
        script = os.path.join(self.work, "script")
        with open(script, "w") as f:
            f.write("\n".join(lines) + "\n")
        command = [self.ferrite, "-display", "none", "-drive", self.drive, "-script", script, "-limit", "host=600",
                   "-d", "disk"] + self.options + self.guest_args + list(options)
        env = {**os.environ, "XDG_STATE_HOME": os.path.join(self.work, "state")}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", cwd=self.work, timeout=660, env=env)
        said = "\n".join(line for line in (done.stdout + done.stderr).splitlines()
                         if not line.startswith(("disk: ata", "disk: fdc")))
        check(bad or done.returncode == 0, f"status {done.returncode}: {said}")
        return said

    def look(self, name="now.img"):
        """The volume as a machine that has just been started sees it."""
        image = os.path.join(self.work, name)
        self.run([f"export hda {image}", "quit"], ["-m", "4"])
        return check_volume(image)


def check_volume(image, mounted=False):
    """fsck.fat and mtools have nothing to say about it, nor have we. `mounted`: what it counts free is old."""
    read = volume.Volume(image)
    state = 0x41 if read.bits == 32 else 0x25
    with open(image, "r+b") as f:  # Linux' mark that it is mounted
        f.seek(read.start * 512 + state)
        mark = f.read(1)[0]
        f.seek(read.start * 512 + state)
        f.write(bytes([mark & ~1]))
    if fsck := have("fsck.fat"):
        part = image + ".part"
        subprocess.run(["cp", "--sparse=always", image, part], check=True)
        # fsck.fat wants the volume alone.
        with open(part, "r+b") as f, open(image, "rb") as whole:
            size = os.path.getsize(image) - read.start * 512
            f.truncate(0)
            f.truncate(size)
            at = 0
            while at < size:
                try:
                    data = os.lseek(whole.fileno(), at + read.start * 512, os.SEEK_DATA) - read.start * 512
                except OSError:
                    break
                at = max(at, data)
                whole.seek(at + read.start * 512)
                block = whole.read(1 << 20)
                f.seek(at)
                f.write(block)
                at += len(block)
            f.truncate(size)
        done = subprocess.run([fsck, "-n", part], capture_output=True, text=True, errors="replace")
        lines = done.stdout.splitlines()
        counted = mounted and len(lines) <= 5 and any(line.startswith("Free cluster summary wrong") for line in lines)
        check((done.returncode == 0 and len(lines) <= 2) or counted, f"fsck.fat: {done.stdout}{done.stderr}")
        os.unlink(part)
    if have("mdir"):
        done = subprocess.run(["mdir", "-/", "-b", "-a", "-i", f"{image}@@{read.start * 512}"], text=True,
                              errors="replace", capture_output=True, env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})
        check(done.returncode == 0, f"mdir: {done.stderr}")
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        entries = len(list(volume.walk(read.root)))
        check(len(lines) == entries, f"mdir sees {len(lines)} entries, not {entries}")
    return read


def host_tree(folder):
    """path -> (stat, bytes or None) of all that is in a folder of the host."""
    out = {}
    for at, dirs, files in os.walk(folder):
        for name in dirs + files:
            path = os.path.join(at, name)
            st = os.lstat(path)
            data = None
            if name in files:
                with open(path, "rb") as f:
                    data = f.read()
            out[os.path.relpath(path, folder)] = (st, data)
    return out


def same_host(before, after):
    """Nothing of a folder was changed: bytes, rights, times and inodes."""
    check(before.keys() == after.keys(), f"the folder: {sorted(before.keys() ^ after.keys())}")
    for path, (st, data) in before.items():
        now, bytes_now = after[path]
        check(data == bytes_now, f"{path}: other bytes")
        check((st.st_ino, st.st_mode, st.st_mtime_ns) == (now.st_ino, now.st_mode, now.st_mtime_ns),
              f"{path}: another inode, mode or time")


def pattern(at, size, seed):
    return bytes((13 * i + 31 * (i >> 8) + 7 * seed) & 255 for i in (k & 0xffff for k in range(at, at + size)))


INITIAL = ["UPPER.TXT", "lower.txt", "Mixed.Txt", "noext", "a b.c d", ".hidden", "long name a.txt", "long name b.txt",
           "long name c.txt", "Grün.txt", "übung (1).html", "name+plus=.txt", "trailing.", "same.TXT", "SAME.txt",
           "con.txt", "a.b.c.d", "ΑΒΓ.txt", "LONGNA~2.TXT", "pre-1.x", "1234567890.1234"]
FOLDERS = ["", "sub dir", "sub dir/deep", "DIR", "lower", "empty", "Ordner für Übungen"]


def make_folder(folder, seed):
    """Files of all kinds; by the seed some of them, in some of the folders."""
    pick = random.Random(seed)
    for name in FOLDERS:
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for file in pick.sample(INITIAL, pick.randrange(4, 12)) if name != "empty" else []:
            path = os.path.join(folder, name, file)
            size = pick.choice([0, 1, 511, 512, 2048, 4096, 8192, 30000, 70000, pick.randrange(20000)])
            with open(path, "wb") as f:
                f.write(pattern(0, size, pick.randrange(256)))
            if pick.random() < 0.15:
                os.chmod(path, 0o444)
            stamp = 1_000_000_000 + pick.randrange(500_000_000)
            os.utime(path, ns=(stamp * 10**9, stamp * 10**9 + pick.randrange(10**9)))


def main(kind, run):
    """ferrite mode seed...: each seed is a test of its own; stops at the first one that fails."""
    ferrite, mode, seeds = sys.argv[1], sys.argv[2], [int(s) for s in sys.argv[3:]]
    import tempfile
    for seed in seeds:
        work = tempfile.mkdtemp(prefix="ferrite-folder-")
        keep = False
        try:
            said = run(os.path.abspath(ferrite), work, mode, seed)
            print(f"{kind} {mode} seed {seed}: {said}", flush=True)
        except (Failed, volume.Unsound, subprocess.TimeoutExpired) as e:
            keep = "FERRITE_KEEP" in os.environ
            print(f"FAILED: {kind} {mode} seed {seed}: {e}" + (f"\nkept: {work}" if keep else ""))
            return 1
        finally:
            if not keep:
                subprocess.run(["chmod", "-R", "u+w", work], check=False)
                shutil.rmtree(work)
    return 0
