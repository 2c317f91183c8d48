#!/usr/bin/env python3
"""test_http.py FERRITE - -http by a client of our own: who may come in, what is asked and answered,
one controls and others look on, and no client, however strange, holds the machine."""
import json
import os
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time

from machine import Machine, Skipped, until
from websocket import Closed, WebSocket, frame, http

FERRITE = os.path.realpath(sys.argv[1])


def check(what, ok):
    if not ok:
        raise AssertionError(what)


def get(m, path, host=None, method="GET"):
    return http(m.port, f"{method} {path} HTTP/1.1\r\nHost: {host or f'localhost:{m.port}'}\r\n\r\n")


def status_of(answer):
    return answer.split(b" ", 2)[1].decode() if answer else "closed"


def closed(what, socket, words):
    """The other end sends it away, with these words as its reason."""
    try:
        while True:
            socket.receive()
    except Closed as e:
        check(f"{what}: \"{words}\", not \"{e.reason}\"", words in e.reason)


def refused_options():
    for value, words in (("x", "no port"), ("1:2:3", "brackets"), ("unix:", "path is missing"),
                         ("70000", "no port"), ("1.2.3.4.5:0", "no such address")):
        r = subprocess.run([FERRITE, "-display", "none", "-http", value], capture_output=True, text=True,
                           timeout=100, stdin=subprocess.DEVNULL)
        check(f"-http {value}: {r.returncode} {r.stderr}", r.returncode == 2 and words in r.stderr)


def files(m):
    page = get(m, "/")
    check("the page", status_of(page) == "200" and b"<title>Ferrite" in page)
    for header in (b"content-security-policy: default-src 'none'", b"x-frame-options: DENY",
                   b"referrer-policy: no-referrer", b"frame-ancestors 'none'"):
        check(header, header in page.split(b"\r\n\r\n")[0])
    site = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../frontend/page/site")
    for folder, _, names in os.walk(site):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                answer = get(m, "/" + os.path.relpath(path, site))
                check(path, answer.partition(b"\r\n\r\n")[2] == f.read())
    for path in ("/nothing", "/../README.md", "/js", "/%2e%2e/etc/passwd", "//etc/passwd", "/machine"):
        check(f"{path}: {get(m, path)[:40]}", status_of(get(m, path)) in ("404", "403", "closed"))
    check("POST", status_of(get(m, "/", method="POST")) in ("405", "411", "closed"))
    for host in ("evil.example", f"evil.example:{m.port}", f"127.0.0.1.evil.example:{m.port}"):
        check(host, status_of(get(m, "/", host)) == "403")
    host = f"Host: localhost:{m.port}\r\n"
    for what, request in (
            ("HTTP/2", f"GET / HTTP/1.1\r\n{host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"),
            ("a WebSocket of no protocol", f"GET /machine HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\nOrigin: http://localhost:{m.port}\r\n\r\n"),
            ("two Hosts", f"GET / HTTP/1.1\r\n{host}Host: evil.example\r\n\r\n"),
            ("a long header", f"GET / HTTP/1.1\r\n{host}A: {'x' * 100000}\r\n\r\n"),
            ("no HTTP", "\0\x7f" * 1000)):
        try:
            answer = http(m.port, request)
        except OSError:
            continue # closed while we were writing
        check(f"{what}: {answer[:60]}", status_of(answer) in ("closed", "400", "403", "431"))
    check("no Host", status_of(http(m.port, "GET / HTTP/1.0\r\n\r\n")) in ("403", "400", "closed"))


def who(m):
    for origin in ("http://evil.example", "", "null", f"http://localhost:{m.port}", f"http://127.0.0.1:{m.port + 1}",
                   f"http://127.0.0.1:{m.port}.evil.example"):
        try:
            WebSocket(m.port, origin=origin)
        except Closed:
            continue
        raise AssertionError(f"Origin {origin} is let in")
    try:
        WebSocket(m.port, host=f"evil.example:{m.port}")
        raise AssertionError("a foreign Host is let in")
    except Closed:
        pass
    for token in ("", "0" * 32, m.token[:-1], m.token + "0"):
        w = WebSocket(m.port)
        check(token, "token is wrong" in w.ask("hello", token=token)["error"]["desc"])
        closed("a wrong token", w, "token is wrong")
    w = WebSocket(m.port)
    check("no hello", "error" in w.ask("registers"))
    closed("no hello", w, "token")
    w = WebSocket(m.port)
    w.bytes(b"\0" * 100)
    closed("bytes first", w, "nobody has asked")


