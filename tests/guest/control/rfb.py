"""A small VNC client (RFC 6143) in plain Python: raw pixels, new sizes of the screen, keys, texts."""
import select
import socket
import struct
import time

DESKTOP_SIZE = -223
QEMU_KEYS = -258


def des(key, block):
    """DES of one block, FIPS 46-3. Bits are numbered from 1 at the most significant end there."""
    def permute(value, width, table):
        return sum((value >> (width - t) & 1) << (len(table) - 1 - i) for i, t in enumerate(table))

    def steps(*parts):
        return [x for first, last, by in parts for x in range(first, last, by)]

    ip = [start - 8 * k for start in (58, 60, 62, 64, 57, 59, 61, 63) for k in range(8)]
    final = [0] * 64
    for i, t in enumerate(ip):
        final[t - 1] = i + 1
    e = [(4 * k + j - 1) % 32 + 1 for k in range(8) for j in range(6)]
    p = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
         2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25]
    left = steps((57, 0, -8), (58, 0, -8), (59, 0, -8)) + [60, 52, 44, 36]
    right = steps((63, 0, -8), (62, 0, -8), (61, 0, -8)) + [28, 20, 12, 4]
    pc2 = [14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
           41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36,
           29, 32]
    k = int.from_bytes(key, "big")
    c, d = permute(k, 64, left), permute(k, 64, right)
    x = permute(int.from_bytes(block, "big"), 64, ip)
    l, r = x >> 32, x & 0xFFFFFFFF
    for turn in range(1, 17):
        n = 1 if turn in (1, 2, 9, 16) else 2
        c = (c << n | c >> 28 - n) & 0xFFFFFFF
        d = (d << n | d >> 28 - n) & 0xFFFFFFF
        mixed = permute(r, 32, e) ^ permute(c << 28 | d, 56, pc2)
        out = 0
        for box in range(8):
            six = mixed >> 42 - 6 * box & 63
            row = six >> 4 & 2 | six & 1
            out = out << 4 | int(SBOX[box][row * 16 + (six >> 1 & 15)], 16)
        l, r = r, l ^ permute(out, 32, p)
    return permute(r << 32 | l, 64, final).to_bytes(8, "big")


# FIPS 46-3: the eight selection functions, four rows of sixteen.
SBOX = [
    "e4d12fb83a6c5907" "0f74e2d1a6cb9538" "41e8d62bfc973a50" "fc8249175b3ea06d",
    "f18e6b34972dc05a" "3d47f28ec01a69b5" "0e7ba4d158c6932f" "d8a13f42b67c05e9",
    "a09e63f51dc7b428" "d709346a285ecbf1" "d6498f30b12c5ae7" "1ad069874fe3b52c",
    "7de3069a1285bc4f" "d8b56f03472c1ae9" "a690cb7df13e5284" "3f06a1d8945bc72e",
    "2c417ab6853fd0e9" "eb2c47d150fa3986" "421bad78f9c5630e" "b8c71e2d6f09a453",
    "c1af92680d34e75b" "af427c9561de0b38" "9ef528c3704a1db6" "432c95fabe17608d",
    "4b2ef08d3c975a61" "d0b7491ae35c2f86" "14bdc37eaf680592" "6bd814a7950fe23c",
    "d2846fb1a93e50c7" "1fd8a374c56b0e92" "7b419ce206adf358" "21e74a8dfc90356b",
]


