"""vnc_session.py WHAT ...: VNC clients of a machine whose monitor is the socket `m`; for vnc.sh."""
import socket
import struct
import sys
import time

from rfb import Rfb

PROMPT = b"(ferrite) "
SHIFT, F1 = 0xFFE1, 0xFFBE


class Monitor:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect("m")
        self.answer()

    def answer(self):
        text = b""
        while not text.endswith(PROMPT):
            more = self.socket.recv(65536)
            if not more:
                return text.decode()
            text += more
        return text[: -len(PROMPT)].decode()

    def line(self, text):
        self.socket.sendall(text.encode() + b"\n")
        return self.answer()

    def expect(self, text):
        said = self.line(f'wait-text "{text}" 20')
        assert said == "", said + self.line("dump-text")

    def shot(self):
        """The picture as `screenshot` has it."""
        said = self.line("screendump shot.ppm")
        assert "shot.ppm" in said, said
        kind, size, _, pixels = open("shot.ppm", "rb").read().split(b"\n", 3)
        assert kind == b"P6", kind
        width, height = map(int, size.split())
        return width, height, pixels


def same_picture(m, client):
    """A machine that stands shows its clients what it saves."""
    assert "stopped" in m.line("stop")
    want = m.shot()
    client.until(lambda c: c.picture() == want)
    assert "goes on" in m.line("cont")
    return want


def keys():
    m, c = Monitor(), Rfb("v")
    m.expect("ready")
    same_picture(m, c)
    c.key(ord("a"))
    c.key(SHIFT, 1)
    c.key(ord("B"))
    c.key(SHIFT, 0)
    c.key(ord("c"))
    m.expect("aBc")
    c.key(ord("D"))  # a client whose own keyboard needs no Shift for it, or had it let go
    c.key(SHIFT, 1)
    c.key(ord("e"))
    c.key(SHIFT, 0)
    m.expect("aBcDe")
    while not c.codes:  # scan codes are understood, and come before keysyms
        c.message()
    c.code(0x21, ord("x"))
    m.expect("aBcDef")
    c.cut(b"ghi\xe9j")  # what the layout does not have is left out
    m.expect("aBcDefghij")
    # A key that is down when its client goes is let go: nothing repeats it.
    other = Rfb("v")
    other.key(ord("k"), 1)
    m.expect("ijk")
    other.socket.close()
    assert m.line("sleep 1") == ""  # typematic would repeat it five times
    text = m.line("dump-text")
    c.key(ord("l"))
    m.expect("kl")
    assert "kkk" not in text, text
    m.line("layout de")
    c.key(ord("z"))
    c.key(ord("y"))
    m.expect("klyz")  # the guest takes its keys for American ones
    same_picture(m, c)
    m.line("quit")


def place():
    """A guest that wants positions gets those of the client's picture, to its corners."""
    m, c = Monitor(), Rfb("v")
    m.expect("ready")
    c.point(0, 0)
    m.expect(" 0000 0000 0000")
    c.point(c.width - 1, c.height - 1)
    m.expect(" 0000 FFFF FFFF")
    c.point(c.width - 1, 0, 1)
    m.expect(" 0020 FFFF 0000")
    c.point(60000, 60000)  # behind the edge is the edge
    m.expect(" 0000 FFFF FFFF")
    m.line("quit")


def sizes():
    """The demo has a mouse, and pictures of other sizes; a client that cannot, keeps its own."""
    m = Monitor()
    m.expect("Ferrite demo disk")
    able, unable = Rfb("v"), Rfb("v", encodings=(0,))
    same_picture(m, able)
    able.key(ord("6"))  # a page with a mouse: it goes where the client's pointer goes
    m.expect(" 304 120")
    able.point(100, 100)
    able.point(140, 100)
    m.expect(" 344 120")
    able.point(140, 80)
    m.expect(" 344 100")
    able.point(140, 80, 1)
    able.point(120, 95, 1)
    able.point(120, 95, 0)
    m.expect(" 324 115")
    able.key(0xFF1B)
    m.expect("Ferrite demo disk")
    same_picture(m, able)
    before = (unable.width, unable.height)
    assert before == (720, 400), before
    able.key(ord(sys.argv[2]))
    able.until(lambda c: (c.width, c.height) == (640, 480))
    assert "stopped" in m.line("stop")  # it may still be drawing
    want = m.shot()
    able.until(lambda c: c.picture() == want)
    assert want[:2] == (640, 480), want[:2]
    clipped = bytearray(720 * 400 * 3)
    for y in range(400):
        clipped[y * 720 * 3:y * 720 * 3 + 640 * 3] = want[2][y * 640 * 3:(y + 1) * 640 * 3]
    unable.until(lambda c: c.picture()[2] == bytes(clipped))
    assert (unable.width, unable.height) == before
    m.line("cont")
    m.line("quit")