def talk(m):
    w = WebSocket(m.port)
    hello = w.hello(m.token)
    check(hello, hello["controls"] and hello["protocol"] == 1)
    until("the demo disk's menu", lambda: any("Ferrite demo disk" in line for line in
                                              w.do("screen").get("lines", [])))
    check("no such command", "no command" in w.ask("nonsense")["error"]["desc"])
    check("a bad argument", "not an array" in w.ask("x", address=[1])["error"]["desc"])
    check("an unknown argument", "error" in w.ask("registers", sharp=1))
    for text, words in (("", "no JSON"), ('{"id":', "no JSON"), ("[1]", "an array"), ('{"id":7}', "execute"),
                        ("[" * 200, "levels"), ('{"id":7,"execute":"x","arguments":' + '{"a":' * 20, "levels"),
                        ("\xff\xfe", "no JSON"), ('{"id":1e99,"execute":"status"}', "id")):
        w.text(text)
        answer = json.loads(until_text(w))
        check(f"{text[:30]}: {answer}", words in answer["error"]["desc"])
    # Commands that take guest time are answered in their order, those that do not take any between.
    w.do("stop")
    check("stopped", "no guest time passes" in w.ask("sleep", seconds=1)["error"]["desc"])
    check("step", "error" not in w.ask("step"))
    w.do("cont")
    check("stop and resume", [e["event"] for e in w.events][-2:] == ["resume", "stop"] or
          {"stop", "resume"} <= {e["event"] for e in w.events})
    w.text('{"id":1001,"execute":"sleep","arguments":{"seconds":0.05}}')
    w.text('{"id":1002,"execute":"sleep","arguments":{"seconds":0.01}}')
    w.text('{"id":1003,"execute":"status"}')
    order = [json.loads(until_text(w))["id"] for _ in range(3)]
    check(order, sorted(order) == [1001, 1002, 1003] and order.index(1001) < order.index(1002))
    # A message in pieces.
    w.raw(frame(1, b'{"id":1004,"exe', final=False) + frame(0, b'cute":"sta', final=False) + frame(0, b'tus"}'))
    check("pieces", "return" in w.answer(1004))
    return w


def until_text(w):
    while True:
        message = w.receive()
        if isinstance(message, str) and not message.startswith('{"event"'):
            return message


def pictures(m, w):
    """As the page shows them: equal to what `screenshot` saves."""
    w.do("stop")
    shown, width, height = {}, 0, 0

    def show(f):
        nonlocal width, height, shown
        number, wide, high, _, count = struct.unpack_from("<IHHHH", f, 4)
        if (wide, high) != (width, height):
            shown, width, height = bytearray(wide * high * 3), wide, high
        at = 16
        for _ in range(count):
            x, y, rw, rh, runs, n = struct.unpack_from("<HHHHII", f, at)
            data = f[at + 16:at + 16 + n]
            if runs:
                data = b"".join(data[i + 1:i + 4] * (data[i] + 1) for i in range(0, n, 4))
            check("a whole rectangle", len(data) == rw * rh * 3)
            for line in range(rh):
                to = ((y + line) * width + x) * 3
                shown[to:to + rw * 3] = data[line * rw * 3:(line + 1) * rw * 3]
            at += 16 + n
        check("a whole frame", at == len(f))
        w.text(json.dumps({"seen": number}))

    with tempfile.TemporaryDirectory(dir=".") as folder:
        w.do("screenshot", file=f"{folder}/s.ppm")
        with open(f"{folder}/s.ppm", "rb") as f:
            picture = f.read().split(b"\n255\n", 1)[1]

    def equal():
        w.do("status")
        while w.frames:
            show(w.frames.pop(0))
        return bytes(shown) == picture
    until("the picture", equal)
    w.do("cont")