class Rfb:
    def __init__(self, where, password=None, version=b"RFB 003.008\n", patience=60,
                 encodings=(0, DESKTOP_SIZE, QEMU_KEYS)):
        end = time.monotonic() + patience
        while True:
            self.socket = socket.socket(socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX)
            self.socket.settimeout(patience)
            try:
                self.socket.connect(where)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.bytes = b""
        self.codes = self.asked = False
        assert self.take(12) == b"RFB 003.008\n"
        self.socket.sendall(version)
        self.login(password, version)
        self.socket.sendall(b"\1")
        self.width, self.height, *pixel = struct.unpack(">HHBBBBHHHBBB3x", self.take(20))
        assert pixel[0] == 32 and pixel[3], pixel
        self.shifts = pixel[7:10]
        self.name = self.take(struct.unpack(">I", self.take(4))[0])
        self.screen = bytearray(self.width * self.height * 4)
        if encodings:
            self.socket.sendall(struct.pack(">BxH%di" % len(encodings), 2, len(encodings), *encodings))

    def login(self, password, version):
        if version >= b"RFB 003.007":
            kinds = self.take(self.take(1)[0])
            kind = 2 if password is not None else 1
            assert kinds == bytes([kind]), kinds
            self.socket.sendall(kinds)
        else:
            kind = struct.unpack(">I", self.take(4))[0]
            assert kind == (2 if password is not None else 1), kind
        if kind == 2:
            # The password's bytes have their bits the other way round.
            key = bytes(int(f"{b:08b}"[::-1], 2) for b in password.encode()[:8].ljust(8, b"\0"))
            challenge = self.take(16)
            self.socket.sendall(des(key, challenge[:8]) + des(key, challenge[8:]))
        if kind == 2 or version >= b"RFB 003.008":
            if self.take(4) != b"\0\0\0\0":
                raise PermissionError(self.socket.recv(200))

    def take(self, n):
        while len(self.bytes) < n:
            more = self.socket.recv(1 << 20)
            if not more:
                raise EOFError
            self.bytes += more
        data, self.bytes = self.bytes[:n], self.bytes[n:]
        return data

    def ask(self):
        """For what has changed; what is asked for is read, before more is."""
        if not self.asked:
            self.socket.sendall(struct.pack(">BBHHHH", 3, 1, 0, 0, self.width, self.height))
        self.asked = True

    def message(self):
        """The next message of the server."""
        kind = self.take(1)[0]
        if kind == 2:  # a bell
            return
        assert kind == 0, kind
        for _ in range(struct.unpack(">xH", self.take(3))[0]):
            x, y, w, h, encoding = struct.unpack(">HHHHi", self.take(12))
            if encoding == DESKTOP_SIZE:
                self.width, self.height = w, h
                self.screen = bytearray(w * h * 4)
            elif encoding == QEMU_KEYS:
                self.codes = True
                return
            else:
                assert encoding == 0 and x + w <= self.width and y + h <= self.height, (x, y, w, h)
                data = self.take(w * h * 4)
                for row in range(h):
                    at = ((y + row) * self.width + x) * 4
                    self.screen[at:at + w * 4] = data[row * w * 4:(row + 1) * w * 4]
        self.asked = False

    def waiting(self, seconds):
        return bool(self.bytes) or bool(select.select([self.socket], [], [], seconds)[0])

    def picture(self):
        """(width, height, bytes of R, G, B) as it is known now."""
        rgb = bytearray(self.width * self.height * 3)
        for part, shift in enumerate(self.shifts):
            rgb[part::3] = self.screen[shift // 8::4]
        return self.width, self.height, bytes(rgb)

    def until(self, true, patience=60):
        """Take updates until true(self)."""
        end = time.monotonic() + patience
        while not true(self):
            assert time.monotonic() < end, "the picture never came"
            self.ask()
            if self.waiting(0.2):
                self.message()

    def key(self, keysym, down=None):
        for d in (1, 0) if down is None else (down,):
            self.socket.sendall(struct.pack(">BBxxI", 4, d, keysym))

    def code(self, code, keysym=0):
        for d in (1, 0):
            self.socket.sendall(struct.pack(">BBHII", 255, 0, d, keysym, code))

    def point(self, x, y, mask=0):
        self.socket.sendall(struct.pack(">BBHH", 5, mask, x, y))

    def cut(self, text):
        self.socket.sendall(struct.pack(">BxxxI", 6, len(text)) + text)
