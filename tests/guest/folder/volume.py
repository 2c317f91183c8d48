"""volume.py - a reader of FAT volumes for tests, after Microsoft's specification. It knows nothing of
the code under test, and finds fault with whatever is not sound."""

import struct

READ_ONLY, HIDDEN, SYSTEM, LABEL, DIRECTORY, ARCHIVE = 1, 2, 4, 8, 16, 32


class Unsound(Exception):
    pass


def must(condition, what):
    if not condition:
        raise Unsound(what)


class Entry:
    """One file or folder: alias ("NAME.EXT" in the code page), name (long, or what the case bits
    say), attributes, time and date words, data (bytes; of a folder a dictionary by alias)."""

    def __init__(self, raw, long_name, codepage):
        base, ext = raw[0:8], raw[8:11]
        if base[0] == 5:
            base = b"\xe5" + base[1:]
        self.raw = raw
        self.alias = self.put(base.rstrip(b" "), ext.rstrip(b" ")).decode(codepage)
        self.attributes = raw[11]
        self.time, self.date = struct.unpack_from("<HH", raw, 22)
        self.size = struct.unpack_from("<I", raw, 28)[0]
        self.is_folder = bool(raw[11] & DIRECTORY)
        self.long = long_name
        lower = [p.decode(codepage).lower().encode(codepage) if raw[12] & bit else p
                 for p, bit in ((base.rstrip(b" "), 8), (ext.rstrip(b" "), 16))]
        self.name = long_name if long_name is not None else self.put(*lower).decode(codepage)
        self.data = None

    @staticmethod
    def put(base, ext):
        return base + b"." + ext if ext else base


class Volume:
    def __init__(self, path, codepage="cp437"):
        self.codepage = codepage
        with open(path, "rb") as f:
            self.start = struct.unpack("<I", f.read(512)[454:458])[0]
            f.seek(self.start * 512)
            self.image = f
            self.load(f)
            self.root = self.folder(self.root_start)
        used = sum(1 for c in range(2, self.clusters + 2) if self.fat[c] not in (0, self.bad))
        must(used == len(self.owned), f"{used - len(self.owned)} clusters are nobody's")

    def load(self, f):
        boot = f.read(512)
        must(boot[510:] == b"\x55\xaa", "no boot sector")
        self.per, reserved, tables, roots = struct.unpack_from("<BHBH", boot, 13)
        table = struct.unpack_from("<H", boot, 22)[0] or struct.unpack_from("<I", boot, 36)[0]
        total = struct.unpack_from("<H", boot, 19)[0] or struct.unpack_from("<I", boot, 32)[0]
        self.root_at = reserved + tables * table
        self.data_at = self.root_at + (roots * 32 + 511) // 512
        self.clusters = (total - self.data_at) // self.per
        self.bits = 12 if self.clusters < 4085 else 16 if self.clusters < 65525 else 32
        self.bad = {12: 0xff7, 16: 0xfff7, 32: 0xffffff7}[self.bits]
        self.roots = roots
        self.root_start = struct.unpack_from("<I", boot, 44)[0] if self.bits == 32 else 0
        copies = [self.sectors(reserved + i * table, table) for i in range(tables)]
        must(all(c[4:] == copies[0][4:] for c in copies), "the tables differ")
        raw = copies[0]
        if self.bits == 32:
            self.fat = [v & 0xfffffff for v in struct.unpack(f"<{len(raw) // 4}I", raw)]
        elif self.bits == 16:
            self.fat = list(struct.unpack(f"<{len(raw) // 2}H", raw))
        else:
            self.fat = [int.from_bytes(raw[i * 3 // 2:i * 3 // 2 + 2], "little") >> (4 * (i & 1)) & 0xfff
                        for i in range(len(raw) * 2 // 3)]
        self.owned = set()

    def sectors(self, at, count):
        self.image.seek((self.start + at) * 512)
        return self.image.read(count * 512)

    def chain(self, start):
        out, c = [], start
        while c < self.bad:
            must(2 <= c < self.clusters + 2, f"cluster {c} of a chain is none")
            must(c not in self.owned, f"cluster {c} belongs to two")
            self.owned.add(c)
            out.append(self.sectors(self.data_at + (c - 2) * self.per, self.per))
            c = self.fat[c]
        return out

    def folder(self, start, parent=None):
        raw = b"".join(self.chain(start)) if start else self.sectors(self.root_at, self.roots // 16)
        found, parts, checksum = {}, [], None
        for at in range(0, len(raw), 32):
            e = raw[at:at + 32]
            if e[0] == 0:
                must(not any(raw[at::32]), "an entry behind the end")
                break
            if e[0] == 0xe5:
                must(not parts, "a long name without its entry")
                continue
            if e[11] & 0x3f == 0x0f:
                order = e[0] & 0x3f
                if e[0] & 0x40:
                    must(not parts, "a long name within another one")
                    parts, checksum, self.left = [], e[13], order
                must(order and order == self.left and e[13] == checksum, "a long name's slots are not in order")
                self.left -= 1
                parts.insert(0, e[1:11] + e[14:26] + e[28:32])
                continue
            long_name = None
            if parts:
                own = 0
                for b in e[0:11]:
                    own = ((own << 7 | own >> 1) + b) & 0xff
                must(own == checksum and self.left == 0, "a long name without its entry")
                long_name = b"".join(parts).decode("utf-16le").split("\0")[0]
                parts = []
            if e[11] & LABEL:
                continue
            entry = Entry(e, long_name, self.codepage)
            first = struct.unpack_from("<H", e, 26)[0]
            if self.bits == 32:
                first |= struct.unpack_from("<H", e, 20)[0] << 16
            if entry.alias in (".", "..") or e[0:1] == b".":
                continue
            must(entry.alias not in found, f"{entry.alias} is there twice")
            must(not entry.is_folder or (first and not entry.size), f"{entry.alias}: a folder without clusters")
            if entry.is_folder:
                entry.data = self.folder(first)
            else:
                data = self.chain(first) if first else []
                size = self.per * 512
                must(len(data) == (entry.size + size - 1) // size, f"{entry.alias}: {entry.size} bytes, {len(data)} clusters")
                entry.data = b"".join(data)[:entry.size]
            found[entry.alias] = entry
        must(not parts, "a long name without its entry")
        return found


def walk(folder, prefix=""):
    """(path of aliases, entry), folders in front of what is in them."""
    for alias, e in sorted(folder.items()):
        yield prefix + alias, e
        if e.is_folder:
            yield from walk(e.data, prefix + alias + "\\")