def roles(m, w):
    second = WebSocket(m.port)
    check("looks on", not second.hello(m.token)["controls"])
    check("sees", "return" in second.ask("registers"))
    for name, args in (("stop", {}), ("key-down", {"keys": "a"}), ("reset", {}), ("quit", {}), ("layout", {"layout": "de"}),
                       ("screenshot", {"file": "x.png"}), ("dump-text", {"file": "x.txt"}), ("sleep", {"seconds": 1})):
        check(name, "only looks on" in second.ask(name, **args)["error"]["desc"])
    check("no disk for a viewer", "only looks on" in second.ask("page-fetch", name="0-a", at=0)["error"]["desc"])
    check("no file of a viewer", "only looks on" in second.ask("page-insert", drive="fda", name="a", size=512)["error"]["desc"])
    # What the first holds down is let go when it loses control.
    w.do("key-down", keys="shift")
    second.do("page-control")
    check("taken over", "return" in second.ask("stop"))
    check("no more", "only looks on" in w.ask("cont")["error"]["desc"])
    check("told", any(e["event"] == "role" and not e["data"]["controls"] for e in w.events))
    # The same page, loaded anew, has control at once; another one has not.
    third, again = WebSocket(m.port), WebSocket(m.port)
    check("another", not third.do("hello", token=m.token, page="other")["controls"])
    third.do("page-control")
    check("again", again.do("hello", token=m.token, page="other")["controls"])
    check("the old one", "only looks on" in third.ask("cont")["error"]["desc"])
    third.close()
    again.close()
    second.close()
    check("still stopped", w.do("status")["status"] != "running")
    w.do("page-control")
    w.do("cont")


def lookers(m, w):
    """The second token lets nobody take over, also when nobody has control."""
    check("two tokens", m.looking != m.token)
    w.close()

    def alone():
        page = WebSocket(m.port)
        hello = page.hello(m.looking)
        check(hello, hello["only-looks"] and not hello["controls"])
        check("no control", "to look on" in page.ask("page-control")["error"]["desc"])
        check("no key", "only looks on" in page.ask("stop")["error"]["desc"])
        check("no file", "only looks on" in page.ask("page-insert", drive="fda", name="a", size=512)["error"]["desc"])
        check("sees", "return" in page.ask("registers"))
        page.close()
        return True
    alone()
    w = WebSocket(m.port)
    until("control is free", lambda: w.do("hello", token=m.token)["controls"])
    return w


def sound(w):
    w.do("page-sound", on=True)
    w.frames.clear()

    def heard():
        w.do("status")
        return [f for f in w.frames if f[0] == 2]
    block = until("sound", heard)[0]
    rate = struct.unpack_from("<I", block, 4)[0]
    check(rate, 8000 <= rate <= 192000 and len(block) % 4 == 0)
    w.do("page-sound", on=False)


def files_of_a_page(m, w):
    image = bytes(510) + b"\x55\xaa" + bytes(163840 - 512)
    w.number += 1
    number = w.number
    w.text(json.dumps({"id": number, "execute": "page-insert",
                       "arguments": {"drive": "fdb", "name": "../../a b.img", "size": len(image)}}))
    for at in range(0, len(image), 40000):
        w.bytes(image[at:at + 40000])
    answer = w.answer(number)
    check(answer, "return" in answer)
    drive = next(d for d in w.do("drives") if d["drive"] == "fdb")
    kept = drive["file"]
    check(drive, drive["inserted"] and drive["bytes"] == 163840 and drive["file"].endswith("a_b.img"))
    # And back, as it is now.
    disk = w.do("page-disks")[0]
    check(disk, disk["file"] == kept and disk["size"] == len(image) and disk["name"] == os.path.basename(kept))
    with open(kept, "r+b") as f:
        f.seek(70000)
        f.write(b"written")
    reply = w.do("page-fetch", name=disk["name"], at=69990)
    piece = next(f for f in w.frames if f[0] == 3)
    check("the call's number", int.from_bytes(piece[4:8], "little") == w.number)
    check("the bytes", piece[8:] == bytes(10) + b"written" + bytes(len(image) - 70007))
    check(reply, reply == {"size": len(image), "bytes": len(image) - 69990})
    for wrong in ({}, {"name": disk["name"]}, {"name": disk["name"], "at": -1}, {"name": "../passwd", "at": 0}, {"name": 7, "at": 0}):
        check(wrong, "error" in w.ask("page-fetch", **wrong))
    check("behind the end there is nothing", w.do("page-fetch", name=disk["name"], at=1 << 40)["bytes"] == 0)
    for size, drive in ((1 << 50, "fda"), (-1, "fda"), (0, "fda")):
        check(size, "error" in w.ask("page-insert", drive=drive, name="x", size=size))
    # What was begun and never came does not count.
    for _ in range(3):
        page = WebSocket(m.port)
        page.hello(m.token)
        page.do("page-control")
        page.text(json.dumps({"id": 99, "execute": "page-insert",
                              "arguments": {"drive": "fda", "name": "large", "size": 800 << 20}}))
        page.bytes(b"x" * 1000)
        page.do("status")
        page.close()
    w.do("page-control")
    w.text(json.dumps({"id": 98, "execute": "page-insert", "arguments": {"drive": "fda", "name": "x", "size": len(image)}}))
    w.bytes(image)
    answer = w.answer(98)
    check(answer, "return" in answer)
    return kept


