"""model.py - what a guest should have made of a folder: for the random tests of folder disks."""

import os

import volume
from common import check


class Node:
    def __init__(self, folder, names=(), exact=None):
        self.folder = folder
        self.child = {} if folder else None
        self.before = {}     # alias -> names that files of this alias had in this folder
        self.data = b""
        self.attributes = volume.DIRECTORY if folder else volume.ARCHIVE
        self.any_attributes = False
        self.stamp = None
        self.exact = exact   # the host's name; None: one of `names`
        self.names = set(names)
        self.seen = None     # (inode, mtime) of the host's file while the guest leaves it alone
        self.held = False

    def all_names(self):
        return {self.exact.casefold()} if self.exact else self.names


class Model:
    """`key` is how the guest knows a file: by its alias or by its name. root: the volume's; host: the
    folder's tree."""

    def __init__(self, root, host, key="alias"):
        self.key = key
        self.root = Node(True)
        self.take(self.root, root, "", host)

    def by_key(self, entries):
        return {getattr(e, self.key): e for e in entries.values()}

    def take(self, node, entries, path, host):
        """The volume as it is at the beginning, each entry with its host's file."""
        free = {os.path.basename(p) for p in host if os.path.dirname(p) == path}
        entries = self.by_key(entries)
        for name, e in entries.items():  # their own names first
            exact = e.name if e.name in free else None
            free.discard(exact)
            node.child[name] = Node(e.is_folder, exact=exact)
        for name, e in entries.items():
            n = node.child[name]
            if n.exact is None:  # "SAME (2).txt", or a dot at the end
                plain = e.name.replace(" (2)", "").replace("\uf02e", ".").casefold()
                n.exact = next((f for f in free if f.casefold() == plain), None)
                check(n.exact, f"no host's file is {path}/{e.name}")
                free.discard(n.exact)
            below = os.path.join(path, n.exact)
            st, data = host[below]
            n.attributes = e.attributes
            if e.is_folder:
                self.take(n, e.data, below, host)
            else:
                check(e.data == data, f"{below}: other bytes in the volume")
                n.data = data
                n.seen = (st.st_ino, st.st_mtime_ns)
        check(not free, f"{path}: not in the volume: {free}")

    def same_volume(self, entries, node=None, path=""):
        node = node or self.root
        entries = self.by_key(entries)
        check(entries.keys() == node.child.keys(), f"{path}\\: {sorted(entries.keys() ^ node.child.keys())} "
              f"of {sorted(entries)}, expected {sorted(node.child)}")
        for alias, e in entries.items():
            n = node.child[alias]
            where = f"{path}\\{alias}"
            check(e.is_folder == n.folder, f"{where}: file or folder")
            if n.folder:
                self.same_volume(e.data, n, where)
                continue
            check(len(e.data) == len(n.data), f"{where}: {len(e.data)} bytes, expected {len(n.data)}")
            check(e.data == n.data, f"{where}: other bytes")
            check(n.any_attributes or e.attributes == n.attributes,
                  f"{where}: attributes {e.attributes:02x}, expected {n.attributes:02x}")

    def same_host(self, host, node=None, path=""):
        """And from now on the host's names are known."""
        node = node or self.root
        there = {os.path.basename(p) for p in host if os.path.dirname(p) == path}
        free = set(there)
        for n in node.child.values():
            if n.exact:
                check(n.exact in free, f"{path}/{n.exact}: not in the folder, which has {sorted(there)}")
                free.discard(n.exact)
        for alias, n in node.child.items():
            if not n.exact:
                found = sorted(f for f in free if f.casefold() in n.names)
                check(found, f"{path}: none of {n.names} in the folder, which has {sorted(there)}")
                n.exact = found[0]
                free.discard(n.exact)
            below = os.path.join(path, n.exact)
            st, data = host[below]
            check((data is None) == n.folder, f"{below}: file or folder")
            if n.folder:
                self.same_host(host, n, below)
                continue
            check(len(data) == len(n.data), f"{below}: {len(data)} bytes, expected {len(n.data)}")
            check(data == n.data, f"{below}: other bytes")
            check(bool(st.st_mode & 0o222) != bool(n.attributes & volume.READ_ONLY), f"{below}: mode {st.st_mode:o}")
            now = (st.st_ino, st.st_mtime_ns)
            check(n.seen in (None, now), f"{below}: the guest left it alone, and inode or time changed")
            if n.stamp:
                check(st.st_mtime == n.stamp, f"{below}: time {st.st_mtime}, expected {n.stamp}")
            n.seen, n.stamp = now, None
        check(not free, f"{path}: too much: {sorted(free)}")
        node.before = {}


def all_nodes(node):
    for n in node.child.values():
        yield n
        if n.folder:
            yield from all_nodes(n)


def take_attributes(node, entries):
    """What the guest may or may not have done to attributes, as it has done it."""
    for alias, n in node.child.items():
        if n.folder and alias in entries:
            take_attributes(n, entries[alias].data)
        elif n.any_attributes and alias in entries:
            n.attributes = entries[alias].attributes