def bad():
    """Nothing that a client says, or leaves unsaid, stops the machine or the others."""
    m, c = Monitor(), Rfb("v")
    m.expect("ready")
    typed = 0

    def alive():
        nonlocal typed
        c.key(ord("a") + typed)
        typed += 1
        m.expect("".join(chr(ord("a") + i) for i in range(typed)))

    def connect(data, gone=True):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        while s.connect_ex("v"):  # others wait to be accepted
            time.sleep(0.01)
        s.sendall(data)
        if gone:
            try:
                while s.recv(65536):  # until we are sent away
                    pass
            except ConnectionResetError:
                pass
            s.close()
        return s

    def come(**how):
        """One more, when those that have gone are seen to be gone: there are not many places."""
        end = time.monotonic() + 60
        while True:
            try:
                return Rfb("v", patience=60, **how)
            except (EOFError, ConnectionError):
                assert time.monotonic() < end, "no place any more"

    hello = b"RFB 003.008\n\1\1"
    connect(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: http://x\r\n"
            b"Connection: Upgrade\r\n\r\n")
    connect(b"RFB 00x.008\n")
    connect(b"RFB 009.008\n")
    connect(b"hello, world")
    connect(b"RFB 003.008\n\7")  # a kind of security that was not offered
    alive()
    for message in (
        struct.pack(">BxxxBBBBHHHBBB3x", 0, 24, 24, 0, 1, 255, 255, 255, 0, 8, 16),
        struct.pack(">BxxxBBBBHHHBBB3x", 0, 32, 24, 0, 1, 65535, 255, 255, 30, 8, 16),
        struct.pack(">BxxxBBBBHHHBBB3x", 0, 32, 24, 0, 0, 255, 255, 255, 0, 8, 16),
        struct.pack(">BxH", 2, 65535),
        struct.pack(">BxxxI", 6, 1 << 30),
        struct.pack(">Bxxx", 7),  # files
        struct.pack(">BBxx", 8, 2),  # a smaller screen
        struct.pack(">BBxx", 15, 200),
        struct.pack(">BB", 255, 1),  # sound
        struct.pack(">BxxxI", 11, 5) + b"hello",
        b"\xc8" * 100,
    ):
        connect(hello + message)
    alive()
    # Half of anything, and away; or there for ever.
    for end in range(len(hello) + 1):
        connect(hello[:end], gone=False).close()
    connect(hello + b"\6\0\0\0\0\0\1\0some", gone=False).close()
    silent = [connect(b"", gone=False), connect(hello + b"\3", gone=False)]
    alive()
    # Wants picture after picture, and reads none.
    deaf = come(encodings=(0,))
    wish = struct.pack(">BBHHHH", 3, 0, 0, 0, 720, 400)
    deaf.socket.settimeout(0.2)
    try:
        for _ in range(200000):
            deaf.socket.sendall(wish)
    except socket.timeout:
        pass
    alive()
    same_picture(m, c)
    alive()
    for s in silent:
        s.close()
    deaf.socket.close()
    # More of them than there are places; and a place again when they have gone.
    many = [connect(b"", gone=False) for _ in range(20)]
    alive()
    for s in many:
        s.close()
    again = come()
    same_picture(m, again)
    # Ten thousand keys at once; the machine is there. What comes while its keyboard is full is lost.
    again.socket.sendall((struct.pack(">BBxxI", 4, 1, F1) + struct.pack(">BBxxI", 4, 0, F1)) * 5000)
    again.socket.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, again.width, again.height))
    again.asked = True
    again.until(lambda c: not c.asked)  # the whole picture, behind them
    assert m.line("sleep 1") == ""
    alive()
    m.line("quit")


def password():
    m = Monitor()
    m.expect("ready")
    for version in (b"RFB 003.003\n", b"RFB 003.007\n", b"RFB 003.008\n"):
        try:
            Rfb("v", password="sesam", version=version)
            raise AssertionError("the wrong password is right")
        except (PermissionError, EOFError):
            pass
        c = Rfb("v", password="sesame!", version=version)
        same_picture(m, c)
    m.line("quit")


def script():
    """A script drives the machine: clients look on."""
    m, c = Monitor(), Rfb("v")
    m.expect("xy")
    c.key(ord("q"))
    c.cut(b"nothing")
    same_picture(m, c)
    assert m.line("sleep 0.3") == ""
    text = m.line("dump-text")
    assert "xy" in text and "q" not in text and "nothing" not in text, text
    m.line("quit")


if __name__ == "__main__":
    {f.__name__: f for f in (keys, place, sizes, bad, password, script)}[sys.argv[1]]()