def hostile(m, w):
    """Each of them beside one that is served as before."""
    def served():
        begun = time.monotonic()
        w.do("status")
        return time.monotonic() - begun
    # Never reads: answers that it asks for, and pictures.
    deaf = WebSocket(m.port)
    deaf.hello(m.token)
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    request = b"".join(frame(1, json.dumps({"id": i, "execute": "commands"}).encode()) for i in range(200))
    deaf.socket.settimeout(0.2)
    for _ in range(40):
        try:
            deaf.raw(request)
        except OSError:
            break
    check("one that does not read", served() < 5)
    # Floods.
    flood = WebSocket(m.port)
    flood.hello(m.token)
    flood.socket.settimeout(0.2)
    seen = frame(1, b'{"seen":4000000000}') * 2000
    for _ in range(10):
        try:
            flood.raw(seen)
        except OSError:
            break
    check("a flood", served() < 5)
    # Half a frame, half a handshake, and gone.
    half = WebSocket(m.port)
    half.raw(frame(1, b"x" * 1000)[:500])
    rest = [socket.create_connection(("127.0.0.1", m.port)) for _ in range(30)]
    for s in rest[:15]:
        s.sendall(b"GET / HTTP/1.1\r\nHo")
    check("halves", served() < 5)
    half.close()
    # Too large a message, and bytes that are no frames.
    large = WebSocket(m.port)
    large.hello(m.token)
    for i in range(20):  # what comes after too much is read, and nothing is made of it
        large.raw(frame(0 if i else 1, b" " * 100000, final=False))
    closed("too large", large, "more than 1 MiB")
    wild = WebSocket(m.port)
    wild.hello(m.token)
    try:
        wild.raw(bytes(range(256)) * 100)
        wild.receive()
    except (Closed, OSError):
        pass
    vanish = WebSocket(m.port)
    vanish.hello(m.token)
    vanish.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    vanish.close()
    for s in rest:
        s.close()
    check("after all", served() < 5)
    for page in (deaf, flood, large, wild):
        page.close()
    # Places are free again.
    def comes():
        pages = []
        try:
            for _ in range(7):
                pages.append(WebSocket(m.port))
                pages[-1].hello(m.token)
            return True
        except (Closed, RuntimeError):
            return False
        finally:
            for p in pages:
                p.close()
    until("places for others", comes)


def the_end(m, w):
    w.text('{"id":5000,"execute":"quit","arguments":{"status":7}}')
    try:
        while True:
            w.receive()
    except Closed as e:
        check(e.reason, "off" in e.reason)
    check("status", m.process.wait(100) == 7)


def the_end_for_the_slow(m, w):
    """A browser that has much to do answers the close late: the machine's end is told by it, not cut off."""
    w.answers_close = False
    begun = time.monotonic()
    m.process.terminate()
    closed("the end", w, "the machine is off")
    try:
        while time.monotonic() - begun < 0.6:
            check("it waits for who is slow", m.process.poll() is None or time.monotonic() - begun > 2.5)
            w.raw(frame(1, b'{"seen":1}'))  # as a page would, which has not read it yet
            time.sleep(0.02)
        w.raw(frame(8, struct.pack(">H", 1008)))
    except OSError:  # on a busy host we may be later than it waits
        check("it waits for who is slow", time.monotonic() - begun > 2.5)
    check("SIGTERM", m.end() == 128 + 15)


def with_a_script(folder):
    with open(f"{folder}/s.script", "w") as f:
        f.write('wait-text "Ferrite demo disk" 30\nlimit 30\nwait-text "never comes" 100000\n')
    with Machine(FERRITE, "-display", "none", "-script", f"{folder}/s.script") as m:
        w = WebSocket(m.port)
        check("a script", w.hello(m.token)["script"])
        check("keys", "a script drives" in w.ask("key-down", keys="a")["error"]["desc"])
        check("sees", "return" in w.ask("registers"))


def from_the_first_instruction():
    """-S: a page lets it go on."""
    with Machine(FERRITE, "-display", "none", "-S") as m:
        no_file_left(m)
        w = WebSocket(m.port)
        check("it stands", not w.hello(m.token)["running"])
        check("at the first one", w.do("where")["instructions"] == 0)
        w.do("cont")
        until("it runs", lambda: w.do("status")["instructions"] > 1000)


def insert(w, drive, image):
    """A page's file into a drive; the answer."""
    w.number += 1
    w.text(json.dumps({"id": w.number, "execute": "page-insert",
                       "arguments": {"drive": drive, "name": "x.img", "size": len(image)}}))
    w.bytes(image)
    return w.answer(w.number)


def the_guest_writes_to_a_page_s_disk():
    """What it wrote goes with the file at the end, as the page knows: nothing is said of a loss."""
    write = bytes.fromhex("b80103 b90200 31d2 bb007c cd13 ebfe")  # sector 2 becomes what sector 1 is
    image = write + bytes(510 - len(write)) + b"\x55\xaa" + bytes(163840 - 512)
    with Machine(FERRITE, "-display", "none", "-boot", "a", "-S") as m:
        w = WebSocket(m.port)
        w.hello(m.token)
        check("a boot sector", "return" in insert(w, "fda", image))
        kept = w.do("page-disks")[0]["file"]
        w.do("cont")

        def written():
            w.do("status")
            with open(kept, "rb") as f:
                return f.read(1024)[512:] == image[:512]
        until("the guest has written", written)
        w.text('{"id":5000,"execute":"quit"}')
        check("status", m.process.wait(100) == 0)
        m.reader.join(5)
        check(m.said, "deleted" not in m.said and not os.path.exists(kept))


def no_room_for_a_page_s_file():
    """A full disk, here: files may not become so large. The page is told why."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        m = Machine(FERRITE, "-display", "none", "-S")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with m:
        w = WebSocket(m.port)
        w.hello(m.token)
        answer = insert(w, "fda", bytes(1474560))
        check(answer, "File too large" in answer.get("error", {}).get("desc", ""))
        closed("what comes behind it is no command", w, "has not arrived")


def no_file_left(m):
    """The host gives the process no file for a connection that waits at the door: it waits, and no processor
    with it; and comes in when there is room."""
    pid, (soft, hard) = m.process.pid, resource.prlimit(m.process.pid, resource.RLIMIT_NOFILE)
    have = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (have + 2, hard))
    waiting = [socket.create_connection(("127.0.0.1", m.port)) for _ in range(6)]
    until("no file is left", lambda: len(os.listdir(f"/proc/{pid}/fd")) == have + 2)

    def ticks():
        with open(f"/proc/{pid}/stat") as f:
            return sum(map(int, f.read().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")
    begun, before = time.monotonic(), ticks()
    time.sleep(1)  # how much that takes is the question
    check("processor time while nobody can come in", ticks() - before < 0.1 * (time.monotonic() - begun))
    for s in waiting:
        s.close()
    until("it serves again", lambda: status_of(get(m, "/")) == "200")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def main():
    refused_options()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with Machine(FERRITE, "-display", "none", "-sandbox", "strict") as m:
            files(m)
            who(m)
            w = talk(m)
            roles(m, w)
            w = lookers(m, w)
            sound(w)
            kept = files_of_a_page(m, w)
            hostile(m, w)
            the_end(m, w)
            check(f"{kept} stays", not os.path.exists(kept) and not os.path.exists(os.path.dirname(kept)))
        with Machine(FERRITE, "-display", "none") as m:
            w = WebSocket(m.port)
            w.hello(m.token)
            until("the menu", lambda: any("demo disk" in line for line in w.do("screen").get("lines", [])))
            pictures(m, w)
            the_end_for_the_slow(m, w)
        with_a_script(folder)
        from_the_first_instruction()
        the_guest_writes_to_a_page_s_disk()
        no_room_for_a_page_s_file()


if __name__ == "__main__":
    try:
        main()
    except Skipped as e:
        print(f"SKIPPED: {e}")
        sys.exit(77)
